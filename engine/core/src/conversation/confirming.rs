//! The read-back of a draft and what the caller says to it: yes, no, or a correction, which always
//! leads to a new read-back. The yes itself is judged in `confirm`.

use crate::conversation::confirm::{ConfirmedBy, Readback, Verdict};
use crate::conversation::draft::{self, Correction};
use crate::conversation::flow::Confirm;
use crate::conversation::machine::{Conversation, Listening, Question, State};
use crate::conversation::repair::{Failure, Failures};
use crate::nlu::decision::Decision;
use crate::shop::OrderDraft;

impl Conversation {
    /// Reads the draft back and asks for a yes.
    pub(crate) fn confirm(&mut self, confirm: &Confirm) {
        self.memory.confirmed = None;
        let Some(draft) = self.memory.draft() else {
            self.note("fault", "nothing to confirm");
            self.go(confirm.no);
            return;
        };
        self.note("readback", &format!("{} lines", draft.lines.len()));
        self.say_as(&confirm.wording.prompt, confirm.wording.barge_in);
        self.listen(Listening {
            question: Question::Draft(Readback::new(draft)),
            failures: Failures::default(),
        });
    }

    pub(crate) fn answer_readback(
        &mut self,
        confirm: &Confirm,
        readback: Readback<OrderDraft>,
        failures: Failures,
        decision: Decision,
    ) {
        match draft::correct(&readback.value().lines, &decision, &self.catalogue) {
            Correction::Changed(lines) => {
                self.note(
                    "correction",
                    &format!("\"{}\" by {}", decision.text, decision.decided_by),
                );
                self.memory.hear(decision);
                self.memory.lines = lines;
                self.go(confirm.changed);
            }
            Correction::Which => {
                self.memory.hear(decision);
                self.go(confirm.which.unwrap_or(confirm.no));
            }
            Correction::Unchanged => {
                let words = decision.text.clone();
                let verdict = readback.answered(&decision);
                match (&verdict, self.digression(&decision)) {
                    (Verdict::Unclear(_), Some(flow)) => return self.digress(flow, decision),
                    (_, _) => self.memory.hear(decision),
                }
                self.act_on(confirm, verdict, failures, &words);
            }
        }
    }

    pub(crate) fn key_readback(&mut self, confirm: &Confirm, keys: &str) {
        let State::Listening(listening) = std::mem::replace(&mut self.state, State::Running) else {
            return;
        };
        match (listening.question, keys.chars().next()) {
            (Question::Draft(readback), Some(digit)) => {
                let verdict = readback.keyed(digit);
                self.act_on(confirm, verdict, listening.failures, "a key");
            }
            (question, _) => self.fail(Failure::NoMatch, question, listening.failures, "no key"),
        }
    }

    fn act_on(&mut self, confirm: &Confirm, verdict: Verdict<OrderDraft>, failures: Failures, words: &str) {
        match verdict {
            Verdict::Confirmed(confirmed) => {
                let how = match confirmed.how() {
                    ConfirmedBy::Voice { words } => format!("the caller said \"{words}\""),
                    ConfirmedBy::Keypad { digit } => format!("the caller pressed {digit}"),
                };
                self.note("confirmed", &how);
                self.memory.confirmed = Some(confirmed);
                self.go(confirm.yes);
            }
            Verdict::Rejected(_) => {
                self.note("rejected", &format!("\"{words}\""));
                self.go(confirm.no);
            }
            Verdict::Unclear(readback) => {
                self.fail(
                    Failure::NoMatch,
                    Question::Draft(readback),
                    failures,
                    "neither yes nor no nor a change",
                );
            }
        }
    }
}
