//! Questions of the caller's own about what was just read back: what it costs, what is in it, when it comes, where it
//! goes. Answered from what is drafted, and then the yes is asked for again. Nothing is changed by them.

use crate::conversation::machine::{Conversation, Listening, Question, State};
use crate::conversation::repairing::own_prompt;
use crate::nlu::decision::Decision;
use crate::nlu::normalize::Words;
use crate::nlu::of_order::{OfOrder, asks_of_order};
use crate::shop::ChangeKind;

impl Conversation {
    /// The prompt that answers such a question, where one was asked.
    pub(crate) fn asked_of_draft(&self, decision: &Decision) -> Option<&'static str> {
        let State::Listening(listening) = &self.state else {
            return None;
        };
        let sure = decision.recognition.unwrap_or(decision.confidence);
        if sure.get() < self.flows.policy.slot_accept {
            return None;
        }
        let asks = asks_of_order(&Words::new(&decision.text))?;
        match (&listening.question, asks) {
            (Question::Draft(_), OfOrder::Day) => Some(self.day_of_draft()),
            (Question::Draft(_), OfOrder::Place) => Some(self.place_of_draft()),
            (Question::Draft(_), OfOrder::Total) => Some(TOTAL),
            (Question::Draft(_), OfOrder::Lines) => Some(LINES),
            (Question::Change(readback), OfOrder::Total) => {
                is_amended(&readback.value().change).then_some(TOTAL)
            }
            (Question::Change(readback), OfOrder::Lines) => {
                is_amended(&readback.value().change).then_some(LINES)
            }
            // When and where an order comes that exists, its own flow knows.
            (
                Question::Change(_)
                | Question::Ask
                | Question::Reservation(_)
                | Question::Intent(_)
                | Question::Value(_),
                OfOrder::Total | OfOrder::Lines | OfOrder::Day | OfOrder::Place,
            ) => None,
        }
    }

    fn day_of_draft(&self) -> &'static str {
        if self.memory.is_picked_up() {
            TO_FETCH
        } else if self.memory.day().is_some() {
            DAY
        } else if self.memory.days().is_empty() {
            NO_DAY
        } else {
            DAYS
        }
    }

    fn place_of_draft(&self) -> &'static str {
        if self.memory.is_picked_up() {
            TO_FETCH
        } else if self.memory.goes_to().is_some() {
            PLACE
        } else {
            NO_PLACE
        }
    }

    /// Answers, and asks again: shortly, where all of it was heard before.
    pub(crate) fn tell_of_draft(&mut self, prompt: &str, decision: &Decision) {
        let cut_short = self.cut_short;
        let State::Listening(Listening { question, failures }) =
            std::mem::replace(&mut self.state, State::Running)
        else {
            return;
        };
        self.note(
            "enquiry",
            &format!("\"{}\" asks about what was read", decision.text),
        );
        self.say(prompt);
        let flows = std::sync::Arc::clone(&self.flows);
        if let Some((wording, _)) = flows.step(self.place).kind.question() {
            let shortly = matches!(question, Question::Draft(_)) && !cut_short;
            let again = wording.resume.as_deref().unwrap_or(&wording.prompt);
            self.say(if shortly { AGAIN } else { again });
            if let Some((_, own)) = own_prompt(&question, wording) {
                self.say(own);
            }
        }
        self.listen(Listening {
            question: question.asked(),
            failures,
        });
    }
}

/// Other lines, which have a price.
const fn is_amended(change: &ChangeKind) -> bool {
    matches!(change, ChangeKind::Amend(_))
}

/// "Thirty-seven dollars in all."
const TOTAL: &str = "common.draft_total";
const LINES: &str = "common.draft_lines";
const DAY: &str = "common.draft_day";
/// No day was chosen, and one could be.
const DAYS: &str = "common.draft_days";
const NO_DAY: &str = "common.draft_no_day";
const PLACE: &str = "common.draft_place";
/// The shop has told of no address.
const NO_PLACE: &str = "common.draft_no_place";
const TO_FETCH: &str = "common.draft_to_fetch";
/// "Shall I order it?"
const AGAIN: &str = "common.draft_again";

/// Prompts that the machine says by itself: they must exist whatever the flows say.
pub(crate) const OWN_PROMPTS: &[&str] = &[TOTAL, LINES, DAY, DAYS, NO_DAY, PLACE, NO_PLACE, TO_FETCH, AGAIN];
