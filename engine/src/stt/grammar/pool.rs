//! The threads that decode, started once. An utterance is bound to one thread, the least busy.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;

use engine_core::nlu::grammar::Grammar;

use crate::stt::SttStartError;
use crate::stt::config::GrammarConfig;
use crate::stt::dictionary::Pronunciations;
use crate::stt::grammar::decoder::{GrammarDecoder, Recipe, phone_dictionary};
use crate::stt::grammar::ensemble::Ensemble;
use crate::stt::grammar::fitting::CleanMeans;
use crate::stt::grammar::worker::{Job, Worker};
use crate::stt::model::{AcousticModel, AcousticModels};
use crate::stt::pocketsphinx::Setting;

/// The worker threads and their queues. They end when the last session and the pool are gone.
#[derive(Debug)]
pub(crate) struct GrammarPool {
    workers: Vec<WorkerHandle>,
    tickets: AtomicU64,
}

#[derive(Debug)]
struct WorkerHandle {
    queue: SyncSender<Job>,
    /// Utterances begun and not yet answered.
    load: Arc<AtomicUsize>,
}

/// Where an utterance was bound to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binding {
    pub(crate) ticket: u64,
    worker: usize,
}

impl GrammarPool {
    pub(crate) fn start(
        config: &GrammarConfig,
        models: &AcousticModels,
        vocabulary: &BTreeSet<String>,
        pronunciations: &str,
    ) -> Result<Self, SttStartError> {
        let kit = |model| Kit::new(model, config, vocabulary, pronunciations);
        let first = kit(&models.first)?;
        let second = match &models.second {
            Some((model, pairing)) => Some((kit(model)?, *pairing)),
            None => None,
        };
        let threads = config.threads.max(1);
        let mut workers = Vec::with_capacity(threads);
        for number in 0..threads {
            let ensembles = (0..config.decoders_per_thread.max(1))
                .map(|_| {
                    let second = match &second {
                        Some((kit, pairing)) => Some((kit.decoder()?, *pairing)),
                        None => None,
                    };
                    Ok(Ensemble::new(first.decoder()?, second))
                })
                .collect::<Result<Vec<_>, SttStartError>>()?;
            workers.push(spawn(number, ensembles, config)?);
        }
        Ok(Self {
            workers,
            tickets: AtomicU64::new(1),
        })
    }

    /// Chooses the least busy worker for a new utterance.
    pub(crate) fn bind(&self) -> Binding {
        let worker = self
            .workers
            .iter()
            .enumerate()
            .min_by_key(|(_, handle)| handle.load.load(Ordering::Relaxed))
            .map_or(0, |(index, _)| index);
        Binding {
            ticket: self.tickets.fetch_add(1, Ordering::Relaxed),
            worker,
        }
    }

    /// Has every worker compile a grammar ahead of need. A busy worker is left alone.
    pub(crate) fn warm(&self, grammar: &Arc<Grammar>) {
        for worker in &self.workers {
            let job = Job::Warm {
                grammar: Arc::clone(grammar),
            };
            // A full queue means that calls are being heard: they come first.
            let _ = worker.queue.try_send(job);
        }
    }

    /// Hands a job to the utterance's worker. `Err`: its queue is full (or its thread is gone).
    pub(crate) fn send(&self, binding: Binding, job: Job) -> Result<(), QueueFull> {
        let Some(handle) = self.workers.get(binding.worker) else {
            return Err(QueueFull);
        };
        match handle.queue.try_send(job) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(QueueFull),
        }
    }
}

/// The worker cannot take more now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueFull;

fn spawn(
    number: usize,
    ensembles: Vec<Ensemble>,
    config: &GrammarConfig,
) -> Result<WorkerHandle, SttStartError> {
    let (queue, jobs) = sync_channel(QUEUE_MAX);
    let load = Arc::new(AtomicUsize::new(0));
    let worker = Worker::new(ensembles, config, Arc::clone(&load));
    thread::Builder::new()
        .name(format!("hear-{number}"))
        .spawn(move || worker.run(&jobs))
        .map_err(|error| SttStartError::Thread {
            reason: error.to_string(),
        })?;
    Ok(WorkerHandle { queue, load })
}

