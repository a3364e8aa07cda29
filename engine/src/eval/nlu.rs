//! `hark eval nlu`: intents of labelled texts, through the understanding of a call at its first question.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use engine_core::nlu::lexicon::Lexicon;
use engine_core::nlu::normalize::Words;
use engine_core::nlu::train::{Part, part_of};
use engine_core::nlu::understand::{Context, Understander};
use engine_core::speech::expectation::Expectation;
use engine_core::units::Confidence;
use serde::Serialize;

use crate::eval::EvalError;
use crate::eval::site::Site;

/// Arguments of `hark eval nlu`.
#[derive(Debug, Clone, Args)]
pub struct NluArgs {
    /// Tab-separated, with a header line: text, intent, source.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Which lines: all, or of the file the model was trained on only those it has never seen.
    #[arg(long, value_enum, default_value_t = Lines::All)]
    part: Lines,
    /// Folder of models.
    #[arg(long, value_name = "DIR", default_value = "models")]
    models: PathBuf,
    /// Write one line per text: verdict, confidence, understood, expected, text.
    #[arg(long, value_name = "FILE")]
    details: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lines {
    All,
    /// The fifth that training keeps for reports.
    Report,
    /// What training saw, for comparison.
    Seen,
}

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) intent: String,
    source: String,
}

impl Line {
    /// Labelled as no business of a shop's.
    pub(crate) fn is_out_of_scope(&self) -> bool {
        self.intent == OUT_OF_SCOPE
    }
}

/// Whether a text's best intent, said at the first question of a call, is the one it is labelled with.
pub(crate) fn is_right(understander: &Understander, line: &Line, classes: &BTreeSet<&str>) -> bool {
    let (found, _) = understood(understander, &Lexicon::default(), &line.text);
    as_labelled(&found, classes) == line.intent
}

/// The intents that a table knows.
pub(crate) fn classes(lines: &[Line]) -> BTreeSet<&str> {
    lines.iter().map(|line| line.intent.as_str()).collect()
}

/// The figures. Rates are fractions.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Figures {
    n: usize,
    /// Of the texts that are a shop's business, those whose intent is right.
    in_scope_accuracy: f64,
    /// Of the texts that are not, those refused.
    oos_recall: f64,
    /// Right answers by the intent labelled.
    per_class: BTreeMap<String, f64>,
    /// Right answers by the source column.
    per_source: BTreeMap<String, f64>,
    /// Milliseconds a text, mean.
    ms_per_text: f64,
    model: String,
}

pub(super) fn run(args: &NluArgs) -> Result<(), EvalError> {
    let text = fs::read_to_string(&args.file).map_err(|error| EvalError::File {
        file: args.file.clone(),
        reason: error.to_string(),
    })?;
    let mut lines = parse(&args.file, &text)?;
    lines.retain(|line| args.part.has(&line.text));
    let site = Site::load(&args.models)?;
    let (figures, details) = measure(&site, &lines);
    if let Some(file) = &args.details {
        fs::write(file, details).map_err(|error| EvalError::File {
            file: file.clone(),
            reason: error.to_string(),
        })?;
    }
    print(&figures, args.json);
    Ok(())
}

impl Lines {
    pub(crate) fn has(self, text: &str) -> bool {
        match (self, part_of(&Words::new(text))) {
            (Self::All, _) | (Self::Report, Part::Report) | (Self::Seen, Part::Train | Part::Calibrate) => {
                true
            }
            (Self::Report, Part::Train | Part::Calibrate) | (Self::Seen, Part::Report) => false,
        }
    }
}

pub(crate) fn parse(file: &Path, text: &str) -> Result<Vec<Line>, EvalError> {
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate().skip(1) {
        let mut columns = line.split('\t');
        let (Some(text), Some(intent)) = (columns.next(), columns.next()) else {
            let reason = "needs a text, a tab and an intent".to_owned();
            return Err(EvalError::Line {
                file: file.to_owned(),
                line: at + 1,
                reason,
            });
        };
        let source = columns.next().unwrap_or_default().to_owned();
        lines.push(Line {
            text: text.to_owned(),
            intent: intent.to_owned(),
            source,
        });
    }
    Ok(lines)
}

/// Right answers of all.
#[derive(Debug, Default, Clone, Copy)]
struct Share {
    right: usize,
    all: usize,
}

impl Share {
    fn count(&mut self, right: bool) {
        self.all += 1;
        self.right += usize::from(right);
    }

