//! Confirmation. Nothing is committed that the caller has not said yes to, and the compiler knows it:
//! [`Confirmed`] has a private field, and this file is the only place that fills it.

use serde::{Deserialize, Serialize};

use crate::conversation::policy::{Choice, How};
use crate::nlu::decision::{Answer, Decision};

/// A thing the caller has agreed to, with what they said and how sure we were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed<T> {
    value: T,
    how: ConfirmedBy,
}

/// The evidence of a confirmation, kept in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmedBy {
    /// The words of the yes.
    Voice {
        words: String,
        /// How sure of them, where they were heard.
        #[serde(default)]
        sure: String,
        /// The policy's row and sum that asked for this yes.
        #[serde(default)]
        terms: String,
    },
    /// The key pressed for yes.
    Keypad {
        digit: char,
        #[serde(default)]
        terms: String,
    },
}

impl<T> Confirmed<T> {
    pub const fn value(&self) -> &T {
        &self.value
    }

    pub const fn how(&self) -> &ConfirmedBy {
        &self.how
    }
}

/// A read-back that waits for its answer. Holds the draft exactly as it was read to the caller: when
/// the draft changes, a new read-back is needed, so a yes can never confirm what was not said.
#[derive(Debug, Clone, PartialEq)]
pub struct Readback<T> {
    value: T,
    least_yes: f32,
    needs_key: bool,
    /// For the record.
    terms: String,
}

/// What the answer to a read-back leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict<T> {
    Confirmed(Confirmed<T>),
    /// A plain no: the value comes back to be asked about.
    Rejected(T),
    /// Not an answer we may act on, and why; ask again.
    Unclear(Readback<T>, &'static str),
}

/// The least confidence with which a spoken yes is taken as one, whatever a policy says.
pub const MIN_YES_CONFIDENCE: f32 = 0.5;

/// A murmur says "I am listening" as often as "yes": alone it confirms only when it was heard beyond doubt.
pub const MIN_MURMUR_CONFIDENCE: f32 = 0.8;

/// Murmurs, as `nlu::normalize` writes them.
const MURMURS: [&str; 7] = ["uh-huh", "mm", "mhm", "hmm", "aha", "um", "uh"];

/// Whether words only say again what was read back: "yes, two bags" of two bags.
pub trait Restates {
    fn is_restated_by(&self, decision: &Decision) -> bool;
}

impl<T: Restates> Readback<T> {
    /// On the least terms there are: any yes that is one.
    pub const fn new(value: T) -> Self {
        Self {
            value,
            least_yes: MIN_YES_CONFIDENCE,
            needs_key: false,
            terms: String::new(),
        }
    }

    /// On the terms of a policy, which can ask for more and never for less.
    pub fn on_terms(value: T, terms: &Choice) -> Self {
        Self {
            value,
            least_yes: terms.least_yes.max(MIN_YES_CONFIDENCE),
            needs_key: terms.how == How::Keypad,
            terms: format!("{terms} [{}]", terms.policy),
        }
    }

    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Whether only a key confirms.
    pub const fn needs_key(&self) -> bool {
        self.needs_key
    }

    /// Judges a spoken answer. A correction never confirms, whatever else it says
    /// ("yes, but make it two").
    pub fn answered(self, decision: &Decision) -> Verdict<T> {
        let restated = decision.slots.is_empty() || self.value.is_restated_by(decision);
        if decision.correction || !restated {
            return Verdict::Unclear(self, "neither yes nor no, nor a change that can be made");
        }
        match decision.answer {
            // What a model takes for a yes ("make it correct") may be a change half heard.
            Some(Answer::Yes) if decision.is_modelled() => {
                Verdict::Unclear(self, "perhaps a yes, but not a plain one")
            }
            Some(Answer::Yes) if self.needs_key => {
                Verdict::Unclear(self, "a spoken yes where a key was asked for")
            }
            Some(Answer::Yes) if decision.confidence.get() >= self.least_confidence(&decision.text) => {
                let how = ConfirmedBy::Voice {
                    words: decision.text.clone(),
                    sure: decision.confidence.to_string(),
                    terms: self.terms,
                };
                Verdict::Confirmed(Confirmed {
                    value: self.value,
                    how,
                })
            }
            Some(Answer::No) => Verdict::Rejected(self.value),
            Some(Answer::Yes) => Verdict::Unclear(self, "a yes, but not sure enough of it"),
            None => Verdict::Unclear(self, "neither yes nor no nor a change"),
        }
    }

    /// Judges a key: 1 is yes, 2 is no, as the keypad prompt says.
    pub fn keyed(self, digit: char) -> Verdict<T> {
        match digit {
            '1' => Verdict::Confirmed(Confirmed {
                value: self.value,
                how: ConfirmedBy::Keypad {
                    digit,
                    terms: self.terms,
                },
            }),
            '2' => Verdict::Rejected(self.value),
            _ => Verdict::Unclear(self, "a key that means neither yes nor no"),
        }
    }

    /// The least confidence with which these words, taken for a yes, confirm.
    fn least_confidence(&self, words: &str) -> f32 {
        if words.split_whitespace().all(|word| MURMURS.contains(&word)) {
            self.least_yes.max(MIN_MURMUR_CONFIDENCE)
        } else {
            self.least_yes
        }
    }
}
