//! What callers have that a flow takes: who says "I have a voucher" beside another wish wants it used. Flows name such
//! things (`brings`); of what is wanted with them the model was taught nothing.

use std::ops::Range;

use super::number;
use super::wording::{begins, count, says};

/// Things that one may have, and the intent of whoever has one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brought {
    pub intent: String,
    /// "voucher", "promo code": as they are said.
    pub names: Vec<String>,
}

/// The intent of the first such thing that the words name.
pub(super) fn named<'b>(words: &[&str], brought: &'b [Brought]) -> Option<&'b str> {
    let text = words.join(" ");
    let says_one = |known: &&Brought| known.names.iter().any(|name| says(&text, name));
    brought.iter().find(says_one).map(|known| known.intent.as_str())
}

/// Such a thing that is to be used, in the middle of another wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Used<'b> {
    pub(super) intent: &'b str,
    /// "With voucher 246810", with what ties it to the rest.
    pub(super) clause: Range<usize>,
    /// Its number is told.
    pub(super) is_numbered: bool,
}

/// "Use my voucher on a bag of Kenya", "a bag of Kenya with voucher two four six eight one zero".
pub(super) fn used<'b>(words: &[&str], brought: &'b [Brought]) -> Option<Used<'b>> {
    let (intent, named) = place(words, brought)?;
    let ones_own = back(words, named.start, WHOSE);
    let using = back(words, ones_own, USING);
    if using == ones_own {
        return None;
    }
    let start = back(words, using, TIED_BEFORE);
    let numbered = ahead(words, named.end, NUMBER_OF);
    let figures = words.get(numbered..).and_then(number::digits);
    let figures = figures.filter(|figures| figures.start == 0);
    let told = figures
        .as_ref()
        .map_or(named.end, |figures| numbered + figures.end);
    Some(Used {
        intent,
        clause: start..ahead(words, told, TIED_BEHIND),
        is_numbered: figures.is_some(),
    })
}

/// Where the first such thing is named.
fn place<'b>(words: &[&str], brought: &'b [Brought]) -> Option<(&'b str, Range<usize>)> {
    (0..words.len()).find_map(|at| {
        let rest = words.get(at..)?;
        brought.iter().find_map(|known| {
            let named = known.names.iter().filter(|name| begins(rest, name));
            let len = named.map(|name| count(name)).max()?;
            Some((known.intent.as_str(), at..at + len))
        })
    })
}

/// Where these words begin that end here.
fn back(words: &[&str], end: usize, listed: &[&str]) -> usize {
    let before = words.get(..end).unwrap_or_default();
    end - before
        .iter()
        .rev()
        .take_while(|word| listed.contains(word))
        .count()
}

/// Where these words end that begin here.
fn ahead(words: &[&str], start: usize, listed: &[&str]) -> usize {
    let rest = words.get(start..).unwrap_or_default();
    start + rest.iter().take_while(|word| listed.contains(word)).count()
}

const WHOSE: &[&str] = &["a", "my", "the", "this", "that"];
const USING: &[&str] = &["use", "using", "apply", "redeem", "enter", "with"];
const TIED_BEFORE: &[&str] = &["and", "please", "then", "can", "could", "you", "i", "to", "want"];
const NUMBER_OF: &[&str] = &["number", "code", "is", "it's"];
const TIED_BEHIND: &[&str] = &[
    "on", "for", "to", "towards", "against", "and", "please", "then", "i'd", "like", "want",
];

/// Whether it is the intent of such a thing.
pub(super) fn is_of(intent: &str, brought: &[Brought]) -> bool {
    brought.iter().any(|known| known.intent == intent)
}

#[cfg(test)]
pub(super) fn vouchers() -> Vec<Brought> {
    let names = ["voucher", "coupon", "gift card"].map(str::to_owned).to_vec();
    vec![Brought {
        intent: "voucher".to_owned(),
        names,
    }]
}

#[cfg(test)]
mod tests {
    use super::{used, vouchers};

    #[test]
    fn what_is_used_is_parted_from_what_is_wanted() {
        let check = |text: &str, clause: Option<(&str, bool)>| {
            let words: Vec<&str> = text.split(' ').collect();
            let brought = vouchers();
            let found = used(&words, &brought).map(|used| (words[used.clause].join(" "), used.is_numbered));
            let found = found.as_ref().map(|(text, told)| (text.as_str(), *told));
            assert_eq!(found, clause, "{text}");
        };
        check(
            "use voucher 246810 on a bag of harbor",
            Some(("use voucher 246810 on", true)),
        );
        check(
            "a bag of harbor with voucher two four six eight one zero",
            Some(("with voucher two four six eight one zero", true)),
        );
        check(
            "a bag of harbor and use my coupon please",
            Some(("and use my coupon please", false)),
        );
        check("i have a voucher", None);
        check("what is a gift card", None);
    }
}
