//! A human agent as the routing configuration names them.

use serde::{Deserialize, Serialize};

use crate::ids::AgentId;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    pub id: AgentId,
    /// Where the agent's phone rings: `sip:anna@10.0.0.7:5060`.
    pub uri: String,
    /// Queues and skills, lower case.
    pub skills: Vec<String>,
    /// How the call gets there.
    #[serde(default)]
    pub method: TransferMethod,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum TransferMethod {
    /// Hark calls the agent and joins the two legs; it can whisper first and take the call back.
    #[default]
    Bridge,
    /// Hark asks the caller's side to call the agent itself (RFC 3515), where the PBX must own the call.
    Refer,
}
