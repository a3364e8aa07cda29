//! One call's view of the recognisers: commands in, results out through the call's channel.

use std::sync::Arc;

use engine_core::speech::recognition::{RecogniseCommand, Recognised};
use tokio::sync::mpsc;

use crate::stt::grammar::lane::GrammarLane;
use crate::stt::grammar::pool::GrammarPool;
#[cfg(feature = "whisper")]
use crate::stt::whisper::{WhisperPool, lane::WhisperLane};

/// Opened by [`crate::stt::Hearing::session`]; dropping it cancels what is under way.
#[derive(Debug)]
pub struct SttSession {
    grammar: GrammarLane,
    #[cfg(feature = "whisper")]
    whisper: Option<WhisperLane>,
}

impl SttSession {
    pub(crate) fn new(
        grammar: Arc<GrammarPool>,
        #[cfg(feature = "whisper")] whisper: Option<Arc<WhisperPool>>,
        results: mpsc::Sender<Recognised>,
    ) -> Self {
        Self {
            #[cfg(feature = "whisper")]
            whisper: whisper.map(|pool| WhisperLane::new(pool, results.clone())),
            grammar: GrammarLane::new(grammar, results),
        }
    }

    /// Passes a command on. Never blocks: where a queue is full the utterance fails as overloaded.
    pub fn command(&mut self, command: RecogniseCommand) {
        #[cfg(feature = "whisper")]
        if let Some(whisper) = &mut self.whisper {
            whisper.command(&command);
        }
        self.grammar.command(command);
    }
}
