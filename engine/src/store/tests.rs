//! The store on a real file: round trips, what a crash leaves, a full queue, and planted canaries.

use std::path::Path;
use std::time::Duration;

use engine_core::call::record::{CallRecord, Heard, MediaStats, TurnLatency, TurnRecord, Versions};
use engine_core::conversation::confirm::{Confirmed, Readback, Verdict};
use engine_core::conversation::event::{Note, Outcome};
use engine_core::ids::{CallId, CustomerId, IdempotencyKey, OrderId, TurnId};
use engine_core::nlu::decision::{Decision, Evidence, ScoredIntent, Slot, SlotValue};
use engine_core::pii::Pii;
use engine_core::shop::{Fulfilment, OrderDraft};
use engine_core::speech::recognition::{RecogniserKind, Transcript, WordScore};
use engine_core::units::{Confidence, Money};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tokio::time::{Instant, sleep};

use super::calls::{CallMeta, Protocol};
use super::orders::{Settlement, StoredPromise};
use super::{Reader, Store, StoreConfig, StoreError};

async fn open(folder: &Path) -> Store {
    Store::open(&config(folder)).await.unwrap()
}

fn config(folder: &Path) -> StoreConfig {
    StoreConfig {
        path: folder.join("hark.db"),
        ..StoreConfig::default()
    }
}

fn meta(call: &str, caller: &str) -> CallMeta {
    CallMeta {
        call: CallId::new(call),
        caller: Pii::new(caller.to_owned()),
        dialled: "100".to_owned(),
        trunk: "lab".to_owned(),
        protocol: Protocol::Sip,
        recording: Some("data/recordings/c1.wav".to_owned()),
    }
}

/// A turn in which the caller said this, and so did everybody else.
fn turn(call: &str, turn: u32, words: &str) -> TurnRecord {
    let spoken = words.split_whitespace();
    let word = |word: &str| WordScore {
        word: word.to_owned(),
        confidence: Confidence::new(0.9),
        start_ms: 0,
        end_ms: 100,
    };
    let evidence = |word: &str| Evidence {
        word: word.to_owned(),
        weight: 1.0,
    };
    TurnRecord {
        call: CallId::new(call),
        turn: TurnId(turn),
        at_ms: 1_000,
        step: "reorder.confirm".to_owned(),
        heard: Heard::Speech {
            recogniser: RecogniserKind::Grammar,
            transcript: Transcript {
                text: words.to_owned(),
                confidence: Confidence::new(0.9),
                words: spoken.clone().map(word).collect(),
                latency_ms: 12.0,
            },
        },
        decision: Some(Decision {
            text: words.to_owned(),
            intents: vec![ScoredIntent {
                name: "reorder".to_owned(),
                confidence: Confidence::new(0.8),
            }],
            slots: vec![Slot {
                name: "digits".to_owned(),
                value: SlotValue::Digits(words.to_owned()),
                span: words.to_owned(),
                confidence: Confidence::new(0.8),
            }],
            evidence: spoken.map(evidence).collect(),
            ..Decision::default()
        }),
        notes: vec![Note {
            choice: None,
            step: "s".to_owned(),
            what: "readback".to_owned(),
            why: words.to_owned(),
        }],
        said: vec![format!("You said {words}.")],
        latency: TurnLatency {
            reply_ms: Some(310),
            ..TurnLatency::default()
        },
    }
}

fn record(call: &str) -> CallRecord {
    CallRecord {
        versions: Versions::default(),
        call: CallId::new(call),
        outcome: Outcome::OrderPlaced,
        ended_by: "goodbye".to_owned(),
        duration_ms: 42_000,
        turns: 1,
        orders: vec![],
        barge_ins: 2,
        media: MediaStats {
            received_packets: 2_100,
            ..MediaStats::default()
        },
        talk: "5bebcdb8cc39-90f1c2d3e4a5".to_owned(),
    }
}

