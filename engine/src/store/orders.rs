//! The outbox: orders that callers have said yes to. Each is written before it is sent and settled when
//! the shop's word is known, so that neither a hang-up nor a crash loses or doubles one.

use std::collections::BTreeMap;
use std::time::Duration;

use engine_core::civil::Date;
use engine_core::conversation::confirm::{Confirmed, ConfirmedBy};
use engine_core::ids::{CallId, IdempotencyKey, OrderId, Sku};
use engine_core::pii::Pii;
use engine_core::redact::redact;
use engine_core::shop::{
    ChangeKind, ChangeReceipt, Commitment, Promise, Receipt, ReservationReceipt, SendBack,
};
use engine_core::units::Money;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::callbacks::{self, NewCallback};
use super::turns::{json, parsed};
use super::writer::Write;
use super::{Reader, Store, StoreError, now_ms};

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Settlement {
    Placed {
        order: OrderId,
        number: String,
        total: Money,
        promise: StoredPromise,
    },
    Changed {
        order: OrderId,
        number: String,
        change: ChangeKind,
        due_in_days: Option<i32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        send_back: Option<SendBack>,
    },
    Reserved {
        receipt: ReservationReceipt,
    },
    OutOfStock {
        sku: Sku,
        available: u32,
    },
    /// Others were faster to reserve it.
    Taken,
    Refused {
        why: String,
    },
}

/// [`Promise`] as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredPromise {
    DeliveryDays(u32),
    DeliveryOn(Date),
    PickupMinutes(u32),
}

impl From<&Receipt> for Settlement {
    fn from(receipt: &Receipt) -> Self {
        let promise = match receipt.promise {
            Promise::DeliveryDays(days) => StoredPromise::DeliveryDays(days),
            Promise::DeliveryOn(date) => StoredPromise::DeliveryOn(date),
            Promise::PickupMinutes(minutes) => StoredPromise::PickupMinutes(minutes),
        };
        Self::Placed {
            order: receipt.order.clone(),
            number: receipt.number.clone(),
            total: receipt.total,
            promise,
        }
    }
}

impl From<&ChangeReceipt> for Settlement {
    fn from(receipt: &ChangeReceipt) -> Self {
        Self::Changed {
            order: receipt.order.clone(),
            number: receipt.number.clone(),
            change: receipt.change.clone(),
            due_in_days: receipt.due_in_days,
            send_back: receipt.send_back,
        }
    }
}

impl From<StoredPromise> for Promise {
    fn from(promise: StoredPromise) -> Self {
        match promise {
            StoredPromise::DeliveryDays(days) => Self::DeliveryDays(days),
            StoredPromise::DeliveryOn(date) => Self::DeliveryOn(date),
            StoredPromise::PickupMinutes(minutes) => Self::PickupMinutes(minutes),
        }
    }
}

impl Settlement {
    const fn state(&self) -> &'static str {
        match self {
            Self::Placed { .. } => "placed",
            Self::Changed { .. } => "changed",
            Self::Reserved { .. } => "reserved",
            Self::Taken => "taken",
            Self::OutOfStock { .. } => "out_of_stock",
            Self::Refused { .. } => "refused",
        }
    }
}

/// An order of the outbox, or a change of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderRow {
    pub key: IdempotencyKey,
    pub call: CallId,
    pub draft: Commitment,
    pub confirmed_by: ConfirmedBy,
    /// Milliseconds since 1970, UTC.
    pub created_ms: i64,
    pub attempts: u32,
    /// `None` while the shop's word is not known.
    pub settlement: Option<Settlement>,
    /// Why the last attempt failed, while unsettled.
    pub last_error: Option<String>,
}

/// A change of the outbox.
#[derive(Debug)]
pub(super) enum OrderWrite {
    Put {
        order: Box<OrderRow>,
        next_attempt_ms: i64,
    },
    Deferred {
        key: IdempotencyKey,
        why: String,
        next_attempt_ms: i64,
    },
    Settled {
        key: IdempotencyKey,
        settlement: Settlement,
    },
    /// The caller was told what became of it.
    Heard {
        key: IdempotencyKey,
    },
    /// It was turned down and nobody on the line heard it.
    Unheard {
        key: IdempotencyKey,
        callback: NewCallback,
    },
    Expedite,
}

impl Store {
    /// Writes an order down before it is sent; done when it is on disk. It is the caller's to send for
    /// the time of `hold`; then the outbox takes it. An order with the same key stays as it is.
    pub async fn put_order<T: Clone + Into<Commitment>>(
        &self,
        call: &CallId,
        order: &Confirmed<T>,
        key: &IdempotencyKey,
        hold: Duration,
    ) -> Result<(), StoreError> {
        let row = OrderRow {
            key: key.clone(),
            call: call.clone(),
            draft: order.value().clone().into(),
            confirmed_by: redacted(order.how()),
            created_ms: now_ms(),
            attempts: 0,
            settlement: None,
            last_error: None,
        };
        let next_attempt_ms = in_future(hold);
        self.write(Write::Order(OrderWrite::Put {
            order: Box::new(row),
            next_attempt_ms,
        }))
        .await
    }

