//! The conversation's side of a call: what was heard goes in, what is to be said and done comes out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::call::output::Output;
use crate::call::record::Heard;
use crate::call::speaker::StoppedBy;
use crate::call::speculation::{Answered, Early, Speculator, Want};
use crate::call::turn::SpeechEnd;
use crate::call::{Call, Phase, Wake};
use crate::conversation::action::{Action, ActionResult, ActionValue, PlacedOrder};
use crate::conversation::event::{Directive, Event, Listen, Note, Speech};
use crate::ids::EffectId;
use crate::limits::{DEAD_AIR_MAX, FILLER_AFTER};
use crate::nlu::decision::Decision;
use crate::nlu::grammar::Grammar;
use crate::nlu::understand::Context;
use crate::speech::barge_in::PromptCommand;
use crate::speech::expectation::Expectation;
use crate::speech::listener::ListenEvent;
use crate::speech::recognition::{RecogniserKind, Transcript};
use crate::speech::verdict::{Verdict, VerdictResult};
use crate::units::Confidence;

/// How long after the last key the answer counts as given.
const KEYS_OVER: Duration = Duration::from_secs(3);

/// How sure a guess takes partial results to be: what the flow asks for at this certainty is begun.
const LIKELY: Confidence = Confidence::new(0.9);

impl Call {
    pub(super) fn greet(&mut self, now: Instant) {
        self.log.open(now, "greeting", Heard::Nothing, None, None);
        self.tell(now, Event::Start);
    }

    /// Does what the conversation wants.
    pub(super) fn follow(&mut self, now: Instant, directive: Directive) {
        match directive {
            Directive::Say(speech) => self.say(speech),
            Directive::Listen(listen) => self.listen(listen),
            Directive::Act { effect, action } => self.act(now, effect, action),
            Directive::HandOver(hand_over) => self.request_human(now, hand_over),
            Directive::End { outcome } => self.close(now, outcome),
            Directive::Note(note) => self.log.note(note),
        }
    }

    pub(super) fn heed_listener(&mut self, now: Instant) {
        while let Some(event) = self.listener.poll() {
            match event {
                ListenEvent::Recognise(command) => self.emit(Output::Recognise(command)),
                ListenEvent::Prompt(command) => self.heed_barge_in(now, command),
                ListenEvent::SpeechStarted { .. } => self.timers.cancel(Wake::DeadAir),
                ListenEvent::UtteranceEnded {
                    reason,
                    speech_end,
                    raised_db,
                    ..
                } => {
                    self.speech_end = Some(SpeechEnd {
                        at: speech_end,
                        cut_at: now,
                        reason,
                        raised_db,
                    });
                    self.watch_silence(now);
                }
                ListenEvent::Verdict(verdict) => self.heard(now, verdict),
                ListenEvent::Likely { words } => self.speculate(now, words),
                ListenEvent::Unlikely => self.speculator.drop_guess(),
                ListenEvent::Dropped { reason, .. } => {
                    self.log.note(note("listening", "dropped", reason));
                    self.watch_silence(now);
                }
                ListenEvent::NoInput => self.no_input(now),
            }
        }
    }

    /// A key outranks speech, the caller's and ours.
    pub(super) fn key(&mut self, now: Instant, key: char) {
        if self.phase != Phase::Talking {
            return;
        }
        self.listener.handle_key();
        self.speculator.drop_guess();
        self.speaker.stop(StoppedBy::Key);
        self.heed_listener(now);
        let expectation = self
            .question
            .as_ref()
            .map_or(&Expectation::Open, |asked| &asked.expectation);
        let answer = self.keypad.press(now, key, expectation);
        if answer.is_some() {
            self.keyed(now, answer);
        } else {
            self.timers.set(Wake::KeysOver, now + KEYS_OVER);
        }
    }

    pub(super) fn keyed(&mut self, now: Instant, keys: Option<String>) {
        self.timers.cancel(Wake::KeysOver);
        let (Some(digits), Phase::Talking) = (keys, &self.phase) else {
            return;
        };
        let step = self.answered_step();
        self.open_turn(
            now,
            &step,
            Heard::Keys {
                digits: digits.clone(),
            },
            None,
            None,
        );
        self.tell(now, Event::Keyed(digits));
    }

    pub(super) fn action_done(&mut self, now: Instant, effect: EffectId, result: ActionResult) {
        if Speculator::owns(effect) {
            return self.early_answer(now, effect, result);
        }
        // After its deadline the conversation has already been told that no answer came.
        if self.pending.done(effect) {
            self.action_result(now, effect, result);
        }
    }

    pub(super) fn action_result(&mut self, now: Instant, effect: EffectId, result: ActionResult) {
        self.log.action_ended(now);
        if let Ok(ActionValue::Placed(receipt)) = &result
            && let Some(key) = self.pending.take_key(effect)
        {
            self.tally.orders.push(PlacedOrder {
                order: receipt.order.clone(),
                number: receipt.number.clone(),
                key,
                total: receipt.total,
            });
        }
        self.tell(now, Event::ActionDone { effect, result });
        self.hear_what_is_known();
        self.finish_if_wrapped_up(now);
    }

