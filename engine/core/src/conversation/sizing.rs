//! What a drink costs as it was asked for, and in each size: the shop's catalogue has the price without options alone, so
//! it is asked what such a drink would cost. Nothing is ordered by that.

use crate::conversation::draft::{DRINK_OPTIONS, find_drink};
use crate::conversation::machine::Conversation;
use crate::conversation::memory::{GUEST, Memory};
use crate::conversation::spoken;
use crate::ids::CustomerId;
use crate::nlu::decision::{Decision, Slot};
use crate::nlu::drink::{self, DRINK, SIZE, UNMADE, USUAL_SHOTS};
use crate::nlu::follow_up::begins_with_wish;
use crate::nlu::intent::PRODUCT_QUESTION;
use crate::nlu::normalize::Words;
use crate::nlu::sizes::{AsksSizes, asks_sizes};
use crate::nlu::slots::ITEM;
use crate::nlu::wording::says_one_of;
use crate::shop::{Catalogue, Fulfilment, ItemKind, OrderDraft, OrderLine};
use crate::units::Money;

/// A drink as it was asked about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sized {
    pub(crate) line: OrderLine,
    /// As the shop has said.
    pub(crate) price: Option<Money>,
}

impl Conversation {
    /// "What sizes do you have", "how big is a large", "how much would a small one be", where drinks are spoken of: a
    /// question, whatever stands open.
    pub(crate) fn about_sizes(&self, decision: &Decision) -> Option<Decision> {
        let words = Words::new(&decision.text);
        let asks = asks_sizes(&words).is_some();
        let options: Vec<Slot> = if asks {
            Vec::new()
        } else {
            priced_options(&words, decision)
        };
        let memory = &self.memory;
        let drafted = memory.lines.first().filter(|_| memory.is_picked_up());
        let told = memory.item.as_ref().or(memory.told.items.last());
        let told = told.and_then(|sku| self.catalogue.item(sku));
        let goods = drafted.is_none() && !memory.lines.is_empty();
        let of_goods = drafted.is_none() && (goods || told.is_some_and(|item| item.kind != ItemKind::Drink));
        let has = |name: &str| decision.slot(name).is_some();
        if (!asks && options.is_empty()) || has(ITEM) || (of_goods && !has(DRINK)) {
            return None;
        }
        let named = drafted.map(|line| line.name.as_str());
        let named = named
            .or_else(|| told.map(|item| item.name.as_str()))
            .filter(|_| !has(DRINK));
        if !asks && named.is_none() {
            return None;
        }
        let mut meant = self.meant(decision, PRODUCT_QUESTION, named.map(|name| (DRINK, name)))?;
        meant.slots.retain(|slot| slot.name == DRINK);
        meant.slots.extend(options);
        Some(meant)
    }
}

/// "How much is a large": how the drink shall be whose price is asked.
fn priced_options(words: &Words, decision: &Decision) -> Vec<Slot> {
    let priced = says_one_of(&words.text(), PRICED);
    let options = drink::slots(words);
    let named = options
        .iter()
        .any(|option| [DRINK, UNMADE].contains(&option.name));
    if !priced || named || decision.slot(DRINK).is_some() || begins_with_wish(words) {
        return Vec::new();
    }
    let slot = |option: &drink::DrinkSlot| {
        let span = words.span(option.start, option.end);
        drink::slot_of(option, span, decision.recognition)
    };
    options.iter().map(slot).collect()
}

impl Memory {
    /// What is asked about sizes, by what was just said.
    pub(crate) fn sizes_asked(&self) -> Option<AsksSizes> {
        asks_sizes(&Words::new(&self.heard.text))
    }

    /// The drink spoken of as it was asked for, or in each size; none where its catalogue's price says it all.
    pub(crate) fn size_up(&mut self, catalogue: &Catalogue) {
        self.sized.clear();
        let drink = self.slot_text(DRINK);
        let Some(item) = drink.and_then(|wanted| find_drink(catalogue, &wanted)) else {
            return;
        };
        let drafted = self
            .lines
            .iter()
            .find(|line| line.sku == item.sku && self.is_picked_up());
        let said = |slot: &str| self.slot_text(slot).filter(|value| value != USUAL_SHOTS);
        let said: Vec<(String, String)> = DRINK_OPTIONS
            .iter()
            .filter_map(|(slot, option)| Some(((*option).to_owned(), said(slot)?)))
            .collect();
        let is_said = !said.is_empty();
        // Of a drink that was read back, what is not asked about stays as it is.
        let before = drafted.map_or(&[][..], |line| line.options.as_slice());
        let kept = before
            .iter()
            .filter(|(name, _)| said.iter().all(|(other, _)| other != name));
        let mut options: Vec<(String, String)> = kept.cloned().chain(said.iter().cloned()).collect();
        let line = |options: Vec<(String, String)>| Sized {
            line: OrderLine {
                sku: item.sku.clone(),
                name: item.name.clone(),
                quantity: 1,
                options,
            },
            price: None,
        };
        if self.sizes_asked().is_some() {
            options.retain(|(name, _)| name != SIZE);
            let in_size = |size: &str| {
                let mut all = vec![(SIZE.to_owned(), size.to_owned())];
                all.extend(options.iter().cloned());
                line(all)
            };
            self.sized = drink::sizes().map(in_size).collect();
        } else if is_said {
            self.sized = vec![line(options)];
        }
    }

    /// An order of the first of these whose price is not known yet, to ask what it would cost.
    pub(crate) fn draft_of_sized(&self) -> Option<OrderDraft> {
        let sized = self.sized.iter().find(|sized| sized.price.is_none())?;
        let customer = self.customer().map(|customer| customer.id.clone());
        Some(OrderDraft {
            customer: customer.unwrap_or_else(|| CustomerId::new(GUEST)),
            lines: vec![sized.line.clone()],
            fulfilment: Fulfilment::Pickup,
            delayed: Vec::new(),
            voucher: None,
            address: None,
            day: None,
        })
    }

    pub(crate) fn learn_sized(&mut self, price: Money) {
        if let Some(sized) = self.sized.iter_mut().find(|sized| sized.price.is_none()) {
            sized.price = Some(price);
        }
    }

    /// The one that was asked for, and its price.
    pub(crate) fn sized_up(&self) -> Option<(&OrderLine, Money)> {
        match self.sized.as_slice() {
            [one] => Some((&one.line, one.price?)),
            [] | [_, _, ..] => None,
        }
    }
}

/// "A small latte is four dollars, a medium one five dollars and a large one six dollars"; in one sentence where they cost the same.
pub(crate) fn prices(sized: &[Sized], catalogue: &Catalogue) -> String {
    let said = sized.iter().enumerate().filter_map(|(at, sized)| {
        let price = spoken::money(sized.price?);
        let size = sized.line.options.iter().find(|(name, _)| name == SIZE);
        let size = size.map_or("", |(_, size)| size.as_str());
        Some(if at == 0 {
            format!("{} is {price}", spoken::line(&sized.line, catalogue))
        } else {
            format!("{} one {price}", spoken::with_article(size))
        })
    });
    spoken::list(&said.collect::<Vec<_>>())
}

const PRICED: &[&str] = &[
    "how much",
    "what does",
    "what would",
    "what's the price",
    "cost",
    "costs",
    "price of",
    "extra charge",
    "charge for",
    "charge extra",
];
