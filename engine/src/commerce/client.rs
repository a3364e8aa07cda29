//! Requests to the shop: a deadline for each attempt, retries with jitter where a repetition changes
//! nothing, and the breaker before all of them.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine_core::conversation::action::ActionError;
use engine_core::ids::{CustomerId, IdempotencyKey, OrderId, Sku};
use engine_core::redact::redact;
use engine_core::shop::{
    Catalogue, ChangeReceipt, Commitment, Customer, Item, Launches, Openings, Order, OrderChange, OrderDraft,
    Quote, Receipt, ReservationReceipt, ReservationWish, Reservations, Return, ReturnOffer, Stock,
};
use proto::commerce::v1 as wire;
use proto::commerce::v1::customer_service_client::CustomerServiceClient;
use proto::commerce::v1::inventory_service_client::InventoryServiceClient;
use proto::commerce::v1::order_service_client::OrderServiceClient;
use proto::commerce::v1::reservation_service_client::ReservationServiceClient;
use rand::Rng;
use tokio::time::{sleep, timeout};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};
use tracing::warn;

use super::convert::{self, Nonsense};
use super::{CommerceConfig, CommerceError};
use super::{reserving, returning};
use crate::breaker::{Breaker, Health};

/// Pages of the catalogue that are read; a shop with more is cut and the log says so.
const PAGES_MAX: u32 = 100;
const PAGE_SIZE: u32 = 100;
/// The longest of the shop's own words that is kept, in characters.
const TOLD_MAX: usize = 200;

const BREAKER_GAUGE: &str = "hark_commerce_breaker_open";

/// The clients over one connection. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Client {
    inventory: InventoryServiceClient<Channel>,
    orders: OrderServiceClient<Channel>,
    customers: CustomerServiceClient<Channel>,
    reservations: ReservationServiceClient<Channel>,
    breaker: Arc<Breaker>,
    config: Arc<CommerceConfig>,
}

/// Why one attempt brought no answer that counts.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// The shop understood and will never do it.
    Refused(String),
    /// Nobody knows; trying again may help.
    Open(String),
}

/// What the shop said about an order.
#[derive(Debug, Clone)]
pub(super) enum Placing {
    Placed(Receipt),
    Changed(ChangeReceipt),
    Reserved(ReservationReceipt),
    /// Others were faster.
    Taken,
    OutOfStock {
        sku: Sku,
        available: u32,
    },
    Refused(String),
}

/// Where the shop is, if the address makes sense.
pub(super) fn endpoint(config: &CommerceConfig) -> Result<Endpoint, CommerceError> {
    let wrong = |why: String| CommerceError::Address {
        address: config.address.clone(),
        why,
    };
    let endpoint = Endpoint::from_shared(config.address.clone()).map_err(|error| wrong(error.to_string()))?;
    match endpoint.uri().scheme_str() {
        Some("http" | "https") => Ok(endpoint),
        Some(scheme) => Err(wrong(format!("\"{scheme}\" is not how a shop is reached"))),
        None => Err(wrong("it does not say how the shop is reached".to_owned())),
    }
}

impl Client {
    /// Connects when first used: the shop may come up later than we.
    pub(super) fn new(config: Arc<CommerceConfig>) -> Result<Self, CommerceError> {
        let endpoint = endpoint(&config)?
            .connect_timeout(Duration::from_millis(config.connect_timeout_ms.into()))
            .tcp_nodelay(true)
            .http2_keep_alive_interval(Duration::from_secs(10))
            .keep_alive_timeout(Duration::from_secs(5))
            .keep_alive_while_idle(true);
        let channel = endpoint.connect_lazy();
        let pause = Duration::from_millis(config.breaker_pause_ms.into());
        Ok(Self {
            inventory: InventoryServiceClient::new(channel.clone()),
            orders: OrderServiceClient::new(channel.clone()),
            customers: CustomerServiceClient::new(channel.clone()),
            reservations: ReservationServiceClient::new(channel),
            breaker: Arc::new(Breaker::new(BREAKER_GAUGE, config.breaker_failures.into(), pause)),
            config,
        })
    }

    /// Whether the shop is known to be away, so that nothing need be begun.
    pub(super) fn is_away(&self) -> bool {
        self.breaker.is_open(Instant::now())
    }

    pub(super) async fn find_customer(
        &self,
        phone: &str,
        by: Instant,
    ) -> Result<Option<Customer>, ActionError> {
        let message = wire::FindCustomerRequest {
            phone: phone.to_owned(),
        };
        let response = self
            .read(by, |limit| {
                let (mut client, request) = (self.customers.clone(), request(&message, limit));
                async move { client.find_customer(request).await }
            })
            .await?;
        response
            .customer
            .map(convert::customer)
            .transpose()
            .map_err(senseless)
    }

