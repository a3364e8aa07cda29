//! What `hark calls` prints, from a store with one call in it.

use std::path::{Path, PathBuf};

use engine_core::call::record::{CallRecord, Heard, MediaStats, TurnLatency, TurnRecord, Versions};
use engine_core::conversation::confirm::{Confirmed, Readback, Verdict};
use engine_core::conversation::event::{Note, Outcome};
use engine_core::ids::{CallId, CustomerId, IdempotencyKey, OrderId, Sku, TurnId};
use engine_core::nlu::decision::{Decision, Evidence, ScoredIntent, Slot, SlotValue};
use engine_core::pii::Pii;
use engine_core::shop::{Fulfilment, OrderDraft, OrderLine};
use engine_core::speech::recognition::{RecogniserKind, Transcript};
use engine_core::units::{Confidence, Money};

use super::{CallbacksArgs, CallsArgs, CallsCommand, CallsError, Place, callbacks, calls};
use crate::store::calls::{CallMeta, Protocol};
use crate::store::orders::{Settlement, StoredPromise};
use crate::store::{Store, StoreConfig};

const CALL: &str = "0193f2ab-90cd";

fn confirmed() -> Confirmed<OrderDraft> {
    let line = OrderLine {
        sku: Sku::new("BEAN-HARBOR-DARK"),
        name: "Harbor dark roast".to_owned(),
        quantity: 2,
        options: vec![],
    };
    let draft = OrderDraft {
        customer: CustomerId::new("C0001"),
        lines: vec![line],
        fulfilment: Fulfilment::Delivery,
        delayed: vec![],
        voucher: None,
        address: None,
        day: None,
    };
    match Readback::new(draft).keyed('1') {
        Verdict::Confirmed(confirmed) => confirmed,
        Verdict::Rejected(_)
        | Verdict::More(..)
        | Verdict::InWords(..)
        | Verdict::SaidBack(..)
        | Verdict::Unclear(..) => {
            panic!("1 is yes")
        }
    }
}

fn turn() -> TurnRecord {
    let sure = Confidence::new;
    let intent = |name: &str, confidence| ScoredIntent {
        name: name.to_owned(),
        confidence: sure(confidence),
    };
    let evidence = |word: &str, weight| Evidence {
        word: word.to_owned(),
        weight,
    };
    TurnRecord {
        call: CallId::new(CALL),
        turn: TurnId(1),
        at_ms: 4_200,
        step: "reorder.confirm".to_owned(),
        heard: Heard::Speech {
            recogniser: RecogniserKind::Grammar,
            transcript: Transcript {
                text: "make it two".to_owned(),
                confidence: sure(0.91),
                ..Transcript::default()
            },
        },
        decision: Some(Decision {
            text: "make it two".to_owned(),
            intents: vec![intent("reorder", 0.88), intent("order_status", 0.05)],
            correction: true,
            slots: vec![Slot {
                name: "quantity".to_owned(),
                value: SlotValue::Number(2),
                span: "two".to_owned(),
                confidence: sure(0.9),
            }],
            confidence: sure(0.86),
            evidence: vec![evidence("make", 1.5), evidence("it", -0.25)],
            decided_by: "rule:correction".to_owned(),
            ..Decision::default()
        }),
        notes: vec![Note {
            choice: None,
            step: "reorder.confirm".to_owned(),
            what: "readback".to_owned(),
            why: "the quantity changed".to_owned(),
        }],
        said: vec!["Two bags of Harbor dark roast. Is that right?".to_owned()],
        latency: TurnLatency {
            endpoint_ms: Some(200),
            endpoint_reason: Some("quantity complete".to_owned()),
            recognition_ms: Some(60),
            action_ms: Some(12),
            reply_ms: Some(310),
            fillers: 0,
            early_hits: 0,
            early_misses: 0,
        },
    }
}

async fn store(folder: &tempfile::TempDir) -> (Store, PathBuf) {
    let config = StoreConfig {
        path: folder.path().join("hark.db"),
        ..StoreConfig::default()
    };
    let store = Store::open(&config).await.unwrap();
    let meta = CallMeta {
        call: CallId::new(CALL),
        caller: Pii::new("+15550100".to_owned()),
        dialled: "100".to_owned(),
        trunk: "lab".to_owned(),
        protocol: Protocol::Sip,
        recording: Some("data/recordings/c1.wav".to_owned()),
    };
    store.call_started(meta).unwrap();
    store.record_turn(turn()).unwrap();
    let key = IdempotencyKey::new("hark-1");
    store
        .put_order(&CallId::new(CALL), &confirmed(), &key, std::time::Duration::ZERO)
        .await
        .unwrap();
    let settlement = Settlement::Placed {
        order: OrderId::new("O1"),
        number: "482917".to_owned(),
        total: Money::from_minor(2_900),
        promise: StoredPromise::DeliveryDays(3),
    };
    store.settle_order(&key, &settlement).await.unwrap();
    let record = CallRecord {
        versions: Versions {
            policy: "confirmation@1f3c9a20".to_owned(),
            understanding: "intent-linear@1f3c".to_owned(),
            hearing: "telephone hub4wsj_sc_8k@5bd1e995".to_owned(),
        },
        call: CallId::new(CALL),
        outcome: Outcome::OrderPlaced,
        ended_by: "goodbye".to_owned(),
        duration_ms: 72_000,
        turns: 1,
        orders: vec![],
        barge_ins: 1,
        media: MediaStats {
            received_packets: 3_600,
            sent_packets: 3_590,
            jitter_ms: 0.31,
            ..MediaStats::default()
        },
        talk: "5bebcdb8cc39-90f1c2d3e4a5".to_owned(),
    };
    store.call_ended(record).unwrap();
    store.flush().await.unwrap();
    (store, config.path)
}

