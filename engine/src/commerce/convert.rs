//! Between the shop's messages and the core's values. Whatever a backend sends, the result is a value
//! or a [`Nonsense`] that names the field: never a panic, never a silent guess.

use std::collections::BTreeSet;

use engine_core::ids::{AddressId, CustomerId, OrderId, Sku};
use engine_core::pii::Pii;
use engine_core::redact::redact;
use engine_core::shop::{
    Address, Attribute, ChangeKind, ChangeReceipt, Customer, DeliveryDay, Fulfilment, Item, ItemKind, Order,
    OrderChange, OrderDraft, OrderLine, OrderState, Promise, Quote, Receipt, Stock, VoucherVerdict,
};
use engine_core::units::Money;
use proto::commerce::v1 as wire;
use thiserror::Error;

use super::{civil, returning};
use crate::store::orders::Settlement;

/// The shop sent something that its contract does not allow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the shop's answer makes no sense: {field}: {why}")]
pub struct Nonsense {
    /// The message's field, as in the `.proto`.
    pub field: String,
    pub why: String,
}

/// The longest text that is spoken or kept, in characters.
const TEXT_MAX: usize = 200;
pub(super) const LINES_MAX: usize = 100;
pub(super) const QUANTITY_MAX: u32 = 100_000;
pub(super) const DAYS_MAX: u32 = 36_500;
const ADDRESSES_MAX: usize = 20;
const DELIVERY_DAYS_MAX: usize = 31;

pub(super) type Checked<T> = Result<T, Nonsense>;

pub(super) fn item(item: wire::Item) -> Checked<Item> {
    let kind = match item.kind() {
        wire::ItemKind::Unspecified => return nonsense("item.kind", format!("unknown kind {}", item.kind)),
        wire::ItemKind::Beans => ItemKind::Beans,
        wire::ItemKind::Equipment => ItemKind::Equipment,
        wire::ItemKind::Drink => ItemKind::Drink,
    };
    let spoken = item.spoken_names.into_iter().take(LINES_MAX);
    Ok(Item {
        sku: Sku::new(text("item.sku", item.sku)?),
        name: text("item.name", item.name)?,
        spoken: spoken
            .map(|name| text("item.spoken_names", name))
            .collect::<Checked<_>>()?,
        kind,
        unit: optional_text("item.unit", item.unit)?,
        price: money("item.price", item.price)?,
        attributes: attributes(&item.attributes),
    })
}

/// Those that this Hark knows, each once: a shop may speak of more.
fn attributes(stated: &[i32]) -> Vec<Attribute> {
    let known = stated.iter().filter_map(|number| attribute(*number));
    let known: BTreeSet<Attribute> = known.collect();
    known.into_iter().collect()
}

fn attribute(number: i32) -> Option<Attribute> {
    use wire::Attribute as W;
    Some(match W::try_from(number).ok()? {
        W::Unspecified => return None,
        W::RoastLight => Attribute::RoastLight,
        W::RoastMedium => Attribute::RoastMedium,
        W::RoastDark => Attribute::RoastDark,
        W::CaffeineNone => Attribute::CaffeineNone,
        W::StrengthMild => Attribute::StrengthMild,
        W::StrengthStrong => Attribute::StrengthStrong,
        W::FlavourChocolate => Attribute::FlavourChocolate,
        W::FlavourNuts => Attribute::FlavourNuts,
        W::FlavourCaramel => Attribute::FlavourCaramel,
        W::FlavourFruit => Attribute::FlavourFruit,
        W::FlavourCitrus => Attribute::FlavourCitrus,
        W::FlavourFlowers => Attribute::FlavourFlowers,
        W::FlavourSpice => Attribute::FlavourSpice,
        W::FlavourEarth => Attribute::FlavourEarth,
        W::UseEspresso => Attribute::UseEspresso,
        W::UseFilter => Attribute::UseFilter,
        W::UseFrenchPress => Attribute::UseFrenchPress,
        W::UseColdBrew => Attribute::UseColdBrew,
        W::UseGift => Attribute::UseGift,
        W::GrownOrganic => Attribute::GrownOrganic,
        W::SortGrinder => Attribute::SortGrinder,
        W::SortBrewer => Attribute::SortBrewer,
        W::SortKettle => Attribute::SortKettle,
        W::SortCup => Attribute::SortCup,
    })
}

