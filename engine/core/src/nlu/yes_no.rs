//! A plain yes or no in everyday words, with negation: "sure", "not really", "yep that's right".
//!
//! Only an utterance that says nothing else is an answer. What remains after the answering words are
//! taken away decides: courtesy and repetition may remain, content may not.

mod phrases;

use super::decision::Answer;
use super::normalize::Words;
use super::wording::longest;
use phrases::{COURTESY, NO, YES};

/// How much a yes says, from the least. What sounds like a comment, or is a lost "not" away from a no, is
/// weaker evidence than a word that is never anything but a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assent {
    /// "Great", "fine", "right": a remark as often as an answer.
    Comment,
    /// "Okay", "sure", "that's right", "order it": an answer, said in passing or left over from "that's not right".
    Passing,
    /// "Yes", "yeah", "go ahead": never anything else.
    Plain,
    /// "Place the order": what is to be done, in words that no other answer sounds like.
    Named,
}

/// An answer with the words that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct YesNo {
    pub answer: Answer,
    /// Of a yes: the most that any of its phrases says.
    pub assent: Option<Assent>,
    /// Words taken by the answer at the start of the utterance.
    pub len: usize,
    /// True when nothing but courtesy follows: the whole utterance is the answer.
    pub whole: bool,
}

/// Reads the answer at the start of the utterance, if there is one.
pub fn leading(words: &Words) -> Option<YesNo> {
    let all: Vec<&str> = words.iter().collect();
    let mut at = courtesy(&all);
    let mut answer = None;
    let mut assent = None;
    let mut end = at;
    while let Some((kind, said, len)) = all.get(at..).and_then(phrase) {
        answer = match (answer, kind) {
            // "yes no", "no yes": speakers who change their mind answer with the last word, except
            // "no that's right", which confirms after a slip of the tongue: keep it unclear.
            (Some(earlier), later) if earlier != later => return None,
            (_, later) => Some(later),
        };
        assent = assent.max(said);
        at += len;
        end = at;
        at += all.get(at..).map_or(0, courtesy);
    }
    answer.map(|answer| YesNo {
        answer,
        assent,
        len: end,
        whole: at >= all.len(),
    })
}

/// The answer when the whole utterance is one.
pub fn plain(words: &Words) -> Option<Answer> {
    leading(words)
        .filter(|found| found.whole)
        .map(|found| found.answer)
}

/// "I don't want you not to order it": two negations apart from each other. What it means is for the caller
/// to say again; plain forms ("that's not wrong") are phrases of their own.
pub fn is_double_negative(words: &Words) -> bool {
    let all: Vec<&str> = words.iter().collect();
    let mut negations = (0..all.len()).filter(|at| all.get(*at).is_some_and(|word| NEGATIONS.contains(word)));
    let (first, last) = (negations.next(), negations.next_back());
    first.zip(last).is_some_and(|(first, last)| last > first + 1)
}

const NEGATIONS: &[&str] = &[
    "not",
    "don't",
    "won't",
    "wouldn't",
    "can't",
    "isn't",
    "never",
    "without",
    "cannot",
    "shouldn't",
];

/// How many words of courtesy or hesitation stand here.
fn courtesy(words: &[&str]) -> usize {
    let mut at = 0;
    while let Some(len) = words.get(at..).and_then(|rest| longest(rest, COURTESY)) {
        at += len;
    }
    at
}

/// The longest answering phrase here. Both lists are searched so that "not right" beats "not".
fn phrase(words: &[&str]) -> Option<(Answer, Option<Assent>, usize)> {
    let yes = YES
        .iter()
        .filter_map(|(assent, phrases)| Some((longest(words, phrases)?, *assent)))
        .max();
    let no = longest(words, NO).unwrap_or(0);
    match yes {
        Some((len, assent)) if len > no => Some((Answer::Yes, Some(assent), len)),
        Some(_) | None => (no > 0).then_some((Answer::No, None, no)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Assent, Words, leading, plain};

    fn check(text: &str, expect: Option<Answer>) {
        assert_eq!(plain(&Words::new(text)), expect, "for {text:?}");
    }

    #[test]
    fn everyday_answers() {
        for text in [
            "yes",
            "Yes, please.",
            "yep that's right",
            "sure",
            "uh-huh",
            "mm-hmm",
            "okay go ahead",
            "yeah sure",
            "oh yes thank you",
            "that is correct",
            "yes yes yes",
            "of course",
            "why not",
            "sounds good thanks",
            "well yes i think so yes",
            "no problem",
        ] {
            check(text, Some(Answer::Yes));
        }
        for text in [
            "no",
            "no thanks",
            "not really",
            "nope",
            "no no no",
            "i don't think so",
            "that's not right",
            "uh-uh",
            "nah i'm good",
            "definitely not",
            "no that's wrong",
            "not right now",
            "please don't",
        ] {
            check(text, Some(Answer::No));
        }
    }

    #[test]
    fn two_negations() {
        check("no that's not wrong", Some(Answer::Yes));
        check("that isn't wrong", Some(Answer::Yes));
        check("i wouldn't say no", Some(Answer::Yes));
        check("no that's wrong", Some(Answer::No));
        let double = |text: &str| super::is_double_negative(&Words::new(text));
        assert!(double("i don't want you not to order it"));
        assert!(double("i wouldn't order it without knowing"));
        assert!(!double("no i don't want it"));
        assert!(!double("that's not it"));
    }

    #[test]
    fn more_than_an_answer_is_none() {
        check("yes but make it two", None);
        check("no i said three", None);
        check("yes no", None);
        check("where is my order", None);
        check("", None);
        let found = leading(&Words::new("yes but make it two")).unwrap();
        assert_eq!((found.answer, found.len, found.whole), (Answer::Yes, 1, false));
    }

    fn assent(text: &str) -> Option<Assent> {
        leading(&Words::new(text)).and_then(|found| found.assent)
    }

    #[test]
    fn a_yes_says_more_or_less() {
        let check = |text: &str, expect| assert_eq!(assent(text), expect, "{text}");
        check("fine", Some(Assent::Comment));
        check("oh great thanks", Some(Assent::Comment));
        check("okay", Some(Assent::Passing));
        check("that's right", Some(Assent::Passing));
        check("yeah", Some(Assent::Plain));
        check("okay yes please", Some(Assent::Plain));
        check("yes place the order please", Some(Assent::Named));
        check("book it for me", Some(Assent::Named));
        check("put me down for it please", Some(Assent::Named));
        check("go through with it", Some(Assent::Named));
        check("don't go through with it", None);
        check("do not book it", None);
        check("can you book it", None);
        check("no", None);
        check("yes but make it two", Some(Assent::Plain));
    }

    /// "That's not right" must not become more than a yes in passing when its "not" is lost.
    #[test]
    fn no_no_is_a_lost_word_away_from_a_plain_yes() {
        for no in super::NO {
            let words: Vec<&str> = no.split(' ').collect();
            for lost in 0..words.len() {
                let left: Vec<&str> = words
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| *at != lost)
                    .map(|(_, word)| *word)
                    .collect();
                let left = left.join(" ");
                assert_ne!(assent(&left), Some(Assent::Plain), "{no}: {left}");
            }
        }
    }
}
