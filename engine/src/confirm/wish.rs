//! What a simulated caller wants: goods or a drink, for some of them to another address or on another day.

use engine_core::civil::Date;
use engine_core::ids::Sku;
use engine_core::shop::{Catalogue, Item, ItemKind, OrderDraft, OrderLine};
use rand::Rng;
use rand::rngs::StdRng;

use super::caller::pick;
use super::person::Person;

/// What the caller wants the shop to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) kind: Kind,
    pub(super) lines: Vec<OrderLine>,
    pub(super) delivery: Delivery,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The same as last time, perhaps another number of it.
    Again,
    Goods,
    Drink,
}

/// Where and when. Who wishes for nothing wants their first address, as soon as the shop sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Delivery {
    /// Which of the caller's addresses, from 0.
    pub(super) to: usize,
    pub(super) on: Option<Date>,
    /// Said in the first breath; otherwise when the read-back lacks it.
    pub(super) at_once: bool,
}

/// In what an order is another one than was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Wrong {
    pub(super) lines: bool,
    pub(super) address: bool,
    pub(super) day: bool,
}

impl Wrong {
    pub(super) const fn any(self) -> bool {
        self.lines || self.address || self.day
    }
}

impl Wish {
    /// Six in ten want the last order again (half of them another number of it), the rest goods by name or a
    /// drink. Goods go to another address for three in ten of those who have one, and come on a chosen day for
    /// three in ten; half of those say so in the first breath.
    pub(super) fn random(person: &Person, days: &[Date], catalogue: &Catalogue, rng: &mut StdRng) -> Self {
        let (kind, lines) = match rng.random_range(0..10) {
            0..=5 => {
                let mut lines = person.last.clone();
                if let [line] = lines.as_mut_slice()
                    && rng.random_bool(0.5)
                {
                    line.quantity = rng.random_range(1..=4);
                }
                (Kind::Again, lines)
            }
            6..=8 => {
                let count = if rng.random_bool(0.25) { 2 } else { 1 };
                let mut lines: Vec<OrderLine> = Vec::new();
                while lines.len() < count {
                    let line = goods(catalogue, rng);
                    if lines.iter().all(|other| other.sku != line.sku) {
                        lines.push(line);
                    }
                }
                (Kind::Goods, lines)
            }
            _ => (Kind::Drink, vec![drink(catalogue, rng)]),
        };
        let delivery = if kind == Kind::Drink {
            Delivery::default()
        } else {
            Delivery::random(person, days, rng)
        };
        Self {
            kind,
            lines,
            delivery,
        }
    }

    /// In what an order is not what was wanted; the order of lines and of options does not matter.
    pub(super) fn wrong_in(&self, order: &OrderDraft, person: &Person) -> Wrong {
        let has = |line: &OrderLine| order.lines.iter().any(|other| ordered(other) == ordered(line));
        let first = person.addresses.first().map(|address| &address.id);
        let wanted = person.addresses.get(self.delivery.to).map(|address| &address.id);
        let drink = self.kind == Kind::Drink;
        Wrong {
            lines: order.lines.len() != self.lines.len() || !self.lines.iter().all(has),
            address: !drink && order.address.as_ref().or(first) != wanted,
            day: !drink && order.day != self.delivery.on,
        }
    }
}

impl Delivery {
    fn random(person: &Person, days: &[Date], rng: &mut StdRng) -> Self {
        let others = person.addresses.len().saturating_sub(1);
        let elsewhere = rng.random_bool(0.3) && others > 0;
        let to = if elsewhere {
            rng.random_range(1..=others)
        } else {
            0
        };
        let dated = rng.random_bool(0.3) && !days.is_empty();
        let on = dated.then(|| rng.random_range(0..days.len().clamp(1, DAYS_WANTED)));
        Self {
            to,
            on: on.and_then(|at| days.get(at)).copied(),
            at_once: rng.random_bool(0.5),
        }
    }
}

/// What a shop goes by: the article, how many, and its options in one order. Names are for people.
fn ordered(line: &OrderLine) -> (&Sku, u32, Vec<&(String, String)>) {
    let mut options: Vec<_> = line.options.iter().collect();
    options.sort();
    (&line.sku, line.quantity, options)
}

fn goods(catalogue: &Catalogue, rng: &mut StdRng) -> OrderLine {
    let goods: Vec<&Item> = catalogue
        .items
        .iter()
        .filter(|item| item.kind != ItemKind::Drink && !SHORT.contains(&item.sku.as_str()))
        .collect();
    let item = goods.get(rng.random_range(0..goods.len().max(1)));
    OrderLine {
        sku: item.map_or_else(|| Sku::new(""), |item| item.sku.clone()),
        name: item.map_or_else(String::new, |item| item.name.clone()),
        quantity: rng.random_range(1..=4),
        options: Vec::new(),
    }
}

fn drink(catalogue: &Catalogue, rng: &mut StdRng) -> OrderLine {
    let drinks: Vec<&Item> = catalogue
        .items
        .iter()
        .filter(|item| item.kind == ItemKind::Drink)
        .collect();
    let item = drinks.get(rng.random_range(0..drinks.len().max(1)));
    let mut options = Vec::new();
    if rng.random_bool(0.7) {
        options.push((
            "size".to_owned(),
            pick(&["small", "medium", "large"], rng).to_owned(),
        ));
    }
    if rng.random_bool(0.4) {
        options.push((
            "milk".to_owned(),
            pick(&["soy milk", "almond milk", "cream"], rng).to_owned(),
        ));
    }
    OrderLine {
        sku: item.map_or_else(|| Sku::new(""), |item| item.sku.clone()),
        name: item.map_or_else(String::new, |item| item.name.clone()),
        quantity: 1,
        options,
    }
}

/// Of the shop's days the nearest so many are wished for.
const DAYS_WANTED: usize = 8;

/// Of these the shop has few or none when it opens: what becomes of that is not this simulation's matter.
pub(super) const SHORT: &[&str] = &[
    "BEAN-GUATEMALA",
    "BEAN-SUMATRA",
    "BEAN-WINTER",
    "GEAR-KETTLE",
    "GEAR-TAMPER",
];
