//! Hearing with errors at given rates: words confused with others of the open grammar, put in or lost, and a
//! confidence that tells right from wrong as well as it is told to.

use std::time::{Duration, Instant};

use clap::Args;
use engine_core::ids::UtteranceId;
use engine_core::speech::expectation::Expectation;
use engine_core::speech::recognition::{Models, Recognised, RecogniserKind, RecognitionResult, Transcript};
use engine_core::speech::verdict::{Capabilities, Jury, Verdict};
use engine_core::units::Confidence;
use rand::Rng;
use rand::rngs::StdRng;

use super::vocabulary::{Confusion, Vocabulary};

/// What goes wrong between a mouth and the words that arrive. Rates are from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Args)]
pub(super) struct Errors {
    /// Of each word: heard as another one of those that the question's grammar knows.
    #[arg(long, default_value_t = 0.10, value_parser = rate)]
    pub(super) confuse: f64,
    /// Which word is heard instead.
    #[arg(long, value_enum, default_value_t = Confusion::Any)]
    pub(super) confusion: Confusion,
    /// Before each word: another one is heard that was not said.
    #[arg(long, default_value_t = 0.01, value_parser = rate)]
    pub(super) insert: f64,
    /// Of each word: not heard.
    #[arg(long, default_value_t = 0.02, value_parser = rate)]
    pub(super) lose: f64,
    /// Of each utterance: nobody can say what it was.
    #[arg(long, default_value_t = 0.03, value_parser = rate)]
    pub(super) reject: f64,
    /// Mean confidence of a word heard right. Measured on people: 0.84 to 0.89 for single words, 0.94 to 0.98 in orders.
    #[arg(long, default_value_t = 0.87, value_parser = mean)]
    pub(super) right: f64,
    /// Mean confidence of a word heard wrong. Measured on people's single words: 0.61 with one acoustic model, 0.43 with
    /// two, one in ten above 0.9.
    #[arg(long, default_value_t = 0.55, value_parser = mean)]
    pub(super) wrong: f64,
    /// A second recogniser, of open speech, that errs by itself at the same rates.
    #[arg(long)]
    pub(super) second: bool,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&rate) {
        Ok(rate)
    } else {
        Err("a rate is from 0 to 1".to_owned())
    }
}

fn mean(text: &str) -> Result<f64, String> {
    let mean: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if mean > 0.0 && mean < 1.0 {
        Ok(mean)
    } else {
        Err("a mean confidence lies between 0 and 1".to_owned())
    }
}

impl Errors {
    /// What the recognisers make of an utterance, weighed as in a call.
    pub(super) fn hear(
        &self,
        text: &str,
        expectation: &Expectation,
        vocabulary: &Vocabulary,
        rng: &mut StdRng,
    ) -> Option<Verdict> {
        let capabilities = Capabilities {
            grammar: true,
            open: self.second,
        };
        let utterance = UtteranceId(1);
        let mut jury = Jury::new(utterance, expectation, capabilities);
        let ended = Instant::now();
        jury.end(ended);
        let kinds = [RecogniserKind::Grammar, RecogniserKind::Whisper];
        for recogniser in kinds.into_iter().take(if self.second { 2 } else { 1 }) {
            jury.handle_recognised(Recognised {
                models: Models::One,
                utterance,
                recogniser,
                result: self.recognise(text, vocabulary, rng),
            });
        }
        jury.decide_now(ended + Duration::from_secs(2))
    }

    fn recognise(&self, text: &str, vocabulary: &Vocabulary, rng: &mut StdRng) -> RecognitionResult {
        if rng.random_bool(self.reject) {
            return RecognitionResult::Rejected {
                confidence: Confidence::ZERO,
            };
        }
        let mut heard: Vec<&str> = Vec::new();
        let mut scores: Vec<f64> = Vec::new();
        for word in text.split_whitespace() {
            if rng.random_bool(self.insert) {
                heard.extend(vocabulary.any(rng));
                scores.push(power(self.wrong, rng));
            }
            if rng.random_bool(self.lose) {
                scores.push(power(self.wrong, rng));
            } else if rng.random_bool(self.confuse) {
                heard.extend(vocabulary.instead_of(word, self.confusion, rng));
                scores.push(power(self.wrong, rng));
            } else {
                heard.push(word);
                scores.push(power(self.right, rng));
            }
        }
        if heard.is_empty() {
            return RecognitionResult::Rejected {
                confidence: Confidence::ZERO,
            };
        }
        let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
        RecognitionResult::Final(Transcript {
            text: heard.join(" "),
            confidence: Confidence::new(mean as f32),
            ..Transcript::default()
        })
    }
}

/// A number between 0 and 1 with this mean, from the family with one heavy side: u^((1-m)/m).
fn power(mean: f64, rng: &mut StdRng) -> f64 {
    rng.random_range(0.0..1.0_f64).powf((1.0 - mean) / mean)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn confidence_has_the_mean_asked_for() {
        let mut rng = StdRng::seed_from_u64(1);
        for mean in [0.35, 0.9] {
            let sum: f64 = (0..20_000).map(|_| power(mean, &mut rng)).sum();
            assert!((sum / 20_000.0 - mean).abs() < 0.01, "{mean}");
        }
    }
}
