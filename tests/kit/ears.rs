//! Recognisers that know the truth and tell it as well as they are told to: the words the caller said
//! while the utterance lasted, with chosen certainty, mishearing, rejection, failure or delay.

use std::time::{Duration, Instant};

use engine_core::ids::UtteranceId;
use engine_core::speech::recognition::{
    Models, RecogniseCommand, Recognised, RecogniserKind, RecognitionResult, Transcript,
};
use engine_core::units::Confidence;
use rand::Rng;
use rand::rngs::StdRng;

use crate::caller::SpokenWord;

/// How well the recognisers hear. Probabilities per utterance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hearing {
    pub confidence: f32,
    pub mishear: f64,
    pub reject: f64,
    pub fail: f64,
    /// Never answers.
    pub stuck: f64,
    /// An open-speech recogniser besides the grammar's, with its delay.
    pub open_ms: Option<u64>,
}

impl Hearing {
    pub const PERFECT: Self = Self {
        confidence: 0.95,
        mishear: 0.0,
        reject: 0.0,
        fail: 0.0,
        stuck: 0.0,
        open_ms: None,
    };

    pub fn random(rng: &mut StdRng) -> Self {
        if rng.random_bool(0.3) {
            return Self::PERFECT;
        }
        Self {
            confidence: rng.random_range(0.4..1.0),
            mishear: rng.random_range(0.0..0.15),
            reject: rng.random_range(0.0..0.2),
            fail: rng.random_range(0.0..0.05),
            stuck: rng.random_range(0.0..0.05),
            open_ms: rng.random_bool(0.5).then(|| rng.random_range(80..1_500)),
        }
    }
}

/// The recognisers of one call.
#[derive(Debug)]
pub struct Ears {
    hearing: Hearing,
    current: Option<Utterance>,
    /// Words before this one have been given to an earlier utterance.
    next_word: usize,
}

#[derive(Debug)]
struct Utterance {
    id: UtteranceId,
    frames: u32,
}

impl Ears {
    pub const fn new(hearing: Hearing) -> Self {
        Self {
            hearing,
            current: None,
            next_word: 0,
        }
    }

    /// Takes one command and gives what the recognisers will answer, and when. `delay` is how late the
    /// caller's words reach Hark.
    pub fn command(
        &mut self,
        now: Instant,
        command: &RecogniseCommand,
        spoken: &[SpokenWord],
        delay: Duration,
        rng: &mut StdRng,
    ) -> Vec<(Instant, Recognised)> {
        match command {
            RecogniseCommand::Begin { utterance, .. } => {
                self.current = Some(Utterance {
                    id: *utterance,
                    frames: 0,
                });
                Vec::new()
            }
            RecogniseCommand::Audio { utterance, .. } => {
                let frames = self
                    .current
                    .as_mut()
                    .filter(|current| current.id == *utterance)
                    .map(|current| {
                        current.frames += 1;
                        current.frames
                    });
                match frames {
                    Some(frames) if frames % PARTIAL_EVERY == 0 => {
                        self.partial(now, *utterance, spoken, delay)
                    }
                    Some(_) | None => Vec::new(),
                }
            }
            RecogniseCommand::Pause { utterance } => self.partial(now, *utterance, spoken, delay),
            RecogniseCommand::Resume { .. } => Vec::new(),
            RecogniseCommand::End { utterance } => self.end(now, *utterance, spoken, delay, rng),
            RecogniseCommand::Cancel { utterance } => {
                if self
                    .current
                    .as_ref()
                    .is_some_and(|current| current.id == *utterance)
                {
                    self.current = None;
                }
                Vec::new()
            }
        }
    }

    fn partial(
        &self,
        now: Instant,
        utterance: UtteranceId,
        spoken: &[SpokenWord],
        delay: Duration,
    ) -> Vec<(Instant, Recognised)> {
        let text = self.words(now, spoken, delay).join(" ");
        let result = RecognitionResult::Partial { text };
        vec![(
            now,
            Recognised {
                models: Models::One,
                utterance,
                recogniser: RecogniserKind::Grammar,
                result,
            },
        )]
    }

    /// The caller's words that have arrived and belong to no earlier utterance.
    fn words(&self, now: Instant, spoken: &[SpokenWord], delay: Duration) -> Vec<String> {
        let arrived = |word: &&SpokenWord| word.from + (word.to - word.from) / 2 + delay <= now;
        spoken
            .iter()
            .skip(self.next_word)
            .take_while(arrived)
            .map(|word| word.word.clone())
            .collect()
    }

    fn end(
        &mut self,
        now: Instant,
        utterance: UtteranceId,
        spoken: &[SpokenWord],
        delay: Duration,
        rng: &mut StdRng,
    ) -> Vec<(Instant, Recognised)> {
        let words = self.words(now, spoken, delay);
        self.next_word += words.len();
        self.current = None;
        let text = words.join(" ");
        let grammar = self.answer(&text, rng);
        let mut answers = vec![(now + Duration::from_millis(5), RecogniserKind::Grammar, grammar)];
        if let Some(open_ms) = self.hearing.open_ms {
            let open = self.answer(&text, rng);
            answers.push((
                now + Duration::from_millis(open_ms),
                RecogniserKind::Whisper,
                open,
            ));
        }
        let answered = answers.into_iter().filter_map(|(at, recogniser, result)| {
            result.map(|result| {
                (
                    at,
                    Recognised {
                        models: Models::One,
                        utterance,
                        recogniser,
                        result,
                    },
                )
            })
        });
        answered.collect()
    }

    fn answer(&self, text: &str, rng: &mut StdRng) -> Option<RecognitionResult> {
        let hearing = self.hearing;
        if rng.random_bool(hearing.stuck) {
            return None;
        }
        if rng.random_bool(hearing.fail) {
            return Some(RecognitionResult::Failed {
                reason: "the recogniser is overloaded".to_owned(),
            });
        }
        if text.is_empty() || rng.random_bool(hearing.reject) {
            return Some(RecognitionResult::Rejected {
                confidence: Confidence::new(0.1),
            });
        }
        let text = if rng.random_bool(hearing.mishear) {
            MISHEARD[rng.random_range(0..MISHEARD.len())].to_owned()
        } else {
            text.to_owned()
        };
        let confidence = Confidence::new(hearing.confidence);
        Some(RecognitionResult::Final(Transcript {
            text,
            confidence,
            ..Transcript::default()
        }))
    }
}

/// A partial result every 200 ms of sound.
const PARTIAL_EVERY: u32 = 10;

const MISHEARD: &[&str] = &[
    "yes",
    "no",
    "two",
    "reorder",
    "cancel",
    "the order",
    "goodbye",
    "six bags",
    "agent",
];
