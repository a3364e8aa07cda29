//! Days and times in what was said: "on Friday afternoon", "tomorrow at three", "the twelfth". Which day that is
//! depends on today, which whoever asks knows.

use super::holiday::{Holiday, holiday};
use super::{dated, ordinal, weekday};
use crate::civil::{Date, TimeOfDay, WEEKDAYS, Weekday};
use crate::nlu::normalize::Words;
use crate::nlu::number;
use crate::nlu::wording::{begins, count};

/// What an utterance says about when. Empty where it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct When {
    pub day: Option<Day>,
    pub part: Option<Part>,
    /// Minutes after midnight, from which on; of a clock of twelve hours where nothing said which half.
    pub at: Option<At>,
}

/// A day as it is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// So many days from today.
    In(u32),
    /// The next one of this name; with "next", not one of the coming days of this week.
    Weekday {
        day: Weekday,
        next: bool,
    },
    ThisWeek,
    NextWeek,
    Weekend,
    OfMonth(u32),
    /// Month and day of the month, both from 1.
    OfYear(u32, u32),
    Holiday(Holiday),
}

/// A part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Morning,
    Afternoon,
    Evening,
}

/// A time of day as it is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    pub minutes: u32,
    /// "three" may be fifteen hours as well.
    pub either_half: bool,
}

impl When {
    /// Reads an utterance. Of several days the last counts: "not Thursday, Friday".
    pub fn of(words: &Words) -> Self {
        let all = words.as_slice();
        let mut when = Self::default();
        let mut at = 0;
        while at < all.len() {
            let rest = all.get(at..).unwrap_or_default();
            let before = at
                .checked_sub(1)
                .and_then(|at| all.get(at))
                .map_or("", String::as_str);
            let taken = when.take(rest, before);
            at += taken.max(1);
        }
        when
    }

    pub const fn is_empty(self) -> bool {
        self.day.is_none() && self.part.is_none() && self.at.is_none()
    }

    /// What is said now, over what was said before: another day keeps no time of the old one, a time alone
    /// keeps its day.
    #[must_use]
    pub fn or(self, before: Self) -> Self {
        if self.day.is_some() {
            return self;
        }
        if self.is_empty() {
            return before;
        }
        Self {
            day: before.day,
            ..self
        }
    }

    /// Whether a day and a time are meant by it.
    pub fn fits(self, date: Date, time: TimeOfDay, today: Date) -> bool {
        self.day.is_none_or(|day| day.fits(date, today))
            && self.part.is_none_or(|part| part.fits(time))
            && self.at.is_none_or(|at| at.fits(time, self.part))
    }

    /// The first day that is meant, to look near it.
    pub fn first_day(self, today: Date) -> Option<Date> {
        let day = self.day?;
        (0..LOOK_AHEAD_DAYS)
            .map(|ahead| today.plus(ahead))
            .find(|date| day.fits(*date, today))
    }

    /// Takes what the first words say; how many of them.
    fn take(&mut self, words: &[String], before: &str) -> usize {
        let fixed = FIXED.iter().filter(|(phrase, ..)| begins(words, phrase));
        let longest = fixed.max_by_key(|(phrase, ..)| phrase.len());
        if let Some((phrase, day, part)) = longest {
            self.day = day.or(self.day);
            self.part = part.or(self.part);
            return count(phrase);
        }
        let word = words.first().map_or("", String::as_str);
        if let Some(day) = weekday(word) {
            if before != "not" || self.day.is_none() {
                let next = before == "next";
                self.day = (before != "not")
                    .then_some(Day::Weekday { day, next })
                    .or(self.day);
            }
            return 1;
        }
        if let Some((day, taken)) = holiday(words) {
            // "Easter Monday" is not the next Monday.
            self.day = (day != Holiday::Unknown)
                .then_some(Day::Holiday(day))
                .or(self.day);
            return taken;
        }
        if let Some((day, taken)) = calendar_day(words, before) {
            self.day = Some(day);
            return taken;
        }
        clock(words, before).map_or(0, |(at, taken)| {
            self.at = Some(at);
            taken
        })
    }
}

