//! From packets to frames: one leg's way in. Packets come when they come; a frame is pulled every
//! 20 ms, decoded, concealed or silent.

use std::time::Instant;

use crate::audio::codec::Codec;
use crate::audio::frame::Frame;
use crate::audio::level::level_dbov;
use crate::rtp::jitter::{JitterBuffer, Pulled};
use crate::rtp::packet::Packet;
use crate::rtp::rtcp::ReportBlock;
use crate::rtp::sequence::{Arrival, Sequences};
use crate::rtp::stats::Reception;
use crate::rtp::telephone_event::KeyReceiver;

/// Receives one leg's RTP.
#[derive(Debug, Clone)]
pub struct Receiver {
    config: ReceiverConfig,
    sequences: Sequences,
    buffer: JitterBuffer,
    keys: KeyReceiver,
    reception: Option<Reception>,
    /// Packets of sources before the current one: received, lost.
    past: (u64, u64),
    /// Decoded and not yet given out: less than a frame and a packet.
    pcm: Vec<i16>,
    /// Samples of the last packet, which is what a lost one held.
    packet_samples: usize,
    concealed: u64,
    ignored: u64,
}

/// What was agreed for receiving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiverConfig {
    /// Payload type of the codec.
    pub payload_type: u8,
    /// Payload type of telephone-event.
    pub dtmf_payload_type: Option<u8>,
    /// Ticks per second of the codec's time stamps.
    pub clock_hz: u32,
}

impl Receiver {
    pub fn new(config: ReceiverConfig) -> Self {
        Self {
            config,
            sequences: Sequences::default(),
            buffer: JitterBuffer::default(),
            keys: KeyReceiver::default(),
            reception: None,
            past: (0, 0),
            pcm: Vec::new(),
            packet_samples: 0,
            concealed: 0,
            ignored: 0,
        }
    }

    /// Takes a packet; the key, when it is the first of a key's packets.
    pub fn push(&mut self, now: Instant, packet: Packet) -> Option<char> {
        let sequence = match self.sequences.arrive(packet.ssrc, packet.sequence) {
            Arrival::Expected(sequence) => sequence,
            Arrival::Restart(sequence) => {
                self.restart(now, sequence);
                sequence
            }
            Arrival::Duplicate | Arrival::Suspect => return None,
        };
        if let Some(reception) = &mut self.reception {
            reception.count(sequence);
        }
        if Some(packet.payload_type) == self.config.dtmf_payload_type {
            self.buffer.push_other(now, sequence);
            return self.keys.receive(packet.timestamp, &packet.payload);
        }
        if packet.payload_type != self.config.payload_type || packet.payload.is_empty() {
            self.ignored += 1;
            self.buffer.push_other(now, sequence);
            return None;
        }
        if let Some(reception) = &mut self.reception {
            reception.time(now, packet.timestamp);
        }
        self.buffer.push(
            now,
            sequence,
            packet.timestamp,
            self.config.clock_hz,
            packet.payload,
        );
        None
    }

    /// The next 20 ms at the codec's sample rate. Call once per tick.
    pub fn pull(&mut self, now: Instant, codec: &mut dyn Codec) -> Frame {
        let rate = codec.sample_rate();
        // Ten milliseconds is the shortest packet in use; shorter ones leave the frame's end silent.
        for _ in 0..PACKETS_PER_FRAME_MAX {
            if self.pcm.len() >= rate.frame_samples() {
                break;
            }
            self.extend(now, codec);
        }
        let frame = Frame::from_samples(rate, &self.pcm);
        self.pcm.drain(..rate.frame_samples().min(self.pcm.len()));
        frame
    }

    /// Forgets what waits to be heard: the far end went on hold, or nobody listened for a while.
    pub fn flush(&mut self) {
        self.buffer.clear();
        self.pcm.clear();
    }

    /// The report block for the next RTCP packet; `None` before the first packet.
    pub fn report(&mut self) -> Option<ReportBlock> {
        let ssrc = self.sequences.ssrc()?;
        self.reception.as_mut().map(|reception| reception.report(ssrc))
    }

    pub fn received_packets(&self) -> u64 {
        self.past.0 + self.reception.as_ref().map_or(0, Reception::received)
    }

    pub fn lost_packets(&self) -> u64 {
        self.past.1 + self.reception.as_ref().map_or(0, Reception::lost)
    }

    pub fn late_packets(&self) -> u64 {
        self.buffer.late()
    }

    pub fn concealed_frames(&self) -> u64 {
        self.concealed
    }

    /// Packets of a payload type that was not agreed.
    pub fn ignored_packets(&self) -> u64 {
        self.ignored
    }

