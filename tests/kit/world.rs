//! The world around one call: an event queue on a clock of its own.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine_core::audio::g711::{G711, Law};
use engine_core::call::input::{LegEvent, LegMedia, MediaDirection};
use engine_core::call::output::LegCommand;
use engine_core::call::record::{CallRecord, TurnRecord};
use engine_core::call::{Call, Input, Output};
use engine_core::conversation::memory::CallerFacts;
use engine_core::ids::{CallId, LegId};
use engine_core::limits::{CALL_MAX, FRAME};
use engine_core::pii::Pii;
use engine_core::rtp::packet::Packet;
use engine_core::speech::verdict::Capabilities;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::agents::{Office, PhoneEvent};
use crate::caller::{Act, Caller, KEY_PAYLOAD_TYPE};
use crate::ears::Ears;
use crate::line::Line;
use crate::scenario::Scenario;
use crate::shop::Shop;
use crate::site::site;
use crate::watch::Watch;

/// What is left of a simulated call.
#[derive(Debug)]
pub struct Story {
    /// Who said what, in order.
    pub transcript: String,
    pub record: Option<CallRecord>,
    pub turns: Vec<TurnRecord>,
    pub shop: Shop,
    pub breaches: Vec<String>,
    /// What a scripted caller waited for in vain.
    pub unsaid: Vec<String>,
    /// The flows that the talk came through.
    pub flows: BTreeSet<String>,
}

/// One call and all who take part in it.
pub struct World {
    now: Instant,
    start: Instant,
    rng: StdRng,
    id: CallId,
    call: Call,
    caller: Caller,
    up: Line,
    down: Line,
    ears: Ears,
    shop: Shop,
    office: Office,
    watch: Watch,
    events: BinaryHeap<Reverse<Due>>,
    next_event: u64,
    /// The agent's phone that rings or talks now; events of earlier ones are void.
    agent_call: u32,
    caller_gone: bool,
    hang_up_at: Option<Instant>,
    lines: Vec<String>,
    turns: Vec<TurnRecord>,
}

/// Something that will happen.
#[derive(Debug)]
enum Event {
    CallerTick,
    ToHark(Packet),
    ToCaller { loud: bool },
    Input(Input),
    AgentPhone { agent_call: u32, event: PhoneEvent },
    CallerHangsUp,
}

#[derive(Debug)]
struct Due {
    at: Instant,
    order: u64,
    event: Event,
}

impl World {
    pub fn new(scenario: Scenario) -> Self {
        let now = Instant::now();
        let id = CallId::new(format!("sim-{}", scenario.seed));
        let facts = CallerFacts {
            call: id.clone(),
            phone: scenario.phone.clone().map(Pii::new),
            destination: None,
            purpose: scenario.purpose,
        };
        let capabilities = Capabilities {
            grammar: true,
            open: scenario.hearing.open_ms.is_some(),
        };
        let mut world = Self {
            now,
            start: now,
            rng: StdRng::seed_from_u64(scenario.seed ^ 0x5eed),
            call: Call::new(now, site(capabilities), facts, scenario.seed),
            id,
            caller: Caller::new(now, scenario.mind),
            up: Line::new(scenario.up),
            down: Line::new(scenario.down),
            ears: Ears::new(scenario.hearing),
            shop: Shop::new(scenario.shop),
            office: Office::new(&scenario.agents, scenario.method),
            watch: Watch::default(),
            events: BinaryHeap::new(),
            next_event: 0,
            agent_call: 0,
            caller_gone: false,
            hang_up_at: scenario.hang_up_ms.map(|ms| now + Duration::from_millis(ms)),
            lines: Vec::new(),
            turns: Vec::new(),
        };
        if let Some(at) = world.hang_up_at {
            world.later(at, Event::CallerHangsUp);
        }
        world
    }

    /// Runs until the call is over and nothing is left to happen.
    pub fn run(mut self) -> Story {
        self.watch.answered(self.now);
        let up = LegEvent::Up(leg_media());
        self.input(Input::Leg {
            leg: LegId::Caller,
            event: up,
        });
        self.later(self.now, Event::CallerTick);
        let end = self.start + CALL_MAX + Duration::from_secs(60);
        while self.step(end) {}
        if !self.call.is_ended() {
            self.watch.breaches.push("the call never ended".to_owned());
        }
        self.watch.ended(&self.shop);
        let left = self.caller.left_undone().into_iter();
        let unsaid =
            left.map(|(cue, act)| format!("the caller never came to {act:?}: {cue:?} did not happen"));
        let flow = |step: &str| step.split('.').next().unwrap_or_default().to_owned();
        let flows = self.call.passed().map(flow).collect();
        Story {
            transcript: self.lines.join("\n"),
            record: self.watch.record.take(),
            turns: self.turns,
            shop: self.shop,
            breaches: self.watch.breaches,
            unsaid: unsaid.collect(),
            flows,
        }
    }

