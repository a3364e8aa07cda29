//! The front end of the grammar recogniser: samples to cepstra, frame by frame. On a quiet line what noise there is is
//! taken down; on a noisy one it stays, and the acoustic model is fitted to it ([`taylor`]). Ours and not the library's, because the library learns the channel's mean and cuts silence by level,
//! and both go astray in noise: half of the drink orders at 15 dB were lost to that.

mod mean;
mod mel;
mod noise;
mod shape;
mod taylor;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use mean::RunningMean;
pub(crate) use mel::MelBank;
use mel::Scratch;
use noise::NoiseReduction;
pub(crate) use shape::Shape;
pub(crate) use taylor::{NoisyLine, in_noise};

use crate::stt::denoise::Line;

/// Cepstral coefficients of a frame.
pub(crate) const CEPSTRA: usize = 13;
pub(crate) type Cepstra = [f32; CEPSTRA];

/// What a call's utterances teach about its line, for the next of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Channel {
    /// Power of the noise in each mel filter.
    noise: Option<Vec<f32>>,
    /// Mean of the speech with its noise taken down.
    speech: Option<Cepstra>,
    /// Mean of the speech with its noise, from utterances that kept it.
    in_noise: Option<Cepstra>,
}

/// One utterance's way from samples to cepstra.
#[derive(Debug)]
pub(crate) struct FrontEnd {
    bank: Arc<MelBank>,
    scratch: Scratch,
    /// The mean of the speech alone, as far as it can be told from the noise.
    speech: RunningMean,
    /// The mean of both, where the noise stays: never taken from features that it was taken out of.
    in_noise: RunningMean,
    channel: Channel,
    line: Line,
    /// The last sample, for the pre-emphasis of the next.
    last: f32,
    /// Pre-emphasised samples from the next window's start.
    emphasised: Vec<f32>,
    /// Mel spectra held back until there are enough to know the noise by.
    opening: Vec<Vec<f32>>,
    reduction: Option<NoiseReduction>,
    gate: Gate,
}

impl FrontEnd {
    /// `mean` is where features of speech have their mean, as far as nothing is known of the channel.
    pub(crate) fn new(bank: Arc<MelBank>, mean: Cepstra, channel: Channel) -> Self {
        Self {
            scratch: bank.scratch(),
            bank,
            speech: RunningMean::new(channel.speech.unwrap_or(mean)),
            in_noise: RunningMean::new(channel.in_noise.or(channel.speech).unwrap_or(mean)),
            channel,
            line: Line::Quiet,
            last: 0.0,
            emphasised: Vec::new(),
            opening: Vec::new(),
            reduction: None,
            gate: Gate::default(),
        }
    }

    /// What the line is: to be told before its first samples, which wait until there are enough to know the noise by.
    pub(crate) const fn is_on(&mut self, line: Line) {
        self.line = line;
    }

    /// Samples from before the utterance, in which nobody speaks: the noise is known from the first frame then.
    pub(crate) fn know_line(&mut self, samples: &[i16]) {
        let line = self.spectra(samples);
        if line.len() >= OPENING_FRAMES {
            self.reduction = Some(NoiseReduction::of_line(&line, self.bank.floor()));
        }
    }

    /// Takes samples at the model's rate and appends the cepstra that are ready.
    pub(crate) fn push(&mut self, samples: &[i16], out: &mut Vec<Cepstra>) {
        for mel in self.spectra(samples) {
            self.take(mel, out);
        }
    }

    /// The mel spectra that these samples complete.
    fn spectra(&mut self, samples: &[i16]) -> Vec<Vec<f32>> {
        let alpha = self.bank.shape().pre_emphasis;
        for sample in samples {
            let sample = f32::from(*sample);
            self.emphasised.push(sample - alpha * self.last);
            self.last = sample;
        }
        let (window, shift) = (self.bank.window(), self.bank.shift());
        let (mut start, mut spectra) = (0, Vec::new());
        while let Some(samples) = self.emphasised.get(start..start + window) {
            let mut mel = self.bank.mel(samples, &mut self.scratch);
            for (power, floor) in mel.iter_mut().zip(self.bank.floor()) {
                *power += floor;
            }
            start += shift;
            spectra.push(mel);
        }
        self.emphasised.drain(..start);
        spectra
    }

