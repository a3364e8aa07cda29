//! Who answers when the remote recogniser does not: the local Whisper, which has heard along.

use engine_core::ids::UtteranceId;
use engine_core::speech::recognition::RecogniseCommand;

#[cfg(feature = "whisper")]
use {
    crate::stt::whisper::lane::WhisperLane,
    std::sync::{Arc, Mutex, PoisonError},
};

/// Gathers the same sound, and decodes it only when asked. Nobody when no Whisper file is loaded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fallback {
    #[cfg(feature = "whisper")]
    whisper: Option<Arc<Mutex<WhisperLane>>>,
}

impl Fallback {
    #[cfg(feature = "whisper")]
    pub(crate) fn new(whisper: Option<WhisperLane>) -> Self {
        Self {
            whisper: whisper.map(|lane| Arc::new(Mutex::new(lane))),
        }
    }

    /// Hears along; an end is for [`Self::answer`], a pause is not worth a thread that may not be needed.
    pub(crate) fn hear(&self, command: &RecogniseCommand) {
        match command {
            RecogniseCommand::Begin { .. }
            | RecogniseCommand::Audio { .. }
            | RecogniseCommand::Cancel { .. } => {
                self.command(command);
            }
            RecogniseCommand::Pause { .. }
            | RecogniseCommand::Resume { .. }
            | RecogniseCommand::End { .. } => {}
        }
    }

    /// The utterance has ended and is yours. `false`: there is nobody.
    pub(crate) fn answer(&self, utterance: UtteranceId) -> bool {
        self.command(&RecogniseCommand::End { utterance })
    }

    #[cfg(feature = "whisper")]
    fn command(&self, command: &RecogniseCommand) -> bool {
        if let Some(whisper) = &self.whisper {
            whisper
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .command(command);
        }
        self.whisper.is_some()
    }

    #[cfg(not(feature = "whisper"))]
    fn command(&self, _command: &RecogniseCommand) -> bool {
        false
    }
}
