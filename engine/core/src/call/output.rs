//! Everything a call can ask for.

use std::time::Duration;

use crate::audio::frame::Frame;
use crate::call::record::{CallRecord, TurnRecord};
use crate::conversation::action::Action;
use crate::ids::{EffectId, LegId};
use crate::routing::command::RouteCommand;
use crate::rtp::packet::Packet;
use crate::speech::recognition::RecogniseCommand;
use crate::units::SampleRate;

/// One thing to be done. Given out by `poll_output` until it returns `None`.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "moved once, every 20 ms; a box would cost an allocation a frame"
)]
pub enum Output {
    Leg {
        leg: LegId,
        command: LegCommand,
    },
    Transmit {
        leg: LegId,
        packet: Packet,
    },
    TransmitRtcp {
        leg: LegId,
        packet: Vec<u8>,
    },
    Recognise(RecogniseCommand),
    /// Do it and answer with `Input::ActionDone` before the deadline (the call also keeps its own timer).
    Act {
        effect: EffectId,
        action: Action,
        deadline: Duration,
    },
    /// Synthesise (or fetch from the cache) and answer with `Input::PromptReady`.
    Render {
        effect: EffectId,
        prompt: String,
        text: String,
        rate: SampleRate,
    },
    /// The same as `Act`, for a look-up that the caller's likely words will need: read-only, and perhaps for
    /// nothing. Answered with `Input::ActionDone` too.
    ActEarly {
        effect: EffectId,
        action: Action,
        deadline: Duration,
    },
    /// This will probably be said: have it ready. Not answered.
    RenderEarly {
        prompt: String,
        text: String,
        rate: SampleRate,
    },
    Route(RouteCommand),
    /// 20 ms of both sides on one clock, for the stereo recording: caller left, Hark (and agent) right.
    Recording {
        caller: Frame,
        hark: Frame,
    },
    /// A finished turn: to the store and to whoever watches the call.
    Turn(TurnRecord),
    /// The last output: nothing follows.
    Ended(Box<CallRecord>),
}

/// What a leg's signalling must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegCommand {
    /// Call this URI. `summary` goes along as context where the protocol can carry it.
    Dial { uri: String, ring_ms: u32 },
    /// End the leg. `cause` is for logs and the Reason header.
    Hangup { cause: String },
    /// Blind transfer by REFER (RFC 3515).
    Refer { to: String },
}
