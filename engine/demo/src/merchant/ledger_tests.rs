//! The books: determinism, exactly once, and what the shop will not take.

use std::collections::BTreeSet;

use proto::commerce::v1::place_order_response::Outcome;
use proto::commerce::v1::placed_order::Promise;
use proto::commerce::v1::{
    ChangeOrderRequest, Fulfilment, LineOption, OrderChange, OrderDraft, OrderKind, OrderLine, OrderState,
};

use super::{Ledger, Refusal};
use crate::merchant::{DEMO_CALLER, calendar};

fn draft(customer: &str, sku: &str, quantity: u32, fulfilment: Fulfilment) -> OrderDraft {
    let line = OrderLine {
        sku: sku.to_owned(),
        quantity,
        ..OrderLine::default()
    };
    OrderDraft {
        customer_id: customer.to_owned(),
        lines: vec![line],
        fulfilment: fulfilment.into(),
        ..OrderDraft::default()
    }
}

fn beans(quantity: u32) -> OrderDraft {
    draft("C0001", "BEAN-HARBOR-DARK", quantity, Fulfilment::Delivery)
}

#[test]
fn a_seed_makes_the_same_shop() {
    let show = |seed| format!("{:?}", Ledger::new(seed));
    assert_eq!(show(3), show(3));
    assert_ne!(show(3), show(4));
}

#[test]
fn the_demo_caller_last_bought_one_bag_whatever_the_seed() {
    for seed in 0..5 {
        let ledger = Ledger::new(seed);
        let customer = ledger.find_customer(DEMO_CALLER).unwrap();
        let orders = ledger.orders_of(&customer.id, 10);
        let newest: Vec<_> = orders[0]
            .lines
            .iter()
            .map(|line| (line.sku.as_str(), line.quantity))
            .collect();
        assert_eq!(
            (orders[0].state(), newest),
            (OrderState::Delivered, vec![("BEAN-HARBOR-DARK", 1)])
        );
        assert!(orders[0].age_days < orders[1].age_days, "the newest comes first");
    }
}

#[test]
fn there_are_orders_in_every_state_and_numbers_are_six_digits() {
    let ledger = Ledger::new(1);
    assert_eq!(ledger.customers.len(), 200);
    let states: BTreeSet<i32> = ledger.orders.iter().map(|entry| entry.order.state).collect();
    assert_eq!(states, (1..=10).collect());
    let numbers: BTreeSet<&str> = ledger
        .orders
        .iter()
        .map(|entry| entry.order.number.as_str())
        .collect();
    assert_eq!(numbers.len(), ledger.orders.len());
    assert!(numbers.iter().all(|number| number.len() == 6));
    assert!(ledger.orders.iter().all(|entry| !entry.order.lines.is_empty()));
    assert_eq!(
        ledger
            .find_customer("1 555 0100")
            .map(|customer| customer.id.as_str()),
        Some("C0001")
    );
}

#[test]
fn a_key_places_once_and_only_its_own_draft() {
    let mut ledger = Ledger::new(1);
    let before = ledger.orders.len();
    let first = ledger.place("k", beans(2)).unwrap();
    assert_eq!(ledger.place("k", beans(2)), Ok(first));
    assert_eq!(ledger.place("k", beans(3)), Err(Refusal::KeyReused));
    assert_eq!(
        (ledger.orders.len() - before, ledger.stock["BEAN-HARBOR-DARK"]),
        (1, 238)
    );
    assert_eq!(ledger.orders_of("C0001", 1)[0].lines[0].quantity, 2);
}

#[test]
fn what_the_shop_will_not_take() {
    let mut ledger = Ledger::new(1);
    let mut check = |key: &str, draft: OrderDraft, expect: &str| {
        let refusal = ledger.place(key, draft).unwrap_err().to_string();
        assert!(refusal.contains(expect), "{refusal:?} lacks {expect:?}");
    };
    check("", beans(1), "missing");
    check("a b", beans(1), "[A-Za-z0-9:_-]");
    check("k", beans(0), "1 to 1000");
    check("k", beans(1_001), "1 to 1000");
    check("k", OrderDraft::default(), "1 to 20 lines");
    check(
        "k",
        draft("C9999", "BEAN-HARBOR-DARK", 1, Fulfilment::Delivery),
        "no customer",
    );
    check("k", draft("C0001", "NO", 1, Fulfilment::Delivery), "no item");
    check(
        "k",
        draft("C0001", "BEAN-HARBOR-DARK", 1, Fulfilment::Unspecified),
        "fulfilment",
    );
    check(
        "k",
        draft("C0001", "DRINK-LATTE", 1, Fulfilment::Delivery),
        "pick-up",
    );
    check(
        "k",
        draft("", "BEAN-HARBOR-DARK", 1, Fulfilment::Delivery),
        "guest",
    );
    assert!(ledger.placed().is_empty());
}

