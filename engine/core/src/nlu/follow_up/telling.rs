//! What is said of goods that were just told of: "how much?", "and the Kenya?", "the cheaper one".

use super::{POINTING, behind_assent, is_assent, wishing::wish};
use crate::nlu::normalize::Words;
use crate::nlu::wording::says;

/// "How much?", "and what's the price", of what was just told of.
pub fn asks_price_of_it(words: &Words) -> bool {
    let text = words.text();
    let asks = says(&text, "how much") || words.iter().any(|word| PRICE_WORDS.contains(&word));
    asks && words
        .iter()
        .all(|word| PRICE_WORDS.contains(&word) || BESIDE_PRICE.contains(&word) || POINTING.contains(&word))
}

/// "And the Kenya?", "what about a mocha?": the question before is asked of another one. `named` are the words that name it.
pub fn asks_same_of(words: &Words, named: &str) -> bool {
    let named: Vec<&str> = named.split_whitespace().collect();
    let all: Vec<&str> = words.iter().collect();
    let opens = matches!(
        all.as_slice(),
        ["and", ..] | ["what" | "how", "about", ..] | ["okay" | "so" | "then", "and", ..]
    );
    let rest = |word: &&str| named.contains(word) || BESIDE_NAMED.contains(word);
    opens && all.iter().all(rest)
}

/// Which of several things that were told of are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfTold {
    Cheapest,
    Dearest,
    First,
    Last,
    All,
}

/// "The cheaper one, please", "I'll take both": with nothing else in it.
pub fn of_told(words: &Words) -> Option<OfTold> {
    let all: Vec<&str> = words.iter().collect();
    let rest = behind_assent(&all);
    let rest = rest.get(wish(rest).unwrap_or_default()..).unwrap_or_default();
    let has = |listed: &[&str]| rest.iter().any(|word| listed.contains(word));
    let known = |word: &&str| {
        [CHEAP, DEAR, FIRST, LAST, EVERY]
            .iter()
            .any(|list| list.contains(word))
            || BESIDE_CHOICE.contains(word)
            || is_assent(word)
    };
    if !rest.iter().all(known) {
        return None;
    }
    let least = has(&["less", "least"]);
    if has(CHEAP) || (least && has(DEAR)) {
        Some(OfTold::Cheapest)
    } else if has(DEAR) {
        Some(OfTold::Dearest)
    } else if has(EVERY) {
        Some(OfTold::All)
    } else if has(FIRST) {
        Some(OfTold::First)
    } else {
        has(LAST).then_some(OfTold::Last)
    }
}

const PRICE_WORDS: &[&str] = &["price", "prices", "cost", "costs"];
const BESIDE_PRICE: &[&str] = &[
    "and", "are", "bag", "a", "be", "do", "does", "each", "for", "how", "how's", "is", "much", "okay", "per",
    "so", "the", "they", "what", "what's", "would",
];
const BESIDE_NAMED: &[&str] = &[
    "a", "about", "an", "and", "bag", "bags", "for", "how", "is", "much", "my", "of", "okay", "one", "so",
    "that", "the", "then", "what", "your",
];
const CHEAP: &[&str] = &["cheap", "cheaper", "cheapest"];
const DEAR: &[&str] = &["expensive", "dearer", "dearest", "pricier", "priciest"];
const FIRST: &[&str] = &["first", "former"];
const LAST: &[&str] = &["second", "last", "latter"];
const EVERY: &[&str] = &["both", "all"];
const BESIDE_CHOICE: &[&str] = &[
    "a", "bag", "each", "for", "go", "i'll", "it", "kinds", "least", "less", "me", "more", "most", "of",
    "one", "ones", "take", "the", "them", "these", "those", "three", "two", "with",
];

#[cfg(test)]
mod tests {
    use super::{OfTold, Words, asks_price_of_it, asks_same_of, of_told};

    #[test]
    fn what_is_said_of_several_that_were_told_of() {
        let check =
            |text: &str, expect: Option<OfTold>| assert_eq!(of_told(&Words::new(text)), expect, "{text}");
        check("the cheaper one please", Some(OfTold::Cheapest));
        check("i'll take the less expensive one", Some(OfTold::Cheapest));
        check("the more expensive of the two", Some(OfTold::Dearest));
        check("i'll take both", Some(OfTold::All));
        check("both of them please", Some(OfTold::All));
        check("the first one", Some(OfTold::First));
        check("give me the second one", Some(OfTold::Last));
        check("anything cheaper", None);
        check("that's all thanks", None);
        check("that's all", None);
        check("i'll take it", None);
    }

    #[test]
    fn the_same_is_asked_of_another() {
        let check =
            |text: &str, expect: bool| assert_eq!(asks_same_of(&Words::new(text), "kenya"), expect, "{text}");
        check("and the kenya", true);
        check("what about the kenya", true);
        check("and a bag of kenya please", false);
        check("the kenya", false);
        let price =
            |text: &str, expect: bool| assert_eq!(asks_price_of_it(&Words::new(text)), expect, "{text}");
        price("how much", true);
        price("and how much is it", true);
        price("what's the price", true);
        price("how much is shipping", false);
    }
}
