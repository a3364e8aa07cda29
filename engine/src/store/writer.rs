//! The only task that writes. It takes what waits, up to a bound, writes it as one transaction and
//! then answers everyone in it: one wait for the disk serves many calls.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engine_core::call::record::{CallRecord, TurnRecord};
use engine_core::ids::CallId;
use engine_core::pii::Pii;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout};
use tracing::{error, warn};

use super::callbacks::{self, NewCallback};
use super::calls::{self, CallMeta};
use super::lock::WriterLock;
use super::orders::{self, OrderWrite};
use super::outward;
use super::{StoreError, now_ms, reviews, schema, turns};

/// Records in one transaction.
const BATCH_MAX: usize = 64;
/// Between two tries of a write that the disk refused.
const RETRY_PAUSE: Duration = Duration::from_millis(200);
/// While the disk refuses and nothing is to be written: how often to see whether it is well again.
const PROBE_EVERY: Duration = Duration::from_secs(1);
/// Callers remembered for callbacks: far more than calls at a time.
const CALLERS_MAX: usize = 10_000;

/// One thing to write.
#[derive(Debug)]
pub(super) enum Write {
    CallStarted(CallMeta),
    Turn(Box<TurnRecord>),
    CallEnded(Box<CallRecord>),
    Order(OrderWrite),
    Callback(NewCallback),
    CallbackDone {
        id: i64,
    },
    /// The number of this call is not to be called again.
    StopCalls {
        call: CallId,
    },
    /// Nor for so many days.
    PutOff {
        call: CallId,
        days: u32,
    },
    /// Hark calls this number now.
    CalledOut {
        number_hash: String,
    },
    /// Proves that the disk takes writes.
    Probe,
}

impl Write {
    /// For metrics.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::CallStarted(_) => "call_started",
            Self::Turn(_) => "turn",
            Self::CallEnded(_) => "call_ended",
            Self::Order(_) => "order",
            Self::Callback(_) => "callback",
            Self::CallbackDone { .. } => "callback_done",
            Self::StopCalls { .. } => "stop_calls",
            Self::PutOff { .. } => "put_off",
            Self::CalledOut { .. } => "called_out",
            Self::Probe => "probe",
        }
    }
}

/// A write, and who wants to know that it is on disk.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) write: Write,
    pub(super) done: Option<oneshot::Sender<Result<(), StoreError>>>,
}

/// Whether the last write went well.
#[derive(Debug, Default)]
pub(super) struct Health {
    failing: AtomicBool,
}

impl Health {
    pub(super) fn is_writing(&self) -> bool {
        !self.failing.load(Ordering::Relaxed)
    }

    fn set_failing(&self, failing: bool) {
        self.failing.store(failing, Ordering::Relaxed);
    }
}

pub(super) struct Writer {
    connection: SqliteConnection,
    /// Let go only when the connection is closed.
    lock: WriterLock,
    jobs: mpsc::Receiver<Job>,
    health: Arc<Health>,
    retry: Duration,
    /// Numbers of the callers on the line, in case a callback is promised or an order stays open. Never
    /// written with a call.
    callers: BTreeMap<CallId, Pii<String>>,
}

impl Writer {
    pub(super) fn new(
        connection: SqliteConnection,
        lock: WriterLock,
        jobs: mpsc::Receiver<Job>,
        health: Arc<Health>,
        retry: Duration,
    ) -> Self {
        Self {
            connection,
            lock,
            jobs,
            health,
            retry,
            callers: BTreeMap::new(),
        }
    }

    /// Until all handles to the store are gone.
    pub(super) async fn run(mut self) {
        let mut erased = false;
        while let Some(batch) = self.next_batch().await {
            erased |= batch.iter().any(|job| erases_number(&job.write));
            self.write(batch).await;
            // In a lull: emptying the log waits for readers, and an order is erased in nearly every call.
            if erased && self.jobs.is_empty() {
                self.forget_erased().await;
                erased = false;
            }
        }
        if let Err(error) = self.connection.close().await {
            warn!(%error, "the store did not close cleanly");
        }
        drop(self.lock);
    }

    async fn next_batch(&mut self) -> Option<Vec<Job>> {
        let first = if self.health.is_writing() {
            self.jobs.recv().await?
        } else {
            let probe = Job {
                write: Write::Probe,
                done: None,
            };
            timeout(PROBE_EVERY, self.jobs.recv())
                .await
                .unwrap_or(Some(probe))?
        };
        let mut batch = vec![first];
        while batch.len() < BATCH_MAX
            && let Ok(job) = self.jobs.try_recv()
        {
            batch.push(job);
        }
        metrics::gauge!("hark_store_queue")
            .set(f64::from(u32::try_from(self.jobs.len()).unwrap_or(u32::MAX)));
        Some(batch)
    }

