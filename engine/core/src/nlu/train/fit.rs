//! Multinomial logistic regression over weighted features, pruned to a size that ships, and its calibration.

use std::collections::{BTreeMap, BTreeSet};

use super::minimise::minimise;
use super::{Example, Settings};
use crate::nlu::features::{UNKNOWN, Vocabulary, features};
use crate::nlu::intent::{OUT_OF_SCOPE, softmax};

/// A trained model with exact weights.
#[derive(Debug, Clone)]
pub(super) struct Fitted {
    pub(super) labels: Vec<String>,
    pub(super) vocabulary: Vocabulary,
    pub(super) biases: Vec<f32>,
    /// Feature by feature, one a class.
    pub(super) weights: Vec<f32>,
}

impl Fitted {
    /// Fits twice: once over every feature seen twice, then over those that proved strongest, so that the weights that ship
    /// know what was taken away.
    pub(super) fn new(examples: &[&Example], settings: Settings) -> Self {
        let labels: BTreeSet<String> = examples.iter().map(|e| e.label.clone()).collect();
        let labels: Vec<String> = labels.into_iter().collect();
        let wide = fit(
            examples,
            &labels,
            vocabulary(examples),
            Settings {
                steps: settings.steps / 3,
                ..settings
            },
        );
        fit(examples, &labels, wide.strongest(settings.features), settings)
    }

    /// The features whose weights reach furthest.
    fn strongest(&self, count: usize) -> Vocabulary {
        let classes = self.labels.len().max(1);
        let mut ranked: Vec<(f32, usize)> = self
            .weights
            .chunks(classes)
            .zip(&self.vocabulary.idf)
            .enumerate()
            .map(|(at, (row, idf))| (row.iter().map(|w| w * w).sum::<f32>() * idf * idf, at))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let kept: BTreeSet<usize> = ranked.into_iter().take(count).map(|(_, at)| at).collect();
        let pick = |at: &usize| Some((*self.vocabulary.hashes.get(*at)?, *self.vocabulary.idf.get(*at)?));
        let (hashes, idf) = kept.iter().filter_map(pick).unzip();
        Vocabulary { hashes, idf }
    }

    fn scores(&self, example: &Example) -> Vec<f32> {
        let classes = self.labels.len();
        let mut scores = self.biases.clone();
        for feature in self.vocabulary.weigh(&example.words) {
            let row = self
                .weights
                .get(feature.index * classes..(feature.index + 1) * classes)
                .unwrap_or_default();
            for (score, weight) in scores.iter_mut().zip(row) {
                *score += weight * feature.value;
            }
        }
        scores
    }
}

/// Features of at least two groups, weighed by rarity (smoothed as scikit-learn does: ln((1+n)/(1+df)) + 1).
fn vocabulary(examples: &[&Example]) -> Vocabulary {
    let mut groups: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    let mut all = BTreeSet::new();
    for example in examples {
        all.insert(example.group);
        for feature in features(&example.words) {
            groups.entry(feature.hash).or_default().insert(example.group);
        }
    }
    // A word of one group only is what an unknown word will look like.
    groups.insert(UNKNOWN, all.iter().copied().take(all.len() / 8).collect());
    groups.retain(|_, having| having.len() >= GROUPS_MIN);
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let idf = |having: &BTreeSet<usize>| ((1.0 + all.len() as f32) / (1.0 + having.len() as f32)).ln() + 1.0;
    let (hashes, idf) = groups.iter().map(|(hash, having)| (*hash, idf(having))).unzip();
    Vocabulary { hashes, idf }
}

fn fit(examples: &[&Example], labels: &[String], vocabulary: Vocabulary, settings: Settings) -> Fitted {
    let classes = labels.len();
    let rows: Vec<Row> = examples
        .iter()
        .filter_map(|example| {
            let label = labels.binary_search(&example.label).ok()?;
            let entries = vocabulary
                .weigh(&example.words)
                .iter()
                .map(|f| (f.index, f64::from(f.value)))
                .collect();
            Some(Row {
                entries,
                label,
                weight: example.weight,
            })
        })
        .collect();
    let size = (vocabulary.hashes.len() + 1) * classes;
    let penalty = 1.0 / settings.c;
    let found = minimise(vec![0.0; size], settings.steps, |point| {
        loss(point, &rows, classes, penalty)
    });
    #[expect(clippy::cast_possible_truncation, reason = "weights are small")]
    let mut weights: Vec<f32> = found.iter().map(|w| *w as f32).collect();
    let biases = weights.split_off(size - classes);
    Fitted {
        labels: labels.to_vec(),
        vocabulary,
        biases,
        weights,
    }
}

