//! Where an order goes and when it comes: what the caller said about it, matched with their own addresses and
//! the shop's days. What does not match is never guessed: it stays open until it has been asked about, and
//! nothing is confirmed as long as it does.

use crate::civil::{Date, Weekday};
use crate::conversation::machine::Conversation;
use crate::conversation::memory::{Memory, slot_text};
use crate::conversation::spoken;
use crate::ids::AddressId;
use crate::nlu::day::{self, Day, DayWish};
use crate::nlu::decision::Decision;
use crate::nlu::destination::PLACES;
use crate::nlu::lexicon::Names;
use crate::nlu::normalize::Words;
use crate::nlu::slots::{ADDRESS, DAY};
use crate::nlu::when;
use crate::pii::Pii;
use crate::shop::{Address, Customer, DeliveryDay, Fulfilment, Quote};
use crate::speech::expectation::{Candidate, Expectation};

/// What was said about where and when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Delivery {
    pub(crate) to: To,
    pub(crate) on: On,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum To {
    #[default]
    Unsaid,
    /// In these words, before the caller's addresses are known.
    Said(String),
    Chosen(AddressId),
    /// None of theirs, or not clear which.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum On {
    #[default]
    Unsaid,
    /// Before the shop's days are known.
    Wished(DayWish),
    Chosen(Date),
    /// Not one of the shop's days.
    Refused(Date),
    /// The shop lets nobody choose a day.
    NotOffered,
    /// Several days, or any but one.
    Unclear,
}

impl Delivery {
    /// Something was said that is not settled: nothing can be agreed on.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.to, To::Said(_) | To::Unknown)
            || matches!(
                self.on,
                On::Wished(_) | On::Refused(_) | On::NotOffered | On::Unclear
            )
    }

    pub(crate) fn names_place(&self) -> bool {
        self.to != To::Unsaid
    }

    /// Another day than now.
    pub(crate) const fn names_day(&self) -> bool {
        match self.on {
            On::Unsaid | On::Wished(DayWish::Soonest | DayWish::Any | DayWish::On(Day::In(0))) => false,
            On::Wished(_) | On::Chosen(_) | On::Refused(_) | On::NotOffered | On::Unclear => true,
        }
    }

    /// What an utterance says about it; `None` when nothing.
    fn heard(&self, decision: &Decision, known: Known<'_>) -> Option<Self> {
        let to = address_said(decision, known, &self.to);
        let on = day_said(decision, known);
        (to.is_some() || on.is_some()).then(|| Self {
            to: to.unwrap_or_else(|| self.to.clone()),
            on: on.unwrap_or_else(|| self.on.clone()),
        })
    }
}

/// What there is to match with.
#[derive(Debug, Clone, Copy)]
struct Known<'m> {
    customer: Option<&'m Customer>,
    quote: Option<&'m Quote>,
    /// A value was asked for or read back: an address may stand alone.
    answering: bool,
}

impl Conversation {
    /// Words that tell where the caller lives: what the shop calls their addresses by, common places apart.
    /// No record has them.
    pub fn private_words(&self) -> Vec<String> {
        let forms = self.memory.addresses().iter().flat_map(forms);
        let words = forms.flat_map(|form| Words::new(&form).as_slice().to_vec());
        let common = |word: &str| PLACES.contains(&word) || BESIDE.contains(&word) || BETWEEN.contains(&word);
        let mut words: Vec<String> = words.filter(|word| !common(word)).collect();
        words.sort();
        words.dedup();
        words
    }

    /// What the caller calls their own addresses by, where one may be named beside the answer to a question:
    /// nothing where there is none to choose from.
    pub fn places_beside(&self, expectation: &Expectation) -> Vec<Pii<String>> {
        let sent = !self.memory.is_picked_up();
        let beside = match expectation {
            Expectation::Item | Expectation::Open => sent,
            // What has a price is read back, and may be sent elsewhere.
            Expectation::YesNo => sent && self.memory.quote.is_some(),
            Expectation::OneOf { .. }
            | Expectation::Digits { .. }
            | Expectation::Quantity { .. }
            | Expectation::Drink => false,
        };
        let addresses = self.memory.addresses();
        if !beside || addresses.len() < 2 {
            return Vec::new();
        }
        addresses.iter().flat_map(forms).map(Pii::new).collect()
    }
}

