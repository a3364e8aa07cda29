//! Against servers of every kind: a good one (our own, with random weights), one that hangs, lies, sends
//! garbage, dies, refuses, and none at all. The utterance always gets one answer, or a failure that says why.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use engine_core::audio::frame::Frame;
use engine_core::ids::UtteranceId;
use engine_core::nlu::grammar::Grammar;
use engine_core::speech::recognition::{RecogniseCommand, Recognised, RecogniserKind, RecognitionResult};
use engine_core::units::SampleRate;
use futures::Stream;
use proto::engine::v1 as wire;
use proto::engine::v1::recognise_request::Step;
use proto::engine::v1::recognise_response::Result as Answer;
use proto::engine::v1::speech_service_server::{SpeechService, SpeechServiceServer};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status, Streaming};

use super::lane::RemoteLane;
use super::serve::SpeechServer;
use super::*;
use crate::stt::random_whisper::{Layout, write};
use crate::stt::whisper::WhisperPool;
use crate::stt::whisper::lane::WhisperLane;
use crate::stt::{SttConfig, config::WhisperConfig};

/// How a scripted recogniser behaves once it has heard the end.
#[derive(Debug, Clone)]
enum Manner {
    Says(wire::RecogniseResponse),
    /// Says the phrases that it was given.
    SaysPhrases,
    Hangs,
    ClosesWithoutAWord,
    Refuses,
}

#[tonic::async_trait]
impl SpeechService for Manner {
    type RecogniseStream = Pin<Box<dyn Stream<Item = Result<wire::RecogniseResponse, Status>> + Send>>;

    async fn recognise(
        &self,
        request: Request<Streaming<wire::RecogniseRequest>>,
    ) -> Result<Response<Self::RecogniseStream>, Status> {
        if matches!(self, Self::Refuses) {
            return Err(Status::resource_exhausted("every seat is taken"));
        }
        let manner = self.clone();
        let mut steps = request.into_inner();
        let answers = futures::stream::once(async move {
            let mut phrases = Vec::new();
            while let Ok(Some(message)) = steps.message().await {
                match message.step {
                    Some(Step::Begin(begin)) => phrases = begin.phrases,
                    Some(Step::End(_)) => break,
                    _ => {}
                }
            }
            match manner {
                Self::Says(answer) => Some(Ok(answer)),
                Self::SaysPhrases => Some(Ok(answer_of(&phrases.join(" "), 0.9))),
                Self::Hangs => std::future::pending().await,
                Self::ClosesWithoutAWord | Self::Refuses => None,
            }
        });
        Ok(Response::new(Box::pin(futures::StreamExt::filter_map(
            answers,
            std::future::ready,
        ))))
    }
}

async fn open(manner: Manner) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tonic::transport::Server::builder().add_service(SpeechServiceServer::new(manner));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

fn says(text: &str, confidence: f32) -> Manner {
    Manner::Says(answer_of(text, confidence))
}

fn answer_of(text: &str, confidence: f32) -> wire::RecogniseResponse {
    let said = wire::Final {
        text: text.to_owned(),
        confidence,
    };
    wire::RecogniseResponse {
        result: Some(Answer::Final(said)),
    }
}

/// A line to the recogniser at `address`; `answer_ms` is generous where an answer must come in time.
struct Line {
    lane: RemoteLane,
    results: mpsc::Receiver<Recognised>,
}

impl Line {
    fn new(address: SocketAddr, answer_ms: u32, whisper: Option<Arc<WhisperPool>>) -> Self {
        let config = RemoteConfig {
            address: Some(format!("http://{address}")),
            answer_ms,
            breaker_failures: 2,
            breaker_pause_ms: 600_000,
            ..RemoteConfig::default()
        };
        let remote = RemoteRecogniser::connect(&config, "en").unwrap().unwrap();
        let (sender, results) = mpsc::channel(16);
        let fallback = Fallback::new(
            whisper.map(|pool| WhisperLane::new(pool, sender.clone(), Duration::from_secs(60))),
        );
        Self {
            lane: RemoteLane::new(remote, fallback, sender),
            results,
        }
    }

