//! What is proved of a flow set before it may serve calls: every path ends in an outcome, nothing goes
//! round without an exit, a commit is reached only through a confirmation, success is stated only with
//! a receipt, the caller hears first that this is a machine, and every name exists.

mod comparisons;
mod paths;
mod questions;
mod sentences;

use std::collections::BTreeSet;

use crate::conversation::condition::{self, Condition};
use crate::conversation::document::{Collector, LoadErrors};
use crate::conversation::flow::{Flow, FlowIndex, FlowSet, Place, Step, StepKind};
use crate::conversation::graph::Graph;
use crate::conversation::prompt::PromptBook;
use crate::conversation::returning::INSTEAD;
use crate::nlu::drink;
use crate::nlu::slots::{ADDRESS, DAY, PERIOD, UNKNOWN};
use crate::source::FileError;

/// Slots that understanding fills, whatever was asked; besides the options of a drink.
const UNDERSTOOD_SLOTS: &[&str] = &[
    "item",
    "quantity",
    "digits",
    "choice",
    "reference",
    ADDRESS,
    DAY,
    PERIOD,
    UNKNOWN,
    INSTEAD,
];
/// The commands without which no call may be served.
const COMMANDS_NEEDED: &[&str] = &["speak_to_agent", "goodbye", "repeat", "help", "cancel"];

impl FlowSet {
    /// Proves that the flows make sense together and with their wording.
    pub fn check(&self, prompts: &PromptBook) -> Result<(), LoadErrors> {
        let collector = Collector::default();
        let checker = Checker {
            set: self,
            prompts,
            collector: &collector,
            slots: self.slots(),
            read_slots: self.read_slots(prompts),
        };
        checker.own_prompts();
        checker.commands();
        checker.called();
        for (flow, index) in self.flows.iter().zip(0..) {
            checker.flow(flow, FlowIndex(index));
        }
        collector.finish(Some(()))
    }

    /// Every slot that something fills.
    fn slots(&self) -> BTreeSet<&str> {
        let steps = self.flows.iter().flat_map(|flow| &flow.steps);
        let asked = steps
            .filter_map(|step| step.kind.as_ask())
            .map(|ask| ask.slot.as_str());
        asked.chain(understood_slots()).collect()
    }

    /// Every slot that a condition or a sentence reads.
    fn read_slots<'s>(&'s self, prompts: &'s PromptBook) -> BTreeSet<&'s str> {
        let steps = self.flows.iter().flat_map(|flow| &flow.steps);
        let cases = steps.clone().flat_map(|step| step.kind.cases());
        let said = steps.flat_map(|step| step.kind.prompts());
        let told = said.flat_map(|(_, prompt)| prompts.slots(prompt));
        cases.flat_map(|case| slots_of(&case.when)).chain(told).collect()
    }
}

/// Slots that are filled by what is heard, whatever was asked.
pub(crate) fn understood_slots() -> Vec<&'static str> {
    [UNDERSTOOD_SLOTS, drink::SLOTS, &[drink::UNMADE]].concat()
}

struct Checker<'s> {
    set: &'s FlowSet,
    prompts: &'s PromptBook,
    collector: &'s Collector,
    slots: BTreeSet<&'s str>,
    read_slots: BTreeSet<&'s str>,
}

impl Checker<'_> {
    fn flow(&self, flow: &Flow, index: FlowIndex) {
        let mut entries = vec![self.set.start(index)];
        let after = self.set.fallbacks.after;
        if after.flow == index {
            entries.push(after);
        }
        let graph = Graph::new(flow, entries);
        self.paths(flow, &graph);
        self.promises(flow, &graph);
        self.values(flow, &graph);
        if index == after.flow || flow.name == FlowSet::REMINDER {
            self.disclosure(flow, index);
        }
        for step in &flow.steps {
            self.step(flow, step, index == after.flow);
        }
    }

    fn step(&self, flow: &Flow, step: &Step, is_root: bool) {
        match &step.kind {
            StepKind::Say { prompt, .. } => self.plain(flow, step, "say", prompt),
            StepKind::Announce { prompt, .. } => self.success(flow, step, prompt),
            StepKind::HandOver { prompt, reason, .. } => {
                self.plain(flow, step, "prompt", prompt);
                self.reason(flow, step, reason.as_deref());
            }
            StepKind::Call { reason, .. } => self.reason(flow, step, reason.as_deref()),
            StepKind::Ask(ask) => self.ask(flow, step, ask),
            StepKind::Confirm(confirm) => self.confirm(flow, step, confirm),
            StepKind::Decide { cases, .. } => {
                for case in cases {
                    for slot in slots_of(&case.when) {
                        self.slot(flow, step, ("decide", Some(case.line)), slot);
                    }
                    self.comparisons(flow, step, &case.when, case.line);
                }
            }
            StepKind::Done { .. } if is_root => {
                self.blame(
                    flow,
                    step,
                    "the first flow has nowhere to go back to: write `end` instead of `done`",
                );
            }
            StepKind::Done { .. }
            | StepKind::Prefetch { .. }
            | StepKind::Lookup { .. }
            | StepKind::Do { .. }
            | StepKind::Commit { .. }
            | StepKind::Route { .. }
            | StepKind::End { .. } => {}
        }
    }

    fn commands(&self) {
        let Some(root) = self.set.flow(self.set.fallbacks.after.flow) else {
            return;
        };
        for name in COMMANDS_NEEDED
            .iter()
            .filter(|name| !self.set.commands.contains_key(**name))
        {
            let message = format!("commands: callers must always be understood when they say `{name}`");
            self.collector.add(FileError::new(&root.file, message));
        }
    }

    fn steps<'f>(&self, flow: &'f Flow, graph: &Graph<'_>) -> Vec<(Place, &'f Step)> {
        graph.nodes.keys().copied().zip(&flow.steps).collect()
    }

    fn blame(&self, flow: &Flow, step: &Step, message: &str) {
        self.blame_key(flow, step, "", message);
    }

    /// Blames the line of a key, or of the step where it has none of this name.
    fn blame_key(&self, flow: &Flow, step: &Step, key: &str, message: &str) {
        self.blame_at(flow, step, (key, None), message);
    }

    /// Blames a line, where it is known better than by its key.
    fn blame_at(&self, flow: &Flow, step: &Step, (key, line): (&str, Option<u32>), message: &str) {
        let name = step.id.rsplit('.').next().unwrap_or(&step.id);
        let (path, known) = match step.keys.get(key) {
            Some(line) => (format!("steps.{name}.{key}"), *line),
            None => (format!("steps.{name}"), step.line),
        };
        let mut fault = FileError::new(&flow.file, format!("{path}: {message}"));
        fault.line = Some(line.unwrap_or(known));
        self.collector.add(fault);
    }
}

fn slots_of(condition: &Condition) -> impl Iterator<Item = &str> {
    condition.subjects().filter_map(|subject| match subject {
        condition::Subject::Slot(slot) => Some(slot.as_str()),
        condition::Subject::Fact(_) => None,
    })
}
