//! The mean of a call's speech as far as it has been heard: the handset, the line, how loud the caller is, and what
//! noise makes of all that (online cepstral mean normalisation, as Kaldi's `online-cmvn` has it).

use super::{CEPSTRA, Cepstra};

/// A mean that starts from what is usual and follows what is heard.
#[derive(Debug)]
pub(super) struct RunningMean {
    usual: Cepstra,
    sum: Cepstra,
    frames: f32,
}

impl RunningMean {
    pub(super) const fn new(usual: Cepstra) -> Self {
        Self {
            usual,
            sum: [0.0; CEPSTRA],
            frames: 0.0,
        }
    }

    /// A frame of speech.
    pub(super) fn learn(&mut self, cepstra: &Cepstra) {
        self.frames += 1.0;
        for (sum, value) in self.sum.iter_mut().zip(cepstra) {
            *sum += value;
        }
    }

    pub(super) fn now(&self) -> Cepstra {
        let mut mean = self.usual;
        for (value, sum) in mean.iter_mut().zip(&self.sum) {
            *value = (*value * USUAL_FRAMES + sum) / (USUAL_FRAMES + self.frames);
        }
        mean
    }
}

/// How many frames of speech weigh as much as what is usual: a second. Of 53 tune orders at 15 dB the telephone
/// model hears 27 with a mean that stands still, 36, 38 and 33 with 30, 100 and 300 here.
const USUAL_FRAMES: f32 = 100.0;
