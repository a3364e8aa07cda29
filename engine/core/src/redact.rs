//! Takes personal data out of text before it is stored: telephone and card numbers, written or spoken,
//! and e-mail addresses. It rather masks too much than too little; order numbers (six digits) stay, unless they are said
//! digit by digit and an amount follows ("four seven nine nine three zero two bags").

use std::ops::Range;

use crate::nlu::number;

/// The shortest run of digits that is masked. Order numbers have six.
pub const DIGITS_MIN: u32 = 7;

/// Lengths of payment card numbers (ISO/IEC 7812-1).
const CARD_DIGITS: Range<u32> = 13..20;

/// The text with `[number]`, `[card]` and `[email]` where those stood. Doing it twice changes nothing more.
pub fn redact(text: &str) -> String {
    let words = split(text);
    let mut masks = Vec::new();
    masks.extend(emails(&words));
    masks.extend(numbers(&words));
    apply(text, masks)
}

/// Without these words, lower case: what a shop has told of a caller's addresses.
pub fn without_words(text: &str, private: &[String]) -> String {
    let mut kept: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let core = word.trim_matches(|c: char| !c.is_alphanumeric());
        if core.is_empty() || !private.contains(&core.to_lowercase()) {
            kept.push(word.to_owned());
            continue;
        }
        let masked = word.replace(core, ADDRESS);
        match kept.last_mut() {
            // Several words in a row are one address.
            Some(last) if last == ADDRESS => *last = masked,
            Some(_) | None => kept.push(masked),
        }
    }
    kept.join(" ")
}

/// What stands for words of an address.
const ADDRESS: &str = "[address]";

/// A telephone number for records: only the last two digits stay ("*00"). Shorter ones vanish.
pub fn mask_number(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(|c| c.is_numeric()).collect();
    match digits.as_slice() {
        [_, _, _, .., tens, ones] => format!("*{tens}{ones}"),
        _ => "*".to_owned(),
    }
}

/// A word of the text, without the punctuation around it.
#[derive(Debug)]
struct Word<'a> {
    text: &'a str,
    start: usize,
    /// A new sentence begins here, which ends any run of digits.
    begins_sentence: bool,
}

impl Word<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

struct Mask {
    range: Range<usize>,
    with: &'static str,
}

fn split(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut sentence_over = false;
    for piece in text.split_whitespace() {
        let core = piece.trim_matches(|c: char| c.is_ascii_punctuation());
        let start = core.as_ptr().addr() - text.as_ptr().addr();
        let begins_sentence = sentence_over && piece.chars().next().is_some_and(char::is_uppercase);
        sentence_over = piece.ends_with(['.', '!', '?']);
        if !core.is_empty() {
            words.push(Word {
                text: core,
                start,
                begins_sentence,
            });
        }
    }
    words
}