/// What decoders of one model are made from.
pub(super) struct Kit<'m> {
    model: &'m AcousticModel,
    recipe: Arc<Recipe>,
    /// Until the decoders have been made.
    _files: LibraryFiles,
}

impl<'m> Kit<'m> {
    pub(super) fn new(
        model: &'m AcousticModel,
        config: &GrammarConfig,
        vocabulary: &BTreeSet<String>,
        pronunciations: &str,
    ) -> Result<Self, SttStartError> {
        let files = LibraryFiles::write(model, vocabulary, pronunciations)?;
        Ok(Self {
            model,
            recipe: Arc::new(files.recipe(config, model, vocabulary)?),
            _files: files,
        })
    }

    pub(super) fn decoder(&self) -> Result<GrammarDecoder, SttStartError> {
        GrammarDecoder::new(Arc::clone(&self.recipe)).map_err(|error| SttStartError::ModelBroken {
            folder: self.model.folder.clone(),
            reason: error.to_string(),
        })
    }
}

/// The trimmed dictionaries and the model's parameters as files, which is how the library reads them. Removed when
/// dropped, after the decoders have been made.
struct LibraryFiles {
    main: PathBuf,
    competitor: PathBuf,
    parameters: PathBuf,
    pronunciations: Arc<Pronunciations>,
}

impl LibraryFiles {
    fn write(
        model: &AcousticModel,
        vocabulary: &BTreeSet<String>,
        extra: &str,
    ) -> Result<Self, SttStartError> {
        let pronunciations = Pronunciations::load(&model.dictionary, extra)?;
        let (main_text, unknown) = pronunciations.trimmed(vocabulary, crate::tts::pronounce);
        if !unknown.is_empty() {
            return Err(SttStartError::NoPronunciation { words: unknown });
        }
        let folder = std::env::temp_dir();
        let unique = uuid::Uuid::new_v4();
        let write = |name: &str, text: &str| {
            let path = folder.join(format!("hark-{unique}-{name}"));
            std::fs::write(&path, text)
                .map(|()| path.clone())
                .map_err(|error| SttStartError::Unreadable {
                    file: path,
                    reason: error.to_string(),
                })
        };
        Ok(Self {
            main: write("words.dict", &main_text)?,
            competitor: write("phones.dict", &phone_dictionary())?,
            parameters: write("feat.params", &model.parameters)?,
            pronunciations: Arc::new(pronunciations),
        })
    }

    fn recipe(
        &self,
        config: &GrammarConfig,
        model: &AcousticModel,
        vocabulary: &BTreeSet<String>,
    ) -> Result<Recipe, SttStartError> {
        let clean = model.clean_means()?.map(CleanMeans::new).transpose();
        let clean = clean.map_err(|error| SttStartError::ModelBroken {
            folder: model.folder.clone(),
            reason: error.to_string(),
        })?;
        let mut settings = model.settings();
        let parameters = self.parameters.to_string_lossy().into_owned();
        settings.push(Setting::Text("-featparams", parameters));
        Ok(Recipe {
            settings,
            dictionary: self.main.to_string_lossy().into_owned(),
            words: vocabulary.clone(),
            pronunciations: Arc::clone(&self.pronunciations),
            competitor_dictionary: self.competitor.to_string_lossy().into_owned(),
            kept_grammars: config.kept_grammars,
            bank: model.bank(),
            telephone_mean: model.telephone_mean,
            calibration: model.calibration,
            clean,
        })
    }
}

impl Drop for LibraryFiles {
    fn drop(&mut self) {
        for path in [&self.main, &self.competitor, &self.parameters] {
            // Left behind at worst: a few kilobytes in the temporary folder.
            let _ignored = std::fs::remove_file(path);
        }
    }
}

/// Jobs that may wait for a worker: 20 s of audio at 50 frames a second.
const QUEUE_MAX: usize = 1_024;