    /// The shop's word is known.
    pub async fn settle_order(
        &self,
        key: &IdempotencyKey,
        settlement: &Settlement,
    ) -> Result<(), StoreError> {
        let (key, settlement) = (key.clone(), settlement.clone());
        self.write(Write::Order(OrderWrite::Settled { key, settlement }))
            .await
    }

    /// The caller has heard that the shop turned the order down: their number is not needed for it.
    pub async fn order_heard(&self, key: &IdempotencyKey) -> Result<(), StoreError> {
        let key = key.clone();
        self.write(Write::Order(OrderWrite::Heard { key })).await
    }

    /// The shop turned the order down and its caller has gone: a human must ring back, on the number
    /// that the order has kept. It moves to the callback.
    pub async fn order_unheard(
        &self,
        call: &CallId,
        key: &IdempotencyKey,
        reason: &str,
        summary: &str,
    ) -> Result<(), StoreError> {
        let (key, callback) = (key.clone(), NewCallback::new(call, reason, summary));
        self.write(Write::Order(OrderWrite::Unheard { key, callback }))
            .await
    }

    /// An attempt failed and the order's fate is open; the outbox tries again after `pause`.
    pub async fn defer_order(
        &self,
        key: &IdempotencyKey,
        why: &str,
        pause: Duration,
    ) -> Result<(), StoreError> {
        let (key, why) = (key.clone(), why.to_owned());
        self.write(Write::Order(OrderWrite::Deferred {
            key,
            why,
            next_attempt_ms: in_future(pause),
        }))
        .await
    }

    /// Makes every unsettled order due at once: after a start nobody else holds one. A refusal that the
    /// last run could tell nobody becomes a callback.
    pub async fn expedite_orders(&self) -> Result<(), StoreError> {
        self.write(Write::Order(OrderWrite::Expedite)).await
    }
}

impl Reader {
    pub async fn order(&self, key: &IdempotencyKey) -> Result<Option<OrderRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM orders WHERE key = ?")
            .bind(key.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(order_row).transpose()
    }

    /// The orders of a call, in order.
    pub async fn orders(&self, call: &str) -> Result<Vec<OrderRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM orders WHERE call_id = ? ORDER BY created_ms")
            .bind(call)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(order_row).collect()
    }

    /// Unsettled orders that may be sent now, the longest waiting first, at most `limit`. A row that
    /// cannot be read is left out and told.
    pub async fn due_orders(&self, limit: u32) -> Result<Vec<OrderRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM orders WHERE state = 'pending' AND next_attempt_ms <= ?
             ORDER BY next_attempt_ms LIMIT ?",
        )
        .bind(now_ms())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let readable = rows.iter().filter_map(|row| {
            order_row(row)
                .inspect_err(|error| tracing::error!(%error, "the outbox skips an order"))
                .ok()
        });
        Ok(readable.collect())
    }
}

impl OrderWrite {
    /// Whether a number is erased by it.
    pub(super) const fn erases(&self) -> bool {
        match self {
            Self::Settled { .. } | Self::Heard { .. } | Self::Unheard { .. } => true,
            Self::Put { .. } | Self::Deferred { .. } | Self::Expedite => false,
        }
    }
}

/// `callers`: the numbers of those on the line.
pub(super) async fn apply(
    connection: &mut SqliteConnection,
    callers: &BTreeMap<CallId, Pii<String>>,
    write: &OrderWrite,
) -> Result<(), sqlx::Error> {
    match write {
        OrderWrite::Put {
            order,
            next_attempt_ms,
        } => {
            let phone = callers.get(&order.call);
            put(connection, order, phone, *next_attempt_ms).await
        }
        OrderWrite::Deferred {
            key,
            why,
            next_attempt_ms,
        } => {
            sqlx::query(
                "UPDATE orders SET attempts = attempts + 1, last_error = ?, next_attempt_ms = ?
                 WHERE key = ? AND state = 'pending'",
            )
            .bind(why)
            .bind(next_attempt_ms)
            .bind(key.as_str())
            .execute(connection)
            .await?;
            Ok(())
        }
        OrderWrite::Settled { key, settlement } => settle(connection, key, settlement).await,
        OrderWrite::Heard { key } => forget_phone(connection, key).await,
        OrderWrite::Unheard { key, callback } => {
            let phone = phone_of(connection, key).await?;
            let phone = phone.as_ref().or_else(|| callers.get(&callback.call));
            callbacks::insert(connection, callback, phone).await?;
            forget_phone(connection, key).await
        }
        OrderWrite::Expedite => expedite(connection).await,
    }
}

