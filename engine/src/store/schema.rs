//! Opening the database: its settings, its shape, and what a crash left behind.

use std::path::Path;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlSafeStr, SqliteConnection};

use super::{StoreError, now_ms};

/// The shapes of the database, the oldest first. Never change one that has been released: add one.
const MIGRATIONS: [(i64, &str, &str); 6] = [
    (
        1,
        "records",
        include_str!("../../migrations/sqlite/0001_records.sql"),
    ),
    (
        2,
        "order phone",
        include_str!("../../migrations/sqlite/0002_order_phone.sql"),
    ),
    (
        3,
        "talk version",
        include_str!("../../migrations/sqlite/0003_talk_version.sql"),
    ),
    (
        4,
        "reviews",
        include_str!("../../migrations/sqlite/0004_reviews.sql"),
    ),
    (
        5,
        "do not call",
        include_str!("../../migrations/sqlite/0005_do_not_call.sql"),
    ),
    (
        6,
        "put off",
        include_str!("../../migrations/sqlite/0006_put_off.sql"),
    ),
];

/// The writer's connection: the database exists, has this version's shape, and no call is open in it.
/// Whoever asks for it holds the writer's lock.
pub(super) async fn open_writer(path: &Path) -> Result<SqliteConnection, StoreError> {
    let mut connection = open(path, true).await?;
    migrator()
        .run(&mut connection)
        .await
        .map_err(|error| StoreError::open(path, error))?;
    close_open_calls(&mut connection)
        .await
        .map_err(|error| StoreError::open(path, error))?;
    Ok(connection)
}

/// A connection for a single change beside the running writer; the database must exist.
pub(super) async fn connect(path: &Path) -> Result<SqliteConnection, StoreError> {
    StoreError::if_absent(path)?;
    open(path, false).await
}

/// Empties the write-ahead log, which still has pages as they were before something was erased.
pub(super) async fn empty_log(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(connection)
        .await?;
    Ok(())
}

async fn open(path: &Path, create: bool) -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(create)
        .journal_mode(SqliteJournalMode::Wal)
        // An order that is acknowledged must survive a power cut: wait for the disk at each commit.
        .synchronous(SqliteSynchronous::Full)
        // What is erased (a callback's number) must not linger in free pages.
        .pragma("secure_delete", "ON");
    options
        .connect()
        .await
        .map_err(|error| StoreError::open(path, error))
}

fn migrator() -> Migrator {
    let migration = |(version, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(
            version,
            name.into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    };
    Migrator::with_migrations(MIGRATIONS.into_iter().map(migration).collect())
}

/// Every call has an outcome, also those that a crash cut off.
async fn close_open_calls(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE calls SET outcome = 'failed', ended_by = 'the program stopped during the call', ended_ms = ?
         WHERE ended_ms IS NULL",
    )
    .bind(now_ms())
    .execute(connection)
    .await?;
    Ok(())
}
