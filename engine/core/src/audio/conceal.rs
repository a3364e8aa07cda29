//! Packet loss concealment by repeating the last pitch period, fading to silence, in the manner of
//! ITU-T G.711 Appendix I. A loss of one packet is hardly heard; a long one becomes silence, not a buzz.

use crate::units::SampleRate;

/// Remembers the last decoded sound and continues it while packets are missing.
#[derive(Debug, Clone)]
pub struct Concealer {
    rate: SampleRate,
    /// The last decoded samples, oldest first, at most [`HISTORY_MS`].
    history: Vec<f32>,
    /// The period that is being repeated, and where in it we are. Empty while packets arrive.
    period: Vec<f32>,
    phase: usize,
    /// Samples concealed since the last packet.
    concealed: usize,
}

impl Concealer {
    pub fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            history: Vec::new(),
            period: Vec::new(),
            phase: 0,
            concealed: 0,
        }
    }

    /// Learns from decoded samples, and after a loss blends them with the end of the concealment.
    pub fn received(&mut self, samples: &mut [i16]) {
        if self.concealed > 0 {
            self.blend(samples);
        }
        self.period.clear();
        self.concealed = 0;
        let keep = self.samples_in(HISTORY_MS);
        self.history
            .extend(samples.iter().map(|sample| f32::from(*sample)));
        let surplus = self.history.len().saturating_sub(keep);
        self.history.drain(..surplus);
    }

    /// Appends 20 ms that continue the last sound; silence once [`FADED_MS`] have been concealed.
    pub fn conceal(&mut self, out: &mut Vec<i16>) {
        if self.concealed == 0 {
            self.start();
        }
        for _ in 0..self.rate.frame_samples() {
            let sample = self.next_sample();
            out.push(sample as i16);
        }
    }

    /// The first few milliseconds after a loss fade from what would have been concealed to what came.
    fn blend(&mut self, samples: &mut [i16]) {
        let length = self.samples_in(BLEND_MS).min(samples.len());
        for (index, sample) in samples.iter_mut().take(length).enumerate() {
            let share = (index + 1) as f32 / (length + 1) as f32;
            let mixed = f32::from(*sample) * share + self.next_sample() * (1.0 - share);
            *sample = mixed as i16;
        }
    }

    fn start(&mut self) {
        self.phase = 0;
        let lag = self.pitch_lag();
        let (_, last) = self.history.split_at(self.history.len().saturating_sub(lag));
        self.period = last.to_vec();
        self.smooth_joint(lag);
    }

    /// Fades the end of the period towards what stood before its start, so that repeating it does not click.
    fn smooth_joint(&mut self, lag: usize) {
        let overlap = (lag / 4).min(self.history.len().saturating_sub(lag));
        let before = self.history.len().saturating_sub(lag + overlap);
        let tail = self.period.len().saturating_sub(overlap);
        let (_, source) = self.history.split_at(before);
        for (index, (sample, earlier)) in self
            .period
            .iter_mut()
            .skip(tail)
            .zip(source.iter().take(overlap))
            .enumerate()
        {
            let share = (index + 1) as f32 / (overlap + 1) as f32;
            *sample = *sample * (1.0 - share) + earlier * share;
        }
    }

    fn next_sample(&mut self) -> f32 {
        let gain = self.gain();
        let sample = self.period.get(self.phase).copied().unwrap_or(0.0);
        self.phase = if self.phase + 1 >= self.period.len() {
            0
        } else {
            self.phase + 1
        };
        self.concealed = self.concealed.saturating_add(1);
        sample * gain
    }

    fn gain(&self) -> f32 {
        let (hold, end) = (self.samples_in(HOLD_MS), self.samples_in(FADED_MS));
        if self.concealed < hold {
            1.0
        } else {
            end.saturating_sub(self.concealed) as f32 / (end - hold) as f32
        }
    }

    /// The lag at which the last 10 ms resemble what came before them most: one pitch period.
    fn pitch_lag(&self) -> usize {
        let (shortest, longest) = (
            self.rate.hz() as usize / PITCH_MAX_HZ,
            self.rate.hz() as usize / PITCH_MIN_HZ,
        );
        let window = self.samples_in(10);
        let Some(recent_at) = self.history.len().checked_sub(window) else {
            return self.history.len();
        };
        let recent = self.history.split_at(recent_at).1;
        let mut best = (f32::MIN, longest.min(self.history.len()));
        for lag in shortest..=longest.min(recent_at) {
            let earlier = self.history.split_at(recent_at - lag).1;
            let score = likeness(recent, earlier);
            if score > best.0 {
                best = (score, lag);
            }
        }
        best.1
    }

    const fn samples_in(&self, ms: usize) -> usize {
        self.rate.hz() as usize * ms / 1_000
    }
}