pub(super) fn stock(level: wire::StockLevel) -> Checked<Stock> {
    Ok(Stock {
        sku: Sku::new(text("level.sku", level.sku)?),
        available: level.available,
        lead_time_days: level
            .lead_time_days
            .map(|days| at_most("level.lead_time_days", days, DAYS_MAX))
            .transpose()?,
        substitutes: level
            .substitute_skus
            .into_iter()
            .take(LINES_MAX)
            .map(Sku::new)
            .collect(),
    })
}

pub(super) fn customer(customer: wire::Customer) -> Checked<Customer> {
    Ok(Customer {
        id: CustomerId::new(text("customer.id", customer.id)?),
        name: Pii::new(text("customer.name", customer.name)?),
        phone: Pii::new(text("customer.phone", customer.phone)?),
        addresses: customer
            .addresses
            .into_iter()
            .take(ADDRESSES_MAX)
            .map(address)
            .collect::<Checked<_>>()?,
    })
}

fn address(address: wire::Address) -> Checked<Address> {
    let spoken = address.spoken_names.into_iter().take(LINES_MAX);
    let spoken = spoken.map(|name| text("customer.addresses.spoken_names", name).map(Pii::new));
    Ok(Address {
        id: AddressId::new(text("customer.addresses.id", address.id)?),
        label: Pii::new(text("customer.addresses.label", address.label)?),
        spoken: spoken.collect::<Checked<_>>()?,
    })
}

pub(super) fn order(order: wire::Order) -> Checked<Order> {
    if order.lines.is_empty() || order.lines.len() > LINES_MAX {
        return nonsense(
            "order.lines",
            format!("1 to {LINES_MAX} are allowed, got {}", order.lines.len()),
        );
    }
    Ok(Order {
        state: order_state(&order)?,
        fulfilment: fulfilment(&order)?,
        repeat_days: repeat_days(&order)?,
        id: OrderId::new(text("order.id", order.id)?),
        number: order_number(order.number)?,
        lines: order.lines.into_iter().map(line).collect::<Checked<_>>()?,
        total: money("order.total", order.total)?,
        age_days: at_most("order.age_days", order.age_days, DAYS_MAX)?,
        due_in_days: order.due_in_days.map(due_in_days).transpose()?,
    })
}

/// The shop's answer to PlaceOrder, with the receipt that only such an answer can make.
pub(super) enum Answer {
    Placed(Receipt),
    OutOfStock { sku: Sku, available: u32 },
}

pub(super) fn placed(response: wire::PlaceOrderResponse) -> Checked<Answer> {
    match response.outcome {
        None => nonsense("outcome", "is missing".to_owned()),
        Some(wire::place_order_response::Outcome::OutOfStock(short)) => Ok(Answer::OutOfStock {
            sku: Sku::new(text("out_of_stock.sku", short.sku)?),
            available: short.available,
        }),
        Some(wire::place_order_response::Outcome::Placed(placed)) => receipt(placed).map(Answer::Placed),
    }
}

fn receipt(placed: wire::PlacedOrder) -> Checked<Receipt> {
    let Some(order) = placed.order else {
        return nonsense("placed.order", "is missing".to_owned());
    };
    let promise = match placed.promise {
        None => return nonsense("placed.promise", "is missing".to_owned()),
        Some(wire::placed_order::Promise::DeliveryDays(days)) => {
            Promise::DeliveryDays(at_most("placed.delivery_days", days, DAYS_MAX)?)
        }
        Some(wire::placed_order::Promise::DeliveryDate(date)) => {
            Promise::DeliveryOn(civil::date("placed.delivery_date", Some(date))?)
        }
        Some(wire::placed_order::Promise::PickupMinutes(minutes)) => {
            Promise::PickupMinutes(at_most("placed.pickup_minutes", minutes, DAYS_MAX)?)
        }
    };
    Ok(Receipt {
        order: OrderId::new(text("placed.order.id", order.id)?),
        number: order_number(order.number)?,
        total: money("placed.order.total", order.total)?,
        promise,
    })
}

