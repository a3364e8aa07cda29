//! The keys under which things are sent to the shop: the same wish of the same call is sent once, however often
//! it is tried, and another wish is another key.

use sha2::{Digest, Sha256};

use crate::ids::{CallId, IdempotencyKey};
use crate::shop::{
    ChangeKind, ChangeReceipt, Fulfilment, OrderChange, OrderDraft, OrderLine, Reschedule, ReservationWish,
    Wish,
};

/// The key under which this draft of this call is placed: the same words twice are the same order. A key
/// that the shop has answered with "out of stock" will never be answered with anything else, so the same
/// draft gets the next one when it is confirmed once more.
pub(crate) fn of_order(call: &CallId, draft: &OrderDraft, short: &[IdempotencyKey]) -> IdempotencyKey {
    let mut key = order_key(call, draft, 0);
    // As many keys as were turned down, and one more, cannot all have been.
    for attempt in 1..=short.len() {
        if !short.contains(&key) {
            break;
        }
        key = order_key(call, draft, attempt);
    }
    key
}

fn order_key(call: &CallId, draft: &OrderDraft, attempt: usize) -> IdempotencyKey {
    let delayed = |line: &OrderLine| draft.delayed.contains(&line.sku);
    let lines = keys_of(&draft.lines, |line| if delayed(line) { "+delay" } else { "" });
    let fulfilment = match draft.fulfilment {
        Fulfilment::Delivery => "delivery",
        Fulfilment::Pickup => "pickup",
    };
    let again = match attempt {
        0 => String::new(),
        again => format!("\0{again}"),
    };
    let text = [call.as_str(), draft.customer.as_str(), fulfilment, &lines].join("\0");
    let voucher = draft.voucher.as_ref().map(|code| format!("\0voucher {code}"));
    let address = draft.address.as_ref().map(|address| format!("\0to {address}"));
    let day = draft.day.map(|day| format!("\0on {day}"));
    let choices: String = [voucher, address, day].into_iter().flatten().collect();
    of_text(&(text + &choices + &again))
}

/// Lines as a key knows them: in an order of their own, names apart.
fn line_keys(lines: &[OrderLine]) -> String {
    keys_of(lines, |_| "")
}

fn keys_of(lines: &[OrderLine], mark: impl Fn(&OrderLine) -> &'static str) -> String {
    let key = |line: &OrderLine| {
        let options = line.options.iter();
        let mut options: Vec<String> = options.map(|(name, value)| format!("{name}={value}")).collect();
        options.sort();
        let mark = mark(line);
        format!("{}*{}[{}]{mark}", line.sku, line.quantity, options.join(";"))
    };
    let mut keys: Vec<String> = lines.iter().map(key).collect();
    keys.sort();
    keys.join("\n")
}

/// The key of this change in this call. What was done before is part of it: a delivery that is left out after
/// another one is another wish, while one whose fate is open is the same.
pub(crate) fn of_change(call: &CallId, change: &OrderChange, done: &[ChangeReceipt]) -> IdempotencyKey {
    let before = done
        .iter()
        .filter(|receipt| receipt.order == change.order)
        .count();
    let text = [
        call.as_str(),
        change.customer.as_str(),
        "change",
        change.order.as_str(),
        &identity(&change.change),
        &before.to_string(),
    ]
    .join("\0");
    of_text(&text)
}

/// A change by its name, with all that makes it another one.
fn identity(change: &ChangeKind) -> String {
    match change {
        ChangeKind::Cancel | ChangeKind::Pause | ChangeKind::Resume | ChangeKind::Skip => {
            change.name().to_owned()
        }
        ChangeKind::Reschedule(Reschedule::NextOn(date)) => format!("move\0{date}"),
        ChangeKind::Reschedule(Reschedule::Every(days)) => format!("interval\0{days}"),
        ChangeKind::Return(wish) => {
            let (back, instead) = (line_keys(&wish.lines), line_keys(&wish.instead));
            format!("return\0{back}\0{:?}\0{instead}", wish.reason)
        }
        ChangeKind::Amend(lines) => format!("amend\0{}", line_keys(lines)),
    }
}

/// The key of this wish in this call: the same wish is the same reservation, unless the shop has answered it.
pub(crate) fn of_reservation(call: &CallId, wish: &ReservationWish, answered: usize) -> IdempotencyKey {
    let detail = match &wish.reservation {
        Wish::Appointment { .. } => String::new(),
        Wish::Registration {
            quantity, waiting, ..
        } => format!("{quantity} {waiting}"),
        Wish::Cancel(reservation) => reservation.id.to_string(),
    };
    let text = [
        call.as_str(),
        wish.customer.as_str(),
        "reservation",
        wish.reservation.name(),
        wish.reservation.about(),
        &detail,
        &answered.to_string(),
    ]
    .join("\0");
    of_text(&text)
}

fn of_text(text: &str) -> IdempotencyKey {
    let hash: String = Sha256::digest(text)
        .iter()
        .take(KEY_BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    IdempotencyKey::new(format!("hark-{hash}"))
}

/// Half of SHA-256 is enough against chance and fits the contract's 128 characters.
const KEY_BYTES: usize = 16;
