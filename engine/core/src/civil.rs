//! Days and times of day as a shop's calendar has them: no clock, no time zone. A day is a day wherever it is
//! said, and does not become another one at midnight.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A day of the Gregorian calendar; stored as it is written, "2026-03-04".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    /// From 1.
    month: u8,
    /// From 1.
    day: u8,
}

impl Date {
    /// 1 January 1970.
    pub const EPOCH: Self = Self {
        year: 1970,
        month: 1,
        day: 1,
    };

    /// `None` where the calendar has no such day; years from 1970 to 9999.
    pub fn new(year: u32, month: u32, day: u32) -> Option<Self> {
        let real = (YEAR_MIN..=YEAR_MAX).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_of_month(year, month)).contains(&day);
        let date = Self {
            year: u16::try_from(year).ok()?,
            month: u8::try_from(month).ok()?,
            day: u8::try_from(day).ok()?,
        };
        real.then_some(date)
    }

    /// The day so many days after 1 January 1970.
    pub fn from_days(days: u32) -> Option<Self> {
        let mut left = days;
        let year = (YEAR_MIN..=YEAR_MAX).find(|year| take(&mut left, days_of_year(*year)))?;
        let month = (1..=12).find(|month| take(&mut left, days_of_month(year, *month)))?;
        Self::new(year, month, left + 1)
    }

    /// Days since 1 January 1970.
    pub fn days(self) -> u32 {
        let years: u32 = (YEAR_MIN..self.year()).map(days_of_year).sum();
        let months: u32 = (1..self.month())
            .map(|month| days_of_month(self.year(), month))
            .sum();
        years + months + self.day() - 1
    }

    pub const fn year(self) -> u32 {
        self.year as u32
    }

    /// From 1.
    pub const fn month(self) -> u32 {
        self.month as u32
    }

    /// Of the month, from 1.
    pub const fn day(self) -> u32 {
        self.day as u32
    }

    pub fn weekday(self) -> Weekday {
        let at = usize::try_from((self.days() + THURSDAY) % 7).unwrap_or_default();
        WEEKDAYS.get(at).copied().unwrap_or(Weekday::Monday)
    }

    /// So many days later; the last day there is where the calendar ends.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self::from_days(self.days().saturating_add(days)).unwrap_or(self)
    }

    /// How many days from `today` to this day; negative in the past.
    pub fn days_from(self, today: Self) -> i32 {
        let days = |date: Self| i32::try_from(date.days()).unwrap_or(i32::MAX);
        days(self) - days(today)
    }

    /// "2026-03-04".
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-').map(|part| part.parse::<u32>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        Self::new(year, month, day)
    }
}

impl TryFrom<String> for Date {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no day like 2026-03-04"))
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// In their order.
pub const WEEKDAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// A time of day on the shop's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// Minutes after midnight, less than a day of them.
    pub fn from_minutes(minutes: u32) -> Option<Self> {
        let minutes = u16::try_from(minutes).ok()?;
        (minutes < DAY_MINUTES).then_some(Self(minutes))
    }

    pub const fn hour(self) -> u32 {
        self.0 as u32 / 60
    }

    /// Of the hour.
    pub const fn minute(self) -> u32 {
        self.0 as u32 % 60
    }

    /// Since midnight.
    pub const fn minutes(self) -> u32 {
        self.0 as u32
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour(), self.minute())
    }
}

/// Takes `count` off what is left, unless there is less; true when there was.
const fn take(left: &mut u32, count: u32) -> bool {
    if *left < count {
        return true;
    }
    *left -= count;
    false
}

const fn days_of_year(year: u32) -> u32 {
    if is_leap(year) { 366 } else { 365 }
}

const fn days_of_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

const fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const YEAR_MIN: u32 = 1970;
const YEAR_MAX: u32 = 9999;
/// 1 January 1970 was one, counted from Monday.
const THURSDAY: u32 = 3;
const DAY_MINUTES: u16 = 24 * 60;

#[cfg(test)]
mod tests {
    use super::{Date, TimeOfDay, Weekday};

    fn check(text: &str, weekday: Weekday, days: u32) {
        let date = Date::parse(text).unwrap();
        assert_eq!((date.weekday(), date.days()), (weekday, days), "{text}");
        assert_eq!(Date::from_days(days), Some(date));
        assert_eq!(date.to_string(), text);
    }

    #[test]
    fn days_of_the_calendar() {
        check("1970-01-01", Weekday::Thursday, 0);
        check("2000-02-29", Weekday::Tuesday, 11_016);
        check("2024-12-31", Weekday::Tuesday, 20_088);
        check("2026-03-04", Weekday::Wednesday, 20_516);
    }

    #[test]
    fn what_the_calendar_lacks() {
        for text in [
            "2025-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "1969-12-31",
            "2026-4",
            "",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        assert_eq!(TimeOfDay::from_minutes(1_440), None);
    }

    #[test]
    fn from_one_day_to_another() {
        let date = |text| Date::parse(text).unwrap();
        assert_eq!(date("2024-02-28").plus(2), date("2024-03-01"));
        assert_eq!(date("2026-01-02").days_from(date("2025-12-30")), 3);
        assert_eq!(date("2025-12-30").days_from(date("2026-01-02")), -3);
        let half_past_four = TimeOfDay::from_minutes(990).unwrap();
        assert_eq!(half_past_four.to_string(), "16:30");
    }
}