/// The receipt of an order that was settled before, from the store.
pub(super) fn receipt_of(settlement: &Settlement) -> Option<Receipt> {
    match settlement {
        Settlement::Placed {
            order,
            number,
            total,
            promise,
        } => Some(Receipt {
            order: order.clone(),
            number: number.clone(),
            total: *total,
            promise: (*promise).into(),
        }),
        Settlement::Changed { .. }
        | Settlement::Reserved { .. }
        | Settlement::OutOfStock { .. }
        | Settlement::Taken
        | Settlement::Refused { .. } => None,
    }
}

/// The shop's answer to ChangeOrder, as the receipt of the change that was asked for.
pub(super) fn changed(
    change: &ChangeKind,
    wanted: &OrderId,
    response: wire::ChangeOrderResponse,
) -> Checked<ChangeReceipt> {
    let Some(after) = response.order else {
        return nonsense("order", "is missing".to_owned());
    };
    let after = order(after)?;
    if after.id != *wanted {
        return nonsense("order.id", "is another order's".to_owned());
    }
    let send_back = response.send_back.map(returning::send_back).transpose()?;
    if matches!(change, ChangeKind::Return(_)) && send_back.is_none() {
        return nonsense("send_back", "is missing".to_owned());
    }
    Ok(ChangeReceipt {
        order: after.id,
        number: after.number,
        change: change.clone(),
        due_in_days: after.due_in_days,
        send_back,
    })
}

pub(super) fn change(key: &str, change: &OrderChange) -> wire::ChangeOrderRequest {
    let (kind, wish) = match &change.change {
        ChangeKind::Cancel => (wire::OrderChange::Cancel, None),
        ChangeKind::Pause => (wire::OrderChange::Pause, None),
        ChangeKind::Resume => (wire::OrderChange::Resume, None),
        ChangeKind::Skip => (wire::OrderChange::Skip, None),
        ChangeKind::Return(wish) => (wire::OrderChange::Return, Some(returning::wish(wish))),
        ChangeKind::Amend(_) => (wire::OrderChange::Amend, None),
    };
    let lines = match &change.change {
        ChangeKind::Amend(lines) => lines.iter().map(|line| wire_line(line, false)).collect(),
        ChangeKind::Cancel
        | ChangeKind::Pause
        | ChangeKind::Resume
        | ChangeKind::Skip
        | ChangeKind::Return(_) => Vec::new(),
    };
    wire::ChangeOrderRequest {
        idempotency_key: key.to_owned(),
        customer_id: change.customer.as_str().to_owned(),
        order_id: change.order.as_str().to_owned(),
        change: kind.into(),
        return_wish: wish,
        lines,
    }
}

pub(super) fn draft(draft: &OrderDraft) -> wire::OrderDraft {
    let fulfilment = match draft.fulfilment {
        Fulfilment::Delivery => wire::Fulfilment::Delivery,
        Fulfilment::Pickup => wire::Fulfilment::Pickup,
    };
    wire::OrderDraft {
        customer_id: draft.customer.as_str().to_owned(),
        lines: draft
            .lines
            .iter()
            .map(|line| wire_line(line, draft.delayed.contains(&line.sku)))
            .collect(),
        fulfilment: fulfilment.into(),
        voucher: draft.voucher.clone().unwrap_or_default(),
        address_id: draft.address.as_ref().map_or("", AddressId::as_str).to_owned(),
        delivery_date: draft.day.map(civil::wire_date),
    }
}

