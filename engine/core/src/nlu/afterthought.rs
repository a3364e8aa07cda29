//! Words that come right after an order was placed, and whether they can be about that order: "I meant two" is, "my last
//! order of two mugs never came" and "is that two bags or one?" are not.

use super::asking::{asks, asks_of_named};
use super::normalize::Words;
use super::number;
use super::wording::says;

/// Whether something is asked, or told of what was before: nothing of the order is to change by that.
pub(crate) fn asks_or_tells(words: &Words) -> bool {
    let told = words.iter().any(|word| BEFORE.contains(&word));
    let text = words.text();
    let asked =
        says(&text, "to ask") || says(&text, "do you") || words.iter().any(|word| COMPARING.contains(&word));
    told || asked || asks(words) || asks_of_named(words)
}

/// "No wait, I want two of those": a number, and nothing that says what else it may count. `goods` are the words of what
/// was ordered.
pub(crate) fn only_counts(words: &Words, goods: &[&str]) -> bool {
    let all: Vec<&str> = words.iter().collect();
    let counts = |at: usize| all.get(at..).and_then(number::number).is_some();
    let known = |word: &&str| BESIDE_NUMBER.contains(word) || goods.iter().any(|name| is_form_of(word, name));
    all.iter().enumerate().all(|(at, word)| counts(at) || known(word))
}

/// "I don't want the latte anymore": what is `named` is called off, and nothing is said of how it should not be.
pub(crate) fn calls_off_alone(words: &Words, named: &[&str]) -> bool {
    // "I don't want to wait for it."
    let about_it = |word: &str| ["for", "to"].contains(&word);
    let known = |word: &str| {
        BESIDE_OFF.contains(&word)
            || BESIDE_NUMBER.contains(&word)
            || named.iter().any(|span| span.split(' ').any(|part| part == word))
    };
    words.iter().all(|word| known(word) && !about_it(word))
}

/// "Lattes" of a latte.
fn is_form_of(word: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    name.split(' ')
        .any(|part| word == part || word.strip_suffix('s').is_some_and(|one| one == part))
}

/// What was, or should have been.
const BEFORE: &[&str] = &[
    "ago",
    "already",
    "broken",
    "came",
    "damaged",
    "earlier",
    "got",
    "last",
    "never",
    "previous",
    "received",
    "return",
    "week",
    "yesterday",
];
const COMPARING: &[&str] = &["cheaper", "difference"];
const BESIDE_NUMBER: &[&str] = &[
    "a",
    "actually",
    "and",
    "asked",
    "bag",
    "bags",
    "be",
    "better",
    "but",
    "can",
    "change",
    "correction",
    "could",
    "cup",
    "cups",
    "did",
    "each",
    "for",
    "get",
    "give",
    "have",
    "hold",
    "i",
    "i'd",
    "i'll",
    "instead",
    "is",
    "it",
    "it's",
    "just",
    "let's",
    "like",
    "make",
    "may",
    "me",
    "mean",
    "meant",
    "more",
    "my",
    "need",
    "no",
    "nope",
    "not",
    "of",
    "oh",
    "okay",
    "on",
    "one",
    "ones",
    "only",
    "order",
    "ordered",
    "pack",
    "packs",
    "piece",
    "pieces",
    "please",
    "quantity",
    "rather",
    "said",
    "say",
    "should",
    "sorry",
    "supposed",
    "sure",
    "take",
    "thanks",
    "that",
    "that's",
    "the",
    "them",
    "these",
    "they",
    "this",
    "those",
    "to",
    "uh",
    "um",
    "wait",
    "want",
    "wanted",
    "was",
    "we",
    "well",
    "would",
    "wrong",
    "yeah",
    "yes",
    "you",
];
const BESIDE_OFF: &[&str] = &[
    "after", "all", "any", "anymore", "both", "call", "cancel", "changed", "don't", "forget", "from", "go",
    "longer", "mind", "off", "three", "two",
];

#[cfg(test)]
mod tests {
    use super::{Words, asks_or_tells, calls_off_alone, only_counts};

    #[test]
    fn what_is_asked_or_was_before_changes_nothing() {
        let check = |text: &str, expect: bool| assert_eq!(asks_or_tells(&Words::new(text)), expect, "{text}");
        check("actually my last order of two mugs never came", true);
        check("wait is that two bags or one", true);
        check("oh wait do you also have large mochas", true);
        check("actually is the small one cheaper", true);
        check("i meant to ask do you have filters", true);
        check("no wait i want two", false);
        check("actually can i get two of those", false);
        check("i ordered a small not a large", false);
        check("can you make it a large", false);
    }

    #[test]
    fn a_number_alone_is_of_the_order() {
        let check = |text: &str, expect: bool| {
            assert_eq!(only_counts(&Words::new(text), &["latte"]), expect, "{text}");
        };
        check("no wait i want two", true);
        check("i meant two lattes not twenty five", true);
        check("actually can i get two of those please", true);
        check("actually i want to book a tasting for two", false);
        check("sorry i need one of my orders sent to my office", false);
        check("no make that five dollars", false);
    }

    #[test]
    fn called_off_and_not_only_how_it_is_made() {
        let check = |text: &str, expect: bool| {
            assert_eq!(calls_off_alone(&Words::new(text), &["latte"]), expect, "{text}");
        };
        check("cancel the latte please", true);
        check("i don't want the latte anymore", true);
        check("actually i changed my mind i don't want my latte after all", true);
        check("i don't want sugar in the latte", false);
        check("i don't want to wait for the latte", false);
        check("don't make the latte too hot", false);
    }
}
