//! The draft: what the caller wants, line by line, until it is confirmed. Pure operations; each says
//! whether it changed anything.

use crate::conversation::confirm::Restates;
use crate::conversation::memory::{Memory, slot_text};
use crate::ids::Sku;
use crate::nlu::correction;
use crate::nlu::decision::{Decision, Slot, SlotValue};
use crate::nlu::drink::{UNMADE, is_unmade};
use crate::nlu::slots::{ALL, LEFT_OUT, WEIGHT};
use crate::shop::{Catalogue, Fulfilment, Item, ItemKind, Order, OrderDraft, OrderLine};

/// What a correction did to the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Correction {
    /// Nothing in it concerned the draft.
    Unchanged,
    Changed(Vec<OrderLine>),
    /// Nothing would be left.
    Emptied,
    /// A quantity that could mean any of several lines.
    Which,
}

/// Things named in one utterance, in the order of the words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Mentions {
    pub(crate) items: Vec<(Sku, Option<u32>)>,
    /// A quantity that belongs to no item named.
    pub(crate) loose: Option<u32>,
}

impl Mentions {
    /// "two bags of dark roast and filters": a number belongs to the item that follows it, unless what follows is
    /// another thing ("filters, two packs, and the kenyan"); else to the one before ("dark roast, two bags").
    pub(crate) fn of(decision: &Decision) -> Self {
        let mut mentions = Self::default();
        let said = Said::all(decision);
        for (at, part) in said.iter().enumerate() {
            match &part.what {
                What::Item(sku) => {
                    let quantity = mentions.loose.take();
                    mentions.items.push((sku.clone(), quantity));
                }
                What::Count(quantity) => {
                    let open = mentions.items.last_mut().filter(|_| belongs_before(&said, at));
                    match open {
                        Some((_, missing @ None)) => *missing = Some(*quantity),
                        Some((_, Some(_))) | None => mentions.loose = Some(*quantity),
                    }
                }
            }
        }
        if let (Some(quantity), Some((_, missing @ None))) = (mentions.loose, mentions.items.last_mut()) {
            *missing = Some(quantity);
            mentions.loose = None;
        }
        mentions
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.items.is_empty() && self.loose.is_none()
    }
}

/// A thing or a number, as it was said.
struct Said {
    what: What,
    /// "And" or the like stands between it and the one before.
    joined: bool,
}

enum What {
    Item(Sku),
    Count(u32),
}

impl Said {
    fn all(decision: &Decision) -> Vec<Self> {
        let mut rest = decision.text.as_str();
        let mut said = Vec::new();
        for slot in &decision.slots {
            let what = match (slot.name.as_str(), &slot.value) {
                ("quantity", SlotValue::Number(quantity)) if *quantity <= QUANTITY_MAX => {
                    What::Count(*quantity)
                }
                ("item", SlotValue::Text(sku)) => What::Item(Sku::new(sku.clone())),
                (_, SlotValue::Text(_) | SlotValue::Number(_) | SlotValue::Digits(_)) => continue,
            };
            // Slots of an earlier utterance have no place in these words.
            let (between, after) = split_at_words(rest, &slot.span).unwrap_or(("", rest));
            rest = after;
            let joined = JOINTS.iter().any(|joint| contains_words(between.trim(), joint));
            said.push(Self { what, joined });
        }
        said
    }
}

/// The text before these words, and behind them.
fn split_at_words<'t>(text: &'t str, words: &str) -> Option<(&'t str, &'t str)> {
    let whole = |before: &str, after: &str| {
        (before.is_empty() || before.ends_with(' ')) && (after.is_empty() || after.starts_with(' '))
    };
    let mut places = text.match_indices(words).filter(|_| !words.is_empty());
    places.find_map(|(at, found)| {
        let (before, after) = (text.get(..at)?, text.get(at + found.len()..)?);
        whole(before, after).then_some((before, after))
    })
}

