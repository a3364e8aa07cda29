//! A neural noise suppressor before the front end, on noisy lines only: RNNoise (Valin 2018) at 48 kHz, half of
//! its output and half of the line. Alone it takes consonants away with the noise; on a quiet line it has
//! nothing to give.

use std::collections::VecDeque;
use std::f32::consts::PI;

use engine_core::units::SampleRate;
use nnnoiseless::DenoiseState;

/// One utterance's way through the suppressor.
#[derive(Debug)]
pub(crate) struct Denoiser {
    rate: SampleRate,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Listening to how noisy the line is.
    Opening(Vec<i16>),
    Quiet,
    Noisy(Box<Suppressor>),
}

/// Whether there is enough noise on a line for words to be lost in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Quiet,
    Noisy,
}

impl Denoiser {
    pub(crate) const fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            stage: Stage::Opening(Vec::new()),
        }
    }

    /// No suppressor at all.
    pub(crate) const fn off(rate: SampleRate) -> Self {
        Self {
            rate,
            stage: Stage::Quiet,
        }
    }

    /// What the line was found to be, from when the first samples come out.
    pub(crate) const fn line(&self) -> Line {
        match self.stage {
            Stage::Opening(_) | Stage::Quiet => Line::Quiet,
            Stage::Noisy(_) => Line::Noisy,
        }
    }

    /// Takes the line before the utterance, on which nobody speaks, and appends it to `out` as the utterance will sound.
    /// Of too little of it nothing is known.
    pub(crate) fn know_line(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        if matches!(self.stage, Stage::Opening(_)) && samples.len() >= OPENING_MS * samples_per_ms(self.rate)
        {
            self.stage = Stage::Opening(samples.to_vec());
            self.open(out);
        } else if !matches!(self.stage, Stage::Opening(_)) {
            self.push(samples, out);
        }
    }

    /// Appends what is ready to `out`. The first 300 ms come at once, which is what a recogniser is given from
    /// before the onset; on a noisy line 12 ms stay behind.
    pub(crate) fn push(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        match &mut self.stage {
            Stage::Quiet => out.extend_from_slice(samples),
            Stage::Noisy(suppressor) => suppressor.push(samples, out),
            Stage::Opening(opening) => {
                opening.extend_from_slice(samples);
                if opening.len() >= OPENING_MS * samples_per_ms(self.rate) {
                    self.open(out);
                }
            }
        }
    }

    /// The utterance is over. What stayed behind on a noisy line is the silence that ended it.
    pub(crate) fn finish(&mut self, out: &mut Vec<i16>) {
        if matches!(self.stage, Stage::Opening(_)) {
            self.open(out);
        }
    }

    fn open(&mut self, out: &mut Vec<i16>) {
        let Stage::Opening(opening) = &mut self.stage else {
            return;
        };
        let opening = std::mem::take(opening);
        self.stage = if noise_dbfs(&opening, self.rate) < NOISY_DBFS {
            Stage::Quiet
        } else {
            Stage::Noisy(Box::new(Suppressor::new(self.rate)))
        };
        self.push(&opening, out);
    }
}

/// Level of the quieter half, in frames of 10 ms: noise, even if speech has begun.
fn noise_dbfs(samples: &[i16], rate: SampleRate) -> f32 {
    let frame = 10 * samples_per_ms(rate);
    let power = |frame: &[i16]| frame.iter().map(|s| f32::from(*s).powi(2)).sum::<f32>() / frame.len() as f32;
    let mut powers: Vec<f32> = samples.chunks_exact(frame).map(power).collect();
    powers.sort_by(f32::total_cmp);
    powers.truncate(powers.len().div_ceil(2));
    let mean = powers.iter().sum::<f32>() / powers.len().max(1) as f32;
    10.0 * (mean / FULL_SCALE.powi(2)).max(1e-12).log10()
}

const fn samples_per_ms(rate: SampleRate) -> usize {
    rate.hz() as usize / 1_000
}

/// The network between two changes of rate.
struct Suppressor {
    network: Box<DenoiseState<'static>>,
    up: Up,
    down: Down,
    /// At 48 kHz, not yet a whole frame.
    waiting: Vec<f32>,
    /// The last frame in, which the network's next output goes with.
    last: Vec<f32>,
    /// The network's output.
    cleaned: Vec<f32>,
}

impl Suppressor {
    fn new(rate: SampleRate) -> Self {
        let factor = NETWORK_HZ / rate.hz() as usize;
        let taps = low_pass(factor);
        Self {
            network: DenoiseState::new(),
            up: Up::new(&taps, factor),
            down: Down::new(taps, factor),
            waiting: Vec::new(),
            last: vec![0.0; DenoiseState::FRAME_SIZE],
            cleaned: vec![0.0; DenoiseState::FRAME_SIZE],
        }
    }

