//! The shop's books: stock, customers, orders, and the keys under which orders were placed. All of it
//! in memory and behind one lock, so placing is atomic; nothing outlives the process.

mod changes;
mod delivery;
mod reservations;
mod returns;
mod vouchers;

use std::collections::{BTreeMap, BTreeSet};

use engine_core::civil::Date;
use proto::commerce::v1::{
    ChangeOrderRequest, ChangeOrderResponse, Customer, Fulfilment, ItemKind, LineOption, Order, OrderDraft,
    OrderKind, OrderLine, OrderState, OutOfStock, Parcel, PlaceOrderResponse, PlacedOrder, StockLevel,
    place_order_response, placed_order,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use thiserror::Error;

use super::calendar;
use super::catalogue::{self, PRODUCTS, money, surcharge_minor};
use super::people::{self, CUSTOMERS};
use delivery::DELIVERY_DAYS;
pub use delivery::Now;
use reservations::Visits;

/// Orders that the books can hold; a demonstration that needs more should be restarted.
const ORDERS_MAX: usize = 100_000;
const LINES_MAX: usize = 20;
const QUANTITY_MAX: u32 = 1_000;
const OPTIONS_MAX: usize = 16;
const TEXT_MAX: usize = 100;
const KEY_MAX: usize = 128;
/// Standing orders come every four weeks, and are older than every other order.
const REPEAT_DAYS: u32 = 28;
const STANDING_AGE_DAYS: u32 = 300;

/// Why the shop will not do it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("idempotency_key is missing: every PlaceOrder needs one")]
    NoKey,
    #[error("idempotency_key must be 1 to 128 characters of [A-Za-z0-9:_-]")]
    BadKey,
    #[error("this idempotency_key has placed another order: make a new key for a new draft")]
    KeyReused,
    #[error("draft: {0}")]
    BadDraft(String),
    #[error("draft.{field}: {why}")]
    BadField { field: &'static str, why: String },
    #[error("draft.delivery_date: {0} is not, or no longer, a day on which it could come")]
    NotThatDay(Date),
    #[error("the books are full: restart the demo shop")]
    Full,
    #[error("the customer has no such order")]
    NoOrder,
    #[error("there is no such opening, launch, reservation or customer")]
    NoReservation,
    #[error("it is too late for that, or the order is not one for which it makes sense: {0}")]
    NotNow(&'static str),
}

/// The books.
#[derive(Debug, Clone)]
pub struct Ledger {
    stock: BTreeMap<&'static str, u32>,
    customers: Vec<Customer>,
    /// The oldest first.
    orders: Vec<Entry>,
    /// Standing orders, all set up before the oldest of `orders`.
    standing: Vec<Entry>,
    /// Its standing orders keep to their days.
    fixed_days: bool,
    keys: BTreeMap<String, Remembered>,
    /// Keys under which orders were changed, with the request and the first answer.
    changes: BTreeMap<String, (ChangeOrderRequest, ChangeOrderResponse)>,
    /// How many of a SKU have come back of an order, by the order's id.
    returned: BTreeMap<(String, String), u32>,
    /// Who has had which voucher: customer and code.
    vouchers: BTreeSet<(String, String)>,
    visits: Visits,
    now: Now,
    rng: StdRng,
}

#[derive(Debug, Clone)]
struct Entry {
    customer_id: String,
    order: Order,
}

#[derive(Debug, Clone)]
struct Remembered {
    draft: OrderDraft,
    answer: PlaceOrderResponse,
}

impl Ledger {
    pub fn new(seed: u64) -> Self {
        let mut ledger = Self {
            stock: PRODUCTS.iter().map(|row| (row.sku, row.stock)).collect(),
            customers: Vec::new(),
            orders: Vec::new(),
            standing: Vec::new(),
            fixed_days: false,
            keys: BTreeMap::new(),
            changes: BTreeMap::new(),
            returned: BTreeMap::new(),
            vouchers: BTreeSet::new(),
            visits: Visits::new(),
            now: Now::still(),
            rng: StdRng::seed_from_u64(seed),
        };
        ledger.fill();
        ledger
    }

    pub fn find_customer(&self, phone: &str) -> Option<&Customer> {
        let wanted = digits(phone);
        self.customers
            .iter()
            .find(|customer| digits(&customer.phone) == wanted)
    }

    /// The newest first.
    pub fn orders_of(&self, customer_id: &str, limit: usize) -> Vec<Order> {
        let own = self
            .orders
            .iter()
            .rev()
            .chain(&self.standing)
            .filter(|entry| entry.customer_id == customer_id);
        own.take(limit).map(|entry| self.as_told(&entry.order)).collect()
    }

    pub fn find_order(&self, number: &str) -> Option<Order> {
        let mut orders = self.orders.iter().chain(&self.standing);
        let found = orders.find(|entry| entry.order.number == number)?;
        Some(self.as_told(&found.order))
    }

    pub fn stock_of(&self, sku: &str) -> Option<StockLevel> {
        let row = catalogue::product(sku)?;
        Some(StockLevel {
            sku: row.sku.to_owned(),
            available: self.stock.get(row.sku).copied().unwrap_or_default(),
            lead_time_days: row.lead_time_days,
            substitute_skus: row.substitutes.iter().map(|sku| (*sku).to_owned()).collect(),
        })
    }

    /// Puts so many of it on the shelf, for tests. False when the shop has never heard of it.
    pub fn set_stock(&mut self, sku: &str, available: u32) -> bool {
        let shelf = self.stock.get_mut(sku);
        shelf.map(|left| *left = available).is_some()
    }

    /// Writes an order of the past down as it is, for tests; a standing one when it repeats.
    pub fn remember(&mut self, customer_id: &str, order: Order) {
        let total = order.lines.iter().filter_map(|line| line_total(line).ok()).sum();
        let standing = order.repeat_days > 0;
        let lines = order.lines.iter().map(named).collect();
        let parcels = order.parcels.iter().map(|parcel| Parcel {
            lines: parcel.lines.iter().map(named).collect(),
            ..parcel.clone()
        });
        let parcels = parcels.collect();
        let books = if standing {
            &mut self.standing
        } else {
            &mut self.orders
        };
        books.push(Entry {
            customer_id: customer_id.to_owned(),
            order: Order {
                id: format!("T{}", order.number),
                total: Some(money(total)),
                lines,
                parcels,
                ..order
            },
        });
    }

    /// Forgets what a customer has ordered, for tests.
    pub fn forget_orders(&mut self, customer_id: &str) {
        self.orders.retain(|entry| entry.customer_id != customer_id);
        self.standing.retain(|entry| entry.customer_id != customer_id);
    }

    /// Every key that has been used, with the order that it placed.
    pub fn placed(&self) -> Vec<(String, Order)> {
        let placed = |remembered: &Remembered| match &remembered.answer.outcome {
            Some(place_order_response::Outcome::Placed(placed)) => placed.order.clone(),
            Some(place_order_response::Outcome::OutOfStock(_)) | None => None,
        };
        self.keys
            .iter()
            .filter_map(|(key, seen)| Some((key.clone(), placed(seen)?)))
            .collect()
    }

    /// Cents, with what the drinks' choices add.
    pub fn quote(&self, draft: &OrderDraft) -> Result<i64, Refusal> {
        self.validate(draft)?;
        draft
            .lines
            .iter()
            .try_fold(0_i64, |sum, line| Ok(sum.saturating_add(line_total(line)?)))
    }

    /// Exactly once for each key: a repetition gets the first answer again, whatever it was.
    pub fn place(&mut self, key: &str, draft: OrderDraft) -> Result<PlaceOrderResponse, Refusal> {
        check_key(key)?;
        if let Some(seen) = self.keys.get(key) {
            return if seen.draft == draft {
                Ok(seen.answer.clone())
            } else {
                Err(Refusal::KeyReused)
            };
        }
        let total = self.to_pay(&draft)?;
        self.require_day(&draft)?;
        if self.orders.len() >= ORDERS_MAX {
            return Err(Refusal::Full);
        }
        let outcome = match self.shortage(&draft) {
            Some(short) => place_order_response::Outcome::OutOfStock(short),
            None => place_order_response::Outcome::Placed(self.commit(&draft, total)),
        };
        let answer = PlaceOrderResponse {
            outcome: Some(outcome),
        };
        self.keys.insert(
            key.to_owned(),
            Remembered {
                draft,
                answer: answer.clone(),
            },
        );
        Ok(answer)
    }

    fn commit(&mut self, draft: &OrderDraft, total_minor: i64) -> PlacedOrder {
        let promise = self.promise(draft);
        self.use_up(draft);
        for line in &draft.lines {
            if let Some(left) = self.stock.get_mut(line.sku.as_str()) {
                *left = left.saturating_sub(line.quantity);
            }
        }
        let due_in_days = match &promise {
            placed_order::Promise::DeliveryDays(days) => i32::try_from(*days).ok(),
            placed_order::Promise::DeliveryDate(date) => {
                calendar::date(*date).map(|date| date.days_from(self.today()))
            }
            placed_order::Promise::PickupMinutes(_) => Some(0),
        };
        let order = Order {
            state: OrderState::Placed.into(),
            lines: draft.lines.iter().map(named).collect(),
            total: Some(money(total_minor)),
            due_in_days,
            fulfilment: draft.fulfilment,
            address_id: draft.address_id.clone(),
            delivery_date: draft.delivery_date,
            ..Order::default()
        };
        let order = self.enter(draft.customer_id.clone(), order);
        PlacedOrder {
            order: Some(order),
            promise: Some(promise),
        }
    }

    /// Gives the order its id and number and writes it down.
    fn enter(&mut self, customer_id: String, order: Order) -> Order {
        let number = self.free_number();
        let order = Order {
            id: format!("O{:06}", self.orders.len() + 1),
            number,
            ..order
        };
        self.orders.push(Entry {
            customer_id,
            order: order.clone(),
        });
        order
    }

    /// Six digits that no order has. There are nine times as many as the books can hold.
    fn free_number(&mut self) -> String {
        loop {
            let number = self.rng.random_range(100_000..1_000_000_u32).to_string();
            if self.find_order(&number).is_none() {
                return number;
            }
        }
    }

    /// The first thing of which there is too little, and for which the customer will or can not wait.
    fn shortage(&self, draft: &OrderDraft) -> Option<OutOfStock> {
        self.short_of(draft)
            .find(|sku| waiting_for(draft, sku).is_none())
            .map(|sku| OutOfStock {
                sku: sku.to_owned(),
                available: self.stock.get(sku).copied().unwrap_or_default(),
            })
    }

    /// The day that was chosen, or as soon as it goes; drinks take eight minutes and two more for each.
    fn promise(&self, draft: &OrderDraft) -> placed_order::Promise {
        match draft.fulfilment() {
            Fulfilment::Pickup => {
                let cups: u32 = draft.lines.iter().map(|line| line.quantity).sum();
                placed_order::Promise::PickupMinutes(6_u32.saturating_add(cups.saturating_mul(2)).min(60))
            }
            Fulfilment::Delivery | Fulfilment::Unspecified => draft.delivery_date.map_or_else(
                || placed_order::Promise::DeliveryDays(self.soonest_days(self.wait_days(draft))),
                placed_order::Promise::DeliveryDate,
            ),
        }
    }

    /// Days until everything is there; 0 when nothing is waited for.
    fn wait_days(&self, draft: &OrderDraft) -> u32 {
        self.short_of(draft)
            .filter_map(|sku| waiting_for(draft, sku))
            .max()
            .unwrap_or_default()
    }

    /// What more is wanted of than there is, all lines of it counted.
    fn short_of<'d>(&self, draft: &'d OrderDraft) -> impl Iterator<Item = &'d str> {
        let mut wanted: BTreeMap<&'d str, u32> = BTreeMap::new();
        for line in &draft.lines {
            let sum = wanted.entry(&line.sku).or_default();
            *sum = sum.saturating_add(line.quantity);
        }
        wanted.retain(|sku, quantity| self.stock.get(sku).copied().unwrap_or_default() < *quantity);
        wanted.into_keys()
    }

    fn validate(&self, draft: &OrderDraft) -> Result<(), Refusal> {
        let guest = draft.customer_id.is_empty();
        if !guest
            && !self
                .customers
                .iter()
                .any(|customer| customer.id == draft.customer_id)
        {
            return refuse(format!("no customer {:?}", shortened(&draft.customer_id)));
        }
        if draft.lines.is_empty() || draft.lines.len() > LINES_MAX {
            return refuse(format!("needs 1 to {LINES_MAX} lines, has {}", draft.lines.len()));
        }
        for line in &draft.lines {
            validate_line(line, draft.fulfilment())?;
        }
        self.validate_delivery(draft)?;
        match draft.fulfilment() {
            Fulfilment::Unspecified => refuse("fulfilment is missing: delivery or pick-up".to_owned()),
            Fulfilment::Delivery if guest => refuse("a guest can only order for pick-up".to_owned()),
            Fulfilment::Delivery | Fulfilment::Pickup => Ok(()),
        }
    }

    fn fill(&mut self) {
        for index in 0..CUSTOMERS {
            let customer = people::customer(index, &mut self.rng);
            for past in people::history(index, &mut self.rng) {
                let lines = past.lines;
                let total = lines.iter().filter_map(|line| line_total(line).ok()).sum();
                let order = Order {
                    state: past.state.into(),
                    lines,
                    total: Some(money(total)),
                    age_days: past.age_days,
                    due_in_days: past.due_in_days,
                    fulfilment: past.fulfilment.into(),
                    parcels: past.parcels,
                    ..Order::default()
                };
                self.enter(customer.id.clone(), order);
            }
            self.customers.push(customer);
        }
        for index in 0..CUSTOMERS {
            if let Some(lines) = people::standing_order(index) {
                self.subscribe(index, lines);
            }
        }
    }

    /// Two bags every four weeks, and the like. After all other orders, whose numbers stay as they are.
    fn subscribe(&mut self, index: u32, lines: Vec<OrderLine>) {
        let total = lines.iter().filter_map(|line| line_total(line).ok()).sum();
        let order = Order {
            id: format!("S{:06}", self.standing.len() + 1),
            number: self.free_number(),
            state: OrderState::Placed.into(),
            lines,
            total: Some(money(total)),
            age_days: STANDING_AGE_DAYS,
            due_in_days: i32::try_from(1 + index % REPEAT_DAYS).ok(),
            fulfilment: Fulfilment::Delivery.into(),
            kind: OrderKind::Standing.into(),
            repeat_days: REPEAT_DAYS,
            ..Order::default()
        };
        self.standing.push(Entry {
            customer_id: people::customer_id(index),
            order,
        });
    }
}

