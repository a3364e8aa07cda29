//! What is read back, agreed to and sent: a new order, a change of one, a reservation. All go one way, so that a
//! yes means as much for one as for another. The yes itself is judged in `confirm`.

use crate::conversation::action::{Action, ActionError, ActionResult};
use crate::conversation::confirm::{Confirmed, Readback, Restates, Verdict, Wants};
use crate::conversation::flow::{Confirm, Place, StepKind, Subject};
use crate::conversation::keypad::KEY_OR_NUMBER;
use crate::conversation::machine::{Conversation, Listening, Question, State};
use crate::conversation::memory::Memory;
use crate::conversation::repair::{BY_KEYS, Failure, Failures};
use crate::conversation::work::Work;
use crate::ids::IdempotencyKey;
use crate::nlu::decision::Decision;

/// A thing that is sent to the shop after a yes to it, and never without.
pub(crate) trait Agreed: Restates + Clone + PartialEq {
    const SUBJECT: Subject;

    /// The question that its read-back asks.
    fn question(readback: Readback<Self>) -> Question;
    /// Where the yes to it is kept until it is sent.
    fn yes(memory: &mut Memory) -> &mut Option<Confirmed<Self>>;
    /// What is wanted as things stand: a yes to anything else is void.
    fn wanted(memory: &Memory) -> Option<Self>;
    /// After a plain no.
    fn rejected(talk: &mut Conversation);
    fn key(&self, memory: &Memory) -> IdempotencyKey;
    /// The branch, where this very thing was sent in this call and answered.
    fn done_before(_talk: &mut Conversation, _key: &IdempotencyKey) -> Option<&'static str> {
        None
    }
    fn action(agreed: Confirmed<Self>, key: IdempotencyKey) -> Action;
}

impl Conversation {
    /// Says what is to be confirmed, and asks for what the line can carry.
    pub(crate) fn read_back<T: Agreed>(&mut self, confirm: &Confirm, readback: Readback<T>) {
        self.ask_back(confirm, &confirm.wording.prompt, readback);
    }

    /// The same in the words of this prompt.
    pub(crate) fn ask_back<T: Agreed>(&mut self, confirm: &Confirm, prompt: &str, readback: Readback<T>) {
        let readback = if readback.wants() == Wants::Key && !self.keys {
            match self.without_keys(readback, "this line carries no keys") {
                // The read-back itself comes first, and its answer may already be a yes.
                Ok(readback) => readback.from_the_start(),
                Err(_) => {
                    return self
                        .leave_readback(confirm, "no key can come, and the risk is too high for words");
                }
            }
        } else {
            readback
        };
        self.say_as(prompt, confirm.wording.barge_in);
        if readback.wants() == Wants::Key {
            self.say(confirm.wording.keypad.as_deref().unwrap_or(BY_KEYS));
        }
        self.listen(Listening {
            question: T::question(readback),
            failures: Failures::default(),
        });
    }

    /// What the policy takes instead of a key; the read-back as it was where only a key will do.
    pub(crate) fn without_keys<T: Restates>(
        &mut self,
        readback: Readback<T>,
        why: &str,
    ) -> Result<Readback<T>, Readback<T>> {
        let instead = readback
            .choice()
            .and_then(|choice| self.policy.without_keys(choice));
        let Some(terms) = instead else {
            return Err(readback);
        };
        self.note_choice("without_keys", &format!("{why}; {terms}"), terms.clone());
        Ok(readback.without_keys(terms))
    }

    /// Who answers in words where a key was asked for goes on in words, as far as the policy takes them: asking
    /// for the key again would ask for what they do not do.
    fn take_words<T: Agreed>(
        &mut self,
        confirm: &Confirm,
        readback: Readback<T>,
        failures: Failures,
        why: &'static str,
    ) {
        let terms = readback
            .choice()
            .and_then(|choice| self.policy.without_keys(choice));
        let in_words = terms.map(|terms| (readback.clone().without_keys(terms.clone()), terms));
        let Some((readback, terms)) = in_words.filter(|(readback, _)| readback.has_plain_yes()) else {
            return self.fail(Failure::NoMatch, T::question(readback), failures, why);
        };
        self.note_choice("without_keys", &format!("{why}; {terms}"), terms);
        match self.as_far_as_heard(readback).by_plain_yes() {
            Ok(verdict) => self.conclude(confirm, verdict, failures, ""),
            Err(readback) => {
                // "One" may have been how many: who hears all of it again can still say so.
                if self.memory.heard.decided_by == KEY_OR_NUMBER {
                    self.say(
                        confirm
                            .wording
                            .reprompt
                            .as_deref()
                            .unwrap_or(&confirm.wording.prompt),
                    );
                }
                self.ask_more(readback.wants(), T::question(readback), failures, why);
            }
        }
    }

