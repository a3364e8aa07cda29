//! Words that point at something known: the last order, the usual, the first one, both.

use super::normalize::Words;
use super::wording::{begins, count};

/// What the words point at, as the slot `reference` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    pub value: &'static str,
    pub start: usize,
    pub end: usize,
}

/// The first reference in the utterance.
pub fn reference(words: &Words) -> Option<Reference> {
    let all: Vec<&str> = words.iter().collect();
    (0..all.len()).find_map(|start| {
        let rest = all.get(start..)?;
        let (phrase, value) = PHRASES
            .iter()
            .filter(|(phrase, _)| begins(rest, phrase))
            .max_by_key(|(phrase, _)| phrase.len())?;
        Some(Reference {
            value,
            start,
            end: start + count(phrase),
        })
    })
}

/// An order that was made before.
pub const ORDERED_BEFORE: &[&str] = &["last_order", "usual"];

/// Everything that words can point at.
pub(crate) fn values() -> impl Iterator<Item = &'static str> {
    PHRASES.iter().map(|(_, value)| *value)
}

const PHRASES: &[(&str, &str)] = &[
    ("last order", "last_order"),
    ("latest order", "last_order"),
    ("most recent order", "last_order"),
    ("recent order", "last_order"),
    ("previous order", "last_order"),
    ("last purchase", "last_order"),
    ("last one", "last_order"),
    ("last time", "last_order"),
    ("the last thing i ordered", "last_order"),
    ("what i had last time", "last_order"),
    ("what i got last time", "last_order"),
    ("what i ordered last time", "last_order"),
    ("same as last time", "last_order"),
    ("the same as before", "last_order"),
    ("same order", "last_order"),
    ("same thing", "last_order"),
    ("the same", "last_order"),
    ("same again", "last_order"),
    ("my usual order", "usual"),
    ("usual", "usual"),
    ("the regular", "usual"),
    ("my regular", "usual"),
    ("regular order", "usual"),
    ("what i always get", "usual"),
    ("what i usually get", "usual"),
    ("first", "first"),
    ("the former", "first"),
    ("second one", "second"),
    ("the second", "second"),
    ("number two", "second"),
    ("number one", "first"),
    ("the latter", "second"),
    ("third", "third"),
    ("number three", "third"),
    ("both", "both"),
    ("all of them", "all"),
    ("of each", "all"),
    ("all of those", "all"),
    ("all three", "all"),
    ("all my orders", "all"),
    ("all of my orders", "all"),
    ("all the orders", "all"),
    ("every one of them", "all"),
    ("neither", "none"),
    ("none of them", "none"),
    ("either", "any"),
    ("either one", "any"),
    ("any of them", "any"),
];

#[cfg(test)]
mod tests {
    use super::{Words, reference};

    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(
            reference(&Words::new(text)).map(|r| r.value),
            expect,
            "for {text:?}"
        );
    }

    #[test]
    fn references() {
        check("i'd like to reorder my last order", Some("last_order"));
        check("the usual please", Some("usual"));
        check("the second one", Some("second"));
        check("both of them", Some("both"));
        check("same again please", Some("last_order"));
        check("two bags of dark roast", None);
    }
}
