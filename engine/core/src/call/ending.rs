//! How a call ends: last words, hang-up, and exactly one record.

use std::time::{Duration, Instant};

use crate::call::leg::Leg;
use crate::call::output::{LegCommand, Output};
use crate::call::record::{CallRecord, Versions};
use crate::call::turn::millis;
use crate::call::{Call, Phase, Wake};
use crate::conversation::event::{Event, Outcome};
use crate::ids::LegId;

/// The longest farewell; a sentence that cannot be rendered must not keep the line open.
const LAST_WORDS_MAX: Duration = Duration::from_secs(20);

impl Call {
    /// The conversation is over: finish what is being said, then hang up. While an agent talks with
    /// the caller the line stays; the outcome is kept for the record.
    pub(super) fn close(&mut self, now: Instant, outcome: Outcome) {
        self.tally.outcome = Some(outcome);
        // Not by the outcome: after an order was placed, that stays the outcome of a transferred call.
        if self.transfer.is_joined() || outcome == Outcome::Transferred || self.phase != Phase::Talking {
            return;
        }
        self.listener.stop();
        self.question = None;
        self.phase = Phase::Closing {
            by: "the conversation was over".into(),
        };
        self.timers.set(Wake::LastWords, now + LAST_WORDS_MAX);
    }

    /// We hang up, now.
    pub(super) fn hang_up(&mut self, now: Instant, by: &str) {
        let command = LegCommand::Hangup { cause: by.to_owned() };
        self.emit(Output::Leg {
            leg: LegId::Caller,
            command,
        });
        self.leave(now, by);
    }

    /// The caller has hung up, or has vanished.
    pub(super) fn caller_gone(&mut self, now: Instant, cause: &str) {
        self.leave(now, &format!("the caller: {cause}"));
    }

    /// The record waits only for an order whose fate is open.
    pub(super) fn finish_if_wrapped_up(&mut self, now: Instant) {
        if let Phase::Wrapping { by } = &self.phase
            && !self.pending.commits_under_way()
        {
            let by = by.clone();
            self.finish(now, by);
        }
    }

    fn leave(&mut self, now: Instant, by: &str) {
        if matches!(self.phase, Phase::Wrapping { .. } | Phase::Ended) {
            return;
        }
        self.phase = Phase::Wrapping { by: by.to_owned() };
        self.listener.stop();
        self.heed_listener(now);
        self.question = None;
        self.abandon_transfer(now);
        self.timers.cancel(Wake::Tick);
        self.timers.cancel(Wake::DeadAir);
        self.timers.cancel(Wake::KeysOver);
        self.tell(now, Event::HungUp);
        self.finish_if_wrapped_up(now);
    }

    fn finish(&mut self, now: Instant, ended_by: String) {
        self.close_turn();
        let record = CallRecord {
            call: self.id.clone(),
            outcome: self.tally.outcome.unwrap_or(Outcome::Abandoned),
            ended_by,
            duration_ms: millis(self.tally.answered_at, now),
            turns: self.log.count(),
            orders: std::mem::take(&mut self.tally.orders),
            barge_ins: self.tally.barge_ins,
            media: self.caller.as_ref().map(Leg::stats).unwrap_or_default(),
            talk: self.site.talk_version(),
            versions: Versions {
                policy: self.site.policy.version().to_owned(),
                understanding: self.site.understander.version().to_owned(),
                hearing: self.site.hearing.clone(),
            },
        };
        self.emit(Output::Ended(Box::new(record)));
        self.phase = Phase::Ended;
    }
}
