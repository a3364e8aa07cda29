//! The line between a speaker and Hark: its band, noise, a codec, packets that get lost and
//! what the real jitter buffer and concealment make of it.

use std::time::{Duration, Instant};

use engine_core::audio::frame::Frame;
use engine_core::limits::FRAME;
use engine_core::rtp::packet::Packet;
use engine_core::rtp::receiver::{Receiver, ReceiverConfig};
use engine_core::units::SampleRate;

use crate::eval::EvalError;
use crate::eval::audio::mix;
use crate::eval::codec::LineCodec;
use crate::tts::Sound;

/// What a recogniser hears of the line before an onset: 360 ms.
const ONSET_FRAMES: usize = 18;
/// And what it knows of it from before that: two seconds, while the caller listens to the question.
const LINE_FRAMES: usize = 100;

/// A recording as it came over a line.
#[derive(Debug)]
pub(super) struct Carried {
    /// The line before it.
    pub(super) line: Vec<i16>,
    pub(super) speech: Vec<i16>,
}

/// One condition that recordings are heard under.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// "clean", "15 dB", "15 dB, 3 % lost in bursts".
    pub(super) name: String,
    codec: LineCodec,
    noise: Option<Noise>,
    loss: Option<Loss>,
}

/// Noise within a line's band, and how many dB below the speech it lies.
#[derive(Debug, Clone)]
pub(super) struct Noise {
    samples: Vec<i16>,
    snr_db: f32,
}

impl Noise {
    pub(super) fn new(sound: &Sound, codec: LineCodec, snr_db: f32) -> Result<Self, EvalError> {
        Ok(Self {
            samples: codec.in_band(sound)?,
            snr_db,
        })
    }
}

impl Line {
    pub(super) fn new(codec: LineCodec, noise: Option<Noise>, loss: Option<Loss>) -> Self {
        let names: Vec<String> = [
            codec.label().map(str::to_owned),
            noise.as_ref().map(|noise| format!("{} dB", noise.snr_db)),
            loss.map(|loss| loss.name()),
        ]
        .into_iter()
        .flatten()
        .collect();
        let name = if names.is_empty() {
            "clean".to_owned()
        } else {
            names.join(", ")
        };
        Self {
            name,
            codec,
            noise,
            loss,
        }
    }

    /// Of the samples that come out.
    pub(super) const fn rate(&self) -> SampleRate {
        self.codec.rate()
    }

    /// What of a sound is within this line's band, at its rate.
    pub(super) fn in_band(&self, sound: &Sound) -> Result<Vec<i16>, EvalError> {
        self.codec.in_band(sound)
    }

    /// The sound, given within the band, as the far end hears it. `seed` chooses the stretch of noise and the
    /// packets that are lost.
    pub(super) fn through(&self, mut in_band: Vec<i16>, seed: u64) -> Result<Vec<i16>, EvalError> {
        if let Some(noise) = &self.noise {
            mix(&mut in_band, &noise.samples, self.rate().hz(), noise.snr_db, seed);
        }
        match &self.loss {
            Some(loss) => loss.carry(self.codec, &in_band, seed),
            None => self.codec.coded(&in_band),
        }
    }

    /// The same of a recording, with the line before it.
    pub(super) fn carry(&self, in_band: &[i16], seed: u64) -> Result<Carried, EvalError> {
        let frame = self.rate().frame_samples();
        let mut samples = vec![0; (LINE_FRAMES + ONSET_FRAMES) * frame];
        samples.extend_from_slice(in_band);
        let mut line = self.through(samples, seed)?;
        let speech = line.split_off(line.len().min(LINE_FRAMES * frame));
        Ok(Carried { line, speech })
    }
}

/// Packets of 20 ms that do not arrive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Loss {
    percent: f32,
    /// How many packets go at a time, on average.
    run: f32,
}

impl Loss {
    pub(super) fn new(percent: f32, bursts: bool) -> Self {
        Self {
            percent: percent.clamp(0.0, 100.0),
            run: if bursts { BURST_PACKETS } else { 1.0 },
        }
    }

    fn name(self) -> String {
        let manner = if self.run > 1.0 { " in bursts" } else { "" };
        format!("{} % lost{manner}", self.percent)
    }