fn numbers(words: &[Word<'_>]) -> Vec<Mask> {
    let mut masks = Vec::new();
    let mut run = Run::default();
    for word in words {
        if word.begins_sentence {
            masks.extend(run.finish());
        }
        match class(word.text) {
            Class::Number(value) => run.add(Some(value), word),
            Class::Filler => run.add(None, word),
            Class::Hidden => {
                masks.extend(run.finish());
                masks.push(Mask {
                    range: word.start..word.end(),
                    with: "[number]",
                });
            }
            Class::Unit => {
                run.leave_amount();
                masks.extend(run.finish());
            }
            Class::Other => masks.extend(run.finish()),
        }
    }
    masks.extend(run.finish());
    masks
}

/// A run of words that are digits, and of fillers between them.
#[derive(Default)]
struct Run<'a> {
    words: Vec<(&'a str, Range<usize>, Option<Value>)>,
}

impl<'a> Run<'a> {
    fn add(&mut self, value: Option<Value>, word: &Word<'a>) {
        if value.is_some() || !self.words.is_empty() {
            self.words.push((word.text, word.start..word.end(), value));
        }
    }

    /// "Four one seven two two zero thirty-seven | dollars": the number that the unit counts is none of the digits before.
    fn leave_amount(&mut self) {
        let is_amount = |at: &usize| {
            let rest = self.words.get(*at..).unwrap_or_default();
            let parts = rest.iter().flat_map(|(text, ..)| text.split('-'));
            let parts: Vec<String> = parts.map(str::to_lowercase).collect();
            let figures = parts.iter().flat_map(|part| part.chars());
            let short = figures.filter(|c| c.is_numeric()).count() <= AMOUNT_FIGURES_MAX;
            short
                && !is_dictated(rest)
                && number::number(&parts).is_some_and(|number| number.len == parts.len())
        };
        let Some(amount) = (0..self.words.len()).find(is_amount) else {
            return;
        };
        // "Five five five oh one double zero bags": nobody can tell whether the last digit counts bags. Behind an order's
        // number in one piece it does.
        let values: Vec<Value> = self.words.iter().filter_map(|(.., value)| *value).collect();
        let alone = amount + 1 == self.words.len();
        let unsure = matches!(values.last_chunk::<2>(), Some([Value::Digits(before), Value::Digits(1)]) if *before < DIGITS_MIN - 1);
        if !(alone && unsure) {
            self.words.truncate(amount);
        }
    }

    fn digits(&self) -> u32 {
        let values = self.words.iter().filter_map(|(.., value)| *value);
        let mut tens = false;
        values.fold(0, |digits, value| {
            let more = match value {
                // "Twenty" leaves room for a unit.
                Value::Digits(1) if tens => 0,
                Value::Digits(count) => count,
                Value::Tens => 2,
            };
            tens = matches!(value, Value::Tens);
            digits.saturating_add(more)
        })
    }

    fn finish(&mut self) -> Option<Mask> {
        let mut run = std::mem::take(self);
        let last = run.words.iter().rposition(|(.., value)| value.is_some())?;
        run.words.truncate(last + 1);
        let digits = run.digits();
        let (first, last) = run.words.first().zip(run.words.last())?;
        let range = first.1.start..last.1.end;
        let with = if CARD_DIGITS.contains(&digits) {
            "[card]"
        } else {
            "[number]"
        };
        (digits >= DIGITS_MIN).then_some(Mask { range, with })
    }
}

/// Digits said one by one, which amounts are not: "two five dollars" is rather the end of a number.
fn is_dictated(words: &[(&str, Range<usize>, Option<Value>)]) -> bool {
    let values: Vec<Value> = words.iter().filter_map(|(.., value)| *value).collect();
    values
        .windows(2)
        .any(|pair| matches!(pair, [Value::Digits(1), Value::Digits(1)]))
}

enum Class {
    Number(Value),
    /// May stand inside a number without ending it.
    Filler,
    /// Not a number, but with too many digits in it to be kept.
    Hidden,
    /// What the number before it counts.
    Unit,
    Other,
}

#[derive(Clone, Copy)]
enum Value {
    Digits(u32),
    Tens,
}

fn class(word: &str) -> Class {
    let digits = u32::try_from(word.chars().filter(|c| c.is_numeric()).count()).unwrap_or(u32::MAX);
    if digits > 0 && word.chars().all(|c| c.is_numeric() || c.is_ascii_punctuation()) {
        return Class::Number(Value::Digits(digits));
    }
    if is_key(word) {
        return Class::Other;
    }
    if digits >= DIGITS_MIN {
        return Class::Hidden;
    }
    let lower = word.to_lowercase();
    if let Some(value) = number_word(&lower) {
        return Class::Number(value);
    }
    // "twenty-three", "five-five-five"
    let parts: Option<Vec<Value>> = lower.split('-').map(number_word).collect();
    if let Some(parts) = parts {
        let sum = parts.iter().map(|value| match value {
            Value::Digits(count) => *count,
            Value::Tens => 1,
        });
        return Class::Number(Value::Digits(sum.sum()));
    }
    if FILLERS.contains(&lower.as_str()) {
        Class::Filler
    } else if UNITS.contains(&lower.as_str()) {
        Class::Unit
    } else {
        Class::Other
    }
}

/// An order's idempotency key, which a record must show: "hark-" and 32 hexadecimal digits.
fn is_key(word: &str) -> bool {
    word.strip_prefix("hark-")
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn number_word(word: &str) -> Option<Value> {
    let value = match word {
        "zero" | "oh" | "o" | "nought" | "one" | "two" | "three" | "four" | "five" | "six" | "seven"
        | "eight" | "nine" | "niner" => Value::Digits(1),
        "ten" | "eleven" | "twelve" | "thirteen" | "fourteen" | "fifteen" | "sixteen" | "seventeen"
        | "eighteen" | "nineteen" => Value::Digits(2),
        "twenty" | "thirty" | "forty" | "fifty" | "sixty" | "seventy" | "eighty" | "ninety" => Value::Tens,
        // "double five" is two digits: one for the word, one for the five.
        "double" => Value::Digits(1),
        "triple" | "hundred" => Value::Digits(2),
        "thousand" => Value::Digits(3),
        _ => return None,
    };
    Some(value)
}

/// What people say between the digits, and what recognisers take digits for.
const FILLERS: [&str; 14] = [
    "uh", "um", "er", "erm", "and", "dash", "hyphen", "plus", "to", "too", "for", "ate", "won", "then",
];

/// What is counted in a shop.
const UNITS: [&str; 12] = [
    "dollar", "dollars", "buck", "bucks", "cent", "cents", "bag", "bags", "pack", "packs", "box", "boxes",
];
/// An amount in figures has no more of them: four are the last of a card.
const AMOUNT_FIGURES_MAX: usize = 3;

fn emails(words: &[Word<'_>]) -> Vec<Mask> {
    let written = words.iter().filter(|word| is_written_email(word.text));
    let mut masks: Vec<Mask> = written
        .map(|word| Mask {
            range: word.start..word.end(),
            with: "[email]",
        })
        .collect();
    masks.extend((1..words.len()).filter_map(|at| spoken_email(words, at)));
    masks
}

fn is_written_email(word: &str) -> bool {
    word.split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
}

/// "robin dot miller at example dot com": the words around the "at" at this index.
fn spoken_email(words: &[Word<'_>], at: usize) -> Option<Mask> {
    let is = |index: usize, text: &str| {
        words
            .get(index)
            .is_some_and(|word| word.text.eq_ignore_ascii_case(text))
    };
    if !is(at, "at") {
        return None;
    }
    let dot = (at + 2..at + 5).find(|index| is(*index, "dot"))?;
    let mut last = dot + 1;
    while is(last + 1, "dot") {
        last += 2;
    }
    let end = words.get(last).or(words.get(dot))?.end();
    Some(Mask {
        range: words.get(local_part(words, at))?.start..end,
        with: "[email]",
    })
}

/// Where the local part before the "at" begins: one word, what is joined to it, and what is spelled.
fn local_part(words: &[Word<'_>], at: usize) -> usize {
    let text = |index: usize| words.get(index).map_or("", |word| word.text);
    let joins = |index: usize| {
        ["dot", "underscore", "dash", "hyphen", "plus"]
            .iter()
            .any(|word| text(index).eq_ignore_ascii_case(word))
    };
    let spelled = |index: usize| text(index).chars().count() == 1 || number_word(text(index)).is_some();
    let mut first = at.saturating_sub(1);
    while first > 0 {
        if first >= 2 && joins(first - 1) {
            first -= 2;
        } else if spelled(first) && spelled(first - 1) {
            first -= 1;
        } else {
            break;
        }
    }
    first
}

fn apply(text: &str, mut masks: Vec<Mask>) -> String {
    masks.sort_by_key(|mask| mask.range.start);
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for mask in masks {
        if mask.range.start >= done {
            out.push_str(text.get(done..mask.range.start).unwrap_or_default());
            out.push_str(mask.with);
        }
        done = done.max(mask.range.end);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{mask_number, redact};

    fn check(text: &str, expect: &str) {
        assert_eq!(redact(text), expect, "of {text:?}");
    }

    #[test]
    fn masks_written_numbers() {
        check("call +1 (555) 010-0199, please", "call +[number], please");
        check("my number is 5550100.", "my number is [number].");
        check("5 5 5 0 1 0 0", "[number]");
        check("card 4111 1111 1111 1111 exp 10", "card [card] exp 10");
        check("4111-1111-1111-1111", "[card]");
        check("tel:5550100x", "[number]");
    }

    #[test]
    fn masks_spoken_numbers() {
        check(
            "it's five five five oh one double zero thanks",
            "it's [number] thanks",
        );
        check("five five five um oh one hundred", "[number]");
        check("fifty-five fifty five oh one oh", "[number]");
        check("five five five 01 oh oh", "[number]");
        check(
            "four one one one, one one one one, one one one one, one one one one",
            "[card]",
        );
    }

    #[test]
    fn an_amount_behind_a_number_stays() {
        check(
            "five five five oh one double zero, forty dollars",
            "[number], forty dollars",
        );
        check("card 4111 1111 1111 1111 dollars", "card [card] dollars");
        check("call 5550100 dollars", "call [number] dollars");
        check("order 4 7 9 9 3 0 two bags of it", "order [number] bags of it");
    }

    #[test]
    fn digits_said_one_by_one_are_no_amount() {
        check("0 0 0 0 0 0 0 box", "[number] box");
        check("five five five oh one oh oh boxes", "[number] boxes");
        check("five five five oh one double zero two bags", "[number] bags");
        check("five five five oh one oh uh two boxes", "[number] boxes");
        check("five five five oh one oh to two boxes", "[number] boxes");
        check("555 010 2 boxes", "[number] boxes");
    }

    #[test]
    fn masks_emails() {
        check("write to robin.miller@example.com now", "write to [email] now");
        check("it is robin dot miller at example dot com", "it is [email]");
        check("r o b i n 7 at mail dot example dot org please", "[email] please");
    }

    #[test]
    fn keeps_what_a_record_needs() {
        for text in [
            "order four eight two nine one seven",
            "placed: order 479930 under hark-93e2619bbddbc56ebb96a668e0e6ad02",
            "Your order is 4 8 2 9 1 7. Two bags of Harbor dark roast.",
            "two bags at fourteen fifty",
            "It's number four seven nine, nine three zero, thirty-seven dollars in all.",
            "order four one seven two two zero one hundred and five dollars",
            "order 417220 two bags",
            "I'd like twenty one of them",
            "meet me at the shop",
            "",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn masks_a_callers_number() {
        assert_eq!(mask_number("+15550100"), "*00");
        assert_eq!(mask_number("anonymous"), "*");
        assert_eq!(mask_number("42"), "*");
    }

    proptest! {
        #[test]
        fn never_panics_and_settles(text in "\\PC{0,80}") {
            let once = redact(&text);
            prop_assert_eq!(redact(&once), once.clone());
        }

        #[test]
        fn no_planted_canary_survives(
            before in "[a-z ]{0,20}", after in "[a-z ]{0,20}", digits in "[0-9]{7,16}",
        ) {
            let spaced: Vec<String> = digits.chars().map(String::from).collect();
            for canary in [digits.clone(), spaced.join(" "), spaced.join("-")] {
                let kept = redact(&format!("{before} {canary} {after}"));
                prop_assert!(!kept.chars().any(char::is_numeric), "{}", kept);
            }
        }
    }

    #[test]
    fn words_of_an_address_are_left_out() {
        let private = ["mill".to_owned(), "road".to_owned()];
        let check = |text: &str, expect: &str| assert_eq!(super::without_words(text, &private), expect);
        check(
            "That's a bag to the office on Mill Road, fourteen.",
            "That's a bag to the office on [address], fourteen.",
        );
        check("send it to mill road", "send it to [address]");
        check("a milling road-map", "a milling road-map");
        check("", "");
    }
}
