//! The rules made from data: the catalogue, the choices on offer, the caller's addresses, digits.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::Expression;
use super::{Vocabulary, prefix};
use crate::nlu::normalize::Words;
use crate::nlu::number::UNITS;
use crate::nlu::{preference, sound};
use crate::shop::{Item, ItemKind};
use crate::speech::expectation::Expectation;

/// The rules that this file fills in.
pub(super) const FILLED: &[&str] = &[
    "goods",
    "unit",
    "candidate",
    "phrase",
    "wish_words",
    "own_place",
    "key_asked",
    "key_number",
    "digit_string",
];

/// The rules that say the last so many digits begin with this.
pub(super) const DIGITS_LEFT: &str = "digits_left_";

/// Rules by name.
pub(super) fn fill(expectation: &Expectation, vocabulary: &Vocabulary<'_>) -> BTreeMap<String, Expression> {
    let goods = vocabulary
        .lexicon
        .catalogue()
        .items
        .iter()
        .filter(|i| is_goods(i));
    let candidates = expectation.candidates().iter().flat_map(|c| c.spoken.iter());
    let named = [
        ("goods", any(goods.clone().flat_map(item_forms))),
        ("unit", any(goods.flat_map(unit_forms))),
        ("candidate", any(candidates.map(|form| spoken(form)))),
        ("wish_words", any(preference::common().map(str::to_owned))),
        (
            "own_place",
            any(vocabulary.beside.places.iter().map(|form| spoken(form.expose()))),
        ),
        ("phrase", prefix::rule(vocabulary.phrases)),
        (
            "key_asked",
            if vocabulary.beside.keys > 0 {
                Expression::NOTHING
            } else {
                Expression::Void
            },
        ),
        ("key_number", any(key_numbers(vocabulary.beside.keys))),
    ];
    let mut rules: BTreeMap<String, Expression> = named
        .into_iter()
        .map(|(name, body)| (name.to_owned(), body))
        .collect();
    let (min, max) = match expectation {
        Expectation::Digits { min, max } => (usize::from(*min), usize::from(*max)),
        Expectation::YesNo
        | Expectation::OneOf { .. }
        | Expectation::Item
        | Expectation::Quantity { .. }
        | Expectation::Drink
        | Expectation::Open => (USUAL_DIGITS, USUAL_DIGITS),
    };
    digit_rules(min, max, &mut rules);
    rules
}

fn key_numbers(keys: usize) -> impl Iterator<Item = String> {
    let numbers = UNITS.iter().skip(1).take(keys);
    numbers.map(|word| (*word).to_owned())
}

const fn is_goods(item: &Item) -> bool {
    match item.kind {
        ItemKind::Beans | ItemKind::Equipment => true,
        ItemKind::Drink => false,
    }
}

/// An item's names, without a leading article (the rules have their own).
fn item_forms(item: &Item) -> BTreeSet<String> {
    std::iter::once(&item.name)
        .chain(&item.spoken)
        .map(|form| spoken(form))
        .collect()
}

fn unit_forms(item: &Item) -> BTreeSet<String> {
    let unit = spoken(&item.unit);
    if unit.is_empty() {
        return BTreeSet::new();
    }
    let singular = sound::stem(&unit);
    let plural = match singular.as_bytes().last() {
        Some(b'x' | b's' | b'h') => format!("{singular}es"),
        Some(_) | None => format!("{singular}s"),
    };
    BTreeSet::from([singular, plural])
}

/// The words of a form as they are said: figures digit by digit, no article in front.
fn spoken(form: &str) -> String {
    let words = Words::new(form);
    let mut out = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if word.bytes().all(|b| b.is_ascii_digit()) {
            out.extend(
                word.bytes()
                    .filter_map(|b| UNITS.get(usize::from(b.wrapping_sub(b'0'))))
                    .copied(),
            );
        } else if at > 0 || !matches!(word, "the" | "a" | "an") {
            out.push(word);
        }
    }
    out.join(" ")
}

/// Any of these forms, each once.
fn any(forms: impl Iterator<Item = String>) -> Expression {
    let forms: BTreeSet<String> = forms.filter(|form| !form.is_empty()).collect();
    Expression::one_of(forms.iter().map(|form| Expression::words(form)).collect())
}

/// `digit_string` says between `min` and `max` digits, singly, doubled or in pairs; `digits_left_N` says the last N.
fn digit_rules(min: usize, max: usize, rules: &mut BTreeMap<String, Expression>) {
    let max = max.clamp(1, DIGITS_MAX);
    let min = min.clamp(1, max);
    let name = |left: usize| format!("{DIGITS_LEFT}{left}");
    let several = |word: &str| vec![Expression::words(word), Expression::rule("digit")];
    for left in 1..=max {
        let mut ways = Vec::new();
        for (taken, mut way) in [
            (1, vec![Expression::rule("digit")]),
            (2, several("double")),
            (2, vec![Expression::rule("pair")]),
            (3, several("triple")),
        ] {
            if taken > left {
                continue;
            }
            let rest = left - taken;
            if rest > 0 {
                let further = Expression::rule(&name(rest));
                let may_stop = rest <= max - min;
                way.push(if may_stop { further.optional() } else { further });
            }
            ways.push(Expression::sequence(way));
        }
        rules.insert(name(left), Expression::one_of(ways));
    }
    rules.insert("digit_string".to_owned(), Expression::rule(&name(max)));
}

/// Digits of an order number, where the expectation does not say.
const USUAL_DIGITS: usize = 6;
const DIGITS_MAX: usize = 16;
