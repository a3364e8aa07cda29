//! The draft: what the caller wants, line by line, until it is confirmed. Pure operations; each says
//! whether it changed anything.

mod before;
mod correct;
mod mentions;

pub(crate) use self::before::{is_bare_number, is_beside_order, is_of_which_line, take_last, take_usual};
pub(crate) use self::correct::{Correction, correct, counts_more, stands_as_said};
pub(crate) use self::mentions::Mentions;
use crate::conversation::confirm::Restates;
use crate::conversation::memory::{MORE, Memory, slot_text};
use crate::ids::Sku;
use crate::nlu::decision::{Decision, Slot, SlotValue};
use crate::nlu::drink::{self, DRINK, SIZE, UNMADE, USUAL_SHOTS, is_unmade};
use crate::nlu::follow_up::{begins_with_wish, inquires};
use crate::nlu::normalize::Words;
use crate::nlu::slots::{ALL, GROUND, ITEM, SHOTS, TIMES, WEIGHT};
use crate::nlu::wording::{says, says_one_of};
use crate::shop::{Catalogue, Fulfilment, Item, ItemKind, OrderDraft, OrderLine};

/// Adds what was named; what is already in the draft gets the new quantity.
pub(crate) fn add(memory: &mut Memory, catalogue: &Catalogue) {
    for (sku, quantity) in Mentions::of(&memory.heard).settled().items {
        put(&mut memory.lines, catalogue, &sku, quantity);
    }
}

/// Adds the item named, as many as were said with it or before it.
pub(crate) fn add_counted(memory: &mut Memory, catalogue: &Catalogue) {
    let before = said_before(memory);
    let lines = &mut memory.lines;
    for (sku, quantity) in Mentions::of(&memory.heard).settled().items {
        let quantity = quantity.or(before);
        if lines.iter().any(|line| line.sku == sku) {
            add_quantity(lines, &sku, quantity.unwrap_or(1));
        } else {
            put(lines, catalogue, &sku, quantity);
        }
    }
}

/// The same for the answer to "what should I change?": a quantity alone may follow the item it is for.
pub(crate) fn apply_heard(memory: &mut Memory, catalogue: &Catalogue) {
    // Only what was just chosen: an earlier choice was of another change.
    let choice = memory.heard.slot("choice").map(|slot| slot_text(&slot.value));
    let quantity = memory.slots.get("quantity").cloned();
    if let (Some(ALL), Some(SlotValue::Number(quantity))) = (choice.as_deref(), &quantity) {
        for line in &mut memory.lines {
            line.quantity = (*quantity).max(1);
        }
        return;
    }
    let chosen = choice.map(Sku::new);
    if let (Some(sku), Some(SlotValue::Number(quantity))) = (chosen, quantity)
        && memory.lines.iter().any(|line| line.sku == sku)
    {
        if memory.slots.contains_key(MORE) {
            add_quantity(&mut memory.lines, &sku, quantity);
        } else {
            set_quantity(&mut memory.lines, &sku, quantity.max(1));
        }
        return;
    }
    // Asked what to change, every answer is a correction.
    let decision = Decision {
        correction: true,
        ..memory.wished(memory.held == memory.lines).clone()
    };
    match correct(&memory.lines, &decision, catalogue) {
        Correction::Changed(lines) => memory.lines = lines,
        // An order that exists can be left with nothing on it, and is cancelled then.
        Correction::Emptied if !memory.held.is_empty() => memory.lines.clear(),
        Correction::Emptied | Correction::Unchanged | Correction::Which => {}
    }
}

/// The draft becomes what the order spoken of has now, to be changed.
pub(crate) fn take_order(memory: &mut Memory) {
    let Some(order) = memory.order.clone() else {
        return;
    };
    memory.drop_draft();
    memory.held.clone_from(&order.lines);
    memory.lines = order.lines;
    memory.fulfilment = order.fulfilment;
}

