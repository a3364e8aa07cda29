//! A plain yes or no in everyday words, with negation: "sure", "not really", "yep that's right".
//!
//! Only an utterance that says nothing else is an answer. What remains after the answering words are
//! taken away decides: courtesy and repetition may remain, content may not.

use super::decision::Answer;
use super::normalize::Words;

/// An answer with the words that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct YesNo {
    pub answer: Answer,
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
    let mut end = at;
    while let Some((kind, len)) = all.get(at..).and_then(phrase) {
        answer = match (answer, kind) {
            // "yes no", "no yes": speakers who change their mind answer with the last word, except
            // "no that's right", which confirms after a slip of the tongue: keep it unclear.
            (Some(earlier), later) if earlier != later => return None,
            (_, later) => Some(later),
        };
        at += len;
        end = at;
        at += all.get(at..).map_or(0, courtesy);
    }
    answer.map(|answer| YesNo {
        answer,
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
fn phrase(words: &[&str]) -> Option<(Answer, usize)> {
    let yes = longest(words, YES).unwrap_or(0);
    let no = longest(words, NO).unwrap_or(0);
    match (yes, no) {
        (0, 0) => None,
        _ if no >= yes => Some((Answer::No, no)),
        _ => Some((Answer::Yes, yes)),
    }
}

fn longest(words: &[&str], phrases: &[&str]) -> Option<usize> {
    phrases
        .iter()
        .filter_map(|phrase| {
            let mut count = 0;
            let mut here = words.iter();
            for part in phrase.split(' ') {
                if here.next() != Some(&part) {
                    return None;
                }
                count += 1;
            }
            Some(count)
        })
        .max()
}

const COURTESY: &[&str] = &[
    "please",
    "thanks",
    "thank you",
    "thank you very much",
    "thanks a lot",
    "well",
    "so",
    "oh",
    "okay then",
    "sir",
    "ma'am",
    "madam",
    "actually",
    "i think",
    "i guess",
    "i believe",
    "then",
    "just",
    "really",
    "honestly",
    "to be honest",
    "hey",
    "hi",
    "hello",
    "for me",
    "with me",
    "for sure",
    "now",
    "my friend",
    "man",
    "dude",
];

const YES: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "yup",
    "yea",
    "yah",
    "yes yes",
    "aye",
    "sure",
    "sure thing",
    "sure is",
    "okay",
    "okey",
    "alright",
    "all right",
    "uh-huh",
    "right",
    "that's right",
    "that is right",
    "that's it",
    "that is it",
    "correct",
    "that's correct",
    "that is correct",
    "it is correct",
    "it's correct",
    "you're right",
    "you are right",
    "you are correct",
    "you're correct",
    "you got it",
    "you got that right",
    "you got it right",
    "you bet",
    "you betcha",
    "of course",
    "definitely",
    "absolutely",
    "certainly",
    "exactly",
    "precisely",
    "indeed",
    "totally",
    "perfect",
    "that's perfect",
    "great",
    "good",
    "that's good",
    "that is good",
    "sounds good",
    "sounds great",
    "sounds right",
    "that sounds good",
    "that sounds right",
    "that sounds great",
    "looks good",
    "fine",
    "that's fine",
    "that is fine",
    "that'll be fine",
    "that works",
    "that would be great",
    "that'd be great",
    "that would be good",
    "that will do",
    "that'll do",
    "works for me",
    "fine by me",
    "go ahead",
    "go for it",
    "do it",
    "do that",
    "please do",
    "let's do it",
    "let's do that",
    "let's go",
    "let's go for it",
    "why not",
    "i do",
    "i would",
    "i am",
    "i will",
    "i'd love to",
    "i would love to",
    "i'd like that",
    "i would like that",
    "it is",
    "it does",
    "that is",
    "that's true",
    "that is true",
    "true",
    "it's true",
    "it is true",
    "affirmative",
    "confirm",
    "confirmed",
    "i confirm",
    "i confirm that",
    "i agree",
    "agreed",
    "i accept",
    "accept",
    "place it",
    "order it",
    "place the order",
    "place my order",
    "send it",
    "yes it is",
    "yes that's it",
    "by all means",
    "no problem",
    "that's the one",
    "that is the one",
    "that's what i want",
    "that is what i want",
    "that's what i said",
    "that's all correct",
    "it's right",
    "it is right",
    "all good",
    "that's all right",
    "i'm sure",
    "i am sure",
    "very much so",
    "most definitely",
    "heck yes",
    "hell yes",
    "hell yeah",
    "cool",
    "got it",
    "that's okay",
    "that is okay",
    "it's fine",
    "it's okay",
    "all correct",
    "everything is correct",
    "i say yes",
    "yes to that",
    "i'd say yes",
    "that's not wrong",
    "that is not wrong",
    "that isn't wrong",
    "no that's not wrong",
    "no that is not wrong",
    "no that isn't wrong",
    "it's not wrong",
    "not wrong",
    "you're not wrong",
    "nothing wrong with that",
    "there's nothing wrong with that",
    "i wouldn't say no",
    "can't say no",
    "i can't say no",
    "won't say no",
    "i won't say no to that",
    "that's a yes",
    "it's a yes",
    "that'd be a yes",
    "that would be a yes",
    "spot on",
];

const NO: &[&str] = &[
    "no",
    "nope",
    "nah",
    "naw",
    "nay",
    "no no",
    "uh-uh",
    "no way",
    "not really",
    "not",
    "not at all",
    "not now",
    "not right now",
    "not today",
    "not yet",
    "not quite",
    "not exactly",
    "not correct",
    "not right",
    "not true",
    "not that",
    "not that one",
    "not this time",
    "not for me",
    "not sure",
    "not necessarily",
    "never",
    "never mind that",
    "no thanks",
    "no thank you",
    "no sir",
    "no ma'am",
    "no way jose",
    "that's not right",
    "that is not right",
    "that isn't right",
    "that's not correct",
    "that is not correct",
    "that isn't correct",
    "that's not it",
    "that is not it",
    "that isn't it",
    "that's not true",
    "that is not true",
    "that isn't true",
    "it's not",
    "it is not",
    "it isn't",
    "that's not what i want",
    "that is not what i want",
    "that's not what i said",
    "that is not what i said",
    "that's not what i wanted",
    "that's not what i asked for",
    "that's not the one",
    "wrong",
    "that's wrong",
    "that is wrong",
    "it's wrong",
    "it is wrong",
    "you're wrong",
    "you are wrong",
    "you got it wrong",
    "you got that wrong",
    "incorrect",
    "that's incorrect",
    "that is incorrect",
    "false",
    "that's false",
    "that is false",
    "negative",
    "i don't",
    "i do not",
    "i don't think so",
    "i do not think so",
    "i don't want that",
    "i don't want it",
    "i don't want to",
    "i do not want that",
    "don't",
    "don't do that",
    "don't do it",
    "do not do that",
    "do not",
    "don't place it",
    "don't order it",
    "absolutely not",
    "definitely not",
    "certainly not",
    "of course not",
    "i wouldn't",
    "i would not",
    "i'd rather not",
    "i would rather not",
    "i disagree",
    "i won't",
    "i am not",
    "i'm not",
    "i'm afraid not",
    "i'm good",
    "i'm okay",
    "i'm fine",
    "i'm all set",
    "i'm not sure",
    "hell no",
    "heck no",
    "no chance",
    "nothing",
    "nothing else",
    "that's all",
    "that's no good",
    "that's not okay",
    "that's not fine",
    "doesn't sound right",
    "that doesn't sound right",
    "that doesn't look right",
    "i say no",
    "that's a no",
    "it's a no",
    "that would be a no",
    "i'd say no",
    "on the contrary",
    "that's not the case",
    "that is not the case",
    "that's not good",
    "not good",
    "i have to say no",
    "i'm going to say no",
    "it does not",
    "it doesn't",
    "under no circumstances",
];

#[cfg(test)]
mod tests {
    use super::{Answer, Words, leading, plain};

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
}
