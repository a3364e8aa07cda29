//! An order that was made before, wanted again: as it was, with another number, without some of it, or with goods beside it.

use super::mentions::{Mentions, split_at_words};
use super::{add_quantity, halves_unevenly, put, scale, set_quantity};
use crate::conversation::memory::{Memory, slot_text};
use crate::ids::Sku;
use crate::nlu::decision::{Decision, Slot, SlotValue};
use crate::nlu::drink::names_supply;
use crate::nlu::normalize::Words;
use crate::nlu::reference::ORDERED_BEFORE;
use crate::nlu::slots::{ITEM, LEFT_OUT};
use crate::nlu::wording::says;
use crate::shop::{Catalogue, Fulfilment, ItemKind, Order, OrderLine};

/// The draft becomes the caller's last order (the last that was delivered, before one picked up).
pub(crate) fn take_last(memory: &mut Memory, catalogue: &Catalogue) {
    let mut delivered = memory
        .orders
        .iter()
        .filter(|order| order.fulfilment == Fulfilment::Delivery);
    if wants_supply(&memory.heard) {
        let beans = delivered.find_map(|order| only_beans(order, catalogue));
        return beans.into_iter().for_each(|order| take(memory, order, catalogue));
    }
    let last = delivered.next().or_else(|| memory.orders.first()).cloned();
    if let Some(order) = last {
        take(memory, order, catalogue);
    }
}

/// "I need more coffee", of no order that is named.
fn wants_supply(decision: &Decision) -> bool {
    reference(decision).is_none() && names_supply(&Words::new(&decision.text))
}

/// What of an order is coffee to have at home; `None` where none of it is.
fn only_beans(order: &Order, catalogue: &Catalogue) -> Option<Order> {
    let is_beans = |line: &&OrderLine| {
        let item = catalogue.item(&line.sku);
        item.is_some_and(|item| item.kind == ItemKind::Beans)
    };
    let lines: Vec<OrderLine> = order.lines.iter().filter(is_beans).cloned().collect();
    (!lines.is_empty()).then(|| Order {
        lines,
        ..order.clone()
    })
}

/// The draft becomes what the caller orders most often: the same items, in the latest quantities.
pub(crate) fn take_usual(memory: &mut Memory, catalogue: &Catalogue) {
    let skus = |order: &Order| {
        let mut skus: Vec<Sku> = order.lines.iter().map(|line| line.sku.clone()).collect();
        skus.sort();
        skus
    };
    let delivered = || {
        memory
            .orders
            .iter()
            .filter(|order| order.fulfilment == Fulfilment::Delivery)
    };
    let times = |order: &Order| delivered().filter(|other| skus(other) == skus(order)).count();
    // Of equals the first wins: orders come newest first.
    let usual = delivered().rev().max_by_key(|order| times(order)).cloned();
    match usual {
        Some(order) => take(memory, order, catalogue),
        None => take_last(memory, catalogue),
    }
}

fn take(memory: &mut Memory, order: Order, catalogue: &Catalogue) {
    memory.lines.clone_from(&order.lines);
    // "The usual, but not the filters."
    for slot in memory.heard.slots.iter().filter(|slot| slot.name == LEFT_OUT) {
        let sku = slot_text(&slot.value);
        memory.lines.retain(|line| line.sku.as_str() != sku);
    }
    memory.fulfilment = order.fulfilment;
    memory.order = Some(order);
    memory.rounded = halves_unevenly(&memory.lines, &memory.heard);
    scale(&mut memory.lines, &memory.heard, catalogue);
    let mentions = Mentions::of(&memory.heard);
    // "my last order, but two of them": of several things it is asked which, and the answer needs the number.
    if let Some(quantity) = mentions.loose {
        match memory.lines.as_mut_slice() {
            [line] => line.quantity = quantity.max(1),
            [] | [_, _, ..] => {
                let quantity = SlotValue::Number(quantity);
                memory.slots.insert("quantity".to_owned(), quantity);
            }
        }
    }
    if let Some(beside) = beside(&memory.heard) {
        put_beside(memory, mentions, beside, catalogue);
    }
}

/// How goods are named beside an order that was made before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// "The usual and two bags of Kenya".
    Added,
    /// "The usual with two bags of Kenya": so many in all.
    With,
    /// "The usual, but the Kenya": where there was one thing, this comes in its place.
    But,
}

fn put_beside(memory: &mut Memory, mentions: Mentions, beside: Beside, catalogue: &Catalogue) {
    let lines = &mut memory.lines;
    for (sku, quantity) in mentions.items {
        let known = lines.iter().any(|line| line.sku == sku);
        match (known, quantity, lines.as_mut_slice()) {
            // Named once more, and no number for it.
            (true, None, _) => {}
            (true, Some(quantity), lines) if beside == Beside::Added => add_quantity(lines, &sku, quantity),
            (true, Some(quantity), lines) => set_quantity(lines, &sku, quantity.max(1)),
            (false, quantity, [line]) if beside == Beside::But => {
                let quantity = quantity.unwrap_or(line.quantity);
                lines.clear();
                put(lines, catalogue, &sku, Some(quantity));
            }
            (false, quantity, _) => put(lines, catalogue, &sku, quantity),
        }
    }
}