/// The draft becomes a new order of one thing of the order spoken of: the one that was just chosen, or the only one.
pub(crate) fn take_line_anew(memory: &mut Memory) {
    let Some(order) = memory.order.clone() else {
        return;
    };
    let chosen = memory.heard.slot("choice").map(|slot| slot_text(&slot.value));
    let line = match (order.lines.as_slice(), chosen) {
        ([only], _) => Some(only),
        (lines, Some(chosen)) => lines.iter().find(|line| line.sku.as_str() == chosen),
        (_, None) => None,
    };
    let quantity = said_before(memory).unwrap_or(1);
    memory.drop_draft();
    memory.fulfilment = order.fulfilment;
    memory.lines = line
        .map(|line| OrderLine {
            quantity,
            ..line.clone()
        })
        .into_iter()
        .collect();
}

/// The draft becomes one of what the shop offers instead of the item asked about, or as many as were named.
pub(crate) fn take_item_substitute(memory: &mut Memory, catalogue: &Catalogue) {
    let Some(sku) = memory.item_substitute(catalogue).map(|item| item.sku.clone()) else {
        return;
    };
    memory.drop_draft();
    memory.item = None;
    let quantity = said_before(memory);
    put(&mut memory.lines, catalogue, &sku, quantity);
}

/// The draft becomes the item spoken of, or as many of it as were named.
pub(crate) fn take_item(memory: &mut Memory, catalogue: &Catalogue) {
    let Some(sku) = memory.item.take() else { return };
    memory.drop_draft();
    let quantity = Mentions::of(&memory.heard).loose.or_else(|| said_before(memory));
    put(
        &mut memory.lines,
        catalogue,
        &sku,
        quantity.map(|quantity| quantity.clamp(1, QUANTITY_MAX)),
    );
}

/// How many, as far as the task has heard.
fn said_before(memory: &Memory) -> Option<u32> {
    match memory.slots.get("quantity") {
        Some(SlotValue::Number(quantity)) => Some((*quantity).clamp(1, QUANTITY_MAX)),
        Some(SlotValue::Text(_) | SlotValue::Digits(_)) | None => None,
    }
}

/// The item spoken of becomes what was named: goods, or a drink. Of one that is not made here, what comes near it.
pub(crate) fn speak_of_named(memory: &mut Memory, catalogue: &Catalogue) {
    let goods = memory.slots.get("item").and_then(|value| match value {
        SlotValue::Text(sku) => Some(Sku::new(sku.clone())),
        SlotValue::Number(_) | SlotValue::Digits(_) => None,
    });
    let drink = memory.slot_text(DRINK);
    let known = drink.as_deref().and_then(|wanted| find_drink(catalogue, wanted));
    memory.near_drinks = match (&drink, known) {
        (Some(wanted), None) => near_drinks(catalogue, wanted),
        (Some(_) | None, _) => Vec::new(),
    };
    memory.item = goods.or_else(|| known.map(|item| item.sku.clone()));
    // So that its stock can be looked up.
    memory.stock.clear();
    memory.enquired = memory.enquired_at_first().or_else(|| memory.enquired_again());
    memory.told.asks = memory.enquired.as_ref().map(|enquired| enquired.asks);
    if let Some(item) = memory.item.clone() {
        memory.told.add(item);
    }
    memory.size_up(catalogue);
}

/// Whether an utterance orders what it names, where a name alone would answer what is asked about: "two bags of Kenya",
/// "I'd like a latte", "the Kenya and some filters".
pub(crate) fn orders_named(decision: &Decision) -> bool {
    let words = Words::new(&decision.text);
    let number = |slot: &Slot| matches!(slot.value, SlotValue::Number(number) if number > 1);
    let counted = decision.slots.iter().any(number);
    let things = |slot: &&Slot| slot.name == ITEM || slot.name == DRINK;
    let several = decision.then.is_some() || decision.slots.iter().filter(things).count() > 1;
    !inquires(&words) && (counted || several || begins_with_wish(&words))
}

/// The draft becomes all that is advised.
pub(crate) fn take_advised(memory: &mut Memory, catalogue: &Catalogue) {
    let advised: Vec<Sku> = memory
        .advising
        .offered
        .iter()
        .map(|ranked| ranked.sku.clone())
        .collect();
    let quantity = Mentions::of(&memory.heard).loose;
    let quantity = quantity.filter(|_| correct::is_of_each(&memory.heard));
    memory.drop_draft();
    memory.item = None;
    for sku in advised {
        put(&mut memory.lines, catalogue, &sku, quantity);
    }
}