    /// Who spoke over a read-back has not heard all of what they say yes to.
    pub(crate) fn as_far_as_heard<T: Restates>(&self, readback: Readback<T>) -> Readback<T> {
        if self.cut_short {
            readback.heard_in_part()
        } else {
            readback
        }
    }

    /// Asks for the yes that is still missing. Not a failure: so far the caller agrees.
    pub(crate) fn ask_more(&mut self, wants: Wants, question: Question, failures: Failures, why: &str) {
        self.note("second_yes", why);
        self.say(match wants {
            Wants::NamedYes => question.named_yes().prompt,
            Wants::Answer | Wants::PlainYes | Wants::Key => PLAIN_YES,
        });
        self.listen(Listening { question, failures });
    }

    /// Words that correct nothing: an answer, or a question of the caller's own.
    pub(crate) fn answered<T: Agreed>(
        &mut self,
        confirm: &Confirm,
        readback: Readback<T>,
        failures: Failures,
        decision: Decision,
    ) {
        let words = decision.text.clone();
        let verdict = self.as_far_as_heard(readback).answered(&decision);
        match (&verdict, self.digression(&decision)) {
            (Verdict::Unclear(..), Some(flow)) => return self.digress(flow, decision),
            (_, _) => self.memory.hear(decision),
        }
        self.conclude(confirm, verdict, failures, &words);
    }

    pub(crate) fn key_readback(&mut self, confirm: &Confirm, keys: &str) {
        let State::Listening(Listening { question, failures }) =
            std::mem::replace(&mut self.state, State::Running)
        else {
            return;
        };
        match (question, keys.chars().next()) {
            (Question::Draft(readback), Some(digit)) => {
                self.conclude(confirm, readback.keyed(digit), failures, "a key");
            }
            (Question::Change(readback), Some(digit)) => {
                self.conclude(confirm, readback.keyed(digit), failures, "a key");
            }
            (Question::Reservation(readback), Some(digit)) => {
                self.conclude(confirm, readback.keyed(digit), failures, "a key");
            }
            (question, _) => self.fail(Failure::NoMatch, question, failures, "no key"),
        }
    }

    /// Nobody objected to what was said back: it stands. False where anything else was open.
    pub(crate) fn let_stand(&mut self) -> bool {
        let flows = std::sync::Arc::clone(&self.flows);
        let StepKind::Confirm(confirm) = &flows.step(self.place).kind else {
            return false;
        };
        let State::Listening(Listening { question, .. }) = &self.state else {
            return false;
        };
        match question.clone() {
            Question::Draft(readback) => self.stands(confirm, readback),
            Question::Change(readback) => self.stands(confirm, readback),
            Question::Reservation(readback) => self.stands(confirm, readback),
            Question::Ask | Question::Intent(_) | Question::Value(_) => false,
        }
    }

    fn stands<T: Agreed>(&mut self, confirm: &Confirm, readback: Readback<T>) -> bool {
        let Some(verdict) = readback.unopposed() else {
            return false;
        };
        self.conclude(confirm, verdict, Failures::default(), "");
        self.run();
        true
    }

