//! One call's side of Whisper: gathers an utterance's sound, starts decoding when silence begins,
//! throws that away when speech goes on.

use std::sync::Arc;
use std::time::Instant;

use engine_core::ids::UtteranceId;
use engine_core::limits::UTTERANCE_MAX;
use engine_core::speech::recognition::{RecogniseCommand, Recognised, RecognitionResult};
use engine_core::units::SampleRate;
use tokio::sync::mpsc;

use crate::stt::rate::RateConverter;
use crate::stt::whisper::WhisperPool;
use crate::stt::whisper::task::Task;

#[derive(Debug)]
pub(crate) struct WhisperLane {
    pool: Arc<WhisperPool>,
    results: mpsc::Sender<Recognised>,
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
}

impl WhisperLane {
    pub(crate) const fn new(pool: Arc<WhisperPool>, results: mpsc::Sender<Recognised>) -> Self {
        Self {
            pool,
            results,
            open: None,
            ended: None,
        }
    }

    pub(crate) fn command(&mut self, command: &RecogniseCommand) {
        match command {
            RecogniseCommand::Begin { utterance, rate, .. } => self.begin(*utterance, *rate),
            RecogniseCommand::Audio { utterance, frame } => {
                if let Some(open) = self.open_of(*utterance) {
                    open.hear(frame.samples());
                }
            }
            RecogniseCommand::Pause { utterance } => self.speculate(*utterance),
            RecogniseCommand::Resume { utterance } => {
                if let Some(task) = self.open_of(*utterance).and_then(|open| open.speculation.take()) {
                    task.abort();
                }
            }
            RecogniseCommand::End { utterance } => self.end(*utterance),
            RecogniseCommand::Cancel { utterance } => self.cancel(*utterance),
        }
    }

    fn begin(&mut self, utterance: UtteranceId, rate: SampleRate) {
        self.abort_all();
        self.open = Some(Open {
            utterance,
            converter: RateConverter::new(rate, SampleRate::Hz16000),
            samples: Vec::new(),
            speculation: None,
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
        let task = Arc::new(Task::new(utterance, open.samples.clone(), results));
        // With a full queue there is no speculation; the end may still find a place.
        if pool.queue().push(Arc::clone(&task)) {
            open.speculation = Some(task);
        }
    }

    fn end(&mut self, utterance: UtteranceId) {
        let Some(open) = self.open.take_if(|open| open.utterance == utterance) else {
            return;
        };
        let task = match open.speculation {
            Some(task) => task,
            None => {
                let task = Arc::new(Task::new(utterance, open.samples, self.results.clone()));
                if !self.pool.queue().push(Arc::clone(&task)) {
                    task.finish(RecognitionResult::Failed {
                        reason: "overloaded".to_owned(),
                    });
                }
                task
            }
        };
        task.end(Instant::now());
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
        if let Some(task) = self.open.take().and_then(|open| open.speculation) {
            task.abort();
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
