//! Every limit of the core in one place, with its unit and the arithmetic between them.

use std::time::Duration;

/// One media tick: the length of a frame (RFC 3551 §4.2's default packetisation).
pub const FRAME: Duration = Duration::from_millis(20);

/// The longest call with Hark alone. A conversation that needs more than this is not one: hang up politely.
pub const CALL_MAX: Duration = Duration::from_secs(30 * 60);

/// The longest talk with an agent, counted from their joining; only a forgotten line lasts longer.
pub const BRIDGED_MAX: Duration = Duration::from_secs(4 * 60 * 60);

/// The longest utterance handed to recognition: half of Whisper's window. Speech beyond it is cut there.
pub const UTTERANCE_MAX: Duration = Duration::from_secs(15);

/// Outputs that may wait in a call between two polls. One input causes a handful; more is a fault.
pub const OUTPUTS_MAX: usize = 256;

/// How long Hark may be silent while it is its turn, before it must say that it is still there.
pub const DEAD_AIR_MAX: Duration = Duration::from_millis(1_500);

/// How long after the caller's last word Hark may be silent before it says that it is working on it.
/// Waits of a second are felt as trouble (Roberts & Francis 2013); this leaves time to say so.
pub const FILLER_AFTER: Duration = Duration::from_millis(700);

/// The longest text that understanding looks at, in bytes; the rest is cut and the decision says so.
pub const UTTERANCE_TEXT_MAX: usize = 1_000;

const _: () = assert!(UTTERANCE_MAX.as_millis().is_multiple_of(FRAME.as_millis()));
const _: () = assert!(FILLER_AFTER.as_millis() < DEAD_AIR_MAX.as_millis());

/// Letters of one wording, its values not filled in. The voice refuses more than 800 with them, and nobody listens to
/// more than half a minute.
pub const PROMPT_TEXT_MAX: usize = 500;

/// Steps of one flow. What is proved of a flow takes time with their square.
pub const FLOW_STEPS_MAX: usize = 500;
