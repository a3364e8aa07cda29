//! `hark eval words`: single words put to "yes or no?" and to "which digit?", through the grammars of a
//! call. What the question expects should be understood, everything else should be refused.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use engine_core::nlu::decision::{Answer, Decision, SlotValue};
use engine_core::nlu::grammar::Grammar;
use engine_core::nlu::understand::Context;
use engine_core::speech::expectation::Expectation;

use crate::eval::EvalError;
use crate::eval::audio::load;
use crate::eval::conditions::{Conditions, file_name, seed_of};
use crate::eval::evaluation::Evaluation;
use crate::eval::hear::Listener;
use crate::eval::line::{Carried, Line};
use crate::eval::manifest::{self, Entry};
use crate::eval::score::Outcome;
use crate::eval::site::{Site, files_in};

/// Arguments of `hark eval words`.
#[derive(Debug, Clone, Args)]
pub struct WordsArgs {
    /// Folder of WAV recordings named `WORD_SPEAKER_...`.
    #[arg(long, value_name = "DIR")]
    audio: Option<PathBuf>,
    /// Recordings listed in a table with the columns `path`, `transcript`, and perhaps `speaker`.
    #[arg(long, value_name = "FILE")]
    manifest: Vec<PathBuf>,
    /// Folder of recordings (WAV or FLAC) that answer neither question.
    #[arg(long, value_name = "DIR")]
    outside: Vec<PathBuf>,
    #[command(flatten)]
    conditions: Conditions,
}

/// A question with its grammar.
struct Question {
    name: &'static str,
    expectation: Expectation,
    grammar: Arc<Grammar>,
    /// What the answer means, when these words are one.
    meaning: fn(&str) -> Option<Meaning>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Answer(Answer),
    Digit(char),
    /// A command that every question understands.
    Command(&'static str),
}

pub(super) fn run(args: &WordsArgs) -> Result<(), EvalError> {
    let conditions = &args.conditions;
    let mut entries = entries(args)?;
    entries.retain(|entry| conditions.part.has(&entry.name()));
    let site = Site::load(&conditions.models)?;
    let questions = questions(&site);
    let expectations: Vec<Expectation> = questions.iter().map(|q| q.expectation.clone()).collect();
    let hearing = site.hearing(&conditions.hearing(), &expectations)?;
    let mut all = Evaluation::new(&site, &hearing);
    let lines = conditions.lines()?;
    for entry in &entries {
        let sound = load(&entry.path)?;
        for line in &lines {
            let carried = line.carry(&line.in_band(&sound)?, seed_of(&entry.name()))?;
            for question in &questions {
                all.ask_question(question, entry, line, &carried)?;
            }
        }
    }
    all.finish(conditions)
}

impl Evaluation<'_> {
    /// Every recording is another caller.
    fn ask_question(
        &mut self,
        question: &Question,
        entry: &Entry,
        line: &Line,
        carried: &Carried,
    ) -> Result<(), EvalError> {
        let clip = Listener::new(self.hearing).hear(carried, line.rate(), &question.grammar)?;
        let accepted = clip.accepted();
        let said = entry.words.join(" ");
        let expected = (question.meaning)(&said);
        let outcome = match (expected, accepted) {
            (Some(_), None) => Outcome::Refused,
            (None, None) => Outcome::Right,
            (None, Some(_)) => Outcome::Wrong,
            (Some(meaning), Some((text, confidence))) => {
                let context = Context {
                    expectation: &question.expectation,
                    lexicon: &self.site.lexicon,
                    candidates: &[],
                };
                let decision = self.site.understander.understand(text, confidence, &context);
                if meaning.is_in(&decision) {
                    Outcome::Right
                } else {
                    Outcome::Wrong
                }
            }
        };
        if expected.is_some() {
            self.scores
                .inside(question.name, &line.name, &entry.speaker, outcome);
        } else {
            self.scores.outside(question.name, &line.name, accepted.is_some());
        }
        let kind = if expected.is_some() { "inside" } else { "outside" };
        let (name, confidence) = (entry.name(), clip.confidence().to_string());
        let heard = accepted.map_or("", |(text, _)| text);
        self.details.add(&[
            &name,
            &line.name,
            question.name,
            kind,
            outcome.name(),
            &confidence,
            heard,
            &said,
        ]);
        Ok(())
    }
}

