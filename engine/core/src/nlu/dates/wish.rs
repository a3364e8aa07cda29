//! Days that callers wish for: "on friday", "tomorrow", "not before monday", "the fourth of december", "as
//! soon as possible". What they mean depends on today, which is not known here.

use super::holiday::{Holiday, holiday};
use super::{ordinal, weekday};
use crate::civil::Weekday;
use crate::nlu::normalize::Words;
use crate::nlu::number;
use crate::nlu::wording::{begins, count};

/// When somebody wants something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayWish {
    /// The first day there is.
    Soonest,
    /// "Whenever", "any day".
    Any,
    On(Day),
    /// "Not before", "from ... on".
    From(Day),
    After(Day),
    /// "By", "no later than".
    By(Day),
    Before(Day),
    /// "Not on friday": any other, which must be asked about.
    Not(Day),
}

impl DayWish {
    /// Whether it names a day of which nobody here knows when it is.
    pub fn is_of_unknown_day(self) -> bool {
        match self {
            Self::Soonest | Self::Any => false,
            Self::On(day)
            | Self::From(day)
            | Self::After(day)
            | Self::By(day)
            | Self::Before(day)
            | Self::Not(day) => day == Day::Holiday(Holiday::Unknown),
        }
    }
}

/// A day as it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// "Today", "tomorrow", "in three days".
    In(u32),
    /// "Friday", "friday the fourth", "the fourth of december"; `next`: of the week after this one.
    Named {
        weekday: Option<Weekday>,
        next: bool,
        day: Option<u32>,
        month: Option<u32>,
    },
    /// Some day of the week after this one.
    NextWeek,
    Weekend,
    /// "Christmas Eve"; "my birthday", of which nobody knows when it is.
    Holiday(Holiday),
}

/// A wish with the place of its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub wish: DayWish,
    pub start: usize,
    pub end: usize,
}

/// Every wish for a day in an utterance. None in a question ("when does it come?"), and none that speaks of
/// the past ("what I ordered on friday").
pub fn wishes(words: &Words) -> Vec<Found> {
    let all: Vec<&str> = words.iter().collect();
    let mut found = Vec::new();
    if is_question(&all) {
        return found;
    }
    let mut at = 0;
    while at < all.len() {
        let rest = all.get(at..).unwrap_or_default();
        let Some((wish, len)) = wish(rest) else {
            at += 1;
            continue;
        };
        let end = at + len;
        if is_meant(&all, at, wish) {
            found.push(Found { wish, start: at, end });
        }
        at = end;
    }
    found
}

/// Whether somebody asks for something to be told.
pub(in crate::nlu) fn is_question(words: &[&str]) -> bool {
    let mut rest = words.iter().skip_while(|word| BEFORE_QUESTION.contains(word));
    let first = rest.next().copied().unwrap_or_default();
    let suggests = rest.next() == Some(&"about");
    QUESTION.contains(&first) && !suggests
}

/// The wish that begins with the first of these words, and how many words it takes.
fn wish(words: &[&str]) -> Option<(DayWish, usize)> {
    let (said, skip) = phrase(words, MODES).map_or((None, 0), |(said, mode, len)| (Some((said, mode)), len));
    let mode = said.map(|(_, mode)| mode);
    // "Any day but monday" is not any day.
    if let Some((_, wish, len)) = phrase(words, WHENEVER).filter(|(.., len)| *len > skip) {
        return Some((wish, len));
    }
    let rest = words.get(skip..)?;
    if let Some((wish, len)) = holiday_wish(rest, said) {
        return Some((wish, skip + len));
    }
    // "The fourth" alone is a place in a list as often as a day.
    let (day, len) = day(rest, mode.is_some())?;
    let after = rest.get(len..).unwrap_or_default();
    let tail = phrase(after, TAILS).map(|(_, tail, len)| (tail, len));
    let make = mode.unwrap_or(DayWish::On as fn(Day) -> DayWish);
    Some(match tail {
        // "Friday at the latest", "from friday on".
        Some((tail, taken)) => (tail(day), skip + len + taken),
        None => (make(day), skip + len),
    })
}

