//! One drink at a time: another one, wanted in the same breath or beside what was read back, be it a drink or goods,
//! is taken after it, and the caller hears so.

use crate::conversation::draft::{DRINK_OPTIONS, adds, find_drink};
use crate::conversation::flow::{Ask, Expect};
use crate::conversation::machine::Conversation;
use crate::conversation::memory::{Memory, slot_text};
use crate::conversation::spoken::plural;
use crate::ids::Sku;
use crate::nlu::decision::{Decision, ScoredIntent, Slot, SlotValue};
use crate::nlu::drink::{self, DRINK, UNMADE};
use crate::nlu::intent::ORDER_DRINK;
use crate::nlu::normalize::Words;
use crate::nlu::number;
use crate::nlu::slots::{ADDRESS, DAY, ITEM, ITEM_ALTERNATIVE, LEFT_OUT};
use crate::nlu::wording::{says, says_one_of};
use crate::shop::{Fulfilment, OrderDraft, OrderLine};
use crate::units::Confidence;

impl Memory {
    /// The drinks that come after this one, as they were just said: "the mocha", "the other latte".
    pub(crate) fn next_drinks(&self) -> Vec<String> {
        let first = self.lines.first().map(|line| line.name.as_str());
        let named = self.next_wishes().filter_map(|decision| {
            let name = slot_text(&decision.slot(DRINK)?.value);
            let same = first.is_some_and(|first| first.eq_ignore_ascii_case(&name));
            let several = decision.slot(QUANTITY).map(|slot| &slot.value);
            let several = matches!(several, Some(SlotValue::Number(2..)));
            let name = if several { plural(&name) } else { name };
            Some(if same {
                format!("the other {name}")
            } else {
                format!("the {name}")
            })
        });
        named.collect()
    }

    /// The goods that do.
    pub(crate) fn next_goods(&self) -> Vec<Sku> {
        let slots = self.next_wishes().flat_map(|decision| decision.slots.iter());
        let items = slots.filter(|slot| slot.name == ITEM);
        items.map(|slot| Sku::new(slot_text(&slot.value))).collect()
    }

    fn next_wishes(&self) -> impl Iterator<Item = &Decision> {
        std::iter::successors(self.heard.then.as_deref(), |decision| decision.then.as_deref())
    }

    /// "Oat milk in both", where another drink waits: what was just said is said of that one too.
    pub(crate) fn share_with_later(&mut self, decision: &Decision) {
        if !drink::is_of_all(&Words::new(&decision.text)) {
            return;
        }
        let options = |slot: &&Slot| DRINK_OPTIONS.iter().any(|(name, _)| *name == slot.name);
        let told: Vec<Slot> = decision.slots.iter().filter(options).cloned().collect();
        let mut later = self.later.as_mut();
        while let Some(waiting) = later {
            if waiting.slot(DRINK).is_some() {
                waiting
                    .slots
                    .retain(|slot| told.iter().all(|told| told.name != slot.name));
                waiting.slots.extend(told.iter().cloned());
            }
            later = waiting.then.as_deref_mut();
        }
    }
}

/// "Do you deliver lattes", "can I get a mocha delivered", and nothing of where. Coffee by itself may be beans, which are sent.
pub(crate) fn wants_drink_sent(decision: &Decision) -> bool {
    let sent = says_one_of(&decision.text, SENDING);
    let any = says_one_of(&decision.text, &["drink", "drinks"]);
    let named = decision.slot(DRINK).map(|slot| slot_text(&slot.value));
    let drink = any || named.is_some_and(|drink| drink != COFFEE);
    let otherwise = [ITEM, ADDRESS].iter().any(|name| decision.slot(name).is_some());
    sent && drink && !otherwise
}

impl Conversation {
    /// "Add a cappuccino", said of a latte or of a bag of beans, changes nothing of that: it is a wish of its own.
    pub(crate) fn with_next_drink(&self, draft: &OrderDraft, decision: Decision) -> Decision {
        let served = self.flows.intents.contains_key(ORDER_DRINK);
        if !served || !is_another(draft, &decision) {
            return decision;
        }
        let (stays, drink) = parted(draft, &decision);
        // A drink that is named leaves no doubt about what is wanted, but how it was heard.
        let sure = decision.recognition.unwrap_or(decision.confidence);
        let then = Decision {
            intents: vec![ScoredIntent {
                name: ORDER_DRINK.to_owned(),
                confidence: sure,
            }],
            answer: None,
            correction: false,
            slots: drink,
            ..decision.clone()
        };
        Decision {
            text: without_drink(&decision),
            correction: decision.correction && !stays.is_empty(),
            slots: stays,
            then: Some(Box::new(then)),
            ..decision
        }
    }

