//! Slips that are mended in the same breath: "two no three bags", "a dozen of midnight no wait half a dozen". What
//! was said first does not stand.

use super::normalize::Words;
use super::slots::{ITEM, ITEM_ALTERNATIVE, Placed};
use super::wording::{count, ends};

/// What stands of the values found.
pub(super) fn without_slips(words: &Words, mut placed: Vec<Placed>) -> Vec<Placed> {
    let slips: Vec<(usize, usize)> = placed
        .iter()
        .filter_map(|new| slip(words.as_slice(), &placed, new))
        .collect();
    let mendable = |p: &Placed| [QUANTITY, ITEM, ITEM_ALTERNATIVE].contains(&p.slot.name.as_str());
    placed.retain(|p| !(mendable(p) && slips.contains(&(p.start, p.end))));
    placed
}

/// Where the value of the same kind stands that is said anew here.
fn slip(words: &[String], placed: &[Placed], new: &Placed) -> Option<(usize, usize)> {
    let named = new.slot.name == ITEM;
    if !named && new.slot.name != QUANTITY {
        return None;
    }
    let begins = beginning(words, placed, new);
    let len = marker(words.get(..begins)?)?;
    let marked = begins.checked_sub(len)?;
    // "Dark roast and no filters" is no slip, "dark roast no the filters" is one.
    let bare = len == 1 && words.get(marked).is_some_and(|word| word == "no");
    if named && bare && begins == new.start {
        return None;
    }
    let mut before = placed.iter().rev();
    let old = before.find(|p| p.slot.name == new.slot.name && p.end <= marked)?;
    let between = words.get(old.end..marked)?;
    let parted = between.iter().any(|word| JOINTS.contains(&word.as_str()));
    (!parted).then_some((old.start, old.end))
}

/// Where the phrase of a value begins: "three bags of the | light roast".
fn beginning(words: &[String], placed: &[Placed], new: &Placed) -> usize {
    let mut at = new.start;
    while let Some(before) = at.checked_sub(1) {
        let counted = placed.iter().find(|p| p.slot.name == QUANTITY && p.end == at);
        let counted = counted.filter(|_| new.slot.name == ITEM);
        let opens = words
            .get(before)
            .is_some_and(|word| OPENERS.contains(&word.as_str()));
        at = match counted {
            Some(quantity) => quantity.start,
            None if opens => before,
            None => break,
        };
    }
    at
}

/// How many words at the end of these take back what was said before them.
fn marker(words: &[String]) -> Option<usize> {
    let known = MARKERS.iter().filter(|phrase| ends(words, phrase));
    known.map(|phrase| count(phrase)).max()
}

const QUANTITY: &str = "quantity";

const MARKERS: &[&str] = &[
    "no",
    "no no",
    "no wait",
    "wait",
    "wait no",
    "oh wait",
    "oh no",
    "well no",
    "sorry",
    "no sorry",
    "sorry no",
    "oops",
    "i mean",
    "no i mean",
    "i meant",
    "no i meant",
    "or rather",
    "rather",
    "scratch that",
    "no scratch that",
    "correction",
    "hang on",
    "hold on",
    "actually",
    "no actually",
    "actually no",
    "make it",
    "no make it",
    "actually make it",
    "no wait make it",
    "make that",
    "no make that",
    "actually make that",
    "no wait make that",
];

/// What a value begins with, before its own words.
const OPENERS: &[&str] = &[
    "the", "a", "an", "of", "bag", "bags", "pack", "packs", "box", "boxes",
];
/// What comes behind these is another thing.
const JOINTS: &[&str] = &["and", "also", "plus", "then"];

#[cfg(test)]
mod tests {
    use crate::nlu::understand::tests::check;
    use crate::speech::expectation::Expectation;

    #[test]
    fn what_is_mended_does_not_stand() {
        let said = |text: &str, expect: &str| check(text, &Expectation::Open, expect);
        said("two no three bags of dark roast", "reorder quantity=3 item=DARK");
        said(
            "a dozen bags of the dark roast no wait half a dozen",
            "reorder item=DARK quantity=6",
        );
        said(
            "two bags of the dark roast no wait the kenya please",
            "reorder quantity=2 item=KENYA",
        );
        said(
            "two bags of the dark roast sorry i mean three bags of the kenya",
            "reorder quantity=3 item=KENYA",
        );
        said(
            "two bags of the dark roast and three of the kenya no four",
            "reorder quantity=2 item=DARK item=KENYA quantity=4",
        );
        said(
            "two bags of the dark roast and actually three bags of kenya",
            "reorder quantity=2 item=DARK quantity=3 item=KENYA",
        );
    }
}
