//! Questions of the caller's own about what is on offer: answered from what the shop states, and then the question
//! that stood open is asked again. They are neither wishes nor answers.

use crate::conversation::flow::Expect;
use crate::conversation::machine::{Conversation, Listening, Question, State};
use crate::conversation::memory::Memory;
use crate::conversation::prompt::{Field, Place};
use crate::conversation::repairing::own_prompt;
use crate::ids::Sku;
use crate::nlu::decision::{Decision, SlotValue};
use crate::nlu::enquiry::{Asks, Of, enquiry};
use crate::nlu::follow_up::asks_same_of;
use crate::nlu::normalize::Words;
use crate::shop::{ItemKind, OrderLine};

/// What was asked about which items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Enquired {
    pub(crate) asks: Asks,
    pub(crate) of: Vec<Sku>,
    /// By its name.
    pub(crate) named: bool,
}

impl Conversation {
    /// The question in an utterance, where it is clear what it is about.
    pub(crate) fn enquired(&self, decision: &Decision) -> Option<Enquired> {
        let State::Listening(listening) = &self.state else {
            return None;
        };
        let open = matches!(listening.question, Question::Ask | Question::Draft(_));
        let sure = decision.recognition.unwrap_or(decision.confidence);
        if !open || self.is_unknown_who() || sure.get() < self.flows.policy.slot_accept {
            return None;
        }
        let found = enquiry(&Words::new(&decision.text))?;
        let named = self.named(decision);
        // "Which is cheaper, the Midnight or the Kenya?"
        let among_named = found.of == Of::It && named.len() > 1;
        let by_name = among_named || found.of == Of::Named;
        let of = match found.of {
            Of::It if among_named => named,
            Of::It => self.spoken_of_here(),
            // Where anything can be said, a flow answers: it tells more of it.
            Of::Named if self.asks_anything() => Vec::new(),
            Of::Named => named.into_iter().take(1).collect(),
        };
        (!of.is_empty()).then_some(Enquired {
            asks: found.asks,
            of,
            named: by_name,
        })
    }

    /// Answers, and asks again what stood open.
    pub(crate) fn answer_enquiry(&mut self, enquired: Enquired, decision: &Decision) {
        let State::Listening(Listening { question, failures }) =
            std::mem::replace(&mut self.state, State::Running)
        else {
            return;
        };
        let why = format!("\"{}\" asks {:?}", decision.text, enquired.asks);
        self.note("enquiry", &why);
        if let [item] = enquired.of.as_slice() {
            self.memory.told.add(item.clone());
            self.memory.told.asks = Some(enquired.asks).filter(|asks| *asks != Asks::Price);
        }
        self.memory.enquired = Some(enquired);
        self.say(ANSWER);
        let flows = std::sync::Arc::clone(&self.flows);
        if let Some((wording, _)) = flows.step(self.place).kind.question() {
            self.say(wording.resume.as_deref().unwrap_or(&wording.prompt));
            if let Some((_, own)) = own_prompt(&question, wording) {
                self.say(own);
            }
        }
        self.listen(Listening {
            question: question.asked(),
            failures,
        });
    }

    /// The items that an utterance names, by their names or by their places in what is on offer.
    fn named(&self, decision: &Decision) -> Vec<Sku> {
        let named = decision
            .slots
            .iter()
            .filter(|slot| ["choice", "item"].contains(&slot.name.as_str()))
            .filter(|slot| slot.confidence.get() >= self.flows.policy.slot_accept);
        let items = named.filter_map(|slot| match &slot.value {
            SlotValue::Text(sku) => self
                .catalogue
                .item(&Sku::new(sku.clone()))
                .map(|item| item.sku.clone()),
            SlotValue::Number(_) | SlotValue::Digits(_) => None,
        });
        items.collect()
    }

    /// What "it" is: what the question that stands open names last.
    fn spoken_of_here(&self) -> Vec<Sku> {
        let kind = &self.flows.step(self.place).kind;
        let Some((wording, _)) = kind.question() else {
            return Vec::new();
        };
        let fields: Vec<&Field> = self.prompts.fields(&wording.prompt).collect();
        let mut places = fields.into_iter().rev().filter_map(|field| match field {
            Field::Known(place) => self.goods_of(*place),
            Field::Slot(_) => None,
        });
        let told = places.next();
        let last = || self.memory.item.iter().filter(|_| self.asks_anything());
        told.unwrap_or_else(|| last().cloned().collect())
    }

    fn asks_anything(&self) -> bool {
        let ask = self.flows.step(self.place).kind.as_ask();
        ask.is_some_and(|ask| ask.expect == Expect::Open)
    }

    /// The goods that a value of a sentence speaks of. What a drink is like, the shop does not state.
    fn goods_of(&self, place: Place) -> Option<Vec<Sku>> {
        let (memory, catalogue) = (&self.memory, &self.catalogue);
        let goods = |line: &&OrderLine| {
            let item = catalogue.item(&line.sku);
            item.is_some_and(|item| item.kind != ItemKind::Drink)
        };
        if place == Place::Draft {
            let lines = memory.lines.iter().filter(goods);
            return Some(lines.map(|line| line.sku.clone()).collect());
        }
        if matches!(place, Place::AdviceItems | Place::AdviceNames) {
            let offered = memory.advising.offered.iter();
            return Some(offered.map(|ranked| ranked.sku.clone()).collect());
        }
        let one = if matches!(
            place,
            Place::ItemName | Place::ItemOne | Place::ItemPrice | Place::ItemAbout
        ) {
            memory.item.as_ref()
        } else if matches!(place, Place::ItemSubstitute | Place::ItemSubstitutePrice) {
            memory.item_substitute(catalogue).map(|item| &item.sku)
        } else if place == Place::ShortSubstitute {
            memory.substitute(catalogue).map(|item| &item.sku)
        } else if place == Place::ShortItem {
            memory.short().map(|(line, _)| &line.sku)
        } else {
            return None;
        };
        Some(one.into_iter().cloned().collect())
    }
}

impl Memory {
    /// What the task began with, where that asks something about the item spoken of that its price and its stock do
    /// not tell.
    pub(crate) fn enquired_at_first(&self) -> Option<Enquired> {
        let item = self.item.clone()?;
        let found = enquiry(&Words::new(&self.opening.text))?;
        (found.asks != Asks::Price).then(|| Enquired {
            asks: found.asks,
            of: vec![item],
            named: true,
        })
    }

    /// "And the Midnight?": what was asked of the one before.
    pub(crate) fn enquired_again(&self) -> Option<Enquired> {
        let (asks, item) = self.told.asks.zip(self.item.clone())?;
        let named = self.opening.slots.iter().find(|slot| slot.name == "item")?;
        let again = asks_same_of(&Words::new(&self.opening.text), &named.span);
        again.then(|| Enquired {
            asks,
            of: vec![item],
            named: true,
        })
    }
}

const ANSWER: &str = "common.answer";

/// Prompts that the machine says by itself: they must exist whatever the flows say.
pub(crate) const OWN_PROMPTS: &[&str] = &[ANSWER];
