use std::path::{Path, PathBuf};

use engine_core::call::record::{Heard, TurnLatency, TurnRecord};
use engine_core::conversation::event::Note;
use engine_core::ids::{CallId, TurnId};
use engine_core::nlu::decision::{Decision, ScoredIntent};
use engine_core::pii::Pii;
use engine_core::speech::recognition::{RecogniserKind, Transcript};
use engine_core::units::Confidence;

use super::*;
use crate::store::calls::{CallMeta, Protocol};
use crate::store::{Store, StoreConfig};

fn turn(number: u32, words: &str, sure: f32, note: &str) -> TurnRecord {
    TurnRecord {
        call: CallId::new("c1"),
        turn: TurnId(number),
        at_ms: 61_000,
        step: "main.how".to_owned(),
        heard: Heard::Speech {
            recogniser: RecogniserKind::Grammar,
            transcript: Transcript {
                text: words.to_owned(),
                ..Transcript::default()
            },
        },
        decision: Some(Decision {
            intents: vec![ScoredIntent {
                name: "reorder".to_owned(),
                confidence: Confidence::new(sure),
            }],
            confidence: Confidence::new(sure),
            decided_by: "intent-linear@1f3c".to_owned(),
            ..Decision::default()
        }),
        notes: vec![Note {
            choice: None,
            step: "main.how".to_owned(),
            what: note.to_owned(),
            why: String::new(),
        }],
        said: Vec::new(),
        latency: TurnLatency::default(),
    }
}

/// A store with one call of three turns, two of which are worth a look.
async fn store(folder: &tempfile::TempDir) -> PathBuf {
    let config = StoreConfig {
        path: folder.path().join("hark.db"),
        ..StoreConfig::default()
    };
    let store = Store::open(&config).await.unwrap();
    store
        .call_started(CallMeta {
            call: CallId::new("c1"),
            caller: Pii::new("+15550100".to_owned()),
            dialled: "100".to_owned(),
            trunk: "lab".to_owned(),
            protocol: Protocol::Sip,
            recording: Some("var/c1.wav".to_owned()),
        })
        .unwrap();
    store
        .record_turn(turn(1, "reorder please", 0.95, "answered"))
        .unwrap();
    store
        .record_turn(turn(2, "my number is 5550100 do you have mugs", 0.4, "reprompt"))
        .unwrap();
    store
        .record_turn(turn(3, "the bean thing again", 0.9, "gave_up"))
        .unwrap();
    store.flush().await.unwrap();
    config.path
}

fn args(path: &Path, command: ReviewCommand) -> ReviewArgs {
    ReviewArgs {
        command,
        place: Place::of_store(path),
    }
}

async fn told(path: &Path, command: ReviewCommand) -> anyhow::Result<String> {
    let mut out = Vec::new();
    review(&args(path, command), &mut out).await?;
    Ok(String::from_utf8(out)?)
}

fn listing(all: bool) -> ReviewCommand {
    ReviewCommand::List {
        all,
        limit: 10,
        json: false,
    }
}

fn labelling(id: i64, intent: &str) -> ReviewCommand {
    ReviewCommand::Label {
        id,
        intent: intent.to_owned(),
        models: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../models")),
    }
}

#[tokio::test]
async fn doubtful_utterances_wait_with_their_sound_and_without_personal_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = store(&folder).await;
    let list = told(&path, listing(false)).await.unwrap();
    assert!(list.contains("unsure, repaired"), "{list}");
    assert!(list.contains("escalated"), "{list}");
    assert!(list.contains("var/c1.wav at 1:01"), "{list}");
    assert!(list.contains("by intent-linear@1f3c"), "{list}");
    assert!(
        !list.contains("reorder please") && !list.contains("5550100"),
        "{list}"
    );
}

#[tokio::test]
async fn a_label_takes_it_off_the_list_and_into_training() {
    let folder = tempfile::tempdir().unwrap();
    let path = store(&folder).await;
    told(&path, labelling(1, "late_order")).await.unwrap();
    told(&path, labelling(1, "product_question")).await.unwrap();
    told(&path, labelling(2, "-")).await.unwrap();
    assert_eq!(told(&path, listing(false)).await.unwrap(), "nothing to review\n");
    let all = told(&path, listing(true)).await.unwrap();
    assert!(all.contains("labelled product_question"), "{all}");
    let table = tokio::task::spawn_blocking(move || labelled(&path))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        table,
        "text\tintent\tsource\nmy number is [number] do you have mugs\tproduct_question\treview/1\n"
    );
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = store(&folder).await;
    let error = told(&path, labelling(1, "reoder")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no intent \"reoder\"; did you mean \"reorder\"?"
    );
    let error = told(&path, labelling(77, "reorder")).await.unwrap_err();
    assert!(error.to_string().starts_with("no review 77"), "{error}");
}
