//! What is said about what was just spoken of, and names it by no word of its own: "I'll take two", "cancel it", "no,
//! it never came". Read by rules, from the whole utterance: with anything else in it, it is something else.

use super::asking::asks;
use super::denied::denied;
use super::normalize::Words;
use super::wording::{is_courtesy, longest, says, says_one_of};

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

/// "Do you have it in stock": a question that points at its thing.
pub fn points(words: &Words) -> bool {
    words.iter().any(|word| POINTING.contains(&word))
}

/// "No, but I have another question": a no that takes no leave.
pub fn goes_on(words: &Words) -> bool {
    words.iter().any(|word| GOING_ON.contains(&word))
}

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

/// "Cancel the latte", "I don't want the Kenya anymore": what is named shall not be. With nothing else wanted in it.
pub fn calls_off(words: &Words) -> bool {
    let text = words.text();
    let off = says_one_of(&text, CALLING_OFF);
    off && !words.iter().any(|word| NOT_OFF.contains(&word)) && !asks(words)
}

/// "Can you cancel it", "I changed my mind, I don't want it any more": it is to be cancelled.
pub fn cancels(words: &Words) -> bool {
    let text = words.text();
    let unwanted = says_one_of(&text, UNWANTED);
    let cancel = words.iter().any(|word| word == "cancel");
    let beside = |word: &str| {
        word == "cancel"
            || ASKING.contains(&word)
            || is_assent(word)
            || POINTING.contains(&word)
            || ITS_NAMES.contains(&word)
    };
    unwanted || (cancel && words.iter().all(beside))
}

/// "Stop it until January", "put it on hold": it is to rest for a time. `timed` where the time was named.
pub fn rests(words: &Words, timed: bool) -> bool {
    let text = words.text();
    let has = |phrases: &[&str]| says_one_of(&text, phrases);
    let all: Vec<&str> = words.iter().collect();
    let otherwise = asks(words) || denied(&all).is_some() || has(STARTING);
    let of_it = all
        .iter()
        .any(|word| POINTING.contains(word) || RESTED.contains(word));
    !otherwise && of_it && (has(RESTING) || (timed && has(STOPPING)))
}

/// "Can I have it delivered on Friday instead", "can you send it to my office": it is to come elsewhere, or on another
/// day. `told` where a place or a day was named.
pub fn moves(words: &Words, told: bool) -> bool {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word));
    let asks = words.iter().next().is_some_and(|word| QUESTIONS.contains(&word));
    !asks && has(DELIVERING) && (told || has(OTHERWISE))
}

/// What is asked about the delivery of what is being ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsksDelivery {
    /// "When would it arrive?"
    Day,
    /// "How much is shipping?"
    Cost,
}

impl AsksDelivery {
    /// As conditions name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Cost => "cost",
        }
    }
}

/// The question about delivery in an utterance that speaks of no order by name.
pub fn asks_delivery(words: &Words) -> Option<AsksDelivery> {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word));
    let text = words.text();
    let any = |phrases: &[&str]| says_one_of(&text, phrases);
    if has(SHIPPING) && (any(HOW_MUCH) || has(COSTS)) {
        Some(AsksDelivery::Cost)
    } else if any(WHEN) && has(COMING) && !has(ITS_OTHERS) {
        Some(AsksDelivery::Day)
    } else {
        None
    }
}

/// "No, it never came", "it hasn't", "that's wrong": it is not as was just told.
pub fn denies(words: &Words) -> bool {
    let all: Vec<&str> = words.iter().collect();
    if all.iter().any(|word| AT_AN_END.contains(word)) {
        return false;
    }
    let text = words.text();
    let untrue = says_one_of(&text, UNTRUE);
    let denied = |at: usize| all.get(at).is_some_and(|word| NEGATIONS.contains(word));
    let missing = (0..all.len()).filter(|at| denied(*at)).any(|at| {
        let near = all.iter().skip(at + 1).take(ARRIVAL_WITHIN);
        near.into_iter().any(|word| ARRIVAL.contains(word))
    });
    let last = all.iter().rev().find(|word| !STILL.contains(word));
    let short = last.is_some_and(|word| SHORT_DENIALS.contains(word)) && says_subject(&all);
    untrue || missing || short
}