impl Memory {
    /// What an utterance changes about where and when; `None` when it speaks of neither, or of nothing new.
    pub(crate) fn delivery_changed(&self, decision: &Decision) -> Option<Delivery> {
        let heard = self.delivery.heard(decision, self.known(true))?;
        let same = self.address_of(&heard) == self.address_of(&self.delivery) && heard.on == self.delivery.on;
        (!same || heard.is_open()).then_some(heard)
    }

    /// What is under way is fetched at the counter, and nothing waits behind it that is sent.
    pub(crate) fn is_picked_up(&self) -> bool {
        self.fulfilment == Fulfilment::Pickup && self.held.is_empty()
    }

    /// An utterance wants what is picked up sent, or on another day.
    pub(crate) fn is_wanted_elsewhere(&self, decision: &Decision) -> bool {
        let heard = Delivery::default().heard(decision, self.known(false));
        self.is_picked_up() && heard.is_some_and(|heard| heard.names_place() || heard.names_day())
    }

    /// Takes over what was said in passing.
    pub(crate) fn hear_delivery(&mut self, decision: &Decision) {
        if let Some(heard) = self.delivery.heard(decision, self.known(false)) {
            self.delivery = heard;
        }
    }

    /// The customer is known now.
    pub(crate) fn settle_address(&mut self) {
        let Some(customer) = self.customer() else { return };
        if let To::Said(words) = &self.delivery.to {
            self.delivery.to = matched(customer, words, None);
        }
    }

    /// The shop's days are known now. Whether the draft has become another one by it.
    pub(crate) fn settle_day(&mut self) -> bool {
        let Some(quote) = self.quote.as_ref().filter(|_| !self.is_picked_up()) else {
            return false;
        };
        let before = self.delivery.on.clone();
        let settled = match &before {
            On::Wished(wish) => picked(*wish, quote),
            On::Chosen(date) if !offers(quote, *date) => On::Refused(*date),
            On::Refused(date) if offers(quote, *date) => On::Chosen(*date),
            On::Unsaid | On::Chosen(_) | On::Refused(_) | On::NotOffered | On::Unclear => return false,
        };
        let dated = |on: &On| matches!(on, On::Chosen(_));
        let changed = dated(&before) || dated(&settled);
        self.delivery.on = settled;
        changed
    }

    /// The address that was chosen; where there are several, also the one that nobody had to choose. What is
    /// read back is what is sent, whatever the shop takes for the first one by then.
    pub(crate) fn address(&self) -> Option<&Address> {
        let delivers = self.fulfilment == Fulfilment::Delivery && self.held.is_empty();
        self.address_of(&self.delivery).filter(|_| delivers)
    }

    /// Another address than where it goes when nobody says otherwise.
    pub(crate) fn is_elsewhere(&self, address: Option<&AddressId>) -> bool {
        let usual = self.addresses().first().map(|first| &first.id);
        address.is_some() && address != usual
    }

    fn address_of(&self, delivery: &Delivery) -> Option<&Address> {
        let addresses = &self.customer()?.addresses;
        match &delivery.to {
            To::Chosen(id) => addresses.iter().find(|address| address.id == *id),
            To::Unsaid | To::Said(_) | To::Unknown => addresses.first().filter(|_| addresses.len() > 1),
        }
    }

    /// The day that was chosen.
    pub(crate) fn day(&self) -> Option<Date> {
        let delivers = self.fulfilment == Fulfilment::Delivery && self.held.is_empty();
        match self.delivery.on {
            On::Chosen(date) if delivers => Some(date),
            On::Chosen(_) | On::Unsaid | On::Wished(_) | On::Refused(_) | On::NotOffered | On::Unclear => {
                None
            }
        }
    }

    /// Something about where or when is still to be asked about. A drink is picked up all the same.
    pub(crate) fn is_delivery_open(&self) -> bool {
        let delivers = self.fulfilment == Fulfilment::Delivery && self.held.is_empty();
        delivers && self.delivery.is_open()
    }

