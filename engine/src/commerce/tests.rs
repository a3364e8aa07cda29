//! The commerce client against the demo shop over real gRPC on loopback, with the shop's faults.

use std::future::Future;
use std::time::Duration;

use demo::merchant::{self, DEMO_CALLER};
use engine_core::call::record::{CallRecord, MediaStats, Versions};
use engine_core::conversation::action::{Action, ActionError, ActionResult, ActionValue};
use engine_core::conversation::confirm::{Confirmed, Readback, Verdict};
use engine_core::conversation::event::Outcome;
use engine_core::ids::{CallId, CustomerId, IdempotencyKey, Sku};
use engine_core::pii::Pii;
use engine_core::shop::{
    ChangeKind, Customer, Fulfilment, Order, OrderChange, OrderDraft, OrderLine, OrderState, Promise,
    Receipt, Return, ReturnMethod, ReturnReason, ReturnVerdict,
};
use proto::demo::v1::Faults;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::{CommerceConfig, Shop};
use crate::store::callbacks::CallbackRow;
use crate::store::calls::{CallMeta, Protocol};
use crate::store::orders::Settlement;
use crate::store::{Store, StoreConfig};

mod reserving;

/// A demo shop that serves, and a store in a folder of its own.
struct Lab {
    shop: merchant::Shop,
    config: CommerceConfig,
    store: Store,
    _folder: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

impl Lab {
    async fn new() -> Self {
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

    async fn connect(&self) -> Shop {
        Shop::connect(self.config.clone(), self.store.clone())
            .await
            .unwrap()
    }

    async fn settled(&self, key: &str) -> Settlement {
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

    fn call_begins(&self) {
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

    fn call_ends(&self) {
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

    async fn callback(&self) -> CallbackRow {
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
    fn bags_sold(&self, since: u32) -> u32 {
        since - self.shop.available("BEAN-HARBOR-DARK").unwrap()
    }
}

/// Looks until there is something to see, for ten seconds at most.
async fn until<T, F: Future<Output = Option<T>>>(what: &str, look: impl Fn() -> F) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "never happened: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

fn call() -> CallId {
    CallId::new("call-1")
}

fn draft(sku: &str, quantity: u32) -> OrderDraft {
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

fn confirmed(draft: OrderDraft) -> Confirmed<OrderDraft> {
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

fn place(sku: &str, quantity: u32, key: &str) -> Action {
    Action::PlaceOrder {
        order: confirmed(draft(sku, quantity)),
        key: IdempotencyKey::new(key),
    }
}

fn receipt(result: ActionResult) -> Receipt {
    match result {
        Ok(ActionValue::Placed(receipt)) => receipt,
        other => panic!("no receipt but {other:?}"),
    }
}

const LONG: Duration = Duration::from_secs(5);
const SHORT: Duration = Duration::from_millis(400);

async fn demo_customer(shop: &Shop) -> Customer {
    let phone = Pii::new(DEMO_CALLER.to_owned());
    match shop.act(&call(), Action::FindCustomer { phone }, LONG).await {
        Ok(ActionValue::Customer(Some(customer))) => customer,
        other => panic!("{other:?}"),
    }
}

async fn orders(shop: &Shop, customer: &CustomerId) -> Vec<Order> {
    let action = Action::ListOrders {
        customer: customer.clone(),
        limit: 5,
    };
    match shop.act(&call(), action, LONG).await {
        Ok(ActionValue::Orders(orders)) => orders,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_address_must_say_how_the_shop_is_reached() {
    let check = |address: &str| {
        super::check(&CommerceConfig {
            address: address.to_owned(),
            ..CommerceConfig::default()
        })
        .map_err(|error| error.to_string())
    };
    for wrong in ["foo", "shop:50051", "ftp://shop:50051", ""] {
        let error = check(wrong).unwrap_err();
        assert!(
            error.contains("write it as \"http://host:port\""),
            "{wrong}: {error}"
        );
    }
    check("http://shop:50051").unwrap();
}

#[tokio::test]
async fn reads_customers_orders_stock_and_prices() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    let customer = demo_customer(&shop).await;
    let past = orders(&shop, &customer.id).await;
    assert_eq!(past[0].lines.len(), 1);
    assert_eq!(
        (past[0].lines[0].sku.as_str(), past[0].lines[0].quantity),
        ("BEAN-HARBOR-DARK", 1)
    );

    let stranger = Action::FindCustomer {
        phone: Pii::new("+15559999".to_owned()),
    };
    assert_eq!(
        shop.act(&call(), stranger, LONG).await,
        Ok(ActionValue::Customer(None))
    );
    let found = shop
        .act(
            &call(),
            Action::FindOrder {
                number: past[0].number.clone(),
            },
            LONG,
        )
        .await;
    assert_eq!(found, Ok(ActionValue::Order(Some(past[0].clone()))));

    let skus = vec![Sku::new("BEAN-SUMATRA"), Sku::new("NO-SUCH-THING")];
    let Ok(ActionValue::Stock(stock)) = shop.act(&call(), Action::CheckStock { skus }, LONG).await else {
        panic!("no stock")
    };
    assert_eq!(
        (stock.len(), stock[0].available, stock[0].lead_time_days),
        (1, 0, Some(12))
    );
    assert_eq!(stock[0].substitutes[0].as_str(), "BEAN-HARBOR-DARK");

    let quote = shop
        .act(
            &call(),
            Action::Quote {
                draft: draft("BEAN-HARBOR-DARK", 2),
            },
            LONG,
        )
        .await;
    assert!(
        matches!(&quote, Ok(ActionValue::Quote(total)) if total.total.minor == 2900),
        "{quote:?}"
    );
    assert_eq!(
        shop.catalogue().await.unwrap().items.len(),
        merchant::catalogue::PRODUCTS.len()
    );
}

#[tokio::test]
async fn places_an_order_once_for_a_key() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    let before = lab.shop.available("BEAN-HARBOR-DARK").unwrap();
    let first = receipt(shop.act(&call(), place("BEAN-HARBOR-DARK", 2, "k1"), LONG).await);
    let again = receipt(shop.act(&call(), place("BEAN-HARBOR-DARK", 2, "k1"), LONG).await);
    assert_eq!(first, again);
    assert_eq!(lab.bags_sold(before), 2);
    let newest = orders(&shop, &CustomerId::new("C0001")).await.remove(0);
    assert_eq!((newest.number, newest.state), (first.number, OrderState::Placed));

    let other = shop.act(&call(), place("BEAN-HARBOR-DARK", 3, "k1"), LONG).await;
    assert!(matches!(other, Err(ActionError::Refused(_))), "{other:?}");
    assert_eq!(lab.bags_sold(before), 2);
}

/// The first customer with a subscription, and that.
async fn subscribed(shop: &Shop) -> (CustomerId, Order) {
    let customer = CustomerId::new("C0006");
    let all = orders(shop, &customer).await;
    let standing = all.into_iter().find(|order| order.repeat_days.is_some());
    (customer, standing.unwrap())
}

fn change(customer: &CustomerId, order: &Order, kind: ChangeKind, key: &str) -> Action {
    let change = OrderChange {
        customer: customer.clone(),
        order: order.id.clone(),
        change: kind,
    };
    let Verdict::Confirmed(change) = Readback::new(change).keyed('1') else {
        panic!("one is yes")
    };
    Action::ChangeOrder {
        change,
        key: IdempotencyKey::new(key),
    }
}

#[tokio::test]
async fn changes_an_order_once_for_a_key() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    let (customer, before) = subscribed(&shop).await;
    let skip = || change(&customer, &before, ChangeKind::Skip, "s1");
    let first = shop.act(&call(), skip(), LONG).await.unwrap();
    assert_eq!(shop.act(&call(), skip(), LONG).await.unwrap(), first);
    let (_, after) = subscribed(&shop).await;
    assert_eq!(
        after.due_in_days,
        before.due_in_days.map(|days| days + 28),
        "once"
    );
    let ActionValue::Changed(receipt) = first else {
        panic!("{first:?}")
    };
    assert_eq!(
        (receipt.due_in_days, receipt.change),
        (after.due_in_days, ChangeKind::Skip)
    );
    assert!(matches!(lab.settled("s1").await, Settlement::Changed { .. }));

    let other = change(&customer, &before, ChangeKind::Pause, "s1");
    let other = shop.act(&call(), other, LONG).await;
    assert!(
        matches!(other, Err(ActionError::Refused(_))),
        "the key is another's: {other:?}"
    );
    let resume = change(&customer, &before, ChangeKind::Resume, "s2");
    let resume = shop.act(&call(), resume, LONG).await;
    assert!(
        matches!(resume, Err(ActionError::Refused(_))),
        "it is not paused: {resume:?}"
    );
}

#[tokio::test]
async fn a_return_is_quoted_taken_and_kept_with_how_it_goes_on() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    let customer = CustomerId::new("C0001");
    let order = orders(&shop, &customer).await.remove(0);
    let wish = Return {
        lines: order.lines.clone(),
        reason: ReturnReason::Unsuitable,
        instead: Vec::new(),
    };
    let quote = Action::QuoteReturn {
        customer: customer.clone(),
        order: order.id.clone(),
        wish: Some(wish.clone()),
    };
    let Ok(ActionValue::Return(offer)) = shop.act(&call(), quote, LONG).await else {
        panic!("no offer")
    };
    assert_eq!(
        (offer.balance.refund.minor, offer.lines[0].verdict),
        (1450, ReturnVerdict::Open)
    );
    let back = || change(&customer, &order, ChangeKind::Return(wish.clone()), "r1");
    let first = shop.act(&call(), back(), LONG).await.unwrap();
    let ActionValue::Changed(receipt) = &first else {
        panic!("{first:?}")
    };
    let told = receipt.send_back.unwrap();
    assert_eq!(
        (told.method, told.balance.refund.minor),
        (ReturnMethod::Label, 1450)
    );
    // The second time the answer comes from the store, word for word.
    assert_eq!(shop.act(&call(), back(), LONG).await.unwrap(), first);
    assert_eq!(orders(&shop, &customer).await[0].state, OrderState::Returned);
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_made_once_and_known_in_the_end() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    let (customer, before) = subscribed(&shop).await;
    lab.shop.set_faults(Faults {
        error_after_commit_rate: 1.0,
        ..Faults::default()
    });
    let lost = change(&customer, &before, ChangeKind::Skip, "s1");
    let lost = shop.act(&call(), lost, Duration::from_millis(300)).await;
    assert!(matches!(lost, Err(ActionError::Unknown(_))), "{lost:?}");
    lab.shop.set_faults(Faults::default());
    assert!(matches!(lab.settled("s1").await, Settlement::Changed { .. }));
    let (_, after) = subscribed(&shop).await;
    assert_eq!(
        after.due_in_days,
        before.due_in_days.map(|days| days + 28),
        "once"
    );
}

#[tokio::test]
async fn refuses_with_the_shops_reason() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    let short = shop.act(&call(), place("BEAN-GUATEMALA", 4, "k1"), LONG).await;
    assert_eq!(
        short,
        Err(ActionError::OutOfStock {
            sku: Sku::new("BEAN-GUATEMALA"),
            available: 3
        })
    );
    let unknown = shop.act(&call(), place("NO-SUCH-THING", 1, "k2"), LONG).await;
    assert!(
        matches!(&unknown, Err(ActionError::Refused(why)) if why.contains("NO-SUCH-THING")),
        "{unknown:?}"
    );
    assert!(matches!(
        lab.settled("k1").await,
        Settlement::OutOfStock { available: 3, .. }
    ));
    assert!(matches!(lab.settled("k2").await, Settlement::Refused { .. }));
}

#[tokio::test]
async fn what_the_caller_waits_for_is_ordered_though_it_is_short() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    let short = shop.act(&call(), place("BEAN-SUMATRA", 1, "k1"), LONG).await;
    assert!(matches!(short, Err(ActionError::OutOfStock { .. })), "{short:?}");
    let waiting = OrderDraft {
        delayed: vec![Sku::new("BEAN-SUMATRA")],
        voucher: None,
        ..draft("BEAN-SUMATRA", 1)
    };
    let action = Action::PlaceOrder {
        order: confirmed(waiting),
        key: IdempotencyKey::new("k2"),
    };
    let receipt = receipt(shop.act(&call(), action, LONG).await);
    assert_eq!(receipt.promise, Promise::DeliveryDays(15));
}

#[tokio::test]
async fn an_answer_lost_after_commit_is_asked_for_until_it_is_known() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    let before = lab.shop.available("BEAN-HARBOR-DARK").unwrap();
    lab.shop.set_faults(Faults {
        error_after_commit_rate: 1.0,
        ..Faults::default()
    });
    let result = shop.act(&call(), place("BEAN-HARBOR-DARK", 2, "k1"), SHORT).await;
    assert!(matches!(result, Err(ActionError::Unknown(_))), "{result:?}");
    lab.shop.set_faults(Faults::default());
    let settlement = lab.settled("k1").await;
    assert!(
        matches!(&settlement, Settlement::Placed { number, .. } if *number == lab.shop.placed()[0].1.number)
    );
    assert_eq!((lab.shop.placed().len(), lab.bags_sold(before)), (1, 2));
}

#[tokio::test]
async fn an_order_written_but_not_sent_is_sent_after_a_restart() {
    let lab = Lab::new().await;
    let before = lab.shop.available("BEAN-HARBOR-DARK").unwrap();
    let key = IdempotencyKey::new("k1");
    // The program wrote the order down and was killed: nobody holds it any more, whatever its hold says.
    let order = confirmed(draft("BEAN-HARBOR-DARK", 1));
    lab.store
        .put_order(&call(), &order, &key, Duration::from_secs(3600))
        .await
        .unwrap();
    let _shop = lab.connect().await;
    assert!(matches!(lab.settled("k1").await, Settlement::Placed { .. }));
    assert_eq!((lab.shop.placed().len(), lab.bags_sold(before)), (1, 1));
}

#[tokio::test]
async fn a_restart_after_commit_asks_again_and_places_nothing_new() {
    let lab = Lab::new().await;
    let before = lab.shop.available("BEAN-HARBOR-DARK").unwrap();
    lab.shop.set_faults(Faults {
        error_after_commit_rate: 1.0,
        ..Faults::default()
    });
    let first = lab.connect().await;
    let result = first
        .act(&call(), place("BEAN-HARBOR-DARK", 2, "k1"), SHORT)
        .await;
    assert!(matches!(result, Err(ActionError::Unknown(_))), "{result:?}");
    first.close().await;
    lab.shop.set_faults(Faults::default());
    let _second = lab.connect().await;
    assert!(matches!(lab.settled("k1").await, Settlement::Placed { .. }));
    assert_eq!((lab.shop.placed().len(), lab.bags_sold(before)), (1, 2));
}

#[tokio::test]
async fn a_hang_up_does_not_cancel_an_order() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    lab.shop.set_faults(Faults {
        latency_ms: 200,
        ..Faults::default()
    });
    let calling = {
        let shop = shop.clone();
        tokio::spawn(async move { shop.act(&call(), place("BEAN-HARBOR-DARK", 1, "k1"), LONG).await })
    };
    let key = IdempotencyKey::new("k1");
    until("the order is on disk", async || {
        lab.store.reader().order(&key).await.unwrap()
    })
    .await;
    calling.abort();
    assert!(calling.await.unwrap_err().is_cancelled());
    assert!(matches!(lab.settled("k1").await, Settlement::Placed { .. }));
    assert_eq!(lab.shop.placed().len(), 1);
}

#[tokio::test]
async fn a_slow_shop_gets_the_order_once_too() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    let before = lab.shop.available("BEAN-HARBOR-DARK").unwrap();
    lab.shop.set_faults(Faults {
        latency_ms: 5_000,
        ..Faults::default()
    });
    let result = shop.act(&call(), place("BEAN-HARBOR-DARK", 1, "k1"), SHORT).await;
    assert!(matches!(result, Err(ActionError::Unknown(_))), "{result:?}");
    lab.shop.set_faults(Faults::default());
    lab.settled("k1").await;
    assert_eq!((lab.shop.placed().len(), lab.bags_sold(before)), (1, 1));
}

#[tokio::test]
async fn many_orders_through_a_flaky_shop_are_each_placed_once() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    let before = lab.shop.available("BEAN-HARBOR-DARK").unwrap();
    lab.shop.set_faults(Faults {
        error_rate: 0.3,
        error_after_commit_rate: 0.4,
        ..Faults::default()
    });
    let keys: Vec<String> = (0..24).map(|n| format!("k{n}")).collect();
    let call = call();
    let placing = keys
        .iter()
        .map(|key| shop.act(&call, place("BEAN-HARBOR-DARK", 1, key), SHORT));
    futures::future::join_all(placing).await;
    for key in &keys {
        assert!(
            matches!(lab.settled(key).await, Settlement::Placed { .. }),
            "{key}"
        );
    }
    assert_eq!((lab.shop.placed().len(), lab.bags_sold(before)), (24, 24));
}

