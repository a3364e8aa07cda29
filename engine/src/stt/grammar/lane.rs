//! One call's side of the grammar recogniser: turns commands into jobs of the utterance's worker.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use engine_core::ids::UtteranceId;
use engine_core::speech::recognition::{
    Models, RecogniseCommand, Recognised, RecogniserKind, RecognitionResult,
};
use tokio::sync::mpsc;

use crate::stt::grammar::ensemble::Channels;
use crate::stt::grammar::pool::{Binding, GrammarPool};
use crate::stt::grammar::worker::{Begin, Job};

/// What is known of a call's line, carried from utterance to utterance.
pub(crate) type SharedChannels = Arc<Mutex<Channels>>;

#[derive(Debug)]
pub(crate) struct GrammarLane {
    pool: Arc<GrammarPool>,
    results: mpsc::Sender<Recognised>,
    channels: SharedChannels,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    utterance: UtteranceId,
    binding: Binding,
    cancelled: Arc<AtomicBool>,
}

impl GrammarLane {
    pub(crate) fn new(pool: Arc<GrammarPool>, results: mpsc::Sender<Recognised>) -> Self {
        Self {
            pool,
            results,
            channels: SharedChannels::default(),
            open: None,
        }
    }

    pub(crate) fn command(&mut self, command: RecogniseCommand) {
        match command {
            RecogniseCommand::Begin {
                utterance,
                rate,
                grammar,
                line,
            } => {
                self.cancel();
                let open = Open {
                    utterance,
                    binding: self.pool.bind(),
                    cancelled: Arc::default(),
                };
                let begin = Begin {
                    utterance,
                    rate,
                    grammar,
                    line,
                    results: self.results.clone(),
                    channels: Arc::clone(&self.channels),
                    cancelled: Arc::clone(&open.cancelled),
                };
                let job = Job::Begin {
                    ticket: open.binding.ticket,
                    begin: Box::new(begin),
                };
                self.open = Some(open);
                self.send(job);
            }
            RecogniseCommand::Audio { utterance, frame } => {
                if let Some(ticket) = self.ticket(utterance) {
                    self.send(Job::Audio {
                        ticket,
                        frame,
                        at: Instant::now(),
                    });
                }
            }
            RecogniseCommand::End { utterance } => {
                if let Some(ticket) = self.ticket(utterance) {
                    self.send(Job::End {
                        ticket,
                        at: Instant::now(),
                    });
                    self.open = None;
                }
            }
            RecogniseCommand::Cancel { utterance } => {
                if self.ticket(utterance).is_some() {
                    self.cancel();
                }
            }
            // Streaming as it is, it has nothing to speculate on.
            RecogniseCommand::Pause { .. } | RecogniseCommand::Resume { .. } => {}
        }
    }

    fn ticket(&self, utterance: UtteranceId) -> Option<u64> {
        self.open
            .as_ref()
            .filter(|open| open.utterance == utterance)
            .map(|open| open.binding.ticket)
    }

    /// Sends a job of the open utterance; when the worker cannot take it, the utterance has failed.
    fn send(&mut self, job: Job) {
        let Some(open) = &self.open else { return };
        if self.pool.send(open.binding, job).is_ok() {
            return;
        }
        open.cancelled.store(true, Ordering::Release);
        let failed = Recognised {
            models: Models::One,
            utterance: open.utterance,
            recogniser: RecogniserKind::Grammar,
            result: RecognitionResult::Failed {
                reason: "overloaded".to_owned(),
            },
        };
        // A full channel means that the call does not read: it hears by its own deadline then.
        let _full = self.results.try_send(failed);
        self.open = None;
    }

    /// The flag reaches the worker even when its queue is full; the job wakes it sooner.
    fn cancel(&mut self) {
        if let Some(open) = self.open.take() {
            open.cancelled.store(true, Ordering::Release);
            let _full = self.pool.send(
                open.binding,
                Job::Cancel {
                    ticket: open.binding.ticket,
                },
            );
        }
    }
}

impl Drop for GrammarLane {
    fn drop(&mut self) {
        self.cancel();
    }
}
