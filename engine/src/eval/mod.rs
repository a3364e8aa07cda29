//! Evaluations: how well Hark hears and understands, measured on labelled sets through the same
//! code as a call. They print figures; they are not tests.

mod audio;
mod codec;
mod conditions;
mod digits;
mod drinks;
mod evaluation;
mod features;
mod hear;
mod line;
mod manifest;
pub(crate) mod nlu;
pub(crate) mod score;
mod site;
mod speech;
mod turns;
mod words;

use std::path::PathBuf;

use clap::Subcommand;
use thiserror::Error;

use crate::stt::SttStartError;

/// `hark eval ...`
#[derive(Debug, Clone, Subcommand)]
pub enum EvalCommand {
    /// Word error rate of the recognisers on a list of recordings.
    ///
    /// FILE.tsv has the columns `path` and `transcript`; paths are relative to the file. The
    /// grammar is the set of transcripts, unless open speech is available.
    Speech(speech::SpeechArgs),
    /// Spoken drink orders through the telephone band: how many are understood with every option right.
    Drinks(drinks::DrinksArgs),
    /// Six-digit order numbers joined from recordings of single digits: any six, and one of the caller's own.
    Digits(digits::DigitsArgs),
    /// Single words put to "yes or no?" and to "which digit?": what is accepted, and what should not be.
    Words(words::WordsArgs),
    /// What the front end makes of recordings, as files that an acoustic model can be adapted with.
    Features(features::FeaturesArgs),
    /// When Hark takes its turn: delay after the end of speech, and turns ended too early.
    Turns(turns::TurnsArgs),
    /// Intents of labelled texts: how many are right, and how many that are no business of a shop are refused.
    Nlu(nlu::NluArgs),
}

/// Runs an evaluation and prints its figures. Blocks: for the command line.
pub fn run(command: EvalCommand) -> Result<(), EvalError> {
    // A thread of its own, so that it may wait even when a runtime called it.
    let thread = std::thread::spawn(move || match command {
        EvalCommand::Speech(args) => speech::run(&args),
        EvalCommand::Drinks(args) => drinks::run(&args),
        EvalCommand::Digits(args) => digits::run(&args),
        EvalCommand::Words(args) => words::run(&args),
        EvalCommand::Features(args) => features::run(&args),
        EvalCommand::Turns(args) => turns::run(&args),
        EvalCommand::Nlu(args) => nlu::run(&args),
    });
    thread.join().unwrap_or(Err(EvalError::Interrupted))
}

/// Why an evaluation cannot run.
#[derive(Debug, Error)]
pub enum EvalError {
    #[error("{}: {reason}", .file.display())]
    File { file: PathBuf, reason: String },
    #[error("{}:{line}: {reason}", .file.display())]
    Line {
        file: PathBuf,
        line: usize,
        reason: String,
    },
    #[error("{}: {channels} channels; give a mono file", .file.display())]
    Channels { file: PathBuf, channels: u32 },
    #[error("{}: no recording is named D_SPEAKER_TAKE.wav, of each digit D; --audio takes such a folder", .folder.display())]
    NoDigits { folder: PathBuf },
    #[error("{codec}: {reason}")]
    Codec { codec: &'static str, reason: String },
    #[error(transparent)]
    Hearing(#[from] SttStartError),
    #[error("{message}")]
    Nlu { message: String },
    #[error("the evaluation stopped before its end")]
    Interrupted,
}
