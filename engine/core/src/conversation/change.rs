//! Changes of orders that exist: what is to become of one, the yes to it, and the shop's word. As with new
//! orders: nothing is sent without a yes to the very change, and success is said only from a receipt.

use crate::conversation::action::{Action, ActionResult, ActionValue};
use crate::conversation::confirm::{Confirmed, Readback, Restates};
use crate::conversation::confirming::Agreed;
use crate::conversation::draft::{self, Correction};
use crate::conversation::event::Outcome;
use crate::conversation::flow::{Confirm, Subject};
use crate::conversation::idempotency;
use crate::conversation::machine::{Conversation, Question};
use crate::conversation::memory::Memory;
use crate::conversation::repair::Failures;
use crate::conversation::rescheduling::interval_said;
use crate::ids::IdempotencyKey;
use crate::nlu::dates::next::Next;
use crate::nlu::decision::{Answer, Decision};
use crate::nlu::normalize::Words;
use crate::nlu::slots::{DAY, PERIOD};
use crate::nlu::wording::says_one_of;
use crate::nlu::yes_no;
use crate::shop::{ChangeKind, OrderChange, Reschedule};

impl Memory {
    /// What is to become of the order spoken of. Nothing yet is agreed.
    pub(crate) fn want(&mut self, change: ChangeKind) {
        self.confirmed_change = None;
        self.change = self
            .order
            .as_ref()
            .zip(self.customer())
            .map(|(order, customer)| OrderChange {
                customer: customer.id.clone(),
                order: order.id.clone(),
                change,
            });
    }
}

impl Conversation {
    /// Reads the change back and asks for a yes.
    pub(crate) fn confirm_change(&mut self, confirm: &Confirm) {
        self.memory.confirmed_change = None;
        // The sentence speaks of one order: it must be the one that would be changed.
        let spoken_of = self.memory.order.as_ref().map(|order| &order.id);
        let change = self
            .memory
            .change
            .clone()
            .filter(|change| spoken_of == Some(&change.order));
        let Some(change) = change else {
            self.note("fault", "no change to confirm");
            self.go(confirm.no);
            return;
        };
        let what = format!("to {} an order", change.change.name());
        let terms = if let ChangeKind::Amend(lines) = &change.change {
            if *lines != self.memory.lines {
                self.note("fault", "the draft is not the one that the order would get");
                return self.go(confirm.no);
            }
            // An order that stands keeps its address.
            self.terms(lines, self.memory.fulfilment, None)
        } else {
            self.policy.change(self.hearing())
        };
        if self.is_read_back_too_often(confirm) {
            return;
        }
        self.note_choice("readback", &format!("{what}; {terms}"), terms.clone());
        self.read_back(confirm, Readback::on_terms(change, terms));
    }

    pub(crate) fn answer_change(
        &mut self,
        confirm: &Confirm,
        readback: Readback<OrderChange>,
        failures: Failures,
        decision: Decision,
    ) {
        if let (ChangeKind::Amend(lines), Some(changed)) = (&readback.value().change, confirm.changed) {
            // "What does the grinder cost?" names a grinder and adds none.
            if !decision.correction
                && let Some(flow) = self.digression(&decision)
            {
                return self.digress(flow, decision);
            }
            match draft::correct(lines, &decision, &self.catalogue) {
                Correction::Changed(lines) => return self.amend(lines, changed, decision),
                Correction::Emptied => return self.amend(Vec::new(), changed, decision),
                Correction::Which => {
                    self.corrected(&decision);
                    self.memory.hear(decision);
                    return self.go(confirm.which.unwrap_or(confirm.no));
                }
                Correction::Unchanged => {}
            }
        }
        if let Some(other) = self.done_otherwise(readback.value(), &decision) {
            return self.begin_anew(other);
        }
        let decision = refused(decision);
        if let Some(changed) = confirm
            .changed
            .filter(|_| self.says_when(readback.value(), &decision))
        {
            self.corrected(&decision);
            self.memory.hear(decision);
            return self.go(changed);
        }
        self.answered(confirm, readback, failures, decision);
    }

    /// "Until January", where a pause without an end is read back, "no, on Friday", where another day is.
    fn says_when(&self, read_back: &OrderChange, decision: &Decision) -> bool {
        let said = || self.memory.next_said(decision);
        match read_back.change {
            ChangeKind::Pause => {
                decision.slot(PERIOD).is_some() || (decision.slot(DAY).is_some() && said().is_some())
            }
            ChangeKind::Reschedule(Reschedule::NextOn(date)) => {
                said().is_some_and(|said| said != Next::On(date))
            }
            ChangeKind::Reschedule(Reschedule::Every(_)) => interval_said(decision).is_some(),
            ChangeKind::Cancel
            | ChangeKind::Resume
            | ChangeKind::Skip
            | ChangeKind::Return(_)
            | ChangeKind::Amend(_) => false,
        }
    }

