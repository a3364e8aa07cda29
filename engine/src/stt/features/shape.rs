//! What features an acoustic model was trained on: its `feat.params`, in the names of Sphinx's front end.

use std::ops::RangeInclusive;
use std::str::FromStr;

use engine_core::units::SampleRate;
use thiserror::Error;

use crate::stt::features::CEPSTRA;

/// The shape of a model's mel filters and cepstra.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    pub(crate) rate: SampleRate,
    /// Triangular filters between the two edges, evenly spaced on the mel scale.
    pub(crate) filters: usize,
    pub(crate) lower_hz: f32,
    pub(crate) upper_hz: f32,
    pub(crate) window_s: f32,
    pub(crate) pre_emphasis: f32,
    pub(crate) fft: usize,
    /// Length of the sine that lifts the higher cepstra; 0: none.
    pub(crate) lifter: f32,
    /// Filter edges lie on lines of the spectrum.
    pub(crate) rounded: bool,
    /// Each window's mean is taken out.
    pub(crate) centred: bool,
    /// Where the model expects the mean of its features.
    pub(crate) mean: [f32; CEPSTRA],
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ShapeError {
    #[error("{name} {value} is not a number this front end can use")]
    Value { name: String, value: String },
    #[error("{name} {value} is not supported (only {supported})")]
    Unsupported {
        name: String,
        value: String,
        supported: &'static str,
    },
}

impl Shape {
    /// Reads "-name value" pairs; what is missing has the library's default.
    pub(crate) fn parse(feat_params: &str) -> Result<Self, ShapeError> {
        let mut shape = Self {
            rate: SampleRate::Hz16000,
            filters: 40,
            lower_hz: 133.333_34,
            upper_hz: 6_855.497_6,
            window_s: 0.025_625,
            pre_emphasis: 0.97,
            fft: 512,
            lifter: 0.0,
            rounded: true,
            centred: false,
            mean: [0.0; CEPSTRA],
        };
        let mut transform = "legacy";
        let mut words = feat_params.split_whitespace();
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            match name {
                "-nfilt" => shape.filters = number(name, value, 13..=80)?,
                "-lowerf" => shape.lower_hz = number(name, value, 0.0..=1_000.0)?,
                "-upperf" => shape.upper_hz = number(name, value, 1_000.0..=8_000.0)?,
                "-wlen" => shape.window_s = number(name, value, 0.01..=0.06)?,
                "-alpha" => shape.pre_emphasis = number(name, value, 0.0..=1.0)?,
                "-nfft" => shape.fft = number(name, value, 256..=2_048)?,
                "-lifter" => shape.lifter = number(name, value, 0.0..=100.0)?,
                "-round_filters" => shape.rounded = value == "yes",
                "-remove_dc" => shape.centred = value == "yes",
                "-cmninit" => shape.mean = mean(name, value)?,
                "-transform" => transform = value,
                "-ncep" => only(name, value, "13")?,
                "-feat" => only(name, value, "1s_c_d_dd")?,
                "-varnorm" | "-doublewide" => only(name, value, "no")?,
                "-unit_area" => only(name, value, "yes")?,
                _ => {}
            }
        }
        only("-transform", transform, "dct")?;
        if shape.upper_hz <= 4_000.0 {
            shape.rate = SampleRate::Hz8000;
        }
        Ok(shape)
    }

    /// Samples of a window.
    pub(crate) fn window(&self) -> usize {
        (self.window_s * self.rate.hz() as f32 + 0.5) as usize
    }
}

fn number<T: FromStr + PartialOrd>(
    name: &str,
    value: &str,
    allowed: RangeInclusive<T>,
) -> Result<T, ShapeError> {
    value
        .parse()
        .ok()
        .filter(|number| allowed.contains(number))
        .ok_or_else(|| ShapeError::Value {
            name: name.to_owned(),
            value: value.to_owned(),
        })
}

/// As many leading values as are given; the rest are 0.
fn mean(name: &str, value: &str) -> Result<[f32; CEPSTRA], ShapeError> {
    let mut mean = [0.0; CEPSTRA];
    for (slot, part) in mean.iter_mut().zip(value.split(',')) {
        *slot = number(name, part, -1_000.0..=1_000.0)?;
    }
    Ok(mean)
}

fn only(name: &str, value: &str, supported: &'static str) -> Result<(), ShapeError> {
    if value == supported {
        return Ok(());
    }
    Err(ShapeError::Unsupported {
        name: name.to_owned(),
        value: value.to_owned(),
        supported,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_edge_tells_the_rate() {
        let rate = |text: &str| Shape::parse(text).map(|shape| shape.rate);
        assert_eq!(
            rate("-nfilt 20\n-lowerf 1\n-upperf 4000\n-transform dct"),
            Ok(SampleRate::Hz8000)
        );
        assert_eq!(
            rate("-lowerf 130\n-upperf 6800\n-transform dct\n"),
            Ok(SampleRate::Hz16000)
        );
    }

    #[test]
    fn what_it_cannot_compute_is_named() {
        let check = |text: &str, says: &str| {
            let error = Shape::parse(text).map_err(|error| error.to_string());
            assert!(
                error.clone().is_err_and(|error| error.contains(says)),
                "{text}: {error:?}"
            );
        };
        check("", "-transform legacy");
        check(
            "-transform dct -varnorm yes",
            "-varnorm yes is not supported (only no)",
        );
        check("-transform dct -nfilt many", "-nfilt many");
        check("-transform dct -cmninit 40,x", "-cmninit x");
    }
}