    /// Tries until it is written or the time for that is over; answers everyone either way.
    async fn write(&mut self, batch: Vec<Job>) {
        let give_up = Instant::now() + self.retry;
        loop {
            match self.transaction(&batch).await {
                Ok(results) => {
                    self.health.set_failing(false);
                    if batch
                        .iter()
                        .any(|job| matches!(job.write, Write::CallbackDone { .. }))
                    {
                        self.forget_erased().await;
                    }
                    for (job, result) in batch.into_iter().zip(results) {
                        answer(job, result);
                    }
                    return;
                }
                Err(why) if Instant::now() >= give_up => {
                    self.health.set_failing(true);
                    error!(%why, records = batch.len(), "the store lost records");
                    metrics::counter!("hark_store_lost_total").increment(batch.len() as u64);
                    batch
                        .into_iter()
                        .for_each(|job| answer(job, Err(StoreError::Write(why.to_string()))));
                    return;
                }
                Err(why) => {
                    self.health.set_failing(true);
                    warn!(%why, "the store's disk refuses; trying again");
                    sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    /// The write-ahead log still has the page as it was before a number was erased: empty the log.
    async fn forget_erased(&mut self) {
        let emptied = schema::empty_log(&mut self.connection).await;
        if let Err(why) = emptied {
            warn!(%why, "an erased number stays in the store's log until the next checkpoint");
        }
    }

    /// One result a job; an error when the transaction as a whole failed.
    async fn transaction(&mut self, batch: &[Job]) -> Result<Vec<Result<(), StoreError>>, sqlx::Error> {
        let mut transaction = self.connection.begin().await?;
        let mut results = Vec::with_capacity(batch.len());
        for job in batch {
            results.push(
                match apply(&mut transaction, &mut self.callers, &job.write).await {
                    Err(why) if is_own_fault(&why) => Err(StoreError::Write(why.to_string())),
                    Err(why) => return Err(why),
                    Ok(()) => Ok(()),
                },
            );
        }
        transaction.commit().await?;
        Ok(results)
    }
}

/// Whether the log keeps a number after it that the database no longer has.
const fn erases_number(write: &Write) -> bool {
    match write {
        Write::Order(order) => order.erases(),
        // Emptied before the answer, see `write`.
        Write::CallbackDone { .. }
        | Write::CallStarted(_)
        | Write::Turn(_)
        | Write::CallEnded(_)
        | Write::Callback(_)
        | Write::StopCalls { .. }
        | Write::PutOff { .. }
        | Write::CalledOut { .. }
        | Write::Probe => false,
    }
}

fn answer(job: Job, result: Result<(), StoreError>) {
    match job.done {
        // Whoever asked may have gone; the record is kept all the same.
        Some(done) => drop(done.send(result)),
        None => {
            if let Err(why) = result {
                error!(%why, write = job.write.name(), "the store refused a record");
            }
        }
    }
}

/// The statement's fault and not the disk's: trying again would not help, and the others may pass.
fn is_own_fault(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        error.is_unique_violation() || error.is_check_violation() || error.is_foreign_key_violation()
    }) || matches!(error, sqlx::Error::Encode(_))
}

async fn apply(
    connection: &mut SqliteConnection,
    callers: &mut BTreeMap<CallId, Pii<String>>,
    write: &Write,
) -> Result<(), sqlx::Error> {
    match write {
        Write::CallStarted(meta) => {
            if callers.len() >= CALLERS_MAX {
                callers.pop_first();
            }
            callers.insert(meta.call.clone(), meta.caller.clone());
            calls::insert(connection, meta).await
        }
        Write::Turn(turn) => {
            turns::insert(connection, turn).await?;
            reviews::insert(connection, turn).await
        }
        Write::CallEnded(record) => {
            calls::finish(connection, record).await?;
            callers.remove(&record.call);
            Ok(())
        }
        Write::Order(order) => orders::apply(connection, callers, order).await,
        Write::Callback(callback) => {
            let phone = callers.get(&callback.call);
            callbacks::insert(connection, callback, phone).await
        }
        Write::CallbackDone { id } => callbacks::finish(connection, *id).await.map(drop),
        Write::StopCalls { call } => outward::stop(connection, callers.get(call)).await,
        Write::PutOff { call, days } => outward::put_off(connection, callers.get(call), *days).await,
        Write::CalledOut { number_hash } => outward::called(connection, number_hash).await,
        Write::Probe => probe(connection).await,
    }
}

async fn probe(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO meta (name, value) VALUES ('probed_ms', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1",
    )
    .bind(now_ms().to_string())
    .execute(connection)
    .await?;
    Ok(())
}
