//! Comparisons in conditions: a fact or a slot is compared with what it can be. One that can never hold is a slip.

use std::collections::BTreeSet;

use super::Checker;
use crate::conversation::condition::{Condition, Subject};
use crate::conversation::document::did_you_mean;
use crate::conversation::facts::{Fact, Kind, STATES, Value, state_name};
use crate::conversation::flow::{Among, Ask, Expect, Flow, Step};
use crate::conversation::memory::Purpose;
use crate::conversation::named::Named as _;
use crate::nlu::drink;
use crate::nlu::follow_up::AsksDelivery;
use crate::nlu::reference;
use crate::nlu::sizes::AsksSizes;
use crate::nlu::slots::ALL;
use crate::shop::Trait;

/// What a fact or a slot can be.
enum CanBe<'s> {
    /// So, or not.
    True,
    Number,
    OneOf(BTreeSet<&'s str>),
    Anything,
}

impl Checker<'_> {
    /// Blames comparisons of a `decide` step that can never hold.
    pub(super) fn comparisons(&self, flow: &Flow, step: &Step, when: &Condition, line: u32) {
        for (subject, value) in when.comparisons() {
            let (name, can_be) = match subject {
                Subject::Fact(fact) => (fact.name().to_owned(), self.fact(*fact)),
                Subject::Slot(slot) => (format!("slot.{slot}"), self.slot_values(slot)),
            };
            if let Some(message) = fault(&name, &can_be, value) {
                self.blame_at(flow, step, ("decide", Some(line)), &message);
            }
        }
    }

    fn fact(&self, fact: Fact) -> CanBe<'_> {
        match fact.kind() {
            Kind::Truth => CanBe::True,
            Kind::Number => CanBe::Number,
            Kind::Name => CanBe::OneOf(self.names(fact)),
        }
    }

    fn names(&self, fact: Fact) -> BTreeSet<&str> {
        let named: [(Fact, BTreeSet<&str>); 6] = [
            (Fact::OrderState, STATES.map(state_name).into()),
            (
                Fact::AdviceAsks,
                [Trait::Roast, Trait::Use].map(Trait::name).into(),
            ),
            (
                Fact::DeliveryAsked,
                [AsksDelivery::Day, AsksDelivery::Cost]
                    .map(AsksDelivery::name)
                    .into(),
            ),
            (
                Fact::CallDue,
                [Purpose::UsualDue, Purpose::StandingDue]
                    .map(Purpose::name)
                    .into(),
            ),
            (
                Fact::SizesAsked,
                [AsksSizes::Which, AsksSizes::HowBig].map(AsksSizes::name).into(),
            ),
            (Fact::Intent, self.intents()),
        ];
        let mut named = named.into_iter();
        named
            .find(|(other, _)| *other == fact)
            .map(|(_, names)| names)
            .unwrap_or_default()
    }

    /// Every intent that somebody acts upon.
    fn intents(&self) -> BTreeSet<&str> {
        let wishes = self.set.intents.keys().chain(self.set.commands.keys());
        let answers = self.asks().flat_map(|ask| ask.on.keys());
        wishes.chain(answers).map(String::as_str).collect()
    }

    fn asks(&self) -> impl Iterator<Item = &Ask> {
        let steps = self.set.flows.iter().flat_map(|flow| &flow.steps);
        steps.filter_map(|step| step.kind.as_ask())
    }

    fn slot_values(&self, slot: &str) -> CanBe<'_> {
        if slot == REFERENCE {
            return CanBe::OneOf(reference::values().collect());
        }
        if slot == drink::DRINK {
            return CanBe::OneOf(drink::names().collect());
        }
        let mut values = BTreeSet::from([ALL]);
        for ask in self.asks().filter(|ask| ask.slot == slot) {
            match &ask.expect {
                Expect::OneOf(Among::Listed(choices)) => {
                    values.extend(choices.iter().map(|(value, _)| value.as_str()));
                }
                Expect::Quantity { .. } => return CanBe::Number,
                Expect::OneOf(_)
                | Expect::YesNo
                | Expect::Digits { .. }
                | Expect::Item
                | Expect::Drink
                | Expect::Open => return CanBe::Anything,
            }
        }
        // What nobody asks for, understanding fills.
        if values.len() == 1 {
            CanBe::Anything
        } else {
            CanBe::OneOf(values)
        }
    }
}

fn fault(name: &str, can_be: &CanBe<'_>, value: &Value) -> Option<String> {
    match (can_be, value) {
        (CanBe::Anything, _) | (CanBe::Number, Value::Number(_)) => None,
        (CanBe::OneOf(names), Value::Text(text)) if names.contains(text.as_str()) => None,
        (CanBe::True, _) => Some(format!(
            "`{name}` is so or is not: write `{name}`, or `not {name}`"
        )),
        (CanBe::Number, _) => Some(format!("`{name}` is a number, and `{}` is none", shown(value))),
        (CanBe::OneOf(names), _) => {
            let text = shown(value);
            let hint = did_you_mean(&text, names.iter().copied());
            let few = names.len() <= FEW && hint.is_empty();
            let all = names.iter().copied().collect::<Vec<_>>().join("`, `");
            let listed = if few {
                format!("; it can be `{all}`")
            } else {
                String::new()
            };
            Some(format!("`{name}` is never `{text}`{hint}{listed}"))
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Missing => String::new(),
        Value::Truth(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
    }
}

const REFERENCE: &str = "reference";
/// So many values are told where none is near.
const FEW: usize = 12;
