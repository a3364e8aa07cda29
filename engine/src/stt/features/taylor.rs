//! The acoustic model as it would be had it been trained in the noise of this line (vector Taylor series: Moreno, Raj and
//! Stern 1996; Acero and others 2000). Noise adds to speech in power, so each Gaussian of clean speech has a place of its
//! own in it: what is loud stays where it was, what is quiet goes where the noise is. Variances stay as they are: as
//! narrow as the series has them, a noise that is not quite what it was outweighs the words.
//!
//! Cleaning the features tears holes where speech was covered; here the search expects it to be covered.

use crate::stt::features::Cepstra;
use crate::stt::features::mel::MelBank;
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

/// The means of a model of clean speech, in the noise of a line.
pub(crate) fn in_noise(clean: &Gaussians, bank: &MelBank, line: &NoisyLine) -> Gaussians {
    // As smooth over the filters as the model's own spectra.
    let log_noise = line.noise.iter().map(|power| power.ln() + LOG_OF_MEAN);
    let log_noise = bank.spectrum(&bank.transformed(&log_noise.collect::<Vec<f32>>()));
    let mut means = clean.clone();
    for streams in means.codebooks_mut() {
        let mut streams = streams.into_iter();
        let Some(cepstra) = streams.next() else {
            continue;
        };
        let mut average = vec![0.0; log_noise.len()];
        let count = cepstra.len().max(1) as f32;
        for mean in cepstra {
            let share = noisy_mean(bank, line, &log_noise, mean);
            for (average, share) in average.iter_mut().zip(share) {
                *average += share / count;
            }
        }
        // A change in the cepstra shows as far as speech does, for the codebook on the whole.
        let slope = bank.weighted_round_trip(&average);
        for mean in streams.flatten() {
            let along = |row: &Cepstra| row.iter().zip(&*mean).map(|(slope, value)| slope * value).sum();
            *mean = slope.each_ref().map(along);
        }
    }
    means
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

/// From the logarithm of the noise's mean power to the mean of its logarithm: -0.58 for a single line of the spectrum
/// (Euler's constant), nearer to 0 the more of them a filter holds, farther for noise that comes and goes.
const LOG_OF_MEAN: f32 = -0.5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stt::features::{CEPSTRA, Shape};
    use crate::stt::pocketsphinx::gaussians::tests::of_streams;

    const SPEECH: Cepstra = [
        60.0, -3.0, 2.0, -2.0, 1.0, -1.0, 0.5, -0.3, 0.2, 0.0, -0.4, 0.1, -0.3,
    ];

    fn bank() -> MelBank {
        let telephone =
            "-nfilt 20 -lowerf 1 -upperf 4000 -wlen 0.025 -transform dct -round_filters no -lifter 22";
        MelBank::new(Shape::parse(telephone).unwrap())
    }

    /// One Gaussian a stream, its mean at some distance from that of speech.
    fn model() -> Gaussians {
        let mut apart = [0.0; CEPSTRA];
        apart[0] = -4.0;
        apart[1] = 1.0;
        of_streams(&[apart, [0.5; CEPSTRA], [-0.2; CEPSTRA]])
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
        let means = in_noise(&model(), &bank(), &line(whisper));
        for (found, clean) in values(means).iter().zip(&values(model())) {
            near(found, clean);
        }
    }

    #[test]
    fn in_noise_that_covers_all_every_mean_is_that_of_the_noise() {
        let mut roar = [0.0; CEPSTRA];
        roar[0] = 110.0;
        roar[2] = 3.0;
        let means = values(in_noise(&model(), &bank(), &line(roar)));
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
        let means = in_noise(&model(), &bank, &line(noise));
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
    }

    #[test]
    fn what_was_heard_louder_than_the_speech_is_taken_out() {
        let mut whisper = [0.0; CEPSTRA];
        whisper[0] = 10.0;
        let mut line = line(whisper);
        line.heard[0] += 3.0;
        let means = in_noise(&model(), &bank(), &line);
        let mut expected = values(model())[0];
        expected[0] -= 3.0;
        near(&values(means)[0], &expected);
    }
}
