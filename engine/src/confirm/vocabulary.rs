//! The words that a question's grammar knows, how they sound, and which is heard when one is misheard.

use clap::ValueEnum;
use rand::Rng;
use rand::rngs::StdRng;

use crate::tts;

/// Which words pass for one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Confusion {
    /// Any word for any other.
    Any,
    /// Those that sound alike most: each phone of difference makes it three times less likely.
    Sound,
}

/// Words with their phones.
#[derive(Debug)]
pub(super) struct Vocabulary {
    words: Vec<(String, Vec<String>)>,
}

impl Vocabulary {
    pub(super) fn new(words: impl IntoIterator<Item = String>) -> Self {
        let sounded = words.into_iter().map(|word| {
            let phones = phones(&word);
            (word, phones)
        });
        Self {
            words: sounded.collect(),
        }
    }

    /// Any word.
    pub(super) fn any(&self, rng: &mut StdRng) -> Option<&str> {
        let at = rng.random_range(0..self.words.len().max(1));
        self.words.get(at).map(|(word, _)| word.as_str())
    }

    /// What is heard instead of `said`.
    pub(super) fn instead_of(&self, said: &str, by: Confusion, rng: &mut StdRng) -> Option<&str> {
        match by {
            Confusion::Any => self.any(rng),
            Confusion::Sound => self.alike(said, rng),
        }
    }

    fn alike(&self, said: &str, rng: &mut StdRng) -> Option<&str> {
        let own = self.words.iter().find(|(word, _)| word == said);
        let sound = own.map_or_else(|| phones(said), |(_, sound)| sound.clone());
        let weights: Vec<f64> = self
            .words
            .iter()
            .map(|(word, other)| {
                if word == said {
                    0.0
                } else {
                    PER_PHONE.powf(-distance(&sound, other))
                }
            })
            .collect();
        let mut left = rng.random_range(0.0..1.0_f64) * weights.iter().sum::<f64>();
        let chosen = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        chosen
            .and_then(|at| self.words.get(at))
            .map(|(word, _)| word.as_str())
    }
}

fn phones(word: &str) -> Vec<String> {
    let sound = tts::pronounce(word).unwrap_or_default();
    sound.split_whitespace().map(str::to_owned).collect()
}

/// How many phones must be put in, left out or exchanged; exchanging two of a kind counts half.
fn distance(one: &[String], other: &[String]) -> f64 {
    let mut above: Vec<f64> = (0..=other.len()).map(|count| count as f64).collect();
    for (row, phone) in one.iter().enumerate() {
        let mut here = vec![row as f64 + 1.0];
        for (new, old) in other.iter().zip(above.windows(2)) {
            let (&[diagonal, up], Some(before)) = (old, here.last().copied()) else {
                continue;
            };
            here.push((diagonal + exchange(phone, new)).min(up + 1.0).min(before + 1.0));
        }
        above = here;
    }
    above.last().copied().unwrap_or_default()
}

fn exchange(one: &str, other: &str) -> f64 {
    let kind = |phone: &str| KINDS.iter().position(|kind| kind.contains(&phone));
    if one == other {
        0.0
    } else if kind(one).is_some_and(|own| kind(other) == Some(own)) {
        0.5
    } else {
        1.0
    }
}

/// Phones that the telephone hardly tells apart.
const KINDS: &[&[&str]] = &[
    &["AA", "AO", "AH", "AW", "OW"],
    &["AE", "EH", "EY", "AY"],
    &["IH", "IY", "Y"],
    &["UH", "UW", "OY", "W"],
    &["ER", "R", "L"],
    &["M", "N", "NG"],
    &["P", "T", "K"],
    &["B", "D", "G"],
    &["F", "TH", "S", "SH", "HH", "CH"],
    &["V", "DH", "Z", "ZH", "JH"],
];
/// A phone of difference makes a confusion so many times less likely.
const PER_PHONE: f64 = 3.0;

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn words_are_as_far_apart_as_their_phones() {
        let check = |one: &str, other: &str, expect: f64| {
            let found = distance(&phones(one), &phones(other));
            assert!((found - expect).abs() < 1e-9, "{one} {other}: {found}");
        };
        check("no", "no", 0.0);
        check("no", "nope", 1.0);
        check("two", "too", 0.0);
        check("bag", "back", 1.0);
        check("mat", "nap", 1.0);
    }

    #[test]
    fn what_sounds_alike_is_heard_most() {
        let words = ["yes", "no", "nope", "cancel", "definitely"].map(str::to_owned);
        let vocabulary = Vocabulary::new(words);
        let mut rng = StdRng::seed_from_u64(1);
        let mut count = |word: &str| {
            (0..2_000)
                .filter(|_| vocabulary.instead_of("no", Confusion::Sound, &mut rng) == Some(word))
                .count()
        };
        assert_eq!(count("no"), 0, "a confusion is another word");
        assert!(count("nope") > 1_000);
        assert!(count("definitely") < 20);
    }
}
