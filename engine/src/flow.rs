//! Flows and wording from disk, and `hark flow`: what a designer runs before a change goes live.

mod chat;
mod graph;
pub mod live;
mod test;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use engine_core::conversation::{FlowSet, LoadErrors, PromptBook, Source, WithoutFlows, schema};
use engine_core::nlu::decision::Decision;
use engine_core::nlu::lexicon::Lexicon;
use engine_core::nlu::understand::{Context, Understander};
use engine_core::source::{FileError, column_of};
use engine_core::speech::expectation::Expectation;
use engine_core::units::Confidence;

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
    /// Exit code 0 when they do, 2 with one line per fault (file, line, key, remedy) when not. What is sound and
    /// perhaps not meant is a warning: a phrase that takes callers from another flow. Of FILES it is also told
    /// whose callers their phrases sounded like before.
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
    let found = load_with(models_dir, &[])?;
    Ok((found.flows, found.prompts))
}

/// The same for calls: what is sound and perhaps not meant is logged.
pub fn load_for_calls(models_dir: &Path) -> Result<(Arc<FlowSet>, Arc<PromptBook>), LoadErrors> {
    let found = load_with(models_dir, &[])?;
    for warning in &found.warnings {
        tracing::warn!(%warning, "a flow may do what was not meant");
    }
    Ok((found.flows, found.prompts))
}

/// Flows and wording that are sound.
#[derive(Debug)]
struct Found {
    flows: Arc<FlowSet>,
    prompts: Arc<PromptBook>,
    /// What is perhaps not meant, as it is.
    warnings: Vec<FileError>,
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
        Ok(Found {
            flows,
            prompts,
            warnings,
        }) => {
            for warning in &warnings {
                eprintln!("warning: {warning}");
            }
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

fn load_with(models_dir: &Path, files: &[PathBuf]) -> Result<Found, LoadErrors> {
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
    let mut warnings = check_understood(models_dir, &flows, files)?;
    warnings.extend(prompts.unsayable(crate::tts::can_say));
    warnings.extend(flows.unsaid(&prompts));
    Ok(Found {
        warnings,
        flows: Arc::new(flows),
        prompts: Arc::new(prompts),
    })
}

/// What flows want to be asked for must be something that is heard and understood. A folder of flows alone, without
/// understanding beside it, is not refused for that.
fn check_understood(
    models_dir: &Path,
    flows: &FlowSet,
    files: &[PathBuf],
) -> Result<Vec<FileError>, LoadErrors> {
    if !models_dir.join("nlu").is_dir() {
        return Ok(Vec::new());
    }
    let nlu_dir = models_dir.join("nlu").display().to_string();
    let fault = |message: String| LoadErrors {
        faults: vec![FileError::new(&nlu_dir, message)],
    };
    let understander = crate::nlu::load(models_dir).map_err(|error| fault(error.to_string()))?;
    let own: BTreeSet<&str> = understander
        .pronunciations()
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    flows.check_sounds(|word| own.contains(word) || crate::tts::pronounce(word).is_some())?;
    flows.check_intents(&understander.intents())?;
    let taught = crate::nlu::taught(models_dir).map_err(|error| fault(error.to_string()))?;
    let without = WithoutFlows {
        read: &|text| understood_anywhere(&understander, text),
        taught: &taught,
    };
    let mut warnings = flows.check_phrases(&without)?;
    for file in files {
        warnings.extend(flows.taken_by(&file.display().to_string(), &without));
    }
    Ok(warnings)
}

/// What a caller means who says this at an open question, of a shop whose goods are not known.
fn understood_anywhere(understander: &Understander, text: &str) -> Decision {
    let context = Context {
        expectation: &Expectation::Open,
        lexicon: &Lexicon::default(),
        candidates: &[],
    };
    understander.understand(text, Confidence::CERTAIN, &context)
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
    let length = fs::metadata(path)
        .map_err(|error| unreadable(path, &error))?
        .len();
    if length > FILE_MAX {
        let fault = FileError::new(
            &path.display().to_string(),
            format!("{length} bytes are no flow and no wording: {FILE_MAX} at most"),
        );
        return Err(LoadErrors { faults: vec![fault] });
    }
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    let file = path.display().to_string();
    let text = text_of(&file, bytes).map_err(|fault| LoadErrors { faults: vec![fault] })?;
    Ok(Source::new(file, text))
}

/// A file's letters, or the line of the first byte that is part of none.
fn text_of(file: &str, bytes: Vec<u8>) -> Result<String, FileError> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let letters = String::from_utf8_lossy(bytes.get(..at).unwrap_or_default());
        let byte = bytes.get(at).copied().unwrap_or_default();
        let message = format!(
            "the byte 0x{byte:02X} in column {} is no letter of UTF-8",
            column_of(&letters, at)
        );
        FileError::new(file, message)
            .at(&letters, at)
            .remedy("save the file as UTF-8, which every editor can, and write that letter again")
    })
}

fn unreadable(path: &Path, error: &std::io::Error) -> LoadErrors {
    let fault = FileError::new(&path.display().to_string(), format!("cannot be read: {error}"));
    let kind = error.kind();
    let remedy = if kind == ErrorKind::NotFound && path.extension().is_none() {
        "name the models folder with --models, or with `models` under [talk] in engine.toml"
    } else if kind == ErrorKind::NotFound {
        "is its name right?"
    } else if kind == ErrorKind::IsADirectory {
        "a file belongs here: rename the folder, or remove it"
    } else {
        "whoever runs Hark must be allowed to read it"
    };
    LoadErrors {
        faults: vec![fault.remedy(remedy)],
    }
}

/// The largest file that is read, in bytes: 25 times the longest flow that ships.
const FILE_MAX: u64 = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_takes_nobody_s_callers_unsaid() {
        let models = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../models"));
        let found = load_with(models, &[]).unwrap();
        assert_eq!(found.warnings, []);
        let taught = crate::nlu::taught(models).unwrap();
        let line = taught.lines_with("where is my order").next().unwrap();
        assert_eq!(line.intent, "order_status");
    }

    #[test]
    fn a_byte_that_is_no_letter_is_told_with_its_line() {
        let told =
            |bytes: &[u8]| text_of("flows/tea.toml", bytes.to_vec()).map_err(|fault| fault.to_string());
        let remedy = "save the file as UTF-8, which every editor can, and write that letter again";
        assert_eq!(
            told(b"flow = \"tea\"\nlabel = \"th\xe9\"\n"),
            Err(format!(
                "flows/tea.toml:2: the byte 0xE9 in column 12 is no letter of UTF-8; {remedy}"
            )),
        );
        assert_eq!(
            told("label = \"thé".as_bytes().strip_suffix(&[0xa9]).unwrap()),
            Err(format!(
                "flows/tea.toml:1: the byte 0xC3 in column 12 is no letter of UTF-8; {remedy}"
            )),
        );
        assert_eq!(
            told("label = \"thé\"".as_bytes()),
            Ok("label = \"thé\"".to_owned())
        );
    }

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
