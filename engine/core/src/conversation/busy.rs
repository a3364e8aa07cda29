//! What the caller says while no question is open: the shop is being asked, and a clerk would still
//! hear "stop" or "a person, please". Heeded at once while nothing has been sent; after that, when the
//! answer is there, and truthfully.

use crate::conversation::confirm::MIN_YES_CONFIDENCE;
use crate::conversation::flow::{Command, FlowIndex, Query};
use crate::conversation::machine::{Conversation, State};
use crate::conversation::work::Work;
use crate::nlu::decision::Decision;
use crate::nlu::wording::says_one_of;

/// What the caller wanted while their order was on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// "No, stop!": too late, and they are told so.
    Stop,
    /// A person, or to end: as soon as the order's fate is known.
    Go(FlowIndex),
}

/// What can still be done about what is under way.
enum Stage {
    /// Only looking: can be dropped.
    Looking,
    /// It may have happened already.
    Sent,
    /// Neither: a callback is being noted, or a human is being looked for.
    Other,
}

impl Conversation {
    /// Words that come while no question is open.
    pub(crate) fn heard_while_busy(&mut self, decision: &Decision) {
        let command = self
            .command_in(decision)
            .filter(|_| decision.confidence.get() >= MIN_YES_CONFIDENCE);
        match (self.stage(), command) {
            (Stage::Looking, Some(command @ (Command::Cancel | Command::Flow(_)))) => {
                self.obey(command, decision);
                self.run();
            }
            (Stage::Sent, Some(Command::Flow(flow))) => self.wish_for(Wish::Go(flow), decision),
            (Stage::Sent, command) if command == Some(Command::Cancel) || says_stop(&decision.text) => {
                self.wish_for(Wish::Stop, decision);
            }
            (Stage::Looking | Stage::Sent | Stage::Other, _) => self.note(
                "overheard",
                &format!("\"{}\", while no question was open", decision.text),
            ),
        }
    }

    fn stage(&self) -> Stage {
        match &self.state {
            State::Working {
                work: Work::Commit { .. },
                ..
            } => Stage::Sent,
            // Nobody wants a callback dropped that was promised.
            State::Working {
                work:
                    Work::Query {
                        query: Query::RequestCallback,
                        ..
                    },
                ..
            } => Stage::Other,
            State::Working {
                work: Work::Query { .. },
                ..
            } => Stage::Looking,
            State::Running | State::Listening(_) | State::Transferring { .. } | State::Ended => Stage::Other,
        }
    }

    /// Whether what is under way has been sent, or promised: its answer must not be missed.
    pub(crate) fn must_wait(&self) -> bool {
        match self.stage() {
            Stage::Sent => true,
            Stage::Other => matches!(self.state, State::Working { .. }),
            Stage::Looking => false,
        }
    }

    fn wish_for(&mut self, wish: Wish, decision: &Decision) {
        self.note(
            "too_late",
            &format!("\"{}\", after the order had gone out", decision.text),
        );
        // A wish for a person outlives a "stop" before or after it: the person can help with both.
        if !matches!((self.wish, wish), (Some(Wish::Go(_)), Wish::Stop)) {
            self.wish = Some(wish);
        }
    }

    /// The order's fate is known: whoever wanted to stop it hears how that stands.
    pub(crate) fn tell_too_late(&mut self, branch: &str) {
        if self.wish == Some(Wish::Stop) {
            self.wish = None;
            match branch {
                "placed" | "unknown" => self.say(TOO_LATE),
                "made" => self.say(TOO_LATE_MADE),
                _ => {}
            }
        }
    }

    /// Before a question is asked: what the caller wanted meanwhile goes first.
    pub(crate) fn take_wish(&mut self) -> bool {
        match self.wish.take() {
            Some(Wish::Go(flow)) => {
                self.command_flow(flow);
                true
            }
            Some(Wish::Stop) | None => false,
        }
    }
}

/// "wait", "hold on", "no, don't": no intents, but plain enough.
fn says_stop(text: &str) -> bool {
    says_one_of(text, STOPS)
}

const STOPS: &[&str] = &["wait", "stop", "hold on", "cancel", "don't", "do not"];
const TOO_LATE: &str = "common.too_late";
const TOO_LATE_MADE: &str = "common.too_late_made";

/// Prompts said here: they must exist whatever the flows say.
pub(crate) const OWN_PROMPTS: &[&str] = &[TOO_LATE, TOO_LATE_MADE];