/// "On Christmas", "by Easter": only behind a word that makes it a day, as "a Christmas present" names none.
fn holiday_wish(words: &[&str], mode: Option<(&str, Mode)>) -> Option<(DayWish, usize)> {
    let (said, mode) = mode?;
    let (found, len) = holiday(words)?;
    let day = Day::Holiday(found);
    match (said, found) {
        // "A present for my birthday" says why.
        ("for", Holiday::Unknown) => None,
        // What is wanted for a feast is there when it begins.
        ("for", Holiday::On(..) | Holiday::Thanksgiving) => Some((DayWish::By(day), len)),
        (_, _) => Some((mode(day), len)),
    }
}

fn day(words: &[&str], dated: bool) -> Option<(Day, usize)> {
    if let Some((_, day, len)) = phrase(words, NAMED_DAYS) {
        return Some((day, len));
    }
    if words.first() == Some(&"in") {
        return in_days(words.get(1..)?).map(|(days, len)| (Day::In(days), len + 1));
    }
    let (next, skip) = phrase(words, NEXTS).map_or((false, 0), |(_, next, len)| (next, len));
    let rest = words.get(skip..)?;
    let weekday = rest.first().and_then(|word| weekday(word));
    let skip = skip + usize::from(weekday.is_some());
    let date = date(words.get(skip..)?, weekday.is_some() || dated);
    let (day, month, len) = match (weekday, date) {
        (None, None) => return None,
        (Some(_), None) => (None, None, 0),
        (_, Some((day, month, len))) => (Some(day), month, len),
    };
    let named = Day::Named {
        weekday,
        next,
        day,
        month,
    };
    Some((named, skip + len))
}

/// The day that these words begin with, after a word that says it is one.
pub(super) fn day_named(words: &[&str]) -> Option<Day> {
    day(words, true).map(|(day, _)| day)
}

/// "three days", "a week", "two weeks".
fn in_days(words: &[&str]) -> Option<(u32, usize)> {
    let (count, len) = match words.first() {
        Some(&("a" | "one")) => (1, 1),
        _ => number::number(words).map(|found| (found.value, found.len))?,
    };
    let unit = match *words.get(len)? {
        "day" | "days" => 1,
        "week" | "weeks" => 7,
        _ => return None,
    };
    Some((count.checked_mul(unit).filter(|days| *days <= DAYS_MAX)?, len + 1))
}

/// "the fourth", "the fourth of december", "december fourth": day, month, words. Without a weekday or a
/// preposition before it, only with its month.
fn date(words: &[&str], dated: bool) -> Option<(u32, Option<u32>, usize)> {
    let article = usize::from(words.first() == Some(&"the"));
    let rest = words.get(article..)?;
    if let Some(found) = super::dated(rest) {
        return Some((found.day, Some(found.month), article + found.len));
    }
    let (day, len) = ordinal(rest)?;
    // "Friday first thing" is no date.
    (article == 1 && dated).then_some((day, None, article + len))
}

/// Whether a wish is one, by the words before it.
fn is_meant(words: &[&str], at: usize, wish: DayWish) -> bool {
    let before = words.get(at.saturating_sub(LOOK_BACK)..at).unwrap_or_default();
    if before.iter().any(|word| PAST.contains(word)) {
        return false;
    }
    match wish {
        DayWish::On(Day::In(0)) => {
            // "I'd like to order today" says when one calls.
            let named = words.get(at) == Some(&"for");
            named || before.iter().any(|word| WANTED.contains(word))
        }
        // "Any time" and "whenever" of something that comes.
        DayWish::Soonest
        | DayWish::Any
        | DayWish::On(_)
        | DayWish::From(_)
        | DayWish::After(_)
        | DayWish::By(_)
        | DayWish::Before(_)
        | DayWish::Not(_) => !matches!(before.last(), Some(&("from" | "last" | "past"))),
    }
}

/// The longest of these phrases that the words begin with.
fn phrase<'p, T: Copy>(words: &[&str], phrases: &[(&'p str, T)]) -> Option<(&'p str, T, usize)> {
    let known = phrases.iter().filter(|(phrase, _)| begins(words, phrase));
    known
        .map(|(phrase, means)| (*phrase, *means, count(phrase)))
        .max_by_key(|(_, _, len)| *len)
}

