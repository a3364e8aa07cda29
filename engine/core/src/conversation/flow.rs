//! Flows as the machine runs them: compiled, immutable, shared by all calls. A call keeps the set it
//! began with, so that a new version never changes a conversation that is under way.

use std::collections::{BTreeMap, BTreeSet};

use crate::conversation::condition::Condition;
use crate::conversation::document::{Collector, LoadErrors, Word, did_you_mean};
use crate::conversation::event::{BargeIn, Outcome};
use crate::conversation::named::named;
use crate::conversation::operation::Operation;
use crate::conversation::phrases::Phrases;
use crate::nlu::decision::Decision;
use crate::source::FileError;
use crate::speech::endpointing::Pace;

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

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.flows.iter().map(|flow| flow.name.as_str())
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
}

/// A question and all that may become of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ask {
    pub(crate) slot: String,
    pub(crate) expect: Expect,
    pub(crate) wording: Wording,
    /// Where particular answers lead: "yes", "no", an intent, a choice, or the name of a slot heard.
    pub(crate) on: BTreeMap<String, Place>,
    /// What keys mean here, beyond what the expectation says.
    pub(crate) keys: BTreeMap<char, String>,
    pub(crate) on_silence: Option<Place>,
    pub(crate) give_up: Option<Place>,
    pub(crate) next: Option<Place>,
}

/// The sentences of a question, from the friendly one to the last resort.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Wording {
    pub(crate) prompt: String,
    pub(crate) barge_in: BargeIn,
    /// After the first answer that was not understood.
    pub(crate) reprompt: Option<String>,
    /// After the first silence; else `reprompt`.
    pub(crate) silence: Option<String>,
    /// After a wish that Hark does not serve, when it comes first; else `reprompt`.
    pub(crate) scope: Option<String>,
    /// After the second failure: a narrower question.
    pub(crate) narrower: Option<String>,
    /// After the third: by keys.
    pub(crate) keypad: Option<String>,
    pub(crate) help: Option<String>,
    /// After an answer to a question of the caller's own; else `prompt`.
    pub(crate) resume: Option<String>,
    /// How long the answer may take to come out.
    pub(crate) pace: Pace,
    pub(crate) no_input_ms: Option<u32>,
}

impl Wording {
    /// Its prompts, with the keys that name them.
    pub(crate) fn prompts(&self) -> Vec<(&'static str, &str)> {
        let others = [
            ("reprompt", &self.reprompt),
            ("silence", &self.silence),
            ("scope", &self.scope),
            ("narrower", &self.narrower),
            ("keypad", &self.keypad),
            ("help", &self.help),
            ("resume", &self.resume),
        ];
        let others = others
            .into_iter()
            .filter_map(|(key, prompt)| Some((key, prompt.as_deref()?)));
        std::iter::once(("prompt", self.prompt.as_str()))
            .chain(others)
            .collect()
    }
}

/// The read-back of what is to be done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Confirm {
    pub(crate) what: Subject,
    pub(crate) wording: Wording,
    /// Asked where only where or when has changed since the read-back, at the same price.
    pub(crate) amended: Option<String>,
    /// Said, and not asked, where that was changed in the same breath as a yes.
    pub(crate) said_back: Option<String>,
    pub(crate) yes: Place,
    pub(crate) no: Place,
    /// The draft was corrected, or the new lines of an order: price and stock must be looked at again.
    pub(crate) changed: Option<Place>,
    /// A quantity was said that could mean several lines.
    pub(crate) which: Option<Place>,
    /// "Later", where Hark has called.
    pub(crate) later: Option<Place>,
    pub(crate) give_up: Option<Place>,
}

impl Confirm {
    /// Its prompts, with the keys that name them.
    pub(crate) fn prompts(&self) -> Vec<(&'static str, &str)> {
        let own = [("amended", &self.amended), ("said_back", &self.said_back)];
        let own = own
            .into_iter()
            .filter_map(|(key, prompt)| Some((key, prompt.as_deref()?)));
        self.wording.prompts().into_iter().chain(own).collect()
    }
}

