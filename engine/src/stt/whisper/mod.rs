//! The recogniser of open speech: whisper.cpp through `whisper-rs`, in a fixed pool of workers of one
//! thread each, with a reduced audio context, started speculatively when silence begins and
//! cancelled when speech goes on (see the measurements in `models/speech/README.md`).

mod agreement;
mod decode;
mod doubt;
pub(crate) mod lane;
mod queue;
mod task;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};
use std::thread;

use whisper_rs::{WhisperContext, WhisperContextParameters};

use crate::stt::config::{SttConfig, WhisperConfig};
use crate::stt::model::model_roots;
use crate::stt::{ModelInfo, RecogniserKind, SttStartError};
use queue::TaskQueue;

/// The workers and their queue. They end when the pool is dropped.
#[derive(Debug)]
pub(crate) struct WhisperPool {
    queue: Arc<TaskQueue>,
}

impl WhisperPool {
    /// Loads the model and starts the workers.
    pub(crate) fn start(config: &WhisperConfig, model: &Path) -> Result<Self, SttStartError> {
        silence_library();
        let broken = |reason: String| SttStartError::ModelBroken {
            folder: model.to_owned(),
            reason,
        };
        let context = WhisperContext::new_with_params(model, WhisperContextParameters::default())
            .map(Arc::new)
            .map_err(|error| broken(error.to_string()))?;
        let queue = Arc::new(TaskQueue::new(config.queue_max));
        let pool = Self {
            queue: Arc::clone(&queue),
        };
        for number in 0..config.workers.max(1) {
            let state = context
                .create_state()
                .map_err(|error| broken(error.to_string()))?;
            let decoder = decode::WhisperDecoder::new(Arc::clone(&context), state, &config.language);
            let queue = Arc::clone(&queue);
            thread::Builder::new()
                .name(format!("whisper-{number}"))
                .spawn(move || decode::run(decoder, &queue))
                .map_err(|error| SttStartError::Thread {
                    reason: error.to_string(),
                })?;
        }
        Ok(pool)
    }

    fn queue(&self) -> &TaskQueue {
        &self.queue
    }
}

impl Drop for WhisperPool {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// The file to load: the configured one, else the first `ggml-*.bin` where models are looked for.
pub(crate) fn find_model(config: &SttConfig) -> Result<Option<PathBuf>, SttStartError> {
    if let Some(file) = &config.whisper.model {
        return match fs::metadata(file) {
            Ok(found) if found.is_file() => Ok(Some(file.clone())),
            Ok(_) => Err(SttStartError::Unreadable {
                file: file.clone(),
                reason: "not a file".to_owned(),
            }),
            Err(error) => Err(SttStartError::WhisperMissing {
                file: file.clone(),
                reason: error.to_string(),
            }),
        };
    }
    Ok(model_roots(config).iter().find_map(|root| first_ggml(root)))
}

pub(crate) fn info(model: &Path) -> ModelInfo {
    let name = model
        .file_stem()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    ModelInfo {
        kind: RecogniserKind::Whisper,
        version: super::model::version(&name, &[model.to_owned()]),
        name,
        path: model.to_owned(),
        measured: "measure it with `hark eval speech`".to_owned(),
    }
}

fn first_ggml(folder: &Path) -> Option<PathBuf> {
    let is_ggml = |path: &PathBuf| {
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        name.starts_with("ggml-") && name.ends_with(".bin")
    };
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(is_ggml)
        .collect();
    files.sort();
    files.into_iter().next()
}

/// The library prints its model's tables at every load.
fn silence_library() {
    static ONCE: Once = Once::new();
    ONCE.call_once(whisper_rs::install_logging_hooks);
}

#[cfg(test)]
mod tests;