pub(super) fn wire_line(line: &OrderLine, accept_delay: bool) -> wire::OrderLine {
    let option = |(name, value): &(String, String)| wire::LineOption {
        name: name.clone(),
        value: value.clone(),
    };
    wire::OrderLine {
        sku: line.sku.as_str().to_owned(),
        name: String::new(),
        quantity: line.quantity,
        options: line.options.iter().map(option).collect(),
        accept_delay,
    }
}

/// A voucher that is not good takes nothing off.
pub(super) fn quote(response: wire::QuoteOrderResponse) -> Checked<Quote> {
    let voucher = match response.voucher() {
        wire::VoucherVerdict::Unspecified => None,
        wire::VoucherVerdict::Good => Some(VoucherVerdict::Good),
        wire::VoucherVerdict::Unknown => Some(VoucherVerdict::Unknown),
        wire::VoucherVerdict::Expired => Some(VoucherVerdict::Expired),
        wire::VoucherVerdict::Used => Some(VoucherVerdict::Used),
        wire::VoucherVerdict::TooSmall => Some(VoucherVerdict::TooSmall {
            least: money("voucher_least", response.voucher_least)?,
        }),
    };
    let discount = money_or_none("discount", response.discount)?;
    if discount.minor > 0 && voucher != Some(VoucherVerdict::Good) {
        return nonsense("discount", "without a good voucher".to_owned());
    }
    let today = response
        .today
        .map(|today| civil::date("today", Some(today)))
        .transpose()?;
    let days = response.delivery_days.into_iter().take(DELIVERY_DAYS_MAX);
    let mut days = days
        .map(|day| {
            Ok(DeliveryDay {
                date: civil::date("delivery_days.date", day.date)?,
                fee: money_or_none("delivery_days.fee", day.fee)?,
            })
        })
        .collect::<Checked<Vec<_>>>()?;
    if !days.is_empty() && today.is_none() {
        return nonsense("today", "is missing beside delivery_days".to_owned());
    }
    days.sort_by_key(|day| day.date);
    days.dedup_by_key(|day| day.date);
    Ok(Quote {
        total: money("total", response.total)?,
        discount,
        voucher,
        delivery_fee: money_or_none("delivery_fee", response.delivery_fee)?,
        today,
        days,
    })
}

fn money_or_none(field: &str, amount: Option<proto::common::v1::Money>) -> Checked<Money> {
    amount.map_or(Ok(Money::default()), |amount| money(field, Some(amount)))
}

pub(super) fn money(field: &str, money: Option<proto::common::v1::Money>) -> Checked<Money> {
    match money {
        None => nonsense(field, "is missing".to_owned()),
        Some(money) if money.minor_units < 0 => {
            nonsense(field, format!("is negative: {}", money.minor_units))
        }
        Some(money) if money.currency_code.len() != 3 => nonsense(
            field,
            format!(
                "currency_code {:?} is not ISO 4217",
                shortened(&money.currency_code)
            ),
        ),
        Some(money) => Ok(Money::from_minor(money.minor_units)),
    }
}

fn line(line: wire::OrderLine) -> Checked<OrderLine> {
    let quantity = at_most("order.lines.quantity", line.quantity, QUANTITY_MAX)?;
    if quantity == 0 {
        return nonsense("order.lines.quantity", "is 0".to_owned());
    }
    let options = line.options.into_iter().take(LINES_MAX);
    Ok(OrderLine {
        sku: Sku::new(text("order.lines.sku", line.sku)?),
        name: text("order.lines.name", line.name)?,
        quantity,
        options: options.map(|option| (option.name, option.value)).collect(),
    })
}

