//! An order can be called by its place in the list, its items, or its number.

use crate::conversation::expecting::{ORDINALS, item_candidate};
use crate::conversation::memory::{Memory, is_open};
use crate::conversation::spoken;
use crate::shop::{Catalogue, ItemKind, Order, OrderLine};
use crate::speech::expectation::Candidate;

impl Memory {
    /// The order still under way that was placed before the one spoken of.
    pub(crate) fn next_under_way(&self) -> Option<&Order> {
        let spoken_of = self.order.as_ref()?;
        let older = self.orders.iter().skip_while(|order| order.id != spoken_of.id);
        older.skip(1).find(|order| is_open(order.state))
    }
}

pub(crate) fn orders(orders: &[&Order], catalogue: &Catalogue) -> Vec<Candidate> {
    let placed = orders.iter().zip(ORDINALS);
    placed
        .map(|(order, ordinals)| {
            let mut candidate = candidate(order, ordinals);
            let others = orders.iter().filter(|other| other.id != order.id);
            let others: Vec<&OrderLine> = others.flat_map(|other| &other.lines).collect();
            candidate.spoken.extend(told_apart(order, &others, catalogue));
            candidate
        })
        .collect()
}

fn candidate(order: &Order, ordinals: &[&str]) -> Candidate {
    let mut spoken: Vec<String> = ordinals.iter().map(|ordinal| (*ordinal).to_owned()).collect();
    spoken.extend(
        order
            .lines
            .iter()
            .map(|line| format!("the {}", line.name.to_lowercase())),
    );
    spoken.extend(order.lines.iter().map(|line| line.name.to_lowercase()));
    spoken.push(spoken::ago(order.age_days));
    spoken.push(format!("the one from {}", spoken::ago(order.age_days)));
    spoken.push(spoken::digits(&order.number).replace(',', ""));
    Candidate {
        value: order.id.as_str().to_owned(),
        spoken,
    }
}

/// Names of what it alone has: "the mugs", "the coffee one".
fn told_apart(order: &Order, others: &[&OrderLine], catalogue: &Catalogue) -> Vec<String> {
    let kind = |line: &OrderLine| catalogue.item(&line.sku).map(|item| item.kind);
    let own = |line: &&OrderLine| !others.iter().any(|other| other.sku == line.sku);
    let lines = order.lines.iter().filter(own);
    let mut names: Vec<String> = lines
        .flat_map(|line| item_candidate(&line.sku, &line.name, catalogue).spoken)
        .collect();
    for line in &order.lines {
        let alone = !others.iter().any(|other| kind(other) == kind(line));
        let words = kind(line).filter(|_| alone).map_or(&[][..], kind_words);
        names.extend(words.iter().map(|word| (*word).to_owned()));
    }
    names.sort();
    names.dedup();
    let pointed = names.iter().map(|name| format!("the {name}"));
    pointed
        .collect::<Vec<String>>()
        .into_iter()
        .chain(names)
        .collect()
}

const fn kind_words(kind: ItemKind) -> &'static [&'static str] {
    match kind {
        ItemKind::Beans => &["coffee", "coffee one", "beans"],
        ItemKind::Drink => &["drink", "drinks"],
        ItemKind::Equipment => &[],
    }
}
