//! Read-only connections. `hark calls` opens them beside a running `hark serve`.

use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::StoreError;

/// What is stored, for reading. Queries stand in the files of the things they read.
#[derive(Debug, Clone)]
pub struct Reader {
    pub(super) pool: SqlitePool,
}

impl Reader {
    /// Opens an existing database with at most so many connections.
    pub async fn open(path: &Path, connections: u8) -> Result<Self, StoreError> {
        StoreError::if_absent(path)?;
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(connections.max(1).into())
            .acquire_timeout(Duration::from_secs(2))
            .connect_with(options)
            .await
            .map_err(|error| StoreError::open(path, error))?;
        Ok(Self { pool })
    }
}
