//! Callbacks: promises that a human rings back.
//!
//! The caller's number is kept here because it must be rung; it is erased as soon as the callback is
//! done. Nothing else keeps one, except an order whose caller has not heard what became of it (`orders`).

use std::path::Path;

use engine_core::ids::CallId;
use engine_core::pii::Pii;
use engine_core::redact::redact;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, SqliteConnection};

use super::writer::Write;
use super::{Reader, Store, StoreError, now_ms, schema};

/// A promise about to be recorded.
#[derive(Debug)]
pub(super) struct NewCallback {
    pub(super) call: CallId,
    pub(super) reason: String,
    pub(super) summary: String,
}

impl NewCallback {
    pub(super) fn new(call: &CallId, reason: &str, summary: &str) -> Self {
        Self {
            call: call.clone(),
            reason: reason.to_owned(),
            summary: redact(summary),
        }
    }
}

/// A recorded promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackRow {
    pub id: i64,
    pub call: String,
    /// Milliseconds since 1970, UTC.
    pub created_ms: i64,
    pub reason: String,
    pub summary: String,
    /// `None` when the network gave none, or when the callback is done.
    pub phone: Option<Pii<String>>,
    pub done_ms: Option<i64>,
}

impl Store {
    /// Records that a human must ring this call's caller back; done when it is on disk.
    pub async fn request_callback(
        &self,
        call: &CallId,
        reason: &str,
        summary: &str,
    ) -> Result<(), StoreError> {
        self.write(Write::Callback(NewCallback::new(call, reason, summary)))
            .await
    }

    /// The caller has been rung: the number is erased.
    pub async fn callback_done(&self, id: i64) -> Result<(), StoreError> {
        self.write(Write::CallbackDone { id }).await
    }
}

impl Reader {
    /// Those still open, the oldest first; then those done, at most `limit` in all.
    pub async fn callbacks(&self, limit: u32) -> Result<Vec<CallbackRow>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM callbacks ORDER BY done_ms IS NOT NULL, created_ms, id LIMIT ?")
                .bind(limit)
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(callback_row).collect()
    }
}

/// Marks a callback as done and erases its number, from outside the program that writes the store.
/// False when there is no such open callback.
pub async fn finish_in(path: &Path, id: i64) -> Result<bool, StoreError> {
    let mut connection = schema::connect(path).await?;
    let done = finish(&mut connection, id).await?;
    schema::empty_log(&mut connection).await?;
    connection.close().await?;
    Ok(done)
}

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    new: &NewCallback,
    phone: Option<&Pii<String>>,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO callbacks (call_id, created_ms, reason, summary, phone) VALUES (?, ?, ?, ?, ?)")
        .bind(new.call.as_str())
        .bind(now_ms())
        .bind(&new.reason)
        .bind(&new.summary)
        .bind(phone.map(Pii::expose).filter(|number| !number.is_empty()))
        .execute(connection)
        .await?;
    Ok(())
}

/// False when there is no such open callback.
pub(super) async fn finish(connection: &mut SqliteConnection, id: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("UPDATE callbacks SET done_ms = ?, phone = NULL WHERE id = ? AND done_ms IS NULL")
        .bind(now_ms())
        .bind(id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

fn callback_row(row: &SqliteRow) -> Result<CallbackRow, StoreError> {
    let phone: Option<String> = row.try_get("phone")?;
    Ok(CallbackRow {
        id: row.try_get("id")?,
        call: row.try_get("call_id")?,
        created_ms: row.try_get("created_ms")?,
        reason: row.try_get("reason")?,
        summary: row.try_get("summary")?,
        phone: phone.map(Pii::new),
        done_ms: row.try_get("done_ms")?,
    })
}
