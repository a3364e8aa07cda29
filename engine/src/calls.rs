//! `hark calls` and `hark callbacks`: what is stored of calls, told for people. Reads beside a running
//! `hark serve`; its writer is never in the way.

pub mod clock;
mod show;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use engine_core::redact::mask_number;
use engine_core::source::FileError;
use serde_json::json;
use thiserror::Error;

use crate::config::EngineConfig;
use crate::store::callbacks::{self, CallbackRow};
use crate::store::calls::CallRow;
use crate::store::{Reader, StoreError};

/// `hark calls`: list calls, the newest first, or tell one turn by turn.
#[derive(Debug, Args)]
pub struct CallsArgs {
    #[command(subcommand)]
    command: Option<CallsCommand>,
    /// How many calls to list.
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// Where the records are.
#[derive(Debug, Args)]
pub struct Place {
    /// Folder with engine.toml, which says where the database is.
    #[arg(long, default_value = "sip-config", global = true, value_name = "FOLDER")]
    config: PathBuf,
    /// The database itself; then no configuration is read.
    #[arg(long, global = true, value_name = "FILE")]
    store: Option<PathBuf>,
}

impl Place {
    /// This database, whatever a configuration says.
    #[cfg(test)]
    pub(crate) fn of_store(store: &std::path::Path) -> Self {
        Self {
            config: PathBuf::from("/nowhere"),
            store: Some(store.to_owned()),
        }
    }

    /// The database's path.
    pub(crate) fn path(&self) -> Result<PathBuf, FileError> {
        match &self.store {
            Some(path) => Ok(path.clone()),
            None => Ok(EngineConfig::load(&self.config)?.store.path),
        }
    }
}

#[derive(Debug, Subcommand)]
enum CallsCommand {
    /// Tell one call turn by turn: who said what, how sure, what was decided and why, and how long it took.
    Show {
        /// The call's id, the beginning or the end of it, or "last".
        id: String,
    },
}

/// `hark callbacks`: promises that a human rings back, the open ones first.
#[derive(Debug, Args)]
pub struct CallbacksArgs {
    /// How many to list.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Show the callers' whole numbers, not only the last two digits.
    #[arg(long)]
    reveal: bool,
    /// Mark this one as done, which erases its number.
    #[arg(long, value_name = "NUMBER")]
    done: Option<i64>,
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// Why the command has nothing to show.
#[derive(Debug, Error)]
pub enum CallsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Config(#[from] FileError),
    #[error("no call {0:?}: `hark calls` lists them")]
    NoCall(String),
    #[error("{0:?} fits more than one call: write more of the id")]
    Ambiguous(String),
    #[error("no open callback {0}: `hark callbacks` lists them")]
    NoCallback(i64),
    #[error("output: {0}")]
    Output(#[from] io::Error),
    #[error("output: {0}")]
    Json(#[from] serde_json::Error),
}

/// Runs `hark calls`.
pub async fn run(args: CallsArgs) -> anyhow::Result<()> {
    Ok(read_enough(calls(&args, &mut io::stdout()).await)?)
}

/// Runs `hark callbacks`.
pub async fn run_callbacks(args: CallbacksArgs) -> anyhow::Result<()> {
    Ok(read_enough(callbacks(&args, &mut io::stdout()).await)?)
}

async fn calls(args: &CallsArgs, out: &mut impl Write) -> Result<(), CallsError> {
    let reader = Reader::open(&args.place.path()?, 1).await?;
    match &args.command {
        None => list(&reader.calls(args.limit).await?, args.json, out),
        Some(CallsCommand::Show { id }) => {
            let call = find(&reader, id).await?;
            let turns = reader.turns(&call.id).await?;
            let orders = reader.orders(&call.id).await?;
            if args.json {
                print_json(&json!({ "call": call, "turns": turns, "orders": orders }), out)
            } else {
                Ok(out.write_all(show::story(&call, &turns, &orders).as_bytes())?)
            }
        }
    }
}

async fn callbacks(args: &CallbacksArgs, out: &mut impl Write) -> Result<(), CallsError> {
    let path = args.place.path()?;
    if let Some(id) = args.done {
        if !callbacks::finish_in(&path, id).await? {
            return Err(CallsError::NoCallback(id));
        }
        return Ok(writeln!(out, "callback {id} is done; its number is erased")?);
    }
    let rows = Reader::open(&path, 1).await?.callbacks(args.limit).await?;
    if args.json {
        let rows: Vec<_> = rows.iter().map(|row| callback_json(row, args.reveal)).collect();
        return print_json(&rows, out);
    }
    if rows.is_empty() {
        return Ok(writeln!(out, "nobody waits to be called back")?);
    }
    for row in &rows {
        let state = row
            .done_ms
            .map_or("open".to_owned(), |ms| format!("done {}", clock::utc(ms)));
        let (id, time, number) = (row.id, clock::utc(row.created_ms), number(row, args.reveal));
        writeln!(out, "{id:>4}  {time}  {number:<14} {:<18} {state}", row.reason)?;
        writeln!(out, "      {}  (call {})", row.summary, row.call)?;
    }
    Ok(())
}

async fn find(reader: &Reader, id: &str) -> Result<CallRow, CallsError> {
    let found = if id == "last" {
        reader.calls(1).await?
    } else {
        reader.calls_like(id).await?
    };
    match <[CallRow; 1]>::try_from(found) {
        Ok([call]) => Ok(call),
        Err(none) if none.is_empty() => Err(CallsError::NoCall(id.to_owned())),
        Err(_) => Err(CallsError::Ambiguous(id.to_owned())),
    }
}

fn list(calls: &[CallRow], json: bool, out: &mut impl Write) -> Result<(), CallsError> {
    if json {
        return print_json(&calls, out);
    }
    if calls.is_empty() {
        return Ok(writeln!(out, "no calls yet")?);
    }
    writeln!(
        out,
        "time (UTC)           length  outcome             turns  trunk       caller  call"
    )?;
    for call in calls {
        writeln!(
            out,
            "{:<19}  {:>6}  {:<18}  {:>5}  {:<10}  {:<6}  {}",
            clock::utc(call.started_ms),
            call.duration_ms.map_or("-".to_owned(), clock::length),
            call.outcome.as_deref().unwrap_or("(going on)"),
            call.turns.map_or("-".to_owned(), |turns| turns.to_string()),
            call.trunk,
            call.caller,
            call.id,
        )?;
    }
    Ok(())
}

fn number(row: &CallbackRow, reveal: bool) -> String {
    match &row.phone {
        Some(phone) if reveal => phone.expose().clone(),
        Some(phone) => mask_number(phone.expose()),
        None => "no number".to_owned(),
    }
}

fn callback_json(row: &CallbackRow, reveal: bool) -> serde_json::Value {
    json!({
        "id": row.id, "call": row.call, "created_ms": row.created_ms, "reason": row.reason,
        "summary": row.summary, "phone": row.phone.as_ref().map(|_| number(row, reveal)), "done_ms": row.done_ms,
    })
}

fn print_json(value: &impl serde::Serialize, out: &mut impl Write) -> Result<(), CallsError> {
    Ok(writeln!(out, "{}", serde_json::to_string(value)?)?)
}

/// Whoever reads may stop when they have seen enough (`hark calls | head`).
fn read_enough(result: Result<(), CallsError>) -> Result<(), CallsError> {
    match result {
        Err(CallsError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
