//! What every byte that a stranger writes is put through. Shared by the fuzz targets and by the
//! replay of their corpora on stable: a body panics when something is wrong.

use std::time::{Duration, Instant};

use engine_core::audio::g711::{G711, Law};
use engine_core::rtp::packet::Packet;
use engine_core::rtp::receiver::{Receiver, ReceiverConfig};
use engine_core::rtp::rtcp::{self, Rtcp, RtcpSession};
use engine_core::rtp::telephone_event::{KeyReceiver, TelephoneEvent};
use engine_core::sdp::{Answer, LocalSession, parse};
use engine_core::units::SampleRate;

/// A description as an offer, and as the answer to ours.
pub fn sdp(bytes: &[u8]) {
    let Ok(description) = parse(bytes) else { return };
    let mut local = LocalSession::new([192, 0, 2, 1].into(), 40_000, 1);
    if let Ok(answer) = Answer::negotiate(&description, &mut local) {
        assert_eq!(answer.description.media.len(), description.media.len());
        let accepted = answer
            .description
            .media
            .iter()
            .filter(|media| media.port != 0)
            .count();
        assert_eq!(accepted, 1, "exactly one stream is taken");
        let text = answer.description.to_string();
        assert!(
            parse(text.as_bytes()).is_ok(),
            "our own answer must be readable:\n{text}"
        );
    }
    local.offer();
    if let Ok(plan) = local.apply_answer(&description) {
        assert!((5..=200).contains(&plan.ptime_ms));
    }
}

/// A compound packet.
pub fn rtcp(bytes: &[u8]) {
    let now = Instant::now();
    let mut session = RtcpSession::new("fuzz", 1, now);
    let received = session.receive(now + Duration::from_secs(1), 1, bytes);
    assert_eq!(received, rtcp::parse(bytes));
    for packet in received.into_iter().flatten() {
        if let Rtcp::SenderReport { blocks, .. } | Rtcp::ReceiverReport { blocks, .. } = packet {
            assert!(blocks.len() <= 31 && blocks.len() * 24 <= bytes.len());
        }
    }
}

/// Event packets: four bytes of time stamp, four of payload, again and again.
pub fn telephone_event(bytes: &[u8]) {
    let mut receiver = KeyReceiver::default();
    for packet in bytes.chunks(8) {
        let (timestamp, payload) = packet.split_at(packet.len().min(4));
        let timestamp = timestamp
            .iter()
            .fold(0, |value, byte| value << 8 | u32::from(*byte));
        if let Some(key) = receiver.receive(timestamp, payload) {
            assert!("0123456789*#ABCD".contains(key));
        }
        assert_eq!(
            receiver.receive(timestamp, payload),
            None,
            "the same packet twice is one key"
        );
        if let Some(event) = TelephoneEvent::parse(payload) {
            assert_eq!(TelephoneEvent::parse(&event.to_bytes()), Some(event));
        }
    }
}

/// A whole stream: per packet its delay (ms), flags, sequence number, time stamp and payload length.
pub fn stream(bytes: &[u8]) {
    let config = ReceiverConfig {
        payload_type: 0,
        dtmf_payload_type: Some(101),
        clock_hz: 8_000,
    };
    let (mut receiver, mut codec) = (Receiver::new(config), G711::new(Law::Mu));
    let mut now = Instant::now();
    for packet in bytes.chunks_exact(9) {
        let &[delay_ms, flags, s0, s1, t0, t1, t2, t3, length] = packet else {
            continue;
        };
        now += Duration::from_millis(delay_ms.into());
        let packet = Packet {
            payload_type: match flags & 3 {
                0 | 1 => 0,
                2 => 101,
                _ => 13,
            },
            marker: flags & 4 != 0,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from(flags >> 6),
            payload: vec![flags; usize::from(length) * 8],
        };
        receiver.push(now, packet);
        if flags & 8 != 0 {
            let frame = receiver.pull(now, &mut codec);
            assert_eq!(frame.rate(), SampleRate::Hz8000);
        }
    }
    assert!(receiver.target_ms() <= 200);
    let block = receiver.report();
    assert_eq!(block.is_some(), bytes.len() >= 9);
}
