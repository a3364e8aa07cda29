//! The codecs that SDP can agree on for a telephone leg.

use crate::audio::codec::Codec;
use crate::audio::g711::{G711, Law};

/// An audio encoding by its registered name (RFC 3551 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AudioCodec {
    Pcmu,
    Pcma,
}

impl AudioCodec {
    /// As `a=rtpmap` writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
        }
    }

    /// Ticks per second of its RTP time stamps.
    pub const fn clock_hz(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma => 8_000,
        }
    }

    /// The payload type we offer it under; a peer may map it elsewhere.
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
        }
    }

    /// By name (case does not matter, RFC 8866 §6.6) and clock.
    pub fn find(name: &str, clock_hz: u32) -> Option<Self> {
        [Self::Pcmu, Self::Pcma]
            .into_iter()
            .find(|codec| codec.name().eq_ignore_ascii_case(name) && codec.clock_hz() == clock_hz)
    }

    /// A fresh codec for one leg.
    pub fn build(self) -> Box<dyn Codec> {
        match self {
            Self::Pcmu => Box::new(G711::new(Law::Mu)),
            Self::Pcma => Box::new(G711::new(Law::A)),
        }
    }
}
