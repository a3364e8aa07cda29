//! From turns to figures.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::eval::score::wilson;
use crate::eval::turns::clips::Group;
use crate::eval::turns::play::Turn;

/// Counts of one group under one rule.
#[derive(Debug)]
pub(super) struct Tally {
    group: Group,
    rule: String,
    missed: usize,
    cut_off: usize,
    delays_ms: Vec<u32>,
    reasons: BTreeMap<String, usize>,
}

/// One point of a curve.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) group: &'static str,
    /// "ours", or "fixed 500": milliseconds of silence.
    pub(super) rule: String,
    pub(super) n: usize,
    /// Recordings in which nobody was heard, or no end was found.
    pub(super) missed: usize,
    /// Turns ended before the speaker had.
    pub(super) cut_off: f64,
    /// Wilson's interval at 95 %.
    pub(super) cut_off_95: [f64; 2],
    /// Milliseconds from the true end of speech to the end of the turn, of the turns not cut off.
    pub(super) p50_ms: u32,
    pub(super) p95_ms: u32,
    pub(super) max_ms: u32,
    /// Ends by reason; a cut-off is marked.
    pub(super) reasons: BTreeMap<String, usize>,
}

impl Tally {
    pub(super) const fn new(group: Group, rule: String) -> Self {
        Self {
            group,
            rule,
            missed: 0,
            cut_off: 0,
            delays_ms: Vec::new(),
            reasons: BTreeMap::new(),
        }
    }

    pub(super) fn count(&mut self, speech_end_ms: u32, turn: &Turn) {
        let Some(cut_ms) = turn.cut_ms else {
            self.missed += 1;
            return;
        };
        let early = cut_ms < speech_end_ms;
        if early {
            self.cut_off += 1;
        } else {
            self.delays_ms.push(cut_ms - speech_end_ms);
        }
        let mark = if early { " (cut off)" } else { "" };
        *self.reasons.entry(format!("{}{mark}", turn.reason)).or_default() += 1;
    }

    /// `None` when there was nothing to count.
    pub(super) fn figures(&self) -> Option<Figures> {
        let n = self.missed + self.cut_off + self.delays_ms.len();
        if n == 0 {
            return None;
        }
        let mut sorted = self.delays_ms.clone();
        sorted.sort_unstable();
        let part = |percent: usize| {
            let last = sorted.len().saturating_sub(1);
            sorted
                .get((last * percent).div_ceil(100))
                .copied()
                .unwrap_or_default()
        };
        Some(Figures {
            group: self.group.name(),
            rule: self.rule.clone(),
            n,
            missed: self.missed,
            cut_off: self.cut_off as f64 / n as f64,
            cut_off_95: wilson(self.cut_off, n),
            p50_ms: part(50),
            p95_ms: part(95),
            max_ms: part(100),
            reasons: if self.rule == "ours" {
                self.reasons.clone()
            } else {
                BTreeMap::new()
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_ends_are_cut_offs_and_late_ones_delays() {
        let mut tally = Tally::new(Group::YesNo, "ours".to_owned());
        let turn = |cut_ms| Turn {
            cut_ms,
            reason: "why".to_owned(),
            ..Turn::default()
        };
        for cut_ms in [Some(900), Some(1_200), Some(1_300), None] {
            tally.count(1_000, &turn(cut_ms));
        }
        let figures = tally.figures().unwrap();
        assert_eq!((figures.n, figures.missed, figures.cut_off), (4, 1, 0.25));
        assert_eq!((figures.p50_ms, figures.p95_ms), (300, 300));
        assert_eq!(figures.reasons.get("why (cut off)"), Some(&1));
    }
}
