//! Days and times of day, between the shop's messages and the core's values.

use engine_core::civil::{Date, TimeOfDay};
use proto::common::v1 as common;

use super::convert::{Checked, nonsense};

pub(super) const fn wire_date(date: Date) -> common::Date {
    common::Date {
        year: date.year(),
        month: date.month(),
        day: date.day(),
    }
}

pub(super) fn date(field: &str, date: Option<common::Date>) -> Checked<Date> {
    let real = date.and_then(|date| Date::new(date.year, date.month, date.day));
    real.map_or_else(|| nonsense(field, "is no day of the calendar".to_owned()), Ok)
}

pub(super) fn time(field: &str, time: Option<common::TimeOfDay>) -> Checked<TimeOfDay> {
    let minutes = time
        .filter(|time| time.hour < 24 && time.minute < 60)
        .map(|time| time.hour * 60 + time.minute);
    let real = minutes.and_then(TimeOfDay::from_minutes);
    real.map_or_else(|| nonsense(field, "is no time of day".to_owned()), Ok)
}
