//! As many times as it was: "double it", "triple my last order", "twice as much", "half of that". Said of an order that is
//! spoken of; "a double", "two shots" and "a triple espresso" are of a drink.

use super::normalize::Words;
use super::reference;
use super::wording::{begins, count, longest};

/// How many times, and the words that say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    /// In halves of what it was: 1 is half as many, 4 is twice as many.
    pub(super) halves: u32,
    pub(super) start: usize,
    pub(super) end: usize,
    /// "Make it double" may be of a drink's shots.
    pub(super) or_shots: bool,
}

/// The first that is said.
pub(super) fn times(words: &Words) -> Option<Times> {
    let all: Vec<&str> = words.iter().collect();
    (0..all.len()).find_map(|start| {
        if is_told_or_denied(&all, start) {
            return None;
        }
        let rest = all.get(start..)?;
        let found = FACTORS.iter().filter(|(phrase, _, _)| begins(rest, phrase));
        let (phrase, halves, alone) = found.max_by_key(|(phrase, _, _)| phrase.len())?;
        let len = count(phrase);
        let behind = rest.get(len..).unwrap_or_default();
        let of = longest(behind, OF_IT);
        // "Triple my last order": that it is one is told by words of its own.
        let order = longest(behind, ITS_NAMES).is_some();
        let last = behind.iter().all(|word| AT_THE_END.contains(word));
        let before = all.get(..start).unwrap_or_default();
        let ends = last && (*alone == Alone::Says || is_otherwise(words, before));
        let or_shots = is_made(before) && of.is_none() && !order && last;
        (of.is_some() || order || ends || or_shots).then(|| Times {
            halves: *halves,
            start,
            end: start + len + of.unwrap_or_default(),
            or_shots,
        })
    })
}

/// "Double the Kenya": of goods that begin where it is told.
pub(super) fn times_of(words: &Words, goods: &dyn Fn(usize) -> bool) -> Option<Times> {
    let all: Vec<&str> = words.iter().collect();
    (0..all.len()).find_map(|start| {
        let rest = all.get(start..)?;
        let found = FACTORS.iter().find(|(phrase, _, _)| begins(rest, phrase));
        let (phrase, halves, _) = found.filter(|_| !is_told_or_denied(&all, start))?;
        let end = start + count(phrase);
        let behind = all.get(end..)?;
        let article = longest(behind, OF_GOODS)?;
        goods(end + article).then_some(Times {
            halves: *halves,
            start,
            end,
            or_shots: false,
        })
    })
}

const OF_GOODS: &[&str] = &["the", "my", "of the", "of my", "that", "those"];

/// "You charged me twice", "no, don't double it", "that's twice what I wanted": what was, or what is not wanted. What
/// stands behind a "but" is told apart from what stands before it: "the same as I had last time, but double it".
fn is_told_or_denied(all: &[&str], at: usize) -> bool {
    let (before, behind) = all.split_at(at);
    let from = before
        .iter()
        .rposition(|word| *word == "but")
        .map_or(0, |but| but + 1);
    let before = before.get(from..).unwrap_or_default();
    let to = behind
        .iter()
        .position(|word| *word == "but")
        .unwrap_or(behind.len());
    let clause: Vec<&str> = before.iter().chain(behind.iter().take(to)).copied().collect();
    let denied = before.iter().any(|word| DENYING.contains(word));
    let judged = match before {
        [.., "can" | "could" | "will" | "would", "you"] => false,
        [.., "that's" | "it's" | "you"] | [.., "that" | "it", "is"] => true,
        _ => false,
    };
    denied || judged || tells_of(&clause)
}

const DENYING: &[&str] = &["don't", "not", "never", "shouldn't", "didn't"];

/// "You charged me twice for my last order" tells what was; "what I got last time" names an order.
pub(super) fn tells(words: &Words) -> bool {
    tells_of(&words.iter().collect::<Vec<_>>())
}

fn tells_of(all: &[&str]) -> bool {
    let told = |at: usize| all.get(at).is_some_and(|word| TELLING.contains(word));
    let names = |at: usize| matches!(all.get(..at), Some([.., "what", "i" | "we"]));
    (0..all.len()).any(|at| told(at) && !names(at))
}

