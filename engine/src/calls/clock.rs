//! Times for people: dates in UTC and lengths in minutes.

/// "2026-11-21 02:50:11" from milliseconds since 1970. (Days to a date: the proleptic Gregorian
/// calendar in eras of 400 years, counted from 1 March so that the leap day comes last.)
pub fn utc(unix_ms: i64) -> String {
    let seconds = unix_ms.div_euclid(1_000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let (hours, minutes) = (second / 3_600, second / 60 % 60);
    format!(
        "{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02}:{:02}",
        second % 60
    )
}

/// "1:12" from milliseconds.
pub fn length(ms: impl Into<i64>) -> String {
    let seconds = ms.into() / 1_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::{length, utc};

    #[test]
    fn dates() {
        let check = |seconds: i64, expect: &str| assert_eq!(utc(seconds * 1_000), expect);
        check(0, "1970-01-01 00:00:00");
        check(951_782_400, "2000-02-29 00:00:00");
        check(1_709_251_199, "2024-02-29 23:59:59");
        check(1_709_251_200, "2024-03-01 00:00:00");
        check(1_798_761_599, "2026-12-31 23:59:59");
        check(-1, "1969-12-31 23:59:59");
    }

    #[test]
    fn lengths() {
        assert_eq!(
            (length(0_u32), length(72_900_u32), length(3_600_000_u32)),
            ("0:00".into(), "1:12".into(), "60:00".into())
        );
    }
}
