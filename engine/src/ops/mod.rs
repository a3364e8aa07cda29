//! What operators see: logs, metrics, health.

pub mod health;
pub mod log;
pub mod metrics;
