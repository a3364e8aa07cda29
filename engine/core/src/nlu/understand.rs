//! One utterance in, one [`Decision`] out. Rules decide what was asked for (yes or no, digits, a choice), a
//! model decides what was not, and the expectation says which of the two is believed.

use super::correction::{self, Correction};
use super::decision::{Answer, Decision, Evidence, ScoredIntent, Slot};
use super::grammar::{Grammar, Rules};
use super::intent;
use super::lexicon::Lexicon;
use super::normalize::Words;
use super::shortcut;
use super::slots::{self, Placed};
use super::yes_no;
use crate::source::FileError;
use crate::speech::expectation::{Candidate, Expectation};
use crate::units::Confidence;

/// A file's name (for messages) and its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedText {
    pub name: String,
    pub text: String,
}

/// The contents of `models/nlu/en`, read by whoever has a file system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NluFiles {
    /// `grammar/*.jsgf`.
    pub grammar: Vec<NamedText>,
    /// `intent.model`: its name and bytes.
    pub model: (String, Vec<u8>),
    /// `pronunciations.dict`: words that CMUdict lacks.
    pub pronunciations: NamedText,
}

/// What is known besides the words.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub expectation: &'a Expectation,
    pub lexicon: &'a Lexicon,
    /// Further things that may be named: the caller's orders, their usual items. Found as slot `choice`.
    pub candidates: &'a [Candidate],
}

/// Understands. Immutable, shared by all calls in an `Arc`; one utterance takes well under a millisecond.
#[derive(Debug, Clone)]
pub struct Understander {
    rules: Rules,
    pronunciations: NamedText,
}

impl Understander {
    /// Reads the files' contents; a fault names file and line.
    pub fn new(files: NluFiles) -> Result<Self, FileError> {
        let texts = files.grammar.iter().map(|f| (f.name.as_str(), f.text.as_str()));
        Ok(Self {
            rules: Rules::parse(texts)?,
            pronunciations: files.pronunciations,
        })
    }

    /// What `text` means, given how sure the recogniser was of it. Any text has an answer.
    pub fn understand(&self, text: &str, recognition: Confidence, context: &Context<'_>) -> Decision {
        let words = Words::new(text);
        let mut reading = read(&words, context);
        if words.cut {
            reading.decided_by.push_str("+cut");
        }
        Decision {
            text: words.text(),
            intents: reading.intents,
            answer: reading.answer,
            slots: reading.slots,
            correction: reading.correction,
            confidence: Confidence::new(recognition.get() * reading.sure),
            evidence: reading.evidence,
            decided_by: reading.decided_by,
        }
    }

    /// The grammar of what is expected. Takes milliseconds: callers keep it as long as question and
    /// catalogue stay the same.
    pub fn grammar(&self, expectation: &Expectation, lexicon: &Lexicon) -> Grammar {
        Grammar::compile(expectation, lexicon, &self.rules)
    }

    /// ARPAbet lines ("word  W ER D") for words that CMUdict lacks.
    pub fn pronunciations(&self) -> &str {
        &self.pronunciations.text
    }
}

/// A decision in the making.
#[derive(Debug, Default)]
struct Reading {
    intents: Vec<ScoredIntent>,
    answer: Option<Answer>,
    slots: Vec<Slot>,
    correction: bool,
    sure: f32,
    evidence: Vec<Evidence>,
    decided_by: String,
}

fn read(words: &Words, context: &Context<'_>) -> Reading {
    if words.is_empty() {
        return Reading {
            decided_by: "rule:empty".to_owned(),
            ..Reading::default()
        };
    }
    if let Some(answer) = yes_no::plain(words) {
        return plain_answer(words, answer);
    }
    if let Some(intent) = shortcut::command(words) {
        return ruled(words, intent, 0.97, "rule:command");
    }
    let placed = slots::all(words, context.expectation, context.lexicon, context.candidates);
    let correction = correction::correction(words).filter(|found| counts(found, &placed));
    let placed = without_old_values(placed, correction.as_ref());
    let mut reading = if answers(context.expectation, &placed) || correction.is_some() {
        answered(words, context.expectation, &placed)
    } else {
        opened(words, &placed)
    };
    reading.correction = correction.is_some();
    // "yes but make it two" is a correction; "yes the dark roast" is a yes with a value.
    reading.answer = yes_no::leading(words).map(|found| found.answer);
    reading.slots = placed.into_iter().map(|p| p.slot).collect();
    reading
}

