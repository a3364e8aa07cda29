//! What evaluations need of a site: its understanding, its grammars' vocabulary, its recognisers.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use engine_core::conversation::FlowSet;
use engine_core::nlu::grammar::{Beside, Grammar, Vocabulary};
use engine_core::nlu::lexicon::Lexicon;
use engine_core::nlu::understand::Understander;
use engine_core::speech::expectation::Expectation;

use crate::eval::EvalError;
use crate::stt::Hearing;
use crate::stt::config::SttConfig;

/// Hearing and understanding as `hark serve` has them, without a catalogue.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) understander: Arc<Understander>,
    pub(super) lexicon: Lexicon,
    flows: Arc<FlowSet>,
}

impl Site {
    pub(super) fn load(models: &Path) -> Result<Self, EvalError> {
        let failed = |message: String| EvalError::Nlu { message };
        let understander = crate::nlu::load(models).map_err(|error| failed(error.to_string()))?;
        let (flows, _) = crate::flow::load(models).map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            understander,
            lexicon: Lexicon::default(),
            flows,
        })
    }

    /// What a call listens with, flows' phrases included.
    pub(super) fn grammar(&self, expectation: &Expectation) -> Arc<Grammar> {
        let vocabulary = Vocabulary {
            lexicon: &self.lexicon,
            phrases: self.flows.phrases(),
            beside: &Beside::default(),
        };
        Arc::new(self.understander.grammar(expectation, &vocabulary))
    }

    /// Starts the recognisers for these expectations' grammars.
    pub(super) fn hearing(
        &self,
        config: &SttConfig,
        expectations: &[Expectation],
    ) -> Result<Arc<Hearing>, EvalError> {
        let vocabulary: BTreeSet<String> = expectations
            .iter()
            .flat_map(|expectation| self.grammar(expectation).words().to_vec())
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
