//! `hark flow test`: plays the dialogues that lie beside the flows and says where talk and dialogue part.

mod dialogue;
mod pattern;
mod play;
mod reached;
mod run;
mod scenery;
mod sweep;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use engine_core::conversation::{LoadErrors, Source};
use engine_core::source::nearest;

use dialogue::Dialogue;
use play::Cast;
use reached::{Coverage, Reached};

/// Play the dialogues beside the flows: what Hark says, does and ends with, against the demo shop's books.
///
/// Each dialogue is also broken off after every turn: by a hang-up, silence, mumbling, a wish for a person,
/// another question. Played all together, they must lead through every step of every flow. Exit code 0 when all
/// hold, 1 with file, line, expected and got when one does not, and with the steps that no call came to, 2 when
/// a file cannot be read. models/flows/tests/README.md tells how to write one.
#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// The folder that holds `flows/`, `prompts/` and `nlu/`.
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// Print every dialogue as it went.
    #[arg(long)]
    show: bool,
    /// Only the dialogues whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Dialogue files; without any, all of `flows/tests/*.txt`.
    files: Vec<PathBuf>,
}

/// Runs them and says how it went.
#[allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command's answer belongs on the terminal"
)]
pub(super) fn run_all(args: &TestArgs) -> ExitCode {
    match test(args) {
        Ok(report) => {
            for transcript in &report.transcripts {
                println!("{transcript}");
            }
            for failure in &report.failures {
                eprintln!("{failure}\n");
            }
            println!(
                "{} dialogues, {} failed; {} calls broken off on the way",
                report.dialogues,
                report.failures.len(),
                report.detours
            );
            if let Some(coverage) = &report.coverage {
                println!("{coverage}");
            }
            let proved = report.coverage.as_ref().is_none_or(Coverage::is_whole);
            ExitCode::from(u8::from(!report.failures.is_empty() || !proved))
        }
        Err(error) => {
            eprintln!("hark: {error:#}");
            ExitCode::from(2)
        }
    }
}

#[derive(Debug, Default)]
struct Report {
    dialogues: usize,
    detours: u32,
    failures: Vec<String>,
    transcripts: Vec<String>,
    reached: Reached,
    /// What all dialogues together come to; `None` where some were picked.
    coverage: Option<Coverage>,
}

fn test(args: &TestArgs) -> anyhow::Result<Report> {
    let cast = Cast::load(&args.models)?;
    let tests = args.models.join(super::FLOWS).join("tests");
    let files = if args.files.is_empty() {
        listed(&tests)?
    } else {
        args.files.clone()
    };
    let mut dialogues = Vec::new();
    for file in &files {
        dialogues.extend(read(file)?);
    }
    if let Some(wanted) = &args.only {
        let names: Vec<String> = dialogues.iter().map(|dialogue| dialogue.name.clone()).collect();
        dialogues.retain(|dialogue| dialogue.name.contains(wanted.as_str()));
        // Nothing played is nothing shown.
        if dialogues.is_empty() {
            let near = nearest(wanted, names.iter().map(String::as_str));
            let near = near.map_or_else(String::new, |name| format!("; did you mean \"{name}\"?"));
            bail!(
                "--only: none of {} dialogues has \"{wanted}\" in its name{near}",
                names.len()
            );
        }
    }
    let mut report = play(&cast, &dialogues, args.show);
    if args.files.is_empty() && args.only.is_none() {
        report.coverage = Some(report.reached.of(&cast, &reached::excused(&tests)?));
    }
    Ok(report)
}

fn play(cast: &Cast, dialogues: &[Dialogue], show: bool) -> Report {
    let mut report = Report {
        dialogues: dialogues.len(),
        ..Report::default()
    };
    for dialogue in dialogues {
        let result = run::run(cast, dialogue, &mut report.reached).and_then(|transcript| {
            let detours = sweep::sweep(cast, dialogue, &mut report.reached)?;
            Ok((transcript, detours))
        });
        match result {
            Ok((transcript, detours)) => {
                report.detours += detours;
                if show {
                    report.transcripts.push(titled(dialogue, &transcript));
                }
            }
            Err(failure) => {
                let transcript = if show { failure.transcript.as_str() } else { "" };
                report.failures.push(format!("{failure}\n{transcript}"));
            }
        }
    }
    report
}

fn titled(dialogue: &Dialogue, transcript: &str) -> String {
    format!("== {}\n{transcript}", dialogue.name)
}

