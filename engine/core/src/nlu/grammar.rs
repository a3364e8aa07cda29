//! Grammars for the fast recogniser, compiled from what the dialogue expects.
//!
//! The fixed part is written by people as rules (`models/nlu/en/grammar/*.jsgf`); the catalogue, the choices on
//! offer, the caller's own addresses and digit strings of a known length are filled in.

mod expression;
mod filled;
pub mod network;
mod prefix;
mod rules;

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use self::network::Network;
pub use self::rules::Rules;
use super::lexicon::Lexicon;
use super::normalize::Words;
use super::number;
use crate::pii::Pii;
use crate::speech::expectation::Expectation;

/// A compiled grammar. Immutable and shared: the same expectation over the same vocabulary gives the same
/// grammar, and `key` names it so that a decoder that already holds it need not load it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grammar {
    /// Hash of the network: equal keys mean equal grammars.
    pub key: u64,
    /// The expectation's class, for metrics: "yes_no".
    pub name: &'static str,
    /// What may be said. The dictionary must know its words.
    pub network: Network,
    /// See [`Expectation::usual_words`].
    pub usual_words: Option<u8>,
    /// See [`Expectation::is_told_at_length`].
    pub told_at_length: bool,
    /// The long numbers among the choices on offer, as of the caller's own orders, in figures.
    pub numbers: Arc<[String]>,
    /// Names that are likely here, the likeliest first, at most [`PHRASES_MAX`]: a hint for recognisers of
    /// open speech, which know no grammar.
    pub phrases: Arc<[String]>,
}

/// The words that grammars are filled in with.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary<'v> {
    pub lexicon: &'v Lexicon,
    /// Those that flows bring along.
    pub phrases: &'v BTreeSet<String>,
    pub beside: &'v Beside,
}

/// What may be said besides, as the caller and the question have it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Beside {
    /// Names of the caller's own addresses.
    pub places: Vec<Pii<String>>,
    /// So many keys were named, from 1 on: some read one out.
    pub keys: usize,
}

impl Grammar {
    /// The network alone takes milliseconds for a catalogue of hundreds: callers keep what they compiled.
    pub fn compile(expectation: &Expectation, vocabulary: &Vocabulary<'_>, rules: &Rules) -> Self {
        let filled = filled::fill(expectation, vocabulary);
        let name = expectation.name();
        let network = Network::build(name, &|rule| filled.get(rule).or_else(|| rules.body(rule)));
        Self {
            key: key(&network),
            name,
            network,
            usual_words: expectation.usual_words(),
            told_at_length: expectation.is_told_at_length(),
            numbers: long_numbers(expectation),
            phrases: likely(expectation, vocabulary.lexicon),
        }
    }

    /// Any of these phrases and nothing else.
    pub fn of_phrases(name: &'static str, phrases: &BTreeSet<String>) -> Self {
        let body = prefix::rule(phrases);
        let network = Network::build(name, &|rule| (rule == name).then_some(&body));
        Self {
            key: key(&network),
            network,
            ..Self::named(name, Vec::new())
        }
    }

    /// No grammar: a recogniser of open speech alone, with `phrases` for a hint.
    pub fn open(phrases: Vec<String>) -> Self {
        Self::named("open", phrases)
    }

    fn named(name: &'static str, phrases: Vec<String>) -> Self {
        Self {
            key: 0,
            name,
            network: Network::default(),
            usual_words: None,
            told_at_length: false,
            numbers: Arc::default(),
            phrases: phrases.into(),
        }
    }

    /// Whether the words say one of the caller's own numbers, every digit of it. Hardly anything else sounds like six given
    /// digits in a row: heard badly, such an answer is still worth asking about.
    pub fn names_number(&self, text: &str) -> bool {
        let readings = number::digits(Words::new(text).as_slice()).map_or(Vec::new(), |said| said.readings);
        self.numbers.iter().any(|own| readings.contains(own))
    }

    /// Every word in it, in order.
    pub fn words(&self) -> &[String] {
        &self.network.words
    }
}

fn long_numbers(expectation: &Expectation) -> Arc<[String]> {
    let spoken = expectation
        .candidates()
        .iter()
        .flat_map(|candidate| &candidate.spoken);
    let numbers = spoken.filter_map(|form| {
        let words = Words::new(form);
        let said =
            number::digits(words.as_slice()).filter(|said| said.start == 0 && said.end == words.len())?;
        said.readings
            .into_iter()
            .next()
            .filter(|number| number.len() >= LONG_NUMBER)
    });
    let numbers: BTreeSet<String> = numbers.collect();
    numbers.into_iter().collect()
}

/// The choices on offer as they are best said, then the catalogue.
fn likely(expectation: &Expectation, lexicon: &Lexicon) -> Arc<[String]> {
    let candidates = expectation
        .candidates()
        .iter()
        .filter_map(|candidate| candidate.spoken.first());
    let items = lexicon.catalogue().items.iter().map(|item| &item.name);
    let mut seen = BTreeSet::new();
    candidates
        .chain(items)
        .filter(|phrase| seen.insert(phrase.as_str()))
        .take(PHRASES_MAX)
        .cloned()
        .collect()
}

fn key(network: &Network) -> u64 {
    let mut hash = Sha256::new();
    for word in &network.words {
        hash.update(word);
        hash.update([0]);
    }
    for arc in &network.arcs {
        let word = arc.word.map_or(0, |word| word + 1);
        for number in [arc.from, arc.to, word] {
            hash.update(number.to_le_bytes());
        }
    }
    let first = hash.finalize().into_iter().take(8);
    first.fold(0, |key, byte| (key << 8) | u64::from(byte))
}

/// So many digits are hardly ever said by chance.
const LONG_NUMBER: usize = 4;

/// As `engine/v1/speech.proto` has it.
pub const PHRASES_MAX: usize = 200;

#[cfg(test)]
#[path = "grammar_tests.rs"]
mod tests;
