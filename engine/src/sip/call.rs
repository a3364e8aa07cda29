//! A call that asks to come in, before it is answered.

use std::net::{IpAddr, SocketAddr};

use engine_core::pii::Pii;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::error::SipError;
use super::leg::{SipCommand, SipEvent, SipLeg};

/// An INVITE that passed trunk, dialplan and admission. Answer it, reject it, or drop it (which
/// rejects it with 480).
#[derive(Debug)]
pub struct IncomingCall {
    /// The SIP Call-ID.
    pub sip_call_id: String,
    /// The trunk it came by.
    pub trunk: String,
    pub source: SocketAddr,
    /// Who calls: the user part of P-Asserted-Identity, else of From; empty when withheld.
    pub caller: Pii<String>,
    /// The number dialled: the user part of the Request-URI.
    pub called: String,
    /// Where the dialplan sends it: the name of a flow.
    pub destination: String,
    /// `None` when the INVITE has no SDP: our answer then is the offer (RFC 3264 §5), and the ACK
    /// brings [`SipEvent::Answer`].
    pub offer: Option<String>,
    /// RFC 7433 context from the site's own PBX.
    pub user_to_user: Option<Pii<String>>,
    /// Our address on the way to this caller: what SDP shall name, unless media has an address of its own.
    pub local_ip: IpAddr,
    pub(crate) wires: CallWires,
}

/// The ends of the channels between an unanswered call and its dialog.
#[derive(Debug)]
pub(crate) struct CallWires {
    pub(crate) verdicts: mpsc::Sender<Verdict>,
    pub(crate) cancelled: CancellationToken,
    pub(crate) commands: mpsc::Sender<SipCommand>,
    pub(crate) events: mpsc::Receiver<SipEvent>,
}

/// What the call decides about itself before it is answered.
#[derive(Debug)]
pub(crate) enum Verdict {
    Ring,
    Answer {
        sdp: String,
        done: oneshot::Sender<Result<(), SipError>>,
    },
    Reject {
        status: u16,
        reason: String,
    },
}

impl IncomingCall {
    /// Sends 180 Ringing.
    pub async fn ring(&self) {
        // A closed channel means that the caller is gone, which `cancelled` reports.
        self.wires.verdicts.send(Verdict::Ring).await.ok();
    }

    /// Sends 200 with `sdp`, retransmitted until the ACK comes; without one the dialog ends itself.
    pub async fn answer(self, sdp: String) -> Result<SipLeg, SipError> {
        let gone = || SipError::Gone("cancelled before the answer".to_owned());
        let (done, answered) = oneshot::channel();
        self.wires
            .verdicts
            .send(Verdict::Answer { sdp, done })
            .await
            .map_err(|_| gone())?;
        answered.await.map_err(|_| gone())??;
        Ok(SipLeg {
            sip_call_id: self.sip_call_id,
            commands: self.wires.commands,
            events: self.wires.events,
        })
    }

    /// Refuses with a final status (400 to 699). `reason` is logged, counted and, for 488, sent as Warning.
    pub async fn reject(self, status: u16, reason: &str) {
        let verdict = Verdict::Reject {
            status,
            reason: reason.to_owned(),
        };
        self.wires.verdicts.send(verdict).await.ok();
    }

    /// Completes when the caller gives up before we answer. It has been answered with 487.
    pub async fn cancelled(&self) {
        self.wires.cancelled.cancelled().await;
    }
}
