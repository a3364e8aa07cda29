//! The listener: from inbound frames to utterances, from recognisers' answers to verdicts.
//!
//! It is always on, also while Hark speaks, which is what makes barge-in possible. Call
//! [`Listener::handle_frame`] on every 20 ms tick, with silence where nothing arrived.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::audio::frame::Frame;
use crate::audio::level::{SILENCE_DBOV, level_dbov};
use crate::ids::UtteranceId;
use crate::nlu::grammar::Grammar;
use crate::speech::barge_in::{BargeIn, Prompt, PromptCommand};
use crate::speech::echo_guard::{EchoGuard, EchoPath};
use crate::speech::effort::VocalEffort;
use crate::speech::endpointing::{Endpointer, Pace};
use crate::speech::expectation::Expectation;
use crate::speech::lead_in::LeadIn;
use crate::speech::recognition::{RecogniseCommand, Recognised};
use crate::speech::utterance::Utterance;
use crate::speech::vad::{Activity, Source, Vad, VadFrame, VadMode};
use crate::speech::verdict::{Capabilities, Jury, Verdict, VerdictResult};
use crate::timer::Timers;

/// Hears one caller.
#[derive(Debug)]
pub struct Listener {
    capabilities: Capabilities,
    vad: Vad,
    echo_guard: EchoGuard,
    endpointer: Endpointer,
    barge_in: BargeIn,
    effort: VocalEffort,
    /// `None` until the first question: what is said before it is not for us.
    asked: Option<Asked>,
    prompt: Prompt,
    lead_in: LeadIn,
    speaking: Option<Utterance>,
    /// The utterance that has ended and waits for its verdict.
    judging: Option<(Jury, Expectation)>,
    /// When the last turn was ended, and its longest pause.
    last_cut: Option<(Instant, Duration)>,
    next_utterance: UtteranceId,
    timers: Timers<ListenTimer>,
    events: VecDeque<ListenEvent>,
}

/// Something the call must act on.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "frames are inline on purpose; an event is moved once and never kept"
)]
pub enum ListenEvent {
    /// To the recognisers.
    Recognise(RecogniseCommand),
    /// To the mouth: pause at once, then either go on or stop for good.
    Prompt(PromptCommand),
    SpeechStarted {
        utterance: UtteranceId,
        at: Instant,
    },
    /// The caller's turn is over; a [`ListenEvent::Verdict`] or [`ListenEvent::Dropped`] follows.
    UtteranceEnded {
        utterance: UtteranceId,
        /// Why here: "yes_no complete, 200 ms".
        reason: String,
        /// The last frame with voice: replies are timed from here.
        speech_end: Instant,
        /// So many dB louder than is usual for this caller, where that is much.
        raised_db: Option<f32>,
    },
    Verdict(Verdict),
    /// Silence has begun and the words look complete: these will probably be the answer.
    Likely {
        words: String,
    },
    /// They will not: speech goes on, or the words have changed.
    Unlikely,
    /// A sound that was no turn of the caller's: a cough, a murmur over our words, speech over protected ones.
    Dropped {
        utterance: UtteranceId,
        reason: &'static str,
    },
    /// Nothing was said for as long as the question allows. Comes once per [`Listener::listen`].
    NoInput,
}

/// Why the listener wants to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListenTimer {
    NoInput,
    /// A recogniser has not answered.
    Verdict,
}

/// What Hark itself puts on the line during a tick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Played {
    /// The prompt under way, also while it is paused.
    pub prompt: Prompt,
    /// The level of the frame that is sent, in dBov: for the echo guard.
    pub level_dbov: f32,
}

#[derive(Debug)]
struct Asked {
    expectation: Expectation,
    grammar: Arc<Grammar>,
    pace: Pace,
    no_input: Duration,
    /// No answer has been given yet: silence counts.
    open: bool,
}

impl Played {
    /// Nothing is played and no prompt waits.
    pub const SILENCE: Self = Self {
        prompt: Prompt::Silent,
        level_dbov: SILENCE_DBOV,
    };

    pub fn frame(prompt: Prompt, frame: &Frame) -> Self {
        Self {
            prompt,
            level_dbov: level_dbov(frame.samples()),
        }
    }
}