    fn fraction(self) -> f64 {
        self.right as f64 / self.all.max(1) as f64
    }
}

fn measure(site: &Site, lines: &[Line]) -> (Figures, String) {
    let classes = classes(lines);
    let (mut inside, mut outside) = (Share::default(), Share::default());
    let mut per_class: BTreeMap<String, Share> = BTreeMap::new();
    let mut per_source: BTreeMap<String, Share> = BTreeMap::new();
    let mut details = String::new();
    let started = std::time::Instant::now();
    for line in lines {
        let (found, sure) = understood(&site.understander, &site.lexicon, &line.text);
        let found = as_labelled(&found, &classes);
        let right = found == line.intent;
        if line.intent == OUT_OF_SCOPE {
            &mut outside
        } else {
            &mut inside
        }
        .count(right);
        per_class.entry(line.intent.clone()).or_default().count(right);
        per_source.entry(line.source.clone()).or_default().count(right);
        let verdict = if right { "right" } else { "wrong" };
        details.push_str(&format!(
            "{verdict}\t{sure:.3}\t{found}\t{}\t{}\n",
            line.intent, line.text
        ));
    }
    let took_ms = started.elapsed().as_secs_f64() * 1_000.0;
    let fractions =
        |shares: BTreeMap<String, Share>| shares.into_iter().map(|(k, s)| (k, s.fraction())).collect();
    let figures = Figures {
        n: lines.len(),
        in_scope_accuracy: inside.fraction(),
        oos_recall: outside.fraction(),
        per_class: fractions(per_class),
        per_source: fractions(per_source),
        ms_per_text: took_ms / lines.len().max(1) as f64,
        model: site.understander.version().to_owned(),
    };
    (figures, details)
}

/// The best intent of a text said at the first question of a call.
fn understood(understander: &Understander, lexicon: &Lexicon, text: &str) -> (String, f32) {
    let context = Context {
        expectation: &Expectation::Open,
        lexicon,
        candidates: &[],
    };
    let decision = understander.understand(text, Confidence::CERTAIN, &context);
    let best = decision
        .intent()
        .map_or(OUT_OF_SCOPE, |intent| intent.name.as_str());
    (best.to_owned(), decision.confidence.get())
}

/// An intent in the words of the file. Hark knows intents that a file may lack: ordering a drink is ordering, the
/// others are then none of the file's business.
fn as_labelled<'a>(intent: &'a str, classes: &BTreeSet<&str>) -> &'a str {
    if classes.contains(intent) {
        return intent;
    }
    match intent {
        "product_question" if classes.contains(PRODUCT_LABEL) => PRODUCT_LABEL,
        "order_drink" => "reorder",
        _ => OUT_OF_SCOPE,
    }
}

#[expect(clippy::print_stdout, reason = "a command's answer belongs on the terminal")]
fn print(figures: &Figures, json: bool) {
    if json {
        println!("{}", serde_json::to_string(figures).unwrap_or_default());
        return;
    }
    println!(
        "{} texts, {} ({:.3} ms a text)",
        figures.n, figures.model, figures.ms_per_text
    );
    println!("in scope   {:5.1} % right", figures.in_scope_accuracy * 100.0);
    println!(
        "no business of ours  {:5.1} % refused",
        figures.oos_recall * 100.0
    );
    for (class, fraction) in &figures.per_class {
        println!("  {class:<32} {:5.1} %", fraction * 100.0);
    }
}

const OUT_OF_SCOPE: &str = "out_of_scope";
const PRODUCT_LABEL: &str = "product_question_or_availability";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::{as_labelled, parse};

    #[test]
    fn intents_are_named_as_the_file_names_them() {
        let few = BTreeSet::from(["reorder", "out_of_scope"]);
        let more = BTreeSet::from(["reorder", "product_question_or_availability"]);
        for (intent, classes, expect) in [
            ("reorder", &few, "reorder"),
            ("order_drink", &few, "reorder"),
            ("product_question", &few, "out_of_scope"),
            ("product_question", &more, "product_question_or_availability"),
            ("help", &few, "out_of_scope"),
        ] {
            assert_eq!(as_labelled(intent, classes), expect, "{intent}");
        }
    }

    #[test]
    fn a_short_line_is_named() {
        let error = parse(Path::new("x.tsv"), "text\tintent\nhello\n").unwrap_err();
        assert_eq!(error.to_string(), "x.tsv:2: needs a text, a tab and an intent");
    }
}
