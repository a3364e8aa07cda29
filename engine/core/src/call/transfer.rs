//! Finding a human and handing the call over: ask the router, ring the agent, whisper, join; when
//! nobody answers the next agent, when nobody is left within the promise the overflow.
//!
//! Bridged transfer follows RFC 5589 §6 in spirit (the far end notices nothing until it hears a
//! human); blind transfer by REFER is RFC 3515.

use crate::call::output::LegCommand;
use crate::conversation::event::{HandOver, TransferResult};
use crate::ids::AssignmentId;
use crate::routing::agent::{Agent, TransferMethod};
use crate::routing::command::{Assigned, AttemptResult, RouteCommand};

/// The state of one hand-over. `Idle` before the first; a call may try more than once.
#[derive(Debug, Default)]
pub(super) enum Transfer {
    #[default]
    Idle,
    /// The router looks for an agent.
    Asking { hand_over: HandOver },
    /// The agent's phone rings.
    Ringing {
        hand_over: HandOver,
        assignment: AssignmentId,
        agent: Agent,
    },
    /// The agent has answered and hears who is calling and why.
    Whispering {
        hand_over: HandOver,
        assignment: AssignmentId,
        agent: Agent,
    },
    /// Agent and caller talk.
    Joined { assignment: AssignmentId, agent: Agent },
    /// The caller's side was asked to call the agent itself.
    Referring {
        hand_over: HandOver,
        assignment: AssignmentId,
        agent: Agent,
    },
}

/// What must be done next. The call carries it out in order.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    Route(RouteCommand),
    Agent(LegCommand),
    /// Ask the caller's side to call the agent itself, and give it so long.
    Refer {
        to: String,
        ring_ms: u32,
    },
    /// Say this to the agent only.
    Whisper(String),
    /// Let agent and caller hear each other.
    Join,
    /// Tell the conversation.
    Tell(TransferResult),
    /// The human conversation is over: so is the call.
    End {
        by: String,
    },
}

impl Transfer {
    pub(super) fn request(&mut self, hand_over: HandOver, promise_ms: u32) -> Vec<Step> {
        if !matches!(self, Self::Idle) {
            return Vec::new();
        }
        let request = RouteCommand::Request {
            skill: hand_over.skill.clone(),
            promise_ms,
        };
        *self = Self::Asking { hand_over };
        vec![Step::Route(request)]
    }

    pub(super) fn assigned(&mut self, assigned: Assigned) -> Vec<Step> {
        let hand_over = match std::mem::take(self) {
            Self::Asking { hand_over } => hand_over,
            other @ (Self::Idle
            | Self::Ringing { .. }
            | Self::Whispering { .. }
            | Self::Joined { .. }
            | Self::Referring { .. }) => {
                *self = other;
                return Vec::new();
            }
        };
        match assigned {
            Assigned::NobodyFree => vec![Step::Tell(TransferResult::NobodyFree)],
            Assigned::Agent {
                assignment,
                agent,
                ring_ms,
            } => {
                let uri = agent.uri.clone();
                match agent.method {
                    TransferMethod::Bridge => {
                        *self = Self::Ringing {
                            hand_over,
                            assignment,
                            agent,
                        };
                        vec![Step::Agent(LegCommand::Dial { uri, ring_ms })]
                    }
                    TransferMethod::Refer => {
                        *self = Self::Referring {
                            hand_over,
                            assignment,
                            agent,
                        };
                        vec![Step::Refer { to: uri, ring_ms }]
                    }
                }
            }
        }
    }

    pub(super) fn agent_up(&mut self) -> Vec<Step> {
        match std::mem::take(self) {
            Self::Ringing {
                hand_over,
                assignment,
                agent,
            } => {
                let summary = hand_over.summary.clone();
                *self = Self::Whispering {
                    hand_over,
                    assignment,
                    agent,
                };
                let answered = RouteCommand::Report {
                    assignment,
                    result: AttemptResult::Answered,
                };
                vec![Step::Route(answered), Step::Whisper(summary)]
            }
            other @ (Self::Idle
            | Self::Asking { .. }
            | Self::Whispering { .. }
            | Self::Joined { .. }
            | Self::Referring { .. }) => {
                *self = other;
                Vec::new()
            }
        }
    }