impl Listener {
    pub fn new(vad_mode: VadMode, capabilities: Capabilities) -> Self {
        Self {
            capabilities,
            vad: Vad::new(vad_mode),
            echo_guard: EchoGuard::default(),
            endpointer: Endpointer::default(),
            barge_in: BargeIn::default(),
            effort: VocalEffort::default(),
            asked: None,
            prompt: Prompt::Silent,
            lead_in: LeadIn::new(),
            speaking: None,
            judging: None,
            last_cut: None,
            next_utterance: UtteranceId(1),
            timers: Timers::default(),
            events: VecDeque::new(),
        }
    }

    /// Another way to find the end of a turn: for evaluations.
    #[must_use]
    pub fn with_endpointer(mut self, endpointer: Endpointer) -> Self {
        self.endpointer = endpointer;
        self
    }

    /// Asks: what is heard from now on is an answer to this. May be called before the question has been
    /// spoken; the silence of `no_input_ms` is counted from the end of the prompt. An utterance under
    /// way keeps the grammar it began with.
    pub fn listen(&mut self, expectation: Expectation, grammar: Arc<Grammar>, pace: Pace, no_input_ms: u32) {
        let no_input = Duration::from_millis(u64::from(no_input_ms));
        self.asked = Some(Asked {
            expectation,
            grammar,
            pace,
            no_input,
            open: true,
        });
        self.timers.cancel(ListenTimer::NoInput);
        self.barge_in.question_asked();
    }

    /// The question stands, and the next utterance is heard with this grammar.
    pub fn hear_with(&mut self, grammar: Arc<Grammar>) {
        if let Some(asked) = &mut self.asked {
            asked.grammar = grammar;
        }
    }

    /// Stops listening for good or until the next [`Listener::listen`]: the call ends or an agent takes over.
    pub fn stop(&mut self) {
        self.cancel_all();
        self.asked = None;
        self.timers.cancel(ListenTimer::NoInput);
        let command = self.barge_in.reset();
        self.emit_prompt(command);
    }

    /// Hears one frame, given what Hark plays at the same time.
    pub fn handle_frame(&mut self, now: Instant, frame: &Frame, played: Played) {
        self.prompt_is(played.prompt);
        let source = self
            .echo_guard
            .handle_levels(level_dbov(frame.samples()), played.level_dbov);
        let vad = self.vad.handle_frame(frame, source);
        match self.speaking.take() {
            Some(utterance) => self.go_on(now, frame, utterance, &vad),
            None if vad.activity == Activity::Start => self.begin(now, frame),
            None => {
                self.lead_in.push(frame, is_line_alone(source, &vad));
                self.suspect(now, vad.suspected);
            }
        }
        self.arm_no_input(now);
    }

    /// A recogniser has answered.
    pub fn handle_recognised(&mut self, now: Instant, recognised: Recognised) {
        if let Some(utterance) = &mut self.speaking
            && utterance.id() == recognised.utterance
        {
            if utterance.handle_recognised(now, recognised) && utterance.retract() {
                self.events.push_back(ListenEvent::Unlikely);
            }
            self.consider_barge_in(now);
            return;
        }
        if let Some((jury, _)) = &mut self.judging {
            jury.handle_recognised(recognised);
            self.conclude(now);
        }
    }

    /// The caller pressed a key: it outranks whatever is being said, by either side.
    pub fn handle_key(&mut self) {
        self.cancel_all();
        self.timers.cancel(ListenTimer::NoInput);
        let command = self.barge_in.key(self.prompt);
        self.emit_prompt(command);
    }

