//! Finds the shop's names in what was said, by spelling and by sound.
//!
//! A name need not be said in full: "the dark one" finds every dark roast, and all that fit about
//! equally well are kept, since choosing is the dialogue's business.

use std::collections::BTreeMap;

use super::brought::Brought;
use super::everyday::is_everyday;
use super::normalize::Words;
use super::sound;
use crate::ids::Sku;
use crate::shop::{Catalogue, ItemKind};

/// Names with what they mean. Immutable; built once per catalogue, or per question for its choices.
#[derive(Debug, Clone, Default)]
pub struct Names {
    names: Vec<Name>,
    /// Every word of every name, with how telling it is.
    vocabulary: BTreeMap<String, Word>,
}

#[derive(Debug, Clone)]
struct Name {
    value: usize,
    tokens: Vec<String>,
    /// Sum of the tokens' weights.
    mass: f32,
}

#[derive(Debug, Clone, Default)]
struct Word {
    key: String,
    /// Telling words weigh more: a word of one name about 3, a word of all names about 0.7.
    weight: f32,
    /// The names that have it.
    names: Vec<usize>,
}

/// Words of the utterance that name something.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// First word, and the word after the last.
    pub start: usize,
    pub end: usize,
    /// Index of the value as given to [`Names::new`] and how well it fits, from 0 to 1; best first, more than one when the words do
    /// not decide.
    pub values: Vec<(usize, f32)>,
}

impl Names {
    /// `forms` are the values' spoken forms, in the order by which [`Found::values`] counts.
    pub fn new<'a>(forms: impl IntoIterator<Item = (usize, &'a str)>) -> Self {
        let mut names = Self::default();
        for (value, form) in forms {
            let tokens = tokens(form);
            if tokens.is_empty() || names.names.iter().any(|n| n.value == value && n.tokens == tokens) {
                continue;
            }
            let index = names.names.len();
            for token in &tokens {
                let word = names.vocabulary.entry(token.clone()).or_default();
                if word.names.last() != Some(&index) {
                    word.names.push(index);
                }
            }
            names.names.push(Name {
                value,
                tokens,
                mass: 0.0,
            });
        }
        names.weigh();
        names
    }

    /// Inverse frequency over values, so that six aliases of one item count once.
    fn weigh(&mut self) {
        let values: std::collections::BTreeSet<usize> = self.names.iter().map(|n| n.value).collect();
        #[expect(clippy::cast_precision_loss)]
        let all = values.len() as f32;
        for (text, word) in &mut self.vocabulary {
            let having: std::collections::BTreeSet<usize> = word
                .names
                .iter()
                .filter_map(|at| self.names.get(*at))
                .map(|n| n.value)
                .collect();
            #[expect(clippy::cast_precision_loss)]
            let having = having.len().max(1) as f32;
            word.weight = (1.0 + all / having).ln();
            word.key = sound::key(text);
        }
        let vocabulary = &self.vocabulary;
        for name in &mut self.names {
            name.mass = name
                .tokens
                .iter()
                .filter_map(|t| vocabulary.get(t))
                .map(|w| w.weight)
                .sum();
        }
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Every stretch of the utterance that names something, left to right, without overlap.
    pub fn find(&self, words: &Words) -> Vec<Found> {
        let likely: Vec<Vec<(&str, f32)>> = words.iter().map(|word| self.likely(word)).collect();
        let mut hits = Vec::new();
        for (start, options) in likely.iter().enumerate() {
            let mut tried: Vec<usize> = Vec::new();
            for (token, _) in options {
                for &at in self.vocabulary.get(*token).map_or(&[][..], |w| &w.names) {
                    if !tried.contains(&at) {
                        tried.push(at);
                        hits.extend(self.align(at, start, &likely));
                    }
                }
            }
        }
        settle(hits)
    }

    /// The words of names that this word may be.
    fn likely(&self, word: &str) -> Vec<(&str, f32)> {
        if STOP.contains(&word) {
            return Vec::new();
        }
        if let Some((known, _)) = self.vocabulary.get_key_value(word) {
            return vec![(known.as_str(), 1.0)];
        }
        if is_everyday(word) {
            return Vec::new();
        }
        let stemmed = sound::stem(word);
        let key = sound::key(word);
        let first = word.chars().next();
        self.vocabulary
            .iter()
            .filter(|(known, entry)| entry.key == key || known.chars().next() == first || **known == stemmed)
            .map(|(known, _)| (known.as_str(), sound::likeness(word, known)))
            .filter(|(_, likeness)| *likeness > 0.0)
            .collect()
    }

    /// Lays one name along the words from `start`; tokens may be missing, one small word may intrude.
    fn align(&self, name: usize, start: usize, likely: &[Vec<(&str, f32)>]) -> Option<Hit> {
        let entry = self.names.get(name)?;
        let mut gained = 0.0_f32;
        let mut at = start;
        let mut end = start;
        for token in &entry.tokens {
            let weight = self.vocabulary.get(token).map_or(0.0, |w| w.weight);
            for gap in 0..=GAP_MAX {
                let here = likely
                    .get(at + gap)
                    .and_then(|options| options.iter().find(|(known, _)| known == token));
                if let Some((_, likeness)) = here {
                    #[expect(clippy::cast_precision_loss)]
                    let penalty = 1.0 - 0.1 * gap as f32;
                    gained += weight * likeness * penalty;
                    at += gap + 1;
                    end = at;
                    break;
                }
            }
        }
        let generic = likely
            .get(start..end)
            .unwrap_or_default()
            .iter()
            .all(|options| options.iter().all(|(token, _)| GENERIC.contains(token)));
        if generic && gained < entry.mass * IN_FULL {
            return None;
        }
        let score = if entry.mass > 0.0 {
            gained / entry.mass
        } else {
            0.0
        };
        (score >= PARTIAL_MIN).then_some(Hit {
            start,
            end,
            value: entry.value,
            score,
            gained,
        })
    }
}

