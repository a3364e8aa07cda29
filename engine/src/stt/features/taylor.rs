//! The acoustic model as it would be had it been trained in the noise of this line (vector Taylor series: Moreno, Raj and
//! Stern 1996; Acero and others 2000). Noise adds to speech in power, so each Gaussian of clean speech has a place of its
//! own in it: what is loud stays where it was, what is quiet goes where the noise is.
//!
//! Cleaning the features tears holes where speech was covered; here the search expects it to be covered.

use crate::stt::features::mel::MelBank;
use crate::stt::features::{CEPSTRA, Cepstra};
use crate::stt::pocketsphinx::gaussians::Gaussians;

/// What is known of a noisy line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NoisyLine {
    /// Mean power of the noise in each mel filter.
    pub(crate) noise: Vec<f32>,
    /// Mean of the speech with the noise in it, which is taken from the features.
    pub(crate) heard: Cepstra,
    /// Mean of the speech without it.
    pub(crate) speech: Cepstra,
}

/// A model's Gaussians, of clean speech.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CleanModel {
    pub(crate) means: Gaussians,
    pub(crate) variances: Gaussians,
}

impl CleanModel {
    /// Means and variances in the noise of a line.
    pub(crate) fn in_noise(&self, bank: &MelBank, line: &NoisyLine) -> (Gaussians, Gaussians) {
        // As smooth over the filters as the model's own spectra.
        let log_noise = line.noise.iter().map(|power| power.ln() + LOG_OF_MEAN);
        let log_noise = bank.spectrum(&bank.transformed(&log_noise.collect::<Vec<f32>>()));
        let (mut means, mut variances) = (self.means.clone(), self.variances.clone());
        for (means, variances) in means.codebooks_mut().zip(variances.codebooks_mut()) {
            let mut streams = means.into_iter().zip(variances);
            let Some((means, variances)) = streams.next() else {
                continue;
            };
            let mut average = vec![0.0; log_noise.len()];
            let count = means.len().max(1) as f32;
            for (mean, variance) in means.iter_mut().zip(variances) {
                let share = noisy_mean(bank, line, &log_noise, mean);
                narrow(&Slope::new(bank, &share), variance, NOISE_VARIANCE);
                for (average, share) in average.iter_mut().zip(share) {
                    *average += share / count;
                }
            }
            // A change in the cepstra shows as far as speech does, for the codebook on the whole.
            let slope = Slope::new(bank, &average);
            for ((means, variances), times) in streams.zip(CHANGES) {
                for (mean, variance) in means.iter_mut().zip(variances) {
                    *mean = slope.of_speech(mean);
                    narrow(&slope, variance, times * NOISE_VARIANCE);
                }
            }
        }
        (means, variances)
    }
}

/// Moves a mean to where its speech is in the noise. Returns the share of speech in each filter there.
fn noisy_mean(bank: &MelBank, line: &NoisyLine, log_noise: &[f32], mean: &mut Cepstra) -> Vec<f32> {
    let mut speech = *mean;
    for (value, usual) in speech.iter_mut().zip(line.speech) {
        *value += usual;
    }
    let share: Vec<f32> = bank
        .spectrum(&speech)
        .iter()
        .zip(log_noise)
        .map(|(speech, noise)| 1.0 / (1.0 + (noise - speech).exp()))
        .collect();
    let raised: Vec<f32> = share
        .iter()
        .map(|share| -share.max(f32::MIN_POSITIVE).ln())
        .collect();
    let raised = bank.transformed(&raised);
    for (((value, speech), raised), heard) in mean.iter_mut().zip(speech).zip(raised).zip(line.heard) {
        *value = speech + raised - heard;
    }
    share
}

/// How a noisy cepstrum moves with that of the speech in it: what is missing to one, it moves with the noise.
struct Slope<'a> {
    bank: &'a MelBank,
    of_speech: [Cepstra; CEPSTRA],
}

impl<'a> Slope<'a> {
    fn new(bank: &'a MelBank, share: &[f32]) -> Self {
        Self {
            bank,
            of_speech: bank.weighted_round_trip(share),
        }
    }

    fn of_speech(&self, value: &Cepstra) -> Cepstra {
        let along = |row: &Cepstra| row.iter().zip(value).map(|(slope, value)| slope * value).sum();
        self.of_speech.each_ref().map(along)
    }

    /// The variance of speech and noise together, as far as it lies on the diagonal.
    fn variance(&self, speech: &Cepstra, noise: f32) -> Cepstra {
        let mut variance = [0.0; CEPSTRA];
        for (row, (slot, slopes)) in variance.iter_mut().zip(&self.of_speech).enumerate() {
            for (column, (slope, speech)) in slopes.iter().zip(speech).enumerate() {
                let rest = if row == column { 1.0 - slope } else { -slope };
                let lift = self.bank.lift().get(column).copied().unwrap_or(1.0);
                *slot += slope * slope * speech + rest * rest * noise * lift * lift;
            }
        }
        variance
    }
}

