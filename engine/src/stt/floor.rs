//! A noise floor of less than one step: digital silence, which some lines send between words, has no
//! energy at all, and features of it pull the channel's mean where no speech is.

/// The same noise for every utterance, so that the same sound gives the same words.
#[derive(Debug, Clone)]
pub(crate) struct NoiseFloor {
    state: u32,
}

impl NoiseFloor {
    pub(crate) const fn new() -> Self {
        Self { state: 0x9E37_79B9 }
    }

    /// Adds 1 to a quarter of the samples, as libsphinxbase's dithering does (whose own is not
    /// repeatable, and shared by all threads).
    pub(crate) fn add(&mut self, samples: &mut [i16]) {
        for sample in samples {
            // xorshift32 (Marsaglia 2003).
            self.state ^= self.state << 13;
            self.state ^= self.state >> 17;
            self.state ^= self.state << 5;
            if self.state >> 30 == 0 {
                *sample = sample.saturating_add(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_is_raised_and_always_the_same() {
        let mut first = [0; 4_000];
        NoiseFloor::new().add(&mut first);
        let raised = first.iter().filter(|sample| **sample == 1).count();
        assert!((900..1_100).contains(&raised), "{raised}");
        let mut second = [0; 4_000];
        NoiseFloor::new().add(&mut second);
        assert_eq!(first, second);
        let mut loudest = [i16::MAX; 100];
        NoiseFloor::new().add(&mut loudest);
        assert_eq!(loudest, [i16::MAX; 100]);
    }
}
