//! The router: who talks to whom. It keeps the promise made to each waiting caller: by its deadline
//! they are with an agent, or hear in time that nobody is free.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::ids::{AgentId, AssignmentId, CallId};
use crate::routing::agent::Agent;
use crate::routing::command::{Assigned, AttemptResult, RouteCommand};

/// How a site routes. Times are counted per attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RouterConfig {
    /// In order of preference among equally idle agents.
    pub agents: Vec<Agent>,
    /// Callers for a skill with a higher number are served first; skills not named have 0.
    pub priority: BTreeMap<String, u8>,
    /// How long an agent's phone rings.
    pub ring: Duration,
    /// How long an agent is left alone after a conversation.
    pub wrap_up: Duration,
    /// How long an agent is left alone after not answering.
    pub rest: Duration,
    /// Callers who may wait at once; the next one hears at once that nobody is free.
    pub queue_max: usize,
}

/// All agents and all waiting calls of a site. One owner; the time is an argument.
#[derive(Debug)]
pub struct Router {
    config: RouterConfig,
    desks: Vec<Desk>,
    /// In order of arrival.
    queue: Vec<Waiting>,
    next_assignment: AssignmentId,
    answers: VecDeque<(CallId, Assigned)>,
}

/// An agent and what they do.
#[derive(Debug, Clone)]
struct Desk {
    agent: Agent,
    state: DeskState,
    /// Signed in. Who signs out during a conversation gets no other one.
    present: bool,
    /// Since when they have had nothing to do; `None` before their first attempt.
    idle_since: Option<Instant>,
    /// Their latest attempt.
    last: Option<AssignmentId>,
}

/// What an agent does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskState {
    Free,
    Ringing {
        call: CallId,
        assignment: AssignmentId,
        until: Instant,
    },
    Talking {
        call: CallId,
        assignment: AssignmentId,
    },
    /// Notes after a conversation, or peace after not answering.
    NotBefore(Instant),
}

/// A caller who was promised a human.
#[derive(Debug, Clone)]
struct Waiting {
    call: CallId,
    skill: String,
    promised: Instant,
    ringing: bool,
}

impl Router {
    pub fn new(config: RouterConfig) -> Self {
        let desk = |agent: &Agent| Desk {
            agent: agent.clone(),
            state: DeskState::Free,
            present: true,
            idle_since: None,
            last: None,
        };
        Self {
            desks: config.agents.iter().map(desk).collect(),
            config,
            queue: Vec::new(),
            next_assignment: AssignmentId(1),
            answers: VecDeque::new(),
        }
    }

    /// One command of one call.
    pub fn handle(&mut self, now: Instant, call: &CallId, command: RouteCommand) {
        match command {
            RouteCommand::Request { skill, promise_ms } => self.request(now, call, skill, promise_ms),
            RouteCommand::Report { assignment, result } => self.report(now, call, assignment, result),
            RouteCommand::Withdraw => self.withdraw(now, call),
        }
        self.settle(now);
    }

    /// An agent signs in or out.
    pub fn handle_presence(&mut self, now: Instant, agent: &AgentId, present: bool) {
        for desk in self.desks.iter_mut().filter(|desk| desk.agent.id == *agent) {
            desk.present = present;
        }
        self.settle(now);
    }

