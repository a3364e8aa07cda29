//! A shop small enough to check by hand: it keeps stock and orders, is idempotent by key, and can be
//! slow, away, or fail after it has already done the work.

use std::collections::BTreeMap;
use std::time::Duration;

use engine_core::civil::Date;
use engine_core::conversation::action::{Action, ActionError, ActionResult, ActionValue};
use engine_core::ids::{AddressId, CustomerId, IdempotencyKey, OrderId, Sku};
use engine_core::pii::Pii;
use engine_core::shop::{
    Address, Attribute, Balance, Catalogue, ChangeKind, ChangeReceipt, Customer, DeliveryDay, Fulfilment,
    Item, ItemKind, Order, OrderChange, OrderDraft, OrderLine, OrderState, Promise, Quote, Receipt,
    Reschedule, ReservationWish, Return, ReturnLine, ReturnMethod, ReturnOffer, ReturnVerdict, SendBack,
    Stock, VoucherVerdict,
};
use engine_core::units::Money;
use rand::Rng;
use rand::rngs::StdRng;

use crate::calendar::Calendar;

/// The caller that the shop knows. Both values are canaries: they must appear in no record.
pub const KNOWN_PHONE: &str = "+15550142";
pub const KNOWN_NAME: &str = "Wilhelmina Quackenbush";
/// Their addresses: the key, the label, and another name. The second label holds the canary's name.
pub const ADDRESSES: [(&str, &str, &str); 2] = [
    ("a-1", "home", "house"),
    ("a-2", "the office on Quackenbush Lane", "work"),
];
/// A Tuesday.
pub const TODAY: &str = "2026-11-24";

/// How the shop fares. Probabilities per request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShopMood {
    pub latency_ms: (u64, u64),
    pub unavailable: f64,
    /// The request never comes back.
    pub hang: f64,
    /// An order is taken, and its confirmation is lost.
    pub lost_after_commit: f64,
}

impl ShopMood {
    pub const GOOD: Self = Self {
        latency_ms: (30, 60),
        unavailable: 0.0,
        hang: 0.0,
        lost_after_commit: 0.0,
    };
    pub const DOWN: Self = Self {
        unavailable: 1.0,
        ..Self::GOOD
    };
    pub const FORGETFUL: Self = Self {
        lost_after_commit: 1.0,
        ..Self::GOOD
    };
    pub const SLOW: Self = Self {
        latency_ms: (2_000, 2_500),
        ..Self::GOOD
    };

    /// How far the newest order is. Not drawn: that would make every seed another call.
    const fn newest(&self) -> OrderState {
        if self.latency_ms.1.is_multiple_of(2) {
            OrderState::Shipped
        } else {
            OrderState::Packing
        }
    }

    pub fn random(rng: &mut StdRng) -> Self {
        if rng.random_bool(0.4) {
            return Self {
                latency_ms: (30, 61),
                ..Self::GOOD
            };
        }
        Self {
            latency_ms: (10, rng.random_range(20..5_000)),
            unavailable: rng.random_range(0.0..0.3),
            hang: rng.random_range(0.0..0.1),
            lost_after_commit: rng.random_range(0.0..0.5),
        }
    }
}

/// The one voucher there is.
const VOUCHER: &str = "417220";
/// Days in which something can come back.
const RETURN_DAYS: u32 = 60;

/// The shop's own books.
#[derive(Debug)]
pub struct Shop {
    mood: ShopMood,
    catalogue: Catalogue,
    stock: BTreeMap<Sku, u32>,
    orders: Vec<Order>,
    placed: BTreeMap<IdempotencyKey, (OrderDraft, Receipt)>,
    changed: BTreeMap<IdempotencyKey, (OrderChange, ChangeReceipt)>,
    /// Who comes when, and who gets what there is little of.
    pub calendar: Calendar,
    pub callbacks: u32,
    /// What was done that must never be: for the watcher.
    pub faults: Vec<String>,
}

impl Shop {
    pub fn new(mood: ShopMood) -> Self {
        let catalogue = catalogue();
        let stock = catalogue
            .items
            .iter()
            .map(|item| (item.sku.clone(), 50))
            .collect();
        Self {
            mood,
            catalogue,
            stock,
            orders: vec![
                past_order("417220", mood.newest(), 3),
                past_order("417105", OrderState::Delivered, 40),
                Order {
                    due_in_days: Some(9),
                    repeat_days: Some(28),
                    ..past_order("417009", OrderState::Placed, 200)
                },
            ],
            placed: BTreeMap::new(),
            changed: BTreeMap::new(),
            calendar: Calendar::default(),
            callbacks: 0,
            faults: Vec::new(),
        }
    }