    pub fn jitter_ms(&self) -> f32 {
        self.reception.as_ref().map_or(0.0, Reception::jitter_ms)
    }

    /// How long a packet waits here before it is heard.
    pub fn target_ms(&self) -> u32 {
        self.buffer.target().as_millis() as u32
    }

    fn restart(&mut self, now: Instant, sequence: u64) {
        self.past = (self.received_packets(), self.lost_packets());
        self.reception = Some(Reception::new(self.config.clock_hz, now, sequence));
        self.buffer.clear();
        self.keys = KeyReceiver::default();
    }

    /// Appends one packet's worth of sound.
    fn extend(&mut self, now: Instant, codec: &mut dyn Codec) {
        let frame = codec.sample_rate().frame_samples();
        match self.buffer.pull(now) {
            Pulled::Audio(payload) => self.decode(&payload, codec),
            Pulled::Lost => self.recover(codec, frame),
            Pulled::Starved => self.conceal(codec, frame),
            Pulled::Silence => self.pcm.resize(self.pcm.len().max(frame), 0),
        }
    }

    fn decode(&mut self, payload: &[u8], codec: &mut dyn Codec) {
        let start = self.pcm.len();
        if codec.decode(payload, &mut self.pcm).is_err() {
            self.pcm.truncate(start);
            return self.conceal(codec, self.packet_samples);
        }
        let decoded = self.pcm.split_at(start).1;
        self.packet_samples = decoded.len();
        if self.buffer.has_surplus() && level_dbov(decoded) < QUIET_DBOV {
            self.pcm.truncate(start);
            self.buffer.shortened();
        }
    }

    /// Fills in for one lost packet, from the next one where that helps.
    fn recover(&mut self, codec: &mut dyn Codec, frame: usize) {
        match self.buffer.successor() {
            Some(next) if self.packet_samples == frame => {
                codec.recover(next, &mut self.pcm);
                self.concealed += 1;
            }
            Some(_) | None => self.conceal(codec, self.packet_samples),
        }
    }

    fn conceal(&mut self, codec: &mut dyn Codec, samples: usize) {
        let end = self.pcm.len() + samples;
        while self.pcm.len() < end {
            let before = self.pcm.len();
            codec.conceal(&mut self.pcm);
            self.concealed += 1;
            if self.pcm.len() == before {
                break;
            }
        }
        self.pcm.truncate(end);
    }
}