/// Whether the number at this place counts the item before it: nothing parts the two, and what follows is another
/// thing, or has a number behind it as well ("filters two packs kenyan three bags").
fn belongs_before(said: &[Said], at: usize) -> bool {
    let is = |at: usize, item: bool| {
        let part = said.get(at);
        part.filter(|part| matches!(part.what, What::Item(_)) == item)
    };
    let named_before = at.checked_sub(1).and_then(|before| is(before, true)).is_some();
    let apart = said.get(at).is_some_and(|count| count.joined);
    let next = is(at + 1, true);
    let parted = next.is_some_and(|next| next.joined);
    let next_counted = next.is_some() && is(at + 2, false).is_some_and(|count| !count.joined);
    let ends = said.get(at + 3).is_none_or(|part| part.joined);
    named_before && !apart && (parted || (next_counted && ends))
}

/// The draft becomes the caller's last order (the last that was delivered, before one picked up).
pub(crate) fn take_last(memory: &mut Memory) {
    let delivered = memory
        .orders
        .iter()
        .find(|order| order.fulfilment == Fulfilment::Delivery);
    let Some(order) = delivered.or_else(|| memory.orders.first()).cloned() else {
        return;
    };
    take(memory, order);
}

/// The draft becomes what the caller orders most often: the same items, in the latest quantities.
pub(crate) fn take_usual(memory: &mut Memory) {
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
        Some(order) => take(memory, order),
        None => take_last(memory),
    }
}

fn take(memory: &mut Memory, order: Order) {
    memory.lines.clone_from(&order.lines);
    // "The usual, but not the filters."
    for slot in memory.heard.slots.iter().filter(|slot| slot.name == LEFT_OUT) {
        let sku = slot_text(&slot.value);
        memory.lines.retain(|line| line.sku.as_str() != sku);
    }
    memory.fulfilment = order.fulfilment;
    memory.order = Some(order);
    // "my last order, but two of them": only where it is clear of what.
    if let (Some(quantity), [line]) = (Mentions::of(&memory.heard).loose, memory.lines.as_mut_slice()) {
        line.quantity = quantity.max(1);
    }
}

/// Adds what was named; what is already in the draft gets the new quantity.
pub(crate) fn add(memory: &mut Memory, catalogue: &Catalogue) {
    for (sku, quantity) in Mentions::of(&memory.heard).items {
        put(&mut memory.lines, catalogue, &sku, quantity);
    }
}

