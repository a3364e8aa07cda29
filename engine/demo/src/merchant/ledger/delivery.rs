//! Where and when: a customer's own addresses, the shop's calendar with its cut-off, no Sundays, and one day
//! that costs more because it is early.

use engine_core::civil::{Date, Weekday};
use proto::commerce::v1::{Customer, DeliveryDay, Fulfilment, OrderDraft};
use proto::common::v1 as common;

use super::super::calendar;
use super::{Ledger, Refusal, money, shortened};

/// What the shop's clock shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    pub today: Date,
    /// From 0 to 23.
    pub hour: u8,
}

impl Now {
    /// The morning of the books' first day, before the cut-off: what a shop without a clock goes by.
    pub fn still() -> Self {
        Self {
            today: calendar::first_day(),
            hour: 9,
        }
    }

    /// From the seconds since 1970, in UTC, where this shop has its clocks.
    pub fn of_unix(seconds: u64) -> Self {
        let days = u32::try_from(seconds / DAY_S).unwrap_or_default();
        Self {
            today: Date::from_days(days).unwrap_or(Date::EPOCH),
            hour: u8::try_from(seconds % DAY_S / 3600).unwrap_or_default(),
        }
    }

    /// What comes in after the cut-off is packed a day later.
    const fn days_to_pack(self) -> u32 {
        if self.hour < CUT_OFF_HOUR { 0 } else { 1 }
    }
}

impl Ledger {
    /// What the clock shows from now on.
    pub const fn set_now(&mut self, now: Now) {
        self.now = now;
    }

    pub(super) const fn today(&self) -> Date {
        self.now.today
    }

    /// Calendar days until the draft comes when nobody names a day.
    pub(super) fn soonest_days(&self, wait_days: u32) -> u32 {
        let days = DELIVERY_DAYS + wait_days + self.now.days_to_pack();
        if is_closed(self.now.today.plus(days)) {
            days + 1
        } else {
            days
        }
    }

    /// The days on which the draft could come, the earliest first. A drink is not brought.
    pub(super) fn delivery_days(&self, draft: &OrderDraft) -> Vec<DeliveryDay> {
        if draft.fulfilment() != Fulfilment::Delivery {
            return Vec::new();
        }
        let wait = self.wait_days(draft);
        let soonest = self.soonest_days(wait);
        // Tomorrow, for money, if everything is there.
        let early = 1 + self.now.days_to_pack();
        let early = (wait == 0 && early < soonest).then_some((early, EARLY_FEE));
        let usual = (soonest..=soonest + DAYS_AHEAD).map(|days| (days, 0));
        let days = early.into_iter().chain(usual);
        let dated = days.map(|(days, fee)| (self.now.today.plus(days), fee));
        dated
            .filter(|(date, _)| !is_closed(*date))
            .map(|(date, fee)| DeliveryDay {
                date: Some(calendar::day(date)),
                fee: (fee > 0).then(|| money(fee)),
            })
            .collect()
    }

    /// What the chosen day costs more, in cents; `None` where the draft names none that is possible.
    pub(super) fn day_fee(&self, draft: &OrderDraft) -> Option<i64> {
        let wanted = draft.delivery_date?;
        let days = self.delivery_days(draft);
        let chosen = days.into_iter().find(|day| day.date == Some(wanted))?;
        Some(chosen.fee.map_or(0, |fee| fee.minor_units))
    }

    /// The address is the customer's own, and what is written as a day is one.
    pub(super) fn validate_delivery(&self, draft: &OrderDraft) -> Result<(), Refusal> {
        let delivered = draft.fulfilment() == Fulfilment::Delivery;
        if !draft.address_id.is_empty() {
            let mut customers = self.customers.iter();
            let customer = customers.find(|customer| customer.id == draft.customer_id);
            let own = |customer: &Customer| customer.addresses.iter().any(|own| own.id == draft.address_id);
            if !delivered || !customer.is_some_and(own) {
                let id = shortened(&draft.address_id);
                return field("address_id", format!("{id:?} is no address of this customer"));
            }
        }
        match draft.delivery_date {
            Some(_) if !delivered => field("delivery_date", "a pick-up has none".to_owned()),
            Some(day) if calendar::date(day).is_none() => {
                let common::Date { year, month, day } = day;
                field(
                    "delivery_date",
                    format!("there is no day {day} of month {month} in {year}"),
                )
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The same before an order is taken: the day must still be possible.
    pub(super) fn require_day(&self, draft: &OrderDraft) -> Result<(), Refusal> {
        match draft.delivery_date.and_then(calendar::date) {
            Some(day) if self.day_fee(draft).is_none() => Err(Refusal::NotThatDay(day)),
            Some(_) | None => Ok(()),
        }
    }
}

fn field<T>(field: &'static str, why: String) -> Result<T, Refusal> {
    Err(Refusal::BadField { field, why })
}

fn is_closed(date: Date) -> bool {
    date.weekday() == Weekday::Sunday
}

/// From the shelf to the door.
pub(super) const DELIVERY_DAYS: u32 = 3;
/// What comes in from this hour on is packed a day later.
const CUT_OFF_HOUR: u8 = 14;
/// For tomorrow, in cents.
const EARLY_FEE: i64 = 600;
/// How far ahead a day can be chosen, beyond the soonest.
const DAYS_AHEAD: u32 = 14;
const DAY_S: u64 = 86_400;

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
