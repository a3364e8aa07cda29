//! The machine that runs flows: one event in, directives out, no clock. This file holds its state and
//! the simple steps; what the caller says is in `listening`, `confirming` and `command`, what the shop
//! answers in `work`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::conversation::advising::Advising;
use crate::conversation::busy::Wish;
use crate::conversation::confirm::{Readback, Wants};
use crate::conversation::event::{Directive, Event, HandOver, Outcome, Speech, TransferResult};
use crate::conversation::flow::{Expect, Flow, FlowIndex, FlowSet, Place, StepKind, Subject};
use crate::conversation::half_number::HalfNumber;
use crate::conversation::memory::{CallerFacts, Mark, Memory};
use crate::conversation::parting::Parting;
use crate::conversation::policy::ConfirmationPolicy;
use crate::conversation::prompt::PromptBook;
use crate::conversation::repair::Failures;
use crate::conversation::reserving::Reserving;
use crate::conversation::temper::Temper;
use crate::conversation::told::Told;
use crate::conversation::trust::Trust;
use crate::conversation::value_check::Asked;
use crate::conversation::work::Work;
use crate::ids::{EffectId, Sku};
use crate::nlu::decision::{Decision, SlotValue};
use crate::nlu::intent::PRODUCT_QUESTION;
use crate::shop::{Catalogue, Order, OrderChange, OrderDraft, ReservationWish, Stock};

/// One caller's talk, from the greeting to the outcome.
#[derive(Debug, Clone)]
pub struct Conversation {
    pub(crate) flows: Arc<FlowSet>,
    pub(crate) prompts: Arc<PromptBook>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) memory: Memory,
    /// The step that runs, or that waits.
    pub(crate) place: Place,
    /// Where to go on when the flow is done; the innermost last.
    pub(crate) frames: Vec<Frame>,
    pub(crate) state: State,
    pub(crate) out: VecDeque<Directive>,
    /// The flow that serves what the caller wants: for summaries, and for what "cancel" drops.
    pub(crate) about: Option<FlowIndex>,
    /// Where the dialled number leads, until the first question would be asked.
    destination: Option<FlowIndex>,
    /// The best outcome so far.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) effects: EffectId,
    /// A look-up begun early, not waited for.
    pub(crate) early: Option<EffectId>,
    /// What has been said since the caller last had the floor: what "repeat" repeats.
    pub(crate) said: Vec<Speech>,
    /// The caller has had the floor since: what is said next begins anew.
    pub(crate) heard_out: bool,
    /// Questions asked and answered, for "go back".
    pub(crate) answered: VecDeque<(Place, Mark)>,
    /// Chooses among variants: where each prompt's round begins, and how often each was said.
    pub(crate) seed: usize,
    pub(crate) picks: BTreeMap<String, usize>,
    /// The intent that is being asked about, in the words of its flow's label.
    pub(crate) intent_label: String,
    /// The value that is being asked about, as it is said.
    pub(crate) heard_value: String,
    pub(crate) hung_up: bool,
    /// This wait has been apologised for.
    pub(crate) waited: bool,
    /// What the caller wanted while their order was on its way.
    pub(crate) wish: Option<Wish>,
    pub(crate) policy: Arc<ConfirmationPolicy>,
    /// How well what the task rests on was heard.
    pub(crate) trust: Trust,
    /// How often the draft has been read back.
    pub(crate) readbacks: u32,
    pub(crate) temper: Temper,
    /// Whether the caller's line carries keys.
    pub(crate) keys: bool,
    /// The caller spoke over what was said last.
    pub(crate) cut_short: bool,
    pub(crate) parting: Parting,
    pub(crate) half_number: Option<HalfNumber>,
    /// Every step that has run.
    passed: BTreeSet<Place>,
}