/// Normalised cross-correlation of `recent` with as many samples of `earlier`.
fn likeness(recent: &[f32], earlier: &[f32]) -> f32 {
    let (mut product, mut energy) = (0.0, 1.0);
    for (a, b) in recent.iter().zip(earlier) {
        product += a * b;
        energy += b * b;
    }
    product / energy.sqrt()
}

/// Enough for the longest period, the window that is compared, and the overlap.
const HISTORY_MS: usize = 40;
/// Concealment is at full strength so long, then fades.
const HOLD_MS: usize = 10;
/// And is silent from here on (G.711 Appendix I §2.6).
const FADED_MS: usize = 60;
const BLEND_MS: usize = 4;
/// Human pitch, with room on both sides.
const PITCH_MIN_HZ: usize = 66;
const PITCH_MAX_HZ: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::level::level_dbov;
    use crate::audio::tone::{Tone, tone_share};

    fn hear(concealer: &mut Concealer, tone: &mut Tone, frames: usize) {
        for _ in 0..frames {
            let mut samples: Vec<i16> = tone.take(160).collect();
            concealer.received(&mut samples);
        }
    }

    #[test]
    fn one_lost_frame_keeps_the_pitch() {
        let mut concealer = Concealer::new(SampleRate::Hz8000);
        hear(
            &mut concealer,
            &mut Tone::new(SampleRate::Hz8000, 200.0, -12.0),
            3,
        );
        let mut out = Vec::new();
        concealer.conceal(&mut out);
        assert_eq!(out.len(), 160);
        assert!(tone_share(&out, SampleRate::Hz8000, 200.0) > 0.9);
        assert!(level_dbov(&out) > -16.0);
    }

    #[test]
    fn a_long_loss_fades_to_silence() {
        let mut concealer = Concealer::new(SampleRate::Hz8000);
        hear(
            &mut concealer,
            &mut Tone::new(SampleRate::Hz8000, 200.0, -12.0),
            3,
        );
        let mut levels = Vec::new();
        for _ in 0..4 {
            let mut out = Vec::new();
            concealer.conceal(&mut out);
            levels.push(level_dbov(&out));
        }
        assert!(levels.windows(2).all(|pair| pair[1] < pair[0]), "{levels:?}");
        assert_eq!(levels[3], crate::audio::level::SILENCE_DBOV);
    }

    #[test]
    fn nothing_heard_conceals_as_silence() {
        let mut out = Vec::new();
        Concealer::new(SampleRate::Hz16000).conceal(&mut out);
        assert_eq!(out, vec![0; 320]);
    }

    #[test]
    fn the_return_of_sound_does_not_click() {
        let mut concealer = Concealer::new(SampleRate::Hz8000);
        let mut tone = Tone::new(SampleRate::Hz8000, 200.0, -12.0);
        hear(&mut concealer, &mut tone, 3);
        let mut out = Vec::new();
        concealer.conceal(&mut out);
        let mut next: Vec<i16> = tone.by_ref().skip(187).take(160).collect();
        concealer.received(&mut next);
        out.extend(next);
        let steepest = out
            .windows(2)
            .map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs())
            .max();
        // A 200 Hz sine at -12 dBov (peak 11,600) moves at most 1,830 a sample.
        assert!(steepest < Some(3_700), "{steepest:?}");
    }
}
