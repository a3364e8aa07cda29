//! What the model makes of an utterance, weighed by what was asked, by the form of the words, and by the values in them.

use super::asking;
use super::decision::{ScoredIntent, SlotValue};
use super::drink;
use super::intent::{ORDER_DRINK, OUT_OF_SCOPE, PRODUCT_QUESTION};
use super::normalize::Words;
use super::reference::ORDERED_BEFORE;
use super::slots::{Placed, TIMES};
use super::times;
use crate::speech::expectation::Expectation;
use crate::units::Confidence;

/// What the question makes likelier.
pub(super) fn by_question(intents: &mut [ScoredIntent], expectation: &Expectation) {
    let factors: &[(&str, f32)] = match expectation {
        Expectation::YesNo => &[("yes", 4.0), ("no", 4.0)],
        Expectation::Item => &[("reorder", 3.0)],
        Expectation::Drink => &[("order_drink", 4.0)],
        Expectation::Digits { .. }
        | Expectation::OneOf { .. }
        | Expectation::Quantity { .. }
        | Expectation::Open => &[],
    };
    multiply(intents, factors);
}

/// "Did you get my order for two bags" orders nothing, whatever it names.
pub(super) fn by_form(intents: &mut [ScoredIntent], words: &Words) {
    if asking::asks(words) {
        multiply(intents, &[("reorder", 0.05), (ORDER_DRINK, 0.05)]);
    }
}

/// Multiplies probabilities, and sorts anew.
fn multiply(intents: &mut [ScoredIntent], factors: &[(&str, f32)]) {
    let factor = |name: &str| factors.iter().find(|(n, _)| *n == name).map_or(1.0, |(_, f)| *f);
    let total: f32 = intents.iter().map(|i| i.confidence.get() * factor(&i.name)).sum();
    for intent in intents.iter_mut() {
        intent.confidence =
            Confidence::new(intent.confidence.get() * factor(&intent.name) / total.max(f32::MIN_POSITIVE));
    }
    sort(intents);
}

/// A named product makes a shop's business of words that the model does not know; a drink is a drink.
pub(super) fn by_values(
    intents: &mut Vec<ScoredIntent>,
    words: &Words,
    expectation: &Expectation,
    placed: &[Placed],
    alone: bool,
) {
    let surest = |name: &str| {
        placed
            .iter()
            .filter(|p| p.slot.name == name)
            .map(|p| p.slot.confidence.get())
            .fold(0.0_f32, f32::max)
    };
    let Some(best) = intents.first().map(|i| i.name.clone()) else {
        return;
    };
    // "All of them": who points at several things takes no leave.
    if best == GOODBYE && placed.iter().any(points_at_all) {
        multiply(intents, &[(GOODBYE, 0.05), ("no", 0.05)]);
        return;
    }
    let goods = surest("item");
    let drink = surest("coffeeDrink") > 0.0;
    // "Do you have a cappuccino", "how much is an americano": asked about, and not ordered.
    let asks_of_drink = drink && (asking::asks(words) || asking::asks_of_named(words));
    // "No, I want the Kenya", where nothing was asked that a no would answer.
    let more_than_no = matches!(expectation, Expectation::Open) && best == "no" && wants(words);
    let wanted = match best.as_str() {
        OUT_OF_SCOPE | GOODBYE | ORDER_DRINK | "reorder" | "repeat" | "cancel" | "yes" | "no"
            if is_again_by_number(words, placed) =>
        {
            "reorder"
        }
        OUT_OF_SCOPE | ORDER_DRINK | "reorder" if goods < NAMED && !drink && needs_supply(words) => "reorder",
        // "My last order" alone asks how it stands.
        "order_status" if is_again_by_number(words, placed) && is_otherwise(words, placed) => "reorder",
        _ if more_than_no && drink => ORDER_DRINK,
        _ if more_than_no && goods >= NAMED => "reorder",
        // "Pour over", and nothing else: a name is no command.
        _ if alone && goods >= NAMED => "reorder",
        // "Three large mochas".
        _ if alone && drink => ORDER_DRINK,
        // "Harbor please": half of a name, and nothing but a wish for it.
        _ if alone && goods > 0.0 && words.iter().any(|word| word == "please") => "reorder",
        OUT_OF_SCOPE | PRODUCT_QUESTION if goods >= NAMED && asking::asks(words) => PRODUCT_QUESTION,
        OUT_OF_SCOPE | GOODBYE | "reorder" | ORDER_DRINK if asks_of_drink => PRODUCT_QUESTION,
        // "How much is a cappuccino": a question by its form, of what it names.
        PRODUCT_QUESTION if asking::asks_of_named(words) && (drink || goods >= NAMED) => PRODUCT_QUESTION,
        "reorder" | OUT_OF_SCOPE if drink && goods < NAMED => "order_drink",
        OUT_OF_SCOPE if goods >= NAMED => "reorder",
        // "A milk pitcher": nothing to drink.
        "order_drink" if goods >= NAMED && !drink => "reorder",
        _ => return,
    };
    for other in intents.iter_mut() {
        other.confidence = Confidence::new(other.confidence.get() * (1.0 - BY_VALUE));
    }
    match intents.iter_mut().find(|i| i.name == wanted) {
        Some(known) => known.confidence = Confidence::new(known.confidence.get() + BY_VALUE),
        None => intents.push(ScoredIntent {
            name: wanted.to_owned(),
            confidence: Confidence::new(BY_VALUE),
        }),
    }
    sort(intents);
}

