//! Stretches of time: "until January", "for two weeks". Which day ends them is not reckoned: that one was named is all
//! that is known.

use super::{month, weekday};
use crate::nlu::number;

/// Words of the stretch that these begin with. `alone` where nothing stands before it: then it needs no word that makes
/// it one ("two weeks", "January").
pub fn period(words: &[&str], alone: bool) -> Option<usize> {
    let (first, rest) = words.split_first()?;
    match *first {
        "until" | "till" | "til" | "through" => end(rest).map(|len| len + 1),
        "for" => span(rest).map(|len| len + 1),
        _ if alone => span(words).or_else(|| named(words)),
        _ => None,
    }
}

/// "January", "the end of March", "next month", "summer", "further notice", "I'm back".
fn end(words: &[&str]) -> Option<usize> {
    let skip = match words {
        ["the", "end" | "beginning" | "middle", "of", ..] => 3,
        ["the" | "next" | "after", ..] => 1,
        _ => 0,
    };
    match words.get(skip..)? {
        ["further", "notice", ..] => Some(skip + 2),
        ["i'm" | "we're", "back" | "home", ..] | ["i" | "we", "return", ..] => Some(skip + 2),
        rest => named(rest).or_else(|| span(rest)).map(|len| skip + len),
    }
}

fn named(words: &[&str]) -> Option<usize> {
    let first = words.first()?;
    let is_named = month(first).is_some() || weekday(first).is_some() || NAMED.contains(first);
    is_named.then_some(1)
}

/// "Two weeks", "a month", "a couple of months", "the next few days".
fn span(words: &[&str]) -> Option<usize> {
    let skip = words.iter().take_while(|word| BEFORE.contains(word)).count();
    let rest = words.get(skip..)?;
    let many = number::number(rest).map_or(0, |number| number.len);
    let counted = skip + many > 0;
    let unit = rest.get(many)?;
    (counted && UNITS.contains(unit)).then_some(skip + many + 1)
}

const BEFORE: &[&str] = &["a", "the", "next", "another", "few", "couple", "of", "several"];
const UNITS: &[&str] = &[
    "day", "days", "week", "weeks", "month", "months", "year", "years", "while",
];
const NAMED: &[&str] = &[
    "spring", "summer", "autumn", "fall", "winter", "week", "month", "year",
];

#[cfg(test)]
mod tests {
    use super::period;

    #[test]
    fn stretches_of_time() {
        let check = |text: &str, alone: bool, expect: &str| {
            let words: Vec<&str> = text.split(' ').collect();
            let len = period(&words, alone).unwrap_or_default();
            assert_eq!(words[..len].join(" "), expect, "{text}");
        };
        check("until january please", false, "until january");
        check("until the end of march", false, "until the end of march");
        check("till next month", false, "till next month");
        check("until i'm back", false, "until i'm back");
        check("for two weeks", false, "for two weeks");
        check("for a couple of months", false, "for a couple of months");
        check("two weeks", true, "two weeks");
        check("january", true, "january");
        check("two weeks", false, "");
        check("until next time", true, "");
        check("until we meet again", true, "");
        check("for two bags", true, "");
        check("two bags", true, "");
        check("a latte", true, "");
    }
}
