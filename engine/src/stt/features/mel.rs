//! From windows of samples to mel spectra to cepstra, as Sphinx's front end computes them (Davis and
//! Mermelstein 1980, "Comparison of parametric representations ..."), so that its models fit.

use std::f32::consts::PI;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use crate::stt::features::shape::Shape;
use crate::stt::features::{CEPSTRA, Cepstra};

/// The tables of one shape.
#[derive(Clone)]
pub(crate) struct MelBank {
    shape: Shape,
    /// Hamming.
    window: Vec<f32>,
    filters: Vec<Filter>,
    /// Row by row: one cosine of the transform for each cepstrum.
    cosines: Vec<Vec<f32>>,
    lift: Cepstra,
    /// What barely audible noise is in each filter: nothing is quieter.
    floor: Vec<f32>,
    fft: Arc<dyn RealToComplex<f32>>,
}

/// One triangle over the lines of the spectrum.
#[derive(Debug, Clone)]
struct Filter {
    first: usize,
    weights: Vec<f32>,
}

/// Room for one window's work.
#[derive(Debug, Clone)]
pub(crate) struct Scratch {
    samples: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    work: Vec<Complex<f32>>,
}

impl std::fmt::Debug for MelBank {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MelBank")
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

impl MelBank {
    pub(crate) fn new(shape: Shape) -> Self {
        let length = shape.window().min(shape.fft);
        let window: Vec<f32> = (0..length)
            .map(|n| 0.54 - 0.46 * (2.0 * PI * n as f32 / (length.max(2) - 1) as f32).cos())
            .collect();
        let filters = filters(&shape);
        let floor = floor(&shape, &window, &filters);
        let count = shape.filters as f32;
        let cosines = (0..CEPSTRA)
            .map(|cepstrum| {
                // Orthonormal: the first row is shorter by the square root of two.
                let norm = if cepstrum == 0 { 1.0 / count } else { 2.0 / count }.sqrt();
                (0..shape.filters)
                    .map(|filter| norm * (PI * cepstrum as f32 / count * (filter as f32 + 0.5)).cos())
                    .collect()
            })
            .collect();
        let mut lift = [1.0; CEPSTRA];
        if shape.lifter > 0.0 {
            for (cepstrum, lift) in lift.iter_mut().enumerate() {
                *lift += shape.lifter / 2.0 * (cepstrum as f32 * PI / shape.lifter).sin();
            }
        }
        let fft = RealFftPlanner::new().plan_fft_forward(shape.fft);
        Self {
            shape,
            window,
            filters,
            cosines,
            lift,
            floor,
            fft,
        }
    }

    pub(crate) const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Samples of a window.
    pub(crate) fn window(&self) -> usize {
        self.window.len()
    }

    /// Samples from one window to the next: 10 ms.
    pub(crate) fn shift(&self) -> usize {
        self.shape.rate.frame_samples() / 2
    }

    pub(crate) fn floor(&self) -> &[f32] {
        &self.floor
    }

    pub(crate) fn scratch(&self) -> Scratch {
        Scratch {
            samples: self.fft.make_input_vec(),
            spectrum: self.fft.make_output_vec(),
            work: self.fft.make_scratch_vec(),
        }
    }

    /// The power in each filter of one window of pre-emphasised samples.
    pub(crate) fn mel(&self, emphasised: &[f32], scratch: &mut Scratch) -> Vec<f32> {
        let mean = if self.shape.centred {
            emphasised.iter().sum::<f32>() / emphasised.len().max(1) as f32
        } else {
            0.0
        };
        scratch.samples.fill(0.0);
        for ((slot, sample), window) in scratch.samples.iter_mut().zip(emphasised).zip(&self.window) {
            *slot = (sample - mean) * window;
        }
        let done =
            self.fft
                .process_with_scratch(&mut scratch.samples, &mut scratch.spectrum, &mut scratch.work);
        // It only fails for buffers of another length, and `scratch` made them.
        debug_assert!(done.is_ok(), "{done:?}");
        self.filters
            .iter()
            .map(|filter| {
                let lines = scratch.spectrum.iter().skip(filter.first);
                filter
                    .weights
                    .iter()
                    .zip(lines)
                    .map(|(weight, line)| weight * line.norm_sqr())
                    .sum()
            })
            .collect()
    }

    /// The cepstra of a mel spectrum.
    pub(crate) fn cepstra(&self, mel: &[f32]) -> Cepstra {
        let logs: Vec<f32> = mel.iter().map(|power| (power + LOG_FLOOR).ln()).collect();
        self.transformed(&logs)
    }

