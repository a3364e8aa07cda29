//! The seam for voices: flite ships, and a site may bring another.

use crate::tts::TtsError;
use crate::tts::sound::Sound;

/// Says one sentence. `Send`, so that one thread can own it; never shared.
pub trait Synthesiser: Send {
    /// The voice's name, for logs.
    fn name(&self) -> &'static str;

    /// Speech for `text`, at the voice's own rate and level.
    fn say(&mut self, text: &str) -> Result<Sound, TtsError>;
}
