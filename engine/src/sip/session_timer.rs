//! Session timers (RFC 4028): a dialog whose peer has vanished without BYE ends by itself.

use std::time::Duration;

use rsipstack::sip::{Header, Headers};
use tokio::time::Instant;

use super::config::SipConfig;
use super::headers;

/// The timer of one dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SessionTimer {
    interval: Duration,
    refresher: Refresher,
    restarted: Instant,
}

/// Who sends the refreshing request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refresher {
    Us,
    Peer,
}

/// What a request asks for is shorter than we take: 422 with this Min-SE, in seconds (§6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooBrief(pub(crate) u32);

impl SessionTimer {
    /// The timer that a request from the peer sets up (§9), if any.
    pub(crate) fn from_request(
        fields: &Headers,
        config: &SipConfig,
        now: Instant,
    ) -> Result<Option<Self>, TooBrief> {
        let peer_can =
            headers::lists(fields, "Supported", "timer") || headers::lists(fields, "Require", "timer");
        let asked = asked(fields);
        if let Some((seconds, _)) = asked
            && seconds < config.min_se_s
            && peer_can
        {
            return Err(TooBrief(config.min_se_s));
        }
        let timer = match (asked, peer_can) {
            (Some((seconds, Some(refresher))), true) => Some((seconds, refresher)),
            (Some((seconds, None)), true) => Some((seconds, Refresher::Peer)),
            (None, true) => Some((config.session_expires_s, Refresher::Peer)),
            // A proxy asked for it, and the peer cannot: the refreshing is ours (§9, table 2).
            (Some((seconds, _)), false) => Some((seconds.max(config.min_se_s), Refresher::Us)),
            (None, false) => None,
        };
        Ok(timer.map(|(seconds, refresher)| Self {
            interval: Duration::from_secs(u64::from(seconds)),
            refresher,
            restarted: now,
        }))
    }

    /// The timer that the answer to a request of ours sets up (§7.2), if any.
    pub(crate) fn from_response(fields: &Headers, now: Instant) -> Option<Self> {
        let (seconds, refresher) = asked(fields)?;
        // In an answer, "uac" is we.
        let refresher = match refresher {
            Some(Refresher::Peer) | None => Refresher::Us,
            Some(Refresher::Us) => Refresher::Peer,
        };
        Some(Self {
            interval: Duration::from_secs(u64::from(seconds)),
            refresher,
            restarted: now,
        })
    }

    /// What the answer to the peer's request says about it.
    pub(crate) fn answer(&self) -> Vec<Header> {
        let seconds = self.interval.as_secs();
        match self.refresher {
            Refresher::Peer => vec![
                Header::SessionExpires(format!("{seconds};refresher=uac").into()),
                Header::Require("timer".to_owned().into()),
            ],
            Refresher::Us => vec![Header::SessionExpires(format!("{seconds};refresher=uas").into())],
        }
    }

    /// What a refreshing request of ours says: in it, we are the UAC.
    pub(crate) fn request(&self) -> Vec<Header> {
        vec![
            Header::SessionExpires(format!("{};refresher=uac", self.interval.as_secs()).into()),
            Header::Supported("timer".to_owned().into()),
        ]
    }

    /// When something is due: our refresh at half the interval, or the end when the peer's has not come (§10).
    pub(crate) fn due(&self) -> Instant {
        let after = match self.refresher {
            Refresher::Us => self.interval / 2,
            Refresher::Peer => {
                let margin = Duration::from_secs(32).min(self.interval / 3);
                self.interval.saturating_sub(margin)
            }
        };
        // An interval beyond what the clock can say is as good as none.
        self.restarted.checked_add(after).unwrap_or(self.restarted)
    }

    pub(crate) fn refresher(&self) -> Refresher {
        self.refresher
    }

    pub(crate) fn restart(&mut self, now: Instant) {
        self.restarted = now;
    }
}

/// Seconds and refresher of a Session-Expires header, read from the peer's side: "uac" is the peer.
fn asked(fields: &Headers) -> Option<(u32, Option<Refresher>)> {
    let value = headers::value(fields, "Session-Expires")?;
    let mut parts = value.split(';');
    let seconds = parts.next()?.trim().parse().ok()?;
    let refresher = parts
        .filter_map(|param| param.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("refresher"))
        .and_then(|(_, who)| match who.trim().to_ascii_lowercase().as_str() {
            "uac" => Some(Refresher::Peer),
            "uas" => Some(Refresher::Us),
            _ => None,
        });
    Some((seconds, refresher))
}

#[cfg(test)]
mod tests {
    use rsipstack::sip::{Header, Headers};
    use tokio::time::Instant;

    use super::super::config::SipConfig;
    use super::SessionTimer;

    fn check(supported: &str, asked: &str, expect: &str) {
        let mut fields = Headers::default();
        if !supported.is_empty() {
            fields.push(Header::Supported(supported.to_owned().into()));
        }
        if !asked.is_empty() {
            fields.push(Header::SessionExpires(asked.to_owned().into()));
        }
        let now = Instant::now();
        let shown = match SessionTimer::from_request(&fields, &SipConfig::default(), now) {
            Ok(None) => "none".to_owned(),
            Ok(Some(timer)) => {
                let answer: Vec<String> = timer.answer().iter().map(|h| h.value().to_owned()).collect();
                format!("{} due {}", answer.join(" "), (timer.due() - now).as_secs())
            }
            Err(brief) => format!("422 {}", brief.0),
        };
        assert_eq!(shown, expect, "{supported} {asked}");
    }

    #[test]
    fn who_refreshes_and_when_follows_the_request() {
        check("", "", "none");
        check("100rel, timer", "", "1800;refresher=uac timer due 1768");
        check("timer", "90", "90;refresher=uac timer due 60");
        check("timer", "300 ; refresher = uas", "300;refresher=uas due 150");
        check("timer", "60", "422 90");
        check("", "600;refresher=uac", "600;refresher=uas due 300");
        check("", "10", "90;refresher=uas due 45");
        check("timer", "soon", "1800;refresher=uac timer due 1768");
    }
}