    /// Orders taken, by key.
    pub fn placed(&self) -> impl Iterator<Item = (&IdempotencyKey, &OrderDraft, &Receipt)> {
        self.placed
            .iter()
            .map(|(key, (draft, receipt))| (key, draft, receipt))
    }

    /// Does it, and says after how long the answer comes, if it comes.
    pub fn act(&mut self, action: &Action, rng: &mut StdRng) -> Option<(Duration, ActionResult)> {
        let (least, most) = self.mood.latency_ms;
        let latency = Duration::from_millis(rng.random_range(least..=most.max(least)));
        // Hark keeps callback requests itself: they never fail here.
        if let Action::RequestCallback { .. } = action {
            self.callbacks += 1;
            return Some((Duration::from_millis(2), Ok(ActionValue::CallbackRecorded)));
        }
        if rng.random_bool(self.mood.hang) {
            return None;
        }
        if rng.random_bool(self.mood.unavailable) {
            return Some((
                latency,
                Err(ActionError::Unavailable("connection refused".to_owned())),
            ));
        }
        let result = self.answer(action);
        let commits = matches!(
            (action, &result),
            (
                Action::PlaceOrder { .. } | Action::ChangeOrder { .. } | Action::Reserve { .. },
                Ok(_)
            )
        );
        if commits && rng.random_bool(self.mood.lost_after_commit) {
            return Some((latency, Err(ActionError::Unknown("connection reset".to_owned()))));
        }
        Some((latency, result))
    }

    fn answer(&mut self, action: &Action) -> ActionResult {
        match action {
            Action::FindCustomer { phone } => {
                let known = phone.expose() == KNOWN_PHONE;
                Ok(ActionValue::Customer(known.then(customer)))
            }
            Action::ListOrders { customer: id, limit } => {
                let known = *id == customer().id;
                let orders = self
                    .orders
                    .iter()
                    .filter(|_| known)
                    .take(*limit as usize)
                    .cloned()
                    .collect();
                Ok(ActionValue::Orders(orders))
            }
            Action::FindOrder { number } => Ok(ActionValue::Order(
                self.orders.iter().find(|order| order.number == *number).cloned(),
            )),
            Action::CheckStock { skus } => Ok(ActionValue::Stock(
                skus.iter().map(|sku| self.stock_of(sku)).collect(),
            )),
            Action::Quote { draft } => self.quote(draft),
            Action::QuoteReturn { order, wish, .. } => self.quote_return(order, wish.as_ref()),
            Action::PlaceOrder { order, key } => self.place(order.value(), key),
            Action::ChangeOrder { change, key } => self.change(change.value(), key),
            Action::ListOpenings { .. } => Ok(ActionValue::Openings(self.calendar.openings())),
            Action::ListReservations { .. } => Ok(ActionValue::Reservations(self.calendar.reservations())),
            Action::ListLaunches => Ok(ActionValue::Launches(self.calendar.launches())),
            Action::Reserve { wish, key } => self.reserve(wish.value(), key),
            Action::RequestCallback { .. } => Ok(ActionValue::CallbackRecorded),
            Action::StopCalls => Ok(ActionValue::CallsStopped),
            Action::PutOff { .. } => Ok(ActionValue::PutOff),
        }
    }

    fn reserve(&mut self, wish: &ReservationWish, key: &IdempotencyKey) -> ActionResult {
        let answer = self.calendar.reserve(wish, key);
        self.faults.append(&mut self.calendar.faults);
        answer
    }

    fn change(&mut self, change: &OrderChange, key: &IdempotencyKey) -> ActionResult {
        if let Some((before, receipt)) = self.changed.get(key) {
            if before != change {
                self.faults
                    .push(format!("key {key} was used for two different changes"));
            }
            return Ok(ActionValue::Changed(receipt.clone()));
        }
        let returns = matches!(change.change, ChangeKind::Return(_));
        let balance = self.balance_of(&change.change)?;
        let order = self.orders.iter_mut().find(|order| order.id == change.order);
        let fits = |order: &&mut Order| {
            if returns {
                order.state == OrderState::Delivered
            } else {
                order.repeat_days.is_some() || order.state == OrderState::Packing
            }
        };
        let Some(order) = order.filter(fits) else {
            return Err(ActionError::Refused("it has left the shop".to_owned()));
        };
        match &change.change {
            ChangeKind::Return(_) => order.state = OrderState::Returned,
            ChangeKind::Amend(lines) => order.lines.clone_from(lines),
            ChangeKind::Cancel => order.state = OrderState::Cancelled,
            ChangeKind::Pause => order.state = OrderState::Paused,
            ChangeKind::Resume => order.state = OrderState::Placed,
            ChangeKind::Skip => order.due_in_days = order.due_in_days.map(|days| days + 28),
            ChangeKind::Reschedule(Reschedule::NextOn(date)) => {
                let today = order.terms.as_ref().map(|terms| terms.today);
                order.due_in_days = today.map(|today| date.days_from(today));
            }
            ChangeKind::Reschedule(Reschedule::Every(days)) => order.repeat_days = Some(*days),
        }
        let receipt = ChangeReceipt {
            order: order.id.clone(),
            number: order.number.clone(),
            change: change.change.clone(),
            due_in_days: order.due_in_days,
            send_back: returns.then_some(SendBack {
                method: ReturnMethod::Label,
                within_days: 14,
                balance,
            }),
        };
        self.changed
            .insert(key.clone(), (change.clone(), receipt.clone()));
        Ok(ActionValue::Changed(receipt))
    }

