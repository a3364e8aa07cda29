//! Flows as the machine runs them: compiled, immutable, shared by all calls. A call keeps the set it
//! began with, so that a new version never changes a conversation that is under way.

mod question;
mod shop;
mod step;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use self::question::{Among, Ask, Confirm, Expect, Wording};
pub(crate) use self::shop::{Query, Subject};
pub(crate) use self::step::{Case, Step, StepKind};
use crate::conversation::document::{Collector, LoadErrors, Word, did_you_mean};
use crate::conversation::operation::Operation;
use crate::conversation::phrases::Phrases;
use crate::nlu::brought::Brought;
use crate::nlu::decision::Decision;
use crate::source::FileError;

/// Every flow of a site, with what holds everywhere.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowSet {
    pub(crate) flows: Vec<Flow>,
    /// Which flow serves an intent.
    pub(crate) intents: BTreeMap<String, FlowIndex>,
    /// Intents that mean the same in every step.
    pub(crate) commands: BTreeMap<String, Command>,
    pub(crate) fallbacks: Fallbacks,
    pub(crate) policy: Policy,
    pub(crate) phrases: Phrases,
    pub(crate) version: String,
    /// Where a place that does not exist leads: the end of the call.
    pub(crate) lost: Step,
}

impl FlowSet {
    /// The flow every call begins with.
    pub const ROOT: &'static str = "main";

    /// First twelve digits of the hash of all flow files: what records name.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A decision as these flows take it: with the phrases that they bring along.
    pub fn hear(&self, decision: Decision) -> Decision {
        self.phrases.hear(decision)
    }

    /// What callers have that flows take, for understanding.
    pub fn brought(&self) -> &[Brought] {
        self.phrases.brought()
    }

    /// Refuses an intent that nothing understands; `understood` are those of model and rules.
    pub fn check_intents(&self, understood: &[String]) -> Result<(), LoadErrors> {
        let collector = Collector::default();
        let known: Vec<&str> = understood
            .iter()
            .map(String::as_str)
            .chain(self.phrases.intents())
            .collect();
        for (intent, index) in &self.intents {
            let Some(flow) = self.flow(*index).filter(|_| !known.contains(&intent.as_str())) else {
                continue;
            };
            let hint = did_you_mean(intent, known.iter().copied());
            let message = format!("intents: nothing that callers say is understood as `{intent}`{hint}");
            let mut fault = FileError::new(&flow.file, message);
            fault.line = flow.intents_line;
            collector.add(fault.remedy("write how they say it: phrases = [\"when do you open\"]"));
        }
        for flow in &self.flows {
            let wrong = |word: &&Word| !known.contains(&word.text.as_str());
            for word in flow.takes_from.iter().filter(wrong) {
                let hint = did_you_mean(&word.text, known.iter().copied());
                let message = format!("takes_from: nothing is understood as `{}`{hint}", word.text);
                let mut fault = FileError::new(&flow.file, message);
                fault.line = Some(word.line);
                collector.add(fault);
            }
        }
        collector.finish(Some(()))
    }

    /// How callers ask for these flows, beyond what the grammars' own rules say: for the recogniser's grammar.
    pub const fn phrases(&self) -> &BTreeSet<String> {
        self.phrases.spoken()
    }

    /// Refuses a phrase with a word that no recogniser could hear, because nothing says how it sounds.
    pub fn check_sounds(&self, sounds: impl Fn(&str) -> bool) -> Result<(), LoadErrors> {
        let collector = Collector::default();
        for (word, file, line) in self.phrases.words().filter(|(word, ..)| !sounds(word)) {
            let message = format!("phrases: nobody knows how `{word}` sounds");
            let mut fault = FileError::new(file, message);
            fault.line = Some(line);
            collector.add(fault.remedy(
                "write it as it is said, or add a line like `latte L AA T EY` to models/nlu/en/pronunciations.dict",
            ));
        }
        collector.finish(Some(()))
    }

    /// What leads to these flows.
    pub fn intents(&self) -> impl Iterator<Item = &str> {
        self.intents.keys().map(String::as_str)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.flows.iter().map(|flow| flow.name.as_str())
    }