    pub(super) fn prompt_ready(&mut self, now: Instant, effect: EffectId, audio: Result<Arc<[i16]>, String>) {
        if let Err(reason) = &audio {
            self.log.note(note("speaking", "not rendered", reason));
        }
        self.speaker.rendered(effect, audio.clone());
        self.whisperer.rendered(effect, audio);
        self.after_speech(now);
        self.after_whisper(now);
    }

    /// Called whenever Hark may have fallen silent.
    pub(super) fn after_speech(&mut self, now: Instant) {
        if !self.speaker.is_idle() {
            return;
        }
        if let Phase::Closing { by } = &self.phase {
            let by = by.clone();
            self.hang_up(now, &by);
        } else if std::mem::take(&mut self.spoke) {
            if self.question.is_some() && self.pending.is_empty() {
                self.close_turn();
            }
            self.tell(now, Event::SpeechDone);
        }
    }

    /// Arms or disarms the guard against silence while it is our turn.
    pub(super) fn watch_silence(&mut self, now: Instant) {
        let ours = self.phase == Phase::Talking
            && (self.question.is_none() || self.listener.is_judging())
            && !self.listener.is_hearing()
            && self.speaker.is_idle()
            && !self.transfer.is_waiting()
            && !self.transfer.is_joined();
        if !ours {
            self.timers.cancel(Wake::DeadAir);
        } else if !self.timers.is_set(Wake::DeadAir) {
            self.timers.set(Wake::DeadAir, self.silence_ends(now));
        }
    }

    /// When to say that we are at work: soon after the caller's last word, but not again in the same turn
    /// nor in the next; a clerk who says "one moment" every time sounds like a machine.
    fn silence_ends(&self, now: Instant) -> Instant {
        let heard_out = self
            .speech_end
            .as_ref()
            .map(|end| end.at)
            .or_else(|| self.log.unanswered_since());
        match heard_out {
            Some(at) if self.log.fillers() == 0 && !self.filled_last => (at + FILLER_AFTER).max(now),
            Some(_) | None => now + DEAD_AIR_MAX,
        }
    }

    /// It is our turn and nothing has been heard from us for too long: say that the line lives.
    pub(super) fn still_waiting(&mut self, now: Instant) {
        self.tell(now, Event::StillWaiting);
    }

    /// Nothing has been heard from us for too long: say so, and count it.
    pub(super) fn fill(&mut self, now: Instant) {
        if self.listener.is_judging() {
            self.log.filled_early();
        } else {
            self.log.filled();
        }
        self.still_waiting(now);
    }

    pub(super) fn say(&mut self, speech: Speech) {
        self.speculator.said(&speech);
        let effect = self.render(&speech);
        self.log.said(&speech.text);
        self.timers.cancel(Wake::DeadAir);
        self.spoke = true;
        self.speaker.say(effect, speech);
    }

    /// Asks for a sentence's sound.
    pub(super) fn render(&mut self, speech: &Speech) -> EffectId {
        let effect = self.next_render;
        self.next_render = effect.next();
        self.emit(Output::Render {
            effect,
            prompt: speech.prompt.clone(),
            text: speech.text.clone(),
            rate: self.rate(),
        });
        effect
    }

    fn listen(&mut self, listen: Listen) {
        self.keypad.clear();
        self.log.begun_early(self.speculator.settle());
        let grammar = self.grammar(&listen.expectation);
        self.listener.listen(
            listen.expectation.clone(),
            grammar,
            listen.pace,
            listen.no_input_ms,
        );
        self.question = Some(listen);
    }

    fn grammar(&mut self, expectation: &Expectation) -> Arc<Grammar> {
        let beside = self.conversation.beside(expectation);
        self.grammars.grammar(&self.site, expectation, beside)
    }

    /// The shop may have told by now who calls, and where they live, while the question stands.
    fn hear_what_is_known(&mut self) {
        let Some(question) = self.question.as_ref() else {
            return;
        };
        let expectation = question.expectation.clone();
        let grammar = self.grammar(&expectation);
        self.listener.hear_with(grammar);
    }

    fn act(&mut self, now: Instant, effect: EffectId, action: Action) {
        let wait = self.site.deadline(&action);
        self.log.action_began(now);
        match self.speculator.take(now, effect, &action) {
            Some(Early::Ready(result)) => return self.ready.push_back((effect, result)),
            Some(Early::Coming) => return self.pending.add(effect, &action, now + wait),
            None => self.pending.add(effect, &action, now + wait),
        }
        self.emit(Output::Act {
            effect,
            action,
            deadline: wait,
        });
    }

    /// Begins what these words will need, if they turn out to be the answer.
    fn speculate(&mut self, now: Instant, words: String) {
        let (Phase::Talking, Some(question)) = (&self.phase, &self.question) else {
            return;
        };
        let transcript = Transcript {
            text: words,
            confidence: LIKELY,
            ..Transcript::default()
        };
        let decision = self.understand(&transcript, &question.expectation);
        let twin = self.conversation.clone();
        let wants = self.speculator.guess(now, twin, Event::Heard(decision));
        self.begin_early(wants);
    }

