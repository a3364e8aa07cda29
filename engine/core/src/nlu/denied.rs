//! Wishes that are denied: "please don't cancel my order" wants nothing cancelled. The words of such a clause are
//! kept from whoever looks for wishes; what stands beside it counts as ever.

use std::ops::Range;

use super::normalize::Words;

/// The clause that says what is not wanted: from who does not want it to the next clause, or the end.
pub fn denied(words: &[&str]) -> Option<Range<usize>> {
    let negation = (0..words.len()).find(|at| words.get(*at..).is_some_and(denies))?;
    let rest = words.get(negation + 1..)?;
    let end = rest.iter().position(|word| CLAUSE.contains(word));
    let before = words.get(..negation)?.iter().rev();
    let subject = before.take_while(|word| SUBJECT.contains(word)).count();
    Some(negation - subject..end.map_or(words.len(), |end| negation + 1 + end))
}

/// What is left of an utterance without its denied clause; `None` where there is none.
pub fn without_denied(words: &Words) -> Option<Words> {
    let all: Vec<&str> = words.iter().collect();
    let clause = denied(&all)?;
    let kept = all.iter().enumerate().filter(|(at, _)| !clause.contains(at));
    let kept: Vec<&str> = kept
        .map(|(_, word)| *word)
        .filter(|word| !LEFT_OVER.contains(word))
        .collect();
    Some(Words::new(&kept.join(" ")))
}

/// "Don't cancel", "do not want you to cancel", "never pause": a negation, and what is not to be done close behind it.
fn denies(words: &[&str]) -> bool {
    let rest = match words {
        ["don't" | "never", rest @ ..] | ["do", "not", rest @ ..] => rest,
        _ => return false,
    };
    let between = rest.iter().take_while(|word| BETWEEN.contains(word)).count();
    match rest.get(between..) {
        Some(["send", "it" | "them", "back", ..] | ["send", "back", ..]) => true,
        Some([verb, ..]) => DOINGS.contains(verb),
        Some([]) | None => false,
    }
}

/// What a caller may ask for, and ask not to be done.
const DOINGS: &[&str] = &[
    "cancel", "pause", "skip", "return", "refund", "exchange", "change", "resume", "book", "register",
];
/// What may stand between the negation and that.
const BETWEEN: &[&str] = &[
    "want", "wanna", "to", "you", "need", "please", "ever", "go", "and", "dare", "even", "just", "actually",
];
/// What may stand before the negation and belongs to it.
const SUBJECT: &[&str] = &["i", "we", "you", "and"];
/// What begins another clause.
const CLAUSE: &[&str] = &[
    "but", "i", "i'd", "i'll", "i'm", "just", "can", "could", "what", "when", "where", "where's", "how",
    "instead", "tell", "only", "make", "give", "send", "because",
];
/// What such a clause leaves behind.
const LEFT_OVER: &[&str] = &["but", "just", "please", "because"];

#[cfg(test)]
mod tests {
    use super::{Words, without_denied};

    #[test]
    fn what_is_not_wanted_is_left_out() {
        let check = |text: &str, left: Option<&str>| {
            let kept = without_denied(&Words::new(text)).map(|words| words.text());
            assert_eq!(kept.as_deref(), left, "{text}");
        };
        check("please don't cancel my order", Some(""));
        check(
            "do not cancel my order just tell me where it is",
            Some("tell me where it is"),
        );
        check("i don't want you to pause my subscription", Some(""));
        check(
            "i want to skip one but don't cancel it",
            Some("i want to skip one"),
        );
        check("cancel my order i don't want it", None);
        check("i don't want the order anymore", None);
        check("don't call me again", None);
        check("don't send my order", None);
        check("why not cancel it", None);
    }
}
