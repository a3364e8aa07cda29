//! Session descriptions: RFC 8866 (SDP) and RFC 3264 (offer and answer), for one audio stream.
//!
//! [`parse`] reads what strangers write, [`negotiate`] decides, and both are bounded and never panic.

mod negotiate;
mod parse;
mod write;

pub use negotiate::{AudioCodec, Local, MediaPlan, NegotiateError, accept_answer, answer, offer};
pub use parse::{Description, Media, ParseError, parse};