    fn begin_early(&mut self, wants: Vec<Want>) {
        for want in wants {
            let output = match want {
                Want::Lookup { effect, action } => Output::ActEarly {
                    effect,
                    deadline: self.site.deadline(&action),
                    action: *action,
                },
                Want::Words(speech) => Output::RenderEarly {
                    prompt: speech.prompt,
                    text: speech.text,
                    rate: self.rate(),
                },
            };
            self.emit(output);
        }
    }

    fn early_answer(&mut self, now: Instant, effect: EffectId, result: ActionResult) {
        match self.speculator.answered(now, effect, result) {
            Answered::Kept(wants) => self.begin_early(wants),
            Answered::For(effect, result) => self.action_done(now, effect, result),
            Answered::Stale => {}
        }
    }

    fn heed_barge_in(&mut self, now: Instant, command: PromptCommand) {
        match command {
            PromptCommand::Pause => self.speaker.pause(),
            PromptCommand::Resume => self.speaker.resume(),
            PromptCommand::Stop => {
                self.tally.barge_ins = self.tally.barge_ins.saturating_add(1);
                self.speaker.stop(StoppedBy::Voice);
                self.tell(now, Event::BargedIn);
            }
        }
    }

    fn heard(&mut self, now: Instant, verdict: Verdict) {
        let speech_end = self.speech_end.take();
        self.speculator.freeze();
        if self.phase != Phase::Talking {
            return;
        }
        let Some(question) = self.question.take() else {
            self.overheard(now, verdict);
            return;
        };
        match verdict.result {
            VerdictResult::Words {
                recogniser,
                transcript,
                disputed,
            } => {
                let decision = Decision {
                    disputed,
                    ..self.understand(&transcript, &question.expectation)
                };
                let heard = Heard::Speech {
                    recogniser,
                    transcript,
                };
                self.open_turn(
                    now,
                    &question.step,
                    heard,
                    Some(decision.clone()),
                    speech_end.as_ref(),
                );
                self.note_verdict(&question.step, recogniser, &verdict.reason, disputed);
                self.tell_effort(now, speech_end);
                self.tell(now, Event::Heard(decision));
            }
            VerdictResult::Unrecognised => {
                self.open_turn(
                    now,
                    &question.step,
                    Heard::Unrecognised,
                    None,
                    speech_end.as_ref(),
                );
                self.log
                    .note(note(&question.step, "not recognised", &verdict.reason));
                self.tell_effort(now, speech_end);
                self.tell(now, Event::NotUnderstood);
            }
        }
    }

    fn tell_effort(&mut self, now: Instant, speech_end: Option<SpeechEnd>) {
        if let Some(db) = speech_end.and_then(|end| end.raised_db) {
            self.tell(now, Event::RaisedVoice { db });
        }
    }

    /// We are at work on what was said before. A wish to stop or for a person counts all the same.
    fn overheard(&mut self, now: Instant, verdict: Verdict) {
        if let VerdictResult::Words { transcript, .. } = verdict.result {
            let decision = self.understand(&transcript, &Expectation::Open);
            self.tell(now, Event::Heard(decision));
        } else {
            self.log
                .note(note("listening", "not taken", "spoken while we were busy"));
            self.watch_silence(now);
        }
    }

    fn understand(&self, transcript: &Transcript, expectation: &Expectation) -> Decision {
        let context = Context {
            expectation,
            lexicon: &self.site.lexicon,
            candidates: &[],
        };
        let decision = self
            .site
            .understander
            .understand(&transcript.text, transcript.confidence, &context);
        self.site.flows.hear(decision)
    }

    fn note_verdict(&mut self, step: &str, recogniser: RecogniserKind, reason: &str, disputed: bool) {
        let what = if disputed {
            "recognisers differ"
        } else {
            "recognised"
        };
        self.log
            .note(note(step, what, &format!("{recogniser:?}: {reason}")));
    }

    fn no_input(&mut self, now: Instant) {
        if self.phase != Phase::Talking || self.question.is_none() {
            return;
        }
        let step = self.answered_step();
        self.open_turn(now, &step, Heard::Silence, None, None);
        self.tell(now, Event::Silence);
    }

    /// Takes the open question as answered and gives its step.
    fn answered_step(&mut self) -> String {
        self.question
            .take()
            .map_or_else(|| "unasked".to_owned(), |question| question.step)
    }

    fn open_turn(
        &mut self,
        now: Instant,
        step: &str,
        heard: Heard,
        decision: Option<Decision>,
        speech_end: Option<&SpeechEnd>,
    ) {
        self.filled_last = self.log.fillers() > 0;
        self.close_turn();
        self.log.open(now, step, heard, decision, speech_end);
    }

    pub(super) fn close_turn(&mut self) {
        if let Some(record) = self.log.close() {
            let private = self.conversation.private_words();
            self.emit(Output::Turn(record.without(&private)));
        }
    }
}

pub(super) fn note(step: &str, what: &str, why: &str) -> Note {
    Note {
        choice: None,
        step: step.to_owned(),
        what: what.to_owned(),
        why: why.to_owned(),
    }
}