#[tokio::test]
async fn a_late_refusal_makes_a_callback_with_the_number_to_ring() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    lab.call_begins();
    lab.shop.set_faults(Faults {
        unavailable: true,
        ..Faults::default()
    });
    let result = shop.act(&call(), place("BEAN-SUMATRA", 1, "k1"), SHORT).await;
    assert!(matches!(result, Err(ActionError::Unknown(_))), "{result:?}");
    lab.call_ends();
    lab.shop.set_faults(Faults::default());
    let callback = lab.callback().await;
    assert_eq!(
        (callback.call.as_str(), callback.reason.as_str()),
        ("call-1", "order_not_placed")
    );
    assert!(
        callback.summary.contains("BEAN-SUMATRA") && callback.summary.contains("customer C0001"),
        "{callback:?}"
    );
    assert_eq!(
        callback.phone.as_ref().map(|phone| phone.expose().as_str()),
        Some(DEMO_CALLER)
    );
}

#[tokio::test]
async fn a_late_refusal_of_a_guest_says_so() {
    let lab = Lab::new().await;
    let shop = lab.connect().await;
    lab.shop.set_faults(Faults {
        unavailable: true,
        ..Faults::default()
    });
    let drinks = OrderDraft {
        customer: CustomerId::new(""),
        fulfilment: Fulfilment::Pickup,
        ..draft("DRINK-LATTE", 1_000)
    };
    let action = Action::PlaceOrder {
        order: confirmed(drinks),
        key: IdempotencyKey::new("k1"),
    };
    let result = shop.act(&call(), action, SHORT).await;
    assert!(matches!(result, Err(ActionError::Unknown(_))), "{result:?}");
    lab.shop.set_faults(Faults::default());
    let callback = lab.callback().await;
    assert!(callback.summary.starts_with("A guest's order"), "{callback:?}");
}

