//! Sockets: bound before the stack starts, so that a port in use is an error and not a log line.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use rsipstack::transport::TransportLayer;
use rsipstack::transport::udp::UdpConnection;

use super::config::{SipConfig, Transport};
use super::error::SipStartError;

/// Tries for a port number that is free for both transports, when the system may choose.
const PORT_TRIES: u32 = 16;

/// What we listen on.
pub(crate) struct Sockets {
    udp: Option<std::net::UdpSocket>,
    tcp: Option<std::net::TcpListener>,
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

/// Hands the sockets to the stack.
pub(crate) async fn attach(
    layer: &TransportLayer,
    sockets: Sockets,
    _config: &SipConfig,
) -> Result<(), SipStartError> {
    if let Some(socket) = sockets.udp {
        let socket = tokio::net::UdpSocket::from_std(socket)
            .map_err(|error| SipStartError::Stack(error.to_string()))?;
        let connection = UdpConnection::from_socket(Arc::new(socket), None, None)
            .await
            .map_err(|error| SipStartError::Stack(error.to_string()))?;
        layer.add_transport(connection.into());
    }
    Ok(())
}
