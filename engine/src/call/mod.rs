//! One task per call: the only loop; its legs, its doors, and the registry of calls.

pub mod door;
pub mod leg;
pub mod outward;
pub mod registry;
pub mod services;
pub mod task;
