//! The second of two yeses, in words of its own kind: "place the order", "book it", "go through with it". What is
//! asked for fits what would be done, and lies far from "yes", from "no" and from "cancel" in sound.

use crate::conversation::confirm::Wants;
use crate::conversation::machine::{Conversation, Listening, Question, State};
use crate::nlu::decision::{Answer, Decision};
use crate::nlu::normalize::Words;
use crate::shop::Wish;
use crate::speech::expectation::{Candidate, Expectation};

/// How one kind of thing is agreed to by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NamedYes {
    /// Asks for it: "To place it, say: place the order. Or say: cancel."
    pub(crate) prompt: &'static str,
    spoken: &'static [&'static str],
    /// How one turns it down: where something would be cancelled, "cancel" is no answer.
    against: &'static [&'static str],
}

impl NamedYes {
    /// Whether the words that carry something are those of one of its forms, no more and no fewer.
    fn nearly(self, text: &str) -> bool {
        let said = carrying(text);
        self.spoken.iter().any(|form| said == carrying(form))
    }

    /// How many words carry it, at most.
    fn length(self) -> usize {
        let forms = self.spoken.iter().map(|form| carrying(form).len());
        forms.max().unwrap_or_default()
    }

    /// Whether it is one of the words that carry it.
    fn holds(self, word: &str) -> bool {
        let mut words = self.spoken.iter().flat_map(|form| form.split(' '));
        words.any(|own| own == word) && !LIGHT.contains(&word)
    }

    /// Its name, or what turns it down.
    pub(crate) fn or_against(self) -> Expectation {
        let candidate = |value: &str, spoken: &[&str]| Candidate {
            value: value.to_owned(),
            spoken: spoken.iter().map(|form| (*form).to_owned()).collect(),
        };
        Expectation::OneOf {
            candidates: vec![
                candidate("agreed", self.spoken),
                candidate("cancel", self.against),
            ],
        }
    }
}

/// No value, but for what was to be chosen from.
fn says_nothing_else(decision: &Decision) -> bool {
    !decision.correction && decision.slots.iter().all(|slot| slot.name == "choice")
}

/// The words that say something.
fn carrying(text: &str) -> Vec<&str> {
    text.split_whitespace()
        .filter(|word| !LIGHT.contains(word))
        .collect()
}

impl Conversation {
    /// Part of what was asked for by its name, nothing against it and nothing more: misheard, and not the other
    /// wish that a model may take it for ("sure the order").
    pub(crate) fn is_half_named(&self, decision: &Decision) -> bool {
        let State::Listening(Listening { question, .. }) = &self.state else {
            return false;
        };
        let words = Words::new(&decision.text);
        question.wants() == Wants::NamedYes
            && decision.is_modelled()
            && says_nothing_else(decision)
            && carrying(&decision.text).len() <= question.named_yes().length()
            && words.iter().any(|word| question.named_yes().holds(word))
            && !words.iter().any(|word| AGAINST.contains(&word))
    }
}

impl Question {
    /// "Place order", "place an order": the words that carry the name, and none beside them that says anything.
    pub(crate) fn nearly_named(&self, decision: Decision) -> Decision {
        if self.wants() == Wants::NamedYes
            && decision.answer.is_none()
            && says_nothing_else(&decision)
            && self.named_yes().nearly(&decision.text)
        {
            return decision.by_rule(Answer::Yes, SURE_OF_NAME, NEARLY_NAMED);
        }
        decision
    }

    /// How what is read back is agreed to by its name.
    pub(crate) fn named_yes(&self) -> NamedYes {
        match self {
            Self::Draft(_) => ORDER,
            Self::Reservation(readback) => match readback.value().reservation {
                Wish::Appointment { .. } => BOOKING,
                Wish::Registration { .. } => REGISTRATION,
                Wish::Cancel(_) => THROUGH,
            },
            Self::Change(_) | Self::Ask | Self::Intent(_) | Self::Value(_) => THROUGH,
        }
    }
}

const ORDER: NamedYes = NamedYes {
    prompt: "common.name_it",
    spoken: &["place the order", "place my order"],
    against: &["cancel", "cancel the order"],
};
const BOOKING: NamedYes = NamedYes {
    prompt: "common.name_booking",
    spoken: &["book it for me", "book it"],
    against: &["cancel", "cancel it"],
};
const REGISTRATION: NamedYes = NamedYes {
    prompt: "common.name_registration",
    spoken: &["put me down for it", "put me down"],
    against: &["cancel", "cancel it"],
};
const THROUGH: NamedYes = NamedYes {
    prompt: "common.name_change",
    spoken: &["go through with it"],
    against: &["never mind", "stop"],
};

/// Words of a name that carry nothing.
const LIGHT: &[&str] = &[
    "a", "an", "for", "it", "me", "my", "our", "please", "that", "the", "this", "with", "your",
];
/// Who says one of these beside a part of the name does not agree.
const AGAINST: &[&str] = &[
    "no",
    "nope",
    "nah",
    "not",
    "don't",
    "didn't",
    "won't",
    "never",
    "cancel",
    "stop",
    "wait",
    "later",
    "drop",
    "forget",
    "wrong",
    "incorrect",
    "without",
    "another",
    "other",
    "different",
    "instead",
];

/// The rule by which half-heard words are the name after all.
pub(crate) const NEARLY_NAMED: &str = "rule:nearly_named";
const SURE_OF_NAME: f32 = 0.9;

/// Prompts that the machine says by itself: they must exist whatever the flows say.
pub(crate) const OWN_PROMPTS: &[&str] = &[ORDER.prompt, BOOKING.prompt, REGISTRATION.prompt, THROUGH.prompt];

#[cfg(test)]
mod tests {
    use super::{BOOKING, NamedYes, ORDER, REGISTRATION, THROUGH};
    use crate::nlu::decision::Answer;
    use crate::nlu::normalize::Words;
    use crate::nlu::yes_no::{self, Assent};

    /// What is asked for is understood as such, and what turns it down never as a yes.
    #[test]
    fn every_name_is_a_yes_of_its_own_kind() {
        for named_yes in [ORDER, BOOKING, REGISTRATION, THROUGH] {
            let NamedYes { spoken, against, .. } = named_yes;
            for words in spoken {
                let found = yes_no::leading(&Words::new(words));
                assert_eq!(
                    found.and_then(|found| found.assent),
                    Some(Assent::Named),
                    "{words}"
                );
            }
            for words in against {
                assert_ne!(yes_no::plain(&Words::new(words)), Some(Answer::Yes), "{words}");
            }
            assert_eq!(named_yes.or_against().candidates().len(), 2);
        }
    }
}
