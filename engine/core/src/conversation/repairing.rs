//! When an answer fails: the next rung of the ladder, whatever question was open.

use crate::conversation::confirm::Wants;
use crate::conversation::flow::{Place, StepKind, Wording};
use crate::conversation::machine::{Conversation, Listening, Question, State};
use crate::conversation::repair::{BY_KEYS, Failure, Failures, Rung};

impl Conversation {
    pub(crate) fn not_understood(&mut self) {
        self.failed(Failure::NoMatch, "no recogniser understood it");
    }

    pub(crate) fn silence(&mut self) {
        let flows = std::sync::Arc::clone(&self.flows);
        // To a guess of Hark's own, silence says no more than elsewhere.
        if let State::Listening(listening) = &self.state
            && let (Question::Ask, StepKind::Ask(ask)) = (&listening.question, &flows.step(self.place).kind)
            && let Some(place) = ask.on_silence
        {
            self.go(place);
            self.run();
            return;
        }
        if self.goes_on_from_goodbye(None) {
            return;
        }
        // Who spoke over it has not heard it out, whatever they said.
        if self.cut_short || !self.let_stand() {
            self.failed(Failure::NoInput, "the caller said nothing");
        }
    }

    pub(crate) fn failed(&mut self, failure: Failure, why: &str) {
        match std::mem::replace(&mut self.state, State::Running) {
            State::Listening(Listening { question, failures }) => {
                self.fail(failure, question, failures, why);
                self.run();
            }
            other @ (State::Running | State::Working { .. } | State::Transferring { .. } | State::Ended) => {
                self.state = other;
            }
        }
    }

    /// One rung up the ladder, for whatever question was open.
    pub(crate) fn fail(&mut self, failure: Failure, question: Question, mut failures: Failures, why: &str) {
        let (wording, give_up) = self.open_wording();
        if failure != Failure::NoInput {
            self.misunderstood();
        }
        if self.is_fed_up(failure) {
            self.note("frustrated", &format!("{why}, and the caller is displeased"));
            return self.give_up(failure, give_up, failures);
        }
        let rung = failures.climb(failure, &wording, self.keys);
        let question = self.without_prompts_in_vain(question.asked(), failures);
        let own = own_prompt(&question, &wording);
        match (rung, own) {
            (Rung::GiveUp(failure), _) => return self.give_up(failure, give_up, failures),
            // What the ladder has to say asks for another answer than this question wants.
            (Rung::Say { what, prompt }, Some((kind, own))) => {
                let first = what == "reprompt" && kind == "keypad";
                self.note(if first { what } else { kind }, why);
                if first {
                    self.say(prompt);
                }
                self.say(own);
            }
            (Rung::Say { what, prompt }, None) => {
                self.note(what, why);
                self.say(prompt);
            }
            (Rung::Again, own) => {
                self.note("reprompt", why);
                self.say(match failure {
                    Failure::NoInput => STILL_THERE,
                    Failure::NoMatch | Failure::OutOfScope => NOT_UNDERSTOOD,
                });
                self.say(&wording.prompt);
                if let Some((_, own)) = own {
                    self.say(own);
                }
            }
        }
        // A guess that failed is not asked twice: the step's own question stands again.
        let question = match question {
            Question::Intent(_) | Question::Value(_) => Question::Ask,
            Question::Ask | Question::Draft(_) | Question::Change(_) | Question::Reservation(_) => question,
        };
        self.listen(Listening { question, failures });
    }

    /// The sentences of the open question, and where its giving up leads.
    pub(crate) fn open_wording(&self) -> (Wording, Option<Place>) {
        let question = self.flows.step(self.place).kind.question();
        question.map_or_else(Default::default, |(wording, give_up)| (wording.clone(), give_up))
    }

    /// Two prompts for a key were enough: words, where the policy takes them.
    fn without_prompts_in_vain(&mut self, question: Question, failures: Failures) -> Question {
        if question.wants() != Wants::Key || failures.count() < KEY_PROMPTS_MAX {
            return question;
        }
        let why = "two prompts for a key stayed unanswered";
        match question {
            Question::Draft(readback) => {
                Question::Draft(self.without_keys(readback, why).unwrap_or_else(|same| same))
            }
            Question::Change(readback) => {
                Question::Change(self.without_keys(readback, why).unwrap_or_else(|same| same))
            }
            Question::Reservation(readback) => {
                Question::Reservation(self.without_keys(readback, why).unwrap_or_else(|same| same))
            }
            other @ (Question::Ask | Question::Intent(_) | Question::Value(_)) => other,
        }
    }

    fn give_up(&mut self, failure: Failure, place: Option<Place>, failures: Failures) {
        self.note(
            "gave_up",
            &format!("{} failures at one question", failures.count()),
        );
        match (failure, place) {
            (Failure::NoInput, _) => self.call(self.flows.fallbacks.silent, self.place),
            (Failure::NoMatch | Failure::OutOfScope, Some(place)) => self.go(place),
            (Failure::NoMatch | Failure::OutOfScope, None) => self.give_up_to_a_human(),
        }
    }

    pub(crate) fn give_up_to_a_human(&mut self) {
        self.memory.reason = "repair".to_owned();
        self.memory.given_up = self.memory.given_up.saturating_add(1);
        self.leave_for(self.flows.fallbacks.give_up);
    }
}

/// What a read-back asks for in words of its own, and what records call that.
pub(crate) fn own_prompt<'w>(question: &Question, wording: &'w Wording) -> Option<(&'static str, &'w str)> {
    match question.wants() {
        Wants::Key => Some(("keypad", wording.keypad.as_deref().unwrap_or(BY_KEYS))),
        Wants::NamedYes => Some(("second_yes", question.named_yes().prompt)),
        Wants::Answer | Wants::PlainYes => None,
    }
}

/// Prompts for a key that may stay unanswered before something else is asked for.
const KEY_PROMPTS_MAX: u8 = 2;
const NOT_UNDERSTOOD: &str = "common.not_understood";
const STILL_THERE: &str = "common.still_there";

/// Prompts that the machine says by itself: they must exist whatever the flows say.
pub(crate) const OWN_PROMPTS: &[&str] = &[NOT_UNDERSTOOD, STILL_THERE];