fn order_state(order: &wire::Order) -> Checked<OrderState> {
    Ok(match order.state() {
        wire::OrderState::Unspecified => {
            return nonsense("order.state", format!("unknown state {}", order.state));
        }
        wire::OrderState::Placed => OrderState::Placed,
        wire::OrderState::Packing => OrderState::Packing,
        wire::OrderState::Shipped => OrderState::Shipped,
        wire::OrderState::OutForDelivery => OrderState::OutForDelivery,
        wire::OrderState::Delivered => OrderState::Delivered,
        wire::OrderState::ReadyForPickup => OrderState::ReadyForPickup,
        wire::OrderState::Delayed => OrderState::Delayed,
        wire::OrderState::Lost => OrderState::Lost,
        wire::OrderState::Cancelled => OrderState::Cancelled,
        wire::OrderState::Returned => OrderState::Returned,
        wire::OrderState::Paused => OrderState::Paused,
    })
}

fn fulfilment(order: &wire::Order) -> Checked<Fulfilment> {
    match order.fulfilment() {
        wire::Fulfilment::Unspecified => {
            nonsense("order.fulfilment", format!("unknown value {}", order.fulfilment))
        }
        wire::Fulfilment::Delivery => Ok(Fulfilment::Delivery),
        wire::Fulfilment::Pickup => Ok(Fulfilment::Pickup),
    }
}

/// `None` for what was ordered once.
fn repeat_days(order: &wire::Order) -> Checked<Option<u32>> {
    match wire::OrderKind::try_from(order.kind) {
        Err(_) => nonsense("order.kind", format!("unknown kind {}", order.kind)),
        Ok(wire::OrderKind::Unspecified) => Ok(None),
        Ok(wire::OrderKind::Standing) if order.repeat_days == 0 => {
            nonsense("order.repeat_days", "is 0 in a standing order".to_owned())
        }
        Ok(wire::OrderKind::Standing) => at_most("order.repeat_days", order.repeat_days, DAYS_MAX).map(Some),
    }
}

fn order_number(number: String) -> Checked<String> {
    if number.is_empty() || number.len() > 12 || !number.chars().all(|c| c.is_ascii_digit()) {
        return nonsense(
            "order.number",
            format!("{:?} is not a short digit string", shortened(&number)),
        );
    }
    Ok(number)
}

fn due_in_days(days: i32) -> Checked<i32> {
    at_most("order.due_in_days", days.unsigned_abs(), DAYS_MAX).map(|_| days)
}

pub(super) fn at_most(field: &str, value: u32, max: u32) -> Checked<u32> {
    if value <= max {
        Ok(value)
    } else {
        nonsense(field, format!("{value} is more than {max}"))
    }
}

pub(super) fn text(field: &str, value: String) -> Checked<String> {
    if value.trim().is_empty() {
        nonsense(field, "is empty".to_owned())
    } else {
        optional_text(field, value)
    }
}

fn optional_text(field: &str, value: String) -> Checked<String> {
    if value.chars().count() > TEXT_MAX || value.chars().any(char::is_control) {
        return nonsense(
            field,
            // Not the text itself: it may be anybody's name.
            format!(
                "is too long or has control characters ({} characters)",
                value.chars().count()
            ),
        );
    }
    Ok(value)
}

fn shortened(text: &str) -> String {
    redact(text).chars().take(40).collect()
}

pub(super) fn nonsense<T>(field: &str, why: String) -> Checked<T> {
    Err(Nonsense {
        field: field.to_owned(),
        why,
    })
}

#[cfg(test)]
mod tests {
    use proto::commerce::v1 as wire;
    use proto::common::v1::Money;

    use engine_core::shop::Attribute;

    use super::{item, order, placed};

    fn money(minor_units: i64) -> Option<Money> {
        Some(Money {
            currency_code: "USD".to_owned(),
            minor_units,
        })
    }

    fn good_order() -> wire::Order {
        wire::Order {
            id: "O1".to_owned(),
            number: "482917".to_owned(),
            state: wire::OrderState::Shipped.into(),
            lines: vec![wire::OrderLine {
                sku: "BEAN".to_owned(),
                name: "Beans".to_owned(),
                quantity: 1,
                ..Default::default()
            }],
            total: money(1450),
            age_days: 3,
            due_in_days: Some(-1),
            fulfilment: wire::Fulfilment::Delivery.into(),
            ..Default::default()
        }
    }

