//! Stateless answers (RFC 3261 §8.2.6, §8.2.7), for messages that never reach the stack.

use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;

use super::fields::{NameAddr, TopVia};
use super::message::Message;

/// An answer in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Response {
    pub(crate) fn new(status: u16, reason: impl Into<String>) -> Self {
        Self {
            status,
            reason: reason.into(),
            headers: Vec::new(),
        }
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The bytes to send to the sender of `request`. `tags` makes the same To tag for a retransmission.
    pub(crate) fn to_bytes(
        &self,
        request: &Message,
        via: &TopVia,
        source: SocketAddr,
        tags: &RandomState,
    ) -> Vec<u8> {
        let mut out = format!("SIP/2.0 {} {}\r\n", self.status, self.reason);
        let mut line = |name: &str, value: &str| out.push_str(&format!("{name}: {value}\r\n"));
        line("Via", &via.answered(source));
        for value in request.values("Via").skip(1) {
            line("Via", value);
        }
        for name in ["From", "To", "Call-ID", "CSeq"] {
            let Some(value) = request.value(name) else {
                continue;
            };
            if name == "To" && lacks_tag(value) {
                let seed = (
                    request.value("Call-ID"),
                    request.value("From"),
                    via.param("branch"),
                );
                line(name, &format!("{value};tag={:016x}", tags.hash_one(seed)));
            } else {
                line(name, value);
            }
        }
        for (name, value) in &self.headers {
            line(name, value);
        }
        line("Content-Length", "0");
        out.push_str("\r\n");
        out.into_bytes()
    }
}

/// Whether an answer must add our tag. What cannot be read gets one unless it seems to have one.
fn lacks_tag(to: &str) -> bool {
    match NameAddr::parse(to) {
        Ok(to) => to.tag().is_none(),
        Err(_) => !to.contains("tag="),
    }
}
