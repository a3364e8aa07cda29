//! `[web]` of `engine.toml`.

use std::net::{Ipv4Addr, SocketAddr};

use engine_core::pii::Pii;
use serde::{Deserialize, Deserializer};

/// The HTTP server: pages, browser calls, health, metrics.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebConfig {
    /// Address and TCP port. Browsers give a microphone only to https and to this machine itself:
    /// put a proxy with a certificate in front for anyone else.
    pub listen: SocketAddr,
    /// What `Authorization: Bearer ...` must carry for a browser call (RFC 9725 §4.7); open when absent.
    #[serde(deserialize_with = "secret")]
    pub bearer_token: Option<Pii<String>>,
    /// Other sites whose pages may place calls, as browsers write them ("https://shop.example"), or "*".
    pub allowed_origins: Vec<String>,
    /// The number that a browser call dials when it names none (`POST /whip?to=...` does). The dialplan
    /// says where it leads; there, browser calls come from the trunk "browser".
    pub destination: String,
}

impl Default for WebConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            bearer_token: None,
            allowed_origins: Vec::new(),
            destination: "browser".to_owned(),
        }
    }
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Pii<String>>, D::Error> {
    Ok(Some(Pii::new(String::deserialize(from)?)))
}

#[cfg(test)]
mod tests {
    use super::WebConfig;

    #[test]
    fn the_token_does_not_print() {
        let config: WebConfig = toml::from_str("bearer_token = \"hunter2\"").unwrap();
        assert_eq!(
            config.bearer_token.as_ref().map(|token| token.expose().as_str()),
            Some("hunter2")
        );
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let refused = toml::from_str::<WebConfig>("lissten = \"127.0.0.1:1\"").unwrap_err();
        assert!(refused.to_string().contains("lissten"), "{refused}");
    }
}
