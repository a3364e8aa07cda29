use super::{Known, On, To, address_said, picked};
use crate::civil::Date;
use crate::ids::{AddressId, CustomerId};
use crate::nlu::dates::wish::{self, DayWish};
use crate::nlu::decision::{Decision, Slot, SlotValue};
use crate::nlu::normalize::Words;
use crate::nlu::slots::ADDRESS;
use crate::pii::Pii;
use crate::shop::{Address, Customer, DeliveryDay, Quote};
use crate::units::{Confidence, Money};

fn customer(labels: &[(&str, &[&str])]) -> Customer {
    let pii = |text: &str| Pii::new(text.to_owned());
    let address = |(label, spoken): &(&str, &[&str])| Address {
        id: AddressId::new(*label),
        label: pii(label),
        spoken: spoken.iter().map(|form| pii(form)).collect(),
    };
    Customer {
        id: CustomerId::new("anna"),
        name: pii("Anna"),
        phone: pii("+15550100"),
        addresses: labels.iter().map(address).collect(),
    }
}

const HOME: (&str, &[&str]) = ("home", &["house"]);
const OFFICE: (&str, &[&str]) = ("the office on Mill Road", &["work"]);
const CABIN: (&str, &[&str]) = ("the cabin", &[]);

fn heard(text: &str, said: &[&str]) -> Decision {
    let slot = |words: &&str| Slot {
        name: ADDRESS.to_owned(),
        value: SlotValue::Text((*words).to_owned()),
        span: (*words).to_owned(),
        confidence: Confidence::new(0.95),
    };
    Decision {
        text: text.to_owned(),
        slots: said.iter().map(slot).collect(),
        ..Decision::default()
    }
}

fn check_said(addresses: &[(&str, &[&str])], said: &str, expect: Option<&str>) {
    let customer = customer(addresses);
    let known = Known {
        customer: Some(&customer),
        quote: None,
        answering: true,
    };
    let to = address_said(&heard("", &[said]), known, &To::Unsaid);
    let expect = expect.map_or(To::Unknown, |id| To::Chosen(AddressId::new(id)));
    assert_eq!(to, Some(expect), "{said}");
}

#[test]
fn an_address_is_found_by_its_names_and_never_guessed() {
    let two: &[(&str, &[&str])] = &[HOME, OFFICE];
    check_said(two, "my office", Some(OFFICE.0));
    check_said(two, "the office on mill road", Some(OFFICE.0));
    check_said(two, "work", Some(OFFICE.0));
    check_said(two, "my house", Some("home"));
    check_said(two, "the other address", Some(OFFICE.0));
    check_said(two, "the usual address", Some("home"));
    check_said(two, "my mother", None);
    check_said(two, "the office or home", None);
    check_said(two, "mill lane", None);
    check_said(&[HOME, OFFICE, CABIN], "another address", None);
    check_said(&[HOME], "the office", None);
    check_said(&[HOME], "my home address", Some("home"));
    check_said(&[], "my home", None);
}

#[test]
fn as_an_answer_an_address_may_stand_alone() {
    let customer = customer(&[HOME, OFFICE]);
    let check = |text: &str, answering: bool, expect: Option<To>| {
        let known = Known {
            customer: Some(&customer),
            quote: None,
            answering,
        };
        assert_eq!(
            address_said(&heard(text, &[]), known, &To::Unsaid),
            expect,
            "{text}"
        );
    };
    let office = || Some(To::Chosen(AddressId::new(OFFICE.0)));
    check("no the office please", true, office());
    check("the office", true, office());
    check("the office", false, None);
    check("home or the office", true, None);
    check("i'm at the office until five", true, None);
    check("yes", true, None);
}

#[test]
fn before_the_customer_is_known_the_words_are_kept() {
    let known = Known {
        customer: None,
        quote: None,
        answering: false,
    };
    let said = |words: &[&str]| address_said(&heard("", words), known, &To::Unsaid);
    assert_eq!(said(&["my office"]), Some(To::Said("my office".to_owned())));
    assert_eq!(said(&["my office", "home"]), Some(To::Unknown));
    assert_eq!(said(&[]), None);
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// A Tuesday; tomorrow for money, then from Friday on, Sundays left out.
fn quote() -> Quote {
    let day = |(text, fee): (&str, i64)| DeliveryDay {
        date: date(text),
        fee: Money::from_minor(fee),
    };
    let days = [
        ("2026-11-25", 600),
        ("2026-11-27", 0),
        ("2026-11-28", 0),
        ("2026-11-30", 0),
        ("2026-12-01", 0),
        ("2026-12-04", 0),
    ];
    Quote {
        total: Money::from_minor(1450),
        discount: Money::default(),
        voucher: None,
        delivery_fee: Money::default(),
        today: Some(date("2026-11-24")),
        days: days.into_iter().map(day).collect(),
    }
}

fn wish(text: &str) -> DayWish {
    wish::wishes(&Words::new(text)).first().expect("a wish").wish
}

#[test]
fn a_wish_finds_its_day_or_none() {
    let check = |text: &str, expect: Result<&str, &str>| {
        let expect = match expect {
            Ok(day) => On::Chosen(date(day)),
            Err(day) => On::Refused(date(day)),
        };
        assert_eq!(picked(wish(text), &quote()), expect, "{text}");
    };
    check("on friday", Ok("2026-11-27"));
    check("tomorrow", Ok("2026-11-25"));
    check("for today please", Err("2026-11-24"));
    check("the day after tomorrow", Err("2026-11-26"));
    check("on sunday", Err("2026-11-29"));
    check("next friday", Ok("2026-12-04"));
    check("on tuesday", Ok("2026-12-01"));
    check("on friday the fourth", Ok("2026-12-04"));
    check("on the thirtieth", Ok("2026-11-30"));
    check("for the fourth of january", Err("2027-01-04"));
    check("not before monday", Ok("2026-11-30"));
    check("any time after monday", Ok("2026-12-01"));
    check("by friday", Ok("2026-11-27"));
    check("before friday", Ok("2026-11-25"));
    check("by today", Err("2026-11-24"));
    check("as soon as possible", Ok("2026-11-25"));
    check("next week", Ok("2026-11-30"));
    check("this weekend", Ok("2026-11-28"));
    assert_eq!(picked(wish("not on friday"), &quote()), On::Unclear);
    assert_eq!(picked(wish("any day"), &quote()), On::Unsaid);
    let none = Quote {
        days: Vec::new(),
        today: None,
        ..quote()
    };
    assert_eq!(picked(wish("on friday"), &none), On::NotOffered);
    assert_eq!(picked(wish("as soon as possible"), &none), On::Unsaid);
}
