//! From the texts of `models/flows/*.toml` to a [`FlowSet`]. Strict: an unknown key, step, flow or
//! prompt is refused with its line and the nearest right name; all faults are found in one run.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeTable;

use crate::conversation::document::{
    self, Collector, LoadErrors, Scope, Source, Word, did_you_mean, look_up,
};
use crate::conversation::event::Outcome;
use crate::conversation::flow::{
    Command, Fallbacks, Flow, FlowIndex, FlowSet, Place, Policy, Step, StepKind,
};
use crate::conversation::phrases::Phrases;
use crate::conversation::step::read_step;
use crate::limits::FLOW_STEPS_MAX;
use crate::source::FileError;

pub(crate) const FLOW_KEYS: &[&str] = &[
    "flow",
    "label",
    "cancels",
    "intents",
    "phrases",
    "topics",
    "brings",
    "takes_from",
    "start",
    "steps",
    "commands",
    "fallbacks",
    "policy",
];
pub(crate) const ROOT_ONLY: &[&str] = &["commands", "fallbacks", "policy"];

/// The names that references are looked up in.
pub(crate) struct Names {
    flows: BTreeMap<String, FlowIndex>,
    /// Per flow, its steps.
    steps: Vec<BTreeMap<String, u16>>,
}

impl Names {
    /// The flow that a word names, or a fault.
    pub(crate) fn flow(&self, scope: &Scope<'_>, key: &str, word: &Word) -> Option<FlowIndex> {
        match look_up(&self.flows, &word.text, "flow") {
            Ok(index) => Some(*index),
            Err(message) => {
                scope.blame(key, message);
                None
            }
        }
    }

    /// The step of the same flow that a word names, or a fault.
    pub(crate) fn step(&self, flow: FlowIndex, scope: &Scope<'_>, key: &str, word: &Word) -> Option<Place> {
        let steps = self.steps.get(usize::from(flow.0))?;
        match look_up(steps, &word.text, "step") {
            Ok(step) => Some(Place { flow, step: *step }),
            Err(message) => {
                scope.blame(key, message);
                None
            }
        }
    }
}

impl FlowSet {
    /// Compiles flow files. That they make sense together is for [`check`](Self::check) to prove.
    pub fn load(sources: &[Source]) -> Result<Self, LoadErrors> {
        let collector = Collector::default();
        let parsed = document::parse(sources, &collector);
        // Names of a file that cannot be read would all seem to be missing.
        let set = if collector.is_empty() {
            compile(&parsed, &collector, document::version_of(sources))
        } else {
            None
        };
        collector.finish(set)
    }
}

