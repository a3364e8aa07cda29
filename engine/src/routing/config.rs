//! `sip-config/routing.toml`: the agents and what callers are promised.

use std::collections::BTreeMap;
use std::time::Duration;

use engine_core::routing::agent::Agent;
use engine_core::routing::router::{MIN_RING, REPORT_MARGIN, RouterConfig};
use engine_core::source::FileError;
use serde::Deserialize;

/// The whole file. Every key has a default; without agents every request for a human overflows at once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoutingConfig {
    /// Milliseconds from the request for a human until they talk, or the caller is offered something else.
    pub promise_ms: u32,
    /// Milliseconds that one agent's phone rings.
    pub ring_ms: u32,
    /// Milliseconds of peace after a conversation.
    pub wrap_up_ms: u32,
    /// Milliseconds of peace after not answering.
    pub rest_ms: u32,
    /// Callers who may wait for a human at once.
    pub queue_max: u32,
    /// Skills whose callers go first: the higher the number, the sooner. Others have 0.
    pub priority: BTreeMap<String, u8>,
    /// In order of preference among equally idle ones.
    #[serde(rename = "agent")]
    pub agents: Vec<Agent>,
}

impl Default for RoutingConfig {
    fn default() -> Self {
        Self {
            promise_ms: 30_000,
            ring_ms: 12_000,
            wrap_up_ms: 10_000,
            rest_ms: 60_000,
            queue_max: 100,
            priority: BTreeMap::new(),
            agents: Vec::new(),
        }
    }
}

impl RoutingConfig {
    /// What serde cannot see: two agents of one name, an agent without skill or address, a promise
    /// too short to ring anyone.
    pub fn check(&self, file: &str) -> Result<(), FileError> {
        let min_ms = u32::try_from((MIN_RING + REPORT_MARGIN).as_millis()).unwrap_or(u32::MAX);
        if self.promise_ms <= min_ms {
            let message = format!("promise_ms is {}, too short to ring anybody", self.promise_ms);
            return Err(FileError::new(file, message).remedy(format!("make it more than {min_ms}")));
        }
        for (at, agent) in self.agents.iter().enumerate() {
            if self.agents.iter().take(at).any(|other| other.id == agent.id) {
                let message = format!("two agents are called \"{}\"", agent.id);
                return Err(FileError::new(file, message).remedy("give each agent an id of its own"));
            }
            if agent.skills.is_empty() {
                let message = format!(
                    "agent \"{}\" has no skills, so no call would reach them",
                    agent.id
                );
                return Err(FileError::new(file, message).remedy("add for example skills = [\"sales\"]"));
            }
            if !agent.uri.starts_with("sip:") && !agent.uri.starts_with("sips:") {
                let message = format!("agent \"{}\" has uri \"{}\"", agent.id, agent.uri);
                return Err(FileError::new(file, message).remedy("write it as sip:name@host:port"));
            }
        }
        Ok(())
    }

    /// The same in the core's words.
    pub fn router(&self) -> RouterConfig {
        let ms = |ms: u32| Duration::from_millis(u64::from(ms));
        RouterConfig {
            agents: self.agents.clone(),
            priority: self.priority.clone(),
            ring: ms(self.ring_ms),
            wrap_up: ms(self.wrap_up_ms),
            rest: ms(self.rest_ms),
            queue_max: self.queue_max as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use engine_core::source::parse_toml;

    use super::RoutingConfig;

    fn check(text: &str, expect: &str) {
        let result = parse_toml::<RoutingConfig>("routing.toml", text)
            .and_then(|config| config.check("routing.toml").map(|()| config));
        let got = match result {
            Ok(config) => format!("{} agents, promise {} ms", config.agents.len(), config.promise_ms),
            Err(error) => error.to_string(),
        };
        assert_eq!(got, expect);
    }

    #[test]
    fn faults_are_named_with_their_remedy() {
        let anna = "[[agent]]\nid = \"anna\"\nuri = \"sip:anna@10.0.0.7\"\nskills = [\"sales\"]\n";
        check("", "0 agents, promise 30000 ms");
        check(
            &format!("promise_ms = 20000\n{anna}"),
            "1 agents, promise 20000 ms",
        );
        check(
            "promis_ms = 1",
            "routing.toml:1: unknown key \"promis_ms\"; did you mean \"promise_ms\"?",
        );
        check(
            "promise_ms = 500",
            "routing.toml: promise_ms is 500, too short to ring anybody; make it more than 8000",
        );
        check(
            &format!("{anna}{anna}"),
            "routing.toml: two agents are called \"anna\"; give each agent an id of its own",
        );
        check(
            &anna.replace("sip:", "tel:"),
            "routing.toml: agent \"anna\" has uri \"tel:anna@10.0.0.7\"; write it as sip:name@host:port",
        );
    }
}
