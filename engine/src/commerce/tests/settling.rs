//! Orders whose fate nobody knows at first: the outbox asks until it does.

use std::time::Duration;

use demo::merchant::DEMO_CALLER;
use engine_core::conversation::action::{Action, ActionError};
use engine_core::ids::{CustomerId, IdempotencyKey};
use engine_core::shop::{Fulfilment, OrderDraft};
use proto::demo::v1::Faults;

use super::lab::{LONG, Lab, SHORT, call, confirmed, draft, place, until};
use crate::store::orders::Settlement;

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
