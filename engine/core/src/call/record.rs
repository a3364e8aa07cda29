//! What is kept of a call: one record, and one entry a turn. Text in it is redacted by its writer.

use serde::{Deserialize, Serialize};

use crate::conversation::action::PlacedOrder;
use crate::conversation::event::{Note, Outcome};
use crate::ids::{CallId, TurnId};
use crate::nlu::decision::Decision;
pub use crate::rtp::stats::MediaStats;
use crate::speech::recognition::{RecogniserKind, Transcript};

/// One exchange: what was heard, what it was taken to mean, what was done and said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TurnRecord {
    pub call: CallId,
    pub turn: TurnId,
    /// Milliseconds since the call was answered, when the caller's speech began (or the key came).
    pub at_ms: u32,
    /// "reorder.confirm": the step that listened.
    pub step: String,
    pub heard: Heard,
    pub decision: Option<Decision>,
    pub notes: Vec<Note>,
    /// Hark's answer, sentence by sentence.
    pub said: Vec<String>,
    pub latency: TurnLatency,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Heard {
    /// The greeting: Hark speaks first.
    Nothing,
    Silence,
    Speech {
        recogniser: RecogniserKind,
        transcript: Transcript,
    },
    /// Speech that no recogniser could make out.
    Unrecognised,
    Keys {
        digits: String,
    },
}

/// Where the time of a turn went. All in milliseconds; `None` where the step did not occur.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TurnLatency {
    /// From the last frame of speech to the decision that the turn is over.
    pub endpoint_ms: Option<u32>,
    /// Why the endpoint was put there: "yes_no complete, 200 ms".
    pub endpoint_reason: Option<String>,
    pub recognition_ms: Option<u32>,
    /// Waiting for the shop.
    pub action_ms: Option<u32>,
    /// From the last frame of speech to the first frame of the answer: what the caller feels.
    pub reply_ms: Option<u32>,
    /// How often Hark said that it was still at work.
    #[serde(default)]
    pub fillers: u32,
}

/// The call as a whole. Exactly one, at its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    pub call: CallId,
    pub outcome: Outcome,
    /// Who ended it and how: "caller hung up", "goodbye", "transferred to anna".
    pub ended_by: String,
    /// Milliseconds from answer to end.
    pub duration_ms: u32,
    pub turns: u32,
    pub orders: Vec<PlacedOrder>,
    pub barge_ins: u32,
    /// The caller's leg.
    pub media: MediaStats,
}
