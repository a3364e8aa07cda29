//! How loud: levels relative to overload, as RFC 6464 §3 defines dBov (0 is the loudest possible).

/// The level of digital silence.
pub const SILENCE_DBOV: f32 = -127.0;

/// Root mean square of `samples` in dBov: 0 for a full-scale square wave, -3 for a full-scale sine,
/// [`SILENCE_DBOV`] for silence and for nothing.
pub fn level_dbov(samples: &[i16]) -> f32 {
    let energy: u64 = samples
        .iter()
        .map(|sample| u64::from(sample.unsigned_abs()).pow(2))
        .sum();
    if energy == 0 {
        return SILENCE_DBOV;
    }
    let mean = energy as f64 / samples.len() as f64;
    let level = 10.0 * (mean / FULL_SCALE_SQUARED).log10();
    (level as f32).clamp(SILENCE_DBOV, 0.0)
}

/// The largest magnitude among `samples`.
pub fn peak(samples: &[i16]) -> u16 {
    samples
        .iter()
        .map(|sample| sample.unsigned_abs())
        .max()
        .unwrap_or(0)
}

/// The linear factor for a gain in decibels.
pub fn gain_from_db(db: f32) -> f32 {
    10.0_f32.powf(db / 20.0)
}

const FULL_SCALE_SQUARED: f64 = 32_768.0 * 32_768.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        let check = |samples: &[i16], expect: f32| {
            assert!(
                (level_dbov(samples) - expect).abs() < 0.05,
                "{} is not {expect}",
                level_dbov(samples)
            );
        };
        check(&[], SILENCE_DBOV);
        check(&[0; 160], SILENCE_DBOV);
        check(&[i16::MIN; 160], 0.0);
        check(&[16_384, -16_384], -6.02);
        check(&[1; 160], -90.3);
        assert_eq!(peak(&[3, -7, 5]), 7);
        assert_eq!(peak(&[i16::MIN]), 32_768);
        assert!((gain_from_db(-6.02) - 0.5).abs() < 0.001);
    }
}