    /// A deadline of [`Router::poll_timeout`] has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.settle(now);
    }

    /// The next answer, for the call named.
    pub fn poll(&mut self) -> Option<(CallId, Assigned)> {
        self.answers.pop_front()
    }

    /// When something changes by itself: a phone rings out, an agent is free again, a promise is in danger.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let desks = self.desks.iter().filter_map(|desk| match &desk.state {
            DeskState::Ringing { until, .. } => Some(*until),
            DeskState::NotBefore(until) => Some(*until),
            DeskState::Free | DeskState::Talking { .. } => None,
        });
        let callers = self
            .queue
            .iter()
            .filter(|waiting| !waiting.ringing)
            .map(Waiting::last_chance);
        desks.chain(callers).min()
    }

    /// Callers who have no agent yet.
    pub const fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Agents and what they do, in the order of the configuration.
    pub fn desks(&self) -> impl Iterator<Item = (&AgentId, &DeskState)> {
        self.desks.iter().map(|desk| (&desk.agent.id, &desk.state))
    }

    fn request(&mut self, now: Instant, call: &CallId, skill: String, promise_ms: u32) {
        if self.queue.iter().any(|waiting| waiting.call == *call) {
            return;
        }
        if self.queue.len() >= self.config.queue_max {
            self.answers.push_back((call.clone(), Assigned::NobodyFree));
            return;
        }
        let promised = now + Duration::from_millis(u64::from(promise_ms));
        self.queue.push(Waiting {
            call: call.clone(),
            skill,
            promised,
            ringing: false,
        });
    }

    fn report(&mut self, now: Instant, call: &CallId, assignment: AssignmentId, result: AttemptResult) {
        let Some(desk) = self
            .desks
            .iter_mut()
            .find(|desk| desk.state.is_on(call, assignment))
        else {
            self.report_late(call, assignment, result);
            return;
        };
        match result {
            AttemptResult::Answered => {
                let (call, until) = (call.clone(), now + WHISPER_MAX);
                desk.state = DeskState::Ringing {
                    call,
                    assignment,
                    until,
                };
            }
            AttemptResult::Connected => {
                desk.state = DeskState::Talking {
                    call: call.clone(),
                    assignment,
                };
                self.queue.retain(|waiting| waiting.call != *call);
            }
            AttemptResult::NoAnswer => {
                desk.rest(now, self.config.rest);
                self.back_in_line(call);
            }
            AttemptResult::Ended => {
                desk.rest(now, self.config.wrap_up);
                self.queue.retain(|waiting| waiting.call != *call);
            }
        }
    }

    /// A report on an attempt that was already taken back. That agent and caller talk is true all the
    /// same, so whoever else was being found is let go.
    fn report_late(&mut self, call: &CallId, assignment: AssignmentId, result: AttemptResult) {
        if result != AttemptResult::Connected {
            return;
        }
        self.queue.retain(|waiting| waiting.call != *call);
        self.answers.retain(|(to, _)| to != call);
        for desk in &mut self.desks {
            match &desk.state {
                DeskState::Ringing { call: with, .. } if with == call => desk.state = DeskState::Free,
                DeskState::Free | DeskState::NotBefore(_) if desk.last == Some(assignment) => {
                    desk.state = DeskState::Talking {
                        call: call.clone(),
                        assignment,
                    };
                }
                DeskState::Ringing { .. }
                | DeskState::Talking { .. }
                | DeskState::Free
                | DeskState::NotBefore(_) => {}
            }
        }
    }

    fn withdraw(&mut self, now: Instant, call: &CallId) {
        self.queue.retain(|waiting| waiting.call != *call);
        self.answers.retain(|(to, _)| to != call);
        for desk in &mut self.desks {
            match &desk.state {
                DeskState::Ringing { call: with, .. } if with == call => desk.state = DeskState::Free,
                DeskState::Talking { call: with, .. } if with == call => desk.rest(now, self.config.wrap_up),
                DeskState::Ringing { .. }
                | DeskState::Talking { .. }
                | DeskState::Free
                | DeskState::NotBefore(_) => {}
            }
        }
    }

    /// Brings everything up to the present: in this order, so that who has just become free can still help.
    fn settle(&mut self, now: Instant) {
        self.take_back_unanswered(now);
        self.free_the_rested(now);
        self.assign(now);
        self.overflow(now);
    }

    fn take_back_unanswered(&mut self, now: Instant) {
        let mut unanswered = Vec::new();
        for desk in &mut self.desks {
            if let DeskState::Ringing { call, until, .. } = &desk.state
                && *until <= now
            {
                unanswered.push(call.clone());
                desk.rest(now, self.config.rest);
            }
        }
        for call in unanswered {
            self.back_in_line(&call);
        }
    }

    fn free_the_rested(&mut self, now: Instant) {
        for desk in &mut self.desks {
            if matches!(desk.state, DeskState::NotBefore(until) if until <= now) {
                desk.state = DeskState::Free;
            }
        }
    }

    fn back_in_line(&mut self, call: &CallId) {
        for waiting in self.queue.iter_mut().filter(|waiting| waiting.call == *call) {
            waiting.ringing = false;
        }
    }

    /// Gives free agents to callers: higher priority first, then who came first.
    fn assign(&mut self, now: Instant) {
        let mut order: Vec<usize> = (0..self.queue.len()).collect();
        order.sort_by_key(|at| {
            let skill = self.queue.get(*at).map(|waiting| waiting.skill.as_str());
            std::cmp::Reverse(
                skill
                    .and_then(|skill| self.config.priority.get(skill))
                    .copied()
                    .unwrap_or(0),
            )
        });
        for at in order {
            let Some(waiting) = self.queue.get_mut(at) else {
                continue;
            };
            let left = waiting.promised.saturating_duration_since(now);
            if waiting.ringing || left < MIN_RING + REPORT_MARGIN {
                continue;
            }
            let Some(desk) = longest_idle(&mut self.desks, &waiting.skill) else {
                continue;
            };
            let ring = self.config.ring.min(left.saturating_sub(REPORT_MARGIN));
            let assignment = self.next_assignment;
            self.next_assignment = assignment.next();
            let until = now + ring + REPORT_MARGIN;
            desk.last = Some(assignment);
            desk.state = DeskState::Ringing {
                call: waiting.call.clone(),
                assignment,
                until,
            };
            waiting.ringing = true;
            let ring_ms = u32::try_from(ring.as_millis()).unwrap_or(u32::MAX);
            let assigned = Assigned::Agent {
                assignment,
                agent: desk.agent.clone(),
                ring_ms,
            };
            self.answers.push_back((waiting.call.clone(), assigned));
        }
    }

    /// Tells those whose promise can no longer be kept, while there is still time to offer something else.
    fn overflow(&mut self, now: Instant) {
        let desks = &self.desks;
        let answers = &mut self.answers;
        self.queue.retain(|waiting| {
            let lost = !waiting.ringing && (waiting.last_chance() <= now || is_hopeless(desks, waiting));
            if lost {
                answers.push_back((waiting.call.clone(), Assigned::NobodyFree));
            }
            !lost
        });
    }
}