    /// The next thing that happens, in order of time; false when nothing more can.
    fn step(&mut self, end: Instant) -> bool {
        if self.call.is_ended() {
            return false;
        }
        let event_at = self.events.peek().map(|Reverse(due)| due.at);
        let call_at = self.call.poll_timeout().map(|(at, _)| at);
        let router_at = self.office.router.poll_timeout();
        let Some(next) = [event_at, call_at, router_at].into_iter().flatten().min() else {
            return false;
        };
        self.now = self.now.max(next);
        if self.now > end {
            return false;
        }
        if event_at == Some(next) {
            if let Some(Reverse(due)) = self.events.pop() {
                self.happen(due.event);
            }
        } else if call_at == Some(next) {
            self.input(Input::Timeout);
        } else {
            self.office.router.handle_timeout(self.now);
            self.take_assignments();
        }
        true
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::CallerTick => self.caller_tick(),
            Event::ToHark(packet) => self.input(Input::Rtp {
                leg: LegId::Caller,
                packet,
            }),
            Event::ToCaller { loud } => self.caller.hears_sound(self.now, loud),
            Event::Input(input) => self.arrive(input),
            Event::AgentPhone { agent_call, event } if agent_call == self.agent_call => {
                self.agent_phone(event)
            }
            Event::AgentPhone { .. } => {}
            Event::CallerHangsUp => self.caller_hangs_up(),
        }
    }

    fn caller_tick(&mut self) {
        if self.caller_gone {
            return;
        }
        let doing = self.caller.tick(self.now, &mut self.rng);
        match &doing.act {
            Some(Act::Say(words)) => self.say(format!("caller: {words}")),
            Some(Act::Press(keys)) => {
                self.say(format!("caller presses {keys}"));
                self.watch.keys(self.now, keys);
            }
            Some(Act::HangUp) | None => {}
        }
        for packet in doing.packets {
            if packet.payload_type == 0 && is_loud(&packet.payload) {
                self.watch.caller_sounds(self.now);
            }
            for at in self.up.carry(self.now, &mut self.rng) {
                self.later(at, Event::ToHark(packet.clone()));
            }
        }
        if doing.hangs_up {
            self.caller_hangs_up();
            return;
        }
        self.later(self.now + FRAME, Event::CallerTick);
    }

    fn caller_hangs_up(&mut self) {
        if self.caller_gone || self.call.is_ended() {
            return;
        }
        self.caller_gone = true;
        self.say("caller hangs up".to_owned());
        let event = LegEvent::HungUp {
            cause: "hung up".to_owned(),
        };
        self.input(Input::Leg {
            leg: LegId::Caller,
            event,
        });
    }

    fn arrive(&mut self, input: Input) {
        match &input {
            Input::Recognised(recognised) => self.watch.recognised(recognised),
            Input::ActionDone { result, .. } => self.watch.action_done(result),
            Input::Leg { .. }
            | Input::Rtp { .. }
            | Input::Rtcp { .. }
            | Input::Timeout
            | Input::PromptReady { .. }
            | Input::Assigned(_)
            | Input::Command(_) => {}
        }
        self.input(input);
    }

    /// Gives the call one input and does what it wants done.
    fn input(&mut self, input: Input) {
        self.call.handle_input(self.now, input);
        let mut outputs = 0;
        while let Some(output) = self.call.poll_output() {
            outputs += 1;
            self.watch.output(self.now, &output);
            self.carry_out(output);
        }
        self.watch.step(self.now, outputs);
        self.take_assignments();
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Transmit {
                leg: LegId::Caller,
                packet,
            } => {
                let loud = is_loud(&packet.payload);
                self.watch.transmitted(self.now, loud);
                for at in self.down.carry(self.now, &mut self.rng) {
                    self.later(at, Event::ToCaller { loud });
                }
            }
            Output::Recognise(command) => {
                let delay = self.up.delay() + JITTER_BUFFER;
                let spoken = &self.caller.spoken;
                let answers = self
                    .ears
                    .command(self.now, &command, spoken, delay, &mut self.rng);
                for (at, recognised) in answers {
                    self.later(at, Event::Input(Input::Recognised(recognised)));
                }
            }
            Output::Act { effect, action, .. } => {
                let answer = self.shop.act(&action, &mut self.rng);
                let outcome = match &answer {
                    Some((_, Ok(_))) => "done".to_owned(),
                    Some((_, Err(error))) => error.to_string(),
                    None => "no answer".to_owned(),
                };
                self.say(format!("  [{}: {outcome}]", action.name()));
                if let Some((latency, result)) = answer {
                    self.later(
                        self.now + latency,
                        Event::Input(Input::ActionDone { effect, result }),
                    );
                }
            }
            Output::Render {
                effect, prompt, text, ..
            } => {
                let to = if prompt == "handover.whisper" {
                    "Hark to the agent"
                } else {
                    "Hark"
                };
                self.say(format!("{to}: {text}  ({prompt})"));
                self.caller.hears_prompt(&prompt);
                let latency = Duration::from_millis(self.rng.random_range(1..60));
                let audio = Ok(voice(&text));
                self.later(
                    self.now + latency,
                    Event::Input(Input::PromptReady { effect, audio }),
                );
            }
            Output::ActEarly { effect, action, .. } => {
                if let Some((latency, result)) = self.shop.act(&action, &mut self.rng) {
                    self.say(format!("  [{}, early]", action.name()));
                    self.later(
                        self.now + latency,
                        Event::Input(Input::ActionDone { effect, result }),
                    );
                }
            }
            Output::RenderEarly { .. } => {}
            Output::Route(command) => {
                self.say(format!("  [{command:?}]"));
                let id = self.id.clone();
                self.office.command(self.now, &id, command);
            }
            Output::Leg {
                leg: LegId::Agent,
                command,
            } => self.agent_command(command),
            Output::Leg {
                leg: LegId::Caller,
                command,
            } => self.caller_command(command),
            Output::Turn(turn) => self.turns.push(turn),
            Output::Ended(record) => self.say(format!("= {:?}, {}", record.outcome, record.ended_by)),
            Output::Transmit {
                leg: LegId::Agent, ..
            }
            | Output::TransmitRtcp { .. }
            | Output::Recording { .. } => {}
        }
    }

    fn caller_command(&mut self, command: LegCommand) {
        match command {
            LegCommand::Hangup { .. } => {
                self.say("Hark hangs up".to_owned());
                self.caller_gone = true;
            }
            LegCommand::Refer { to } => {
                self.say(format!("  [REFER to {to}]"));
                let mood = self.office.mood_of(&to);
                self.agent_call += 1;
                for (after, event) in mood.answer() {
                    let status = match event {
                        PhoneEvent::PicksUp => 200,
                        PhoneEvent::Refuses => 486,
                        PhoneEvent::HangsUp => continue,
                    };
                    let event = LegEvent::ReferProgress { status };
                    self.later(
                        self.now + after,
                        Event::Input(Input::Leg {
                            leg: LegId::Caller,
                            event,
                        }),
                    );
                }
            }
            LegCommand::Dial { .. } => self
                .watch
                .breaches
                .push("Hark dialled on the caller's leg".to_owned()),
        }
    }

    fn agent_command(&mut self, command: LegCommand) {
        match command {
            LegCommand::Dial { uri, .. } => {
                self.say(format!("  [rings {uri}]"));
                self.agent_call += 1;
                let agent_call = self.agent_call;
                for (after, event) in self.office.mood_of(&uri).answer() {
                    self.later(self.now + after, Event::AgentPhone { agent_call, event });
                }
            }
            LegCommand::Hangup { .. } => self.agent_call += 1,
            LegCommand::Refer { .. } => self.watch.breaches.push("Hark referred the agent".to_owned()),
        }
    }

    fn agent_phone(&mut self, event: PhoneEvent) {
        let event = match event {
            PhoneEvent::PicksUp => {
                self.say("agent picks up".to_owned());
                self.watch.agent_picked_up();
                LegEvent::Up(leg_media())
            }
            PhoneEvent::Refuses => LegEvent::Failed { status: 486 },
            PhoneEvent::HangsUp => {
                self.say("agent hangs up".to_owned());
                self.watch.agent_left();
                LegEvent::HungUp {
                    cause: "hung up".to_owned(),
                }
            }
        };
        self.input(Input::Leg {
            leg: LegId::Agent,
            event,
        });
    }

    fn take_assignments(&mut self) {
        while let Some(assigned) = self.office.poll() {
            self.watch.assigned(self.now, &assigned);
            self.later(self.now, Event::Input(Input::Assigned(assigned)));
        }
    }

    fn later(&mut self, at: Instant, event: Event) {
        let order = self.next_event;
        self.next_event += 1;
        self.events.push(Reverse(Due { at, order, event }));
    }

    fn say(&mut self, line: String) {
        self.lines.push(line);
    }
}

fn leg_media() -> LegMedia {
    LegMedia {
        codec: Box::new(G711::new(Law::Mu)),
        payload_type: 0,
        dtmf_payload_type: Some(KEY_PAYLOAD_TYPE),
        direction: MediaDirection::SendReceive,
        ssrc: 99,
        first_sequence: 1,
        first_timestamp: 0,
    }
}

/// Sound in place of words: 50 ms a letter.
fn voice(text: &str) -> Arc<[i16]> {
    let samples = text.len().clamp(4, 400) * 400;
    (0..samples)
        .map(|n| if n % 20 < 10 { 4_000 } else { -4_000 })
        .collect()
}

/// Whether a µ-law payload is more than silence and line noise.
fn is_loud(payload: &[u8]) -> bool {
    payload.iter().any(|byte| (byte & 0x7f) < 0x50)
}

/// About what the jitter buffer adds to the way of the caller's words.
const JITTER_BUFFER: Duration = Duration::from_millis(60);

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}
