//! How often something comes: "every two weeks", "once a month", "weekly".

use crate::nlu::number;

/// How often something comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    Days(u32),
    Months(u32),
}

/// The first of these that the words name.
pub fn interval(words: &[&str]) -> Option<Every> {
    (0..words.len()).find_map(|at| words.get(at..).and_then(begins))
}

fn begins(words: &[&str]) -> Option<Every> {
    match words {
        ["weekly", ..] => Some(Every::Days(7)),
        ["fortnightly" | "biweekly", ..] | ["bi", "weekly", ..] => Some(Every::Days(14)),
        ["monthly", ..] => Some(Every::Months(1)),
        ["every" | "each", rest @ ..] | ["once", "in" | "every", rest @ ..] => counted(rest),
        ["once", "a" | "per", rest @ ..] => unit(rest.first()?, 1),
        ["twice", "a" | "per", "month", ..] | ["two", "times", "a", "month", ..] => Some(Every::Days(14)),
        _ => None,
    }
}

/// "Week", "other week", "second week", "two weeks", "couple of months".
fn counted(words: &[&str]) -> Option<Every> {
    match words {
        ["other" | "second", of, ..] => unit(of, 2),
        ["third", of, ..] => unit(of, 3),
        ["fourth", of, ..] => unit(of, 4),
        ["couple", "of", of, ..] => unit(of, 2),
        [of, ..] => unit(of, 1).or_else(|| {
            let count = number::number(words)?;
            unit(words.get(count.len)?, count.value)
        }),
        [] => None,
    }
}

fn unit(word: &str, count: u32) -> Option<Every> {
    let days = |days: u32| {
        count
            .checked_mul(days)
            .filter(|days| (1..=DAYS_MAX).contains(days))
    };
    match word {
        "day" | "days" => days(1).map(Every::Days),
        "week" | "weeks" => days(7).map(Every::Days),
        "fortnight" | "fortnights" => days(14).map(Every::Days),
        "month" | "months" => (1..=12).contains(&count).then_some(Every::Months(count)),
        _ => None,
    }
}

/// Nothing that comes again comes less often.
const DAYS_MAX: u32 = 366;

#[cfg(test)]
mod tests {
    use super::{Every, interval};

    #[test]
    fn how_often() {
        let check = |text: &str, expect: Option<Every>| {
            let words: Vec<&str> = text.split(' ').collect();
            assert_eq!(interval(&words), expect, "{text}");
        };
        check("make it every two weeks", Some(Every::Days(14)));
        check("every other week please", Some(Every::Days(14)));
        check("send it every ten days", Some(Every::Days(10)));
        check("once a month is enough", Some(Every::Months(1)));
        check("every six weeks instead", Some(Every::Days(42)));
        check("every couple of months", Some(Every::Months(2)));
        check("monthly", Some(Every::Months(1)));
        check("twice a month", Some(Every::Days(14)));
        check("every bag of it", None);
        check("two weeks", None);
    }
}
