//! What is said about what was just spoken of: "I'll take two" after a price or an advice, "cancel it" and "it never
//! came" after an order's status. The decision is completed with what it leaves unsaid, and goes its usual way.

use crate::conversation::flow::{Among, Ask, Expect};
use crate::conversation::machine::{Conversation, Question, State};
use crate::ids::Sku;
use crate::nlu::asking::asks;
use crate::nlu::decision::{Answer, Decision, ScoredIntent, Slot, SlotValue};
use crate::nlu::drink::{DRINK, is_plain};
use crate::nlu::follow_up::{adds_unnamed, asks_delivery, cancels, denies, moves, points, wishes};
use crate::nlu::intent::{ORDER_DRINK, PRODUCT_QUESTION};
use crate::nlu::normalize::Words;
use crate::nlu::other_orders::{asks_besides, names_order};
use crate::nlu::range::asks_range;
use crate::nlu::slots::{ADDRESS, DAY};
use crate::nlu::standing::{StandingWish, names_standing, standing_wish};
use crate::nlu::understand::ANSWER;
use crate::shop::{ItemKind, Order, OrderState};
use crate::units::Confidence;

impl Conversation {
    /// What was said, with what it is about.
    pub(crate) fn completed(&self, decision: Decision) -> Decision {
        let heard = decision.recognition.unwrap_or(decision.confidence);
        let sure = heard.get() >= self.flows.policy.slot_accept;
        if sure
            && let Some(meant) = self
                .about_range(&decision)
                .or_else(|| self.about_sizes(&decision))
        {
            return meant;
        }
        let Some(ask) = self.open_ask().filter(|_| sure) else {
            return decision;
        };
        let completed = match &ask.expect {
            Expect::Open => self.about_told(&decision),
            Expect::OneOf(Among::Advice) => self.about_advised(ask, &decision),
            Expect::OneOf(_) if ask.on.contains_key(SUBSCRIPTION_PAUSE) => self.about_next(ask, &decision),
            Expect::YesNo if ask.on.contains_key(PRODUCT_QUESTION) => self.about_goods_told(&decision),
            Expect::Drink if ask.slot == DRINK => self.about_plain(&decision),
            Expect::OneOf(_)
            | Expect::YesNo
            | Expect::Digits { .. }
            | Expect::Item
            | Expect::Quantity { .. }
            | Expect::Drink => None,
        };
        completed.unwrap_or(decision)
    }

    /// The same, at a question at which anything may be said.
    pub(crate) fn about_told(&self, decision: &Decision) -> Option<Decision> {
        let standing = self.about_standing(decision);
        standing
            .or_else(|| self.about_placed(decision).filter(|_| self.is_idle()))
            .or_else(|| self.about_goods_told(decision))
            .or_else(|| self.about_item(decision))
            .or_else(|| self.about_order(decision))
    }

    fn open_ask(&self) -> Option<&Ask> {
        let State::Listening(listening) = &self.state else {
            return None;
        };
        let asked = matches!(listening.question, Question::Ask);
        let ask = self.flows.step(self.place).kind.as_ask();
        ask.filter(|_| asked && !self.is_unknown_who())
    }

    /// "Tell me what you have", in whatever words.
    fn about_range(&self, decision: &Decision) -> Option<Decision> {
        asks_range(&Words::new(&decision.text)).filter(|_| !decision.decided_by.starts_with("rule:"))?;
        self.meant(decision, PRODUCT_QUESTION, None)
    }

    /// "Regular", of no drink that is named.
    fn about_plain(&self, decision: &Decision) -> Option<Decision> {
        let plain = is_plain(&Words::new(&decision.text)) && decision.slot(DRINK).is_none();
        let mut meant = self
            .meant(decision, ORDER_DRINK, Some((DRINK, COFFEE)))
            .filter(|_| plain)?;
        meant.slots.retain(|slot| slot.name != "reference");
        Some(meant)
    }

    /// "I'll take three" of what the caller was just told of.
    fn about_item(&self, decision: &Decision) -> Option<Decision> {
        let item = self.catalogue.item(self.memory.item.as_ref()?)?;
        if !self.memory.lines.is_empty() {
            return None;
        }
        if is_question_of_it(decision) {
            return self.meant(decision, PRODUCT_QUESTION, Some(("item", item.sku.as_str())));
        }
        if !is_bare_wish(decision) {
            return None;
        }
        let (intent, slot) = match item.kind {
            ItemKind::Drink => (ORDER_DRINK, "coffeeDrink"),
            ItemKind::Beans | ItemKind::Equipment => (REORDER, "item"),
        };
        self.meant(decision, intent, Some((slot, item.sku.as_str())))
    }

