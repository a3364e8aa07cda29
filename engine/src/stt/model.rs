//! Which acoustic models hear: what the configuration names; else the telephone model in
//! `HARK_MODELS` or `models/speech/`, and Debian's beside it; else Debian's alone. Those not named are adapted by what
//! `models/acoustic/` holds for a model of that name (with Hark comes one for Debian's, to the telephone). A wrong or
//! missing model is an error that says what to do.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::stt::config::SttConfig;
use crate::stt::features::{Cepstra, MelBank, Shape};
use crate::stt::grammar::confidence::Calibration;
use crate::stt::grammar::ensemble::Pairing;
use crate::stt::pocketsphinx::Setting;
use crate::stt::pocketsphinx::gaussians::Gaussians;
use crate::stt::tuned::{Tuned, UNKNOWN_CALIBRATION};
use crate::stt::{ModelInfo, RecogniserKind, SttStartError};

/// An acoustic model and the dictionary that goes with it, found and checked.
#[derive(Debug, Clone)]
pub(crate) struct AcousticModel {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) dictionary: PathBuf,
    pub(crate) shape: Shape,
    /// The `feat.params` that the library gets in place of the folder's own: see [`already_normalised`].
    pub(crate) parameters: String,
    /// Files of an adaptation, which replace the folder's own.
    adapted: Vec<(&'static str, PathBuf)>,
    measured: &'static str,
    /// The mean over telephone speech of this model's features; for models never measured, what they were
    /// trained with.
    pub(crate) telephone_mean: Cepstra,
    pub(crate) calibration: Calibration,
    pairing: Option<Pairing>,
}

/// The models that hear expected answers.
#[derive(Debug)]
pub(crate) struct AcousticModels {
    pub(crate) first: AcousticModel,
    /// With how it counts beside the first.
    pub(crate) second: Option<(AcousticModel, Pairing)>,
}

impl AcousticModels {
    pub(crate) fn find(config: &SttConfig) -> Result<Self, SttStartError> {
        let first = AcousticModel::find(config)?;
        let second = config
            .grammar
            .second_model
            .then(|| AcousticModel::beside(&first, config))
            .transpose()?
            .flatten();
        Ok(Self { first, second })
    }

    pub(crate) fn infos(&self) -> Vec<ModelInfo> {
        std::iter::once(&self.first)
            .chain(self.second.as_ref().map(|(model, _)| model))
            .map(AcousticModel::info)
            .collect()
    }
}

impl AcousticModel {
    pub(crate) fn find(config: &SttConfig) -> Result<Self, SttStartError> {
        let dictionary = find_dictionary(config)?;
        if let Some(folder) = &config.acoustic_model {
            return Self::load(folder.clone(), dictionary, Vec::new());
        }
        let telephone = model_roots(config)
            .into_iter()
            .flat_map(|root| TELEPHONE_MODELS.map(|name| root.join(name)))
            .find(|folder| is_model(folder));
        let folder = telephone.unwrap_or_else(|| PathBuf::from(DEBIAN_MODEL));
        let adapted = adaptation(&config.models_folder.join(ADAPTATIONS), &folder);
        Self::load(folder, dictionary, adapted)
    }

    /// Debian's, adapted, beside a first one that was found and not named, and that it was fitted for.
    fn beside(first: &Self, config: &SttConfig) -> Result<Option<(Self, Pairing)>, SttStartError> {
        let folder = Path::new(DEBIAN_MODEL);
        let adapted = adaptation(&config.models_folder.join(ADAPTATIONS), folder);
        let pairing = first
            .pairing
            .filter(|_| config.acoustic_model.is_none() && is_model(folder) && !adapted.is_empty());
        pairing
            .map(|pairing| {
                let model = Self::load(folder.to_owned(), first.dictionary.clone(), adapted)?;
                Ok((model, pairing))
            })
            .transpose()
    }

