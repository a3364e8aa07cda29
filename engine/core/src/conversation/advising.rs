//! Advice on what to buy: what fits the wishes (`preferring`) and is there, what was offered of that. Which of
//! the shop's items come first, and why, is `ranking`'s business; nothing is said of them that the shop did not state.

use crate::conversation::machine::Conversation;
use crate::conversation::memory::Memory;
use crate::conversation::ranking::{self, Bought, Criterion, Grounds, Ranked};
use crate::conversation::spoken::advice;
use crate::ids::Sku;
use crate::nlu::decision::SlotValue;
use crate::shop::{Attribute, Catalogue, Item, Order, OrderState, Stock, Trait};

/// The advice under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Advising {
    pub(crate) criteria: Vec<Criterion>,
    /// What the caller was asked about and does not mind.
    pub(crate) open: Vec<Trait>,
    /// What should be asked about next, and what there is to choose from.
    pub(crate) asks: Option<Trait>,
    pub(crate) choices: Vec<Attribute>,
    /// What may be advised, the best first.
    shortlist: Vec<Ranked>,
    stock: Vec<Stock>,
    /// What is being offered, the best first.
    pub(crate) offered: Vec<Ranked>,
    /// What is being offered is all that was wished for.
    pub(crate) fits: bool,
    /// It would fit and is sold out, while nothing that fits is there.
    pub(crate) sold_out: Option<Sku>,
    /// What was offered before, and was not wanted.
    pub(crate) seen: Vec<Sku>,
    /// They want something like what they had last, and nobody knows what that was.
    pub(crate) last_unknown: bool,
}

/// What a customer has bought, the latest first. What was cancelled or sent back is no recommendation.
pub(crate) fn history(orders: &[Order]) -> Vec<Bought> {
    let kept = |order: &&Order| !matches!(order.state, OrderState::Cancelled | OrderState::Returned);
    let mut bought: Vec<Bought> = Vec::new();
    for (at, order) in orders.iter().filter(kept).enumerate() {
        let mut skus: Vec<&Sku> = order.lines.iter().map(|line| &line.sku).collect();
        skus.sort();
        skus.dedup();
        for sku in skus {
            match bought.iter_mut().find(|bought| bought.sku == *sku) {
                Some(known) => known.times = known.times.saturating_add(1),
                None => bought.push(Bought {
                    sku: sku.clone(),
                    times: 1,
                    last: at == 0,
                }),
            }
        }
    }
    bought
}

impl Advising {
    /// The items to look at in the shop's stock.
    pub(crate) fn skus(&self) -> Vec<Sku> {
        self.shortlist.iter().map(|ranked| ranked.sku.clone()).collect()
    }

    /// Takes over what there is of them, and says which branch that is.
    pub(crate) fn learn(&mut self, stock: Vec<Stock>) -> &'static str {
        self.stock = stock;
        let there = self.shortlist.iter().any(|ranked| self.is_there(&ranked.sku));
        if there { "some" } else { "none" }
    }

    /// Of what the shop did not tell, the order will.
    fn is_there(&self, sku: &Sku) -> bool {
        let known = self.stock.iter().find(|stock| stock.sku == *sku);
        known.is_none_or(|stock| stock.available > 0)
    }

    /// The best that are there; or what is nearest to it.
    fn offer(&mut self, catalogue: &Catalogue) {
        let fresh = self
            .shortlist
            .iter()
            .filter(|ranked| !self.seen.contains(&ranked.sku));
        // What lacks more than one thing is not near.
        let fresh: Vec<&Ranked> = fresh.filter(|ranked| ranked.misses.len() < 2).collect();
        let there: Vec<&Ranked> = fresh
            .iter()
            .copied()
            .filter(|ranked| self.is_there(&ranked.sku))
            .collect();
        let (fits, near): (Vec<&Ranked>, Vec<&Ranked>) =
            there.into_iter().partition(|ranked| ranked.misses.is_empty());
        let first = fresh.iter().find(|ranked| ranked.misses.is_empty());
        let sold_out = first.filter(|_| fits.is_empty()).map(|ranked| ranked.sku.clone());
        let like = sold_out.as_ref().and_then(|sku| catalogue.item(sku));
        // What the shop itself would send instead comes first; of others, what is most like it.
        let instead = self
            .stock
            .iter()
            .find(|stock| Some(&stock.sku) == sold_out.as_ref());
        let instead = instead.map_or(&[][..], |stock| &stock.substitutes);
        let distance = |ranked: &Ranked| {
            let item = catalogue.item(&ranked.sku);
            let far = item.map(|item| ranking::distance(item, &ranked.misses, like));
            (!instead.contains(&ranked.sku), far.is_none(), far)
        };
        let nearest = near.iter().min_by_key(|ranked| distance(ranked));
        self.fits = !fits.is_empty();
        self.offered = match nearest {
            _ if self.fits => fits.into_iter().take(OFFERED_MAX).cloned().collect(),
            Some(nearest) => vec![(*nearest).clone()],
            None => Vec::new(),
        };
        self.sold_out = sold_out;
    }

    /// What was offered is not wanted.
    pub(crate) fn set_aside(&mut self) {
        let offered = self.offered.drain(..).map(|ranked| ranked.sku);
        self.seen.extend(offered);
    }
}