/// Puts the substitute in the place of what is short.
pub(crate) fn substitute(memory: &mut Memory, catalogue: &Catalogue) {
    let Some(substitute) = memory.substitute(catalogue).cloned() else {
        return;
    };
    let Some(short) = memory.short().map(|(line, _)| line.sku.clone()) else {
        return;
    };
    memory.short_before.push(short.clone());
    let is_there = memory.lines.iter().any(|line| line.sku == substitute.sku);
    if is_there {
        let short = |line: &&OrderLine| line.sku == short;
        let quantity = memory
            .lines
            .iter()
            .filter(short)
            .fold(0, |sum, line| more(sum, line.quantity));
        add_quantity(&mut memory.lines, &substitute.sku, quantity);
        drop_short(memory);
        return;
    }
    for line in memory.lines.iter_mut().filter(|line| line.sku == short) {
        line.sku = substitute.sku.clone();
        line.name.clone_from(&substitute.name);
    }
}

/// Keeps only as many as there are of what is short.
pub(crate) fn take_available(memory: &mut Memory) {
    let Some((sku, available)) = memory
        .short()
        .map(|(line, stock)| (line.sku.clone(), stock.available))
    else {
        return;
    };
    set_quantity(&mut memory.lines, &sku, available);
}

/// As many of what is short as were just said: "no, I said fifteen". Another thing that is named takes its place.
pub(crate) fn take_number(memory: &mut Memory, catalogue: &Catalogue) {
    let mentions = Mentions::of(&memory.heard);
    let Some(short) = memory.short().map(|(line, _)| line.sku.clone()) else {
        return;
    };
    let named = mentions.items.iter().find(|(sku, _)| *sku == short);
    let counted = named.and_then(|(_, quantity)| *quantity);
    let loose = mentions.loose.filter(|_| mentions.items.is_empty());
    match counted.or(loose) {
        Some(quantity) => set_quantity(&mut memory.lines, &short, quantity.max(1)),
        None => apply_heard(memory, catalogue),
    }
}

/// Removes what is short.
pub(crate) fn drop_short(memory: &mut Memory) {
    if let Some(sku) = memory.short().map(|(line, _)| line.sku.clone()) {
        memory.lines.retain(|line| line.sku != sku);
    }
}

/// What is short may come later.
pub(crate) fn accept_delay(memory: &mut Memory) {
    if let Some(sku) = memory.short().map(|(line, _)| line.sku.clone()) {
        memory.delayed.push(sku);
    }
}

/// The draft becomes the drink that the slots describe. The slot holds a SKU or a drink's name.
pub(crate) fn take_drink(memory: &mut Memory, catalogue: &Catalogue) {
    let Some(wanted) = memory.slot_text(DRINK) else {
        return;
    };
    memory.near_drinks.clear();
    let Some(drink) = find_drink(catalogue, &wanted) else {
        memory.near_drinks = near_drinks(catalogue, &wanted);
        return;
    };
    let quantity = match memory.slots.get("quantity") {
        Some(SlotValue::Number(quantity)) => (*quantity).max(1),
        Some(SlotValue::Text(_) | SlotValue::Digits(_)) | None => 1,
    };
    let options = DRINK_OPTIONS
        .iter()
        .filter_map(|(slot, option)| Some(((*option).to_owned(), memory.slot_text(slot)?)))
        .filter(|(_, value)| value != USUAL_SHOTS)
        .collect();
    memory.lines = vec![OrderLine {
        sku: drink.sku.clone(),
        name: drink.name.clone(),
        quantity,
        options,
    }];
    memory.fulfilment = Fulfilment::Pickup;
}

/// What the shop makes that comes near such a drink.
fn near_drinks(catalogue: &Catalogue, wanted: &str) -> Vec<String> {
    let near = drink::near(wanted).iter();
    near.filter_map(|name| find_drink(catalogue, name))
        .map(|drink| drink.name.clone())
        .collect()
}

impl Memory {
    /// What was just said of the drink, and no drink is made with.
    pub(crate) fn unmade(&self) -> Vec<String> {
        // "Do you have iced lattes": asked about, and no order of any kind yet.
        if self.heard.slot(DRINK).is_none() || self.fulfilment == Fulfilment::Pickup {
            return self.unmade_in(&self.heard);
        }
        let unmade = self.heard.slots.iter().filter(|slot| slot.name == UNMADE);
        unmade.map(|slot| slot.span.clone()).collect()
    }

