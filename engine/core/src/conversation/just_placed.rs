//! What is said of an order right after it was placed: "actually make that large", "I meant two bags", "cancel the
//! latte". The shop's own flows for orders that stand see to it.

use crate::conversation::draft::adds;
use crate::conversation::machine::Conversation;
use crate::conversation::memory::slot_text;
use crate::ids::OrderId;
use crate::nlu::afterthought::{asks_or_tells, calls_off_alone, only_counts};
use crate::nlu::correction::correction;
use crate::nlu::decision::{Decision, Slot};
use crate::nlu::drink::{self, DRINK};
use crate::nlu::follow_up::{calls_off, points};
use crate::nlu::intent::ORDER_DRINK;
use crate::nlu::normalize::Words;
use crate::nlu::slots::ITEM;
use crate::nlu::wording::says;
use crate::shop::{Fulfilment, OrderLine};

/// An order of this call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed {
    pub(crate) order: OrderId,
    pub(crate) lines: Vec<OrderLine>,
    pub(crate) fulfilment: Fulfilment,
}

impl Placed {
    /// Whether these words name something of it.
    fn has(&self, named: &Slot) -> bool {
        let name = slot_text(&named.value);
        let is_named = |line: &OrderLine| line.sku.as_str() == name || line.name.eq_ignore_ascii_case(&name);
        self.lines.iter().any(is_named)
    }
}

impl Conversation {
    /// Such words, said with nothing else under way.
    pub(crate) fn about_placed(&self, decision: &Decision) -> Option<Decision> {
        let words = Words::new(&decision.text);
        self.last_called_off(decision, &words)
            .or_else(|| self.placed_called_off(decision, &words))
            .or_else(|| self.placed_corrected(decision, &words))
    }

    /// "I changed my mind, cancel that", right after it was placed. "Never mind" only wants nothing more.
    fn last_called_off(&self, decision: &Decision, words: &Words) -> Option<Decision> {
        let placed = self.memory.placed.last().filter(|_| self.memory.just_placed)?;
        let off = calls_off(words) || says(&words.text(), "changed my mind");
        let intent = decision
            .intent()
            .filter(|intent| OFF.contains(&intent.name.as_str()));
        let bare = decision.slots.is_empty() && decision.then.is_none();
        intent.filter(|_| off && bare)?;
        self.meant(decision, CANCEL_ORDER, Some(("choice", placed.order.as_str())))
    }

    /// "Cancel the latte": the whole order, or what it has of it.
    fn placed_called_off(&self, decision: &Decision, words: &Words) -> Option<Decision> {
        let named: Vec<&Slot> = named(decision).collect();
        let spans: Vec<&str> = named.iter().map(|slot| slot.span.as_str()).collect();
        let off = calls_off(words) && calls_off_alone(words, &spans);
        if named.is_empty() || !off || decision.then.is_some() {
            return None;
        }
        let mut placed = self.memory.placed.iter().rev();
        let placed = placed.find(|placed| named.iter().all(|slot| placed.has(slot)))?;
        let whole = placed.lines.len() <= named.len();
        let intent = if whole { CANCEL_ORDER } else { CHANGE_ORDER };
        let mut meant = self.meant(decision, intent, Some(("choice", placed.order.as_str())))?;
        meant
            .slots
            .retain(|slot| slot.name != DRINK && (!whole || slot.name != ITEM));
        Some(meant)
    }

    /// "Oh wait, I meant two", "make it a large", right after the order was placed.
    fn placed_corrected(&self, decision: &Decision, words: &Words) -> Option<Decision> {
        let placed = self.memory.placed.last().filter(|_| self.memory.just_placed)?;
        let drink = placed.fulfilment == Fulfilment::Pickup;
        let options = drink::slots(words).into_iter().filter(|_| drink);
        let options: Vec<Slot> = options
            .map(|option| {
                let span = words.span(option.start, option.end);
                drink::slot_of(&option, span, decision.recognition)
            })
            .collect();
        if self.is_of_something_else(decision, words, placed) {
            return None;
        }
        let has = |name: &str| decision.slot(name).is_some();
        let text = words.text();
        // "Can you add oat milk", "with soy, please", "I don't want sugar in the latte".
        let within = decision
            .slot(DRINK)
            .is_some_and(|slot| placed.has(slot) && says(&text, &format!("in the {}", slot.span)));
        let told = adds(&text) || points(words) || begins_with_option(words);
        let of_this = !options.is_empty() && (within || (told && !has(DRINK)));
        // "Add a mug", "also a mug in that, please".
        let put_in = !drink && has(ITEM) && (says(&text, "add") || (adds(&text) && points(words)));
        if correction(words).is_none() && !of_this && !put_in {
            return None;
        }
        // Goods beside a drink, and a drink beside goods, are orders of their own.
        let other = if drink { has(ITEM) } else { has(DRINK) };
        let goods: Vec<&str> = placed.lines.iter().map(|line| line.name.as_str()).collect();
        let counts = has("quantity") && only_counts(words, &goods);
        let changes = counts || !options.is_empty() || has(ITEM);
        if other || !changes || decision.then.is_some() || has("digits") {
            return None;
        }
        let mut meant = self.meant(decision, CHANGE_ORDER, Some(("choice", placed.order.as_str())))?;
        meant
            .slots
            .retain(|slot| options.iter().all(|option| option.name != slot.name));
        meant.slots.extend(options);
        Some(meant)
    }

    /// "I want to return one of the mugs", "two more bags of Midnight": another order, or nothing to order at all.
    fn is_of_something_else(&self, decision: &Decision, words: &Words, placed: &Placed) -> bool {
        let sure = self.flows.policy.intent_accept;
        let intent = decision.intent().filter(|intent| intent.confidence.get() >= sure);
        let otherwise = intent.is_some_and(|intent| !ORDERING.contains(&intent.name.as_str()));
        let mut others = named(decision).filter(|slot| !placed.has(slot));
        let more = words.iter().any(|word| word == "more");
        // A drink beside a drink is an order of its own: "sorry, can I also have a mocha".
        let beside = others.any(|slot| more || (slot.name == DRINK && adds(&words.text())));
        otherwise || beside || asks_or_tells(words)
    }
}

/// "With oat milk".
fn begins_with_option(words: &Words) -> bool {
    words
        .iter()
        .next()
        .is_some_and(|first| ["with", "without", "no"].contains(&first))
}

fn named(decision: &Decision) -> impl Iterator<Item = &Slot> {
    let slots = decision.slots.iter();
    slots.filter(|slot| [ITEM, DRINK].contains(&slot.name.as_str()))
}

/// Intents of whoever wants something dropped.
const OFF: &[&str] = &["cancel", "cancel_order"];
/// Intents that may mean the order just placed. "I said small, not large" may pass for a no.
const ORDERING: &[&str] = &["answer", "reorder", ORDER_DRINK, "change_order", "yes", "no"];
const CANCEL_ORDER: &str = "cancel_order";
const CHANGE_ORDER: &str = "change_order";
