//! `hark stt-serve`: a Whisper file on the network for other Harks, by `engine/v1/speech.proto`.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use engine_core::audio::frame::Frame;
use engine_core::ids::UtteranceId;
use engine_core::limits::UTTERANCE_MAX;
use engine_core::nlu::grammar::{Grammar, PHRASES_MAX};
use engine_core::speech::recognition::{RecogniseCommand, Recognised, RecognitionResult};
use engine_core::units::SampleRate;
use proto::FILE_DESCRIPTOR_SET;
use proto::engine::v1::recognise_request::Step;
use proto::engine::v1::recognise_response::Result as Answer;
use proto::engine::v1::speech_service_server::{SpeechService, SpeechServiceServer};
use proto::engine::v1::{self as wire, RecogniseRequest, RecogniseResponse};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tokio_util::task::TaskTracker;
use tonic::{Request, Response, Status, Streaming};

use super::MESSAGE_MAX_BYTES;
use crate::stt::whisper::lane::WhisperLane;
use crate::stt::whisper::{self, WhisperPool};
use crate::stt::{ModelInfo, SttConfig, SttStartError};

/// Whisper for others. Clones share its workers.
#[derive(Debug, Clone)]
pub struct SpeechServer {
    pool: Arc<WhisperPool>,
    model: Arc<ModelInfo>,
    /// One for each utterance that may be under way.
    places: Arc<Semaphore>,
    utterances: TaskTracker,
}

/// Why nothing is served.
#[derive(Debug, Error)]
pub enum ServeError {
    #[error(transparent)]
    Start(#[from] SttStartError),
    #[error(
        "no Whisper file to serve: set `model` in [hearing.whisper] of sip-config/engine.toml, or put a ggml-*.bin where HARK_MODELS points"
    )]
    NoModel,
    #[error("--listen {listen}: {source}; choose another address or port")]
    Listen {
        listen: SocketAddr,
        source: std::io::Error,
    },
    #[error("gRPC: {0}")]
    Transport(#[from] tonic::transport::Error),
    #[error("gRPC reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

impl SpeechServer {
    /// Loads the Whisper file that `serve` would use here.
    pub fn load(config: &SttConfig) -> Result<Self, ServeError> {
        let file = whisper::find_model(config)?.ok_or(ServeError::NoModel)?;
        let pool = WhisperPool::start(&config.whisper, &file)?;
        Ok(Self {
            pool: Arc::new(pool),
            model: Arc::new(whisper::info(&file)),
            places: Arc::new(Semaphore::new(UTTERANCES_MAX)),
            utterances: TaskTracker::new(),
        })
    }

    pub fn model(&self) -> &ModelInfo {
        &self.model
    }

    /// A socket to serve on.
    pub async fn listen(listen: SocketAddr) -> Result<TcpListener, ServeError> {
        let refused = |source| ServeError::Listen { listen, source };
        TcpListener::bind(listen).await.map_err(refused)
    }

    /// Serves, with health and reflection, until `stop` is done and the utterances under way are answered.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        let (reporter, health) = tonic_health::server::health_reporter();
        reporter.set_serving::<SpeechServiceServer<Self>>().await;
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
        let utterances = self.utterances.clone();
        tonic::transport::Server::builder()
            .add_service(health)
            .add_service(reflection.build_v1()?)
            .add_service(SpeechServiceServer::new(self).max_decoding_message_size(MESSAGE_MAX_BYTES))
            .serve_with_incoming_shutdown(TcpListenerStream::new(listener), stop)
            .await?;
        utterances.close();
        utterances.wait().await;
        Ok(())
    }
}

#[tonic::async_trait]
impl SpeechService for SpeechServer {
    type RecogniseStream = ReceiverStream<Result<RecogniseResponse, Status>>;

