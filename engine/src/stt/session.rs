//! One call's view of the recognisers: commands in, results out through the call's channel.

use engine_core::speech::recognition::{RecogniseCommand, Recognised};
#[cfg(feature = "whisper")]
use engine_core::speech::verdict::OPEN_WAIT;
use tokio::sync::mpsc;

use crate::stt::Recognisers;
use crate::stt::grammar::lane::GrammarLane;
use crate::stt::remote::Fallback;
use crate::stt::remote::lane::RemoteLane;
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
        open: OpenLane,
    },
    Scripted {
        scripted: Scripted,
        results: mpsc::Sender<Recognised>,
    },
}

/// Open speech: one recogniser for it, and the remote one has the local one to fall back on.
#[derive(Debug)]
enum OpenLane {
    None,
    #[cfg(feature = "whisper")]
    Whisper(Box<WhisperLane>),
    Remote(RemoteLane),
}

impl SttSession {
    pub(crate) fn new(recognisers: &Recognisers, results: mpsc::Sender<Recognised>) -> Self {
        Self(match recognisers.clone() {
            Recognisers::Models {
                grammar,
                #[cfg(feature = "whisper")]
                whisper,
                remote,
            } => {
                #[cfg(feature = "whisper")]
                let whisper = whisper.map(|pool| WhisperLane::new(pool, results.clone(), OPEN_WAIT));
                #[cfg(feature = "whisper")]
                let open = match remote {
                    Some(remote) => {
                        OpenLane::Remote(RemoteLane::new(remote, Fallback::new(whisper), results.clone()))
                    }
                    None => whisper.map_or(OpenLane::None, |lane| OpenLane::Whisper(Box::new(lane))),
                };
                #[cfg(not(feature = "whisper"))]
                let open = remote.map_or(OpenLane::None, |remote| {
                    OpenLane::Remote(RemoteLane::new(remote, Fallback::default(), results.clone()))
                });
                Lanes::Models {
                    open,
                    grammar: GrammarLane::new(grammar, results),
                }
            }
            Recognisers::Scripted(scripted) => Lanes::Scripted { scripted, results },
        })
    }

    /// Passes a command on. Never blocks: where a queue is full the utterance fails as overloaded.
    pub fn command(&mut self, command: RecogniseCommand) {
        match &mut self.0 {
            Lanes::Models { grammar, open } => {
                match open {
                    OpenLane::None => {}
                    #[cfg(feature = "whisper")]
                    OpenLane::Whisper(whisper) => whisper.command(&command),
                    OpenLane::Remote(remote) => remote.command(&command),
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