    pub(crate) fn conclude<T: Agreed>(
        &mut self,
        confirm: &Confirm,
        verdict: Verdict<T>,
        failures: Failures,
        words: &str,
    ) {
        match verdict {
            Verdict::Confirmed(confirmed) => {
                self.note("confirmed", &confirmed.how().told());
                *T::yes(&mut self.memory) = Some(confirmed);
                self.go(confirm.yes);
            }
            Verdict::Rejected(_) => {
                self.note("rejected", &format!("\"{words}\""));
                T::rejected(self);
                self.go(confirm.no);
            }
            Verdict::More(readback, why) => {
                self.ask_more(readback.wants(), T::question(readback), failures, why);
            }
            Verdict::InWords(readback, why) => self.take_words(confirm, readback, failures, why),
            Verdict::SaidBack(readback, why) => {
                self.note("said_back", why);
                self.say(GOING_AHEAD);
                self.listen(Listening {
                    question: T::question(readback),
                    failures,
                });
            }
            Verdict::Unclear(readback, why) => {
                self.fail(Failure::NoMatch, T::question(readback), failures, why);
            }
        }
    }

    /// Sends what was agreed to, once: the yes is used up by it.
    pub(crate) fn commit<T: Agreed>(&mut self, branches: &[(&'static str, Place)]) {
        let Some(agreed) = T::yes(&mut self.memory).take() else {
            self.note("fault", "a commit without a confirmation");
            return self.branch_to(branches, "refused", self.place);
        };
        if T::wanted(&self.memory).as_ref() != Some(agreed.value()) {
            self.note("fault", "what is wanted is not what was confirmed");
            return self.branch_to(branches, "refused", self.place);
        }
        let key = agreed.value().key(&self.memory);
        if let Some(branch) = T::done_before(self, &key) {
            return self.branch_to(branches, branch, self.place);
        }
        if self.memory.unsure.contains(&key) {
            return self.branch_to(branches, "unknown", self.place);
        }
        let effect = self.act(T::action(agreed, key.clone()));
        let work = Work::Commit {
            subject: T::SUBJECT,
            key,
            branches: branches.to_vec(),
        };
        self.state = State::Working { effect, work };
    }

    /// Takes over the shop's word, and says which branch that is.
    pub(crate) fn committed(
        &mut self,
        subject: Subject,
        key: IdempotencyKey,
        result: ActionResult,
    ) -> &'static str {
        match subject {
            Subject::Draft => self.order_committed(key, result),
            Subject::Change => self.change_committed(key, result),
            Subject::Reservation => self.reservation_committed(key, result),
        }
    }

    /// What the shop has not done, or may have: the branch, and the reason for whoever takes over.
    pub(crate) fn not_done(&mut self, action: &str, key: IdempotencyKey, error: ActionError) -> &'static str {
        let (what, why, reason, branch) = match error {
            ActionError::Unavailable(why) => ("failed", format!("{action}: {why}"), "backend", "unavailable"),
            ActionError::Refused(why) => ("refused", why, "refused", "refused"),
            ActionError::OutOfStock { sku, .. } => {
                ("refused", format!("out of stock: {sku}"), "refused", "refused")
            }
            ActionError::Taken => ("refused", "others were faster".to_owned(), "refused", "refused"),
            ActionError::Unknown(why) => {
                self.memory.unsure.push(key);
                ("unknown", why, "order_unknown", "unknown")
            }
        };
        self.note(what, &why);
        reason.clone_into(&mut self.memory.reason);
        branch
    }
    /// Counts one more read-back; gives up where the policy allows no more of them.
    pub(crate) fn is_read_back_too_often(&mut self, confirm: &Confirm) -> bool {
        self.readbacks = self.readbacks.saturating_add(1);
        let too_often = self.readbacks > self.policy.readbacks_max();
        if too_often {
            self.leave_readback(confirm, "one order was read back too often");
        }
        too_often
    }

    pub(crate) fn leave_readback(&mut self, confirm: &Confirm, why: &str) {
        self.note("gave_up", why);
        match confirm.give_up {
            Some(place) => self.go(place),
            None => self.give_up_to_a_human(),
        }
    }
}

/// "Was that a yes? Please say yes or no."
pub(crate) const PLAIN_YES: &str = "common.plain_yes";

/// "All right, I'll go ahead."
const GOING_AHEAD: &str = "common.going_ahead";

/// Prompts that the machine says by itself: they must exist whatever the flows say.
pub(crate) const OWN_PROMPTS: &[&str] = &[PLAIN_YES, GOING_AHEAD];
