//! One utterance's conversation with the remote recogniser, from its first frame to an answer, in time or
//! not at all.

use std::sync::Arc;
use std::time::Instant;

use engine_core::ids::UtteranceId;
use engine_core::limits::UTTERANCE_MAX;
use engine_core::speech::recognition::{Models, Recognised, RecogniserKind, RecognitionResult, Transcript};
use engine_core::units::Confidence;
use proto::engine::v1::{RecogniseRequest, RecogniseResponse, recognise_response};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};
use tracing::warn;

use super::{Fallback, RemoteRecogniser};
use crate::breaker::Health;

#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) remote: Arc<RemoteRecogniser>,
    pub(super) fallback: Fallback,
    pub(super) results: mpsc::Sender<Recognised>,
    pub(super) utterance: UtteranceId,
}

/// Why there was no answer that counts. The name is the metric's label.
#[derive(Debug)]
enum Fault {
    Late,
    Status(Status),
    Garbage(&'static str),
}

impl Exchange {
    /// `end` comes when the utterance is over; it closes when nobody wants the answer any more.
    pub(super) async fn run(self, steps: mpsc::Receiver<RecogniseRequest>, end: oneshot::Receiver<Instant>) {
        let asking = self.ask(steps);
        tokio::pin!(asking);
        let mut end = end;
        // An answer or a failure may come before the end; the call wants neither before it.
        let (early, ended) = tokio::select! {
            early = &mut asking => (Some(early), end.await),
            ended = &mut end => (None, ended),
        };
        let Ok(ended) = ended else { return };
        let outcome = match early {
            Some(outcome) => outcome,
            None => timeout(self.remote.answer, asking)
                .await
                .unwrap_or(Err(Fault::Late)),
        };
        self.conclude(outcome, ended);
    }

    async fn ask(&self, steps: mpsc::Receiver<RecogniseRequest>) -> Result<RecognitionResult, Fault> {
        let mut request = Request::new(ReceiverStream::new(steps));
        request.set_timeout(UTTERANCE_MAX + self.remote.answer);
        let mut client = self.remote.client.clone();
        let mut answers = client
            .recognise(request)
            .await
            .map_err(Fault::Status)?
            .into_inner();
        loop {
            let answer = answers.message().await.map_err(Fault::Status)?;
            let answer = answer.ok_or(Fault::Garbage("the stream ended without a result"))?;
            if let Some(result) = result_of(answer)? {
                return Ok(result);
            }
        }
    }

    fn conclude(&self, outcome: Result<RecognitionResult, Fault>, ended: Instant) {
        let now = Instant::now();
        let result = match outcome {
            Ok(result) => {
                self.remote.breaker.record(now, Health::Well);
                with_latency(result, ended)
            }
            Err(fault) => {
                self.remote.breaker.record(now, Health::Ill);
                metrics::counter!("hark_remote_recogniser_failures_total", "reason" => fault.name())
                    .increment(1);
                warn!(utterance = self.utterance.0, fault = %fault.describe(), "no answer from the remote recogniser");
                if self.fallback.answer(self.utterance) {
                    return;
                }
                RecognitionResult::Failed {
                    reason: fault.describe(),
                }
            }
        };
        let recognised = Recognised {
            models: Models::One,
            utterance: self.utterance,
            recogniser: RecogniserKind::Remote,
            result,
        };
        // A full channel means that the call does not read: it goes on by its own deadline then.
        let _full = self.results.try_send(recognised);
    }
}

impl Fault {
    const fn name(&self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Status(_) => "status",
            Self::Garbage(_) => "garbage",
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Late => "late".to_owned(),
            Self::Status(status) => format!("{:?}: {}", status.code(), status.message()),
            Self::Garbage(what) => (*what).to_owned(),
        }
    }
}

/// What one message says; `None` for what is not final. Nothing of it is believed unseen.
fn result_of(answer: RecogniseResponse) -> Result<Option<RecognitionResult>, Fault> {
    match answer.result.ok_or(Fault::Garbage("an empty message"))? {
        recognise_response::Result::Partial(_) => Ok(None),
        recognise_response::Result::Rejected(rejected) => Ok(Some(RecognitionResult::Rejected {
            confidence: Confidence::new(rejected.confidence),
        })),
        recognise_response::Result::Final(said) => {
            if said.text.len() > TEXT_MAX_BYTES {
                return Err(Fault::Garbage("a text longer than any utterance"));
            }
            if !(0.0..=1.0).contains(&said.confidence) {
                return Err(Fault::Garbage("a confidence that is none"));
            }
            let text = said.text.split_whitespace().collect::<Vec<_>>().join(" ");
            Ok(Some(RecognitionResult::Final(Transcript {
                text: text.chars().filter(|c| !c.is_control()).collect(),
                confidence: Confidence::new(said.confidence),
                ..Transcript::default()
            })))
        }
    }
}

fn with_latency(result: RecognitionResult, ended: Instant) -> RecognitionResult {
    match result {
        RecognitionResult::Final(transcript) => RecognitionResult::Final(Transcript {
            latency_ms: ended.elapsed().as_secs_f32() * 1_000.0,
            ..transcript
        }),
        RecognitionResult::Partial { .. }
        | RecognitionResult::Rejected { .. }
        | RecognitionResult::Failed { .. } => result,
    }
}

/// As the contract has it: 2,000 characters, of at most 4 bytes.
const TEXT_MAX_BYTES: usize = 8_000;
