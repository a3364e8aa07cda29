//! What recognisers are asked, and what they answer.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::audio::frame::Frame;
use crate::ids::UtteranceId;
use crate::nlu::grammar::Grammar;
use crate::units::{Confidence, SampleRate};

/// One order to the recognisers of a call. For each utterance: `Begin`, any number of `Audio`,
/// any number of `Pause`/`Resume` pairs, then `End` or `Cancel`.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every command is the large one; a box would cost an allocation a frame"
)]
pub enum RecogniseCommand {
    /// Speech has begun; the frames since shortly before its onset follow as `Audio`.
    Begin {
        utterance: UtteranceId,
        rate: SampleRate,
        grammar: Arc<Grammar>,
        /// The line as it was while nobody spoke, oldest first: at the same rate, to know by what
        /// noise the words are in. Empty where the grammar is not told at length.
        line: Vec<Frame>,
    },
    Audio {
        utterance: UtteranceId,
        frame: Frame,
    },
    /// Silence has begun: open-speech recognisers may start on what they have, speculatively.
    Pause {
        utterance: UtteranceId,
    },
    /// Speech goes on: speculation is void.
    Resume {
        utterance: UtteranceId,
    },
    /// The utterance is over: every recogniser answers with a final result or a failure.
    End {
        utterance: UtteranceId,
    },
    /// Nobody wants the result any more.
    Cancel {
        utterance: UtteranceId,
    },
}

/// Which kind of recogniser spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecogniserKind {
    Grammar,
    Whisper,
    Remote,
    /// Tests and the text channels: the words are given.
    Scripted,
}

/// A recogniser's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognised {
    pub utterance: UtteranceId,
    pub recogniser: RecogniserKind,
    pub models: Models,
    pub result: RecognitionResult,
}

/// What the acoustic models of one recogniser made of an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Models {
    /// It has only one.
    #[default]
    One,
    Agreed,
    Differed,
    /// The second did not hear all of it: too much was to be heard, or it failed.
    SecondLeftOut,
}

impl Models {
    /// For the record; `None` where there is nothing to tell.
    pub const fn told(self) -> Option<&'static str> {
        match self {
            Self::One => None,
            Self::Agreed => Some("two acoustic models agreed"),
            Self::Differed => Some("two acoustic models differed"),
            Self::SecondLeftOut => Some("the second acoustic model was left out"),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum RecognitionResult {
    /// What it would say now; may change.
    Partial {
        text: String,
    },
    Final(Transcript),
    /// It heard nothing that it knows: silence, noise, or speech outside the grammar.
    Rejected {
        confidence: Confidence,
    },
    /// It could not answer: overloaded, too late, broken. The call goes on without it.
    Failed {
        reason: String,
    },
}

/// Recognised words with their certainty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Transcript {
    /// Lower case, words separated by single spaces, no punctuation from the grammar recogniser.
    pub text: String,
    pub confidence: Confidence,
    pub words: Vec<WordScore>,
    /// Milliseconds from the end of the audio to this result.
    pub latency_ms: f32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordScore {
    pub word: String,
    pub confidence: Confidence,
    /// Milliseconds from the utterance's first frame.
    pub start_ms: u32,
    pub end_ms: u32,
}
