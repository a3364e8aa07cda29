//! Price ceilings: "under ten dollars", "no more than fourteen fifty", "twenty dollars or less".

use crate::nlu::number;
use crate::nlu::wording::{begins, count};

/// The most that it may cost, in minor units, and how many words say so.
pub(super) fn ceiling(words: &[String]) -> Option<(u32, usize)> {
    let before = BEFORE.iter().filter(|phrase| begins(words, phrase));
    if let Some(phrase) = before.max_by_key(|phrase| phrase.len()) {
        let skipped = count(phrase);
        let (minor, length) = amount(words.get(skipped..)?)?;
        return Some((minor, skipped + length));
    }
    let (minor, length) = amount(words)?;
    let rest = words.get(length..)?;
    let after = AFTER.iter().find(|phrase| begins(rest, phrase))?;
    Some((minor, length + count(after)))
}

/// "ten", "ten dollars", "fourteen fifty", "fourteen dollars and fifty cents".
fn amount(words: &[String]) -> Option<(u32, usize)> {
    let whole = number::number(words)?;
    let mut length = whole.len;
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    if OTHER_UNITS.contains(&word(length)) {
        return None;
    }
    let named = CURRENCY.contains(&word(length));
    length += usize::from(named);
    let joined = usize::from(named && word(length) == "and");
    let cents = words.get(length + joined..).and_then(number::number);
    let cents = cents.filter(|cents| (10..100).contains(&cents.value));
    let minor = whole.value.saturating_mul(100);
    match cents {
        Some(cents) => {
            length += joined + cents.len;
            length += usize::from(word(length) == "cents");
            Some((minor.saturating_add(cents.value), length))
        }
        None => Some((minor, length)),
    }
}

const BEFORE: &[&str] = &[
    "under",
    "below",
    "less than",
    "for less than",
    "no more than",
    "not more than",
    "not over",
    "at most",
    "up to",
    "cheaper than",
    "maximum",
    "a maximum of",
    "max",
    "within",
];
const AFTER: &[&str] = &["or less", "at most", "or under", "maximum", "max", "tops"];
/// What callers call the shop's money.
const CURRENCY: &[&str] = &[
    "dollars", "dollar", "bucks", "pounds", "pound", "euros", "euro", "quid",
];
/// A number of these is no price.
const OTHER_UNITS: &[&str] = &[
    "bag", "bags", "cup", "cups", "day", "days", "gram", "grams", "hour", "hours", "kilo", "kilos", "minute",
    "minutes", "ounce", "ounces", "percent", "week", "weeks",
];
