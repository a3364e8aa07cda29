//! The policy's tables: what mistakes cost, what makes doubt, and which row takes which risk.

use super::choice::{Part, part};
use super::{Hearing, How};
use crate::units::Money;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) name: String,
    /// From this risk on.
    pub(super) risk: f32,
    pub(super) how: How,
    pub(super) yes: f32,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct CostTable {
    pub(super) order: f32,
    pub(super) value: f32,
    pub(super) value_full: i64,
    pub(super) reservation: f32,
    pub(super) change: f32,
    pub(super) pickup: f32,
    pub(super) new: f32,
    pub(super) elsewhere: f32,
    pub(super) lookup: f32,
    pub(super) readback: f32,
}

impl CostTable {
    /// How much of `value` a total counts for.
    pub(super) fn share_of(&self, total: Money) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "a share needs no cents")]
        let share = total.minor.max(0) as f32 / self.value_full.max(1) as f32;
        share.min(1.0)
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct DoubtTable {
    pub(super) disputed: f32,
    pub(super) failure: f32,
}

impl DoubtTable {
    pub(super) fn parts(&self, hearing: Hearing) -> Vec<Part> {
        let mut parts = vec![part("heard", (1.0 - hearing.sure).clamp(0.0, 1.0))];
        if hearing.disputed {
            parts.push(part("disputed", self.disputed));
        }
        if hearing.failures > 0 {
            #[expect(clippy::cast_precision_loss, reason = "a handful")]
            let failures = self.failure * hearing.failures.min(FAILURES_COUNTED) as f32;
            parts.push(part("failures", failures));
        }
        parts
    }
}

/// What holds where a key was asked for and none can come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Keyless {
    /// Up to this risk two yeses will do, or one of `alone`; above, a human helps.
    pub(super) risk: f32,
    /// How sure of each, or of both together as much.
    pub(super) yes: f32,
    /// And of either, at the least.
    pub(super) least: f32,
    /// Of a plain one, so that no second is needed.
    pub(super) alone: f32,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Patience {
    pub(super) readbacks: u32,
    /// Silence that lets stand what was said back, in milliseconds.
    pub(super) objection_ms: u32,
}

/// Beyond this many misunderstandings more do not add doubt.
const FAILURES_COUNTED: u32 = 10;