    /// A deadline of [`Listener::poll_timeout`] has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(timer) = self.timers.expired(now) {
            match timer {
                ListenTimer::NoInput => {
                    self.close_question();
                    self.events.push_back(ListenEvent::NoInput);
                }
                ListenTimer::Verdict => self.conclude(now),
            }
        }
    }

    /// The next event; poll until `None` after every `handle_*`.
    pub fn poll(&mut self) -> Option<ListenEvent> {
        self.events.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<(Instant, ListenTimer)> {
        self.timers.next()
    }

    /// Whether the caller is in the middle of an utterance.
    pub const fn is_hearing(&self) -> bool {
        self.speaking.is_some()
    }

    /// Whether an utterance has ended and its words are awaited.
    pub const fn is_judging(&self) -> bool {
        self.judging.is_some()
    }

    pub const fn echo_path(&self) -> EchoPath {
        self.echo_guard.path()
    }

    fn prompt_is(&mut self, prompt: Prompt) {
        if prompt == Prompt::Silent {
            let command = self.barge_in.reset();
            self.emit_prompt(command);
        }
        if prompt != Prompt::Protected
            && let Some(utterance) = &mut self.speaking
        {
            utterance.unheard = false;
        }
        self.prompt = prompt;
    }

    fn suspect(&mut self, now: Instant, suspected: bool) {
        let command = if suspected && self.asked.is_some() {
            self.barge_in.speech_suspected(now, self.prompt)
        } else {
            self.barge_in.nobody_yet(now)
        };
        self.emit_prompt(command);
    }

    fn begin(&mut self, now: Instant, frame: &Frame) {
        let Some(asked) = &self.asked else {
            self.lead_in.push(frame, false);
            return;
        };
        let id = self.next_utterance;
        self.next_utterance = id.next();
        let jury = Jury::new(id, &asked.expectation, self.capabilities);
        let utterance = Utterance::new(now, jury, self.prompt == Prompt::Protected);
        let (rate, grammar) = (frame.rate(), Arc::clone(&asked.grammar));
        let line = if grammar.told_at_length {
            self.lead_in.line(rate)
        } else {
            Vec::new()
        };
        self.recognise(RecogniseCommand::Begin {
            utterance: id,
            rate,
            grammar,
            line,
        });
        for frame in self.lead_in.take_onset().into_iter().chain([frame.clone()]) {
            self.recognise(RecogniseCommand::Audio { utterance: id, frame });
        }
        self.learn_from_the_last_cut(now);
        self.timers.cancel(ListenTimer::NoInput);
        self.effort.begin();
        self.events.push_back(ListenEvent::SpeechStarted {
            utterance: id,
            at: utterance.began(),
        });
        self.speaking = Some(utterance);
        let command = self.barge_in.speech_started(now, self.prompt);
        self.emit_prompt(command);
    }

    /// Speech right after a cut, before Hark said anything, means that the cut was wrong.
    fn learn_from_the_last_cut(&mut self, now: Instant) {
        let Some((cut, longest_pause)) = self.last_cut.take() else {
            return;
        };
        if self.prompt == Prompt::Silent && now.saturating_duration_since(cut) < WRONG_CUT {
            self.endpointer.cut_was_wrong();
        } else {
            self.endpointer.cut_was_right(longest_pause);
        }
    }

    fn go_on(&mut self, now: Instant, frame: &Frame, mut utterance: Utterance, vad: &VadFrame) {
        if vad.voiced && self.prompt == Prompt::Silent {
            self.effort
                .handle_voiced(vad.level_dbov, self.vad.noise_floor_dbov());
        }
        self.recognise(RecogniseCommand::Audio {
            utterance: utterance.id(),
            frame: frame.clone(),
        });
        if let Some(command) = utterance.handle_frame(now, vad.activity, vad.voiced) {
            if matches!(command, RecogniseCommand::Resume { .. }) && utterance.retract() {
                self.events.push_back(ListenEvent::Unlikely);
            }
            self.recognise(command);
        }
        self.speaking = Some(utterance);
        self.consider_barge_in(now);
        self.consider_cut(now);
    }

    fn consider_barge_in(&mut self, now: Instant) {
        let (Some(utterance), Some(asked)) = (&self.speaking, &self.asked) else {
            return;
        };
        let command = self
            .barge_in
            .consider(now, utterance.voiced(), utterance.words(), &asked.expectation);
        self.emit_prompt(command);
    }

    fn consider_cut(&mut self, now: Instant) {
        let (Some(utterance), Some(asked)) = (&self.speaking, &self.asked) else {
            return;
        };
        let cut = self
            .endpointer
            .judge(&asked.expectation, asked.pace, &utterance.so_far(now));
        if let Some(cut) = cut
            && let Some(utterance) = self.speaking.take()
        {
            self.end(now, utterance, cut.reason);
        } else {
            self.consider_guess(now);
        }
    }

    /// Tells the likely words once, when they have stood still into the silence.
    fn consider_guess(&mut self, now: Instant) {
        let (Some(utterance), Some(asked)) = (&mut self.speaking, &self.asked) else {
            return;
        };
        let quiet = self.prompt == Prompt::Silent && asked.open;
        if quiet && let Some(words) = utterance.guess(now, &asked.expectation) {
            self.events.push_back(ListenEvent::Likely { words });
        }
    }

    fn end(&mut self, now: Instant, mut utterance: Utterance, reason: String) {
        let id = utterance.id();
        if utterance.unheard {
            return self.drop_utterance(id, "over a protected prompt");
        }
        if utterance.is_noise() {
            return self.drop_utterance(id, "too short");
        }
        self.conclude_early(now);
        self.recognise(RecogniseCommand::End { utterance: id });
        let speech_end = utterance.last_voiced();
        self.events.push_back(ListenEvent::UtteranceEnded {
            utterance: id,
            reason,
            speech_end,
            raised_db: self.effort.finish(),
        });
        self.last_cut = Some((now, utterance.longest_pause()));
        utterance.jury.end(now);
        let expectation = self
            .asked
            .as_ref()
            .map_or(Expectation::Open, |asked| asked.expectation.clone());
        self.judging = Some((utterance.jury, expectation));
        self.conclude(now);
    }

    fn drop_utterance(&mut self, utterance: UtteranceId, reason: &'static str) {
        self.recognise(RecogniseCommand::Cancel { utterance });
        self.events.push_back(ListenEvent::Unlikely);
        self.events.push_back(ListenEvent::Dropped { utterance, reason });
        let command = self.barge_in.heard(None, &Expectation::Open);
        self.emit_prompt(command);
    }

    /// A newer utterance has ended: the older one gets its verdict from what is known.
    fn conclude_early(&mut self, now: Instant) {
        if let Some((mut jury, expectation)) = self.judging.take()
            && let Some(verdict) = jury.decide_now(now)
        {
            self.deliver(&jury, verdict, &expectation);
        }
    }

    fn conclude(&mut self, now: Instant) {
        let Some((mut jury, expectation)) = self.judging.take() else {
            return;
        };
        if let Some(verdict) = jury.decide(now) {
            self.timers.cancel(ListenTimer::Verdict);
            self.deliver(&jury, verdict, &expectation);
            return;
        }
        if let Some(deadline) = jury.deadline() {
            self.timers.set(ListenTimer::Verdict, deadline);
        }
        self.judging = Some((jury, expectation));
    }

    fn deliver(&mut self, jury: &Jury, verdict: Verdict, expectation: &Expectation) {
        let utterance = verdict.utterance;
        if jury.is_awaiting() {
            self.recognise(RecogniseCommand::Cancel { utterance });
        }
        let words = match &verdict.result {
            VerdictResult::Words { transcript, .. } => Some(transcript.text.as_str()),
            VerdictResult::Unrecognised => None,
        };
        let command = self.barge_in.heard(words, expectation);
        self.emit_prompt(command);
        if self.barge_in.is_undecided() {
            // Hark goes on speaking: a murmur over its words is no turn.
            self.events.push_back(ListenEvent::Dropped {
                utterance,
                reason: "a murmur over a prompt",
            });
            return;
        }
        self.close_question();
        self.events.push_back(ListenEvent::Verdict(verdict));
    }

    fn close_question(&mut self) {
        self.timers.cancel(ListenTimer::NoInput);
        if let Some(asked) = &mut self.asked {
            asked.open = false;
        }
    }

    /// The clock of silence runs only while it is the caller's turn and nobody makes a sound.
    fn arm_no_input(&mut self, now: Instant) {
        let Some(asked) = self.asked.as_ref().filter(|asked| asked.open) else {
            return;
        };
        if self.speaking.is_some() || self.judging.is_some() {
            self.timers.cancel(ListenTimer::NoInput);
        } else if self.prompt != Prompt::Silent || !self.timers.is_set(ListenTimer::NoInput) {
            self.timers.set(ListenTimer::NoInput, now + asked.no_input);
        }
    }

    fn cancel_all(&mut self) {
        let speaking = self.speaking.take().map(|utterance| utterance.id());
        let judging = self.judging.take().map(|(jury, _)| jury.utterance());
        self.timers.cancel(ListenTimer::Verdict);
        for utterance in speaking.into_iter().chain(judging) {
            self.recognise(RecogniseCommand::Cancel { utterance });
        }
    }

    fn recognise(&mut self, command: RecogniseCommand) {
        self.events.push_back(ListenEvent::Recognise(command));
    }

    fn emit_prompt(&mut self, command: Option<PromptCommand>) {
        self.events.extend(command.map(ListenEvent::Prompt));
    }
}

/// Whether a frame is what the line sounds like while neither the caller nor, as an echo, Hark speaks. Digital silence is
/// no line: a muted microphone, or packets that did not come.
fn is_line_alone(source: Source, vad: &VadFrame) -> bool {
    source == Source::NearEnd
        && vad.activity == Activity::Silence
        && !vad.voiced
        && vad.level_dbov > SILENCE_DBOV
}

/// Speech that resumes within this time of a cut was cut off.
const WRONG_CUT: Duration = Duration::from_millis(600);

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;
