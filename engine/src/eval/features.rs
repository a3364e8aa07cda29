//! `hark eval features`: what the grammar recogniser's front end makes of recordings, as files that
//! SphinxTrain reads, so that an acoustic model can be adapted to exactly what it will be given.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use crate::eval::EvalError;
use crate::eval::audio::load;
use crate::eval::conditions::{Conditions, file_name, seed_of};
use crate::eval::site::files_in;
use crate::stt::denoise::Denoiser;
use crate::stt::features::{Cepstra, Channel, FrontEnd};
use crate::stt::model::AcousticModel;
use crate::stt::rate::RateConverter;

/// Arguments of `hark eval features`.
#[derive(Debug, Clone, Args)]
pub struct FeaturesArgs {
    /// Folder of recordings, mono WAV or FLAC; each is heard as by a new caller.
    #[arg(long, value_name = "DIR")]
    audio: PathBuf,
    /// Where the features go: NAME-LINE.mfc, LINE being "clean", "15dB" and so on.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    conditions: Conditions,
}

pub(super) fn run(args: &FeaturesArgs) -> Result<(), EvalError> {
    let conditions = &args.conditions;
    let model = AcousticModel::find(&conditions.hearing())?;
    let bank = model.bank();
    fs::create_dir_all(&args.out).map_err(|error| EvalError::File {
        file: args.out.clone(),
        reason: error.to_string(),
    })?;
    let lines = conditions.lines()?;
    let mut recordings = files_in(&args.audio, "wav")?;
    recordings.extend(files_in(&args.audio, "flac")?);
    let mut written = 0;
    for path in recordings
        .iter()
        .filter(|path| conditions.part.has(&file_name(path)))
    {
        let name = file_name(path);
        let sound = load(path)?;
        for line in &lines {
            let samples = line.carry(&line.in_band(&sound)?, seed_of(&name))?.speech;
            let (mut denoised, mut wide) = (Vec::new(), Vec::new());
            let mut denoiser = Denoiser::new(line.rate());
            // In frames, as a call has it: the first of them decide whether the line is noisy.
            for frame in samples.chunks(line.rate().frame_samples()) {
                denoiser.push(frame, &mut denoised);
            }
            denoiser.finish(&mut denoised);
            RateConverter::folding(line.rate(), bank.shape().rate).push(&denoised, &mut wide);
            let mut front_end = FrontEnd::new(bank.clone(), model.telephone_mean, Channel::default());
            let mut cepstra = Vec::new();
            front_end.push(&wide, &mut cepstra);
            front_end.finish(&mut cepstra);
            let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
            let file = args
                .out
                .join(format!("{stem}-{}.mfc", line.name.replace(' ', "")));
            fs::write(&file, sphinx_file(&cepstra)).map_err(|error| EvalError::File {
                file,
                reason: error.to_string(),
            })?;
            written += 1;
        }
    }
    println!(
        "{written} files for {} in {}",
        model.info().name,
        args.out.display()
    );
    Ok(())
}

/// The count of values, then the values: 32 bits each, in this machine's order.
fn sphinx_file(cepstra: &[Cepstra]) -> Vec<u8> {
    let count = u32::try_from(cepstra.as_flattened().len()).unwrap_or(u32::MAX);
    let values = cepstra
        .as_flattened()
        .iter()
        .flat_map(|value| value.to_ne_bytes());
    count.to_ne_bytes().into_iter().chain(values).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_feature_file_starts_with_its_count() {
        let file = super::sphinx_file(&[[1.0; 13], [0.0; 13]]);
        assert_eq!(file.len(), 4 + 26 * 4);
        assert_eq!(
            file[..8],
            [26_u32.to_ne_bytes(), 1.0_f32.to_ne_bytes()].concat()[..]
        );
    }
}
