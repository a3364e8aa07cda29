//! What came of a call, as JSON has it, and what happens on the way, for whoever watches.

use std::path::PathBuf;

use serde::Serialize;

/// The whole call. Times are on the caller's own clock.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct CallReport {
    pub answered: bool,
    /// The final SIP status of the INVITE; `None` when nothing answered.
    pub sip_status: Option<u16>,
    /// Its reason phrase.
    pub sip_reason: String,
    /// From INVITE to its final response.
    pub answer_ms: Option<u64>,
    /// From answer to hang-up.
    pub duration_ms: u64,
    pub steps: Vec<StepReport>,
    /// Every spoken step was spoken, and nothing that was waited for failed to come.
    pub completed: bool,
    /// Why it was not completed.
    pub failure: Option<String>,
    pub hangup: Hangup,
    pub rtp: RtpReport,
    pub recording: Option<PathBuf>,
}

/// One step that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct StepReport {
    /// From 1, as written.
    pub step: usize,
    /// "say", "wait_for silence".
    pub action: String,
    /// The words, file or keys.
    pub content: String,
    /// Milliseconds since the answer.
    pub started_ms: u64,
    pub ended_ms: Option<u64>,
    /// From the end of what the caller said (or keyed) to the far end's first loud packet. `None`
    /// when the far end said nothing before the caller's next words.
    pub reply_ms: Option<u64>,
    /// For `barge_in`: how long the far end went on after the caller began.
    pub far_end_stopped_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Hangup {
    /// "caller", "far_end", "nobody" (never answered).
    pub by: String,
    pub cause: String,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct RtpReport {
    pub sent_packets: u64,
    pub received_packets: u64,
    pub lost_packets: u64,
    pub late_packets: u64,
    pub concealed_frames: u64,
    pub jitter_ms: f32,
    pub round_trip_ms: Option<f32>,
    /// How late the caller's own 20 ms clock ever was: distrust latencies of calls where it is above 40.
    pub clock_late_max_ms: u64,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEvent {
    Progress {
        status: u16,
    },
    Answered,
    Step {
        step: usize,
        action: String,
        content: String,
    },
    FarEndSpeaks {
        at_ms: u64,
    },
    /// The far end replied to what the caller said at `step`.
    Reply {
        step: usize,
        reply_ms: u64,
    },
    Ended {
        by: String,
        cause: String,
    },
}
