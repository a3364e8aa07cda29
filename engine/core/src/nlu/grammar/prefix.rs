//! Phrases, of words and of rules in `<>`, as one rule in which those that begin alike share their beginning: a decoder then follows
//! "what time do you" once, not once for every phrase.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::Expression;

/// What may follow the words so far.
#[derive(Debug, Default)]
struct Branch<'p> {
    /// A phrase ends here.
    whole: bool,
    next: BTreeMap<&'p str, Self>,
}

/// What the phrases say. As deep as the longest phrase has words: whoever makes phrases bounds them.
pub(super) fn rule(phrases: &BTreeSet<String>) -> Expression {
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
    fn alternatives(&self) -> Expression {
        let ways = self.next.iter().map(|(word, after)| after.said_after(word));
        Expression::one_of(ways.collect())
    }

    fn said_after(&self, word: &str) -> Expression {
        let word = Expression::term(word);
        if self.next.is_empty() {
            return word;
        }
        match (self.whole, self.alternatives()) {
            (true, more) => Expression::Sequence(vec![word, more.optional()]),
            // One line, as people would write it.
            (false, Expression::Sequence(more)) => {
                Expression::Sequence(std::iter::once(word).chain(more).collect())
            }
            (false, more) => Expression::Sequence(vec![word, more]),
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
            assert_eq!(rule(&phrases).to_string(), expect);
        };
        check(&[], "<VOID>");
        check(&["opening hours"], "opening hours");
        check(
            &[
                "when do you open",
                "when do you close",
                "when are you open",
                "opening hours",
            ],
            "( opening hours | when ( are you open | do you ( close | open ) ) )",
        );
        check(&["your hours", "your hours today"], "your hours [ today ]");
    }
}
