//! Flows and wording from disk, and `hark flow`: what a designer runs before a change goes live.

mod chat;
mod graph;
pub mod live;
mod test;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use engine_core::conversation::{FlowSet, LoadErrors, PromptBook, Source, schema};
use engine_core::source::FileError;

use chat::ChatArgs;
use graph::GraphArgs;
use test::TestArgs;

/// Where flows and wording lie inside the models folder. English now; another language is a folder.
const FLOWS: &str = "flows";
const PROMPTS: &str = "prompts/en";

/// `hark flow ...`
#[derive(Debug, Args)]
pub struct FlowArgs {
    #[command(subcommand)]
    command: FlowCommand,
}

#[derive(Debug, Subcommand)]
enum FlowCommand {
    /// Prove that flows and prompts make sense: every path ends in an outcome, every name exists.
    ///
    /// Exit code 0 when they do, 2 with one line per fault (file, line, key, remedy) when not.
    Check {
        /// The folder that holds `flows/` and `prompts/en/`.
        #[arg(long, default_value = "models")]
        models: PathBuf,
        /// Flow files to check instead of those in the folder; the folder's other flows stand beside them.
        files: Vec<PathBuf>,
    },
    Graph(GraphArgs),
    /// Print the JSON Schema of flow files, or of prompt files: for editors.
    Schema {
        /// Of prompt files.
        #[arg(long)]
        prompts: bool,
    },
    Test(TestArgs),
    Chat(ChatArgs),
}

/// Reads, compiles and checks everything under `models_dir`.
pub fn load(models_dir: &Path) -> Result<(Arc<FlowSet>, Arc<PromptBook>), LoadErrors> {
    load_with(models_dir, &[])
}

/// Runs `hark flow ...` and says how it went.
pub fn run(args: &FlowArgs) -> ExitCode {
    match &args.command {
        FlowCommand::Check { models, files } => check(models, files),
        FlowCommand::Graph(args) => graph::draw(args),
        FlowCommand::Schema { prompts } => print_schema(*prompts),
        FlowCommand::Test(args) => test::run_all(args),
        FlowCommand::Chat(args) => chat(args),
    }
}

#[allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command's answer belongs on the terminal"
)]
fn check(models: &Path, files: &[PathBuf]) -> ExitCode {
    match load_with(models, files) {
        Ok((flows, prompts)) => {
            let names: Vec<&str> = flows.names().collect();
            println!("{} flows are sound: {}", names.len(), names.join(", "));
            println!(
                "version {}-{}, {} fixed phrases",
                flows.version(),
                prompts.version(),
                prompts.fixed_phrases().count()
            );
            ExitCode::SUCCESS
        }
        Err(errors) => {
            eprintln!("{errors}");
            ExitCode::from(2)
        }
    }
}

#[allow(clippy::print_stdout, reason = "a command's answer belongs on the terminal")]
fn print_schema(of_prompts: bool) -> ExitCode {
    print!("{}", schema_text(of_prompts));
    ExitCode::SUCCESS
}

fn schema_text(of_prompts: bool) -> String {
    let schema = if of_prompts {
        schema::prompts()
    } else {
        schema::flows()
    };
    format!("{schema:#}\n")
}

#[allow(
    clippy::print_stderr,
    reason = "the last word of a command belongs on the terminal"
)]
fn chat(args: &ChatArgs) -> ExitCode {
    match chat::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hark: {}", crate::cli::told_once(&error));
            let at_fault = error.is::<LoadErrors>() || error.is::<crate::nlu::LoadError>();
            ExitCode::from(if at_fault { 2 } else { 1 })
        }
    }
}

fn load_with(models_dir: &Path, files: &[PathBuf]) -> Result<(Arc<FlowSet>, Arc<PromptBook>), LoadErrors> {
    let mut flows = read_folder(&models_dir.join(FLOWS))?;
    for file in files {
        let source = read_file(file)?;
        flows.retain(|other| other.stem() != source.stem());
        flows.push(source);
    }
    let prompts = PromptBook::load(&read_folder(&models_dir.join(PROMPTS))?);
    let flows = FlowSet::load(&flows);
    // Both are reported at once: a designer mends one file after the other.
    let (flows, prompts) = match (flows, prompts) {
        (Ok(flows), Ok(prompts)) => (flows, prompts),
        (Err(mut errors), Err(more)) => {
            errors.faults.extend(more.faults);
            return Err(errors);
        }
        (Err(errors), Ok(_)) | (Ok(_), Err(errors)) => return Err(errors),
    };
    flows.check(&prompts)?;
    check_understood(models_dir, &flows)?;
    Ok((Arc::new(flows), Arc::new(prompts)))
}

/// What flows want to be asked for must be something that is heard and understood. A folder of flows alone, without
/// understanding beside it, is not refused for that.
fn check_understood(models_dir: &Path, flows: &FlowSet) -> Result<(), LoadErrors> {
    if !models_dir.join("nlu").is_dir() {
        return Ok(());
    }
    let understander = crate::nlu::load(models_dir).map_err(|error| LoadErrors {
        faults: vec![FileError::new(
            &models_dir.join("nlu").display().to_string(),
            error.to_string(),
        )],
    })?;
    let own: BTreeSet<&str> = understander
        .pronunciations()
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    flows.check_sounds(|word| own.contains(word) || crate::tts::pronounce(word).is_some())?;
    flows.check_intents(&understander.intents())
}

/// Every `*.toml` of a folder, by name.
fn read_folder(folder: &Path) -> Result<Vec<Source>, LoadErrors> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    paths.iter().map(|path| read_file(path)).collect()
}

fn read_file(path: &Path) -> Result<Source, LoadErrors> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    Ok(Source::new(path.display().to_string(), text))
}

fn unreadable(path: &Path, error: &std::io::Error) -> LoadErrors {
    let fault = FileError::new(&path.display().to_string(), format!("cannot be read: {error}"));
    LoadErrors {
        faults: vec![
            fault
                .remedy("name the models folder with --models, or with `models` under [talk] in engine.toml"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemas_that_ship_are_those_of_the_loader() {
        for (of_prompts, file, flag) in [
            (false, "flows/flow.schema.json", ""),
            (true, "prompts/prompts.schema.json", " --prompts"),
        ] {
            let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../models")).join(file);
            let shipped = fs::read_to_string(&path).unwrap_or_default();
            assert!(
                shipped == schema_text(of_prompts),
                "{file} is out of date: hark flow schema{flag} > models/{file}"
            );
        }
    }
}