    pub(super) fn whispered(&mut self) -> Vec<Step> {
        match std::mem::take(self) {
            Self::Whispering {
                assignment, agent, ..
            } => {
                *self = Self::Joined { assignment, agent };
                let report = RouteCommand::Report {
                    assignment,
                    result: AttemptResult::Connected,
                };
                vec![
                    Step::Join,
                    Step::Route(report),
                    Step::Tell(TransferResult::Connected),
                ]
            }
            other @ (Self::Idle
            | Self::Asking { .. }
            | Self::Ringing { .. }
            | Self::Joined { .. }
            | Self::Referring { .. }) => {
                *self = other;
                Vec::new()
            }
        }
    }

    /// The agent did not answer, refused, or hung up; what it means depends on how far things were.
    pub(super) fn agent_gone(&mut self) -> Vec<Step> {
        match std::mem::take(self) {
            Self::Ringing {
                hand_over,
                assignment,
                ..
            }
            | Self::Whispering {
                hand_over,
                assignment,
                ..
            } => {
                *self = Self::Asking { hand_over };
                vec![Step::Route(no_answer(assignment))]
            }
            Self::Joined { assignment, agent } => {
                vec![
                    Step::Route(ended(assignment)),
                    Step::End {
                        by: format!("agent {} hung up", agent.id),
                    },
                ]
            }
            other @ (Self::Idle | Self::Asking { .. } | Self::Referring { .. }) => {
                *self = other;
                Vec::new()
            }
        }
    }

    /// Progress of a REFER: 1xx wait, 2xx done, else the next agent.
    pub(super) fn refer_progress(&mut self, status: u16) -> Vec<Step> {
        match std::mem::take(self) {
            Self::Referring {
                assignment, agent, ..
            } if (200..300).contains(&status) => {
                let connected = RouteCommand::Report {
                    assignment,
                    result: AttemptResult::Connected,
                };
                let by = format!("transferred to {} by REFER", agent.id);
                vec![
                    Step::Route(connected),
                    Step::Route(ended(assignment)),
                    Step::Tell(TransferResult::Connected),
                    Step::End { by },
                ]
            }
            Self::Referring {
                hand_over,
                assignment,
                ..
            } if status >= 300 => {
                *self = Self::Asking { hand_over };
                vec![Step::Route(no_answer(assignment))]
            }
            other @ (Self::Idle
            | Self::Asking { .. }
            | Self::Ringing { .. }
            | Self::Whispering { .. }
            | Self::Joined { .. }
            | Self::Referring { .. }) => {
                *self = other;
                Vec::new()
            }
        }
    }

    /// The caller is gone: whoever was being found for them is let go.
    pub(super) fn caller_gone(&mut self) -> Vec<Step> {
        let hangup = || {
            Step::Agent(LegCommand::Hangup {
                cause: "the caller hung up".into(),
            })
        };
        match std::mem::take(self) {
            Self::Idle => Vec::new(),
            Self::Asking { .. } => vec![Step::Route(RouteCommand::Withdraw)],
            Self::Ringing { .. } | Self::Whispering { .. } => {
                vec![hangup(), Step::Route(RouteCommand::Withdraw)]
            }
            Self::Joined { assignment, .. } => vec![hangup(), Step::Route(ended(assignment))],
            Self::Referring { .. } => vec![Step::Route(RouteCommand::Withdraw)],
        }
    }

    /// True while the far end of a REFER owes us its outcome.
    pub(super) fn is_referring(&self) -> bool {
        matches!(self, Self::Referring { .. })
    }

    /// True once agent and caller hear each other.
    pub(super) fn is_joined(&self) -> bool {
        matches!(self, Self::Joined { .. })
    }

    /// True while the caller waits for a human and nobody talks to them.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(
            self,
            Self::Asking { .. } | Self::Ringing { .. } | Self::Whispering { .. } | Self::Referring { .. }
        )
    }
}

fn no_answer(assignment: AssignmentId) -> RouteCommand {
    RouteCommand::Report {
        assignment,
        result: AttemptResult::NoAnswer,
    }
}

fn ended(assignment: AssignmentId) -> RouteCommand {
    RouteCommand::Report {
        assignment,
        result: AttemptResult::Ended,
    }
}