/// A flow that was left for another one.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Where it goes on.
    pub(crate) place: Place,
    /// What it was about, when it was left in the middle of a question.
    pub(crate) kept: Option<Box<Kept>>,
    /// How well that was heard.
    pub(crate) trust: Trust,
    /// How often it had been read back.
    pub(crate) readbacks: u32,
}

/// What a digression may speak of otherwise, and must leave as it was.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) slots: BTreeMap<String, SlotValue>,
    pub(crate) orders: Vec<Order>,
    pub(crate) stock: Vec<Stock>,
    pub(crate) order: Option<Order>,
    pub(crate) change: Option<OrderChange>,
    pub(crate) item: Option<Sku>,
    pub(crate) reserving: Box<Reserving>,
    pub(crate) advising: Box<Advising>,
}

/// What the conversation waits for.
#[derive(Debug, Clone)]
pub(crate) enum State {
    /// Nothing: steps can run (or the call has not begun).
    Running,
    Listening(Listening),
    /// The shop.
    Working {
        effect: EffectId,
        work: Work,
    },
    /// A human.
    Transferring {
        nobody: Place,
    },
    Ended,
}

/// An open question.
#[derive(Debug, Clone)]
pub(crate) struct Listening {
    pub(crate) question: Question,
    pub(crate) failures: Failures,
}

