//! The second of two yeses, in words of its own kind: "place the order", "book it", "go through with it". What is
//! asked for fits what would be done, and lies far from "yes", from "no" and from "cancel" in sound.

use crate::conversation::machine::Question;
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

impl Question {
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
