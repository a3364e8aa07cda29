//! What somebody asks about the order that was just read to them: "what's the total", "what's in it", "when will it
//! come", "where does it go". Whole questions only: with anything else in it, it is about something else.

use super::enquiry::bare_question;
use super::normalize::Words;

/// What is asked about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfOrder {
    /// All that it costs.
    Total,
    /// What is in it.
    Lines,
    Day,
    Place,
}

/// The question that all the words are, if they are one of these.
pub fn asks_of_order(words: &Words) -> Option<OfOrder> {
    let all: Vec<&str> = words.iter().collect();
    let said = bare_question(&all);
    let is_known = |word: &&str| FUNCTION.contains(word) || TOPICS.iter().any(|topic| topic.contains(word));
    if said.len() > WORDS_MAX || !said.iter().all(is_known) {
        return None;
    }
    let has = |listed: &[&str]| said.iter().any(|word| listed.contains(word));
    let (first, second) = (said.first()?, said.get(1).copied().unwrap_or_default());
    // An order that has a name of its own is one that was placed.
    let of_placed = has(&["my", "our"]) && has(&["order"]);
    match *first {
        "how" if second == "much" && !has(GETTING) => Some(OfOrder::Total),
        "what" | "what's" | "how" | "which" if has(COST) => Some(OfOrder::Total),
        "total" => Some(OfOrder::Total),
        "where" | "where's" if !of_placed && has(GOING) && said.last() != Some(&"from") => {
            Some(OfOrder::Place)
        }
        "what" | "what's" | "which" if has(&["address"]) => Some(OfOrder::Place),
        "when" | "when's" if !of_placed && has(COMING) => Some(OfOrder::Day),
        "how" if ["long", "soon", "fast", "quickly"].contains(&second) && has(COMING) => Some(OfOrder::Day),
        "what" | "which" if ["day", "date"].contains(&second) && has(COMING) => Some(OfOrder::Day),
        "what" | "what's" | "which" => asks_lines(said).then_some(OfOrder::Lines),
        "how" if second == "many" || has(GETTING) => asks_lines(said).then_some(OfOrder::Lines),
        _ => None,
    }
}

/// "What's in it", "what did I order", "how many is that", but not "what do you have", "what does it do", "what's it for".
fn asks_lines(said: &[&str]) -> bool {
    let has = |listed: &[&str]| said.iter().any(|word| listed.contains(word));
    let of_range = has(&["can", "could", "would"]) || (has(&["you"]) && has(OFFERING) && !has(NOTED));
    let of_use = has(&["does"]) && !has(INCLUDING);
    let open = said.last().is_some_and(|last| LEFT_OPEN.contains(last));
    let mine = has(&["i", "we", "i've", "we've"]) && has(OFFERING);
    let told = has(CONTENT) || has(GETTING) || has(NOTED) || has(INCLUDING) || mine;
    told && !of_range && !of_use && !open
}

/// Longer than any question of this kind.
const WORDS_MAX: usize = 12;
const TOPICS: &[&[&str]] = &[COST, GOING, COMING, GETTING, CONTENT, NOTED, INCLUDING, OFFERING];
const COST: &[&str] = &["cost", "costs", "damage", "owe", "pay", "price", "sum", "total"];
const GOING: &[&str] = &[
    "be",
    "deliver",
    "delivered",
    "delivering",
    "go",
    "goes",
    "going",
    "send",
    "sending",
    "sent",
    "ship",
    "shipped",
    "get",
    "pick",
    "collect",
    "fetch",
];
const COMING: &[&str] = &[
    "arrive",
    "arrives",
    "arriving",
    "be",
    "come",
    "comes",
    "coming",
    "delivered",
    "expect",
    "get",
    "gets",
    "have",
    "here",
    "sent",
    "shipped",
    "take",
];
const GETTING: &[&str] = &["buying", "get", "getting", "order", "ordered", "ordering"];
const CONTENT: &[&str] = &[
    "in", "it", "items", "on", "that", "that's", "these", "they", "things", "this", "those",
];
/// "What do you have down for me."
const NOTED: &[&str] = &["down", "in", "noted", "on"];
const INCLUDING: &[&str] = &["include", "included", "includes", "including"];
const OFFERING: &[&str] = &["got", "have"];
/// "What's it for", "what's that like."
const LEFT_OPEN: &[&str] = &["about", "do", "for", "from", "like", "with"];
/// Words that say nothing of what is asked.
const FUNCTION: &[&str] = &[
    "a",
    "address",
    "again",
    "all",
    "altogether",
    "am",
    "an",
    "and",
    "are",
    "bag",
    "bags",
    "basket",
    "can",
    "cart",
    "come",
    "could",
    "date",
    "day",
    "did",
    "do",
    "does",
    "everything",
    "exactly",
    "fast",
    "for",
    "from",
    "going",
    "had",
    "how",
    "how's",
    "i",
    "i'm",
    "i've",
    "is",
    "it's",
    "its",
    "like",
    "list",
    "long",
    "many",
    "me",
    "much",
    "my",
    "now",
    "of",
    "our",
    "quickly",
    "please",
    "should",
    "so",
    "soon",
    "the",
    "them",
    "then",
    "there",
    "there's",
    "to",
    "up",
    "us",
    "was",
    "we",
    "we're",
    "we've",
    "were",
    "what",
    "what's",
    "when",
    "when's",
    "where",
    "where's",
    "which",
    "whole",
    "will",
    "with",
    "would",
    "you",
    "you're",
    "you've",
];

#[cfg(test)]
mod tests {
    use super::{OfOrder, asks_of_order};
    use crate::nlu::normalize::Words;

    #[test]
    fn what_was_read_is_asked_about() {
        let check = |expect: OfOrder, texts: &[&str]| {
            for text in texts {
                assert_eq!(asks_of_order(&Words::new(text)), Some(expect), "{text}");
            }
        };
        check(
            OfOrder::Total,
            &[
                "how much is that",
                "what's the total",
                "sorry, how much is it altogether?",
                "and what does it all come to, the price",
                "what do I owe you",
                "how much will that be",
                "total?",
                "can you tell me what it costs",
                "what's the total price again",
            ],
        );
        check(
            OfOrder::Lines,
            &[
                "what's in it",
                "what is in the order",
                "what am I getting",
                "wait, what did I order?",
                "how many is that",
                "how many bags is that",
                "what have you got down for me",
                "what's that",
                "what does it include",
                "what do I have in there",
            ],
        );
        check(
            OfOrder::Day,
            &[
                "when will it come",
                "when does it get here",
                "how long will it take",
                "and when will I have it",
                "how soon is it here",
                "what day will it arrive",
            ],
        );
        check(
            OfOrder::Place,
            &[
                "where does it go",
                "where do I pick it up",
                "where is it going",
                "where are you sending it",
                "where to is it going to be delivered",
                "which address",
                "what address is it going to",
            ],
        );
    }

    #[test]
    fn other_questions_are_not_of_it() {
        for text in [
            "what do you have",
            "what have you got",
            "where is my order",
            "where is my order going",
            "when will my last order come",
            "how much is the midnight",
            "how much is shipping",
            "how much is it a pound",
            "how strong is it",
            "what's it for",
            "what does it taste like",
            "what does it do",
            "where does it come from",
            "what can I get",
            "when do you open",
            "yes",
            "make it two",
            "what's in the midnight blend",
            "what time is it",
        ] {
            assert_eq!(asks_of_order(&Words::new(text)), None, "{text}");
        }
    }
}
