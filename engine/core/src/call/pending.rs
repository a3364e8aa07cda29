//! Outside work under way, each piece with its deadline.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::conversation::action::{Action, ActionError};
use crate::ids::{EffectId, IdempotencyKey};

/// Actions whose result has not come back.
#[derive(Debug, Default)]
pub(super) struct Pending {
    actions: BTreeMap<EffectId, (Instant, Commits)>,
    /// Keys of the orders being placed.
    keys: BTreeMap<EffectId, IdempotencyKey>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Commits {
    Nothing,
    /// It may have happened although no answer came.
    Perhaps,
}

impl Pending {
    pub(super) fn add(&mut self, effect: EffectId, action: &Action, deadline: Instant) {
        let commits = if action.is_read_only() {
            Commits::Nothing
        } else {
            Commits::Perhaps
        };
        self.actions.insert(effect, (deadline, commits));
        if let Action::PlaceOrder { key, .. } = action {
            self.keys.insert(effect, key.clone());
        }
    }

    /// The key under which an order was sent.
    pub(super) fn take_key(&mut self, effect: EffectId) -> Option<IdempotencyKey> {
        self.keys.remove(&effect)
    }

    /// True while something that changes the world outside is under way.
    pub(super) fn commits_under_way(&self) -> bool {
        self.actions
            .values()
            .any(|(_, commits)| *commits == Commits::Perhaps)
    }

    /// True if the effect was still awaited; a result that comes after its deadline is not.
    pub(super) fn done(&mut self, effect: EffectId) -> bool {
        self.actions.remove(&effect).is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.actions.values().map(|(deadline, _)| *deadline).min()
    }

    /// Takes one effect whose deadline has passed, with the error that stands for its result.
    pub(super) fn expired(&mut self, now: Instant) -> Option<(EffectId, ActionError)> {
        let (effect, commits) = self
            .actions
            .iter()
            .find(|(_, (deadline, _))| *deadline <= now)
            .map(|(effect, (_, commits))| (*effect, *commits))?;
        self.actions.remove(&effect);
        let why = "no answer within the deadline".to_owned();
        let error = match commits {
            Commits::Nothing => ActionError::Unavailable(why),
            Commits::Perhaps => ActionError::Unknown(why),
        };
        Some((effect, error))
    }
}
