//! Voice activity: which 20 ms frames hold speech, and where speech begins and ends.
//!
//! A small neural network (`earshot`, weights inside) scores the sound; the threshold follows the
//! noise of this call, and short bursts neither start nor end anything.

use std::collections::VecDeque;
use std::fmt;

use earshot::Detector;

use crate::audio::frame::Frame;
use crate::audio::level::level_dbov;
use crate::units::SampleRate;

/// How a frame is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VadMode {
    /// `earshot`: right for voices.
    #[default]
    Neural,
    /// Level above the noise floor: for callers that make synthetic sound (simulation, tone tests).
    Energy,
}

/// What may be behind the sound of a frame, as the echo guard sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The caller can be speaking.
    NearEnd,
    /// Hark's own voice coming back: never counts as speech.
    Echo,
}

/// What one frame means for the course of speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    Silence,
    /// Speech has just been found; it began up to [`ONSET_FRAMES`] frames ago.
    Start,
    Speech,
    /// [`PAUSE_FRAMES`] frames without voice have just passed.
    End,
}

/// The judgement on one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VadFrame {
    pub activity: Activity,
    /// This frame, seen with its neighbours, holds voice. Silence is counted from the last such frame.
    pub voiced: bool,
    /// Two frames in a row that are voice almost beyond doubt, and no speech yet: enough to hold a prompt
    /// for a moment, not enough to say that somebody speaks.
    pub suspected: bool,
    /// 0 to 1.
    pub probability: f32,
    /// See [`level_dbov`].
    pub level_dbov: f32,
}

/// The detector of one call's inbound sound.
pub struct Vad {
    mode: VadMode,
    detector: Box<Detector>,
    /// For 8 kHz lines: the network was trained at 16.
    upsampler: Upsampler,
    pending: Vec<i16>,
    noise: NoiseFloor,
    probability: f32,
    /// Voiced flags of the last frames, newest last.
    recent: VecDeque<bool>,
    unvoiced_run: usize,
    speaking: bool,
}

impl fmt::Debug for Vad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vad")
            .field("mode", &self.mode)
            .field("speaking", &self.speaking)
            .field("probability", &self.probability)
            .field("noise", &self.noise)
            .finish_non_exhaustive()
    }
}

impl Vad {
    pub fn new(mode: VadMode) -> Self {
        Self {
            mode,
            detector: Box::default(),
            upsampler: Upsampler::default(),
            pending: Vec::with_capacity(4 * WINDOW_SAMPLES),
            noise: NoiseFloor::default(),
            probability: 0.0,
            recent: VecDeque::with_capacity(ONSET_WINDOW_FRAMES),
            unvoiced_run: 0,
            speaking: false,
        }
    }

    /// Judges the next frame. Every frame of the call must pass here, in order, also those heard
    /// while Hark speaks: the network and the noise floor have memory.
    pub fn handle_frame(&mut self, frame: &Frame, source: Source) -> VadFrame {
        let level_dbov = level_dbov(frame.samples());
        let probability = match self.mode {
            VadMode::Neural => self.score(frame),
            VadMode::Energy => self.noise.loudness(level_dbov),
        };
        let raw = source == Source::NearEnd && self.is_voiced(probability, level_dbov);
        if source == Source::NearEnd {
            self.noise.learn(level_dbov, probability, raw);
        }
        let activity = self.advance(raw);
        VadFrame {
            activity,
            voiced: self.is_steady(raw),
            suspected: activity == Activity::Silence && self.is_suspect(raw, probability, level_dbov),
            probability,
            level_dbov,
        }
    }

    pub const fn is_speaking(&self) -> bool {
        self.speaking
    }

    /// The level of this call's background, in dBov.
    pub const fn noise_floor_dbov(&self) -> f32 {
        self.noise.floor_dbov
    }

    /// The greatest score of the windows that this frame completes; the last one where it completes none.
    fn score(&mut self, frame: &Frame) -> f32 {
        match frame.rate() {
            SampleRate::Hz16000 => self.pending.extend_from_slice(frame.samples()),
            SampleRate::Hz8000 => self.upsampler.double(frame.samples(), &mut self.pending),
        }
        let mut best = None;
        let windows = self.pending.chunks_exact(WINDOW_SAMPLES);
        let rest = windows.remainder().to_vec();
        for window in windows {
            let score = self.detector.predict_i16(window);
            best = Some(best.map_or(score, |other: f32| other.max(score)));
        }
        self.pending = rest;
        self.probability = best.unwrap_or(self.probability);
        self.probability
    }

