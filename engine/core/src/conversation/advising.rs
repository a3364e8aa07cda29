//! Advice on what to buy: what the caller wants of it, what fits and is there, what was offered of that. Which of
//! the shop's items come first, and why, is `ranking`'s business; nothing is said of them that the shop did not state.

use crate::conversation::machine::Conversation;
use crate::conversation::memory::Memory;
use crate::conversation::ranking::{self, Bought, Criterion, Grounds, Ranked, Rule};
use crate::conversation::spoken::advice;
use crate::ids::Sku;
use crate::nlu::decision::SlotValue;
use crate::nlu::normalize::Words;
use crate::nlu::preference::{Preference, Want, asks_advice, preferences, seeks};
use crate::shop::{Attribute, Catalogue, Item, Order, OrderState, Stock, Trait};
use crate::units::Money;

/// The advice under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Advising {
    criteria: Vec<Criterion>,
    /// What the caller was asked about and does not mind.
    open: Vec<Trait>,
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
    seen: Vec<Sku>,
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

    /// Takes over a wish. `anew`: the traits that this utterance speaks of, of which older wishes fall.
    fn want(&mut self, wish: Preference, rule: Rule, anew: &[Option<Trait>]) {
        let about = rule.about();
        self.criteria.retain(|one| {
            let same =
                one.rule.about() == about && (about.is_some() || one.rule == rule || one.rule.is_price());
            let older = anew.contains(&about) && same;
            let opposite = rule.contradicts(one.rule);
            !(older || opposite)
        });
        self.criteria.push(Criterion { rule, wish });
    }

    /// The best that are there; or what is nearest to it.
    fn offer(&mut self) {
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
        // What the shop itself would send instead comes first.
        let instead = self
            .stock
            .iter()
            .find(|stock| Some(&stock.sku) == sold_out.as_ref());
        let instead = instead.map_or(&[][..], |stock| &stock.substitutes);
        let nearest = near
            .iter()
            .find(|ranked| instead.contains(&ranked.sku))
            .or(near.first());
        self.fits = !fits.is_empty();
        self.offered = match nearest {
            _ if self.fits => fits.into_iter().take(OFFERED_MAX).cloned().collect(),
            Some(nearest) => vec![(*nearest).clone()],
            None => Vec::new(),
        };
        self.sold_out = sold_out;
    }

    /// What was offered is not wanted.
    fn set_aside(&mut self) {
        let offered = self.offered.drain(..).map(|ranked| ranked.sku);
        self.seen.extend(offered);
    }
}

impl Conversation {
    /// Takes over what the caller wants of it, and sees what suits that.
    pub(crate) fn take_preferences(&mut self) {
        let words = Words::new(&self.memory.heard.text);
        let heard: Vec<Preference> = preferences(&words)
            .into_iter()
            .map(|found| found.preference)
            .collect();
        let catalogue = std::sync::Arc::clone(&self.catalogue);
        let memory = &mut self.memory;
        let rules: Vec<(Preference, Rule)> = one_of_roasts(&heard)
            .into_iter()
            .filter_map(|wish| memory.definite(&wish, &catalogue).map(|rule| (wish, rule)))
            .collect();
        let anew: Vec<Option<Trait>> = rules.iter().map(|(_, rule)| rule.about()).collect();
        let advising = &mut memory.advising;
        // "I don't mind": what was asked about is not asked about again, whatever was answered.
        advising.open.extend(advising.asks.take());
        if !rules.is_empty() {
            advising.seen.clear();
        }
        // "Cheaper" than this is not this, however near it comes.
        if heard.iter().any(|wish| wish.want.is_relative()) {
            match memory.item.take() {
                Some(item) => advising.seen.push(item),
                None => advising.set_aside(),
            }
        }
        advising.offered.clear();
        let mut fallen = anew;
        for (wish, rule) in rules {
            advising.want(wish, rule, &fallen);
            // Two flavours of one breath stand beside each other.
            fallen.retain(|about| *about != rule.about());
        }
        memory.shortlist(&catalogue);
        let why = memory.advising.told(&heard);
        self.note("preferences", &why);
    }

