//! What callers may say to what is advised: one of it, both, more about one, something else, a wish, a question.

use super::candidate;
use crate::conversation::advising::Advising;
use crate::conversation::expecting::{at_place, item_candidate};
use crate::nlu::slots::{ALL, ASKS, WISH};
use crate::nlu::{enquiry, preference};
use crate::shop::{Catalogue, Item};
use crate::speech::expectation::Candidate;
use crate::units::Money;

/// Answers to "which of these?" that are none of what was advised, besides wishes.
pub(crate) const OTHER_ADVICE: &[(&str, &[&str])] = &[
    (
        "more",
        &[
            "tell me more",
            "tell me more about it",
            "tell me about it",
            "tell me about",
            "more about it",
            "more about",
            "what's it like",
            "what is it like",
            "how does it taste",
        ],
    ),
    (
        "others",
        &[
            "something else",
            "anything else",
            "what else do you have",
            "what else",
            "any others",
            "another one",
            "none of them",
            "none of those",
            "neither of them",
            "neither",
            "not those",
        ],
    ),
];

/// What is advised first, so that it can be counted; then the other answers and how one words a wish.
pub(crate) fn advice(known: &Advising, catalogue: &Catalogue) -> Vec<Candidate> {
    let several = known.offered.len() > 1;
    let items = known
        .offered
        .iter()
        .filter_map(|ranked| catalogue.item(&ranked.sku));
    let prices: Vec<Money> = items.map(|item| item.price).collect();
    let mut candidates: Vec<Candidate> = Vec::new();
    for (at, ranked) in known.offered.iter().enumerate() {
        let Some(item) = catalogue.item(&ranked.sku) else {
            continue;
        };
        let mut choice = item_candidate(&item.sku, &item.name, catalogue);
        if several {
            // "Two of the first one" is no number two.
            let places = at_place(at).into_iter().filter(|form| !form.contains("number"));
            choice.spoken.extend(places);
            choice.spoken.extend(of_price(item, &prices));
            if at + 1 == known.offered.len() {
                choice
                    .spoken
                    .extend(["the last one".to_owned(), "the latter".to_owned()]);
            }
        } else {
            choice
                .spoken
                .extend(THAT_ONE.iter().map(|form| (*form).to_owned()));
        }
        candidates.push(choice);
    }
    if several {
        let both = ["both", "both of them"].map(str::to_owned);
        candidates.push(candidate(ALL, both.to_vec()));
    }
    let others = OTHER_ADVICE.iter().map(|(value, forms)| {
        let spoken = forms.iter().map(|form| (*form).to_owned());
        candidate(value, spoken.collect())
    });
    candidates.extend(others);
    let wishes = preference::worded()
        .flat_map(|form| ["", "something ", "anything "].map(|before| format!("{before}{form}")));
    candidates.push(candidate(WISH, wishes.collect()));
    let asked = enquiry::worded().map(str::to_owned);
    candidates.push(candidate(ASKS, asked.collect()));
    candidates
}

/// How one means it by its price, where that tells it from the others.
fn of_price(item: &Item, prices: &[Money]) -> Vec<String> {
    let alone = prices.iter().filter(|price| **price == item.price).count() == 1;
    let cheapest = prices.iter().min() == Some(&item.price);
    let dearest = prices.iter().max() == Some(&item.price);
    let forms: &[&str] = match (alone, cheapest, dearest) {
        (true, true, _) => &[
            "the cheaper one",
            "the cheapest one",
            "the cheapest",
            "the less expensive one",
        ],
        (true, _, true) => &["the more expensive one", "the dearer one"],
        (_, _, _) => &[],
    };
    forms.iter().map(|form| (*form).to_owned()).collect()
}

/// How one means the only thing on offer.
const THAT_ONE: &[&str] = &[
    "that one",
    "that",
    "it",
    "i'll take it",
    "i'll take that",
    "order it",
    "order that",
    "order that one",
];