    pub(super) async fn list_orders(
        &self,
        customer: &CustomerId,
        limit: u32,
        by: Instant,
    ) -> Result<Vec<Order>, ActionError> {
        let message = wire::ListOrdersRequest {
            customer_id: customer.as_str().to_owned(),
            limit: limit.clamp(1, 100),
        };
        let response = self
            .read(by, |limit| {
                let (mut client, request) = (self.orders.clone(), request(&message, limit));
                async move { client.list_orders(request).await }
            })
            .await?;
        let orders = response
            .orders
            .into_iter()
            .take(usize::try_from(limit).unwrap_or(usize::MAX));
        orders
            .map(convert::order)
            .collect::<Result<_, _>>()
            .map_err(senseless)
    }

    pub(super) async fn find_order(&self, number: &str, by: Instant) -> Result<Option<Order>, ActionError> {
        let message = wire::FindOrderRequest {
            number: number.to_owned(),
        };
        let response = self
            .read(by, |limit| {
                let (mut client, request) = (self.orders.clone(), request(&message, limit));
                async move { client.find_order(request).await }
            })
            .await?;
        response.order.map(convert::order).transpose().map_err(senseless)
    }

    pub(super) async fn check_stock(&self, skus: &[Sku], by: Instant) -> Result<Vec<Stock>, ActionError> {
        let message = wire::CheckStockRequest {
            skus: skus.iter().map(|sku| sku.as_str().to_owned()).collect(),
        };
        let response = self
            .read(by, |limit| {
                let (mut client, request) = (self.inventory.clone(), request(&message, limit));
                async move { client.check_stock(request).await }
            })
            .await?;
        response
            .levels
            .into_iter()
            .map(convert::stock)
            .collect::<Result<_, _>>()
            .map_err(senseless)
    }

    pub(super) async fn quote(&self, draft: &OrderDraft, by: Instant) -> Result<Quote, ActionError> {
        let message = wire::QuoteOrderRequest {
            draft: Some(convert::draft(draft)),
        };
        let response = self
            .read(by, |limit| {
                let (mut client, request) = (self.orders.clone(), request(&message, limit));
                async move { client.quote_order(request).await }
            })
            .await?;
        convert::quote(response).map_err(senseless)
    }

    pub(super) async fn quote_return(
        &self,
        customer: &CustomerId,
        order: &OrderId,
        wish: Option<&Return>,
        by: Instant,
    ) -> Result<ReturnOffer, ActionError> {
        let message = returning::request(customer, order, wish);
        let response = self
            .read(by, |limit| {
                let (mut client, request) = (self.orders.clone(), request(&message, limit));
                async move { client.quote_return(request).await }
            })
            .await?;
        returning::offer(response).map_err(senseless)
    }

    pub(super) async fn list_openings(&self, limit: u32, by: Instant) -> Result<Openings, ActionError> {
        let message = wire::ListOpeningsRequest {
            service_id: String::new(),
            limit,
        };
        let response = self
            .read(by, |limit| {
                let (mut client, request) = (self.reservations.clone(), request(&message, limit));
                async move { client.list_openings(request).await }
            })
            .await?;
        reserving::openings(response).map_err(senseless)
    }

    pub(super) async fn list_reservations(
        &self,
        customer: &CustomerId,
        by: Instant,
    ) -> Result<Reservations, ActionError> {
        let message = wire::ListReservationsRequest {
            customer_id: customer.as_str().to_owned(),
        };
        let response = self
            .read(by, |limit| {
                let (mut client, request) = (self.reservations.clone(), request(&message, limit));
                async move { client.list_reservations(request).await }
            })
            .await?;
        reserving::reservations(response).map_err(senseless)
    }

    pub(super) async fn list_launches(&self, by: Instant) -> Result<Launches, ActionError> {
        let message = wire::ListLaunchesRequest {};
        let response = self
            .read(by, |limit| {
                let (mut client, request) = (self.reservations.clone(), request(&message, limit));
                async move { client.list_launches(request).await }
            })
            .await?;
        reserving::launches(response).map_err(senseless)
    }

