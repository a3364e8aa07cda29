//! Loading, decoding, cancelling and overload with a file of random weights in the exact layout.

use std::time::{Duration, Instant};

use engine_core::audio::frame::Frame;
use engine_core::ids::UtteranceId;
use engine_core::nlu::grammar::Grammar;
use engine_core::speech::recognition::{RecogniseCommand, Recognised, RecognitionResult};
use engine_core::units::SampleRate;
use tokio::sync::mpsc;

use super::lane::WhisperLane;
use super::*;
use crate::stt::random_whisper::{Layout, write};

fn pool(workers: usize, queue_max: usize) -> (Arc<WhisperPool>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ggml-random.bin");
    write(&file, Layout::Mini).unwrap();
    let config = WhisperConfig {
        model: None,
        workers,
        queue_max,
        language: "en".to_owned(),
    };
    (Arc::new(WhisperPool::start(&config, &file).unwrap()), folder)
}

fn begin(lane: &mut WhisperLane, utterance: UtteranceId, seconds: usize) {
    let grammar = Arc::new(Grammar::open(vec!["Harbour dark roast".to_owned()]));
    lane.command(&RecogniseCommand::Begin {
        utterance,
        rate: SampleRate::Hz8000,
        grammar,
        line: Vec::new(),
    });
    speak(lane, utterance, seconds);
}

fn speak(lane: &mut WhisperLane, utterance: UtteranceId, seconds: usize) {
    for n in 0..seconds * 50 {
        let wave = |i: usize| (((n * 160 + i) as f32 * 0.3).sin() * 6_000.0) as i16;
        let samples: Vec<i16> = (0..160).map(wave).collect();
        let frame = Frame::from_samples(SampleRate::Hz8000, &samples);
        lane.command(&RecogniseCommand::Audio { utterance, frame });
    }
}

/// The next result, or `None` when none comes within the deadline.
fn next(results: &mut mpsc::Receiver<Recognised>, deadline: Duration) -> Option<Recognised> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(deadline, results.recv())
            .await
            .ok()
            .flatten()
    })
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn answers_an_ended_utterance_once_whether_it_speculated_or_not() {
    let (pool, _folder) = pool(1, 4);
    let (sender, mut results) = mpsc::channel(8);
    let mut lane = WhisperLane::new(pool, sender, LONG);
    for (number, pause) in [(1, false), (2, true)] {
        let utterance = UtteranceId(number);
        begin(&mut lane, utterance, 1);
        if pause {
            lane.command(&RecogniseCommand::Pause { utterance });
        }
        lane.command(&RecogniseCommand::End { utterance });
        let answer = next(&mut results, LONG).expect("an answer");
        assert_eq!(
            (answer.utterance, answer.recogniser),
            (utterance, RecogniserKind::Whisper)
        );
        match answer.result {
            RecognitionResult::Final(_) | RecognitionResult::Rejected { .. } => {}
            RecognitionResult::Partial { .. } | RecognitionResult::Failed { .. } => {
                panic!("{:?}", answer.result)
            }
        }
    }
    assert!(results.try_recv().is_err());
}

#[test]
fn a_cancelled_utterance_gives_nothing_and_frees_its_worker() {
    let (pool, _folder) = pool(1, 4);
    let (sender, mut results) = mpsc::channel(8);
    let mut lane = WhisperLane::new(pool, sender, LONG);
    let (first, second) = (UtteranceId(1), UtteranceId(2));
    begin(&mut lane, first, 10);
    lane.command(&RecogniseCommand::End { utterance: first });
    lane.command(&RecogniseCommand::Cancel { utterance: first });
    begin(&mut lane, second, 1);
    lane.command(&RecogniseCommand::Pause { utterance: second });
    lane.command(&RecogniseCommand::Resume { utterance: second });
    lane.command(&RecogniseCommand::End { utterance: second });
    assert_eq!(
        next(&mut results, LONG).map(|answer| answer.utterance),
        Some(second)
    );
}

#[test]
fn a_full_queue_fails_the_utterance_at_once() {
    let (pool, _folder) = pool(1, 1);
    let (sender, mut results) = mpsc::channel(64);
    let mut lanes: Vec<WhisperLane> = (0..4)
        .map(|_| WhisperLane::new(Arc::clone(&pool), sender.clone(), LONG))
        .collect();
    for (number, lane) in lanes.iter_mut().enumerate() {
        let utterance = UtteranceId(u32::try_from(number).unwrap());
        begin(lane, utterance, 10);
        lane.command(&RecogniseCommand::End { utterance });
    }
    // One decodes, one waits: of four, at least one finds no place.
    let began = Instant::now();
    let overloaded = |answer: &Recognised| matches!(&answer.result, RecognitionResult::Failed { reason } if reason == "overloaded");
    let mut answers = Vec::new();
    while !answers.iter().any(overloaded) && began.elapsed() < LONG {
        answers.extend(next(&mut results, LONG));
    }
    assert!(answers.iter().any(overloaded), "{answers:?}");
}

#[test]
fn a_file_that_is_no_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ggml-broken.bin");
    std::fs::write(&file, b"not a model").unwrap();
    let error = WhisperPool::start(&WhisperConfig::default(), &file)
        .unwrap_err()
        .to_string();
    assert!(error.contains("ggml-broken.bin"), "{error}");
}

#[test]
fn a_long_utterance_with_pauses_is_answered_once() {
    let (pool, _folder) = pool(1, 4);
    let (sender, mut results) = mpsc::channel(8);
    let mut lane = WhisperLane::new(pool, sender, LONG);
    let utterance = UtteranceId(1);
    begin(&mut lane, utterance, 3);
    for _ in 0..3 {
        lane.command(&RecogniseCommand::Pause { utterance });
        lane.command(&RecogniseCommand::Resume { utterance });
        speak(&mut lane, utterance, 1);
    }
    lane.command(&RecogniseCommand::End { utterance });
    let answer = next(&mut results, LONG).expect("an answer");
    assert!(
        matches!(
            answer.result,
            RecognitionResult::Final(_) | RecognitionResult::Rejected { .. }
        ),
        "{answer:?}"
    );
    assert!(next(&mut results, Duration::from_millis(200)).is_none());
}
