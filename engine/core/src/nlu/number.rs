//! Number words to values: quantities ("a couple of", "half a dozen", "twenty one") and digit strings
//! ("four oh double seven"), which people read one by one, in pairs, or as one number.

use super::wording::{begins, count};

/// A number found in the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    pub value: u32,
    /// Words it takes.
    pub len: usize,
}

/// The number that starts at the first of `words`. "a" and "an" alone are none.
pub fn number<S: AsRef<str>>(words: &[S]) -> Option<Number> {
    let word = |at: usize| words.get(at).map(AsRef::as_ref).unwrap_or_default();
    if let Some((phrase, value)) = PHRASES.iter().find(|(phrase, _)| begins(words, phrase)) {
        return Some(Number {
            value: *value,
            len: count(phrase),
        });
    }
    if let Some(value) = figure(word(0)) {
        return Some(scaled(value, 1, words));
    }
    let article = usize::from(matches!(word(0), "a" | "one") && is_scale(word(1)));
    if article == 1 {
        return Some(cardinal(words, 1, 1));
    }
    let (value, len) = below_hundred(words)?;
    Some(cardinal(words, value, len))
}

/// Goes on after a first part: "two | hundred and five", "two | dozen".
fn cardinal<S: AsRef<str>>(words: &[S], first: u32, first_len: usize) -> Number {
    let mut total = 0_u32;
    let mut group = first;
    let mut len = first_len;
    while let Some(word) = words.get(len).map(AsRef::as_ref) {
        match word {
            "hundred" if group > 0 && group < 100 => group = group.saturating_mul(100),
            "thousand" if group > 0 && total == 0 => {
                total = group.saturating_mul(1_000);
                group = 0;
            }
            "dozen" if group > 0 && total == 0 => group = group.saturating_mul(12),
            _ => {
                let skip = usize::from(word == "and");
                let open = group.is_multiple_of(100) && (group >= 100 || total > 0);
                match words.get(len + skip..).and_then(below_hundred) {
                    Some((more, used)) if open => {
                        group = group.saturating_add(more);
                        len += skip + used;
                        continue;
                    }
                    Some(_) | None => break,
                }
            }
        }
        len += 1;
    }
    Number {
        value: total.saturating_add(group),
        len,
    }
}

/// "2 dozen".
fn scaled<S: AsRef<str>>(value: u32, len: usize, words: &[S]) -> Number {
    match words.get(len).map(AsRef::as_ref) {
        Some("dozen") => Number {
            value: value.saturating_mul(12),
            len: len + 1,
        },
        Some(_) | None => Number { value, len },
    }
}

fn below_hundred<S: AsRef<str>>(words: &[S]) -> Option<(u32, usize)> {
    let first = words.first()?.as_ref();
    if let Some(ten) = position(first, TENS) {
        let tens = (ten + 2) * 10;
        return Some(
            match words.get(1).and_then(|next| position(next.as_ref(), UNITS)) {
                Some(unit) if unit > 0 && unit < 10 => (tens + unit, 2),
                Some(_) | None => (tens, 1),
            },
        );
    }
    position(first, UNITS).map(|value| (value, 1))
}

/// A number written in figures, as far as it fits.
fn figure(word: &str) -> Option<u32> {
    if word.is_empty() || !word.bytes().all(|b| b.is_ascii_digit()) {
        None
    } else {
        word.parse().ok()
    }
}

fn is_scale(word: &str) -> bool {
    matches!(word, "hundred" | "thousand" | "dozen")
}

fn position(word: &str, table: &[&str]) -> Option<u32> {
    table
        .iter()
        .position(|entry| *entry == word)
        .and_then(|at| u32::try_from(at).ok())
}

/// A run of spoken digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits {
    /// Every way to read it, the likeliest first: "twenty three" is 23 and 203.
    pub readings: Vec<String>,
    pub start: usize,
    pub end: usize,
}

impl Digits {
    /// The likeliest reading whose length is allowed; else the likeliest of all.
    pub fn best(&self, min: usize, max: usize) -> &str {
        self.readings
            .iter()
            .find(|reading| (min..=max).contains(&reading.len()))
            .or(self.readings.first())
            .map_or("", String::as_str)
    }
}

