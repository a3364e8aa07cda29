//! Who calls: a customer of the demo shop with their last order and their addresses, as they say them and as
//! they hear them said.

use engine_core::civil::Date;
use engine_core::conversation::action::{Action, ActionValue};
use engine_core::conversation::spoken;
use engine_core::pii::Pii;
use engine_core::shop::{Address, Fulfilment, OrderDraft, OrderLine};
use rand::rngs::StdRng;

use super::caller::pick;
use super::wish::SHORT;
use crate::commerce::local::LocalShop;

/// A customer who calls.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) phone: Pii<String>,
    /// The newest order: what "my last order" means.
    pub(super) last: Vec<OrderLine>,
    pub(super) addresses: Vec<Address>,
}

/// The shop's calendar.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    pub(super) today: Option<Date>,
    /// On which an order can come.
    pub(super) days: Vec<Date>,
}

impl Person {
    /// The customer with this number; `None` where they have ordered nothing that can be had again.
    fn find(shop: &mut LocalShop, phone: String) -> Option<(Self, OrderDraft)> {
        let phone = Pii::new(phone);
        let found = shop.answer(&Action::FindCustomer { phone: phone.clone() });
        let Ok(ActionValue::Customer(Some(customer))) = found else {
            return None;
        };
        let listed = shop.answer(&Action::ListOrders {
            customer: customer.id.clone(),
            limit: 5,
        });
        let Ok(ActionValue::Orders(orders)) = listed else {
            return None;
        };
        let mut once = orders.into_iter().filter(|order| order.repeat_days.is_none());
        let last = once.next()?.lines;
        let goods = |line: &OrderLine| !SHORT.contains(&line.sku.as_str()) && line.options.is_empty();
        if last.is_empty() || !last.iter().all(goods) {
            return None;
        }
        let draft = OrderDraft {
            customer: customer.id,
            lines: last.clone(),
            fulfilment: Fulfilment::Delivery,
            delayed: Vec::new(),
            voucher: None,
            address: None,
            day: None,
        };
        let person = Self {
            phone,
            last,
            addresses: customer.addresses,
        };
        Some((person, draft))
    }

    /// Such as call: the first few customers with one, with two, and with three addresses.
    pub(super) fn callers(
        shop: &mut LocalShop,
        phones: impl Iterator<Item = String>,
    ) -> (Vec<Self>, Calendar) {
        let mut people: Vec<Self> = Vec::new();
        let mut calendar = Calendar {
            today: None,
            days: Vec::new(),
        };
        for phone in phones {
            let Some((person, draft)) = Self::find(shop, phone) else {
                continue;
            };
            let alike = |other: &&Self| other.addresses.len() == person.addresses.len();
            if people.iter().filter(alike).count() >= ALIKE_MAX {
                continue;
            }
            if let Ok(ActionValue::Quote(quote)) = shop.answer(&Action::Quote { draft }) {
                calendar.today = quote.today;
                let days: Vec<Date> = quote.days.iter().map(|day| day.date).collect();
                if calendar.days.is_empty() {
                    calendar.days = days;
                } else {
                    calendar.days.retain(|date| days.contains(date));
                }
                people.push(person);
            }
        }
        (people, calendar)
    }

    /// An address in the caller's own words: "my home", "the office", "the lake".
    pub(super) fn says_place(&self, at: usize, rng: &mut StdRng) -> String {
        let Some(address) = self.addresses.get(at) else {
            return "the usual address".to_owned();
        };
        let label = spoken::place(address.label.expose()).to_lowercase();
        let own = label.replacen("your ", "my ", 1);
        let short = own
            .split_once(" on ")
            .map_or(own.as_str(), |(short, _)| short)
            .to_owned();
        let named = short.replacen("the ", "my ", 1);
        let forms = [own, short, named];
        let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
        pick(&forms, rng).to_owned()
    }

    /// Which address a read-back names. Who has but one is told none.
    pub(super) fn hears_place(&self, read_back: &str) -> Option<usize> {
        if self.addresses.len() < 2 {
            return Some(0);
        }
        let said = |address: &Address| {
            let place = spoken::place(address.label.expose()).to_lowercase();
            read_back.contains(&format!(" to {place}"))
        };
        self.addresses.iter().position(said)
    }
}

impl Calendar {
    /// "on friday", "tomorrow", "on friday december fourth".
    pub(super) fn says(&self, date: Date) -> String {
        spoken::on_day(date, self.today).to_lowercase()
    }

    /// The day that a read-back names: "on friday" and not "on friday, december fourth".
    pub(super) fn hears(&self, read_back: &str) -> Option<Date> {
        let named = self.days.iter().filter(|date| {
            let day = self.says(**date);
            read_back.match_indices(&day).any(|(at, found)| {
                let before = read_back.get(..at).unwrap_or_default();
                let after = read_back.get(at + found.len()..).unwrap_or_default();
                before.ends_with(' ') && !after.starts_with(char::is_alphanumeric)
            })
        });
        named.copied().max_by_key(|date| self.says(*date).len())
    }
}

/// So many callers with the same number of addresses.
const ALIKE_MAX: usize = 2;
