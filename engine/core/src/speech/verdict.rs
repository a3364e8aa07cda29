//! Two recognisers, one verdict. The grammar's sure answer is taken at once; otherwise the open
//! recogniser is waited for, within bounds; where both answer and differ, the caller must be asked.

use std::time::{Duration, Instant};

use crate::ids::UtteranceId;
use crate::nlu::normalize::Words;
use crate::nlu::yes_no;
use crate::speech::expectation::Expectation;
use crate::speech::recognition::{
    Models, Recognised, RecogniserKind, RecognitionResult, Transcript, WordScore,
};
use crate::units::Confidence;

/// Which recognisers this call has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Follows a grammar, answers within milliseconds.
    pub grammar: bool,
    /// Takes any words, answers within a second. Whisper, or a remote recogniser.
    pub open: bool,
}

/// What an utterance came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    pub utterance: UtteranceId,
    pub result: VerdictResult,
    /// Which rule decided: "grammar sure at 0.93", "open, grammar rejected".
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum VerdictResult {
    Words {
        recogniser: RecogniserKind,
        transcript: Transcript,
        /// The recognisers differ: confidence is capped at [`DISPUTED_MAX`], and what follows from
        /// these words needs an explicit yes.
        disputed: bool,
    },
    /// Speech, and nobody could say what.
    Unrecognised,
}

/// Collects the answers for one utterance.
#[derive(Debug, Clone)]
pub struct Jury {
    utterance: UtteranceId,
    threshold: Confidence,
    grammar: Answer,
    /// Of the grammar's answer.
    models: Models,
    /// A word of the grammar's answer that was hardly heard, and makes all of it doubtful.
    hardly_heard: Option<WordScore>,
    open: Answer,
    /// When the audio ended; results before that are kept but nothing is decided.
    ended: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq, Default)]
enum Answer {
    /// This call has no such recogniser.
    #[default]
    Absent,
    Awaited,
    Words(RecogniserKind, Transcript),
    /// Rejected, failed or too late.
    Nothing(&'static str),
}

impl Jury {
    pub fn new(utterance: UtteranceId, expectation: &Expectation, capabilities: Capabilities) -> Self {
        let slot = |present| if present { Answer::Awaited } else { Answer::Absent };
        Self {
            utterance,
            threshold: threshold(expectation),
            grammar: slot(capabilities.grammar),
            models: Models::One,
            hardly_heard: None,
            open: slot(capabilities.open),
            ended: None,
        }
    }

    pub const fn utterance(&self) -> UtteranceId {
        self.utterance
    }

    /// The audio is complete: answers are due.
    pub const fn end(&mut self, now: Instant) {
        self.ended = Some(now);
    }

    /// Takes one answer; partial results and those for other utterances change nothing.
    pub fn handle_recognised(&mut self, recognised: Recognised) {
        if recognised.utterance != self.utterance {
            return;
        }
        let answer = match recognised.result {
            RecognitionResult::Partial { .. } => return,
            RecognitionResult::Final(transcript) if transcript.text.trim().is_empty() => {
                Answer::Nothing("empty")
            }
            RecognitionResult::Final(transcript) => Answer::Words(recognised.recogniser, transcript),
            RecognitionResult::Rejected { .. } => Answer::Nothing("rejected"),
            RecognitionResult::Failed { .. } => Answer::Nothing("failed"),
        };
        match recognised.recogniser {
            // Scripted words stand for a grammar's: known at once.
            RecogniserKind::Grammar | RecogniserKind::Scripted => {
                self.grammar = self.doubted(answer);
                self.models = recognised.models;
            }
            RecogniserKind::Whisper | RecogniserKind::Remote => self.open = answer,
        }
    }

    /// A grammar's answer, believed no more than the words of it allow.
    fn doubted(&mut self, answer: Answer) -> Answer {
        self.hardly_heard = None;
        let Answer::Words(kind, mut transcript) = answer else {
            return answer;
        };
        self.hardly_heard = hardly_heard(&transcript).cloned();
        if self.hardly_heard.is_some() {
            let kept = transcript.confidence.get().min(DISPUTED_MAX);
            transcript.confidence = Confidence::new(kept);
        }
        Answer::Words(kind, transcript)
    }

