//! Sound on the wire: RTP sockets and ports, Opus, WebRTC, the stereo recorder.

pub mod opus;
pub mod ports;
pub mod recorder;
pub mod rtp_socket;
pub mod webrtc;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use serde::Deserialize;

/// `[media]` of `engine.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MediaConfig {
    /// Address that RTP sockets bind to.
    pub bind: IpAddr,
    /// Address written into SDP; defaults to `bind`. Set it when a NAT stands in between.
    pub advertise: Option<IpAddr>,
    /// First and last UDP port for RTP and RTCP; each call leg takes an even port and the one after it.
    pub first_port: u16,
    pub last_port: u16,
    /// Seconds without any RTP from the caller before the call is taken for dead.
    pub silence_timeout_s: u32,
    /// Where stereo recordings go; nothing is recorded when empty.
    pub recordings: Option<PathBuf>,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            advertise: None,
            first_port: 20_000,
            last_port: 29_999,
            silence_timeout_s: 60,
            recordings: Some(PathBuf::from("var/recordings")),
        }
    }
}

impl MediaConfig {
    /// What SDP says: `advertise`, else `bind`, else loopback (a wildcard is no address to send to).
    pub fn advertised(&self) -> IpAddr {
        self.advertise.unwrap_or_else(|| {
            if self.bind.is_unspecified() {
                IpAddr::V4(Ipv4Addr::LOCALHOST)
            } else {
                self.bind
            }
        })
    }
}
