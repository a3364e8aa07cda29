//! The call: the only place where packets, speech, conversation and routing meet.
//!
//! [`Call`] is one state machine with one way in ([`Input`]), one way out ([`Output`]) and no clock.
//! It is split by concern: `sound` moves frames, `talk` drives the conversation, `handover` finds a
//! human, `ending` writes the record.

pub mod doubt;
mod ending;
mod grammars;
mod handover;
pub mod input;
mod keypad;
mod leg;
pub mod output;
mod pending;
pub mod record;
pub mod site;
mod sound;
mod speaker;
mod speculation;
mod talk;
mod transfer;
mod turn;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::call::grammars::OwnGrammars;
use crate::call::input::{Command, LegEvent};
use crate::call::keypad::Keypad;
use crate::call::leg::Leg;
use crate::call::pending::Pending;
use crate::call::site::Site;
use crate::call::speaker::Speaker;
use crate::call::speculation::Speculator;
use crate::call::transfer::Transfer;
use crate::call::turn::{SpeechEnd, TurnLog};
use crate::conversation::action::{ActionResult, PlacedOrder};
use crate::conversation::event::{Event, HandOver, Listen, Outcome};
use crate::conversation::machine::Conversation;
use crate::conversation::memory::CallerFacts;
use crate::ids::{CallId, EffectId, LegId};
use crate::limits::{CALL_MAX, OUTPUTS_MAX};
use crate::speech::listener::{ListenTimer, Listener};
use crate::timer::Timers;
use crate::units::SampleRate;

pub use input::Input;
pub use output::Output;

/// One call, from its first leg coming up to its record.
#[derive(Debug)]
pub struct Call {
    id: CallId,
    site: Arc<Site>,
    phase: Phase,
    caller: Option<Leg>,
    agent: Option<Leg>,
    listener: Listener,
    /// To the caller.
    speaker: Speaker,
    /// To the agent alone, before the two are joined.
    whisperer: Speaker,
    conversation: Conversation,
    /// What was last asked; `None` while we act or speak without asking.
    question: Option<Listen>,
    grammars: OwnGrammars,
    keypad: Keypad,
    pending: Pending,
    speculator: Speculator,
    /// Answers that were there before they were asked for.
    ready: VecDeque<(EffectId, ActionResult)>,
    transfer: Transfer,
    log: TurnLog,
    speech_end: Option<SpeechEnd>,
    /// Something has been said since the last time the floor was free.
    spoke: bool,
    /// In the turn before this one Hark said that it was still at work.
    filled_last: bool,
    next_tick: Option<Instant>,
    tally: Tally,
    timers: Timers<Wake>,
    next_render: EffectId,
    outputs: VecDeque<Output>,
}

/// Where a call is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// No leg is up yet.
    Connecting,
    Talking,
    /// The last words are being said; then we hang up.
    Closing {
        by: String,
    },
    /// The caller is gone, but an order may be on its way: the record waits for its fate.
    Wrapping {
        by: String,
    },
    /// The record is out.
    Ended,
}

/// What the record will say.
#[derive(Debug)]
struct Tally {
    answered_at: Instant,
    outcome: Option<Outcome>,
    orders: Vec<PlacedOrder>,
    barge_ins: u32,
}

/// Why the call wants to be woken. Public, because a log line that says why is worth ten that say when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wake {
    /// 20 ms of sound.
    Tick,
    /// The caller has stopped pressing keys.
    KeysOver,
    /// It is our turn and we have been silent for too long.
    DeadAir,
    /// The caller waits for an agent: let them hear that the line lives.
    Comfort,
    /// The call has lasted as long as a call may.
    CallMax,
    /// An action has not answered in time.
    Action,
    /// The farewell takes too long.
    LastWords,
    /// The agent's phone rings for longer than it should.
    Ring,
    /// See [`ListenTimer`].
    Listen(ListenTimer),
}

impl Call {
    /// A call whose caller leg is being set up. `seed` chooses among wordings.
    pub fn new(now: Instant, site: Arc<Site>, facts: CallerFacts, seed: u64) -> Self {
        let id = facts.call.clone();
        let flows = Arc::clone(&site.flows);
        let prompts = Arc::clone(&site.prompts);
        let catalogue = Arc::new(site.lexicon.catalogue().clone());
        let mut timers = Timers::default();
        timers.set(Wake::CallMax, now + CALL_MAX);
        Self {
            listener: Listener::new(site.vad, site.capabilities),
            conversation: Conversation::new(flows, prompts, catalogue, facts, seed)
                .under(Arc::clone(&site.policy)),
            log: TurnLog::new(id.clone(), now),
            tally: Tally {
                answered_at: now,
                outcome: None,
                orders: Vec::new(),
                barge_ins: 0,
            },
            id,
            site,
            phase: Phase::Connecting,
            caller: None,
            agent: None,
            speaker: Speaker::default(),
            whisperer: Speaker::default(),
            question: None,
            grammars: OwnGrammars::default(),
            keypad: Keypad::default(),
            pending: Pending::default(),
            speculator: Speculator::default(),
            ready: VecDeque::new(),
            transfer: Transfer::default(),
            speech_end: None,
            spoke: false,
            filled_last: false,
            next_tick: None,
            timers,
            next_render: EffectId::default(),
            outputs: VecDeque::new(),
        }
    }