    /// Packets through a receiver as a leg has it.
    fn carry(self, line: LineCodec, samples: &[i16], seed: u64) -> Result<Vec<i16>, EvalError> {
        let mut codec = line.coder()?;
        let mut receiver = Receiver::new(ReceiverConfig {
            payload_type: line.payload_type(),
            dtmf_payload_type: None,
            clock_hz: codec.rtp_clock_hz(),
        });
        let ticks = codec.rtp_clock_hz() / FRAMES_A_SECOND;
        let mut fate = Fate::new(self, seed);
        let start = Instant::now();
        let rate = line.rate();
        let sound = samples.chunks(rate.frame_samples());
        let mut out = Vec::with_capacity(samples.len());
        // What waits in the buffer at the end is played out against silence.
        for (index, chunk) in (0_u16..).zip(sound.chain(std::iter::repeat_n(&[][..], DRAIN_FRAMES))) {
            let now = start + FRAME * u32::from(index) + HALF_FRAME;
            let mut payload = Vec::new();
            let encoded = codec.encode(&Frame::from_samples(rate, chunk), &mut payload);
            if encoded.is_ok() && !fate.loses() {
                let packet = Packet {
                    payload_type: line.payload_type(),
                    marker: index == 0,
                    sequence: index,
                    timestamp: u32::from(index) * ticks,
                    ssrc: 1,
                    payload,
                };
                receiver.push(now, packet);
            }
            let frame = receiver.pull(now + HALF_FRAME, codec.as_mut());
            out.extend_from_slice(frame.samples());
        }
        Ok(out)
    }
}

/// Two states, good and lost (Gilbert's model), drawn from a seed.
#[derive(Debug)]
struct Fate {
    enter: f32,
    leave: f32,
    lost: bool,
    state: u64,
}

impl Fate {
    fn new(loss: Loss, seed: u64) -> Self {
        let share = loss.percent / 100.0;
        // One by one: each packet for itself, whatever became of the last.
        let leave = if loss.run > 1.0 {
            1.0 / loss.run
        } else {
            1.0 - share
        };
        Self {
            enter: (share * leave / (1.0 - share).max(0.01)).min(1.0),
            leave,
            lost: false,
            state: seed | 1,
        }
    }

    fn loses(&mut self) -> bool {
        let draw = self.draw();
        self.lost = if self.lost {
            draw >= self.leave
        } else {
            draw < self.enter
        };
        self.lost
    }

    /// 0 to 1: xorshift64* (Vigna 2016), upper bits.
    fn draw(&mut self) -> f32 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f32 / (1_u32 << 24) as f32
    }
}

const FRAMES_A_SECOND: u32 = 50;
const BURST_PACKETS: f32 = 3.0;
/// More than a buffer that has only known this line ever holds.
const DRAIN_FRAMES: usize = 15;
const HALF_FRAME: Duration = Duration::from_millis(FRAME.as_millis() as u64 / 2);

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: usize = ONSET_FRAMES * 160;

    fn line(loss: Option<Loss>) -> Line {
        Line::new(LineCodec::Pcmu, None, loss)
    }

    #[test]
    fn packets_are_lost_as_often_as_stated() {
        for (bursts, runs) in [(false, 1.0..1.2), (true, 2.5..3.6)] {
            let mut fate = Fate::new(Loss::new(5.0, bursts), 99);
            let fates: Vec<bool> = (0..20_000).map(|_| fate.loses()).collect();
            let lost = fates.iter().filter(|lost| **lost).count();
            assert!((800..1_200).contains(&lost), "{lost}");
            let starts = fates.windows(2).filter(|pair| !pair[0] && pair[1]).count();
            let run = lost as f64 / starts as f64;
            assert!(runs.contains(&run), "{run} packets in a row");
        }
    }

    #[test]
    fn a_line_without_loss_delays_and_nothing_else() {
        let tone: Vec<i16> = (0..8_000)
            .map(|n| ((n as f32 * 0.3).sin() * 8_000.0) as i16)
            .collect();
        let clean = line(None).carry(&tone, 1).unwrap().speech;
        let carried = line(Some(Loss::new(0.0, false))).carry(&tone, 1).unwrap().speech;
        let start = &clean[BEFORE..BEFORE + 800];
        let delay = carried.windows(800).position(|window| window == start);
        let delay = delay.unwrap() - BEFORE;
        assert_eq!(carried[delay..delay + clean.len()], clean[..]);
        let worse = line(Some(Loss::new(20.0, true))).carry(&tone, 1).unwrap().speech;
        assert_eq!(worse.len(), carried.len());
        assert_ne!(worse, carried);
    }
}
