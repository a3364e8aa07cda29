//! The shop over gRPC: clients with deadlines and a breaker, conversion to core values, the outbox.

mod civil;
mod client;
pub mod convert;
pub mod local;
mod outbox;
mod reserving;
mod returning;

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine_core::conversation::action::{Action, ActionError, ActionResult, ActionValue};
use engine_core::conversation::confirm::Confirmed;
use engine_core::ids::{CallId, IdempotencyKey};
use engine_core::shop::{Catalogue, Commitment};
use serde::Deserialize;
use thiserror::Error;
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::store::{Store, StoreError};
use client::Client;
use outbox::Outbox;

/// Section `[commerce]` of `engine.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CommerceConfig {
    /// Where the shop's gRPC services are: "http://host:port".
    pub address: String,
    /// For one TCP connection, in milliseconds.
    pub connect_timeout_ms: u32,
    /// For one attempt, in milliseconds; an action may take several, within its own deadline.
    pub attempt_timeout_ms: u32,
    /// Attempts of a read-only request.
    pub attempts: u8,
    /// Pause before the second attempt, in milliseconds; it doubles each time, with jitter.
    pub backoff_ms: u32,
    /// Failures in a row after which the shop is left alone for a while.
    pub breaker_failures: u8,
    /// For how long, in milliseconds.
    pub breaker_pause_ms: u32,
    /// Pause between two attempts of an order whose caller no longer waits, in milliseconds; it doubles.
    pub outbox_pause_ms: u32,
    /// The longest such pause, in milliseconds.
    pub outbox_pause_max_ms: u32,
}

impl Default for CommerceConfig {
    fn default() -> Self {
        Self {
            address: "http://127.0.0.1:50051".to_owned(),
            connect_timeout_ms: 500,
            attempt_timeout_ms: 800,
            attempts: 3,
            backoff_ms: 50,
            breaker_failures: 5,
            breaker_pause_ms: 2_000,
            outbox_pause_ms: 500,
            outbox_pause_max_ms: 30_000,
        }
    }
}

