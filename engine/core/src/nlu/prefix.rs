//! Phrases as one JSGF rule in which those that begin alike share their beginning: a decoder then follows
//! "what time do you" once, not once for every phrase.

use std::collections::{BTreeMap, BTreeSet};

/// What may follow the words so far.
#[derive(Debug, Default)]
struct Branch<'p> {
    /// A phrase ends here.
    whole: bool,
    next: BTreeMap<&'p str, Self>,
}

/// The rule's body; empty without phrases. As deep as the longest phrase has words: whoever makes phrases
/// bounds them.
pub(super) fn rule(phrases: &BTreeSet<String>) -> String {
    let mut root = Branch::default();
    for phrase in phrases {
        let end = phrase
            .split_whitespace()
            .fold(&mut root, |branch, word| branch.next.entry(word).or_default());
        end.whole = true;
    }
    root.alternatives()
}

impl Branch<'_> {
    fn alternatives(&self) -> String {
        let ways: Vec<String> = self
            .next
            .iter()
            .map(|(word, after)| format!("{word}{}", after.tail()))
            .collect();
        ways.join(" | ")
    }

    fn tail(&self) -> String {
        match (self.next.len(), self.whole) {
            (0, _) => String::new(),
            (_, true) => format!(" [ {} ]", self.alternatives()),
            (1, false) => format!(" {}", self.alternatives()),
            (_, false) => format!(" ( {} )", self.alternatives()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::rule;

    #[test]
    fn what_begins_alike_is_written_once() {
        let check = |phrases: &[&str], expect: &str| {
            let phrases = phrases.iter().map(|phrase| (*phrase).to_owned()).collect();
            assert_eq!(rule(&phrases), expect);
        };
        check(&[], "");
        check(&["opening hours"], "opening hours");
        check(
            &[
                "when do you open",
                "when do you close",
                "when are you open",
                "opening hours",
            ],
            "opening hours | when ( are you open | do you ( close | open ) )",
        );
        check(&["your hours", "your hours today"], "your hours [ today ]");
    }
}