fn confirmed() -> Confirmed<OrderDraft> {
    let draft = OrderDraft {
        customer: CustomerId::new("C0001"),
        lines: vec![],
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

#[tokio::test]
async fn a_call_comes_back_as_it_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.call_started(meta("c1", "+15550100")).unwrap();
    store.record_turn(turn("c1", 1, "make it two")).unwrap();
    store.call_ended(record("c1")).unwrap();
    store.flush().await.unwrap();

    let calls = store.reader().calls(10).await.unwrap();
    assert_eq!(calls.len(), 1);
    assert_eq!(
        (calls[0].caller.as_str(), calls[0].outcome.as_deref()),
        ("*00", Some("order_placed"))
    );
    assert_eq!(
        (calls[0].duration_ms, calls[0].barge_ins),
        (Some(42_000), Some(2))
    );
    assert_eq!(calls[0].media.unwrap().received_packets, 2_100);
    assert_eq!(
        store.reader().turns("c1").await.unwrap(),
        vec![turn("c1", 1, "make it two")]
    );
    assert_eq!(store.reader().calls_like("c").await.unwrap(), calls);
    assert_eq!(store.reader().calls_like("%").await.unwrap(), vec![]);
}

#[tokio::test]
async fn no_canary_reaches_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let canaries = [
        "+15557654321",
        "5557654321",
        "4111 1111 1111 1111",
        "robin@canary.example",
    ];
    store.call_started(meta("c1", canaries[0])).unwrap();
    for (n, canary) in (1..).zip(canaries) {
        store
            .record_turn(turn("c1", n, &format!("it is {canary} thanks")))
            .unwrap();
    }
    store
        .record_turn(turn("c1", 9, "it is five five five seven six five four three"))
        .unwrap();
    let keys = Heard::Keys {
        digits: "4111111111111111".to_owned(),
    };
    store
        .record_turn(TurnRecord {
            heard: keys,
            decision: None,
            ..turn("c1", 10, "")
        })
        .unwrap();
    store
        .call_ended(CallRecord {
            ended_by: "5557654321 hung up".to_owned(),
            ..record("c1")
        })
        .unwrap();
    store.flush().await.unwrap();

    assert_eq!(store.reader().turns("c1").await.unwrap().len(), 6);
    let bytes = on_disk(folder.path());
    for canary in canaries
        .into_iter()
        .chain(["five five", "\"five\"", "4111111111111111", "7654321"])
    {
        assert!(!contains(&bytes, canary), "{canary} is on the disk");
    }
    assert!(contains(&bytes, "[email]") && contains(&bytes, "[card]") && contains(&bytes, "thanks"));
}

#[tokio::test]
async fn a_callback_keeps_the_number_until_it_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.call_started(meta("c1", "+15557654321")).unwrap();
    store
        .request_callback(&CallId::new("c1"), "repair", "Wants the dark roast.")
        .await
        .unwrap();
    let open = store.reader().callbacks(10).await.unwrap().remove(0);
    assert_eq!(
        open.phone.as_ref().map(|phone| phone.expose().as_str()),
        Some("+15557654321")
    );
    assert!(!format!("{open:?}").contains("7654321"));

    store.callback_done(open.id).await.unwrap();
    let done = store.reader().callbacks(10).await.unwrap().remove(0);
    assert_eq!((done.phone, done.done_ms.is_some()), (None, true));
    store.flush().await.unwrap();
    assert!(
        !contains(&on_disk(folder.path()), "5557654321"),
        "the number is still on the disk"
    );
}

#[tokio::test]
async fn an_open_order_keeps_its_callers_number_until_it_is_needed_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let key = IdempotencyKey::new;
    for (call, order, number) in [("c1", "k1", "+15557654321"), ("c2", "k2", "+15558765432")] {
        store.call_started(meta(call, number)).unwrap();
        let (order, call) = (key(order), CallId::new(call));
        store
            .put_order(&call, &confirmed(), &order, Duration::ZERO)
            .await
            .unwrap();
        store.call_ended(record(call.as_str())).unwrap();
    }
    store.flush().await.unwrap();
    assert!(contains(&on_disk(folder.path()), "5557654321"));

    // Placed: nobody need be rung.
    let placed = Settlement::Placed {
        order: OrderId::new("O1"),
        number: "482917".to_owned(),
        total: Money::from_minor(2_900),
        promise: StoredPromise::DeliveryDays(3),
    };
    store.settle_order(&key("k1"), &placed).await.unwrap();
    store.flush().await.unwrap();
    assert!(
        !contains(&on_disk(folder.path()), "5557654321"),
        "the number is still on the disk"
    );

    // Turned down, and the program stopped before it could tell anybody: the next start does.
    let refused = Settlement::Refused { why: "no".to_owned() };
    store.settle_order(&key("k2"), &refused).await.unwrap();
    assert_eq!(store.reader().callbacks(10).await.unwrap(), vec![]);
    for _ in 0..2 {
        store.expedite_orders().await.unwrap();
        let callbacks = store.reader().callbacks(10).await.unwrap();
        assert_eq!(callbacks.len(), 1);
        assert_eq!(
            callbacks[0].phone.as_ref().map(|phone| phone.expose().as_str()),
            Some("+15558765432")
        );
    }
}

