//! What is proved of a flow set before it may serve calls: every path ends in an outcome, nothing goes
//! round without an exit, a commit is reached only through a confirmation, success is stated only with
//! a receipt, the caller hears first that this is a machine, and every name exists.

use std::collections::{BTreeMap, BTreeSet};

use crate::conversation::choosing::{OTHER_ADVICE, OTHER_OPENINGS};
use crate::conversation::condition;
use crate::conversation::document::{Collector, LoadErrors, did_you_mean};
use crate::conversation::event::BargeIn;
use crate::conversation::flow::{
    Among, Ask, Command, Confirm, Expect, Flow, FlowIndex, FlowSet, Place, Query, Step, StepKind, Subject,
    Wording,
};
use crate::conversation::graph::{self, Graph};
use crate::conversation::known::{self, Needed};
use crate::conversation::named::Named as _;
use crate::conversation::operation::Operation;
use crate::conversation::prompt::{self, Claim, PromptBook};
use crate::conversation::reaching::OUTWARD_ANSWERS;
use crate::conversation::repair::BY_KEYS;
use crate::conversation::{
    answering, busy, command, confirming, listening, named_yes, repairing, summary, value_check,
};
use crate::nlu::drink;
use crate::nlu::slots::{ADDRESS, ALL, DAY, WISH};
use crate::source::FileError;

/// Slots that understanding fills, whatever was asked; besides the options of a drink.
const UNDERSTOOD_SLOTS: &[&str] = &["item", "quantity", "digits", "choice", "reference", ADDRESS, DAY];
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
        asked
            .chain(UNDERSTOOD_SLOTS.iter().copied())
            .chain(drink::SLOTS.iter().copied())
            .collect()
    }
}

/// Prompts with the words for each reason.
const REASON: &str = "summary.reason_";