    fn push(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        self.up.push(samples, &mut self.waiting);
        let whole = self.waiting.len() - self.waiting.len() % DenoiseState::FRAME_SIZE;
        let rest = self.waiting.split_off(whole);
        let frames = std::mem::replace(&mut self.waiting, rest);
        for frame in frames.chunks_exact(DenoiseState::FRAME_SIZE) {
            self.network.process_frame(&mut self.cleaned, frame);
            let mixed = self
                .cleaned
                .iter()
                .zip(&self.last)
                .map(|(cleaned, line)| CLEANED_SHARE * cleaned + (1.0 - CLEANED_SHARE) * line);
            self.down.push(mixed, out);
            self.last.copy_from_slice(frame);
        }
    }
}

impl std::fmt::Debug for Suppressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Suppressor")
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

/// From the line's rate to the network's: the low pass, one of its phases for each sample out.
#[derive(Debug)]
struct Up {
    phases: Vec<Vec<f32>>,
    /// The last samples, the newest first.
    line: VecDeque<f32>,
}

impl Up {
    fn new(taps: &[f32], factor: usize) -> Self {
        let phase = |phase: usize| {
            taps.iter()
                .skip(phase)
                .step_by(factor)
                .map(|tap| tap * factor as f32)
        };
        Self {
            phases: (0..factor).map(|n| phase(n).collect()).collect(),
            line: std::iter::repeat_n(0.0, SIDE_TAPS).collect(),
        }
    }

    fn push(&mut self, samples: &[i16], out: &mut Vec<f32>) {
        for sample in samples {
            self.line.pop_back();
            self.line.push_front(f32::from(*sample));
            out.extend(self.phases.iter().map(|taps| products(taps, &self.line)));
        }
    }
}

/// And back: one sample in `factor` is worked out.
#[derive(Debug)]
struct Down {
    taps: Vec<f32>,
    line: VecDeque<f32>,
    factor: usize,
    /// Samples until the next that is wanted.
    left: usize,
}

impl Down {
    fn new(taps: Vec<f32>, factor: usize) -> Self {
        Self {
            line: std::iter::repeat_n(0.0, taps.len()).collect(),
            taps,
            factor,
            left: factor,
        }
    }

    fn push(&mut self, samples: impl Iterator<Item = f32>, out: &mut Vec<i16>) {
        for sample in samples {
            self.line.pop_back();
            self.line.push_front(sample);
            self.left -= 1;
            if self.left == 0 {
                self.left = self.factor;
                let value = products(&self.taps, &self.line).round();
                out.push(value.clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16);
            }
        }
    }
}

fn products(taps: &[f32], line: &VecDeque<f32>) -> f32 {
    taps.iter().zip(line).map(|(tap, sample)| tap * sample).sum()
}

/// Half of the line's rate at 48 kHz: a sinc under Hann's window, its taps' sum one.
fn low_pass(factor: usize) -> Vec<f32> {
    let length = SIDE_TAPS * factor;
    let middle = (length - 1) as f32 / 2.0;
    let taps: Vec<f32> = (0..length)
        .map(|n| {
            let x = (n as f32 - middle) / factor as f32;
            let sinc = if x.abs() < 1e-6 {
                1.0
            } else {
                (PI * x).sin() / (PI * x)
            };
            let hann = 0.5 - 0.5 * (2.0 * PI * (n as f32 + 0.5) / length as f32).cos();
            sinc * hann
        })
        .collect();
    let sum: f32 = taps.iter().sum();
    taps.into_iter().map(|tap| tap / sum).collect()
}

