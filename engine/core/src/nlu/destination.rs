//! Where callers want something sent: "to my office", "send it to my mother", "the other address". Whose
//! places these are is not known here: the words are found, and not what they mean.

use super::dates::wish;
use super::normalize::Words;
use super::number;

/// The words that say where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination {
    /// With "send it to" before them.
    pub start: usize,
    /// The place itself.
    pub from: usize,
    pub end: usize,
    /// Sent, brought, delivered there: it can be nothing but a place.
    pub sent: bool,
}

/// Every destination in an utterance; `taken` tells which words mean something else already.
pub fn destinations(words: &Words, taken: impl Fn(usize) -> bool) -> Vec<Destination> {
    let all: Vec<&str> = words.iter().collect();
    let mut found: Vec<Destination> = Vec::new();
    if wish::is_question(&all) {
        return found;
    }
    for at in 0..all.len() {
        if found.last().is_some_and(|last| at < last.end) {
            continue;
        }
        let end = stretch(&all, at + 1, &taken);
        found.extend(
            sent_to(&all, at, end)
                .or_else(|| to_a_place(&all, at, end))
                .or_else(|| sent_home(&all, at))
                .or_else(|| an_address(&all, at, &taken)),
        );
    }
    found
}

/// Up to which word a place that begins here may go.
fn stretch(words: &[&str], from: usize, taken: &impl Fn(usize) -> bool) -> usize {
    let mut end = from;
    while let Some(word) = words.get(end) {
        let counts = number::number(words.get(end..).unwrap_or_default()).is_some() && *word != "one";
        if end - from >= WORDS_MAX || taken(end) || ENDS.contains(word) || counts {
            break;
        }
        end += 1;
    }
    end
}

/// "send it to X", "have them delivered to X", "ship two bags to X".
fn sent_to(words: &[&str], at: usize, end: usize) -> Option<Destination> {
    let to = matches!(*words.get(at)?, "to" | "at");
    let place = words.get(at + 1..end).filter(|place| is_place(place))?;
    let before = words.get(at.saturating_sub(SENT_BEFORE)..at).unwrap_or_default();
    let verb = before.iter().rposition(|word| SEND.contains(word))?;
    let between = before.get(verb + 1..).unwrap_or_default();
    let plain = between.iter().all(|word| SENT_THINGS.contains(word));
    // Farther from its verb, "to" may begin something else: "send me two bags to try".
    let sure = plain || place.first().is_some_and(|word| WHOSE.contains(word)) || names_place(place);
    (to && sure).then(|| Destination {
        start: if plain { at - between.len() - 1 } else { at },
        from: at + 1,
        end,
        sent: plain,
    })
}

/// "my usual, to the office": without a verb only what is a place by its name.
fn to_a_place(words: &[&str], at: usize, end: usize) -> Option<Destination> {
    let place = words.get(at + 1..end).filter(|place| is_place(place))?;
    let spoken_to = words
        .get(at.saturating_sub(2)..at)
        .is_some_and(|before| before.iter().any(|word| SPEAK.contains(word)));
    (*words.get(at)? == "to" && names_place(place) && !spoken_to).then_some(Destination {
        start: at,
        from: at + 1,
        end,
        sent: false,
    })
}

/// "send it home".
fn sent_home(words: &[&str], at: usize) -> Option<Destination> {
    let home = *words.get(at)? == "home";
    let before = words.get(at.checked_sub(2)?..at)?;
    let [verb, thing] = before else { return None };
    (home && SEND.contains(verb) && SENT_THINGS.contains(thing)).then_some(Destination {
        start: at - 2,
        from: at,
        end: at + 1,
        sent: true,
    })
}

/// "the other address", "a different address", "somewhere else".
fn an_address(words: &[&str], at: usize, taken: &impl Fn(usize) -> bool) -> Option<Destination> {
    let here = |end: usize, from: usize| Destination {
        start: at,
        from,
        end,
        sent: false,
    };
    if words.get(at..at + 2) == Some(&["somewhere", "else"]) {
        return Some(here(at + 2, at));
    }
    if !WHOSE.contains(words.get(at)?) {
        return None;
    }
    let end = stretch(words, at + 1, taken);
    let named = words
        .get(at + 1..end)?
        .iter()
        .position(|word| *word == "address")?;
    Some(here(at + named + 2, at))
}

/// Whether the words can stand for a place: not "my order", "an agent", "you", "try".
fn is_place(words: &[&str]) -> bool {
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return false;
    };
    let bare = words.len() == 1 && WHOSE.contains(first);
    !(bare || NO_PLACE.contains(last) || VERBS.contains(first))
}

fn names_place(words: &[&str]) -> bool {
    words.iter().any(|word| PLACES.contains(word))
}