/// What an utterance means for a draft that was just read back.
pub(crate) fn correct(lines: &[OrderLine], decision: &Decision, catalogue: &Catalogue) -> Correction {
    let mentions = Mentions::of(decision);
    if let Some(swapped) = swapped(lines, &mentions, decision, catalogue) {
        return swapped;
    }
    let mut changed = lines.to_vec();
    let removes = REMOVAL_WORDS
        .iter()
        .any(|word| contains_words(&decision.text, word));
    // "Take two bags off": two of one thing, and no new number for it.
    let takes_off =
        mentions.items.len() < 2 && TAKING_OFF.iter().any(|word| contains_words(&decision.text, word));
    let drink = is_drink(lines, catalogue);
    let adds = MORE_WORDS.iter().any(|word| contains_words(&decision.text, word));
    // What stands and is said again beside something new stays; else the first that is new takes its place.
    let instead = INSTEAD_WORDS
        .iter()
        .any(|word| contains_words(&decision.text, word));
    let again = mentions.items.iter().any(|(sku, quantity)| {
        let stays = quantity.map_or(!instead, |quantity| quantity > 0);
        stays && lines.iter().any(|line| line.sku == *sku)
    });
    let mut takes_its_place = !again && replaces(lines, decision);
    for (sku, quantity) in &mentions.items {
        let known = lines.iter().any(|line| line.sku == *sku);
        // A drink is picked up and goods are sent: neither turns into the other in an answer.
        if !known && drink != is_drink_item(catalogue, sku) {
            continue;
        }
        // "I don't want the filters", of which there are none.
        if !known && !adds && is_declined(decision, sku) {
            continue;
        }
        match (known, quantity) {
            (true, None) if removes => changed.retain(|line| line.sku != *sku),
            (true, Some(0)) => changed.retain(|line| line.sku != *sku),
            (true, Some(quantity)) if takes_off => take_off(&mut changed, sku, *quantity),
            (true, quantity) if adds => add_quantity(&mut changed, sku, quantity.unwrap_or(1)),
            (true, Some(quantity)) => set_quantity(&mut changed, sku, *quantity),
            (true, None) if is_one_of(decision, sku) => set_quantity(&mut changed, sku, 1),
            (true, None) => {}
            (false, quantity) if std::mem::take(&mut takes_its_place) => {
                replace(&mut changed, catalogue, sku, *quantity);
            }
            (false, quantity) => put(&mut changed, catalogue, sku, *quantity),
        }
    }
    match (mentions.loose, changed.as_mut_slice()) {
        (Some(quantity), [line]) if takes_off => {
            let sku = line.sku.clone();
            take_off(&mut changed, &sku, quantity);
        }
        (Some(quantity), [line]) if adds => line.quantity = more(line.quantity, quantity),
        (Some(quantity), [line]) if quantity > 0 => line.quantity = quantity,
        (None, [line]) if mentions.items.is_empty() && correction::is_one_more(&decision.text) => {
            line.quantity = more(line.quantity, 1);
        }
        (None, [line]) if drink && adds && is_named_again(decision, line) => {
            line.quantity = more(line.quantity, 1);
        }
        (Some(_), [_, _, ..]) => return Correction::Which,
        (Some(_) | None, _) => {}
    }
    if drink {
        change_drink(&mut changed, decision, catalogue);
    }
    if changed == lines {
        Correction::Unchanged
    } else if changed.is_empty() {
        Correction::Emptied
    } else {
        Correction::Changed(changed)
    }
}

/// "Replace the Brazil with Ethiopia", of several things: that one goes and the other takes its place. `None` where
/// nothing is named to go.
fn swapped(
    lines: &[OrderLine],
    mentions: &Mentions,
    decision: &Decision,
    catalogue: &Catalogue,
) -> Option<Correction> {
    let mut gone = decision.slots.iter().filter(|slot| slot.name == LEFT_OUT);
    let (gone, None) = (Sku::new(slot_text(&gone.next()?.value)), gone.next()) else {
        return None;
    };
    let [(sku, quantity)] = mentions.items.as_slice() else {
        return None;
    };
    let mut changed = lines.to_vec();
    let Some(at) = changed.iter().position(|line| line.sku == gone) else {
        return Some(Correction::Unchanged);
    };
    let line = changed.remove(at);
    let quantity = quantity.unwrap_or(line.quantity);
    match (changed.iter().any(|line| line.sku == *sku), catalogue.item(sku)) {
        (true, _) => add_quantity(&mut changed, sku, quantity),
        (false, Some(item)) => changed.insert(
            at,
            OrderLine {
                sku: sku.clone(),
                name: item.name.clone(),
                quantity,
                options: Vec::new(),
            },
        ),
        (false, None) => return Some(Correction::Unchanged),
    }
    Some(Correction::Changed(changed))
}

