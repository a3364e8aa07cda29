//! SIP messages as bytes, before any stack sees them (RFC 3261 §7, §25; torture tests RFC 4475, RFC 5118).
//!
//! Reads liberally, writes canonically: what leaves here has long header names, unfolded lines, UTF-8,
//! one Content-Length that is true, and no white space where the grammar merely allows it.

mod fields;
mod message;
mod response;

pub(crate) use fields::{CSeq, NameAddr, TopVia, tag_of, uri_fault};
pub(crate) use message::{Fault, Message, StartLine, find};
pub(crate) use response::Response;
