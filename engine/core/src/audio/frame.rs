//! A frame: 20 ms of mono PCM.

use std::fmt;

use crate::units::SampleRate;

/// Samples in the largest frame (20 ms at 16 kHz).
pub const MAX_FRAME_SAMPLES: usize = 320;

/// 20 ms of linear 16-bit mono PCM at 8 or 16 kHz. Inline, so that a frame costs no allocation.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    rate: SampleRate,
    samples: [i16; MAX_FRAME_SAMPLES],
}

impl Frame {
    pub const fn silence(rate: SampleRate) -> Self {
        Self {
            rate,
            samples: [0; MAX_FRAME_SAMPLES],
        }
    }

    /// Takes the first 20 ms of `samples`; what is missing is silence.
    pub fn from_samples(rate: SampleRate, samples: &[i16]) -> Self {
        let mut frame = Self::silence(rate);
        for (to, from) in frame.samples_mut().iter_mut().zip(samples) {
            *to = *from;
        }
        frame
    }

    pub const fn rate(&self) -> SampleRate {
        self.rate
    }

    pub fn samples(&self) -> &[i16] {
        self.samples.split_at(self.rate.frame_samples()).0
    }

    pub fn samples_mut(&mut self) -> &mut [i16] {
        self.samples.split_at_mut(self.rate.frame_samples()).0
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} Hz)", self.rate.hz())
    }
}
