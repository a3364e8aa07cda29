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
use tokio::io::{AsyncReadExt, ReadHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::screen::{Screen, Verdict};

/// Connections at once; the next is closed as it comes.
const MAX_CONNECTIONS: usize = 512;
/// Bytes of one message, headers and body.
const MAX_MESSAGE: usize = 64 * 1024;
/// A connection on which nothing arrives for this long is closed.
const IDLE_LIMIT: Duration = Duration::from_secs(600);
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
        let local = SipAddr {
            r#type: Some(rsipstack::sip::Transport::Tcp),
            addr: SipConnection::resolve_bind_address(listener.local_addr()?).into(),
        };
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
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let readers = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let Ok(place) = places.clone().try_acquire_owned() else {
                        metrics::counter!("hark_sip_connections_refused_total").increment(1);
                        continue;
                    };
                    let reader = self.clone().read_from(stream, peer, stop.child_token());
                    readers.spawn(async move {
                        reader.await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "SIP over TCP cannot accept");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn read_from(self, stream: TcpStream, peer: SocketAddr, stop: CancellationToken) {
        let connection = match TcpConnection::from_stream(stream, self.local.clone(), Some(stop.clone())) {
            Ok(connection) => connection,
            Err(error) => {
                tracing::debug!(%error, %peer, "a TCP connection was gone at once");
                return;
            }
        };
        let Some(mut half) = connection.inner.read_half.lock().await.take() else {
            return;
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.read_messages(&mut half, &connection, peer) => {}
        }
        // Marks the flow as dead, so that requests of its dialogs find another way.
        stop.cancel();
        connection.close().await.ok();
    }

    async fn read_messages(
        &self,
        half: &mut ReadHalf<TcpStream>,
        connection: &TcpConnection,
        peer: SocketAddr,
    ) {
        let mut buffer = Vec::with_capacity(4096);
        loop {
            match tokio::time::timeout(IDLE_LIMIT, half.read_buf(&mut buffer)).await {
                Ok(Ok(0)) | Ok(Err(_)) | Err(_) => return,
                Ok(Ok(_)) => {}
            }
            loop {
                match next_frame(&buffer) {
                    Frame::KeepAlive(length) => {
                        buffer.drain(..length);
                        connection.send_raw(b"\r\n").await.ok();
                    }
                    Frame::Skip(length) => {
                        buffer.drain(..length);
                    }
                    Frame::Message(length) => {
                        let message: Vec<u8> = buffer.drain(..length).collect();
                        if !self.take(&message, connection, peer).await {
                            return;
                        }
                    }
                    Frame::Incomplete => break,
                    Frame::Lost => {
                        // What follows has no known beginning: answer what can be read, then close.
                        self.take(&buffer, connection, peer).await;
                        return;
                    }
                }
            }
        }
    }

    /// Judges one message; false when the stack is gone.
    async fn take(&self, message: &[u8], connection: &TcpConnection, peer: SocketAddr) -> bool {
        match self.screen.judge(message, peer, Instant::now()) {
            Verdict::Pass(bytes) => self.inject(&bytes, connection, peer),
            Verdict::Answer { bytes, .. } => connection.send_raw(&bytes).await.is_ok(),
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

fn parsed(bytes: &[u8], peer: SocketAddr) -> Option<SipMessage> {
    let message = SipMessage::try_from(bytes).ok()?;
    SipConnection::update_msg_received(message, peer, rsipstack::sip::Transport::Tcp).ok()
}

/// What stands at the beginning of a buffer.
#[derive(Debug, PartialEq, Eq)]
enum Frame {
    /// A double CRLF between messages: answer with one.
    KeepAlive(usize),
    /// A single CRLF between messages.
    Skip(usize),
    /// A whole message of this many bytes.
    Message(usize),
    Incomplete,
    /// No length can be known, or none that we take.
    Lost,
}

/// RFC 3261 §18.3: over a stream, Content-Length says where a message ends; without one there is no body.
fn next_frame(buffer: &[u8]) -> Frame {
    if buffer.starts_with(b"\r\n\r\n") {
        return Frame::KeepAlive(4);
    }
    if buffer.starts_with(b"\r\n") {
        return if buffer == b"\r\n" || buffer == b"\r\n\r" {
            // The second half of a keep-alive may be on its way; either way nothing is lost by waiting.
            Frame::Incomplete
        } else {
            Frame::Skip(2)
        };
    }
    let Some(head) = super::wire::find(buffer, b"\r\n\r\n").map(|at| at.saturating_add(4)) else {
        return if buffer.len() > MAX_MESSAGE {
            Frame::Lost
        } else {
            Frame::Incomplete
        };
    };
    let Some(body) = buffer.get(..head).and_then(content_length) else {
        return Frame::Lost;
    };
    match head.checked_add(body) {
        Some(length) if length > MAX_MESSAGE => Frame::Lost,
        Some(length) if length <= buffer.len() => Frame::Message(length),
        Some(_) => Frame::Incomplete,
        None => Frame::Lost,
    }
}

/// The value of the only Content-Length; 0 without one; `None` when malformed or doubled.
fn content_length(head: &[u8]) -> Option<usize> {
    let mut found = None;
    for line in head.split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = parts.next()?.trim_ascii();
        let is_length = name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"l");
        if !is_length {
            continue;
        }
        let value = std::str::from_utf8(parts.next()?.trim_ascii()).ok()?;
        let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        if found.is_some() || !digits {
            return None;
        }
        found = Some(value.parse().ok()?);
    }
    Some(found.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{Frame, next_frame};

    fn check(text: &str, expect: Frame) {
        assert_eq!(next_frame(text.as_bytes()), expect, "{text:?}");
    }

    #[test]
    fn messages_are_cut_at_their_content_length() {
        check("", Frame::Incomplete);
        check("\r\n", Frame::Incomplete);
        check("\r\n\r\nBYE", Frame::KeepAlive(4));
        check("\r\nBYE", Frame::Skip(2));
        check("BYE sip:a SIP/2.0\r\nl: 2\r\n\r\nhiBYE", Frame::Message(29));
        check("BYE sip:a SIP/2.0\r\nl: 2\r\n\r\nh", Frame::Incomplete);
        check("BYE sip:a SIP/2.0\r\n\r\nBYE", Frame::Message(21));
        check("BYE sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n", Frame::Lost);
        check("BYE sip:a SIP/2.0\r\nl: 1\r\nl: 1\r\n\r\nx", Frame::Lost);
        check(
            "BYE sip:a SIP/2.0\r\nl: 99999999999999999999999\r\n\r\n",
            Frame::Lost,
        );
        check("BYE sip:a SIP/2.0\r\nl: 65536\r\n\r\n", Frame::Lost);
        check(&"x".repeat(70_000), Frame::Lost);
    }
}