impl Day {
    fn fits(self, date: Date, today: Date) -> bool {
        let ahead = date.days_from(today);
        let monday = |date: Date| date.days() - place(date.weekday());
        match self {
            Self::In(days) => i32::try_from(days) == Ok(ahead),
            Self::Weekday { day, next: false } => date.weekday() == day && (0..7).contains(&ahead),
            Self::Weekday { day, next: true } => date.weekday() == day && monday(date) == monday(today) + 7,
            Self::ThisWeek => ahead >= 0 && monday(date) == monday(today),
            Self::NextWeek => monday(date) == monday(today) + 7,
            Self::Weekend => {
                matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) && (0..7).contains(&ahead)
            }
            Self::OfMonth(day) => date.day() == day && (0..MONTH_DAYS).contains(&ahead),
            Self::OfYear(month, day) => (date.month(), date.day()) == (month, day) && ahead >= 0,
            Self::Holiday(holiday) => holiday.is(date) && ahead >= 0,
        }
    }
}

impl Part {
    pub const fn of(time: TimeOfDay) -> Self {
        match time.hour() {
            0..12 => Self::Morning,
            12..17 => Self::Afternoon,
            _ => Self::Evening,
        }
    }

    fn fits(self, time: TimeOfDay) -> bool {
        Self::of(time) == self
    }
}

impl At {
    fn fits(self, time: TimeOfDay, part: Option<Part>) -> bool {
        let later = self.either_half && part != Some(Part::Morning);
        time.minutes() == self.minutes || (later && time.minutes() == self.minutes + 12 * 60)
    }
}

fn place(day: Weekday) -> u32 {
    let at = WEEKDAYS.iter().position(|known| *known == day);
    at.and_then(|at| u32::try_from(at).ok()).unwrap_or_default()
}

/// "december fourth", "the fourth of december", "the twelfth"; and how many words that takes.
fn calendar_day(words: &[String], before: &str) -> Option<(Day, usize)> {
    if let Some(found) = dated(words) {
        return Some((Day::OfYear(found.month, found.day), found.len));
    }
    let (day, taken) = ordinal(words)?;
    match words.get(taken) {
        // "The first one" of a list is no day.
        Some(one) if one == "one" => None,
        _ if before == "the" && day > LISTED_MAX => Some((Day::OfMonth(day), taken)),
        _ => None,
    }
}

/// "at three", "three o'clock", "half past two", "two thirty in the afternoon", "10 am".
fn clock(words: &[String], before: &str) -> Option<(At, usize)> {
    let half = [["half", "past"], ["quarter", "past"]].iter().position(|phrase| {
        words
            .iter()
            .zip(phrase)
            .filter(|(word, part)| word == *part)
            .count()
            == 2
    });
    if let Some(kind) = half {
        let hour = number::number(words.get(2..)?)?;
        let minutes = if kind == 0 { 30 } else { 15 };
        return hour_of(hour.value, minutes, words.get(2 + hour.len..)?, 2 + hour.len);
    }
    let single = words.first()?;
    let hour = single
        .parse()
        .ok()
        .or_else(|| number::number(std::slice::from_ref(single)).map(|n| n.value))?;
    let rest = words.get(1..).unwrap_or_default();
    let minutes = rest.first().and_then(|word| match word.as_str() {
        "fifteen" | "15" => Some(15),
        "thirty" | "30" => Some(30),
        "forty-five" | "45" => Some(45),
        "00" => Some(0),
        _ => None,
    });
    let named =
        before == "at" || rest.first().is_some_and(|word| word == "o'clock") || half_of_day(rest).is_some();
    if !named && minutes.is_none() {
        return None;
    }
    let taken = 1 + usize::from(minutes.is_some());
    hour_of(
        hour,
        minutes.unwrap_or(0),
        words.get(taken..).unwrap_or_default(),
        taken,
    )
}

fn hour_of(hour: u32, minutes: u32, rest: &[String], taken: usize) -> Option<(At, usize)> {
    if !(1..24).contains(&hour) {
        return None;
    }
    let half = half_of_day(rest);
    let (at, either_half) = match (half, hour) {
        (Some((Half::First, _)), 12) => (0, false),
        (Some((Half::Second, _)), 1..12) => (hour + 12, false),
        (Some(_), _) | (None, 12..) => (hour, false),
        (None, _) => (hour, true),
    };
    let o_clock = usize::from(rest.first().is_some_and(|word| word == "o'clock"));
    let more = half.map_or(o_clock, |(_, words)| words);
    let at = At {
        minutes: at * 60 + minutes,
        either_half,
    };
    Some((at, taken + more))
}

#[derive(Debug, Clone, Copy)]
enum Half {
    First,
    Second,
}

