//! Holidays that callers name instead of a date. Of those whose date is reckoned from the moon or differs from place
//! to place, none is guessed: that such a day was named is all that is known.

use crate::civil::{Date, Weekday};
use crate::nlu::wording::{begins, count};

/// A day that has a name of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holiday {
    /// Month and day of the month, both from 1.
    On(u32, u32),
    /// The fourth Thursday of November.
    Thanksgiving,
    /// "Easter Monday", "my birthday": nobody here knows when that is.
    Unknown,
}

impl Holiday {
    /// The next one, today among them.
    pub fn next(self, today: Date) -> Option<Date> {
        let mut days = (0..LOOK_AHEAD_DAYS).map(|ahead| today.plus(ahead));
        days.find(|date| self.is(*date))
    }

    pub fn is(self, date: Date) -> bool {
        match self {
            Self::On(month, day) => (date.month(), date.day()) == (month, day),
            Self::Thanksgiving => {
                let fourth = (22..=28).contains(&date.day());
                date.month() == 11 && fourth && date.weekday() == Weekday::Thursday
            }
            Self::Unknown => false,
        }
    }
}

/// The holiday that the words begin with, and how many of them name it.
pub(crate) fn holiday<S: AsRef<str>>(words: &[S]) -> Option<(Holiday, usize)> {
    let known = KNOWN.iter().filter(|(phrase, _)| begins(words, phrase));
    let known = known.map(|(phrase, holiday)| (*holiday, count(phrase)));
    known.max_by_key(|(_, len)| *len).or_else(|| unknown(words))
}

/// "Easter Monday", "my birthday", "mother's day".
fn unknown<S: AsRef<str>>(words: &[S]) -> Option<(Holiday, usize)> {
    let word = |at: usize| words.get(at).map_or("", AsRef::as_ref);
    let skip = usize::from(OWN.contains(&word(0)));
    let name = word(skip);
    let len = match word(skip + 1) {
        next if MOVABLE.contains(&name) => 1 + usize::from(next == "day" || super::weekday(next).is_some()),
        "day" if name.ends_with("'s") || DAYS_OF.contains(&name) => 2,
        _ => return None,
    };
    Some((Holiday::Unknown, skip + len))
}

const KNOWN: &[(&str, Holiday)] = &[
    ("christmas", Holiday::On(12, 25)),
    ("christmas day", Holiday::On(12, 25)),
    ("xmas", Holiday::On(12, 25)),
    ("christmas eve", Holiday::On(12, 24)),
    ("new year's", Holiday::On(1, 1)),
    ("new year's day", Holiday::On(1, 1)),
    ("new years day", Holiday::On(1, 1)),
    ("new year's eve", Holiday::On(12, 31)),
    ("new years eve", Holiday::On(12, 31)),
    ("valentine's", Holiday::On(2, 14)),
    ("valentine's day", Holiday::On(2, 14)),
    ("valentines day", Holiday::On(2, 14)),
    ("halloween", Holiday::On(10, 31)),
    ("independence day", Holiday::On(7, 4)),
    ("thanksgiving", Holiday::Thanksgiving),
    ("thanksgiving day", Holiday::Thanksgiving),
];
/// What moves from year to year, or is everyone's own.
const MOVABLE: &[&str] = &[
    "easter",
    "passover",
    "pentecost",
    "ramadan",
    "eid",
    "diwali",
    "hanukkah",
    "birthday",
    "anniversary",
];
/// "Labor day", "my wedding day".
const DAYS_OF: &[&str] = &[
    "labor",
    "memorial",
    "veterans",
    "presidents",
    "mothers",
    "fathers",
    "election",
    "wedding",
    "moving",
];
/// What may stand before them.
const OWN: &[&str] = &["my", "our", "his", "her", "their", "the"];
const LOOK_AHEAD_DAYS: u32 = 366;

#[cfg(test)]
mod tests {
    use super::{Date, Holiday, holiday};

    #[test]
    fn holidays_by_their_names() {
        let check = |text: &str, expect: Option<(Holiday, usize)>| {
            let words: Vec<&str> = text.split(' ').collect();
            assert_eq!(holiday(&words), expect, "{text}");
        };
        check("christmas please", Some((Holiday::On(12, 25), 1)));
        check("christmas eve", Some((Holiday::On(12, 24), 2)));
        check("new year's day", Some((Holiday::On(1, 1), 3)));
        check("thanksgiving", Some((Holiday::Thanksgiving, 1)));
        check("easter monday", Some((Holiday::Unknown, 2)));
        check("my birthday", Some((Holiday::Unknown, 2)));
        check("mother's day", Some((Holiday::Unknown, 2)));
        check("today's order", None);
        check("the day after", None);
    }

    #[test]
    fn the_next_of_a_holiday() {
        let check = |holiday: Holiday, today: &str, expect: Option<&str>| {
            let date = holiday.next(Date::parse(today).unwrap());
            assert_eq!(date, expect.and_then(Date::parse), "{holiday:?} from {today}");
        };
        check(Holiday::On(12, 25), "2026-03-04", Some("2026-12-25"));
        check(Holiday::On(1, 1), "2026-11-23", Some("2027-01-01"));
        check(Holiday::Thanksgiving, "2026-11-23", Some("2026-11-26"));
        check(Holiday::Thanksgiving, "2026-11-27", Some("2027-11-25"));
        check(Holiday::Unknown, "2026-11-27", None);
    }
}