    /// Speaks for a second.
    fn speak(&mut self, utterance: UtteranceId) {
        let grammar = Arc::new(Grammar::open(vec!["Harbour dark roast".to_owned()]));
        let rate = SampleRate::Hz8000;
        self.lane.command(&RecogniseCommand::Begin {
            utterance,
            rate,
            grammar,
            line: Vec::new(),
        });
        for _ in 0..50 {
            let frame = Frame::from_samples(rate, &[500; 160]);
            self.lane.command(&RecogniseCommand::Audio { utterance, frame });
        }
    }

    async fn say(&mut self, utterance: u32) -> Recognised {
        let utterance = UtteranceId(utterance);
        self.speak(utterance);
        self.lane.command(&RecogniseCommand::Pause { utterance });
        self.lane.command(&RecogniseCommand::End { utterance });
        self.answer().await
    }

    async fn answer(&mut self) -> Recognised {
        tokio::time::timeout(LONG, self.results.recv())
            .await
            .expect("an answer before the test's deadline")
            .expect("the channel is open")
    }
}

/// A bound for a busy machine, not a measurement.
const LONG: Duration = Duration::from_secs(60);
const LONG_MS: u32 = 60_000;

fn whisper_file() -> (tempfile::TempDir, WhisperConfig) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ggml-random.bin");
    write(&file, Layout::Mini).unwrap();
    let config = WhisperConfig {
        model: Some(file),
        workers: 1,
        ..WhisperConfig::default()
    };
    (folder, config)
}

fn reason(answer: &Recognised) -> &str {
    match &answer.result {
        RecognitionResult::Failed { reason } => reason,
        RecognitionResult::Partial { .. }
        | RecognitionResult::Final(_)
        | RecognitionResult::Rejected { .. } => "",
    }
}

#[tokio::test]
async fn the_names_of_the_question_go_along() {
    let mut line = Line::new(open(Manner::SaysPhrases).await, LONG_MS, None);
    let answer = line.say(1).await;
    assert!(
        matches!(&answer.result, RecognitionResult::Final(said) if said.text == "Harbour dark roast"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn words_come_back_as_they_were_said() {
    let mut line = Line::new(open(says("  two bags\nof harbor ", 0.8)).await, LONG_MS, None);
    let answer = line.say(1).await;
    assert_eq!(
        (answer.utterance, answer.recogniser),
        (UtteranceId(1), RecogniserKind::Remote)
    );
    let RecognitionResult::Final(said) = answer.result else {
        panic!("{answer:?}");
    };
    assert_eq!(said.text, "two bags of harbor");
    assert!((said.confidence.get() - 0.8).abs() < 1e-6);
}

#[tokio::test]
async fn lies_and_garbage_are_no_answer() {
    let empty = Manner::Says(wire::RecogniseResponse { result: None });
    for (manner, why) in [
        (says("yes", 7.0), "a confidence that is none"),
        (says("yes", f32::NAN), "a confidence that is none"),
        (
            says(&"yes ".repeat(5_000), 0.9),
            "a text longer than any utterance",
        ),
        (says(&"yes ".repeat(50_000), 0.9), "OutOfRange"),
        (empty, "an empty message"),
        (Manner::ClosesWithoutAWord, "the stream ended without a result"),
        (Manner::Refuses, "every seat is taken"),
    ] {
        let mut line = Line::new(open(manner).await, LONG_MS, None);
        let answer = line.say(1).await;
        assert!(reason(&answer).contains(why), "{why}: {answer:?}");
    }
}

#[tokio::test]
async fn one_that_hangs_costs_its_deadline_and_soon_nothing() {
    let mut line = Line::new(open(Manner::Hangs).await, 50, None);
    for utterance in 1..=2 {
        assert_eq!(reason(&line.say(utterance).await), "late");
    }
    assert_eq!(reason(&line.say(3).await), "the remote recogniser is away");
}

#[tokio::test]
async fn where_nobody_listens_the_utterance_fails() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let mut line = Line::new(closed, LONG_MS, None);
    assert!(reason(&line.say(1).await).starts_with("Unavailable"));
}

#[tokio::test]
async fn one_that_speaks_no_grpc_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            use tokio::io::AsyncWriteExt;
            let _ = socket.write_all(b"220 mail.example ESMTP\r\n").await;
        }
    });
    let mut line = Line::new(address, LONG_MS, None);
    assert_ne!(reason(&line.say(1).await), "");
}

