//! The review queue: utterances that Hark was not sure of, until a person has said what they meant.

use std::path::Path;

use engine_core::call::record::{Heard, TurnRecord};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, SqliteConnection};

use super::{Reader, StoreError, now_ms, schema};

/// An utterance worth a look.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReviewRow {
    pub id: i64,
    pub call: String,
    pub turn: u32,
    /// Milliseconds since 1970, UTC.
    pub created_ms: i64,
    /// The stereo WAV of the call, caller left, when it was recorded.
    pub recording: Option<String>,
    /// Where in it, in milliseconds.
    pub offset_ms: u32,
    pub step: String,
    /// "unsure, repaired"
    pub reasons: String,
    /// Redacted; empty where nobody could say what it was.
    pub text: String,
    pub decided: Option<String>,
    pub confidence: f64,
    pub decided_by: String,
    /// The intent that a person gave it; [`NO_EXAMPLE`] when it is none of any.
    pub label: Option<String>,
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Open,
    Labelled,
    All,
}

impl Reader {
    /// The newest first, at most `limit`.
    pub async fn reviews(&self, which: Which, limit: u32) -> Result<Vec<ReviewRow>, StoreError> {
        let only = match which {
            Which::Open => "WHERE reviews.label IS NULL",
            Which::Labelled => "WHERE reviews.label IS NOT NULL AND reviews.label <> '-'",
            Which::All => "",
        };
        let query = format!(
            "SELECT reviews.*, calls.recording FROM reviews LEFT JOIN calls ON calls.id = reviews.call_id
             {only} ORDER BY reviews.id DESC LIMIT ?"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(review_row).collect()
    }
}

/// Says what an utterance meant, from outside the program that writes the store. False when there is none.
pub async fn label_in(path: &Path, id: i64, label: &str) -> Result<bool, StoreError> {
    let mut connection = schema::connect(path).await?;
    let done = sqlx::query("UPDATE reviews SET label = ?, labelled_ms = ? WHERE id = ?")
        .bind(label)
        .bind(now_ms())
        .bind(id)
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(done.rows_affected() == 1)
}

/// Queues a turn for review, where there is a reason to.
pub(super) async fn insert(connection: &mut SqliteConnection, turn: &TurnRecord) -> Result<(), sqlx::Error> {
    let doubts = turn.doubts();
    if doubts.is_empty() {
        return Ok(());
    }
    let reasons: Vec<&str> = doubts.into_iter().map(|doubt| doubt.name()).collect();
    let decision = turn.decision.as_ref();
    let text = match &turn.heard {
        Heard::Speech { transcript, .. } => transcript.text.as_str(),
        Heard::Nothing | Heard::Silence | Heard::Unrecognised | Heard::Keys { .. } => "",
    };
    let sure = decision.map_or(0.0, |decision| decision.confidence.get());
    sqlx::query(
        "INSERT OR IGNORE INTO reviews
             (call_id, turn, created_ms, offset_ms, step, reasons, text, decided, confidence, decided_by)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(turn.call.as_str())
    .bind(turn.turn.0)
    .bind(now_ms())
    .bind(turn.at_ms)
    .bind(&turn.step)
    .bind(reasons.join(", "))
    .bind(text)
    .bind(
        decision
            .and_then(|decision| decision.intent())
            .map(|intent| &intent.name),
    )
    .bind(f64::from(sure))
    .bind(decision.map_or("nobody", |decision| decision.decided_by.as_str()))
    .execute(&mut *connection)
    .await?;
    // Nobody labels more than this; the oldest that nobody has looked at make room.
    sqlx::query("DELETE FROM reviews WHERE label IS NULL AND id <= (SELECT MAX(id) FROM reviews) - ?")
        .bind(OPEN_MAX)
        .execute(connection)
        .await?;
    Ok(())
}

fn review_row(row: &SqliteRow) -> Result<ReviewRow, StoreError> {
    Ok(ReviewRow {
        id: row.try_get("id")?,
        call: row.try_get("call_id")?,
        turn: row.try_get("turn")?,
        created_ms: row.try_get("created_ms")?,
        recording: row.try_get("recording")?,
        offset_ms: row.try_get("offset_ms")?,
        step: row.try_get("step")?,
        reasons: row.try_get("reasons")?,
        text: row.try_get("text")?,
        decided: row.try_get("decided")?,
        confidence: row.try_get("confidence")?,
        decided_by: row.try_get("decided_by")?,
        label: row.try_get("label")?,
    })
}

/// The label of an utterance that is an example of nothing: noise, half a sentence, somebody else.
pub const NO_EXAMPLE: &str = "-";
/// How many rows back an utterance waits for somebody to look at it.
const OPEN_MAX: i64 = 10_000;
