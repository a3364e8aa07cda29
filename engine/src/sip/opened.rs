//! Messages on TCP connections that we opened: the stack reads these itself, so this door stands behind it.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use rsipstack::sip::SipMessage;
use rsipstack::transaction::endpoint::TransportEventInspector;
use rsipstack::transport::stream::StreamConnection;
use rsipstack::transport::tcp::TcpConnection;
use rsipstack::transport::{SipAddr, SipConnection, TransportEvent};
use tokio_util::task::TaskTracker;

use super::screen::{Screen, Verdict};
use super::streams;

/// Judges what comes on connections of ours; everything else has been judged before.
pub(crate) struct OpenedDoor {
    pub(crate) screen: Arc<Screen>,
    /// Our end of the connections that were accepted, which is the listener's address.
    pub(crate) accepted: Option<SipAddr>,
    pub(crate) tasks: TaskTracker,
}

#[async_trait]
impl TransportEventInspector for OpenedDoor {
    async fn handle(&self, event: TransportEvent) -> Option<TransportEvent> {
        match event {
            TransportEvent::Incoming(message, SipConnection::Tcp(connection), from)
                if self.accepted.as_ref() != Some(connection.get_addr()) =>
            {
                let message = self.judge(&message, &connection, &from)?;
                Some(TransportEvent::Incoming(
                    message,
                    SipConnection::Tcp(connection),
                    from,
                ))
            }
            event @ (TransportEvent::Incoming(..) | TransportEvent::New(_) | TransportEvent::Closed(_)) => {
                Some(event)
            }
        }
    }
}

impl OpenedDoor {
    /// The message in canonical form, if it may go on.
    fn judge(&self, message: &SipMessage, connection: &TcpConnection, from: &SipAddr) -> Option<SipMessage> {
        let source = from.get_socketaddr().ok()?;
        match self.screen.judge(&message.to_bytes(), source, Instant::now()) {
            Verdict::Pass(bytes) => SipMessage::try_from(bytes.as_slice()).ok(),
            Verdict::Answer { bytes, .. } => {
                // Every message of the stack passes here: a peer that takes nothing must not hold them up.
                let connection = connection.clone();
                self.tasks
                    .spawn(async move { streams::send(&connection, &bytes).await });
                None
            }
            Verdict::Drop => None,
        }
    }
}
