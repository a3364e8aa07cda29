//! Days and times as a person says them, seen from today: "tomorrow at ten in the morning".

use super::number;
use crate::civil::{Date, TimeOfDay, Weekday};
use crate::nlu::dates::{ORDINALS, moment::Part};

/// "today", "tomorrow", "on Friday", "on Friday, December fourth" beyond this week's names.
pub fn day(date: Date, today: Date) -> String {
    match date.days_from(today) {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        2..=6 => format!("on {}", weekday(date.weekday())),
        _ => format!(
            "on {}, {} {}",
            weekday(date.weekday()),
            month(date),
            ordinal(date.day())
        ),
    }
}

/// "at ten in the morning", "at half past two in the afternoon", "at noon".
pub fn time(time: TimeOfDay) -> String {
    if (time.hour(), time.minute()) == (12, 0) {
        return "at noon".to_owned();
    }
    let part = match Part::of(time) {
        Part::Morning => "morning",
        Part::Afternoon => "afternoon",
        Part::Evening => "evening",
    };
    format!("at {} in the {part}", clock(time))
}

/// "tomorrow at ten in the morning".
pub fn moment(date: Date, at: TimeOfDay, today: Date) -> String {
    format!("{} {}", day(date, today), time(at))
}

/// "ten", "half past two", "a quarter past nine", "four forty".
pub fn clock(time: TimeOfDay) -> String {
    let hour = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let hour = number(u64::from(hour));
    match time.minute() {
        0 => hour,
        15 => format!("a quarter past {hour}"),
        30 => format!("half past {hour}"),
        minute => format!("{hour} {}", number(u64::from(minute))),
    }
}

pub const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn month(date: Date) -> &'static str {
    let at = usize::try_from(date.month()).unwrap_or_default().checked_sub(1);
    at.and_then(|at| MONTHS.get(at)).copied().unwrap_or_default()
}

/// "fourth", "twenty-first".
pub fn ordinal(value: u32) -> String {
    let place = |value: u32| {
        let at = usize::try_from(value).unwrap_or_default().checked_sub(1);
        at.and_then(|at| ORDINALS.get(at)).copied()
    };
    match (value, place(value)) {
        (_, Some(word)) => word.to_owned(),
        (30, _) => "thirtieth".to_owned(),
        (21..=99, _) => {
            let tens = number(u64::from(value / 10 * 10));
            place(value % 10).map_or_else(|| tens.clone(), |unit| format!("{tens}-{unit}"))
        }
        (_, None) => number(u64::from(value)),
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use super::{moment, ordinal};
    use crate::civil::{Date, TimeOfDay};

    fn check(date: &str, minutes: u32, expect: &str) {
        let date = Date::parse(date).unwrap();
        let time = TimeOfDay::from_minutes(minutes).unwrap();
        let today = Date::parse("2026-03-04").unwrap();
        assert_eq!(moment(date, time, today), expect);
    }

    #[test]
    fn moments() {
        check("2026-03-04", 1_080, "today at six in the evening");
        check("2026-03-05", 600, "tomorrow at ten in the morning");
        check("2026-03-06", 870, "on Friday at half past two in the afternoon");
        check("2026-03-10", 720, "on Tuesday at noon");
        check(
            "2026-03-11",
            555,
            "on Wednesday, March eleventh at a quarter past nine in the morning",
        );
        check(
            "2026-03-21",
            1_000,
            "on Saturday, March twenty-first at four forty in the afternoon",
        );
    }

    #[test]
    fn ordinals() {
        let said: Vec<String> = [1, 12, 20, 30, 31].into_iter().map(ordinal).collect();
        assert_eq!(
            said,
            ["first", "twelfth", "twentieth", "thirtieth", "thirty-first"]
        );
    }
}