    /// The cepstra of a spectrum in logarithms.
    pub(crate) fn transformed(&self, logs: &[f32]) -> Cepstra {
        let mut cepstra = [0.0; CEPSTRA];
        for ((slot, cosines), lift) in cepstra.iter_mut().zip(&self.cosines).zip(&self.lift) {
            *slot = lift
                * cosines
                    .iter()
                    .zip(logs)
                    .map(|(cosine, log)| cosine * log)
                    .sum::<f32>();
        }
        cepstra
    }

    /// The way back: the smooth spectrum, in logarithms, that has these cepstra.
    pub(crate) fn spectrum(&self, cepstra: &Cepstra) -> Vec<f32> {
        let mut logs = vec![0.0; self.shape.filters];
        for ((value, cosines), lift) in cepstra.iter().zip(&self.cosines).zip(&self.lift) {
            for (log, cosine) in logs.iter_mut().zip(cosines) {
                *log += cosine * value / lift;
            }
        }
        logs
    }

    /// To the spectrum, a weight on each filter, and back: each cepstrum by each.
    pub(crate) fn weighted_round_trip(&self, weights: &[f32]) -> [Cepstra; CEPSTRA] {
        let mut matrix = [[0.0; CEPSTRA]; CEPSTRA];
        for ((row, to), to_lift) in matrix.iter_mut().zip(&self.cosines).zip(&self.lift) {
            let weighted: Vec<f32> = to
                .iter()
                .zip(weights)
                .map(|(cosine, weight)| cosine * weight)
                .collect();
            for ((slot, from), from_lift) in row.iter_mut().zip(&self.cosines).zip(&self.lift) {
                let both: f32 = weighted.iter().zip(from).map(|(to, from)| to * from).sum();
                *slot = to_lift / from_lift * both;
            }
        }
        matrix
    }
}

/// Triangles of unit area whose corners are evenly spaced in mel.
fn filters(shape: &Shape) -> Vec<Filter> {
    let mel = |hz: f32| 2_595.0 * (1.0 + hz / 700.0).log10();
    let hz = |mel: f32| 700.0 * (10.0_f32.powf(mel / 2_595.0) - 1.0);
    let line_hz = shape.rate.hz() as f32 / shape.fft as f32;
    let lowest = mel(shape.lower_hz);
    let step = (mel(shape.upper_hz) - lowest) / (shape.filters + 1) as f32;
    let corner = |index: usize| {
        let exact = hz(lowest + step * index as f32);
        if shape.rounded {
            (exact / line_hz + 0.5).floor() * line_hz
        } else {
            exact
        }
    };
    (0..shape.filters)
        .map(|index| {
            let (left, top, right) = (corner(index), corner(index + 1), corner(index + 2));
            let height = 2.0 / (right - left).max(line_hz);
            let weight = |line: usize| {
                let at = line as f32 * line_hz;
                let rising = (at - left) / (top - left).max(f32::MIN_POSITIVE);
                let falling = (right - at) / (right - top).max(f32::MIN_POSITIVE);
                (rising.min(falling) * height).max(0.0)
            };
            let first = (left / line_hz).ceil() as usize;
            let last = ((right / line_hz).floor() as usize).min(shape.fft / 2);
            Filter {
                first,
                weights: (first..=last).map(weight).collect(),
            }
        })
        .collect()
}

/// White noise of [`FLOOR_RMS`] as the filters see it.
fn floor(shape: &Shape, window: &[f32], filters: &[Filter]) -> Vec<f32> {
    let energy = FLOOR_RMS * FLOOR_RMS * window.iter().map(|w| w * w).sum::<f32>();
    let emphasis = |line: usize| {
        let angle = 2.0 * PI * line as f32 / shape.fft as f32;
        let alpha = shape.pre_emphasis;
        1.0 + alpha * alpha - 2.0 * alpha * angle.cos()
    };
    filters
        .iter()
        .map(|filter| {
            let lines = filter.weights.iter().enumerate();
            energy
                * lines
                    .map(|(n, weight)| weight * emphasis(filter.first + n))
                    .sum::<f32>()
        })
        .collect()
}

/// Under the logarithm, as the models were trained.
const LOG_FLOOR: f32 = 1e-4;

/// Half a step of G.711's finest: below it a line is digitally silent, and no model was trained on that.
const FLOOR_RMS: f32 = 4.0;
