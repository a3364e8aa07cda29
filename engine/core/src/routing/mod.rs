//! Transfers to humans: agents, queue, service level, overflow. Pure: the time is an argument.

pub mod agent;
pub mod command;
pub mod router;
