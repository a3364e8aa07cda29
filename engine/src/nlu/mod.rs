//! Loads what understanding needs from `models/nlu/en` and hands it to the core as texts.

mod compare;
pub mod train;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine_core::nlu::train::taught::Taught;
use engine_core::nlu::understand::{NamedText, NluFiles, Understander};
use engine_core::source::FileError;
use thiserror::Error;

/// Why understanding could not be loaded. The message names the file and what to do.
#[derive(Debug, Error)]
pub enum LoadError {
    #[error("{}: {source}; is this the models folder that came with Hark?", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("--file {}: {source}; a table has a heading, then text, tab, intent, tab, source", path.display())]
    Table { path: PathBuf, source: std::io::Error },
    #[error("{0}")]
    Fault(#[from] FileError),
}

/// Reads `<models>/nlu/en`. Shared by all calls.
pub fn load(models: &Path) -> Result<Arc<Understander>, LoadError> {
    Ok(Arc::new(Understander::new(files(
        &models.join("nlu").join("en"),
    )?)?))
}

/// The same with another intent model than the folder's.
fn load_with_model(models: &Path, model: &Path) -> Result<Understander, LoadError> {
    let mut files = files(&models.join("nlu").join("en"))?;
    files.model = (model.display().to_string(), bytes(model)?);
    Ok(Understander::new(files)?)
}

/// The phrases that the model was taught, by intent.
pub fn taught(models: &Path) -> Result<Taught, LoadError> {
    let mut taught = Taught::default();
    let folder = models.join("nlu").join("en").join("phrases");
    // Only training needs it: a site may do without.
    if !folder.exists() {
        return Ok(taught);
    }
    for path in listed(&folder, "txt")? {
        let intent = path.file_stem().and_then(|stem| stem.to_str());
        taught.add(intent.unwrap_or_default(), &text(&path)?);
    }
    Ok(taught)
}

fn files(folder: &Path) -> Result<NluFiles, LoadError> {
    let mut grammar = Vec::new();
    for path in listed(&folder.join("grammar"), "jsgf")? {
        grammar.push(text(&path)?);
    }
    let model = folder.join("intent.model");
    Ok(NluFiles {
        grammar,
        model: (
            model.display().to_string(),
            if model.exists() {
                bytes(&model)?
            } else {
                Vec::new()
            },
        ),
        pronunciations: text(&folder.join("pronunciations.dict"))?,
    })
}

/// The folder's files with this ending, in the order of their names.
pub(crate) fn listed(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, LoadError> {
    let at = |source| LoadError::Read {
        path: folder.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(at)? {
        let path = entry.map_err(at)?.path();
        if path.extension().is_some_and(|e| e == ending) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

pub(crate) fn text(path: &Path) -> Result<NamedText, LoadError> {
    named(path).map_err(|source| LoadError::Read {
        path: path.to_owned(),
        source,
    })
}

/// Labelled utterances, from wherever the user keeps them.
fn table(path: &Path) -> Result<NamedText, LoadError> {
    named(path).map_err(|source| LoadError::Table {
        path: path.to_owned(),
        source,
    })
}

fn named(path: &Path) -> std::io::Result<NamedText> {
    Ok(NamedText {
        name: path.display().to_string(),
        text: std::fs::read_to_string(path)?,
    })
}

pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, LoadError> {
    std::fs::read(path).map_err(|source| LoadError::Read {
        path: path.to_owned(),
        source,
    })
}
