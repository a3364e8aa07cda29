//! What the caller wants: a small linear model over words and letters (multinomial logistic regression), with
//! calibrated probabilities and an answer of its own for what is no business of ours.
//!
//! The score of an intent is a sum over features, so the contribution of each word is exact.

use super::decision::{Evidence, ScoredIntent};
use super::features::{Vocabulary, Weighted};
use super::model_file::Model;
use super::normalize::Words;
use crate::source::FileError;
use crate::units::Confidence;

/// Something is asked about goods, or about what there is.
pub const PRODUCT_QUESTION: &str = "product_question";

/// Whoever names a drink wants it made.
pub const ORDER_DRINK: &str = "order_drink";

/// The intent of everything that a shop's line is not for.
pub const OUT_OF_SCOPE: &str = "out_of_scope";

/// The ranked intents of an utterance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Classified {
    /// Every intent, best first; probabilities sum to 1.
    pub intents: Vec<ScoredIntent>,
    /// What each word added to the best intent's score, the strongest first.
    pub evidence: Vec<Evidence>,
}

/// The trained model. Immutable.
#[derive(Debug, Clone)]
pub struct IntentModel {
    vocabulary: Vocabulary,
    model: Model,
    version: String,
}

impl IntentModel {
    /// Reads a model file; `name` is for messages.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, FileError> {
        let (model, version) = Model::decode(name, bytes)?;
        let vocabulary = Vocabulary {
            hashes: model.hashes.clone(),
            idf: model.idf.clone(),
        };
        Ok(Self {
            vocabulary,
            model,
            version,
        })
    }

    /// "intent-linear@1f3c": what decided, for the record.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn labels(&self) -> &[String] {
        &self.model.header.labels
    }

    /// Whether this word stood in what it was taught.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.vocabulary.knows(word)
    }

    /// Never fails; a text without one known letter is out of scope.
    pub fn classify(&self, words: &Words) -> Classified {
        let weighed = self.vocabulary.weigh(words);
        if weighed.is_empty() {
            let nothing = ScoredIntent {
                name: OUT_OF_SCOPE.to_owned(),
                confidence: Confidence::CERTAIN,
            };
            return Classified {
                intents: vec![nothing],
                evidence: Vec::new(),
            };
        }
        let mut scores = self.model.header.biases.clone();
        for feature in &weighed {
            for (score, weight) in scores.iter_mut().zip(self.model.weights_of(feature.index)) {
                *score += weight * feature.value;
            }
        }
        let mut ranked: Vec<(usize, f32)> = self.probabilities(&scores).into_iter().enumerate().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let winner = ranked.first().map_or(0, |(at, _)| *at);
        let intents = ranked.iter().map(|(at, p)| self.scored(*at, *p)).collect();
        Classified {
            intents,
            evidence: self.evidence(words, &weighed, winner),
        }
    }

    fn scored(&self, label: usize, probability: f32) -> ScoredIntent {
        let name = self.model.header.labels.get(label).cloned().unwrap_or_default();
        ScoredIntent {
            name,
            confidence: Confidence::new(probability),
        }
    }

    /// Softmax at the calibrated temperature; the out-of-scope answer has its own offset.
    fn probabilities(&self, scores: &[f32]) -> Vec<f32> {
        let header = &self.model.header;
        let shifted: Vec<f32> = scores
            .iter()
            .zip(&header.labels)
            .map(|(score, label)| {
                score / header.temperature
                    + if label == OUT_OF_SCOPE {
                        header.oos_offset
                    } else {
                        0.0
                    }
            })
            .collect();
        softmax(&shifted)
    }

    /// The winner's score, word by word. A feature of two words is shared between them.
    fn evidence(&self, words: &Words, weighed: &[Weighted], winner: usize) -> Vec<Evidence> {
        let mut sums = vec![0.0_f32; words.len()];
        for feature in weighed {
            let weight = self
                .model
                .weights_of(feature.index)
                .nth(winner)
                .unwrap_or_default();
            #[expect(clippy::cast_precision_loss, reason = "bounded by the length of an utterance")]
            let share = weight * feature.value / (2.0 * feature.words.len() as f32);
            for (first, second) in &feature.words {
                for at in [first, second] {
                    if let Some(sum) = sums.get_mut(*at) {
                        *sum += share;
                    }
                }
            }
        }
        let mut evidence: Vec<Evidence> = words
            .iter()
            .zip(sums)
            .map(|(word, weight)| Evidence {
                word: word.to_owned(),
                weight,
            })
            .collect();
        evidence.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        evidence.truncate(EVIDENCE_MAX);
        evidence
    }
}

pub(super) fn softmax(scores: &[f32]) -> Vec<f32> {
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let raised: Vec<f32> = scores.iter().map(|score| (score - top).exp()).collect();
    let sum: f32 = raised.iter().sum();
    raised.into_iter().map(|e| e / sum).collect()
}

/// The words a decision keeps.
const EVIDENCE_MAX: usize = 8;