    /// `spoil` makes a good order bad; the error must name the field.
    fn check(spoil: impl FnOnce(&mut wire::Order), field: &str) {
        let mut spoiled = good_order();
        spoil(&mut spoiled);
        assert_eq!(order(spoiled).unwrap_err().field, field);
    }

    #[test]
    fn a_good_order_comes_through() {
        let order = order(good_order()).unwrap();
        assert_eq!(
            (order.number.as_str(), order.total.minor, order.due_in_days),
            ("482917", 1450, Some(-1))
        );
    }

    #[test]
    fn nonsense_names_its_field() {
        check(|order| order.total = money(-1), "order.total");
        check(|order| order.total = None, "order.total");
        check(|order| order.total = Some(Money::default()), "order.total");
        check(|order| order.state = 99, "order.state");
        check(|order| order.fulfilment = 0, "order.fulfilment");
        check(|order| order.kind = 9, "order.kind");
        check(
            |order| order.kind = wire::OrderKind::Standing.into(),
            "order.repeat_days",
        );
        check(|order| order.lines.clear(), "order.lines");
        check(|order| order.lines[0].quantity = 0, "order.lines.quantity");
        check(|order| order.lines[0].quantity = u32::MAX, "order.lines.quantity");
        check(
            |order| order.lines[0].name = "a\u{7}b".to_owned(),
            "order.lines.name",
        );
        check(|order| order.number = "12a456".to_owned(), "order.number");
        check(|order| order.age_days = u32::MAX, "order.age_days");
        check(|order| order.due_in_days = Some(i32::MIN), "order.due_in_days");
        check(|order| order.id = "x".repeat(10_000), "order.id");
    }

    #[test]
    fn what_makes_no_sense_is_told_without_anybodys_data() {
        let told = |spoil: &dyn Fn(&mut wire::Order)| {
            let mut spoiled = good_order();
            spoil(&mut spoiled);
            order(spoiled).unwrap_err().to_string()
        };
        let number = told(&|order| order.number = "15557654321".to_owned() + "000");
        assert!(!number.contains("765"), "{number}");
        let name = told(&|order| order.lines[0].name = "Wilhelmina\u{7}".to_owned());
        assert!(!name.contains("Wilhelmina"), "{name}");
    }

    #[test]
    fn a_placed_order_without_its_parts_is_no_receipt() {
        let response = |outcome| wire::PlaceOrderResponse { outcome };
        let field = |response| placed(response).err().map(|nonsense| nonsense.field);
        assert_eq!(field(response(None)).as_deref(), Some("outcome"));
        let without_promise = wire::PlacedOrder {
            order: Some(good_order()),
            promise: None,
        };
        let outcome = wire::place_order_response::Outcome::Placed(without_promise);
        assert_eq!(field(response(Some(outcome))).as_deref(), Some("placed.promise"));
    }

    #[test]
    fn an_item_needs_a_known_kind() {
        let unknown = wire::Item {
            sku: "A".to_owned(),
            name: "A".to_owned(),
            kind: 77,
            price: money(1),
            ..Default::default()
        };
        assert_eq!(item(unknown).unwrap_err().field, "item.kind");
    }

    #[test]
    fn attributes_come_once_and_only_those_that_are_known() {
        let of = |attributes: Vec<i32>| {
            let stated = wire::Item {
                sku: "A".to_owned(),
                name: "A".to_owned(),
                kind: wire::ItemKind::Beans.into(),
                price: money(1),
                attributes,
                ..Default::default()
            };
            item(stated).unwrap().attributes
        };
        let dark = wire::Attribute::RoastDark.into();
        assert_eq!(
            of(vec![dark, 9_999, 0, dark, wire::Attribute::UseEspresso.into()]),
            [Attribute::RoastDark, Attribute::UseEspresso]
        );
        assert!(of(Vec::new()).is_empty(), "a shop may send none");
    }
}
