//! Human agents with moods: they pick up after a while, do not, are busy, or hang up in the middle; the
//! router that finds them is the real one.

use std::time::{Duration, Instant};

use engine_core::ids::{AgentId, CallId};
use engine_core::routing::agent::{Agent, TransferMethod};
use engine_core::routing::command::{Assigned, RouteCommand};
use engine_core::routing::router::{Router, RouterConfig};
use rand::Rng;
use rand::rngs::StdRng;

/// What an agent's phone does when it is called.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AgentMood {
    /// Picks up after this time and talks for ten seconds.
    Answers { after_ms: u64 },
    /// Lets it ring.
    Absent,
    /// 486 at once.
    Busy,
    /// Picks up and hangs up at once.
    Rude { after_ms: u64 },
}

impl AgentMood {
    pub fn random(rng: &mut StdRng) -> Self {
        let after_ms = rng.random_range(500..11_000);
        match rng.random_range(0..4) {
            0 => Self::Absent,
            1 => Self::Busy,
            2 => Self::Rude { after_ms },
            _ => Self::Answers { after_ms },
        }
    }

    /// What the phone reports, and when.
    pub fn answer(self) -> Vec<(Duration, PhoneEvent)> {
        let ms = Duration::from_millis;
        match self {
            Self::Answers { after_ms } => {
                vec![
                    (ms(after_ms), PhoneEvent::PicksUp),
                    (ms(after_ms + 15_000), PhoneEvent::HangsUp),
                ]
            }
            Self::Absent => Vec::new(),
            Self::Busy => vec![(ms(100), PhoneEvent::Refuses)],
            Self::Rude { after_ms } => {
                vec![
                    (ms(after_ms), PhoneEvent::PicksUp),
                    (ms(after_ms + 300), PhoneEvent::HangsUp),
                ]
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneEvent {
    PicksUp,
    Refuses,
    HangsUp,
}

/// The office: the router and everybody's mood.
#[derive(Debug)]
pub struct Office {
    pub router: Router,
    moods: Vec<(String, AgentMood)>,
}

impl Office {
    /// Agents "agent-0", "agent-1", ... in these moods, all with the skill "support".
    pub fn new(moods: &[AgentMood], method: TransferMethod) -> Self {
        let agents: Vec<Agent> = (0..moods.len())
            .map(|n| Agent {
                id: AgentId::new(format!("agent-{n}")),
                uri: format!("sip:agent-{n}@10.0.0.{n}"),
                skills: vec!["support".to_owned(), "sales".to_owned()],
                method,
            })
            .collect();
        let moods = agents
            .iter()
            .map(|agent| agent.uri.clone())
            .zip(moods.iter().copied())
            .collect();
        let config = RouterConfig {
            agents,
            ring: Duration::from_secs(12),
            wrap_up: Duration::from_secs(10),
            rest: Duration::from_secs(60),
            queue_max: 10,
            ..RouterConfig::default()
        };
        Self {
            router: Router::new(config),
            moods,
        }
    }

    pub fn command(&mut self, now: Instant, call: &CallId, command: RouteCommand) {
        self.router.handle(now, call, command);
    }

    pub fn poll(&mut self) -> Option<Assigned> {
        self.router.poll().map(|(_, assigned)| assigned)
    }

    pub fn mood_of(&self, uri: &str) -> AgentMood {
        self.moods
            .iter()
            .find(|(known, _)| known == uri)
            .map_or(AgentMood::Busy, |(_, mood)| *mood)
    }
}
