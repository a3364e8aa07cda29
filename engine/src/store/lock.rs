//! One writer for each database: a lock file beside it, which the system releases whatever becomes of
//! the program. Whoever only reads needs no lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::StoreError;

/// How long a start waits for the one before it, which may be writing its last records.
const LOCK_WAIT: Duration = Duration::from_secs(2);
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Held for as long as somebody writes. The file stays when it is dropped: only the lock counts.
#[derive(Debug)]
pub(super) struct WriterLock {
    _file: File,
}

impl WriterLock {
    /// Takes the lock of the database at `path`.
    pub(super) async fn take(path: &Path) -> Result<Self, StoreError> {
        let lock = lock_path(path);
        let open = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&lock);
        let file = open.map_err(|error| StoreError::open(&lock, error))?;
        let give_up = Instant::now() + LOCK_WAIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < give_up => sleep(LOCK_PAUSE).await,
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::InUse {
                        path: path.to_owned(),
                        lock,
                    });
                }
                Err(TryLockError::Error(error)) => return Err(StoreError::open(&lock, error)),
            }
        }
    }
}

/// "hark.db.lock" beside "hark.db".
fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
