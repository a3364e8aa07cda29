//! Sine tones: made, and found again by the Goertzel algorithm. Tests recognise audio by its
//! frequency, since codecs and jitter buffers change the waveform; keypad tones are two of these.

use std::f64::consts::TAU;

use crate::units::SampleRate;

/// An endless sine wave.
#[derive(Debug, Clone)]
pub struct Tone {
    phase: f64,
    step: f64,
    amplitude: f64,
}

impl Tone {
    /// `level_dbov` is the RMS level: the loudest sine is at -3.
    pub fn new(rate: SampleRate, hz: f64, level_dbov: f64) -> Self {
        let amplitude = 32_768.0 * 2.0_f64.sqrt() * 10.0_f64.powf(level_dbov / 20.0);
        Self {
            phase: 0.0,
            step: TAU * hz / f64::from(rate.hz()),
            amplitude: amplitude.min(32_767.0),
        }
    }
}

impl Iterator for Tone {
    type Item = i16;

    fn next(&mut self) -> Option<i16> {
        let sample = self.phase.sin() * self.amplitude;
        self.phase = (self.phase + self.step) % TAU;
        Some(sample.round() as i16)
    }
}

/// The share of the energy of `samples` that lies at `hz`: 1 for that tone alone, 0 for none of it.
/// The resolution is the sample rate over the number of samples (50 Hz for one frame).
pub fn tone_share(samples: &[i16], rate: SampleRate, hz: f64) -> f32 {
    let coefficient = 2.0 * (TAU * hz / f64::from(rate.hz())).cos();
    let (mut last, mut before, mut energy) = (0.0_f64, 0.0_f64, 0.0_f64);
    for sample in samples {
        let value = f64::from(*sample);
        let state = value + coefficient * last - before;
        (before, last) = (last, state);
        energy += value * value;
    }
    if energy == 0.0 {
        return 0.0;
    }
    let power = last * last + before * before - coefficient * last * before;
    (2.0 * power / (energy * samples.len() as f64)).min(1.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::level::level_dbov;

    #[test]
    fn a_tone_is_found_at_its_frequency_only() {
        for rate in [SampleRate::Hz8000, SampleRate::Hz16000] {
            let samples: Vec<i16> = Tone::new(rate, 440.0, -20.0).take(1_600).collect();
            assert!((level_dbov(&samples) + 20.0).abs() < 0.1);
            assert!(tone_share(&samples, rate, 440.0) > 0.98);
            assert!(tone_share(&samples, rate, 880.0) < 0.02);
        }
        assert_eq!(tone_share(&[0; 160], SampleRate::Hz8000, 440.0), 0.0);
    }
}
