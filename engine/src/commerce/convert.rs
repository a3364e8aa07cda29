//! Between the shop's messages and the core's values. Whatever a backend sends, the result is a value
//! or a [`Nonsense`] that names the field: never a panic, never a silent guess.

mod changing;
mod customers;
mod goods;
mod orders;
mod placing;

use engine_core::redact::redact;
use engine_core::units::Money;
use thiserror::Error;

pub(super) use self::changing::{change, changed};
pub(super) use self::customers::customer;
pub(super) use self::goods::{item, stock};
pub(super) use self::orders::order;
pub(super) use self::placing::{Answer, draft, placed, quote, receipt_of, wire_line};

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

pub(super) type Checked<T> = Result<T, Nonsense>;

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

    pub(super) fn money(minor_units: i64) -> Option<Money> {
        Some(Money {
            currency_code: "USD".to_owned(),
            minor_units,
        })
    }

    pub(super) fn good_order() -> wire::Order {
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
}
