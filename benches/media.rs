//! The pieces of one leg's media, each as a closure that does its work once.

use std::hint::black_box;
use std::time::{Duration, Instant};

use engine_core::audio::codec::Codec;
use engine_core::audio::frame::Frame;
use engine_core::audio::g711::{G711, Law};
use engine_core::audio::level::level_dbov;
use engine_core::audio::resample::Resampler;
use engine_core::audio::tone::Tone;
use engine_core::rtp::packet::Packet;
use engine_core::rtp::receiver::{Receiver, ReceiverConfig};
use engine_core::rtp::rtcp;
use engine_core::rtp::sender::{Sender, SenderConfig};
use engine_core::sdp::{Answer, LocalSession, parse};
use engine_core::units::SampleRate;

type Work = Box<dyn FnMut()>;

pub(crate) const LEG_TICK: &str = "one leg's tick: packet in, frame, packet out";
pub(crate) const TICK_NS: f64 = 20e6;

/// What everything is compared with.
pub(crate) fn copy_of_a_frame() -> Work {
    let frame = speech_frame();
    Box::new(move || {
        black_box(black_box(&frame).clone());
    })
}

pub(crate) fn all() -> Vec<(&'static str, Work)> {
    vec![
        ("g711: encode a frame", encode()),
        ("g711: decode a frame", decode()),
        ("g711: conceal a frame", conceal()),
        ("resample: a frame from 8 to 16 kHz", resample()),
        ("level: a frame", level()),
        ("rtp: packet in to frame, even arrivals", packet_in(|_| Some(0))),
        (
            "rtp: packet in to frame, 40 ms jitter, 2 % loss",
            packet_in(rough),
        ),
        ("rtp: frame to packet out", packet_out()),
        (LEG_TICK, leg_tick()),
        ("rtcp: read a compound", read_rtcp()),
        ("sdp: read an offer and write the answer", negotiate()),
    ]
}

fn speech_frame() -> Frame {
    let samples: Vec<i16> = Tone::new(SampleRate::Hz8000, 210.0, -20.0).take(160).collect();
    Frame::from_samples(SampleRate::Hz8000, &samples)
}

fn payload() -> Vec<u8> {
    let mut payload = Vec::new();
    // A frame at 8 kHz is what G.711 takes.
    let _ = G711::new(Law::A).encode(&speech_frame(), &mut payload);
    payload
}

fn encode() -> Work {
    let (mut codec, frame, mut out) = (G711::new(Law::A), speech_frame(), Vec::with_capacity(160));
    Box::new(move || {
        out.clear();
        let _ = codec.encode(black_box(&frame), &mut out);
        black_box(&out);
    })
}

fn decode() -> Work {
    let (mut codec, payload, mut out) = (G711::new(Law::A), payload(), Vec::with_capacity(160));
    Box::new(move || {
        out.clear();
        let _ = codec.decode(black_box(&payload), &mut out);
        black_box(&out);
    })
}

/// One lost frame between two good ones, less often than that in life.
fn conceal() -> Work {
    let (mut codec, payload, mut out) = (G711::new(Law::A), payload(), Vec::with_capacity(320));
    Box::new(move || {
        out.clear();
        let _ = codec.decode(black_box(&payload), &mut out);
        codec.conceal(&mut out);
        black_box(&out);
    })
}

fn resample() -> Work {
    let mut resampler = Resampler::new(SampleRate::Hz8000, SampleRate::Hz16000);
    let frame = speech_frame();
    Box::new(move || {
        black_box(resampler.frame(black_box(&frame)));
    })
}

fn level() -> Work {
    let frame = speech_frame();
    Box::new(move || {
        black_box(level_dbov(black_box(frame.samples())));
    })
}

/// Arrival times relative to an even clock, in milliseconds: up to 40 late, one of fifty lost.
fn rough(index: u64) -> Option<u64> {
    (index % 50 != 49).then_some(index * 7_919 % 41)
}

/// One packet sent and one frame pulled a call, in virtual time.
fn packet_in(delay_ms: fn(u64) -> Option<u64>) -> Work {
    let mut line = Line::new();
    Box::new(move || {
        line.send(delay_ms);
        black_box(line.hear());
    })
}

fn packet_out() -> Work {
    let (mut sender, mut codec, frame) = (sender(), G711::new(Law::A), speech_frame());
    Box::new(move || drop(black_box(sender.tick(Some(black_box(&frame)), &mut codec))))
}

fn leg_tick() -> Work {
    let (mut line, mut sender) = (Line::new(), sender());
    Box::new(move || {
        line.send(|_| Some(0));
        let frame = line.hear();
        black_box(sender.tick(Some(&frame), &mut line.codec));
    })
}

fn read_rtcp() -> Work {
    let mut bytes = Vec::new();
    rtcp::write_report(
        1,
        Some(rtcp::SenderInfo::default()),
        Some(rtcp::ReportBlock::default()),
        &mut bytes,
    );
    rtcp::write_cname(1, "hark-0123456789", &mut bytes);
    Box::new(move || drop(black_box(rtcp::parse(black_box(&bytes)))))
}

fn negotiate() -> Work {
    let offer = "v=0\r\no=- 7 7 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n\
        m=audio 6000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n";
    Box::new(move || {
        let mut local = LocalSession::new([192, 0, 2, 1].into(), 40_000, 1);
        if let Ok(offer) = parse(black_box(offer.as_bytes()))
            && let Ok(answer) = Answer::negotiate(&offer, &mut local)
        {
            black_box(answer.description.to_string());
        }
    })
}

fn sender() -> Sender {
    Sender::new(SenderConfig {
        payload_type: 8,
        dtmf_payload_type: Some(101),
        clock_hz: 8_000,
        ssrc: 1,
        first_sequence: 0,
        first_timestamp: 0,
    })
}

/// A far end, a network and a receiver in virtual time.
struct Line {
    start: Instant,
    tick: u64,
    payload: Vec<u8>,
    /// Packets under way, by arrival.
    under_way: Vec<(u64, Packet)>,
    receiver: Receiver,
    codec: G711,
}

impl Line {
    fn new() -> Self {
        let config = ReceiverConfig {
            payload_type: 8,
            dtmf_payload_type: Some(101),
            clock_hz: 8_000,
        };
        Self {
            start: Instant::now(),
            tick: 0,
            payload: payload(),
            under_way: Vec::with_capacity(8),
            receiver: Receiver::new(config),
            codec: G711::new(Law::A),
        }
    }

    fn send(&mut self, delay_ms: fn(u64) -> Option<u64>) {
        let Some(delay_ms) = delay_ms(self.tick) else {
            return;
        };
        let packet = Packet {
            payload_type: 8,
            marker: false,
            sequence: self.tick as u16,
            timestamp: (self.tick * 160) as u32,
            ssrc: 5,
            payload: self.payload.clone(),
        };
        self.under_way.push((self.tick * 20 + delay_ms, packet));
    }

    fn hear(&mut self) -> Frame {
        let now_ms = self.tick * 20 + 7;
        self.tick += 1;
        let arrived = self.under_way.extract_if(.., |(at, _)| *at <= now_ms);
        for (at, packet) in arrived {
            self.receiver.push(self.start + Duration::from_millis(at), packet);
        }
        self.receiver
            .pull(self.start + Duration::from_millis(now_ms), &mut self.codec)
    }
}
