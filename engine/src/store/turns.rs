//! Turns: what was heard, how sure, what was decided and why, what was said, and where the time went.

use engine_core::call::record::{Heard, TurnRecord};
use engine_core::ids::{CallId, TurnId};
use engine_core::nlu::decision::{Decision, SlotValue};
use engine_core::redact::redact;
use engine_core::speech::recognition::Transcript;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{Reader, StoreError};

impl Reader {
    /// A call's turns in order.
    pub async fn turns(&self, call: &str) -> Result<Vec<TurnRecord>, StoreError> {
        let rows = sqlx::query("SELECT * FROM turns WHERE call_id = ? ORDER BY turn")
            .bind(call)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(turn_row).collect()
    }
}

pub(super) async fn insert(connection: &mut SqliteConnection, turn: &TurnRecord) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO turns (call_id, turn, at_ms, step, heard, decision, notes, said, latency)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(turn.call.as_str())
    .bind(turn.turn.0)
    .bind(turn.at_ms)
    .bind(&turn.step)
    .bind(json(&turn.heard)?)
    .bind(turn.decision.as_ref().map(json).transpose()?)
    .bind(json(&turn.notes)?)
    .bind(json(&turn.said)?)
    .bind(json(&turn.latency)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// The turn without personal data in any of its texts. Whoever writes a turn redacts it already; this
/// is the second lock on the same door.
pub(super) fn redacted(turn: TurnRecord) -> TurnRecord {
    let mut turn = turn;
    match &mut turn.heard {
        Heard::Speech { transcript, .. } => redact_transcript(transcript),
        Heard::Keys { digits } => *digits = redact(digits),
        Heard::Nothing | Heard::Silence | Heard::Unrecognised => {}
    }
    if let Some(decision) = &mut turn.decision {
        redact_decision(decision);
    }
    for note in &mut turn.notes {
        note.why = redact(&note.why);
    }
    for sentence in &mut turn.said {
        *sentence = redact(sentence);
    }
    turn
}

fn redact_transcript(transcript: &mut Transcript) {
    let text = redact(&transcript.text);
    if text != transcript.text {
        // Word by word the number would still be there.
        transcript.words.clear();
        transcript.text = text;
    }
}

fn redact_decision(decision: &mut Decision) {
    let text = redact(&decision.text);
    if text != decision.text {
        let kept: Vec<&str> = text.split_whitespace().collect();
        decision
            .evidence
            .retain(|evidence| kept.contains(&evidence.word.as_str()));
        decision.text = text;
    }
    for slot in &mut decision.slots {
        slot.span = redact(&slot.span);
        match &mut slot.value {
            SlotValue::Text(text) | SlotValue::Digits(text) => *text = redact(text),
            SlotValue::Number(_) => {}
        }
    }
}

fn turn_row(row: &SqliteRow) -> Result<TurnRecord, StoreError> {
    let call: String = row.try_get("call_id")?;
    let turn: u32 = row.try_get("turn")?;
    let what = |column: &str| format!("call {call}, turn {turn}, {column}");
    let decision: Option<String> = row.try_get("decision")?;
    Ok(TurnRecord {
        turn: TurnId(turn),
        at_ms: row.try_get("at_ms")?,
        step: row.try_get("step")?,
        heard: parsed(row.try_get("heard")?, what("heard"))?,
        decision: decision.map(|text| parsed(text, what("decision"))).transpose()?,
        notes: parsed(row.try_get("notes")?, what("notes"))?,
        said: parsed(row.try_get("said")?, what("said"))?,
        latency: parsed(row.try_get("latency")?, what("latency"))?,
        call: CallId::new(call.clone()),
    })
}

pub(super) fn json(value: &impl Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

pub(super) fn parsed<T: DeserializeOwned>(text: String, what: String) -> Result<T, StoreError> {
    serde_json::from_str(&text).map_err(|error| StoreError::damaged(what, error))
}
