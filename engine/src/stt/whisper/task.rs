//! One decoding to be done, and who wants it how much.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use engine_core::ids::UtteranceId;
use engine_core::speech::recognition::{Models, Recognised, RecogniserKind, RecognitionResult, Transcript};
use tokio::sync::mpsc;

use super::agreement::{Hypothesis, Settled};

/// The sound of an utterance so far, and where its text goes. Shared by the call's lane, which may
/// abort it or ask for the answer, and the worker, which decodes.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) utterance: UtteranceId,
    /// 16 kHz, -1 to 1: what follows the settled words.
    pub(super) samples: Vec<f32>,
    /// Words of the utterance that need not be decoded again.
    pub(super) settled: Settled,
    /// Names that are likely here.
    pub(super) phrases: Arc<[String]>,
    /// Read by whisper.cpp between steps of its computation.
    aborted: AtomicBool,
    results: mpsc::Sender<Recognised>,
    progress: Mutex<Progress>,
}

/// How much a task is wanted; the greater the sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    /// Speech went on: its words may save work later.
    Hypothesis,
    /// Silence has begun: this may be the answer.
    Speculation,
    /// The utterance is over.
    Answer,
}

#[derive(Debug)]
struct Progress {
    urgency: Urgency,
    end: Option<End>,
    outcome: Option<RecognitionResult>,
}

/// The end of the utterance.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) at: Instant,
    /// After this nobody reads the answer.
    pub(super) deadline: Instant,
}

impl Task {
    pub(super) fn new(
        utterance: UtteranceId,
        samples: Vec<f32>,
        settled: Settled,
        phrases: Arc<[String]>,
        results: mpsc::Sender<Recognised>,
    ) -> Self {
        Self {
            utterance,
            samples,
            settled,
            phrases,
            aborted: AtomicBool::new(false),
            results,
            progress: Mutex::new(Progress {
                urgency: Urgency::Speculation,
                end: None,
                outcome: None,
            }),
        }
    }

    pub(super) fn abort(&self) {
        self.aborted.store(true, Ordering::Release);
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }

    /// The flag itself, for the decoder to watch.
    pub(super) const fn aborted(&self) -> &AtomicBool {
        &self.aborted
    }

    pub(super) fn urgency(&self) -> Urgency {
        self.progress().urgency
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.progress().end.map(|end| end.deadline)
    }

    /// Speech went on.
    pub(super) fn keep_as_hypothesis(&self) {
        self.progress().urgency = Urgency::Hypothesis;
    }

    /// The utterance is over: the answer is wanted, now or when it is there.
    pub(super) fn end(&self, end: End) {
        let mut progress = self.progress();
        progress.urgency = Urgency::Answer;
        progress.end = Some(end);
        self.answer(progress);
    }

    /// The answer is there; it is sent if it is wanted.
    pub(super) fn finish(&self, result: RecognitionResult) {
        let mut progress = self.progress();
        progress.outcome = Some(result);
        self.answer(progress);
    }

    /// What was decoded, where that is done and gave words.
    pub(super) fn hypothesis(&self) -> Option<Hypothesis> {
        match &self.progress().outcome {
            Some(RecognitionResult::Final(transcript)) => Some(Hypothesis {
                text: transcript.text.clone(),
                confidence: transcript.confidence,
                end: self.settled.end + self.samples.len(),
            }),
            Some(
                RecognitionResult::Partial { .. }
                | RecognitionResult::Rejected { .. }
                | RecognitionResult::Failed { .. },
            )
            | None => None,
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, mut progress: MutexGuard<'_, Progress>) {
        if self.is_aborted() {
            return;
        }
        if let Some(end) = progress.end
            && let Some(result) = progress.outcome.take()
        {
            let recognised = Recognised {
                models: Models::One,
                utterance: self.utterance,
                recogniser: RecogniserKind::Whisper,
                result: self.whole(result, end.at),
            };
            // A full channel means that the call does not read: it goes on by its own deadline then.
            let _full = self.results.try_send(recognised);
        }
    }

    /// The result with the settled words before it, and how long it took.
    fn whole(&self, result: RecognitionResult, ended: Instant) -> RecognitionResult {
        let latency_ms = ended.elapsed().as_secs_f32() * 1_000.0;
        let whole = match result {
            RecognitionResult::Final(rest) => {
                self.settled
                    .join(&rest.text, rest.confidence, self.settled.end + self.samples.len())
            }
            // Nothing came after them.
            RecognitionResult::Rejected { .. } if !self.settled.text.is_empty() => self.settled.clone(),
            RecognitionResult::Partial { .. }
            | RecognitionResult::Rejected { .. }
            | RecognitionResult::Failed { .. } => return result,
        };
        RecognitionResult::Final(Transcript {
            text: whole.text,
            confidence: whole.confidence,
            latency_ms,
            ..Transcript::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use engine_core::units::Confidence;

    use super::*;

    /// What the call hears of a decoding behind "hello i ordered coffee" at 0.8.
    fn check(result: RecognitionResult, settled: &str, expect: Option<(&str, f32)>) {
        let (sender, mut results) = mpsc::channel(4);
        let settled = Settled {
            text: settled.to_owned(),
            confidence: Confidence::new(0.8),
            end: 32_000,
        };
        let task = Task::new(UtteranceId(1), vec![0.0; 16_000], settled, Arc::default(), sender);
        task.finish(result);
        assert!(results.try_recv().is_err(), "nobody asked yet");
        let at = Instant::now();
        task.end(End {
            at,
            deadline: at + Duration::from_secs(1),
        });
        let heard = match results.try_recv().unwrap().result {
            RecognitionResult::Final(transcript) => Some((transcript.text, transcript.confidence.get())),
            RecognitionResult::Partial { .. }
            | RecognitionResult::Rejected { .. }
            | RecognitionResult::Failed { .. } => None,
        };
        assert_eq!(
            heard.map(|(text, confidence)| (text, (confidence * 100.0).round() / 100.0)),
            expect.map(|(text, confidence)| (text.to_owned(), confidence))
        );
        assert!(results.try_recv().is_err(), "once");
    }

    fn says(text: &str) -> RecognitionResult {
        RecognitionResult::Final(Transcript {
            text: text.to_owned(),
            confidence: Confidence::new(0.4),
            ..Transcript::default()
        })
    }

    #[test]
    fn settled_words_stand_before_the_rest() {
        let rejected = || RecognitionResult::Rejected {
            confidence: Confidence::new(0.1),
        };
        check(says("two bags"), "", Some(("two bags", 0.4)));
        check(
            says("it never came"),
            "hello i ordered coffee",
            Some(("hello i ordered coffee it never came", 0.63)),
        );
        check(
            rejected(),
            "hello i ordered coffee",
            Some(("hello i ordered coffee", 0.8)),
        );
        check(rejected(), "", None);
    }
}