#[tokio::test]
async fn a_refusal_that_the_caller_heard_leaves_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let key = IdempotencyKey::new("k1");
    store.call_started(meta("c1", "+15557654321")).unwrap();
    store
        .put_order(&CallId::new("c1"), &confirmed(), &key, Duration::ZERO)
        .await
        .unwrap();
    let refused = Settlement::Refused { why: "no".to_owned() };
    store.settle_order(&key, &refused).await.unwrap();
    store.order_heard(&key).await.unwrap();
    store.flush().await.unwrap();
    assert!(!contains(&on_disk(folder.path()), "5557654321"));
    store.expedite_orders().await.unwrap();
    assert_eq!(store.reader().callbacks(10).await.unwrap(), vec![]);
}

#[tokio::test]
async fn a_crash_leaves_no_call_without_an_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.call_started(meta("c1", "+15550100")).unwrap();
    store.flush().await.unwrap();
    assert_eq!(store.reader().calls(1).await.unwrap()[0].outcome, None);
    drop(store);
    let store = open(folder.path()).await;
    let call = store.reader().calls(1).await.unwrap().remove(0);
    assert_eq!(call.outcome.as_deref(), Some("failed"));
    assert!(call.ended_by.unwrap().contains("stopped"));
}

#[tokio::test]
async fn a_second_writer_is_refused_and_touches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.call_started(meta("c1", "+15550100")).unwrap();
    store.flush().await.unwrap();
    let error = Store::open(&config(folder.path())).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    let told = error.to_string();
    assert!(
        told.contains("hark.db.lock") && told.contains("--set store.path="),
        "{told}"
    );
    // The call goes on, and whoever only reads may.
    let reader = Reader::open(&folder.path().join("hark.db"), 1).await.unwrap();
    assert_eq!(reader.calls(1).await.unwrap()[0].outcome, None);
    store.call_ended(record("c1")).unwrap();
    store.flush().await.unwrap();
    assert_eq!(
        reader.calls(1).await.unwrap()[0].outcome.as_deref(),
        Some("order_placed")
    );
}

#[tokio::test]
async fn a_disk_that_does_not_keep_up_closes_admission_until_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreConfig {
        queue: 16,
        ..config(folder.path())
    })
    .await
    .unwrap();
    assert!(store.is_accepting());
    // Somebody else holds the database's only write lock.
    let options = SqliteConnectOptions::new().filename(folder.path().join("hark.db"));
    let mut other = options.connect().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let mut stored = 0;
    let refused = loop {
        match store.record_turn(turn("c1", stored, "yes")) {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
        tokio::task::yield_now().await;
    };
    assert!(matches!(refused, StoreError::Full), "{refused}");
    assert!(!store.is_accepting());

    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while !store.is_accepting() {
        assert!(Instant::now() < deadline, "admission never opened again");
        sleep(Duration::from_millis(10)).await;
    }
    store.flush().await.unwrap();
    assert_eq!(
        store.reader().turns("c1").await.unwrap().len(),
        usize::try_from(stored).unwrap()
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("hark.db"),
        "this is a shopping list, not a database\n".repeat(50),
    )
    .unwrap();
    let error = Store::open(&config(folder.path())).await.unwrap_err().to_string();
    assert!(
        error.contains("hark.db") && error.contains("[store] path"),
        "{error}"
    );
    assert!(Reader::open(&folder.path().join("missing.db"), 1).await.is_err());
}

/// Everything in the folder: the database, its log and its index.
fn on_disk(folder: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).unwrap();
    files
        .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