    /// The verdict, as soon as there can be one. After it the jury is done.
    pub fn decide(&mut self, now: Instant) -> Option<Verdict> {
        let mut verdict = self.decided(now)?;
        if let Some(told) = self.models.told() {
            verdict.reason.push_str("; ");
            verdict.reason.push_str(told);
        }
        if let Some(weak) = &self.hardly_heard {
            let told = format!(
                "; the grammar hardly heard \"{}\", at {}",
                weak.word, weak.confidence
            );
            verdict.reason.push_str(&told);
        }
        Some(verdict)
    }

    fn decided(&mut self, now: Instant) -> Option<Verdict> {
        let waited = now.saturating_duration_since(self.ended?);
        self.give_up_on_the_late(waited);
        if let Answer::Words(kind, transcript) = &self.grammar
            && transcript.confidence >= self.threshold
            && !matches!(self.open, Answer::Words(..))
        {
            let reason = format!("grammar sure at {}", transcript.confidence);
            return Some(self.words(*kind, transcript.clone(), false, reason));
        }
        if self.grammar == Answer::Awaited || self.open == Answer::Awaited {
            return None;
        }
        Some(self.weigh())
    }

    /// The verdict from what is known, without waiting longer. `None` before the end of the audio.
    pub fn decide_now(&mut self, now: Instant) -> Option<Verdict> {
        self.give_up_on_the_late(GRAMMAR_WAIT.max(OPEN_WAIT));
        self.decide(now)
    }

    /// When to decide with what there is.
    pub fn deadline(&self) -> Option<Instant> {
        let ended = self.ended?;
        match (&self.grammar, &self.open) {
            (Answer::Awaited, _) => Some(ended + self.grammar_wait()),
            (_, Answer::Awaited) => Some(ended + OPEN_WAIT),
            (Answer::Absent | Answer::Words(..) | Answer::Nothing(_), _) => Some(ended),
        }
    }

    /// A late grammar is given up for the open recogniser; where there is none, a late answer is still
    /// better than asking again.
    fn grammar_wait(&self) -> Duration {
        if self.open == Answer::Absent {
            OPEN_WAIT
        } else {
            GRAMMAR_WAIT
        }
    }

    /// Whether some recogniser still works on this utterance.
    pub fn is_awaiting(&self) -> bool {
        self.grammar == Answer::Awaited || self.open == Answer::Awaited
    }

    fn give_up_on_the_late(&mut self, waited: Duration) {
        if waited >= self.grammar_wait() && self.grammar == Answer::Awaited {
            self.grammar = Answer::Nothing("late");
        }
        if waited >= OPEN_WAIT && self.open == Answer::Awaited {
            self.open = Answer::Nothing("late");
        }
    }

    /// Both have answered, or will not.
    fn weigh(&self) -> Verdict {
        match (&self.grammar, &self.open) {
            (Answer::Words(kind, grammar), Answer::Words(other_kind, open)) => {
                if same_words(&grammar.text, &open.text) {
                    let mut agreed = grammar.clone();
                    agreed.confidence = either_right(grammar.confidence, open.confidence);
                    return self.words(*kind, agreed, false, "both agree".to_owned());
                }
                let grammar_wins = grammar.confidence >= self.threshold;
                let (kind, winner) = if grammar_wins {
                    (*kind, grammar)
                } else {
                    (*other_kind, open)
                };
                let mut winner = winner.clone();
                winner.confidence = Confidence::new(winner.confidence.get().min(DISPUTED_MAX));
                self.words(kind, winner, true, "grammar and open speech differ".to_owned())
            }
            // Below its threshold, and nobody to ask: what it is worth is said by its confidence.
            (Answer::Words(kind, grammar), other) => {
                let reason = format!(
                    "grammar unsure at {}, open speech {}",
                    grammar.confidence,
                    other.name()
                );
                self.words(*kind, grammar.clone(), false, reason)
            }
            (other, Answer::Words(kind, open)) => {
                let reason = format!("open speech, grammar {}", other.name());
                self.words(*kind, open.clone(), false, reason)
            }
            (grammar, open) => Verdict {
                utterance: self.utterance,
                result: VerdictResult::Unrecognised,
                reason: format!("grammar {}, open speech {}", grammar.name(), open.name()),
            },
        }
    }

