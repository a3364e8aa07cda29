//! Logs on standard error: text for people, JSON for machines, one filter for both.

use serde::Deserialize;
use thiserror::Error;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// The environment variable that replaces `filter` for one run.
pub const FILTER_VARIABLE: &str = "HARK_LOG";

/// Stacks that print what strangers send (the SIP stack: whole messages, with numbers in them) or
/// a line per packet. The configured filter may name them to hear them.
const QUIET: [&str; 4] = ["rsipstack=warn", "rtc=warn", "webrtc=warn", "sqlx=warn"];

/// `[log]` of `engine.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// Which lines are written: a level, or directives such as `info,engine::sip=debug`.
    pub filter: String,
    /// One JSON object a line instead of text.
    pub json: bool,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            json: false,
        }
    }
}

/// Starts logging for the process. Once, before anything worth a line happens.
pub fn init(config: &LogConfig) -> Result<(), LogError> {
    let chosen = std::env::var(FILTER_VARIABLE).unwrap_or_else(|_| config.filter.clone());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(&chosen)?)
        .with_writer(std::io::stderr);
    let started = if config.json {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
    started.map_err(|error| LogError::Started(error.to_string()))
}

/// Whether [`init`] would take this.
pub fn check(config: &LogConfig) -> Result<(), LogError> {
    filter(&config.filter).map(drop)
}

fn filter(chosen: &str) -> Result<EnvFilter, LogError> {
    // A space after a comma is a habit, not a mistake; the filter's own syntax has none.
    let spaceless = chosen.replace(' ', "");
    let refused = |source| LogError::Filter {
        filter: chosen.to_owned(),
        source,
    };
    let mut filter = EnvFilter::try_new(&spaceless).map_err(refused)?;
    for directive in QUIET.iter().filter(|directive| !names(&spaceless, directive)) {
        filter = filter.add_directive(directive.parse().map_err(refused)?);
    }
    Ok(filter)
}

/// Whether the chosen filter speaks of the target that `directive` would quieten.
fn names(chosen: &str, directive: &str) -> bool {
    let target = directive.split('=').next();
    chosen.split(',').any(|part| part.split('=').next() == target)
}

#[derive(Debug, Error)]
pub enum LogError {
    #[error(
        "the log filter {filter:?} ([log] filter, or {FILTER_VARIABLE}) is not understood: {source}; write a level such as \"info\", or directives such as \"info,engine::sip=debug\""
    )]
    Filter { filter: String, source: ParseError },
    #[error("logging was started twice: {0}")]
    Started(String),
}

#[cfg(test)]
mod tests {
    use super::{LogError, filter};

    #[test]
    fn quiets_chatty_stacks_unless_they_are_named() {
        let check = |chosen: &str, expect: &[&str], refuse: &[&str]| {
            let text = filter(chosen).unwrap().to_string();
            let directives: Vec<&str> = text.split(',').collect();
            assert!(
                expect.iter().all(|one| directives.contains(one)),
                "{chosen}: {text}"
            );
            assert!(
                !refuse.iter().any(|one| directives.contains(one)),
                "{chosen}: {text}"
            );
        };
        check("info", &["info", "rsipstack=warn", "webrtc=warn"], &[]);
        check(
            "info,rsipstack=trace",
            &["rsipstack=trace", "rtc=warn"],
            &["rsipstack=warn"],
        );
        check("debug, rtc::ice=debug", &["rtc::ice=debug", "rtc=warn"], &[]);
    }

    #[test]
    fn says_what_a_filter_should_be() {
        let refused = filter("info,engine=loud").unwrap_err();
        assert!(matches!(refused, LogError::Filter { .. }));
        assert!(refused.to_string().contains("engine::sip=debug"), "{refused}");
    }
}
