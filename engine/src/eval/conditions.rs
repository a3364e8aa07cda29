//! What every evaluation of hearing is asked alike: which half of the recordings, through which line,
//! how strict, and where the figures go.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::eval::EvalError;
use crate::eval::audio::load;
use crate::eval::codec::LineCodec;
use crate::eval::line::{Line, Loss, Noise};
use crate::stt::config::SttConfig;

/// Arguments that the evaluations of hearing share.
#[derive(Debug, Clone, Args)]
pub(super) struct Conditions {
    /// Which recordings: `tune` are those that settings may be chosen by, `test` those that are
    /// reported. A recording's half is the lowest bit of the first byte of its name's SHA-256: 0 is `tune`.
    #[arg(long, value_enum, default_value_t = Part::All)]
    pub(super) part: Part,
    /// Mix noise this many dB below the active speech; several levels are measured one by one and averaged.
    #[arg(
        long,
        value_name = "DB,..",
        value_delimiter = ',',
        allow_negative_numbers = true,
        requires = "noise"
    )]
    snr: Vec<f32>,
    /// The noise (WAV or FLAC).
    #[arg(long, value_name = "FILE", requires = "snr")]
    noise: Option<PathBuf>,
    /// What the line is coded with.
    #[arg(long, value_enum, default_value_t = LineCodec::Pcmu)]
    codec: LineCodec,
    /// Lose this many of 100 packets; several rates are measured one by one and averaged.
    #[arg(long, value_name = "PERCENT,..", value_delimiter = ',')]
    loss: Vec<f32>,
    /// Packets are lost three in a row on average, not one by one.
    #[arg(long, requires = "loss")]
    bursts: bool,
    /// Reject answers below this confidence instead of the configured one; 0 rejects nothing.
    #[arg(long, value_name = "0..1")]
    reject_below: Option<f32>,
    /// Hear with the first acoustic model alone, where there are two.
    #[arg(long)]
    one_model: bool,
    /// Write one line per recording and line: what was said, heard and made of it.
    #[arg(long, value_name = "FILE")]
    details: Option<PathBuf>,
    /// Folder of models.
    #[arg(long, value_name = "DIR", default_value = "models")]
    pub(super) models: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

/// The halves of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    Tune,
    Test,
    All,
}

impl Part {
    /// Whether a recording of this name (without folder) belongs here.
    pub(super) fn has(self, name: &str) -> bool {
        let is_tune = Sha256::digest(name.as_bytes())
            .first()
            .is_some_and(|byte| byte % 2 == 0);
        match self {
            Self::Tune => is_tune,
            Self::Test => !is_tune,
            Self::All => true,
        }
    }
}

impl Conditions {
    /// The lines to be measured: every noise level with every rate of loss.
    pub(super) fn lines(&self) -> Result<Vec<Line>, EvalError> {
        let noises = match &self.noise {
            Some(file) => {
                let sound = load(file)?;
                self.snr
                    .iter()
                    .map(|snr_db| Noise::new(&sound, self.codec, *snr_db).map(Some))
                    .collect::<Result<Vec<_>, _>>()?
            }
            None => vec![None],
        };
        let mut losses: Vec<Option<Loss>> = self
            .loss
            .iter()
            .map(|percent| Some(Loss::new(*percent, self.bursts)))
            .collect();
        if losses.is_empty() {
            losses.push(None);
        }
        Ok(noises
            .iter()
            .flat_map(|noise| {
                losses
                    .iter()
                    .map(move |loss| Line::new(self.codec, noise.clone(), *loss))
            })
            .collect())
    }

    pub(super) fn hearing(&self) -> SttConfig {
        let mut config = SttConfig {
            models_folder: self.models.clone(),
            ..SttConfig::default()
        };
        config.grammar.second_model &= !self.one_model;
        config.grammar.second_lag_max = None;
        if let Some(limit) = self.reject_below {
            config.grammar.reject_below = limit;
        }
        config
    }

    /// Writes the details where they were asked for.
    pub(super) fn keep(&self, details: &Details) -> Result<(), EvalError> {
        let Some(file) = &self.details else {
            return Ok(());
        };
        fs::write(file, &details.0).map_err(|error| EvalError::File {
            file: file.clone(),
            reason: error.to_string(),
        })
    }
}

/// One line of text per recording, its columns separated by tabs.
#[derive(Debug, Default)]
pub(super) struct Details(String);

impl Details {
    pub(super) fn add(&mut self, columns: &[&str]) {
        let _ = writeln!(self.0, "{}", columns.join("\t"));
    }
}

/// A number that a name always gives again: the same recording meets the same noise and the same losses.
pub(super) fn seed_of(name: &str) -> u64 {
    Sha256::digest(name.as_bytes())
        .iter()
        .take(8)
        .fold(0, |seed, byte| (seed << 8) | u64::from(*byte))
}

/// The last part of a path, as text.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recording_is_in_one_half() {
        let names: Vec<String> = (0..200).map(|n| format!("clip{n}.wav")).collect();
        let tune = names.iter().filter(|name| Part::Tune.has(name)).count();
        assert!((70..130).contains(&tune), "{tune}");
        for name in &names {
            assert_ne!(Part::Tune.has(name), Part::Test.has(name), "{name}");
            assert!(Part::All.has(name));
        }
    }
}
