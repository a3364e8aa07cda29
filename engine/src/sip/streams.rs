//! SIP over TCP: accept, frame, screen, and inject into the stack (RFC 3261 §18.3, RFC 5626 §3.5.1).
//!
//! The stack's own reader gives up a connection at the first message it cannot parse and lets headers
//! vanish; so we read, and it only writes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rsipstack::platform::mpsc::{UnboundedSender, unbounded_channel};
use rsipstack::sip::SipMessage;
use rsipstack::transport::channel::ChannelConnection;
use rsipstack::transport::stream::StreamConnection;
use rsipstack::transport::tcp::TcpConnection;
use rsipstack::transport::{SipAddr, SipConnection, TransportEvent, TransportLayer};
use tokio::io::ReadHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::framing::{Inflow, Patience, Piece};
use super::memory::Standing;
use super::places::{Place, Places};
use super::screen::{Screen, Verdict};

/// How long a peer may be idle, and how long it may take over one message.
const PATIENCE: Patience = Patience {
    idle: Duration::from_secs(600),
    message: Duration::from_secs(10),
};
/// How long a stranger's connection lives, where strangers are answered at all.
const STRANGER_LIMIT: Duration = Duration::from_secs(10);
/// How long a peer may take to make room for what we send.
pub(crate) const SEND_LIMIT: Duration = Duration::from_secs(5);
/// Pause after a failed accept (out of file descriptors), so that it does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The way from our readers into the stack.
#[derive(Clone)]
pub(crate) struct Streams {
    /// The stack takes events by this unbounded channel only; the screen's message rate bounds it.
    into_stack: UnboundedSender<TransportEvent>,
    screen: Arc<Screen>,
    local: SipAddr,
}

impl Streams {
    /// Registers the way in with the stack's transport layer.
    #[expect(
        clippy::disallowed_methods,
        reason = "the stack's interface is this channel; the screen's message rate bounds what enters it"
    )]
    pub(crate) async fn attach(
        layer: &TransportLayer,
        listener: &std::net::TcpListener,
        screen: Arc<Screen>,
        stop: &CancellationToken,
    ) -> rsipstack::Result<Self> {
        let local = local_address(listener)
            .ok_or_else(|| rsipstack::Error::Error("the SIP listener has no address".to_owned()))?;
        let (into_stack, events) = unbounded_channel();
        // Nothing is ever sent out by this connection: its other end is closed from the start.
        let (out, _) = unbounded_channel();
        let bridge =
            ChannelConnection::create_connection(events, out, local.clone(), Some(stop.child_token()))
                .await?;
        layer.add_connection(SipConnection::Channel(bridge));
        Ok(Self {
            into_stack,
            screen,
            local,
        })
    }

    /// Accepts until told to stop.
    pub(crate) async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        let places = Arc::new(Places::default());
        let readers = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    if let Some(place) = self.place_for(peer, &places) {
                        readers.spawn(self.clone().hold(place, stream, peer, stop.child_token()));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "SIP over TCP cannot accept");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// A place for a connection that has just come, unless it is to be closed at once.
    fn place_for(&self, peer: SocketAddr, places: &Arc<Places>) -> Option<Place> {
        let standing = self.screen.standing(peer.ip());
        let place = if standing == Standing::Stranger && !self.screen.answers_strangers() {
            Err("unknown_source")
        } else {
            places.take(peer.ip(), standing).ok_or("full")
        };
        place
            .inspect_err(|reason| {
                metrics::counter!("hark_sip_connections_refused_total", "reason" => *reason).increment(1);
            })
            .ok()
    }

    /// Serves a connection as long as its peer may keep it.
    async fn hold(self, place: Place, stream: TcpStream, peer: SocketAddr, stop: CancellationToken) {
        let stranger = place.standing() == Standing::Stranger;
        let reader = self.read_from(stream, peer, stop.clone());
        if stranger {
            tokio::pin!(reader);
            if tokio::time::timeout(STRANGER_LIMIT, &mut reader).await.is_err() {
                stop.cancel();
                reader.await;
            }
        } else {
            reader.await;
        }
        drop(place);
    }

    async fn read_from(self, stream: TcpStream, peer: SocketAddr, stop: CancellationToken) {
        let connection = match TcpConnection::from_stream(stream, self.local.clone(), Some(stop.clone())) {
            Ok(connection) => connection,
            Err(error) => {
                tracing::debug!(%error, %peer, "a TCP connection was gone at once");
                return;
            }
        };
        let Some(half) = connection.inner.read_half.lock().await.take() else {
            return;
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.read_messages(Inflow::new(half, PATIENCE), &connection, peer) => {}
        }
        // Marks the flow as dead, so that requests of its dialogs find another way.
        stop.cancel();
        // A peer that takes nothing keeps whoever writes to it waiting, and us behind them.
        tokio::time::timeout(SEND_LIMIT, connection.close()).await.ok();
    }

    /// Serves what comes until the connection is to be closed.
    async fn read_messages(
        &self,
        mut inflow: Inflow<ReadHalf<TcpStream>>,
        connection: &TcpConnection,
        peer: SocketAddr,
    ) {
        while let Some(piece) = inflow.next().await {
            let goes_on = match piece {
                Piece::KeepAlive => send(connection, b"\r\n").await,
                Piece::Message(message) => self.take(&message, connection, peer).await,
                // Answer what can be read, then close.
                Piece::Lost(rest) => {
                    self.take(&rest, connection, peer).await;
                    false
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Judges one message; false when the stack is gone, or the peer does not take our answer.
    async fn take(&self, message: &[u8], connection: &TcpConnection, peer: SocketAddr) -> bool {
        match self.screen.judge(message, peer, Instant::now()) {
            Verdict::Pass(bytes) => self.inject(&bytes, connection, peer),
            Verdict::Answer { bytes, .. } => send(connection, &bytes).await,
            Verdict::Drop => true,
        }
    }

    fn inject(&self, bytes: &[u8], connection: &TcpConnection, peer: SocketAddr) -> bool {
        let Some(message) = parsed(bytes, peer) else {
            tracing::debug!(%peer, "the stack does not read a message that passed the screen");
            return true;
        };
        let event = TransportEvent::Incoming(
            message,
            SipConnection::Tcp(connection.clone()),
            SipAddr {
                r#type: Some(rsipstack::sip::Transport::Tcp),
                addr: peer.into(),
            },
        );
        self.into_stack.send(event).is_ok()
    }
}

/// Our end of every connection that a listener accepts, as the stack names it.
pub(crate) fn local_address(listener: &std::net::TcpListener) -> Option<SipAddr> {
    let address = listener.local_addr().ok()?;
    Some(SipAddr {
        r#type: Some(rsipstack::sip::Transport::Tcp),
        addr: SipConnection::resolve_bind_address(address).into(),
    })
}

/// Whether these bytes could be sent in time. What was sent in part cannot be mended: the caller closes.
pub(crate) async fn send(connection: &TcpConnection, bytes: &[u8]) -> bool {
    let sent = tokio::time::timeout(SEND_LIMIT, connection.send_raw(bytes)).await;
    matches!(sent, Ok(Ok(())))
}

fn parsed(bytes: &[u8], peer: SocketAddr) -> Option<SipMessage> {
    let message = SipMessage::try_from(bytes).ok()?;
    SipConnection::update_msg_received(message, peer, rsipstack::sip::Transport::Tcp).ok()
}
