//! Configuration files: parsed strictly, refused with file, line and remedy.
//!
//! `sip-config/` holds `engine.toml` (this module composes it from each module's own section),
//! `trunks.toml`, `dialplan.toml` and `routing.toml`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use engine_core::call::site::SiteLimits;
use engine_core::source::{FileError, parse_toml};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::call::outward::OutwardConfig;
use crate::commerce::{self, CommerceConfig};
use crate::media::MediaConfig;
use crate::media::ports::Ports;
use crate::media::webrtc::WebRtcConfig;
use crate::ops::log::LogConfig;
use crate::routing::RoutingConfig;
use crate::sip::{Dialplan, SipConfig, TrunkTable};
use crate::store::StoreConfig;
use crate::stt::SttConfig;
use crate::tts::TtsConfig;
use crate::web::WebConfig;

/// `engine.toml`. Every key may be left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineConfig {
    pub sip: SipConfig,
    pub media: MediaConfig,
    pub hearing: SttConfig,
    pub speaking: TtsConfig,
    pub commerce: CommerceConfig,
    pub store: StoreConfig,
    pub web: WebConfig,
    pub webrtc: WebRtcConfig,
    pub log: LogConfig,
    pub talk: TalkConfig,
    pub outward: OutwardConfig,
}

impl EngineConfig {
    /// Reads `engine.toml` alone: what a command needs that takes no calls.
    pub fn load(folder: &Path) -> Result<Self, FileError> {
        with_overrides(&folder.join("engine.toml"), &[])
    }
}

/// `[talk]`: flows, wording and the waits of a conversation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TalkConfig {
    /// Folder with `flows/`, `prompts/` and `nlu/`.
    pub models: PathBuf,
    /// Milliseconds to wait for a look-up at the shop.
    pub lookup_ms: u32,
    /// Milliseconds to wait for the shop to take an order; then its fate counts as unknown.
    pub commit_ms: u32,
}

impl Default for TalkConfig {
    fn default() -> Self {
        Self {
            models: PathBuf::from("models"),
            lookup_ms: 3_000,
            commit_ms: 6_000,
        }
    }
}

/// Everything that `sip-config/` says.
#[derive(Debug, Clone)]
pub struct SiteConfig {
    pub engine: EngineConfig,
    pub trunks: TrunkTable,
    pub dialplan: Dialplan,
    pub routing: RoutingConfig,
}

impl SiteConfig {
    /// Reads a folder. `overrides` are `section.key=value`, as `--set` takes them; they win.
    pub fn load(folder: &Path, overrides: &[String]) -> Result<Self, FileError> {
        let engine = with_overrides(&folder.join("engine.toml"), overrides)?;
        let routing_file = folder.join("routing.toml");
        let routing: RoutingConfig = read(&routing_file)?;
        routing.check(&routing_file.display().to_string())?;
        let trunks = parse_with(&folder.join("trunks.toml"), TrunkTable::parse)?;
        let dialplan = parse_with(&folder.join("dialplan.toml"), Dialplan::parse)?;
        Ok(Self {
            engine,
            trunks,
            dialplan,
            routing,
        })
    }

    /// The waits that the core keeps.
    pub fn limits(&self) -> SiteLimits {
        let ms = |ms: u32| Duration::from_millis(u64::from(ms));
        SiteLimits {
            transfer_promise: ms(self.routing.promise_ms),
            lookup: ms(self.engine.talk.lookup_ms),
            commit: ms(self.engine.talk.commit_ms),
            media: Duration::from_secs(u64::from(self.engine.media.silence_timeout_s)),
        }
    }
}

/// Reads a whole text file, with an error that says what to do.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    let file = path.display().to_string();
    fs::read_to_string(path).map_err(|error| {
        FileError::new(&file, format!("cannot be read: {error}"))
            .remedy("give the folder with --config, or run from the top of the project")
    })
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, FileError> {
    parse_toml(&path.display().to_string(), &read_text(path)?)
}

fn parse_with<T>(path: &Path, parse: impl Fn(&str, &str) -> Result<T, FileError>) -> Result<T, FileError> {
    parse(&path.display().to_string(), &read_text(path)?)
}

