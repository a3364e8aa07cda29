//! Fixed phrases in an utterance, word by word.

/// Whether the words stand in the text, one after the other.
pub(crate) fn says(text: &str, phrase: &str) -> bool {
    format!(" {text} ").contains(&format!(" {phrase} "))
}

/// Words of the longest phrase that the utterance begins with.
pub(super) fn longest(words: &[&str], phrases: &[&str]) -> Option<usize> {
    let begins = |phrase: &&&str| {
        let mut here = words.iter();
        phrase.split(' ').all(|part| here.next() == Some(&part))
    };
    let known = phrases.iter().filter(begins);
    known.map(|phrase| phrase.split(' ').count()).max()
}

/// Whether what follows these words is given up for something else: "a latte instead of", "I'd rather have a latte than".
pub(super) fn gives_up(before: &[&str]) -> bool {
    match before {
        [.., "instead", "of"] => true,
        [before @ .., "than"] => before.iter().any(|word| PREFERRING.contains(word)),
        _ => false,
    }
}

const PREFERRING: &[&str] = &["rather", "prefer", "sooner"];
