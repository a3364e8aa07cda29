//! Everything that can happen to a call.

use std::fmt;
use std::sync::Arc;

use crate::audio::codec::Codec;
use crate::conversation::action::ActionResult;
use crate::ids::{EffectId, LegId};
use crate::routing::command::Assigned;
use crate::rtp::packet::Packet;
pub use crate::sdp::direction::MediaDirection;
use crate::speech::recognition::Recognised;

/// One event. Closed on purpose: a new kind of event is a change to this enum and to every match on it.
#[derive(Debug)]
pub enum Input {
    Leg {
        leg: LegId,
        event: LegEvent,
    },
    Rtp {
        leg: LegId,
        packet: Packet,
    },
    /// A compound RTCP packet, as bytes already checked and decrypted at the edge.
    Rtcp {
        leg: LegId,
        packet: Vec<u8>,
    },
    /// The deadline given by `poll_timeout` has passed.
    Timeout,
    Recognised(Recognised),
    ActionDone {
        effect: EffectId,
        result: ActionResult,
    },
    /// Speech is rendered at the caller leg's sample rate.
    PromptReady {
        effect: EffectId,
        audio: Result<Arc<[i16]>, String>,
    },
    Assigned(Assigned),
    Command(Command),
}

/// What a signalling protocol says about a leg, whichever protocol it is.
#[derive(Debug)]
pub enum LegEvent {
    /// The far end rings (outbound legs).
    Ringing,
    /// Answered and negotiated: media may flow.
    Up(LegMedia),
    /// Media was renegotiated (hold, resume, new codec).
    Direction(MediaDirection),
    /// A key by SIP INFO. RFC 4733 events arrive as RTP.
    Key(char),
    /// An outbound leg was refused or not answered: the SIP status code.
    Failed { status: u16 },
    /// The far end of a REFER reported its progress: the SIP status of the new call (RFC 3515 §2.4.5).
    ReferProgress { status: u16 },
    /// The far end hung up, or its signalling died.
    HungUp { cause: String },
}

/// How a leg's media is carried, as agreed by offer and answer.
pub struct LegMedia {
    pub codec: Box<dyn Codec>,
    /// Payload type of `codec` in both directions.
    pub payload_type: u8,
    /// Payload type of `telephone-event` (RFC 4733), when agreed.
    pub dtmf_payload_type: Option<u8>,
    pub direction: MediaDirection,
    /// Our SSRC, and the first sequence number and time stamp: random, so chosen at the edge (RFC 3550 §5.1).
    pub ssrc: u32,
    pub first_sequence: u16,
    pub first_timestamp: u32,
}

impl fmt::Debug for LegMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegMedia")
            .field("codec", &self.codec.name())
            .field("payload_type", &self.payload_type)
            .field("dtmf_payload_type", &self.dtmf_payload_type)
            .field("direction", &self.direction)
            .finish_non_exhaustive()
    }
}

/// What an operator (or the end of the program) asks of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// End now, politely if a sentence is possible.
    Hangup,
    /// Hand over to a human with this skill.
    Transfer { skill: String },
}
