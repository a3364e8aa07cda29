//! One task per call: the only loop. It carries the core's outputs out and brings the world's events in.
//!
//! Nothing slow runs here. Outside work is spawned into a `JoinSet` that dies with the task; what must
//! survive a hang-up (an order on its way) lives in the outbox, not here.

use std::future::pending;
use std::sync::Arc;
use std::time::Instant;

use engine_core::call::input::{Command, LegEvent};
use engine_core::call::output::LegCommand;
use engine_core::call::{Call, Input, Output};
use engine_core::conversation::action::Action;
use engine_core::ids::{CallId, EffectId, LegId};
use engine_core::routing::command::{Assigned, AttemptResult, RouteCommand};
use engine_core::speech::recognition::Recognised;
use engine_core::units::SampleRate;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep_until;
use tracing::{debug, info, warn};

use crate::call::leg::LegIo;
use crate::call::services::{CallNotice, Services};
use crate::routing::CallRouting;
use crate::stt::SttSession;

/// Recognition results that may wait for the call. Partials are dropped first when it is nearly full.
const RESULTS: usize = 64;

/// Outside work at once in one call; the conversation starts a handful.
const EFFECTS_MAX: usize = 64;

/// Sentences made ready at once; a guess needs one or two.
const WARMING_MAX: usize = 4;

/// Everything one call's loop owns.
pub struct CallTask {
    call: Call,
    caller: Option<LegIo>,
    agent: Option<LegIo>,
    /// An agent's leg being dialled.
    dialling: JoinSet<Result<LegIo, u16>>,
    effects: JoinSet<Input>,
    /// Sentences being made ready for what the caller will probably say.
    warming: JoinSet<()>,
    recogniser: SttSession,
    results: mpsc::Receiver<Recognised>,
    routing: CallRouting,
    inbox: mpsc::Receiver<Command>,
    services: Services,
    id: CallId,
}

