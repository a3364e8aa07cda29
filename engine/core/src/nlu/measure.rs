//! Numbers that are no count of what is ordered: of what goes into a cup ("two pumps", "twelve ounces") or of a
//! clock ("at five").

use super::number;

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
    "ounce",
    "ounces",
    "oz",
    "percent",
];
const BEFORE_ADDED: &[&str] = &[
    "brown", "white", "extra", "more", "vanilla", "caramel", "espresso",
];

const CLOCK_AFTER: &[&str] = &["o'clock", "am", "pm", "minute", "minutes", "hour", "hours"];
const CLOCK_BEFORE: &[&str] = &["at", "past", "until", "till", "before", "after", "in"];
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
        check("a sixteen ounce latte", "sixteen ounce");
        check("i'll pick it up at five", "five");
        check("i'll be there at five thirty", "five thirty");
        check("in ten minutes", "ten minutes");
        check("at five bags", "");
        check("two milk pitchers", "");
        check("two lattes", "");
        check("at least five", "");
    }
}
