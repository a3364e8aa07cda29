//! Flows as graphs: which step leads where, and by what. For the proofs of `check`, and for drawing.

use std::collections::{BTreeMap, BTreeSet};

use crate::conversation::condition::{self, Condition};
use crate::conversation::facts::Fact;
use crate::conversation::flow::{Flow, Place, Query, StepKind, Subject};

/// A way from one step to another of the same flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edge {
    /// "next", "yes", "found", or the condition of a case.
    pub(crate) label: String,
    pub(crate) to: Place,
}

/// Every way out of a step. None from steps that end the flow.
pub(crate) fn edges(kind: &StepKind) -> Vec<Edge> {
    let edge = |label: &str, to: &Place| Edge {
        label: label.to_owned(),
        to: *to,
    };
    match kind {
        StepKind::Say { next, .. }
        | StepKind::Prefetch { next, .. }
        | StepKind::Do { next, .. }
        | StepKind::Announce { next, .. }
        | StepKind::Call { next, .. } => vec![edge("next", next)],
        StepKind::Ask(ask) => {
            let mut edges: Vec<Edge> = ask.on.iter().map(|(name, to)| edge(name, to)).collect();
            let others = [
                ("next", &ask.next),
                ("on_silence", &ask.on_silence),
                ("give_up", &ask.give_up),
            ];
            edges.extend(
                others
                    .iter()
                    .filter_map(|(label, to)| Some(edge(label, to.as_ref()?))),
            );
            edges
        }
        StepKind::Lookup { branches, failed, .. } => {
            let mut edges: Vec<Edge> = branches.iter().map(|(name, to)| edge(name, to)).collect();
            edges.push(edge("failed", failed));
            edges
        }
        StepKind::Decide { cases, otherwise } => {
            let mut edges: Vec<Edge> = cases.iter().map(|case| edge("when", &case.go)).collect();
            edges.push(edge("else", otherwise));
            edges
        }
        StepKind::Confirm(confirm) => {
            let mut edges = vec![edge("yes", &confirm.yes), edge("no", &confirm.no)];
            edges.extend(confirm.changed.iter().map(|to| edge("changed", to)));
            edges.extend(confirm.which.iter().map(|to| edge("which", to)));
            edges.extend(confirm.later.iter().map(|to| edge("later", to)));
            edges.extend(confirm.give_up.iter().map(|to| edge("give_up", to)));
            edges
        }
        StepKind::Commit { branches, .. } => branches.iter().map(|(name, to)| edge(name, to)).collect(),
        StepKind::HandOver { nobody, .. } => vec![edge("nobody", nobody)],
        StepKind::Route { next, unknown } => vec![edge("next", next), edge("unknown", unknown)],
        StepKind::Done { .. } | StepKind::End { .. } => Vec::new(),
    }
}

/// A flow's steps with their ways out.
pub(crate) struct Graph<'f> {
    pub(crate) nodes: BTreeMap<Place, &'f StepKind>,
    entries: Vec<Place>,
}

impl<'f> Graph<'f> {
    /// `entries`: where the flow can be entered.
    pub(crate) fn new(flow: &'f Flow, entries: Vec<Place>) -> Self {
        let index = entries.first().map(|place| place.flow);
        let nodes = flow.steps.iter().zip(0..);
        let nodes = nodes.filter_map(|(step, at)| {
            Some((
                Place {
                    flow: index?,
                    step: at,
                },
                &step.kind,
            ))
        });
        Self {
            nodes: nodes.collect(),
            entries,
        }
    }

    pub(crate) fn reachable(&self) -> BTreeSet<Place> {
        let mut seen = BTreeSet::new();
        let mut open = self.entries.clone();
        while let Some(place) = open.pop() {
            if seen.insert(place) {
                open.extend(self.successors(place));
            }
        }
        seen
    }

    /// The steps from which some path ends the flow or the call.
    pub(crate) fn ending(&self) -> BTreeSet<Place> {
        self.closure(|kind| matches!(kind, StepKind::Done { .. } | StepKind::End { .. }))
    }

    /// Steps from which one gets to a step of the kind wanted.
    fn closure(&self, wanted: impl Fn(&StepKind) -> bool) -> BTreeSet<Place> {
        let mut found: BTreeSet<Place> = self
            .nodes
            .iter()
            .filter(|(_, kind)| wanted(kind))
            .map(|(place, _)| *place)
            .collect();
        loop {
            let more: Vec<Place> = self
                .nodes
                .keys()
                .filter(|place| !found.contains(place))
                .filter(|place| self.successors(**place).any(|next| found.contains(&next)))
                .copied()
                .collect();
            if more.is_empty() {
                return found;
            }
            found.extend(more);
        }
    }

    /// Steps that lie on a round trip without a wait for caller, shop or human: they would never stop.
    pub(crate) fn restless(&self) -> BTreeSet<Place> {
        let quick: BTreeSet<Place> = self
            .nodes
            .iter()
            .filter(|(_, kind)| !waits(kind))
            .map(|(place, _)| *place)
            .collect();
        let on_cycle = |start: Place| {
            let mut seen = BTreeSet::new();
            let mut open: Vec<Place> = self.successors(start).collect();
            while let Some(place) = open.pop() {
                if place == start {
                    return true;
                }
                if quick.contains(&place) && seen.insert(place) {
                    open.extend(self.successors(place));
                }
            }
            false
        };
        quick.iter().copied().filter(|place| on_cycle(*place)).collect()
    }