    /// "A latte and a tea": what is not made here, and nothing made here comes near, is told at once, and does not wait.
    pub(crate) fn without_unknown_drinks(&self, decision: Decision) -> Decision {
        if decision.then.is_none() {
            return decision;
        }
        let wishes: Vec<Decision> = std::iter::successors(Some(&decision), |wish| wish.then.as_deref())
            .map(|wish| Decision {
                then: None,
                ..wish.clone()
            })
            .collect();
        let (unknown, mut known): (Vec<Decision>, Vec<Decision>) = wishes
            .into_iter()
            .partition(|wish| self.orders_unknown_drink(wish));
        let orders = known.first().is_some_and(|first| first.slot(DRINK).is_some());
        if unknown.is_empty() || !orders {
            return decision;
        }
        let untold = unknown.iter().filter_map(|wish| wish.slot(DRINK));
        let untold: Vec<Slot> = untold
            .map(|slot| Slot {
                name: UNMADE.to_owned(),
                span: slot_text(&slot.value),
                ..slot.clone()
            })
            .collect();
        if let Some(first) = known.first_mut() {
            first.slots.extend(untold);
            first.text.clone_from(&decision.text);
        }
        let then = known.into_iter().rev();
        let first = then.fold(None, |then: Option<Decision>, wish| {
            Some(Decision {
                then: then.map(Box::new),
                ..wish
            })
        });
        first.unwrap_or(decision)
    }

    fn orders_unknown_drink(&self, wish: &Decision) -> bool {
        let orders = wish.intent().is_some_and(|intent| intent.name == ORDER_DRINK);
        let named = wish
            .slot(DRINK)
            .map(|slot| slot_text(&slot.value))
            .filter(|_| orders);
        named
            .is_some_and(|name| find_drink(&self.catalogue, &name).is_none() && drink::near(&name).is_empty())
    }

    /// "One with oat milk and one with skim", of two lattes: the first is what they become, the others come after it.
    pub(crate) fn in_ways(draft: &OrderDraft, decision: Decision) -> Decision {
        let Some(ways) = ways_of(draft, &decision) else {
            return decision;
        };
        let then = ways.iter().rev().fold(None, |then: Option<Box<Decision>>, way| {
            Some(Box::new(told_as(way, then, &decision)))
        });
        match then {
            Some(first) => Decision {
                intents: Vec::new(),
                correction: true,
                ..*first
            },
            None => decision,
        }
    }

    /// "Add a latte", asked what shall be different about goods: it comes after them.
    pub(crate) fn with_drink_beside(&self, ask: &Ask, decision: Decision) -> Decision {
        let asked =
            ask.expect == Expect::Item && !self.memory.lines.is_empty() && self.memory.held.is_empty();
        let draft = self.memory.draft().filter(|_| asked);
        match draft.filter(|draft| draft.fulfilment == Fulfilment::Delivery) {
            Some(draft) => self.with_next_drink(&draft, decision),
            None => decision,
        }
    }