    /// Takes one event. Poll outputs until `None` afterwards.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        if self.phase == Phase::Ended {
            return;
        }
        match input {
            Input::Leg {
                leg: LegId::Caller,
                event,
            } => self.caller_event(now, event),
            Input::Leg {
                leg: LegId::Agent,
                event,
            } => self.agent_event(now, event),
            Input::Rtp { leg, packet } => self.packet(now, leg, packet),
            Input::Rtcp { leg, packet } => self.control_packet(now, leg, &packet),
            Input::Timeout => self.timeout(now),
            Input::Recognised(recognised) => {
                self.listener.handle_recognised(now, recognised);
                self.heed_listener(now);
            }
            Input::ActionDone { effect, result } => self.action_done(now, effect, result),
            Input::PromptReady { effect, audio } => self.prompt_ready(now, effect, audio),
            Input::Assigned(assigned) => {
                let steps = self.transfer.assigned(assigned);
                self.hand_over(now, steps);
            }
            Input::Command(command) => self.command(now, command),
        }
    }

    /// The next thing to be done; poll until `None` after every input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to come back with [`Input::Timeout`], and why.
    pub fn poll_timeout(&self) -> Option<(Instant, Wake)> {
        if self.phase == Phase::Ended {
            return None;
        }
        let listener = self
            .listener
            .poll_timeout()
            .map(|(at, timer)| (at, Wake::Listen(timer)));
        let action = self.pending.next_deadline().map(|at| (at, Wake::Action));
        [self.timers.next(), listener, action].into_iter().flatten().min()
    }

    pub const fn id(&self) -> &CallId {
        &self.id
    }

    /// True once the record is out and nothing more will come.
    pub fn is_ended(&self) -> bool {
        self.phase == Phase::Ended && self.outputs.is_empty()
    }

    /// The steps of its flows that the talk has passed, by name. For whoever tests flows.
    pub fn passed(&self) -> impl Iterator<Item = &str> {
        self.conversation.passed()
    }

    /// Outputs that wait to be polled. For the simulation's invariant.
    pub fn backlog(&self) -> usize {
        self.outputs.len()
    }

    fn caller_event(&mut self, now: Instant, event: LegEvent) {
        match event {
            LegEvent::Up(media) => self.answered(now, Leg::new(media)),
            LegEvent::Direction(direction) => {
                if let Some(leg) = &mut self.caller {
                    leg.set_direction(direction);
                }
            }
            LegEvent::Key(key) => self.key(now, key),
            LegEvent::ReferProgress { status } => self.refer_progress(now, status),
            LegEvent::Failed { status } => self.caller_gone(now, &format!("call failed with {status}")),
            LegEvent::HungUp { cause } => self.caller_gone(now, &cause),
            LegEvent::Ringing => {}
        }
    }

    fn answered(&mut self, now: Instant, leg: Leg) {
        let first = self.phase == Phase::Connecting;
        // A key by SIP INFO is heeded all the same.
        if first && !leg.carries_keys() {
            self.conversation.keyless();
        }
        self.caller = Some(leg);
        if first {
            self.phase = Phase::Talking;
            self.tally.answered_at = now;
            self.log.answered(now);
            self.timers.set(Wake::Tick, now);
            self.greet(now);
        }
    }

    fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::Hangup => self.hang_up(now, "the operator ended the call"),
            Command::Transfer { skill } => {
                let hand_over = HandOver {
                    reason: "operator".into(),
                    skill,
                    summary: self.conversation.summary(),
                };
                self.request_human(now, hand_over);
            }
        }
    }

    fn timeout(&mut self, now: Instant) {
        while let Some(wake) = self.timers.expired(now) {
            match wake {
                Wake::Tick => self.tick(now),
                Wake::KeysOver => {
                    let keys = self.keypad.take();
                    self.keyed(now, keys);
                }
                Wake::DeadAir => self.fill(now),
                Wake::Comfort => self.comfort(now),
                Wake::CallMax => self.hang_up(now, "the longest time of a call has passed"),
                Wake::LastWords => self.hang_up(now, "the conversation was over"),
                Wake::Ring => self.ring_timeout(now),
                // Kept by their owners below.
                Wake::Action | Wake::Listen(_) => {}
            }
        }
        while let Some((effect, error)) = self.pending.expired(now) {
            self.action_result(now, effect, Err(error));
        }
        self.listener.handle_timeout(now);
        self.heed_listener(now);
    }

    /// The sample rate that the caller hears.
    fn rate(&self) -> SampleRate {
        self.caller.as_ref().map_or(SampleRate::Hz8000, Leg::rate)
    }

    fn emit(&mut self, output: Output) {
        debug_assert!(
            self.outputs.len() < OUTPUTS_MAX,
            "one input made {OUTPUTS_MAX} outputs"
        );
        self.outputs.push_back(output);
    }

    fn tell(&mut self, now: Instant, event: Event) {
        self.conversation.handle(event);
        while let Some(directive) = self.conversation.poll() {
            self.follow(now, directive);
        }
        while let Some((effect, result)) = self.ready.pop_front() {
            self.action_result(now, effect, result);
        }
        self.watch_silence(now);
    }
}

/// Between the reminders that the line lives, while an agent is being found.
const COMFORT_EVERY: Duration = Duration::from_secs(4);
