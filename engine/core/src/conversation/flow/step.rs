//! One step of a flow: what it does, and where it leads.

use std::collections::BTreeMap;

use super::{Ask, Confirm, FlowIndex, Place, Query, Subject, Wording};
use crate::conversation::condition::Condition;
use crate::conversation::event::{BargeIn, Outcome};
use crate::conversation::operation::Operation;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// "reorder.ask_item": what records and metrics call it.
    pub(crate) id: String,
    pub(crate) line: u32,
    /// Where its keys stand, for messages.
    pub(crate) keys: BTreeMap<String, u32>,
    pub(crate) kind: StepKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum StepKind {
    Say {
        prompt: String,
        barge_in: BargeIn,
        next: Place,
    },
    Ask(Box<Ask>),
    /// Begin a look-up whose answer will be wanted later.
    Prefetch {
        query: Query,
        next: Place,
    },
    Lookup {
        query: Query,
        branches: Vec<(&'static str, Place)>,
        failed: Place,
    },
    Decide {
        cases: Vec<Case>,
        otherwise: Place,
    },
    Do {
        operation: Operation,
        next: Place,
    },
    Confirm(Box<Confirm>),
    Commit {
        what: Subject,
        branches: Vec<(&'static str, Place)>,
    },
    /// States success: needs the shop's receipt.
    Announce {
        prompt: String,
        next: Place,
    },
    HandOver {
        skill: String,
        reason: Option<String>,
        prompt: String,
        nobody: Place,
    },
    Call {
        flow: FlowIndex,
        reason: Option<String>,
        next: Place,
    },
    /// Calls the flow that serves the intent just heard.
    Route {
        next: Place,
        unknown: Place,
    },
    /// The flow is over; its caller goes on.
    Done {
        outcome: Outcome,
    },
    /// The call is over, with this outcome or with the best so far.
    End {
        outcome: Option<Outcome>,
    },
}

impl StepKind {
    pub(crate) const fn as_ask(&self) -> Option<&Ask> {
        if let Self::Ask(ask) = self {
            Some(ask)
        } else {
            None
        }
    }

    /// What it decides by.
    pub(crate) fn cases(&self) -> &[Case] {
        if let Self::Decide { cases, .. } = self {
            cases
        } else {
            &[]
        }
    }

    pub(crate) const fn as_confirm(&self) -> Option<&Confirm> {
        if let Self::Confirm(confirm) = self {
            Some(confirm)
        } else {
            None
        }
    }

    /// Every prompt it may say, with the key that names it.
    pub(crate) fn prompts(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Say { prompt, .. } => vec![("say", prompt)],
            Self::Announce { prompt, .. } => vec![("announce", prompt)],
            Self::HandOver { prompt, .. } => vec![("prompt", prompt)],
            Self::Ask(ask) => ask.wording.prompts(),
            Self::Confirm(confirm) => confirm.prompts(),
            Self::Prefetch { .. }
            | Self::Lookup { .. }
            | Self::Decide { .. }
            | Self::Do { .. }
            | Self::Commit { .. }
            | Self::Call { .. }
            | Self::Route { .. }
            | Self::Done { .. }
            | Self::End { .. } => Vec::new(),
        }
    }

    /// The sentences of a question, and where its giving up leads.
    pub(crate) fn question(&self) -> Option<(&Wording, Option<Place>)> {
        let ask = self.as_ask().map(|ask| (&ask.wording, ask.give_up));
        ask.or_else(|| {
            self.as_confirm()
                .map(|confirm| (&confirm.wording, confirm.give_up))
        })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Case {
    pub(crate) when: Condition,
    pub(crate) go: Place,
    /// Where it stands, for messages.
    pub(crate) line: u32,
}
