//! The commerce client against the demo shop over real gRPC on loopback, with the shop's faults.

mod changing;
mod lab;
mod reserving;
mod settling;

use demo::merchant;
use engine_core::conversation::action::{Action, ActionError, ActionValue};
use engine_core::ids::{CustomerId, IdempotencyKey, Sku};
use engine_core::pii::Pii;
use engine_core::shop::{OrderDraft, OrderState, Promise};
use proto::demo::v1::Faults;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::commerce::CommerceConfig;
use crate::store::orders::Settlement;
use lab::{LONG, Lab, SHORT, call, confirmed, demo_customer, draft, orders, place, receipt, until};

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
