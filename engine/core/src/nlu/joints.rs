//! Where one wish of a breath ends and the next begins: at "and", or where somebody begins a new sentence, of which the
//! recogniser and [`Words`] keep no full stop: "I have a voucher | I want a refund | and where's my order".

use super::brought::{self, Brought};
use super::normalize::Words;
use super::wording::longest;

/// A place between two wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Joint {
    /// How many words stand before it.
    pub(super) at: usize,
    /// Where the rest begins.
    pub(super) rest: usize,
    /// An "and" says so; else only the beginning of a sentence does.
    said: bool,
}

impl Joint {
    /// Whether these two intents may part here. Without an "and" they must be ones that nobody words as a part of the
    /// other: "I ordered two bags, where are they" orders nothing.
    pub(super) fn may_part(self, one: &str, other: &str, brought: &[Brought]) -> bool {
        let apart = |intent: &str| APART.contains(&intent) || brought::is_of(intent, brought);
        self.said || (apart(one) && apart(other))
    }
}

/// The joints of an utterance, the first one first.
pub(super) fn places<'w>(words: &'w [&'w str], brought: &'w [Brought]) -> impl Iterator<Item = Joint> + 'w {
    (1..words.len()).filter_map(|at| {
        let rest = words.get(at..)?;
        if let ["and", after @ ..] = rest {
            let also = after.first().is_some_and(|word| ALSO.contains(word));
            let rest = at + 1 + usize::from(also);
            return Some(Joint { at, rest, said: true });
        }
        let before = words.get(..at)?;
        let end = rest.iter().position(|word| *word == "and").unwrap_or(rest.len());
        let sentence = rest.get(..end)?;
        let depends = before
            .last()
            .is_some_and(|word| BEFORE_CLAUSES.contains(word) || LEADING.contains(word));
        let points = sentence.iter().any(|word| POINTING.contains(word));
        (begins_wish(before, brought) && begins_wish(rest, brought) && !depends && !points).then_some(Joint {
            at,
            rest: at,
            said: false,
        })
    })
}

fn begins_wish(words: &[&str], brought: &[Brought]) -> bool {
    let said = words.iter().position(|word| !LEADING.contains(word));
    let said = words.get(said.unwrap_or(words.len())..).unwrap_or_default();
    let near = said.get(..BROUGHT_WITHIN).unwrap_or(said);
    longest(said, OPENERS).is_some()
        || (longest(said, HAVING).is_some() && brought::named(near, brought).is_some())
}

/// The intent of "I have a voucher", "can I use my coupon", and nothing else of weight.
pub(super) fn bringing<'b>(words: &Words, brought: &'b [Brought]) -> Option<&'b str> {
    let all: Vec<&str> = words.iter().collect();
    let alone = all.len() <= BRINGING_WORDS_MAX && begins_wish(&all, brought);
    brought::named(&all, brought).filter(|_| alone)
}

pub(super) const SURE_OF_BROUGHT: f32 = 0.9;
/// "I have got a small gift voucher."
const BROUGHT_WITHIN: usize = 7;
const BRINGING_WORDS_MAX: usize = 10;
/// What may follow "and" before the second wish.
const ALSO: &[&str] = &["also", "then"];
const LEADING: &[&str] = &[
    "and", "but", "hello", "hey", "hi", "oh", "okay", "also", "so", "then", "well", "yes", "please",
];
/// How a sentence begins that wants something.
const OPENERS: &[&str] = &[
    "can i",
    "can you",
    "could i",
    "could you",
    "i want",
    "i'd like",
    "i would like",
    "i need",
    "we want",
    "where is",
    "where's",
    "when will",
    "where are",
];
/// The same of something that one has, and that is to be used.
const HAVING: &[&str] = &["i have", "i've got", "i got", "i have got", "we have", "there's"];
/// What follows these belongs to them.
const BEFORE_CLAUSES: &[&str] = &[
    "as", "because", "but", "if", "know", "me", "once", "or", "since", "so", "than", "that", "until", "what",
    "when", "whether", "which", "while", "why",
];
/// What is said of the thing before is no wish of its own.
const POINTING: &[&str] = &["it", "one", "that", "them", "these", "they", "this", "those"];
/// Intents that stand apart without an "and".
const APART: &[&str] = &["order_status", "return_exchange"];

#[cfg(test)]
mod tests {
    use super::{bringing, places};
    use crate::nlu::brought::vouchers;
    use crate::nlu::normalize::Words;

    fn parted(text: &str) -> Vec<String> {
        let words = Words::new(text);
        let all: Vec<&str> = words.iter().collect();
        let brought = vouchers();
        places(&all, &brought)
            .map(|joint| {
                format!(
                    "{} | {}",
                    words.span(0, joint.at),
                    words.span(joint.rest, all.len())
                )
            })
            .collect()
    }

    #[test]
    fn wishes_part_at_and_and_at_new_sentences() {
        assert_eq!(
            parted("I have a voucher, I want a refund, and also where's my order"),
            [
                "i have a voucher | i want a refund and also where's my order",
                "i have a voucher i want a refund | where's my order",
            ]
        );
        assert_eq!(
            parted("Where's my order? I'd like a refund."),
            ["where's my order | i'd like a refund"]
        );
        for whole in [
            "I want to return my order because I want a refund",
            "I want my order, can you send it today",
            "I got my order, I want a refund",
            "I want to know where's my order",
            "I have two bags of kenya I want a refund",
            "two bags of kenya",
        ] {
            assert_eq!(parted(whole), [""; 0], "{whole}");
        }
    }

    #[test]
    fn a_voucher_is_had_or_used() {
        let check = |text: &str, expect: bool| {
            let brought = vouchers();
            let intent = bringing(&Words::new(text), &brought);
            assert_eq!(intent, expect.then_some("voucher"), "{text}");
            assert_eq!(bringing(&Words::new(text), &[]), None, "{text}");
        };
        check("I have a voucher", true);
        check("well, I've got a gift card", true);
        check("can I use my coupon", true);
        check("two bags of kenya", false);
        check("what is a voucher", false);
    }
}