const WHENEVER: &[(&str, DayWish)] = &[
    ("as soon as possible", DayWish::Soonest),
    ("as soon as you can", DayWish::Soonest),
    ("as fast as possible", DayWish::Soonest),
    ("as fast as you can", DayWish::Soonest),
    ("as quickly as possible", DayWish::Soonest),
    ("as early as possible", DayWish::Soonest),
    ("asap", DayWish::Soonest),
    ("right away", DayWish::Soonest),
    ("on the earliest day", DayWish::Soonest),
    ("on the first possible day", DayWish::Soonest),
    ("the earliest day", DayWish::Soonest),
    ("the earliest you can", DayWish::Soonest),
    ("the earliest possible", DayWish::Soonest),
    ("the soonest", DayWish::Soonest),
    ("any day", DayWish::Any),
    ("on any day", DayWish::Any),
    ("whenever you can", DayWish::Any),
    ("whenever it comes", DayWish::Any),
    ("it doesn't matter when", DayWish::Any),
];
type Mode = fn(Day) -> DayWish;
const MODES: &[(&str, Mode)] = &[
    ("on", DayWish::On),
    ("for", DayWish::On),
    ("not before", DayWish::From),
    ("no earlier than", DayWish::From),
    ("not earlier than", DayWish::From),
    ("not until", DayWish::From),
    ("starting", DayWish::From),
    ("after", DayWish::After),
    ("any time after", DayWish::After),
    ("by", DayWish::By),
    ("no later than", DayWish::By),
    ("not later than", DayWish::By),
    ("not after", DayWish::By),
    ("until", DayWish::By),
    ("before", DayWish::Before),
    ("any time before", DayWish::Before),
    ("not", DayWish::Not),
    ("not on", DayWish::Not),
    ("but not on", DayWish::Not),
    ("except", DayWish::Not),
    ("except on", DayWish::Not),
    ("any day but", DayWish::Not),
];
const TAILS: &[(&str, Mode)] = &[
    ("at the latest", DayWish::By),
    ("at the earliest", DayWish::From),
    ("or later", DayWish::From),
    ("or after", DayWish::From),
    ("or earlier", DayWish::By),
    ("or before", DayWish::By),
    ("onwards", DayWish::From),
];
/// `true`: of the week after this one.
const NEXTS: &[(&str, bool)] = &[
    ("next", true),
    ("this", false),
    ("coming", false),
    ("this coming", false),
    ("the coming", false),
];
const NAMED_DAYS: &[(&str, Day)] = &[
    ("today", Day::In(0)),
    ("tonight", Day::In(0)),
    ("tomorrow", Day::In(1)),
    ("the day after tomorrow", Day::In(2)),
    ("day after tomorrow", Day::In(2)),
    ("next week", Day::NextWeek),
    ("some time next week", Day::NextWeek),
    ("the weekend", Day::Weekend),
    ("this weekend", Day::Weekend),
];
const QUESTION: &[&str] = &[
    "when", "where", "what", "which", "who", "how", "why", "did", "has", "have", "is", "was", "are", "were",
    "do", "does", "what's", "where's", "when's", "who's", "how's",
];
/// What may stand before a question.
const BEFORE_QUESTION: &[&str] = &[
    "hi", "hello", "hey", "yes", "yeah", "no", "okay", "oh", "well", "and", "so", "but", "sorry", "wait",
    "please", "actually", "um", "uh",
];
/// What was, not what shall be.
const PAST: &[&str] = &[
    "since",
    "ordered",
    "got",
    "bought",
    "received",
    "came",
    "arrived",
    "placed",
    "was",
    "were",
    "had",
    "delivered",
];
/// What makes "today" the day on which it shall come.
const WANTED: &[&str] = &[
    "need", "deliver", "send", "come", "comes", "here", "bring", "arrive", "arrives", "by", "for", "ship",
];
/// Words before a day that say what it is about.
const LOOK_BACK: usize = 3;
/// Nobody orders a parcel for a day farther away than this.
const DAYS_MAX: u32 = 365;

#[cfg(test)]
#[path = "wish_tests.rs"]
mod tests;
