//! Calls that Hark makes: few at a time, slowly, each number once a day at most, and nobody who has asked not to be
//! called. Whoever wants one asks over HTTP (`web/reminders`); this file says yes or no and dials.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine_core::conversation::Purpose;
use engine_core::ids::CallId;
use engine_core::pii::Pii;
use serde::Deserialize;
use thiserror::Error;
use tokio::sync::{Mutex, oneshot};

use crate::sip::{Admission, CallPermit};
use crate::store::{Store, StoreError};

/// `[outward]` of `engine.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutwardConfig {
    /// Where a number is called: "sip:{number}@192.0.2.1:5060". Empty: Hark calls nobody.
    pub uri: String,
    /// Such calls at a time.
    pub calls_max: u32,
    /// Such calls begun in a minute.
    pub per_minute: u32,
    /// How long it may ring, in milliseconds.
    pub ring_ms: u32,
    /// Hours before the same number may be called again.
    pub pause_hours: u32,
}

impl Default for OutwardConfig {
    fn default() -> Self {
        Self {
            uri: String::new(),
            calls_max: 2,
            per_minute: 6,
            ring_ms: 25_000,
            pause_hours: 24,
        }
    }
}

/// Somebody is to be called.
#[derive(Debug)]
pub struct OutwardRequest {
    pub number: Pii<String>,
    pub purpose: Purpose,
    /// The call that was begun, or why none was.
    pub reply: oneshot::Sender<Result<CallId, Refused>>,
}

/// Why nobody is called. Knows the HTTP status that says so.
#[derive(Debug, Error)]
pub enum Refused {
    #[error("calls out are off: set [outward] uri in engine.toml")]
    Off,
    #[error("a number has 3 to 15 digits, with or without a + before them")]
    NoNumber,
    #[error("this number has asked not to be called")]
    Unwanted,
    #[error("somebody there said \"later\": not for {days} days yet")]
    PutOff { days: u32 },
    #[error("this number was called within the last {hours} hours")]
    Lately { hours: u32 },
    #[error("too many calls were begun in the last minute: try again in a minute")]
    TooFast,
    #[error("as many calls as may be are in progress: try again later")]
    Full,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Refused {
    pub const fn status(&self) -> u16 {
        match self {
            Self::NoNumber => 400,
            Self::Unwanted => 403,
            Self::PutOff { .. } | Self::Lately { .. } => 409,
            Self::TooFast => 429,
            Self::Off | Self::Full | Self::Store(_) => 503,
        }
    }
}

/// The one owner of the bounds on calls out. Clones share them.
#[derive(Debug, Clone)]
pub struct Outward {
    config: Arc<OutwardConfig>,
    admission: Arc<Admission>,
    /// Such calls alone.
    own: Arc<Admission>,
    /// When the last of them began, the oldest first; held while one is decided, so that two requests for one
    /// number are two decisions.
    begun: Arc<Mutex<VecDeque<Instant>>>,
}

/// The places of a call out: give them back by dropping them.
#[derive(Debug)]
pub struct OutwardPermit {
    pub uri: String,
    pub ring_ms: u32,
    _places: (CallPermit, CallPermit),
}

impl Outward {
    pub fn new(config: OutwardConfig, admission: Arc<Admission>) -> Self {
        Self {
            own: Admission::new(config.calls_max),
            config: Arc::new(config),
            admission,
            begun: Arc::default(),
        }
    }