    /// The second wish of this utterance comes after whatever waits already.
    pub(crate) fn keep_for_later(&mut self, decision: &Decision) {
        if let Some(then) = decision.then.as_deref().cloned() {
            self.memory.later = Some(match self.memory.later.take() {
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

/// The ways in which the one drink that was read back is wanted.
fn ways_of(draft: &OrderDraft, decision: &Decision) -> Option<Vec<Words>> {
    let [line] = draft.lines.as_slice() else {
        return None;
    };
    let several =
        draft.fulfilment == Fulfilment::Pickup && line.quantity > 1 && decision.slot(DRINK).is_none();
    let options = line.options.iter().map(|(_, value)| value.as_str());
    let name: Vec<&str> = options.chain([line.name.as_str()]).collect();
    several
        .then(|| drink::apart_of((line.quantity, &name.join(" ")), &Words::new(&decision.text)))
        .flatten()
}

/// A drink told in words of Hark's own making, heard as the caller's were.
fn told_as(way: &Words, then: Option<Box<Decision>>, decision: &Decision) -> Decision {
    let sure = decision.recognition.unwrap_or(decision.confidence);
    let all: Vec<&str> = way.iter().collect();
    let slot = |name: &str, value: SlotValue, span: String| Slot {
        name: name.to_owned(),
        value,
        span,
        confidence: Confidence::new(SURE_OF_WAY),
    };
    let many = number::number(&all).map(|many| {
        let span = way.span(0, many.len);
        slot(QUANTITY, SlotValue::Number(many.value), span)
    });
    let options = drink::slots(way).into_iter().map(|option| {
        let span = way.span(option.start, option.end);
        slot(option.name, SlotValue::Text(option.value), span)
    });
    Decision {
        text: way.text(),
        intents: vec![ScoredIntent {
            name: ORDER_DRINK.to_owned(),
            confidence: sure,
        }],
        answer: None,
        correction: false,
        slots: many.into_iter().chain(options).collect(),
        confidence: sure,
        then,
        decided_by: IN_WAYS.to_owned(),
        ..decision.clone()
    }
}

/// Whether a drink of this utterance comes after what was read back; beside goods, one that takes their place does not.
pub(crate) fn comes_after(draft: &OrderDraft, decision: &Decision) -> bool {
    let in_its_place = draft.fulfilment == Fulfilment::Delivery && decision.slot(DRINK).is_some();
    decision.then.is_some() && !in_its_place
}

/// Another drink than the one in hand, to come with it. The same once more is one more of it.
fn is_another(draft: &OrderDraft, decision: &Decision) -> bool {
    let Some(drink) = decision.slot(DRINK) else {
        return false;
    };
    let beside = adds(&decision.text) || begins_with_and(&decision.text);
    match (draft.fulfilment, draft.lines.as_slice()) {
        // "No, two bags of Kenya and a latte", "to my office, and a latte": goods and a drink are two orders.
        (Fulfilment::Delivery, _) => {
            let instead = says_one_of(&decision.text, INSTEAD);
            let before = decision.text.split(drink.span.as_str()).next();
            let joined = before.is_some_and(|before| says(before, "and"));
            beside
                || gives_up_some(draft, decision)
                || ((decision.slot(ITEM).is_some() || joined) && !instead)
        }
        (Fulfilment::Pickup, [line]) if beside => {
            let otherwise = DRINK_OPTIONS
                .iter()
                .any(|(slot, _)| decision.slot(slot).is_some());
            let same = line.name.eq_ignore_ascii_case(&slot_text(&drink.value)) && !otherwise;
            decision.then.is_none() && !same
        }
        (Fulfilment::Pickup, _) => false,
    }
}

/// "A latte rather than the Kenya", of Kenya and something else, which stays an order.
fn gives_up_some(draft: &OrderDraft, decision: &Decision) -> bool {
    let left_out = decision.slots.iter().filter(|slot| slot.name == LEFT_OUT);
    let given_up: Vec<String> = left_out.map(|slot| slot_text(&slot.value)).collect();
    let is_given_up = |line: &OrderLine| given_up.iter().any(|sku| sku == line.sku.as_str());
    draft.lines.iter().any(is_given_up) && !draft.lines.iter().all(is_given_up)
}

/// What was said of goods, and what of the drink: its number, and what goes into it.
fn parted(draft: &OrderDraft, decision: &Decision) -> (Vec<Slot>, Vec<Slot>) {
    let slots = decision.slots.clone();
    if draft.fulfilment == Fulfilment::Pickup {
        return (Vec::new(), slots);
    }
    let of_drink = |slot: &Slot| drink::SLOTS.contains(&slot.name.as_str()) || slot.name == UNMADE;
    let first = slots.iter().position(of_drink).unwrap_or_default();
    let counts = |count: &Slot, counted: &Slot| {
        count.name == QUANTITY && says(&decision.text, &format!("{} {}", count.span, counted.span))
    };
    let counted = slots.get(first.wrapping_sub(1)).zip(slots.get(first));
    let begin = first - usize::from(counted.is_some_and(|(count, option)| counts(count, option)));
    let of_goods = [ITEM, ITEM_ALTERNATIVE, LEFT_OUT, ADDRESS, DAY];
    let goods = |(at, slot): &(usize, Slot)| {
        let told_before = *at < begin && !of_drink(slot);
        told_before || of_goods.contains(&slot.name.as_str())
    };
    let (stays, drink): (Vec<_>, Vec<_>) = slots.into_iter().enumerate().partition(goods);
    let slots_of = |part: Vec<(usize, Slot)>| part.into_iter().map(|(_, slot)| slot).collect();
    (slots_of(stays), slots_of(drink))
}

/// "Make it two | and add a cappuccino": nothing is added to the goods.
fn without_drink(decision: &Decision) -> String {
    let drink = decision.slot(DRINK).map_or("", |slot| slot.span.as_str());
    let clauses = decision.text.split(" and ");
    let kept: Vec<&str> = clauses.filter(|clause| !says(clause, drink)).collect();
    if kept.is_empty() {
        decision.text.clone()
    } else {
        kept.join(" and ")
    }
}

/// "And a mocha", "yes and a mocha".
fn begins_with_and(text: &str) -> bool {
    let mut words = text.split(' ').skip_while(|word| AGREEING.contains(word));
    words.next() == Some("and")
}

const IN_WAYS: &str = "rule:ways";
const SURE_OF_WAY: f32 = 0.95;
const SENDING: &[&str] = &[
    "deliver",
    "delivered",
    "delivers",
    "delivery",
    "send",
    "sent",
    "ship",
    "shipped",
    "bring",
];
const COFFEE: &str = "coffee";
/// What comes in the place of something else comes in addition to nothing.
const INSTEAD: &[&str] = &["instead", "rather", "not"];
const QUANTITY: &str = "quantity";
const AGREEING: &[&str] = &["yes", "yeah", "yep", "okay", "sure", "right", "please"];
