//! The pretend shop and the scripted caller of conversation tests.
//!
//! A line of a script is `words = meaning`; a meaning is a list of `yes`, `no`, `~` (a correction),
//! `intent:NAME[@CONFIDENCE]`, `SLOT:VALUE`, `@CONFIDENCE`, `^RECOGNITION`, `by:model` and `disputed`. A line in brackets is something else that
//! happens: `[silence]`, `[mumble]`, `[key 1]`, `[hang up]`, `[agent free]`, `[nobody free]`, `[waiting]`.

mod script;
mod shop;

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use crate::conversation::action::{Action, ActionError};
use crate::conversation::event::{BargeIn, Directive, Event, Outcome};
use crate::conversation::machine::State;
use crate::conversation::{CallerFacts, Conversation, FlowSet, PromptBook, Source};
use crate::ids::{CallId, EffectId};
use crate::pii::Pii;
use crate::speech::endpointing::Pace;

use self::script::{decision, special_event};
pub(crate) use self::shop::*;

/// The flows that ship.
pub(crate) fn flow_sources() -> Vec<Source> {
    sources("flows")
}

/// The wording that ships.
pub(crate) fn prompt_sources() -> Vec<Source> {
    sources("prompts/en")
}

/// Every file of a folder of `models/`, so that a new flow is tested with the others.
fn sources(folder: &str) -> Vec<Source> {
    let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
    let entries = std::fs::read_dir(format!("{models}/{folder}")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let name = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
    paths
        .iter()
        .map(|path| {
            Source::new(
                format!("{folder}/{}", name(path)),
                std::fs::read_to_string(path).unwrap(),
            )
        })
        .collect()
}

pub(crate) fn shipped() -> (Arc<FlowSet>, Arc<PromptBook>) {
    // Read once: thousands of calls are played.
    static SHIPPED: OnceLock<(Arc<FlowSet>, Arc<PromptBook>)> = OnceLock::new();
    let load = || {
        let flows = FlowSet::load(&flow_sources()).unwrap_or_else(|errors| panic!("{errors}"));
        let prompts = PromptBook::load(&prompt_sources()).unwrap_or_else(|errors| panic!("{errors}"));
        (Arc::new(flows), Arc::new(prompts))
    };
    SHIPPED.get_or_init(load).clone()
}

/// One call being played.
pub(crate) struct Play {
    pub(crate) conversation: Conversation,
    pub(crate) shop: Shop,
    pub(crate) transcript: String,
    pub(crate) outcome: Option<Outcome>,
    waiting: VecDeque<(EffectId, Action)>,
    notes: bool,
    unanswered: Option<(EffectId, Action)>,
    floor: bool,
}

impl Play {
    pub(crate) fn new(shop: Shop) -> Self {
        Self::dialled(shop, None)
    }

    /// A call to a number that stands for a flow.
    pub(crate) fn dialled(shop: Shop, destination: Option<&str>) -> Self {
        let caller = CallerFacts {
            call: CallId::new("call-1"),
            phone: Some(Pii::new("+15550100".to_owned())),
            destination: destination.map(str::to_owned),
            purpose: None,
        };
        Self::called_by(caller, shop)
    }

    /// A caller whose number is withheld, or who calls from a browser.
    pub(crate) fn without_number(shop: Shop) -> Self {
        let caller = CallerFacts {
            call: CallId::new("call-1"),
            phone: None,
            destination: None,
            purpose: None,
        };
        Self::called_by(caller, shop)
    }

    fn called_by(caller: CallerFacts, shop: Shop) -> Self {
        let (flows, prompts) = shipped();
        let conversation = Conversation::new(flows, prompts, Arc::new(catalogue()), caller, 1);
        let mut play = Self {
            conversation,
            shop,
            transcript: String::new(),
            outcome: None,
            waiting: VecDeque::new(),
            notes: false,
            unanswered: None,
            floor: false,
        };
        play.tell(Event::Start);
        play
    }

    /// Plays a script to its end and returns what was said by both.
    pub(crate) fn script(mut self, script: &str) -> Self {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.line(line);
        }
        self
    }

    /// The caller's line carries no keys.
    pub(crate) fn without_keys(mut self) -> Self {
        self.conversation.keyless();
        self
    }

    pub(crate) fn with_notes(mut self) -> Self {
        self.notes = true;
        self
    }

    pub(crate) fn line(&mut self, line: &str) {
        let event = match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(special) => special_event(special),
            None => Event::Heard(decision(line)),
        };
        let words = line.split(" = ").next().unwrap_or(line);
        writeln!(self.transcript, "caller: {words}").unwrap();
        let answers = matches!(
            event,
            Event::Heard(_) | Event::NotUnderstood | Event::Silence | Event::Keyed(_)
        );
        if answers && matches!(self.conversation.state, State::Listening(_)) {
            // The question is used up: another must follow, or a human, or the end.
            self.floor = false;
        }
        self.tell(event);
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.conversation.handle(event);
        loop {
            while let Some(directive) = self.conversation.poll() {
                self.obey(directive);
            }
            let Some((effect, action)) = self.waiting.pop_front() else {
                return;
            };
            if self.shop.hangs == Some(action.name()) {
                self.unanswered = Some((effect, action));
                continue;
            }
            let result = self.shop.answer(action);
            self.conversation.handle(Event::ActionDone { effect, result });
        }
    }

    /// Whether somebody else is to act: the caller has the floor, or a human is being looked for.
    pub(crate) fn waits(&self) -> bool {
        self.floor
    }

    /// Answers, at last, what the shop left open; with a fault if there is one.
    pub(crate) fn finish(&mut self, fault: Option<ActionError>) {
        let (effect, action) = self.unanswered.take().expect("something is open");
        let result = match fault {
            Some(fault) => Err(fault),
            None => self.shop.answer(action),
        };
        self.tell(Event::ActionDone { effect, result });
    }

    fn obey(&mut self, directive: Directive) {
        self.floor |= matches!(directive, Directive::Listen(_) | Directive::HandOver(_));
        assert!(
            self.outcome.is_none(),
            "nothing may follow the end: {directive:?}"
        );
        let line = match directive {
            Directive::Say(speech) => {
                let protected = if speech.barge_in == BargeIn::Protected {
                    " (protected)"
                } else {
                    ""
                };
                format!("hark:   {}{protected}", speech.text)
            }
            Directive::Listen(listen) => {
                let pace = match listen.pace {
                    Pace::Usual => "",
                    Pace::Patient => ", patiently",
                };
                let expects = listen.expectation.name();
                format!("        ... {} {expects}{pace}", listen.step)
            }
            Directive::Act { effect, action } => {
                let name = action.name();
                self.waiting.push_back((effect, action));
                format!("        -> {name}")
            }
            Directive::HandOver(hand_over) => format!(
                "        -> hand over to {} ({}): {}",
                hand_over.skill, hand_over.reason, hand_over.summary
            ),
            Directive::End { outcome } => {
                self.outcome = Some(outcome);
                format!("        end: {outcome:?}")
            }
            Directive::Note(note) if self.notes => {
                format!("        # {} {}: {}", note.step, note.what, note.why)
            }
            Directive::Note(note) => {
                assert_ne!(note.what, "fault", "{}: {}", note.step, note.why);
                return;
            }
        };
        writeln!(self.transcript, "{line}").unwrap();
    }
}
