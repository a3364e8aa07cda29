//! Goods that are named because they are not wanted: "the usual but not the filters", "replace the Brazil with Ethiopia",
//! "I'd rather have a latte than the Kenya".

use super::drink::DRINK;
use super::normalize::Words;
use super::preference;
use super::slots::{ITEM, LEFT_OUT, Placed};
use super::wording::gives_up;
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
    let swapped = swapped(words, placed);
    let corrects = !open || all.first().is_some_and(|word| REFUSING.contains(word));
    for start in items {
        if swapped == Some(start)
            || (corrects && is_taken_back(&all, start, placed))
            || (open && is_excepted(before(&all, start)))
        {
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

/// "The Kenya, not the Harbor", "not the Harbor, the Kenya": one goes, where another is named that comes.
fn is_taken_back(words: &[&str], start: usize, placed: &[Placed]) -> bool {
    let mut others = placed.iter().filter(|p| p.slot.name == ITEM && p.start != start);
    is_denied(before(words, start)) && others.any(|p| !is_denied(before(words, p.start)))
}

/// "Not" and nothing that asks: "why not the Kenya", "if not the Kenya".
fn is_denied(before: &[&str]) -> bool {
    let asks = matches!(before, [.., "why" | "if" | "or", "not"]);
    matches!(before, [.., "not"]) && !asks
}

/// Of two, the one that goes: "replace A with B", "B instead of A", "rather B than A". The other may be a drink.
fn swapped(words: &Words, placed: &[Placed]) -> Option<usize> {
    let named = placed
        .iter()
        .filter(|p| p.slot.name == ITEM || p.slot.name == DRINK);
    let [first, second] = *named.map(|p| p.start).collect::<Vec<_>>() else {
        return None;
    };
    let all: Vec<&str> = words.iter().collect();
    let (to_first, to_second) = (before(&all, first), before(&all, second));
    let replaces = matches!(to_first, [.., verb] if REPLACING.contains(verb));
    let by = matches!(to_second, [.., "with" | "for" | "to" | "by" | "into"]);
    if replaces && by {
        return Some(first);
    }
    // "I'd rather have a stronger coffee than the Kenya" compares.
    let compares = preference::preferences(words)
        .iter()
        .any(|found| found.preference.want.is_relative());
    let given_up = [(first, to_first), (second, to_second)]
        .into_iter()
        .find(|(_, before)| gives_up(before));
    given_up.map(|(start, _)| start).filter(|_| !compares)
}

const ARTICLES: &[&str] = &["the", "my", "those", "these", "that", "any", "a", "an"];
/// Who begins with these corrects what was said before.
const REFUSING: &[&str] = &["no", "nope", "not", "sorry", "wait", "oops"];
const REPLACING: &[&str] = &["replace", "swap", "switch", "exchange", "change"];
