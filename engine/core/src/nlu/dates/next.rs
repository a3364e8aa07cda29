//! When something that comes again shall come next: "until March", "to next Friday", "back a week", "skip two".

use super::reckoning::{following, months_after, span};
use super::wish::{self, Day};
use super::{dated, month};
use crate::civil::{Date, Weekday};
use crate::nlu::number;
use crate::nlu::wording::is_courtesy;

/// What the words come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    On(Date),
    /// A time is named, and nobody here knows when it is: "until I'm back".
    Unclear,
}

/// When something comes again that is due so soon now.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    pub today: Date,
    pub due: Date,
    /// The day that was named last: `due`, or another that was read back.
    pub spoken_of: Date,
    /// From one time to the next.
    pub repeat_days: u32,
}

/// Whether a time is named to which something could be put off.
pub fn names_time(words: &[&str]) -> bool {
    let some_day = Now {
        today: Date::EPOCH,
        due: Date::EPOCH.plus(DAYS_MAX),
        spoken_of: Date::EPOCH.plus(DAYS_MAX),
        repeat_days: 1,
    };
    next(words, some_day).is_some()
}

/// The next time that is named, or when what was left out or put off would come.
pub fn next(words: &[&str], now: Now) -> Option<Next> {
    let at = |begins: fn(&[&str], Now) -> Option<Next>| {
        (0..words.len()).find_map(|at| begins(words.get(at..)?, now))
    };
    left_out(words, now)
        .or_else(|| at(until))
        .or_else(|| put_off(words, now))
        .or_else(|| at(to))
        .or_else(|| of_length(words, now))
        .or_else(|| whole(words, now))
}

/// How many of the next ones are to be left out: "skip the next two", "leave out two deliveries".
pub fn skipped(words: &[&str]) -> Option<u32> {
    let verb = words.iter().position(|word| SKIPPING.contains(word))?;
    let out = usize::from(words.get(verb + 1) == Some(&"out"));
    let rest = words.get(verb + 1 + out..)?;
    let lead = rest.iter().take_while(|word| BEFORE_COUNT.contains(word)).count();
    let (count, len) = few(rest.get(lead..)?).or_else(|| {
        let found = number::number(rest.get(lead..)?)?;
        Some((found.value, found.len))
    })?;
    let unit = rest.get(lead + len);
    let of_deliveries = unit.is_none_or(|word| !SPANS.contains(word));
    (of_deliveries && (1..=SKIPPED_MAX).contains(&count)).then_some(count)
}

fn left_out(words: &[&str], now: Now) -> Option<Next> {
    let days = skipped(words)?.checked_mul(now.repeat_days)?;
    Some(Next::On(now.due.plus(days)))
}

/// "Until the end of March", "till the first of February", "not before Friday".
fn until(words: &[&str], now: Now) -> Option<Next> {
    match words {
        ["until" | "till" | "til" | "through", rest @ ..]
        | ["not", "before", rest @ ..]
        | ["not", "earlier", "than", rest @ ..] => end(rest, now),
        _ => None,
    }
}

fn end(words: &[&str], now: Now) -> Option<Next> {
    let rest = match words {
        ["around" | "about" | "some" | "sometime", rest @ ..] => rest,
        _ => words,
    };
    match rest {
        ["further", "notice", ..] => None,
        [
            "i'm" | "we're" | "i" | "we" | "spring" | "summer" | "autumn" | "fall" | "winter",
            ..,
        ]
        | [
            "the" | "next" | "after",
            "spring" | "summer" | "autumn" | "fall" | "winter" | "holidays",
            ..,
        ] => Some(Next::Unclear),
        _ => named(rest, now).map(Next::On),
    }
}

/// "To next Friday", "to the week after", "in April": behind a word that says it is a time.
fn to(words: &[&str], now: Now) -> Option<Next> {
    let (first, rest) = words.split_first()?;
    if !TO.contains(first) {
        return None;
    }
    beside(rest, now).or_else(|| named(rest, now)).map(Next::On)
}

/// "Back a week", "a week later", "by ten days", "three days earlier".
fn put_off(words: &[&str], now: Now) -> Option<Next> {
    let earlier = words.iter().any(|word| EARLIER.contains(word));
    let later = words.iter().any(|word| LATER.contains(word));
    if !earlier && !later {
        return None;
    }
    let shift = (0..words.len()).find_map(|at| length(words.get(at..)?))?;
    Some(Next::On(if earlier {
        shift.before(now.due)
    } else {
        shift.after(now.due)
    }))
}

/// "For two weeks", "for the next month": nothing before that has passed.
fn of_length(words: &[&str], now: Now) -> Option<Next> {
    let at = words.iter().position(|word| *word == "for")?;
    length(words.get(at + 1..)?).map(|length| Next::On(length.after(now.today)))
}

