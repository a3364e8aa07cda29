//! Which of the shop's days a caller means.

use super::{Known, On, said};
use crate::civil::Date;
use crate::nlu::dates::reckoning::span;
use crate::nlu::dates::wish::{self, DayWish};
use crate::nlu::decision::Decision;
use crate::nlu::normalize::Words;
use crate::nlu::slots::DAY;
use crate::shop::{DeliveryDay, Quote};

/// The day that an utterance wishes for.
pub(super) fn day_said(decision: &Decision, known: Known<'_>) -> Option<On> {
    let wishes = said(decision, DAY).flat_map(|words| wish::wishes(&Words::new(&words)));
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

pub(super) fn offers(quote: &Quote, date: Date) -> bool {
    quote.days.iter().any(|day| day.date == date)
}

/// What a wish comes to among the shop's days.
pub(super) fn picked(wish: DayWish, quote: &Quote) -> On {
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
    if wish.is_of_unknown_day() {
        return On::Unclear;
    }
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
