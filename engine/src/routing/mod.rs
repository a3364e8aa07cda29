//! Routing, the doing half: one task owns the router, calls talk to it over bounded channels.

pub mod config;
pub mod task;

pub use config::RoutingConfig;
pub use task::{CallRouting, RouterBusy, RouterHandle};