    fn is_voiced(&self, probability: f32, level_dbov: f32) -> bool {
        let threshold = match (self.mode, self.speaking) {
            (VadMode::Neural, false) => self.noise.threshold(),
            (VadMode::Neural, true) => self.noise.threshold() - HYSTERESIS,
            (VadMode::Energy, _) => 0.5,
        };
        probability >= threshold
            && level_dbov >= self.noise.floor_dbov + GATE_DB
            && level_dbov >= MIN_SPEECH_DBOV
    }

    /// In a running utterance a single voiced frame is a click: it takes two in a row to count.
    fn is_steady(&self, raw: bool) -> bool {
        raw && self.recent.iter().rev().nth(1).is_some_and(|before| *before)
    }

    fn is_suspect(&self, raw: bool, probability: f32, level_dbov: f32) -> bool {
        self.is_steady(raw)
            && probability >= SUSPECT_PROBABILITY
            && level_dbov >= self.noise.floor_dbov + SUSPECT_DB
    }

    fn advance(&mut self, raw: bool) -> Activity {
        if self.recent.len() == ONSET_WINDOW_FRAMES {
            self.recent.pop_front();
        }
        self.recent.push_back(raw);
        self.unvoiced_run = if raw {
            0
        } else {
            self.unvoiced_run.saturating_add(1)
        };
        let voiced = self.recent.iter().filter(|flag| **flag).count();
        if !self.speaking && raw && voiced >= ONSET_FRAMES {
            self.speaking = true;
            return Activity::Start;
        }
        if self.speaking && self.unvoiced_run >= PAUSE_FRAMES {
            self.speaking = false;
            return Activity::End;
        }
        if self.speaking {
            Activity::Speech
        } else {
            Activity::Silence
        }
    }
}

/// What this call sounds like when nobody speaks.
#[derive(Debug, Clone, Copy)]
struct NoiseFloor {
    floor_dbov: f32,
    /// The network's mean score on frames taken for noise: babble and music raise it.
    score: f32,
}

impl Default for NoiseFloor {
    fn default() -> Self {
        Self {
            floor_dbov: -60.0,
            score: 0.05,
        }
    }
}

impl NoiseFloor {
    fn learn(&mut self, level_dbov: f32, probability: f32, voiced: bool) {
        let step = level_dbov - self.floor_dbov;
        let rate = match (step < 0.0, voiced) {
            (true, _) => 0.2,       // quieter than thought: follow within five frames
            (false, false) => 0.02, // a rise must last about a second
            (false, true) => 0.0,
        };
        // Even "speech" lifts the floor by 1 dB a second, so that a steady hum cannot be speech for ever.
        let creep = if voiced { 0.02 } else { 0.0 };
        self.floor_dbov = (self.floor_dbov + rate * step + creep).clamp(FLOOR_MIN_DBOV, FLOOR_MAX_DBOV);
        if !voiced {
            self.score += 0.02 * (probability - self.score);
        }
    }

    /// The least score of speech in this noise.
    fn threshold(&self) -> f32 {
        (BASE_THRESHOLD + NOISE_WEIGHT * self.score).clamp(BASE_THRESHOLD, MAX_THRESHOLD)
    }

    /// A stand-in for the network's score: 0.5 at [`ENERGY_SNR_DB`] above the floor.
    fn loudness(&self, level_dbov: f32) -> f32 {
        (0.5 + (level_dbov - self.floor_dbov - ENERGY_SNR_DB) / 40.0).clamp(0.0, 1.0)
    }
}

/// 8 to 16 kHz by linear interpolation, and not by `audio::resample`, on purpose: the images that it leaves
/// above 4 kHz look like the upper half of wideband speech to a network trained on that. Of 153 words in
/// the telephone band it finds all this way, and misses 20 when the upper half is empty.
#[derive(Debug, Default)]
struct Upsampler {
    last: i16,
}

impl Upsampler {
    fn double(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        for sample in samples {
            out.push(i32::midpoint(i32::from(self.last), i32::from(*sample)) as i16);
            out.push(*sample);
            self.last = *sample;
        }
    }
}

/// Voiced frames out of the last [`ONSET_WINDOW_FRAMES`] that make speech: 60 ms, longer than a click.
pub const ONSET_FRAMES: usize = 3;
const ONSET_WINDOW_FRAMES: usize = 4;

