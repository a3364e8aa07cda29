//! The pure half of Hark: it decides, and does nothing else.
//!
//! No async, no FFI, no sockets, no clock, no files: the time is an argument, everything that
//! happens comes in as [`call::Input`], everything that must be done goes out as [`call::Output`].
//! A module uses only what stands above it in this list (see `engine/ARCHITECTURE.md`, "Layers").
// Tests may look at the clock to have an `Instant` to start from.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

pub mod civil;
pub mod ids;
pub mod limits;
pub mod pii;
pub mod shop;
pub mod source;
pub mod timer;
pub mod units;

pub mod audio;
pub mod rtp;
pub mod sdp;

pub mod nlu;
pub mod speech;

pub mod redact;

pub mod conversation;
pub mod routing;

pub mod call;
