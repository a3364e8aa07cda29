//! The shop as a dialogue wants it: what it has, who ordered what, and what goes wrong.

use demo::merchant::calendar;
use demo::merchant::ledger::Now;
use engine_core::civil::Date;
use engine_core::conversation::action::{Action, ActionError, ActionResult, ActionValue};
use engine_core::ids::Sku;
use proto::commerce::v1::{Fulfilment, Order, OrderChange, OrderKind, OrderLine, OrderState, Parcel};

use super::dialogue::{Wanted, did_you_mean, goods};
use crate::commerce::local::LocalShop;

/// A line that begins with `Shop:`.
#[derive(Debug, Clone)]
pub(super) enum Scenery {
    /// It answers nothing from now on, or answers again.
    Away(bool),
    Stock {
        sku: String,
        available: u32,
    },
    /// Its day and hour from now on: "2026-11-24", 15.
    Clock(Now),
    /// Its subscriptions can only be skipped or paused.
    KeepsDays,
    /// The caller has never ordered anything.
    NoOrders,
    /// The caller has this order.
    Order(Box<Order>),
    /// Others have so many places of a launch, or all of an opening: "aurora", "tasting@2026-03-06T11:00".
    GivenAway {
        id: String,
        quantity: u32,
    },
    /// The next action of this name goes wrong.
    Fault {
        action: &'static str,
        how: Fault,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    Fails,
    /// Done, and the answer never came.
    Lost,
    Refused,
    /// There is none of what was looked up.
    Nothing,
    Short {
        sku: String,
        available: u32,
    },
}

impl Scenery {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["is", "away"] => Ok(Self::Away(true)),
            ["is", "back"] => Ok(Self::Away(false)),
            ["has", available, sku] => Ok(Self::Stock {
                sku: (*sku).to_owned(),
                available: number(available)?,
            }),
            ["has", "the", date, "at", hour] => {
                let today = Date::parse(date).ok_or_else(|| format!("`{date}` is no day like 2026-03-04"))?;
                let hour = number(hour)?;
                let hour = u8::try_from(hour).ok().filter(|hour| *hour < 24);
                let hour = hour.ok_or("an hour is 0 to 23")?;
                Ok(Self::Clock(Now { today, hour }))
            }
            ["moves", "no", "deliveries"] => Ok(Self::KeepsDays),
            ["knows", "no", "orders"] => Ok(Self::NoOrders),
            ["knows", "order", ..] => order(text).map(|order| Self::Order(Box::new(order))),
            ["gives", "away", id] => Ok(Self::GivenAway {
                id: (*id).to_owned(),
                quantity: 1,
            }),
            ["gives", "away", quantity, id] => Ok(Self::GivenAway {
                id: (*id).to_owned(),
                quantity: number(quantity)?,
            }),
            [action, "fails"] => fault(action, Fault::Fails),
            [action, "is", "lost"] => fault(action, Fault::Lost),
            [action, "finds", "nothing"] => fault(action, Fault::Nothing),
            [action, "is", "refused"] => fault(action, Fault::Refused),
            [action, "finds", available, sku] => fault(
                action,
                Fault::Short {
                    sku: (*sku).to_owned(),
                    available: number(available)?,
                },
            ),
            _ => Err(format!(
                "`{text}` is nothing a shop does here; it can: {}",
                FORMS.join(" | ")
            )),
        }
    }
}

/// The demo shop's books, and what a dialogue has done to them.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) shop: LocalShop,
    away: bool,
    faults: Vec<(&'static str, Fault)>,
    pub(super) callbacks: usize,
}