fn check_key(key: &str) -> Result<(), Refusal> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-');
    match key {
        "" => Err(Refusal::NoKey),
        key if key.len() > KEY_MAX || !key.chars().all(allowed) => Err(Refusal::BadKey),
        _ => Ok(()),
    }
}

fn validate_line(line: &OrderLine, fulfilment: Fulfilment) -> Result<(), Refusal> {
    let row = product_of(line)?;
    if line.quantity == 0 || line.quantity > QUANTITY_MAX {
        return refuse(format!(
            "quantity of {} must be 1 to {QUANTITY_MAX}, is {}",
            row.sku, line.quantity
        ));
    }
    let too_long = |option: &LineOption| option.name.len() > TEXT_MAX || option.value.len() > TEXT_MAX;
    if line.options.len() > OPTIONS_MAX || line.options.iter().any(too_long) {
        return refuse(format!("options of {} are too many or too long", row.sku));
    }
    if row.kind == ItemKind::Drink && fulfilment == Fulfilment::Delivery {
        return refuse(format!("{} is a drink: drinks are for pick-up", row.sku));
    }
    Ok(())
}

fn product_of(line: &OrderLine) -> Result<&'static catalogue::Product, Refusal> {
    catalogue::product(&line.sku)
        .ok_or_else(|| Refusal::BadDraft(format!("no item {:?}", shortened(&line.sku))))
}

fn line_total(line: &OrderLine) -> Result<i64, Refusal> {
    let row = product_of(line)?;
    let extra: i64 = line
        .options
        .iter()
        .map(|option| surcharge_minor(&option.name, &option.value))
        .sum();
    Ok((row.price_minor + extra).saturating_mul(line.quantity.into()))
}

fn named(line: &OrderLine) -> OrderLine {
    let name = catalogue::product(&line.sku).map_or_else(String::new, |row| row.name.to_owned());
    OrderLine {
        name,
        accept_delay: false,
        ..line.clone()
    }
}

/// Days until more of it arrives, if the customer waits for all of it and more is on order.
fn waiting_for(draft: &OrderDraft, sku: &str) -> Option<u32> {
    let mut lines = draft.lines.iter().filter(|line| line.sku == sku);
    let agreed = lines.all(|line| line.accept_delay);
    catalogue::product(sku)?.lead_time_days.filter(|_| agreed)
}

fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

fn shortened(text: &str) -> String {
    text.chars().take(TEXT_MAX).collect()
}

fn refuse<T>(why: String) -> Result<T, Refusal> {
    Err(Refusal::BadDraft(why))
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
