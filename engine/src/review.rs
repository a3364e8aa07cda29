//! `hark review`: what Hark was not sure of, and what people say it meant. `hark nlu train --reviews` learns
//! from it.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use engine_core::source::nearest;
use thiserror::Error;

use crate::calls::{Place, clock};
use crate::store::Reader;
use crate::store::reviews::{self, NO_EXAMPLE, ReviewRow, Which};

/// `hark review ...`
#[derive(Debug, Args)]
pub struct ReviewArgs {
    #[command(subcommand)]
    command: ReviewCommand,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Subcommand)]
enum ReviewCommand {
    /// Utterances that Hark was unsure of, had to ask again, got wrong, or gave up on; the newest first.
    List {
        /// Also those that somebody has labelled.
        #[arg(long)]
        all: bool,
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Say what an utterance meant: an intent, or "-" when it is an example of nothing.
    Label {
        /// Its number in the list.
        id: i64,
        /// The intent.
        #[arg(allow_hyphen_values = true)]
        intent: String,
        /// The folder that holds `nlu/` and `flows/`, which know the intents.
        #[arg(long, default_value = "models")]
        models: PathBuf,
    },
}

/// Why a review could not be done.
#[derive(Debug, Error)]
pub enum ReviewError {
    #[error("no review {0}: `hark review list` shows them")]
    NoReview(i64),
    #[error("no intent \"{intent}\"; {remedy}")]
    NoIntent { intent: String, remedy: String },
}

/// Runs `hark review ...`.
pub async fn run(args: ReviewArgs) -> anyhow::Result<()> {
    review(&args, &mut io::stdout()).await
}

async fn review(args: &ReviewArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let path = args.place.path()?;
    match &args.command {
        ReviewCommand::List { all, limit, json } => {
            let which = if *all { Which::All } else { Which::Open };
            let rows = Reader::open(&path, 1).await?.reviews(which, *limit).await?;
            if *json {
                serde_json::to_writer_pretty(&mut *out, &rows)?;
                return Ok(writeln!(out)?);
            }
            Ok(list(&rows, out)?)
        }
        ReviewCommand::Label { id, intent, models } => {
            check_intent(intent, &intents(models)?)?;
            if !reviews::label_in(&path, *id, intent).await? {
                return Err(ReviewError::NoReview(*id).into());
            }
            Ok(writeln!(
                out,
                "review {id} is \"{intent}\"; `hark nlu train --reviews {}` learns from it",
                path.display()
            )?)
        }
    }
}

/// The labelled utterances of a store as a table that training reads: text, tab, intent, tab, source.
pub fn labelled(path: &Path) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let rows = runtime.block_on(async {
        Reader::open(path, 1)
            .await?
            .reviews(Which::Labelled, LABELLED_MAX)
            .await
    })?;
    let lines = rows.iter().filter(|row| !row.text.is_empty()).map(|row| {
        let label = row.label.as_deref().unwrap_or_default();
        format!(
            "{}\t{label}\treview/{}\n",
            row.text.replace(['\t', '\n'], " "),
            row.id
        )
    });
    Ok(std::iter::once("text\tintent\tsource\n".to_owned())
        .chain(lines)
        .collect())
}

/// Those that the model tells apart, and those that flows know by their phrases.
fn intents(models: &Path) -> anyhow::Result<Vec<String>> {
    let (flows, _) = crate::flow::load(models)?;
    let understood = crate::nlu::load(models)?.intents();
    let known: BTreeSet<String> = understood
        .into_iter()
        .chain(flows.intents().map(str::to_owned))
        .collect();
    Ok(known.into_iter().collect())
}

fn check_intent(intent: &str, intents: &[String]) -> Result<(), ReviewError> {
    if intent == NO_EXAMPLE || intents.iter().any(|known| known == intent) {
        return Ok(());
    }
    let remedy = match nearest(intent, intents.iter().map(String::as_str)) {
        Some(right) => format!("did you mean \"{right}\"?"),
        None => format!("the intents are {}", intents.join(", ")),
    };
    Err(ReviewError::NoIntent {
        intent: intent.to_owned(),
        remedy,
    })
}

fn list(rows: &[ReviewRow], out: &mut impl Write) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "nothing to review");
    }
    for row in rows {
        let text = if row.text.is_empty() {
            "(nobody could make it out)".to_owned()
        } else {
            format!("\"{}\"", row.text)
        };
        writeln!(
            out,
            "{:>4}  {}  {:<22} {text}",
            row.id,
            clock::utc(row.created_ms),
            row.reasons
        )?;
        let decided = row.decided.as_deref().unwrap_or("nothing");
        let label = row
            .label
            .as_ref()
            .map_or_else(String::new, |label| format!("; labelled {label}"));
        writeln!(
            out,
            "      at {}: taken for {decided}, sure {:.2}, by {}{label}",
            row.step, row.confidence, row.decided_by
        )?;
        let sound = row.recording.as_ref().map_or_else(
            || "not recorded".to_owned(),
            |file| format!("{file} at {}", clock::length(i64::from(row.offset_ms))),
        );
        writeln!(out, "      call {}, turn {}; {sound}", row.call, row.turn)?;
    }
    Ok(())
}

/// Labels that one training takes.
const LABELLED_MAX: u32 = 100_000;

#[cfg(test)]
#[path = "review_tests.rs"]
mod tests;
