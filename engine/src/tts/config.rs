//! The `[speaking]` section of `sip-config/engine.toml`.

use std::path::PathBuf;

use serde::Deserialize;

/// How Hark speaks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TtsConfig {
    /// Recordings `<prompt>.wav` in this folder are played instead of synthesised text.
    pub recordings: PathBuf,
    /// Longest wait for one sentence, in milliseconds; then the prompt fails and the call goes on.
    pub deadline_ms: u64,
    /// Sentences that may wait for the voice.
    pub queue_max: usize,
    /// Sound kept for reuse, in seconds; the least recently used goes first. Fixed phrases stay.
    pub kept_seconds: u32,
}

impl Default for TtsConfig {
    fn default() -> Self {
        Self {
            recordings: PathBuf::from("models/prompts/en/wav"),
            deadline_ms: 3_000,
            queue_max: 64,
            kept_seconds: 1_200,
        }
    }
}
