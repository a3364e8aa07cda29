//! The talk: flows read from data, the machine that runs them, confirmation, repair, wording.
//! It knows nothing of packets and clocks; it is told what was understood and says what to do next.

pub mod action;
pub mod chart;
pub mod confirm;
pub mod document;
pub mod event;
pub mod flow;
pub mod machine;
pub mod memory;
pub mod policy;
pub mod prompt;
pub mod schema;
pub mod spoken;

mod about_draft;
mod advising;
mod amending;
mod answering;
mod booking;
mod busy;
mod change;
mod check;
mod choosing;
mod command;
mod condition;
mod confirming;
mod delivery;
mod draft;
mod expecting;
mod facts;
mod following;
mod graph;
mod half_number;
mod idempotency;
mod just_placed;
mod keypad;
mod known;
mod listening;
mod load;
mod named;
mod named_yes;
mod next_drink;
mod operation;
mod ordering;
mod parting;
mod phrases;
mod preferring;
mod ranking;
mod reaching;
mod repair;
mod repairing;
mod rescheduling;
mod reserving;
mod returning;
mod saying;
mod sizing;
mod step;
mod summary;
mod temper;
mod told;
mod trust;
mod value_check;
mod values;
mod work;

#[cfg(test)]
mod tests;

pub use document::{LoadErrors, Source};
pub use flow::FlowSet;
pub use machine::Conversation;
pub use memory::{CallerFacts, Purpose};
pub use phrases::WithoutFlows;
pub use policy::ConfirmationPolicy;
pub use prompt::PromptBook;
