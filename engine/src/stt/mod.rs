//! Hearing: the grammar recogniser for expected answers and Whisper for open speech, behind one
//! handle. A call opens a session, gives it [`RecogniseCommand`]s, and gets [`Recognised`] back
//! through a bounded channel; nothing here ever blocks the call (see `ARCHITECTURE.md`, "Hearing").

pub mod config;
pub(crate) mod denoise;
mod dictionary;
pub(crate) mod features;
mod grammar;
#[cfg(test)]
pub(crate) mod kit;
pub(crate) mod model;
mod pocketsphinx;
#[cfg(feature = "whisper")]
pub mod random_whisper;
pub(crate) mod rate;
pub mod remote;
pub mod scripted;
mod session;
mod tuned;
#[cfg(feature = "whisper")]
mod whisper;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::mpsc;

pub use config::SttConfig;
use engine_core::nlu::grammar::Grammar;
pub use engine_core::speech::recognition::{RecogniseCommand, Recognised, RecogniserKind};
pub use model::model_roots;
pub use session::SttSession;

use grammar::pool::GrammarPool;
use remote::RemoteRecogniser;
use scripted::Scripted;

/// Every recogniser of the process, loaded once. Shared by all calls.
pub struct Hearing {
    recognisers: Recognisers,
    models: Vec<ModelInfo>,
}

/// Who listens.
#[derive(Clone)]
pub(crate) enum Recognisers {
    Models {
        grammar: Arc<GrammarPool>,
        #[cfg(feature = "whisper")]
        whisper: Option<Arc<whisper::WhisperPool>>,
        remote: Option<Arc<RemoteRecogniser>>,
    },
    /// Each call hears these words, whatever is said.
    Scripted(Scripted),
}

impl Hearing {
    /// Loads the models and starts the worker threads. `vocabulary` is every word of the site's
    /// grammars and catalogue, lower case; `pronunciations` are lines in cmudict's format that
    /// override or extend the dictionary. Takes about a second: once, at start.
    pub fn start(
        config: &SttConfig,
        vocabulary: &BTreeSet<String>,
        pronunciations: &str,
    ) -> Result<Arc<Self>, SttStartError> {
        if let Some(scripted) = &config.scripted {
            return Ok(Arc::new(Self {
                recognisers: Recognisers::Scripted(scripted.clone()),
                models: Vec::new(),
            }));
        }
        let models = model::AcousticModels::find(config)?;
        let grammar = GrammarPool::start(&config.grammar, &models, vocabulary, pronunciations)?;
        let recognisers = Recognisers::Models {
            grammar: Arc::new(grammar),
            #[cfg(feature = "whisper")]
            whisper: match whisper::find_model(config)? {
                Some(file) => Some(Arc::new(whisper::WhisperPool::start(&config.whisper, &file)?)),
                None => None,
            },
            remote: RemoteRecogniser::connect(&config.remote, &config.whisper.language)?,
        };
        Ok(Arc::new(Self {
            recognisers,
            models: chosen_models(config)?,
        }))
    }

    /// Compiles grammars that every call will need, in the background.
    pub fn warm<'a>(&self, grammars: impl IntoIterator<Item = &'a Arc<Grammar>>) {
        if let Recognisers::Models { grammar: pool, .. } = &self.recognisers {
            grammars.into_iter().for_each(|grammar| pool.warm(grammar));
        }
    }

    /// A session for one call. Results of all its recognisers arrive in `results`; a capacity of
    /// 64 is plenty. Partial results are dropped when it is nearly full, finals are not.
    pub fn session(&self, results: mpsc::Sender<Recognised>) -> SttSession {
        SttSession::new(&self.recognisers, results)
    }

    /// Which kinds of recogniser answer each utterance.
    pub const fn capabilities(&self) -> Capabilities {
        Capabilities {
            grammar: true,
            open: match &self.recognisers {
                #[cfg(feature = "whisper")]
                Recognisers::Models { whisper, remote, .. } => whisper.is_some() || remote.is_some(),
                #[cfg(not(feature = "whisper"))]
                Recognisers::Models { remote, .. } => remote.is_some(),
                Recognisers::Scripted(_) => false,
            },
        }
    }

    /// The models with their versions, for records.
    pub fn versions(&self) -> String {
        let versions: Vec<&str> = self.models.iter().map(|model| model.version.as_str()).collect();
        versions.join(", ")
    }

    /// What is loaded: for the log at start, `hark models list` and the summary of `./run`.
    pub fn describe(&self) -> &[ModelInfo] {
        &self.models
    }
}

/// What [`Hearing::start`] would load with this configuration, without loading it.
pub fn chosen_models(config: &SttConfig) -> Result<Vec<ModelInfo>, SttStartError> {
    let mut models = model::AcousticModels::find(config)?.infos();
    #[cfg(feature = "whisper")]
    models.extend(whisper::find_model(config)?.map(|file| whisper::info(&file)));
    models.extend(config.remote.address.as_deref().map(remote::info));
    Ok(models)
}

impl fmt::Debug for Hearing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hearing")
            .field("models", &self.models)
            .finish_non_exhaustive()
    }
}

/// What a site can hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Expected answers: every utterance gets a result of [`RecogniserKind::Grammar`].
    pub grammar: bool,
    /// Open speech: every utterance also gets a result of [`RecogniserKind::Whisper`] or
    /// [`RecogniserKind::Remote`].
    pub open: bool,
}

/// A loaded model, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    pub kind: RecogniserKind,
    pub name: String,
    /// The name, and of a model that lies here the first digits of its hash: "en-us@1f3c9a20".
    pub version: String,
    pub path: PathBuf,
    /// The accuracy that it is known to have, in words.
    pub measured: String,
}

/// Why hearing cannot start. Each message says which file, and what to do.
#[derive(Debug, Error)]
pub enum SttStartError {
    #[error(
        "{}: {reason}; install it (`apt install pocketsphinx-en-us`), fetch the telephone model (`hark models fetch telephone-en`), or name another in [hearing] of sip-config/engine.toml", .file.display()
    )]
    ModelMissing { file: PathBuf, reason: String },
    #[error("{}: {reason}; restore the file or name another in [hearing] of sip-config/engine.toml", .file.display())]
    Unreadable { file: PathBuf, reason: String },
    #[error("{}: the acoustic model does not load: {reason}; `hark models list` shows what is damaged", .folder.display())]
    ModelBroken { folder: PathBuf, reason: String },
    #[error(
        "{}: {reason}; correct `model` in [hearing.whisper] of sip-config/engine.toml, or remove it to go without open speech", .file.display()
    )]
    WhisperMissing { file: PathBuf, reason: String },
    #[error("no pronunciation for: {}; add lines like `latte L AA T EY` to the site's pronunciations", .words.join(", "))]
    NoPronunciation { words: Vec<String> },
    #[error("[hearing.remote] address {address:?}: {reason}; write it as \"http://host:port\"")]
    RemoteAddress { address: String, reason: String },
    #[error("a recogniser thread does not start: {reason}")]
    Thread { reason: String },
}