/// Whether goods are wanted beside an order that was made before: "the usual and two bags of Kenya", but not "the
/// Kenya, the same as last time", which only says when it was had.
pub(crate) fn is_beside_order(decision: &Decision) -> bool {
    beside(decision).is_some()
}

/// Whether a number was said of an order that was made before, and it is open which line of it is meant: "same as
/// last time, but two bags", of coffee and filters.
pub(crate) fn is_of_which_line(memory: &Memory) -> bool {
    let order = memory.order.as_ref().filter(|order| order.lines.len() > 1);
    let before = reference(&memory.heard).is_some() && Mentions::of(&memory.heard).loose.is_some();
    let stays = |order: &Order| {
        order
            .lines
            .iter()
            .filter(|line| memory.lines.contains(line))
            .count()
    };
    before && order.is_some_and(|order| stays(order) > 1)
}

/// "Two bags, please": how many, and not of what.
pub(crate) fn is_bare_number(decision: &Decision) -> bool {
    let mentions = Mentions::of(decision);
    mentions.items.is_empty() && mentions.loose.is_some() && reference(decision).is_none()
}

fn reference(decision: &Decision) -> Option<&Slot> {
    let slot = decision.slot("reference")?;
    let before = |text: &str| ORDERED_BEFORE.contains(&text);
    before(&slot_text(&slot.value)).then_some(slot)
}

fn beside(decision: &Decision) -> Option<Beside> {
    let order = reference(decision)?;
    let at = decision.slots.iter().position(|slot| slot == order)?;
    let (before, after) = split_at_words(&decision.text, &order.span)?;
    let is_item = |slot: &&Slot| slot.name == ITEM;
    let (told, rest) = decision.slots.split_at(at);
    let behind = rest.iter().find(is_item);
    let behind = behind.and_then(|item| split_at_words(after, &item.span));
    let ahead = told.iter().rfind(is_item);
    let ahead = ahead.and_then(|item| before.rsplit_once(item.span.as_str()));
    // "The usual, but the Kenya instead": nothing is added. "... and the Kenya instead of the filters" says what goes.
    if says(&decision.text, "instead") && decision.slot(LEFT_OUT).is_none() {
        return None;
    }
    let behind = behind.and_then(|(between, _)| joint(between, JOINTS_BEHIND));
    let ahead = ahead.and_then(|(_, between)| joint(between, JOINTS_AHEAD));
    behind.or(ahead)
}

/// What the words between an order and goods make of the two.
fn joint(between: &str, joints: &[(&str, Beside)]) -> Option<Beside> {
    let known = joints.iter().find(|(words, _)| says(between.trim(), words));
    known.map(|(_, beside)| *beside)
}

/// The first that is said decides.
const JOINTS_BEHIND: &[(&str, Beside)] = &[
    ("and", Beside::Added),
    ("plus", Beside::Added),
    ("also", Beside::Added),
    ("add", Beside::Added),
    ("adding", Beside::Added),
    ("throw in", Beside::Added),
    ("as well as", Beside::Added),
    ("with", Beside::With),
    ("but", Beside::But),
];
/// "Add filters to my usual", "filters on top of the usual".
const JOINTS_AHEAD: &[(&str, Beside)] = &[
    ("and", Beside::Added),
    ("plus", Beside::Added),
    ("to", Beside::Added),
    ("with", Beside::Added),
    ("on top of", Beside::Added),
    ("as well as", Beside::Added),
    ("besides", Beside::Added),
];

#[cfg(test)]
mod tests {
    use super::{Beside, beside};
    use crate::nlu::decision::{Decision, Slot, SlotValue};
    use crate::units::Confidence;

    fn check(text: &str, slots: &[(&str, &str, &str)], expect: Option<Beside>) {
        let slot = |(name, value, span): &(&str, &str, &str)| Slot {
            name: (*name).to_owned(),
            value: SlotValue::Text((*value).to_owned()),
            span: (*span).to_owned(),
            confidence: Confidence::new(0.95),
        };
        let decision = Decision {
            text: text.to_owned(),
            slots: slots.iter().map(slot).collect(),
            ..Decision::default()
        };
        assert_eq!(beside(&decision), expect, "{text}");
    }

    #[test]
    fn goods_come_beside_an_order_or_say_which() {
        let usual = ("reference", "usual", "usual");
        let last = ("reference", "last_order", "last time");
        let kenya = ("item", "KENYA", "kenya");
        let filters = ("item", "FILTERS", "filters");
        check(
            "the usual and two bags of kenya",
            &[usual, kenya],
            Some(Beside::Added),
        );
        check(
            "the usual with a bag of kenya",
            &[usual, kenya],
            Some(Beside::With),
        );
        check("the usual but the kenya", &[usual, kenya], Some(Beside::But));
        check("the usual but the kenya instead", &[usual, kenya], None);
        check(
            "what i had last time but two and throw in some filters",
            &[last, filters],
            Some(Beside::Added),
        );
        check("add filters to my usual", &[filters, usual], Some(Beside::Added));
        check(
            "a bag of kenya plus the usual",
            &[kenya, usual],
            Some(Beside::Added),
        );
        check(
            "filters and the kenya i had last time",
            &[filters, kenya, last],
            None,
        );
        check("my usual kenya", &[usual, kenya], None);
        check(
            "both and the kenya",
            &[("reference", "both", "both"), kenya],
            None,
        );
    }
}
