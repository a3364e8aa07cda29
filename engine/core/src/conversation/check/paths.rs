//! What holds on every path: it ends, nothing is promised or named without ground, a machine says that it is one.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Checker;
use crate::conversation::event::BargeIn;
use crate::conversation::flow::{Command, Flow, FlowIndex, FlowSet, Place, Query, Step, StepKind, Subject};
use crate::conversation::graph::{self, Graph};
use crate::conversation::known::{self, Needed};
use crate::conversation::named::Named as _;
use crate::conversation::prompt::Claim;

impl Checker<'_> {
    /// Every path ends, and every step is on a path.
    pub(super) fn paths(&self, flow: &Flow, graph: &Graph<'_>) {
        let (reachable, ending, restless) = (graph.reachable(), graph.ending(), graph.restless());
        for (place, step) in self.steps(flow, graph) {
            if !reachable.contains(&place) {
                self.blame(
                    flow,
                    step,
                    "no step leads here; remove it or name it in another step",
                );
            } else if !ending.contains(&place) {
                self.blame(
                    flow,
                    step,
                    "no path from here ends: lead it to a step with `done` or `end`",
                );
            } else if restless.contains(&place) {
                self.blame(
                    flow,
                    step,
                    "goes round without waiting for anybody; put a question in the circle",
                );
            }
        }
    }

    /// No commit without a yes, no success without a receipt, no callback without a number.
    pub(super) fn promises(&self, flow: &Flow, graph: &Graph<'_>) {
        let agreed = |what: Subject| graph.always(|kind, _, edge| graph::confirmed(what, kind, edge));
        let confirmed = Subject::ALL.iter().map(|what| (*what, agreed(*what)));
        let confirmed: BTreeMap<Subject, BTreeSet<Place>> = confirmed.collect();
        let (receipt, changed) = (graph.always(graph::receipt), graph.always(graph::changed));
        let (reserved, number) = (graph.always(graph::reserved), graph.always(graph::number_known));
        for (place, step) in self.steps(flow, graph) {
            if let StepKind::Commit { what, .. } = step.kind
                && !confirmed.get(&what).is_some_and(|places| places.contains(&place))
            {
                let message = format!(
                    "can be reached without a confirmation of this very {}; lead to it only from the `yes` of a \
                     `confirm` step",
                    what.name()
                );
                self.blame(flow, step, &message);
            }
            if let StepKind::Announce { prompt, .. } = &step.kind {
                let of_change = self.prompts.claim(prompt) == Some(Claim::Changed);
                let of_reservation = self.prompts.claim(prompt) == Some(Claim::Reserved);
                if of_reservation && !reserved.contains(&place) {
                    let message = "states that something was reserved where it may not have been; lead to it only from \
                                   `made` of a `commit = \"reservation\"`";
                    self.blame(flow, step, message);
                }
                if of_change && !changed.contains(&place) {
                    let message = "states that an order was changed where it may not have been; lead to it only from \
                                   `made` of a `commit = \"change\"`";
                    self.blame(flow, step, message);
                }
                if !of_change && !of_reservation && !receipt.contains(&place) {
                    let message = "states success where there may be no receipt; lead to it from `placed` or \
                                   `again` of a commit, or from `when = \"receipt.known\"`";
                    self.blame(flow, step, message);
                }
            }
            let rings_back = matches!(
                step.kind,
                StepKind::Lookup {
                    query: Query::RequestCallback,
                    ..
                }
            );
            if rings_back && !number.contains(&place) {
                let message = "promises to ring back where there may be no number; lead to it from \
                               `when = \"phone.known\"`";
                self.blame(flow, step, message);
            }
        }
    }

    /// Whatever a sentence names is known wherever it is said.
    pub(super) fn values(&self, flow: &Flow, graph: &Graph<'_>) {
        let mut holds: BTreeMap<Needed<'_>, BTreeSet<Place>> = BTreeMap::new();
        for (place, step) in self.steps(flow, graph) {
            for (key, prompt) in step.kind.prompts() {
                for field in self.prompts.fields(prompt) {
                    let Some(needed) = known::needed(field) else {
                        continue;
                    };
                    let known = holds
                        .entry(needed)
                        .or_insert_with(|| graph.always(|kind, index, edge| needed.after(kind, index, edge)));
                    if !known.contains(&place) && !self.unfillable(needed) {
                        let message = format!(
                            "`{prompt}` names {needed}, which may not be known here; {}",
                            needed.remedy()
                        );
                        self.blame_key(flow, step, key, &message);
                    }
                }
            }
        }
    }

    /// A slot that nothing fills is told once, by its name.
    fn unfillable(&self, needed: Needed<'_>) -> bool {
        matches!(needed, Needed::Slot(slot) if !self.slots.contains(slot))
    }

    /// Whatever is said first says that this is a machine, and cannot be cut short.
    pub(super) fn disclosure(&self, flow: &Flow, index: FlowIndex) {
        let graph = Graph::new(flow, vec![self.set.start(index)]);
        let (spoken, reachable) = (graph.always(graph::spoken), graph.reachable());
        for (place, step) in self.steps(flow, &graph) {
            if spoken.contains(&place) || !reachable.contains(&place) || graph::is_silent(&step.kind) {
                continue;
            }
            let discloses = matches!(&step.kind, StepKind::Say { prompt, barge_in: BargeIn::Protected, .. }
                if self.prompts.claim(prompt) == Some(Claim::Machine));
            if !discloses {
                let message = "the first words of a call must be a `say` with barge_in = \"protected\" and a \
                               prompt that states = \"machine\"";
                self.blame(flow, step, message);
            }
        }
    }

    /// Every flow is entered from somewhere, and none enters itself through calls alone.
    pub(super) fn called(&self) {
        let fallbacks = self.set.fallbacks;
        let mut entered: BTreeSet<FlowIndex> =
            [fallbacks.after.flow, fallbacks.give_up, fallbacks.silent].into();
        entered.extend(self.set.destination(FlowSet::REMINDER));
        entered.extend(self.set.intents.values());
        entered.extend(self.set.commands.values().filter_map(|command| match command {
            Command::Flow(flow) => Some(*flow),
            Command::Repeat | Command::Help | Command::Cancel | Command::Back | Command::Wait => None,
        }));
        entered.extend(self.set.flows.iter().flat_map(calls).map(|(_, to)| to));
        for (flow, index) in self.set.flows.iter().zip(0..) {
            let Some(first) = flow.steps.first() else { continue };
            if !entered.contains(&FlowIndex(index)) {
                self.blame(
                    flow,
                    first,
                    "nothing leads to this flow: give it `intents`, or call it",
                );
            }
            for (step, to) in calls(flow) {
                if let Some(names) = self.way_back(FlowIndex(index), to) {
                    let message = format!(
                        "goes round for ever: {} calls {}; end one of them with `done` instead",
                        flow.name,
                        names.join(", which calls ")
                    );
                    self.blame_key(flow, step, "call", &message);
                }
            }
        }
    }

    /// The flows from one that is called to the caller itself, by the shortest way.
    fn way_back(&self, caller: FlowIndex, called: FlowIndex) -> Option<Vec<&str>> {
        let mut before: BTreeMap<FlowIndex, Option<FlowIndex>> = [(called, None)].into();
        let mut open = VecDeque::from([called]);
        while let Some(at) = open.pop_front().filter(|_| !before.contains_key(&caller)) {
            for (_, next) in self.set.flow(at).map(calls).unwrap_or_default() {
                if let Entry::Vacant(unseen) = before.entry(next) {
                    unseen.insert(Some(at));
                    open.push_back(next);
                }
            }
        }
        let mut way = Vec::new();
        let mut at = before.contains_key(&caller).then_some(caller);
        while let Some(here) = at {
            way.extend(self.set.flow(here).map(|flow| flow.name.as_str()));
            at = before.get(&here).copied().flatten();
        }
        way.reverse();
        (!way.is_empty()).then_some(way)
    }
}

/// The steps that call flows.
fn calls(flow: &Flow) -> Vec<(&Step, FlowIndex)> {
    let called = flow.steps.iter().filter_map(|step| {
        if let StepKind::Call { flow, .. } = step.kind {
            Some((step, flow))
        } else {
            None
        }
    });
    called.collect()
}