const PACKETS_PER_FRAME_MAX: usize = 4;
/// A packet this quiet is not missed.
const QUIET_DBOV: f32 = -45.0;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::audio::codec::CodecError;
    use crate::audio::g711::{G711, Law};
    use crate::audio::level::peak;
    use crate::audio::tone::{Tone, tone_share};
    use crate::units::SampleRate;

    /// A far end that talks: packets of a steady tone, handed over at chosen times.
    struct FarEnd {
        start: Instant,
        receiver: Receiver,
        codec: G711,
        packets: Vec<Packet>,
        keys: String,
        frames: Vec<Frame>,
    }

    impl FarEnd {
        /// 10 s of a 400 Hz tone in packets of `samples`.
        fn new(samples: usize) -> Self {
            let mut tone = Tone::new(SampleRate::Hz8000, 400.0, -12.0);
            let packets = (0..80_000 / samples).map(|index| Packet {
                payload_type: 0,
                marker: index == 0,
                sequence: 65_530u16.wrapping_add(index as u16),
                timestamp: 1_000 + (index * samples) as u32,
                ssrc: 5,
                payload: tone
                    .by_ref()
                    .take(samples)
                    .map(crate::audio::g711::mu_from_linear)
                    .collect(),
            });
            let config = ReceiverConfig {
                payload_type: 0,
                dtmf_payload_type: Some(101),
                clock_hz: 8_000,
            };
            Self {
                start: Instant::now(),
                receiver: Receiver::new(config),
                codec: G711::new(Law::Mu),
                packets: packets.collect(),
                keys: String::new(),
                frames: Vec::new(),
            }
        }

        /// Runs for `ms`; `arrival` says when each packet comes, `None` for lost. Ticks are 7 ms off.
        fn run(&mut self, ms: u64, arrival: impl Fn(u64) -> Option<u64>) {
            let mut due: Vec<(u64, Packet)> = (0u64..)
                .zip(&self.packets)
                .filter_map(|(index, packet)| Some((arrival(index)?, packet.clone())))
                .collect();
            due.sort_by_key(|(at, _)| *at);
            let mut due = due.into_iter().peekable();
            for at in 0..ms {
                let now = self.start + Duration::from_millis(at);
                while let Some((_, packet)) = due.next_if(|(when, _)| *when <= at) {
                    self.keys.extend(self.receiver.push(now, packet));
                }
                if at % 20 == 7 {
                    self.frames.push(self.receiver.pull(now, &mut self.codec));
                }
            }
        }

        /// Frames that are the tone, of those pulled in this range of milliseconds.
        fn tone_frames(&self, from_ms: usize, to_ms: usize) -> usize {
            let frames = self.frames[from_ms / 20..to_ms / 20].iter();
            frames
                .filter(|frame| tone_share(frame.samples(), SampleRate::Hz8000, 400.0) > 0.9)
                .count()
        }
    }

    #[test]
    fn a_perfect_network_is_heard_after_the_target_delay() {
        for samples in [80, 160, 240, 480] {
            let mut far = FarEnd::new(samples);
            let packet_ms = samples as u64 / 8;
            far.run(4_000, |index| Some(index * packet_ms));
            let silent = far
                .frames
                .iter()
                .take_while(|frame| peak(frame.samples()) == 0)
                .count();
            assert!(silent <= 3, "{samples} samples: {silent} frames of silence first");
            assert_eq!(far.tone_frames(80, 4_000), 196, "{samples} samples");
            assert_eq!(far.receiver.concealed_frames(), 0, "{samples} samples");
            assert_eq!(far.receiver.lost_packets(), 0);
            assert_eq!(far.receiver.target_ms(), 20);
        }
    }

    #[test]
    fn lost_packets_are_concealed_and_counted() {
        let mut far = FarEnd::new(160);
        far.run(10_000, |index| (index % 20 != 10).then_some(index * 20));
        assert_eq!(far.receiver.lost_packets(), 25);
        assert!(
            (24..=26).contains(&far.receiver.concealed_frames()),
            "{}",
            far.receiver.concealed_frames()
        );
        assert_eq!(far.receiver.late_packets(), 0);
        // One lost frame keeps its pitch: nearly everything is still the tone.
        assert!(
            far.tone_frames(100, 10_000) >= 490,
            "{}",
            far.tone_frames(100, 10_000)
        );
    }

    /// Notes what it is asked to recover from; each payload's first byte becomes its sound.
    struct Noting(Vec<u8>);

    impl Codec for Noting {
        fn name(&self) -> &'static str {
            "noting"
        }

        fn sample_rate(&self) -> SampleRate {
            SampleRate::Hz8000
        }

        fn rtp_clock_hz(&self) -> u32 {
            8_000
        }

        fn encode(&mut self, _frame: &Frame, _out: &mut Vec<u8>) -> Result<(), CodecError> {
            Ok(())
        }

        fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) -> Result<(), CodecError> {
            out.extend([i16::from(payload[0]); 160]);
            Ok(())
        }

        fn conceal(&mut self, out: &mut Vec<i16>) {
            out.extend([0; 160]);
        }

        fn recover(&mut self, next: &[u8], out: &mut Vec<i16>) {
            self.0.push(next[0]);
            out.extend([-1; 160]);
        }
    }

    #[test]
    fn a_lost_packet_is_recovered_from_the_one_after_it() {
        let mut far = FarEnd::new(160);
        let mut codec = Noting(Vec::new());
        let mut heard = Vec::new();
        for (index, packet) in (1_u8..7).zip(&far.packets).filter(|(index, _)| *index != 3) {
            let packet = Packet {
                payload: vec![index],
                ..packet.clone()
            };
            far.receiver.push(far.start, packet);
        }
        for tick in 1..9 {
            let now = far.start + Duration::from_millis(20 * tick);
            heard.push(far.receiver.pull(now, &mut codec).samples()[0]);
        }
        heard.retain(|sample| *sample != 0);
        assert_eq!(heard, [1, 2, -1, 4, 5, 6]);
        assert_eq!(codec.0, [4]);
    }

    #[test]
    fn reordered_and_doubled_packets_are_put_right() {
        let mut far = FarEnd::new(160);
        let doubled = far.packets.clone();
        far.packets.splice(100..100, doubled[90..100].to_vec());
        let sent_ms = |index: u64| {
            if index < 100 {
                index * 20
            } else {
                (index - 10) * 20
            }
        };
        far.run(8_000, |index| {
            Some(sent_ms(index) + if index % 7 == 3 { 21 } else { 0 })
        });
        assert_eq!(far.receiver.lost_packets(), 0);
        assert_eq!(far.tone_frames(1_000, 8_000), 350);
    }

    #[test]
    fn jitter_raises_the_delay_and_peace_lowers_it() {
        let mut far = FarEnd::new(160);
        // Four seconds of up to 60 ms of jitter, then none.
        far.run(10_000, |index| {
            Some(index * 20 + if index < 200 { index * 7_919 % 61 } else { 0 })
        });
        assert_eq!(far.receiver.target_ms(), 20, "at the end");
        let at_2s = {
            let mut far = FarEnd::new(160);
            far.run(2_000, |index| Some(index * 20 + index * 7_919 % 61));
            far.receiver.target_ms()
        };
        assert!((50..=80).contains(&at_2s), "{at_2s} ms");
        assert!(
            far.tone_frames(1_000, 10_000) >= 445,
            "{}",
            far.tone_frames(1_000, 10_000)
        );
    }

    #[test]
    fn a_stalled_network_loses_delay_not_words() {
        let mut far = FarEnd::new(160);
        // Everything of 2.0 to 2.1 s arrives at once at 2.1 s.
        far.run(4_000, |index| {
            Some(if (100..105).contains(&index) {
                2_100
            } else {
                index * 20
            })
        });
        assert_eq!((far.receiver.lost_packets(), far.receiver.late_packets()), (0, 0));
        assert!(far.tone_frames(2_140, 4_000) >= 92);
    }

    #[test]
    fn a_new_source_is_heard_and_a_stray_packet_is_not() {
        let mut far = FarEnd::new(160);
        for packet in &mut far.packets[150..] {
            packet.ssrc = 6;
            packet.sequence = packet.sequence.wrapping_add(20_000);
            packet.timestamp = packet.timestamp.wrapping_mul(77);
        }
        let stray = Packet {
            ssrc: 99,
            ..far.packets[50].clone()
        };
        far.packets.insert(50, stray);
        far.run(6_000, |index| Some(index * 20));
        assert!(
            far.tone_frames(200, 6_000) >= 280,
            "{}",
            far.tone_frames(200, 6_000)
        );
        assert!(far.receiver.received_packets() >= 297);
    }

    #[test]
    fn a_gap_in_the_speech_is_silence() {
        let mut far = FarEnd::new(160);
        // Silence suppression: the sender stops for a second, sequence numbers go on without a hole.
        far.packets.drain(100..150);
        for packet in &mut far.packets[100..] {
            packet.sequence = packet.sequence.wrapping_sub(50);
        }
        far.run(5_000, |index| {
            Some(if index < 100 {
                index * 20
            } else {
                index * 20 + 1_000
            })
        });
        assert_eq!(far.receiver.lost_packets(), 0);
        assert!(far.receiver.concealed_frames() <= 5);
        let gap = &far.frames[2_200 / 20..2_900 / 20];
        assert!(
            gap.iter()
                .all(|frame| frame.samples().iter().all(|sample| *sample == 0))
        );
        assert!(far.tone_frames(3_100, 5_000) >= 92);
    }

    #[test]
    fn keys_come_out_once_and_leave_no_hole() {
        let mut far = FarEnd::new(160);
        for index in 100..108usize {
            let end = index >= 105;
            let duration = ((index - 99).min(6) * 160) as u16;
            let event = crate::rtp::telephone_event::TelephoneEvent {
                code: 9,
                end,
                volume: 10,
                duration,
            };
            far.packets[index] = Packet {
                payload_type: 101,
                timestamp: far.packets[100].timestamp,
                payload: event.to_bytes().to_vec(),
                ..far.packets[index].clone()
            };
        }
        far.run(4_000, |index| {
            (index != 100 && index != 107).then_some(index * 20)
        });
        assert_eq!(far.keys, "9");
        assert!(
            far.receiver.concealed_frames() <= 2,
            "{}",
            far.receiver.concealed_frames()
        );
        assert!(far.tone_frames(2_240, 4_000) >= 86);
    }

    #[test]
    fn garbage_in_a_payload_is_concealed() {
        let mut far = FarEnd::new(160);
        far.packets[20].payload = vec![1; 60_000];
        far.packets[21].payload_type = 33;
        far.packets[22].payload.clear();
        far.run(2_000, |index| Some(index * 20));
        assert_eq!(far.receiver.ignored_packets(), 2);
        assert_eq!(far.receiver.concealed_frames(), 1);
    }

    #[test]
    fn what_nobody_pulled_is_dropped() {
        let mut far = FarEnd::new(160);
        let packets = far.packets.clone();
        for (index, packet) in (0u64..).zip(packets) {
            far.receiver
                .push(far.start + Duration::from_millis(index * 20), packet);
        }
        let now = far.start + Duration::from_millis(10_000);
        far.receiver.pull(now, &mut far.codec);
        assert!(
            far.receiver.late_packets() >= 479,
            "{}",
            far.receiver.late_packets()
        );
        far.receiver.flush();
        assert_eq!(
            far.receiver.pull(now, &mut far.codec),
            Frame::silence(SampleRate::Hz8000)
        );
    }
}
