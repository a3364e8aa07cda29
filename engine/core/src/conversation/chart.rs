//! Flows as something to look at: boxes with words in them, and the ways between. Whoever draws decides
//! where they stand.

use std::collections::{BTreeMap, BTreeSet};

use crate::conversation::flow::{Command, Flow, FlowIndex, FlowSet, Step, StepKind};
use crate::conversation::graph::edges;
use crate::conversation::named::Named as _;
use crate::conversation::prompt::PromptBook;

/// A drawing in the making; `links` name boxes by their index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chart {
    pub title: String,
    pub boxes: Vec<ChartBox>,
    pub links: Vec<ChartLink>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartBox {
    pub name: String,
    pub kind: BoxKind,
    /// What it does: "asks the shop: quote".
    pub does: String,
    /// What Hark says there, in its first wording.
    pub says: String,
    /// What else is to be known of it, a line each.
    pub notes: Vec<String>,
}

/// What a box is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoxKind {
    Says,
    /// Waits for the caller.
    Asks,
    Shop,
    Decides,
    Confirms,
    Commits,
    Person,
    Flow,
    Ends,
    /// Stands for another box, far from here.
    Elsewhere,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartLink {
    pub from: usize,
    pub to: usize,
    /// "yes", "found / failed"; empty where there is only one way.
    pub label: String,
}

impl FlowSet {
    /// The steps of a flow; the first box is where it starts. `None` when there is no such flow.
    pub fn chart(&self, name: &str, prompts: &PromptBook) -> Option<Chart> {
        let flow = self.flows.iter().find(|flow| flow.name == name)?;
        let start = usize::from(flow.start);
        // The start first, then the order of the file.
        let mut order: Vec<usize> = (0..flow.steps.len()).filter(|at| *at != start).collect();
        order.insert(0, start);
        let at: BTreeMap<usize, usize> = order.iter().copied().zip(0..).collect();
        let mut chart = Chart {
            title: format!("{name}: {}", flow.label),
            ..Chart::default()
        };
        for step in order.iter().filter_map(|step| flow.steps.get(*step)) {
            chart.boxes.push(self.step_box(step, prompts));
            let from = chart.boxes.len() - 1;
            let ways = edges(&step.kind);
            let alone = ways.len() == 1;
            for (index, way) in ways.iter().enumerate() {
                let Some(to) = at.get(&usize::from(way.to.step)) else {
                    continue;
                };
                let label = condition(&step.kind, index).unwrap_or_else(|| way.label.clone());
                chart.link(from, *to, if alone { "" } else { &label });
            }
        }
        Some(chart)
    }

    /// Every flow: what leads to it, and which others it calls. The first one comes first.
    pub fn overview(&self) -> Chart {
        let root = self.fallbacks.after.flow;
        let mut order: Vec<FlowIndex> = (0..).map(FlowIndex).take(self.flows.len()).collect();
        order.sort_by_key(|index| *index != root);
        let boxes = order.iter().filter_map(|index| {
            let flow = self.flow(*index)?;
            let by = [("for", self.asked_for(*index)), ("calls", self.called_by(flow))];
            let notes = by.into_iter().filter(|(_, names)| !names.is_empty());
            Some(ChartBox {
                name: flow.name.clone(),
                kind: BoxKind::Flow,
                does: format!("{} steps", flow.steps.len()),
                says: flow.label.clone(),
                notes: notes
                    .map(|(what, names)| format!("{what}: {}", names.join(", ")))
                    .collect(),
            })
        });
        Chart {
            title: "every flow".to_owned(),
            boxes: boxes.collect(),
            links: Vec::new(),
        }
    }