fn args(command: Option<CallsCommand>, json: bool, store: &Path) -> CallsArgs {
    CallsArgs {
        command,
        limit: 20,
        json,
        place: place(store),
    }
}

/// The database alone: the configuration folder need not exist.
fn place(store: &Path) -> Place {
    Place {
        config: PathBuf::from("/nowhere"),
        store: Some(store.to_owned()),
    }
}

async fn printed(args: CallsArgs) -> Result<String, CallsError> {
    let mut out = Vec::new();
    calls(&args, &mut out).await?;
    // The only thing that differs from run to run.
    let text = String::from_utf8(out).unwrap();
    Ok(text.lines().map(|line| without_date(line) + "\n").collect())
}

fn without_date(line: &str) -> String {
    match line
        .find("20")
        .filter(|at| line.get(at + 4..at + 5) == Some("-") && line.len() >= at + 19)
    {
        Some(at) => format!("{}DATE-AND-TIME{}", &line[..at], &line[at + 19..]),
        None => line.to_owned(),
    }
}

fn show(id: &str) -> Option<CallsCommand> {
    Some(CallsCommand::Show { id: id.to_owned() })
}

#[tokio::test]
async fn a_call_is_told_turn_by_turn() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, path) = store(&folder).await;
    let told = printed(args(show("last"), false, &path)).await.unwrap();
    insta::assert_snapshot!(told);
    for id in ["0193", "90cd", CALL] {
        assert_eq!(printed(args(show(id), false, &path)).await.unwrap(), told);
    }
    let none = printed(args(show("nope"), false, &path)).await;
    assert!(matches!(none, Err(CallsError::NoCall(_))), "{none:?}");
}

#[tokio::test]
async fn calls_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, path) = store(&folder).await;
    insta::assert_snapshot!(printed(args(None, false, &path)).await.unwrap());
}

#[tokio::test]
async fn json_has_the_same_story() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, path) = store(&folder).await;
    let mut out = Vec::new();
    calls(&args(show("last"), true, &path), &mut out).await.unwrap();
    let story: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(story["call"]["outcome"], "order_placed");
    assert_eq!(
        story["turns"][0]["decision"]["intents"][1]["name"],
        "order_status"
    );
    assert_eq!(story["orders"][0]["settlement"]["number"], "482917");
}

#[tokio::test]
async fn callbacks_are_masked_until_revealed_and_gone_when_done() {
    let folder = tempfile::tempdir().unwrap();
    let (store, path) = store(&folder).await;
    let meta = CallMeta {
        call: CallId::new("c2"),
        caller: Pii::new("+15557654321".to_owned()),
        dialled: "100".to_owned(),
        trunk: "lab".to_owned(),
        protocol: Protocol::Sip,
        recording: None,
    };
    store.call_started(meta).unwrap();
    store
        .request_callback(&CallId::new("c2"), "repair", "Wants the dark roast.")
        .await
        .unwrap();
    let ask = |reveal, done| CallbacksArgs {
        limit: 10,
        reveal,
        done,
        json: false,
        place: place(&path),
    };
    let print = async |args: CallbacksArgs| {
        let mut out = Vec::new();
        callbacks(&args, &mut out)
            .await
            .map(|()| String::from_utf8(out).unwrap())
    };
    let masked = print(ask(false, None)).await.unwrap();
    assert!(masked.contains("*21") && !masked.contains("7654321"), "{masked}");
    assert!(print(ask(true, None)).await.unwrap().contains("+15557654321"));
    assert!(print(ask(false, Some(1))).await.is_ok());
    assert!(matches!(
        print(ask(false, Some(1))).await,
        Err(CallsError::NoCallback(1))
    ));
    assert!(print(ask(true, None)).await.unwrap().contains("no number"));
    // The running program's open calls were left alone.
    assert_eq!(store.reader().calls_like("c2").await.unwrap()[0].outcome, None);
}
