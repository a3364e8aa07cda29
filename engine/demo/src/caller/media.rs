//! The caller's sound: one RTP stream each way on one 20 ms clock, what is heard at the moment it
//! arrives, and both sides for the recording. No sockets and no clock of its own.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use engine_core::audio::codec::Codec;
use engine_core::audio::frame::Frame;
use engine_core::audio::g711::{linear_from_a, linear_from_mu};
use engine_core::audio::level::level_dbov;
use engine_core::rtp::playout::Playout;
use engine_core::rtp::receiver::{Receiver, ReceiverConfig};
use engine_core::rtp::rtcp::RtcpSession;
use engine_core::rtp::sender::{Sender, SenderConfig};
use engine_core::sdp::{AudioCodec, MediaPlan};
use engine_core::units::SampleRate;

use super::ear::Ear;
use super::report::RtpReport;
use super::wire;

/// One call's media.
pub(super) struct MediaLeg {
    codec: Box<dyn Codec>,
    law: AudioCodec,
    payload_type: u8,
    pub(super) sender: Sender,
    receiver: Receiver,
    rtcp: RtcpSession,
    pub(super) playout: Playout<usize>,
    pub(super) ear: Ear,
    remote: SocketAddr,
    remote_rtcp: SocketAddr,
    sends: bool,
    /// Caller and far end alternating, one pair a sample; `None` when nobody wants it.
    recording: Option<Vec<i16>>,
}

impl MediaLeg {
    /// `seed` is random: SSRC and starting points come from it (RFC 3550 §5.1).
    pub(super) fn new(plan: MediaPlan, seed: u64, record: bool, now: Instant) -> Self {
        let clock_hz = plan.codec.clock_hz();
        let ssrc = seed as u32;
        Self {
            codec: plan.codec.build(),
            law: plan.codec,
            payload_type: plan.payload_type,
            sender: Sender::new(SenderConfig {
                payload_type: plan.payload_type,
                dtmf_payload_type: plan.dtmf_payload_type,
                clock_hz,
                ssrc,
                first_sequence: (seed >> 32) as u16,
                first_timestamp: (seed >> 24) as u32,
            }),
            receiver: Receiver::new(ReceiverConfig {
                payload_type: plan.payload_type,
                dtmf_payload_type: plan.dtmf_payload_type,
                clock_hz,
            }),
            rtcp: RtcpSession::new(format!("callsim-{:x}", seed >> 16), ssrc, now),
            playout: Playout::new(SampleRate::Hz8000),
            ear: Ear::default(),
            remote: plan.remote,
            remote_rtcp: plan.remote_rtcp,
            sends: plan.direction.sends(),
            recording: record.then(Vec::new),
        }
    }

    /// Follows a re-INVITE: another address, or hold. The codec stays.
    pub(super) fn renegotiate(&mut self, plan: MediaPlan) {
        self.sends = plan.direction.sends();
        self.remote = plan.remote;
        self.remote_rtcp = plan.remote_rtcp;
    }

    /// Takes a datagram from the RTP port. `true` when the far end has just begun to speak.
    pub(super) fn receive(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) -> bool {
        let Some(packet) = wire::parse(bytes) else {
            return false;
        };
        // Symmetric RTP: answer to where it comes from (RFC 4961).
        self.remote = from;
        let begun = packet.payload_type == self.payload_type && {
            let level = self.level(&packet.payload);
            self.ear.hear(now, level)
        };
        self.receiver.push(now, packet);
        begun
    }

    pub(super) fn receive_rtcp(&mut self, now: Instant, bytes: &[u8]) {
        // What is not RTCP tells nothing, and a caller need not complain.
        let _ = self.rtcp.receive(now, self.sender.ssrc(), bytes);
    }

    /// One tick: takes a frame from the playout (or silence), gives the datagram to send.
    pub(super) fn tick(&mut self, now: Instant) -> Option<(SocketAddr, Vec<u8>)> {
        let heard = self.receiver.pull(now, self.codec.as_mut());
        let said = self
            .playout
            .next_frame()
            .unwrap_or(Frame::silence(SampleRate::Hz8000));
        if let Some(recording) = self
            .recording
            .as_mut()
            .filter(|samples| samples.len() < RECORDING_MAX)
        {
            let pairs = said.samples().iter().zip(heard.samples());
            recording.extend(pairs.flat_map(|(said, heard)| [*said, *heard]));
        }
        let packet = self
            .sender
            .tick(self.sends.then_some(&said), self.codec.as_mut())?;
        Some((self.remote, wire::write(&packet)))
    }

    /// The RTCP report that is due, if one is.
    pub(super) fn poll_rtcp(&mut self, now: Instant) -> Option<(SocketAddr, Vec<u8>)> {
        let report = self.rtcp.poll(now, &self.sender, &mut self.receiver)?;
        Some((self.remote_rtcp, report))
    }

    pub(super) fn report(&self, clock_late_max: Duration) -> RtpReport {
        RtpReport {
            sent_packets: self.sender.sent().0,
            received_packets: self.receiver.received_packets(),
            lost_packets: self.receiver.lost_packets(),
            late_packets: self.receiver.late_packets(),
            concealed_frames: self.receiver.concealed_frames(),
            jitter_ms: self.receiver.jitter_ms(),
            round_trip_ms: self.rtcp.round_trip().map(|time| time.as_secs_f32() * 1_000.0),
            clock_late_max_ms: clock_late_max.as_millis() as u64,
        }
    }

    pub(super) fn into_recording(self) -> Option<Vec<i16>> {
        self.recording
    }

    fn level(&self, payload: &[u8]) -> f32 {
        let expand = match self.law {
            AudioCodec::Pcmu => linear_from_mu,
            AudioCodec::Pcma => linear_from_a,
        };
        let samples: Vec<i16> = payload.iter().map(|byte| expand(*byte)).collect();
        level_dbov(&samples)
    }
}

/// Half an hour of pairs at 8 kHz; the rest of a longer call is not recorded.
const RECORDING_MAX: usize = 30 * 60 * 8_000 * 2;