/// What an ask expects, before the caller's own data is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expect {
    YesNo,
    Digits { min: u8, max: u8 },
    OneOf(Among),
    Item,
    Quantity { max: u32 },
    Drink,
    Open,
}

/// Where the choices of a `one_of` come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Among {
    /// The caller's orders that were looked up.
    Orders,
    /// The lines of the draft.
    Draft,
    /// What of the order spoken of can come back, and all of it.
    Returnable,
    /// The caller's own addresses.
    Addresses,
    /// The days on which the shop can deliver.
    Days,
    /// The drinks of the catalogue.
    Drinks,
    /// What appointments can be for.
    Services,
    /// The openings on offer, or others: later, earlier, at another time, none.
    Openings,
    /// What the caller has reserved.
    Reservations,
    /// What one can register for.
    Launches,
    /// What is advised, or how one says that it shall be something else.
    Advice,
    /// Written in the flow: value and its spoken forms.
    Listed(Vec<(String, Vec<String>)>),
}

named! {
    /// What is confirmed and committed.
    Subject {
        /// A new order.
        Draft = "draft",
        /// A change of an order that exists.
        Change = "change",
        /// An appointment or a place in a launch, to have or to give up.
        Reservation = "reservation",
    }
}

impl Subject {
    /// The answers to a commit, each with its branch.
    pub(crate) const fn branches(self) -> &'static [&'static str] {
        match self {
            Self::Draft => COMMIT_BRANCHES,
            Self::Change => CHANGE_BRANCHES,
            Self::Reservation => RESERVATION_BRANCHES,
        }
    }
}

named! {
    /// What a flow can ask the shop.
    Query {
        FindCustomer = "find_customer",
        ListOrders = "list_orders",
        FindOrder = "find_order",
        CheckStock = "check_stock",
        /// What there is of what suits the caller.
        CheckAdvised = "check_advised",
        Quote = "quote",
        /// What of the order spoken of can come back.
        CheckReturn = "check_return",
        /// What the return that was put together would come to.
        QuoteReturn = "quote_return",
        /// What appointments there are for, and when.
        ListOpenings = "list_openings",
        /// What the caller has reserved.
        ListReservations = "list_reservations",
        /// What one can register for.
        ListLaunches = "list_launches",
        RequestCallback = "request_callback",
        /// Hark is not to call this number again.
        StopCalls = "stop_calls",
        /// Nor for some days, `later_days` of the policy.
        PutOff = "put_off",
    }
}

impl Query {
    /// The answers a flow must have a branch for, besides `failed`.
    pub(crate) const fn branches(self) -> &'static [&'static str] {
        match self {
            Self::FindCustomer => &["found", "unknown"],
            Self::ListOrders => &["none", "one", "several"],
            Self::FindOrder => &["found", "missing"],
            Self::CheckStock => &["enough", "short"],
            Self::CheckAdvised => &["some", "none"],
            Self::Quote => &["priced"],
            Self::CheckReturn => &["open", "late", "never"],
            Self::QuoteReturn => &["priced", "short"],
            Self::ListOpenings | Self::ListLaunches => &["open", "none"],
            Self::ListReservations => &["none", "one", "several"],
            Self::RequestCallback | Self::StopCalls | Self::PutOff => &["recorded"],
        }
    }
}

/// The answers to a commit, each with its branch. `again`: this very draft was placed in this call.
pub(crate) const COMMIT_BRANCHES: &[&str] = &[
    "placed",
    "unknown",
    "refused",
    "out_of_stock",
    "unavailable",
    "again",
];

/// The answers to a change of an order.
pub(crate) const CHANGE_BRANCHES: &[&str] = &["made", "unknown", "refused", "unavailable"];

/// The answers to a reservation. `taken`: others were faster, and nothing was done.
pub(crate) const RESERVATION_BRANCHES: &[&str] = &["made", "taken", "unknown", "refused", "unavailable"];

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
