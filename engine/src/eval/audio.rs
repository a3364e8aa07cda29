//! Recordings for evaluations: WAV and FLAC in, the telephone's band out, noise at a stated level.

use std::fs::File;
use std::path::Path;

use crate::eval::EvalError;
use crate::tts::Sound;

/// Reads a mono WAV (16-bit) or FLAC file.
pub(super) fn load(path: &Path) -> Result<Sound, EvalError> {
    let is_flac = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("flac"));
    if is_flac { load_flac(path) } else { load_wav(path) }
}

fn load_wav(path: &Path) -> Result<Sound, EvalError> {
    let failed = |error: hound::Error| EvalError::File {
        file: path.to_owned(),
        reason: error.to_string(),
    };
    let reader = hound::WavReader::open(path).map_err(failed)?;
    let spec = reader.spec();
    only_mono(path, u32::from(spec.channels))?;
    if spec.bits_per_sample != 16 {
        let reason = format!("{} bits per sample; 16 are needed", spec.bits_per_sample);
        return Err(EvalError::File {
            file: path.to_owned(),
            reason,
        });
    }
    let samples = reader
        .into_samples::<i16>()
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    Ok(Sound {
        rate_hz: spec.sample_rate,
        samples,
    })
}

fn load_flac(path: &Path) -> Result<Sound, EvalError> {
    let wrong = |reason: String| EvalError::File {
        file: path.to_owned(),
        reason,
    };
    let file = File::open(path).map_err(|error| wrong(error.to_string()))?;
    let mut reader = claxon::FlacReader::new(file).map_err(|error| wrong(error.to_string()))?;
    let info = reader.streaminfo();
    only_mono(path, info.channels)?;
    // To 16 bits, whatever the file has.
    let shift = info.bits_per_sample.saturating_sub(16);
    let to_16 = |sample: i32| i16::try_from(sample >> shift).unwrap_or_default();
    let samples = reader
        .samples()
        .map(|sample| sample.map(to_16))
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(error.to_string()))?;
    Ok(Sound {
        rate_hz: info.sample_rate,
        samples,
    })
}

fn only_mono(path: &Path, channels: u32) -> Result<(), EvalError> {
    if channels == 1 {
        Ok(())
    } else {
        Err(EvalError::Channels {
            file: path.to_owned(),
            channels,
        })
    }
}

/// Adds noise at the stated ratio to the *active* speech, both measured within the band.
pub(super) fn mix(speech: &mut [i16], noise: &[i16], rate_hz: u32, snr_db: f32, seed: u64) {
    let level = |samples: &[i16]| {
        Sound {
            rate_hz,
            samples: samples.to_vec(),
        }
        .active_rms()
    };
    let (Some(speech_rms), Some(noise_rms)) = (level(speech), level(noise)) else {
        return;
    };
    let gain = speech_rms / noise_rms / 10.0_f32.powf(snr_db / 20.0);
    let start = usize::try_from(seed % noise.len().max(1) as u64).unwrap_or_default();
    for (sample, other) in speech.iter_mut().zip(noise.iter().cycle().skip(start)) {
        *sample = to_sample(f32::from(*sample) + f32::from(*other) * gain);
    }
}

/// What the telephone leaves of a voice: a linear-phase band pass, 200 to 3,400 Hz at 8 kHz, the difference of two windowed sincs.
pub(super) fn band_pass(samples: &[i16]) -> Vec<i16> {
    let taps = band_pass_taps();
    let half = taps.len() / 2;
    let padded: Vec<f32> = std::iter::repeat_n(0.0, half)
        .chain(samples.iter().map(|sample| f32::from(*sample)))
        .chain(std::iter::repeat_n(0.0, half))
        .collect();
    let products = |window: &[f32]| {
        window
            .iter()
            .zip(&taps)
            .map(|(sample, tap)| sample * tap)
            .sum::<f32>()
    };
    padded
        .windows(taps.len())
        .map(|window| to_sample(products(window)))
        .collect()
}

fn band_pass_taps() -> Vec<f32> {
    let half = i32::try_from(BAND_TAPS / 2).unwrap_or_default();
    let low_pass = |cut_hz: f32, n: f32| {
        let cut = 2.0 * cut_hz / TELEPHONE_HZ as f32;
        if n == 0.0 {
            cut
        } else {
            (std::f32::consts::PI * cut * n).sin() / (std::f32::consts::PI * n)
        }
    };
    (-half..=half)
        .map(|index| {
            let n = index as f32;
            let hamming = 0.54 + 0.46 * (std::f32::consts::PI * n / (half + 1) as f32).cos();
            (low_pass(BAND_HZ.1, n) - low_pass(BAND_HZ.0, n)) * hamming
        })
        .collect()
}

fn to_sample(value: f32) -> i16 {
    // `as` saturates, as an overdriven line does.
    value.round() as i16
}

const TELEPHONE_HZ: u32 = 8_000;
/// Edges of the telephone band (ITU-T G.712 passes 300 to 3,400 Hz; lines today begin lower).
const BAND_HZ: (f32, f32) = (200.0, 3_400.0);
const BAND_TAPS: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_ends_where_the_telephone_does() {
        let check = |hz: f32, expect: std::ops::Range<f32>| {
            let wave = |n: u32| ((std::f32::consts::TAU * hz * n as f32 / 8_000.0).sin() * 8_000.0) as i16;
            let tone = Sound {
                rate_hz: 8_000,
                samples: (0..8_000).map(wave).collect(),
            };
            let out = band_pass(&tone.samples);
            let level = Sound {
                rate_hz: 8_000,
                samples: out,
            }
            .active_rms()
            .unwrap_or(0.0);
            assert!(
                expect.contains(&(level / tone.active_rms().unwrap())),
                "{hz} Hz: {level}"
            );
        };
        check(1_000.0, 0.97..1.03);
        check(3_200.0, 0.95..1.05);
        check(50.0, 0.0..0.02);
        check(3_800.0, 0.0..0.02);
    }

    #[test]
    fn noise_comes_at_the_stated_ratio() {
        let tone = |hz: f32, amplitude: f32| -> Vec<i16> {
            (0..16_000)
                .map(|n| ((hz * n as f32 * 0.000_785).sin() * amplitude) as i16)
                .collect()
        };
        let (mut speech, noise) = (tone(500.0, 8_000.0), tone(1_300.0, 200.0));
        let clean = speech.clone();
        mix(&mut speech, &noise, 8_000, 12.0, 7);
        let rms = |samples: Vec<i16>| {
            Sound {
                rate_hz: 8_000,
                samples,
            }
            .active_rms()
            .unwrap()
        };
        let added: Vec<i16> = speech
            .iter()
            .zip(&clean)
            .map(|(with, without)| with - without)
            .collect();
        let snr_db = 20.0 * (rms(clean) / rms(added)).log10();
        assert!((snr_db - 12.0).abs() < 0.3, "{snr_db} dB");
    }
}
