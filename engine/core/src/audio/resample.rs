//! Streaming conversion between 8 and 16 kHz by a half-band FIR filter: for the voice activity
//! detector, which wants 16 kHz, and for bridging legs of different rates. 2.2 ms of delay, 60 dB of rejection.

use std::f64::consts::PI;

use crate::audio::frame::Frame;
use crate::units::SampleRate;

/// Converts one stream; keep it for as long as the stream lasts, since it remembers the last samples.
#[derive(Debug, Clone)]
pub struct Resampler {
    from: SampleRate,
    to: SampleRate,
    /// The filter's odd taps, outermost first; every even tap but the centre is zero.
    taps: [f32; SIDE_TAPS],
    /// The last input samples, oldest first: a whole filter length before the next input.
    memory: Vec<f32>,
}

impl Resampler {
    pub fn new(from: SampleRate, to: SampleRate) -> Self {
        let history = match (from, to) {
            (SampleRate::Hz8000, SampleRate::Hz16000) => 2 * SIDE_TAPS - 1,
            (SampleRate::Hz16000, SampleRate::Hz8000) => LENGTH - 1,
            (SampleRate::Hz8000, SampleRate::Hz8000) | (SampleRate::Hz16000, SampleRate::Hz16000) => 0,
        };
        Self {
            from,
            to,
            taps: half_band(),
            memory: vec![0.0; history],
        }
    }

    /// The rate it gives.
    pub const fn to(&self) -> SampleRate {
        self.to
    }

    /// Appends the converted `input` to `out`: twice or half as many samples. When halving, an even
    /// number of samples is expected at a time (a frame always is); an odd last one is dropped.
    pub fn process(&mut self, input: &[i16], out: &mut Vec<i16>) {
        let history = self.memory.len();
        self.memory.extend(input.iter().map(|sample| f32::from(*sample)));
        match (self.from, self.to) {
            (SampleRate::Hz8000, SampleRate::Hz16000) => self.double(out),
            (SampleRate::Hz16000, SampleRate::Hz8000) => self.halve(out),
            (SampleRate::Hz8000, SampleRate::Hz8000) | (SampleRate::Hz16000, SampleRate::Hz16000) => {
                out.extend_from_slice(input);
            }
        }
        let used = self.memory.len() - history;
        self.memory.drain(..used);
    }

    /// Converts one frame.
    pub fn frame(&mut self, frame: &Frame) -> Frame {
        let mut samples = Vec::with_capacity(self.to.frame_samples());
        self.process(frame.samples(), &mut samples);
        Frame::from_samples(self.to, &samples)
    }

    /// Polyphase: of every two outputs one is an input sample (the centre tap), one the side taps' sum.
    fn double(&self, out: &mut Vec<i16>) {
        for window in self.memory.windows(2 * SIDE_TAPS) {
            let between = 2.0 * self.side_sum(window.iter(), window.iter().rev());
            let centre = window.get(SIDE_TAPS).copied().unwrap_or(0.0);
            out.extend([to_sample(between), to_sample(centre)]);
        }
    }

    fn halve(&self, out: &mut Vec<i16>) {
        for window in self.memory.windows(LENGTH).step_by(2) {
            let sides = self.side_sum(window.iter().step_by(2), window.iter().rev().step_by(2));
            let centre = window.get(LENGTH / 2).copied().unwrap_or(0.0);
            out.push(to_sample(sides + 0.5 * centre));
        }
    }

    /// The symmetric taps, applied from both ends of the window towards its middle.
    fn side_sum<'a>(
        &self,
        forward: impl Iterator<Item = &'a f32>,
        backward: impl Iterator<Item = &'a f32>,
    ) -> f32 {
        self.taps
            .iter()
            .zip(forward.zip(backward))
            .map(|(tap, (a, b))| tap * (a + b))
            .sum()
    }
}

fn to_sample(value: f32) -> i16 {
    // A float cast saturates.
    value.round() as i16
}

/// A Kaiser-windowed sinc with its cutoff at a quarter of the higher rate; the odd taps of one side.
fn half_band() -> [f32; SIDE_TAPS] {
    let mut taps = [0.0; SIDE_TAPS];
    let mut sum = 0.0;
    for (index, tap) in taps.iter_mut().enumerate() {
        let offset = (2 * index) as f64 - (LENGTH / 2) as f64;
        let ideal = (PI * offset / 2.0).sin() / (PI * offset);
        let ratio = offset / (LENGTH as f64 / 2.0);
        *tap = (ideal * bessel_i0(BETA * (1.0 - ratio * ratio).sqrt()) / bessel_i0(BETA)) as f32;
        sum += *tap;
    }
    // Unity gain at DC: the centre tap is exactly one half, so the sides must sum to the other.
    taps.map(|tap| tap * 0.25 / sum)
}

/// The modified Bessel function of the first kind, order 0, by its series.
fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..=25 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

/// Taps of the whole filter, zeros included: from 3.6 kHz (passed) to 4.4 kHz (stopped).
const LENGTH: usize = 71;
/// Non-zero taps on one side of the centre.
const SIDE_TAPS: usize = (LENGTH + 1) / 4;
/// Kaiser's shape for 60 dB (0.1102 (A - 8.7)).
const BETA: f64 = 5.65;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::level::level_dbov;
    use crate::audio::tone::{Tone, tone_share};

    fn convert(from: SampleRate, to: SampleRate, hz: f64) -> Vec<i16> {
        let mut resampler = Resampler::new(from, to);
        let input: Vec<i16> = Tone::new(from, hz, -12.0).take(from.hz() as usize).collect();
        let mut out = Vec::new();
        for chunk in input.chunks(from.frame_samples()) {
            resampler.process(chunk, &mut out);
        }
        assert_eq!(out.len(), to.hz() as usize);
        out.split_off(LENGTH)
    }

    #[test]
    fn tones_in_the_telephone_band_pass_unchanged() {
        for (from, to) in [
            (SampleRate::Hz8000, SampleRate::Hz16000),
            (SampleRate::Hz16000, SampleRate::Hz8000),
        ] {
            for hz in [300.0, 1_000.0, 3_400.0] {
                let out = convert(from, to, hz);
                assert!(
                    (level_dbov(&out) + 12.0).abs() < 0.2,
                    "{hz} Hz at {}",
                    level_dbov(&out)
                );
                assert!(tone_share(&out, to, hz) > 0.99, "{hz} Hz");
            }
        }
    }

    #[test]
    fn what_would_fold_into_the_band_is_stopped() {
        for hz in [4_600.0, 5_500.0, 7_000.0] {
            let level = level_dbov(&convert(SampleRate::Hz16000, SampleRate::Hz8000, hz));
            assert!(level < -65.0, "{hz} Hz at {level}");
        }
        let image = convert(SampleRate::Hz8000, SampleRate::Hz16000, 3_000.0);
        assert!(tone_share(&image, SampleRate::Hz16000, 5_000.0) < 1e-5);
    }

    #[test]
    fn frames_come_in_the_other_size() {
        let mut up = Resampler::new(SampleRate::Hz8000, SampleRate::Hz16000);
        assert_eq!(
            up.frame(&Frame::silence(SampleRate::Hz8000)).rate(),
            SampleRate::Hz16000
        );
        let mut same = Resampler::new(SampleRate::Hz8000, SampleRate::Hz8000);
        let frame = Frame::from_samples(SampleRate::Hz8000, &[1, 2, 3]);
        assert_eq!(same.frame(&frame), frame);
    }
}
