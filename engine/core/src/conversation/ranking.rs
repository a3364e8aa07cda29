//! Which items suit what a caller wants: what must be so first, then what had better be so, then what they have
//! bought, then the price. Pure: the same grounds give the same ranking, and each place in it has its reasons.

use std::cmp::Reverse;

use crate::ids::Sku;
use crate::nlu::preference::Preference;
use crate::shop::{Attribute, Item, ItemKind, Trait};
use crate::units::Money;

/// What an item is measured by: a caller's wish, made definite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Criterion {
    pub(crate) rule: Rule,
    /// As it was heard.
    pub(crate) wish: Preference,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    Has(Attribute),
    Lacks(Attribute),
    /// Of a roast or a strength, more than this degree, or less.
    Above(Trait, u8),
    Below(Trait, u8),
    AtMost(Money),
    Cheaper(Money),
    /// Not above the middle of what there is to choose from.
    Cheap,
    LikeLast,
    Untried,
}

/// What a customer has bought of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bought {
    pub(crate) sku: Sku,
    /// Orders that had it.
    pub(crate) times: u32,
    /// It was in the latest one.
    pub(crate) last: bool,
}

/// All that counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grounds<'g> {
    pub(crate) items: &'g [Item],
    pub(crate) criteria: &'g [Criterion],
    /// The latest first.
    pub(crate) bought: &'g [Bought],
}

/// An item in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ranked {
    pub(crate) sku: Sku,
    /// Why it is advised, the best reason first. Without one it is not.
    pub(crate) reasons: Vec<Reason>,
    /// What had to be so and is not.
    pub(crate) misses: Vec<Rule>,
    /// How many of the softer wishes it fulfils, and how much it is like what it shall be like.
    pub(crate) merits: (usize, usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    Bought {
        times: u32,
        last: bool,
    },
    /// Like something that they have had, in this.
    Alike {
        to: Sku,
        attributes: Vec<Attribute>,
    },
    /// It is what they asked for.
    Asked(Vec<Attribute>),
    /// It costs no more than they said.
    AtMost(Money),
    /// It is among the less expensive ones.
    Cheap,
    /// What else the shop states of it.
    Is(Vec<Attribute>),
}

/// The items to choose from, the best first.
pub(crate) fn ranking(grounds: Grounds<'_>) -> Vec<Ranked> {
    let pool = pool(grounds);
    let middle = middle(&pool);
    let model = model(grounds);
    let mut ranked: Vec<(Ranked, &Item)> = pool
        .into_iter()
        .filter(|item| !(grounds.wants(Rule::LikeLast) && model.is_some_and(|model| model.sku == item.sku)))
        .map(|item| (rank(item, grounds, middle, model), item))
        .collect();
    ranked.sort_by_key(|(ranked, item)| {
        let (soft, alike) = ranked.merits;
        let times = grounds.bought_of(&item.sku).map_or(0, |bought| bought.times);
        // Whoever looks for something new is not helped by what they know.
        let times = if grounds.wants(Rule::Untried) { 0 } else { times };
        let by_wishes = (ranked.misses.len(), Reverse(soft));
        (
            by_wishes,
            Reverse(times),
            Reverse(alike),
            item.price.minor,
            item.sku.clone(),
        )
    });
    // Decaf is for who asks for it or has had it, or where there is nothing else.
    let asked = grounds.wants(Rule::Has(Attribute::CaffeineNone));
    let unasked =
        |item: &Item| !asked && item.has(Attribute::CaffeineNone) && grounds.bought_of(&item.sku).is_none();
    let fits = |(ranked, item): &(Ranked, &Item)| ranked.misses.is_empty() && !unasked(item);
    if ranked.iter().any(fits) {
        ranked.retain(|(_, item)| !unasked(item));
    }
    ranked.into_iter().map(|(ranked, _)| ranked).collect()
}

/// What else would have to be known to advise well: something that tells many fitting items apart and that the
/// caller has said nothing about.
pub(crate) fn question(fitting: &[&Item], grounds: Grounds<'_>, asked: &[Trait]) -> Option<Trait> {
    let known = fitting.iter().any(|item| grounds.bought_of(&item.sku).is_some());
    let known = known || grounds.wants(Rule::LikeLast);
    let settled = known || grounds.criteria.len() + asked.len() >= ENOUGH_SAID;
    if settled || fitting.len() <= FEW {
        return None;
    }
    let tells_apart = |about: Trait| {
        let unsaid =
            !asked.contains(&about) && !grounds.criteria.iter().any(|one| one.rule.about() == Some(about));
        unsaid && values(fitting, about).len() > 1
    };
    [Trait::Roast, Trait::Use]
        .into_iter()
        .find(|about| tells_apart(*about))
}