#[cfg(test)]
mod tests {
    use super::{Step, Transfer};
    use crate::call::output::LegCommand;
    use crate::conversation::event::{HandOver, TransferResult};
    use crate::ids::{AgentId, AssignmentId};
    use crate::routing::agent::{Agent, TransferMethod};
    use crate::routing::command::{Assigned, AttemptResult, RouteCommand};

    fn asked() -> Transfer {
        let mut transfer = Transfer::default();
        let hand_over = HandOver {
            reason: "asked".into(),
            skill: "sales".into(),
            summary: "wants beans".into(),
        };
        let steps = transfer.request(hand_over, 30_000);
        let request = RouteCommand::Request {
            skill: "sales".into(),
            promise_ms: 30_000,
        };
        assert_eq!(steps, [Step::Route(request)]);
        transfer
    }

    fn agent(method: TransferMethod) -> Assigned {
        let agent = Agent {
            id: AgentId::new("anna"),
            uri: "sip:anna@127.0.0.1".into(),
            skills: vec!["sales".into()],
            method,
        };
        Assigned::Agent {
            assignment: AssignmentId(1),
            agent,
            ring_ms: 15_000,
        }
    }

    fn report(result: AttemptResult) -> Step {
        Step::Route(RouteCommand::Report {
            assignment: AssignmentId(1),
            result,
        })
    }

    #[test]
    fn an_agent_answers_hears_the_summary_and_is_joined() {
        let mut transfer = asked();
        let dial = LegCommand::Dial {
            uri: "sip:anna@127.0.0.1".into(),
            ring_ms: 15_000,
        };
        assert_eq!(
            transfer.assigned(agent(TransferMethod::Bridge)),
            [Step::Agent(dial)]
        );
        assert_eq!(
            transfer.agent_up(),
            [
                report(AttemptResult::Answered),
                Step::Whisper("wants beans".into())
            ]
        );
        assert!(!transfer.is_joined(), "the caller must not hear the whisper");
        let connected = report(AttemptResult::Connected);
        assert_eq!(
            transfer.whispered(),
            [Step::Join, connected, Step::Tell(TransferResult::Connected)]
        );
        let end = Step::End {
            by: "agent anna hung up".into(),
        };
        assert_eq!(transfer.agent_gone(), [report(AttemptResult::Ended), end]);
    }

    #[test]
    fn no_answer_asks_for_the_next_agent_and_keeps_the_summary() {
        let mut transfer = asked();
        transfer.assigned(agent(TransferMethod::Bridge));
        assert_eq!(transfer.agent_gone(), [report(AttemptResult::NoAnswer)]);
        transfer.assigned(agent(TransferMethod::Bridge));
        assert_eq!(
            transfer.agent_up(),
            [
                report(AttemptResult::Answered),
                Step::Whisper("wants beans".into())
            ]
        );
        assert_eq!(transfer.agent_gone(), [report(AttemptResult::NoAnswer)]);
        assert_eq!(
            transfer.assigned(Assigned::NobodyFree),
            [Step::Tell(TransferResult::NobodyFree)]
        );
        assert!(matches!(transfer, Transfer::Idle));
    }

    #[test]
    fn a_refer_is_done_only_when_the_far_end_says_so() {
        let mut transfer = asked();
        transfer.assigned(agent(TransferMethod::Refer));
        assert_eq!(transfer.refer_progress(100), []);
        assert!(transfer.is_waiting());
        assert_eq!(transfer.refer_progress(486), [report(AttemptResult::NoAnswer)]);
        transfer.assigned(agent(TransferMethod::Refer));
        assert!(
            transfer
                .refer_progress(200)
                .contains(&Step::Tell(TransferResult::Connected))
        );
    }

    #[test]
    fn a_caller_who_leaves_frees_whoever_was_found() {
        let mut transfer = asked();
        assert_eq!(transfer.caller_gone(), [Step::Route(RouteCommand::Withdraw)]);
        let mut transfer = asked();
        transfer.assigned(agent(TransferMethod::Bridge));
        transfer.agent_up();
        transfer.whispered();
        assert!(transfer.caller_gone().contains(&report(AttemptResult::Ended)));
    }
}
