//! What a conversation can ask of the outside world, and what comes back.
//!
//! Invariant: an order is placed only from a [`Confirmed`] draft and with an idempotency key.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::conversation::confirm::Confirmed;
use crate::ids::{CustomerId, IdempotencyKey, OrderId, Sku};
use crate::pii::Pii;
use crate::shop::{
    ChangeReceipt, Customer, Launches, Openings, Order, OrderChange, OrderDraft, Quote, Receipt,
    ReservationReceipt, ReservationWish, Reservations, Return, ReturnOffer, Stock,
};
use crate::units::Money;

/// One piece of outside work. Read-only ones may be started early and thrown away; the others not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    FindCustomer {
        phone: Pii<String>,
    },
    /// The newest first; the backend returns at most `limit`.
    ListOrders {
        customer: CustomerId,
        limit: u32,
    },
    /// By the six digits that the caller knows.
    FindOrder {
        number: String,
    },
    CheckStock {
        skus: Vec<Sku>,
    },
    /// What the draft would cost, in the shop's own arithmetic.
    Quote {
        draft: OrderDraft,
    },
    /// What of an order can come back, and what a return would come to.
    QuoteReturn {
        customer: CustomerId,
        order: OrderId,
        wish: Option<Return>,
    },
    PlaceOrder {
        order: Confirmed<OrderDraft>,
        key: IdempotencyKey,
    },
    /// An order that exists is to be cancelled, returned, paused, resumed or skipped.
    ChangeOrder {
        change: Confirmed<OrderChange>,
        key: IdempotencyKey,
    },
    /// What appointments there are for, and when.
    ListOpenings {
        limit: u32,
    },
    ListReservations {
        customer: CustomerId,
    },
    ListLaunches,
    /// An appointment or a place in a launch is to be had, or given up.
    Reserve {
        wish: Confirmed<ReservationWish>,
        key: IdempotencyKey,
    },
    /// A note that Hark must not call this number again. Written to Hark's own store too.
    StopCalls,
    /// A note that Hark must not call this number for so many days. Written there too.
    PutOff {
        days: u32,
    },
    /// A note that a human must ring back. Written to Hark's own store: always possible.
    RequestCallback {
        reason: String,
        summary: String,
    },
}

impl Action {
    /// The action's name in logs, metrics and records.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::FindCustomer { .. } => "find_customer",
            Self::ListOrders { .. } => "list_orders",
            Self::FindOrder { .. } => "find_order",
            Self::CheckStock { .. } => "check_stock",
            Self::Quote { .. } => "quote",
            Self::QuoteReturn { .. } => "quote_return",
            Self::PlaceOrder { .. } => "place_order",
            Self::ChangeOrder { .. } => "change_order",
            Self::ListOpenings { .. } => "list_openings",
            Self::ListReservations { .. } => "list_reservations",
            Self::ListLaunches => "list_launches",
            Self::Reserve { .. } => "reserve",
            Self::StopCalls => "stop_calls",
            Self::PutOff { .. } => "put_off",
            Self::RequestCallback { .. } => "request_callback",
        }
    }

    /// Whether doing it twice, or for nothing, changes nothing.
    pub const fn is_read_only(&self) -> bool {
        match self {
            Self::FindCustomer { .. }
            | Self::ListOrders { .. }
            | Self::FindOrder { .. }
            | Self::CheckStock { .. }
            | Self::Quote { .. }
            | Self::QuoteReturn { .. }
            | Self::ListOpenings { .. }
            | Self::ListReservations { .. }
            | Self::ListLaunches => true,
            Self::PlaceOrder { .. }
            | Self::ChangeOrder { .. }
            | Self::Reserve { .. }
            | Self::StopCalls
            | Self::PutOff { .. }
            | Self::RequestCallback { .. } => false,
        }
    }
}

pub type ActionResult = Result<ActionValue, ActionError>;

/// A successful answer, one variant per [`Action`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionValue {
    /// `None`: the shop does not know this number.
    Customer(Option<Customer>),
    Orders(Vec<Order>),
    Order(Option<Order>),
    Stock(Vec<Stock>),
    Quote(Quote),
    Return(ReturnOffer),
    Placed(Receipt),
    Changed(ChangeReceipt),
    Openings(Openings),
    Reservations(Reservations),
    Launches(Launches),
    Reserved(ReservationReceipt),
    CallbackRecorded,
    CallsStopped,
    PutOff,
}

/// Why an action failed; it knows whether trying again makes sense and what is now true.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionError {
    /// The backend did not answer in time or not at all; nothing is known to have changed.
    #[error("the shop did not answer: {0}")]
    Unavailable(String),
    /// The order was sent and its fate is unknown: the outbox goes on until it is known.
    #[error("the order's outcome is not known yet: {0}")]
    Unknown(String),
    /// The backend understood and refused.
    #[error("the shop refused: {0}")]
    Refused(String),
    /// Not enough in stock.
    #[error("out of stock: {sku}")]
    OutOfStock { sku: Sku, available: u32 },
    /// The opening, or the last place, has gone to somebody else.
    #[error("others were faster")]
    Taken,
}

/// What became of an order, for records: linked to the id the shop gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedOrder {
    pub order: OrderId,
    pub number: String,
    pub key: IdempotencyKey,
    pub total: Money,
}