    /// A place for a call to this number, which counts as called from here on.
    pub async fn enter(&self, number: &Pii<String>, store: &Store) -> Result<OutwardPermit, Refused> {
        if self.config.uri.is_empty() {
            return Err(Refused::Off);
        }
        let uri = self.uri_of(number)?;
        let mut begun = self.begun.lock().await;
        let hours = self.config.pause_hours;
        if store.reader().must_not_call(number).await? {
            return Err(Refused::Unwanted);
        }
        if let Some(days) = store.reader().is_put_off(number).await? {
            return Err(Refused::PutOff { days });
        }
        let pause = Duration::from_secs(u64::from(hours) * 3_600);
        if store.reader().was_called(number, pause).await? {
            return Err(Refused::Lately { hours });
        }
        let now = Instant::now();
        begun.retain(|at| now.saturating_duration_since(*at) < MINUTE);
        if begun.len() >= usize::try_from(self.config.per_minute).unwrap_or(usize::MAX) {
            return Err(Refused::TooFast);
        }
        let own = self.own.enter().map_err(|_| Refused::Full)?;
        let place = self.admission.enter().map_err(|_| Refused::Full)?;
        // On disk before it rings: a crash in between calls nobody twice.
        store.called_out(number).await?;
        begun.push_back(now);
        Ok(OutwardPermit {
            uri,
            ring_ms: self.config.ring_ms,
            _places: (own, place),
        })
    }

    /// Only digits come into the address.
    fn uri_of(&self, number: &Pii<String>) -> Result<String, Refused> {
        let digits = number.expose().strip_prefix('+').unwrap_or(number.expose());
        let is_number = DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            return Err(Refused::NoNumber);
        }
        Ok(self.config.uri.replace("{number}", number.expose()))
    }
}

const MINUTE: Duration = Duration::from_secs(60);
/// E.164 has at most 15.
const DIGITS: std::ops::RangeInclusive<usize> = 3..=15;

#[cfg(test)]
mod tests {
    use engine_core::pii::Pii;

    use super::{Outward, OutwardConfig, Refused};
    use crate::sip::Admission;
    use crate::store::{Store, StoreConfig};

    fn number(text: &str) -> Pii<String> {
        Pii::new(text.to_owned())
    }

    async fn store(folder: &tempfile::TempDir) -> Store {
        let config = StoreConfig {
            path: folder.path().join("hark.db"),
            ..StoreConfig::default()
        };
        Store::open(&config).await.unwrap()
    }

    fn outward(change: impl FnOnce(&mut OutwardConfig)) -> Outward {
        let mut config = OutwardConfig {
            uri: "sip:{number}@127.0.0.1".to_owned(),
            ..OutwardConfig::default()
        };
        change(&mut config);
        Outward::new(config, Admission::new(10))
    }

    #[tokio::test]
    async fn a_number_is_called_once_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let outward = outward(|_| {});
        let permit = outward.enter(&number("+15550100"), &store).await.unwrap();
        assert_eq!(permit.uri, "sip:+15550100@127.0.0.1");
        drop(permit);
        let again = outward.enter(&number("15550100"), &store).await;
        assert!(matches!(again, Err(Refused::Lately { hours: 24 })), "{again:?}");
        assert!(outward.enter(&number("+15550101"), &store).await.is_ok());
        assert_eq!(outward.admission.calls(), 0, "the places are free again");
    }

    #[tokio::test]
    async fn few_at_a_time_and_slowly() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let one = outward(|config| config.calls_max = 1);
        let _permit = one.enter(&number("+15550100"), &store).await.unwrap();
        let second = one.enter(&number("+15550101"), &store).await;
        assert!(matches!(second, Err(Refused::Full)), "{second:?}");
        let slow = outward(|config| config.per_minute = 1);
        drop(slow.enter(&number("+15550102"), &store).await.unwrap());
        let second = slow.enter(&number("+15550103"), &store).await;
        assert!(matches!(second, Err(Refused::TooFast)), "{second:?}");
    }

    #[tokio::test]
    async fn only_digits_come_into_an_address_and_nobody_is_called_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        for wrong in ["", "12", "1555@evil.example", "+1 555 0100", "1234567890123456"] {
            let refused = outward(|_| {}).enter(&number(wrong), &store).await;
            assert!(matches!(refused, Err(Refused::NoNumber)), "{wrong}: {refused:?}");
        }
        let off = outward(|config| config.uri.clear());
        let refused = off.enter(&number("+15550100"), &store).await;
        assert!(matches!(refused, Err(Refused::Off)), "{refused:?}");
    }
}