/// The longest run of digits in the words, with its readings.
pub fn digits<S: AsRef<str>>(words: &[S]) -> Option<Digits> {
    let mut best: Option<Digits> = None;
    let mut at = 0;
    while at < words.len() {
        match run(words, at) {
            Some(found) => {
                at = found.end;
                let longer = best
                    .as_ref()
                    .is_none_or(|b| found.best(0, usize::MAX).len() > b.best(0, usize::MAX).len());
                if longer {
                    best = Some(found);
                }
            }
            None => at += 1,
        }
    }
    best
}

fn run<S: AsRef<str>>(words: &[S], start: usize) -> Option<Digits> {
    let mut readings = vec![String::new()];
    let mut end = start;
    while let Some((options, used)) = words.get(end..).and_then(piece) {
        readings = combine(&readings, &options);
        end += used;
    }
    // A trailing "to", "for" is a word, not a digit; "oh" alone is a sigh.
    if words
        .get(end.wrapping_sub(1))
        .is_some_and(|w| SOUND_ALIKES.contains(&w.as_ref()))
    {
        return run(words.get(..end - 1)?, start);
    }
    (end > start && !(end == start + 1 && is_o(words.get(start)))).then_some(Digits { readings, start, end })
}

fn is_o<S: AsRef<str>>(word: Option<&S>) -> bool {
    word.is_some_and(|w| matches!(w.as_ref(), "oh" | "o"))
}

/// Every earlier reading followed by every option, bounded.
fn combine(readings: &[String], options: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for reading in readings {
        for option in options {
            if out.len() < READINGS_MAX && reading.len() + option.len() <= DIGITS_MAX {
                out.push(format!("{reading}{option}"));
            }
        }
    }
    if out.is_empty() { readings.to_vec() } else { out }
}

/// One spoken piece of a digit string: its readings and how many words it takes.
fn piece<S: AsRef<str>>(words: &[S]) -> Option<(Vec<String>, usize)> {
    let first = words.first()?.as_ref();
    let next = words.get(1).map(AsRef::as_ref).unwrap_or_default();
    if let Some(times) = repeat_count(first) {
        return digit(next).map(|d| (vec![d.repeat(times)], 2));
    }
    if first.bytes().all(|b| b.is_ascii_digit()) {
        return Some((vec![first.to_owned()], 1));
    }
    if let Some(ten) = position(first, TENS) {
        let tens = (ten + 2) * 10;
        return Some(match digit(next) {
            Some(unit) if unit != "0" => (vec![format!("{}{unit}", ten + 2), format!("{tens}{unit}")], 2),
            Some(_) | None => (vec![tens.to_string()], 1),
        });
    }
    if next == "hundred"
        && let Some(d) = digit(first)
    {
        return Some(hundreds(&d, words));
    }
    if let Some(d) = digit(first) {
        return Some((vec![d], 1));
    }
    position(first, UNITS).map(|value| (vec![value.to_string()], 1))
}

/// "four hundred (and) seven": 407, or 4007 said in two breaths.
fn hundreds(hundred: &str, words: &[impl AsRef<str>]) -> (Vec<String>, usize) {
    let and = usize::from(words.get(2).is_some_and(|w| w.as_ref() == "and"));
    match words.get(2 + and..).and_then(below_hundred) {
        Some((more, used)) => (
            vec![format!("{hundred}{more:02}"), format!("{hundred}00{more}")],
            2 + and + used,
        ),
        None => (vec![format!("{hundred}00")], 2),
    }
}

fn repeat_count(word: &str) -> Option<usize> {
    match word {
        "double" => Some(2),
        "triple" | "treble" => Some(3),
        "quadruple" => Some(4),
        _ => None,
    }
}

