//! What a question expects, filled in with this caller's own orders and draft.

use crate::conversation::choosing;
use crate::conversation::flow::{Among, Expect};
use crate::conversation::machine::{Conversation, State};
use crate::conversation::memory::CHOICES_MAX;
use crate::ids::Sku;
use crate::nlu::grammar::Beside;
use crate::nlu::key::KEYS_MAX;
use crate::nlu::slots::ALL;
use crate::shop::{Catalogue, ItemKind};
use crate::speech::expectation::{Candidate, Expectation};

impl Conversation {
    pub(crate) fn expectation(&self, expect: &Expect) -> Expectation {
        match expect {
            Expect::YesNo => Expectation::YesNo,
            Expect::Digits { min, max } => Expectation::Digits { min: *min, max: *max },
            Expect::OneOf(among) => Expectation::OneOf {
                candidates: self.candidates(among),
            },
            Expect::Item => Expectation::Item,
            Expect::Quantity { max } => Expectation::Quantity { max: *max },
            Expect::Drink => Expectation::Drink,
            Expect::Open => Expectation::Open,
        }
    }

    /// What may be said beside what is expected.
    pub(crate) fn beside(&self, expectation: &Expectation) -> Beside {
        let named = matches!(&self.state, State::Listening(open) if open.has_named_keys());
        Beside {
            places: self.places_beside(expectation),
            keys: if named { keys_of(expectation) } else { 0 },
        }
    }

    pub(crate) fn candidates(&self, among: &Among) -> Vec<Candidate> {
        match among {
            Among::Orders => choosing::orders(&self.memory.choices(), &self.catalogue),
            Among::Draft => {
                let lines = self.memory.lines.iter();
                lines
                    .map(|line| item_candidate(&line.sku, &line.name, &self.catalogue))
                    .collect()
            }
            Among::Returnable => {
                let lines = self.memory.returning.open.iter();
                let all = Candidate {
                    value: ALL.to_owned(),
                    spoken: ALL_OF_IT.iter().map(|words| (*words).to_owned()).collect(),
                };
                lines
                    .map(|line| item_candidate(&line.sku, &line.name, &self.catalogue))
                    .chain([all])
                    .collect()
            }
            Among::Addresses => self.memory.address_candidates(),
            Among::Days => self.memory.day_candidates(),
            Among::Drinks => {
                let drinks = self
                    .catalogue
                    .items
                    .iter()
                    .filter(|item| item.kind == ItemKind::Drink);
                drinks
                    .map(|item| item_candidate(&item.sku, &item.name, &self.catalogue))
                    .collect()
            }
            Among::Services => choosing::services(&self.memory.reserving.services),
            Among::Openings => choosing::openings(&self.memory.reserving),
            Among::Reservations => choosing::reservations(&self.memory.reserving),
            Among::Launches => choosing::launches(&self.memory.reserving.launches),
            Among::Advice => choosing::advice(&self.memory.advising, &self.catalogue),
            Among::Listed(choices) => choices
                .iter()
                .map(|(value, spoken)| Candidate {
                    value: value.clone(),
                    spoken: spoken.clone(),
                })
                .collect(),
        }
    }
}

/// How many keys a prompt for them names. Where figures are the answer a key is nothing else.
fn keys_of(expectation: &Expectation) -> usize {
    match expectation {
        Expectation::YesNo => 2,
        Expectation::OneOf { candidates } => candidates.len().min(KEYS_MAX),
        Expectation::Digits { .. }
        | Expectation::Item
        | Expectation::Quantity { .. }
        | Expectation::Drink
        | Expectation::Open => 0,
    }
}

/// An item by any of its names.
pub(crate) fn item_candidate(sku: &Sku, name: &str, catalogue: &Catalogue) -> Candidate {
    let mut spoken = vec![name.to_lowercase()];
    spoken.extend(
        catalogue
            .item(sku)
            .into_iter()
            .flat_map(|item| item.spoken.iter().cloned()),
    );
    Candidate {
        value: sku.as_str().to_owned(),
        spoken,
    }
}

/// How one points at one of a list by its place, from 0; nothing that could mean its end or its newest.
pub(crate) fn at_place(at: usize) -> Vec<String> {
    let forms = ORDINALS.get(at).copied().unwrap_or_default();
    let forms = forms
        .iter()
        .filter(|form| !form.contains("last") && !form.contains("latest"));
    forms
        .filter(|form| !form.contains("newest"))
        .map(|form| (*form).to_owned())
        .collect()
}

/// How one means every line.
const ALL_OF_IT: &[&str] = &[
    "all of it",
    "all of them",
    "all",
    "everything",
    "the whole order",
    "both",
    "both of them",
];

/// How one points at the first, second and third of what was just listed.
pub(crate) const ORDINALS: [&[&str]; CHOICES_MAX] = [
    &[
        "the first one",
        "the first",
        "first",
        "number one",
        "the latest",
        "the latest one",
        "the newest one",
    ],
    &["the second one", "the second", "second", "number two"],
    &[
        "the third one",
        "the third",
        "third",
        "number three",
        "the last one",
    ],
];