    /// Offers the best of what is there.
    pub(crate) fn offer_advice(&mut self) {
        self.memory.item = None;
        self.memory.advising.offer();
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
    /// A wish made definite: "cheaper" than what is on offer. `None` for what asks for nothing.
    fn definite(&mut self, wish: &Preference, catalogue: &Catalogue) -> Option<Rule> {
        self.advising.last_unknown = wish.want == Want::LikeLast && self.bought.is_empty();
        let offered: Vec<&Item> = self.spoken_of(catalogue);
        let is_offering = self.item.is_some() || !self.advising.offered.is_empty();
        let degrees = |about: Trait| {
            let stated = offered
                .iter()
                .filter_map(move |item| item.stated(about).find_map(Attribute::degree));
            stated.collect::<Vec<u8>>()
        };
        Some(match wish.want {
            Want::Has(attribute) => Rule::Has(attribute),
            Want::Lacks(attribute) => Rule::Lacks(attribute),
            // With nothing to compare with, not the least of it.
            Want::More(about) => Rule::Above(about, degrees(about).into_iter().max().unwrap_or(1)),
            Want::Less(about) => Rule::Below(about, degrees(about).into_iter().min().unwrap_or(3)),
            Want::AtMost(minor) => Rule::AtMost(Money::from_minor(i64::from(minor))),
            Want::Cheaper => match offered
                .iter()
                .map(|item| item.price)
                .min()
                .filter(|_| is_offering)
            {
                Some(price) => Rule::Cheaper(price),
                None => Rule::Cheap,
            },
            Want::Cheap => Rule::Cheap,
            Want::LikeLast if self.bought.is_empty() => return None,
            Want::LikeLast => Rule::LikeLast,
            Want::Untried => Rule::Untried,
            Want::Any => return None,
        })
    }

    /// What "lighter" compares with: what was just told of, what is on offer, or what they had last.
    fn spoken_of<'c>(&self, catalogue: &'c Catalogue) -> Vec<&'c Item> {
        if let Some(item) = self.item.as_ref().and_then(|sku| catalogue.item(sku)) {
            return vec![item];
        }
        let offered: Vec<&Item> = self
            .advising
            .offered
            .iter()
            .filter_map(|ranked| catalogue.item(&ranked.sku))
            .collect();
        if !offered.is_empty() {
            return offered;
        }
        let last = self.bought.iter().find_map(|bought| catalogue.item(&bought.sku));
        last.into_iter().collect()
    }

    /// What was just said seeks advice.
    pub(crate) fn seeks_advice(&self) -> bool {
        let words = Words::new(&self.heard.text);
        // "Do you have any decaf" asks for what it names.
        asks_advice(&words) || (seeks(&words) && self.heard.slot("item").is_none())
    }

    /// What would have suited and is sold out.
    pub(crate) fn sold_out<'c>(&self, catalogue: &'c Catalogue) -> Option<&'c Item> {
        self.advising
            .sold_out
            .as_ref()
            .and_then(|sku| catalogue.item(sku))
    }

    /// What suits so far, and what else had better be asked.
    fn shortlist(&mut self, catalogue: &Catalogue) {
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

impl Advising {
    /// For the record: every wish that holds, with the words of this utterance that gave one.
    fn told(&self, heard: &[Preference]) -> String {
        let heard: Vec<String> = heard.iter().map(|wish| format!("\"{}\"", wish.span)).collect();
        let held = |one: &Criterion| {
            let must = if one.wish.firm { "must" } else { "better" };
            format!("{must} {:?} by \"{}\"", one.rule, one.wish.span)
        };
        let held: Vec<String> = self.criteria.iter().map(held).collect();
        let (heard, held) = (heard.join(", "), held.join(", "));
        format!("heard {}; so far {}", or_nothing(&heard), or_nothing(&held))
    }
}

/// "Light or medium" is not both: it is anything but dark.
fn one_of_roasts(heard: &[Preference]) -> Vec<Preference> {
    const ROASTS: [Attribute; 3] = [
        Attribute::RoastLight,
        Attribute::RoastMedium,
        Attribute::RoastDark,
    ];
    let wished = |roast: &Attribute| heard.iter().find(|wish| wish.want == Want::Has(*roast));
    let (named, other): (Vec<Attribute>, Vec<Attribute>) =
        ROASTS.iter().partition(|roast| wished(roast).is_some());
    let mut wishes = heard.to_vec();
    if let ([_, _], [other]) = (named.as_slice(), other.as_slice()) {
        let is_named = |wish: &Preference| matches!(wish.want, Want::Has(roast) if named.contains(&roast));
        let spans: Vec<&str> = heard
            .iter()
            .filter(|wish| is_named(wish))
            .map(|wish| wish.span.as_str())
            .collect();
        wishes.retain(|wish| !is_named(wish));
        wishes.push(Preference {
            want: Want::Lacks(*other),
            firm: true,
            span: spans.join(" or "),
        });
    }
    wishes
}

const fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}

/// With a reason each, more than two are not remembered.
const OFFERED_MAX: usize = 2;
/// Items whose stock is asked about; the shop answers up to a hundred.
const SHORTLIST_MAX: usize = 20;