/// Frames without voice that end a stretch of speech: 100 ms, longer than the closure of a stop consonant.
pub const PAUSE_FRAMES: usize = 5;

/// What `earshot` takes at once: 16 ms at 16 kHz.
const WINDOW_SAMPLES: usize = 256;

const BASE_THRESHOLD: f32 = 0.5; // earshot's own recommendation
const NOISE_WEIGHT: f32 = 0.8;
const MAX_THRESHOLD: f32 = 0.8;
/// Chosen on recordings: 0.2 ends 40 ms later (p95), 0 splits a third more sentences at 350 ms.
const HYSTERESIS: f32 = 0.15;
/// A prompt is held for less than is called speech, so it must be louder and surer.
const SUSPECT_PROBABILITY: f32 = 0.7;
const SUSPECT_DB: f32 = 12.0;
const GATE_DB: f32 = 3.0;
const ENERGY_SNR_DB: f32 = 12.0;
const MIN_SPEECH_DBOV: f32 = -62.0;
const FLOOR_MIN_DBOV: f32 = -75.0;
const FLOOR_MAX_DBOV: f32 = -25.0;

#[cfg(test)]
mod tests {
    use super::{Activity, Source, Vad, VadMode};
    use crate::audio::frame::Frame;
    use crate::units::SampleRate;

    fn tone(amplitude: i16) -> Frame {
        let mut frame = Frame::silence(SampleRate::Hz8000);
        for (n, sample) in frame.samples_mut().iter_mut().enumerate() {
            *sample = if n % 16 < 8 { amplitude } else { -amplitude };
        }
        frame
    }

    fn activities(pattern: &[(usize, i16)]) -> Vec<(usize, Activity)> {
        let mut vad = Vad::new(VadMode::Energy);
        let mut found = Vec::new();
        let frames = pattern
            .iter()
            .flat_map(|(count, amplitude)| vec![*amplitude; *count]);
        for (at, amplitude) in frames.enumerate() {
            let judged = vad.handle_frame(&tone(amplitude), Source::NearEnd);
            if matches!(judged.activity, Activity::Start | Activity::End) {
                found.push((at, judged.activity));
            }
        }
        found
    }

    #[test]
    fn speech_starts_after_60_ms_and_ends_after_100_ms() {
        let found = activities(&[(20, 20), (30, 6_000), (20, 20)]);
        assert_eq!(found, [(22, Activity::Start), (54, Activity::End)]);
    }

    #[test]
    fn a_click_is_no_speech_and_a_short_gap_no_end() {
        assert_eq!(activities(&[(20, 20), (2, 9_000), (20, 20)]), []);
        let found = activities(&[(20, 20), (10, 6_000), (4, 20), (10, 6_000), (10, 20)]);
        assert_eq!(found, [(22, Activity::Start), (48, Activity::End)]);
    }

    #[test]
    fn the_threshold_rises_with_the_noise_of_the_call() {
        // 600 is heard as speech over a quiet line; not once the line has hummed at 400 for a while.
        assert_eq!(activities(&[(20, 10), (10, 600), (10, 10)]).len(), 2);
        let mut vad = Vad::new(VadMode::Energy);
        let mut starts_late = 0;
        for n in 0..900 {
            let judged = vad.handle_frame(&tone(if n < 850 { 400 } else { 600 }), Source::NearEnd);
            starts_late += usize::from(n >= 850 && judged.activity == Activity::Start);
        }
        assert_eq!(starts_late, 0, "floor {}", vad.noise_floor_dbov());
    }

    #[test]
    fn echo_is_never_speech() {
        let mut vad = Vad::new(VadMode::Energy);
        for _ in 0..50 {
            assert_eq!(
                vad.handle_frame(&tone(9_000), Source::Echo).activity,
                Activity::Silence
            );
        }
    }

    #[test]
    fn the_network_hears_no_voice_in_silence_and_in_hiss() {
        let mut vad = Vad::new(VadMode::Neural);
        let mut state = 1u32;
        for n in 0..300 {
            let mut frame = tone(0);
            if n >= 100 {
                for sample in frame.samples_mut() {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    *sample = ((state >> 16) as i16) / 64;
                }
            }
            assert_eq!(
                vad.handle_frame(&frame, Source::NearEnd).activity,
                Activity::Silence,
                "frame {n}"
            );
        }
    }
}
