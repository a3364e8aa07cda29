//! From frames to packets: one leg's way out. Sequence numbers never skip, time stamps never stand
//! still (RFC 3550 §5.1): a tick without sound advances the clock, and the next packet has the marker.

use crate::audio::codec::Codec;
use crate::audio::frame::Frame;
use crate::rtp::packet::Packet;
use crate::rtp::telephone_event::{KeyError, KeySender, KeyTick};

/// Sends one leg's RTP: one packet of 20 ms at most per tick.
#[derive(Debug, Clone)]
pub struct Sender {
    config: SenderConfig,
    sequence: u16,
    timestamp: u32,
    /// The next packet of sound begins a talk spurt.
    marker: bool,
    keys: KeySender,
    /// Time stamp of the key that is being sent.
    key_timestamp: u32,
    packets: u64,
    octets: u64,
}

/// What was agreed for sending, and the random starting points (RFC 3550 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderConfig {
    pub payload_type: u8,
    pub dtmf_payload_type: Option<u8>,
    /// Ticks per second of the codec's time stamps.
    pub clock_hz: u32,
    pub ssrc: u32,
    pub first_sequence: u16,
    pub first_timestamp: u32,
}

impl Sender {
    pub fn new(config: SenderConfig) -> Self {
        Self {
            config,
            sequence: config.first_sequence,
            timestamp: config.first_timestamp,
            marker: true,
            keys: KeySender::default(),
            key_timestamp: 0,
            packets: 0,
            octets: 0,
        }
    }

    /// One tick: a key's packet if keys wait, else `frame`, else nothing. Also nothing when the codec
    /// refuses the frame.
    pub fn tick(&mut self, frame: Option<&Frame>, codec: &mut dyn Codec) -> Option<Packet> {
        let packet = match (self.keys.tick(self.frame_ticks()), self.config.dtmf_payload_type) {
            (Some(key), Some(payload_type)) => Some(self.key_packet(key, payload_type)),
            _ => frame.and_then(|frame| self.sound_packet(frame, codec)),
        };
        self.timestamp = self.timestamp.wrapping_add(self.frame_ticks());
        match &packet {
            Some(packet) => {
                self.sequence = self.sequence.wrapping_add(1);
                self.packets += 1;
                self.octets += packet.payload.len() as u64;
            }
            None => self.marker = true,
        }
        packet
    }

    /// Queues a key (RFC 4733); it is sent instead of sound.
    pub fn send_key(&mut self, key: char) -> Result<(), KeyError> {
        if self.config.dtmf_payload_type.is_none() {
            return Err(KeyError::NotAgreed);
        }
        self.keys.push(key)
    }

    /// Whether keys are being sent or wait.
    pub fn is_sending_keys(&self) -> bool {
        !self.keys.is_idle()
    }

    pub fn ssrc(&self) -> u32 {
        self.config.ssrc
    }

    /// Packets sent, and payload octets (RFC 3550 §6.4.1).
    pub fn sent(&self) -> (u64, u64) {
        (self.packets, self.octets)
    }

    /// The time stamp of the next tick, for sender reports.
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    fn key_packet(&mut self, key: KeyTick, payload_type: u8) -> Packet {
        if key.first {
            self.key_timestamp = self.timestamp;
        }
        self.marker = true;
        self.packet(
            payload_type,
            key.first,
            self.key_timestamp,
            key.event.to_bytes().to_vec(),
        )
    }

    fn sound_packet(&mut self, frame: &Frame, codec: &mut dyn Codec) -> Option<Packet> {
        let mut payload = Vec::with_capacity(frame.samples().len());
        codec.encode(frame, &mut payload).ok()?;
        let marker = std::mem::take(&mut self.marker);
        Some(self.packet(self.config.payload_type, marker, self.timestamp, payload))
    }

    fn packet(&self, payload_type: u8, marker: bool, timestamp: u32, payload: Vec<u8>) -> Packet {
        Packet {
            payload_type,
            marker,
            sequence: self.sequence,
            timestamp,
            ssrc: self.config.ssrc,
            payload,
        }
    }

    fn frame_ticks(&self) -> u32 {
        self.config.clock_hz / FRAMES_PER_SECOND
    }
}

const FRAMES_PER_SECOND: u32 = 50;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::g711::{G711, Law};
    use crate::units::SampleRate;

    fn sender() -> Sender {
        Sender::new(SenderConfig {
            payload_type: 8,
            dtmf_payload_type: Some(101),
            clock_hz: 8_000,
            ssrc: 42,
            first_sequence: u16::MAX,
            first_timestamp: u32::MAX - 159,
        })
    }

    #[test]
    fn time_goes_on_where_sound_does_not() {
        let (mut sender, mut codec) = (sender(), G711::new(Law::A));
        let frame = Frame::silence(SampleRate::Hz8000);
        let packets: Vec<Option<(u16, u32, bool)>> = [Some(&frame), Some(&frame), None, None, Some(&frame)]
            .into_iter()
            .map(|frame| sender.tick(frame, &mut codec))
            .map(|packet| packet.map(|packet| (packet.sequence, packet.timestamp, packet.marker)))
            .collect();
        assert_eq!(
            packets,
            [
                Some((u16::MAX, u32::MAX - 159, true)),
                Some((0, 0, false)),
                None,
                None,
                Some((1, 480, true)),
            ]
        );
        assert_eq!(sender.sent(), (3, 480));
    }

    #[test]
    fn a_key_replaces_sound_and_keeps_one_time_stamp() {
        let (mut sender, mut codec) = (sender(), G711::new(Law::A));
        let frame = Frame::silence(SampleRate::Hz8000);
        sender.send_key('7').unwrap();
        let packets: Vec<Packet> = (0..9)
            .filter_map(|_| sender.tick(Some(&frame), &mut codec))
            .collect();
        let keys: Vec<&Packet> = packets
            .iter()
            .filter(|packet| packet.payload_type == 101)
            .collect();
        assert_eq!(keys.len(), 8);
        assert!(keys.iter().all(|packet| packet.timestamp == u32::MAX - 159));
        assert_eq!(keys.iter().filter(|packet| packet.marker).count(), 1);
        assert_eq!(packets[8].payload_type, 8);
        assert_eq!(packets[8].timestamp, 160 * 7);
        assert!(packets[8].marker);
        assert!(
            packets
                .windows(2)
                .all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1))
        );
    }

    #[test]
    fn keys_need_an_agreement_and_frames_the_right_rate() {
        let config = SenderConfig {
            dtmf_payload_type: None,
            ..sender().config
        };
        let mut sender = Sender::new(config);
        assert_eq!(sender.send_key('1'), Err(KeyError::NotAgreed));
        let wide = Frame::silence(SampleRate::Hz16000);
        assert_eq!(sender.tick(Some(&wide), &mut G711::new(Law::Mu)), None);
    }
}
