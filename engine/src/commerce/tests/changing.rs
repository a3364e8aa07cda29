//! Changes of an order over real gRPC, and through the outbox.

use std::time::Duration;

use engine_core::conversation::action::{Action, ActionError, ActionValue};
use engine_core::conversation::confirm::{Readback, Verdict};
use engine_core::ids::{CustomerId, IdempotencyKey};
use engine_core::shop::{
    ChangeKind, Order, OrderChange, OrderState, Return, ReturnMethod, ReturnReason, ReturnVerdict,
};
use proto::demo::v1::Faults;

use super::lab::{LONG, Lab, call, orders};
use crate::commerce::Shop;
use crate::store::orders::Settlement;

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
