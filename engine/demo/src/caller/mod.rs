//! A SIP caller that follows a script, independent of the engine's own SIP stack: it dials over UDP,
//! speaks with a synthetic voice or recordings, presses keys, interrupts, and measures on its own
//! clock how long it waits for each reply.

mod clip;
mod command;
mod ear;
mod further;
mod media;
mod message;
mod performance;
mod report;
mod run;
mod script;
mod sip;
mod wire;

pub use command::{CallArgs, call_and_tell};
pub use report::{CallEvent, CallReport, Hangup, RtpReport, StepReport};
pub use run::{CallOptions, CallerError, run, run_with};
pub use script::{Action, Awaited, Interruption, Script, Step};