    /// The utterance is over: appends what was held back.
    pub(crate) fn finish(&mut self, out: &mut Vec<Cepstra>) {
        if self.reduction.is_none() {
            self.open(out);
        }
    }

    /// What this utterance has taught, with what was known before it.
    pub(crate) fn channel(&self) -> Channel {
        Channel {
            noise: self
                .reduction
                .as_ref()
                .map(|reduction| reduction.noise().to_vec())
                .or_else(|| self.channel.noise.clone()),
            speech: Some(self.speech.now()),
            in_noise: match self.line {
                Line::Noisy => Some(self.in_noise.now()),
                Line::Quiet => self.channel.in_noise,
            },
        }
    }

    /// What the model is to be fitted to, where the noise stays in the features. `None` on a quiet line, and until
    /// there is enough to know the noise by.
    pub(crate) fn noisy_line(&self) -> Option<NoisyLine> {
        let reduction = self.reduction.as_ref().filter(|_| self.line == Line::Noisy)?;
        Some(NoisyLine {
            noise: reduction.noise().to_vec(),
            heard: self.in_noise.now(),
            speech: self.speech.now(),
        })
    }

    fn take(&mut self, mel: Vec<f32>, out: &mut Vec<Cepstra>) {
        if self.reduction.is_some() {
            return self.emit(mel, out);
        }
        self.opening.push(mel);
        if self.opening.len() >= OPENING_FRAMES {
            self.open(out);
        }
    }

    /// Learns the noise from the opening and lets it go.
    fn open(&mut self, out: &mut Vec<Cepstra>) {
        let opening = std::mem::take(&mut self.opening);
        self.reduction = Some(NoiseReduction::of_opening(
            self.channel.noise.as_deref(),
            &opening,
            self.bank.floor(),
        ));
        for mel in opening {
            self.emit(mel, out);
        }
    }

    fn emit(&mut self, mut mel: Vec<f32>, out: &mut Vec<Cepstra>) {
        let noisy = (self.line == Line::Noisy).then(|| self.bank.cepstra(&mel));
        let speech = self
            .reduction
            .as_mut()
            .is_some_and(|reduction| reduction.clean(&mut mel));
        let cleaned = self.bank.cepstra(&mel);
        if speech {
            self.speech.learn(&cleaned);
        }
        let (mut cepstra, mean) = match noisy {
            Some(noisy) => {
                if speech {
                    self.in_noise.learn(&noisy);
                }
                (noisy, self.in_noise.now())
            }
            None => (cleaned, self.speech.now()),
        };
        for (value, mean) in cepstra.iter_mut().zip(mean) {
            *value -= mean;
        }
        self.gate.pass(cepstra, speech, out);
    }
}

/// Leaves long silences out: a search walks astray in them.
#[derive(Debug, Default)]
struct Gate {
    /// Frames since the last one with speech.
    silent: usize,
    /// The last frames of a silence that is being left out.
    held: VecDeque<Cepstra>,
}

impl Gate {
    fn pass(&mut self, cepstra: Cepstra, speech: bool, out: &mut Vec<Cepstra>) {
        self.silent = if speech { 0 } else { self.silent + 1 };
        if self.silent > SILENCE_FRAMES {
            if self.held.len() == LOOK_BACK_FRAMES {
                self.held.pop_front();
            }
            self.held.push_back(cepstra);
            return;
        }
        out.extend(self.held.drain(..));
        out.push(cepstra);
    }
}

/// 300 ms, which is what a recogniser is given from before the onset: known at once in a call.
const OPENING_FRAMES: usize = 30;
/// Silence that is let through, and what of a longer one returns before speech does: 500 and 150 ms.
const SILENCE_FRAMES: usize = 50;
const LOOK_BACK_FRAMES: usize = 15;
