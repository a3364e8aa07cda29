//! An order can be called by its place in the list, its items, or its number.

use crate::conversation::expecting::{ORDINALS, item_candidate};
use crate::conversation::memory::{Memory, is_open};
use crate::conversation::spoken;
use crate::ids::OrderId;
use crate::nlu::normalize::Words;
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

/// The orders that words fit that name nothing but what is on them, where they fit several: "the coffee one", of two
/// with coffee and one with mugs.
pub(crate) fn alike(orders: &[&Order], said: &Words, catalogue: &Catalogue) -> Vec<OrderId> {
    let naming = without_pointing(said);
    let fits = |order: &&&Order| {
        let mut names = order.lines.iter().flat_map(|line| names_of(line, catalogue));
        names.any(|name| without_pointing(&Words::new(&name)) == naming)
    };
    let fitting = orders.iter().filter(fits).map(|order| order.id.clone());
    let fitting: Vec<OrderId> = fitting.filter(|_| !naming.is_empty()).collect();
    if fitting.len() > 1 { fitting } else { Vec::new() }
}

/// What one may call it, by its name or by what kind of thing it is.
fn names_of(line: &OrderLine, catalogue: &Catalogue) -> Vec<String> {
    let kind = catalogue.item(&line.sku).map(|item| item.kind);
    let kinds = kind.map_or(&[][..], kind_words).iter();
    let spoken = item_candidate(&line.sku, &line.name, catalogue).spoken;
    kinds.map(|word| (*word).to_owned()).chain(spoken).collect()
}

fn without_pointing(words: &Words) -> Vec<String> {
    let naming = words.iter().filter(|word| !POINTING.contains(word));
    naming.map(str::to_owned).collect()
}

/// What each is called when they are read out: by what is on it and how long ago it was, more exactly where that
/// is the same of two, by its number where nothing else is different.
pub(crate) fn described(orders: &[&Order]) -> Vec<String> {
    let named = |order: &Order| {
        let first = order.lines.first().map_or("order", |line| line.name.as_str());
        let more = if order.lines.len() > 1 { " and more" } else { "" };
        format!("the {first}{more}")
    };
    let forms: [&dyn Fn(&Order) -> String; 2] = [
        &|order| format!("{} from {}", named(order), spoken::ago(order.age_days)),
        &|order| format!("{} from {}", named(order), spoken::weeks_ago(order.age_days)),
    ];
    let describe = |order: &&Order| {
        let alone = |form: &&&dyn Fn(&Order) -> String| {
            let others = orders.iter().filter(|other| other.id != order.id);
            others.into_iter().all(|other| form(other) != form(order))
        };
        let form = forms.iter().find(alone);
        form.map_or_else(
            || format!("{}, number {}", named(order), spoken::digits(&order.number)),
            |form| form(order),
        )
    };
    orders.iter().map(describe).collect()
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
    spoken.push(spoken::weeks_ago(order.age_days));
    spoken.push(format!("the one from {}", spoken::weeks_ago(order.age_days)));
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

/// What points at an order, and does not say which.
const POINTING: &[&str] = &[
    "a", "for", "i", "it", "it's", "mean", "meant", "my", "of", "one", "ones", "order", "please", "that",
    "that's", "the", "uh", "um", "was", "with",
];

const fn kind_words(kind: ItemKind) -> &'static [&'static str] {
    match kind {
        ItemKind::Beans => &["coffee", "coffee one", "beans"],
        ItemKind::Drink => &["drink", "drinks"],
        ItemKind::Equipment => &[],
    }
}
