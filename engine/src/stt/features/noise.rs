//! What the line sounds like when nobody speaks, filter by filter, and how much of each frame is speech.

/// The noise of a line, and the share of speech that the last frame had.
#[derive(Debug, Clone)]
pub(crate) struct NoiseReduction {
    /// Mean power of the noise in each filter.
    noise: Vec<f32>,
    /// Speech over noise of the last frame, after the gain.
    before: Vec<f32>,
    /// How far the last frames stood above the noise: natural logarithm, mean over the filters.
    above: f32,
}

impl NoiseReduction {
    /// From mel spectra of a line on which nobody spoke.
    pub(crate) fn of_line(line: &[Vec<f32>], floor: &[f32]) -> Self {
        Self::over(mean_of_quieter(line, LINE_SHARE, QUIET_LINE_TO_MEAN), floor)
    }

    /// Where there was no time for that: `earlier` is what the call's last utterance left; `opening` are the mel
    /// spectra before and around the onset. The quieter half of them is noise, even if speech has begun.
    pub(crate) fn of_opening(earlier: Option<&[f32]>, opening: &[Vec<f32>], floor: &[f32]) -> Self {
        let mut noise = mean_of_quieter(opening, 0.5, QUIET_HALF_TO_MEAN);
        if let Some(earlier) = earlier.filter(|earlier| earlier.len() == noise.len()) {
            for (noise, earlier) in noise.iter_mut().zip(earlier) {
                *noise = (*noise * earlier).sqrt();
            }
        }
        Self::over(noise, floor)
    }

    fn over(mut noise: Vec<f32>, floor: &[f32]) -> Self {
        noise.resize(floor.len(), 0.0);
        for (noise, floor) in noise.iter_mut().zip(floor) {
            *noise = noise.max(*floor);
        }
        Self {
            before: vec![0.0; noise.len()],
            noise,
            above: 0.0,
        }
    }

    /// The noise as it is known now: what the call's next utterance starts from.
    pub(crate) fn noise(&self) -> &[f32] {
        &self.noise
    }

    /// Turns each filter down to the share of speech in it (Wiener's gain with the decision-directed
    /// estimate of Ephraim and Malah 1984). True when the frame is likely speech.
    pub(crate) fn clean(&mut self, mel: &mut [f32]) -> bool {
        let ratio = |power: f32, noise: f32| power / noise;
        let logs = mel
            .iter()
            .zip(&self.noise)
            .map(|(power, noise)| ratio(*power, *noise).max(1e-3).ln());
        let above = logs.sum::<f32>() / mel.len().max(1) as f32;
        self.above += SMOOTHING * (above - self.above);
        if self.above < NOISE_BELOW {
            for (noise, power) in self.noise.iter_mut().zip(&*mel) {
                *noise += NOISE_DRIFT * (power - *noise);
            }
        }
        for ((power, noise), before) in mel.iter_mut().zip(&self.noise).zip(&mut self.before) {
            let now = ratio(*power, *noise);
            let speech_over_noise =
                (INERTIA * *before + (1.0 - INERTIA) * (now - 1.0).max(0.0)).max(LEAST_RATIO);
            let gain = speech_over_noise / (1.0 + speech_over_noise);
            *before = gain * gain * now;
            *power *= gain.max(LEAST_GAIN);
        }
        self.above > SPEECH_ABOVE
    }
}

/// The mean of the quieter spectra, this share of them, filter by filter; `to_mean` is what all would have more.
fn mean_of_quieter(spectra: &[Vec<f32>], share: f32, to_mean: f32) -> Vec<f32> {
    let mut by_energy: Vec<&Vec<f32>> = spectra.iter().collect();
    by_energy.sort_by(|a, b| a.iter().sum::<f32>().total_cmp(&b.iter().sum::<f32>()));
    by_energy.truncate((spectra.len() as f32 * share).ceil() as usize);
    let Some((first, rest)) = by_energy.split_first() else {
        return Vec::new();
    };
    let mut mean = first.to_vec();
    for spectrum in rest {
        for (sum, power) in mean.iter_mut().zip(*spectrum) {
            *sum += power;
        }
    }
    let scale = to_mean / by_energy.len() as f32;
    mean.iter_mut().for_each(|power| *power *= scale);
    mean
}

/// Of a line on which nobody speaks, this share is like what words will be in; a plate that falls is not.
const LINE_SHARE: f32 = 0.75;
const QUIET_LINE_TO_MEAN: f32 = 1.1;
/// The quieter half of noise is quieter than noise: by this factor, for mel filters over kitchen, street and hiss.
const QUIET_HALF_TO_MEAN: f32 = 1.25;
/// Of the smoothed level: three frames.
const SMOOTHING: f32 = 0.33;
/// Above this a frame may be speech; below the other it is hardly any. Between them nothing is learnt: noise
/// that learns from weak speech rises until it swallows all of it (at 15 dB a third of the orders).
const SPEECH_ABOVE: f32 = 0.2;
const NOISE_BELOW: f32 = 0.1;
/// Noise follows what is not speech within about a second.
const NOISE_DRIFT: f32 = 0.01;
/// Weight of the last frame's estimate: more is smoother and slower.
const INERTIA: f32 = 0.92;
const LEAST_RATIO: f32 = 1e-3;
/// Speech torn out of noise with more force leaves holes that fit no model: 0.1 lost a third of what 0.4 won.
const LEAST_GAIN: f32 = 0.4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plate_that_falls_is_not_the_noise_of_the_line() {
        let mut line = vec![vec![2.0, 4.0]; 75];
        line.extend(vec![vec![900.0, 900.0]; 25]);
        let reduction = NoiseReduction::of_line(&line, &[0.1, 0.1]);
        assert_eq!(
            reduction.noise(),
            [2.0 * QUIET_LINE_TO_MEAN, 4.0 * QUIET_LINE_TO_MEAN]
        );
    }

    #[test]
    fn digital_silence_has_the_floor_for_noise() {
        let reduction = NoiseReduction::of_opening(None, &[vec![0.0, 0.0]], &[0.1, 0.2]);
        assert_eq!(reduction.noise(), [0.1, 0.2]);
        let nothing = NoiseReduction::of_opening(None, &[], &[0.1, 0.2]);
        assert_eq!(nothing.noise(), [0.1, 0.2]);
    }
}
