//! A key of the telephone, read out.

use super::decision::Answer;
use super::number::UNITS;

/// A key that was read out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aloud {
    pub(crate) digit: usize,
    /// With words that can only be of a key: "press one", "one for yes".
    pub(crate) pointed: bool,
}

impl Aloud {
    pub(crate) const fn answer(self) -> Option<Answer> {
        match self.digit {
            1 => Some(Answer::Yes),
            2 => Some(Answer::No),
            _ => None,
        }
    }
}

/// The key that this is, if it is nothing else: "one", "press one please".
pub(crate) fn key_aloud(text: &str) -> Option<Aloud> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    // "One press" is of goods.
    let pointed = words
        .iter()
        .find(|word| POINTING_AT_A_KEY.contains(word) || digit(word).is_some());
    let pointed = pointed.is_some_and(|word| POINTING_AT_A_KEY.contains(word));
    words.retain(|word| !POINTING_AT_A_KEY.contains(word));
    words.retain(|word| !AROUND_A_KEY.contains(word));
    let (digit, pointed) = match words.as_slice() {
        [word] => (digit(word)?, pointed),
        ["one" | "1", "for", "yes"] => (1, true),
        ["two" | "2", "for", "no"] => (2, true),
        _ => return None,
    };
    (1..=KEYS_MAX)
        .contains(&digit)
        .then_some(Aloud { digit, pointed })
}

fn digit(word: &str) -> Option<usize> {
    let figure = word.parse().ok();
    figure.or_else(|| UNITS.iter().position(|name| *name == word))
}

/// The highest key that a prompt names.
pub(crate) const KEYS_MAX: usize = 9;
/// What is said of keys alone.
const POINTING_AT_A_KEY: &[&str] = &["press", "pressed", "pressing", "key", "button", "digit"];
/// What may stand beside it and says nothing.
const AROUND_A_KEY: &[&str] = &["i", "i'm", "the", "number", "please"];
