//! `[webrtc]` of `engine.toml`.

use std::net::{IpAddr, Ipv4Addr};

use serde::Deserialize;

/// How browsers reach our media.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebRtcConfig {
    /// Addresses whose UDP sockets carry media, one ephemeral port a call. `0.0.0.0` means every
    /// interface but loopback.
    pub bind: Vec<IpAddr>,
    /// The public address to announce instead of the bound one, when a one-to-one NAT stands in between.
    pub advertise: Option<IpAddr>,
    /// Milliseconds to prepare an answer, before the POST fails.
    pub gathering_ms: u32,
    /// Milliseconds from the answer to the first connected moment (ICE and DTLS), before the leg is given up.
    pub connect_ms: u32,
    /// Milliseconds without any sign of the browser until the connection counts as disturbed.
    pub disconnected_ms: u32,
    /// Further milliseconds until a disturbed connection is over.
    pub failed_ms: u32,
}

impl Default for WebRtcConfig {
    fn default() -> Self {
        Self {
            // As the pages: out of the box only this machine is served.
            bind: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
            advertise: None,
            gathering_ms: 3_000,
            connect_ms: 15_000,
            disconnected_ms: 5_000,
            failed_ms: 10_000,
        }
    }
}
