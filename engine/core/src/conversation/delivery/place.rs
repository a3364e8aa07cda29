//! Which of their addresses a caller means.

use super::{Known, To, said};
use crate::nlu::dates;
use crate::nlu::decision::Decision;
use crate::nlu::destination::PLACES;
use crate::nlu::lexicon::Names;
use crate::nlu::normalize::Words;
use crate::nlu::slots::{ADDRESS, DAY};
use crate::shop::{Address, Customer};

/// The address that an utterance names: after "to", or, where one was asked for or read back, by its name alone.
pub(super) fn address_said(decision: &Decision, known: Known<'_>, now: &To) -> Option<To> {
    let said: Vec<String> = said(decision, ADDRESS).collect();
    match (said.as_slice(), known.customer) {
        ([], Some(customer)) if known.answering => named_alone(customer, decision),
        ([], _) => None,
        ([words], None) => Some(To::Said(words.clone())),
        ([words], Some(customer)) => Some(matched(customer, words, Some(now))),
        ([_, _, ..], _) => Some(To::Unknown),
    }
}

/// The one of the customer's addresses that words mean, beyond doubt.
pub(super) fn matched(customer: &Customer, words: &str, now: Option<&To>) -> To {
    let chosen = |address: Option<&Address>| address.map_or(To::Unknown, |own| To::Chosen(own.id.clone()));
    let spoken = Words::new(words);
    let says = |listed: &[&str]| spoken.iter().any(|word| listed.contains(&word));
    let found = hits(customer, &spoken);
    if is_of_another(&spoken, &found) {
        return To::Unknown;
    }
    match found.as_slice() {
        [(address, _)] => chosen(Some(address)),
        [] if says(USUAL) => chosen(customer.addresses.first()),
        [] if says(OTHER) => match (customer.addresses.as_slice(), now) {
            // Of two, the one that it does not go to so far.
            ([first, second], Some(To::Chosen(id))) if *id == second.id => chosen(Some(first)),
            ([_, second], Some(To::Chosen(_) | To::Unsaid) | None) => chosen(Some(second)),
            (_, _) => To::Unknown,
        },
        _ => To::Unknown,
    }
}

/// "My mother's house" is no "my house", unless the customer calls one of their own addresses so.
fn is_of_another(words: &Words, found: &[(&Address, (usize, usize))]) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let named = found.iter().any(|(_, (start, end))| (*start..*end).contains(&at));
        let whose = word.ends_with("'s") && !CONTRACTED.contains(&word);
        !named && (whose || WHOSE.contains(&word))
    })
}

/// "No, the office": an address without a "to", and no other words than such as answer.
pub(super) fn named_alone(customer: &Customer, decision: &Decision) -> Option<To> {
    let words = Words::new(&decision.text);
    // What counts or names something else is no address.
    if decision
        .slots
        .iter()
        .any(|slot| slot.name != DAY && slot.name != "choice")
    {
        return None;
    }
    let found = hits(customer, &words);
    let (_, (start, end)) = found.first()?;
    let beside = words.iter().enumerate().all(|(at, word)| {
        let inside = found.iter().any(|(_, (start, end))| (*start..*end).contains(&at));
        inside || BESIDE.contains(&word) || dates::weekday(word).is_some()
    });
    beside.then(|| match found.as_slice() {
        [_] => matched(customer, &words.span(*start, *end), None),
        _ => To::Unknown,
    })
}

/// Addresses named in the words, each with the place of its name.
pub(super) fn hits<'c>(customer: &'c Customer, words: &Words) -> Vec<(&'c Address, (usize, usize))> {
    let forms: Vec<(usize, String)> = customer
        .addresses
        .iter()
        .enumerate()
        .flat_map(|(at, address)| forms(address).into_iter().map(move |form| (at, form)))
        .collect();
    let names = Names::new(forms.iter().map(|(at, form)| (*at, form.as_str())));
    let mut hits: Vec<(&Address, (usize, usize))> = Vec::new();
    for found in names.find(words) {
        for (at, score) in &found.values {
            if let Some(address) = customer.addresses.get(*at)
                && *score >= SURE
                && !hits.iter().any(|(known, _)| known.id == address.id)
            {
                hits.push((address, (found.start, found.end)));
            }
        }
    }
    hits
}

/// Every way to say an address: its label, what stands before "on Mill Road", and the customer's own words.
pub(super) fn forms(address: &Address) -> Vec<String> {
    let label = address.label.expose().to_lowercase();
    let short = [" on ", " in ", " at "]
        .iter()
        .find_map(|word| label.split_once(word))
        .map(|(short, _)| short.to_owned());
    let spoken = address.spoken.iter().map(|form| form.expose().to_lowercase());
    std::iter::once(label.clone())
        .chain(short)
        .chain(spoken)
        .collect()
}

/// A word that stands beside many addresses and tells nobody where one lives.
pub(super) fn is_common(word: &str) -> bool {
    PLACES.contains(&word) || BESIDE.contains(&word) || BETWEEN.contains(&word)
}

/// A name is taken at once only if hardly anything of it is missing.
const SURE: f32 = 0.8;
const USUAL: &[&str] = &["usual", "default", "normal", "regular", "first"];
const WHOSE: &[&str] = &["his", "her", "their"];
const CONTRACTED: &[&str] = &[
    "it's", "that's", "let's", "here's", "there's", "what's", "where's",
];
const OTHER: &[&str] = &["other", "different", "another", "second", "else"];
/// What may stand beside an address that stands alone.
const BESIDE: &[&str] = &[
    "no", "nope", "yes", "yeah", "okay", "the", "my", "our", "at", "to", "please", "actually", "sorry",
    "rather", "but", "instead", "oh", "well", "address", "one", "thanks", "thank", "you", "on", "not", "i",
    "said", "meant", "mean", "want", "it's", "that's", "for",
];
/// What stands between the words of a label.
const BETWEEN: &[&str] = &["in", "of", "near", "by", "and", "a", "an", "with", "your"];
