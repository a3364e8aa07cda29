//! A leg's sound: packets in, frames out, and the other way round.

use std::time::{Duration, Instant};

use crate::audio::codec::Codec;
use crate::audio::frame::Frame;
use crate::audio::resample::Resampler;
use crate::call::input::{LegMedia, MediaDirection};
use crate::call::record::MediaStats;
use crate::rtp::packet::Packet;
use crate::rtp::receiver::{Receiver, ReceiverConfig};
use crate::rtp::rtcp::RtcpSession;
use crate::rtp::sender::{Sender, SenderConfig};
use crate::units::SampleRate;

/// One leg that is up.
pub(super) struct Leg {
    codec: Box<dyn Codec>,
    receiver: Receiver,
    sender: Sender,
    /// Begun with the first tick, since it needs to know when that is.
    control: Option<RtcpSession>,
    direction: MediaDirection,
    /// Brings frames of another rate (the other leg's) to this leg's.
    resampler: Option<Resampler>,
    /// Whether keys were agreed on (RFC 4733).
    carries_keys: bool,
    /// When the last packet came; `None` before the first tick.
    last_heard: Option<Instant>,
}

impl std::fmt::Debug for Leg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leg")
            .field("codec", &self.codec.name())
            .field("direction", &self.direction)
            .finish_non_exhaustive()
    }
}

impl Leg {
    pub(super) fn new(media: LegMedia) -> Self {
        let clock_hz = media.codec.rtp_clock_hz();
        let receiver = Receiver::new(ReceiverConfig {
            payload_type: media.payload_type,
            dtmf_payload_type: media.dtmf_payload_type,
            clock_hz,
        });
        let sender = Sender::new(SenderConfig {
            payload_type: media.payload_type,
            dtmf_payload_type: media.dtmf_payload_type,
            clock_hz,
            ssrc: media.ssrc,
            first_sequence: media.first_sequence,
            first_timestamp: media.first_timestamp,
        });
        Self {
            codec: media.codec,
            receiver,
            sender,
            control: None,
            direction: media.direction,
            resampler: None,
            carries_keys: media.dtmf_payload_type.is_some(),
            last_heard: None,
        }
    }

    pub(super) const fn carries_keys(&self) -> bool {
        self.carries_keys
    }

    /// Takes a packet; the key, if it brought one.
    pub(super) fn receive(&mut self, now: Instant, packet: Packet) -> Option<char> {
        self.last_heard = Some(now);
        self.receiver.push(now, packet)
    }

    /// The 20 ms to be heard now.
    pub(super) fn hear(&mut self, now: Instant) -> Frame {
        self.last_heard.get_or_insert(now);
        self.receiver.pull(now, self.codec.as_mut())
    }

    /// The packet for 20 ms of sound; nothing while the far end does not want to hear us.
    pub(super) fn send(&mut self, frame: &Frame) -> Option<Packet> {
        let heard = match self.direction {
            MediaDirection::SendReceive | MediaDirection::SendOnly => Some(self.at_own_rate(frame)),
            MediaDirection::ReceiveOnly | MediaDirection::Inactive => None,
        };
        self.sender.tick(heard.as_ref(), self.codec.as_mut())
    }

    /// Takes a compound RTCP packet; garbage is ignored.
    pub(super) fn receive_control(&mut self, now: Instant, packet: &[u8]) {
        let ssrc = self.sender.ssrc();
        if let Some(control) = &mut self.control {
            // What the far end reports is kept by the session; a malformed packet changes nothing.
            let _ = control.receive(now, ssrc, packet);
        }
    }

    /// The RTCP report, when one is due (RFC 3550 §6.2).
    pub(super) fn control_due(&mut self, now: Instant) -> Option<Vec<u8>> {
        let ssrc = self.sender.ssrc();
        self.control
            .get_or_insert_with(|| RtcpSession::new(format!("{ssrc:08x}@hark"), ssrc, now))
            .poll(now, &self.sender, &mut self.receiver)
    }

    /// The frame at this leg's sample rate.
    pub(super) fn at_own_rate(&mut self, frame: &Frame) -> Frame {
        let own = self.rate();
        if frame.rate() == own {
            return frame.clone();
        }
        self.resampler
            .get_or_insert_with(|| Resampler::new(frame.rate(), own))
            .frame(frame)
    }

    pub(super) fn set_direction(&mut self, direction: MediaDirection) {
        if direction != self.direction {
            self.receiver.flush();
            self.last_heard = None;
        }
        self.direction = direction;
    }

    pub(super) fn rate(&self) -> SampleRate {
        self.codec.sample_rate()
    }

    /// How long nothing has come, though something should. A held leg is silent by right: who holds us with
    /// `sendonly` or 0.0.0.0 may play music, and need not.
    pub(super) fn silent_for(&self, now: Instant) -> Duration {
        match (self.direction, self.last_heard) {
            (MediaDirection::SendReceive, Some(last)) => now.saturating_duration_since(last),
            (MediaDirection::ReceiveOnly | MediaDirection::SendOnly | MediaDirection::Inactive, _)
            | (MediaDirection::SendReceive, None) => Duration::ZERO,
        }
    }

    pub(super) fn stats(&self) -> MediaStats {
        MediaStats {
            received_packets: self.receiver.received_packets(),
            lost_packets: self.receiver.lost_packets(),
            late_packets: self.receiver.late_packets(),
            concealed_frames: self.receiver.concealed_frames(),
            jitter_ms: self.receiver.jitter_ms(),
            sent_packets: self.sender.sent().0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Leg;
    use crate::call::input::{LegMedia, MediaDirection};
    use crate::sdp::AudioCodec;

    fn check(direction: MediaDirection, expect_s: u64) {
        let mut leg = Leg::new(LegMedia {
            codec: AudioCodec::Pcmu.build(),
            payload_type: 0,
            dtmf_payload_type: None,
            direction: MediaDirection::SendReceive,
            ssrc: 1,
            first_sequence: 1,
            first_timestamp: 1,
        });
        let start = Instant::now();
        leg.set_direction(direction);
        leg.hear(start);
        let silent = leg.silent_for(start + Duration::from_secs(90));
        assert_eq!(silent, Duration::from_secs(expect_s), "{direction:?}");
    }

    #[test]
    fn only_a_leg_that_talks_both_ways_can_be_too_silent() {
        check(MediaDirection::SendReceive, 90);
        check(MediaDirection::ReceiveOnly, 0);
        check(MediaDirection::SendOnly, 0);
        check(MediaDirection::Inactive, 0);
    }
}