    /// "Make it decaf" names beans, where it is not said of a drink.
    pub(crate) fn unmade_in(&self, decision: &Decision) -> Vec<String> {
        if self.fulfilment != Fulfilment::Pickup {
            return Vec::new();
        }
        let slots = decision.slots.iter();
        let unmade =
            slots.filter(|slot| slot.name == UNMADE || (slot.name == "item" && is_unmade(&slot.span)));
        unmade.map(|slot| slot.span.clone()).collect()
    }
}

/// "A flat white instead", of a drink that was read back: what the shop does not have is what no drink can be made.
pub(crate) fn with_unknown_drink_unmade(mut decision: Decision, catalogue: &Catalogue) -> Decision {
    let unknown =
        |slot: &&mut Slot| slot.name == DRINK && find_drink(catalogue, &slot_text(&slot.value)).is_none();
    for slot in decision.slots.iter_mut().filter(unknown) {
        UNMADE.clone_into(&mut slot.name);
        slot.span = slot_text(&slot.value);
    }
    decision
}

/// Whether the draft is for a drink.
fn is_drink(lines: &[OrderLine], catalogue: &Catalogue) -> bool {
    lines.iter().any(|line| is_drink_item(catalogue, &line.sku))
}

fn is_drink_item(catalogue: &Catalogue, sku: &Sku) -> bool {
    catalogue
        .item(sku)
        .is_some_and(|item| item.kind == ItemKind::Drink)
}

/// The drink that a caller's words mean: by SKU, name, or another way to say it.
pub(crate) fn find_drink<'c>(catalogue: &'c Catalogue, wanted: &str) -> Option<&'c Item> {
    let matches = |name: &str| name.eq_ignore_ascii_case(wanted);
    catalogue.items.iter().find(|item| {
        let named =
            matches(item.sku.as_str()) || matches(&item.name) || item.spoken.iter().any(|name| matches(name));
        named && item.kind == ItemKind::Drink
    })
}

impl Restates for OrderDraft {
    fn is_restated_by(&self, decision: &Decision) -> bool {
        self.lines.is_restated_by(decision)
    }
}

impl Restates for Vec<OrderLine> {
    /// "yes, two bags of the dark roast": nothing in it differs from what was read back.
    fn is_restated_by(&self, decision: &Decision) -> bool {
        let mentions = Mentions::of(decision);
        let line = |sku: &Sku| self.iter().find(|line| line.sku == *sku);
        let items = mentions.items.iter().all(|(sku, quantity)| {
            line(sku).is_some_and(|line| quantity.is_none_or(|quantity| quantity == line.quantity))
        });
        let loose = match (mentions.loose, self.as_slice()) {
            (None, _) => true,
            (Some(quantity), [line]) => line.quantity == quantity,
            (Some(_), _) => false,
        };
        let options = decision.slots.iter().all(|slot| {
            let said = slot_text(&slot.value);
            let option = DRINK_OPTIONS
                .iter()
                .find(|(name, _)| *name == slot.name)
                .map(|(_, option)| *option);
            match (slot.name.as_str(), option, self.as_slice()) {
                ("item" | "quantity", ..) => true,
                ("coffeeDrink", _, [line]) => line.name.eq_ignore_ascii_case(&said),
                (_, Some(option), [line]) => {
                    let mut options = line.options.iter().filter(|(name, _)| name == option);
                    match said.as_str() {
                        USUAL_SHOTS => options.next().is_none(),
                        said => options.any(|(_, value)| value == said),
                    }
                }
                (_, _, _) => false,
            }
        });
        items && loose && options
    }
}

fn put(lines: &mut Vec<OrderLine>, catalogue: &Catalogue, sku: &Sku, quantity: Option<u32>) {
    if lines.iter().any(|line| line.sku == *sku) {
        set_quantity(lines, sku, quantity.unwrap_or(1));
        return;
    }
    if let Some(item) = catalogue.item(sku)
        && lines.len() < LINES_MAX
        && quantity != Some(0)
    {
        lines.push(OrderLine {
            sku: sku.clone(),
            name: item.name.clone(),
            quantity: quantity.unwrap_or(1),
            options: Vec::new(),
        });
    }
}

