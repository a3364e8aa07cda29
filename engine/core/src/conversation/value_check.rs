//! Values that were asked for, under the confirmation policy: taken as heard, said again in passing, asked
//! about, or asked for by keys. Orders are `confirming`'s; here nothing is committed.

use crate::conversation::confirm::MIN_YES_CONFIDENCE;
use crate::conversation::flow::{Ask, Expect, Flow};
use crate::conversation::machine::{Conversation, Listening, Question};
use crate::conversation::policy::{Choice, Hearing, How};
use crate::conversation::repair::{Failure, Failures};
use crate::conversation::spoken;
use crate::ids::Sku;
use crate::nlu::decision::{Answer, Decision, SlotValue};

/// A value that the caller is asked about.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    heard: Decision,
    /// The branch that it takes once it is right.
    on: Option<String>,
    least_yes: f32,
}

impl Conversation {
    /// Takes an answer, after asking back where the policy wants that.
    pub(crate) fn accept_checked(
        &mut self,
        ask: &Ask,
        on: Option<String>,
        failures: Failures,
        decision: Decision,
    ) {
        let Some(choice) = self.value_choice(ask, &decision) else {
            return self.accept(ask, decision, on.as_deref());
        };
        let said = self.value_in_words(&ask.expect, &decision);
        match (choice.how, ask.wording.keypad.as_deref()) {
            (How::None, _) => self.accept(ask, decision, on.as_deref()),
            (How::Implicit, _) => {
                self.note_choice("implicit", &choice.to_string(), choice.clone());
                self.heard_value = said;
                self.say(HEARD);
                self.accept(ask, decision, on.as_deref());
            }
            // Asked for keys once and heard no better: a yes is something too.
            (How::Keypad, Some(keypad)) if failures.count() == 0 => {
                self.misunderstood();
                self.note_choice("keypad", &choice.to_string(), choice.clone());
                self.say(keypad);
                self.listen(Listening {
                    question: Question::Ask,
                    failures: failures.one_more().naming_keys(),
                });
            }
            (How::Explicit | How::Twice | How::Keypad, _) => {
                self.note_choice("check", &choice.to_string(), choice.clone());
                self.heard_value = said;
                self.say(CHECK_VALUE);
                let asked = Asked {
                    heard: decision,
                    on,
                    least_yes: least_yes(&choice),
                };
                self.listen(Listening {
                    question: Question::Value(Box::new(asked)),
                    failures,
                });
            }
        }
    }

    /// The answer to "..., is that right?".
    pub(crate) fn answer_value(&mut self, ask: &Ask, asked: Asked, failures: Failures, decision: Decision) {
        let another = self.answers(&ask.expect, &decision);
        match decision.answer {
            Some(Answer::Yes) if !another && decision.confidence.get() >= asked.least_yes => {
                self.note("confirmed", &format!("the caller said \"{}\"", decision.text));
                self.accept(ask, asked.heard, asked.on.as_deref());
            }
            Some(Answer::No) if !another => {
                self.fail(Failure::NoMatch, Question::Ask, failures, "the value was wrong");
            }
            // "No, four one seven ...": the no was about the value, the rest is another one.
            Some(Answer::Yes | Answer::No) | None => {
                let answer = decision.answer.filter(|_| !another);
                self.answer_ask(ask, failures.one_more(), Decision { answer, ..decision });
            }
        }
    }

    /// What the policy says about a value; `None` where the answer is none, or was keyed.
    fn value_choice(&self, ask: &Ask, decision: &Decision) -> Option<Choice> {
        let value = match ask.expect {
            Expect::Digits { .. }
            | Expect::OneOf(_)
            | Expect::Item
            | Expect::Quantity { .. }
            | Expect::Drink => decision.recognition.is_some() && self.answers(&ask.expect, decision),
            Expect::YesNo | Expect::Open => false,
        };
        let hearing = Hearing {
            sure: decision.sure_of_values().get(),
            disputed: decision.disputed,
            ..self.hearing()
        };
        let read_back_later = self.task().is_some_and(Flow::reads_back);
        value.then(|| self.policy.slot(read_back_later, hearing))
    }

    /// The value as it is said: digits in groups, an item by its name, a choice in the caller's own words.
    fn value_in_words(&self, expect: &Expect, decision: &Decision) -> String {
        let name = match expect {
            Expect::Digits { .. } => "digits",
            Expect::OneOf(_) => "choice",
            Expect::Item => "item",
            Expect::Quantity { .. } => "quantity",
            Expect::Drink => "coffeeDrink",
            Expect::YesNo | Expect::Open => return String::new(),
        };
        let Some(slot) = decision.slot(name) else {
            return String::new();
        };
        match (&slot.value, expect) {
            (SlotValue::Digits(digits), _) => spoken::digits(digits),
            (SlotValue::Number(number), _) => spoken::number(u64::from(*number)),
            (SlotValue::Text(sku), Expect::Item) => self
                .catalogue
                .item(&Sku::new(sku.clone()))
                .map_or_else(|| slot.span.clone(), |item| item.name.clone()),
            (SlotValue::Text(_), _) => slot.span.clone(),
        }
    }
}

fn least_yes(choice: &Choice) -> f32 {
    match choice.how {
        How::Explicit | How::Twice => choice.least_yes,
        How::None | How::Implicit | How::Keypad => MIN_YES_CONFIDENCE,
    }
}

const HEARD: &str = "common.heard";
const CHECK_VALUE: &str = "common.check_value";

/// Prompts said here: they must exist whatever the flows say.
pub(crate) const OWN_PROMPTS: &[&str] = &[HEARD, CHECK_VALUE];