impl Conversation {
    /// Offers the best of what is there.
    pub(crate) fn offer_advice(&mut self) {
        self.memory.item = None;
        self.memory.advising.offer(&self.catalogue);
        let advising = &self.memory.advising;
        let name = |sku: &Sku| self.catalogue.item(sku).map_or("", |item| item.name.as_str());
        let of = |ranked: &Ranked| {
            let why = advice::reasons(ranked, &self.catalogue);
            format!("{} ({why}, {} missed)", name(&ranked.sku), ranked.misses.len())
        };
        let offered: Vec<String> = advising.offered.iter().map(of).collect();
        let gone = advising
            .shortlist
            .iter()
            .filter(|ranked| !advising.is_there(&ranked.sku));
        let gone: Vec<&str> = gone.map(|ranked| name(&ranked.sku)).collect();
        let why = format!(
            "{} of {}; sold out: {}",
            or_nothing(&offered.join(", ")),
            advising.shortlist.len(),
            or_nothing(&gone.join(", "))
        );
        self.note("advised", &why);
    }

    /// Others than those on offer.
    pub(crate) fn offer_others(&mut self) {
        self.memory.advising.set_aside();
        self.offer_advice();
    }

    /// The item that was chosen, or the first of those on offer, is the one spoken of.
    pub(crate) fn take_advised(&mut self) {
        let offered = &self.memory.advising.offered;
        let choices = self
            .memory
            .heard
            .slots
            .iter()
            .filter(|slot| slot.name == "choice");
        let mut named = choices.filter_map(|slot| match &slot.value {
            SlotValue::Text(text) => Some(text.as_str()),
            SlotValue::Number(_) | SlotValue::Digits(_) => None,
        });
        let chosen = named.find_map(|text| offered.iter().find(|ranked| ranked.sku.as_str() == text));
        let before = self.memory.item.as_ref();
        let before = before.and_then(|sku| offered.iter().find(|ranked| ranked.sku == *sku));
        let item = chosen
            .or(before)
            .or(offered.first())
            .map(|ranked| ranked.sku.clone());
        self.memory.item = item;
        self.memory.stock.clear();
    }
}

impl Memory {
    /// What would have suited and is sold out.
    pub(crate) fn sold_out<'c>(&self, catalogue: &'c Catalogue) -> Option<&'c Item> {
        self.advising
            .sold_out
            .as_ref()
            .and_then(|sku| catalogue.item(sku))
    }

    /// What suits so far, and what else had better be asked.
    pub(crate) fn shortlist(&mut self, catalogue: &Catalogue) {
        let grounds = Grounds {
            items: &catalogue.items,
            criteria: &self.advising.criteria,
            bought: &self.bought,
        };
        let mut ranked = ranking::ranking(grounds);
        // Without a reason, or without what nothing can stand in for, it is no advice.
        ranked.retain(|ranked| {
            !ranked.reasons.is_empty() && !ranked.misses.iter().any(|rule| rule.is_absolute())
        });
        let fitting = ranked.iter().filter(|ranked| ranked.misses.is_empty());
        let fitting: Vec<&Item> = fitting.filter_map(|ranked| catalogue.item(&ranked.sku)).collect();
        let asks = ranking::question(&fitting, grounds, &self.advising.open);
        let choices = asks.map_or_else(Vec::new, |about| ranking::values(&fitting, about));
        ranked.truncate(SHORTLIST_MAX);
        self.advising.asks = asks;
        self.advising.choices = choices;
        self.advising.shortlist = ranked;
        self.advising.stock.clear();
        self.advising.fits = false;
    }
}

pub(crate) const fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}

/// With a reason each, more than two are not remembered.
const OFFERED_MAX: usize = 2;
/// Items whose stock is asked about; the shop answers up to a hundred.
const SHORTLIST_MAX: usize = 20;
