//! Quantities with their unit in the type.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How sure somebody is, from 0 (not at all) to 1 (certain). Constructed by clamping; NaN becomes 0.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Confidence(f32);

impl Confidence {
    pub const ZERO: Self = Self(0.0);
    pub const CERTAIN: Self = Self(1.0);

    pub const fn new(value: f32) -> Self {
        if value.is_nan() {
            Self::ZERO
        } else {
            Self(value.clamp(0.0, 1.0))
        }
    }

    pub const fn get(self) -> f32 {
        self.0
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.0)
    }
}

/// An amount of money in minor units (cents). The currency is the shop's; a shop has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Money {
    /// Minor units, so that sums are exact.
    pub minor: i64,
}

impl Money {
    pub const fn from_minor(minor: i64) -> Self {
        Self { minor }
    }

    /// `None` when the product does not fit.
    pub fn times(self, count: u32) -> Option<Self> {
        self.minor.checked_mul(i64::from(count)).map(Self::from_minor)
    }

    /// `None` when the sum does not fit.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.minor.checked_add(other.minor).map(Self::from_minor)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        write!(
            f,
            "{sign}{}.{:02}",
            self.minor.abs() / 100,
            self.minor.abs() % 100
        )
    }
}

/// Samples per second of PCM audio. (An RTP clock rate is another thing: G.722 has 8000 there.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SampleRate {
    Hz8000,
    Hz16000,
}

impl SampleRate {
    pub const fn hz(self) -> u32 {
        match self {
            Self::Hz8000 => 8_000,
            Self::Hz16000 => 16_000,
        }
    }

    /// Samples in one 20 ms frame.
    pub const fn frame_samples(self) -> usize {
        match self {
            Self::Hz8000 => 160,
            Self::Hz16000 => 320,
        }
    }
}
