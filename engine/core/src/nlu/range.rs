//! "What do you have?": what somebody asks about all that the shop sells, or all of one kind. With a wish in it
//! ("what do you have that's dark") it looks for advice instead.

use super::enquiry::bare_question;
use super::normalize::Words;

/// What of it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    All,
    /// Beans, and what is made of them at the counter.
    Coffee,
    Beans,
    Drinks,
    Equipment,
}

/// The part of the range that all the words ask for.
pub fn asks_range(words: &Words) -> Option<Range> {
    let all: Vec<&str> = words.iter().collect();
    let said = bare_question(&all);
    let named = KINDS
        .iter()
        .find(|(names, _)| said.iter().any(|word| names.contains(word)));
    let is_known =
        |word: &&str| FUNCTION.contains(word) || KINDS.iter().any(|(names, _)| names.contains(word));
    if said.len() > WORDS_MAX || !said.iter().all(is_known) {
        return None;
    }
    let has = |listed: &[&str]| said.iter().any(|word| listed.contains(word));
    let asks = said.first().is_some_and(|first| ASKING.contains(first)) || has(TELLING);
    let sold = has(&["you", "you've", "you'd"]) && has(OFFERING);
    let bought = has(&["can", "could"]) && has(&["i", "we"]) && has(BUYING);
    let there = has(&["is", "are", "what's", "there's"])
        && has(&["there", "there's", "available"])
        && named.is_some();
    let choice = has(CHOICE) && !has(&["can", "could"]);
    // "List your coffees."
    let told = has(TELLING) && (choice || named.is_some());
    let is_range = asks && (sold || bought || there || choice || told);
    is_range.then(|| named.map_or(Range::All, |(_, range)| *range))
}

/// Longer than any question of this kind.
const WORDS_MAX: usize = 12;
const KINDS: &[(&[&str], Range)] = &[
    (&["drink", "drinks", "tea", "teas", "beverages"], Range::Drinks),
    (&["beans", "blends", "origins", "roasts"], Range::Beans),
    (
        &["accessories", "equipment", "gear", "machines", "merchandise"],
        Range::Equipment,
    ),
    (&["coffee", "coffees"], Range::Coffee),
];
const ASKING: &[&str] = &["what", "what's", "which"];
const TELLING: &[&str] = &["list", "name", "read", "tell"];
const OFFERING: &[&str] = &["carry", "got", "have", "keep", "offer", "sell", "stock"];
const BUYING: &[&str] = &["buy", "choose", "get", "have", "order"];
const CHOICE: &[&str] = &[
    "assortment",
    "available",
    "choices",
    "menu",
    "offer",
    "options",
    "range",
    "sale",
    "selection",
];
/// Words that say nothing of what is asked for.
const FUNCTION: &[&str] = &[
    "a",
    "all",
    "and",
    "are",
    "available",
    "buy",
    "can",
    "carry",
    "choices",
    "choose",
    "could",
    "do",
    "else",
    "exactly",
    "for",
    "from",
    "get",
    "got",
    "guys",
    "have",
    "here",
    "i",
    "in",
    "is",
    "item",
    "items",
    "keep",
    "kind",
    "kinds",
    "list",
    "me",
    "menu",
    "my",
    "name",
    "now",
    "of",
    "offer",
    "on",
    "options",
    "or",
    "order",
    "out",
    "please",
    "products",
    "range",
    "read",
    "right",
    "sale",
    "selection",
    "sell",
    "shop",
    "single",
    "some",
    "sort",
    "sorts",
    "stock",
    "store",
    "stuff",
    "tell",
    "the",
    "then",
    "there",
    "there's",
    "things",
    "to",
    "type",
    "types",
    "us",
    "we",
    "what",
    "what's",
    "which",
    "you",
    "you'd",
    "you've",
    "your",
    "assortment",
];

#[cfg(test)]
mod tests {
    use super::{Range, asks_range};
    use crate::nlu::normalize::Words;

    fn check(text: &str, expect: Option<Range>) {
        assert_eq!(asks_range(&Words::new(text)), expect, "{text}");
    }

    #[test]
    fn all_of_it_or_all_of_a_kind_is_asked_for() {
        check("what do you have", Some(Range::All));
        check("well, what have you got?", Some(Range::All));
        check("what else do you sell", Some(Range::All));
        check("what's on the menu", Some(Range::All));
        check("can you tell me what you have", Some(Range::All));
        check("what can I order", Some(Range::All));
        check("read me the menu please", Some(Range::All));
        check("what coffees do you have", Some(Range::Coffee));
        check("what kinds of coffee are there", Some(Range::Coffee));
        check("list your coffees", Some(Range::Coffee));
        check("which beans do you carry", Some(Range::Beans));
        check("what single origins have you got", Some(Range::Beans));
        check("which teas do you have", Some(Range::Drinks));
        check("what drinks can I get", Some(Range::Drinks));
        check("what equipment do you sell", Some(Range::Equipment));
    }

    #[test]
    fn other_questions_ask_for_something_else() {
        for text in [
            "what do you have that's dark",
            "do you have the kenya",
            "what do you have down for me",
            "what do you recommend",
            "what orders do I have",
            "what time do you have",
            "what grinders do you have",
            "what's in it",
            "how many coffees do you have",
            "what can you do",
            "coffee please",
            "the menu card was wet",
        ] {
            check(text, None);
        }
    }
}