    fn load(
        folder: PathBuf,
        dictionary: PathBuf,
        adapted: Vec<(&'static str, PathBuf)>,
    ) -> Result<Self, SttStartError> {
        for file in ["mdef", "means", "variances", "transition_matrices", "feat.params"] {
            check_file(&folder.join(file))?;
        }
        if !folder.join("sendump").is_file() {
            check_file(&folder.join("mixture_weights"))?;
        }
        let parameters = folder.join("feat.params");
        let text = fs::read_to_string(&parameters).map_err(|error| SttStartError::Unreadable {
            file: parameters.clone(),
            reason: error.to_string(),
        })?;
        let shape = Shape::parse(&text).map_err(|error| SttStartError::Unreadable {
            file: parameters,
            reason: error.to_string(),
        })?;
        let own_name = folder
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let tuned = Tuned::of(&own_name, !adapted.is_empty());
        Ok(Self {
            name: tuned.map_or(own_name, |tuned| tuned.name.to_owned()),
            measured: tuned.map_or("never measured here", |tuned| tuned.measured),
            telephone_mean: tuned.map_or(shape.mean, |tuned| tuned.telephone_mean),
            calibration: tuned.map_or(UNKNOWN_CALIBRATION, |tuned| tuned.calibration),
            pairing: tuned.and_then(|tuned| tuned.pairing),
            parameters: already_normalised(&text),
            shape,
            folder,
            dictionary,
            adapted,
        })
    }

    /// The front end's tables in this model's shape.
    pub(crate) fn bank(&self) -> Arc<MelBank> {
        Arc::new(MelBank::new(self.shape.clone()))
    }

    /// The means of the Gaussians that the decoders load, if they are of clean speech. An adaptation has been taught in
    /// noise.
    pub(crate) fn clean_means(&self) -> Result<Option<Gaussians>, SttStartError> {
        if !self.adapted.is_empty() {
            return Ok(None);
        }
        let file = self.folder.join("means");
        let bytes = fs::read(&file).map_err(|error| error.to_string());
        let parsed = bytes.and_then(|bytes| Gaussians::parse(&bytes).map_err(|error| error.to_string()));
        parsed
            .map(Some)
            .map_err(|reason| SttStartError::Unreadable { file, reason })
    }

    /// The decoder's settings that load this model.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        let mut settings = vec![Setting::Text("-hmm", self.folder.to_string_lossy().into_owned())];
        settings.extend(
            self.adapted
                .iter()
                .map(|(name, path)| Setting::Text(name, path.to_string_lossy().into_owned())),
        );
        settings.push(Setting::Real("-samprate", f64::from(self.shape.rate.hz())));
        settings
    }

    /// The files that tell one model from another, and an adaptation from its origin.
    fn version_files(&self) -> Vec<PathBuf> {
        let own = ["mdef", "means", "variances"].map(|name| self.folder.join(name));
        let adapted = self.adapted.iter().map(|(_, path)| path.clone());
        own.into_iter().chain(adapted).collect()
    }

    pub(crate) fn info(&self) -> ModelInfo {
        ModelInfo {
            kind: RecogniserKind::Grammar,
            name: self.name.clone(),
            version: version(&self.name, &self.version_files()),
            path: self.folder.clone(),
            measured: self.measured.to_owned(),
        }
    }
}

/// Folders that may hold fetched models, in order of preference.
pub fn model_roots(config: &SttConfig) -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = std::env::var_os("HARK_MODELS")
        .map(PathBuf::from)
        .into_iter()
        .collect();
    roots.push(config.models_folder.join("speech"));
    roots
}

fn is_model(folder: &Path) -> bool {
    folder.join("mdef").is_file()
}

fn find_dictionary(config: &SttConfig) -> Result<PathBuf, SttStartError> {
    let path = config
        .dictionary
        .clone()
        .unwrap_or_else(|| PathBuf::from(DEBIAN_DICTIONARY));
    check_file(&path)?;
    Ok(path)
}

/// The model's `feat.params` without the normalisation that `stt/features` has done already.
///
/// The library reads this file after the settings it was given, so `-cmn current` in it beats `-cmn none` there: it
/// would take a mean out of the caller's features in place, once more for each decoder that hears the utterance.
fn already_normalised(feat_params: &str) -> String {
    let mut words = feat_params.split_whitespace();
    let mut text = "-cmn none\n-agc none\n".to_owned();
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        if !matches!(name, "-cmn" | "-cmninit" | "-agc") {
            text.push_str(&format!("{name} {value}\n"));
        }
    }
    text
}

/// A missing or empty file would make the C library end the process: look first.
fn check_file(path: &Path) -> Result<(), SttStartError> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() && found.len() > 0 => Ok(()),
        Ok(_) => Err(SttStartError::Unreadable {
            file: path.to_owned(),
            reason: "it is empty or not a file".to_owned(),
        }),
        Err(error) => Err(SttStartError::ModelMissing {
            file: path.to_owned(),
            reason: error.to_string(),
        }),
    }
}

