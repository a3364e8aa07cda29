//! Turns: what was heard, how sure, what was decided and why, what was said, and where the time went.

use engine_core::call::record::TurnRecord;
use engine_core::ids::{CallId, TurnId};
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