const NETWORK_HZ: usize = 48_000;
const FULL_SCALE: f32 = 32_768.0;
/// Samples of the line that each sample is worked out from.
const SIDE_TAPS: usize = 16;
const OPENING_MS: usize = 300;
/// Kitchen noise 24 dB under speech lies at -58 to -44 dBFS, quiet lines under -65.
const NOISY_DBFS: f32 = -55.0;
/// 0.3 and 0.7 are no better: see ARCHITECTURE, "Hearing: what was measured".
const CLEANED_SHARE: f32 = 0.5;

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: SampleRate, hz: f32, amplitude: f32, ms: usize) -> Vec<i16> {
        let step = 2.0 * PI * hz / rate.hz() as f32;
        (0..ms * samples_per_ms(rate))
            .map(|n| ((n as f32 * step).sin() * amplitude) as i16)
            .collect()
    }

    /// Hiss from a fixed seed.
    fn hiss(samples: usize, amplitude: f32) -> Vec<i16> {
        let mut state = 0x9e37_79b9_u32;
        (0..samples)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                ((state as f32 / u32::MAX as f32 - 0.5) * 2.0 * amplitude) as i16
            })
            .collect()
    }

    fn run(denoiser: &mut Denoiser, samples: &[i16]) -> Vec<i16> {
        let mut out = Vec::new();
        for frame in samples.chunks(20 * samples_per_ms(denoiser.rate)) {
            denoiser.push(frame, &mut out);
        }
        denoiser.finish(&mut out);
        out
    }

    fn rms(samples: &[i16]) -> f32 {
        let sum: f32 = samples.iter().map(|s| f32::from(*s).powi(2)).sum();
        (sum / samples.len().max(1) as f32).sqrt()
    }

    #[test]
    fn a_quiet_line_passes_as_it_is() {
        for rate in [SampleRate::Hz8000, SampleRate::Hz16000] {
            let mut sound = hiss(400 * samples_per_ms(rate), 8.0);
            sound.extend(tone(rate, 440.0, 8_000.0, 500));
            assert_eq!(run(&mut Denoiser::new(rate), &sound), sound, "{rate:?}");
            assert_eq!(run(&mut Denoiser::off(rate), &sound), sound, "{rate:?}");
            let short = &sound[..100];
            assert_eq!(run(&mut Denoiser::new(rate), short), short, "{rate:?}");
        }
    }

    #[test]
    fn the_line_before_an_utterance_tells_what_line_it_is() {
        let rate = SampleRate::Hz8000;
        for (height, expected) in [(4.0, Line::Quiet), (1_500.0, Line::Noisy)] {
            let mut denoiser = Denoiser::new(rate);
            let mut out = Vec::new();
            denoiser.know_line(&hiss(8_000, height), &mut out);
            assert_eq!(denoiser.line(), expected);
            assert!(out.len() > 7_900, "{}", out.len());
        }
        // Too little, or no suppressor: the utterance's own opening tells, or nothing does.
        let mut out = Vec::new();
        let mut denoiser = Denoiser::new(rate);
        denoiser.know_line(&hiss(800, 1_500.0), &mut out);
        assert_eq!((out.len(), denoiser.line()), (0, Line::Quiet));
        denoiser.push(&hiss(8_000, 1_500.0), &mut out);
        assert_eq!(denoiser.line(), Line::Noisy);
        let mut off = Denoiser::off(rate);
        let line = hiss(8_000, 1_500.0);
        let mut out = Vec::new();
        off.know_line(&line, &mut out);
        assert_eq!(out, line);
    }

    #[test]
    fn noise_is_turned_down_by_up_to_half() {
        for rate in [SampleRate::Hz8000, SampleRate::Hz16000] {
            let noise = hiss(3_000 * samples_per_ms(rate), 1_500.0);
            let out = run(&mut Denoiser::new(rate), &noise);
            let last_second = |samples: &[i16]| rms(&samples[samples.len() - 1_000 * samples_per_ms(rate)..]);
            let left = last_second(&out) / last_second(&noise);
            assert!((0.4..0.7).contains(&left), "{rate:?}: {left}");
            let behind = noise.len() - out.len();
            assert!(behind <= 12 * samples_per_ms(rate), "{rate:?}: {behind}");
        }
    }

    #[test]
    fn the_changes_of_rate_cost_a_millisecond_and_nothing_in_the_band() {
        for rate in [SampleRate::Hz8000, SampleRate::Hz16000] {
            let factor = NETWORK_HZ / rate.hz() as usize;
            let taps = low_pass(factor);
            let (mut up, mut down) = (Up::new(&taps, factor), Down::new(taps, factor));
            for hz in [200.0, 1_000.0, 3_000.0] {
                let sound = tone(rate, hz, 8_000.0, 200);
                let (mut high, mut back) = (Vec::new(), Vec::new());
                up.push(&sound, &mut high);
                down.push(high.into_iter(), &mut back);
                let level = rms(&back[400..]) / rms(&sound[400..]);
                assert!((0.97..1.03).contains(&level), "{rate:?} {hz} Hz: {level}");
                let delay = SIDE_TAPS - 1;
                let error: Vec<i16> = back[400..]
                    .iter()
                    .zip(&sound[400 - delay..])
                    .map(|(a, b)| a - b)
                    .collect();
                assert!(rms(&error) < 0.1 * rms(&sound), "{rate:?} {hz} Hz");
            }
        }
    }
}
