//! Speaking: text to sound. A [`Synthesiser`] says a sentence; [`Prompts`] renders what Hark says
//! often before it is needed, keeps what it said lately, and lets recordings override any text.

mod config;
mod flite;
mod prompts;
mod sound;
mod synthesiser;
mod voice;

use std::path::PathBuf;

use thiserror::Error;

pub use config::TtsConfig;
pub use prompts::Prompts;
pub use sound::Sound;
pub use synthesiser::Synthesiser;

/// The phones of a word by the rules of English spelling, in cmudict's symbols ("L AH T EY").
/// `None` when the rules give nothing usable. For words that no dictionary has.
pub fn pronounce(word: &str) -> Option<String> {
    flite::pronounce(word)
}

/// Whether the voice says something for a letter: Latin ones, and what stands between words.
pub fn can_say(letter: char) -> bool {
    !letter.is_alphanumeric() || matches!(letter, '\u{0}'..='\u{24f}')
}

/// A synthesiser of one's own, outside any queue: for tools and tests that make callers' voices.
pub fn voice() -> Result<impl Synthesiser, TtsError> {
    flite::Flite::new()
}

/// Why something cannot be said.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TtsError {
    #[error("the voice {voice} does not load: {reason}")]
    Voice { voice: &'static str, reason: String },
    #[error("the voice gave no sound for a text of {characters} characters")]
    NoSound { characters: usize },
    #[error("a text of {characters} characters is longer than the {max} that one prompt may have")]
    TooLong { characters: usize, max: usize },
    #[error("{waiting} sentences wait for the voice already")]
    Overloaded { waiting: usize },
    #[error("the voice took longer than {limit_ms} ms")]
    TooLate { limit_ms: u64 },
    #[error("the voice has stopped")]
    Stopped,
    #[error("{}: {reason}; record it as WAV, 16-bit, or remove the file", .file.display())]
    Recording { file: PathBuf, reason: String },
    #[error("resampling from {from_hz} to {to_hz} Hz failed: {reason}")]
    Resampling {
        from_hz: u32,
        to_hz: u32,
        reason: String,
    },
}
