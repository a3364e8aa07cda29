//! Which days of the calendar are meant by days as they are said, seen from today.

use super::wish::Day;
use crate::civil::{Date, Weekday};

/// The first and the last date that a day may mean: the next of its name, never today.
pub fn span(day: Day, today: Date) -> (Date, Date) {
    let once = |date: Date| (date, date);
    let monday = || following(today, Weekday::Monday);
    match day {
        Day::In(days) => once(today.plus(days)),
        Day::NextWeek => (monday(), monday().plus(6)),
        Day::Weekend => {
            let saturday = following(today, Weekday::Saturday);
            (saturday, saturday.plus(1))
        }
        Day::Named {
            day: Some(day),
            month,
            ..
        } => once(next_dated(today, day, month)),
        Day::Named {
            weekday: Some(weekday),
            next,
            ..
        } => {
            let from = if next { monday() } else { today.plus(1) };
            once(
                (0..7)
                    .map(|days| from.plus(days))
                    .find(|date| date.weekday() == weekday)
                    .unwrap_or(from),
            )
        }
        Day::Named { .. } => once(today),
        Day::Holiday(holiday) => once(holiday.next(today).unwrap_or(today)),
    }
}

/// The next day of this name after today.
pub(super) fn following(today: Date, weekday: Weekday) -> Date {
    let mut days = (1..=7).map(|days| today.plus(days));
    days.find(|date| date.weekday() == weekday).unwrap_or(today)
}

/// The next date with this day of the month, today among them. What the calendar does not have in a year is
/// today, which the shop offers to nobody.
fn next_dated(today: Date, day: u32, month: Option<u32>) -> Date {
    let fits = |date: &Date| date.day() == day && month.is_none_or(|month| month == date.month());
    let mut dates = (0..YEAR_DAYS).map(|days| today.plus(days));
    dates.find(fits).unwrap_or(today)
}

const YEAR_DAYS: u32 = 366;

/// So many months later, on the same day of the month or on its last.
pub(super) fn months_after(date: Date, months: u32) -> Date {
    let all = date
        .year()
        .saturating_mul(12)
        .saturating_add(date.month() - 1)
        .saturating_add(months);
    let days = (1..=date.day()).rev();
    days.filter_map(|day| Date::new(all / 12, all % 12 + 1, day))
        .next()
        .unwrap_or(date)
}