    /// The intents that lead to a flow, and silence.
    fn asked_for(&self, flow: FlowIndex) -> Vec<&str> {
        let intents = self.intents.iter().filter(|(_, index)| **index == flow);
        let commands = self.commands.iter();
        let commands = commands.filter(|(_, command)| **command == Command::Flow(flow));
        let mut names: Vec<&str> = intents.map(|(name, _)| name.as_str()).collect();
        names.extend(commands.map(|(name, _)| name.as_str()));
        names.extend((self.fallbacks.silent == flow).then_some("silence"));
        names.extend((self.fallbacks.give_up == flow).then_some("repair in vain"));
        names.sort_unstable();
        names.dedup();
        names
    }

    fn called_by(&self, flow: &Flow) -> Vec<&str> {
        let called: BTreeSet<FlowIndex> = calls(flow).into_iter().collect();
        let flows = called.into_iter().filter_map(|index| self.flow(index));
        flows.map(|flow| flow.name.as_str()).collect()
    }

    fn step_box(&self, step: &Step, prompts: &PromptBook) -> ChartBox {
        let (kind, does) = self.deed(&step.kind);
        let says = step
            .kind
            .prompts()
            .first()
            .map(|(_, prompt)| prompts.sample(prompt));
        ChartBox {
            name: step.id.rsplit('.').next().unwrap_or(&step.id).to_owned(),
            kind,
            does,
            says: says.unwrap_or_default(),
            notes: Vec::new(),
        }
    }

    fn deed(&self, kind: &StepKind) -> (BoxKind, String) {
        match kind {
            StepKind::Say { .. } => (BoxKind::Says, "says".to_owned()),
            StepKind::Ask(ask) => (BoxKind::Asks, format!("asks for {}", ask.slot)),
            StepKind::Prefetch { query, .. } => (BoxKind::Shop, format!("begins {}", query.name())),
            StepKind::Lookup { query, .. } => (BoxKind::Shop, format!("asks the shop: {}", query.name())),
            StepKind::Decide { .. } => (BoxKind::Decides, "decides".to_owned()),
            StepKind::Do { operation, .. } => (BoxKind::Decides, operation.name().replace('_', " ")),
            StepKind::Confirm(_) => (BoxKind::Confirms, "reads back, wants a yes".to_owned()),
            StepKind::Commit { what, .. } => (BoxKind::Commits, format!("commits the {}, once", what.name())),
            StepKind::Announce { .. } => (BoxKind::Says, "states success".to_owned()),
            StepKind::HandOver { skill, .. } => (BoxKind::Person, format!("hands over to {skill}")),
            StepKind::Call { flow, .. } => {
                let name = self.flow(*flow).map_or("", |flow| flow.name.as_str());
                (BoxKind::Flow, format!("flow {name}"))
            }
            StepKind::Route { .. } => (BoxKind::Flow, "the flow that was asked for".to_owned()),
            StepKind::Done { outcome } => (BoxKind::Ends, format!("done: {}", outcome.name())),
            StepKind::End { outcome } => {
                let outcome = outcome.map_or("as it stands", |outcome| outcome.name());
                (BoxKind::Ends, format!("ends the call: {outcome}"))
            }
        }
    }
}

impl Chart {
    /// Two ways between the same boxes are one line with both names.
    fn link(&mut self, from: usize, to: usize, label: &str) {
        let known = self
            .links
            .iter_mut()
            .find(|link| link.from == from && link.to == to);
        match known {
            Some(link) if link.label.split(" / ").any(|part| part == label) => {}
            Some(link) => link.label = format!("{} / {label}", link.label),
            None => self.links.push(ChartLink {
                from,
                to,
                label: label.to_owned(),
            }),
        }
    }
}

/// The words of a case, for the way it takes.
fn condition(kind: &StepKind, index: usize) -> Option<String> {
    if let StepKind::Decide { cases, .. } = kind {
        cases.get(index).map(|case| case.when.text.clone())
    } else {
        None
    }
}

fn calls(flow: &Flow) -> Vec<FlowIndex> {
    let called = |step: &Step| {
        if let StepKind::Call { flow, .. } = step.kind {
            Some(flow)
        } else {
            None
        }
    };
    flow.steps.iter().filter_map(called).collect()
}