fn narrow(slope: &Slope<'_>, variance: &mut Cepstra, noise: f32) {
    let in_noise = slope.variance(variance, noise);
    for (variance, in_noise) in variance.iter_mut().zip(in_noise) {
        *variance += VARIANCE_SHARE * (in_noise - *variance);
    }
}

/// From the logarithm of the noise's mean power to the mean of its logarithm: -0.58 for a single line of the spectrum
/// (Euler's constant), nearer to 0 the more of them a filter holds, farther for noise that comes and goes.
const LOG_OF_MEAN: f32 = -0.5;
/// Of the cepstra of noise before the lifter.
const NOISE_VARIANCE: f32 = 0.4;
/// How many times that the noise's first and second change vary.
const CHANGES: [f32; 2] = [2.0, 4.0];
/// How far variances go where the series has them. All the way they grow so narrow that a noise which is not quite what
/// it was outweighs the words; not at all is no worse than this (ARCHITECTURE has the figures).
const VARIANCE_SHARE: f32 = 0.3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stt::features::Shape;
    use crate::stt::pocketsphinx::gaussians::tests::of_streams;

    const SPEECH: Cepstra = [
        60.0, -3.0, 2.0, -2.0, 1.0, -1.0, 0.5, -0.3, 0.2, 0.0, -0.4, 0.1, -0.3,
    ];
    const VARIANCE: Cepstra = [9.0, 4.0, 3.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];

    fn bank() -> MelBank {
        let telephone =
            "-nfilt 20 -lowerf 1 -upperf 4000 -wlen 0.025 -transform dct -round_filters no -lifter 22";
        MelBank::new(Shape::parse(telephone).unwrap())
    }

    /// One Gaussian a stream, its mean at some distance from that of speech.
    fn model() -> CleanModel {
        let mut apart = [0.0; CEPSTRA];
        apart[0] = -4.0;
        apart[1] = 1.0;
        CleanModel {
            means: of_streams(&[apart, [0.5; CEPSTRA], [-0.2; CEPSTRA]]),
            variances: of_streams(&[VARIANCE; 3]),
        }
    }

    /// Noise whose logarithm has these cepstra on the mean.
    fn line(noise: Cepstra) -> NoisyLine {
        let logs = bank().spectrum(&noise).into_iter();
        NoisyLine {
            noise: logs.map(|log| (log - LOG_OF_MEAN).exp()).collect(),
            heard: SPEECH,
            speech: SPEECH,
        }
    }

    fn values(mut gaussians: Gaussians) -> Vec<Cepstra> {
        let books = gaussians.codebooks_mut();
        books.flatten().flat_map(|stream| stream.to_vec()).collect()
    }

    #[track_caller]
    fn near(found: &Cepstra, expected: &Cepstra) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-2, "{found} for {expected}");
        }
    }

    #[test]
    fn noise_that_is_far_below_speech_changes_nothing() {
        let mut whisper = [0.0; CEPSTRA];
        whisper[0] = 10.0;
        let (means, variances) = model().in_noise(&bank(), &line(whisper));
        for (found, clean) in values(means).iter().zip(&values(model().means)) {
            near(found, clean);
        }
        for found in values(variances) {
            near(&found, &VARIANCE);
        }
    }

    #[test]
    fn in_noise_that_covers_all_every_mean_is_that_of_the_noise() {
        let mut roar = [0.0; CEPSTRA];
        roar[0] = 110.0;
        roar[2] = 3.0;
        let (means, _) = model().in_noise(&bank(), &line(roar));
        let means = values(means);
        let mut expected = roar;
        for (value, heard) in expected.iter_mut().zip(SPEECH) {
            *value -= heard;
        }
        near(&means[0], &expected);
        near(&means[1], &[0.0; CEPSTRA]);
        near(&means[2], &[0.0; CEPSTRA]);
    }

    /// What the front end would make of the powers of both.
    #[test]
    fn speech_and_noise_add_in_power() {
        let bank = bank();
        let mut noise = [0.0; CEPSTRA];
        noise[0] = 55.0;
        noise[1] = 6.0;
        let (means, variances) = model().in_noise(&bank, &line(noise));
        let mut speech = SPEECH;
        speech[0] -= 4.0;
        speech[1] += 1.0;
        let both: Vec<f32> = bank
            .spectrum(&speech)
            .iter()
            .zip(bank.spectrum(&noise))
            .map(|(speech, noise)| speech.exp() + noise.exp())
            .collect();
        let mut expected = bank.cepstra(&both);
        for (value, heard) in expected.iter_mut().zip(SPEECH) {
            *value -= heard;
        }
        near(&values(means)[0], &expected);
        let variances = values(variances);
        assert!(variances[0][0] < VARIANCE[0] && variances[0][0] > 0.0);
    }

    #[test]
    fn what_was_heard_louder_than_the_speech_is_taken_out() {
        let mut whisper = [0.0; CEPSTRA];
        whisper[0] = 10.0;
        let mut line = line(whisper);
        line.heard[0] += 3.0;
        let (means, _) = model().in_noise(&bank(), &line);
        let mut expected = values(model().means)[0];
        expected[0] -= 3.0;
        near(&values(means)[0], &expected);
    }
}
