//! One call's side of the remote recogniser: turns commands into the steps of a stream.

use std::sync::Arc;
use std::time::Instant;

use engine_core::audio::frame::Frame;
use engine_core::ids::UtteranceId;
use engine_core::speech::recognition::{
    Models, RecogniseCommand, Recognised, RecogniserKind, RecognitionResult,
};
use engine_core::units::SampleRate;
use proto::engine::v1::{self as wire, RecogniseRequest, recognise_request::Step};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use super::exchange::Exchange;
use super::{Fallback, RemoteRecogniser};

/// Steps that may wait for the network: two seconds of sound. When it is full the rest of the utterance
/// is not sent, and its answer comes from the fall-back.
const STEPS: usize = 100;

#[derive(Debug)]
pub(crate) struct RemoteLane {
    remote: Arc<RemoteRecogniser>,
    fallback: Fallback,
    results: mpsc::Sender<Recognised>,
    open: Option<Open>,
    /// The exchange of the open or of the last ended utterance.
    exchange: Option<(UtteranceId, AbortHandle)>,
}

#[derive(Debug)]
struct Open {
    utterance: UtteranceId,
    /// `None` when the remote recogniser is known to be away, or does not take what we send.
    steps: Option<mpsc::Sender<RecogniseRequest>>,
    ended: Option<oneshot::Sender<Instant>>,
}

impl RemoteLane {
    pub(crate) const fn new(
        remote: Arc<RemoteRecogniser>,
        fallback: Fallback,
        results: mpsc::Sender<Recognised>,
    ) -> Self {
        Self {
            remote,
            fallback,
            results,
            open: None,
            exchange: None,
        }
    }

    pub(crate) fn command(&mut self, command: &RecogniseCommand) {
        self.fallback.hear(command);
        match command {
            RecogniseCommand::Begin {
                utterance,
                rate,
                grammar,
                line: _,
            } => self.begin(*utterance, *rate, &grammar.phrases),
            RecogniseCommand::Audio { utterance, frame } => self.send(*utterance, audio(frame)),
            RecogniseCommand::Pause { utterance } => self.send(*utterance, Step::Pause(wire::Pause {})),
            RecogniseCommand::Resume { utterance } => self.send(*utterance, Step::Resume(wire::Resume {})),
            RecogniseCommand::End { utterance } => self.end(*utterance),
            RecogniseCommand::Cancel { utterance } => self.cancel(*utterance),
        }
    }

    fn begin(&mut self, utterance: UtteranceId, rate: SampleRate, phrases: &[String]) {
        self.abort();
        let mut open = Open {
            utterance,
            steps: None,
            ended: None,
        };
        if self.remote.breaker.admit(Instant::now()) {
            let (steps, waiting) = mpsc::channel(STEPS);
            let (ended, end) = oneshot::channel();
            let exchange = Exchange {
                remote: Arc::clone(&self.remote),
                fallback: self.fallback.clone(),
                results: self.results.clone(),
                utterance,
            };
            let task = self.remote.runtime.spawn(exchange.run(waiting, end));
            self.exchange = Some((utterance, task.abort_handle()));
            open.steps = Some(steps);
            open.ended = Some(ended);
        }
        self.open = Some(open);
        let begin = wire::Begin {
            sample_rate_hz: rate.hz(),
            language: self.remote.language.clone(),
            phrases: phrases.to_vec(),
        };
        self.send(utterance, Step::Begin(begin));
    }

    fn send(&mut self, utterance: UtteranceId, step: Step) {
        let Some(open) = self.open.as_mut().filter(|open| open.utterance == utterance) else {
            return;
        };
        if let Some(steps) = &open.steps
            && steps.try_send(RecogniseRequest { step: Some(step) }).is_err()
        {
            open.steps = None;
        }
    }

    fn end(&mut self, utterance: UtteranceId) {
        self.send(utterance, Step::End(wire::End {}));
        let Some(open) = self.open.take_if(|open| open.utterance == utterance) else {
            return;
        };
        // The receiver is gone only with its runtime.
        let told = open.ended.is_some_and(|ended| ended.send(Instant::now()).is_ok());
        if !told && !self.fallback.answer(utterance) {
            let away = Recognised {
                models: Models::One,
                utterance,
                recogniser: RecogniserKind::Remote,
                result: RecognitionResult::Failed {
                    reason: "the remote recogniser is away".to_owned(),
                },
            };
            // A full channel means that the call does not read: it goes on by its own deadline then.
            let _full = self.results.try_send(away);
        }
    }

    fn cancel(&mut self, utterance: UtteranceId) {
        let ours = |(id, _): &(UtteranceId, AbortHandle)| *id == utterance;
        if self.exchange.as_ref().is_some_and(ours) {
            self.abort();
        }
        self.open.take_if(|open| open.utterance == utterance);
    }

    fn abort(&mut self) {
        if let Some((_, task)) = self.exchange.take() {
            task.abort();
        }
        self.open = None;
    }
}

impl Drop for RemoteLane {
    fn drop(&mut self) {
        self.abort();
    }
}

fn audio(frame: &Frame) -> Step {
    Step::Audio(wire::Audio {
        samples: frame
            .samples()
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect(),
    })
}
