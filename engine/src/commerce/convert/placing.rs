//! New orders: the draft that is sent, what it would cost, and the receipt that only the shop's answer makes.

use engine_core::ids::{AddressId, OrderId, Sku};
use engine_core::shop::{
    DeliveryDay, Fulfilment, OrderDraft, OrderLine, Promise, Quote, Receipt, VoucherVerdict,
};
use proto::commerce::v1 as wire;

use super::orders::order_number;
use super::{Checked, DAYS_MAX, at_most, money, money_or_none, nonsense, text};
use crate::commerce::civil;
use crate::store::orders::Settlement;

pub(in crate::commerce) fn draft(draft: &OrderDraft) -> wire::OrderDraft {
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

pub(in crate::commerce) fn wire_line(line: &OrderLine, accept_delay: bool) -> wire::OrderLine {
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
pub(in crate::commerce) fn quote(response: wire::QuoteOrderResponse) -> Checked<Quote> {
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

/// The shop's answer to PlaceOrder, with the receipt that only such an answer can make.
pub(in crate::commerce) enum Answer {
    Placed(Receipt),
    OutOfStock { sku: Sku, available: u32 },
}

pub(in crate::commerce) fn placed(response: wire::PlaceOrderResponse) -> Checked<Answer> {
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
pub(in crate::commerce) fn receipt_of(settlement: &Settlement) -> Option<Receipt> {
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

const DELIVERY_DAYS_MAX: usize = 31;

#[cfg(test)]
mod tests {
    use proto::commerce::v1 as wire;

    use super::placed;
    use crate::commerce::convert::tests::good_order;

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
}