    /// The same of what is advised: it is chosen where one thing is on offer, and else asked about.
    fn about_advised(&self, ask: &Ask, decision: &Decision) -> Option<Decision> {
        if !is_bare_wish(decision) {
            return None;
        }
        let offered: Vec<&Sku> = self
            .memory
            .advising
            .offered
            .iter()
            .map(|ranked| &ranked.sku)
            .collect();
        let told = self.memory.item.as_ref().filter(|item| offered.contains(item));
        let only = match offered.as_slice() {
            [only] => Some(*only),
            [] | [_, _, ..] => told,
        };
        let mut meant = Decision {
            correction: false,
            ..decided(decision, ANSWER)
        };
        match only {
            Some(sku) => meant.slots.push(named("choice", sku.as_str(), decision)),
            None if ask.on.contains_key("yes") => meant.answer = Some(Answer::Yes),
            None => return None,
        }
        Some(meant)
    }

    /// "Cancel it", "it never came", of the order whose state the caller was just told, or that was just placed.
    fn about_order(&self, decision: &Decision) -> Option<Decision> {
        let words = Words::new(&decision.text);
        let told = self.order_told();
        if cancels(&words) && self.is_idle() && (told.is_some() || self.memory.receipt.is_some()) {
            return self.meant_of(decision, CANCEL_ORDER, told);
        }
        if self.is_idle() && is_of_orders(decision) {
            return self.meant(decision, CANCEL_ORDER, None);
        }
        if self.is_idle() && is_added(decision, &words) && (told.is_some() || names_order(&words)) {
            let of = told.filter(|order| self.is_listed(order));
            return self.meant(
                decision,
                CHANGE_ORDER,
                of.map(|order| ("choice", order.id.as_str())),
            );
        }
        let told = told?;
        if let Some(sku) = self.asked_besides(decision, told) {
            return self.meant(decision, ORDER_STATUS, Some(("item", sku.as_str())));
        }
        if is_moved(decision, &words) {
            return self.meant(decision, CHANGE_DELIVERY, None);
        }
        if !denies(&words) {
            return None;
        }
        match told.state {
            OrderState::Delivered => self.meant(decision, NOT_ARRIVED, None),
            OrderState::Placed
            | OrderState::Packing
            | OrderState::Shipped
            | OrderState::OutForDelivery
            | OrderState::ReadyForPickup
            | OrderState::Delayed
            | OrderState::Lost
            | OrderState::Cancelled
            | OrderState::Returned
            | OrderState::Paused => self.meant_of(decision, ORDER_STATUS, Some(told)),
        }
    }

    /// "Stop it until January", "make it every two weeks", of the subscription that was just told of or that is named: it is
    /// to rest, or to come at other times, and neither to be ordered nor to be dropped.
    pub(crate) fn about_standing(&self, decision: &Decision) -> Option<Decision> {
        let words = Words::new(&decision.text);
        let named = decision.intent().is_some_and(|best| best.name == SUBSCRIPTION) || names_standing(&words);
        let told = self.speaks_of_standing();
        if !(named || told) {
            return None;
        }
        let elsewhere = decision.slot(ADDRESS).is_some() || decision.slot("item").is_some();
        let wish = standing_wish(&words).filter(|wish| *wish == StandingWish::Pause || !elsewhere)?;
        let intent = match wish {
            StandingWish::Pause => SUBSCRIPTION_PAUSE,
            StandingWish::Skip => SUBSCRIPTION_SKIP,
            StandingWish::Move => SUBSCRIPTION_MOVE,
            StandingWish::Interval => SUBSCRIPTION_INTERVAL,
            StandingWish::End if told => SUBSCRIPTION_END,
            StandingWish::End => return None,
        };
        self.meant(decision, intent, None)
    }

    /// The same where it was asked when it shall come: a bare day is enough.
    fn about_next(&self, ask: &Ask, decision: &Decision) -> Option<Decision> {
        let told = decision.answer.is_none() && self.memory.next_said(decision).is_some();
        let told = told && ask.on.contains_key(SUBSCRIPTION_MOVE) && !asks(&Words::new(&decision.text));
        let mut meant = self
            .about_standing(decision)
            .or_else(|| self.meant(decision, SUBSCRIPTION_MOVE, None).filter(|_| told))?;
        // "Monday" sounds like "never mind".
        meant.slots.retain(|slot| slot.name != "choice");
        Some(meant)
    }

    pub(crate) fn speaks_of_standing(&self) -> bool {
        let order = self.memory.order.as_ref();
        order.is_some_and(|order| order.repeat_days.is_some())
    }

    /// "And the Kenya?", of another order than the one just told of.
    fn asked_besides(&self, decision: &Decision, told: &Order) -> Option<Sku> {
        let [
            Slot {
                name,
                value: SlotValue::Text(sku),
                span,
                ..
            },
        ] = decision.slots.as_slice()
        else {
            return None;
        };
        let has = |order: &Order| order.lines.iter().any(|line| line.sku.as_str() == sku);
        let another = !has(told) && self.memory.orders.iter().any(has);
        let words = Words::new(&decision.text);
        (name == "item" && another && asks_besides(&words, span)).then(|| Sku::new(sku.clone()))
    }

    /// The order that the last task told of.
    fn order_told(&self) -> Option<&Order> {
        let status = self
            .memory
            .opening
            .intent()
            .is_some_and(|intent| OF_STATUS.contains(&intent.name.as_str()));
        self.memory.order.as_ref().filter(|_| status)
    }

