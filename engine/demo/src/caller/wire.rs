//! RTP packets as bytes (RFC 3550 §5.1), read and written here so that the caller shares no parser
//! with the engine that it tests.

use engine_core::rtp::packet::Packet;

/// `None` for what is not RTP. CSRCs, extension and padding are skipped.
pub(super) fn parse(bytes: &[u8]) -> Option<Packet> {
    let (header, rest) = bytes.split_first_chunk::<12>()?;
    let [first, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *header;
    if first >> 6 != 2 {
        return None;
    }
    let mut payload = rest.get(usize::from(first & 0x0F) * 4..)?;
    if first & 0x10 != 0 {
        let (extension, after) = payload.split_first_chunk::<4>()?;
        let [_, _, high, low] = *extension;
        payload = after.get(usize::from(u16::from_be_bytes([high, low])) * 4..)?;
    }
    if first & 0x20 != 0 {
        let padding = usize::from(*payload.last()?);
        payload = payload.get(..payload.len().checked_sub(padding)?)?;
    }
    Some(Packet {
        payload_type: second & 0x7F,
        marker: second & 0x80 != 0,
        sequence: u16::from_be_bytes([s0, s1]),
        timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
        ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
        payload: payload.to_vec(),
    })
}

pub(super) fn write(packet: &Packet) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(12 + packet.payload.len());
    bytes.push(0x80);
    bytes.push(u8::from(packet.marker) << 7 | packet.payload_type & 0x7F);
    bytes.extend(packet.sequence.to_be_bytes());
    bytes.extend(packet.timestamp.to_be_bytes());
    bytes.extend(packet.ssrc.to_be_bytes());
    bytes.extend(&packet.payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets() {
        let packet = Packet {
            payload_type: 101,
            marker: true,
            sequence: 513,
            timestamp: 0x0102_0304,
            ssrc: 0xA0B0_C0D0,
            payload: vec![1, 2, 3],
        };
        assert_eq!(parse(&write(&packet)), Some(packet.clone()));
        let mut odd = write(&packet);
        odd[0] = 0xB1;
        // One CSRC, an extension of one word, and two bytes of padding.
        odd.splice(12..12, [9, 9, 9, 9, 0, 0, 0, 1, 7, 7, 7, 7]);
        odd.extend([0, 2]);
        assert_eq!(parse(&odd), Some(packet));
        for length in 0..odd.len() {
            let _ = parse(&odd[..length]);
        }
        assert_eq!(parse(b"INVITE sip:x SIP/2.0"), None);
    }
}