#[tokio::test]
async fn the_local_whisper_answers_for_it() {
    let (_folder, config) = whisper_file();
    let file = config.model.clone().unwrap();
    let pool = Arc::new(WhisperPool::start(&config, &file).unwrap());
    let mut line = Line::new(open(Manner::Hangs).await, 50, Some(pool));
    for utterance in 1..=3 {
        let answer = line.say(utterance).await;
        assert_eq!(
            (answer.utterance, answer.recogniser),
            (UtteranceId(utterance), RecogniserKind::Whisper)
        );
    }
}

#[tokio::test]
async fn a_cancelled_utterance_gets_no_answer_and_the_next_one_does() {
    let mut line = Line::new(open(says("yes", 0.9)).await, LONG_MS, None);
    let first = UtteranceId(1);
    line.speak(first);
    line.lane.command(&RecogniseCommand::Cancel { utterance: first });
    assert_eq!(line.say(2).await.utterance, UtteranceId(2));
    assert!(line.results.try_recv().is_err());
}

/// Our own server, from a file of random weights: what it says is nonsense, that it says it once is not.
#[tokio::test]
async fn hark_serves_what_hark_asks() {
    let (_folder, whisper) = whisper_file();
    let config = SttConfig {
        whisper,
        ..SttConfig::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = SpeechServer::load(&config).unwrap();
    tokio::spawn(server.serve(listener, std::future::pending()));
    let mut line = Line::new(address, LONG_MS, None);
    for utterance in 1..=2 {
        let answer = line.say(utterance).await;
        assert_eq!(
            (answer.utterance, answer.recogniser),
            (UtteranceId(utterance), RecogniserKind::Remote)
        );
        assert_eq!(reason(&answer), "");
    }

    let mut client = speech_service_client::connect(address).await;
    for (steps, why) in [
        (vec![Step::End(wire::End {})], "the first message must be Begin"),
        (vec![begin(44_100)], "sample_rate_hz is 44100"),
        (vec![begin(8_000), begin(8_000)], "Begin came twice"),
        (vec![begin(8_000), sound(3)], "an odd number of bytes"),
        (
            [begin(8_000)]
                .into_iter()
                .chain((0..16).map(|_| sound(16_000)))
                .collect(),
            "at most 15 s",
        ),
    ] {
        let steps = steps
            .into_iter()
            .map(|step| wire::RecogniseRequest { step: Some(step) });
        let mut answers = client
            .recognise(futures::stream::iter(steps.collect::<Vec<_>>()))
            .await
            .unwrap()
            .into_inner();
        let status = answers.message().await.expect_err(why);
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().contains(why), "{why}: {status}");
    }
}

fn begin(sample_rate_hz: u32) -> Step {
    Step::Begin(wire::Begin {
        sample_rate_hz,
        ..wire::Begin::default()
    })
}

fn sound(bytes: usize) -> Step {
    Step::Audio(wire::Audio {
        samples: vec![0; bytes],
    })
}

mod speech_service_client {
    use std::net::SocketAddr;

    use proto::engine::v1::speech_service_client::SpeechServiceClient;
    use tonic::transport::Channel;

    pub(super) async fn connect(address: SocketAddr) -> SpeechServiceClient<Channel> {
        SpeechServiceClient::connect(format!("http://{address}"))
            .await
            .unwrap()
    }
}