impl Meaning {
    fn is_in(self, decision: &Decision) -> bool {
        match self {
            Self::Answer(answer) => decision.answer == Some(answer),
            Self::Command(intent) => decision.intent().is_some_and(|found| found.name == intent),
            Self::Digit(digit) => decision.slot("digits").is_some_and(|slot| match &slot.value {
                SlotValue::Digits(digits) => *digits == digit.to_string(),
                SlotValue::Text(_) | SlotValue::Number(_) => false,
            }),
        }
    }
}

fn questions(site: &Site) -> [Question; 2] {
    let question = |name, expectation: Expectation, meaning| Question {
        name,
        grammar: site.grammar(&expectation),
        expectation,
        meaning,
    };
    [
        question("yes or no", Expectation::YesNo, yes_or_no),
        question("one digit", Expectation::Digits { min: 1, max: 1 }, one_digit),
    ]
}

fn yes_or_no(said: &str) -> Option<Meaning> {
    match said {
        "yes" | "right" => Some(Meaning::Answer(Answer::Yes)),
        "no" => Some(Meaning::Answer(Answer::No)),
        _ => command(said),
    }
}

fn one_digit(said: &str) -> Option<Meaning> {
    let digit = DIGITS
        .iter()
        .zip('0'..='9')
        .find(|(word, _)| **word == said)
        .map(|(_, digit)| Meaning::Digit(digit));
    // "No" is an answer to "which digit?" too, but not one that is looked for here.
    digit.or_else(|| match said {
        "no" => Some(Meaning::Answer(Answer::No)),
        _ => command(said),
    })
}

fn command(said: &str) -> Option<Meaning> {
    match said {
        "stop" => Some(Meaning::Command("cancel")),
        "help" => Some(Meaning::Command("help")),
        "repeat" => Some(Meaning::Command("repeat")),
        _ => None,
    }
}

fn entries(args: &WordsArgs) -> Result<Vec<Entry>, EvalError> {
    let mut entries = Vec::new();
    for path in args
        .audio
        .iter()
        .map(|folder| files_in(folder, "wav"))
        .collect::<Result<Vec<_>, _>>()?
    {
        entries.extend(path.into_iter().map(named));
    }
    for file in &args.manifest {
        entries.extend(manifest::read(file)?);
    }
    for folder in &args.outside {
        for extension in ["flac", "wav"] {
            entries.extend(files_in(folder, extension)?.into_iter().map(|path| Entry {
                path,
                words: Vec::new(),
                speaker: String::new(),
            }));
        }
    }
    Ok(entries)
}

/// `yes_62581901_nohash_0.wav`: the word, the speaker, the take.
fn named(path: PathBuf) -> Entry {
    let name = file_name(&path);
    let mut parts = name.split('_');
    let word = parts.next().unwrap_or_default().to_lowercase();
    Entry {
        path,
        words: vec![word],
        speaker: parts.next().unwrap_or_default().to_owned(),
    }
}

pub(super) const DIGITS: [&str; 10] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_word_and_the_speaker() {
        let entry = named(PathBuf::from("words/yes_62581901_nohash_0.wav"));
        assert_eq!(
            (entry.words.join(" "), entry.speaker.as_str()),
            ("yes".to_owned(), "62581901")
        );
    }

    #[test]
    fn each_question_has_its_answers() {
        assert_eq!(yes_or_no("right"), Some(Meaning::Answer(Answer::Yes)));
        assert_eq!(yes_or_no("seven"), None);
        assert_eq!(one_digit("seven"), Some(Meaning::Digit('7')));
        assert_eq!(one_digit("yes"), None);
        assert_eq!(one_digit("stop"), Some(Meaning::Command("cancel")));
    }
}
