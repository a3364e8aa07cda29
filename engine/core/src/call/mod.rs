//! The call: the only place where packets, speech, conversation and routing meet.
//!
//! `Call` is one state machine with one way in ([`Input`]), one way out ([`Output`]) and no clock.
//! It is split by concern: a [`leg`] moves sound, a turn listens and speaks, a transfer finds a human.

pub mod input;
mod keypad;
pub mod output;
mod pending;
pub mod record;
mod speaker;
mod transfer;
mod turn;

pub use input::Input;
pub use output::Output;
