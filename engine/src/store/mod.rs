//! The store: calls, turns with their decisions, orders, callbacks, in SQLite. One task writes, from a
//! bounded queue and in groups; readers have connections of their own and never wait for it (WAL).
//!
//! Invariant: what cannot be recorded is not begun: while the queue is nearly full, or the disk
//! refuses, [`Store::is_accepting`] says no and new calls get a busy tone.

pub mod callbacks;
pub mod calls;
mod error;
mod lock;
pub mod orders;
mod outward;
mod reader;
pub mod reviews;
mod schema;
pub mod turns;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use engine_core::call::record::{CallRecord, TurnRecord};
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use calls::CallMeta;
pub use error::StoreError;
use lock::WriterLock;
pub use reader::Reader;
use writer::{Health, Job, Write, Writer};

/// Section `[store]` of `engine.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// The database file; it and its folder are created when missing.
    pub path: PathBuf,
    /// How many records may wait for the disk. The last quarter is kept for calls that already run.
    pub queue: u16,
    /// How long a failed write is tried again before its records are given up, in milliseconds.
    pub write_retry_ms: u32,
    /// Connections for reading.
    pub readers: u8,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            path: PathBuf::from("var/hark.db"),
            queue: 1_024,
            write_retry_ms: 5_000,
            readers: 4,
        }
    }
}

/// A handle to the store; clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    inbox: mpsc::Sender<Job>,
    health: Arc<Health>,
    reader: Reader,
}

/// How long somebody who needs the write done waits for room in the queue.
const ROOM_WAIT: Duration = Duration::from_millis(500);

impl Store {
    /// Opens the database, brings it to this version's shape, closes what a crash left open, and
    /// starts the writer. Refused while another program writes it: its open calls are not a crash's.
    pub async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        create_folder(&config.path)?;
        let lock = WriterLock::take(&config.path).await?;
        let connection = schema::open_writer(&config.path).await?;
        let reader = Reader::open(&config.path, config.readers).await?;
        let (inbox, jobs) = mpsc::channel(usize::from(config.queue.max(16)));
        let health = Arc::new(Health::default());
        let retry = Duration::from_millis(config.write_retry_ms.into());
        tokio::spawn(Writer::new(connection, lock, jobs, health.clone(), retry).run());
        Ok(Self {
            inbox,
            health,
            reader,
        })
    }

    /// Whether new calls may begin: there is room for what they will write, and the disk takes it.
    pub fn is_accepting(&self) -> bool {
        let room = self.inbox.capacity() > self.inbox.max_capacity() / 4;
        room && self.health.is_writing() && !self.inbox.is_closed()
    }

    /// A call was answered. Never waits; [`StoreError::Full`] when there is no room.
    pub fn call_started(&self, meta: CallMeta) -> Result<(), StoreError> {
        self.send(Write::CallStarted(meta))
    }

    /// A turn is over. Never waits. The call has redacted its text; this is the second lock on that door.
    pub fn record_turn(&self, turn: TurnRecord) -> Result<(), StoreError> {
        self.send(Write::Turn(Box::new(turn.redacted())))
    }

    /// A call is over. Never waits.
    pub fn call_ended(&self, record: CallRecord) -> Result<(), StoreError> {
        self.send(Write::CallEnded(Box::new(record)))
    }

    /// What is stored, for reading.
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Waits until everything handed over before is on disk.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.write(Write::Probe).await
    }

    fn send(&self, write: Write) -> Result<(), StoreError> {
        let name = write.name();
        self.inbox.try_send(Job { write, done: None }).map_err(|error| {
            metrics::counter!("hark_store_refused_total", "write" => name).increment(1);
            match error {
                mpsc::error::TrySendError::Full(_) => StoreError::Full,
                mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
            }
        })
    }

    /// Hands a write over and waits until it is on disk.
    async fn write(&self, write: Write) -> Result<(), StoreError> {
        let (done, written) = oneshot::channel();
        match timeout(ROOM_WAIT, self.inbox.reserve()).await {
            Ok(Ok(room)) => room.send(Job {
                write,
                done: Some(done),
            }),
            Ok(Err(_)) => return Err(StoreError::Closed),
            Err(_) => return Err(StoreError::Full),
        }
        // The writer answers every job within its retry time.
        written.await.unwrap_or(Err(StoreError::Closed))
    }
}

/// Milliseconds since 1970, UTC.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Creates the folder that a file will stand in.
fn create_folder(path: &Path) -> Result<(), StoreError> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder).map_err(|error| StoreError::open(path, error))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
