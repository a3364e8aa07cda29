//! One call's view of the recognisers: commands in, results out through the call's channel.

use engine_core::speech::recognition::{RecogniseCommand, Recognised};
use tokio::sync::mpsc;

use crate::stt::Recognisers;
use crate::stt::grammar::lane::GrammarLane;
use crate::stt::scripted::Scripted;
#[cfg(feature = "whisper")]
use crate::stt::whisper::lane::WhisperLane;

/// Opened by [`crate::stt::Hearing::session`]; dropping it cancels what is under way.
#[derive(Debug)]
pub struct SttSession(Lanes);

#[derive(Debug)]
enum Lanes {
    Models {
        grammar: GrammarLane,
        #[cfg(feature = "whisper")]
        whisper: Option<WhisperLane>,
    },
    Scripted {
        scripted: Scripted,
        results: mpsc::Sender<Recognised>,
    },
}

impl SttSession {
    pub(crate) fn new(recognisers: &Recognisers, results: mpsc::Sender<Recognised>) -> Self {
        Self(match recognisers.clone() {
            Recognisers::Models {
                grammar,
                #[cfg(feature = "whisper")]
                whisper,
            } => Lanes::Models {
                #[cfg(feature = "whisper")]
                whisper: whisper.map(|pool| WhisperLane::new(pool, results.clone())),
                grammar: GrammarLane::new(grammar, results),
            },
            Recognisers::Scripted(scripted) => Lanes::Scripted { scripted, results },
        })
    }

    /// Passes a command on. Never blocks: where a queue is full the utterance fails as overloaded.
    pub fn command(&mut self, command: RecogniseCommand) {
        match &mut self.0 {
            Lanes::Models {
                grammar,
                #[cfg(feature = "whisper")]
                whisper,
            } => {
                #[cfg(feature = "whisper")]
                if let Some(whisper) = whisper {
                    whisper.command(&command);
                }
                grammar.command(command);
            }
            Lanes::Scripted { scripted, results } => {
                if let Some(answer) = scripted.command(&command) {
                    // Lost if 64 answers wait: then nobody reads them.
                    let _ = results.try_send(answer);
                }
            }
        }
    }
}