/// The most words of a place: "the office on mill road".
const WORDS_MAX: usize = 6;
/// How far before its "to" a verb may stand: "send two bags of dark roast to".
const SENT_BEFORE: usize = 8;
const SEND: &[&str] = &[
    "send",
    "sent",
    "deliver",
    "delivered",
    "ship",
    "shipped",
    "bring",
    "mail",
    "mailed",
    "sending",
    "delivering",
    "going",
    "goes",
    "go",
];
/// What may stand between the verb and its "to".
const SENT_THINGS: &[&str] = &[
    "it",
    "them",
    "this",
    "that",
    "these",
    "those",
    "everything",
    "all",
    "the",
    "order",
    "my",
    "parcel",
    "package",
];
const WHOSE: &[&str] = &[
    "my", "our", "the", "his", "her", "their", "a", "an", "another", "that", "your", "one",
];
const SPEAK: &[&str] = &["speak", "talk", "listen", "connect", "transfer", "say"];
/// What a place is called, if nothing else is known of it.
pub(crate) const PLACES: &[&str] = &[
    "home",
    "house",
    "office",
    "work",
    "workplace",
    "apartment",
    "flat",
    "place",
    "address",
    "cabin",
    "cottage",
    "studio",
    "school",
    "shop",
    "store",
    "street",
    "road",
    "avenue",
    "lane",
    "mother",
    "mother's",
    "mom",
    "mom's",
    "father",
    "father's",
    "dad",
    "dad's",
    "parents",
    "sister",
    "sister's",
    "brother",
    "brother's",
    "son",
    "daughter",
    "wife",
    "husband",
    "friend",
    "friend's",
    "neighbor",
    "neighbor's",
    "neighbors",
    "boss",
    "somewhere",
];
/// Where a place ends.
const ENDS: &[&str] = &[
    "please", "thanks", "thank", "and", "but", "instead", "because", "if", "as", "by", "for", "not", "no",
    "yes", "okay", "now", "today", "then", "also", "again", "this", "with", "i", "i'd", "i'll", "would",
    "rather", "when", "right", "correct", "though", "is", "it", "that's",
];
/// Things one adds to, and people one speaks to.
const NO_PLACE: &[&str] = &[
    "order",
    "orders",
    "subscription",
    "cart",
    "basket",
    "account",
    "list",
    "agent",
    "person",
    "human",
    "operator",
    "representative",
    "manager",
    "someone",
    "somebody",
    "me",
    "us",
    "you",
    "it",
    "them",
    "one",
    "usual",
    "of",
];
/// "to" before a verb.
const VERBS: &[&str] = &[
    "try", "use", "drink", "start", "begin", "reorder", "order", "buy", "get", "have", "make", "change",
    "cancel", "know", "speak", "talk", "do", "be", "send", "return", "pay", "add", "check", "ask", "see",
    "go", "pick", "drop", "come", "arrive", "deliver", "say", "tell", "take", "give",
];

#[cfg(test)]
mod tests {
    use super::{Words, destinations};

    fn check(text: &str, expect: &[&str]) {
        let words = Words::new(text);
        let taken = |at: usize| words.iter().nth(at).is_some_and(|word| word.ends_with("day"));
        let found: Vec<String> = destinations(&words, taken)
            .into_iter()
            .map(|found| words.span(found.from, found.end))
            .collect();
        assert_eq!(found, expect, "for {text:?}");
    }

    #[test]
    fn places_are_said_in_many_ways() {
        check("reorder my usual to the office", &["the office"]);
        check("yes but send it to my office please", &["my office"]);
        check("send it to my mother", &["my mother"]);
        check("ship it to harold", &["harold"]);
        check("no to the other address", &["the other address"]);
        check("the other address please", &["the other address"]);
        check("two bags of dark roast to my home", &["my home"]);
        check(
            "can you have it delivered to the office on mill road",
            &["the office on mill road"],
        );
        check("send two bags to the cabin and a mug", &["the cabin"]);
        check("send it home", &["home"]);
        check("send it somewhere else", &["somewhere else"]);
        check("deliver it to the office sunday", &["the office"]);
        check("that's the wrong address", &["the wrong address"]);
        check("to the office or home", &["the office or home"]);
    }

    #[test]
    fn not_every_to_leads_somewhere() {
        for text in [
            "i'd like to reorder my last order",
            "add two bags to my order",
            "i want to speak to a person",
            "can i talk to someone at the office",
            "send me two bags to try",
            "change it to the light roast",
            "make it two",
            "where was it sent to my office",
            "send it to me",
            "the usual",
            "",
        ] {
            check(text, &[]);
        }
    }
}