#[test]
fn a_guest_picks_up_a_drink_and_pays_for_its_options() {
    let mut ledger = Ledger::new(1);
    let mut latte = draft("", "DRINK-LATTE", 2, Fulfilment::Pickup);
    let option = |name: &str, value: &str| LineOption {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    latte.lines[0].options = vec![option("size", "large"), option("milk", "some almond milk")];
    assert_eq!(ledger.quote(&latte), Ok(2 * (460 + 100 + 70)));
    let answer = ledger.place("k", latte).unwrap().outcome;
    assert!(matches!(answer, Some(Outcome::Placed(_))), "{answer:?}");
}

#[test]
fn what_is_not_there_is_not_sold() {
    let mut ledger = Ledger::new(1);
    let mut twice = draft("C0001", "BEAN-GUATEMALA", 2, Fulfilment::Delivery);
    twice.lines.push(twice.lines[0].clone());
    let Some(Outcome::OutOfStock(short)) = ledger.place("k", twice).unwrap().outcome else {
        panic!("four were sold where three are")
    };
    assert_eq!((short.sku.as_str(), short.available), ("BEAN-GUATEMALA", 3));
    assert_eq!(ledger.stock["BEAN-GUATEMALA"], 3);
}

#[test]
fn what_the_customer_waits_for_is_sold_and_the_promise_says_when() {
    let mut ledger = Ledger::new(1);
    let sumatra = draft("C0001", "BEAN-SUMATRA", 1, Fulfilment::Delivery);
    let mut waiting = sumatra.clone();
    waiting.lines[0].accept_delay = true;
    let answer = ledger.place("k1", sumatra).unwrap().outcome;
    assert!(matches!(answer, Some(Outcome::OutOfStock(_))), "{answer:?}");
    let Some(Outcome::Placed(placed)) = ledger.place("k2", waiting.clone()).unwrap().outcome else {
        panic!("the customer waits, and more comes")
    };
    // Twelve days until it is there, three until it is delivered.
    assert_eq!(placed.promise, Some(Promise::DeliveryDays(15)));
    assert_eq!(placed.order.unwrap().due_in_days, Some(15));
    assert_eq!(
        ledger.place("k1", waiting),
        Err(Refusal::KeyReused),
        "the consent is part of the draft"
    );
    // One line of two waits: that is not enough.
    let mut half = draft("C0001", "BEAN-GUATEMALA", 2, Fulfilment::Delivery);
    half.lines.push(half.lines[0].clone());
    half.lines[1].accept_delay = true;
    let answer = ledger.place("k3", half).unwrap().outcome;
    assert!(matches!(answer, Some(Outcome::OutOfStock(_))), "{answer:?}");
    // Nothing is on order: nobody can wait for it.
    let mut never = draft("C0001", "BEAN-WINTER", 1, Fulfilment::Delivery);
    never.lines[0].accept_delay = true;
    let answer = ledger.place("k4", never).unwrap().outcome;
    assert!(matches!(answer, Some(Outcome::OutOfStock(_))), "{answer:?}");
}

#[test]
fn a_tenth_of_the_customers_have_a_standing_order_which_is_listed_last() {
    let ledger = Ledger::new(1);
    let mut standing = 0;
    for customer in &ledger.customers {
        let orders = ledger.orders_of(&customer.id, 100);
        assert!(
            orders.is_sorted_by_key(|order| order.age_days),
            "the newest comes first: {orders:?}"
        );
        for order in orders.iter().filter(|order| order.kind() == OrderKind::Standing) {
            standing += 1;
            let due = order.due_in_days.unwrap_or_default();
            assert!((1..=28).contains(&due) && order.repeat_days == 28, "{order:?}");
            assert_eq!(ledger.find_order(&order.number).as_ref(), Some(order));
        }
    }
    assert_eq!(standing, 20);
}

fn change(ledger: &mut Ledger, order: &str, change: OrderChange, key: &str) -> Result<OrderState, Refusal> {
    let request = ChangeOrderRequest {
        idempotency_key: key.to_owned(),
        customer_id: "C0001".to_owned(),
        order_id: order.to_owned(),
        change: change.into(),
        ..ChangeOrderRequest::default()
    };
    let answer = ledger.change(request)?;
    Ok(answer.order.unwrap().state())
}

#[test]
fn an_order_gets_other_lines_once_and_only_before_it_ships() {
    let mut ledger = Ledger::new(1);
    let Some(Outcome::Placed(placed)) = ledger.place("k1", beans(2)).unwrap().outcome else {
        panic!("there is enough");
    };
    let left = ledger.stock["BEAN-HARBOR-DARK"];
    let amend = |key: &str, order: &str, sku: &str, quantity: u32| ChangeOrderRequest {
        idempotency_key: key.to_owned(),
        customer_id: "C0001".to_owned(),
        order_id: order.to_owned(),
        change: OrderChange::Amend.into(),
        lines: draft("C0001", sku, quantity, Fulfilment::Delivery).lines,
        ..ChangeOrderRequest::default()
    };
    let id = placed.order.unwrap().id;
    let five = amend("a1", &id, "BEAN-HARBOR-DARK", 5);
    let answer = ledger.change(five.clone()).unwrap();
    assert_eq!(ledger.change(five), Ok(answer.clone()));
    let order = answer.order.unwrap();
    assert_eq!(
        (order.lines[0].quantity, order.total.unwrap().minor_units),
        (5, 5 * 1450)
    );
    assert_eq!(ledger.stock["BEAN-HARBOR-DARK"], left - 3, "three more, once");
    // What the order holds is not needed twice.
    assert!(ledger.set_stock("BEAN-HARBOR-DARK", 1));
    assert!(ledger.change(amend("a2", &id, "BEAN-HARBOR-DARK", 6)).is_ok());
    let seven = ledger.change(amend("a3", &id, "BEAN-HARBOR-DARK", 7));
    assert!(matches!(seven, Err(Refusal::NotNow(_))), "{seven:?}");
    let none = ledger.change(amend("a4", &id, "BEAN-HARBOR-DARK", 0));
    assert!(matches!(none, Err(Refusal::BadDraft(_))), "{none:?}");
    let delivered = ledger.orders_of("C0001", 9).pop().unwrap().id;
    let late = ledger.change(amend("a5", &delivered, "BEAN-HARBOR-DARK", 1));
    assert!(matches!(late, Err(Refusal::NotNow(_))), "{late:?}");
}

#[test]
fn an_order_is_cancelled_once_and_only_before_it_ships() {
    let mut ledger = Ledger::new(1);
    let before = ledger.stock_of("BEAN-HARBOR-DARK").unwrap().available;
    let Some(Outcome::Placed(placed)) = ledger.place("k1", beans(2)).unwrap().outcome else {
        panic!("there is enough");
    };
    let order = placed.order.unwrap().id;
    let cancel = OrderChange::Cancel;
    assert_eq!(
        change(&mut ledger, &order, cancel, "c1"),
        Ok(OrderState::Cancelled)
    );
    assert_eq!(
        change(&mut ledger, &order, cancel, "c1"),
        Ok(OrderState::Cancelled),
        "as the first time"
    );
    assert_eq!(
        ledger.stock_of("BEAN-HARBOR-DARK").unwrap().available,
        before,
        "back on the shelf, once"
    );
    assert!(matches!(
        change(&mut ledger, &order, cancel, "c2"),
        Err(Refusal::NotNow(_))
    ));
    assert_eq!(
        change(&mut ledger, &order, OrderChange::Pause, "c1"),
        Err(Refusal::KeyReused)
    );
    assert_eq!(
        change(&mut ledger, "O000000", cancel, "c3"),
        Err(Refusal::NoOrder)
    );
    assert_eq!(change(&mut ledger, &order, cancel, ""), Err(Refusal::NoKey));
    // Somebody else's, and one that was delivered.
    let other = ledger.orders_of("C0002", 1).remove(0).id;
    assert_eq!(change(&mut ledger, &other, cancel, "c4"), Err(Refusal::NoOrder));
    let delivered = ledger.orders_of("C0001", 9).pop().unwrap().id;
    assert!(matches!(
        change(&mut ledger, &delivered, cancel, "c5"),
        Err(Refusal::NotNow(_))
    ));
}

#[test]
fn a_standing_order_moves_within_its_terms_and_comes_as_often_as_offered() {
    let mut ledger = Ledger::new(1);
    let entry = ledger
        .standing
        .iter()
        .find(|entry| entry.order.state() == OrderState::Placed);
    let (customer, order) = entry
        .map(|entry| (entry.customer_id.clone(), entry.order.clone()))
        .unwrap();
    let request = |key: &str, change: OrderChange| ChangeOrderRequest {
        idempotency_key: key.to_owned(),
        customer_id: customer.clone(),
        order_id: order.id.clone(),
        change: change.into(),
        ..ChangeOrderRequest::default()
    };
    let today = ledger.today();
    let moved = |key: &str, days: u32| ChangeOrderRequest {
        next_date: Some(calendar::day(today.plus(days))),
        ..request(key, OrderChange::Move)
    };
    let often = |key: &str, days: u32| ChangeOrderRequest {
        repeat_days: days,
        ..request(key, OrderChange::Interval)
    };
    let told = ledger.change(moved("m1", 10)).unwrap().order.unwrap();
    assert_eq!((told.due_in_days, told.repeat_days), (Some(10), 28));
    let told = ledger.change(often("i1", 14)).unwrap().order.unwrap();
    assert_eq!((told.due_in_days, told.repeat_days), (Some(10), 14));
    for wrong in [moved("m2", 0), moved("m3", 1_000), often("i2", 13)] {
        let refused = ledger.change(wrong);
        assert!(matches!(refused, Err(Refusal::NotNow(_))), "{refused:?}");
    }
    let nameless = ledger.change(request("m4", OrderChange::Move));
    assert!(nameless.is_err(), "{nameless:?}");
    ledger.keep_days();
    let fixed = ledger.change(moved("m5", 12));
    assert!(matches!(fixed, Err(Refusal::NotNow(_))), "{fixed:?}");
    assert_eq!(ledger.find_order(&order.number).unwrap().standing_terms, None);
}
