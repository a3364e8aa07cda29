//! Placing orders exactly once. An order is on disk before it is sent; an attempt whose answer is
//! unknown is repeated with the same key until it is known: first while the caller waits, then by the
//! worker, also after a hang-up, a restart or a crash.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine_core::conversation::action::{ActionError, ActionResult, ActionValue};
use engine_core::conversation::confirm::Confirmed;
use engine_core::conversation::memory::GUEST;
use engine_core::ids::{CallId, IdempotencyKey};
use engine_core::shop::{ChangeReceipt, Commitment, Wish};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::client::{Client, Fault, Placing, doubled, jittered};
use super::{CommerceConfig, convert};
use crate::store::Store;
use crate::store::orders::{OrderRow, Settlement};

/// Orders that the worker sends at a time.
const SENDING_MAX: u32 = 16;
/// How often the worker looks for orders that are due.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Between the caller's deadline and the worker's first attempt, so that the two do not overlap.
const HAND_OVER: Duration = Duration::from_millis(100);

/// Why a human must ring back.
const NOT_PLACED: &str = "order_not_placed";

/// Everything that sending needs; it outlives calls.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    pub(super) client: Client,
    pub(super) store: Store,
    pub(super) config: Arc<CommerceConfig>,
}

impl Outbox {
    /// Places the order and tells `caller`. Run it in a task of its own: a caller who hangs up must not
    /// stop it half-way. One who no longer listens and would have heard a refusal gets a callback.
    pub(super) async fn place_for<T: Clone + Into<Commitment>>(
        self,
        call: CallId,
        order: Confirmed<T>,
        key: IdempotencyKey,
        by: Instant,
        caller: oneshot::Sender<ActionResult>,
    ) {
        let wanted: Commitment = order.value().clone().into();
        let result = self.place(&call, order, key.clone(), by).await;
        let turned_down = match &result {
            Err(error @ (ActionError::OutOfStock { .. } | ActionError::Taken | ActionError::Refused(_))) => {
                error.clone()
            }
            Ok(_) | Err(ActionError::Unavailable(_) | ActionError::Unknown(_)) => {
                // Nobody listening is fine: what is open is the worker's, what is placed is placed.
                drop(caller.send(result));
                return;
            }
        };
        if caller.send(result).is_err() {
            self.tell_somebody(&call, &key, &wanted, &turned_down).await;
        } else if let Err(error) = self.store.order_heard(&key).await {
            warn!(%error, %key, "an order keeps its caller's number, who will be rung back after the next start");
        }
    }

    /// Writes the order down, sends it, and answers by `by`.
    async fn place<T: Clone + Into<Commitment>>(
        &self,
        call: &CallId,
        order: Confirmed<T>,
        key: IdempotencyKey,
        by: Instant,
    ) -> ActionResult {
        if self.client.is_away() {
            // Nothing is written, so nothing will be placed behind the caller's back.
            return Err(ActionError::Unavailable(
                "it is not answering at the moment".to_owned(),
            ));
        }
        let hold = by.saturating_duration_since(Instant::now()) + HAND_OVER;
        let written = self.store.put_order(call, &order, &key, hold).await;
        written
            .map_err(|error| ActionError::Unavailable(format!("the order cannot be recorded: {error}")))?;
        match self.store.reader().order(&key).await {
            Ok(Some(row)) if row.draft != order.value().clone().into() => Err(ActionError::Refused(
                "this idempotency key belongs to another draft".to_owned(),
            )),
            Ok(Some(OrderRow {
                settlement: Some(settlement),
                ..
            })) => result_of(&settlement),
            Ok(Some(row)) => self.send_until(&row, by).await,
            Ok(None) => Err(ActionError::Unknown("the order's record is missing".to_owned())),
            Err(error) => Err(ActionError::Unknown(error.to_string())),
        }
    }

    /// Attempts with the same key until the shop's word is known or the caller can wait no longer.
    async fn send_until(&self, row: &OrderRow, by: Instant) -> ActionResult {
        let mut attempt = 0;
        let mut why = "no time left to send it".to_owned();
        loop {
            let limit = self.client.attempt_limit(by);
            if limit.is_zero() || self.client.is_away() {
                warn!(call = %row.call, key = %row.key, why, "the order's fate is open");
                return Err(ActionError::Unknown(why));
            }
            match self.client.commit(&row.key, &row.draft, limit).await {
                Ok(placing) => return self.settle(row, placing).await,
                Err(Fault::Open(reason) | Fault::Refused(reason)) => why = reason,
            }
            attempt += 1;
            let hold = by.saturating_duration_since(Instant::now()) + HAND_OVER;
            self.defer(row, &why, hold).await;
            self.client.back_off(attempt, by).await;
        }
    }

