//! Words beside a name that nothing explains: "the purple harbor dark roast". The name was found, and yet more was
//! said of it than is known, so what was meant may be something else.

use super::normalize::Words;
use super::slots::Placed;

/// Where such words stand: directly before what was named, behind an article, a number or a unit, and no part of
/// anything found.
pub(super) fn strange(words: &Words, placed: &[Placed]) -> Vec<usize> {
    let all = words.as_slice();
    let word = |at: usize| all.get(at).map(String::as_str).unwrap_or_default();
    let counted = |at: usize| {
        let mut placed = placed.iter().filter(|p| p.slot.name == "quantity");
        placed.any(|p| p.start <= at && at < p.end)
    };
    let found = |at: usize| placed.iter().any(|p| p.start <= at && at < p.end);
    let items = placed.iter().filter(|p| p.slot.name == "item");
    let beside = items.filter_map(|item| {
        let at = item.start.checked_sub(1)?;
        let opener = at.checked_sub(1)?;
        let opens = OPENERS.contains(&word(opener)) || counted(opener);
        let explained = found(at) || OPENERS.contains(&word(at)) || PLAIN.contains(&word(at));
        (opens && !explained).then_some(at)
    });
    beside.collect()
}

/// How much of its confidence a name keeps beside such a word.
pub(super) const KEPT: f32 = 0.75;

/// What a noun follows.
const OPENERS: &[&str] = &[
    "a", "an", "the", "my", "our", "your", "that", "this", "those", "these", "some", "of", "another", "bag",
    "bags", "box", "boxes", "pack", "packs", "pound", "pounds", "kilo", "kilos",
];

/// What may stand before a name without making another thing of it.
const PLAIN: &[&str] = &[
    "again",
    "any",
    "best",
    "big",
    "bigger",
    "double",
    "extra",
    "favorite",
    "fine",
    "first",
    "fresh",
    "good",
    "great",
    "just",
    "large",
    "last",
    "lovely",
    "more",
    "new",
    "nice",
    "normal",
    "old",
    "only",
    "other",
    "regular",
    "same",
    "second",
    "single",
    "small",
    "smaller",
    "standard",
    "third",
    "usual",
    "very",
    "whole",
    "wonderful",
];

#[cfg(test)]
mod tests {
    use super::strange;
    use crate::ids::Sku;
    use crate::nlu::lexicon::Lexicon;
    use crate::nlu::normalize::Words;
    use crate::nlu::slots;
    use crate::shop::{Catalogue, Item, ItemKind};
    use crate::speech::expectation::Expectation;
    use crate::units::Money;

    fn lexicon() -> Lexicon {
        let item = |sku: &str, name: &str| Item {
            sku: Sku::new(sku),
            name: name.to_owned(),
            spoken: Vec::new(),
            kind: ItemKind::Equipment,
            unit: String::new(),
            price: Money::from_minor(1_000),
            attributes: Vec::new(),
        };
        Lexicon::new(&Catalogue {
            items: vec![item("DARK", "Harbor dark roast"), item("PRESS", "French press")],
        })
    }

    fn check(text: &str, expect: &[&str]) {
        let words = Words::new(text);
        let placed = slots::all(&words, &Expectation::Open, &lexicon(), &[]);
        assert!(placed.iter().any(|p| p.slot.name == "item"), "{text}: {placed:?}");
        let found: Vec<String> = strange(&words, &placed)
            .into_iter()
            .map(|at| words.span(at, at + 1))
            .collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn words_that_nothing_explains_are_told() {
        check("the purple harbor dark roast", &["purple"]);
        check("two bags of purple harbor dark roast please", &["purple"]);
        check("i'd like two frozen french press", &["frozen"]);
        for text in [
            "the harbor dark roast",
            "two bags of the harbor dark roast",
            "i want harbor dark roast",
            "my usual harbor dark roast please",
            "a fresh bag of harbor dark roast",
            "no i said the harbor dark roast",
            "two bags of harbor dark roast and a french press",
            "can i get another french press",
            "send me a french press",
        ] {
            check(text, &[]);
        }
    }
}
