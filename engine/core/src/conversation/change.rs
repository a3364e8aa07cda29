//! Changes of orders that exist: what is to become of one, the yes to it, and the shop's word. As with new
//! orders: nothing is sent without a yes to the very change, and success is said only from a receipt.

use sha2::{Digest, Sha256};

use crate::conversation::action::{Action, ActionError, ActionResult, ActionValue};
use crate::conversation::confirm::{Readback, Restates, Verdict};
use crate::conversation::draft::{self, Correction};
use crate::conversation::event::Outcome;
use crate::conversation::flow::{Confirm, Place};
use crate::conversation::machine::{Conversation, Question, State};
use crate::conversation::memory::Memory;
use crate::conversation::repair::{Failure, Failures};
use crate::conversation::work::Work;
use crate::ids::{CallId, IdempotencyKey};
use crate::nlu::decision::Decision;
use crate::shop::{ChangeKind, ChangeReceipt, OrderChange};

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
        self.read_back(confirm, Readback::on_terms(change, terms), Question::Change);
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
        let words = decision.text.clone();
        let verdict = readback.answered(&decision);
        match (&verdict, self.digression(&decision)) {
            (Verdict::Unclear(..), Some(flow)) => return self.digress(flow, decision),
            (_, _) => self.memory.hear(decision),
        }
        self.act_on_change(confirm, verdict, failures, &words);
    }

    pub(crate) fn act_on_change(
        &mut self,
        confirm: &Confirm,
        verdict: Verdict<OrderChange>,
        failures: Failures,
        words: &str,
    ) {
        match verdict {
            Verdict::Confirmed(confirmed) => {
                self.note("confirmed", &confirmed.how().told());
                self.memory.confirmed_change = Some(confirmed);
                self.go(confirm.yes);
            }
            Verdict::Rejected(_) => {
                self.note("rejected", &format!("\"{words}\""));
                self.memory.change = None;
                self.go(confirm.no);
            }
            Verdict::More(readback, why) => {
                self.ask_more(readback.wants(), Question::Change(readback), failures, why);
            }
            Verdict::Unclear(readback, why) => {
                self.fail(Failure::NoMatch, Question::Change(readback), failures, why);
            }
        }
    }

    /// Sends the change, once: the confirmation is used up by it.
    pub(crate) fn commit_change(&mut self, branches: &[(&'static str, Place)]) {
        let Some(change) = self.memory.confirmed_change.take() else {
            self.note("fault", "a commit without a confirmation");
            return self.branch_to(branches, "refused", self.place);
        };
        if self.memory.change.as_ref() != Some(change.value()) {
            self.note("fault", "the change is not the one that was confirmed");
            return self.branch_to(branches, "refused", self.place);
        }
        let key = key(&self.memory.caller.call, change.value(), &self.memory.changes);
        if self.memory.unsure.contains(&key) {
            return self.branch_to(branches, "unknown", self.place);
        }
        let effect = self.act(Action::ChangeOrder {
            change,
            key: key.clone(),
        });
        let branches = branches.to_vec();
        self.state = State::Working {
            effect,
            work: Work::Change { key, branches },
        };
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
            | ChangeKind::Return(_) => decision.slots.iter().all(|slot| slot.name == "reference"),
        }
    }
}

/// The key of this change in this call. What was done before is part of it: a delivery that is left out after
/// another one is another wish, while one whose fate is open is the same.
fn key(call: &CallId, change: &OrderChange, done: &[ChangeReceipt]) -> IdempotencyKey {
    let before = done
        .iter()
        .filter(|receipt| receipt.order == change.order)
        .count();
    let text = [
        call.as_str(),
        change.customer.as_str(),
        "change",
        change.order.as_str(),
        &identity(&change.change),
        &before.to_string(),
    ]
    .join("\0");
    let hash: String = Sha256::digest(text)
        .iter()
        .take(KEY_BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    IdempotencyKey::new(format!("hark-{hash}"))
}

/// A change by its name, with all that makes it another one.
fn identity(change: &ChangeKind) -> String {
    match change {
        ChangeKind::Cancel | ChangeKind::Pause | ChangeKind::Resume | ChangeKind::Skip => {
            change.name().to_owned()
        }
        ChangeKind::Return(wish) => {
            let (back, instead) = (draft::line_keys(&wish.lines), draft::line_keys(&wish.instead));
            format!("return\0{back}\0{:?}\0{instead}", wish.reason)
        }
        ChangeKind::Amend(lines) => format!("amend\0{}", draft::line_keys(lines)),
    }
}

/// As for orders: enough against chance, and within the contract's 128 characters.
const KEY_BYTES: usize = 16;