/// Words of what has happened.
const TELLING: &[&str] = &[
    "arrived",
    "asked",
    "been",
    "billed",
    "called",
    "came",
    "charged",
    "delivered",
    "did",
    "didn't",
    "got",
    "had",
    "has",
    "i've",
    "made",
    "missing",
    "paid",
    "pressed",
    "received",
    "said",
    "sent",
    "shipped",
    "told",
    "took",
    "was",
    "wasn't",
    "were",
    "you've",
];

/// "Make it | double".
fn is_made(before: &[&str]) -> bool {
    matches!(
        before,
        [.., "make" | "making", "it" | "that" | "them" | "this" | "those"]
    )
}

/// "My last order, but | double": of an order that is pointed at.
fn is_otherwise(words: &Words, before: &[&str]) -> bool {
    let points = reference::reference(words).is_some_and(|found| {
        let order = reference::ORDERED_BEFORE.contains(&found.value);
        order && found.end < before.len()
    });
    points && matches!(before, [.., "but" | "just" | "only"])
}

/// Whether a factor says what it means with nothing behind it: "the same again, twice".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alone {
    Says,
    SaysNothing,
}

const FACTORS: &[(&str, u32, Alone)] = &[
    ("half", 1, Alone::SaysNothing),
    ("halve", 1, Alone::SaysNothing),
    ("double", 4, Alone::SaysNothing),
    ("doubled", 4, Alone::Says),
    ("twice", 4, Alone::Says),
    ("two times", 4, Alone::Says),
    ("triple", 6, Alone::SaysNothing),
    ("treble", 6, Alone::SaysNothing),
    ("tripled", 6, Alone::Says),
    ("three times", 6, Alone::Says),
    ("quadruple", 8, Alone::SaysNothing),
    ("four times", 8, Alone::Says),
];
/// What points at the thing, and is no name of it.
const OF_IT: &[&str] = &[
    "it",
    "that",
    "this",
    "them",
    "those",
    "everything",
    "all of it",
    "all of that",
    "of it",
    "of that",
    "of this",
    "of them",
    "of those",
    "as much",
    "as many",
    "that much",
    "that many",
    "the amount",
    "the quantity",
    "the number",
    "the order",
    "the lot",
    "that amount",
    "that quantity",
    "that order",
    "this order",
    "my order",
];
/// Names of an order that was made before.
const ITS_NAMES: &[&str] = &[
    "my last",
    "my latest",
    "my previous",
    "my usual",
    "my regular",
    "the last",
    "the usual",
    "the same",
    "the regular",
    "of my last",
    "of my usual",
    "of the usual",
    "what i",
];
const AT_THE_END: &[&str] = &["please", "thanks", "then", "now", "this", "time"];

#[cfg(test)]
mod tests {
    use super::{Words, times};

    #[test]
    fn so_many_times_what_it_was() {
        let check = |text: &str, expect: Option<(u32, &str)>| {
            let words = Words::new(text);
            let found = times(&words).map(|found| (found.halves, words.span(found.start, found.end)));
            assert_eq!(
                found,
                expect.map(|(halves, span)| (halves, span.to_owned())),
                "{text}"
            );
        };
        check("the same again but double it", Some((4, "double it")));
        check("triple my last order", Some((6, "triple")));
        check("my last order half of that", Some((1, "half of that")));
        check("twice as much as last time", Some((4, "twice as much")));
        check("the usual twice please", Some((4, "twice")));
        check("can you double the quantity", Some((4, "double the quantity")));
        check("reorder my last order but double", Some((4, "double")));
        check("same as last time but double please", Some((4, "double")));
        check("a latte but double", None);
        check("my usual but a double", None);
        check("a double espresso", None);
        check("a latte with a double shot", None);
        check("make it a triple", None);
        check("make it double please", Some((4, "double")));
        check("you charged me twice for a bag", None);
        check("you charged me for my last order twice", None);
        check("i only got half of my last order", None);
        check("what i got last time but double it", Some((4, "double it")));
        check(
            "the same as i had last time but double it",
            Some((4, "double it")),
        );
        check("it was delicious but make it double", Some((4, "double")));
        check("no don't double it", None);
        check("no that's twice what i wanted", None);
        check("i said yes twice", None);
        check("you doubled it", None);
        check("half a dozen mugs", None);
        check("two bags", None);
    }
}