/// Nothing but the day, with courtesy.
fn whole(words: &[&str], now: Now) -> Option<Next> {
    let leads = |word: &&&str| is_courtesy(word) || LEADING.contains(word);
    let lead = words.iter().take_while(leads).count();
    let rest = words.get(lead..)?;
    beside(rest, now)
        .or_else(|| named(rest, now))
        .map(Next::On)
        .or_else(|| length(rest).map(|length| Next::On(length.after(now.today))))
}

/// "The week after", "the following week": on the same day of the week. "The day before".
fn beside(words: &[&str], now: Now) -> Option<Date> {
    match words {
        ["the", "week", "after", "next", ..] => None,
        ["the", "week", "after" | "later", ..]
        | ["the", "following", "week", ..]
        | ["a", "week", "later", ..] => Some(now.due.plus(7)),
        ["the", "day", "after"] | ["a", "day", "later"] => Some(now.spoken_of.plus(1)),
        ["the", "day", "before"] | ["a", "day", "earlier" | "sooner"] => {
            Date::from_days(now.spoken_of.days().saturating_sub(1))
        }
        _ => None,
    }
}

/// A day, a month, a week: the first day of it, or of the part of it that is named.
fn named(words: &[&str], now: Now) -> Option<Date> {
    let today = now.today;
    match words {
        ["the", "end", "of", rest @ ..] => part_of(rest, today, |first| {
            Date::from_days(months_after(first, 1).days().saturating_sub(1))
        }),
        ["the", "middle", "of", rest @ ..] | ["mid", rest @ ..] => {
            part_of(rest, today, |first| Some(first.plus(14)))
        }
        ["the", "beginning" | "start", "of", rest @ ..] | ["early", rest @ ..] => first_of(rest, today),
        ["the", "new", "year", ..] | ["new", "year", ..] | ["next", "year", ..] => {
            Date::new(today.year() + 1, 1, 1)
        }
        ["next", "week", ..] => {
            let (from, to) = span(Day::NextWeek, today);
            let same = (0..7)
                .map(|days| from.plus(days))
                .find(|date| date.weekday() == now.due.weekday());
            Some(same.unwrap_or(from).min(to))
        }
        ["the", "week", "after", "next", ..] => Some(following(today, Weekday::Monday).plus(7)),
        _ => wish::day_named(words)
            .map(|day| span(day, today).0)
            .or_else(|| first_of(words, today)),
    }
}

/// A part of the month that the words name, of the present one where it is still to come.
fn part_of(words: &[&str], today: Date, part: impl Fn(Date) -> Option<Date>) -> Option<Date> {
    let first = first_of(words, today)?;
    let present = Date::new(today.year(), today.month(), 1).filter(|now| now.month() == first.month());
    let to_come = present.and_then(&part).filter(|date| today < *date);
    to_come.or_else(|| part(first))
}

/// The first day of "March", "next month", "the month", the next there is.
fn first_of(words: &[&str], today: Date) -> Option<Date> {
    match words {
        ["next", "month", ..] => {
            Date::new(today.year(), today.month(), 1).map(|first| months_after(first, 1))
        }
        ["the" | "this", "month", ..] => Date::new(today.year(), today.month(), 1),
        ["next", name, ..] | [name, ..] => {
            let named = month(name).filter(|_| dated(words).is_none())?;
            let year = today.year() + u32::from(named <= today.month());
            Date::new(year, named, 1)
        }
        [] => None,
    }
}

#[derive(Debug, Clone, Copy)]
enum Length {
    Days(u32),
    Months(u32),
}

impl Length {
    fn after(self, date: Date) -> Date {
        match self {
            Self::Days(days) => date.plus(days),
            Self::Months(months) => months_after(date, months),
        }
    }

    fn before(self, date: Date) -> Date {
        let days = match self {
            Self::Days(days) => days,
            Self::Months(months) => months.saturating_mul(30),
        };
        Date::from_days(date.days().saturating_sub(days)).unwrap_or(date)
    }
}

/// "A week", "two weeks", "a couple of months", "the next few days", "a fortnight".
fn length(words: &[&str]) -> Option<Length> {
    let lead = words
        .iter()
        .take_while(|word| BEFORE_LENGTH.contains(word))
        .count();
    let rest = words.get(lead..)?;
    let (count, len) = few(rest)
        .or_else(|| match rest {
            ["a" | "another" | "one" | "an", "whole" | "full" | "further", ..] => Some((1, 2)),
            ["a" | "another" | "one", ..] => Some((1, 1)),
            _ => number::number(rest).map(|found| (found.value, found.len)),
        })
        .or_else(|| {
            let next = words.get(..lead).is_some_and(|lead| lead.contains(&"next"));
            next.then_some((1, 0))
        })?;
    let rest = rest.get(len..)?;
    let more = usize::from(rest.first() == Some(&"more"));
    let days = |each: u32| {
        count
            .checked_mul(each)
            .filter(|days| *days <= DAYS_MAX)
            .map(Length::Days)
    };
    match *rest.get(more)? {
        "day" | "days" => days(1),
        "week" | "weeks" => days(7),
        "fortnight" | "fortnights" => days(14),
        "month" | "months" => (count <= MONTHS_MAX).then_some(Length::Months(count)),
        "year" => Some(Length::Months(12)),
        _ => None,
    }
}