async fn put(
    connection: &mut SqliteConnection,
    order: &OrderRow,
    phone: Option<&Pii<String>>,
    next_attempt_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO orders (key, call_id, draft, confirmed_by, state, created_ms, next_attempt_ms, phone)
         VALUES (?, ?, ?, ?, 'pending', ?, ?, ?) ON CONFLICT (key) DO NOTHING",
    )
    .bind(order.key.as_str())
    .bind(order.call.as_str())
    .bind(json(&order.draft)?)
    .bind(json(&order.confirmed_by)?)
    .bind(order.created_ms)
    .bind(next_attempt_ms)
    .bind(phone.map(Pii::expose).filter(|number| !number.is_empty()))
    .execute(connection)
    .await?;
    Ok(())
}

/// After a start: nobody holds an order any more, and whoever was to hear of a refusal has not.
async fn expedite(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE orders SET next_attempt_ms = 0 WHERE state = 'pending'")
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO callbacks (call_id, created_ms, reason, summary, phone)
         SELECT call_id, ?, 'order_not_placed',
                'An order was accepted on the phone, but the shop did not take it.', phone
         FROM orders WHERE state <> 'pending' AND phone IS NOT NULL",
    )
    .bind(now_ms())
    .execute(&mut *connection)
    .await?;
    sqlx::query("UPDATE orders SET phone = NULL WHERE state <> 'pending'")
        .execute(connection)
        .await?;
    Ok(())
}

async fn phone_of(
    connection: &mut SqliteConnection,
    key: &IdempotencyKey,
) -> Result<Option<Pii<String>>, sqlx::Error> {
    let row = sqlx::query("SELECT phone FROM orders WHERE key = ?")
        .bind(key.as_str())
        .fetch_optional(connection)
        .await?;
    let phone: Option<String> = row.map(|row| row.try_get("phone")).transpose()?.flatten();
    Ok(phone.map(Pii::new))
}

async fn forget_phone(connection: &mut SqliteConnection, key: &IdempotencyKey) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE orders SET phone = NULL WHERE key = ? AND state <> 'pending'")
        .bind(key.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// A settled order stays settled: whoever comes second changes nothing. One that was placed needs no
/// callback; of one turned down the caller must still hear.
async fn settle(
    connection: &mut SqliteConnection,
    key: &IdempotencyKey,
    settlement: &Settlement,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE orders SET state = ?1, settlement = ?2, settled_ms = ?3, attempts = attempts + 1, last_error = NULL,
                phone = CASE WHEN ?1 IN ('placed', 'changed', 'reserved') THEN NULL ELSE phone END
         WHERE key = ?4 AND state = 'pending'",
    )
    .bind(settlement.state())
    .bind(json(settlement)?)
    .bind(now_ms())
    .bind(key.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

fn order_row(row: &SqliteRow) -> Result<OrderRow, StoreError> {
    let key: String = row.try_get("key")?;
    let what = |column: &str| format!("order {key}, {column}");
    let settlement: Option<String> = row.try_get("settlement")?;
    Ok(OrderRow {
        call: CallId::new(row.try_get::<String, _>("call_id")?),
        draft: parsed(row.try_get("draft")?, what("draft"))?,
        confirmed_by: parsed(row.try_get("confirmed_by")?, what("confirmed_by"))?,
        created_ms: row.try_get("created_ms")?,
        attempts: row.try_get("attempts")?,
        settlement: settlement
            .map(|text| parsed(text, what("settlement")))
            .transpose()?,
        last_error: row.try_get("last_error")?,
        key: IdempotencyKey::new(key.clone()),
    })
}

/// The words of the yes, without personal data.
fn redacted(how: &ConfirmedBy) -> ConfirmedBy {
    match how {
        ConfirmedBy::Voice { words, sure, terms } => ConfirmedBy::Voice {
            words: redact(words),
            sure: sure.clone(),
            terms: terms.clone(),
        },
        ConfirmedBy::Twice {
            plain,
            named,
            sure,
            terms,
        } => ConfirmedBy::Twice {
            plain: redact(plain),
            named: redact(named),
            sure: sure.clone(),
            terms: terms.clone(),
        },
        ConfirmedBy::LetStand { words, sure, terms } => ConfirmedBy::LetStand {
            words: redact(words),
            sure: sure.clone(),
            terms: terms.clone(),
        },
        ConfirmedBy::Keypad { .. } => how.clone(),
    }
}

fn in_future(pause: Duration) -> i64 {
    now_ms().saturating_add(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX))
}