/// The file itself is checked first, so that its own faults keep their line numbers.
fn with_overrides(path: &Path, overrides: &[String]) -> Result<EngineConfig, FileError> {
    let file = path.display().to_string();
    let text = read_text(path)?;
    let config: EngineConfig = parse_toml(&file, &text)?;
    if overrides.is_empty() {
        possible(&config).map_err(|(section, key, why)| FileError {
            line: line_of_key(&text, section, key),
            ..FileError::new(&file, why)
        })?;
        return Ok(config);
    }
    let mut table: toml::Table = parse_toml(&file, &text)?;
    for setting in overrides {
        set(&mut table, setting)?;
    }
    let config: EngineConfig = table
        .try_into()
        .map_err(|error: toml::de::Error| FileError::new("--set", error.message()))?;
    possible(&config).map_err(|(_, _, why)| FileError::new("--set", why))?;
    Ok(config)
}

/// Values that can be read and yet not be used: where they stand, and why.
fn possible(config: &EngineConfig) -> Result<(), (&'static str, &'static str, String)> {
    let media = &config.media;
    if let Err(error) = Ports::new(media.bind, media.first_port, media.last_port) {
        return Err(("media", "last_port", error.to_string()));
    }
    commerce::check(&config.commerce).map_err(|error| ("commerce", "address", error.to_string()))
}

/// The line on which a section sets a key.
fn line_of_key(text: &str, section: &str, key: &str) -> Option<u32> {
    let mut inside = false;
    let at = text.lines().position(|line| {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[') {
            inside = name.trim_end().strip_suffix(']') == Some(section);
        }
        let sets = line
            .strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with('='));
        inside && sets
    })?;
    u32::try_from(at + 1).ok()
}

/// Puts `a.b.c=value` into the table. What does not read as a TOML value is a string.
fn set(table: &mut toml::Table, setting: &str) -> Result<(), FileError> {
    let wrong = || FileError::new("--set", format!("\"{setting}\"")).remedy("write section.key=value");
    let (path, value) = setting.split_once('=').ok_or_else(wrong)?;
    let (sections, key) = path.rsplit_once('.').ok_or_else(wrong)?;
    let value = toml::from_str::<toml::Table>(&format!("v = {value}"))
        .ok()
        .and_then(|mut parsed| parsed.remove("v"))
        .unwrap_or_else(|| toml::Value::String(value.to_owned()));
    let mut at = table;
    for section in sections.split('.') {
        let entry = at
            .entry(section)
            .or_insert_with(|| toml::Value::Table(toml::Table::new()));
        at = entry.as_table_mut().ok_or_else(wrong)?;
    }
    at.insert(key.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{set, with_overrides};

    #[test]
    fn an_override_wins_and_keeps_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.toml");
        std::fs::write(&path, "[media]\nfirst_port = 30000\nlast_port = 30999\n").unwrap();
        let overrides = [
            "media.first_port=30500".to_owned(),
            "commerce.address=http://127.0.0.1:1".to_owned(),
        ];
        let config = with_overrides(&path, &overrides).unwrap();
        assert_eq!(
            (config.media.first_port, config.media.last_port),
            (30_500, 30_999)
        );
        assert_eq!(config.commerce.address, "http://127.0.0.1:1");
    }

    #[test]
    fn a_fault_in_the_file_names_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.toml");
        std::fs::write(&path, "[media]\nfirst_prt = 30000\n").unwrap();
        let error = with_overrides(&path, &[]).unwrap_err().to_string();
        assert!(
            error.ends_with("engine.toml:2: unknown key \"first_prt\"; did you mean \"first_port\"?"),
            "{error}"
        );
    }

    #[test]
    fn what_can_be_read_and_not_be_used_names_its_line_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.toml");
        let told = |text: &str, overrides: &[String]| {
            std::fs::write(&path, text).unwrap();
            with_overrides(&path, overrides).unwrap_err().to_string()
        };
        let ports = told("[media]\nfirst_port = 30001\n\nlast_port = 30002\n", &[]);
        assert!(
            ports.contains(
                "engine.toml:4: media.first_port 30001 to media.last_port 30002 holds no even port"
            ),
            "{ports}"
        );
        let shop = told("[web]\n[commerce]\n# the shop\naddress = \"shop:50051\"\n", &[]);
        assert!(shop.contains("engine.toml:4: [commerce] address"), "{shop}");
        let set = told("", &["commerce.address=shop".to_owned()]);
        assert!(set.starts_with("--set: [commerce] address"), "{set}");
    }

    #[test]
    fn an_override_that_is_none_is_refused() {
        let mut table = toml::Table::new();
        for wrong in ["media", "first_port=3", "media.first_port"] {
            assert!(set(&mut table, wrong).is_err(), "{wrong}");
        }
    }
}