    async fn recognise(
        &self,
        request: Request<Streaming<RecogniseRequest>>,
    ) -> Result<Response<Self::RecogniseStream>, Status> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Status::resource_exhausted(format!("{UTTERANCES_MAX} utterances are under way")))?;
        let (answers, stream) = mpsc::channel(ANSWERS);
        let pool = Arc::clone(&self.pool);
        self.utterances.spawn(async move {
            let _place = place;
            let answer = tokio::select! {
                answer = hear(pool, request.into_inner()) => answer,
                // The client has gone: dropping its lane stops the decoding.
                () = answers.closed() => return,
            };
            if let Some(answer) = answer.transpose() {
                // Gone in the last moment: nobody wants it.
                let _ = answers.send(answer).await;
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// Hears one utterance; `None` when the client closed the stream before its end.
async fn hear(
    pool: Arc<WhisperPool>,
    mut steps: Streaming<RecogniseRequest>,
) -> Result<Option<RecogniseResponse>, Status> {
    let (sender, mut results) = mpsc::channel(ANSWERS);
    let mut lane = WhisperLane::new(pool, sender, DECODE_MAX);
    let Some(first) = next(&mut steps).await? else {
        return Ok(None);
    };
    let Step::Begin(begin) = first else {
        return Err(Status::invalid_argument("the first message must be Begin"));
    };
    let mut sound = Sound::begin(&mut lane, &begin)?;
    loop {
        match next(&mut steps).await? {
            None => return Ok(None),
            Some(Step::Begin(_)) => {
                return Err(Status::invalid_argument(
                    "one utterance a stream: Begin came twice",
                ));
            }
            Some(Step::Audio(audio)) => sound.push(&mut lane, &audio.samples)?,
            Some(Step::Pause(_)) => lane.command(&RecogniseCommand::Pause { utterance: UTTERANCE }),
            Some(Step::Resume(_)) => lane.command(&RecogniseCommand::Resume { utterance: UTTERANCE }),
            Some(Step::End(_)) => break,
        }
    }
    sound.finish(&mut lane);
    lane.command(&RecogniseCommand::End { utterance: UTTERANCE });
    let recognised = timeout(DECODE_MAX, results.recv()).await;
    answer_of(recognised.ok().flatten()).map(Some)
}

async fn next(steps: &mut Streaming<RecogniseRequest>) -> Result<Option<Step>, Status> {
    let message = timeout(IDLE_MAX, steps.message())
        .await
        .map_err(|_| Status::deadline_exceeded(format!("nothing was sent for {} s", IDLE_MAX.as_secs())))??;
    message
        .map(|request| {
            request
                .step
                .ok_or_else(|| Status::invalid_argument("an empty message"))
        })
        .transpose()
}

fn answer_of(recognised: Option<Recognised>) -> Result<RecogniseResponse, Status> {
    let result = match recognised.map(|recognised| recognised.result) {
        Some(RecognitionResult::Final(transcript)) => Answer::Final(wire::Final {
            text: transcript.text,
            confidence: transcript.confidence.get(),
        }),
        Some(RecognitionResult::Rejected { confidence }) => Answer::Rejected(wire::Rejected {
            confidence: confidence.get(),
        }),
        Some(RecognitionResult::Failed { reason }) => return Err(Status::resource_exhausted(reason)),
        Some(RecognitionResult::Partial { .. }) | None => {
            return Err(Status::deadline_exceeded("not decoded in time"));
        }
    };
    Ok(RecogniseResponse { result: Some(result) })
}

/// The samples of a stream on their way into frames.
#[derive(Debug)]
struct Sound {
    rate: SampleRate,
    waiting: Vec<i16>,
    heard: Duration,
}

impl Sound {
    fn begin(lane: &mut WhisperLane, begin: &wire::Begin) -> Result<Self, Status> {
        let rate = match begin.sample_rate_hz {
            8_000 => SampleRate::Hz8000,
            16_000 => SampleRate::Hz16000,
            other => {
                return Err(Status::invalid_argument(format!(
                    "sample_rate_hz is {other}: 8000 and 16000 are heard here"
                )));
            }
        };
        if begin.phrases.len() > PHRASES_MAX {
            return Err(Status::invalid_argument(format!(
                "phrases: {} are more than {PHRASES_MAX}",
                begin.phrases.len()
            )));
        }
        let grammar = Arc::new(Grammar::open(begin.phrases.clone()));
        lane.command(&RecogniseCommand::Begin {
            utterance: UTTERANCE,
            rate,
            grammar,
            line: Vec::new(),
        });
        Ok(Self {
            rate,
            waiting: Vec::new(),
            heard: Duration::ZERO,
        })
    }

    fn push(&mut self, lane: &mut WhisperLane, samples: &[u8]) -> Result<(), Status> {
        let (pairs, odd) = samples.as_chunks::<2>();
        if !odd.is_empty() {
            return Err(Status::invalid_argument(
                "samples: an odd number of bytes is not 16-bit sound",
            ));
        }
        self.heard += Duration::from_secs_f64(pairs.len() as f64 / f64::from(self.rate.hz()));
        if self.heard > UTTERANCE_MAX {
            return Err(Status::invalid_argument(format!(
                "an utterance is at most {} s long",
                UTTERANCE_MAX.as_secs()
            )));
        }
        self.waiting
            .extend(pairs.iter().map(|pair| i16::from_le_bytes(*pair)));
        while self.waiting.len() >= self.rate.frame_samples() {
            let frame: Vec<i16> = self.waiting.drain(..self.rate.frame_samples()).collect();
            self.give(lane, &frame);
        }
        Ok(())
    }

    fn finish(&mut self, lane: &mut WhisperLane) {
        let rest = std::mem::take(&mut self.waiting);
        if !rest.is_empty() {
            self.give(lane, &rest);
        }
    }

    fn give(&self, lane: &mut WhisperLane, samples: &[i16]) {
        lane.command(&RecogniseCommand::Audio {
            utterance: UTTERANCE,
            frame: Frame::from_samples(self.rate, samples),
        });
    }
}

/// A stream has one.
const UTTERANCE: UtteranceId = UtteranceId(1);

/// Utterances under way at once: they cost memory until their end, and only then a worker.
const UTTERANCES_MAX: usize = 256;

/// Answers of a stream that may wait for the network; there is one.
const ANSWERS: usize = 4;

/// A client sends sound as it comes, which is every 20 ms.
const IDLE_MAX: Duration = Duration::from_secs(10);

/// The client has its own, shorter deadline; this one frees the place of a client without one.
const DECODE_MAX: Duration = Duration::from_secs(30);
