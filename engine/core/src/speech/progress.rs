//! What the words so far look like, seen from what was asked: is the answer there, may more follow, is
//! something plainly missing?

use crate::nlu::number::{TENS, UNITS};
use crate::speech::expectation::{Candidate, Expectation};

/// How far the answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The recogniser has said nothing yet.
    Unknown,
    /// The answer that was asked for is there.
    Complete,
    /// Enough for an answer, and more may well follow (a drink without its milk).
    Enough,
    /// Something is missing.
    Partial,
    /// An article or the like at the end: the next word is on the tip of the tongue.
    Begun,
    /// The last word asks for another: "two bags and".
    Dangling,
    /// The caller is thinking aloud: "um".
    Hesitating,
}

impl Progress {
    /// For the reason of a cut.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "no words yet",
            Self::Complete => "complete",
            Self::Enough => "may be complete",
            Self::Partial => "incomplete",
            Self::Begun => "begun",
            Self::Dangling => "dangling",
            Self::Hesitating => "hesitating",
        }
    }
}

/// Judges the words so far against what was asked.
pub fn progress(expectation: &Expectation, words: Option<&str>) -> Progress {
    let Some(text) = words.map(str::trim).filter(|text| !text.is_empty()) else {
        return Progress::Unknown;
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let last = words.last().copied().unwrap_or_default();
    if HESITATIONS.contains(&last) {
        return Progress::Hesitating;
    }
    if DANGLING.contains(&last) || ends_with_any(text, LEADS) {
        return Progress::Dangling;
    }
    if BEGUN.contains(&last) {
        return Progress::Begun;
    }
    // "Please" ends what it follows, and a command is whole by itself.
    let whole = (POLITE.contains(&last) && words.len() > 1) || ends_with_any(text, COMMANDS);
    if whole {
        // One digit is easily heard as "agent" or "bye".
        let digits = matches!(expectation, Expectation::Digits { .. });
        return if digits {
            Progress::Enough
        } else {
            Progress::Complete
        };
    }
    match expectation {
        Expectation::YesNo => yes_no_progress(&words, last),
        Expectation::Digits { min, max } => digits_progress(&words, last, *min, *max),
        Expectation::OneOf { candidates } => choice_progress(text, last, candidates),
        Expectation::Quantity { .. } if is_number_word(last) => Progress::Complete,
        Expectation::Quantity { .. } if words.iter().any(|word| is_number_word(word)) => Progress::Enough,
        Expectation::Quantity { .. } => Progress::Partial,
        Expectation::Drink => drink_progress(&words),
        Expectation::Item if is_number_word(last) => Progress::Partial,
        Expectation::Open if words.iter().any(|word| DRINKS.contains(word)) => drink_progress(&words),
        Expectation::Item | Expectation::Open => Progress::Enough,
    }
}

/// "no, make it two": what follows the yes or no counts too.
fn yes_no_progress(words: &[&str], last: &str) -> Progress {
    if YES.contains(&last) {
        Progress::Complete
    } else if words.iter().any(|word| YES.contains(word)) || words.iter().any(|word| is_number_word(word)) {
        Progress::Enough
    } else {
        Progress::Partial
    }
}

fn digits_progress(words: &[&str], last: &str, min: u8, max: u8) -> Progress {
    if CORRECTIONS.contains(&last) && words.len() > 1 {
        return Progress::Dangling;
    }
    let count = digit_count(words);
    if count >= usize::from(max) {
        Progress::Complete
    } else if count >= usize::from(min) || NO_NUMBER.iter().any(|word| words.contains(word)) {
        Progress::Enough
    } else {
        Progress::Partial
    }
}

/// A choice is complete unless a longer one begins with it.
fn choice_progress(text: &str, last: &str, candidates: &[Candidate]) -> Progress {
    let forms = || {
        let spoken = candidates.iter().flat_map(|candidate| &candidate.spoken);
        spoken.map(|form| form.to_lowercase())
    };
    let Some(said) = forms()
        .filter(|form| ends_with_words(text, form))
        .max_by_key(String::len)
    else {
        let place = PLACES.contains(&last) || YES.contains(&last);
        return if place {
            Progress::Complete
        } else {
            Progress::Partial
        };
    };
    let longer = forms().any(|form| form.strip_prefix(&said).is_some_and(|rest| rest.starts_with(' ')));
    if longer {
        Progress::Enough
    } else {
        Progress::Complete
    }
}

/// A drink has a name; people who want milk or sugar say so after it.
fn drink_progress(words: &[&str]) -> Progress {
    let Some(name) = words.iter().rposition(|word| DRINKS.contains(word)) else {
        return Progress::Partial;
    };
    let after = words.get(name..).unwrap_or_default();
    if after.iter().any(|word| EXTRAS.contains(word)) {
        Progress::Complete
    } else {
        Progress::Enough
    }
}

/// How many digits the words spell: "double three" and "thirty three" are two. A correction takes back
/// the digit before it.
fn digit_count(words: &[&str]) -> usize {
    let mut count = 0_usize;
    let mut repeat = 1;
    let mut tens = false;
    for (at, word) in words.iter().enumerate() {
        let unit_of_tens = std::mem::take(&mut tens);
        match *word {
            "double" => repeat = 2,
            "triple" => repeat = 3,
            _ if is_digit(word) && unit_of_tens => {}
            _ if is_digit(word) => count += std::mem::replace(&mut repeat, 1),
            _ if UNITS.contains(word) => count += 2,
            _ if TENS.contains(word) => {
                count += 2;
                tens = true;
            }
            _ if CORRECTIONS.contains(word) && at > 0 => count = count.saturating_sub(1),
            _ if word.bytes().all(|byte| byte.is_ascii_digit()) => count += word.len(),
            _ => {}
        }
    }
    count
}

/// Zero to nine, as people dictate them.
fn is_digit(word: &str) -> bool {
    matches!(word, "oh" | "o") || UNITS.iter().take(10).any(|unit| *unit == word)
}

fn is_number_word(word: &str) -> bool {
    is_digit(word)
        || UNITS.contains(&word)
        || TENS.contains(&word)
        || COUNTS.contains(&word)
        || word.bytes().all(|byte| byte.is_ascii_digit())
}

fn ends_with_any(text: &str, forms: &[&str]) -> bool {
    forms.iter().any(|form| ends_with_words(text, form))
}

fn ends_with_words(text: &str, form: &str) -> bool {
    text.strip_suffix(form)
        .is_some_and(|before| before.is_empty() || before.ends_with(' '))
}

/// Sounds of thinking: the turn is surely not over.
pub(crate) const HESITATIONS: [&str; 8] = ["um", "uh", "er", "erm", "hmm", "hm", "well", "ah"];

/// Words that nothing ends with: more was promised.
const DANGLING: &[&str] = &[
    "and", "or", "but", "with", "without", "of", "to", "for", "from", "at", "in", "plus", "because", "lot",
    "lots", "bit",
];

/// The same, of several words.
const LEADS: &[&str] = &[
    "make it",
    "make that",
    "change it",
    "i want",
    "i need",
    "i said",
    "i meant",
    "i'd like",
    "i'll have",
    "i'll take",
    "give me",
    "get me",
    "can i get",
    "can i have",
    "number is",
];

/// Small words before the one that counts.
const BEGUN: &[&str] = &[
    "the", "a", "an", "my", "i", "i'd", "i'll", "is", "some", "another", "it's", "that's",
];

const POLITE: [&str; 4] = ["please", "thanks", "you", "instead"];

/// Wishes that are whole whatever was asked.
const COMMANDS: &[&str] = &[
    "help",
    "cancel",
    "stop",
    "agent",
    "operator",
    "representative",
    "goodbye",
    "bye",
    "pardon",
    "never mind",
    "forget it",
    "customer service",
    "say that again",
    "come again",
    "repeat that",
    "a person",
    "a human",
    "someone",
    "somebody",
];

const CORRECTIONS: [&str; 4] = ["no", "sorry", "wait", "actually"];

/// "I don't have it", "no idea", "I'm not sure".
const NO_NUMBER: [&str; 3] = ["don't", "idea", "sure"];

const PLACES: [&str; 5] = ["first", "second", "third", "last", "one"];

/// What completes a yes/no answer.
pub(crate) const YES: [&str; 18] = [
    "yes",
    "yeah",
    "yep",
    "yup",
    "sure",
    "correct",
    "right",
    "okay",
    "ok",
    "fine",
    "exactly",
    "absolutely",
    "no",
    "nope",
    "nah",
    "wrong",
    "incorrect",
    "not",
];

/// Last words of the drinks' names (`models/nlu/en/grammar/drink.jsgf`).
const DRINKS: [&str; 6] = ["coffee", "mocha", "americano", "cappuccino", "latte", "espresso"];
const EXTRAS: [&str; 4] = ["milk", "cream", "sugar", "sweetener"];

const COUNTS: [&str; 3] = ["dozen", "couple", "hundred"];

#[cfg(test)]
mod tests {
    use super::{Progress, progress};
    use crate::speech::expectation::{Candidate, Expectation};

    fn check(expectation: &Expectation, words: &str, expect: Progress) {
        assert_eq!(
            progress(expectation, Some(words)),
            expect,
            "{words:?} for {}",
            expectation.name()
        );
    }

    #[test]
    fn yes_no_and_what_is_added_to_it() {
        let asked = Expectation::YesNo;
        check(&asked, "", Progress::Unknown);
        check(&asked, "yes", Progress::Complete);
        check(&asked, "yes please", Progress::Complete);
        check(&asked, "yes but", Progress::Dangling);
        check(&asked, "no make it", Progress::Dangling);
        check(&asked, "no make it two", Progress::Enough);
        check(&asked, "third", Progress::Partial);
        check(&asked, "operator", Progress::Complete);
        check(&asked, "the", Progress::Begun);
    }

    #[test]
    fn digits_are_counted_as_they_are_said() {
        let six = Expectation::Digits { min: 6, max: 6 };
        check(&six, "four five one", Progress::Partial);
        check(&six, "four five one oh two two", Progress::Complete);
        check(&six, "double four triple one five", Progress::Complete);
        check(&six, "forty one seventy two twenty", Progress::Complete);
        check(&six, "forty one seventeen two", Progress::Partial);
        check(&six, "four one seven no", Progress::Dangling);
        check(&six, "four five one oh two no three", Progress::Partial);
        check(&six, "four five one oh two no three two", Progress::Complete);
        check(&six, "i don't have it", Progress::Enough);
        check(&six, "agent", Progress::Enough);
        check(
            &Expectation::Digits { min: 4, max: 6 },
            "1 2 3 4",
            Progress::Enough,
        );
    }

    #[test]
    fn a_choice_is_complete_unless_a_longer_one_begins_with_it() {
        let candidate = |value: &str, spoken: &[&str]| Candidate {
            value: value.into(),
            spoken: spoken.iter().map(|form| (*form).to_owned()).collect(),
        };
        let orders = Expectation::OneOf {
            candidates: vec![
                candidate("a", &["Dark Roast", "the dark one"]),
                candidate("b", &["dark roast decaf", "espresso"]),
            ],
        };
        check(&orders, "the", Progress::Begun);
        check(&orders, "i mean the espresso", Progress::Complete);
        check(&orders, "dark roast", Progress::Enough);
        check(&orders, "dark roast decaf", Progress::Complete);
        check(&orders, "dark", Progress::Partial);
        check(&orders, "the second one", Progress::Complete);
    }

    #[test]
    fn a_drink_needs_a_name_and_may_get_milk() {
        for asked in [Expectation::Drink, Expectation::Open] {
            check(&asked, "i want a large mocha", Progress::Enough);
            check(&asked, "i want a large mocha with", Progress::Dangling);
            check(&asked, "a large mocha with a lot", Progress::Dangling);
            check(&asked, "a large mocha with some milk", Progress::Complete);
            check(&asked, "a large mocha please", Progress::Complete);
            check(&asked, "can i have", Progress::Dangling);
        }
        check(&Expectation::Drink, "a light roast", Progress::Partial);
    }

    #[test]
    fn everything_else() {
        check(&Expectation::Quantity { max: 20 }, "twelve", Progress::Complete);
        check(
            &Expectation::Quantity { max: 20 },
            "twelve bags",
            Progress::Enough,
        );
        check(&Expectation::Item, "two", Progress::Partial);
        check(&Expectation::Item, "two dark roast", Progress::Enough);
        check(&Expectation::Open, "two bags and", Progress::Dangling);
        check(&Expectation::Open, "i want um", Progress::Hesitating);
        check(&Expectation::Open, "where is my order", Progress::Enough);
    }
}
