//! When a subscription comes next, and how often: what the caller wants of that, and whether the shop offers it.

use crate::civil::Date;
use crate::conversation::memory::Memory;
use crate::nlu::dates::interval::{Every, interval};
use crate::nlu::dates::next::{Next, Now, next};
use crate::nlu::decision::Decision;
use crate::nlu::normalize::Words;
use crate::nlu::slots::{DAY, PERIOD};
use crate::shop::{ChangeKind, Order, Reschedule, StandingTerms};

/// Why nothing can be made of what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotMoved {
    /// The shop does not go so far, or not so often.
    Beyond,
    /// It is so already.
    Needless,
}

impl Memory {
    pub(crate) fn terms(&self) -> Option<&StandingTerms> {
        self.order.as_ref()?.terms.as_ref()
    }

    /// The first and the last day to which the next delivery can be moved.
    pub(crate) fn movable(&self) -> Option<(Date, Date)> {
        self.terms()?.days
    }

    /// The next delivery is to come when the caller has just said.
    pub(crate) fn want_move(&mut self) {
        self.want_next(false);
    }

    /// Nothing is to come before the day that the caller has just said.
    pub(crate) fn want_rest(&mut self) {
        self.want_next(true);
    }

    fn want_next(&mut self, rests: bool) {
        let said = self.next_said(&self.heard).or_else(|| self.next_in_slots());
        self.not_moved = None;
        self.change = None;
        let (Some(Next::On(date)), Some((first, last)), Some(now)) = (said, self.movable(), self.now())
        else {
            return;
        };
        if date == now.due || (rests && date < now.due) {
            self.not_moved = Some(NotMoved::Needless);
        } else if (first..=last).contains(&date) {
            self.want(ChangeKind::Reschedule(Reschedule::NextOn(date)));
        } else {
            self.not_moved = Some(NotMoved::Beyond);
        }
    }

    /// It is to come as often as the caller has just said.
    pub(crate) fn want_interval(&mut self) {
        self.not_moved = None;
        self.change = None;
        let Some(every) = interval_said(&self.heard) else {
            return;
        };
        match self.offered_interval(every) {
            None => self.not_moved = Some(NotMoved::Beyond),
            Some(days) if self.order.as_ref().and_then(|order| order.repeat_days) == Some(days) => {
                self.not_moved = Some(NotMoved::Needless);
            }
            Some(days) => self.want(ChangeKind::Reschedule(Reschedule::Every(days))),
        }
    }

    /// The time that such words come to.
    pub(crate) fn next_said(&self, decision: &Decision) -> Option<Next> {
        self.next_in(&decision.text)
    }

    /// What was said of it before a question of another kind was answered.
    fn next_in_slots(&self) -> Option<Next> {
        let said = [DAY, PERIOD].iter().filter_map(|name| self.slot_text(name));
        said.filter_map(|text| self.next_in(&text)).next()
    }

    fn next_in(&self, text: &str) -> Option<Next> {
        let words = Words::new(text);
        let all: Vec<&str> = words.iter().collect();
        next(&all, self.now()?)
    }

    fn now(&self) -> Option<Now> {
        let order = self.order.as_ref()?;
        let today = order.terms.as_ref()?.today;
        let due = due(order, today)?;
        Some(Now {
            today,
            due,
            spoken_of: self.moved_to().unwrap_or(due),
            repeat_days: order.repeat_days?,
        })
    }

    /// The interval of the shop's that comes nearest to what is wanted; a month is as long as months are.
    fn offered_interval(&self, every: Every) -> Option<u32> {
        let offered = self.terms()?.intervals.iter().copied();
        match every {
            Every::Days(days) => offered.into_iter().find(|offered| *offered == days),
            Every::Months(months) => offered
                .min_by_key(|days| days.abs_diff(months * MONTH_DAYS))
                .filter(|days| days.abs_diff(months * MONTH_DAYS) <= months * MONTH_SLACK_DAYS),
        }
    }

    /// How often it could come, the three nearest to how often it does.
    pub(crate) fn intervals_to_name(&self) -> Vec<u32> {
        let now = self
            .order
            .as_ref()
            .and_then(|order| order.repeat_days)
            .unwrap_or_default();
        let offered = self
            .terms()
            .map(|terms| terms.intervals.clone())
            .unwrap_or_default();
        let mut others: Vec<u32> = offered.into_iter().filter(|days| *days != now).collect();
        others.sort_by_key(|days| days.abs_diff(now));
        others.truncate(INTERVALS_NAMED);
        others.sort_unstable();
        others
    }

    /// What is to be read back: when it comes next.
    pub(crate) fn moved_to(&self) -> Option<Date> {
        match self.rescheduled()? {
            Reschedule::NextOn(date) => Some(date),
            Reschedule::Every(_) => None,
        }
    }

    /// What is to be read back: how often it comes.
    pub(crate) fn repeats_every(&self) -> Option<u32> {
        match self.rescheduled()? {
            Reschedule::NextOn(_) => None,
            Reschedule::Every(days) => Some(days),
        }
    }

    fn rescheduled(&self) -> Option<Reschedule> {
        match self.change.as_ref()?.change {
            ChangeKind::Reschedule(wanted) => Some(wanted),
            ChangeKind::Cancel
            | ChangeKind::Pause
            | ChangeKind::Resume
            | ChangeKind::Skip
            | ChangeKind::Return(_)
            | ChangeKind::Amend(_) => None,
        }
    }
}

/// How often it is wanted.
pub(crate) fn interval_said(decision: &Decision) -> Option<Every> {
    let words = Words::new(&decision.text);
    let all: Vec<&str> = words.iter().collect();
    interval(&all)
}

/// The day of the next delivery.
fn due(order: &Order, today: Date) -> Option<Date> {
    let days = u32::try_from(order.due_in_days?).ok()?;
    Some(today.plus(days))
}

/// A month, and how far from it an interval may be, for each of them.
const MONTH_DAYS: u32 = 30;
const MONTH_SLACK_DAYS: u32 = 3;
/// As many as the ear keeps.
const INTERVALS_NAMED: usize = 3;
