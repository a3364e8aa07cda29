//! What many calls came to, with intervals.

use engine_core::conversation::event::Outcome;
use serde::Serialize;

use super::call::Called;
use crate::eval::score::wilson;

/// Sums over calls.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    calls: usize,
    ordered: usize,
    wrong: usize,
    wrong_address: usize,
    wrong_day: usize,
    transferred: usize,
    abandoned: usize,
    by_key: u64,
    said_back: u64,
    asked: Moments,
    turns: Moments,
    seconds: Moments,
    /// Seeds of the first wrong orders, to be played again.
    wrong_seeds: Vec<u64>,
}

/// Count, sum and sum of squares.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: f64,
    sum: f64,
    squares: f64,
}

/// The figures of one policy on one line. Shares and means with 95 % intervals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Figures {
    pub(super) calls: usize,
    /// Calls in which an order was placed, of all.
    pub(super) ordered: Share,
    /// Calls with a wrong order.
    pub(super) wrong: usize,
    /// Of these, with an order to another address than was wanted, and for another day.
    pub(super) wrong_address: usize,
    pub(super) wrong_day: usize,
    pub(super) wrong_share: Share,
    pub(super) transferred: Share,
    pub(super) abandoned: Share,
    /// How often the caller of an order was asked to confirm it.
    pub(super) confirmations_per_order: Mean,
    /// Of these, by key.
    pub(super) by_key: f64,
    /// Changes that were said back and not asked about, in addition.
    pub(super) said_back_per_order: f64,
    pub(super) turns: Mean,
    pub(super) seconds: Mean,
    pub(super) wrong_seeds: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Share {
    pub(super) share: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Mean {
    pub(super) mean: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Sums {
    pub(super) fn add(&mut self, called: &Called) {
        self.calls += 1;
        self.turns.add(f64::from(called.turns));
        self.seconds.add(called.seconds);
        if called.placed > 0 {
            self.ordered += 1;
            self.asked.add(f64::from(called.asked));
            self.by_key += u64::from(called.by_key);
            self.said_back += u64::from(called.said_back);
        }
        if called.wrong > 0 {
            self.wrong += 1;
            self.note_wrong(called.seed);
        }
        self.wrong_address += usize::from(called.wrong_address > 0);
        self.wrong_day += usize::from(called.wrong_day > 0);
        match called.outcome {
            Some(Outcome::Transferred | Outcome::CallbackRequested) => self.transferred += 1,
            Some(Outcome::Abandoned) => self.abandoned += 1,
            Some(
                Outcome::OrderPlaced
                | Outcome::OrderChanged
                | Outcome::Reserved
                | Outcome::NotReached
                | Outcome::Postponed
                | Outcome::OptedOut
                | Outcome::Answered
                | Outcome::Declined
                | Outcome::Failed,
            )
            | None => {}
        }
    }

    pub(super) fn join(mut self, other: Self) -> Self {
        self.calls += other.calls;
        self.ordered += other.ordered;
        self.wrong += other.wrong;
        self.wrong_address += other.wrong_address;
        self.wrong_day += other.wrong_day;
        self.transferred += other.transferred;
        self.abandoned += other.abandoned;
        self.by_key += other.by_key;
        self.said_back += other.said_back;
        self.asked.join(other.asked);
        self.turns.join(other.turns);
        self.seconds.join(other.seconds);
        for seed in other.wrong_seeds {
            self.note_wrong(seed);
        }
        self
    }

    fn note_wrong(&mut self, seed: u64) {
        if self.wrong_seeds.len() < SEEDS_NOTED {
            self.wrong_seeds.push(seed);
        }
    }

    pub(super) fn figures(&self) -> Figures {
        let share = |count: usize| {
            let [low, high] = wilson(count, self.calls);
            Share {
                share: count as f64 / self.calls.max(1) as f64,
                low,
                high,
            }
        };
        Figures {
            calls: self.calls,
            ordered: share(self.ordered),
            wrong: self.wrong,
            wrong_address: self.wrong_address,
            wrong_day: self.wrong_day,
            wrong_share: share(self.wrong),
            transferred: share(self.transferred),
            abandoned: share(self.abandoned),
            confirmations_per_order: self.asked.mean(),
            by_key: self.by_key as f64 / self.asked.sum.max(1.0),
            said_back_per_order: self.said_back as f64 / self.ordered.max(1) as f64,
            turns: self.turns.mean(),
            seconds: self.seconds.mean(),
            wrong_seeds: self.wrong_seeds.clone(),
        }
    }
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.n += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    fn join(&mut self, other: Self) {
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    fn mean(self) -> Mean {
        let n = self.n.max(1.0);
        let mean = self.sum / n;
        let variance = (self.squares / n - mean * mean).max(0.0);
        let half = Z_95 * (variance / n).sqrt();
        Mean {
            mean,
            low: mean - half,
            high: mean + half,
        }
    }
}

/// The most wrong orders in 100,000 that so many calls without one leave possible (95 %).
pub(super) fn most_wrong_of_none(calls: usize) -> f64 {
    let [_, high] = wilson(0, calls);
    high * PER
}

impl Figures {
    /// Wrong orders in 100,000 calls, at most (95 %).
    pub(super) fn most_wrong(&self) -> f64 {
        self.wrong_share.high * PER
    }

    pub(super) fn print(&self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        let percent = |share: Share| {
            format!(
                "{:.2} % ({:.2} to {:.2})",
                share.share * 100.0,
                share.low * 100.0,
                share.high * 100.0
            )
        };
        let mean = |mean: Mean| format!("{:.2} ({:.2} to {:.2})", mean.mean, mean.low, mean.high);
        let per_100_000 = self.most_wrong();
        writeln!(out, "calls                    {}", self.calls)?;
        writeln!(out, "with an order            {}", percent(self.ordered))?;
        writeln!(
            out,
            "wrong orders             {} (95 %: at most {per_100_000:.1} in 100,000)",
            self.wrong
        )?;
        writeln!(out, "  to a wrong address     {}", self.wrong_address)?;
        writeln!(out, "  on a wrong day         {}", self.wrong_day)?;
        writeln!(
            out,
            "confirmations an order   {}",
            mean(self.confirmations_per_order)
        )?;
        writeln!(out, "  of these by key        {:.1} %", self.by_key * 100.0)?;
        writeln!(
            out,
            "  said back, not asked   {:.3} an order",
            self.said_back_per_order
        )?;
        writeln!(out, "to a human               {}", percent(self.transferred))?;
        writeln!(out, "caller gave up           {}", percent(self.abandoned))?;
        writeln!(out, "turns                    {}", mean(self.turns))?;
        writeln!(out, "seconds                  {}", mean(self.seconds))?;
        if !self.wrong_seeds.is_empty() {
            let seeds: Vec<String> = self.wrong_seeds.iter().map(u64::to_string).collect();
            writeln!(
                out,
                "wrong in                 {} (--calls 1 --seed N --tell shows one)",
                seeds.join(", ")
            )?;
        }
        Ok(())
    }
}

const Z_95: f64 = 1.959_964;
const PER: f64 = 100_000.0;
const SEEDS_NOTED: usize = 8;
