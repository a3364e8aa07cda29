//! What is kept of a call: one record, and one entry a turn. Both leave the call redacted; the store
//! redacts once more.

use serde::{Deserialize, Serialize};

use crate::conversation::action::PlacedOrder;
use crate::conversation::event::{Note, Outcome};
use crate::ids::{CallId, TurnId};
use crate::nlu::decision::{Decision, SlotValue};
use crate::redact::{redact, without_words};
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

impl TurnRecord {
    /// Without personal data in any of its texts. Doing it twice changes nothing more.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        match &mut self.heard {
            Heard::Speech { transcript, .. } => redact_transcript(transcript),
            Heard::Keys { digits } => *digits = redact(digits),
            Heard::Nothing | Heard::Silence | Heard::Unrecognised => {}
        }
        if let Some(decision) = &mut self.decision {
            redact_decision(decision);
        }
        for note in &mut self.notes {
            note.why = redact(&note.why);
        }
        for sentence in &mut self.said {
            *sentence = redact(sentence);
        }
        self
    }
}

impl TurnRecord {
    /// Without these words in any of its texts: what tells where the caller lives.
    #[must_use]
    pub fn without(mut self, private: &[String]) -> Self {
        let mask = |text: &mut String| {
            let kept = without_words(text, private);
            let changed = kept != *text;
            *text = kept;
            changed
        };
        if let Heard::Speech { transcript, .. } = &mut self.heard
            && mask(&mut transcript.text)
        {
            transcript.words.clear();
        }
        if let Some(decision) = &mut self.decision {
            mask_decision(decision, mask);
        }
        for note in &mut self.notes {
            mask(&mut note.why);
        }
        for sentence in &mut self.said {
            mask(sentence);
        }
        self
    }
}

fn mask_decision(decision: &mut Decision, mask: impl Fn(&mut String) -> bool + Copy) {
    mask(&mut decision.text);
    decision.evidence.iter_mut().for_each(|evidence| {
        mask(&mut evidence.word);
    });
    for slot in &mut decision.slots {
        mask(&mut slot.span);
        if let SlotValue::Text(text) = &mut slot.value {
            mask(text);
        }
    }
    if let Some(then) = &mut decision.then {
        mask_decision(then, mask);
    }
}

fn redact_transcript(transcript: &mut Transcript) {
    let text = redact(&transcript.text);
    if text != transcript.text {
        // Word by word the number would still be there.
        transcript.words.clear();
        transcript.text = text;
    }
}

fn redact_decision(decision: &mut Decision) {
    let text = redact(&decision.text);
    if text != decision.text {
        let kept: Vec<&str> = text.split_whitespace().collect();
        decision
            .evidence
            .retain(|evidence| kept.contains(&evidence.word.as_str()));
        decision.text = text;
    }
    for slot in &mut decision.slots {
        slot.span = redact(&slot.span);
        match &mut slot.value {
            SlotValue::Text(text) | SlotValue::Digits(text) => *text = redact(text),
            SlotValue::Number(_) => {}
        }
    }
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
    /// Look-ups and sentences begun before the caller's turn was over: how many served, how many did not.
    #[serde(default)]
    pub early_hits: u32,
    #[serde(default)]
    pub early_misses: u32,
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
    /// The flows and wording that the call had.
    #[serde(default)]
    pub talk: String,
    #[serde(default)]
    pub versions: Versions,
}

/// What decided in a call, besides the talk: who knows these can do it again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Versions {
    /// "confirmation@1f3c9a20"
    pub policy: String,
    /// "intent-linear@1f3c"
    pub understanding: String,
    /// "telephone hub4wsj_sc_8k@1f3c9a20": the recognisers' models.
    #[serde(default)]
    pub hearing: String,
}