struct Row {
    entries: Vec<(usize, f64)>,
    label: usize,
    weight: f64,
}

/// Penalised cross-entropy and its gradient. The last `classes` numbers are the biases, which are not penalised.
fn loss(point: &[f64], rows: &[Row], classes: usize, penalty: f64) -> (f64, Vec<f64>) {
    let split = point.len() - classes;
    let (weights, biases) = point.split_at(split);
    let mut gradient: Vec<f64> = weights
        .iter()
        .map(|w| w * penalty)
        .chain(biases.iter().map(|_| 0.0))
        .collect();
    let mut value = 0.5 * penalty * weights.iter().map(|w| w * w).sum::<f64>();
    for row in rows {
        let mut scores = biases.to_vec();
        for (index, x) in &row.entries {
            for (score, w) in scores
                .iter_mut()
                .zip(weights.get(index * classes..).unwrap_or_default())
            {
                *score += w * x;
            }
        }
        let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = scores.iter().map(|s| (s - top).exp()).sum();
        let right = scores.get(row.label).copied().unwrap_or_default();
        value += row.weight * (sum.ln() + top - right);
        // The scores become the errors: probability minus truth.
        for (class, score) in scores.iter_mut().enumerate() {
            let truth = if class == row.label { 1.0 } else { 0.0 };
            *score = row.weight * ((*score - top).exp() / sum - truth);
        }
        for (index, x) in &row.entries {
            for (g, error) in gradient.iter_mut().skip(index * classes).zip(&scores) {
                *g += error * x;
            }
        }
        for (g, error) in gradient.iter_mut().skip(split).zip(&scores) {
            *g += error;
        }
    }
    (value, gradient)
}

/// The temperature that makes held-out probabilities honest, and the lowest out-of-scope offset that keeps the recall wanted.
pub(super) fn calibrate(fitted: &Fitted, examples: &[&Example], oos_recall: f32) -> (f32, f32) {
    let scored: Vec<(Vec<f32>, &str)> = examples
        .iter()
        .map(|e| (fitted.scores(e), e.label.as_str()))
        .collect();
    let temperature = grid(0.3, 3.0, 0.05)
        .min_by(|a, b| surprise(fitted, &scored, *a).total_cmp(&surprise(fitted, &scored, *b)))
        .unwrap_or(1.0);
    let offset = grid(-3.0, 1.0, 0.05)
        .find(|offset| recall(fitted, &scored, temperature, *offset) >= oos_recall)
        .unwrap_or(0.0);
    (temperature, offset)
}

fn grid(from: f32, to: f32, step: f32) -> impl Iterator<Item = f32> {
    std::iter::successors(Some(from), move |x| Some(x + step)).take_while(move |x| *x <= to)
}

/// Mean negative log-likelihood.
fn surprise(fitted: &Fitted, scored: &[(Vec<f32>, &str)], temperature: f32) -> f32 {
    scored
        .iter()
        .map(|(scores, label)| {
            let scaled: Vec<f32> = scores.iter().map(|s| s / temperature).collect();
            let at = fitted.labels.iter().position(|l| l == label).unwrap_or_default();
            -softmax(&scaled)
                .get(at)
                .copied()
                .unwrap_or_default()
                .max(1e-9)
                .ln()
        })
        .sum()
}

fn recall(fitted: &Fitted, scored: &[(Vec<f32>, &str)], temperature: f32, offset: f32) -> f32 {
    let (mut all, mut right) = (0.0_f32, 0.0_f32);
    for (scores, _) in scored.iter().filter(|(_, label)| *label == OUT_OF_SCOPE) {
        let shift = |(score, label): (&f32, &String)| {
            score / temperature + if label == OUT_OF_SCOPE { offset } else { 0.0 }
        };
        let shifted: Vec<f32> = scores.iter().zip(&fitted.labels).map(shift).collect();
        let best = shifted.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let at = shifted.iter().position(|s| *s >= best);
        all += 1.0;
        if at
            .and_then(|at| fitted.labels.get(at))
            .is_some_and(|label| label == OUT_OF_SCOPE)
        {
            right += 1.0;
        }
    }
    if all > 0.0 { right / all } else { 1.0 }
}

const GROUPS_MIN: usize = 2;
