//! Keys as answers: each becomes what the open question makes of it, and is then judged like words.

use crate::conversation::event::Event;
use crate::conversation::flow::{Ask, Expect, StepKind};
use crate::conversation::machine::{Conversation, Listening, Question, State};
use crate::conversation::repair::Failure;
use crate::nlu::decision::{Answer, Decision, ScoredIntent, Slot, SlotValue};
use crate::nlu::key::key_aloud;
use crate::shop::{ChangeKind, Wish};
use crate::units::Confidence;

impl Conversation {
    /// Keys become what the question makes of them, and are then judged like words.
    pub(crate) fn keyed(&mut self, keys: &str) {
        let State::Listening(listening) = &self.state else {
            return;
        };
        let flows = std::sync::Arc::clone(&self.flows);
        let step = flows.step(self.place);
        if let (
            Question::Draft(_) | Question::Change(_) | Question::Reservation(_),
            StepKind::Confirm(confirm),
        ) = (&listening.question, &step.kind)
            && keys != AGENT_KEY
        {
            self.key_readback(confirm, keys);
            self.run();
            return;
        }
        let decision = match (&listening.question, &step.kind) {
            (Question::Ask, StepKind::Ask(ask)) => self.key_decision(ask, keys),
            (_, _) => yes_no_key(keys),
        };
        match decision {
            Some(decision) => self.handle(Event::Heard(decision)),
            None if keys == AGENT_KEY => self.handle(Event::Heard(key_intent(AGENT_INTENT))),
            None => self.failed(Failure::NoMatch, "a key without a meaning here"),
        }
    }

    /// Who was told of keys may read one out: "one", "press one". It is then what the key is, as sure as it was heard.
    pub(crate) fn key_read_out(&self, listening: &Listening, decision: Decision) -> Decision {
        if !listening.has_named_keys() {
            return decision;
        }
        let flows = std::sync::Arc::clone(&self.flows);
        let (Question::Ask, StepKind::Ask(ask)) = (&listening.question, &flows.step(self.place).kind) else {
            return listening.question.read_aloud(decision);
        };
        let key = match ask.expect {
            Expect::Digits { .. } | Expect::Quantity { .. } => None,
            Expect::YesNo | Expect::OneOf(_) | Expect::Item | Expect::Drink | Expect::Open => {
                key_aloud(&decision.text)
            }
        };
        match key {
            // One that was not named is no answer, and nothing else either.
            Some(key) => as_heard(
                self.key_decision(ask, &key.digit.to_string())
                    .unwrap_or_else(by_key),
                decision,
            ),
            None => decision,
        }
    }

    fn key_decision(&self, ask: &Ask, keys: &str) -> Option<Decision> {
        let first = keys.chars().next()?;
        if let Some(name) = ask.keys.get(&first) {
            return Some(key_intent(name));
        }
        if keys == AGENT_KEY && !takes_zero(&ask.expect) {
            return None;
        }
        let number = keys.parse::<u32>().ok();
        match &ask.expect {
            Expect::YesNo => yes_no_key(keys),
            Expect::Digits { .. } => Some(key_slot("digits", SlotValue::Digits(keys.to_owned()))),
            Expect::OneOf(among) => {
                let index = usize::try_from(number?).ok()?.checked_sub(1)?;
                let candidate = self.candidates(among).into_iter().nth(index)?;
                Some(key_slot("choice", SlotValue::Text(candidate.value)))
            }
            Expect::Quantity { .. } => Some(key_slot("quantity", SlotValue::Number(number?))),
            Expect::Item | Expect::Drink | Expect::Open => None,
        }
    }
}