/// Why there is no shop to talk to.
#[derive(Debug, Error)]
pub enum CommerceError {
    #[error("[commerce] address {address:?}: {why}; write it as \"http://host:port\"")]
    Address { address: String, why: String },
    #[error("the outbox: {0}")]
    Store(#[from] StoreError),
    #[error("the catalogue: {0}")]
    Catalogue(#[from] ActionError),
}

/// The shop, as calls see it. Clones share one connection and one outbox.
#[derive(Debug, Clone)]
pub struct Shop {
    outbox: Outbox,
    tasks: TaskTracker,
    stop: CancellationToken,
    /// Stops the worker when the last handle is gone, also without [`Shop::close`].
    _guard: Arc<DropGuard>,
}

/// Whether [`Shop::connect`] would take this; asks nobody.
pub fn check(config: &CommerceConfig) -> Result<(), CommerceError> {
    client::endpoint(config).map(drop)
}

impl Shop {
    /// Begins to talk to the shop, which need not be up yet, and takes up the orders that the last run
    /// left open.
    pub async fn connect(config: CommerceConfig, store: Store) -> Result<Self, CommerceError> {
        let config = Arc::new(config);
        let client = Client::new(config.clone())?;
        store.expedite_orders().await?;
        let outbox = Outbox {
            client,
            store,
            config,
        };
        let tasks = TaskTracker::new();
        let stop = CancellationToken::new();
        tasks.spawn(outbox.clone().work(stop.clone()));
        let guard = Arc::new(stop.clone().drop_guard());
        Ok(Self {
            outbox,
            tasks,
            stop,
            _guard: guard,
        })
    }

    /// Does one action and answers within `deadline`. Dropping the future abandons the action, except
    /// an order, which goes on until its fate is known.
    pub async fn act(&self, call: &CallId, action: Action, deadline: Duration) -> ActionResult {
        let name = action.name();
        let start = Instant::now();
        let by = start + deadline.saturating_sub(ANSWER_MARGIN.min(deadline / 4));
        let client = &self.outbox.client;
        let result = match action {
            Action::FindCustomer { phone } => client
                .find_customer(phone.expose(), by)
                .await
                .map(ActionValue::Customer),
            Action::ListOrders { customer, limit } => client
                .list_orders(&customer, limit, by)
                .await
                .map(ActionValue::Orders),
            Action::FindOrder { number } => client.find_order(&number, by).await.map(ActionValue::Order),
            Action::CheckStock { skus } => client.check_stock(&skus, by).await.map(ActionValue::Stock),
            Action::Quote { draft } => client.quote(&draft, by).await.map(ActionValue::Quote),
            Action::QuoteReturn {
                customer,
                order,
                wish,
            } => client
                .quote_return(&customer, &order, wish.as_ref(), by)
                .await
                .map(ActionValue::Return),
            Action::PlaceOrder { order, key } => self.place(call, order, key, by).await,
            Action::ChangeOrder { change, key } => self.place(call, change, key, by).await,
            Action::ListOpenings { limit } => {
                client.list_openings(limit, by).await.map(ActionValue::Openings)
            }
            Action::ListReservations { customer } => client
                .list_reservations(&customer, by)
                .await
                .map(ActionValue::Reservations),
            Action::ListLaunches => client.list_launches(by).await.map(ActionValue::Launches),
            Action::Reserve { wish, key } => self.place(call, wish, key, by).await,
            Action::StopCalls => {
                let noting = self.outbox.store.stop_calls(call);
                noted(noting, ActionValue::CallsStopped, by).await
            }
            Action::PutOff { days } => {
                let noting = self.outbox.store.put_off(call, days);
                noted(noting, ActionValue::PutOff, by).await
            }
            Action::RequestCallback { reason, summary } => self.callback(call, &reason, &summary, by).await,
        };
        measure(name, start, &result);
        result
    }

    /// Everything the shop sells now.
    pub async fn catalogue(&self) -> Result<Catalogue, CommerceError> {
        Ok(self
            .outbox
            .client
            .catalogue(Instant::now() + CATALOGUE_WAIT)
            .await?)
    }

    /// Stops the outbox's worker and waits for orders that are being sent, no longer than their own
    /// deadlines. What stays open is taken up at the next start.
    pub async fn close(&self) {
        self.tasks.close();
        self.stop.cancel();
        self.tasks.wait().await;
    }

    /// In a task of its own, so that a hang-up does not stop it.
    async fn place<T: Clone + Into<Commitment> + Send + Sync + 'static>(
        &self,
        call: &CallId,
        order: Confirmed<T>,
        key: IdempotencyKey,
        by: Instant,
    ) -> ActionResult {
        let (caller, placed) = oneshot::channel();
        self.tasks.spawn(
            self.outbox
                .clone()
                .place_for(call.clone(), order, key, by, caller),
        );
        match tokio::time::timeout_at(by.into(), placed).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(ActionError::Unknown("the sending task ended early".to_owned())),
            Err(_) => Err(ActionError::Unknown("no answer in time".to_owned())),
        }
    }

    async fn callback(&self, call: &CallId, reason: &str, summary: &str, by: Instant) -> ActionResult {
        let recording = self.outbox.store.request_callback(call, reason, summary);
        noted(recording, ActionValue::CallbackRecorded, by).await
    }
}

/// What is written to Hark's own store, or why it is not there in time.
async fn noted(
    writing: impl Future<Output = Result<(), StoreError>>,
    value: ActionValue,
    by: Instant,
) -> ActionResult {
    match tokio::time::timeout_at(by.into(), writing).await {
        Ok(Ok(())) => Ok(value),
        Ok(Err(error)) => Err(ActionError::Unavailable(error.to_string())),
        Err(_) => Err(ActionError::Unavailable("the store is too slow".to_owned())),
    }
}

fn measure(action: &'static str, start: Instant, result: &ActionResult) {
    let outcome = match result {
        Ok(_) => "ok",
        Err(ActionError::Unavailable(_)) => "unavailable",
        Err(ActionError::Unknown(_)) => "unknown",
        Err(ActionError::Refused(_)) => "refused",
        Err(ActionError::OutOfStock { .. }) => "out_of_stock",
        Err(ActionError::Taken) => "taken",
    };
    metrics::counter!("hark_commerce_actions_total", "action" => action, "outcome" => outcome).increment(1);
    metrics::histogram!("hark_commerce_action_seconds", "action" => action).record(start.elapsed());
}

/// Answers come so much before the deadline, because whoever waits keeps the same deadline: a real
/// answer must not lose the race against "no answer".
const ANSWER_MARGIN: Duration = Duration::from_millis(100);

/// For the whole catalogue, all pages and attempts.
const CATALOGUE_WAIT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