/// Whether the item is named only to say that it is not wanted: "I don't need filters", "the filters, I don't want those".
fn is_declined(decision: &Decision, sku: &Sku) -> bool {
    let names = |slot: &&Slot| slot.name == "item" && slot_text(&slot.value) == sku.as_str();
    let mut spans = decision.slots.iter().filter(names).map(|slot| slot.span.as_str());
    spans.any(|span| {
        REMOVAL_WORDS.iter().any(|words| {
            let before = DETERMINERS
                .iter()
                .any(|the| contains_words(&decision.text, &format!("{words} {the}{span}")));
            let after = decision.text.split_once(span).is_some_and(|(_, rest)| {
                let end = rest.split_once(words).map(|(_, end)| end.trim());
                end.is_some_and(|end| end.is_empty() || POINTING_BACK.contains(&end))
            });
            before || after
        })
    })
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
        set_quantity(&mut memory.lines, &sku, quantity.max(1));
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

/// The draft becomes all that is advised.
pub(crate) fn take_advised(memory: &mut Memory, catalogue: &Catalogue) {
    let advised: Vec<Sku> = memory
        .advising
        .offered
        .iter()
        .map(|ranked| ranked.sku.clone())
        .collect();
    memory.drop_draft();
    memory.item = None;
    for sku in advised {
        put(&mut memory.lines, catalogue, &sku, None);
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
    let Some(wanted) = memory.slot_text("coffeeDrink") else {
        return;
    };
    let Some(drink) = find_drink(catalogue, &wanted) else {
        return;
    };
    let quantity = match memory.slots.get("quantity") {
        Some(SlotValue::Number(quantity)) => (*quantity).max(1),
        Some(SlotValue::Text(_) | SlotValue::Digits(_)) | None => 1,
    };
    let options = DRINK_OPTIONS
        .iter()
        .filter_map(|(slot, option)| Some(((*option).to_owned(), memory.slot_text(slot)?)))
        .collect();
    memory.lines = vec![OrderLine {
        sku: drink.sku.clone(),
        name: drink.name.clone(),
        quantity,
        options,
    }];
    memory.fulfilment = Fulfilment::Pickup;
}

impl Memory {
    /// What was just said of the drink, and no drink is made with.
    pub(crate) fn unmade(&self) -> Vec<String> {
        self.unmade_in(&self.heard)
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
fn find_drink<'c>(catalogue: &'c Catalogue, wanted: &str) -> Option<&'c Item> {
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
                (_, Some(option), [line]) => line
                    .options
                    .iter()
                    .any(|(name, value)| name == option && *value == said),
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

/// So many fewer of it; none left, and the line goes.
fn take_off(lines: &mut Vec<OrderLine>, sku: &Sku, quantity: u32) {
    for line in lines.iter_mut().filter(|line| line.sku == *sku) {
        line.quantity = line.quantity.saturating_sub(quantity);
    }
    lines.retain(|line| line.quantity > 0);
}

fn more(quantity: u32, by: u32) -> u32 {
    quantity.saturating_add(by).min(QUANTITY_MAX)
}

/// "no, the light roast": of one line, another item takes its place, unless it is to be added.
fn replaces(lines: &[OrderLine], decision: &Decision) -> bool {
    lines.len() == 1 && decision.correction && !adds(&decision.text)
}

fn replace(lines: &mut [OrderLine], catalogue: &Catalogue, sku: &Sku, quantity: Option<u32>) {
    if let (Some(item), [line]) = (catalogue.item(sku), lines) {
        line.sku = sku.clone();
        line.name.clone_from(&item.name);
        line.quantity = quantity.unwrap_or(line.quantity);
    }
}

/// "make it a large", "a mocha instead": another drink, or an option of it.
fn change_drink(lines: &mut [OrderLine], decision: &Decision, catalogue: &Catalogue) {
    let [line] = lines else { return };
    let wanted = decision.slot("coffeeDrink").map(|slot| slot_text(&slot.value));
    if let Some(drink) = wanted.and_then(|wanted| find_drink(catalogue, &wanted)) {
        line.sku = drink.sku.clone();
        line.name.clone_from(&drink.name);
    }
    for (slot, option) in DRINK_OPTIONS {
        let Some(value) = decision.slot(slot).map(|slot| slot_text(&slot.value)) else {
            continue;
        };
        match line.options.iter_mut().find(|(name, _)| name == option) {
            Some((_, old)) => *old = value,
            None => line.options.push(((*option).to_owned(), value)),
        }
    }
    // The same drink is the same order, in whatever order its options were said.
    let place = |name: &str| DRINK_OPTIONS.iter().position(|(_, option)| *option == name);
    line.options.sort_by_key(|(name, _)| place(name));
}

/// "Another latte", said of a latte.
fn is_named_again(decision: &Decision, line: &OrderLine) -> bool {
    let drink = decision.slot("coffeeDrink").map(|slot| slot_text(&slot.value));
    let otherwise = DRINK_OPTIONS
        .iter()
        .any(|(slot, _)| decision.slot(slot).is_some());
    drink.is_some_and(|drink| line.name.eq_ignore_ascii_case(&drink)) && !otherwise
}

/// Whether words ask for something beside what there is.
pub(crate) fn adds(text: &str) -> bool {
    ADDITION_WORDS.iter().any(|word| contains_words(text, word))
}

/// Whether goods were weighed, which are sold by the piece.
pub(crate) fn is_weighed(decision: &Decision) -> bool {
    decision.slot(WEIGHT).is_some()
}

/// "No, a french press", of three: the article is how many.
fn is_one_of(decision: &Decision, sku: &Sku) -> bool {
    let names = |slot: &&Slot| slot.name == "item" && slot_text(&slot.value) == sku.as_str();
    let spans = decision.slots.iter().filter(names).map(|slot| slot.span.as_str());
    let with_article = |span: &str| {
        let mut forms = ONE_ARTICLES.iter().map(|article| format!("{article} {span}"));
        let denied = forms
            .clone()
            .any(|form| contains_words(&decision.text, &format!("not {form}")));
        !span.is_empty() && !denied && forms.any(|form| contains_words(&decision.text, &form))
    };
    decision.correction && spans.into_iter().any(with_article)
}

fn contains_words(text: &str, words: &str) -> bool {
    format!(" {text} ").contains(&format!(" {words} "))
}

/// Slots of a drink, and the options' names in the shop's contract.
pub(crate) const DRINK_OPTIONS: &[(&str, &str)] = &[
    ("size", "size"),
    ("roast", "roast"),
    ("numberOfShots", "shots"),
    ("milkAmount", "milk"),
    ("sugarAmount", "sugar"),
];
const REMOVAL_WORDS: &[&str] = &[
    "remove",
    "without",
    "drop",
    "delete",
    "take off",
    "take out",
    "off my order",
    "off the order",
    "off that order",
    "out of my order",
    "from my order",
    "leave out",
    "leave off",
    "don't want",
    "do not want",
    "don't need",
    "do not need",
    "skip",
    "forget",
    "no more",
    "not the",
];
/// Those that take a number of something away; "forget it, make it two" does not.
const TAKING_OFF: &[&str] = &[
    "remove",
    "drop",
    "delete",
    "take off",
    "take out",
    "off",
    "out of my order",
    "from my order",
    "leave out",
    "leave off",
];
/// What is named beside these goes, even where its name is said again.
const INSTEAD_WORDS: &[&str] = &["not", "instead"];
const ADDITION_WORDS: &[&str] = &["add", "also", "too", "as well", "plus", "another"];
/// "Add two bags" of what is there already is two more of it.
const MORE_WORDS: &[&str] = &["add", "another", "more", "extra", "plus"];
const DETERMINERS: &[&str] = &["", "the ", "my ", "any ", "those ", "that "];
const POINTING_BACK: &[&str] = &["it", "them", "those", "that", "anymore", "any more"];
/// What comes behind these is another thing.
const JOINTS: &[&str] = &["and", "also", "plus", "then"];
const ONE_ARTICLES: &[&str] = &["a", "an", "single"];
/// Lines of one order, as the shop's contract allows.
const LINES_MAX: usize = 20;
/// The most of one thing, as the shop's contract allows; more was misheard.
pub(crate) const QUANTITY_MAX: u32 = 1_000;