impl Listening {
    /// Whether a key was asked for, or the last prompt named some.
    pub(crate) fn has_named_keys(&self) -> bool {
        self.failures.keys_named() || self.question.wants() == Wants::Key
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Question {
    /// As the ask step says.
    Ask,
    /// The draft was read back.
    Draft(Readback<OrderDraft>),
    /// The change of an order was.
    Change(Readback<OrderChange>),
    /// An appointment was, or a place in a launch.
    Reservation(Readback<ReservationWish>),
    /// "You'd like to ..., right?", about what was heard.
    Intent(Decision),
    /// "Four one seven, two two zero, is that right?"
    Value(Box<Asked>),
}

impl Question {
    /// What the answer must be; of a read-back, as far as it has come.
    pub(crate) const fn wants(&self) -> Wants {
        match self {
            Self::Draft(readback) => readback.wants(),
            Self::Change(readback) => readback.wants(),
            Self::Reservation(readback) => readback.wants(),
            Self::Ask | Self::Intent(_) | Self::Value(_) => Wants::Answer,
        }
    }

    /// Asked, and no longer only said.
    #[must_use]
    pub(crate) fn asked(self) -> Self {
        match self {
            Self::Draft(readback) => Self::Draft(readback.asked()),
            Self::Change(readback) => Self::Change(readback.asked()),
            Self::Reservation(readback) => Self::Reservation(readback.asked()),
            Self::Ask | Self::Intent(_) | Self::Value(_) => self,
        }
    }

    /// Nothing was asked: what will be done was said, for the caller to object to.
    pub(crate) const fn is_said_back(&self) -> bool {
        match self {
            Self::Draft(readback) => readback.is_said_back(),
            Self::Change(readback) => readback.is_said_back(),
            Self::Reservation(readback) => readback.is_said_back(),
            Self::Ask | Self::Intent(_) | Self::Value(_) => false,
        }
    }
}

impl Conversation {
    /// A conversation that says nothing before [`Event::Start`]. The same arguments and events give the
    /// same talk; `seed` only varies the wording.
    pub fn new(
        flows: Arc<FlowSet>,
        prompts: Arc<PromptBook>,
        catalogue: Arc<Catalogue>,
        caller: CallerFacts,
        seed: u64,
    ) -> Self {
        let outward = flows.outward(caller.purpose);
        let place = outward.map_or_else(|| flows.root_start(), |flow| flows.start(flow));
        let destination = caller
            .destination
            .as_deref()
            .and_then(|name| flows.destination(name));
        Self {
            destination,
            flows,
            prompts,
            catalogue,
            memory: Memory::new(caller),
            place,
            frames: Vec::new(),
            state: State::Running,
            out: VecDeque::new(),
            about: outward,
            outcome: None,
            effects: EffectId::default(),
            early: None,
            said: Vec::new(),
            heard_out: false,
            answered: VecDeque::new(),
            // Wording varies by call; half of the seed is plenty.
            seed: usize::try_from(seed & 0xffff).unwrap_or_default(),
            picks: BTreeMap::new(),
            intent_label: String::new(),
            heard_value: String::new(),
            hung_up: false,
            waited: false,
            wish: None,
            policy: Arc::default(),
            trust: Trust::default(),
            readbacks: 0,
            temper: Temper::default(),
            keys: true,
            cut_short: false,
            parting: Parting::default(),
            half_number: None,
            passed: BTreeSet::new(),
        }
    }

    /// The caller's line carries no keys: they are not asked for where words will do.
    pub const fn keyless(&mut self) {
        self.keys = false;
    }

    /// The same talk under another policy than the one that ships.
    #[must_use]
    pub fn under(mut self, policy: Arc<ConfirmationPolicy>) -> Self {
        self.policy = policy;
        self
    }

    /// Tells what happened; then [`poll`](Self::poll) until `None`.
    pub fn handle(&mut self, event: Event) {
        if matches!(self.state, State::Ended) {
            return;
        }
        match event {
            Event::Start => self.run(),
            Event::Heard(decision) => self.heard(decision),
            Event::NotUnderstood => self.not_understood(),
            Event::Silence => self.silence(),
            Event::Keyed(keys) => self.keyed(&keys),
            Event::ActionDone { effect, result } => self.action_done(effect, result),
            Event::StillWaiting => self.still_waiting(),
            Event::BargedIn => self.barged_in(),
            Event::RaisedVoice { db } => self.raised_voice(db),
            Event::SpeechDone => {}
            Event::Transfer(result) => self.transferred(result),
            Event::HungUp => self.caller_left(),
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Directive> {
        self.out.pop_front()
    }

    /// The steps that have run so far, by name: "reorder.confirm".
    pub fn passed(&self) -> impl Iterator<Item = &str> {
        self.passed
            .iter()
            .map(|place| self.flows.step(*place).id.as_str())
    }

    /// Whether an [`End`](Directive::End) was given out or waits to be.
    pub const fn is_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// Goes on at a step.
    pub(crate) fn go(&mut self, place: Place) {
        self.place = place;
        self.state = State::Running;
    }

    /// Runs steps until one waits. Flows have no loop without a wait (the check proves it); the bound
    /// is for files that were never checked.
    pub(crate) fn run(&mut self) {
        for _ in 0..STEPS_MAX {
            if !matches!(self.state, State::Running) {
                return;
            }
            let flows = Arc::clone(&self.flows);
            self.passed.insert(self.place);
            self.step(&flows.step(self.place).kind);
        }
        self.note("fault", "a flow went round without waiting");
        self.end(Some(Outcome::Failed));
    }

    fn step(&mut self, kind: &StepKind) {
        match kind {
            StepKind::Say {
                prompt,
                barge_in,
                next,
            } => {
                self.say_as(prompt, *barge_in);
                self.go(*next);
            }
            StepKind::Ask(_) | StepKind::Confirm(_) if self.take_wish() => self.destination = None,
            StepKind::Ask(ask) if ask.expect == Expect::Open && self.memory.later.is_some() => {
                self.take_later(ask)
            }
            StepKind::Ask(ask) => match self.destination.take() {
                Some(flow) => {
                    self.note("dialled", "the number stands for this flow");
                    self.begin_task(flow);
                    self.call(flow, self.flows.fallbacks.after);
                }
                None => self.ask(ask),
            },
            StepKind::Prefetch { query, next } => {
                self.prefetch(*query);
                self.go(*next);
            }
            StepKind::Lookup {
                query,
                branches,
                failed,
            } => self.look_up(*query, branches, *failed),
            StepKind::Decide { cases, otherwise } => {
                let case = cases
                    .iter()
                    .find(|case| case.when.holds(|subject| self.memory.value_of(subject)));
                self.go(case.map_or(*otherwise, |case| case.go));
            }
            StepKind::Do { operation, next } => {
                self.operate(*operation);
                self.go(*next);
            }
            StepKind::Confirm(confirm) => match confirm.what {
                Subject::Draft => self.confirm_draft(confirm),
                Subject::Change => self.confirm_change(confirm),
                Subject::Reservation => self.confirm_reservation(confirm),
            },
            StepKind::Commit { what, branches } => match what {
                Subject::Draft => self.commit::<OrderDraft>(branches),
                Subject::Change => self.commit::<OrderChange>(branches),
                Subject::Reservation => self.commit::<ReservationWish>(branches),
            },
            StepKind::Announce { prompt, next } => {
                self.announce(prompt);
                self.go(*next);
            }
            StepKind::HandOver {
                skill,
                reason,
                prompt,
                nobody,
            } => {
                self.hand_over(skill, reason.as_deref(), prompt, *nobody);
            }
            StepKind::Call { flow, reason, next } => {
                if let Some(reason) = reason {
                    self.memory.reason.clone_from(reason);
                }
                // A flow that callers can ask for is what the talk is about from here on.
                if self.flows.intents.values().any(|served| served == flow) {
                    self.about = Some(*flow);
                }
                self.call(*flow, *next);
            }
            StepKind::Route { next, unknown } => self.route(*next, *unknown),
            StepKind::Done { outcome } => self.done(*outcome),
            StepKind::End { outcome } => self.end(*outcome),
        }
    }

    /// Enters a flow; `back` is where to go on after it.
    pub(crate) fn call(&mut self, flow: FlowIndex, back: Place) {
        if self.frames.len() >= FRAMES_MAX {
            self.note("fault", "flows called too deep");
            self.end(Some(Outcome::Failed));
            return;
        }
        self.frames.push(Frame {
            place: back,
            kept: None,
            trust: self.trust,
            readbacks: self.readbacks,
        });
        self.go(self.flows.start(flow));
    }

    /// Enters a flow for good: what lies below is over, and the talk goes on from its first question.
    pub(crate) fn leave_for(&mut self, flow: FlowIndex) {
        self.frames.clear();
        self.call(flow, self.flows.fallbacks.after);
    }

    fn route(&mut self, next: Place, unknown: Place) {
        let served = self
            .memory
            .heard
            .intent()
            .and_then(|intent| self.flows.intents.get(&intent.name))
            .copied();
        match served {
            Some(flow) => {
                self.begin_task(flow);
                self.call(flow, next);
            }
            None => self.go(unknown),
        }
    }

    /// A task begins with what was just heard and nothing older.
    pub(crate) fn begin_task(&mut self, flow: FlowIndex) {
        self.about = Some(flow);
        self.memory.aside = false;
        self.answered.clear();
        self.memory.item = None;
        self.memory.enquired = None;
        self.memory.just_placed = false;
        if self
            .memory
            .heard
            .intent()
            .is_none_or(|intent| intent.name != PRODUCT_QUESTION)
        {
            self.memory.told = Told::default();
        }
        self.memory.change = None;
        self.memory.confirmed_change = None;
        self.memory.reserving = Reserving::default();
        self.memory.advising = Advising::default();
        self.memory.confirmed_wish = None;
        self.memory.slots.clear();
        let heard = self.memory.heard.clone();
        self.memory.opening = heard.clone();
        self.readbacks = 0;
        self.parting = Parting::default();
        self.trust.begin(&heard);
        self.memory.hear(heard);
        if self.flows.flow(flow).is_some_and(Flow::drafts) {
            self.memory.drop_draft();
        }
        if self.flows.flow(flow).is_some_and(Flow::orders) {
            let heard = self.memory.heard.clone();
            self.memory.hear_delivery(&heard);
        }
    }

    fn done(&mut self, outcome: Outcome) {
        self.settle(outcome);
        match self.frames.pop() {
            Some(frame) => self.resume(frame),
            None => self.end(None),
        }
    }

    /// Goes on where a flow was left for another one.
    pub(crate) fn resume(&mut self, frame: Frame) {
        let Frame {
            place: back,
            kept,
            trust,
            readbacks,
        } = frame;
        if let Some(kept) = kept {
            self.memory.slots = kept.slots;
            self.memory.orders = kept.orders;
            self.memory.stock = kept.stock;
            self.memory.order = kept.order;
            self.memory.change = kept.change;
            self.memory.item = kept.item;
            self.memory.reserving = *kept.reserving;
            self.memory.advising = *kept.advising;
            // What was hardly heard has not become surer while one spoke of something else.
            self.trust.resume(trust);
            self.readbacks = readbacks;
        }
        self.memory.aside = self.frames.iter().any(|frame| frame.kept.is_some());
        // The first flow is never inside another: what lay below is over.
        if back.flow == self.flows.fallbacks.after.flow {
            self.frames.clear();
            self.about = None;
        } else {
            self.about = Some(back.flow);
        }
        self.go(back);
    }

    /// Keeps the better of two outcomes: an order placed stays one, whatever is asked afterwards.
    pub(crate) fn settle(&mut self, outcome: Outcome) {
        let better = self.outcome.is_none_or(|so_far| rank(outcome) > rank(so_far));
        if better {
            self.outcome = Some(outcome);
        }
    }

    /// Ends the call. With an order placed, that is the outcome.
    pub(crate) fn end(&mut self, outcome: Option<Outcome>) {
        if let Some(outcome) = outcome {
            self.settle(outcome);
        }
        let outcome = self.outcome.unwrap_or(Outcome::Declined);
        self.out.push_back(Directive::End { outcome });
        self.state = State::Ended;
    }

    fn hand_over(&mut self, skill: &str, reason: Option<&str>, prompt: &str, nobody: Place) {
        if let Some(reason) = reason {
            self.memory.reason = reason.to_owned();
        }
        self.say(prompt);
        let hand_over = HandOver {
            reason: self.memory.reason.clone(),
            skill: skill.to_owned(),
            summary: self.summary(),
        };
        self.out.push_back(Directive::HandOver(hand_over));
        self.state = State::Transferring { nobody };
    }

    fn transferred(&mut self, result: TransferResult) {
        if result == TransferResult::Connected {
            self.end(Some(Outcome::Transferred));
            return;
        }
        match &self.state {
            State::Transferring { nobody } => {
                self.go(*nobody);
                self.run();
            }
            // What the shop was told is waited for, whoever wants the caller.
            State::Working { .. } if self.must_wait() => {
                self.wish = Some(Wish::Go(self.flows.fallbacks.give_up));
            }
            // An operator asked for the human, the talk did not: it asks the way it does itself.
            State::Running | State::Listening(_) | State::Working { .. } | State::Ended => {
                "operator".clone_into(&mut self.memory.reason);
                self.leave_for(self.flows.fallbacks.give_up);
                self.run();
            }
        }
    }
}

/// Which outcome matters more to whoever reads the record.
const fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Abandoned => 0,
        Outcome::NotReached => 1,
        Outcome::Declined => 2,
        Outcome::Answered => 3,
        Outcome::Postponed => 4,
        Outcome::OptedOut => 5,
        Outcome::Failed => 6,
        Outcome::CallbackRequested => 7,
        Outcome::Transferred => 8,
        Outcome::Reserved => 9,
        Outcome::OrderChanged => 10,
        Outcome::OrderPlaced => 11,
    }
}

/// Steps that one event may run: several times the longest path between two waits.
const STEPS_MAX: usize = 64;
/// Flows inside flows: a task, some digressions, each with a hand-over, and what the last of them calls.
pub(crate) const FRAMES_MAX: usize = 12;
