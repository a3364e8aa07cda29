//! Two hundred customers and what they ordered before today, made from a seed. One of them is always
//! the same: the demonstration's caller, whose last order is one bag of one thing.

use proto::commerce::v1::{
    Address, Customer, Fulfilment, ItemKind, LineOption, OrderLine, OrderState, Parcel,
};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::catalogue::{PRODUCTS, Product};

/// The number of the demonstration's caller, the first of [`CUSTOMERS`].
pub const DEMO_CALLER: &str = "+15550100";

/// How many customers there are; their numbers run on from [`DEMO_CALLER`].
pub const CUSTOMERS: u32 = 200;

/// An order of the past, before it has a number.
#[derive(Debug, Clone)]
pub struct PastOrder {
    pub state: OrderState,
    pub lines: Vec<OrderLine>,
    pub age_days: u32,
    pub due_in_days: Option<i32>,
    pub fulfilment: Fulfilment,
    pub parcels: Vec<Parcel>,
}

/// The customer with this index, from 0.
pub fn customer(index: u32, rng: &mut StdRng) -> Customer {
    let first = FIRST_NAMES.choose(rng).copied().unwrap_or("Robin");
    let last = LAST_NAMES.choose(rng).copied().unwrap_or("Miller");
    let name = if index == 0 {
        "Robin Miller".to_owned()
    } else {
        format!("{first} {last}")
    };
    Customer {
        id: customer_id(index),
        name,
        phone: phone(index),
        addresses: addresses(index),
    }
}

/// The number of the customer with this index.
pub fn phone(index: u32) -> String {
    format!("+1555{:04}", 100 + index)
}

/// Everybody has a home, the demonstration's caller nothing else; of the others every second one has an
/// office too, and every sixth a third address.
fn addresses(index: u32) -> Vec<Address> {
    let known = match index % 6 {
        0 if index > 0 => 3,
        1 | 3 | 5 => 2,
        _ => 1,
    };
    let rows = ADDRESSES.iter().zip(1..).take(known);
    rows.map(|((label, spoken), place)| Address {
        id: format!("{}-{place}", customer_id(index)),
        label: (*label).to_owned(),
        spoken_names: spoken.iter().map(|name| (*name).to_owned()).collect(),
    })
    .collect()
}

/// The shop's own key of the customer with this index.
pub fn customer_id(index: u32) -> String {
    format!("C{:04}", index + 1)
}

/// Every tenth customer has two bags of something sent again and again.
pub fn standing_order(index: u32) -> Option<Vec<OrderLine>> {
    let beans: Vec<&Product> = PRODUCTS
        .iter()
        .filter(|row| row.kind == ItemKind::Beans && row.stock > 0)
        .collect();
    let turn = usize::try_from(index / 10).ok()?.checked_rem(beans.len())?;
    let row = beans.get(turn).filter(|_| index % 10 == 5)?;
    Some(vec![line(row, 2, vec![])])
}

/// A customer's orders, the oldest first.
pub fn history(index: u32, rng: &mut StdRng) -> Vec<PastOrder> {
    if index == 0 {
        return demo_history();
    }
    let mut orders: Vec<PastOrder> = (0..rng.random_range(0..5))
        .map(|n| past_order(OrderState::Delivered, 200 - n * 30, rng))
        .collect();
    // The newest goes through the states in turn, so that every state has about twenty orders.
    let states = usize::try_from(index).unwrap_or_default();
    if let Some(state) = STATES.get(states % STATES.len()) {
        orders.push(past_order(*state, 0, rng));
    }
    orders
}

fn demo_history() -> Vec<PastOrder> {
    let bought = |sku: &str, quantity, age_days| PastOrder {
        state: OrderState::Delivered,
        lines: PRODUCTS
            .iter()
            .filter(|row| row.sku == sku)
            .map(|row| line(row, quantity, vec![]))
            .collect(),
        age_days,
        due_in_days: None,
        fulfilment: Fulfilment::Delivery,
        parcels: Vec::new(),
    };
    vec![bought("GEAR-FILTERS", 2, 75), bought("BEAN-HARBOR-DARK", 1, 12)]
}

fn past_order(state: OrderState, add_days: u32, rng: &mut StdRng) -> PastOrder {
    let (ages, due) = timing(state, rng);
    let pickup = state == OrderState::ReadyForPickup;
    let lines = if pickup {
        vec![drink_line(rng)]
    } else {
        goods_lines(rng)
    };
    PastOrder {
        state,
        parcels: parcels(state, due, &lines),
        lines,
        age_days: ages + add_days,
        due_in_days: due,
        fulfilment: if pickup {
            Fulfilment::Pickup
        } else {
            Fulfilment::Delivery
        },
    }
}

