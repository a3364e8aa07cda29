use engine_core::civil::Date;
use proto::commerce::v1::place_order_response::Outcome;
use proto::commerce::v1::placed_order::Promise;
use proto::commerce::v1::{Fulfilment, OrderDraft, OrderLine};

use proto::common::v1 as common;

use super::super::{Ledger, Refusal};
use super::Now;
use crate::merchant::calendar::{self, day};

/// Of the second customer, who has a home and an office.
fn draft(address: &str, date: &str) -> OrderDraft {
    OrderDraft {
        customer_id: "C0002".to_owned(),
        lines: vec![OrderLine {
            sku: "BEAN-HARBOR-DARK".to_owned(),
            quantity: 1,
            ..OrderLine::default()
        }],
        fulfilment: Fulfilment::Delivery.into(),
        address_id: address.to_owned(),
        delivery_date: Date::parse(date).map(day),
        ..OrderDraft::default()
    }
}

fn shop_at(date: &str, hour: u8) -> Ledger {
    let mut ledger = Ledger::new(1);
    let today: Date = Date::parse(date).unwrap();
    ledger.set_now(Now { today, hour });
    ledger
}

fn days(ledger: &Ledger) -> Vec<(String, i64)> {
    let quote = ledger.quote_order(&draft("", "")).unwrap();
    let days = quote.delivery_days.into_iter();
    let told = |date: Option<common::Date>| date.and_then(calendar::date).unwrap().to_string();
    days.map(|day| (told(day.date), day.fee.map_or(0, |fee| fee.minor_units)))
        .collect()
}

#[test]
fn days_go_by_the_cut_off_and_leave_sundays_out() {
    let check = |date: &str, hour: u8, expect: &[(&str, i64)]| {
        let days = days(&shop_at(date, hour));
        let expect: Vec<(String, i64)> = expect.iter().map(|(d, fee)| ((*d).to_owned(), *fee)).collect();
        assert_eq!(days[..expect.len()], expect, "{date} at {hour}");
        let sunday =
            |(date, _): &(String, i64)| Date::parse(date).unwrap().weekday() == super::Weekday::Sunday;
        assert!(!days.iter().any(sunday), "{days:?}");
    };
    check(
        "2026-11-24",
        13,
        &[
            ("2026-11-25", 600),
            ("2026-11-27", 0),
            ("2026-11-28", 0),
            ("2026-11-30", 0),
        ],
    );
    check(
        "2026-11-24",
        14,
        &[("2026-11-26", 600), ("2026-11-28", 0), ("2026-11-30", 0)],
    );
    // Of a Saturday neither tomorrow nor, on Thursday, the third day.
    check("2026-11-28", 9, &[("2026-12-01", 0)]);
    check("2026-11-26", 9, &[("2026-11-27", 600), ("2026-11-30", 0)]);
}

#[test]
fn an_order_goes_where_and_when_the_customer_said() {
    let mut ledger = shop_at("2026-11-24", 9);
    let wanted = draft("C0002-2", "2026-11-30");
    let answer = ledger.place("k1", wanted.clone()).unwrap();
    assert_eq!(ledger.place("k1", wanted.clone()), Ok(answer.clone()));
    let Some(Outcome::Placed(placed)) = answer.outcome else {
        panic!("placed: {answer:?}")
    };
    assert_eq!(
        placed.promise,
        Some(Promise::DeliveryDate(common::Date {
            year: 2026,
            month: 11,
            day: 30
        }))
    );
    let order = placed.order.unwrap();
    assert_eq!(
        (order.address_id.as_str(), order.delivery_date, order.due_in_days),
        ("C0002-2", wanted.delivery_date, Some(6))
    );
    for other in [
        draft("C0002-1", "2026-11-30"),
        draft("C0002-2", "2026-12-01"),
        draft("C0002-2", ""),
    ] {
        assert_eq!(ledger.place("k1", other), Err(Refusal::KeyReused));
    }
}

#[test]
fn the_early_day_costs_more() {
    let ledger = shop_at("2026-11-24", 9);
    let quote = ledger.quote_order(&draft("", "2026-11-25")).unwrap();
    assert_eq!(quote.total.unwrap().minor_units, 1450 + 600);
    assert_eq!(quote.delivery_fee.unwrap().minor_units, 600);
    // What is short comes when it is there, and not tomorrow.
    let mut waiting = draft("", "");
    waiting.lines[0].sku = "BEAN-SUMATRA".to_owned();
    waiting.lines[0].accept_delay = true;
    let quote = ledger.quote_order(&waiting).unwrap();
    assert_eq!(quote.delivery_days[0].date, draft("", "2026-12-09").delivery_date);
}

#[test]
fn what_is_not_the_customers_and_what_can_not_be_is_refused_by_its_field() {
    let mut ledger = shop_at("2026-11-24", 9);
    let mut check = |draft: OrderDraft, expect: &str| {
        let refusal = ledger.place("k", draft).unwrap_err();
        assert!(refusal.to_string().starts_with(expect), "{refusal}");
        refusal
    };
    check(
        draft("C0001-1", ""),
        "draft.address_id: \"C0001-1\" is no address",
    );
    let mut leap = draft("", "2026-11-27");
    leap.delivery_date = Some(common::Date {
        year: 2026,
        month: 2,
        day: 29,
    });
    check(leap, "draft.delivery_date: there is no day 29 of month 2 in 2026");
    let sunday = check(draft("", "2026-11-29"), "draft.delivery_date: ");
    assert_eq!(sunday, Refusal::NotThatDay(Date::parse("2026-11-29").unwrap()));
    let mut drink = draft("", "2026-11-27");
    drink.set_fulfilment(Fulfilment::Pickup);
    check(drink, "draft.delivery_date: a pick-up has none");
    // A day that is none costs nothing and is quoted without, so that another can be chosen.
    let quote = ledger.quote_order(&draft("", "2026-11-29")).unwrap();
    assert_eq!(quote.total.unwrap().minor_units, 1450);
    assert!(!quote.delivery_days.is_empty());
}

#[test]
fn the_clock_is_read_in_days_and_hours() {
    let now = Now::of_unix(1_764_338_399);
    assert_eq!((now.today.to_string().as_str(), now.hour), ("2025-11-28", 13));
    assert_eq!(Now::of_unix(1_764_338_400).hour, 14);
}
