//! Why calls were refused: counted, logged once, and the recent ones kept for [`Rejections::recent`].

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::SystemTime;

/// Refusals kept for inspection; older ones are only counted.
const KEPT: usize = 256;

/// Why a call was not taken. One word each, for the metric's label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RejectionReason {
    UnknownSource,
    NotInDialplan,
    CallLimit,
    RateLimit,
    Closed,
    InboxFull,
    Malformed,
    Unsupported,
    /// The same call by a second path (RFC 3261 §8.2.2.2).
    Merged,
    /// The call itself refused: no codec in common, or no one to take it.
    Declined,
}

impl RejectionReason {
    pub const fn label(self) -> &'static str {
        match self {
            Self::UnknownSource => "unknown_source",
            Self::NotInDialplan => "not_in_dialplan",
            Self::CallLimit => "call_limit",
            Self::RateLimit => "rate_limit",
            Self::Closed => "closed",
            Self::InboxFull => "inbox_full",
            Self::Malformed => "malformed",
            Self::Unsupported => "unsupported",
            Self::Merged => "merged",
            Self::Declined => "declined",
        }
    }
}

impl fmt::Display for RejectionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// One refusal. Holds no caller number.
#[derive(Debug, Clone)]
pub struct Rejection {
    pub at: SystemTime,
    pub sip_call_id: String,
    pub source: SocketAddr,
    /// Empty for a source outside every trunk.
    pub trunk: String,
    /// SIP status sent; `None` when the message was dropped without an answer.
    pub status: Option<u16>,
    pub reason: RejectionReason,
    /// For a person: "number 123 is not in the dialplan".
    pub detail: String,
}

/// The recent refusals, newest last.
#[derive(Debug, Default)]
pub struct Rejections {
    recent: Mutex<VecDeque<Rejection>>,
}

impl Rejections {
    /// Counts, logs and keeps one refusal.
    pub fn record(&self, rejection: Rejection) {
        metrics::counter!(
            "hark_calls_rejected_total",
            "reason" => rejection.reason.label(),
            "trunk" => rejection.trunk.clone(),
        )
        .increment(1);
        tracing::info!(
            sip_call_id = %rejection.sip_call_id,
            source = %rejection.source,
            trunk = %rejection.trunk,
            status = rejection.status,
            reason = %rejection.reason,
            detail = %rejection.detail,
            "call rejected"
        );
        let Ok(mut recent) = self.recent.lock() else {
            return;
        };
        if recent.len() == KEPT {
            recent.pop_front();
        }
        recent.push_back(rejection);
    }

    /// Copies of the refusals still kept, oldest first.
    pub fn recent(&self) -> Vec<Rejection> {
        self.recent
            .lock()
            .map(|recent| recent.iter().cloned().collect())
            .unwrap_or_default()
    }
}