#[tokio::test]
async fn the_breaker_spares_callers_and_begins_no_order() {
    let mut lab = Lab::new().await;
    lab.config.breaker_failures = 3;
    let shop = lab.connect().await;
    lab.shop.set_faults(Faults {
        unavailable: true,
        ..Faults::default()
    });
    let find = || Action::FindOrder {
        number: "482917".to_owned(),
    };
    let result = shop.act(&call(), find(), LONG).await;
    assert!(matches!(result, Err(ActionError::Unavailable(_))), "{result:?}");
    let result = shop.act(&call(), place("BEAN-HARBOR-DARK", 1, "k1"), LONG).await;
    assert!(matches!(result, Err(ActionError::Unavailable(_))), "{result:?}");
    assert_eq!(
        lab.store
            .reader()
            .order(&IdempotencyKey::new("k1"))
            .await
            .unwrap(),
        None
    );
    lab.shop.set_faults(Faults::default());
    until("the breaker closes again", async || {
        shop.act(&call(), find(), LONG).await.ok()
    })
    .await;
}

#[tokio::test]
async fn a_shop_that_is_not_there_is_unavailable_and_no_longer_than_the_deadline() {
    let mut lab = Lab::new().await;
    let nobody = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    lab.config.address = format!("http://{nobody}");
    let shop = lab.connect().await;
    let action = Action::FindOrder {
        number: "482917".to_owned(),
    };
    let result = timeout(LONG, shop.act(&call(), action, SHORT)).await.unwrap();
    assert!(matches!(result, Err(ActionError::Unavailable(_))), "{result:?}");
}

#[tokio::test]
async fn a_callback_is_always_possible() {
    let lab = Lab::new().await;
    lab.shop.set_faults(Faults {
        unavailable: true,
        ..Faults::default()
    });
    let shop = lab.connect().await;
    let action = Action::RequestCallback {
        reason: "backend".to_owned(),
        summary: "Call 5550100 about beans".to_owned(),
    };
    assert_eq!(
        shop.act(&call(), action, SHORT).await,
        Ok(ActionValue::CallbackRecorded)
    );
    assert_eq!(
        lab.store.reader().callbacks(10).await.unwrap()[0].summary,
        "Call [number] about beans"
    );
}
