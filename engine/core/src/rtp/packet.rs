//! One RTP packet, parsed (RFC 3550 §5.1). The header fields that the media path needs and no more.

/// An RTP packet without CSRCs and extensions, which nothing here reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// 0 to 127, as negotiated by SDP.
    pub payload_type: u8,
    /// Set on the first packet of a talk spurt, and of an RFC 4733 event.
    pub marker: bool,
    pub sequence: u16,
    /// Ticks of the codec's RTP clock.
    pub timestamp: u32,
    pub ssrc: u32,
    pub payload: Vec<u8>,
}
