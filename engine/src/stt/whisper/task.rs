//! One decoding to be done, and the bounded queue of them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

use engine_core::ids::UtteranceId;
use engine_core::speech::recognition::{Recognised, RecogniserKind, RecognitionResult};
use tokio::sync::mpsc;

/// The sound of an utterance so far, and where its text goes. Shared by the call's lane, which may
/// abort it or ask for the answer, and the worker, which decodes.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) utterance: UtteranceId,
    /// 16 kHz, -1 to 1.
    pub(super) samples: Vec<f32>,
    /// Read by whisper.cpp between steps of its computation.
    pub(super) aborted: AtomicBool,
    results: mpsc::Sender<Recognised>,
    progress: Mutex<Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    ended: Option<Instant>,
    outcome: Option<RecognitionResult>,
}

impl Task {
    pub(super) fn new(utterance: UtteranceId, samples: Vec<f32>, results: mpsc::Sender<Recognised>) -> Self {
        Self {
            utterance,
            samples,
            aborted: AtomicBool::new(false),
            results,
            progress: Mutex::default(),
        }
    }

    pub(super) fn abort(&self) {
        self.aborted.store(true, Ordering::Release);
    }

    /// The utterance is over: the answer is wanted, now or when it is there.
    pub(super) fn end(&self, at: Instant) {
        self.advance(|progress| progress.ended = Some(at));
    }

    /// The answer is there; it is sent if it is wanted.
    pub(super) fn finish(&self, result: RecognitionResult) {
        self.advance(|progress| progress.outcome = Some(result));
    }

    fn advance(&self, step: impl FnOnce(&mut Progress)) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        step(&mut progress);
        if self.aborted.load(Ordering::Acquire) {
            return;
        }
        if let Some(ended) = progress.ended
            && let Some(result) = progress.outcome.take()
        {
            let result = with_latency(result, ended);
            let recognised = Recognised {
                utterance: self.utterance,
                recogniser: RecogniserKind::Whisper,
                result,
            };
            // A full channel means that the call does not read: it goes on by its own deadline then.
            let _full = self.results.try_send(recognised);
        }
    }
}

fn with_latency(result: RecognitionResult, ended: Instant) -> RecognitionResult {
    match result {
        RecognitionResult::Final(mut transcript) => {
            transcript.latency_ms = ended.elapsed().as_secs_f32() * 1_000.0;
            RecognitionResult::Final(transcript)
        }
        RecognitionResult::Partial { .. }
        | RecognitionResult::Rejected { .. }
        | RecognitionResult::Failed { .. } => result,
    }
}

/// Tasks in order of arrival, a bounded number.
#[derive(Debug)]
pub(super) struct TaskQueue {
    inner: Mutex<Inner>,
    arrived: Condvar,
    max: usize,
}

#[derive(Debug, Default)]
struct Inner {
    tasks: VecDeque<std::sync::Arc<Task>>,
    closed: bool,
}

impl TaskQueue {
    pub(super) fn new(max: usize) -> Self {
        Self {
            inner: Mutex::default(),
            arrived: Condvar::new(),
            max: max.max(1),
        }
    }

    /// `false`: full (or closed), even without the aborted ones.
    pub(super) fn push(&self, task: std::sync::Arc<Task>) -> bool {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner
            .tasks
            .retain(|waiting| !waiting.aborted.load(Ordering::Acquire));
        if inner.closed || inner.tasks.len() >= self.max {
            return false;
        }
        inner.tasks.push_back(task);
        self.arrived.notify_one();
        true
    }

    /// Waits for the next task; `None` when the queue is closed.
    pub(super) fn pop(&self) -> Option<std::sync::Arc<Task>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if inner.closed {
                return None;
            }
            match inner.tasks.pop_front() {
                Some(task) if task.aborted.load(Ordering::Acquire) => {}
                Some(task) => return Some(task),
                None => inner = self.arrived.wait(inner).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    pub(super) fn close(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.closed = true;
        inner.tasks.clear();
        self.arrived.notify_all();
    }
}
