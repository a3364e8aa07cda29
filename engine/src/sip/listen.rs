//! Sockets: bound before the stack starts, so that a port in use is an error and not a log line.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::panic::catch_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use rsipstack::dialog::DialogId;
use rsipstack::sip::prelude::{HeadersExt, ToTypedHeader};
use rsipstack::sip::{Method, SipMessage};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transport::TransportLayer;
use rsipstack::transport::udp::UdpConnection;

use super::config::{SipConfig, Transport};
use super::error::SipStartError;
use super::screen::{Screen, Verdict};

/// Tries for a port number that is free for both transports, when the system may choose.
const PORT_TRIES: u32 = 16;

/// What we listen on.
pub(crate) struct Sockets {
    pub(crate) udp: Option<std::net::UdpSocket>,
    pub(crate) tcp: Option<std::net::TcpListener>,
}

impl Sockets {
    pub(crate) fn addresses(&self) -> Vec<(Transport, SocketAddr)> {
        let udp = self.udp.as_ref().and_then(|socket| socket.local_addr().ok());
        let tcp = self.tcp.as_ref().and_then(|socket| socket.local_addr().ok());
        udp.map(|address| (Transport::Udp, address))
            .into_iter()
            .chain(tcp.map(|address| (Transport::Tcp, address)))
            .collect()
    }
}

/// Binds every transport of the configuration, on one port number.
pub(crate) fn bind(config: &SipConfig) -> Result<Sockets, SipStartError> {
    if config.transports.is_empty() {
        return Err(SipStartError::NoTransport);
    }
    let mut tries = PORT_TRIES;
    loop {
        tries = tries.saturating_sub(1);
        match bind_once(config) {
            Err(SipStartError::PortInUse { .. }) if config.listen.port() == 0 && tries > 0 => {}
            outcome => return outcome,
        }
    }
}

fn bind_once(config: &SipConfig) -> Result<Sockets, SipStartError> {
    let mut address = config.listen;
    let udp = if config.transports.contains(&Transport::Udp) {
        let socket = std::net::UdpSocket::bind(address)
            .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
            .map_err(|source| bind_error(Transport::Udp, address, source))?;
        address = socket.local_addr().unwrap_or(address);
        Some(socket)
    } else {
        None
    };
    let tcp = if config.transports.contains(&Transport::Tcp) {
        let socket = std::net::TcpListener::bind(address)
            .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
            .map_err(|source| bind_error(Transport::Tcp, address, source))?;
        Some(socket)
    } else {
        None
    };
    Ok(Sockets { udp, tcp })
}

fn bind_error(transport: Transport, address: SocketAddr, source: std::io::Error) -> SipStartError {
    if source.kind() == ErrorKind::AddrInUse {
        SipStartError::PortInUse { transport, address }
    } else {
        SipStartError::Bind {
            transport,
            address,
            source,
        }
    }
}

/// Hands the UDP socket to the stack, behind the door. TCP is served by [`super::streams::Streams`].
pub(crate) async fn attach(
    layer: &TransportLayer,
    sockets: &mut Sockets,
    screen: &Arc<Screen>,
) -> Result<(), SipStartError> {
    let start = |error: String| SipStartError::Stack(error);
    let Some(socket) = sockets.udp.take() else {
        return Ok(());
    };
    let socket = tokio::net::UdpSocket::from_std(socket).map_err(|e| start(e.to_string()))?;
    let door = UdpDoor {
        socket,
        screen: screen.clone(),
    };
    let connection = UdpConnection::from_socket(Arc::new(door), None, None)
        .await
        .map_err(|error| start(error.to_string()))?;
    layer.add_transport(connection.into());
    Ok(())
}

/// A UDP socket that only lets through what the [`Screen`] passes.
struct UdpDoor {
    socket: tokio::net::UdpSocket,
    screen: Arc<Screen>,
}

type Received<'a, T> = Pin<Box<dyn Future<Output = rsipstack::Result<T>> + Send + 'a>>;

// The stack declares this trait with `async_trait`; these are its methods as that macro spells them.
impl rsipstack::platform::net::UdpSocket for UdpDoor {
    fn recv_from<'a, 'b, 'c>(&'a self, buffer: &'b mut [u8]) -> Received<'c, (usize, SocketAddr)>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move {
            loop {
                let (length, source) = self.socket.recv_from(buffer).await?;
                let datagram = buffer.get(..length).unwrap_or_default();
                if is_keep_alive(datagram) && self.screen.knows(source.ip()) {
                    self.socket.try_send_to(b"\r\n", source).ok();
                    continue;
                }
                match self.screen.judge(datagram, source, Instant::now()) {
                    Verdict::Pass(bytes) => {
                        if let Some(place) = buffer.get_mut(..bytes.len()) {
                            place.copy_from_slice(&bytes);
                            return Ok((bytes.len(), source));
                        }
                    }
                    // A full send buffer loses an answer, as a full network would.
                    Verdict::Answer { bytes, to } => {
                        self.socket.try_send_to(&bytes, to).ok();
                    }
                    Verdict::Drop => {}
                }
            }
        })
    }

    fn send_to<'a, 'b, 'c>(&'a self, bytes: &'b [u8], to: SocketAddr) -> Received<'c, usize>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move { Ok(self.socket.send_to(bytes, to).await?) })
    }

    fn local_addr(&self) -> rsipstack::Result<SocketAddr> {
        Ok(self.socket.local_addr()?)
    }
}

/// RFC 5626 §3.5.1: a double CRLF asks for a single one.
pub(crate) fn is_keep_alive(bytes: &[u8]) -> bool {
    bytes == b"\r\n\r\n"
}

/// Whether the stack's own parser reads these bytes, and its typed view of what it will look at.
/// A panic in it counts as no.
pub(crate) fn stack_reads(bytes: &[u8]) -> bool {
    catch_unwind(|| read(bytes).is_some()).unwrap_or(false)
}

fn read(bytes: &[u8]) -> Option<()> {
    match SipMessage::try_from(bytes).ok()? {
        SipMessage::Request(request) => {
            TransactionKey::from_request(&request, TransactionRole::Server).ok()?;
            DialogId::try_from((&request, TransactionRole::Server)).ok()?;
            request.from_header().ok()?.typed().ok()?;
            request.to_header().ok()?.typed().ok()?;
            if request.method == Method::Invite {
                request.typed_contact_headers().ok()?;
            }
        }
        SipMessage::Response(response) => {
            TransactionKey::from_response(&response, TransactionRole::Client).ok()?;
            response.from_header().ok()?.typed().ok()?;
            response.to_header().ok()?.typed().ok()?;
        }
    }
    Some(())
}
