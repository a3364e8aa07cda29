//! Port pairs for RTP and RTCP (RFC 3550 §11: RTP even, RTCP the next odd one).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use thiserror::Error;
use tokio::net::UdpSocket;

/// Hands out bound socket pairs from a range. The kernel is the only register of what is taken, so
/// nothing can leak: a pair is free again when its sockets are dropped.
#[derive(Debug, Clone)]
pub struct Ports {
    bind: IpAddr,
    first: u16,
    pairs: u32,
    next: Arc<AtomicU32>,
}

#[derive(Debug, Error)]
pub enum PortsError {
    #[error(
        "media.first_port {first} to media.last_port {last} holds no even port with its odd neighbour: widen the range"
    )]
    EmptyRange { first: u16, last: u16 },
    #[error(
        "all {pairs} RTP port pairs from {first} are taken: widen media.first_port..last_port or lower the call limit"
    )]
    Exhausted { first: u16, pairs: u32 },
}

impl Ports {
    /// `first` is rounded up to an even port.
    pub fn new(bind: IpAddr, first: u16, last: u16) -> Result<Self, PortsError> {
        let even = first
            .checked_add(first % 2)
            .ok_or(PortsError::EmptyRange { first, last })?;
        let pairs = (u32::from(last) + 1).saturating_sub(u32::from(even)) / 2;
        if pairs == 0 {
            return Err(PortsError::EmptyRange { first, last });
        }
        Ok(Self {
            bind,
            first: even,
            pairs,
            next: Arc::new(AtomicU32::new(0)),
        })
    }

    /// How many legs can have sound at once.
    pub fn capacity(&self) -> u32 {
        self.pairs
    }

    /// Binds the next free pair. Tries each pair of the range at most once.
    pub async fn bind_pair(&self) -> Result<(UdpSocket, UdpSocket), PortsError> {
        for _ in 0..self.pairs {
            let index = self.next.fetch_add(1, Ordering::Relaxed) % self.pairs;
            // `new` made sure that every pair of the range fits 16 bits.
            let Ok(offset) = u16::try_from(index * 2) else {
                continue;
            };
            let port = self.first.saturating_add(offset);
            let Ok(rtp) = UdpSocket::bind(SocketAddr::new(self.bind, port)).await else {
                continue;
            };
            let Ok(rtcp) = UdpSocket::bind(SocketAddr::new(self.bind, port.saturating_add(1))).await else {
                continue;
            };
            return Ok((rtp, rtcp));
        }
        Err(PortsError::Exhausted {
            first: self.first,
            pairs: self.pairs,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, UdpSocket};

    use super::{Ports, PortsError};

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    /// A port that was free a moment ago, even, with its neighbour free too.
    fn free_even_port() -> u16 {
        loop {
            let socket = UdpSocket::bind((LOOPBACK, 0)).unwrap();
            let port = socket.local_addr().unwrap().port();
            if port.is_multiple_of(2) && port < u16::MAX - 4 && UdpSocket::bind((LOOPBACK, port + 1)).is_ok()
            {
                return port;
            }
        }
    }

    #[tokio::test]
    async fn a_pair_is_even_and_odd_and_is_free_again_when_dropped() {
        let port = free_even_port();
        let ports = Ports::new(LOOPBACK, port, port + 1).unwrap();
        let pair = ports.bind_pair().await.unwrap();
        assert_eq!(pair.0.local_addr().unwrap().port(), port);
        assert_eq!(pair.1.local_addr().unwrap().port(), port + 1);
        assert!(matches!(
            ports.bind_pair().await,
            Err(PortsError::Exhausted { pairs: 1, .. })
        ));
        drop(pair);
        assert!(ports.bind_pair().await.is_ok());
    }

    #[test]
    fn a_range_without_a_pair_is_refused() {
        assert!(matches!(
            Ports::new(LOOPBACK, 20_001, 20_002),
            Err(PortsError::EmptyRange { .. })
        ));
        assert!(matches!(
            Ports::new(LOOPBACK, 30_000, 20_000),
            Err(PortsError::EmptyRange { .. })
        ));
        assert_eq!(Ports::new(LOOPBACK, 20_000, 29_999).unwrap().capacity(), 5_000);
    }
}