fn points_at_all(placed: &Placed) -> bool {
    let all = |value: &&str| placed.slot.value == SlotValue::Text((*value).to_owned());
    placed.slot.name == "reference" && ["all", "both"].iter().any(all)
}

/// "The same again, five instead", "my last order, half of that": an order made before, and how many of it.
fn is_again_by_number(words: &Words, placed: &[Placed]) -> bool {
    let has = |names: &[&str]| placed.iter().any(|p| names.contains(&p.slot.name.as_str()));
    let before = |p: &Placed| {
        let is = |value: &&str| p.slot.value == SlotValue::Text((*value).to_owned());
        p.slot.name == "reference" && ORDERED_BEFORE.iter().any(is)
    };
    let denies = words
        .iter()
        .any(|word| DENYING.contains(&word) || ["no", "cancel", "off"].contains(&word));
    let calls_off = denies || times::tells(words);
    placed.iter().any(before) && has(&["quantity", TIMES]) && !calls_off && !asking::asks(words)
}

/// "I need more coffee": wanted, and not asked about.
fn needs_supply(words: &Words) -> bool {
    let denies = words.iter().any(|word| DENYING.contains(&word) || word == "no");
    drink::names_supply(words) && !denies && !asking::asks(words) && !asking::asks_of_named(words)
}

/// By another number than it had.
fn is_otherwise(words: &Words, placed: &[Placed]) -> bool {
    placed.iter().any(|p| p.slot.name == TIMES) || words.iter().any(|word| word == "instead")
}

/// Somebody wants something, and denies nothing.
fn wants(words: &Words) -> bool {
    let says = |listed: &[&str]| words.iter().any(|word| listed.contains(&word));
    says(WANTING) && !says(DENYING)
}

fn sort(intents: &mut [ScoredIntent]) {
    intents.sort_by(|a, b| b.confidence.get().total_cmp(&a.confidence.get()));
}

const GOODBYE: &str = "goodbye";
/// Words of somebody who wants what they name, and of somebody who does not.
const WANTING: &[&str] = &[
    "want", "i'd", "i'll", "take", "give", "get", "have", "need", "prefer", "rather", "order", "send",
];
const DENYING: &[&str] = &["don't", "not", "never", "nothing", "without"];
/// An item found with this confidence is named, not hinted at.
const NAMED: f32 = 0.6;
/// How far the values found decide, against the model.
const BY_VALUE: f32 = 0.75;
