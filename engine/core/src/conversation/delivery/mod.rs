//! Where an order goes and when it comes: what the caller said about it, matched with their own addresses and
//! the shop's days. What does not match is never guessed: it stays open until it has been asked about, and
//! nothing is confirmed as long as it does.

mod day;
mod place;

use self::day::{day_said, offers, picked};
use self::place::{address_said, forms, is_common, matched};
use crate::civil::Date;
use crate::conversation::machine::Conversation;
use crate::conversation::memory::{Memory, slot_text};
use crate::conversation::spoken;
use crate::ids::AddressId;
use crate::nlu::dates::wish::{Day, DayWish};
use crate::nlu::decision::Decision;
use crate::nlu::normalize::Words;
use crate::pii::Pii;
use crate::shop::{Address, Customer, Fulfilment, Quote};
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
        let mut words: Vec<String> = words.filter(|word| !is_common(word)).collect();
        words.sort();
        words.dedup();
        words
    }

    /// What the caller calls their own addresses by, where one may be named beside the answer to a question:
    /// nothing where there is none to choose from.
    pub(crate) fn places_beside(&self, expectation: &Expectation) -> Vec<Pii<String>> {
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

    /// The address where it goes, chosen or not.
    pub(crate) fn goes_to(&self) -> Option<&Address> {
        self.address().or_else(|| self.addresses().first())
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

fn said<'d>(decision: &'d Decision, name: &'static str) -> impl Iterator<Item = String> + 'd {
    let slots = decision.slots.iter().filter(move |slot| slot.name == name);
    slots.map(|slot| slot_text(&slot.value))
}

/// Days that are named when one is not possible.
const DAYS_NAMED: usize = 2;

#[cfg(test)]
mod tests;