    /// Sends what is due, until stopped.
    pub(super) async fn work(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(LOOK_EVERY) => {}
            }
            if self.client.is_away() {
                continue;
            }
            match self.store.reader().due_orders(SENDING_MAX).await {
                Ok(due) => self.send_all(due).await,
                Err(error) => warn!(%error, "the outbox cannot read its orders"),
            }
        }
    }

    async fn send_all(&self, due: Vec<OrderRow>) {
        let mut sending = JoinSet::new();
        for row in due {
            let outbox = self.clone();
            sending.spawn(async move { outbox.send_late(&row).await });
        }
        while sending.join_next().await.is_some() {}
    }

    /// One attempt for an order whose caller no longer waits.
    async fn send_late(&self, row: &OrderRow) {
        let limit = Duration::from_millis(self.config.attempt_timeout_ms.into());
        match self.client.commit(&row.key, &row.draft, limit).await {
            Ok(placing) => match self.settle(row, placing).await {
                Ok(_) => info!(call = %row.call, key = %row.key, "the outbox placed a late order"),
                Err(error) => {
                    self.tell_somebody(&row.call, &row.key, &row.draft, &error).await;
                }
            },
            Err(Fault::Open(why) | Fault::Refused(why)) => {
                let pause = doubled(self.config.outbox_pause_ms, row.attempts);
                let longest = Duration::from_millis(self.config.outbox_pause_max_ms.into());
                self.defer(row, &why, jittered(pause.min(longest))).await;
            }
        }
    }

    /// Writes the shop's word down and makes it a result.
    async fn settle(&self, row: &OrderRow, placing: Placing) -> ActionResult {
        let settlement = match &placing {
            Placing::Placed(receipt) => Settlement::from(receipt),
            Placing::Changed(receipt) => Settlement::from(receipt),
            Placing::Reserved(receipt) => Settlement::Reserved {
                receipt: receipt.clone(),
            },
            Placing::Taken => Settlement::Taken,
            Placing::OutOfStock { sku, available } => Settlement::OutOfStock {
                sku: sku.clone(),
                available: *available,
            },
            Placing::Refused(why) => Settlement::Refused { why: why.clone() },
        };
        if let Err(error) = self.store.settle_order(&row.key, &settlement).await {
            // The worker will ask the shop again with the same key, and settle it then.
            error!(%error, key = %row.key, "an order is known but could not be settled in the store");
        }
        match placing {
            Placing::Placed(receipt) => Ok(ActionValue::Placed(receipt)),
            Placing::Changed(receipt) => Ok(ActionValue::Changed(receipt)),
            Placing::Reserved(receipt) => Ok(ActionValue::Reserved(receipt)),
            Placing::Taken => Err(ActionError::Taken),
            Placing::OutOfStock { sku, available } => Err(ActionError::OutOfStock { sku, available }),
            Placing::Refused(why) => Err(ActionError::Refused(why)),
        }
    }

    async fn defer(&self, row: &OrderRow, why: &str, pause: Duration) {
        if let Err(error) = self.store.defer_order(&row.key, why, pause).await {
            warn!(%error, key = %row.key, "an attempt could not be recorded");
        }
    }

    /// The caller was told that the order is on its way, and it is not: a human must ring back.
    async fn tell_somebody(
        &self,
        call: &CallId,
        key: &IdempotencyKey,
        wanted: &Commitment,
        error: &ActionError,
    ) {
        let whose = match (wanted, wanted.customer().as_str()) {
            (Commitment::Change(change), known) => {
                format!("A wish of customer {known} to {} an order", change.change.name())
            }
            (Commitment::Reservation(wish), known) => {
                let what = match &wish.reservation {
                    Wish::Appointment { .. } => "book an appointment",
                    Wish::Registration { .. } => "register for a launch",
                    Wish::Cancel(_) => "give up a reservation",
                };
                format!("A wish of customer {known} to {what}")
            }
            (Commitment::Order(_), GUEST) => "A guest's order for pick-up".to_owned(),
            (Commitment::Order(_), known) => format!("An order of customer {known}"),
        };
        let summary = format!("{whose} was accepted on the phone, but the shop did not take it: {error}.");
        warn!(%call, %error, "an order was not placed after its caller had gone; a callback is recorded");
        let recorded = self.store.order_unheard(call, key, NOT_PLACED, &summary).await;
        if let Err(error) = recorded {
            error!(%error, %call, "the callback could not be recorded either");
        }
    }
}

/// What was settled before, as an answer.
fn result_of(settlement: &Settlement) -> ActionResult {
    if let Some(receipt) = convert::receipt_of(settlement) {
        return Ok(ActionValue::Placed(receipt));
    }
    match settlement {
        Settlement::OutOfStock { sku, available } => Err(ActionError::OutOfStock {
            sku: sku.clone(),
            available: *available,
        }),
        Settlement::Refused { why } => Err(ActionError::Refused(why.clone())),
        Settlement::Taken => Err(ActionError::Taken),
        Settlement::Reserved { receipt } => Ok(ActionValue::Reserved(receipt.clone())),
        Settlement::Changed {
            order,
            number,
            change,
            due_in_days,
            send_back,
        } => Ok(ActionValue::Changed(ChangeReceipt {
            order: order.clone(),
            number: number.clone(),
            change: change.clone(),
            due_in_days: *due_in_days,
            send_back: *send_back,
        })),
        Settlement::Placed { .. } => Err(ActionError::Unknown("the receipt is unreadable".to_owned())),
    }
}
