//! A number said in two breaths: "one two three", and after a moment "four five six". The first part is kept until
//! the rest is said; who says all of it again is taken at their word.

use crate::conversation::flow::{Ask, Expect, Place};
use crate::conversation::machine::Conversation;
use crate::nlu::decision::{Decision, SlotValue};
use crate::units::Confidence;

/// The beginning of a number that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HalfNumber {
    asked: Place,
    digits: String,
    /// How well it was heard.
    sure: Confidence,
}

impl Conversation {
    /// What was said, with the part of the number that was said before it. Whether the rest is still to come.
    pub(crate) fn with_first_half(&mut self, ask: &Ask, mut decision: Decision) -> (Decision, bool) {
        let Expect::Digits { min, max } = ask.expect else {
            return (decision, false);
        };
        let (min, max) = (usize::from(min), usize::from(max));
        let heard = decision.recognition.unwrap_or(decision.confidence);
        let Some(slot) = decision.slots.iter_mut().find(|slot| slot.name == DIGITS) else {
            return (decision, false);
        };
        let SlotValue::Digits(said) = &slot.value else {
            return (decision, false);
        };
        let first = self.half_number.take().filter(|half| half.asked == self.place);
        if (min..=max).contains(&said.len()) {
            return (decision, false);
        }
        let begins = first.is_none();
        let (digits, sure) = match first {
            // Said once more from its beginning.
            Some(half) if !said.starts_with(&half.digits) => {
                let sure = Confidence::new(half.sure.get().min(heard.get()));
                (format!("{}{said}", half.digits), sure)
            }
            Some(_) | None => (said.clone(), heard),
        };
        if (min..=max).contains(&digits.len()) {
            slot.value = SlotValue::Digits(digits);
            slot.confidence = Confidence::CERTAIN;
            decision.confidence = sure;
            decision.recognition = decision.recognition.map(|_| sure);
            DECIDED_BY.clone_into(&mut decision.decided_by);
            return (decision, false);
        }
        if (HALF_MIN..min).contains(&digits.len()) {
            self.half_number = Some(HalfNumber {
                asked: self.place,
                digits,
                sure,
            });
        }
        (decision, begins && self.half_number.is_some())
    }
}

const DIGITS: &str = "digits";
const DECIDED_BY: &str = "rule:digits_joined";
/// One digit alone is as likely a word misheard.
const HALF_MIN: usize = 2;

/// "Yes, and the rest?"
pub(crate) const AND_THE_REST: &str = "common.and_the_rest";

/// Prompts said here: they must exist whatever the flows say.
pub(crate) const OWN_PROMPTS: &[&str] = &[AND_THE_REST];