impl Waiting {
    /// From then on no phone can ring long enough to be answered within the promise.
    fn last_chance(&self) -> Instant {
        self.promised
            .checked_sub(MIN_RING + REPORT_MARGIN)
            .unwrap_or(self.promised)
    }
}

impl DeskState {
    /// Whether this attempt is the agent's current one.
    pub fn is_on(&self, call: &CallId, assignment: AssignmentId) -> bool {
        match self {
            Self::Ringing {
                call: with,
                assignment: current,
                ..
            }
            | Self::Talking {
                call: with,
                assignment: current,
            } => with == call && *current == assignment,
            Self::Free | Self::NotBefore(_) => false,
        }
    }
}

impl Desk {
    fn rest(&mut self, now: Instant, time: Duration) {
        self.state = DeskState::NotBefore(now + time);
        self.idle_since = Some(now);
    }

    fn has_skill(&self, skill: &str) -> bool {
        self.agent.skills.iter().any(|has| has == skill)
    }
}

/// Who has waited longest for work; among those who have not worked yet, the first of the list.
fn longest_idle<'a>(desks: &'a mut [Desk], skill: &str) -> Option<&'a mut Desk> {
    let free = desks
        .iter_mut()
        .filter(|desk| desk.present && desk.state == DeskState::Free && desk.has_skill(skill));
    free.min_by_key(|desk| desk.idle_since)
}

/// Nobody with the skill can become free in time: better said now than after the promise. An agent who
/// talks may end any moment.
fn is_hopeless(desks: &[Desk], waiting: &Waiting) -> bool {
    desks
        .iter()
        .filter(|desk| desk.present && desk.has_skill(&waiting.skill))
        .all(|desk| match &desk.state {
            DeskState::NotBefore(until) => *until > waiting.last_chance(),
            DeskState::Free | DeskState::Ringing { .. } | DeskState::Talking { .. } => false,
        })
}

/// People need about three rings of their phone.
pub const MIN_RING: Duration = Duration::from_secs(5);

/// What a report takes to reach the router after the ring has ended. More than the grace that a call
/// gives the phone, so that the call always speaks first.
pub const REPORT_MARGIN: Duration = Duration::from_secs(3);

/// The longest that an agent listens to the summary before talking.
const WHISPER_MAX: Duration = Duration::from_secs(20);

#[cfg(test)]
#[path = "router_tests.rs"]
mod tests;
