//! Fixed phrases in an utterance, word by word.

/// Whether the words stand in the text, one after the other.
pub(crate) fn says(text: &str, phrase: &str) -> bool {
    format!(" {text} ").contains(&format!(" {phrase} "))
}

/// Whether one of the phrases stands in the text.
pub(crate) fn says_one_of(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| says(text, phrase))
}

/// Whether the words begin with the phrase.
pub(crate) fn begins<S: AsRef<str>>(words: &[S], phrase: &str) -> bool {
    let mut here = words.iter().map(AsRef::as_ref);
    phrase.split(' ').all(|part| here.next() == Some(part))
}

/// Whether the words end with the phrase.
pub(crate) fn ends<S: AsRef<str>>(words: &[S], phrase: &str) -> bool {
    let from = words.len().checked_sub(count(phrase));
    let tail = from.and_then(|from| words.get(from..));
    tail.is_some_and(|tail| begins(tail, phrase))
}

/// How many words the phrase has.
pub(crate) fn count(phrase: &str) -> usize {
    phrase.split(' ').count()
}

/// Words of the longest phrase that the utterance begins with.
pub(crate) fn longest<S: AsRef<str>>(words: &[S], phrases: &[&str]) -> Option<usize> {
    let known = phrases.iter().filter(|phrase| begins(words, phrase));
    known.map(|phrase| count(phrase)).max()
}

/// Whether what follows these words is given up for something else: "a latte instead of", "I'd rather have a latte than".
pub(super) fn gives_up(before: &[&str]) -> bool {
    match before {
        [.., "instead", "of"] => true,
        [before @ .., "than"] => before.iter().any(|word| PREFERRING.contains(word)),
        _ => false,
    }
}

/// Whether a word is courtesy or hesitation wherever it stands. What else says nothing, where a wish of one kind is
/// looked for, is told there.
pub(super) fn is_courtesy(word: &str) -> bool {
    COURTESY.contains(&word)
}

const PREFERRING: &[&str] = &["rather", "prefer", "sooner"];
const COURTESY: &[&str] = &["actually", "just", "oh", "okay", "please", "well"];

#[cfg(test)]
mod tests {
    use super::{begins, ends, longest, says, says_one_of};

    const WORDS: &[&str] = &["no", "wait", "two", "bags"];

    #[test]
    fn phrases_stand_word_by_word() {
        assert!(begins(WORDS, "no wait") && !begins(WORDS, "no way") && !begins(&WORDS[..1], "no wait"));
        assert!(ends(WORDS, "two bags") && !ends(WORDS, "two") && !ends(&WORDS[3..], "two bags"));
        assert_eq!(longest(WORDS, &["no", "no wait", "wait"]), Some(2));
        assert_eq!(longest(WORDS, &["wait"]), None);
        assert!(says("no wait two bags", "wait two") && !says("no wait two bags", "ait"));
        assert!(says_one_of("no wait two bags", &["later", "wait"]));
    }
}