    pub(crate) fn addresses(&self) -> &[Address] {
        self.customer().map_or(&[], |customer| &customer.addresses)
    }

    /// The address that was chosen from a list.
    pub(crate) fn take_address(&mut self) {
        let choice = self.slot_text("choice").map(AddressId::new);
        let own = choice.filter(|id| self.addresses().iter().any(|address| address.id == *id));
        self.delivery.to = own.map_or(To::Unknown, To::Chosen);
    }

    /// The first address, where it goes when nobody says otherwise.
    pub(crate) fn take_first_address(&mut self) {
        let first = self.addresses().first();
        self.delivery.to = first.map_or(To::Unsaid, |address| To::Chosen(address.id.clone()));
    }

    /// The day that was chosen from a list.
    pub(crate) fn take_day(&mut self) {
        let choice = self.slot_text("choice").and_then(|text| Date::parse(&text));
        self.delivery.on = choice.map_or(On::Unclear, On::Chosen);
    }

    /// Days worth naming: the nearest to the one that is not possible, else the first ones; the earlier first.
    pub(crate) fn days_to_name(&self) -> Vec<Date> {
        let mut days = self.days();
        if let On::Refused(wished) = self.delivery.on {
            days.sort_by_key(|date| (date.days_from(wished).unsigned_abs(), *date));
        }
        days.truncate(DAYS_NAMED);
        days.sort();
        days
    }

    /// Every day that can be chosen, those that are named first.
    pub(crate) fn day_candidates(&self) -> Vec<Candidate> {
        let named = self.days_to_name();
        let others = self.days().into_iter().filter(|date| !named.contains(date));
        let candidate = |date: Date| Candidate {
            value: date.to_string(),
            spoken: spoken::day_forms(date, self.today),
        };
        named.iter().copied().chain(others).map(candidate).collect()
    }

    /// Every address, by all its names.
    pub(crate) fn address_candidates(&self) -> Vec<Candidate> {
        let addresses = self.addresses().iter();
        addresses
            .map(|address| Candidate {
                value: address.id.as_str().to_owned(),
                spoken: forms(address),
            })
            .collect()
    }

    pub(crate) fn days(&self) -> Vec<Date> {
        let days = self.quote.iter().flat_map(|quote| &quote.days);
        days.map(|day| day.date).collect()
    }

    /// The day that is not possible.
    pub(crate) const fn refused_day(&self) -> Option<Date> {
        match self.delivery.on {
            On::Refused(date) => Some(date),
            On::Chosen(_) | On::Unsaid | On::Wished(_) | On::NotOffered | On::Unclear => None,
        }
    }

    fn known(&self, answering: bool) -> Known<'_> {
        Known {
            customer: self.customer(),
            // What is picked up has no days to choose from.
            quote: self.quote.as_ref().filter(|_| !self.is_picked_up()),
            answering,
        }
    }
}

/// The address that an utterance names: after "to", or, where one was asked for or read back, by its name alone.
fn address_said(decision: &Decision, known: Known<'_>, now: &To) -> Option<To> {
    let said: Vec<String> = said(decision, ADDRESS).collect();
    match (said.as_slice(), known.customer) {
        ([], Some(customer)) if known.answering => named_alone(customer, decision),
        ([], _) => None,
        ([words], None) => Some(To::Said(words.clone())),
        ([words], Some(customer)) => Some(matched(customer, words, Some(now))),
        ([_, _, ..], _) => Some(To::Unknown),
    }
}

fn said<'d>(decision: &'d Decision, name: &'static str) -> impl Iterator<Item = String> + 'd {
    let slots = decision.slots.iter().filter(move |slot| slot.name == name);
    slots.map(|slot| slot_text(&slot.value))
}