fn compile(
    parsed: &[(&Source, Spanned<DeTable<'_>>)],
    collector: &Collector,
    version: String,
) -> Option<FlowSet> {
    let scopes: Vec<Scope<'_>> = parsed
        .iter()
        .map(|(source, table)| Scope::root(source, collector, table.get_ref()))
        .collect();
    let names = collect_names(&scopes);
    let Some(root) = names.flows.get(FlowSet::ROOT).copied() else {
        blame_no_root(collector, scopes.first());
        return None;
    };
    let mut flows = Vec::new();
    let mut intents = BTreeMap::new();
    let mut phrases = Phrases::default();
    for (index, scope) in scopes.iter().enumerate() {
        let index = FlowIndex(u16::try_from(index).ok()?);
        flows.push(read_flow(scope, index, &names, &mut intents));
        phrases.read(scope, &scope.words("intents"));
    }
    let scope = scopes.get(usize::from(root.0))?;
    let lost = Step {
        id: "lost".to_owned(),
        line: 0,
        keys: BTreeMap::new(),
        kind: StepKind::End {
            outcome: Some(Outcome::Failed),
        },
    };
    Some(FlowSet {
        flows: flows.into_iter().collect::<Option<Vec<_>>>()?,
        intents,
        commands: read_commands(scope, &names),
        fallbacks: read_fallbacks(scope, root, &names)?,
        policy: read_policy(scope),
        phrases,
        version,
        lost,
    })
}

fn collect_names(scopes: &[Scope<'_>]) -> Names {
    let mut names = Names {
        flows: BTreeMap::new(),
        steps: Vec::new(),
    };
    for (index, scope) in scopes.iter().enumerate() {
        scope.only(FLOW_KEYS);
        // Without its name a flow is known by its file's: others that name it are not wrong as well.
        let word = scope.need_word("flow");
        let name = word.map_or_else(|| scope.stem().to_owned(), |word| word.text);
        let index = FlowIndex(u16::try_from(index).unwrap_or(u16::MAX));
        if names.flows.insert(name.clone(), index).is_some() {
            scope.blame("flow", format!("there is another flow named `{name}`"));
        }
        let keys = scope.table("steps").map_or_else(Vec::new, |steps| steps.keys());
        let numbered = keys
            .into_iter()
            .zip(0..)
            .map(|(key, step)| (key.text, step))
            .collect();
        names.steps.push(numbered);
    }
    names
}

fn read_flow(
    scope: &Scope<'_>,
    index: FlowIndex,
    names: &Names,
    intents: &mut BTreeMap<String, FlowIndex>,
) -> Option<Flow> {
    let name = scope.word("flow")?.text;
    if name != FlowSet::ROOT {
        for key in ROOT_ONLY.iter().filter(|key| scope.has(key)) {
            scope.blame(key, format!("only the flow `{}` may say this", FlowSet::ROOT));
        }
    }
    for intent in scope.words("intents") {
        if intents.insert(intent.text.clone(), index).is_some() {
            scope.blame(
                "intents",
                format!("another flow already serves `{}`", intent.text),
            );
        }
    }
    let label = scope.need_word("label").map(|word| word.text).unwrap_or_default();
    let cancels = scope.word("cancels").map(|word| word.text).unwrap_or_default();
    let Some(steps_scope) = scope.table("steps") else {
        if !scope.has_meant("steps") {
            scope.blame("steps", "a flow needs at least one step: [steps.NAME]");
        }
        return None;
    };
    let steps = steps_scope
        .keys()
        .iter()
        .map(|key| {
            steps_scope
                .table(&key.text)
                .and_then(|step| read_named_step(&step, &name, key, index, names))
        })
        .collect::<Vec<_>>();
    let start = scope.word("start").map_or(Some(0), |word| {
        names.step(index, scope, "start", &word).map(|place| place.step)
    })?;
    let steps = steps.into_iter().collect::<Option<Vec<_>>>()?;
    if steps.len() > FLOW_STEPS_MAX {
        let message = format!(
            "{} steps are too many to follow: {FLOW_STEPS_MAX} at most, the rest in a flow that this one calls",
            steps.len()
        );
        scope.blame("steps", message);
        return None;
    }
    if steps.is_empty() {
        scope.blame("steps", "a flow needs at least one step: [steps.NAME]");
    }
    Some(Flow {
        name,
        file: scope.file().to_owned(),
        label,
        cancels,
        steps,
        start,
        intents_line: scope
            .keys()
            .iter()
            .find(|key| key.text == "intents")
            .map(|key| key.line),
        takes_from: scope.words("takes_from"),
    })
}

fn read_named_step(
    scope: &Scope<'_>,
    flow: &str,
    key: &Word,
    index: FlowIndex,
    names: &Names,
) -> Option<Step> {
    let kind = read_step(scope, index, names)?;
    Some(Step {
        id: format!("{flow}.{}", key.text),
        line: key.line,
        keys: scope.keys().into_iter().map(|key| (key.text, key.line)).collect(),
        kind,
    })
}

fn read_commands(scope: &Scope<'_>, names: &Names) -> BTreeMap<String, Command> {
    let mut commands = BTreeMap::new();
    let Some(table) = scope.table("commands") else {
        return commands;
    };
    for key in table.keys() {
        let Some(word) = table.word(&key.text) else {
            continue;
        };
        let command = match word.text.as_str() {
            "repeat" => Command::Repeat,
            "help" => Command::Help,
            "cancel" => Command::Cancel,
            "back" => Command::Back,
            "wait" => Command::Wait,
            other => match names.flows.get(other) {
                Some(flow) => Command::Flow(*flow),
                None => {
                    let all = Command::NAMES
                        .iter()
                        .copied()
                        .chain(names.flows.keys().map(String::as_str));
                    let hint = did_you_mean(other, all);
                    table.blame(
                        &key.text,
                        format!("`{other}` is neither a command nor a flow{hint}"),
                    );
                    continue;
                }
            },
        };
        commands.insert(key.text, command);
    }
    commands
}

fn read_fallbacks(scope: &Scope<'_>, root: FlowIndex, names: &Names) -> Option<Fallbacks> {
    let Some(table) = scope.table("fallbacks") else {
        scope.blame(
            "fallbacks",
            "the flow `main` must name its fallbacks: give_up, silent and after",
        );
        return None;
    };
    table.only(&["give_up", "silent", "after"]);
    let flow = |key: &str| {
        table
            .need_word(key)
            .and_then(|word| names.flow(&table, key, &word))
    };
    let give_up = flow("give_up");
    let silent = flow("silent");
    let after = table
        .need_word("after")
        .and_then(|word| names.step(root, &table, "after", &word));
    Some(Fallbacks {
        give_up: give_up?,
        silent: silent?,
        after: after?,
    })
}

fn read_policy(scope: &Scope<'_>) -> Policy {
    let mut policy = Policy::default();
    let Some(table) = scope.table("policy") else {
        return policy;
    };
    table.only(&["intent_accept", "intent_ask", "slot_accept", "later_days"]);
    policy.intent_accept = table.fraction("intent_accept").unwrap_or(policy.intent_accept);
    policy.intent_ask = table.fraction("intent_ask").unwrap_or(policy.intent_ask);
    policy.slot_accept = table.fraction("slot_accept").unwrap_or(policy.slot_accept);
    policy.later_days = table.number("later_days").unwrap_or(policy.later_days);
    if !LATER_DAYS.contains(&policy.later_days) {
        table.blame("later_days", "from 1 to 90 days: write later_days = 7");
    }
    if policy.intent_ask > policy.intent_accept {
        table.blame("intent_ask", "must not be above intent_accept");
    }
    policy
}

/// Less is no "later", and after a season nobody remembers having said so.
const LATER_DAYS: std::ops::RangeInclusive<u32> = 1..=90;

fn blame_no_root(collector: &Collector, first: Option<&Scope<'_>>) {
    let message = format!("no flow is named `{}`, where every call begins", FlowSet::ROOT);
    match first {
        Some(scope) => scope.blame("flow", message),
        None => collector.add(FileError::new(
            "models/flows",
            "there is no flow file here that can be read",
        )),
    }
}