/// How far an item is from what was wished and is not to be had: by its roast (or how strong it is), then by what
/// else it shares with `like`, which is sold out. Of equals, the ranking's order stands, in which the price comes last.
pub(crate) fn distance(item: &Item, misses: &[Rule], like: Option<&Item>) -> (u8, Reverse<usize>) {
    let degree = |item: &Item, about| item.stated(about).find_map(Attribute::degree);
    let missed = misses.iter().filter_map(|rule| {
        let (about, wished) = rule.degree()?;
        Some(degree(item, about).map_or(FAR, |own| own.abs_diff(wished)))
    });
    let from_like = like.and_then(|like| {
        let wished = degree(like, Trait::Roast)?;
        Some(degree(item, Trait::Roast).map_or(FAR, |own| own.abs_diff(wished)))
    });
    let shared = like.map_or(0, |like| {
        let own = item.attributes.iter();
        own.filter(|attribute| like.has(**attribute)).count()
    });
    (missed.chain(from_like).max().unwrap_or_default(), Reverse(shared))
}

/// What the shop states of a trait among these items, each once, in the vocabulary's order.
pub(crate) fn values(items: &[&Item], about: Trait) -> Vec<Attribute> {
    let stated = items.iter().flat_map(|item| item.stated(about));
    // "How do you make it?"
    let mut values: Vec<Attribute> = stated.filter(|value| *value != Attribute::UseGift).collect();
    values.sort();
    values.dedup();
    values
}

impl Grounds<'_> {
    fn wants(&self, rule: Rule) -> bool {
        self.criteria.iter().any(|one| one.rule == rule)
    }

    pub(crate) fn bought_of(&self, sku: &Sku) -> Option<&Bought> {
        self.bought.iter().find(|bought| bought.sku == *sku)
    }
}

impl Rule {
    /// The trait that it is about; a price is none.
    pub(crate) const fn about(self) -> Option<Trait> {
        match self {
            Self::Has(attribute) | Self::Lacks(attribute) => Some(attribute.about()),
            Self::Above(about, _) | Self::Below(about, _) => Some(about),
            Self::AtMost(_) | Self::Cheaper(_) | Self::Cheap | Self::LikeLast | Self::Untried => None,
        }
    }

    /// The degree that it asks for, of a roast or a strength.
    fn degree(self) -> Option<(Trait, u8)> {
        match self {
            Self::Has(attribute) => Some((attribute.about(), attribute.degree()?)),
            Self::Above(about, least) => Some((about, least.saturating_add(1))),
            Self::Below(about, most) => Some((about, most.saturating_sub(1))),
            Self::Lacks(_)
            | Self::AtMost(_)
            | Self::Cheaper(_)
            | Self::Cheap
            | Self::LikeLast
            | Self::Untried => None,
        }
    }

    pub(crate) const fn is_price(self) -> bool {
        matches!(self, Self::AtMost(_) | Self::Cheaper(_) | Self::Cheap)
    }

    /// Both cannot be wished for: "dark" and "not dark", "fruity" and "nothing fruity".
    pub(crate) fn contradicts(self, older: Self) -> bool {
        match (self, older) {
            (Self::Has(one), Self::Lacks(other)) | (Self::Lacks(one), Self::Has(other)) => one == other,
            (_, _) => false,
        }
    }

    /// Whether nothing else will do: coffee with caffeine is near to no decaf.
    pub(crate) fn is_absolute(self) -> bool {
        let absolute = [Trait::Caffeine, Trait::Grown, Trait::Sort];
        matches!(self, Self::Has(_)) && self.about().is_some_and(|about| absolute.contains(&about))
    }

    /// What is said for an item that costs no more than was wished.
    fn of_price(self) -> Option<Reason> {
        if let Self::AtMost(most) = self {
            return Some(Reason::AtMost(most));
        }
        (self == Self::Cheap).then_some(Reason::Cheap)
    }

    /// What the shop does not state is not so.
    fn holds(self, item: &Item, grounds: Grounds<'_>, middle: Money) -> bool {
        let degree = |about| item.stated(about).find_map(Attribute::degree);
        match self {
            Self::Has(attribute) => item.has(attribute),
            // A roast that is not stated may be the one that they do not want.
            Self::Lacks(attribute) => {
                let roast = attribute.about() == Trait::Roast;
                !item.has(attribute) && (!roast || item.stated(Trait::Roast).next().is_some())
            }
            Self::Above(about, least) => degree(about).is_some_and(|degree| degree > least),
            Self::Below(about, most) => degree(about).is_some_and(|degree| degree < most),
            Self::AtMost(most) => item.price <= most,
            Self::Cheaper(than) => item.price < than,
            Self::Cheap => item.price <= middle,
            Self::LikeLast => true,
            Self::Untried => grounds.bought_of(&item.sku).is_none(),
        }
    }
}

