//! What is said about what was just spoken of, and names it by no word of its own: "I'll take two", "cancel it", "no,
//! it never came". Read by rules, from the whole utterance: with anything else in it, it is something else.

mod delivering;
mod denying;
mod stopping;
mod telling;
mod wishing;

pub use self::delivering::{AsksDelivery, asks_delivery, moves};
pub use self::denying::{denies, goes_on};
pub use self::stopping::{calls_off, cancels, rests};
pub use self::telling::{OfTold, asks_price_of_it, asks_same_of, of_told};
pub use self::wishing::{adds_unnamed, begins_with_wish, inquires, wishes};
use super::normalize::Words;
use super::wording::is_courtesy;

/// "Do you have it in stock": a question that points at its thing.
pub fn points(words: &Words) -> bool {
    words.iter().any(|word| POINTING.contains(&word))
}

/// Assent and courtesy, which say nothing about what is wanted.
fn is_assent(word: &str) -> bool {
    is_courtesy(word) || ASSENT.contains(&word)
}

/// What follows them.
fn behind_assent<'a, 'w>(words: &'a [&'w str]) -> &'a [&'w str] {
    let end = words.iter().position(|word| !is_assent(word));
    words.get(end.unwrap_or(words.len())..).unwrap_or_default()
}

const ASSENT: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "yup",
    "ok",
    "sure",
    "great",
    "good",
    "perfect",
    "nice",
    "fine",
    "cool",
    "lovely",
    "excellent",
    "wonderful",
    "awesome",
    "alright",
    "sounds",
    "that's",
    "all",
    "right",
    "thanks",
    "thank",
    "you",
    "so",
    "then",
    "now",
    "and",
    "only",
    "sorry",
];
/// What points at the thing spoken of.
const POINTING: &[&str] = &[
    "it", "that", "this", "one", "ones", "them", "those", "these", "some",
];
const UNITS: &[&str] = &["bag", "bags", "pack", "packs", "box", "boxes", "piece", "pieces"];
