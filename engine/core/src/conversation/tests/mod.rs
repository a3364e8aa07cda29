//! Conversations as dialogues: what the caller says and what it means, against a pretend shop, with the
//! flows and wording that ship.

mod broken;
mod confirming;
mod kit;
mod repairs;
mod talks;
mod wander;