/// "am", "p m", and how many words that takes.
fn half_of_day(words: &[String]) -> Option<(Half, usize)> {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    match (word(0), word(1)) {
        ("am", _) => Some((Half::First, 1)),
        ("pm", _) => Some((Half::Second, 1)),
        ("a", "m") => Some((Half::First, 2)),
        ("p", "m") => Some((Half::Second, 2)),
        (_, _) => None,
    }
}

/// Phrases that mean one thing.
const FIXED: &[(&str, Option<Day>, Option<Part>)] = &[
    ("today", Some(Day::In(0)), None),
    ("tonight", Some(Day::In(0)), Some(Part::Evening)),
    ("tomorrow", Some(Day::In(1)), None),
    ("day after tomorrow", Some(Day::In(2)), None),
    ("this week", Some(Day::ThisWeek), None),
    ("next week", Some(Day::NextWeek), None),
    ("weekend", Some(Day::Weekend), None),
    ("morning", None, Some(Part::Morning)),
    ("mornings", None, Some(Part::Morning)),
    ("afternoon", None, Some(Part::Afternoon)),
    ("afternoons", None, Some(Part::Afternoon)),
    ("evening", None, Some(Part::Evening)),
    ("evenings", None, Some(Part::Evening)),
    // A greeting, and no time.
    ("good morning", None, None),
    ("good afternoon", None, None),
    ("good evening", None, None),
];
/// "The third" may be of what was just listed.
const LISTED_MAX: u32 = 3;
const MONTH_DAYS: i32 = 31;
/// How far a named day is looked for.
const LOOK_AHEAD_DAYS: u32 = 366;

#[cfg(test)]
mod tests {
    use super::{Date, Part, TimeOfDay, When, Words};

    /// Wednesday, 4 March 2026.
    const TODAY: &str = "2026-03-04";

    fn check(text: &str, date: &str, minutes: u32, expect: bool) {
        let when = When::of(&Words::new(text));
        let date = Date::parse(date).unwrap();
        let time = TimeOfDay::from_minutes(minutes).unwrap();
        let today = Date::parse(TODAY).unwrap();
        assert_eq!(
            when.fits(date, time, today),
            expect,
            "{text:?} on {date} at {time}: {when:?}"
        );
    }

    #[test]
    fn days_as_they_are_named() {
        check("on Friday afternoon", "2026-03-06", 840, true);
        check("on Friday afternoon", "2026-03-06", 600, false);
        check("on Friday afternoon", "2026-03-13", 840, false);
        check("next Friday", "2026-03-13", 600, true);
        check("next Friday", "2026-03-06", 600, false);
        check("tomorrow", "2026-03-05", 600, true);
        check("the day after tomorrow", "2026-03-06", 600, true);
        check("sometime next week", "2026-03-09", 600, true);
        check("sometime next week", "2026-03-07", 600, false);
        check("at the weekend", "2026-03-07", 600, true);
        check("the twelfth please", "2026-03-12", 600, true);
        check("on the 12th", "2026-03-12", 600, true);
        check("the twenty first of March", "2026-03-21", 600, true);
        check("March twenty first", "2026-03-21", 600, true);
        check("not Thursday, Friday", "2026-03-06", 600, true);
        check("not Thursday, Friday", "2026-03-05", 600, false);
        check("good morning, tomorrow", "2026-03-05", 900, true);
    }

    #[test]
    fn times_as_they_are_named() {
        check("at three", "2026-03-05", 900, true);
        check("at three in the morning", "2026-03-05", 900, false);
        check("ten o'clock", "2026-03-05", 600, true);
        check("half past two", "2026-03-05", 870, true);
        check("at two thirty", "2026-03-05", 870, true);
        check("at 10 am", "2026-03-05", 600, true);
        check("3pm tomorrow", "2026-03-05", 900, true);
        check("3pm tomorrow", "2026-03-05", 180, false);
    }

    #[test]
    fn what_says_nothing_about_when() {
        for text in [
            "the second one",
            "the second may suit me better",
            "two bags of dark roast",
            "yes please",
            "one of them",
            "may i",
            "",
        ] {
            assert!(When::of(&Words::new(text)).is_empty(), "{text:?}");
        }
        let before = When::of(&Words::new("on friday"));
        let now = When::of(&Words::new("in the morning")).or(before);
        assert_eq!((now.day, now.part), (before.day, Some(Part::Morning)));
        assert!(When::of(&Words::new("thursday")).or(now).part.is_none());
    }
}
