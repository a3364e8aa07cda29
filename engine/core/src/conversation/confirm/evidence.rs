//! What a confirmation rests on: the yes as it was heard, and what the record keeps of it.

use serde::{Deserialize, Serialize};

use crate::nlu::decision::{Answer, Decision};
use crate::nlu::normalize::Words;
use crate::nlu::yes_no::{self, Assent};
use crate::units::Confidence;

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
    /// A yes that alone was not enough, or that changed where or when as well: what will be done was said back,
    /// and nobody objected.
    LetStand {
        words: String,
        sure: String,
        terms: String,
    },
    /// The words of two yeses of different kinds, in two answers.
    Twice {
        plain: String,
        named: String,
        /// How sure of each.
        sure: String,
        terms: String,
    },
    /// The key pressed for yes.
    Keypad {
        digit: char,
        #[serde(default)]
        terms: String,
    },
}

impl ConfirmedBy {
    /// For notes.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Voice { words, sure, .. } => format!("the caller said \"{words}\", sure {sure}"),
            Self::Twice {
                plain, named, sure, ..
            } => format!("the caller said \"{plain}\" and \"{named}\", sure {sure}"),
            Self::LetStand { words, sure, .. } => {
                format!("the caller said \"{words}\", sure {sure}, and let stand what was said back")
            }
            Self::Keypad { digit, .. } => format!("the caller pressed {digit}"),
        }
    }
}

/// A yes as it was heard.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub(super) words: String,
    pub(super) sure: Confidence,
    pub(super) assent: Assent,
    /// The words say yes wherever they are said; "one" does only where a key is asked for.
    pub(super) of_itself: bool,
}

impl Said {
    /// The plain yes that an utterance begins with, and how many words it takes: "yes" of "yes, but to my office".
    pub(crate) fn before_a_change(decision: &Decision) -> Option<(Self, usize)> {
        let words = Words::new(&decision.text);
        let found = yes_no::leading(&words).filter(|found| found.answer == Answer::Yes)?;
        let assent = found.assent.filter(|assent| *assent >= Assent::Plain)?;
        let said: Vec<&str> = words.iter().take(found.len).collect();
        let said = Self {
            words: said.join(" "),
            sure: decision.confidence,
            assent,
            of_itself: true,
        };
        Some((said, found.len))
    }

    pub(crate) const fn sure(&self) -> f32 {
        self.sure.get()
    }

    pub(super) fn is_murmured(&self) -> bool {
        self.words.split_whitespace().all(|word| MURMURS.contains(&word))
    }
}

/// Murmurs, as `nlu::normalize` writes them.
const MURMURS: [&str; 7] = ["uh-huh", "mm", "mhm", "hmm", "aha", "um", "uh"];