/// One name at one place.
#[derive(Debug, Clone, Copy)]
struct Hit {
    start: usize,
    end: usize,
    value: usize,
    score: f32,
    gained: f32,
}

/// Chooses the hits that explain most, without overlap, and gathers those that fit about as well.
fn settle(mut hits: Vec<Hit>) -> Vec<Found> {
    hits.sort_by(|a, b| {
        (b.score * b.gained)
            .total_cmp(&(a.score * a.gained))
            .then(a.start.cmp(&b.start))
            .then(a.value.cmp(&b.value))
    });
    let mut found: Vec<Found> = Vec::new();
    for hit in hits {
        let overlapping = found.iter_mut().find(|f| f.start < hit.end && hit.start < f.end);
        match overlapping {
            None => found.push(Found {
                start: hit.start,
                end: hit.end,
                values: vec![(hit.value, hit.score)],
            }),
            Some(f) => {
                let best = f.values.first().map_or(0.0, |(_, score)| *score);
                let same_words = f.start == hit.start && f.end == hit.end;
                let known = f.values.iter().any(|(value, _)| *value == hit.value);
                if same_words && !known && hit.score >= best * ALIKE && f.values.len() < VALUES_MAX {
                    f.values.push((hit.value, hit.score));
                }
            }
        }
    }
    found.sort_by_key(|f| f.start);
    found
}

/// A form's words that matter, singular.
fn tokens(form: &str) -> Vec<String> {
    Words::new(form)
        .iter()
        .filter(|word| !STOP.contains(word))
        .map(sound::stem)
        .collect()
}

/// The shop's items, findable. Shared read-only by all calls; built when the catalogue is fetched.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    names: Names,
    items: Vec<(Sku, ItemKind)>,
    catalogue: Catalogue,
    brought: Vec<Brought>,
}

/// One item that the words may mean.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemMatch {
    pub sku: Sku,
    pub kind: ItemKind,
    /// From 0 to 1; 1 is an alias said in full.
    pub score: f32,
}

/// A stretch of words with the items it may mean, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemSpan {
    pub start: usize,
    pub end: usize,
    pub items: Vec<ItemMatch>,
}