fn digit(word: &str) -> Option<String> {
    let value = match word {
        "oh" | "o" | "nought" | "naught" | "null" => 0,
        "to" | "too" => 2,
        "for" => 4,
        "ate" => 8,
        _ if word.len() == 1 && word.bytes().all(|b| b.is_ascii_digit()) => return Some(word.to_owned()),
        _ => position(word, UNITS).filter(|value| *value < 10)?,
    };
    Some(value.to_string())
}

/// Words that sound like a digit and, at the end of a run, are none.
const SOUND_ALIKES: &[&str] = &["to", "too", "for", "ate"];

const READINGS_MAX: usize = 16;
const DIGITS_MAX: usize = 32;

/// Zero to nineteen.
pub(crate) const UNITS: &[&str] = &[
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

/// Twenty, thirty, ... ninety.
pub(crate) const TENS: &[&str] = &[
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

/// Quantities that are no cardinals; the longest first.
const PHRASES: &[(&str, u32)] = &[
    ("half a dozen of", 6),
    ("half a dozen", 6),
    ("half dozen", 6),
    ("a couple of", 2),
    ("couple of", 2),
    ("a couple", 2),
    ("a pair of", 2),
    ("pair of", 2),
    ("a pair", 2),
    ("a single", 1),
    ("just the one", 1),
    ("a dozen of", 12),
    ("a dozen", 12),
    ("dozen", 12),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{digits, number};

    fn split(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    fn check(text: &str, expect: Option<(u32, usize)>) {
        assert_eq!(
            number(&split(text)).map(|n| (n.value, n.len)),
            expect,
            "for {text:?}"
        );
    }

    #[test]
    fn quantities() {
        check("two bags", Some((2, 1)));
        check("twenty one bags", Some((21, 2)));
        check("a couple of bags", Some((2, 3)));
        check("half a dozen", Some((6, 3)));
        check("a dozen filters", Some((12, 2)));
        check("two dozen", Some((24, 2)));
        check("3 dozen", Some((36, 2)));
        check("a hundred and five", Some((105, 4)));
        check("one hundred", Some((100, 2)));
        check("two thousand three hundred and four", Some((2304, 6)));
        check("12 bags", Some((12, 1)));
        check("zero", Some((0, 1)));
        check("a bag", None);
        check("bags", None);
        check("99999999999999", None);
        check("two and a half", Some((2, 1)));
        check("two three", Some((2, 1)));
    }

    fn check_digits(text: &str, (min, max): (usize, usize), expect: &str) {
        let words = split(text);
        let found = digits(&words);
        assert_eq!(
            found.as_ref().map_or("", |d| d.best(min, max)),
            expect,
            "for {text:?}"
        );
    }

    #[test]
    fn digit_strings_both_ways() {
        check_digits("four oh double seven two one", (6, 6), "407721");
        check_digits(
            "my number is one two three four five six please",
            (6, 6),
            "123456",
        );
        check_digits("twelve thirty four fifty six", (6, 6), "123456");
        check_digits("twenty three", (2, 2), "23");
        check_digits("twenty three", (3, 3), "203");
        check_digits("triple nine one two three", (6, 6), "999123");
        check_digits("four hundred and seven", (3, 3), "407");
        check_digits("100 2 0 0", (6, 6), "100200");
        check_digits("one zero o nought 5 nine", (6, 6), "100059");
        check_digits("one two for", (0, 9), "12");
        check_digits("oh", (1, 1), "");
        check_digits("hello", (1, 1), "");
    }

    proptest! {
        #[test]
        fn digits_spoken_one_by_one_come_back(text in "[0-9]{1,12}") {
            let words: Vec<&str> = text.bytes().map(|b| super::UNITS[usize::from(b - b'0')]).collect();
            let found = digits(&words).unwrap();
            prop_assert_eq!(found.best(text.len(), text.len()), text.as_str());
        }

        #[test]
        fn numbers_never_fail(words in proptest::collection::vec("(two|hundred|and|a|dozen|twenty|thousand|9999999999|oh|double)", 0..12)) {
            let found = number(&words);
            prop_assert!(found.is_none_or(|n| n.len <= words.len()));
            let run = digits(&words);
            prop_assert!(run.is_none_or(|d| d.end <= words.len()));
        }
    }
}