    /// Every step of every flow, in the order of the files.
    pub fn steps(&self) -> impl Iterator<Item = StepAt<'_>> {
        self.flows.iter().flat_map(|flow| {
            flow.steps.iter().map(|step| StepAt {
                flow: &flow.name,
                id: &step.id,
                file: &flow.file,
                line: step.line,
            })
        })
    }

    /// The flow of this name; `None` for the root flow too, which stands for no wish.
    pub(crate) fn destination(&self, name: &str) -> Option<FlowIndex> {
        let at = self
            .names()
            .position(|known| known == name && known != Self::ROOT)?;
        u16::try_from(at).ok().map(FlowIndex)
    }

    pub(crate) fn root_start(&self) -> Place {
        self.start(self.fallbacks.after.flow)
    }

    pub(crate) fn start(&self, flow: FlowIndex) -> Place {
        let step = self.flow(flow).map_or(0, |flow| flow.start);
        Place { flow, step }
    }

    pub(crate) fn flow(&self, flow: FlowIndex) -> Option<&Flow> {
        self.flows.get(usize::from(flow.0))
    }

    pub(crate) fn step(&self, place: Place) -> &Step {
        let step = self
            .flow(place.flow)
            .and_then(|flow| flow.steps.get(usize::from(place.step)));
        step.unwrap_or(&self.lost)
    }
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepAt<'s> {
    pub flow: &'s str,
    /// "reorder.confirm".
    pub id: &'s str,
    pub file: &'s str,
    pub line: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FlowIndex(pub(crate) u16);

/// A step of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) flow: FlowIndex,
    pub(crate) step: u16,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Flow {
    pub(crate) name: String,
    pub(crate) file: String,
    /// What the caller does here, as in "you'd like to ...": "check on an order".
    pub(crate) label: String,
    /// What is dropped by "cancel": "the order". Empty where there is nothing to drop.
    pub(crate) cancels: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) start: u16,
    /// Where its intents are named.
    pub(crate) intents_line: Option<u32>,
    /// Intents whose callers it may take by its phrases.
    pub(crate) takes_from: Vec<Word>,
}

impl Flow {
    /// Whether it makes a new order.
    pub(crate) fn orders(&self) -> bool {
        let commits = |step: &Step| {
            matches!(
                step.kind,
                StepKind::Commit {
                    what: Subject::Draft,
                    ..
                }
            )
        };
        self.steps.iter().any(commits)
    }

    /// Whether it advises on what to buy.
    pub(crate) fn advises(&self) -> bool {
        self.steps.iter().any(|step| {
            matches!(
                step.kind,
                StepKind::Do {
                    operation: Operation::AdviceTake,
                    ..
                }
            )
        })
    }

    /// Whether it makes a draft: of a new order, or of what an order is to become.
    pub(crate) fn drafts(&self) -> bool {
        self.steps.iter().any(|step| {
            matches!(&step.kind, StepKind::Confirm(confirm) if confirm.what == Subject::Draft)
                || matches!(
                    step.kind,
                    StepKind::Do {
                        operation: Operation::DraftTakeOrder,
                        ..
                    }
                )
        })
    }

    /// Whether what it asks for is read back later.
    pub(crate) fn reads_back(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.kind, StepKind::Confirm(_)))
    }
}

/// What an intent means in every step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Repeat,
    Help,
    Cancel,
    Back,
    Wait,
    Flow(FlowIndex),
}

impl Command {
    /// The built-in ones; any other word names a flow.
    pub(crate) const NAMES: &'static [&'static str] = &["repeat", "help", "cancel", "back", "wait"];
}

/// Flows that take over when a step cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fallbacks {
    /// Not understood again and again: a human.
    pub(crate) give_up: FlowIndex,
    /// The caller has gone silent.
    pub(crate) silent: FlowIndex,
    /// Where a cancelled flow leads, in the root flow.
    pub(crate) after: Place,
}

/// How sure is sure enough, in fractions from 0 to 1; and how long "later" is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Policy {
    /// At least this: an intent is taken as said.
    pub(crate) intent_accept: f32,
    /// At least this: an intent is taken after asking; below, it was not understood.
    pub(crate) intent_ask: f32,
    /// At least this: a slot's value is taken; below, it was not understood.
    pub(crate) slot_accept: f32,
    /// Days for which whoever said "later" to a call of Hark's is not called again.
    pub(crate) later_days: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            intent_accept: 0.6,
            intent_ask: 0.3,
            slot_accept: 0.35,
            later_days: 7,
        }
    }
}
