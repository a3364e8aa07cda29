//! Makes the intent model from labelled utterances and phrases. Pure arithmetic: no clock, no randomness that is not
//! derived from the texts themselves, so the same files give the same model, byte for byte.

mod corpus;
mod fit;
mod minimise;
pub(crate) mod phrases;
pub mod taught;

pub use corpus::{Example, Part, part_of, phrases, utterances};

use super::model_file::{Header, Model};
use fit::Fitted;

/// What training may turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Inverse strength of the L2 penalty.
    pub c: f64,
    /// Steps of the minimiser.
    pub steps: usize,
    /// Features that stay in the file.
    pub features: usize,
    /// The out-of-scope offset is the lowest that keeps this recall on the calibration part.
    pub oos_recall: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            c: 20.0,
            steps: 120,
            features: 14_000,
            oos_recall: 0.965,
        }
    }
}

/// Trains on everything but what [`part_of`] keeps for reports; returns the file.
///
/// Temperature and offset are found on a fifth that a first model did not see; the second model, which
/// ships, sees that fifth too.
pub fn train(examples: &[Example], settings: Settings, note: &str) -> Result<Vec<u8>, serde_json::Error> {
    let seen: Vec<&Example> = examples.iter().filter(|e| e.part != Part::Report).collect();
    let first: Vec<&Example> = seen.iter().copied().filter(|e| e.part == Part::Train).collect();
    let calibration: Vec<&Example> = seen
        .iter()
        .copied()
        .filter(|e| e.part == Part::Calibrate)
        .collect();
    let (temperature, oos_offset) =
        fit::calibrate(&Fitted::new(&first, settings), &calibration, settings.oos_recall);
    let fitted = Fitted::new(&seen, settings);
    let header = Header {
        labels: fitted.labels.clone(),
        biases: fitted.biases.clone(),
        scales: Vec::new(),
        temperature,
        oos_offset,
        features: 0,
        note: note.to_owned(),
    };
    Model::pack(
        header,
        fitted.vocabulary.hashes,
        fitted.vocabulary.idf,
        &fitted.weights,
    )
    .encode()
}
