//! The `[hearing]` section of `sip-config/engine.toml`: which models, how many threads, how sure.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::stt::scripted::Scripted;

/// How Hark hears. Every field has a default that works on two cores with Debian's model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SttConfig {
    /// Where models are looked for when none is named: `speech/` (fetched), `acoustic/` (shipped).
    pub models_folder: PathBuf,
    /// Folder of an acoustic model (`mdef`, `means`, ...). Unset: the best one found.
    pub acoustic_model: Option<PathBuf>,
    /// Pronunciations, in the format of cmudict. Unset: Debian's `cmudict-en-us.dict`.
    pub dictionary: Option<PathBuf>,
    pub grammar: GrammarConfig,
    pub whisper: WhisperConfig,
    pub remote: RemoteConfig,
    /// Words given beforehand instead of models: for measurements, set by code and by no file.
    #[serde(skip)]
    pub scripted: Option<Scripted>,
}

impl Default for SttConfig {
    fn default() -> Self {
        Self {
            models_folder: PathBuf::from("models"),
            acoustic_model: None,
            dictionary: None,
            grammar: GrammarConfig::default(),
            whisper: WhisperConfig::default(),
            remote: RemoteConfig::default(),
            scripted: None,
        }
    }
}

/// The recogniser of expected answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrammarConfig {
    /// Threads that decode. A stream costs 4 % of a core with one model, 10 % with two.
    pub threads: usize,
    /// Decoders of each thread: callers who can speak at the same moment. About 15 MB each, and for each model.
    pub decoders_per_thread: usize,
    /// Utterances of one thread that may wait for a decoder; the next fails as overloaded.
    pub waiting_max: usize,
    /// Grammars that a decoder keeps compiled; the least recently used goes first.
    pub kept_grammars: usize,
    /// An answer below this confidence (0 to 1) is rejected: asking again is better than acting on words
    /// that were not said.
    pub reject_below: f32,
    /// Whether a neural noise suppressor works on noisy lines: callers in noise are heard better, for about
    /// 3 % of a core while they speak.
    pub denoise: bool,
    /// Whether Debian's model hears beside the telephone model, where both are there: what was heard wrong is doubted more often,
    /// for as much work and memory again.
    pub second_model: bool,
    /// How late sound may be heard (a machine too busy for both) before the second model is left out of an utterance. Unset:
    /// it is always waited for; for measurements, which give sound faster than anyone speaks.
    #[serde(skip)]
    pub second_lag_max: Option<Duration>,
}

impl Default for GrammarConfig {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            threads: cores.min(2),
            decoders_per_thread: 2,
            waiting_max: 8,
            kept_grammars: 24,
            reject_below: 0.55,
            denoise: true,
            second_model: true,
            second_lag_max: Some(SECOND_LAG_MAX),
        }
    }
}

/// The recogniser of open speech.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WhisperConfig {
    /// A ggml Whisper file. Unset: the first `ggml-*.bin` in `HARK_MODELS` or `speech/`; none found: no open speech.
    pub model: Option<PathBuf>,
    /// Worker threads, one decoding each.
    pub workers: usize,
    /// Utterances that may wait for a worker; the next fails as overloaded.
    pub queue_max: usize,
    /// Language of the speech, as Whisper names it. Ignored by English-only files.
    pub language: String,
}

impl Default for WhisperConfig {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            model: None,
            workers: (cores / 2).max(1),
            queue_max: 4,
            language: "en".to_owned(),
        }
    }
}

/// A recogniser of open speech elsewhere: anything that serves `engine/v1/speech.proto`, `hark stt-serve`
/// among them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RemoteConfig {
    /// "http://host:port". Unset: none.
    pub address: Option<String>,
    /// For one TCP connection, in milliseconds.
    pub connect_timeout_ms: u32,
    /// From the end of an utterance to its answer, in milliseconds; then the local Whisper is asked, which
    /// still can be in time if this is under 500.
    pub answer_ms: u32,
    /// Failures in a row after which it is left alone for a while.
    pub breaker_failures: u8,
    /// For how long, in milliseconds.
    pub breaker_pause_ms: u32,
}

impl Default for RemoteConfig {
    fn default() -> Self {
        Self {
            address: None,
            connect_timeout_ms: 300,
            answer_ms: 450,
            breaker_failures: 3,
            breaker_pause_ms: 5_000,
        }
    }
}

/// Well under the 700 ms after which silence is filled.
const SECOND_LAG_MAX: Duration = Duration::from_millis(200);
