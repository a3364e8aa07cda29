//! What comes back of an order, piece by piece: what the shop would take, what of it the caller means, and
//! what they get for it. It becomes a change of the order, and is confirmed and sent as one.

use crate::conversation::action::ActionValue;
use crate::conversation::draft::{Mentions, QUANTITY_MAX};
use crate::conversation::flow::Query;
use crate::conversation::memory::Memory;
use crate::ids::Sku;
use crate::nlu::decision::{Decision, SlotValue};
use crate::nlu::slots::{ALL, ITEM, LEFT_OUT};
use crate::nlu::wording::{longest, says};
use crate::shop::{
    Balance, Catalogue, ChangeKind, OrderLine, Return, ReturnLine, ReturnOffer, ReturnReason, ReturnVerdict,
};

/// A return that is being arranged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Returning {
    /// What the shop says of the order's lines.
    offered: Vec<ReturnLine>,
    /// Those that can come back, with their names.
    pub(crate) open: Vec<OrderLine>,
    /// What is to come back.
    pub(crate) lines: Vec<OrderLine>,
    pub(crate) instead: Vec<OrderLine>,
    pub(crate) balance: Balance,
}

impl Returning {
    /// The last day for what is too late, at best: days ago.
    pub(crate) fn last_day_ago(&self) -> Option<u32> {
        let late = |line: &ReturnLine| match line.verdict {
            ReturnVerdict::Late { last_day_ago } => Some(last_day_ago),
            ReturnVerdict::Open | ReturnVerdict::Never => None,
        };
        self.offered.iter().filter_map(late).min()
    }

    /// Whether it is not clear how many of one thing come back.
    pub(crate) fn is_open_how_many(&self) -> bool {
        matches!(self.lines.as_slice(), [line] if line.quantity > 1)
    }

    fn open_line(&self, sku: &Sku) -> Option<&OrderLine> {
        self.open.iter().find(|line| line.sku == *sku)
    }
}