    /// A dollar off for anything, and only one code is known.
    fn quote(&self, draft: &OrderDraft) -> ActionResult {
        let sum = self.total(&draft.lines)?;
        let good = draft.voucher.as_deref() == Some(VOUCHER);
        let discount = Money::from_minor(if good { 100 } else { 0 });
        let days = delivery_days(draft);
        let chosen = days.iter().find(|day| Some(day.date) == draft.day);
        let delivery_fee = chosen.map_or_else(Money::default, |day| day.fee);
        Ok(ActionValue::Quote(Quote {
            total: Money::from_minor(sum.minor - discount.minor + delivery_fee.minor),
            discount,
            delivery_fee,
            today: (!days.is_empty()).then(|| date(TODAY)),
            days,
            voucher: draft.voucher.is_some().then_some(if good {
                VoucherVerdict::Good
            } else {
                VoucherVerdict::Unknown
            }),
        }))
    }

    fn quote_return(&self, order: &OrderId, wish: Option<&Return>) -> ActionResult {
        let order = self.orders.iter().find(|known| known.id == *order);
        let order = order.ok_or(ActionError::Refused("no such order".to_owned()))?;
        let verdict = match order.state {
            OrderState::Delivered if order.age_days <= RETURN_DAYS => ReturnVerdict::Open,
            OrderState::Delivered => ReturnVerdict::Late {
                last_day_ago: order.age_days - RETURN_DAYS,
            },
            _ => ReturnVerdict::Never,
        };
        let line = |line: &OrderLine| ReturnLine {
            sku: line.sku.clone(),
            quantity: line.quantity,
            verdict,
        };
        let balance = match wish {
            Some(wish) => self.balance_of(&ChangeKind::Return(wish.clone()))?,
            None => Balance::default(),
        };
        let short = |line: &OrderLine| self.stock.get(&line.sku).copied().unwrap_or_default() < line.quantity;
        Ok(ActionValue::Return(ReturnOffer {
            lines: order.lines.iter().map(line).collect(),
            balance,
            short: wish.is_some_and(|wish| wish.instead.iter().any(short)),
        }))
    }

    fn balance_of(&self, change: &ChangeKind) -> Result<Balance, ActionError> {
        let ChangeKind::Return(wish) = change else {
            return Ok(Balance::default());
        };
        let (back, out) = (self.total(&wish.lines)?.minor, self.total(&wish.instead)?.minor);
        Ok(Balance {
            refund: Money::from_minor((back - out).max(0)),
            to_pay: Money::from_minor((out - back).max(0)),
        })
    }

    fn stock_of(&self, sku: &Sku) -> Stock {
        let available = self.stock.get(sku).copied().unwrap_or(0);
        Stock {
            sku: sku.clone(),
            available,
            lead_time_days: Some(4),
            substitutes: Vec::new(),
        }
    }

    fn total(&self, lines: &[OrderLine]) -> Result<Money, ActionError> {
        lines.iter().try_fold(Money::default(), |sum, line| {
            let item = self
                .catalogue
                .item(&line.sku)
                .ok_or(ActionError::Refused("no such item".to_owned()))?;
            let price = item.price.times(line.quantity).and_then(|price| sum.plus(price));
            price.ok_or(ActionError::Refused("too much".to_owned()))
        })
    }

