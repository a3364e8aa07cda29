//! One call's view of the recognisers: commands in, results out through the call's channel.

use std::sync::Arc;

use engine_core::speech::recognition::{RecogniseCommand, Recognised};
use tokio::sync::mpsc;

use crate::stt::grammar::lane::GrammarLane;
use crate::stt::grammar::pool::GrammarPool;

/// Opened by [`crate::stt::Hearing::session`]; dropping it cancels what is under way.
#[derive(Debug)]
pub struct SttSession {
    grammar: GrammarLane,
}

impl SttSession {
    pub(crate) fn new(grammar: Arc<GrammarPool>, results: mpsc::Sender<Recognised>) -> Self {
        Self {
            grammar: GrammarLane::new(grammar, results),
        }
    }

    /// Passes a command on. Never blocks: where a queue is full the utterance fails as overloaded.
    pub fn command(&mut self, command: RecogniseCommand) {
        self.grammar.command(command);
    }
}