/// "No it hasn't" speaks of something; "no not" does not.
fn says_subject(all: &[&str]) -> bool {
    all.iter().any(|word| SUBJECTS.contains(word))
}

/// Assent and courtesy, which say nothing about what is wanted.
fn is_assent(word: &str) -> bool {
    is_courtesy(word) || ASSENT.contains(&word)
}

fn behind_assent<'a, 'w>(words: &'a [&'w str]) -> &'a [&'w str] {
    let end = words.iter().position(|word| !is_assent(word));
    words.get(end.unwrap_or(words.len())..).unwrap_or_default()
}

/// How many words at the start wish for something.
fn wish(words: &[&str]) -> Option<usize> {
    let bare = longest(words, WISHES);
    let opener = longest(words, OPENERS).unwrap_or_default();
    let verb = longest(words.get(opener..).unwrap_or_default(), VERBS).map(|verb| opener + verb);
    bare.max(verb)
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
const CALLING_OFF: &[&str] = &[
    "cancel",
    "call off",
    "don't want",
    "don't need",
    "no longer want",
    "no longer need",
    "don't make",
    "forget",
];
/// "I don't need anything else", "the mocha instead".
const NOT_OFF: &[&str] = &["anything", "else", "instead", "nothing"];
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
const GOING_ON: &[&str] = &["but", "however", "question", "questions", "wait"];
/// What points at the thing spoken of.
const POINTING: &[&str] = &[
    "it", "that", "this", "one", "ones", "them", "those", "these", "some",
];
const UNITS: &[&str] = &["bag", "bags", "pack", "packs", "box", "boxes", "piece", "pieces"];
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

const ASKING: &[&str] = &[
    "can", "could", "i", "i'd", "we", "would", "like", "want", "need", "to", "may", "let's", "is",
    "possible", "still",
];
const ITS_NAMES: &[&str] = &["the", "my", "order", "for", "me", "one"];
const UNWANTED: &[&str] = &[
    "don't want it",
    "do not want it",
    "don't want that",
    "don't need it",
    "no longer want it",
    "no longer need it",
    "don't want them",
    "don't send it",
];

const RESTING: &[&str] = &["on hold", "pause", "suspend", "freeze"];
/// Those that may as well end it.
const STOPPING: &[&str] = &["stop", "hold", "halt", "interrupt"];
const STARTING: &[&str] = &["again", "restart", "resume", "don't", "never"];
/// "Put me on hold" is of the call.
const RESTED: &[&str] = &[
    "subscription",
    "subscriptions",
    "delivery",
    "deliveries",
    "standing",
];

const DELIVERING: &[&str] = &[
    "deliver",
    "delivered",
    "delivery",
    "ship",
    "shipped",
    "shipping",
    "send",
    "sent",
    "come",
    "arrive",
    "here",
    "address",
];
const OTHERWISE: &[&str] = &[
    "instead",
    "different",
    "another",
    "change",
    "later",
    "earlier",
    "sooner",
    "reschedule",
    "move",
    "update",
    "switch",
    "elsewhere",
];
/// Who begins so wants to know.
const QUESTIONS: &[&str] = &[
    "when", "where", "will", "is", "has", "does", "did", "what", "why", "how", "was",
];

const SHIPPING: &[&str] = &["shipping", "delivery", "postage"];
const HOW_MUCH: &[&str] = &["how much", "do i pay", "is there a charge"];
const COSTS: &[&str] = &[
    "cost", "costs", "charge", "charges", "free", "fee", "fees", "included", "extra",
];
const WHEN: &[&str] = &[
    "when",
    "how long",
    "how soon",
    "how fast",
    "how quickly",
    "what day",
    "which day",
];
const COMING: &[&str] = &[
    "arrive",
    "come",
    "here",
    "delivered",
    "deliver",
    "ship",
    "shipped",
    "take",
    "get",
    "delivery",
];
const ITS_OTHERS: &[&str] = &[
    "order",
    "orders",
    "package",
    "parcel",
    "last",
    "my",
    "subscription",
    "stuff",
];

const NEGATIONS: &[&str] = &[
    "never", "not", "hasn't", "haven't", "didn't", "wasn't", "isn't", "weren't", "aren't",
];
/// Words after a negation within which it speaks of an arrival.
const ARRIVAL_WITHIN: usize = 3;
const ARRIVAL: &[&str] = &[
    "got",
    "get",
    "gotten",
    "came",
    "come",
    "arrive",
    "arrived",
    "receive",
    "received",
    "delivered",
    "here",
    "show",
    "showed",
    "shown",
    "turn",
    "turned",
    "see",
    "seen",
    "had",
];
const UNTRUE: &[&str] = &[
    "that's wrong",
    "that is wrong",
    "that's not right",
    "that's not true",
    "that isn't right",
    "that isn't true",
    "that can't be right",
    "not true",
    "don't have it",
    "don't have them",
    "don't see it",
];
const SHORT_DENIALS: &[&str] = &["hasn't", "haven't", "didn't", "wasn't", "isn't", "weren't", "not"];
const STILL: &[&str] = &["yet", "still"];
const SUBJECTS: &[&str] = &["it", "it's", "that", "they", "i", "we", "they're"];
/// Who speaks of these has nothing else: "I haven't got anything else".
const AT_AN_END: &[&str] = &["else", "anything", "nothing", "question", "questions", "more"];

#[cfg(test)]
mod tests {
    use super::{
        AsksDelivery, OfTold, Words, adds_unnamed, asks_delivery, asks_price_of_it, asks_same_of,
        begins_with_wish, calls_off, cancels, denies, inquires, moves, of_told, wishes,
    };

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
    fn an_order_is_called_off() {
        let check = |text: &str, expect: bool| assert_eq!(calls_off(&Words::new(text)), expect, "{text}");
        check("i don't want that anymore", true);
        check("actually forget it", true);
        check("i don't need anything else", false);
        check("no i don't want anything", false);
        check("cancel the latte and give me a mocha instead", false);
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

    #[test]
    fn it_is_to_be_cancelled() {
        let check = |text: &str, expect: bool| assert_eq!(cancels(&Words::new(text)), expect, "{text}");
        check("cancel it", true);
        check("can you cancel it please", true);
        check("i'd like to cancel that order", true);
        check("i changed my mind i don't want it", true);
        check("never mind", false);
        check("cancel my appointment", false);
        check("cancel my subscription", false);
    }

    #[test]
    fn it_is_to_rest() {
        let check = |text: &str, timed: bool, expect: bool| {
            assert_eq!(super::rests(&Words::new(text), timed), expect, "{text}");
        };
        check("stop it until january i'm going on holiday", true, true);
        check("put it on hold for six weeks", true, true);
        check("can you put me on hold", false, false);
        check("don't pause it", false, false);
        check("can you pause a second", false, false);
        check("put it on hold", false, true);
        check("stop it", false, false);
        check("don't pause it until january", true, false);
        check("when is it on hold until", true, false);
        check("start it again in january", false, false);
    }

    #[test]
    fn it_is_to_come_otherwise() {
        let check = |text: &str, told: bool, expect: bool| {
            assert_eq!(moves(&Words::new(text), told), expect, "{text}");
        };
        check("can i have it delivered on friday instead", true, true);
        check("can you change the delivery address", false, true);
        check("can you send it to my office", true, true);
        check("can you have it here by friday", true, true);
        check("is it here yet", false, false);
        check("will it come on friday", true, false);
        check("can you send it", false, false);
    }

    #[test]
    fn questions_about_delivery() {
        let check = |text: &str, expect: Option<AsksDelivery>| {
            assert_eq!(asks_delivery(&Words::new(text)), expect, "{text}");
        };
        check("when will it arrive", Some(AsksDelivery::Day));
        check("how long does delivery take", Some(AsksDelivery::Day));
        check("how much is shipping", Some(AsksDelivery::Cost));
        check("is delivery free", Some(AsksDelivery::Cost));
        check("when will my order arrive", None);
        check("how much is the kenya", None);
    }

    #[test]
    fn it_is_not_as_was_told() {
        let check = |text: &str, expect: bool| assert_eq!(denies(&Words::new(text)), expect, "{text}");
        check("no i never got it", true);
        check("no it hasn't", true);
        check("it never came", true);
        check("it says delivered but i never got it", true);
        check("i have not received it", true);
        check("it's not here", true);
        check("no that's wrong", true);
        check("no not yet it hasn't yet", true);
        check("has it shipped yet", false);
        check("no", false);
        check("no that's everything", false);
        check("no i don't think so", false);
        check("i haven't got anything else", false);
        check("not today", false);
    }
}
