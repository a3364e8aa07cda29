//! Phrases whose callers were served elsewhere before: by a rule, which always wins; by an intent that was taught
//! these very words; by one that the model hears in them.

use std::collections::BTreeMap;

use super::Phrases;
use super::clash::{Written, more};
use super::phrase::Phrase;
use crate::conversation::document::{Collector, LoadErrors};
use crate::conversation::flow::{Flow, FlowSet};
use crate::nlu::decision::{Decision, ScoredIntent};
use crate::nlu::intent::OUT_OF_SCOPE;
use crate::nlu::train::taught::{Taught, TaughtLine};
use crate::source::FileError;

/// Understanding as it is without flows.
#[expect(missing_debug_implementations, reason = "it holds a function")]
pub struct WithoutFlows<'u> {
    /// What an utterance means at an open question.
    pub read: &'u dyn Fn(&str) -> Decision,
    /// What the model was taught.
    pub taught: &'u Taught,
}

impl FlowSet {
    /// Refuses phrases that rules take for something else, as they are never looked at; warns of those that were
    /// taught as another intent that is served, unless `takes_from` says that their callers shall come here.
    pub fn check_phrases(&self, without: &WithoutFlows<'_>) -> Result<Vec<FileError>, LoadErrors> {
        let collector = Collector::default();
        let mut taken: BTreeMap<(&str, u32, &str), (FileError, usize)> = BTreeMap::new();
        for (text, at) in self.phrases.spelt_out() {
            let decision = (without.read)(text);
            if let Some(fault) = never_heard(text, at, &decision) {
                collector.add(fault);
            } else if let Some(line) = self.taught_elsewhere(text, at, without.taught) {
                let place = (at.file.as_str(), at.line, line.intent.as_str());
                taken
                    .entry(place)
                    .and_modify(|(_, more)| *more += 1)
                    .or_insert_with(|| (self.taken(text, at, line), 0));
            }
        }
        let warnings = taken.into_values().map(|(warning, count)| FileError {
            message: format!("{}{}", warning.message, more(count)),
            ..warning
        });
        collector.finish(Some(warnings.collect()))
    }

    /// What a flow of this file takes from others by what the model hears in its phrases, an intent a line.
    pub fn taken_by(&self, file: &str, without: &WithoutFlows<'_>) -> Vec<FileError> {
        let mut taken: BTreeMap<String, (&str, &Written, f32, usize)> = BTreeMap::new();
        for (text, at) in self.phrases.spelt_out().filter(|(_, at)| at.file == file) {
            let decision = (without.read)(text);
            let Some(best) = decision.intent().filter(|best| best.confidence.get() >= CLEAR) else {
                continue;
            };
            if best.name == at.intent || !self.is_served(&best.name) || self.may_take(at, &best.name) {
                continue;
            }
            taken
                .entry(best.name.clone())
                .and_modify(|(.., more)| *more += 1)
                .or_insert((text, at, best.confidence.get(), 0));
        }
        taken
            .iter()
            .map(|(intent, (text, at, sure, count))| self.overheard(intent, text, at, *sure, *count))
            .collect()
    }

    fn taken(&self, text: &str, at: &Written, line: &TaughtLine) -> FileError {
        let message = format!(
            "callers who say \"{text}\" have so far come to `{}`, which was taught these words ({}:{}), and come to \
             `{}` now",
            line.intent, line.file, line.number, at.intent
        );
        at.fault(message).remedy(self.remedy(at, &line.intent))
    }

    fn overheard(&self, intent: &str, text: &str, at: &Written, sure: f32, more: usize) -> FileError {
        let others = match more {
            0 => String::new(),
            1 => ", and another phrase,".to_owned(),
            _ => format!(", and {more} more phrases,"),
        };
        let message = format!(
            "\"{text}\"{others} sounded like `{intent}` so far ({:.0} %), and means `{}` now; what is said in other words \
             may still go there",
            100.0 * sure,
            at.intent
        );
        at.fault(message).remedy(self.remedy(at, intent))
    }

    fn remedy(&self, at: &Written, intent: &str) -> String {
        let own = self.flow_of(&at.intent);
        let known = own.map_or(&[][..], |flow| &flow.takes_from);
        let known = known.iter().map(|word| word.text.as_str());
        let all: Vec<String> = known.chain([intent]).map(|name| format!("\"{name}\"")).collect();
        format!(
            "remove the phrase, or write that this is meant: takes_from = [{}]",
            all.join(", ")
        )
    }

    fn taught_elsewhere<'t>(&self, text: &str, at: &Written, taught: &'t Taught) -> Option<&'t TaughtLine> {
        taught.lines_with(text).find(|line| {
            line.intent != at.intent && self.is_served(&line.intent) && !self.may_take(at, &line.intent)
        })
    }

    /// Whether callers who want this come to a flow that does something about it.
    fn is_served(&self, intent: &str) -> bool {
        intent != OUT_OF_SCOPE && (self.intents.contains_key(intent) || self.commands.contains_key(intent))
    }

    /// Within a flow, and where it says so, phrases may go from one intent to another.
    fn may_take(&self, at: &Written, from: &str) -> bool {
        let other = self.flow_of(from).map(|flow| &flow.name);
        self.flow_of(&at.intent).is_some_and(|flow| {
            other == Some(&flow.name) || flow.takes_from.iter().any(|intent| intent.text == from)
        })
    }

    fn flow_of(&self, intent: &str) -> Option<&Flow> {
        self.intents.get(intent).and_then(|index| self.flow(*index))
    }
}

impl Phrases {
    /// Phrases without places for goods or wishes, with where they are written.
    fn spelt_out(&self) -> impl Iterator<Item = (&str, &Written)> {
        let plain = self.written.iter();
        plain
            .filter(|(text, _)| !Phrase::new(text).has_place())
            .map(|(text, at)| (text.as_str(), at))
    }
}

fn never_heard(text: &str, at: &Written, decision: &Decision) -> Option<FileError> {
    let other = |best: &&ScoredIntent| best.name != at.intent;
    let best = decision.intent().filter(other)?;
    if !decision.decided_by.starts_with("rule:") {
        return None;
    }
    let message = format!(
        "\"{text}\" means `{}` wherever it is said, and never `{}`",
        best.name, at.intent
    );
    Some(
        at.fault(message)
            .remedy("remove it, or write more of what callers say"),
    )
}

/// Understood as surely as this, callers have been served without a question.
const CLEAR: f32 = 0.8;
