//! What evaluations need of a site: its understanding, its grammars' vocabulary, its recognisers.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use engine_core::nlu::lexicon::Lexicon;
use engine_core::nlu::understand::{NamedText, NluFiles, Understander};
use engine_core::speech::expectation::Expectation;

use crate::eval::EvalError;
use crate::stt::Hearing;
use crate::stt::config::SttConfig;

/// Hearing and understanding as `hark serve` has them, without a catalogue.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) understander: Understander,
    pub(super) lexicon: Lexicon,
}

impl Site {
    pub(super) fn load(models: &Path) -> Result<Self, EvalError> {
        let folder = models.join("nlu/en");
        let mut grammar = Vec::new();
        for path in files_in(&folder.join("grammar"), "jsgf")? {
            grammar.push(read(&path)?);
        }
        let model = folder.join("intent.model");
        let bytes = fs::read(&model).unwrap_or_default();
        let pronunciations = read(&folder.join("pronunciations.dict"))?;
        let files = NluFiles {
            grammar,
            model: (model.to_string_lossy().into_owned(), bytes),
            pronunciations,
        };
        let understander = Understander::new(files).map_err(|error| EvalError::Nlu {
            message: error.to_string(),
        })?;
        Ok(Self {
            understander,
            lexicon: Lexicon::default(),
        })
    }

    /// Starts the recognisers for these expectations' grammars.
    pub(super) fn hearing(
        &self,
        config: &SttConfig,
        expectations: &[Expectation],
    ) -> Result<Arc<Hearing>, EvalError> {
        let vocabulary: BTreeSet<String> = expectations
            .iter()
            .flat_map(|expectation| self.understander.grammar(expectation, &self.lexicon).words)
            .collect();
        Ok(Hearing::start(
            config,
            &vocabulary,
            self.understander.pronunciations(),
        )?)
    }
}

/// The files of a folder with this extension, by name.
pub(super) fn files_in(folder: &Path, extension: &str) -> Result<Vec<std::path::PathBuf>, EvalError> {
    let failed = |error: std::io::Error| EvalError::File {
        file: folder.to_owned(),
        reason: error.to_string(),
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|found| found == extension) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<NamedText, EvalError> {
    let text = fs::read_to_string(path).map_err(|error| EvalError::File {
        file: path.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(NamedText {
        name: path.to_string_lossy().into_owned(),
        text,
    })
}
