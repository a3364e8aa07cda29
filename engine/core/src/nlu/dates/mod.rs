//! Days as they are said. What callers wish of a delivery ("not before Friday") is read by [`wish`], when an
//! appointment shall be ("Friday at three") by [`moment`]; weekdays and dates are the same to both. Which day is meant
//! depends on today, which whoever asks knows.

pub mod holiday;
pub mod interval;
pub mod moment;
pub mod next;
pub mod period;
pub mod reckoning;
pub mod wish;

use crate::civil::{WEEKDAYS, Weekday};
use crate::nlu::number;

pub(crate) fn weekday(word: &str) -> Option<Weekday> {
    let at = WEEKDAY_NAMES
        .iter()
        .position(|name| word == *name || word.strip_suffix('s') == Some(*name))?;
    WEEKDAYS.get(at).copied()
}

/// A day of a month that is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dated {
    day: u32,
    month: u32,
    /// The words that it takes.
    len: usize,
}

/// "december fourth", "december the fourth", "december four", "fourth of december", "fourth december".
fn dated<S: AsRef<str>>(words: &[S]) -> Option<Dated> {
    let is = |at: usize, word: &str| words.get(at).is_some_and(|other| other.as_ref() == word);
    if let Some(month) = month(words.first()?.as_ref()) {
        let skip = 1 + usize::from(is(1, "the"));
        let rest = words.get(skip..)?;
        let (day, taken) = ordinal(rest).or_else(|| cardinal(rest))?;
        let len = skip + taken;
        return Some(Dated { day, month, len });
    }
    let (day, taken) = ordinal(words)?;
    let skip = taken + usize::from(is(taken, "of"));
    let name = words.get(skip)?.as_ref();
    // "The second may suit me."
    if skip == taken && VERBS.contains(&name) {
        return None;
    }
    let month = month(name)?;
    let len = skip + 1;
    Some(Dated { day, month, len })
}

/// "four", after a month only.
fn cardinal<S: AsRef<str>>(words: &[S]) -> Option<(u32, usize)> {
    let found = number::number(words)?;
    (1..=31)
        .contains(&found.value)
        .then_some((found.value, found.len))
}

fn month(word: &str) -> Option<u32> {
    let at = MONTHS.iter().position(|name| *name == word)?;
    u32::try_from(at + 1).ok()
}

/// "twelfth", "twenty first", "12th".
fn ordinal<S: AsRef<str>>(words: &[S]) -> Option<(u32, usize)> {
    let first = words.first()?.as_ref();
    let place = |word: &str| {
        let at = ORDINALS.iter().position(|name| *name == word)?;
        u32::try_from(at + 1).ok()
    };
    let figure = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|suffix| first.strip_suffix(suffix)?.parse().ok());
    if let Some(day) = place(first).or(figure) {
        return (1..=31).contains(&day).then_some((day, 1));
    }
    let tens = match first {
        "twenty" => 20,
        "thirty" => 30,
        "thirtieth" => return Some((30, 1)),
        _ => return None,
    };
    let unit = words
        .get(1)
        .and_then(|word| place(word.as_ref()))
        .filter(|unit| *unit < 10)?;
    (tens + unit <= 31).then_some((tens + unit, 2))
}

/// Months that are verbs as well.
const VERBS: &[&str] = &["march", "may"];

/// "The third of next month", "the first of May": an ordinal here is a day, and no place in a list.
pub(crate) fn names_day_of_month(words: &[&str]) -> bool {
    words.windows(3).any(|three| match three {
        [ordinal, "of", month] => ORDINALS.contains(ordinal) && (MONTHS.contains(month) || *month == "next"),
        _ => false,
    })
}

const WEEKDAY_NAMES: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// As days of a month are said, up to the twentieth.
pub(crate) const ORDINALS: [&str; 20] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
];
