//! `hark nlu compare`: a new model against the one in use, on the same utterances, before it may take over.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use engine_core::nlu::understand::Understander;
use serde::Serialize;

use crate::eval::nlu::{Line, Lines, classes, is_right, parse};

/// What to compare, and on what.
#[derive(Debug, clap::Args)]
pub struct CompareArgs {
    /// The new model.
    new: PathBuf,
    /// The regression set: a table with a heading, text, tab, intent, tab, source.
    #[arg(long)]
    file: PathBuf,
    /// Which lines of it: those that no training has seen, or all.
    #[arg(long, value_enum, default_value_t = Lines::Report)]
    part: Lines,
    /// The folder that holds `nlu/`, with the model in use.
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// How many utterances more than now may be wrong, in scope and out of it each.
    #[arg(long, default_value_t = 0)]
    allow: usize,
    /// Let the new model take over when it is no worse.
    #[arg(long)]
    adopt: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Two models on one set.
#[derive(Debug, Default, Serialize)]
struct Comparison {
    current: Score,
    new: Score,
    /// Wrong now, right with the new model.
    mended: Vec<String>,
    /// Right now, wrong with the new model.
    broken: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
struct Score {
    model: String,
    in_scope: usize,
    in_scope_right: usize,
    out_of_scope: usize,
    out_of_scope_refused: usize,
}

pub(super) fn run(args: &CompareArgs) -> anyhow::Result<()> {
    let table = super::table(&args.file)?;
    let mut lines = parse(Path::new(&table.name), &table.text)?;
    lines.retain(|line| args.part.has(&line.text));
    anyhow::ensure!(
        !lines.is_empty(),
        "{}: nothing to compare on",
        args.file.display()
    );
    let current = super::load(&args.models)?;
    let new = super::load_with_model(&args.models, &args.new)?;
    let found = compare(&current, &new, &lines);
    print(&found, args.json)?;
    let worse = found.new.is_worse_than(&found.current, args.allow);
    anyhow::ensure!(!worse, "the new model is worse: {} stays", found.current.model);
    if args.adopt {
        let in_use = args.models.join("nlu/en/intent.model");
        take_over(&args.new, &in_use).with_context(|| format!("cannot write {}", in_use.display()))?;
    }
    Ok(())
}

/// A running `hark serve` sees the old model or the new one, nothing in between.
fn take_over(new: &Path, in_use: &Path) -> std::io::Result<()> {
    let beside = in_use.with_extension("model.new");
    std::fs::copy(new, &beside)?;
    std::fs::rename(&beside, in_use)
}

fn compare(current: &Understander, new: &Understander, lines: &[Line]) -> Comparison {
    let mut found = Comparison {
        current: Score::of(current),
        new: Score::of(new),
        ..Comparison::default()
    };
    let known = classes(lines);
    for line in lines {
        let (was, is) = (is_right(current, line, &known), is_right(new, line, &known));
        found.current.count(line, was);
        found.new.count(line, is);
        let told = || format!("{} ({})", line.text, line.intent);
        match (was, is) {
            (false, true) => found.mended.push(told()),
            (true, false) => found.broken.push(told()),
            (true, true) | (false, false) => {}
        }
    }
    found
}

impl Score {
    fn of(understander: &Understander) -> Self {
        Self {
            model: understander.version().to_owned(),
            ..Self::default()
        }
    }

    fn count(&mut self, line: &Line, right: bool) {
        let (all, good) = if line.is_out_of_scope() {
            (&mut self.out_of_scope, &mut self.out_of_scope_refused)
        } else {
            (&mut self.in_scope, &mut self.in_scope_right)
        };
        *all += 1;
        *good += usize::from(right);
    }

    fn is_worse_than(&self, other: &Self, allow: usize) -> bool {
        self.in_scope_right + allow < other.in_scope_right
            || self.out_of_scope_refused + allow < other.out_of_scope_refused
    }
}

fn print(found: &Comparison, json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, found)?;
        return Ok(writeln!(out)?);
    }
    let percent = |good: usize, all: usize| 100.0 * good as f64 / all.max(1) as f64;
    for (name, score) in [("now", &found.current), ("new", &found.new)] {
        writeln!(
            out,
            "{name}  {:<24} in scope {}/{} right ({:.1} %), out of scope {}/{} refused ({:.1} %)",
            score.model,
            score.in_scope_right,
            score.in_scope,
            percent(score.in_scope_right, score.in_scope),
            score.out_of_scope_refused,
            score.out_of_scope,
            percent(score.out_of_scope_refused, score.out_of_scope)
        )?;
    }
    for (what, texts) in [("mended", &found.mended), ("broken", &found.broken)] {
        writeln!(out, "{what}: {}", texts.len())?;
        for text in texts.iter().take(TOLD_MAX) {
            writeln!(out, "  {text}")?;
        }
    }
    Ok(())
}

/// Utterances that are shown of each kind.
const TOLD_MAX: usize = 20;

#[cfg(test)]
mod tests {
    use super::Score;

    #[test]
    fn worse_anywhere_is_worse() {
        let score = |inside, outside| Score {
            in_scope_right: inside,
            out_of_scope_refused: outside,
            ..Score::default()
        };
        let now = score(90, 40);
        assert!(!score(90, 40).is_worse_than(&now, 0));
        assert!(!score(95, 41).is_worse_than(&now, 0));
        assert!(score(99, 39).is_worse_than(&now, 0));
        assert!(score(89, 45).is_worse_than(&now, 0));
        assert!(!score(89, 45).is_worse_than(&now, 1));
    }
}
