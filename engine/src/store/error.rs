//! What can go wrong with the store, and what that means to whoever asked.

use std::path::PathBuf;

use thiserror::Error;

/// Why the store could not do it.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    #[error("store {path}: {why}; check [store] path in engine.toml, the folder's rights and the disk")]
    Open { path: PathBuf, why: String },
    /// Read before anything was written.
    #[error(
        "no store at {path} yet: `hark serve` makes it, and a demonstration's is named with --store FILE"
    )]
    Absent { path: PathBuf },
    /// Two writers would take each other's calls for the leavings of a crash.
    #[error(
        "store {path}: another hark is writing it and holds {lock}; stop that one, or give this one a store of \
         its own with --set store.path=FILE"
    )]
    InUse { path: PathBuf, lock: PathBuf },
    /// More waits than the queue holds: the disk is slower than the calls. Admission is closed meanwhile.
    #[error("store: the writer's queue is full")]
    Full,
    /// The writer has stopped, because the program is ending.
    #[error("store: the writer has stopped")]
    Closed,
    #[error("store: write failed: {0}")]
    Write(String),
    #[error("store: read failed: {0}")]
    Read(String),
    /// A row that this version cannot read.
    #[error("store: {what} is damaged: {why}")]
    Damaged { what: String, why: String },
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Read(error.to_string())
    }
}

impl StoreError {
    /// Nothing has been stored there yet.
    pub(super) fn if_absent(path: &std::path::Path) -> Result<(), Self> {
        if path.exists() {
            return Ok(());
        }
        Err(Self::Absent {
            path: path.to_owned(),
        })
    }

    pub(super) fn open(path: &std::path::Path, why: impl ToString) -> Self {
        Self::Open {
            path: path.to_owned(),
            why: why.to_string(),
        }
    }

    pub(super) fn damaged(what: impl Into<String>, why: impl ToString) -> Self {
        Self::Damaged {
            what: what.into(),
            why: why.to_string(),
        }
    }
}