impl Lexicon {
    pub fn new(catalogue: &Catalogue) -> Self {
        let forms = catalogue.items.iter().enumerate().flat_map(|(at, item)| {
            std::iter::once(item.name.as_str())
                .chain(item.spoken.iter().map(String::as_str))
                .map(move |form| (at, form))
        });
        Self {
            names: Names::new(forms),
            items: catalogue
                .items
                .iter()
                .map(|item| (item.sku.clone(), item.kind))
                .collect(),
            catalogue: catalogue.clone(),
            brought: Vec::new(),
        }
    }

    /// The same, with what flows take of what callers have.
    #[must_use]
    pub fn with_brought(self, brought: &[Brought]) -> Self {
        let brought = brought.to_vec();
        Self { brought, ..self }
    }

    pub(super) fn brought(&self) -> &[Brought] {
        &self.brought
    }

    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The items named in the utterance.
    pub fn find(&self, words: &Words) -> Vec<ItemSpan> {
        self.names
            .find(words)
            .into_iter()
            .map(|found| ItemSpan {
                start: found.start,
                end: found.end,
                items: self.items_of(&found),
            })
            .collect()
    }

    fn items_of(&self, found: &Found) -> Vec<ItemMatch> {
        let item = |(at, score): &(usize, f32)| {
            self.items.get(*at).map(|(sku, kind)| ItemMatch {
                sku: sku.clone(),
                kind: *kind,
                score: *score,
            })
        };
        found.values.iter().filter_map(item).collect()
    }
}

/// Words inside a name that may be passed over.
const GAP_MAX: usize = 1;
/// A name counts as named when the words said carry this share of its weight.
const PARTIAL_MIN: f32 = 0.35;
/// Words that count things or say what kind they are name nothing unless they are a whole name.
const GENERIC: &[&str] = &[
    "bag", "bean", "blend", "box", "coffee", "cup", "kilo", "origin", "over", "pack", "packet", "pound",
    "set", "single",
];
const IN_FULL: f32 = 0.9;
/// Values that fit this share as well as the best are kept beside it.
const ALIKE: f32 = 0.8;
const VALUES_MAX: usize = 5;

/// Words that name nothing by themselves.
const STOP: &[&str] = &[
    "a", "an", "the", "of", "and", "for", "with", "in", "on", "to", "my", "your", "some", "that", "this",
    "those", "these", "i", "it", "me", "is", "one", "ones", "please", "order", "want", "need", "like", "get",
    "have", "can", "could", "would", "you", "no", "not", "yes", "more", "said", "make", "was", "where",
    "what",
];

#[cfg(test)]
mod tests {
    use super::{Names, Words};

    const FORMS: &[(usize, &str)] = &[
        (0, "Harbour dark roast"),
        (0, "the dark roast"),
        (1, "Morning light roast"),
        (1, "light roast"),
        (2, "Decaf dark roast"),
        (2, "decaf"),
        (3, "paper filters"),
        (4, "Ethiopia Yirgacheffe"),
        (5, "oat milk latte"),
        (6, "sampler pack"),
        (7, "espresso beans"),
    ];

    fn check(text: &str, expect: &[&[usize]]) {
        let found = Names::new(FORMS.iter().copied()).find(&Words::new(text));
        let values: Vec<Vec<usize>> = found
            .iter()
            .map(|f| f.values.iter().map(|(value, _)| *value).collect())
            .collect();
        assert_eq!(values, expect, "for {text:?}: {found:?}");
    }

    #[test]
    fn names_are_found_by_spelling_and_sound() {
        check("two bags of the harbor dark roast please", &[&[0]]);
        check("i want paper filter", &[&[3]]);
        check("some yirgachef and the decaf", &[&[4], &[2]]);
        check("a morning lite roast", &[&[1]]);
        check("where is my order", &[]);
        check("", &[]);
    }

    #[test]
    fn words_that_count_name_nothing() {
        check("a pack of paper filters", &[&[3]]);
        check("some beans", &[]);
        check("ethiopia beans", &[&[4]]);
    }

    #[test]
    fn a_part_of_a_name_is_enough_and_ambiguity_is_kept() {
        check("the dark one", &[&[0]]);
        check("the roast", &[&[0, 1]]);
    }
}
