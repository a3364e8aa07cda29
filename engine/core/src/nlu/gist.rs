//! What was said, without how: two recognisers that hear "can i get a mocha" and "i'd like one mocha" agree.

use super::decision::Answer;
use super::normalize::Words;
use super::number;
use super::yes_no;

/// A plain yes or no, or else the words that carry the meaning, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gist {
    Answer(Answer),
    Words(Vec<String>),
}

impl Gist {
    pub fn of(text: &str) -> Self {
        let words = Words::new(text);
        if let Some(answer) = yes_no::plain(&words) {
            return Self::Answer(answer);
        }
        let mut telling: Vec<String> = words
            .iter()
            .filter(|word| !ASKING.contains(word))
            .map(str::to_owned)
            .collect();
        // Beside a name "one" is an article, among numbers a number.
        if telling.iter().any(|word| number::number(&[word]).is_none()) {
            telling.retain(|word| word != "one");
        }
        telling.sort_unstable();
        telling.dedup();
        if telling.is_empty() {
            telling.push(words.text());
        }
        Self::Words(telling)
    }

    /// How much of the longer one the other says as well, 0 to 1.
    pub fn shared_with(&self, other: &Self) -> f32 {
        match (self, other) {
            (Self::Words(a), Self::Words(b)) => {
                let both = a.iter().filter(|word| b.contains(word)).count();
                both as f32 / a.len().max(b.len()).max(1) as f32
            }
            (Self::Answer(_) | Self::Words(_), _) => f32::from(self == other),
        }
    }
}

/// How a wish is wrapped: openings, courtesy, articles, and the small words between its parts.
const ASKING: &[&str] = &[
    "a", "an", "and", "bring", "can", "could", "for", "get", "give", "have", "hello", "hey", "hi", "i",
    "i'd", "i'll", "like", "love", "make", "may", "me", "my", "need", "of", "order", "please", "said",
    "some", "take", "thank", "thanks", "the", "to", "us", "want", "with", "would", "you",
];

#[cfg(test)]
mod tests {
    use super::Gist;

    #[test]
    fn the_same_wish_in_other_words_agrees() {
        let same = |a: &str, b: &str| Gist::of(a) == Gist::of(b);
        for (a, b) in [
            (
                "can i get a mocha with cream and sugar",
                "i'd like one mocha with sugar and cream",
            ),
            ("uh huh i do", "sure thank you"),
            (
                "bring me large double shot mocha",
                "order a large double shot mocha please",
            ),
        ] {
            assert!(same(a, b), "{a} | {b}");
        }
        for (a, b) in [
            ("yes", "no"),
            ("one", "nine"),
            ("one five", "five"),
            ("a mocha with cream", "a mocha with sugar"),
            ("a mocha", "an iced mocha"),
            ("please", "hello"),
            ("yes two bags", "yes"),
        ] {
            assert!(!same(a, b), "{a} | {b}");
        }
    }

    #[test]
    fn wishes_that_differ_in_one_thing_share_the_rest() {
        let shared = |a: &str, b: &str| Gist::of(a).shared_with(&Gist::of(b));
        assert_eq!(
            shared("an iced mocha with cream", "i'd like an iced mocha with sugar"),
            2.0 / 3.0
        );
        assert_eq!(shared("a mocha", "one iced mocha"), 0.5);
        assert_eq!(shared("yes", "yeah"), 1.0);
        assert_eq!(shared("yes", "no"), 0.0);
        assert_eq!(shared("yes", "five"), 0.0);
    }
}
