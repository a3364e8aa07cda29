//! Goods that are ordered by a name that nobody knows: "can I pre order the Zanzibar". It is no wish for what was
//! ordered last.

use super::normalize::Words;
use super::slots::Placed;

/// What is known of the words beside this utterance: whether the model was taught one.
pub(super) type Taught<'t> = &'t dyn Fn(&str) -> bool;

/// Where the name stands, if something is ordered by words that are neither known nor point at an earlier order.
pub(super) fn named(words: &Words, placed: &[Placed], taught: Taught<'_>) -> Option<(usize, usize)> {
    let all: Vec<&str> = words.iter().collect();
    let names_known = placed.iter().any(|p| !BESIDE.contains(&p.slot.name.as_str()));
    if names_known || all.iter().any(|word| EARLIER.contains(word)) {
        return None;
    }
    let verb = all.iter().position(|word| ORDERING.contains(word))?;
    let rest = all.iter().enumerate().skip(verb + 1);
    let leads = |word: &str| LEADING.contains(&word) || ORDERING.contains(&word);
    let counts = |at: usize| placed.iter().any(|p| p.start <= at && at < p.end);
    let mut object = rest.skip_while(|(at, word)| leads(word) || counts(*at));
    let (start, first) = object.next()?;
    let ends = |word: &str| ENDING.contains(&word);
    if ends(first) {
        return None;
    }
    let more = object
        .take_while(|(at, word)| !ends(word) && !counts(*at))
        .count();
    let end = (start + 1 + more).min(all.len());
    let name = all.get(start..end)?;
    let eaten = name.last().is_some_and(|word| FOOD.contains(word));
    (eaten || name.iter().any(|word| !taught(word))).then_some((start, end))
}

/// What is wanted beside a drink and is none of the shop's: "a latte and | a croissant".
pub(super) fn beside_drink(words: &Words, placed: &[Placed], taught: Taught<'_>) -> Option<(usize, usize)> {
    let all: Vec<&str> = words.iter().collect();
    let free = |at: usize| placed.iter().all(|p| at < p.start || p.end <= at);
    (0..all.len()).find_map(|at| {
        let (article, first) = (all.get(at)?, at + 1);
        let opens = free(at) && (ARTICLES.contains(article) || counts(placed, at));
        let more = all.get(first..)?.iter().take_while(|word| !ENDING.contains(word));
        let end = first + more.count();
        let before = at.checked_sub(1).and_then(|at| all.get(at));
        let joined = before == Some(&"and") || all.get(end) == Some(&"and");
        let name = all.get(first..end)?;
        let short = (1..=NAME_WORDS_MAX).contains(&name.len()) && (first..end).all(free);
        let eaten = name.last().is_some_and(|word| FOOD.contains(word));
        let strange = name.iter().all(|word| !taught(word));
        let named = opens && joined && short && (eaten || strange);
        let start = if *article == "some" { first } else { at };
        named.then_some((start, end))
    })
}

fn counts(placed: &[Placed], at: usize) -> bool {
    placed
        .iter()
        .any(|p| p.slot.name == "quantity" && p.start <= at && at < p.end)
}

const ARTICLES: &[&str] = &["a", "an", "some"];
const NAME_WORDS_MAX: usize = 3;
/// What is eaten at a counter, in case the model was taught the word.
const FOOD: &[&str] = &[
    "bagel",
    "bagels",
    "biscuit",
    "biscuits",
    "bread",
    "brownie",
    "brownies",
    "bun",
    "buns",
    "cake",
    "cakes",
    "cookie",
    "cookies",
    "croissant",
    "croissants",
    "danish",
    "donut",
    "donuts",
    "doughnut",
    "doughnuts",
    "muffin",
    "muffins",
    "pastry",
    "pastries",
    "pie",
    "pretzel",
    "roll",
    "salad",
    "sandwich",
    "sandwiches",
    "scone",
    "scones",
    "soup",
    "toast",
    "waffle",
    "waffles",
    "water",
];
/// Who uses these wants what they name after it.
const ORDERING: &[&str] = &[
    "order", "reorder", "preorder", "buy", "get", "want", "need", "like", "have", "take", "send", "give",
];
/// What stands between such a verb and a name.
const LEADING: &[&str] = &[
    "a", "an", "the", "my", "our", "your", "some", "any", "more", "another", "of", "me", "us", "to", "up",
    "that", "this", "those", "these", "new", "bag", "bags", "pack", "packs", "box", "boxes", "pound",
    "pounds", "i'd", "i",
];
/// What ends a name.
const ENDING: &[&str] = &[
    "and",
    "at",
    "but",
    "for",
    "from",
    "in",
    "on",
    "or",
    "please",
    "thanks",
    "then",
    "to",
    "today",
    "tomorrow",
    "with",
    "when",
    "now",
    "instead",
    "again",
    "if",
    "because",
    "delivered",
];
/// What points at an earlier order, or at nothing in particular.
const EARLIER: &[&str] = &[
    "again",
    "always",
    "as",
    "before",
    "earlier",
    "everything",
    "had",
    "it",
    "last",
    "previous",
    "recent",
    "same",
    "something",
    "anything",
    "stuff",
    "them",
    "thing",
    "things",
    "time",
    "usual",
    "usually",
    "what",
    "whatever",
];
/// Values that name no goods.
const BESIDE: &[&str] = &["quantity", "address", "day"];

#[cfg(test)]
mod tests {
    use super::named;
    use crate::nlu::normalize::Words;

    #[test]
    fn what_is_wanted_beside_a_drink() {
        let taught = |word: &str| !["croissant", "almond", "zanzibar"].contains(&word);
        let check = |text: &str, expect: Option<&str>| {
            let words = Words::new(text);
            let found = super::beside_drink(&words, &[], &taught).map(|(from, to)| words.span(from, to));
            assert_eq!(found.as_deref(), expect, "{text}");
        };
        check("a latte and a croissant please", Some("a croissant"));
        check("a muffin and a latte", Some("a muffin"));
        check("a latte and some cookies", Some("cookies"));
        check("a latte and a bottle of water", Some("a bottle of water"));
        check("a latte and a mocha", None);
        check("a latte and a question", None);
        check("a latte with a croissant", None);
    }

    #[test]
    fn a_name_that_nobody_knows_is_told() {
        let taught = |word: &str| !["zanzibar", "aurora", "mountain", "habitual"].contains(&word);
        let check = |text: &str, expect: Option<&str>| {
            let words = Words::new(text);
            let found = named(&words, &[], &taught).map(|(from, to)| words.span(from, to));
            assert_eq!(found.as_deref(), expect, "{text}");
        };
        check("can i pre order the aurora", Some("aurora"));
        check("i'd like to order some blue mountain", Some("blue mountain"));
        check("i want a bag of the zanzibar please", Some("zanzibar"));
        check("send me the zanzibar on friday", Some("zanzibar"));
        check("i want to order coffee", None);
        check("order the same zanzibar as last time", None);
        check("zanzibar", None);
        check("can i get it to zanzibar", None);
    }
}
