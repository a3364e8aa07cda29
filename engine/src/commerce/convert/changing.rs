//! Changes of orders: what is asked for, and the receipt of it.

use engine_core::ids::OrderId;
use engine_core::shop::{ChangeKind, ChangeReceipt, OrderChange, Reschedule};
use proto::commerce::v1 as wire;

use super::{Checked, nonsense, order, wire_line};
use crate::commerce::civil::wire_date;
use crate::commerce::returning;

pub(in crate::commerce) fn change(key: &str, change: &OrderChange) -> wire::ChangeOrderRequest {
    let (kind, wish) = match &change.change {
        ChangeKind::Cancel => (wire::OrderChange::Cancel, None),
        ChangeKind::Pause => (wire::OrderChange::Pause, None),
        ChangeKind::Resume => (wire::OrderChange::Resume, None),
        ChangeKind::Skip => (wire::OrderChange::Skip, None),
        ChangeKind::Reschedule(Reschedule::NextOn(_)) => (wire::OrderChange::Move, None),
        ChangeKind::Reschedule(Reschedule::Every(_)) => (wire::OrderChange::Interval, None),
        ChangeKind::Return(wish) => (wire::OrderChange::Return, Some(returning::wish(wish))),
        ChangeKind::Amend(_) => (wire::OrderChange::Amend, None),
    };
    let lines = match &change.change {
        ChangeKind::Amend(lines) => lines.iter().map(|line| wire_line(line, false)).collect(),
        ChangeKind::Cancel
        | ChangeKind::Pause
        | ChangeKind::Resume
        | ChangeKind::Skip
        | ChangeKind::Reschedule(_)
        | ChangeKind::Return(_) => Vec::new(),
    };
    let (next_date, repeat_days) = match &change.change {
        ChangeKind::Reschedule(Reschedule::NextOn(date)) => (Some(wire_date(*date)), 0),
        ChangeKind::Reschedule(Reschedule::Every(days)) => (None, *days),
        ChangeKind::Cancel
        | ChangeKind::Pause
        | ChangeKind::Resume
        | ChangeKind::Skip
        | ChangeKind::Amend(_)
        | ChangeKind::Return(_) => (None, 0),
    };
    wire::ChangeOrderRequest {
        idempotency_key: key.to_owned(),
        customer_id: change.customer.as_str().to_owned(),
        order_id: change.order.as_str().to_owned(),
        change: kind.into(),
        return_wish: wish,
        lines,
        next_date,
        repeat_days,
    }
}

/// The shop's answer to ChangeOrder, as the receipt of the change that was asked for.
pub(in crate::commerce) fn changed(
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