/// What a model of this name is adapted by, when its files are all there and have the size of those that they replace
/// (another version of the model would not fit).
fn adaptation(adaptations: &Path, model: &Path) -> Vec<(&'static str, PathBuf)> {
    let name = model.file_name().unwrap_or_default().to_string_lossy();
    let own = adaptations.join(format!("{name}-telephone"));
    let size = |path: PathBuf| fs::metadata(path).map(|found| found.len()).ok();
    let files = [("-mean", "means"), ("-var", "variances")];
    let fits = |name: &str| size(own.join(name)).is_some_and(|found| size(model.join(name)) == Some(found));
    if files.iter().all(|(_, name)| fits(name)) {
        files.map(|(setting, name)| (setting, own.join(name))).to_vec()
    } else {
        Vec::new()
    }
}

/// "en-us@1f3c9a20": the name, and the first digits of the hash over the files, of each the first
/// [`HASHED_BYTES`] and the length.
pub(super) fn version(name: &str, files: &[PathBuf]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        let mut head = Vec::new();
        if let Ok(file) = fs::File::open(file) {
            let length = file.metadata().map_or(0, |found| found.len());
            // What cannot be read is told when the model is loaded.
            let _read = file.take(HASHED_BYTES).read_to_end(&mut head);
            hash.update(length.to_le_bytes());
        }
        hash.update(&head);
    }
    let digits: String = hash
        .finalize()
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{name}@{digits}")
}

/// Enough to tell models apart, and read in milliseconds.
const HASHED_BYTES: u64 = 4 * 1024 * 1024;

const TELEPHONE_MODELS: [&str; 3] = ["telephone-en/hub4wsj_sc_8k", "hub4wsj_sc_8k", "."];
const ADAPTATIONS: &str = "acoustic";
pub(crate) const DEBIAN_MODEL: &str = "/usr/share/pocketsphinx/model/en-us/en-us";
pub(crate) const DEBIAN_DICTIONARY: &str = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stt::kit::{telephone_model, two_models};

    #[test]
    fn an_adaptation_is_of_one_model_and_of_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let (model, adapted) = (folder.path().join("some"), folder.path().join("some-telephone"));
        let write = |folder: &Path, name: &str, bytes: usize| {
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join(name), vec![0; bytes]).unwrap();
        };
        for name in ["means", "variances"] {
            write(&model, name, 8);
            write(&adapted, name, 8);
        }
        let names = |model: &Path| {
            let files = adaptation(folder.path(), model);
            files.into_iter().map(|(setting, _)| setting).collect::<Vec<_>>()
        };
        assert_eq!(names(&model), ["-mean", "-var"]);
        assert!(names(&folder.path().join("other")).is_empty());
        write(&adapted, "variances", 9);
        assert!(names(&model).is_empty());
    }

    #[test]
    fn debians_model_hears_beside_one_that_it_was_fitted_for() {
        let folder = two_models();
        let mut config = SttConfig {
            models_folder: folder.path().to_owned(),
            ..SttConfig::default()
        };
        let second = |config: &SttConfig| AcousticModels::find(config).unwrap().second;
        let (beside, _) = second(&config).unwrap();
        assert_eq!(beside.folder, Path::new(DEBIAN_MODEL));
        assert!(!beside.adapted.is_empty());
        assert!(beside.clean_means().unwrap().is_none(), "it was taught in noise");

        config.acoustic_model = Some(telephone_model(folder.path()));
        assert!(second(&config).is_none(), "who names a model gets that one");
        config.acoustic_model = None;
        config.grammar.second_model = false;
        assert!(second(&config).is_none());
    }

    #[test]
    fn features_come_normalised() {
        assert_eq!(
            already_normalised("-nfilt 20\n-cmn current\n-cmninit 45,-3,1\n-agc max\n-feat 1s_c_d_dd\n"),
            "-cmn none\n-agc none\n-nfilt 20\n-feat 1s_c_d_dd\n"
        );
    }

    #[test]
    fn a_missing_model_names_the_file_and_the_remedy() {
        let config = SttConfig {
            acoustic_model: Some(PathBuf::from("no/such/model")),
            dictionary: Some(
                PathBuf::from(file!())
                    .file_name()
                    .map_or_else(PathBuf::new, |_| PathBuf::from("Cargo.toml")),
            ),
            ..SttConfig::default()
        };
        let error = AcousticModel::find(&config).unwrap_err().to_string();
        assert!(
            error.contains("no/such/model/mdef") && error.contains("hark models"),
            "{error}"
        );
    }
}
