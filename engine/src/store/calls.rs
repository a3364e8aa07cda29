//! Calls: one row each, from answer to outcome.

use engine_core::call::record::{CallRecord, MediaStats, Versions};
use engine_core::ids::CallId;
use engine_core::pii::Pii;
use engine_core::redact::{mask_number, redact};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{Reader, StoreError, now_ms};

/// What is known of a call when it is answered.
#[derive(Debug, Clone)]
pub struct CallMeta {
    pub call: CallId,
    /// As the network gave it. Only its last two digits are stored.
    pub caller: Pii<String>,
    /// Our number, as dialled.
    pub dialled: String,
    /// The trunk's name in `trunks.toml`; "browser" for a call from a page.
    pub trunk: String,
    pub protocol: Protocol,
    /// Path of the stereo WAV, when the call is recorded.
    pub recording: Option<String>,
}

/// How the caller came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Sip,
    Browser,
}

impl Protocol {
    const fn name(self) -> &'static str {
        match self {
            Self::Sip => "sip",
            Self::Browser => "browser",
        }
    }
}

/// A call as stored. The fields of its end are `None` while it goes on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallRow {
    pub id: String,
    /// Milliseconds since 1970, UTC.
    pub started_ms: i64,
    /// "*00"
    pub caller: String,
    pub dialled: String,
    pub trunk: String,
    pub protocol: String,
    pub recording: Option<String>,
    pub ended_ms: Option<i64>,
    pub duration_ms: Option<i64>,
    pub outcome: Option<String>,
    pub ended_by: Option<String>,
    pub turns: Option<i64>,
    pub barge_ins: Option<i64>,
    pub media: Option<MediaStats>,
    /// The version of flows and wording that the call had.
    pub talk: Option<String>,
    /// `None` while the call goes on, and for calls of older versions.
    pub versions: Option<Versions>,
}

impl Reader {
    /// The newest first, at most `limit`.
    pub async fn calls(&self, limit: u32) -> Result<Vec<CallRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM calls ORDER BY started_ms DESC, id DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(call_row).collect()
    }

    /// The calls whose id begins or ends so; at most two, which is enough to see whether it is unique.
    pub async fn calls_like(&self, part: &str) -> Result<Vec<CallRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM calls WHERE substr(id, 1, length(?1)) = ?1 OR substr(id, -length(?1)) = ?1 LIMIT 2",
        )
        .bind(part)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(call_row).collect()
    }
}

pub(super) async fn insert(connection: &mut SqliteConnection, meta: &CallMeta) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO calls (id, started_ms, caller, dialled, trunk, protocol, recording)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(meta.call.as_str())
    .bind(now_ms())
    .bind(mask_number(meta.caller.expose()))
    .bind(&meta.dialled)
    .bind(&meta.trunk)
    .bind(meta.protocol.name())
    .bind(&meta.recording)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn finish(
    connection: &mut SqliteConnection,
    record: &CallRecord,
) -> Result<(), sqlx::Error> {
    let done = sqlx::query(
        "UPDATE calls SET ended_ms = ?, duration_ms = ?, outcome = ?, ended_by = ?, turns = ?, barge_ins = ?,
                media = ?, talk = ?, versions = ?
         WHERE id = ? AND ended_ms IS NULL",
    )
    .bind(now_ms())
    .bind(record.duration_ms)
    .bind(name_of(&record.outcome)?)
    .bind(redact(&record.ended_by))
    .bind(record.turns)
    .bind(record.barge_ins)
    .bind(super::turns::json(&record.media)?)
    .bind(&record.talk)
    .bind(super::turns::json(&record.versions)?)
    .bind(record.call.as_str())
    .execute(connection)
    .await?;
    if done.rows_affected() != 1 {
        tracing::error!(call = %record.call, "a call ended that is not open in the store");
    }
    Ok(())
}

/// The name that serde gives a fieldless variant: "order_placed".
fn name_of(value: &impl Serialize) -> Result<String, sqlx::Error> {
    let value = serde_json::to_value(value).map_err(|error| sqlx::Error::Encode(error.into()))?;
    Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn call_row(row: &SqliteRow) -> Result<CallRow, StoreError> {
    let id: String = row.try_get("id")?;
    let media: Option<String> = row.try_get("media")?;
    // A database that no newer program has written yet lacks the column.
    let versions: Option<String> = row.try_get("versions").unwrap_or_default();
    let media = media.map(|text| serde_json::from_str(&text)).transpose();
    Ok(CallRow {
        media: media.map_err(|error| StoreError::damaged(format!("call {id}, media"), error))?,
        versions: versions.and_then(|text| serde_json::from_str(&text).ok()),
        started_ms: row.try_get("started_ms")?,
        caller: row.try_get("caller")?,
        dialled: row.try_get("dialled")?,
        trunk: row.try_get("trunk")?,
        protocol: row.try_get("protocol")?,
        recording: row.try_get("recording")?,
        ended_ms: row.try_get("ended_ms")?,
        duration_ms: row.try_get("duration_ms")?,
        outcome: row.try_get("outcome")?,
        ended_by: row.try_get("ended_by")?,
        turns: row.try_get("turns")?,
        barge_ins: row.try_get("barge_ins")?,
        talk: row.try_get("talk")?,
        id,
    })
}