impl std::fmt::Debug for CallTask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallTask")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl CallTask {
    /// `caller` is answered or about to come up; `inbox` is where operators' commands arrive.
    pub fn new(call: Call, caller: LegIo, services: Services, inbox: mpsc::Receiver<Command>) -> Self {
        let id = call.id().clone();
        let (sender, results) = mpsc::channel(RESULTS);
        Self {
            recogniser: services.hearing.session(sender),
            routing: services.router.join(id.clone()),
            call,
            caller: Some(caller),
            agent: None,
            dialling: JoinSet::new(),
            effects: JoinSet::new(),
            warming: JoinSet::new(),
            results,
            inbox,
            services,
            id,
        }
    }

    /// Runs the call to its record.
    pub async fn run(mut self) {
        loop {
            self.carry_out();
            if self.call.is_ended() {
                break;
            }
            let input = self.next_input().await;
            self.call.handle_input(Instant::now(), input);
        }
        if let Some(recorder) = &self.services.recorder {
            recorder.finish(&self.id);
        }
        for leg in [self.caller.take(), self.agent.take()].into_iter().flatten() {
            leg.close().await;
        }
    }

    /// Waits for whatever happens first. Every branch is cancel-safe.
    async fn next_input(&mut self) -> Input {
        let wake = self.call.poll_timeout().map(|(at, _)| at);
        tokio::select! {
            biased;
            () = until(wake) => Input::Timeout,
            input = receive(LegId::Caller, self.caller.as_mut()) => input,
            input = receive(LegId::Agent, self.agent.as_mut()) => input,
            Some(recognised) = self.results.recv() => Input::Recognised(recognised),
            Some(Ok(input)) = self.effects.join_next() => input,
            Some(Ok(dialled)) = self.dialling.join_next() => self.dialled(dialled),
            Some(assigned) = self.routing.assigned() => Input::Assigned(assigned),
            Some(command) = self.inbox.recv() => Input::Command(command),
        }
    }

    fn dialled(&mut self, dialled: Result<LegIo, u16>) -> Input {
        let event = match dialled {
            Ok(leg) => {
                self.agent = Some(leg);
                LegEvent::Ringing
            }
            Err(status) => LegEvent::Failed { status },
        };
        Input::Leg {
            leg: LegId::Agent,
            event,
        }
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.call.poll_output() {
            match output {
                Output::Transmit { leg, packet } => {
                    if let Some(leg) = self.leg(leg) {
                        leg.send(packet);
                    }
                }
                Output::TransmitRtcp { leg, packet } => {
                    if let Some(leg) = self.leg(leg) {
                        leg.send_rtcp(&packet);
                    }
                }
                Output::Recognise(command) => self.recogniser.command(command),
                Output::Recording { caller, hark } => {
                    if let Some(recorder) = &self.services.recorder {
                        recorder.frame(&self.id, caller, hark);
                    }
                }
                Output::Leg { leg, command } => self.command_leg(leg, command),
                Output::Act {
                    effect,
                    action,
                    deadline,
                } => self.act(effect, action, deadline),
                Output::Render {
                    effect,
                    prompt,
                    text,
                    rate,
                } => self.render(effect, prompt, text, rate),
                Output::ActEarly {
                    effect,
                    action,
                    deadline,
                } => self.act(effect, action, deadline),
                Output::RenderEarly { prompt, text, rate } => self.warm(prompt, text, rate),
                Output::Route(command) => self.route(command),
                Output::Turn(turn) => self.record_turn(turn),
                Output::Ended(record) => self.record_end(*record),
            }
        }
    }

    fn leg(&mut self, leg: LegId) -> Option<&mut LegIo> {
        match leg {
            LegId::Caller => self.caller.as_mut(),
            LegId::Agent => self.agent.as_mut(),
        }
    }

    fn command_leg(&mut self, leg: LegId, command: LegCommand) {
        match (leg, command) {
            (_, LegCommand::Dial { uri, ring_ms }) => {
                let services = self.services.clone();
                let call = self.id.clone();
                self.dialling
                    .spawn(async move { LegIo::dial(&services, &call, &uri, ring_ms).await });
            }
            (leg, LegCommand::Refer { to }) => {
                if let Some(leg) = self.leg(leg) {
                    leg.refer(to);
                }
            }
            (LegId::Caller, LegCommand::Hangup { cause }) => {
                if let Some(leg) = &mut self.caller {
                    leg.hang_up(&cause);
                }
            }
            (LegId::Agent, LegCommand::Hangup { cause }) => {
                self.dialling.abort_all();
                if let Some(mut leg) = self.agent.take() {
                    leg.hang_up(&cause);
                }
            }
        }
    }

    fn act(&mut self, effect: EffectId, action: Action, deadline: std::time::Duration) {
        if self.effects.len() >= EFFECTS_MAX {
            warn!(call = %self.id, action = action.name(), "not done: too much outside work at once");
            return;
        }
        debug!(call = %self.id, action = action.name(), "acting");
        let (shop, call) = (self.services.shop.clone(), self.id.clone());
        self.effects.spawn(async move {
            // `act` keeps the deadline itself: only it knows what silence means for an order that was sent.
            let result = shop.act(&call, action, deadline).await;
            Input::ActionDone { effect, result }
        });
    }

    fn render(&mut self, effect: EffectId, prompt: String, text: String, rate: SampleRate) {
        let voice = Arc::clone(&self.services.voice);
        self.effects.spawn(async move {
            let audio = voice
                .render(&prompt, &text, rate)
                .await
                .map_err(|error| error.to_string());
            Input::PromptReady { effect, audio }
        });
    }

    /// Rendered into the voice's cache, for a moment later.
    fn warm(&mut self, prompt: String, text: String, rate: SampleRate) {
        while self.warming.try_join_next().is_some() {}
        if self.warming.len() >= WARMING_MAX {
            return;
        }
        let voice = Arc::clone(&self.services.voice);
        self.warming.spawn(async move {
            // What cannot be rendered is told when it is to be said.
            let _kept = voice.render(&prompt, &text, rate).await;
        });
    }

    fn route(&mut self, command: RouteCommand) {
        let asked = matches!(
            command,
            RouteCommand::Request { .. }
                | RouteCommand::Report {
                    result: AttemptResult::NoAnswer,
                    ..
                }
        );
        if let Err(error) = self.routing.request(command) {
            warn!(call = %self.id, %error, "transfer not possible");
            if asked {
                self.effects
                    .spawn(async { Input::Assigned(Assigned::NobodyFree) });
            }
        }
    }

    fn record_turn(&self, turn: engine_core::call::record::TurnRecord) {
        if let Err(error) = self.services.store.record_turn(turn.clone()) {
            warn!(call = %self.id, %error, "turn not stored");
        }
        for (label, count) in [
            ("hit", turn.latency.early_hits),
            ("miss", turn.latency.early_misses),
        ] {
            if count > 0 {
                metrics::counter!("hark_early_work_total", "result" => label).increment(u64::from(count));
            }
        }
        if turn.latency.fillers > 0 {
            metrics::counter!("hark_fillers_total").increment(u64::from(turn.latency.fillers));
        }
        if let Some(ms) = turn.latency.reply_ms {
            metrics::histogram!("hark_turn_reply_seconds").record(f64::from(ms) / 1_000.0);
        }
        // Nobody watching is fine.
        let _ = self.services.notices.send(CallNotice::Turn(Arc::new(turn)));
    }

    fn record_end(&self, record: engine_core::call::record::CallRecord) {
        info!(call = %self.id, outcome = ?record.outcome, by = %record.ended_by, turns = record.turns, "call ended");
        metrics::counter!("hark_calls_ended_total", "outcome" => format!("{:?}", record.outcome))
            .increment(1);
        if let Err(error) = self.services.store.call_ended(record.clone()) {
            warn!(call = %self.id, %error, "record not stored");
        }
        let _ = self.services.notices.send(CallNotice::Ended(Arc::new(record)));
    }
}

async fn until(wake: Option<Instant>) {
    match wake {
        Some(at) => sleep_until(at.into()).await,
        None => pending().await,
    }
}

async fn receive(id: LegId, leg: Option<&mut LegIo>) -> Input {
    match leg {
        Some(leg) => leg.receive(id).await,
        None => pending().await,
    }
}
