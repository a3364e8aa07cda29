//! A call's signalling once it is answered (or dialled): events out, commands in, both bounded.

use tokio::sync::{mpsc, oneshot};

/// Events a leg may hold unread. A call that leaves this many unread has stopped, and is ended.
pub(crate) const EVENTS: usize = 32;
/// Commands a leg may hold undone.
pub(crate) const COMMANDS: usize = 8;

/// One dialog, seen from the call. Dropping it ends the dialog (BYE, or CANCEL while it rings), so no
/// dialog outlives its call.
#[derive(Debug)]
pub struct SipLeg {
    /// The Call-ID of the dialog, for logs.
    pub sip_call_id: String,
    pub commands: mpsc::Sender<SipCommand>,
    /// Ends after [`SipEvent::HungUp`] or [`SipEvent::Failed`]; its end without either means the same.
    pub events: mpsc::Receiver<SipEvent>,
}

/// What the far end did.
#[derive(Debug)]
pub enum SipEvent {
    /// The far end rings (outbound).
    Ringing,
    /// The far end answered (outbound). `sdp` answers our offer.
    Answered { sdp: String },
    /// The far end did not take the call (outbound): the SIP status; 408 when nobody answered in time.
    Failed { status: u16 },
    /// The ACK brought the answer to the offer that our 200 made (late offer). An ACK without one ends a
    /// call that has just begun; later the session stays as it was.
    Answer { sdp: String },
    /// A re-INVITE or UPDATE: hold, resume, a new codec. `sdp` is `None` when the far end asks us to offer.
    Reoffer(Reoffer),
    /// A key by SIP INFO: 0-9, *, #, A-D.
    Key(char),
    /// A REFER's target reported (RFC 3515 §2.4.5): the status of the new call. A far end that hangs up
    /// once it has taken a REFER, having reported nothing, is understood to have gone there: 200.
    ReferProgress { status: u16 },
    /// The dialog is over.
    HungUp { cause: String },
}

/// A new offer inside the dialog, to be answered within a few seconds.
#[derive(Debug)]
pub struct Reoffer {
    pub sdp: Option<String>,
    /// `Ok(sdp)` accepts; `Err(status)` refuses (488) and the session stays as it was.
    pub reply: oneshot::Sender<Result<String, u16>>,
}

/// What to do with the dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SipCommand {
    /// BYE with a Reason, or CANCEL while it still rings.
    Hangup { cause: HangupCause },
    /// Blind transfer (RFC 3515): the far end shall call this URI.
    Refer { to: String },
}

/// Why we hang up: the Q.850 cause in the Reason header (RFC 3326), and words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HangupCause {
    /// Q.850: 16 normal clearing, 41 temporary failure, 96 something mandatory is missing, 102 timer expired.
    pub q850: u8,
    pub text: String,
}

impl HangupCause {
    pub fn normal(text: impl Into<String>) -> Self {
        Self {
            q850: 16,
            text: text.into(),
        }
    }

    /// Q.850 cause 102: recovery on timer expiry.
    pub(crate) fn timer() -> Self {
        Self {
            q850: 102,
            text: "the session timer ran out".to_owned(),
        }
    }

    /// Q.850 cause 96: a mandatory element is missing.
    pub(crate) fn no_answer_in_ack() -> Self {
        Self {
            q850: 96,
            text: "the ACK brought no answer to our offer".to_owned(),
        }
    }

    /// The value of a Reason header. Quotes and control characters cannot stand in it.
    pub(crate) fn reason(&self) -> String {
        let text: String = self
            .text
            .chars()
            .filter(|c| !c.is_control() && !matches!(c, '"' | '\\'))
            .collect();
        format!("Q.850;cause={};text=\"{text}\"", self.q850)
    }
}
