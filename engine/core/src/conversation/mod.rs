//! The talk: flows read from data, the machine that runs them, confirmation, repair, wording.
//! It knows nothing of packets and clocks; it is told what was understood and says what to do next.

pub mod action;
pub mod confirm;
pub mod event;
pub mod flow;
pub mod source;

mod condition;
mod load;
mod step;