fn plain_answer(words: &Words, answer: Answer) -> Reading {
    let name = match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
    };
    Reading {
        answer: Some(answer),
        ..ruled(words, name, 0.98, "rule:yes_no")
    }
}

fn ruled(words: &Words, intent: &str, sure: f32, rule: &str) -> Reading {
    Reading {
        intents: vec![ScoredIntent {
            name: intent.to_owned(),
            confidence: Confidence::new(sure),
        }],
        sure,
        evidence: vec![Evidence {
            word: words.text(),
            weight: 1.0,
        }],
        decided_by: rule.to_owned(),
        ..Reading::default()
    }
}

/// An uncertain marker ("no ...") corrects only when a value follows it.
fn counts(found: &Correction, placed: &[Placed]) -> bool {
    placed
        .iter()
        .any(|p| p.start >= found.range.start && p.end <= found.range.end)
}

/// In a correction only the new value counts.
fn without_old_values(placed: Vec<Placed>, correction: Option<&Correction>) -> Vec<Placed> {
    match correction {
        None => placed,
        Some(found) => placed
            .into_iter()
            .filter(|p| p.start >= found.range.start && p.end <= found.range.end)
            .collect(),
    }
}

/// Whether what was asked for is there.
fn answers(expectation: &Expectation, placed: &[Placed]) -> bool {
    let has = |name: &str| placed.iter().any(|p| p.slot.name == name);
    match expectation {
        Expectation::YesNo | Expectation::Open => false,
        Expectation::Digits { .. } => has("digits"),
        Expectation::OneOf { .. } => has("choice"),
        Expectation::Item => has("item") || has("reference"),
        Expectation::Quantity { .. } => has("quantity"),
        Expectation::Drink => placed
            .iter()
            .any(|p| super::drink::SLOTS.contains(&p.slot.name.as_str())),
    }
}

fn answered(words: &Words, expectation: &Expectation, placed: &[Placed]) -> Reading {
    let drink = placed
        .iter()
        .any(|p| super::drink::SLOTS.contains(&p.slot.name.as_str()));
    let sure = placed
        .iter()
        .map(|p| p.slot.confidence.get())
        .fold(1.0_f32, f32::min)
        .min(0.97);
    let intent = if drink { "order_drink" } else { ANSWER };
    let mut reading = ruled(words, intent, sure, &format!("rule:{}", expectation.name()));
    reading.evidence = evidence_of(placed);
    reading
}

fn evidence_of(placed: &[Placed]) -> Vec<Evidence> {
    placed
        .iter()
        .map(|p| Evidence {
            word: p.slot.span.clone(),
            weight: p.slot.confidence.get(),
        })
        .collect()
}

fn opened(words: &Words, placed: &[Placed]) -> Reading {
    let has = |name: &str| placed.iter().any(|p| p.slot.name == name);
    let mut found = intent::classify(words);
    let oos = found.intents.first().is_none_or(|i| i.name == "out_of_scope");
    if oos && has("coffeeDrink") {
        found.intents.insert(
            0,
            ScoredIntent {
                name: "order_drink".to_owned(),
                confidence: Confidence::new(0.9),
            },
        );
    } else if oos && (has("item") || has("reference")) {
        found.intents.insert(
            0,
            ScoredIntent {
                name: "reorder".to_owned(),
                confidence: Confidence::new(0.8),
            },
        );
    }
    let sure = found.intents.first().map_or(0.0, |i| i.confidence.get());
    Reading {
        intents: found.intents,
        sure,
        evidence: found.evidence,
        decided_by: "rule:phrases".to_owned(),
        ..Reading::default()
    }
}

/// The intent of an utterance that answers what was asked: its meaning is in the slots.
pub const ANSWER: &str = "answer";

#[cfg(test)]
#[path = "understand_tests.rs"]
mod tests;
