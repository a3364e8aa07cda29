//! Sound on the wire: RTP sockets and ports, Opus, WebRTC, the stereo recorder.

pub mod opus;
pub mod ports;
pub mod recorder;
pub mod rtp_socket;
pub mod webrtc;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use serde::{Deserialize, Deserializer};

/// `[media]` of `engine.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MediaConfig {
    /// Address that RTP sockets bind to.
    pub bind: IpAddr,
    /// Address written into SDP. Set it when a NAT stands in between; without it that is `bind`, and where
    /// `bind` is every address, the one that SIP is reached at.
    pub advertise: Option<IpAddr>,
    /// First and last UDP port for RTP and RTCP; each call leg takes an even port and the one after it.
    pub first_port: u16,
    pub last_port: u16,
    /// Seconds without any RTP from the caller before the call is taken for dead.
    pub silence_timeout_s: u32,
    /// Where stereo recordings go; `""` records nothing.
    #[serde(deserialize_with = "folder")]
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
    /// What SDP says to a peer that reaches our SIP at `sip`.
    pub fn address_for(&self, sip: IpAddr) -> IpAddr {
        let bound = (!self.bind.is_unspecified()).then_some(self.bind);
        self.advertise.or(bound).unwrap_or(sip)
    }
}

fn folder<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
    let path = PathBuf::deserialize(from)?;
    Ok(Some(path).filter(|path| !path.as_os_str().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::MediaConfig;

    #[test]
    fn an_empty_folder_records_nothing() {
        let recordings = |text: &str| toml::from_str::<MediaConfig>(text).unwrap().recordings;
        assert_eq!(recordings("recordings = \"\""), None);
        assert_eq!(recordings("recordings = \"there\""), Some("there".into()));
        assert_eq!(recordings(""), MediaConfig::default().recordings);
    }

    fn check(bind: &str, advertise: Option<&str>, expect: &str) {
        let config = MediaConfig {
            bind: bind.parse().unwrap(),
            advertise: advertise.map(|address| address.parse().unwrap()),
            ..MediaConfig::default()
        };
        let named = config.address_for("192.0.2.5".parse().unwrap());
        assert_eq!(named.to_string(), expect, "{bind} {advertise:?}");
    }

    #[test]
    fn sdp_names_what_is_advertised_else_what_is_bound_else_where_sip_is() {
        check("0.0.0.0", None, "192.0.2.5");
        check("::", None, "192.0.2.5");
        check("192.0.2.7", None, "192.0.2.7");
        check("192.0.2.7", Some("203.0.113.1"), "203.0.113.1");
        check("0.0.0.0", Some("203.0.113.1"), "203.0.113.1");
    }
}
