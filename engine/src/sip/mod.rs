//! SIP: the stack behind our own events and commands, trunks, admission, validation.
//!
//! Nothing outside this folder names the library that speaks RFC 3261 for us: a call sees an
//! [`IncomingCall`], a [`SipLeg`], and plain strings of SDP.

mod admission;
mod call;
mod config;
mod dial;
mod dialog;
mod dialplan;
mod error;
mod framing;
mod headers;
mod incoming;
mod info;
mod leg;
mod listen;
mod memory;
mod opened;
mod places;
mod rate;
mod rejection;
mod requests;
mod rules;
mod screen;
mod session_timer;
mod stack;
mod streams;
#[cfg(test)]
mod tests;
mod trunks;
mod wire;

pub use admission::{Admission, CallPermit, Refusal};
pub use call::IncomingCall;
pub use config::{SipConfig, Transport};
pub use dial::DialRequest;
pub use dialplan::Dialplan;
pub use error::{SipError, SipStartError};
pub use leg::{HangupCause, Reoffer, SipCommand, SipEvent, SipLeg};
pub use rejection::{Rejection, RejectionReason, Rejections};
pub use stack::{SipHandle, SipStack};
pub use trunks::{Trunk, TrunkTable, UnknownSource};
