//! What is wished for: "I'll take two", "add two bags", "okay, send it"; and what is only asked about.

use super::{POINTING, UNITS, behind_assent, is_assent};
use crate::nlu::asking::asks;
use crate::nlu::normalize::Words;
use crate::nlu::wording::longest;

/// "Great, I'll take it", "okay, send me two", "just one please": it is to be ordered. `counted` are the words that say
/// how many, where and when.
pub fn wishes(words: &Words, counted: &[&str]) -> bool {
    let all: Vec<&str> = words.iter().collect();
    let mut rest = behind_assent(&all);
    let wish = wish(rest);
    rest = rest.get(wish.unwrap_or_default()..).unwrap_or_default();
    let names = |word: &&str| POINTING.contains(word) || UNITS.contains(word) || counted.contains(word);
    let counts = rest.iter().any(|word| counted.contains(word));
    let points = rest
        .iter()
        .any(|word| POINTING.contains(word) || UNITS.contains(word));
    let says_nothing_else = rest
        .iter()
        .all(|word| names(word) || AROUND.contains(word) || is_assent(word));
    let asks = wish.is_some() || all.contains(&"please");
    let orders = wish.is_some() && all.iter().any(|word| ORDERING.contains(word));
    says_nothing_else && (counts || orders || (asks && points))
}

/// "Add two bags", "can you put another one on it": more of what was spoken of, and no word of what. `counted` are the
/// words that say how many.
pub fn adds_unnamed(words: &Words, counted: &[&str]) -> bool {
    let all: Vec<&str> = words.iter().collect();
    let rest = behind_assent(&all);
    let opener = longest(rest, OPENERS)
        .or_else(|| longest(rest, WISHES_TO))
        .unwrap_or_default();
    let rest = rest.get(opener..).unwrap_or_default();
    let Some(verb) = longest(rest, ADDING) else {
        return false;
    };
    let rest = rest.get(verb..).unwrap_or_default();
    let more = |word: &&str| counted.contains(word) || MORE.contains(word);
    let known = |word: &&str| {
        more(word)
            || UNITS.contains(word)
            || POINTING.contains(word)
            || AROUND.contains(word)
            || ONTO.contains(word)
            || is_assent(word)
    };
    // "Put in another order" is a new one.
    let new_order = rest
        .windows(2)
        .any(|pair| matches!(pair, [more, "order"] if MORE.contains(more)));
    rest.iter().any(more) && rest.iter().all(known) && !new_order
}

/// "I'd like a bag of ...", "can I get ...": somebody wishes for what they name.
pub fn begins_with_wish(words: &Words) -> bool {
    let all: Vec<&str> = words.iter().collect();
    wish(behind_assent(&all)).is_some()
}

/// "How much for two bags", "I'd like to know about the Kenya", "this one or that": whatever it names is only asked about.
pub fn inquires(words: &Words) -> bool {
    asks(words) || words.iter().any(|word| INQUIRING.contains(&word))
}

/// How many words at the start wish for something.
pub(super) fn wish(words: &[&str]) -> Option<usize> {
    let bare = longest(words, WISHES);
    let opener = longest(words, OPENERS).unwrap_or_default();
    let verb = longest(words.get(opener..).unwrap_or_default(), VERBS).map(|verb| opener + verb);
    bare.max(verb)
}

const WISHES: &[&str] = &[
    "i'd like",
    "i would like",
    "i'd love",
    "i would love",
    "we'd like",
    "i want",
    "we want",
    "i need",
    "we need",
    "put me down for",
];
const INQUIRING: &[&str] = &[
    "about",
    "cost",
    "costs",
    "expensive",
    "know",
    "much",
    "or",
    "price",
    "prices",
    "tell",
];
const OPENERS: &[&str] = &[
    "i'll",
    "i will",
    "we'll",
    "i think i'll",
    "i guess i'll",
    "let's",
    "let me",
    "can i",
    "could i",
    "may i",
    "can we",
    "could we",
    "i'd like to",
    "i would like to",
    "i'd love to",
    "we'd like to",
    "i want to",
    "i'm going to",
    "can you",
    "could you",
    "would you",
    "will you",
    "you can",
];
const VERBS: &[&str] = &[
    "take",
    "have",
    "get",
    "do",
    "buy",
    "order",
    "try",
    "send",
    "ship",
    "go with",
    "go for",
    "give me",
    "give us",
    "get me",
    "get us",
    "send me",
    "send us",
    "order me",
    "make it",
    "make that",
];
const WISHES_TO: &[&str] = &["i'd like you to", "i want you to", "i need you to", "i need to"];
const ADDING: &[&str] = &["add", "add on", "put", "put in", "throw in", "include"];
const MORE: &[&str] = &["more", "another", "extra"];
/// What it is put on.
const ONTO: &[&str] = &["on", "onto", "in", "into", "my", "last", "latest", "order"];
const ORDERING: &[&str] = &["order", "buy"];
/// What may stand around it and say nothing.
const AROUND: &[&str] = &[
    "a",
    "the",
    "of",
    "for",
    "me",
    "us",
    "to",
    "here",
    "delivered",
    "by",
];

#[cfg(test)]
mod tests {
    use super::{Words, adds_unnamed, begins_with_wish, inquires, wishes};

    #[test]
    fn who_wishes_and_who_asks() {
        let check = |text: &str, wish: bool, asks: bool| {
            let words = Words::new(text);
            assert_eq!(
                (begins_with_wish(&words), inquires(&words)),
                (wish, asks),
                "{text}"
            );
        };
        check("i'd like the kenya", true, false);
        check("okay give me two bags", true, false);
        check("the kenya", false, false);
        check("how much for two bags of kenya", false, true);
        check("i'd like to know about the kenya", true, true);
        check("the kenya or the midnight", false, true);
    }

    #[test]
    fn a_wish_for_what_was_spoken_of() {
        let check = |text: &str, counted: &[&str], expect: bool| {
            assert_eq!(wishes(&Words::new(text), counted), expect, "{text}");
        };
        check("great i'll take it", &[], true);
        check("order it", &[], true);
        check("okay send me two", &["two"], true);
        check("yes please two bags", &["two"], true);
        check("i'll take three bags", &["three"], true);
        check("could i have one of those please", &["one"], true);
        check("sounds good i'll have it on friday", &["on", "friday"], true);
        check("let's do that", &[], true);
        check("a bag please", &[], true);
        check("that one please", &[], true);
        check("can you have it here on friday", &["on", "friday"], true);
        check("do you have it here", &[], false);
        check("yes please", &[], false);
        check("that's it", &[], false);
        check("i get it", &[], false);
        check("do you have it", &[], false);
        check("i don't want it", &[], false);
        check("i'll take the usual", &[], false);
        check("i'd like to order", &[], true);
        check("i'd like to order again", &[], false);
        check("just one moment", &["one"], false);
    }

    #[test]
    fn more_of_what_was_spoken_of() {
        let check = |text: &str, counted: &[&str], expect: bool| {
            assert_eq!(adds_unnamed(&Words::new(text), counted), expect, "{text}");
        };
        check("add two bags", &["two"], true);
        check("and can you add two bags to my order please", &["two"], true);
        check("i'd like to add two more", &["two"], true);
        check("put another one on it", &[], true);
        check("throw in two bags", &["two"], true);
        check("can you put in another order please", &[], false);
        check("add it to my order", &[], false);
        check("add two bags of kenya", &["two"], false);
        check("two bags", &["two"], false);
        check("add something to my order", &[], false);
    }
}