impl Memory {
    /// Takes over what the shop says, and names the branch of the query.
    pub(crate) fn learn_return(&mut self, query: Query, offer: ReturnOffer) -> &'static str {
        if query == Query::QuoteReturn {
            self.returning.balance = offer.balance;
            return if offer.short { "short" } else { "priced" };
        }
        let lines = self.order.iter().flat_map(|order| &order.lines);
        let mut open: Vec<OrderLine> = Vec::new();
        for line in lines {
            let offered = offer.lines.iter().find(|offered| offered.sku == line.sku);
            let takes =
                offered.filter(|offered| offered.verdict == ReturnVerdict::Open && offered.quantity > 0);
            if let Some(offered) = takes
                && !open.iter().any(|known| known.sku == line.sku)
            {
                open.push(OrderLine {
                    quantity: offered.quantity,
                    ..line.clone()
                });
            }
        }
        self.returning = Returning {
            offered: offer.lines,
            open,
            ..Returning::default()
        };
        match (self.returning.open.is_empty(), self.returning.last_day_ago()) {
            (false, _) => "open",
            (true, Some(_)) => "late",
            (true, None) => "never",
        }
    }

    /// All of it that can.
    pub(crate) fn return_all(&mut self) {
        self.returning.lines.clone_from(&self.returning.open);
    }

    /// What was named: "the grinder", "two bags of the dark roast".
    pub(crate) fn return_named(&mut self) {
        let mentions = Mentions::of(self.wished(self.returning.lines.is_empty())).items;
        let named = mentions.into_iter().filter_map(|(sku, quantity)| {
            let line = self.returning.open_line(&sku)?;
            Some(at_most(line, quantity))
        });
        self.returning.lines = named.collect();
    }

    /// Whether nothing of what was named is in the order spoken of, as "the grinder" of one of coffee.
    pub(crate) fn is_return_absent(&self) -> bool {
        let named = Mentions::of(self.wished(self.returning.lines.is_empty())).items;
        let lines = self.order.iter().flat_map(|order| &order.lines);
        let has = |sku: &Sku| lines.clone().any(|line| line.sku == *sku);
        !named.is_empty() && named.iter().all(|(sku, _)| !has(sku))
    }

    /// What was chosen of it; one may choose several, or all.
    pub(crate) fn return_chosen(&mut self) {
        let chosen = choices(&self.heard);
        if chosen.contains(&ALL) {
            return self.return_all();
        }
        let quantity = Mentions::of(&self.heard).loose;
        let open = self.returning.open.iter();
        let lines: Vec<OrderLine> = open
            .filter(|line| chosen.contains(&line.sku.as_str()))
            .cloned()
            .collect();
        self.returning.lines = match (lines.as_slice(), quantity) {
            ([line], quantity) => vec![at_most(line, quantity)],
            (_, _) => lines,
        };
    }

    /// So many of the one thing that comes back.
    pub(crate) fn return_so_many(&mut self) {
        if let (Some(SlotValue::Number(wanted)), [line]) =
            (self.slots.get("quantity"), self.returning.lines.as_mut_slice())
        {
            line.quantity = line.quantity.min((*wanted).max(1));
        }
    }

    /// "Exchange my mugs for tumblers": the mugs come back, and the tumblers are what is wanted for them.
    pub(crate) fn return_swap(&mut self) {
        self.slots.remove(INSTEAD);
        let Some(goes) = self.slots.remove(LEFT_OUT) else {
            return;
        };
        let Some(wanted) = self.slots.remove(ITEM) else {
            return;
        };
        self.slots.insert(ITEM.to_owned(), goes);
        self.slots.insert(INSTEAD.to_owned(), wanted);
        for slot in self.opening.slots.iter_mut().chain(&mut self.heard.slots) {
            let other = match slot.name.as_str() {
                LEFT_OUT => ITEM,
                ITEM => INSTEAD,
                _ => continue,
            };
            other.clone_into(&mut slot.name);
        }
    }

    /// Why it comes back, where that was said before it is asked, or says it better than the choice it was heard as.
    pub(crate) fn return_reason(&mut self) {
        let said = self.explained().or_else(|| reason_in(&self.opening.text));
        match said {
            Some(why) => self.slots.insert(WHY.to_owned(), SlotValue::Text(why.to_owned())),
            None if self.heard.slot("choice").is_some() => None,
            None => self.slots.remove(WHY),
        };
    }

    /// The reason in what was just said, whatever goods it names: "I ordered the Brazil".
    pub(crate) fn explained(&self) -> Option<&'static str> {
        let text = self.heard.text.as_str();
        reason_in(text).or(tells_of_another(text).then_some(WRONG))
    }

    /// The money back.
    pub(crate) fn return_for_money(&mut self) {
        self.returning.instead.clear();
    }

    /// The same things once more.
    pub(crate) fn return_for_same(&mut self) {
        self.returning.instead.clone_from(&self.returning.lines);
    }

    /// Something else, as many as come back unless a number was said.
    pub(crate) fn return_for_other(&mut self, catalogue: &Catalogue) {
        let back = self.returning.lines.iter().map(|line| line.quantity).sum::<u32>();
        let mut named = Mentions::of(&self.heard).items;
        if let (true, Some(instead)) = (named.is_empty(), self.slot_text(INSTEAD)) {
            named.push((Sku::new(instead), None));
        }
        let lines = named.into_iter().filter_map(|(sku, quantity)| {
            let item = catalogue.item(&sku)?;
            Some(OrderLine {
                sku,
                name: item.name.clone(),
                quantity: quantity.unwrap_or(back).clamp(1, QUANTITY_MAX),
                options: Vec::new(),
            })
        });
        self.returning.instead = lines.collect();
    }

    /// What would be asked of the shop; `None` while nothing comes back.
    pub(crate) fn return_wish(&self) -> Option<Return> {
        let wish = Return {
            lines: self.returning.lines.clone(),
            reason: reason(self.slot_text(WHY).as_deref()),
            instead: self.returning.instead.clone(),
        };
        (!wish.lines.is_empty()).then_some(wish)
    }

    pub(crate) fn want_return(&mut self) {
        match self.return_wish() {
            Some(wish) => self.want(ChangeKind::Return(wish)),
            None => self.change = None,
        }
    }
}

/// An answer to a look-up about a return.
pub(crate) fn offer(value: ActionValue) -> Option<ReturnOffer> {
    match value {
        ActionValue::Return(offer) => Some(offer),
        ActionValue::Customer(_)
        | ActionValue::Orders(_)
        | ActionValue::Order(_)
        | ActionValue::Stock(_)
        | ActionValue::Quote(_)
        | ActionValue::Placed(_)
        | ActionValue::Changed(_)
        | ActionValue::Openings(_)
        | ActionValue::Reservations(_)
        | ActionValue::Launches(_)
        | ActionValue::Reserved(_)
        | ActionValue::CallsStopped
        | ActionValue::PutOff
        | ActionValue::CallbackRecorded => None,
    }
}

