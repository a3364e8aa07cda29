//! A model that was trained on clean speech, fitted to the noise of the line that it hears (`features/taylor.rs`).
//!
//! One that was trained in noise is not: of 71 tune orders at 9 dB the adapted en-us heard 38 as it is and 29 fitted. Nor is
//! any for a word or two: of 35 tune digits at 15 dB 19 as it is and 15 fitted, two seconds of the line known.

use crate::stt::features::{FrontEnd, MelBank, in_noise};
use crate::stt::pocketsphinx::gaussians::Gaussians;
use crate::stt::pocketsphinx::{Decoder, DecoderError, MeansFile};

/// The means of a model's Gaussians, and the same as a file.
#[derive(Debug)]
pub(crate) struct CleanMeans {
    means: Gaussians,
    file: MeansFile,
}

impl CleanMeans {
    pub(crate) fn new(means: Gaussians) -> Result<Self, DecoderError> {
        Ok(Self {
            file: MeansFile::new(&means)?,
            means,
        })
    }
}

/// What decoders over the same sound go by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fitting {
    /// Clean speech.
    #[default]
    Clean,
    /// The noise of the line. Of this utterance so many frames have been searched, and from as many on it is due again.
    Noisy { searched: usize, due: usize },
}

impl Fitting {
    /// A new utterance, perhaps on another line: back to clean speech.
    pub(crate) fn clear(
        &mut self,
        clean: &CleanMeans,
        decoders: [&mut Decoder; 2],
    ) -> Result<(), DecoderError> {
        if *self == Self::Clean {
            return Ok(());
        }
        for decoder in decoders {
            decoder.take_means(&clean.file)?;
        }
        *self = Self::Clean;
        Ok(())
    }

    /// Fits the decoders to the line as it is known by now: before the first frame is searched, and then ever less
    /// often, as the means come to rest. `frames` are about to be searched.
    pub(crate) fn follow(
        &mut self,
        clean: &CleanMeans,
        bank: &MelBank,
        front_end: &FrontEnd,
        frames: usize,
        decoders: [&mut Decoder; 2],
    ) -> Result<(), DecoderError> {
        let Some(line) = front_end.noisy_line().filter(|_| frames > 0) else {
            return Ok(());
        };
        let (before, due) = match *self {
            Self::Clean => (0, 0),
            Self::Noisy { searched, due } => (searched, due),
        };
        let searched = before + frames;
        if before < due {
            *self = Self::Noisy { searched, due };
            return Ok(());
        }
        let file = MeansFile::new(&in_noise(&clean.means, bank, &line))?;
        // Before it is so: should the second decoder fail, both are made clean again.
        *self = Self::Noisy {
            searched,
            due: (2 * before).max(AGAIN_FRAMES),
        };
        for decoder in decoders {
            decoder.take_means(&file)?;
        }
        Ok(())
    }
}

/// When decoders are fitted for the second time, at the soonest: half a second after they were first.
const AGAIN_FRAMES: usize = 50;
