//! A goodbye while something waits for its yes. After what was only said back it leaves that standing; at an open
//! read-back it may be a "yes" misheard, so that Hark asks once before it lets the caller go with nothing.

use crate::conversation::confirm::Wants;
use crate::conversation::confirming::PLAIN_YES;
use crate::conversation::flow::StepKind;
use crate::conversation::machine::{Conversation, Listening, Question, State};
use crate::conversation::repair::BY_KEYS;
use crate::nlu::decision::{Answer, Decision};
use crate::nlu::normalize::Words;
use crate::nlu::yes_no;

impl Conversation {
    /// "Thanks, bye", after what was said back: who leaves it at that lets it stand.
    pub(crate) fn is_left_at_that(&self, decision: &Decision) -> bool {
        let said_back =
            matches!(&self.state, State::Listening(listening) if listening.question.is_said_back());
        let mut words = decision.text.split_whitespace();
        let parts = words.clone().any(|word| PARTING.contains(&word));
        said_back && parts && words.all(|word| PARTING.contains(&word) || BESIDE_PARTING.contains(&word))
    }

    /// Whether a goodbye leaves something unsaid: neither a no came with it, nor has Hark asked before.
    pub(crate) fn parts_from_a_question(&self, decision: &Decision) -> bool {
        let State::Listening(listening) = &self.state else {
            return false;
        };
        let is_open = match listening.question {
            Question::Draft(_) | Question::Change(_) | Question::Reservation(_) => true,
            Question::Ask | Question::Intent(_) | Question::Value(_) => false,
        };
        let parts = decision.intent().is_some_and(|intent| intent.name == GOODBYE);
        let declined =
            || yes_no::leading(&Words::new(&decision.text)).is_some_and(|found| found.answer == Answer::No);
        is_open && parts && !self.asked_before_parting && !declined()
    }

    /// Says that nothing is done yet, and asks for what is missing.
    pub(crate) fn ask_before_parting(&mut self) {
        let State::Listening(Listening { question, failures }) =
            std::mem::replace(&mut self.state, State::Running)
        else {
            return;
        };
        self.asked_before_parting = true;
        self.note("before_parting", "a goodbye where a yes or a no was asked for");
        self.say(NOT_YET);
        let flows = std::sync::Arc::clone(&self.flows);
        let question = question.asked();
        self.say(match (question.wants(), &flows.step(self.place).kind) {
            (Wants::NamedYes, _) => question.named_yes().prompt,
            (Wants::Key, StepKind::Confirm(confirm)) => confirm.wording.keypad.as_deref().unwrap_or(BY_KEYS),
            (Wants::Key, _) => BY_KEYS,
            (Wants::Answer | Wants::PlainYes, _) => PLAIN_YES,
        });
        self.listen(Listening { question, failures });
    }
}

const GOODBYE: &str = "goodbye";

const PARTING: &[&str] = &["thanks", "thank", "bye", "goodbye", "cheers"];
const BESIDE_PARTING: &[&str] = &[
    "you", "very", "much", "so", "a", "lot", "great", "good", "have", "nice", "day", "okay",
];

/// "Before you go: that isn't done yet."
const NOT_YET: &str = "common.not_yet";

/// Prompts that the machine says by itself: they must exist whatever the flows say.
pub(crate) const OWN_PROMPTS: &[&str] = &[NOT_YET];