/// The one of the customer's addresses that words mean, beyond doubt.
fn matched(customer: &Customer, words: &str, now: Option<&To>) -> To {
    let chosen = |address: Option<&Address>| address.map_or(To::Unknown, |own| To::Chosen(own.id.clone()));
    let spoken = Words::new(words);
    let says = |listed: &[&str]| spoken.iter().any(|word| listed.contains(&word));
    match hits(customer, &spoken).as_slice() {
        [(address, _)] => chosen(Some(address)),
        [] if says(USUAL) => chosen(customer.addresses.first()),
        [] if says(OTHER) => match (customer.addresses.as_slice(), now) {
            // Of two, the one that it does not go to so far.
            ([first, second], Some(To::Chosen(id))) if *id == second.id => chosen(Some(first)),
            ([_, second], Some(To::Chosen(_) | To::Unsaid) | None) => chosen(Some(second)),
            (_, _) => To::Unknown,
        },
        _ => To::Unknown,
    }
}

/// "No, the office": an address without a "to", and no other words than such as answer.
fn named_alone(customer: &Customer, decision: &Decision) -> Option<To> {
    let words = Words::new(&decision.text);
    // What counts or names something else is no address.
    if decision
        .slots
        .iter()
        .any(|slot| slot.name != DAY && slot.name != "choice")
    {
        return None;
    }
    let found = hits(customer, &words);
    let (_, (start, end)) = found.first()?;
    let beside = words.iter().enumerate().all(|(at, word)| {
        let inside = found.iter().any(|(_, (start, end))| (*start..*end).contains(&at));
        inside || BESIDE.contains(&word) || when::weekday(word).is_some()
    });
    beside.then(|| match found.as_slice() {
        [_] => matched(customer, &words.span(*start, *end), None),
        _ => To::Unknown,
    })
}

/// Addresses named in the words, each with the place of its name.
fn hits<'c>(customer: &'c Customer, words: &Words) -> Vec<(&'c Address, (usize, usize))> {
    let forms: Vec<(usize, String)> = customer
        .addresses
        .iter()
        .enumerate()
        .flat_map(|(at, address)| forms(address).into_iter().map(move |form| (at, form)))
        .collect();
    let names = Names::new(forms.iter().map(|(at, form)| (*at, form.as_str())));
    let mut hits: Vec<(&Address, (usize, usize))> = Vec::new();
    for found in names.find(words) {
        for (at, score) in &found.values {
            if let Some(address) = customer.addresses.get(*at)
                && *score >= SURE
                && !hits.iter().any(|(known, _)| known.id == address.id)
            {
                hits.push((address, (found.start, found.end)));
            }
        }
    }
    hits
}

/// Every way to say an address: its label, what stands before "on Mill Road", and the customer's own words.
fn forms(address: &Address) -> Vec<String> {
    let label = address.label.expose().to_lowercase();
    let short = [" on ", " in ", " at "]
        .iter()
        .find_map(|word| label.split_once(word))
        .map(|(short, _)| short.to_owned());
    let spoken = address.spoken.iter().map(|form| form.expose().to_lowercase());
    std::iter::once(label.clone())
        .chain(short)
        .chain(spoken)
        .collect()
}

/// The day that an utterance wishes for.
fn day_said(decision: &Decision, known: Known<'_>) -> Option<On> {
    let wishes = said(decision, DAY).flat_map(|words| day::wishes(&Words::new(&words)));
    let mut wishes: Vec<DayWish> = wishes.map(|found| found.wish).collect();
    wishes.dedup();
    let wish = match wishes.as_slice() {
        [] => return None,
        [DayWish::Any] => return Some(On::Unsaid),
        [wish] => *wish,
        [_, _, ..] => return Some(On::Unclear),
    };
    Some(match known.quote {
        Some(quote) => picked(wish, quote),
        None => On::Wished(wish),
    })
}

fn offers(quote: &Quote, date: Date) -> bool {
    quote.days.iter().any(|day| day.date == date)
}