    /// "Actually pause my subscription", "no, pause it", where leaving out a delivery is read back: another of what this
    /// flow does with a subscription. Nothing is agreed.
    fn done_otherwise(&self, read_back: &OrderChange, decision: &Decision) -> Option<Decision> {
        let meant = self.about_standing(decision).unwrap_or_else(|| decision.clone());
        let best = meant.intent()?;
        let of_flow = self.flows.intents.get(&best.name) == Some(&self.place.flow);
        let sure = best.confidence.get() >= self.flows.policy.intent_accept;
        let before = self.memory.heard.intent();
        let same =
            before.is_some_and(|before| before.name == best.name) || is_read_back(&best.name, read_back);
        let denied = says_one_of(&decision.text, REFUSALS);
        (self.speaks_of_standing() && of_flow && sure && !same && !denied).then_some(meant)
    }

    fn begin_anew(&mut self, decision: Decision) {
        self.note(
            "another_wish",
            &format!("\"{}\" by {}", decision.text, decision.decided_by),
        );
        self.memory.change = None;
        self.readbacks = 0;
        self.memory.hear(decision);
        self.go(self.flows.start(self.place.flow));
    }

    /// Takes over the shop's word, and says which branch that is.
    pub(crate) fn change_committed(&mut self, key: IdempotencyKey, result: ActionResult) -> &'static str {
        if let Some(OrderChange {
            change: ChangeKind::Amend(_),
            ..
        }) = self.memory.change.take()
        {
            self.memory.drop_draft();
        }
        match result {
            Ok(ActionValue::Changed(receipt)) => {
                self.note(
                    "changed",
                    &format!(
                        "{} of order {} under {key}",
                        receipt.change.name(),
                        receipt.number
                    ),
                );
                self.memory.changes.push(receipt);
                // Nobody goes back behind it.
                self.answered.clear();
                self.settle(Outcome::OrderChanged);
                "made"
            }
            Err(error) => self.not_done("change_order", key, error),
            Ok(_) => {
                self.note("fault", "not an answer to change_order");
                "unknown"
            }
        }
    }
}

/// Whether this wish is what is read back.
fn is_read_back(intent: &str, read_back: &OrderChange) -> bool {
    match &read_back.change {
        ChangeKind::Pause => intent == "subscription_pause",
        ChangeKind::Skip => intent == "subscription_skip",
        ChangeKind::Resume => intent == "subscription_resume",
        ChangeKind::Reschedule(Reschedule::NextOn(_)) => intent == "subscription_move",
        ChangeKind::Reschedule(Reschedule::Every(_)) => intent == "subscription_interval",
        ChangeKind::Cancel | ChangeKind::Return(_) | ChangeKind::Amend(_) => false,
    }
}

/// "No, don't pause it for two weeks" is a no, whatever time it names. "No, don't send any until January" corrects the
/// time, and a yes is no no ("yes, but don't cancel it").
fn refused(decision: Decision) -> Decision {
    let agrees =
        yes_no::leading(&Words::new(&decision.text)).is_some_and(|found| found.answer == Answer::Yes);
    let denies = says_one_of(&decision.text, REFUSALS);
    if agrees || !denies {
        return decision;
    }
    Decision {
        answer: Some(Answer::No),
        correction: false,
        slots: Vec::new(),
        ..decision
    }
}

const REFUSALS: &[&str] = &[
    "don't pause",
    "don't stop",
    "don't skip",
    "don't move",
    "don't change",
    "don't do",
    "not pause",
    "not stop",
    "not skip",
];

impl Agreed for OrderChange {
    const SUBJECT: Subject = Subject::Change;

    fn question(readback: Readback<Self>) -> Question {
        Question::Change(readback)
    }

    fn yes(memory: &mut Memory) -> &mut Option<Confirmed<Self>> {
        &mut memory.confirmed_change
    }

    fn wanted(memory: &Memory) -> Option<Self> {
        memory.change.clone()
    }

    fn rejected(talk: &mut Conversation) {
        talk.memory.change = None;
    }

    fn key(&self, memory: &Memory) -> IdempotencyKey {
        idempotency::of_change(&memory.caller.call, self, &memory.changes)
    }

    fn action(change: Confirmed<Self>, key: IdempotencyKey) -> Action {
        Action::ChangeOrder { change, key }
    }
}

impl Restates for OrderChange {
    /// A yes with more in it than the yes is asked again: there is nothing here that could be corrected.
    /// What stands on the order may be said again.
    fn is_restated_by(&self, decision: &Decision) -> bool {
        match &self.change {
            ChangeKind::Amend(lines) => lines.is_restated_by(decision),
            ChangeKind::Cancel
            | ChangeKind::Pause
            | ChangeKind::Resume
            | ChangeKind::Skip
            | ChangeKind::Reschedule(_)
            | ChangeKind::Return(_) => decision.slots.iter().all(|slot| slot.name == "reference"),
        }
    }
}
