//! Returns: what comes back, once, and what goes out for it.

use proto::commerce::v1::{
    ChangeOrderRequest, ChangeOrderResponse, Fulfilment, Order, OrderChange, OrderLine, OrderState,
    QuoteReturnRequest, ReturnMethod, ReturnReason, ReturnVerdict, ReturnWish,
};

use super::super::{Ledger, Refusal};

fn line(sku: &str, quantity: u32) -> OrderLine {
    OrderLine {
        sku: sku.to_owned(),
        quantity,
        ..OrderLine::default()
    }
}

/// A customer with one delivered order, T417000.
fn ledger(age_days: u32, lines: Vec<OrderLine>) -> Ledger {
    let mut ledger = Ledger::new(1);
    ledger.forget_orders("C0001");
    ledger.remember(
        "C0001",
        Order {
            number: "417000".to_owned(),
            state: OrderState::Delivered.into(),
            lines,
            age_days,
            fulfilment: Fulfilment::Delivery.into(),
            ..Order::default()
        },
    );
    ledger
}

fn wish(reason: ReturnReason, lines: Vec<OrderLine>, instead: Vec<OrderLine>) -> ReturnWish {
    ReturnWish {
        lines,
        reason: reason.into(),
        instead,
    }
}

fn send(ledger: &mut Ledger, key: &str, wish: ReturnWish) -> Result<ChangeOrderResponse, Refusal> {
    ledger.change(ChangeOrderRequest {
        idempotency_key: key.to_owned(),
        customer_id: "C0001".to_owned(),
        order_id: "T417000".to_owned(),
        change: OrderChange::Return.into(),
        return_wish: Some(wish),
        ..ChangeOrderRequest::default()
    })
}

fn check(age_days: u32, sku: &str, expect: (ReturnVerdict, u32)) {
    let mut ledger = ledger(age_days, vec![line(sku, 2)]);
    let request = QuoteReturnRequest {
        customer_id: "C0001".to_owned(),
        order_id: "T417000".to_owned(),
        wish: None,
    };
    let offer = ledger.quote_return(&request).unwrap();
    let told: Vec<_> = offer
        .lines
        .iter()
        .map(|line| (line.verdict(), line.last_day_ago))
        .collect();
    assert_eq!(told, [expect], "{sku} after {age_days} days");
}

#[test]
fn beans_come_back_for_two_weeks_equipment_for_a_month_and_drinks_never() {
    check(14, "BEAN-MIDNIGHT", (ReturnVerdict::Open, 0));
    check(15, "BEAN-MIDNIGHT", (ReturnVerdict::Late, 1));
    check(30, "GEAR-MUG", (ReturnVerdict::Open, 0));
    check(33, "GEAR-MUG", (ReturnVerdict::Late, 3));
    check(0, "DRINK-LATTE", (ReturnVerdict::Never, 0));
}

#[test]
fn a_return_is_taken_once_for_a_key_and_no_more_than_was_bought() {
    let mut ledger = ledger(3, vec![line("BEAN-MIDNIGHT", 2)]);
    let one = || wish(ReturnReason::Unsuitable, vec![line("BEAN-MIDNIGHT", 1)], vec![]);
    let first = send(&mut ledger, "r1", one()).unwrap();
    assert_eq!(send(&mut ledger, "r1", one()), Ok(first.clone()));
    assert_eq!(first.order.unwrap().state(), OrderState::Delivered, "one is left");
    let told = first.send_back.unwrap();
    assert_eq!((told.method(), told.within_days), (ReturnMethod::Label, 14));
    assert_eq!(told.refund.unwrap().minor_units, 1550);
    let two = wish(ReturnReason::Unsuitable, vec![line("BEAN-MIDNIGHT", 2)], vec![]);
    assert!(
        matches!(send(&mut ledger, "r2", two), Err(Refusal::NotNow(_))),
        "only one is left"
    );
    let last = send(&mut ledger, "r3", one()).unwrap();
    assert_eq!(last.order.unwrap().state(), OrderState::Returned);
}

#[test]
fn something_else_goes_out_in_an_order_of_its_own() {
    let mut ledger = ledger(3, vec![line("GEAR-MUG", 1)]);
    let before = ledger.stock_of("GEAR-TUMBLER").unwrap().available;
    let swap = wish(
        ReturnReason::Damaged,
        vec![line("GEAR-MUG", 1)],
        vec![line("GEAR-TUMBLER", 1)],
    );
    let answer = send(&mut ledger, "r1", swap).unwrap().send_back.unwrap();
    assert_eq!(
        (answer.refund.clone(), answer.to_pay.clone().unwrap().minor_units),
        (None, 1000)
    );
    assert_eq!(
        answer.method(),
        ReturnMethod::Kept,
        "a broken mug is not worth the parcel"
    );
    assert_eq!(ledger.stock_of("GEAR-TUMBLER").unwrap().available, before - 1);
    let newest = ledger.orders_of("C0001", 1).remove(0);
    assert_eq!(
        (newest.state(), newest.lines[0].sku.as_str()),
        (OrderState::Placed, "GEAR-TUMBLER")
    );

    let none_left = wish(
        ReturnReason::Damaged,
        vec![line("GEAR-MUG", 1)],
        vec![line("GEAR-TAMPER", 1)],
    );
    assert!(matches!(
        send(&mut ledger, "r2", none_left),
        Err(Refusal::NotNow(_))
    ));
}
