//! One question after the other about goods and drinks, and what then is said of all of them: "and the Kenya?", "the
//! cheaper one, please", "I'll take both".

use crate::conversation::machine::Conversation;
use crate::ids::Sku;
use crate::nlu::decision::Decision;
use crate::nlu::drink::{self, DRINK};
use crate::nlu::enquiry::Asks;
use crate::nlu::follow_up::{OfTold, asks_price_of_it, asks_same_of, begins_with_wish, of_told};
use crate::nlu::intent::{ORDER_DRINK, PRODUCT_QUESTION};
use crate::nlu::normalize::Words;
use crate::nlu::slots::ITEM;
use crate::shop::{Item, ItemKind};

/// What the caller was told of since they last wanted something else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Told {
    /// In the order of the questions, each once.
    pub(crate) items: Vec<Sku>,
    /// What was asked about the last one, besides its price.
    pub(crate) asks: Option<Asks>,
}

impl Told {
    pub(crate) fn add(&mut self, sku: Sku) {
        self.items.retain(|told| *told != sku);
        self.items.push(sku);
    }
}

impl Conversation {
    /// What is said of the goods and drinks that were told of, with nothing being ordered yet.
    pub(crate) fn about_goods_told(&self, decision: &Decision) -> Option<Decision> {
        let words = Words::new(&decision.text);
        let last = self
            .memory
            .told
            .items
            .last()
            .and_then(|sku| self.catalogue.item(sku))?;
        if !self.memory.lines.is_empty() {
            return None;
        }
        self.asked_again(decision, &words, last)
            .or_else(|| self.sized(decision, &words, last))
            .or_else(|| self.chosen_of_told(decision, &words))
    }

    /// "How much?", "and the Kenya?".
    fn asked_again(&self, decision: &Decision, words: &Words, last: &Item) -> Option<Decision> {
        if decision.slots.is_empty() && asks_price_of_it(words) {
            return self.meant(decision, PRODUCT_QUESTION, Some(named_by(last)));
        }
        let mut named = decision
            .slots
            .iter()
            .filter(|slot| [ITEM, DRINK].contains(&slot.name.as_str()));
        let (Some(only), None) = (named.next(), named.next()) else {
            return None;
        };
        let counted = decision.slots.iter().any(|slot| slot.name == "quantity");
        let same = asks_same_of(words, &only.span) && !counted;
        self.meant(decision, PRODUCT_QUESTION, None).filter(|_| same)
    }

    /// "A large one, please", of the drink that was told of last.
    fn sized(&self, decision: &Decision, words: &Words, last: &Item) -> Option<Decision> {
        let options = drink::slots(words);
        let of_drink =
            |option: &drink::DrinkSlot| drink::SLOTS.contains(&option.name) && option.name != DRINK;
        let alone = !options.is_empty()
            && options.iter().all(of_drink)
            && drink::names_options_alone(words, &options);
        let wished =
            last.kind == ItemKind::Drink && (alone || (begins_with_wish(words) && !options.is_empty()));
        let otherwise = decision
            .slots
            .iter()
            .any(|slot| [ITEM, DRINK].contains(&slot.name.as_str()));
        if !wished || otherwise || !options.iter().all(of_drink) {
            return None;
        }
        let mut meant = self.meant(decision, ORDER_DRINK, Some(named_by(last)))?;
        meant
            .slots
            .retain(|slot| !drink::SLOTS.contains(&slot.name.as_str()) || slot.name == DRINK);
        for option in &options {
            let span = words.span(option.start, option.end);
            meant
                .slots
                .push(drink::slot_of(option, span, decision.recognition));
        }
        Some(meant)
    }

    /// "The cheaper one", "both", "the first one", of several.
    fn chosen_of_told(&self, decision: &Decision, words: &Words) -> Option<Decision> {
        let chosen = of_told(words)?;
        let told = self.memory.told.items.iter();
        let told: Vec<&Item> = told.filter_map(|sku| self.catalogue.item(sku)).collect();
        let [first, .., last] = told.as_slice() else {
            return None;
        };
        let price = |item: &&&Item| item.price.minor;
        let one = match chosen {
            OfTold::Cheapest => told.iter().min_by_key(price).copied(),
            OfTold::Dearest => told.iter().max_by_key(price).copied(),
            OfTold::First => Some(*first),
            OfTold::Last => Some(*last),
            OfTold::All => None,
        };
        let bare = Decision {
            slots: decision
                .slots
                .iter()
                .filter(|slot| slot.name == "quantity")
                .cloned()
                .collect(),
            ..decision.clone()
        };
        match one {
            Some(item) => self.ordered(&bare, item),
            None => self.all_ordered(&bare, &told),
        }
    }

    fn ordered(&self, decision: &Decision, item: &Item) -> Option<Decision> {
        let intent = match item.kind {
            ItemKind::Drink => ORDER_DRINK,
            ItemKind::Beans | ItemKind::Equipment => REORDER,
        };
        self.meant(decision, intent, Some(named_by(item)))
    }

    /// Goods go into one order, each drink is one of its own.
    fn all_ordered(&self, decision: &Decision, told: &[&Item]) -> Option<Decision> {
        let (drinks, goods): (Vec<&Item>, Vec<&Item>) =
            told.iter().partition(|item| item.kind == ItemKind::Drink);
        let mut orders: Vec<Decision> = Vec::new();
        let mut goods = goods.into_iter();
        if let Some(first) = goods.next() {
            let mut order = self.ordered(decision, first)?;
            for item in goods {
                let named = self.ordered(decision, item)?;
                order
                    .slots
                    .extend(named.slots.into_iter().filter(|slot| slot.name == ITEM));
            }
            orders.push(order);
        }
        for item in drinks {
            orders.push(self.ordered(decision, item)?);
        }
        let all = orders.into_iter().rev();
        all.fold(None, |then, order| {
            Some(Decision {
                then: then.map(Box::new),
                ..order
            })
        })
    }
}

/// The slot that names it, and how: goods by their key, drinks as callers say them.
fn named_by(item: &Item) -> (&'static str, &str) {
    match item.kind {
        ItemKind::Drink => (DRINK, item.name.as_str()),
        ItemKind::Beans | ItemKind::Equipment => (ITEM, item.sku.as_str()),
    }
}

const REORDER: &str = "reorder";
