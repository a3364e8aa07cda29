//! The simulation kit: whole calls in virtual time over `engine-core` alone. A scripted or moody caller,
//! an unkind network, recognisers that mishear, a flaky shop, agents with moods; and a watcher that
//! checks the invariants of `engine/ARCHITECTURE.md` after every step.
//!
//! One seed fixes everything: the same seed gives the same call, to the packet.

pub mod agents;
pub mod calendar;
pub mod caller;
pub mod ears;
pub mod line;
pub mod scenario;
pub mod shop;
pub mod site;
pub mod watch;
pub mod world;
