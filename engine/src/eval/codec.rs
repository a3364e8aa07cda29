//! What a line is coded with: the band that it has, and what coding leaves of a voice.

use clap::ValueEnum;
use engine_core::audio::codec::Codec;
use engine_core::audio::frame::Frame;
use engine_core::audio::g711::{G711, Law};
use engine_core::units::SampleRate;

use crate::eval::EvalError;
use crate::eval::audio::band_pass;
use crate::media::opus::Opus;
use crate::tts::Sound;

/// A line's codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum LineCodec {
    /// G.711, mu-law: 200 to 3,400 Hz.
    #[default]
    Pcmu,
    /// G.711, A-law: 200 to 3,400 Hz.
    Pcma,
    /// As a browser sends it: 24 kbit/s, up to 8 kHz.
    Opus,
}

impl LineCodec {
    pub(super) const fn rate(self) -> SampleRate {
        match self {
            Self::Pcmu | Self::Pcma => SampleRate::Hz8000,
            Self::Opus => SampleRate::Hz16000,
        }
    }

    /// For the name of a line; the usual one goes without saying.
    pub(super) const fn label(self) -> Option<&'static str> {
        match self {
            Self::Pcmu => None,
            Self::Pcma => Some("A-law"),
            Self::Opus => Some("Opus"),
        }
    }

    /// RFC 3551 §6; 111 is what browsers choose.
    pub(super) const fn payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
            Self::Opus => 111,
        }
    }

    pub(super) fn coder(self) -> Result<Box<dyn Codec>, EvalError> {
        Ok(match self {
            Self::Pcmu => Box::new(G711::new(Law::Mu)),
            Self::Pcma => Box::new(G711::new(Law::A)),
            Self::Opus => Box::new(Opus::new().map_err(|error| EvalError::Codec {
                codec: "Opus",
                reason: error.to_string(),
            })?),
        })
    }

    /// The sound at this line's rate and within its band.
    pub(super) fn in_band(self, sound: &Sound) -> Result<Vec<i16>, EvalError> {
        let sound = sound.at_rate(self.rate().hz()).map_err(|error| EvalError::Nlu {
            message: error.to_string(),
        })?;
        Ok(match self {
            Self::Pcmu | Self::Pcma => band_pass(&sound.samples),
            Self::Opus => sound.samples,
        })
    }

    /// Coded and decoded again, nothing lost.
    pub(super) fn coded(self, samples: &[i16]) -> Result<Vec<i16>, EvalError> {
        let mut coder = self.coder()?;
        let mut out = Vec::with_capacity(samples.len());
        let mut payload = Vec::new();
        for chunk in samples.chunks(self.rate().frame_samples()) {
            payload.clear();
            let coded = coder
                .encode(&Frame::from_samples(self.rate(), chunk), &mut payload)
                .and_then(|()| coder.decode(&payload, &mut out));
            coded.map_err(|error| EvalError::Codec {
                codec: coder.name(),
                reason: error.to_string(),
            })?;
        }
        out.truncate(samples.len());
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coding_keeps_a_voices_level_and_length() {
        for codec in [LineCodec::Pcmu, LineCodec::Pcma, LineCodec::Opus] {
            let rate_hz = codec.rate().hz();
            let wave = |n: u32| {
                let at = n as f32 / rate_hz as f32;
                let syllable = (at * 25.0).sin().abs();
                ((at * 1_900.0).sin() * syllable * 6_000.0) as i16
            };
            let sound = Sound {
                rate_hz,
                samples: (0..rate_hz + 7).map(wave).collect(),
            };
            let coded = Sound {
                rate_hz,
                samples: codec.coded(&sound.samples).unwrap(),
            };
            assert_eq!(coded.samples.len(), sound.samples.len(), "{codec:?}");
            let level = coded.active_rms().unwrap() / sound.active_rms().unwrap();
            assert!((0.8..1.2).contains(&level), "{codec:?}: {level}");
        }
    }
}
