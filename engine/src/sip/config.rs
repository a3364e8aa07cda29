//! The `[sip]` section of `sip-config/engine.toml`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::Deserialize;

/// How Hark is reached by SIP.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SipConfig {
    /// Address and port for every transport in `transports`. Port 0 picks a free one.
    pub listen: SocketAddr,
    /// Any of "udp" and "tcp".
    pub transports: Vec<Transport>,
    /// The address that peers reach us at, when it differs from `listen` (behind NAT). Without it and
    /// with `listen` on 0.0.0.0, the address of the route to each peer is used.
    pub advertise: Option<IpAddr>,
    /// Calls that have come in, at once; an agent's leg counts with its call. The next one is refused with
    /// 503 and Retry-After.
    pub max_calls: u32,
    /// Retry-After of a refusal at the limit, in seconds.
    pub retry_after_s: u32,
    /// New calls per second from everyone together; a burst of twice as many is let through.
    pub invites_per_second: u32,
    /// New calls per second from one source address; a burst of twice as many is let through.
    pub invites_per_second_per_source: u32,
    /// Session timer offered to peers that support RFC 4028, in seconds.
    pub session_expires_s: u32,
    /// Shortest session timer we accept (RFC 4028 §5), in seconds.
    pub min_se_s: u32,
    /// What we call ourselves in `User-Agent` and `Server`.
    pub user_agent: String,
}

/// A transport protocol for SIP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    Udp,
    Tcp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        })
    }
}

impl Default for SipConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 5060)),
            transports: vec![Transport::Udp, Transport::Tcp],
            advertise: None,
            max_calls: 200,
            retry_after_s: 10,
            invites_per_second: 100,
            invites_per_second_per_source: 20,
            session_expires_s: 1800,
            min_se_s: 90,
            user_agent: concat!("Hark/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl SipConfig {
    /// On loopback, on a port of the system's choice: what a test wants.
    pub fn loopback() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            ..Self::default()
        }
    }
}

/// How long the far end may take to acknowledge, and we to answer, before a request is given up
/// (RFC 3261 §17: 64*T1 with T1 of 500 ms).
pub(crate) const TRANSACTION_LIMIT: Duration = Duration::from_secs(32);
/// How long a request of ours may take in all, one that its peer does not take from the wire included.
pub(crate) const REQUEST_LIMIT: Duration = Duration::from_secs(35);
/// How long the answer to a REFER may come after the BYE of whoever took it.
pub(crate) const REFER_GRACE: Duration = Duration::from_secs(1);
/// How long a call may take to answer a new offer within its dialog.
pub(crate) const REPLY_LIMIT: Duration = Duration::from_secs(4);
/// How long a call may stay unanswered before it is refused with 480.
pub(crate) const ANSWER_LIMIT: Duration = Duration::from_secs(180);