fn set_quantity(lines: &mut [OrderLine], sku: &Sku, quantity: u32) {
    for line in lines.iter_mut().filter(|line| line.sku == *sku) {
        line.quantity = quantity;
    }
}

fn add_quantity(lines: &mut [OrderLine], sku: &Sku, quantity: u32) {
    for line in lines.iter_mut().filter(|line| line.sku == *sku) {
        line.quantity = more(line.quantity, quantity);
    }
}

/// "Double it", "half of that": of each line, or of the one that is named with it, at least one. "Make it double" is of a drink's shots, and else of how many.
fn scale(lines: &mut [OrderLine], decision: &Decision, catalogue: &Catalogue) {
    if decision.slot(SHOTS).is_some() && is_drink(lines, catalogue) {
        return;
    }
    let Some(Slot {
        value: SlotValue::Number(halves),
        ..
    }) = decision.slot(TIMES)
    else {
        return;
    };
    let of = scaled_item(decision);
    for line in lines
        .iter_mut()
        .filter(|line| of.as_ref().is_none_or(|of| line.sku == *of))
    {
        let scaled = line.quantity.saturating_mul(*halves).div_ceil(2);
        line.quantity = scaled.clamp(1, QUANTITY_MAX);
    }
}

/// "Double the Kenya": what alone there shall be more or less of.
fn scaled_item(decision: &Decision) -> Option<Sku> {
    let times = decision.slot(TIMES)?;
    let named = decision.slots.iter().filter(|slot| slot.name == ITEM);
    let of_it = |item: &&Slot| {
        let mut forms = BEFORE_SCALED.iter();
        forms.any(|the| says(&decision.text, &format!("{}{the} {}", times.span, item.span)))
    };
    named
        .into_iter()
        .find(of_it)
        .map(|item| Sku::new(slot_text(&item.value)))
}

/// Half of three: what becomes of that must be said.
pub(crate) fn halves_unevenly(lines: &[OrderLine], decision: &Decision) -> bool {
    let of = scaled_item(decision);
    let times = decision.slot(TIMES).map(|slot| &slot.value);
    let halves = match times {
        Some(SlotValue::Number(halves)) => *halves,
        Some(SlotValue::Text(_) | SlotValue::Digits(_)) | None => return false,
    };
    let mut scaled = lines
        .iter()
        .filter(|line| of.as_ref().is_none_or(|of| line.sku == *of));
    scaled.any(|line| !line.quantity.saturating_mul(halves).is_multiple_of(2))
}

const BEFORE_SCALED: &[&str] = &["", " the", " my", " of the", " of my"];

fn more(quantity: u32, by: u32) -> u32 {
    quantity.saturating_add(by).min(QUANTITY_MAX)
}

/// Whether words ask for something beside what there is.
pub(crate) fn adds(text: &str) -> bool {
    says_one_of(text, ADDITION_WORDS)
}

/// The same of an order that stands: "put some filters on it", and nothing is to come off.
pub(crate) fn puts_in(text: &str) -> bool {
    (adds(text) || says(text, "put")) && !correct::removes(text)
}

/// Whether goods were weighed, which are sold by the piece.
pub(crate) fn is_weighed(decision: &Decision) -> bool {
    decision.slot(WEIGHT).is_some()
}

/// Whether beans are wanted ground, which Hark has no way to order.
pub(crate) fn is_ground(decision: &Decision) -> bool {
    decision.slot(GROUND).is_some()
}

/// Slots of a drink, and the options' names in the shop's contract.
pub(crate) const DRINK_OPTIONS: &[(&str, &str)] = &[
    (SIZE, SIZE),
    ("roast", "roast"),
    ("numberOfShots", "shots"),
    ("milkAmount", "milk"),
    ("sugarAmount", "sugar"),
];
const ADDITION_WORDS: &[&str] = &["add", "also", "too", "as well", "plus", "another"];
/// Lines of one order, as the shop's contract allows.
const LINES_MAX: usize = 20;
/// The most of one thing, as the shop's contract allows; more was misheard.
pub(crate) const QUANTITY_MAX: u32 = 1_000;
