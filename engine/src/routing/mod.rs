//! The routing task: one owner of the agents, driving the core router.
