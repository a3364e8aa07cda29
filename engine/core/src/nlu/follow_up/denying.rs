//! A no that is more than one: "no, it never came", "no, but I have another question".

use crate::nlu::normalize::Words;
use crate::nlu::wording::says_one_of;

/// "No, but I have another question": a no that takes no leave.
pub fn goes_on(words: &Words) -> bool {
    words.iter().any(|word| GOING_ON.contains(&word))
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

const GOING_ON: &[&str] = &["but", "however", "question", "questions", "wait"];
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
    use super::{Words, denies};

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
