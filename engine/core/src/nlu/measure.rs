//! Numbers that are no count of what is ordered: of what goes into a cup ("two pumps"), of a clock ("at five"), of a
//! scale ("five hundred grams").

use super::number;
use super::wording::{begins, count, longest};

/// A weight, or a part of a thing, at the start of `words`: "five hundred grams", "half a pound", "one and a half
/// bags". Goods are sold whole, as they are packed.
pub(super) fn weight(words: &[String]) -> Option<usize> {
    let many = number::number(words).map(|number| number.len);
    let len = many.max(longest(words, PARTS))?;
    let rest = words.get(len..)?;
    let fraction = FRACTIONS.iter().find(|fraction| begins(rest, fraction));
    let more = fraction.map_or(0, |fraction| count(fraction));
    let unit = rest.get(more).map(String::as_str).unwrap_or_default();
    let halved = many.is_none() && !begins(words, &format!("a {unit}"));
    let broken = (more > 0 || halved) && COUNTED_THINGS.contains(&unit);
    (WEIGHTS.contains(&unit) || broken).then_some(len + more + 1)
}

/// Where such a measure ends, if the number at `start..end` is one.
pub(super) fn end(words: &[String], start: usize, end: usize) -> Option<usize> {
    let word = |at: usize| words.get(at).map(String::as_str).unwrap_or_default();
    let more = usize::from(BEFORE_ADDED.contains(&word(end)));
    if ADDED.contains(&word(end + more)) {
        return Some(end + more + 1);
    }
    if CLOCK_AFTER.contains(&word(end)) {
        return Some(end + 1);
    }
    let at = start.checked_sub(1).map(word).unwrap_or_default();
    (CLOCK_BEFORE.contains(&at) && !COUNTED_THINGS.contains(&word(end))).then(|| past_minutes(words, end))
}

/// "At five | thirty".
fn past_minutes(words: &[String], at: usize) -> usize {
    let minutes = words.get(at..).and_then(number::number);
    at + minutes.map_or(0, |minutes| minutes.len)
}

/// What goes into a drink.
const ADDED: &[&str] = &[
    "sugar",
    "sugars",
    "sweetener",
    "sweeteners",
    "shot",
    "shots",
    "pump",
    "pumps",
    "milks",
    "creams",
    "creamers",
    "spoons",
    "spoonfuls",
    "teaspoons",
    "percent",
];
const BEFORE_ADDED: &[&str] = &["brown", "white", "extra", "more", "vanilla", "caramel"];

const CLOCK_AFTER: &[&str] = &["o'clock", "am", "pm", "minute", "minutes", "hour", "hours"];
const CLOCK_BEFORE: &[&str] = &["at", "past", "until", "till", "before", "after", "in"];

const WEIGHTS: &[&str] = &[
    "g",
    "gram",
    "grams",
    "kg",
    "kilo",
    "kilos",
    "kilogram",
    "kilograms",
    "lb",
    "lbs",
    "pound",
    "pounds",
    "ounce",
    "ounces",
    "oz",
];
const PARTS: &[&str] = &[
    "a",
    "half",
    "half a",
    "a half",
    "a quarter",
    "quarter",
    "a quarter of a",
];
const FRACTIONS: &[&str] = &["and a half", "and a quarter"];
/// Behind a number these are what is counted, whatever stands before it.
const COUNTED_THINGS: &[&str] = &["bag", "bags", "pack", "packs", "box", "boxes", "of"];

#[cfg(test)]
mod tests {
    use super::end;
    use crate::nlu::normalize::Words;
    use crate::nlu::number;

    fn check(text: &str, expect: &str) {
        let words = Words::new(text);
        let all = words.as_slice();
        let found = (0..all.len()).find_map(|at| number::number(all.get(at..)?).map(|n| (at, at + n.len)));
        let (start, until) = found.unwrap();
        let measured = end(all, start, until).map_or(String::new(), |end| words.span(start, end));
        assert_eq!(measured, expect, "{text}");
    }

    #[test]
    fn measures_are_no_counts() {
        check("with two sugars", "two sugars");
        check("with two brown sugars", "two brown sugars");
        check("with four pumps of vanilla", "four pumps");
        check("i'll pick it up at five", "five");
        check("i'll be there at five thirty", "five thirty");
        check("in ten minutes", "ten minutes");
        check("at five bags", "");
        check("two milk pitchers", "");
        check("two lattes", "");
        check("at least five", "");
    }

    #[test]
    fn weights_and_parts_are_no_counts() {
        let check = |text: &str, expect: &str| {
            let words = Words::new(text);
            let len = super::weight(words.as_slice()).unwrap_or(0);
            assert_eq!(words.span(0, len), expect, "{text}");
        };
        check("five hundred grams of kenya", "five hundred grams");
        check("500g of kenya", "500 g");
        check("a kilo of the dark roast", "a kilo");
        check("half a pound", "half a pound");
        check("two and a half pounds", "two and a half pounds");
        check("one and a half bags", "one and a half bags");
        check("half a bag", "half a bag");
        check("half a dozen bags", "");
        check("a bag of kenya", "");
        check("two bags", "");
        check("two and a half", "");
    }
}