struct Checker<'s> {
    set: &'s FlowSet,
    prompts: &'s PromptBook,
    collector: &'s Collector,
    slots: BTreeSet<&'s str>,
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

    /// Every path ends, and every step is on a path.
    fn paths(&self, flow: &Flow, graph: &Graph<'_>) {
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
    fn promises(&self, flow: &Flow, graph: &Graph<'_>) {
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
    fn values(&self, flow: &Flow, graph: &Graph<'_>) {
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
    fn disclosure(&self, flow: &Flow, index: FlowIndex) {
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
                for subject in cases.iter().flat_map(|case| case.when.subjects()) {
                    if let condition::Subject::Slot(slot) = subject {
                        self.slot(flow, step, "decide", slot);
                    }
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

    fn ask(&self, flow: &Flow, step: &Step, ask: &Ask) {
        self.wording(flow, step, &ask.wording);
        let answers = self.answers(ask);
        let on = ask.on.keys().map(|name| ("on", name));
        for (key, name) in on.chain(ask.keys.values().map(|name| ("keys", name))) {
            if !answers.contains(name.as_str()) {
                let hint = did_you_mean(name, answers.iter().copied());
                let message = format!("`{name}` is no answer, slot or intent{hint}");
                self.blame_key(flow, step, key, &message);
            }
        }
        self.choices(flow, step, ask);
        if ask.next.is_none() {
            for name in needed(&ask.expect)
                .iter()
                .filter(|name| !ask.on.contains_key(**name))
            {
                self.blame(
                    flow,
                    step,
                    &format!("where does `{name}` lead? Add it to `on`, or give a `next`"),
                );
            }
        }
        let asks_by_key = ask.wording.keypad.is_some() && ask.keys.is_empty();
        if asks_by_key && matches!(ask.expect, Expect::Item | Expect::Drink | Expect::Open) {
            self.blame(
                flow,
                step,
                "has a keypad prompt but no `keys`: what would the keys mean?",
            );
        }
    }

    /// Only new lines of an order can be corrected: there is nothing to correct about a cancellation.
    fn confirm(&self, flow: &Flow, step: &Step, confirm: &Confirm) {
        for (key, prompt) in confirm.prompts() {
            self.plain(flow, step, key, prompt);
        }
        self.says_where(flow, step, confirm);
        let amends = |step: &Step| matches!(step.kind, StepKind::Do { operation, .. } if operation == Operation::ChangeAmend);
        let corrects = [("changed", confirm.changed), ("which", confirm.which)];
        if confirm.what == Subject::Reservation && confirm.which.is_some() {
            self.blame_key(
                flow,
                step,
                "which",
                "a reservation has no lines: `yes`, `no` or `changed`",
            );
        }
        if confirm.what == Subject::Change && !flow.steps.iter().any(amends) {
            for (key, _) in corrects.into_iter().filter(|(_, place)| place.is_some()) {
                let message = "a change of an order is not corrected: `yes` or `no`";
                self.blame_key(flow, step, key, message);
            }
        }
    }

    /// What stands for a whole read-back says what has changed, and the price; only an order has where and when.
    fn says_where(&self, flow: &Flow, step: &Step, confirm: &Confirm) {
        let own = [("amended", &confirm.amended), ("said_back", &confirm.said_back)];
        for (key, prompt) in own {
            let Some(prompt) = prompt else { continue };
            if confirm.what != Subject::Draft {
                let message = "only an order comes somewhere, on some day: remove this";
                self.blame_key(flow, step, key, message);
                continue;
            }
            for place in [prompt::Place::Delivery, prompt::Place::Total] {
                if !self.prompts.always_names(prompt, place) {
                    let message = format!(
                        "`{prompt}` stands for a read-back: each of its sentences needs {{{}}}",
                        place.name()
                    );
                    self.blame_key(flow, step, key, &message);
                }
            }
        }
    }

    /// Everything that may be heard at a question.
    fn answers<'a>(&'a self, ask: &'a Ask) -> BTreeSet<&'a str> {
        let mut answers: BTreeSet<&str> = ["yes", "no"]
            .into_iter()
            .chain(self.slots.iter().copied())
            .collect();
        answers.extend(OUTWARD_ANSWERS.iter().copied());
        answers.extend(self.set.intents.keys().map(String::as_str));
        answers.extend(self.set.commands.keys().map(String::as_str));
        if let Expect::OneOf(among) = &ask.expect {
            answers.insert(ALL);
            if *among == Among::Openings {
                answers.extend(OTHER_OPENINGS.iter().map(|(value, _)| *value));
            }
            if *among == Among::Advice {
                answers.extend(OTHER_ADVICE.iter().map(|(value, _)| *value));
                answers.insert(WISH);
            }
            if let Among::Listed(choices) = among {
                answers.extend(choices.iter().map(|(value, _)| value.as_str()));
            }
        }
        answers
    }

    fn wording(&self, flow: &Flow, step: &Step, wording: &Wording) {
        for (key, prompt) in wording.prompts() {
            self.plain(flow, step, key, prompt);
        }
    }

    /// A prompt that states no success.
    fn plain(&self, flow: &Flow, step: &Step, key: &str, prompt: &str) {
        if self.prompts.has_plain(prompt) {
            for slot in self.prompts.slots(prompt) {
                self.slot(flow, step, key, slot);
            }
        } else if self.prompts.has_claim(prompt) {
            let message = format!("`{prompt}` states success; say it with `announce`, after a commit");
            self.blame_key(flow, step, key, &message);
        } else {
            self.no_prompt(flow, step, key, prompt);
        }
    }

    /// Why a person is needed: the person hears it, so there must be words for it.
    fn reason(&self, flow: &Flow, step: &Step, reason: Option<&str>) {
        let Some(reason) = reason else { return };
        if !self.prompts.has_plain(&format!("{REASON}{reason}")) {
            let known = self.prompts.names().filter_map(|name| name.strip_prefix(REASON));
            let message = format!(
                "no prompt `{REASON}{reason}` tells the person about it{}",
                did_you_mean(reason, known)
            );
            self.blame_key(flow, step, "reason", &message);
        }
    }

    /// Choices that can be told apart.
    fn choices(&self, flow: &Flow, step: &Step, ask: &Ask) {
        let Expect::OneOf(Among::Listed(choices)) = &ask.expect else {
            return;
        };
        if choices.is_empty() {
            self.blame_key(flow, step, "choices", "there is nothing to choose from");
        }
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for (value, spoken) in choices {
            for form in spoken {
                if let Some(other) = seen.insert(form, value) {
                    let message = format!("\"{form}\" means both `{other}` and `{value}`");
                    self.blame_key(flow, step, "choices", &message);
                }
            }
        }
    }

    fn success(&self, flow: &Flow, step: &Step, prompt: &str) {
        if self.prompts.has_plain(prompt) {
            let message = format!(
                "`{prompt}` states no success; add states = \"placed\", \"changed\" or \"reserved\" to it"
            );
            self.blame_key(flow, step, "announce", &message);
        } else if !self.prompts.has_claim(prompt) {
            self.no_prompt(flow, step, "announce", prompt);
        }
    }

    fn no_prompt(&self, flow: &Flow, step: &Step, key: &str, prompt: &str) {
        let hint = did_you_mean(prompt, self.prompts.names());
        self.blame_key(flow, step, key, &format!("no prompt named `{prompt}`{hint}"));
    }

    fn slot(&self, flow: &Flow, step: &Step, key: &str, slot: &str) {
        if !self.slots.contains(slot) {
            let hint = did_you_mean(slot, self.slots.iter().copied());
            self.blame_key(flow, step, key, &format!("nothing fills the slot `{slot}`{hint}"));
        }
    }

    fn own_prompts(&self) {
        let own = [
            answering::OWN_PROMPTS,
            busy::OWN_PROMPTS,
            command::OWN_PROMPTS,
            confirming::OWN_PROMPTS,
            listening::OWN_PROMPTS,
            named_yes::OWN_PROMPTS,
            repairing::OWN_PROMPTS,
            summary::OWN_PROMPTS,
            value_check::OWN_PROMPTS,
            &[BY_KEYS],
        ]
        .concat();
        for prompt in own.into_iter().filter(|prompt| !self.prompts.has_plain(prompt)) {
            let file = format!("{}.toml", prompt.split('.').next().unwrap_or_default());
            let hint = did_you_mean(prompt, self.prompts.names());
            self.collector.add(FileError::new(
                &file,
                format!("the prompt `{prompt}` is missing{hint}"),
            ));
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

    /// Every flow is entered from somewhere, and none enters itself through calls alone.
    fn called(&self) {
        let calls = |flow: &Flow| -> Vec<FlowIndex> {
            flow.steps
                .iter()
                .filter_map(|step| {
                    if let StepKind::Call { flow, .. } = step.kind {
                        Some(flow)
                    } else {
                        None
                    }
                })
                .collect()
        };
        let fallbacks = self.set.fallbacks;
        let mut entered: BTreeSet<FlowIndex> =
            [fallbacks.after.flow, fallbacks.give_up, fallbacks.silent].into();
        entered.extend(self.set.destination(FlowSet::REMINDER));
        entered.extend(self.set.intents.values());
        entered.extend(self.set.commands.values().filter_map(|command| match command {
            Command::Flow(flow) => Some(*flow),
            Command::Repeat | Command::Help | Command::Cancel | Command::Back => None,
        }));
        entered.extend(self.set.flows.iter().flat_map(&calls));
        for (flow, index) in self.set.flows.iter().zip(0..) {
            let Some(first) = flow.steps.first() else { continue };
            if !entered.contains(&FlowIndex(index)) {
                self.blame(
                    flow,
                    first,
                    "nothing leads to this flow: give it `intents`, or call it",
                );
            }
            let mut seen = BTreeSet::new();
            let mut open = calls(flow);
            while let Some(next) = open.pop().filter(|_| !seen.contains(&FlowIndex(index))) {
                if seen.insert(next) {
                    open.extend(self.set.flow(next).map(&calls).unwrap_or_default());
                }
            }
            if seen.contains(&FlowIndex(index)) {
                self.blame(flow, first, "this flow calls itself, directly or through others");
            }
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
        let name = step.id.rsplit('.').next().unwrap_or(&step.id);
        let (path, line) = match step.keys.get(key) {
            Some(line) => (format!("steps.{name}.{key}"), *line),
            None => (format!("steps.{name}"), step.line),
        };
        let mut fault = FileError::new(&flow.file, format!("{path}: {message}"));
        fault.line = Some(line);
        self.collector.add(fault);
    }
}

/// The answers that an ask without `next` must have branches for.
fn needed(expect: &Expect) -> Vec<&str> {
    match expect {
        Expect::YesNo => vec!["yes", "no"],
        Expect::Digits { .. } => vec!["digits"],
        Expect::Item => vec!["item"],
        Expect::Quantity { .. } => vec!["quantity"],
        Expect::Drink => vec!["coffeeDrink"],
        Expect::OneOf(Among::Listed(choices)) => choices.iter().map(|(value, _)| value.as_str()).collect(),
        Expect::OneOf(
            Among::Orders
            | Among::Draft
            | Among::Returnable
            | Among::Addresses
            | Among::Days
            | Among::Drinks
            | Among::Services
            | Among::Openings
            | Among::Reservations
            | Among::Launches
            | Among::Advice,
        ) => vec!["choice"],
        Expect::Open => vec!["an intent"],
    }
}