    /// Everything the shop sells. Items that make no sense are left out, with a warning each: one bad
    /// row must not close the line.
    pub(super) async fn catalogue(&self, by: Instant) -> Result<Catalogue, ActionError> {
        let mut items = Vec::new();
        let mut message = wire::ListItemsRequest {
            page_size: PAGE_SIZE,
            page_token: String::new(),
        };
        for _ in 0..PAGES_MAX {
            let response = self
                .read(by, |limit| {
                    let (mut client, request) = (self.inventory.clone(), request(&message, limit));
                    async move { client.list_items(request).await }
                })
                .await?;
            items.extend(response.items.into_iter().filter_map(sensible));
            message.page_token = response.next_page_token;
            if message.page_token.is_empty() {
                return Ok(Catalogue { items });
            }
        }
        warn!(
            items = items.len(),
            "the shop's catalogue has too many pages; the rest is left out"
        );
        Ok(Catalogue { items })
    }

    /// One attempt at what the caller has agreed to.
    pub(super) async fn commit(
        &self,
        key: &IdempotencyKey,
        wanted: &Commitment,
        limit: Duration,
    ) -> Result<Placing, Fault> {
        match wanted {
            Commitment::Order(draft) => self.place(key, draft, limit).await,
            Commitment::Change(change) => self.change(key, change, limit).await,
            Commitment::Reservation(wish) => self.reserve(key, wish, limit).await,
        }
    }

    async fn reserve(
        &self,
        key: &IdempotencyKey,
        wish: &ReservationWish,
        limit: Duration,
    ) -> Result<Placing, Fault> {
        let mut client = self.reservations.clone();
        let answer = match reserving::request(key.as_str(), wish) {
            reserving::Request::Reserve(message) => {
                let request = request(&message, limit);
                let answer = self
                    .attempt(limit, async move { client.reserve(request).await })
                    .await;
                answer.map(|response| reserving::reserved(&wish.reservation, response))
            }
            reserving::Request::Cancel(message) => {
                let request = request(&message, limit);
                let sent = async move { client.cancel_reservation(request).await };
                let answer = self.attempt(limit, sent).await;
                answer.map(|response| reserving::cancelled(&wish.reservation, response).map(Some))
            }
        };
        match answer {
            Ok(Ok(Some(receipt))) => Ok(Placing::Reserved(receipt)),
            Ok(Ok(None)) => Ok(Placing::Taken),
            // It may well have been done: ask again rather than guess.
            Ok(Err(nonsense)) => Err(Fault::Open(nonsense.to_string())),
            Err(Fault::Refused(why)) => Ok(Placing::Refused(why)),
            Err(Fault::Open(why)) => Err(Fault::Open(why)),
        }
    }

    async fn change(
        &self,
        key: &IdempotencyKey,
        change: &OrderChange,
        limit: Duration,
    ) -> Result<Placing, Fault> {
        let mut client = self.orders.clone();
        let request = request(&convert::change(key.as_str(), change), limit);
        let answer = self
            .attempt(limit, async move { client.change_order(request).await })
            .await;
        match answer {
            Ok(response) => convert::changed(&change.change, &change.order, response)
                .map(Placing::Changed)
                // It may well have been done: ask again rather than guess.
                .map_err(|nonsense| Fault::Open(nonsense.to_string())),
            Err(Fault::Refused(why)) => Ok(Placing::Refused(why)),
            Err(Fault::Open(why)) => Err(Fault::Open(why)),
        }
    }

    /// One attempt to place an order. Nothing is repeated here: who calls knows how long to go on.
    async fn place(
        &self,
        key: &IdempotencyKey,
        draft: &OrderDraft,
        limit: Duration,
    ) -> Result<Placing, Fault> {
        let message = wire::PlaceOrderRequest {
            idempotency_key: key.as_str().to_owned(),
            draft: Some(convert::draft(draft)),
        };
        let mut client = self.orders.clone();
        let request = request(&message, limit);
        match self
            .attempt(limit, async move { client.place_order(request).await })
            .await
        {
            Ok(response) => match convert::placed(response) {
                Ok(convert::Answer::Placed(receipt)) => Ok(Placing::Placed(receipt)),
                Ok(convert::Answer::OutOfStock { sku, available }) => {
                    Ok(Placing::OutOfStock { sku, available })
                }
                // It may well have placed it: ask again rather than guess.
                Err(nonsense) => Err(Fault::Open(nonsense.to_string())),
            },
            Err(Fault::Refused(why)) => Ok(Placing::Refused(why)),
            Err(Fault::Open(why)) => Err(Fault::Open(why)),
        }
    }

    /// The time for one attempt that must be over by `by`.
    pub(super) fn attempt_limit(&self, by: Instant) -> Duration {
        let left = by.saturating_duration_since(Instant::now());
        left.min(Duration::from_millis(self.config.attempt_timeout_ms.into()))
    }