/// Every choice in an utterance: "the dark roast and the filters".
fn choices(heard: &Decision) -> Vec<&str> {
    let slots = heard.slots.iter().filter(|slot| slot.name == "choice");
    slots
        .filter_map(|slot| match &slot.value {
            SlotValue::Text(text) => Some(text.as_str()),
            SlotValue::Number(_) | SlotValue::Digits(_) => None,
        })
        .collect()
}

fn at_most(line: &OrderLine, quantity: Option<u32>) -> OrderLine {
    OrderLine {
        quantity: line.quantity.min(quantity.unwrap_or(line.quantity).max(1)),
        ..line.clone()
    }
}

/// The reasons, as a flow's choices call them.
fn reason(why: Option<&str>) -> ReturnReason {
    match why {
        Some("damaged") => ReturnReason::Damaged,
        Some("wrong") => ReturnReason::Wrong,
        Some("unsuitable") => ReturnReason::Unsuitable,
        Some("unneeded") => ReturnReason::Unneeded,
        Some(_) | None => ReturnReason::Unsaid,
    }
}

/// "Well, I ordered the Brazil": other goods than came.
fn tells_of_another(text: &str) -> bool {
    let words = text.split(' ').skip_while(|word| LEADING.contains(word));
    longest(&words.collect::<Vec<_>>(), TELLING_ANOTHER).is_some()
}

/// The reason that stands in what was said.
fn reason_in(text: &str) -> Option<&'static str> {
    // "It tasted stale" is what somebody makes of it; "stale" alone is old.
    let tasted = text.split(' ').any(|word| TASTING.contains(&word));
    let says = |phrase: &&str| says(text, phrase) && !(tasted && *phrase == STALE);
    let told = |(_, phrases): &&(&str, &[&str])| phrases.iter().any(says);
    let why = REASONS.iter().find(told).map(|(why, _)| *why);
    why.or(tasted.then_some(UNSUITABLE))
}

/// The slot of what is wanted for something that comes back.
pub(crate) const INSTEAD: &str = "instead";
const WHY: &str = "why";

const UNSUITABLE: &str = "unsuitable";
const WRONG: &str = "wrong";
/// Who is asked why and begins so tells of other goods than came.
const TELLING_ANOTHER: &[&str] = &[
    "i ordered",
    "i had ordered",
    "i'd ordered",
    "i asked for",
    "i wanted",
    "i got",
    "i received",
    "you sent",
    "you sent me",
    "they sent",
    "it should have been",
    "it was supposed to be",
    "it's supposed to be",
];
/// What may stand before a reason.
const LEADING: &[&str] = &[
    "well", "because", "but", "no", "um", "uh", "so", "sorry", "oh", "yes",
];
const STALE: &str = "stale";
const TASTING: &[&str] = &["taste", "tasted", "tastes", "tasting"];

/// What makes a reason, whatever stands around it.
const REASONS: &[(&str, &[&str])] = &[
    (
        "damaged",
        &[
            "broken",
            "broke",
            "chipped",
            "cracked",
            "damaged",
            "defective",
            "dented",
            "leaking",
            "moldy",
            "shattered",
            "smashed",
            "soaked",
            "spoiled",
            "stale",
            "torn",
            "doesn't work",
            "don't work",
            "stopped working",
        ],
    ),
    (
        WRONG,
        &[
            "wrong",
            "not what i ordered",
            "isn't what i ordered",
            "something else came",
        ],
    ),
    (
        UNSUITABLE,
        &[
            "don't like",
            "didn't like",
            "doesn't like",
            "not happy with",
            "tastes bad",
            "too strong",
            "too weak",
            "too bitter",
        ],
    ),
    (
        "unneeded",
        &[
            "don't need",
            "changed my mind",
            "ordered too many",
            "ordered too much",
            "too many of",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::{reason_in, tells_of_another};

    #[test]
    fn who_tells_of_other_goods_got_the_wrong_ones() {
        let check = |text: &str, expect: bool| assert_eq!(tells_of_another(text), expect, "{text}");
        check("i ordered the brazil", true);
        check("well i asked for two bags of kenya", true);
        check("the mug i ordered last week", false);
        check("the grinder", false);
    }

    #[test]
    fn a_reason_is_heard_wherever_it_stands() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(reason_in(text), expect, "{text}");
        check("i want to return a mug one of them came broken", Some("damaged"));
        check("i'd like to send it back it was stale", Some("damaged"));
        check("i want to return the beans i don't like them", Some("unsuitable"));
        check("it tasted stale", Some("unsuitable"));
        check("they sent the wrong one", Some("wrong"));
        check("i want to return my order", None);
    }
}
