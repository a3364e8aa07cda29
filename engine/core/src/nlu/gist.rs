//! What was said, without how: two recognisers that hear "can i get a mocha" and "i'd like one mocha" agree.

use super::decision::Answer;
use super::normalize::Words;
use super::number;
use super::yes_no::{self, Assent};

/// A plain yes or no, or else the words that carry the meaning, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gist {
    Answer(Answer, Option<Assent>),
    Words(Vec<String>),
}

impl Gist {
    pub fn of(text: &str) -> Self {
        let words = Words::new(text);
        if let Some(found) = yes_no::leading(&words).filter(|found| found.whole) {
            return Self::Answer(found.answer, found.assent);
        }
        let all: Vec<&str> = words.iter().filter(|word| !ASKING.contains(word)).collect();
        let word = |at: Option<usize>| at.and_then(|at| all.get(at).copied()).unwrap_or_default();
        // "One mocha" is a mocha, "one double shot" a double shot; among figures "one" is a figure, and alone an answer.
        let is_article = |at: usize| {
            let opens = !is_number(word(Some(at + 1))) || UNITS.contains(&word(Some(at + 2)));
            all.len() > 1 && opens && !is_number(word(at.checked_sub(1)))
        };
        let telling = all.iter().enumerate();
        let telling: Vec<String> = telling
            .filter(|(at, word)| **word != "one" || !is_article(*at))
            .map(|(_, word)| (*word).to_owned())
            .collect();
        if telling.is_empty() {
            return Self::Words(vec![words.text()]);
        }
        Self::Words(telling)
    }

    /// How far both say the same, 0 to 1. Dictated figures, and what says "not", are the same or have nothing in common.
    pub fn shared_with(&self, other: &Self) -> f32 {
        match (self, other) {
            (Self::Words(a), Self::Words(b)) => shared_words(a, b),
            (Self::Answer(a, _), Self::Answer(b, _)) => f32::from(a == b),
            (Self::Answer(..) | Self::Words(_), _) => 0.0,
        }
    }

    /// Whether both are a yes, and this one the fainter: "that's right" beside "yes".
    pub fn is_fainter_yes_than(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Answer(Answer::Yes, own), Self::Answer(Answer::Yes, its)) => own < its,
            (Self::Answer(..) | Self::Words(_), _) => false,
        }
    }
}

fn shared_words(a: &[String], b: &[String]) -> f32 {
    let counts = |words: &[String]| words.iter().any(|word| is_number(word));
    let sorted = |words: &[String]| {
        let mut words = words.to_vec();
        words.sort_unstable();
        words
    };
    // "Cream and sugar" is "sugar and cream"; with numbers it matters what each of them counts.
    if a == b || (!counts(a) && !counts(b) && sorted(a) == sorted(b)) {
        return 1.0;
    }
    if is_exact(a) || is_exact(b) {
        return 0.0;
    }
    in_order(a, b) as f32 / a.len().max(b.len()).max(1) as f32
}

/// Whether one word more or less makes another thing of it.
fn is_exact(words: &[String]) -> bool {
    let figures = words
        .windows(2)
        .any(|pair| pair.iter().all(|word| is_number(word)));
    figures || words.iter().any(|word| TURNING.contains(&word.as_str()))
}

fn is_number(word: &str) -> bool {
    FIGURES.contains(&word) || number::number(&[word]).is_some()
}

/// Length of the longest common subsequence.
fn in_order(a: &[String], b: &[String]) -> usize {
    let mut row = vec![0_usize; b.len() + 1];
    for word in a {
        let mut diagonal = 0;
        for (at, other) in b.iter().enumerate() {
            let above = row.get(at + 1).copied().unwrap_or(0);
            let left = row.get(at).copied().unwrap_or(0);
            let best = if word == other {
                diagonal + 1
            } else {
                above.max(left)
            };
            if let Some(cell) = row.get_mut(at + 1) {
                *cell = best;
            }
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// How a wish is wrapped: openings, courtesy, articles, and the small words between its parts.
const ASKING: &[&str] = &[
    "a", "an", "and", "bring", "can", "could", "for", "get", "give", "have", "hello", "hey", "hi", "i",
    "i'd", "i'll", "like", "love", "make", "may", "me", "my", "need", "of", "order", "please", "said",
    "some", "take", "thank", "thanks", "the", "to", "us", "want", "with", "would", "you",
];
/// What figures are dictated with, beside the numbers themselves.
const FIGURES: &[&str] = &["oh", "double", "triple"];
/// What a number before them counts.
const UNITS: &[&str] = &["shot", "shots", "ounce", "ounces", "pound", "pounds"];
const TURNING: &[&str] = &["no", "not", "don't", "but", "instead", "never", "without"];

#[cfg(test)]
mod tests {
    use super::Gist;

    fn shared(a: &str, b: &str) -> f32 {
        let (a, b) = (Gist::of(a), Gist::of(b));
        assert_eq!(a.shared_with(&b), b.shared_with(&a), "{a:?} {b:?}");
        a.shared_with(&b)
    }

    #[test]
    fn the_same_wish_in_other_words_agrees() {
        for (a, b) in [
            (
                "can i get a mocha with cream and sugar",
                "i'd like one mocha with sugar and cream",
            ),
            ("uh huh i do", "sure thank you"),
            ("nope", "no thank you"),
            (
                "bring me large double shot mocha",
                "order a large double shot mocha please",
            ),
            ("one", "one please"),
            (
                "order one double shot americano",
                "bring me double shot americano",
            ),
            ("one twelve ounce coffee", "i'd like a twelve ounce coffee"),
            ("four double seven one oh two", "four double seven one oh two"),
        ] {
            assert_eq!(shared(a, b), 1.0, "{a} | {b}");
        }
    }

    #[test]
    fn other_figures_and_other_answers_have_nothing_in_common() {
        for (a, b) in [
            ("yes", "no"),
            ("yes", "five"),
            ("yes two bags", "yes"),
            ("one", "nine"),
            ("one one two three four five", "one two two three four five"),
            ("four one oh seven two two", "four four oh seven two two"),
            (
                "my order number is one two three",
                "my order number is two two three",
            ),
            ("double four seven", "four double seven"),
            ("four five six one", "four five six"),
            ("not two but three", "not three but two"),
            ("the dark one", "not the dark one"),
            ("please", "hello"),
        ] {
            assert_eq!(shared(a, b), 0.0, "{a} | {b}");
        }
    }

    #[test]
    fn wishes_that_differ_in_one_thing_share_the_rest() {
        for (a, b, expect) in [
            (
                "an iced mocha with cream",
                "i'd like an iced mocha with sugar",
                2.0 / 3.0,
            ),
            ("a mocha", "one iced mocha", 0.5),
            // Who gets how many of what: the order of the words.
            (
                "two bags of dark roast and one bag of light roast",
                "one bag of dark roast and two bags of light roast",
                4.0 / 7.0,
            ),
        ] {
            assert_eq!(shared(a, b), expect, "{a} | {b}");
        }
    }

    #[test]
    fn a_yes_in_passing_is_fainter() {
        let fainter = |a: &str, b: &str| Gist::of(a).is_fainter_yes_than(&Gist::of(b));
        assert!(fainter("that's right", "yeah"));
        assert!(fainter("yeah", "place the order"));
        assert!(!fainter("yeah", "yes"));
        assert!(!fainter("yes", "that's right"));
        assert!(!fainter("no", "yes"));
    }
}