    /// Waits before attempt number `attempt` (from 1), but not beyond `by`.
    pub(super) async fn back_off(&self, attempt: u32, by: Instant) {
        let pause = jittered(doubled(self.config.backoff_ms, attempt.saturating_sub(1)));
        sleep(pause.min(by.saturating_duration_since(Instant::now()))).await;
    }

    /// Attempts until one is answered, the time is over, or the shop is known to be away.
    async fn read<T, F>(&self, by: Instant, call: impl Fn(Duration) -> F) -> Result<T, ActionError>
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let mut why = "no time left".to_owned();
        for attempt in 0..u32::from(self.config.attempts.max(1)) {
            if attempt > 0 {
                self.back_off(attempt, by).await;
            }
            let limit = self.attempt_limit(by);
            if limit.is_zero() {
                break;
            }
            match self.attempt(limit, call(limit)).await {
                Ok(answer) => return Ok(answer),
                Err(Fault::Refused(why)) => return Err(ActionError::Refused(why)),
                Err(Fault::Open(reason)) => why = reason,
            }
        }
        Err(ActionError::Unavailable(why))
    }

    async fn attempt<T>(
        &self,
        limit: Duration,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, Fault> {
        if !self.breaker.admit(Instant::now()) {
            return Err(Fault::Open(
                "it failed several times in a row; not asked again yet".to_owned(),
            ));
        }
        // A shop without appointments says so, and is well.
        let mut lacks = false;
        let result = match timeout(limit, call).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => {
                lacks = status.code() == Code::Unimplemented;
                Err(fault(&status))
            }
            Err(_) => Err(Fault::Open(format!("no answer within {} ms", limit.as_millis()))),
        };
        let health = match &result {
            Ok(_) | Err(Fault::Refused(_)) => Health::Well,
            Err(Fault::Open(_)) if lacks => Health::Well,
            Err(Fault::Open(_)) => Health::Ill,
        };
        self.breaker.record(Instant::now(), health);
        result
    }
}

/// A message with its deadline, so that the shop can stop working when we stop waiting.
fn request<T: Clone>(message: &T, limit: Duration) -> Request<T> {
    let mut request = Request::new(message.clone());
    request.set_timeout(limit);
    request
}

/// Only these codes mean that the shop looked at the request and turned it down; every other one can
/// come from a proxy, a restart or a fault, with the work done or not.
fn fault(status: &Status) -> Fault {
    let why = format!("{:?}: {}", status.code(), told(status.message()));
    match status.code() {
        Code::InvalidArgument
        | Code::FailedPrecondition
        | Code::AlreadyExists
        | Code::NotFound
        | Code::OutOfRange => Fault::Refused(why),
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::Aborted
        | Code::Unimplemented
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss
        | Code::Unauthenticated => Fault::Open(why),
    }
}

/// The shop's own words, which go to the log and the store: whose data is in them nobody knows, nor how
/// long they are.
fn told(message: &str) -> String {
    let printable: String = message
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    redact(&printable).chars().take(TOLD_MAX).collect()
}

fn senseless(nonsense: Nonsense) -> ActionError {
    warn!(%nonsense, "the shop broke its contract");
    ActionError::Unavailable(nonsense.to_string())
}

fn sensible(item: wire::Item) -> Option<Item> {
    convert::item(item)
        .inspect_err(|nonsense| warn!(%nonsense, "an item is left out of the catalogue"))
        .ok()
}

/// `base_ms`, twice as much each time, at most a million times.
pub(super) fn doubled(base_ms: u32, times: u32) -> Duration {
    Duration::from_millis(u64::from(base_ms) << times.min(20))
}

/// Somewhere between half and all of it, so that many callers do not come back in step.
pub(super) fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::rng().random_range(0.5..1.0))
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Status};

    use super::{Fault, TOLD_MAX, fault};

    fn check(message: &str, expect: &str) {
        for code in [Code::InvalidArgument, Code::Internal] {
            let (Fault::Refused(why) | Fault::Open(why)) = fault(&Status::new(code, message));
            assert_eq!(why, format!("{code:?}: {expect}"));
        }
    }

    #[test]
    fn the_shops_words_are_kept_without_anybodys_data() {
        check(
            "customer +1 555 765 4321 is blocked",
            "customer +[number] is blocked",
        );
        check("555\u{7}7654321\nrobin@canary.example", "[number] [email]");
        check("order 482917 is closed", "order 482917 is closed");
        check(&"long ".repeat(1_000), &"long ".repeat(TOLD_MAX / 5));
    }
}