impl Stage {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            shop: LocalShop::new(seed),
            away: false,
            faults: Vec::new(),
            callbacks: 0,
        }
    }

    /// Sets something up for the caller with this number; a message when it cannot be.
    pub(super) fn set(&mut self, scenery: &Scenery, phone: Option<&str>) -> Result<(), String> {
        match scenery {
            Scenery::Away(away) => self.away = *away,
            Scenery::Clock(now) => {
                self.shop.ledger.set_now(*now);
                self.shop.ledger.set_today(now.today);
            }
            Scenery::Fault { action, how } => self.faults.push((action, how.clone())),
            Scenery::Stock { sku, available } => {
                if !self.shop.ledger.set_stock(sku, *available) {
                    return Err(no_item(sku));
                }
            }
            Scenery::GivenAway { id, quantity } => {
                if !self.shop.ledger.give_away(id, *quantity) {
                    return Err(format!(
                        "the demo shop has neither an opening nor a launch `{id}`"
                    ));
                }
            }
            Scenery::KeepsDays => self.shop.ledger.keep_days(),
            Scenery::NoOrders => {
                let customer = self.customer(phone)?;
                self.shop.ledger.forget_orders(&customer);
            }
            Scenery::Order(order) => {
                let customer = self.customer(phone)?;
                if let Some(line) = order
                    .lines
                    .iter()
                    .find(|line| self.shop.ledger.stock_of(&line.sku).is_none())
                {
                    return Err(no_item(&line.sku));
                }
                self.shop.ledger.remember(&customer, Order::clone(order));
            }
        }
        Ok(())
    }

    pub(super) fn answer(&mut self, action: &Action) -> ActionResult {
        let callback = matches!(action, Action::RequestCallback { .. });
        if self.away && !callback {
            return Err(ActionError::Unavailable("the shop is away".to_owned()));
        }
        let at = self.faults.iter().position(|(name, _)| *name == action.name());
        let result = match at.map(|at| self.faults.remove(at).1) {
            None => self.shop.answer(action),
            Some(Fault::Fails) => Err(ActionError::Unavailable("it failed".to_owned())),
            Some(Fault::Refused) => Err(ActionError::Refused("the shop will not".to_owned())),
            Some(Fault::Nothing) => self.shop.answer(action).map(emptied),
            Some(Fault::Lost) => {
                // Done all the same.
                drop(self.shop.answer(action));
                Err(ActionError::Unknown("the answer was lost".to_owned()))
            }
            Some(Fault::Short { sku, available }) => Err(ActionError::OutOfStock {
                sku: Sku::new(sku),
                available,
            }),
        };
        if callback && matches!(result, Ok(ActionValue::CallbackRecorded)) {
            self.callbacks += 1;
        }
        result
    }

    /// Orders that the shop has taken in this call.
    pub(super) fn placed(&self) -> usize {
        self.shop.ledger.placed().len()
    }

    /// What they are, and where and when they go.
    pub(super) fn orders(&self) -> Vec<Wanted> {
        let placed = self.shop.ledger.placed().into_iter();
        let told = |order: Order| {
            let day = order.delivery_date.and_then(calendar::date);
            let lines = order.lines.into_iter();
            let mut goods: Vec<(String, u32)> = lines.map(|line| (line.sku, line.quantity)).collect();
            goods.sort();
            Wanted {
                goods,
                to: order.address_id,
                on: day.map_or_else(String::new, |day| day.to_string()),
            }
        };
        placed.map(|(_, order)| told(order)).collect()
    }

    /// Changes that the shop has made in this call: what, and of which order.
    pub(super) fn changes(&self) -> Vec<(String, String)> {
        let changes = self.shop.ledger.changed().into_iter();
        let name = |change: OrderChange| match change {
            OrderChange::Cancel => "cancel",
            OrderChange::Pause => "pause",
            OrderChange::Resume => "resume",
            OrderChange::Skip => "skip",
            OrderChange::Move => "move",
            OrderChange::Interval => "interval",
            OrderChange::Return => "return",
            OrderChange::Amend => "amend",
            OrderChange::Unspecified => "",
        };
        changes
            .map(|(_, change, order)| (name(change).to_owned(), order.number))
            .collect()
    }

    /// What the shop has reserved and given up in this call: "book tasting@2026-03-06T11:00".
    pub(super) fn reservations(&self) -> Vec<String> {
        self.shop.ledger.reservations()
    }

    fn customer(&self, phone: Option<&str>) -> Result<String, String> {
        let found = phone.and_then(|phone| self.shop.ledger.find_customer(phone));
        found.map(|customer| customer.id.clone()).ok_or_else(|| {
            "the shop does not know this caller; name a customer with `Phone:` first".to_owned()
        })
    }
}

/// The same answer, with nothing in it where it is a list.
fn emptied(value: ActionValue) -> ActionValue {
    match value {
        ActionValue::Customer(_) => ActionValue::Customer(None),
        ActionValue::Orders(_) => ActionValue::Orders(Vec::new()),
        ActionValue::Order(_) => ActionValue::Order(None),
        ActionValue::Openings(mut openings) => {
            openings.openings.clear();
            ActionValue::Openings(openings)
        }
        ActionValue::Reservations(mut own) => {
            own.reservations.clear();
            ActionValue::Reservations(own)
        }
        ActionValue::Launches(mut launches) => {
            launches.launches.clear();
            ActionValue::Launches(launches)
        }
        other @ (ActionValue::Stock(_)
        | ActionValue::Quote(_)
        | ActionValue::Return(_)
        | ActionValue::Placed(_)
        | ActionValue::Changed(_)
        | ActionValue::Reserved(_)
        | ActionValue::CallbackRecorded
        | ActionValue::CallsStopped
        | ActionValue::PutOff) => other,
    }
}

fn no_item(sku: &str) -> String {
    let skus: Vec<&str> = demo::merchant::catalogue::PRODUCTS
        .iter()
        .map(|row| row.sku)
        .collect();
    format!("the demo shop sells no {sku}{}", did_you_mean(sku, &skus))
}

