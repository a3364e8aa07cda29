//! The pretend shop.

use crate::civil::Date;
use crate::conversation::action::{Action, ActionError, ActionResult, ActionValue};
use crate::ids::{AddressId, CustomerId, IdempotencyKey, OrderId, Sku};
use crate::pii::Pii;
use crate::shop::{
    Address, Attribute, Balance, Catalogue, ChangeKind, ChangeReceipt, Customer, DeliveryDay, Fulfilment,
    Item, ItemKind, Order, OrderChange, OrderDraft, OrderLine, OrderState, Parcel, Promise, Quote, Receipt,
    Reschedule, Return, ReturnLine, ReturnMethod, ReturnOffer, ReturnVerdict, SendBack, Stock,
    VoucherVerdict,
};
use crate::units::Money;

/// The shop as a test wants it.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) known: bool,
    pub(crate) addresses: Vec<Address>,
    /// Days on which it can deliver, with what each costs more.
    pub(crate) days: Vec<(&'static str, i64)>,
    pub(crate) orders: Vec<Order>,
    pub(crate) stock: Vec<Stock>,
    /// What goes wrong, by action name; each once.
    pub(crate) faults: Vec<(&'static str, ActionError)>,
    /// Actions that are never answered.
    pub(crate) hangs: Option<&'static str>,
    pub(crate) placed: Vec<(IdempotencyKey, OrderDraft)>,
    /// What each key was answered with, once and for all.
    pub(crate) answers: Vec<(IdempotencyKey, ActionResult)>,
    pub(crate) callbacks: Vec<String>,
    pub(crate) changed: Vec<OrderChange>,
}

impl Default for Shop {
    fn default() -> Self {
        Self {
            known: true,
            addresses: vec![address("home", &["house"])],
            days: Vec::new(),
            orders: vec![order(
                "417220",
                OrderState::Delivered,
                21,
                None,
                &[("BNS-DARK", 1)],
            )],
            stock: Vec::new(),
            faults: Vec::new(),
            hangs: None,
            placed: Vec::new(),
            answers: Vec::new(),
            callbacks: Vec::new(),
            changed: Vec::new(),
        }
    }
}

pub(crate) fn address(label: &str, spoken: &[&str]) -> Address {
    Address {
        id: AddressId::new(format!("at-{}", label.replace(' ', "-").to_lowercase())),
        label: Pii::new(label.to_owned()),
        spoken: spoken.iter().map(|form| Pii::new((*form).to_owned())).collect(),
    }
}

/// The shop's day in every test: a Tuesday.
pub(crate) const TODAY: &str = "2026-11-24";

pub(crate) fn order(
    number: &str,
    state: OrderState,
    age_days: u32,
    due_in_days: Option<i32>,
    lines: &[(&str, u32)],
) -> Order {
    let catalogue = catalogue();
    let lines = lines
        .iter()
        .map(|(sku, quantity)| line(&catalogue, sku, *quantity))
        .collect::<Vec<_>>();
    Order {
        id: OrderId::new(format!("order-{number}")),
        number: number.to_owned(),
        state,
        total: total(&lines, &catalogue),
        lines,
        age_days,
        due_in_days,
        fulfilment: Fulfilment::Delivery,
        repeat_days: None,
        parcels: Vec::new(),
        terms: None,
    }
}

/// Each line in a parcel of its own, and the first has arrived.
pub(crate) fn in_parcels(order: Order) -> Order {
    let parcel = |(at, line): (usize, &OrderLine)| Parcel {
        state: if at == 0 {
            OrderState::Delivered
        } else {
            order.state
        },
        lines: vec![line.clone()],
        due_in_days: order.due_in_days.filter(|_| at > 0),
    };
    let parcels = order.lines.iter().enumerate().map(parcel).collect();
    Order { parcels, ..order }
}

fn line(catalogue: &Catalogue, sku: &str, quantity: u32) -> OrderLine {
    let sku = Sku::new(sku);
    let name = catalogue.item(&sku).unwrap().name.clone();
    OrderLine {
        sku,
        name,
        quantity,
        options: Vec::new(),
    }
}

pub(crate) fn stock(sku: &str, available: u32, lead_time_days: Option<u32>, substitutes: &[&str]) -> Stock {
    let substitutes = substitutes.iter().map(|sku| Sku::new(*sku)).collect();
    Stock {
        sku: Sku::new(sku),
        available,
        lead_time_days,
        substitutes,
    }
}

fn total(lines: &[OrderLine], catalogue: &Catalogue) -> Money {
    lines.iter().fold(Money::default(), |sum, line| {
        let price = catalogue.item(&line.sku).unwrap().price;
        sum.plus(price.times(line.quantity).unwrap()).unwrap()
    })
}

/// A dollar off for 111111; 222222 has expired.
fn quote(draft: &OrderDraft, days: &[(&'static str, i64)]) -> Quote {
    let sum = total(&draft.lines, &catalogue()).minor;
    let voucher = draft.voucher.as_deref().map(|code| match code {
        "111111" => VoucherVerdict::Good,
        "222222" => VoucherVerdict::Expired,
        _ => VoucherVerdict::Unknown,
    });
    let discount = if voucher == Some(VoucherVerdict::Good) {
        100
    } else {
        0
    };
    let days: Vec<DeliveryDay> = days
        .iter()
        .map(|(date, fee)| DeliveryDay {
            date: Date::parse(date).unwrap(),
            fee: Money::from_minor(*fee),
        })
        .collect();
    let chosen = days.iter().find(|day| Some(day.date) == draft.day);
    let fee = chosen.map_or(0, |day| day.fee.minor);
    Quote {
        total: Money::from_minor(sum - discount + fee),
        discount: Money::from_minor(discount),
        voucher,
        delivery_fee: Money::from_minor(fee),
        today: (!days.is_empty()).then(|| Date::parse(TODAY).unwrap()),
        days,
    }
}

fn balance(wish: &Return) -> Balance {
    let sum = |lines: &[OrderLine]| total(lines, &catalogue()).minor;
    let owed = sum(&wish.instead) - sum(&wish.lines);
    Balance {
        refund: Money::from_minor((-owed).max(0)),
        to_pay: Money::from_minor(owed.max(0)),
    }
}

pub(crate) fn catalogue() -> Catalogue {
    let item = |sku: &str, name: &str, kind, unit: &str, cents| Item {
        sku: Sku::new(sku),
        name: name.to_owned(),
        spoken: Vec::new(),
        kind,
        unit: unit.to_owned(),
        price: Money::from_minor(cents),
        attributes: match sku {
            "BNS-DARK" => vec![Attribute::RoastDark, Attribute::UseEspresso],
            "BNS-LIGHT" => vec![Attribute::RoastLight, Attribute::FlavourFruit],
            _ => Vec::new(),
        },
    };
    Catalogue {
        items: vec![
            item("BNS-DARK", "Harbour dark roast", ItemKind::Beans, "bag", 1_450),
            item("BNS-LIGHT", "Morning light roast", ItemKind::Beans, "bag", 1_500),
            item("EQP-FILT", "paper filters", ItemKind::Equipment, "box", 600),
            item("DRK-LATTE", "latte", ItemKind::Drink, "", 450),
            item("DRK-ESPR", "espresso", ItemKind::Drink, "", 300),
        ],
    }
}

impl Shop {
    pub(super) fn answer(&mut self, action: Action) -> ActionResult {
        if let Some(index) = self.faults.iter().position(|(name, _)| *name == action.name()) {
            let fault = self.faults.remove(index);
            match (&fault.1, action) {
                (ActionError::Unknown(_), Action::PlaceOrder { order, key }) => {
                    drop(self.order(key, order.value().clone()));
                }
                (ActionError::Unknown(_), Action::ChangeOrder { change, key }) => {
                    drop(self.change(key, change.value()));
                }
                (ActionError::OutOfStock { .. }, Action::PlaceOrder { key, .. }) => {
                    self.answers.push((key, Err(fault.1.clone())));
                }
                _ => {}
            }
            return Err(fault.1);
        }
        Ok(match action {
            Action::FindCustomer { phone } => ActionValue::Customer(self.known.then(|| Customer {
                id: CustomerId::new("anna"),
                name: Pii::new("Anna".to_owned()),
                phone,
                addresses: self.addresses.clone(),
            })),
            Action::ListOrders { .. } => ActionValue::Orders(self.orders.clone()),
            Action::FindOrder { number } => {
                ActionValue::Order(self.orders.iter().find(|order| order.number == number).cloned())
            }
            Action::CheckStock { skus } => {
                ActionValue::Stock(skus.iter().map(|sku| self.stock_of(sku)).collect())
            }
            Action::Quote { draft } => ActionValue::Quote(quote(&draft, &self.days)),
            Action::QuoteReturn { order, wish, .. } => return self.quote_return(&order, wish.as_ref()),
            Action::PlaceOrder { order, key } => return self.order(key, order.value().clone()),
            Action::ChangeOrder { change, key } => return self.change(key, change.value()),
            Action::ListOpenings { .. }
            | Action::ListReservations { .. }
            | Action::ListLaunches
            | Action::Reserve { .. } => return Err(ActionError::Unavailable("no calendar here".to_owned())),
            Action::StopCalls => ActionValue::CallsStopped,
            Action::PutOff { .. } => ActionValue::PutOff,
            Action::RequestCallback { reason, summary } => {
                self.callbacks.push(format!("{reason}: {summary}"));
                ActionValue::CallbackRecorded
            }
        })
    }

    /// Delivered goods come back for two months, filters never.
    fn quote_return(&self, order: &OrderId, wish: Option<&Return>) -> ActionResult {
        let order = self.orders.iter().find(|known| known.id == *order);
        let order = order.ok_or(ActionError::Refused("no such order".to_owned()))?;
        let verdict = |line: &OrderLine| match (line.sku.as_str(), order.age_days.saturating_sub(60)) {
            ("EQP-FILT", _) => ReturnVerdict::Never,
            (_, 0) => ReturnVerdict::Open,
            (_, last_day_ago) => ReturnVerdict::Late { last_day_ago },
        };
        let lines = order.lines.iter().map(|line| ReturnLine {
            sku: line.sku.clone(),
            quantity: line.quantity,
            verdict: verdict(line),
        });
        let short = |line: &OrderLine| self.stock_of(&line.sku).available < line.quantity;
        Ok(ActionValue::Return(ReturnOffer {
            lines: lines.collect(),
            balance: wish.map(balance).unwrap_or_default(),
            short: wish.is_some_and(|wish| wish.instead.iter().any(short)),
        }))
    }

    fn stock_of(&self, sku: &Sku) -> Stock {
        let known = self.stock.iter().find(|stock| stock.sku == *sku);
        known
            .cloned()
            .unwrap_or_else(|| stock(sku.as_str(), 100, None, &[]))
    }

    /// As the contract has it: the first answer to a key is the only one, and what is short is taken
    /// only where the caller waits for it and more is on order.
    fn order(&mut self, key: IdempotencyKey, draft: OrderDraft) -> ActionResult {
        if let Some((_, answer)) = self.answers.iter().find(|(known, _)| *known == key) {
            return answer.clone();
        }
        let own = |id: &AddressId| self.addresses.iter().any(|address| address.id == *id);
        let day = |day: Date| self.days.iter().any(|(date, _)| *date == day.to_string());
        if !draft.address.as_ref().is_none_or(own) || !draft.day.is_none_or(day) {
            return Err(ActionError::Refused(
                "draft.address_id or draft.delivery_date".to_owned(),
            ));
        }
        let short = |line: &&OrderLine| self.stock_of(&line.sku).available < line.quantity;
        let waits = |line: &OrderLine| {
            let lead = self.stock_of(&line.sku).lead_time_days;
            lead.filter(|_| draft.delayed.contains(&line.sku))
        };
        let refused = draft
            .lines
            .iter()
            .filter(short)
            .find(|line| waits(line).is_none());
        let answer = match refused {
            Some(line) => Err(ActionError::OutOfStock {
                sku: line.sku.clone(),
                available: self.stock_of(&line.sku).available,
            }),
            None => {
                let wait_days = draft.lines.iter().filter(short).filter_map(waits).max();
                Ok(ActionValue::Placed(self.place(
                    key.clone(),
                    draft,
                    wait_days.unwrap_or(0),
                )))
            }
        };
        self.answers.push((key, answer.clone()));
        answer
    }

    /// The first answer to a key is the only one here too.
    fn change(&mut self, key: IdempotencyKey, change: &OrderChange) -> ActionResult {
        if let Some((_, answer)) = self.answers.iter().find(|(known, _)| *known == key) {
            return answer.clone();
        }
        let balance = match &change.change {
            ChangeKind::Return(wish) => balance(wish),
            ChangeKind::Cancel
            | ChangeKind::Pause
            | ChangeKind::Resume
            | ChangeKind::Skip
            | ChangeKind::Reschedule(_)
            | ChangeKind::Amend(_) => Balance::default(),
        };
        let order = self.orders.iter_mut().find(|order| order.id == change.order);
        let answer = match order {
            None => Err(ActionError::Refused("no such order".to_owned())),
            Some(order) => {
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
                self.changed.push(change.clone());
                Ok(ActionValue::Changed(ChangeReceipt {
                    order: order.id.clone(),
                    number: order.number.clone(),
                    change: change.change.clone(),
                    due_in_days: order.due_in_days,
                    send_back: matches!(change.change, ChangeKind::Return(_)).then_some(SendBack {
                        method: ReturnMethod::Label,
                        within_days: 14,
                        balance,
                    }),
                }))
            }
        };
        self.answers.push((key, answer.clone()));
        answer
    }

    fn place(&mut self, key: IdempotencyKey, draft: OrderDraft, wait_days: u32) -> Receipt {
        let promise = match (draft.fulfilment, draft.day) {
            (Fulfilment::Delivery, Some(day)) => Promise::DeliveryOn(day),
            (Fulfilment::Delivery, None) => Promise::DeliveryDays(3 + wait_days),
            (Fulfilment::Pickup, _) => Promise::PickupMinutes(8),
        };
        let total = total(&draft.lines, &catalogue());
        self.placed.push((key, draft));
        let number = format!("{}", 500_000 + self.placed.len());
        Receipt {
            order: OrderId::new(format!("order-{number}")),
            number,
            total,
            promise,
        }
    }
}