/// What has shipped and is of several things has gone in two: the first thing is there already.
fn parcels(state: OrderState, due: Option<i32>, lines: &[OrderLine]) -> Vec<Parcel> {
    let (OrderState::Shipped, [first, rest @ ..]) = (state, lines) else {
        return Vec::new();
    };
    if rest.is_empty() {
        return Vec::new();
    }
    let parcel = |state: OrderState, lines: &[OrderLine], due_in_days| Parcel {
        state: state.into(),
        lines: lines.to_vec(),
        due_in_days,
    };
    vec![
        parcel(OrderState::Delivered, std::slice::from_ref(first), None),
        parcel(OrderState::Shipped, rest, due),
    ]
}

/// Age in days and days until arrival, as they go with a state.
fn timing(state: OrderState, rng: &mut StdRng) -> (u32, Option<i32>) {
    match state {
        OrderState::Placed | OrderState::Unspecified => (0, Some(3)),
        OrderState::Packing => (1, Some(2)),
        OrderState::Shipped => (2, Some(rng.random_range(1..3))),
        OrderState::OutForDelivery => (3, Some(0)),
        OrderState::ReadyForPickup => (0, Some(0)),
        OrderState::Delayed => (rng.random_range(5..9), Some(rng.random_range(-3..4))),
        OrderState::Lost => (rng.random_range(20..30), None),
        OrderState::Delivered | OrderState::Cancelled | OrderState::Returned | OrderState::Paused => {
            (rng.random_range(5..30), None)
        }
    }
}

fn goods_lines(rng: &mut StdRng) -> Vec<OrderLine> {
    let goods: Vec<&Product> = PRODUCTS
        .iter()
        .filter(|row| row.kind != ItemKind::Drink)
        .collect();
    let count = rng.random_range(1..4);
    let chosen: Vec<&Product> = goods.choose_multiple(rng, count).copied().collect();
    chosen
        .into_iter()
        .map(|row| line(row, rng.random_range(1..4), vec![]))
        .collect()
}

fn drink_line(rng: &mut StdRng) -> OrderLine {
    let drinks: Vec<&Product> = PRODUCTS
        .iter()
        .filter(|row| row.kind == ItemKind::Drink)
        .collect();
    let size = ["small", "medium", "large"]
        .choose(rng)
        .copied()
        .unwrap_or("medium");
    let options = vec![LineOption {
        name: "size".to_owned(),
        value: size.to_owned(),
    }];
    let row = drinks.choose(rng).copied().or(drinks.first().copied());
    row.map(|row| line(row, 1, options)).unwrap_or_default()
}

fn line(row: &Product, quantity: u32, options: Vec<LineOption>) -> OrderLine {
    OrderLine {
        sku: row.sku.to_owned(),
        name: row.name.to_owned(),
        quantity,
        options,
        accept_delay: false,
    }
}

/// How people call where their parcels go, and what else they say for it.
const ADDRESSES: &[(&str, &[&str])] = &[
    ("home", &["house"]),
    ("the office on Mill Road", &["office", "work", "mill road"]),
    ("the cabin", &["cabin", "the lake"]),
];

const STATES: [OrderState; 10] = [
    OrderState::Placed,
    OrderState::Packing,
    OrderState::Shipped,
    OrderState::OutForDelivery,
    OrderState::Delivered,
    OrderState::ReadyForPickup,
    OrderState::Delayed,
    OrderState::Lost,
    OrderState::Cancelled,
    OrderState::Returned,
];

const FIRST_NAMES: [&str; 20] = [
    "Alex", "Sam", "Jamie", "Morgan", "Casey", "Jordan", "Taylor", "Riley", "Avery", "Quinn", "Maria",
    "Chen", "Amina", "Tom", "Grace", "Victor", "Nina", "Omar", "Julia", "Peter",
];

const LAST_NAMES: [&str; 20] = [
    "Carter", "Nguyen", "Patel", "Garcia", "Kim", "Olsen", "Brown", "Fischer", "Rossi", "Cohen", "Murphy",
    "Silva", "Novak", "Young", "Hill", "Baker", "Ward", "Reyes", "Stone", "Park",
];