impl Question {
    /// A key of a yes or a no, in words; where it may as well be how many are wanted, what decided says so.
    fn read_aloud(&self, decision: Decision) -> Decision {
        let key = key_aloud(&decision.text);
        let Some((key, answer)) = key.and_then(|key| Some((key, key.answer()?))) else {
            return decision;
        };
        let is_clear = key.pointed || answer == Answer::No || self.is_of_one_each();
        let rule = if is_clear { KEY_READ_ALOUD } else { KEY_OR_NUMBER };
        decision.by_rule(answer, SURE_OF_KEY, rule)
    }

    /// Nothing of what was read back is there more than once.
    fn is_of_one_each(&self) -> bool {
        let lines = match self {
            Self::Draft(readback) => readback.value().lines.as_slice(),
            Self::Reservation(readback) => {
                return match readback.value().reservation {
                    Wish::Registration { quantity, .. } => quantity == 1,
                    // "One" may be the hour.
                    Wish::Appointment { .. } => false,
                    Wish::Cancel(_) => true,
                };
            }
            Self::Change(readback) => match &readback.value().change {
                ChangeKind::Amend(lines) => lines.as_slice(),
                ChangeKind::Cancel
                | ChangeKind::Pause
                | ChangeKind::Resume
                | ChangeKind::Skip
                | ChangeKind::Reschedule(_) => &[],
                ChangeKind::Return(wish) => wish.lines.as_slice(),
            },
            Self::Ask | Self::Intent(_) | Self::Value(_) => &[],
        };
        lines.iter().all(|line| line.quantity == 1)
    }
}

/// What a key is, as sure as the words were that it was read out with.
fn as_heard(keyed: Decision, heard: Decision) -> Decision {
    let sure = heard.recognition.unwrap_or(heard.confidence).get() * SURE_OF_KEY;
    let confidence = Confidence::new(sure);
    let intents = keyed.intents.into_iter();
    let slots = keyed.slots.into_iter();
    Decision {
        answer: keyed.answer,
        intents: intents
            .map(|intent| ScoredIntent { confidence, ..intent })
            .collect(),
        slots: slots.map(|slot| Slot { confidence, ..slot }).collect(),
        correction: false,
        confidence,
        decided_by: KEY_READ_ALOUD.to_owned(),
        ..heard
    }
}

/// Whether a nought alone is an answer. Elsewhere it calls a human.
const fn takes_zero(expect: &Expect) -> bool {
    matches!(expect, Expect::Digits { min: 0 | 1, .. })
}

fn yes_no_key(keys: &str) -> Option<Decision> {
    let answer = match keys.chars().next()? {
        '1' => Answer::Yes,
        '2' => Answer::No,
        _ => return None,
    };
    Some(Decision {
        answer: Some(answer),
        ..by_key()
    })
}

fn key_intent(name: &str) -> Decision {
    let answer = match name {
        "yes" => Some(Answer::Yes),
        "no" => Some(Answer::No),
        _ => None,
    };
    let intents = vec![ScoredIntent {
        name: name.to_owned(),
        confidence: Confidence::CERTAIN,
    }];
    Decision {
        intents,
        answer,
        ..by_key()
    }
}

fn key_slot(name: &str, value: SlotValue) -> Decision {
    let slot = Slot {
        name: name.to_owned(),
        value,
        span: String::new(),
        confidence: Confidence::CERTAIN,
    };
    Decision {
        slots: vec![slot],
        ..by_key()
    }
}

fn by_key() -> Decision {
    Decision {
        confidence: Confidence::CERTAIN,
        decided_by: "rule:keypad".to_owned(),
        ..Decision::default()
    }
}

/// The rule by which a number that was said is a key.
pub(crate) const KEY_READ_ALOUD: &str = "rule:key_read_aloud";
/// The same where it may as well be how many are wanted: all is read back once more, for who meant that to say so.
pub(crate) const KEY_OR_NUMBER: &str = "rule:key_or_number";
const SURE_OF_KEY: f32 = 0.98;
/// The key that calls a human everywhere, as on every telephone line.
const AGENT_KEY: &str = "0";
const AGENT_INTENT: &str = "speak_to_agent";
