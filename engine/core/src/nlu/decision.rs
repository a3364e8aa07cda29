//! What an utterance was taken to mean, how sure, and why.

use serde::{Deserialize, Serialize};

use super::slots::ITEM_ALTERNATIVE;
use crate::units::Confidence;

/// The meaning of one utterance. Everything a dialogue needs, and everything an auditor asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Decision {
    /// The words as normalised for understanding.
    pub text: String,
    /// Best first; the second is the runner-up. Empty when nothing was understood.
    pub intents: Vec<ScoredIntent>,
    /// A plain yes or no, when the utterance has one.
    pub answer: Option<Answer>,
    pub slots: Vec<Slot>,
    /// True when the utterance corrects what was said before ("no, make it two").
    pub correction: bool,
    /// Recognition times understanding.
    pub confidence: Confidence,
    /// How sure the recogniser was of the words; `None` where they were not heard but typed or keyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recognition: Option<Confidence>,
    /// The recognisers differed about the words.
    #[serde(default, skip_serializing_if = "is_false")]
    pub disputed: bool,
    /// How displeased the caller sounds, by their words: 0 to [`displeasure::MAX`](super::displeasure::MAX).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub displeasure: u8,
    /// A second wish in the same breath: "where's my order, and add two bags".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Box<Decision>>,
    /// The words that counted and how much, strongest first.
    pub evidence: Vec<Evidence>,
    /// The rule or model, with version, that decided: "rule:yes_no", "intent-linear@1f3c".
    pub decided_by: String,
}

impl Decision {
    /// The best intent, if any.
    pub fn intent(&self) -> Option<&ScoredIntent> {
        self.intents.first()
    }

    /// How sure the values are that it gives: heard and understood. Without values, the decision itself.
    pub fn sure_of_values(&self) -> Confidence {
        let least = self
            .slots
            .iter()
            .filter(|slot| slot.name != ITEM_ALTERNATIVE)
            .map(|slot| slot.confidence.get())
            .reduce(f32::min);
        match (least, self.recognition) {
            (Some(least), Some(recognition)) => Confidence::new(least * recognition.get()),
            (Some(least), None) => Confidence::new(least.min(self.confidence.get())),
            (None, _) => self.confidence,
        }
    }

    /// The same words, taken by a rule of the conversation for a yes or a no and nothing else.
    #[must_use]
    pub fn by_rule(self, answer: Answer, sure: f32, rule: &str) -> Self {
        let heard = self.recognition.unwrap_or(self.confidence);
        Self {
            answer: Some(answer),
            intents: Vec::new(),
            slots: Vec::new(),
            correction: false,
            confidence: Confidence::new(heard.get() * sure),
            decided_by: rule.to_owned(),
            ..self
        }
    }

    /// Whether a model decided, not a rule: by likeness, not by the words alone.
    pub fn is_modelled(&self) -> bool {
        self.decided_by.contains('@')
    }

    /// The first slot of that name.
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_zero(value: &u8) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoredIntent {
    pub name: String,
    pub confidence: Confidence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Yes,
    No,
}

/// A value found in the utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// "item", "quantity", "digits", "choice", "coffeeDrink", "size", ...
    pub name: String,
    pub value: SlotValue,
    /// The words that gave it, as spoken.
    pub span: String,
    pub confidence: Confidence,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotValue {
    /// A SKU, a candidate's value, a drink option's canonical name.
    Text(String),
    Number(u32),
    /// A digit string, leading zeros kept.
    Digits(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    pub word: String,
    /// Contribution to the winner's score; negative speaks against it.
    pub weight: f32,
}