    fn words(&self, kind: RecogniserKind, transcript: Transcript, disputed: bool, reason: String) -> Verdict {
        let result = VerdictResult::Words {
            recogniser: kind,
            transcript,
            disputed,
        };
        Verdict {
            utterance: self.utterance,
            result,
            reason,
        }
    }
}

impl Answer {
    const fn name(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Awaited => "awaited",
            Self::Words(..) => "answered",
            Self::Nothing(why) => why,
        }
    }
}

/// A word that was hardly heard among the two or three that a short answer has: "go back" for a drawn-out "go", "press was
/// bitter" for "press one". The others fit so well that the whole seems sure; in longer speech one weak word decides little.
/// Where a plain yes or no says the same without it ("yes", and an "uh huh" made of a breath), it decides nothing.
fn hardly_heard(transcript: &Transcript) -> Option<&WordScore> {
    let telling = |score: &&WordScore| !FILLING.contains(&score.word.as_str());
    let telling: Vec<&WordScore> = transcript.words.iter().filter(telling).collect();
    let short = (2..=SHORT_WORDS_MAX).contains(&telling.len());
    let weakest = telling
        .into_iter()
        .min_by(|one, other| one.confidence.get().total_cmp(&other.confidence.get()));
    weakest.filter(|weakest| {
        short && weakest.confidence.get() < HARDLY_HEARD && !is_same_answer_without_it(transcript)
    })
}

/// Whether the well-heard words alone are the yes or the no that all of them are, and as strong a yes.
fn is_same_answer_without_it(transcript: &Transcript) -> bool {
    let well_heard: Vec<&str> = transcript
        .words
        .iter()
        .filter(|score| score.confidence.get() >= HARDLY_HEARD)
        .map(|score| score.word.as_str())
        .collect();
    let answer = |text: &str| {
        let found = yes_no::leading(&Words::new(text)).filter(|found| found.whole)?;
        Some((found.answer, found.assent))
    };
    answer(&transcript.text).is_some_and(|all| answer(&well_heard.join(" ")) == Some(all))
}

/// Two independent witnesses are wrong only when both are.
fn either_right(a: Confidence, b: Confidence) -> Confidence {
    Confidence::new(1.0 - (1.0 - a.get()) * (1.0 - b.get()))
}

/// The same words but for case and punctuation, which only open speech has.
fn same_words(a: &str, b: &str) -> bool {
    let letters = |text: &str| -> Vec<String> {
        let plain = |word: &str| {
            word.chars()
                .filter(|c| c.is_alphanumeric())
                .collect::<String>()
                .to_lowercase()
        };
        text.split_whitespace()
            .map(plain)
            .filter(|word| !word.is_empty())
            .collect()
    };
    letters(a) == letters(b)
}

/// The grammar's confidence from which nobody else is asked. The wider the grammar, the more it accepts
/// by mistake, so the surer it must be.
const fn threshold(expectation: &Expectation) -> Confidence {
    match expectation {
        Expectation::YesNo | Expectation::Quantity { .. } => Confidence::new(0.6),
        Expectation::OneOf { .. } | Expectation::Digits { .. } => Confidence::new(0.65),
        Expectation::Item | Expectation::Drink => Confidence::new(0.7),
        Expectation::Open => Confidence::new(0.75),
    }
}

/// Below `MIN_YES_CONFIDENCE` of `conversation::confirm`: a disputed yes confirms nothing.
pub const DISPUTED_MAX: f32 = 0.45;

/// On tune recordings (2026-11-23): of 156 spoken drink orders no short one has such a word; of 85 answers to single
/// words put to the grammars of yes or no and of digits, ten have one, and all ten are wrong.
const HARDLY_HEARD: f32 = 0.1;
const SHORT_WORDS_MAX: usize = 3;
/// Words that are short and weak in good answers too, and decide nothing.
const FILLING: &[&str] = &[
    "a", "an", "it", "of", "oh", "please", "thanks", "the", "uh", "um", "well",
];

/// The grammar recogniser keeps up with the sound; 300 ms after its end something is wrong.
pub const GRAMMAR_WAIT: Duration = Duration::from_millis(300);

/// Open speech, measured: 212 to 447 ms on an idle worker. Twice that, and the caller notices anyway.
/// With the longest endpoint of an expected answer it stays under `limits::DEAD_AIR_MAX`.
pub const OPEN_WAIT: Duration = Duration::from_millis(900);

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
