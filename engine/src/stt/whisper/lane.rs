//! One call's side of Whisper: gathers an utterance's sound, starts decoding when silence begins. When
//! speech goes on, that is thrown away, or kept as a hypothesis where the utterance is long.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine_core::ids::UtteranceId;
use engine_core::limits::UTTERANCE_MAX;
use engine_core::speech::recognition::{RecogniseCommand, Recognised, RecognitionResult};
use engine_core::units::SampleRate;
use tokio::sync::mpsc;

use crate::stt::rate::RateConverter;
use crate::stt::whisper::WhisperPool;
use crate::stt::whisper::agreement::Agreement;
use crate::stt::whisper::task::{End, Task};

#[derive(Debug)]
pub(crate) struct WhisperLane {
    pool: Arc<WhisperPool>,
    results: mpsc::Sender<Recognised>,
    /// How long after its end an utterance's answer is of use.
    patience: Duration,
    open: Option<Open>,
    /// The task of the last ended utterance, so that a cancel or a hang-up stops it.
    ended: Option<Arc<Task>>,
}

#[derive(Debug)]
struct Open {
    utterance: UtteranceId,
    converter: RateConverter,
    samples: Vec<f32>,
    speculation: Option<Arc<Task>>,
    /// A decoding that speech went on behind.
    hypothesis: Option<Arc<Task>>,
    agreement: Agreement,
    phrases: Arc<[String]>,
}

impl WhisperLane {
    pub(crate) const fn new(
        pool: Arc<WhisperPool>,
        results: mpsc::Sender<Recognised>,
        patience: Duration,
    ) -> Self {
        Self {
            pool,
            results,
            patience,
            open: None,
            ended: None,
        }
    }

    pub(crate) fn command(&mut self, command: &RecogniseCommand) {
        match command {
            RecogniseCommand::Begin {
                utterance,
                rate,
                grammar,
                line: _,
            } => self.begin(*utterance, *rate, &grammar.phrases),
            RecogniseCommand::Audio { utterance, frame } => {
                if let Some(open) = self.open_of(*utterance) {
                    open.hear(frame.samples());
                }
            }
            RecogniseCommand::Pause { utterance } => self.speculate(*utterance),
            RecogniseCommand::Resume { utterance } => {
                if let Some(open) = self.open_of(*utterance) {
                    open.resume();
                }
            }
            RecogniseCommand::End { utterance } => self.end(*utterance),
            RecogniseCommand::Cancel { utterance } => self.cancel(*utterance),
        }
    }

    fn begin(&mut self, utterance: UtteranceId, rate: SampleRate, phrases: &Arc<[String]>) {
        self.abort_all();
        self.open = Some(Open {
            utterance,
            converter: RateConverter::new(rate, SampleRate::Hz16000),
            samples: Vec::new(),
            speculation: None,
            hypothesis: None,
            agreement: Agreement::default(),
            phrases: Arc::clone(phrases),
        });
    }

    fn open_of(&mut self, utterance: UtteranceId) -> Option<&mut Open> {
        self.open.as_mut().filter(|open| open.utterance == utterance)
    }

    fn speculate(&mut self, utterance: UtteranceId) {
        let (pool, results) = (Arc::clone(&self.pool), self.results.clone());
        let Some(open) = self.open_of(utterance) else {
            return;
        };
        if let Some(old) = open.speculation.take() {
            old.abort();
        }
        let task = Arc::new(open.task(results));
        // With a full queue there is no speculation; the end may still find a place.
        if pool.queue().push(Arc::clone(&task)) {
            open.speculation = Some(task);
        }
    }

    fn end(&mut self, utterance: UtteranceId) {
        let Some(mut open) = self.open.take_if(|open| open.utterance == utterance) else {
            return;
        };
        let at = Instant::now();
        let end = End {
            at,
            deadline: at + self.patience,
        };
        // A more urgent task may have taken its place in the queue.
        let speculation = open.speculation.take().filter(|task| !task.is_aborted());
        let task = if let Some(task) = speculation {
            task.end(end);
            self.pool.queue().hurry(&task);
            task
        } else {
            let task = Arc::new(open.task(self.results.clone()));
            task.end(end);
            if self.pool.queue().push(Arc::clone(&task)) {
                self.pool.queue().hurry(&task);
            } else {
                task.finish(RecognitionResult::Failed {
                    reason: "overloaded".to_owned(),
                });
            }
            task
        };
        open.abort();
        self.ended = Some(task);
    }

    fn cancel(&mut self, utterance: UtteranceId) {
        if self.open_of(utterance).is_some()
            || self
                .ended
                .as_ref()
                .is_some_and(|task| task.utterance == utterance)
        {
            self.abort_all();
        }
    }

    fn abort_all(&mut self) {
        if let Some(mut open) = self.open.take() {
            open.abort();
        }
        if let Some(task) = self.ended.take() {
            task.abort();
        }
    }
}

impl Drop for WhisperLane {
    fn drop(&mut self) {
        self.abort_all();
    }
}

impl Open {
    /// What there is to decode now. The hypothesis before it is heard first, if it is done.
    fn task(&mut self, results: mpsc::Sender<Recognised>) -> Task {
        if let Some(hypothesis) = self.hypothesis.take() {
            match hypothesis.hypothesis() {
                Some(done) => self.agreement.add(done),
                None => hypothesis.abort(),
            }
        }
        let settled = self.agreement.settled().clone();
        let rest = self.samples.get(settled.end..).unwrap_or_default().to_vec();
        Task::new(self.utterance, rest, settled, Arc::clone(&self.phrases), results)
    }

    /// Speech goes on. Of a short utterance all will be decoded again; of a long one it saves work to know
    /// how it began.
    fn resume(&mut self) {
        let Some(task) = self.speculation.take() else {
            return;
        };
        if task.samples.len() < HYPOTHESIS_SAMPLES_MIN {
            task.abort();
            return;
        }
        task.keep_as_hypothesis();
        if let Some(old) = self.hypothesis.replace(task) {
            old.abort();
        }
    }

    fn abort(&mut self) {
        for task in [self.speculation.take(), self.hypothesis.take()]
            .into_iter()
            .flatten()
        {
            task.abort();
        }
    }

    fn hear(&mut self, frame: &[i16]) {
        if self.samples.len() >= SAMPLES_MAX {
            return;
        }
        let mut wide = Vec::with_capacity(2 * frame.len());
        self.converter.push(frame, &mut wide);
        self.samples
            .extend(wide.into_iter().map(|sample| f32::from(sample) / 32_768.0));
    }
}

/// Samples of the longest utterance at 16 kHz.
const SAMPLES_MAX: usize = UTTERANCE_MAX.as_secs() as usize * 16_000;
/// Under 2.5 s, decoding all of it takes no longer than a caller waits anyway.
const HYPOTHESIS_SAMPLES_MIN: usize = 40_000;
