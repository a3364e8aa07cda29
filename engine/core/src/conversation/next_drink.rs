//! One drink at a time: another one, wanted in the same breath or beside the one that was read back, is taken after
//! it, and the caller hears so.

use crate::conversation::draft::{DRINK_OPTIONS, adds};
use crate::conversation::machine::Conversation;
use crate::conversation::memory::{Memory, slot_text};
use crate::nlu::decision::{Decision, ScoredIntent};
use crate::shop::{Fulfilment, OrderDraft};

impl Memory {
    /// The drinks that come after this one, as they were just said: "the mocha".
    pub(crate) fn next_drinks(&self) -> Vec<String> {
        let is_drink = self.fulfilment == Fulfilment::Pickup;
        let mut then = self.heard.then.as_deref().filter(|_| is_drink);
        let mut drinks = Vec::new();
        while let Some(decision) = then {
            drinks.extend(
                decision
                    .slot("coffeeDrink")
                    .map(|slot| format!("the {}", slot_text(&slot.value))),
            );
            then = decision.then.as_deref();
        }
        drinks
    }
}

impl Conversation {
    /// "Add a cappuccino", said of a latte, changes nothing of the latte: it is a wish of its own.
    pub(crate) fn with_next_drink(&self, draft: &OrderDraft, decision: Decision) -> Decision {
        if draft.fulfilment != Fulfilment::Pickup || decision.then.is_some() || !is_another(draft, &decision)
        {
            return decision;
        }
        let mut intents = self.flows.intents.iter();
        let Some((intent, _)) = intents.find(|(_, flow)| **flow == self.place.flow) else {
            return decision;
        };
        let then = Decision {
            intents: vec![ScoredIntent {
                name: intent.clone(),
                confidence: decision.confidence,
            }],
            answer: None,
            correction: false,
            ..decision.clone()
        };
        Decision {
            slots: Vec::new(),
            then: Some(Box::new(then)),
            ..decision
        }
    }

    /// The second wish of this utterance comes after whatever waits already.
    pub(crate) fn keep_for_later(&mut self, decision: &Decision) {
        if let Some(then) = decision.then.as_deref().cloned() {
            self.later = Some(match self.later.take() {
                Some(later) => followed_by(later, then),
                None => then,
            });
        }
    }
}

fn followed_by(decision: Decision, next: Decision) -> Decision {
    let then = match decision.then {
        Some(then) => followed_by(*then, next),
        None => next,
    };
    Decision {
        then: Some(Box::new(then)),
        ..decision
    }
}

/// Another drink than the one in hand, to come with it. The same once more is one more of it.
fn is_another(draft: &OrderDraft, decision: &Decision) -> bool {
    let (Some(drink), [line]) = (decision.slot("coffeeDrink"), draft.lines.as_slice()) else {
        return false;
    };
    let otherwise = DRINK_OPTIONS
        .iter()
        .any(|(slot, _)| decision.slot(slot).is_some());
    let same = line.name.eq_ignore_ascii_case(&slot_text(&drink.value)) && !otherwise;
    !same && (adds(&decision.text) || begins_with_and(&decision.text))
}

/// "And a mocha", "yes and a mocha".
fn begins_with_and(text: &str) -> bool {
    let mut words = text.split(' ').skip_while(|word| AGREEING.contains(word));
    words.next() == Some("and")
}

const AGREEING: &[&str] = &["yes", "yeah", "yep", "okay", "sure", "right", "please"];
