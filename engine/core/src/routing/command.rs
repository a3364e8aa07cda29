//! What a call tells the router, and what the router answers.

use crate::ids::AssignmentId;
use crate::routing::agent::Agent;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteCommand {
    /// A human is needed. `promise_ms` counts from now: by then the caller is with an agent or overflow is taken.
    Request { skill: String, promise_ms: u32 },
    /// How the attempt with the assigned agent went.
    Report {
        assignment: AssignmentId,
        result: AttemptResult,
    },
    /// The caller is gone or has changed their mind.
    Withdraw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptResult {
    /// The agent has picked up and hears who is calling; `Connected` or `NoAnswer` follows.
    Answered,
    /// Agent and caller talk; the agent is busy until `Ended`.
    Connected,
    /// Rang out, refused or unreachable: try the next one, and leave this agent alone for a while.
    NoAnswer,
    /// The conversation with the agent is over.
    Ended,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assigned {
    Agent {
        assignment: AssignmentId,
        agent: Agent,
        ring_ms: u32,
    },
    /// Nobody within the promise: take the overflow (callback or ticket), aloud.
    NobodyFree,
}