/// Coffee, or the equipment that was asked for. Drinks are another matter.
fn pool(grounds: Grounds<'_>) -> Vec<&Item> {
    let sort = grounds
        .criteria
        .iter()
        .any(|one| one.rule.about() == Some(Trait::Sort));
    let kind = if sort {
        ItemKind::Equipment
    } else {
        ItemKind::Beans
    };
    grounds.items.iter().filter(|item| item.kind == kind).collect()
}

fn middle(pool: &[&Item]) -> Money {
    let mut prices: Vec<Money> = pool.iter().map(|item| item.price).collect();
    prices.sort();
    let at = prices.len().saturating_sub(1) / 2;
    prices.get(at).copied().unwrap_or_default()
}

/// What it shall be like: what they had last, or, if they say nothing, what they have had most often.
fn model(grounds: Grounds<'_>) -> Option<&Item> {
    let item = |bought: &Bought| {
        let mut beans = grounds.items.iter().filter(|item| item.kind == ItemKind::Beans);
        beans.find(|item| item.sku == bought.sku)
    };
    if grounds.wants(Rule::LikeLast) {
        return grounds.bought.iter().find_map(item);
    }
    let mut often: Vec<&Bought> = grounds.bought.iter().collect();
    often.sort_by_key(|bought| Reverse(bought.times));
    let open = grounds.criteria.is_empty();
    open.then(|| often.into_iter().find_map(item)).flatten()
}

fn rank(item: &Item, grounds: Grounds<'_>, middle: Money, model: Option<&Item>) -> Ranked {
    let holds = |one: &&Criterion| one.rule.holds(item, grounds, middle);
    let (firm, soft): (Vec<&Criterion>, Vec<&Criterion>) =
        grounds.criteria.iter().partition(|one| one.wish.firm);
    let misses = firm.iter().filter(|one| !holds(one)).map(|one| one.rule);
    let shared: Vec<Attribute> = model
        .filter(|model| model.sku != item.sku)
        .map_or_else(Vec::new, |model| {
            let own = item.attributes.iter().copied();
            own.filter(|attribute| model.has(*attribute)).collect()
        });
    Ranked {
        sku: item.sku.clone(),
        misses: misses.collect(),
        merits: (soft.iter().filter(|one| holds(one)).count(), shared.len()),
        reasons: reasons(item, grounds, middle, model, shared),
    }
}

/// What speaks for it, what it shares with `model` among it.
fn reasons(
    item: &Item,
    grounds: Grounds<'_>,
    middle: Money,
    model: Option<&Item>,
    shared: Vec<Attribute>,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if let Some(bought) = grounds.bought_of(&item.sku) {
        let (times, last) = (bought.times, bought.last);
        reasons.push(Reason::Bought { times, last });
    }
    if let Some(model) = model.filter(|_| !shared.is_empty()) {
        reasons.push(Reason::Alike {
            to: model.sku.clone(),
            attributes: shared,
        });
    }
    let met = grounds
        .criteria
        .iter()
        .filter(|one| one.rule.holds(item, grounds, middle));
    let met: Vec<Rule> = met.map(|one| one.rule).collect();
    // What sort of thing it is, its name says.
    let about = |attribute: &Attribute| attribute.about() != Trait::Sort;
    let asked = |attribute: &Attribute| {
        let comparison = |rule: &Rule| matches!(rule, Rule::Above(..) | Rule::Below(..));
        let compared = met
            .iter()
            .any(|rule| comparison(rule) && rule.about() == Some(attribute.about()));
        let compared = compared && attribute.degree().is_some();
        met.contains(&Rule::Has(*attribute)) || compared
    };
    let stated = item.attributes.iter().copied().filter(about);
    let (asked, other): (Vec<Attribute>, Vec<Attribute>) = stated.partition(asked);
    if !asked.is_empty() {
        reasons.push(Reason::Asked(asked));
    }
    reasons.extend(met.iter().find_map(|rule| rule.of_price()));
    if !other.is_empty() {
        reasons.push(Reason::Is(other));
    }
    reasons
}

/// As far as what is not stated is from anything that is: farther than dark from light.
const FAR: u8 = 3;
/// Among so few a question would help nobody.
const FEW: usize = 3;
/// Whoever has said so much is advised.
const ENOUGH_SAID: usize = 2;

#[cfg(test)]
#[path = "ranking_tests.rs"]
mod tests;