    /// Where something holds on every path that leads there: `after` says what a way out does to it.
    pub(crate) fn always(&self, after: impl Fn(&StepKind, usize, &Edge) -> Effect) -> BTreeSet<Place> {
        let mut holds: BTreeSet<Place> = self
            .nodes
            .keys()
            .filter(|place| !self.entries.contains(place))
            .copied()
            .collect();
        loop {
            let mut lost = BTreeSet::new();
            for (place, kind) in &self.nodes {
                for (index, edge) in edges(kind).iter().enumerate() {
                    let held = match after(kind, index, edge) {
                        Effect::Begins => true,
                        Effect::Ends => false,
                        Effect::Keeps => holds.contains(place),
                    };
                    if !held && holds.contains(&edge.to) {
                        lost.insert(edge.to);
                    }
                }
            }
            if lost.is_empty() {
                return holds;
            }
            holds.retain(|place| !lost.contains(place));
        }
    }

    fn successors(&self, place: Place) -> impl Iterator<Item = Place> {
        self.nodes
            .get(&place)
            .map(|kind| edges(kind))
            .unwrap_or_default()
            .into_iter()
            .map(|edge| edge.to)
    }
}

/// What a way out of a step does to a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Begins,
    Ends,
    Keeps,
}

/// The draft, or the change, is confirmed: begins with the yes to its read-back, ends with anything that may
/// make it another, and with the commit.
pub(crate) fn confirmed(what: Subject, kind: &StepKind, edge: &Edge) -> Effect {
    match kind {
        StepKind::Confirm(confirm) if confirm.what == what && edge.label == "yes" => Effect::Begins,
        StepKind::Do { operation, .. } if what == Subject::Draft && operation.keeps_draft() => Effect::Keeps,
        StepKind::Confirm(_)
        | StepKind::Commit { .. }
        | StepKind::Call { .. }
        | StepKind::Route { .. }
        | StepKind::Do { .. } => Effect::Ends,
        // Another order may be spoken of afterwards.
        StepKind::Lookup { query, .. } if what == Subject::Change && *query == Query::FindOrder => {
            Effect::Ends
        }
        StepKind::Say { .. }
        | StepKind::Ask(_)
        | StepKind::Prefetch { .. }
        | StepKind::Lookup { .. }
        | StepKind::Decide { .. }
        | StepKind::Announce { .. }
        | StepKind::HandOver { .. }
        | StepKind::Done { .. }
        | StepKind::End { .. } => Effect::Keeps,
    }
}

/// There is the shop's word that an order was changed.
pub(crate) fn changed(kind: &StepKind, _: usize, edge: &Edge) -> Effect {
    let done = matches!(
        kind,
        StepKind::Commit {
            what: Subject::Change,
            ..
        }
    );
    if done && edge.label == "made" {
        Effect::Begins
    } else {
        Effect::Keeps
    }
}

/// There is the shop's word that something was reserved, or given up.
pub(crate) fn reserved(kind: &StepKind, _: usize, edge: &Edge) -> Effect {
    let done = matches!(
        kind,
        StepKind::Commit {
            what: Subject::Reservation,
            ..
        }
    );
    if done && edge.label == "made" {
        Effect::Begins
    } else {
        Effect::Keeps
    }
}

/// There is a receipt to speak of: from the commit, or because a condition says so.
pub(crate) fn receipt(kind: &StepKind, index: usize, edge: &Edge) -> Effect {
    let placed =
        matches!(kind, StepKind::Commit { .. }) && ["placed", "again"].contains(&edge.label.as_str());
    let asked = matches!(kind, StepKind::Decide { cases, .. }
        if cases.get(index).is_some_and(|case| asks_for_receipt(&case.when)));
    if placed || asked {
        Effect::Begins
    } else {
        Effect::Keeps
    }
}

/// There is a number to ring back on, because a condition says so. It does not change during a call.
pub(crate) fn number_known(kind: &StepKind, index: usize, _: &Edge) -> Effect {
    let asked = matches!(kind, StepKind::Decide { cases, .. }
        if cases.get(index).is_some_and(|case| case.when.requires(&condition::Subject::Fact(Fact::PhoneKnown))));
    if asked { Effect::Begins } else { Effect::Keeps }
}

/// Something has been said, or may have been in another flow.
pub(crate) fn spoken(kind: &StepKind, _: usize, _: &Edge) -> Effect {
    if is_silent(kind) {
        Effect::Keeps
    } else {
        Effect::Begins
    }
}

/// Whether a step certainly says nothing.
pub(crate) const fn is_silent(kind: &StepKind) -> bool {
    matches!(
        kind,
        StepKind::Prefetch { .. } | StepKind::Lookup { .. } | StepKind::Decide { .. } | StepKind::Do { .. }
    )
}

fn asks_for_receipt(condition: &Condition) -> bool {
    condition.requires(&condition::Subject::Fact(Fact::ReceiptKnown))
}

/// Whether the machine stops here until something happens outside.
const fn waits(kind: &StepKind) -> bool {
    matches!(
        kind,
        StepKind::Ask(_)
            | StepKind::Lookup { .. }
            | StepKind::Confirm(_)
            | StepKind::Commit { .. }
            | StepKind::HandOver { .. }
    )
}