    fn meant_of(&self, decision: &Decision, intent: &str, order: Option<&Order>) -> Option<Decision> {
        let listed = order.filter(|order| self.is_listed(order));
        let choice = listed.map_or(("reference", LAST_ORDER), |order| ("choice", order.id.as_str()));
        self.meant(decision, intent, Some(choice))
    }

    fn is_listed(&self, order: &Order) -> bool {
        self.memory.orders.iter().any(|known| known.id == order.id)
    }

    /// The decision for that intent, where a flow serves it.
    pub(crate) fn meant(
        &self,
        decision: &Decision,
        intent: &str,
        of: Option<(&str, &str)>,
    ) -> Option<Decision> {
        if !self.flows.intents.contains_key(intent) {
            return None;
        }
        let mut meant = decided(decision, intent);
        meant
            .slots
            .extend(of.map(|(slot, value)| named(slot, value, decision)));
        Some(meant)
    }
}

/// A wish whose thing is not named.
fn is_bare_wish(decision: &Decision) -> bool {
    let counts = |slot: &Slot| ["quantity", ADDRESS, DAY].contains(&slot.name.as_str());
    let spans = decision
        .slots
        .iter()
        .flat_map(|slot| slot.span.split_whitespace());
    let counted: Vec<&str> = spans.collect();
    decision.slots.iter().all(counts) && wishes(&Words::new(&decision.text), &counted)
}

/// "Do you have it in stock", "is that one any good": of goods, and names none.
fn is_question_of_it(decision: &Decision) -> bool {
    let asks = decision
        .intent()
        .is_some_and(|intent| intent.name == PRODUCT_QUESTION);
    let words = Words::new(&decision.text);
    asks && decision.slots.is_empty() && points(&words) && asks_delivery(&words).is_none()
}

/// "Cancel both my orders", "I changed my mind about the order I placed": with nothing under way, of orders that stand.
fn is_of_orders(decision: &Decision) -> bool {
    let cancel = decision.intent().is_some_and(|intent| intent.name == CANCEL);
    let told = decision.is_modelled() || decision.then.is_some();
    cancel && told && names_order(&Words::new(&decision.text))
}

/// "Add two bags", and of what is not said.
fn is_added(decision: &Decision, words: &Words) -> bool {
    let counts = |slot: &&Slot| slot.name == "quantity";
    let known = |slot: &Slot| ["quantity", "reference"].contains(&slot.name.as_str());
    let spans = decision.slots.iter().filter(counts);
    let counted: Vec<&str> = spans.flat_map(|slot| slot.span.split_whitespace()).collect();
    decision.slots.iter().all(known) && adds_unnamed(words, &counted)
}

/// Elsewhere, or on another day, and nothing else.
fn is_moved(decision: &Decision, words: &Words) -> bool {
    let delivery = |slot: &Slot| [ADDRESS, DAY].contains(&slot.name.as_str());
    decision.slots.iter().all(delivery) && moves(words, !decision.slots.is_empty())
}

fn decided(decision: &Decision, intent: &str) -> Decision {
    let heard = decision.recognition.unwrap_or(decision.confidence);
    let confidence = Confidence::new(heard.get() * SURE);
    Decision {
        intents: vec![ScoredIntent {
            name: intent.to_owned(),
            confidence: Confidence::new(SURE),
        }],
        answer: None,
        correction: false,
        confidence,
        decided_by: DECIDED_BY.to_owned(),
        ..decision.clone()
    }
}

/// A value that was not said: Hark said it.
fn named(slot: &str, value: &str, decision: &Decision) -> Slot {
    Slot {
        name: slot.to_owned(),
        value: SlotValue::Text(value.to_owned()),
        span: String::new(),
        confidence: decision.recognition.unwrap_or(Confidence::new(SURE)),
    }
}

const REORDER: &str = "reorder";
const COFFEE: &str = "coffee";
const ORDER_STATUS: &str = "order_status";
/// Intents that are answered with how an order stands.
const OF_STATUS: &[&str] = &[ORDER_STATUS, "late_order", "part_missing"];
const CANCEL: &str = "cancel";
const CANCEL_ORDER: &str = "cancel_order";
const CHANGE_ORDER: &str = "change_order";
const CHANGE_DELIVERY: &str = "change_delivery";
const SUBSCRIPTION: &str = "subscription";
const SUBSCRIPTION_PAUSE: &str = "subscription_pause";
const SUBSCRIPTION_SKIP: &str = "subscription_skip";
const SUBSCRIPTION_MOVE: &str = "subscription_move";
const SUBSCRIPTION_INTERVAL: &str = "subscription_interval";
const SUBSCRIPTION_END: &str = "subscription_end";
const NOT_ARRIVED: &str = "not_arrived";
const LAST_ORDER: &str = "last_order";
const DECIDED_BY: &str = "rule:follow_up";
/// How sure such a rule is of what was meant.
const SURE: f32 = 0.95;
