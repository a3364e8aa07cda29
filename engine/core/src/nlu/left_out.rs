//! Goods that are named because they are not wanted: "the usual but not the filters", "replace the Brazil with Ethiopia".

use super::normalize::Words;
use super::slots::{ITEM, LEFT_OUT, Placed};
use crate::speech::expectation::Expectation;

/// Gives such goods a slot of their own, so that nobody takes them for a wish.
pub(super) fn mark(words: &Words, expectation: &Expectation, placed: &mut [Placed]) {
    let all: Vec<&str> = words.iter().collect();
    let items: Vec<usize> = placed
        .iter()
        .filter(|p| p.slot.name == ITEM)
        .map(|p| p.start)
        .collect();
    let open = matches!(expectation, Expectation::Open);
    let swapped = swapped(&all, &items);
    for start in items {
        if swapped == Some(start) || (open && is_excepted(before(&all, start))) {
            let mut here = placed.iter_mut().filter(|p| p.start == start);
            if let Some(named) = here.find(|p| p.slot.name == ITEM) {
                LEFT_OUT.clone_into(&mut named.slot.name);
            }
        }
    }
}

/// The words before a name, without its article.
fn before<'w>(words: &'w [&'w str], start: usize) -> &'w [&'w str] {
    let before = words.get(..start).unwrap_or_default();
    let articles = before
        .iter()
        .rev()
        .take_while(|word| ARTICLES.contains(word))
        .count();
    before.get(..before.len() - articles).unwrap_or_default()
}

/// "Everything except ...". At a read-back the same words correct it, which is another matter.
fn is_excepted(before: &[&str]) -> bool {
    matches!(
        before,
        [.., "but" | "just" | "only", "not"]
            | [.., "but" | "just" | "and", "without" | "no" | "skip"]
            | [.., "except" | "excluding" | "minus"]
            | [.., "except", "for"]
            | [.., "apart", "from"]
            | [.., "other", "than"]
            | [.., "leave", "out" | "off"]
    )
}

/// Of two, the one that goes: "replace A with B", "B instead of A".
fn swapped(words: &[&str], items: &[usize]) -> Option<usize> {
    let [first, second] = *items else { return None };
    let (to_first, to_second) = (before(words, first), before(words, second));
    let replaces = matches!(to_first, [.., verb] if REPLACING.contains(verb));
    let by = matches!(to_second, [.., "with" | "for" | "to" | "by" | "into"]);
    let instead = matches!(to_second, [.., "instead", "of"]);
    (replaces && by).then_some(first).or(instead.then_some(second))
}

const ARTICLES: &[&str] = &["the", "my", "those", "these", "that", "any", "a", "an"];
const REPLACING: &[&str] = &["replace", "swap", "switch", "exchange", "change"];
