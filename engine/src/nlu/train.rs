//! `hark nlu train`: makes `models/nlu/en/intent.model` from labelled utterances and phrases.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use engine_core::nlu::train::{self, Example, Part, Settings};

use super::compare::{self, CompareArgs};
use super::{listed, text};

/// What `hark nlu` can do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Train the intent model from a table of utterances and a folder of phrases.
    ///
    /// A fifth of the table, chosen by the texts themselves, is never trained on: `hark eval nlu --part report`
    /// measures there. The same files always give the same model.
    Train(TrainArgs),
    /// Compare a new model with the one in use on a table of utterances, before it may take over.
    ///
    /// Says what gets better and what gets worse. Exit code 1 when the new model is worse, in scope or out of it.
    Compare(CompareArgs),
}

/// The files that training reads and writes.
#[derive(Debug, clap::Args)]
pub struct TrainArgs {
    /// A table with a heading: text, tab, intent, tab, source.
    #[arg(long)]
    file: PathBuf,
    /// A folder of INTENT.txt files, one phrase a line.
    #[arg(long, default_value = "models/nlu/en/phrases")]
    phrases: PathBuf,
    /// A store whose labelled reviews are learnt from too (`hark review label`).
    #[arg(long, value_name = "STORE")]
    reviews: Option<PathBuf>,
    /// Where the model goes; written elsewhere than the default it can be compared first.
    #[arg(long, default_value = "models/nlu/en/intent.model")]
    out: PathBuf,
}

/// Runs `hark nlu`.
pub fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Train(args) => train(args),
        Command::Compare(args) => compare::run(args),
    }
}

fn train(args: &TrainArgs) -> anyhow::Result<()> {
    let mut examples = phrases(&args.phrases)?;
    let from_phrases = examples.len();
    let table = super::table(&args.file)?;
    examples.extend(train::utterances(&table.name, &table.text)?);
    let before_reviews = examples.len();
    if let Some(store) = &args.reviews {
        let table = crate::review::labelled(store)?;
        examples.extend(train::utterances(&store.display().to_string(), &table)?);
    }
    let reviewed = examples.len() - before_reviews;
    let kept = examples.iter().filter(|e| e.part == Part::Report).count();
    let used = examples.len() - from_phrases - kept;
    let of_reviews = if reviewed > 0 {
        format!(" ({reviewed} of them reviewed)")
    } else {
        String::new()
    };
    let note = format!(
        "{used} utterances{of_reviews} and {from_phrases} phrases; {kept} utterances kept for reports"
    );
    println!("training on {note}");
    let model = train::train(&examples, Settings::default(), &note)?;
    std::fs::write(&args.out, &model).with_context(|| format!("cannot write {}", args.out.display()))?;
    println!("{}: {} kB", args.out.display(), model.len() / 1_000);
    Ok(())
}

/// Every file is an intent; its lines are told apart from every other file's.
fn phrases(folder: &Path) -> anyhow::Result<Vec<Example>> {
    let mut examples = Vec::new();
    for (at, path) in listed(folder, "txt")?.iter().enumerate() {
        let intent = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let file = text(path)?;
        examples.extend(train::phrases(
            &file.name,
            intent,
            &file.text,
            (at + 1) * LINES_MAX,
        )?);
    }
    Ok(examples)
}

/// Group numbers set aside for each file: more lines than any has.
const LINES_MAX: usize = 1_000_000;
