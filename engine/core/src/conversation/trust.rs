//! How well a task's ground was heard: the least sure of what it rests on, whether the recognisers differed
//! about any of it, and how often this call has misunderstood. The confirmation policy weighs it.

use crate::conversation::machine::Conversation;
use crate::conversation::policy::Hearing;
use crate::nlu::decision::{Answer, Decision};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Trust {
    sure: f32,
    disputed: bool,
    /// In the whole call: a bad line stays one when the task changes.
    failures: u32,
}

impl Default for Trust {
    fn default() -> Self {
        Self {
            sure: 1.0,
            disputed: false,
            failures: 0,
        }
    }
}

impl Trust {
    /// A task begins with what was just heard.
    pub(crate) fn begin(&mut self, heard: &Decision) {
        (self.sure, self.disputed) = (1.0, false);
        self.add(heard);
    }

    /// The task rests on this too.
    pub(crate) fn add(&mut self, heard: &Decision) {
        // Nothing heard, nothing misheard: a dialled number leads to a flow without a word.
        if !heard.decided_by.is_empty() {
            self.sure = self.sure.min(heard.sure_of_values().get());
            self.disputed |= heard.disputed;
        }
    }

    /// Back at a task that was left, with what it rested on.
    pub(crate) const fn resume(&mut self, left: Self) {
        (self.sure, self.disputed) = (left.sure, left.disputed);
    }

    pub(crate) const fn hearing(self) -> Hearing {
        Hearing {
            sure: self.sure,
            disputed: self.disputed,
            failures: self.failures,
        }
    }
}

impl Conversation {
    pub(crate) const fn hearing(&self) -> Hearing {
        self.trust.hearing()
    }

    /// What the task rests on has grown by this.
    pub(crate) fn weigh(&mut self, heard: &Decision) {
        self.trust.add(heard);
    }

    /// The draft rests on this correction too. "Make it two" is a change of mind; with a no in it, Hark had
    /// got it wrong.
    pub(crate) fn corrected(&mut self, correction: &Decision) {
        if correction.answer == Some(Answer::No) {
            self.misunderstood();
        }
        self.weigh(correction);
    }

    /// Hark has not understood, or has read back something wrong.
    pub(crate) const fn misunderstood(&mut self) {
        self.trust.failures = self.trust.failures.saturating_add(1);
    }
}
