//! One leg's RTP and RTCP sockets: parses at the edge, and learns where to send (symmetric RTP, RFC 4961).

use std::net::SocketAddr;

use engine_core::rtp::packet::Packet;
use tokio::net::UdpSocket;
use webrtc_util::marshal::{Marshal, Unmarshal};

/// The largest datagram read. RTP over UDP on an Ethernet path never exceeds it.
const DATAGRAM_MAX: usize = 1_600;

/// Something that came in on the leg's sockets.
#[derive(Debug)]
pub enum Received {
    Rtp(Packet),
    Rtcp(Vec<u8>),
}

/// The sockets of one leg.
///
/// Packets go to where the far end sends from, once it has sent; until then to where its SDP points.
/// A stranger cannot take the stream over: after the first packet a new source address is believed
/// only if it continues the same SSRC (a NAT that rebinds) or is the one that the SDP names.
#[derive(Debug)]
pub struct RtpSocket {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    signalled: Option<SocketAddr>,
    remote: Option<SocketAddr>,
    remote_rtcp: Option<SocketAddr>,
    /// SSRC of the stream that is believed.
    source: Option<u32>,
    rtp_buffer: Box<[u8; DATAGRAM_MAX]>,
    rtcp_buffer: Box<[u8; DATAGRAM_MAX]>,
    /// Datagrams that were not RTP, came from a stranger, or could not be sent.
    pub dropped: u64,
}

impl RtpSocket {
    pub fn new(rtp: UdpSocket, rtcp: UdpSocket) -> Self {
        Self {
            rtp,
            rtcp,
            signalled: None,
            remote: None,
            remote_rtcp: None,
            source: None,
            rtp_buffer: Box::new([0; DATAGRAM_MAX]),
            rtcp_buffer: Box::new([0; DATAGRAM_MAX]),
            dropped: 0,
        }
    }

    /// The RTP port, for SDP. 0 if the socket has none any more.
    pub fn port(&self) -> u16 {
        self.rtp.local_addr().map_or(0, |address| address.port())
    }

    /// Sets where SDP says that the far end listens. Called again when a re-INVITE moves it. A hold as
    /// RFC 2543 wrote it moves nothing: 0.0.0.0 is nowhere to send to, and what was learned still holds.
    pub fn signalled(&mut self, rtp: SocketAddr, rtcp: SocketAddr) {
        if self.signalled == Some(rtp) || rtp.ip().is_unspecified() {
            return;
        }
        self.signalled = Some(rtp);
        self.remote = Some(rtp);
        self.remote_rtcp = Some(rtcp);
        self.source = None;
    }

    /// The next packet. Cancel-safe: a datagram is read whole or not at all.
    pub async fn receive(&mut self) -> Received {
        loop {
            let received = tokio::select! {
                datagram = self.rtp.recv_from(self.rtp_buffer.as_mut_slice()) => {
                    datagram.ok().and_then(|(length, from)| self.accept_rtp(length, from))
                }
                datagram = self.rtcp.recv_from(self.rtcp_buffer.as_mut_slice()) => {
                    datagram.ok().and_then(|(length, from)| self.accept_rtcp(length, from))
                }
            };
            match received {
                Some(received) => return received,
                None => self.dropped += 1,
            }
        }
    }

    /// Sends one packet; a full socket buffer drops it, as a late packet is worth nothing.
    pub fn send(&mut self, packet: &Packet) {
        let Some(remote) = self.remote else { return };
        let sent = to_wire(packet).is_some_and(|bytes| self.rtp.try_send_to(&bytes, remote).is_ok());
        if !sent {
            self.dropped += 1;
        }
    }

    pub fn send_rtcp(&mut self, packet: &[u8]) {
        let Some(remote) = self.remote_rtcp else { return };
        if self.rtcp.try_send_to(packet, remote).is_err() {
            self.dropped += 1;
        }
    }

    fn accept_rtp(&mut self, length: usize, from: SocketAddr) -> Option<Received> {
        let bytes = self.rtp_buffer.get(..length)?;
        let packet = from_wire(bytes)?;
        let believed = match self.source {
            None => true,
            Some(source) => {
                Some(from) == self.remote || Some(from) == self.signalled || packet.ssrc == source
            }
        };
        if !believed {
            return None;
        }
        self.source = Some(packet.ssrc);
        self.remote = Some(from);
        Some(Received::Rtp(packet))
    }

    fn accept_rtcp(&mut self, length: usize, from: SocketAddr) -> Option<Received> {
        let same_host = self.remote.is_some_and(|remote| remote.ip() == from.ip());
        if !same_host {
            return None;
        }
        self.remote_rtcp = Some(from);
        self.rtcp_buffer
            .get(..length)
            .map(|bytes| Received::Rtcp(bytes.to_vec()))
    }
}