/// What a wish comes to among the shop's days.
fn picked(wish: DayWish, quote: &Quote) -> On {
    let Some(today) = quote.today.filter(|_| !quote.days.is_empty()) else {
        return match wish {
            DayWish::Soonest | DayWish::Any => On::Unsaid,
            DayWish::On(_)
            | DayWish::From(_)
            | DayWish::After(_)
            | DayWish::By(_)
            | DayWish::Before(_)
            | DayWish::Not(_) => On::NotOffered,
        };
    };
    let within = |from: Date, to: Date| {
        let days = quote.days.iter().filter(|day| (from..=to).contains(&day.date));
        let days: Vec<&DeliveryDay> = days.collect();
        // One that costs nothing more, if there is one.
        let free = days.iter().find(|day| day.fee.minor == 0);
        free.or_else(|| days.first()).map(|day| day.date)
    };
    let last = quote.days.last().map_or(today, |day| day.date);
    let or_refused = |found: Option<Date>, wished: Date| found.map_or(On::Refused(wished), On::Chosen);
    match wish {
        DayWish::Any => On::Unsaid,
        DayWish::Soonest => quote.days.first().map_or(On::Unsaid, |day| On::Chosen(day.date)),
        DayWish::On(wished) => {
            let (from, to) = span(wished, today);
            or_refused(within(from, to), from)
        }
        DayWish::From(wished) => {
            let from = span(wished, today).0;
            or_refused(within(from, last.max(from)), from)
        }
        DayWish::After(wished) => {
            let from = span(wished, today).1.plus(1);
            or_refused(within(from, last.max(from)), from)
        }
        DayWish::By(wished) => {
            let to = span(wished, today).1;
            or_refused(within(today, to), to)
        }
        DayWish::Before(wished) => {
            let wished = span(wished, today).0;
            let to = Date::from_days(wished.days().saturating_sub(1)).unwrap_or(wished);
            or_refused(within(today, to), to)
        }
        DayWish::Not(_) => On::Unclear,
    }
}

/// The first and the last date that a day may mean: the next of its name, never today.
fn span(day: Day, today: Date) -> (Date, Date) {
    let once = |date: Date| (date, date);
    let monday = || following(today, Weekday::Monday);
    match day {
        Day::In(days) => once(today.plus(days)),
        Day::NextWeek => (monday(), monday().plus(6)),
        Day::Weekend => {
            let saturday = following(today, Weekday::Saturday);
            (saturday, saturday.plus(1))
        }
        Day::Named {
            day: Some(day),
            month,
            ..
        } => once(next_dated(today, day, month)),
        Day::Named {
            weekday: Some(weekday),
            next,
            ..
        } => {
            let from = if next { monday() } else { today.plus(1) };
            once(
                (0..7)
                    .map(|days| from.plus(days))
                    .find(|date| date.weekday() == weekday)
                    .unwrap_or(from),
            )
        }
        Day::Named { .. } => once(today),
    }
}

/// The next day of this name after today.
fn following(today: Date, weekday: Weekday) -> Date {
    let mut days = (1..=7).map(|days| today.plus(days));
    days.find(|date| date.weekday() == weekday).unwrap_or(today)
}

/// The next date with this day of the month, today among them. What the calendar does not have in a year is
/// today, which the shop offers to nobody.
fn next_dated(today: Date, day: u32, month: Option<u32>) -> Date {
    let fits = |date: &Date| date.day() == day && month.is_none_or(|month| month == date.month());
    let mut dates = (0..YEAR_DAYS).map(|days| today.plus(days));
    dates.find(fits).unwrap_or(today)
}

/// A name is taken at once only if hardly anything of it is missing.
const SURE: f32 = 0.8;
const USUAL: &[&str] = &["usual", "default", "normal", "regular", "first"];
const OTHER: &[&str] = &["other", "different", "another", "second", "else"];
/// What may stand beside an address that stands alone.
const BESIDE: &[&str] = &[
    "no", "nope", "yes", "yeah", "okay", "the", "my", "our", "at", "to", "please", "actually", "sorry",
    "rather", "but", "instead", "oh", "well", "address", "one", "thanks", "thank", "you", "on", "not", "i",
    "said", "meant", "mean", "want", "it's", "that's", "for",
];
/// What stands between the words of a label.
const BETWEEN: &[&str] = &["in", "of", "near", "by", "and", "a", "an", "with", "your"];
/// Days that are named when one is not possible.
const DAYS_NAMED: usize = 2;
const YEAR_DAYS: u32 = 366;

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