/// "A couple of", "a few".
fn few(words: &[&str]) -> Option<(u32, usize)> {
    match words {
        ["a", "couple", "of", ..] => Some((2, 3)),
        ["a", "couple", ..] | ["couple", "of", ..] => Some((2, 2)),
        ["couple", ..] => Some((2, 1)),
        ["a", "few", ..] => Some((3, 2)),
        ["few", ..] => Some((3, 1)),
        _ => None,
    }
}

const SKIPPING: &[&str] = &["skip", "skipping", "leave", "miss", "drop"];
const BEFORE_COUNT: &[&str] = &["the", "my", "our", "next", "of", "coming"];
const SPANS: &[&str] = &["day", "days", "week", "weeks", "month", "months", "year", "years"];
const TO: &[&str] = &[
    "to", "on", "by", "for", "in", "it", "from", "after", "around", "start", "starting", "comes", "come",
];
const EARLIER: &[&str] = &["earlier", "sooner", "up"];
const LATER: &[&str] = &[
    "back", "later", "by", "out", "forward", "ahead", "delay", "postpone", "defer", "off", "push", "skip",
];
const BEFORE_LENGTH: &[&str] = &["the", "next", "about", "around", "at", "least", "like"];
/// What may stand before a day, courtesy aside.
const LEADING: &[&str] = &[
    "no", "yes", "maybe", "make", "it", "that", "sorry", "rather", "how", "about", "let's", "say",
];
/// More than that is no leaving out.
const SKIPPED_MAX: u32 = 12;
const DAYS_MAX: u32 = 366;
const MONTHS_MAX: u32 = 12;

#[cfg(test)]
mod tests {
    use super::{Next, Now, next, skipped};
    use crate::civil::Date;

    /// Wednesday, 4 March 2026; due in nine days, on Friday the 13th, every four weeks.
    fn now() -> Now {
        let today = Date::new(2026, 3, 4).unwrap();
        Now {
            today,
            due: today.plus(9),
            spoken_of: today.plus(9),
            repeat_days: 28,
        }
    }

    #[test]
    fn when_it_comes_next() {
        let check = |text: &str, expect: &str| {
            let words: Vec<&str> = text.split(' ').collect();
            let told = match next(&words, now()) {
                Some(Next::On(date)) => date.to_string(),
                Some(Next::Unclear) => "unclear".to_owned(),
                None => String::new(),
            };
            assert_eq!(told, expect, "{text}");
        };
        check("pause it until may", "2026-05-01");
        check("can i pause it until march", "2027-03-01");
        check("till the first of april", "2026-04-01");
        check("stop it until the end of april", "2026-04-30");
        check("until mid april", "2026-04-15");
        check("until the end of march", "2026-03-31");
        check("until the end of the month", "2026-03-31");
        check("until next month", "2026-04-01");
        check("until the new year", "2027-01-01");
        check("until friday the twentieth", "2026-03-20");
        check("until i'm back", "unclear");
        check("until the summer", "unclear");
        check("until further notice", "");
        check("not before the twenty fifth of march", "2026-03-25");
        check("for two months", "2026-05-04");
        check("for a couple of weeks", "2026-03-18");
        check("for the next few weeks", "2026-03-25");
        check("for a month", "2026-04-04");
        check("for a while", "");
        check("move my next delivery to next friday", "2026-03-13");
        check("move my next delivery to the twentieth", "2026-03-20");
        check("move it to next month", "2026-04-01");
        check("move it to the week after", "2026-03-20");
        check("push my next delivery back a week", "2026-03-20");
        check("send it a week later", "2026-03-20");
        check("delay it by ten days", "2026-03-23");
        check("three days earlier please", "2026-03-10");
        check("no the day before", "2026-03-12");
        check("skip the next two deliveries", "2026-05-08");
        check("skip the next two", "2026-05-08");
        check("skip my next delivery", "");
        check("in two weeks", "2026-03-18");
        check("the twentieth of march", "2026-03-20");
        check("no make it the twentieth of march", "2026-03-20");
        check("pause my subscription", "");
        check("i'd like two bags", "");
    }

    #[test]
    fn how_many_are_left_out() {
        let check = |text: &str, expect: Option<u32>| {
            let words: Vec<&str> = text.split(' ').collect();
            assert_eq!(skipped(&words), expect, "{text}");
        };
        check("skip the next two deliveries", Some(2));
        check("leave out three", Some(3));
        check("skip the next couple of boxes", Some(2));
        check("skip one", Some(1));
        check("skip two weeks", None);
        check("skip the next delivery", None);
        check("leave it as it is", None);
    }
}