/// Every `*.txt` of a folder, by name.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, LoadErrors> {
    let entries = fs::read_dir(folder).map_err(|error| super::unreadable(folder, &error))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<Vec<Dialogue>, LoadErrors> {
    let text = fs::read_to_string(path).map_err(|error| super::unreadable(path, &error))?;
    dialogue::parse(&Source::new(path.display().to_string(), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn models() -> PathBuf {
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../models"))
    }

    fn check(text: &str) -> String {
        let cast = Cast::load(&models()).unwrap();
        let dialogues = dialogue::parse(&Source::new("talk.txt", text)).unwrap();
        let report = play(&cast, &dialogues, false);
        report.failures.join("\n")
    }

    #[test]
    fn what_parts_from_the_dialogue_is_told_with_expected_and_got() {
        let begin = "Hark: main.greeting\nCaller: I'd like to reorder my last order\n";
        let cases = [
            format!("== another prompt\n{begin}Hark: reorder.success\n"),
            format!("== another word\n{begin}Hark: reorder.readback \"two bags\"\n"),
            format!("== a prompt that is none\n{begin}Hark: reorder.radback\n"),
            format!("== another outcome\n{begin}Caller: yes\nCaller: goodbye\nOutcome: answered\n"),
            format!("== an order too few\n{begin}Caller: yes\nCaller: goodbye\nOrders: none\n"),
            format!("== an order that nobody named\n{begin}Caller: yes\nCaller: goodbye\n"),
            format!("== another order\n{begin}Caller: yes\nCaller: goodbye\nOrder: 2 BEAN-HARBOR-DARK\n"),
            format!("== no end\n{begin}"),
            "== after the end\nCaller: [hangs up]\nCaller: hello\n".to_owned(),
            "== nobody was asked for\nAgent: takes the call\n".to_owned(),
            "== unknown things\nShop: has 3 BEAN-HARBUR\n".to_owned(),
        ];
        insta::assert_snapshot!(cases.map(|case| check(&case)).join("\n"));
    }

    /// The files that the README tells a designer to write, by the names in their first lines.
    fn files_of_the_readme() -> Vec<(String, String)> {
        let readme = fs::read_to_string(models().join("../README.md")).unwrap();
        let blocks = readme.split("```").skip(1).step_by(2);
        let named = blocks.filter_map(|block| {
            let body = block.split_once('\n')?.1;
            let name = body.lines().next()?.strip_prefix("# models/")?;
            Some((name.to_owned(), body.to_owned()))
        });
        named.collect()
    }

    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let target = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copy(&path, &target);
            } else {
                fs::copy(&path, &target).unwrap();
            }
        }
    }

    #[test]
    fn what_the_readme_tells_a_designer_to_write_works() {
        let folder = tempfile::tempdir().unwrap();
        for part in ["flows", "prompts", "policy", "nlu"] {
            copy(&models().join(part), &folder.path().join(part));
        }
        let files = files_of_the_readme();
        assert_eq!(files.len(), 3, "{files:?}");
        for (name, text) in &files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let args = TestArgs {
            models: folder.path().to_owned(),
            show: false,
            only: Some("the hours".to_owned()),
            files: Vec::new(),
        };
        let report = test(&args).unwrap();
        assert_eq!((report.dialogues, report.failures), (1, Vec::<String>::new()));
        let misnamed = TestArgs {
            only: Some("the hour, in the middle of an order".to_owned()),
            ..args
        };
        let message = test(&misnamed).unwrap_err().to_string();
        assert!(
            message.ends_with("in its name; did you mean \"the hours, in the middle of an order\"?"),
            "{message}"
        );
    }

    #[test]
    fn what_no_dialogue_comes_to_is_named() {
        let cast = Cast::load(&models()).unwrap();
        let text = "== a robot\nCaller: are you a robot\nHark: robot.tell\nCaller: goodbye\n";
        let dialogues = dialogue::parse(&Source::new("talk.txt", text)).unwrap();
        let report = play(&cast, &dialogues, false);
        let coverage = report.reached.of(&cast, &reached::Excused::new());
        assert!(!coverage.is_whole());
        let told = coverage.to_string();
        assert!(
            told.contains("no dialogue leads into the flow launch ("),
            "{told}"
        );
        assert!(told.contains("main.what_else ("), "{told}");
        assert!(!told.contains("robot.tell ("), "{told}");
        let needless = [("robot.tell".to_owned(), "never heard".to_owned())].into();
        let told = report.reached.of(&cast, &needless).to_string();
        assert!(told.contains("robot.tell is reached"), "{told}");
    }

    #[test]
    fn a_dialogue_that_holds_is_also_broken_off_at_every_turn() {
        let cast = Cast::load(&models()).unwrap();
        let text = "== a reorder\nCaller: I'd like to reorder my last order\nHark: reorder.readback\nCaller: yes\n\
                    Hark: reorder.success\nCaller: no goodbye\nOutcome: order_placed\nOrder: 1 BEAN-HARBOR-DARK\n";
        let dialogues = dialogue::parse(&Source::new("talk.txt", text)).unwrap();
        let report = play(&cast, &dialogues, false);
        assert_eq!(report.failures, Vec::<String>::new());
        assert_eq!(report.detours, 15, "five ways at each of three turns");
    }
}