    fn place(&mut self, draft: &OrderDraft, key: &IdempotencyKey) -> ActionResult {
        if let Some((before, receipt)) = self.placed.get(key) {
            if before != draft {
                self.faults
                    .push(format!("key {key} was used for two different orders"));
            }
            return Ok(ActionValue::Placed(receipt.clone()));
        }
        let total = self.total(&draft.lines)?;
        let own = |id: &AddressId| ADDRESSES.iter().any(|(own, ..)| *own == id.as_str());
        let possible = |day: Date| delivery_days(draft).iter().any(|known| known.date == day);
        if !draft.address.as_ref().is_none_or(own) || !draft.day.is_none_or(possible) {
            self.faults.push(format!(
                "an order to nowhere or never: {:?} {:?}",
                draft.address, draft.day
            ));
            return Err(ActionError::Refused(
                "draft.address_id or draft.delivery_date".to_owned(),
            ));
        }
        for line in &draft.lines {
            let left = self.stock.get(&line.sku).copied().unwrap_or(0);
            if left < line.quantity && !draft.delayed.contains(&line.sku) {
                return Err(ActionError::OutOfStock {
                    sku: line.sku.clone(),
                    available: left,
                });
            }
            self.stock
                .insert(line.sku.clone(), left.saturating_sub(line.quantity));
        }
        let number = format!("{}", 500_123 + 1_111 * self.placed.len());
        let promise = match (draft.fulfilment, draft.day) {
            (Fulfilment::Delivery, Some(day)) => Promise::DeliveryOn(day),
            (Fulfilment::Delivery, None) => Promise::DeliveryDays(2),
            (Fulfilment::Pickup, _) => Promise::PickupMinutes(10),
        };
        let receipt = Receipt {
            order: OrderId::new(format!("o-{number}")),
            number,
            total,
            promise,
        };
        self.placed.insert(key.clone(), (draft.clone(), receipt.clone()));
        Ok(ActionValue::Placed(receipt))
    }
}

fn customer() -> Customer {
    Customer {
        id: CustomerId::new("c-7"),
        name: Pii::new(KNOWN_NAME.to_owned()),
        phone: Pii::new(KNOWN_PHONE.to_owned()),
        addresses: ADDRESSES
            .iter()
            .map(|(id, label, spoken)| Address {
                id: AddressId::new(*id),
                label: Pii::new((*label).to_owned()),
                spoken: vec![Pii::new((*spoken).to_owned())],
            })
            .collect(),
    }
}

fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

/// Tomorrow for two dollars, then from Thursday on for nothing, never on a Sunday. A drink is not brought.
pub fn delivery_days(draft: &OrderDraft) -> Vec<DeliveryDay> {
    if draft.fulfilment == Fulfilment::Pickup {
        return Vec::new();
    }
    [
        ("2026-11-25", 200),
        ("2026-11-26", 0),
        ("2026-11-27", 0),
        ("2026-11-28", 0),
        ("2026-11-30", 0),
    ]
    .map(|(day, fee)| DeliveryDay {
        date: date(day),
        fee: Money::from_minor(fee),
    })
    .to_vec()
}

fn past_order(number: &str, state: OrderState, age_days: u32) -> Order {
    let line = OrderLine {
        sku: Sku::new("dark"),
        name: "Harbour dark roast".to_owned(),
        quantity: 1,
        options: Vec::new(),
    };
    Order {
        id: OrderId::new(format!("o-{number}")),
        number: number.to_owned(),
        state,
        lines: vec![line],
        total: Money::from_minor(1_450),
        age_days,
        due_in_days: (state != OrderState::Delivered).then_some(1),
        fulfilment: Fulfilment::Delivery,
        repeat_days: None,
        parcels: Vec::new(),
        terms: None,
    }
}

/// Four things that do not sound alike.
pub fn catalogue() -> Catalogue {
    let item = |sku: &str, name: &str, spoken: &[&str], kind, unit: &str, minor| Item {
        sku: Sku::new(sku),
        name: name.to_owned(),
        spoken: spoken.iter().map(|form| (*form).to_owned()).collect(),
        kind,
        unit: unit.to_owned(),
        price: Money::from_minor(minor),
        attributes: match sku {
            "dark" => vec![Attribute::RoastDark, Attribute::UseEspresso],
            "light" => vec![Attribute::RoastLight, Attribute::FlavourFruit],
            _ => Vec::new(),
        },
    };
    Catalogue {
        items: vec![
            item(
                "dark",
                "Harbour dark roast",
                &["dark roast", "the dark roast"],
                ItemKind::Beans,
                "bag",
                1_450,
            ),
            item(
                "light",
                "Meadow light roast",
                &["light roast", "the light roast"],
                ItemKind::Beans,
                "bag",
                1_600,
            ),
            item(
                "filters",
                "paper filters",
                &["filters"],
                ItemKind::Equipment,
                "box",
                550,
            ),
            item("latte", "latte", &["caffe latte"], ItemKind::Drink, "", 480),
        ],
    }
}
