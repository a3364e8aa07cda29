//! Carries out the steps of a transfer.

use std::time::{Duration, Instant};

use crate::call::input::LegEvent;
use crate::call::leg::Leg;
use crate::call::output::{LegCommand, Output};
use crate::call::speaker::StoppedBy;
use crate::call::talk::note;
use crate::call::transfer::Step;
use crate::call::{COMFORT_EVERY, Call, Phase, Wake};
use crate::conversation::event::{BargeIn, Event, HandOver, Speech};
use crate::ids::LegId;
use crate::limits::BRIDGED_MAX;

/// How much longer than its ring time an agent's phone may take to say that nobody answered.
const RING_GRACE: Duration = Duration::from_secs(2);

/// What stands for a REFER whose outcome nobody reported (RFC 3261 §21.4.9).
const REQUEST_TIMEOUT: u16 = 408;

impl Call {
    pub(super) fn request_human(&mut self, now: Instant, hand_over: HandOver) {
        self.listener.stop();
        self.question = None;
        let promise = self.site.limits.transfer_promise;
        let promise_ms = u32::try_from(promise.as_millis()).unwrap_or(u32::MAX);
        let steps = self.transfer.request(hand_over, promise_ms);
        self.hand_over(now, steps);
        self.timers.set(Wake::Comfort, now + COMFORT_EVERY);
    }

    pub(super) fn hand_over(&mut self, now: Instant, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Route(command) => self.emit(Output::Route(command)),
                Step::Agent(command) => self.command_agent(now, command),
                Step::Refer { to, ring_ms } => self.refer(now, to, ring_ms),
                Step::Whisper(summary) => self.whisper(summary),
                Step::Join => self.join(now),
                Step::Tell(result) => {
                    self.timers.cancel(Wake::Comfort);
                    self.tell(now, Event::Transfer(result));
                }
                Step::End { by } => self.hang_up(now, &by),
            }
        }
    }

    pub(super) fn agent_event(&mut self, now: Instant, event: LegEvent) {
        match event {
            LegEvent::Up(media) => {
                self.timers.cancel(Wake::Ring);
                self.agent = Some(Leg::new(media));
                let steps = self.transfer.agent_up();
                self.hand_over(now, steps);
            }
            LegEvent::Direction(direction) => {
                if let Some(leg) = &mut self.agent {
                    leg.set_direction(direction);
                }
            }
            LegEvent::Failed { status } => {
                self.log.note(note(
                    "handover",
                    "no answer",
                    &format!("the agent's phone gave {status}"),
                ));
                self.agent_gone(now);
            }
            LegEvent::HungUp { .. } => self.agent_gone(now),
            LegEvent::Ringing | LegEvent::Key(_) | LegEvent::ReferProgress { .. } => {}
        }
    }

    /// How a REFER goes (RFC 3515 §2.4.5).
    pub(super) fn refer_progress(&mut self, now: Instant, status: u16) {
        if status >= 200 {
            self.timers.cancel(Wake::Ring);
        }
        let steps = self.transfer.refer_progress(status);
        self.hand_over(now, steps);
    }

    /// The agent's phone should have stopped ringing by itself: stop it. A far end that took a REFER
    /// should have said what came of it: not all do, and the promise counts.
    pub(super) fn ring_timeout(&mut self, now: Instant) {
        if self.transfer.is_referring() {
            self.refer_progress(now, REQUEST_TIMEOUT);
            return;
        }
        let command = LegCommand::Hangup {
            cause: "no answer".into(),
        };
        self.emit(Output::Leg {
            leg: LegId::Agent,
            command,
        });
        self.agent_gone(now);
    }

    /// The whisper has been heard: join.
    pub(super) fn after_whisper(&mut self, now: Instant) {
        if self.agent.is_some() && self.whisperer.is_idle() {
            let steps = self.transfer.whispered();
            self.hand_over(now, steps);
        }
    }

    /// While nobody talks to the caller, now and then a sign that the line lives.
    pub(super) fn comfort(&mut self, now: Instant) {
        if !self.transfer.is_waiting() || self.phase != Phase::Talking {
            return;
        }
        if self.speaker.is_idle() {
            self.still_waiting(now);
        }
        self.timers.set(Wake::Comfort, now + COMFORT_EVERY);
    }

    /// Lets go of the router and the agent, because the caller is gone.
    pub(super) fn abandon_transfer(&mut self, now: Instant) {
        self.timers.cancel(Wake::Comfort);
        self.timers.cancel(Wake::Ring);
        let steps = self.transfer.caller_gone();
        self.hand_over(now, steps);
    }

    fn refer(&mut self, now: Instant, to: String, ring_ms: u32) {
        self.ring_until(now, ring_ms);
        self.emit(Output::Leg {
            leg: LegId::Caller,
            command: LegCommand::Refer { to },
        });
    }

    fn ring_until(&mut self, now: Instant, ring_ms: u32) {
        let ring = Duration::from_millis(u64::from(ring_ms));
        self.timers.set(Wake::Ring, now + ring + RING_GRACE);
    }

    fn command_agent(&mut self, now: Instant, command: LegCommand) {
        match &command {
            LegCommand::Dial { ring_ms, .. } => self.ring_until(now, *ring_ms),
            LegCommand::Hangup { .. } => self.agent = None,
            LegCommand::Refer { .. } => {}
        }
        self.emit(Output::Leg {
            leg: LegId::Agent,
            command,
        });
    }

    fn whisper(&mut self, text: String) {
        let prompt = "handover.whisper".to_owned();
        let speech = Speech {
            prompt,
            text,
            barge_in: BargeIn::Protected,
            fixed: false,
        };
        let effect = self.render(&speech);
        self.whisperer.say(effect, speech);
    }

    fn join(&mut self, now: Instant) {
        // Two people talk now, for as long as they like within reason.
        self.timers.set(Wake::CallMax, now + BRIDGED_MAX);
        self.speaker.stop(StoppedBy::Key);
        self.listener.stop();
        self.timers.cancel(Wake::DeadAir);
    }

    fn agent_gone(&mut self, now: Instant) {
        self.timers.cancel(Wake::Ring);
        self.agent = None;
        self.whisperer.stop(StoppedBy::Key);
        let steps = self.transfer.agent_gone();
        self.hand_over(now, steps);
    }
}
