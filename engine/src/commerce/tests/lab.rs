//! A demo shop and a store for each test, and what tests ask of them.

use std::future::Future;
use std::time::Duration;

use demo::merchant;
use demo::merchant::DEMO_CALLER;
use engine_core::call::record::{CallRecord, MediaStats, Versions};
use engine_core::conversation::action::{Action, ActionResult, ActionValue};
use engine_core::conversation::confirm::{Confirmed, Readback, Verdict};
use engine_core::conversation::event::Outcome;
use engine_core::ids::{CallId, CustomerId, IdempotencyKey, Sku};
use engine_core::pii::Pii;
use engine_core::shop::{Customer, Fulfilment, Order, OrderDraft, OrderLine, Receipt};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use crate::commerce::{CommerceConfig, Shop};
use crate::store::callbacks::CallbackRow;
use crate::store::calls::{CallMeta, Protocol};
use crate::store::orders::Settlement;
use crate::store::{Store, StoreConfig};

/// A demo shop that serves, and a store in a folder of its own.
pub(super) struct Lab {
    pub(super) shop: merchant::Shop,
    pub(super) config: CommerceConfig,
    pub(super) store: Store,
    _folder: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

impl Lab {
    pub(super) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shop = merchant::Shop::new(7);
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(merchant::serve(listener, shop.clone(), async move {
            drop(stopped.await)
        }));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hark.db");
        let store = Store::open(&StoreConfig {
            path,
            ..StoreConfig::default()
        })
        .await
        .unwrap();
        let config = CommerceConfig {
            address,
            breaker_failures: u8::MAX,
            breaker_pause_ms: 200,
            outbox_pause_ms: 50,
            outbox_pause_max_ms: 100,
            ..CommerceConfig::default()
        };
        Self {
            shop,
            config,
            store,
            _folder: folder,
            _stop: stop,
        }
    }

    pub(super) async fn connect(&self) -> Shop {
        Shop::connect(self.config.clone(), self.store.clone())
            .await
            .unwrap()
    }

    pub(super) async fn settled(&self, key: &str) -> Settlement {
        let key = IdempotencyKey::new(key);
        until("the order is settled", async || {
            self.store
                .reader()
                .order(&key)
                .await
                .unwrap()
                .and_then(|row| row.settlement)
        })
        .await
    }

    pub(super) fn call_begins(&self) {
        let meta = CallMeta {
            call: call(),
            caller: Pii::new(DEMO_CALLER.to_owned()),
            dialled: "shop".to_owned(),
            trunk: "lab".to_owned(),
            protocol: Protocol::Sip,
            recording: None,
        };
        self.store.call_started(meta).unwrap();
    }

    pub(super) fn call_ends(&self) {
        let record = CallRecord {
            versions: Versions::default(),
            call: call(),
            outcome: Outcome::CallbackRequested,
            ended_by: "goodbye".to_owned(),
            duration_ms: 42_000,
            turns: 3,
            orders: vec![],
            barge_ins: 0,
            media: MediaStats::default(),
            talk: String::new(),
        };
        self.store.call_ended(record).unwrap();
    }

    pub(super) async fn callback(&self) -> CallbackRow {
        until("a callback is recorded", async || {
            self.store
                .reader()
                .callbacks(10)
                .await
                .unwrap()
                .into_iter()
                .next()
        })
        .await
    }

    /// How often the shop has placed an order under this key: its books are keyed, so count orders.
    pub(super) fn bags_sold(&self, since: u32) -> u32 {
        since - self.shop.available("BEAN-HARBOR-DARK").unwrap()
    }
}

/// Looks until there is something to see, for ten seconds at most.
pub(super) async fn until<T, F: Future<Output = Option<T>>>(what: &str, look: impl Fn() -> F) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "never happened: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

pub(super) fn call() -> CallId {
    CallId::new("call-1")
}

pub(super) fn draft(sku: &str, quantity: u32) -> OrderDraft {
    let line = OrderLine {
        sku: Sku::new(sku),
        name: "Harbor dark roast".to_owned(),
        quantity,
        options: vec![],
    };
    OrderDraft {
        customer: CustomerId::new("C0001"),
        lines: vec![line],
        fulfilment: Fulfilment::Delivery,
        delayed: vec![],
        voucher: None,
        address: None,
        day: None,
    }
}

pub(super) fn confirmed(draft: OrderDraft) -> Confirmed<OrderDraft> {
    match Readback::new(draft).keyed('1') {
        Verdict::Confirmed(confirmed) => confirmed,
        Verdict::Rejected(_)
        | Verdict::More(..)
        | Verdict::InWords(..)
        | Verdict::SaidBack(..)
        | Verdict::Unclear(..) => {
            panic!("1 is yes")
        }
    }
}

pub(super) fn place(sku: &str, quantity: u32, key: &str) -> Action {
    Action::PlaceOrder {
        order: confirmed(draft(sku, quantity)),
        key: IdempotencyKey::new(key),
    }
}

pub(super) fn receipt(result: ActionResult) -> Receipt {
    match result {
        Ok(ActionValue::Placed(receipt)) => receipt,
        other => panic!("no receipt but {other:?}"),
    }
}

pub(super) const LONG: Duration = Duration::from_secs(5);
pub(super) const SHORT: Duration = Duration::from_millis(400);

pub(super) async fn demo_customer(shop: &Shop) -> Customer {
    let phone = Pii::new(DEMO_CALLER.to_owned());
    match shop.act(&call(), Action::FindCustomer { phone }, LONG).await {
        Ok(ActionValue::Customer(Some(customer))) => customer,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn orders(shop: &Shop, customer: &CustomerId) -> Vec<Order> {
    let action = Action::ListOrders {
        customer: customer.clone(),
        limit: 5,
    };
    match shop.act(&call(), action, LONG).await {
        Ok(ActionValue::Orders(orders)) => orders,
        other => panic!("{other:?}"),
    }
}
