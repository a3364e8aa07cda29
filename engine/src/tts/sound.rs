//! Finished sound: a rate and its samples, and the few things that are done to whole pieces of it.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};

use crate::tts::TtsError;

/// Mono 16-bit PCM of any length and rate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sound {
    pub rate_hz: u32,
    pub samples: Vec<i16>,
}

impl Sound {
    /// The same sound at another rate.
    pub fn at_rate(&self, rate_hz: u32) -> Result<Self, TtsError> {
        if rate_hz == self.rate_hz || self.samples.is_empty() {
            return Ok(Self {
                rate_hz,
                samples: self.samples.clone(),
            });
        }
        let failed = |reason: String| TtsError::Resampling {
            from_hz: self.rate_hz,
            to_hz: rate_hz,
            reason,
        };
        let input: Vec<f32> = self.samples.iter().map(|sample| f32::from(*sample)).collect();
        let mut resampler = Fft::<f32>::new(
            self.rate_hz as usize,
            rate_hz as usize,
            RESAMPLE_CHUNK,
            1,
            FixedSync::Both,
        )
        .map_err(|error| failed(error.to_string()))?;
        let adapter =
            InterleavedSlice::new(&input, 1, input.len()).map_err(|error| failed(error.to_string()))?;
        let output = resampler
            .process_all(&adapter, input.len(), None)
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            rate_hz,
            samples: output.take_data().into_iter().map(to_sample).collect(),
        })
    }

    /// Without silence at both ends, but `tail_ms` of it (or what there is) at the end.
    #[must_use]
    pub fn trimmed(&self, tail_ms: u32) -> Self {
        let loud = |sample: &i16| sample.unsigned_abs() > SILENCE_PEAK;
        let first = self.samples.iter().position(loud).unwrap_or(0);
        let last = self.samples.iter().rposition(loud).map_or(0, |index| index + 1);
        let lead = self.samples_in(LEAD_MS);
        let start = first.saturating_sub(lead);
        let end = (last + self.samples_in(tail_ms)).min(self.samples.len());
        let mut samples = self.samples.get(start..end).unwrap_or_default().to_vec();
        fade_in(&mut samples, lead);
        Self {
            rate_hz: self.rate_hz,
            samples,
        }
    }

    /// At an even loudness: the mean square of its active speech brought to [`TARGET_RMS`],
    /// unless a peak would be cut; then as loud as that allows.
    #[must_use]
    pub fn levelled(&self) -> Self {
        let Some(active_rms) = self.active_rms() else {
            return self.clone();
        };
        let peak = self
            .samples
            .iter()
            .map(|sample| sample.unsigned_abs())
            .max()
            .unwrap_or(0);
        let gain = (TARGET_RMS / active_rms)
            .min(PEAK_MAX / f32::from(peak.max(1)))
            .min(GAIN_MAX);
        let samples = self
            .samples
            .iter()
            .map(|sample| to_sample(f32::from(*sample) * gain))
            .collect();
        Self {
            rate_hz: self.rate_hz,
            samples,
        }
    }

    /// Root mean square of the frames of 20 ms that are within 25 dB of the loudest. `None`: silence.
    pub fn active_rms(&self) -> Option<f32> {
        let frame = self.samples_in(20).max(1);
        let powers: Vec<f32> = self.samples.chunks(frame).map(mean_square).collect();
        let loudest = powers.iter().copied().fold(0.0_f32, f32::max);
        if loudest < f32::from(SILENCE_PEAK) {
            return None;
        }
        let active: Vec<f32> = powers
            .into_iter()
            .filter(|power| *power > loudest * ACTIVE_RATIO)
            .collect();
        Some((active.iter().sum::<f32>() / active.len().max(1) as f32).sqrt())
    }

    /// Appends silence.
    pub(crate) fn pause(&mut self, ms: u32) {
        let count = self.samples_in(ms);
        self.samples.resize(self.samples.len() + count, 0);
    }

    fn samples_in(&self, ms: u32) -> usize {
        (self.rate_hz as usize * ms as usize) / 1_000
    }
}

fn mean_square(samples: &[i16]) -> f32 {
    samples
        .iter()
        .map(|sample| f32::from(*sample).powi(2))
        .sum::<f32>()
        / samples.len().max(1) as f32
}

fn fade_in(samples: &mut [i16], length: usize) {
    for (index, sample) in samples.iter_mut().take(length).enumerate() {
        *sample = to_sample(f32::from(*sample) * index as f32 / length as f32);
    }
}

fn to_sample(value: f32) -> i16 {
    // `as` saturates, which is what an overdriven sample should do.
    value.round() as i16
}

/// -20 dBFS: loud enough for a noisy kitchen, with room for peaks (ITU-T P.56 levels of -26 dBov
/// are for networks that add their own gain).
const TARGET_RMS: f32 = 3_276.8;
/// -1 dBFS.
const PEAK_MAX: f32 = 29_200.0;
/// A nearly silent recording is not made into noise.
const GAIN_MAX: f32 = 16.0;
/// -25 dB as a ratio of powers.
const ACTIVE_RATIO: f32 = 0.003_16;
/// About -50 dBFS: below it nothing is heard on a telephone.
const SILENCE_PEAK: u16 = 104;
/// What stays before the first sound, faded in, so that a soft onset is not cut.
const LEAD_MS: u32 = 8;
const RESAMPLE_CHUNK: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate_hz: u32, ms: u32, amplitude: f32) -> Sound {
        let count = rate_hz * ms / 1_000;
        let wave =
            |n: u32| ((std::f32::consts::TAU * 440.0 * n as f32 / rate_hz as f32).sin() * amplitude) as i16;
        Sound {
            rate_hz,
            samples: (0..count).map(wave).collect(),
        }
    }

    #[test]
    fn trims_to_the_speech_and_the_tail() {
        let mut sound = Sound {
            rate_hz: 8_000,
            samples: vec![0; 1_600],
        };
        sound.samples.extend(tone(8_000, 100, 5_000.0).samples);
        sound.pause(500);
        let trimmed = sound.trimmed(40);
        let expect = 8 * (100 + 40 + LEAD_MS as usize);
        assert!(
            trimmed.samples.len().abs_diff(expect) < 8,
            "{} samples",
            trimmed.samples.len()
        );
    }

    #[test]
    fn evens_levels_without_cutting_peaks() {
        let check = |amplitude: f32| {
            let level = tone(16_000, 200, amplitude).levelled().active_rms().unwrap();
            assert!((level / TARGET_RMS - 1.0).abs() < 0.02, "{amplitude}: {level}");
        };
        check(500.0);
        check(20_000.0);
        let mut peaky = tone(16_000, 200, 500.0);
        peaky.samples[100] = 10_000;
        let peak = peaky.levelled().samples.iter().copied().max().unwrap();
        assert!(f32::from(peak) <= PEAK_MAX + 1.0, "{peak}");
    }

    #[test]
    fn resampling_keeps_length_and_level() {
        let check = |from: u32, to: u32| {
            let sound = tone(from, 500, 8_000.0);
            let other = sound.at_rate(to).unwrap();
            assert!(
                other.samples.len().abs_diff(to as usize / 2) <= 2,
                "{}",
                other.samples.len()
            );
            let ratio = other.active_rms().unwrap() / sound.active_rms().unwrap();
            assert!((ratio - 1.0).abs() < 0.03, "{from} to {to}: {ratio}");
        };
        check(16_000, 8_000);
        check(8_000, 16_000);
        check(44_100, 8_000);
        check(16_000, 16_000);
    }
}