fn fault(action: &str, how: Fault) -> Result<Scenery, String> {
    let known = ACTIONS.iter().find(|name| **name == action);
    known
        .map(|action| Scenery::Fault { action, how })
        .ok_or_else(|| format!("there is no action `{action}`{}", did_you_mean(action, ACTIONS)))
}

/// "knows order 417220 shipped, 3 days old, due in 1: 1 BEAN-HARBOR-DARK"; "every 28 days" makes it a
/// standing order. Its parcels may follow, each as [`parcel`] reads it.
fn order(text: &str) -> Result<Order, String> {
    let (about, lines) = text
        .split_once(':')
        .ok_or("an order needs its lines: knows order 417220 shipped: 1 GEAR-FILTERS")?;
    let mut order = Order {
        fulfilment: Fulfilment::Delivery.into(),
        ..Order::default()
    };
    for (at, part) in about.split(',').enumerate() {
        let words: Vec<&str> = part.split_whitespace().collect();
        match words.as_slice() {
            ["knows", "order", number, state] if at == 0 => {
                order.number = (*number).to_owned();
                order.state = state_of(state)?.into();
            }
            [days, "days", "old"] => order.age_days = number(days)?,
            ["due", "in", days] => order.due_in_days = Some(whole(days)?),
            ["every", days, "days"] => {
                order.repeat_days = number(days)?;
                order.kind = OrderKind::Standing.into();
            }
            _ => {
                return Err(format!(
                    "`{}` says nothing about an order; {ORDER_FORM}",
                    part.trim()
                ));
            }
        }
    }
    let mut parts = lines.split(';');
    order.lines = order_lines(parts.next().unwrap_or_default())?;
    order.parcels = parts.map(parcel).collect::<Result<_, _>>()?;
    Ok(order)
}

/// "shipped, due in 1: 2 GEAR-MUG".
fn parcel(text: &str) -> Result<Parcel, String> {
    let unclear = || format!("`{}` says nothing about a parcel; {PARCEL_FORM}", text.trim());
    let (about, lines) = text.split_once(':').ok_or_else(unclear)?;
    let (state, due) = match about.split_once(',') {
        Some((state, due)) => (
            state,
            Some(due.trim().strip_prefix("due in ").ok_or_else(unclear)?),
        ),
        None => (about, None),
    };
    Ok(Parcel {
        state: state_of(state.trim())?.into(),
        lines: order_lines(lines)?,
        due_in_days: due.map(whole).transpose()?,
    })
}

fn order_lines(text: &str) -> Result<Vec<OrderLine>, String> {
    let lines = goods(text)?.into_iter().map(|(sku, quantity)| OrderLine {
        sku,
        quantity,
        ..OrderLine::default()
    });
    Ok(lines.collect())
}

fn whole(text: &str) -> Result<i32, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

fn state_of(name: &str) -> Result<OrderState, String> {
    let names: Vec<&str> = STATES.iter().map(|(name, _)| *name).collect();
    let known = STATES.iter().find(|(known, _)| *known == name);
    known
        .map(|(_, state)| *state)
        .ok_or_else(|| format!("no order is `{name}`{}", did_you_mean(name, &names)))
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

const PARCEL_FORM: &str = "write: delivered: 1 GEAR-FILTERS; shipped, due in 1: 2 GEAR-MUG";
const ORDER_FORM: &str = "write: knows order 417220 shipped, 3 days old, due in 1: 1 GEAR-FILTERS";
const FORMS: &[&str] = &[
    "is away",
    "is back",
    "has 3 SKU",
    "has the 2026-03-04 at 15",
    "moves no deliveries",
    "knows no orders",
    "knows order 417220 shipped, 3 days old, due in 1: 1 SKU",
    "knows order 417220 shipped: 1 SKU, 2 SKU2; delivered: 1 SKU; shipped, due in 1: 2 SKU2",
    "ACTION fails",
    "ACTION is lost",
    "ACTION is refused",
    "list_launches finds nothing",
    "place_order finds 1 SKU",
    "gives away tasting@2026-03-06T11:00",
    "gives away 12 aurora",
];
const ACTIONS: &[&str] = &[
    "find_customer",
    "list_orders",
    "find_order",
    "check_stock",
    "quote",
    "quote_return",
    "place_order",
    "change_order",
    "list_openings",
    "list_reservations",
    "list_launches",
    "reserve",
    "stop_calls",
    "put_off",
    "request_callback",
];
const STATES: &[(&str, OrderState)] = &[
    ("placed", OrderState::Placed),
    ("packing", OrderState::Packing),
    ("shipped", OrderState::Shipped),
    ("out_for_delivery", OrderState::OutForDelivery),
    ("delivered", OrderState::Delivered),
    ("ready_for_pickup", OrderState::ReadyForPickup),
    ("delayed", OrderState::Delayed),
    ("lost", OrderState::Lost),
    ("cancelled", OrderState::Cancelled),
    ("returned", OrderState::Returned),
    ("paused", OrderState::Paused),
];
