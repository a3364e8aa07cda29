//! One call by text: the conversation of a real call, real understanding, and the demo shop's books
//! behind it. No clock, no network.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use demo::merchant;
use engine_core::conversation::event::{Directive, Event, HandOver, Outcome, TransferResult};
use engine_core::conversation::{
    CallerFacts, ConfirmationPolicy, Conversation, FlowSet, PromptBook, Purpose,
};
use engine_core::ids::CallId;
use engine_core::nlu::lexicon::Lexicon;
use engine_core::nlu::understand::{Context, Understander};
use engine_core::pii::Pii;
use engine_core::shop::Catalogue;
use engine_core::speech::expectation::Expectation;
use engine_core::units::Confidence;

use super::dialogue::Deed;
use super::scenery::Stage;
use crate::commerce::local::LocalShop;

/// What every call needs, loaded once.
pub(super) struct Cast {
    pub(super) flows: Arc<FlowSet>,
    pub(super) prompts: Arc<PromptBook>,
    policy: Arc<ConfirmationPolicy>,
    understander: Arc<Understander>,
    catalogue: Arc<Catalogue>,
    lexicon: Lexicon,
}

impl Cast {
    pub(super) fn load(models: &Path) -> anyhow::Result<Self> {
        let (flows, prompts) = crate::flow::load(models)?;
        let policy = crate::confirm::load(models)?;
        let understander = crate::nlu::load(models)?;
        let catalogue = Arc::new(LocalShop::catalogue());
        let lexicon = Lexicon::new(&catalogue).with_brought(flows.brought());
        Ok(Self {
            flows,
            prompts,
            policy,
            understander,
            catalogue,
            lexicon,
        })
    }
}

/// Who calls, and what is dialled.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) phone: Option<String>,
    pub(super) dialled: Option<String>,
    /// Why Hark calls; `None` where it is called.
    pub(super) purpose: Option<Purpose>,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            phone: Some(merchant::DEMO_CALLER.to_owned()),
            dialled: None,
            purpose: None,
        }
    }
}

/// A sentence of Hark's: the prompt with its variant, and the words.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) prompt: String,
    pub(super) text: String,
}

pub(super) struct Play<'c> {
    cast: &'c Cast,
    conversation: Conversation,
    pub(super) stage: Stage,
    /// What the open question expects.
    expectation: Expectation,
    /// Sentences since the caller last had the floor.
    pub(super) said: VecDeque<Said>,
    /// A person is being looked for.
    pub(super) handover: Option<HandOver>,
    pub(super) outcome: Option<Outcome>,
    /// Somebody else is to act: the caller, or an agent.
    pub(super) waits: bool,
    /// Every prompt that was said in this call, without its variant.
    pub(super) prompts: BTreeSet<String>,
    /// What must never happen, and did.
    pub(super) faults: Vec<String>,
    pub(super) transcript: String,
}

impl<'c> Play<'c> {
    /// A call that nobody has answered yet.
    pub(super) fn new(cast: &'c Cast, line: &Line, stage: Stage) -> Self {
        let caller = CallerFacts {
            call: CallId::new("flow-test"),
            phone: line.phone.clone().map(Pii::new),
            destination: line.dialled.clone(),
            purpose: line.purpose,
        };
        let conversation = Conversation::new(
            Arc::clone(&cast.flows),
            Arc::clone(&cast.prompts),
            Arc::clone(&cast.catalogue),
            caller,
            SEED,
        )
        .under(Arc::clone(&cast.policy));
        Self {
            cast,
            conversation,
            stage,
            expectation: Expectation::Open,
            said: VecDeque::new(),
            handover: None,
            outcome: None,
            waits: false,
            prompts: BTreeSet::new(),
            faults: Vec::new(),
            transcript: String::new(),
        }
    }

    pub(super) fn start(&mut self) {
        self.tell(Event::Start);
    }

    pub(super) fn caller(&mut self, deed: &Deed) {
        self.said.clear();
        let event = match deed {
            Deed::Says(words, sure) => {
                self.write(&format!("caller: {words}"));
                let context = Context {
                    expectation: &self.expectation,
                    lexicon: &self.cast.lexicon,
                    candidates: &[],
                };
                let sure = Confidence::new(*sure);
                let decision = self.cast.understander.understand(words, sure, &context);
                Event::Heard(self.cast.flows.hear(decision))
            }
            Deed::Mumbles => self.event("(mumbles)", Event::NotUnderstood),
            Deed::Silent => self.event("(silence)", Event::Silence),
            Deed::Keys(keys) => {
                self.write(&format!("caller: (key {keys})"));
                Event::Keyed(keys.clone())
            }
            Deed::HangsUp => self.event("(hangs up)", Event::HungUp),
        };
        self.waits = false;
        self.tell(event);
    }

    pub(super) fn agent(&mut self, free: bool) {
        self.said.clear();
        self.handover = None;
        self.waits = false;
        let (words, result) = if free {
            ("takes the call", TransferResult::Connected)
        } else {
            ("nobody is free", TransferResult::NobodyFree)
        };
        self.write(&format!("agent:  ({words})"));
        self.tell(Event::Transfer(result));
    }

    /// The steps that this call has passed.
    pub(super) fn passed(&self) -> impl Iterator<Item = &str> {
        self.conversation.passed()
    }

    fn event(&mut self, words: &str, event: Event) -> Event {
        self.write(&format!("caller: {words}"));
        event
    }

    /// Tells the conversation, and does what it wants until it waits for somebody.
    fn tell(&mut self, event: Event) {
        self.conversation.handle(event);
        while let Some(directive) = self.conversation.poll() {
            self.obey(directive);
        }
        if !self.waits && self.outcome.is_none() {
            self.faults
                .push("nobody's turn: Hark neither asks nor ends".to_owned());
        }
    }

    fn obey(&mut self, directive: Directive) {
        if self.outcome.is_some() {
            self.faults.push(format!("after the end: {directive:?}"));
        }
        match directive {
            Directive::Say(speech) => {
                self.write(&format!("hark:   {}", speech.text));
                if self.cast.prompts.states_success(&speech.prompt)
                    && self.stage.placed() + self.stage.changes().len() + self.stage.reservations().len() == 0
                {
                    self.faults
                        .push(format!("success without an order: {}", speech.text));
                }
                let name = speech.prompt.split('/').next().unwrap_or_default();
                self.prompts.insert(name.to_owned());
                self.said.push_back(Said {
                    prompt: speech.prompt,
                    text: speech.text,
                });
            }
            Directive::Listen(listen) => {
                self.waits = true;
                self.expectation = listen.expectation;
            }
            Directive::HandOver(handover) => {
                self.write(&format!(
                    "        -> a person ({}): {}",
                    handover.reason, handover.summary
                ));
                self.waits = true;
                self.handover = Some(handover);
            }
            Directive::Act { effect, action } => {
                self.write(&format!("        -> {}", action.name()));
                let result = self.stage.answer(&action);
                self.conversation.handle(Event::ActionDone { effect, result });
            }
            Directive::Note(note) if note.what == "fault" => {
                self.faults.push(format!("{}: {}", note.step, note.why));
            }
            Directive::Note(_) => {}
            Directive::End { outcome } => {
                self.write(&format!("        end: {}", outcome.name()));
                self.outcome = Some(outcome);
            }
        }
    }

    fn write(&mut self, line: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.transcript, "  {line}");
    }
}

/// Chooses among the wordings: any will do, as long as it is always the same.
const SEED: u64 = 1;