/// Parses a datagram as RTP (RFC 3550 §5.1). `None` for anything else.
pub fn from_wire(mut bytes: &[u8]) -> Option<Packet> {
    const VERSION_MASK: u8 = 0b1100_0000;
    const VERSION_2: u8 = 0b1000_0000;
    if bytes.first()? & VERSION_MASK != VERSION_2 {
        return None;
    }
    let packet = rtp::packet::Packet::unmarshal(&mut bytes).ok()?;
    Some(Packet {
        payload_type: packet.header.payload_type,
        marker: packet.header.marker,
        sequence: packet.header.sequence_number,
        timestamp: packet.header.timestamp,
        ssrc: packet.header.ssrc,
        payload: packet.payload.to_vec(),
    })
}

/// Writes a packet as RTP. `None` only if the library refuses, which it does for no packet of ours.
pub fn to_wire(packet: &Packet) -> Option<bytes::Bytes> {
    let packet = rtp::packet::Packet {
        header: rtp::header::Header {
            version: 2,
            marker: packet.marker,
            payload_type: packet.payload_type,
            sequence_number: packet.sequence,
            timestamp: packet.timestamp,
            ssrc: packet.ssrc,
            ..Default::default()
        },
        payload: bytes::Bytes::copy_from_slice(&packet.payload),
    };
    packet.marshal().ok()
}

#[cfg(test)]
mod tests {
    use engine_core::rtp::packet::Packet;
    use tokio::net::UdpSocket;

    use super::{Received, RtpSocket, from_wire, to_wire};

    fn packet(ssrc: u32, sequence: u16) -> Packet {
        Packet {
            payload_type: 0,
            marker: false,
            sequence,
            timestamp: 160,
            ssrc,
            payload: vec![0xff; 160],
        }
    }

    async fn socket() -> UdpSocket {
        UdpSocket::bind("127.0.0.1:0").await.unwrap()
    }

    async fn next_ssrc(leg: &mut RtpSocket) -> u32 {
        match leg.receive().await {
            Received::Rtp(packet) => packet.ssrc,
            Received::Rtcp(_) => panic!("RTCP where RTP was sent"),
        }
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let sent = packet(7, 65_535);
        assert_eq!(from_wire(&to_wire(&sent).unwrap()), Some(sent));
    }

    #[test]
    fn garbage_is_no_packet() {
        for bytes in [
            &b""[..],
            b"OPTIONS sip:a SIP/2.0",
            &[0x80],
            &[0x00; 40],
            &[0xbf; 13],
            &[0xff; 200],
        ] {
            assert_eq!(from_wire(bytes), None, "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn a_hold_by_0_0_0_0_forgets_nothing() {
        let mut leg = RtpSocket::new(socket().await, socket().await);
        let (rtp, rtcp) = (
            "192.0.2.1:4000".parse().unwrap(),
            "192.0.2.1:4001".parse().unwrap(),
        );
        leg.signalled(rtp, rtcp);
        leg.source = Some(7);
        leg.signalled("0.0.0.0:4000".parse().unwrap(), "0.0.0.0:4001".parse().unwrap());
        assert_eq!((leg.remote, leg.remote_rtcp), (Some(rtp), Some(rtcp)));
        assert_eq!(leg.source, Some(7));
    }

    #[tokio::test]
    async fn sends_to_where_the_far_end_sends_from_and_ignores_strangers() {
        let mut leg = RtpSocket::new(socket().await, socket().await);
        let at = ("127.0.0.1", leg.port());
        let (caller, rebound, stranger) = (socket().await, socket().await, socket().await);

        caller
            .send_to(&to_wire(&packet(1, 1)).unwrap(), at)
            .await
            .unwrap();
        assert_eq!(next_ssrc(&mut leg).await, 1);
        stranger
            .send_to(&to_wire(&packet(9, 1)).unwrap(), at)
            .await
            .unwrap();
        rebound
            .send_to(&to_wire(&packet(1, 2)).unwrap(), at)
            .await
            .unwrap();
        assert_eq!(next_ssrc(&mut leg).await, 1, "the stranger's packet is not heard");
        assert_eq!(leg.dropped, 1);

        leg.send(&packet(5, 1));
        let mut buffer = [0; 200];
        let (length, _) = rebound.recv_from(&mut buffer).await.unwrap();
        assert_eq!(
            from_wire(&buffer[..length]).unwrap().ssrc,
            5,
            "the rebound address is followed"
        );
    }
}
