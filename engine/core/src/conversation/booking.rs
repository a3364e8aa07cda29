//! Reservations: the yes to one, and the shop's word about it. As with orders: nothing is sent without a yes to
//! the very reservation, and success is said only from a receipt.

use sha2::{Digest, Sha256};

use crate::conversation::action::{Action, ActionError, ActionResult, ActionValue};
use crate::conversation::confirm::{Readback, Restates, Verdict};
use crate::conversation::draft::Mentions;
use crate::conversation::event::Outcome;
use crate::conversation::flow::{Confirm, Place};
use crate::conversation::machine::{Conversation, Question, State};
use crate::conversation::repair::{Failure, Failures};
use crate::conversation::work::Work;
use crate::ids::{CallId, IdempotencyKey};
use crate::nlu::decision::{Decision, Slot, SlotValue};
use crate::nlu::normalize::Words;
use crate::nlu::when::When;
use crate::shop::{ReservationWish, Wish};

impl Conversation {
    /// Reads the reservation back and asks for a yes.
    pub(crate) fn confirm_reservation(&mut self, confirm: &Confirm) {
        self.memory.confirmed_wish = None;
        let Some(wish) = self.memory.reserving.wish.clone() else {
            self.note("fault", "no reservation to confirm");
            self.go(confirm.no);
            return;
        };
        if self.is_read_back_too_often(confirm) {
            return;
        }
        let terms = self.policy.reservation(self.hearing());
        let what = wish.reservation.name();
        self.note_choice("readback", &format!("to {what}; {terms}"), terms.clone());
        self.read_back(confirm, Readback::on_terms(wish, terms), Question::Reservation);
    }

    pub(crate) fn answer_reservation(
        &mut self,
        confirm: &Confirm,
        readback: Readback<ReservationWish>,
        failures: Failures,
        decision: Decision,
    ) {
        if let Some(changed) = confirm
            .changed
            .filter(|_| self.is_otherwise(readback.value(), &decision))
        {
            self.note(
                "correction",
                &format!("\"{}\" by {}", decision.text, decision.decided_by),
            );
            self.corrected(&decision);
            let decision = self.with_choice(decision);
            self.memory.hear(decision);
            return self.go(changed);
        }
        let words = decision.text.clone();
        let verdict = readback.answered(&decision);
        match (&verdict, self.digression(&decision)) {
            (Verdict::Unclear(..), Some(flow)) => return self.digress(flow, decision),
            (_, _) => self.memory.hear(decision),
        }
        self.act_on_reservation(confirm, verdict, failures, &words);
    }

    /// "No, on Friday", "yes, but the second one", "just one": another one than was read back.
    fn is_otherwise(&self, wish: &ReservationWish, decision: &Decision) -> bool {
        match &wish.reservation {
            Wish::Appointment { opening, .. } => {
                let when = When::of(&Words::new(&decision.text));
                let today = self.memory.reserving.today.unwrap_or(opening.date);
                let place = self
                    .place_in_list(decision)
                    .and_then(|at| self.memory.reserving.offered.get(at));
                let other_time = !when.is_empty() && !when.fits(opening.date, opening.time, today);
                other_time || place.is_some_and(|other| other != opening)
            }
            Wish::Registration { quantity, .. } => Mentions::of(decision)
                .loose
                .is_some_and(|wanted| wanted != *quantity),
            Wish::Cancel(_) => false,
        }
    }

    /// "The second one" is a choice of what was on offer, also after it.
    fn with_choice(&self, mut decision: Decision) -> Decision {
        let opening = self
            .place_in_list(&decision)
            .and_then(|at| self.memory.reserving.offered.get(at));
        if let Some(opening) = opening {
            decision.slots.push(Slot {
                name: "choice".to_owned(),
                value: SlotValue::Text(opening.id.as_str().to_owned()),
                span: decision.text.clone(),
                confidence: decision.confidence,
            });
        }
        decision
    }

    fn place_in_list(&self, decision: &Decision) -> Option<usize> {
        let reference = decision.slot("reference")?;
        match &reference.value {
            SlotValue::Text(text) => PLACES.iter().position(|place| place == text),
            SlotValue::Number(_) | SlotValue::Digits(_) => None,
        }
    }

    pub(crate) fn act_on_reservation(
        &mut self,
        confirm: &Confirm,
        verdict: Verdict<ReservationWish>,
        failures: Failures,
        words: &str,
    ) {
        match verdict {
            Verdict::Confirmed(confirmed) => {
                self.note("confirmed", &confirmed.how().told());
                self.memory.confirmed_wish = Some(confirmed);
                self.go(confirm.yes);
            }
            Verdict::Rejected(_) => {
                self.note("rejected", &format!("\"{words}\""));
                self.memory.reserving.wish = None;
                self.go(confirm.no);
            }
            Verdict::More(readback, why) => {
                self.ask_more(readback.wants(), Question::Reservation(readback), failures, why);
            }
            Verdict::Unclear(readback, why) => {
                self.fail(Failure::NoMatch, Question::Reservation(readback), failures, why);
            }
        }
    }

    /// Sends the reservation, once: the confirmation is used up by it.
    pub(crate) fn commit_reservation(&mut self, branches: &[(&'static str, Place)]) {
        let Some(wish) = self.memory.confirmed_wish.take() else {
            self.note("fault", "a commit without a confirmation");
            return self.branch_to(branches, "refused", self.place);
        };
        if self.memory.reserving.wish.as_ref() != Some(wish.value()) {
            self.note("fault", "the reservation is not the one that was confirmed");
            return self.branch_to(branches, "refused", self.place);
        }
        let about = wish.value().reservation.about();
        let receipts = self.memory.reserved.iter();
        let done = receipts
            .filter(|receipt| receipt.reservation.what.about() == about)
            .count();
        let taken = self.memory.taken.iter().filter(|taken| *taken == about).count();
        let key = key(&self.memory.caller.call, wish.value(), done + taken);
        if self.memory.unsure.contains(&key) {
            return self.branch_to(branches, "unknown", self.place);
        }
        let effect = self.act(Action::Reserve {
            wish,
            key: key.clone(),
        });
        let branches = branches.to_vec();
        self.state = State::Working {
            effect,
            work: Work::Reserve { key, branches },
        };
    }

    /// Takes over the shop's word, and says which branch that is.
    pub(crate) fn reservation_committed(
        &mut self,
        key: IdempotencyKey,
        result: ActionResult,
    ) -> &'static str {
        let wish = self.memory.reserving.wish.take();
        match result {
            Ok(ActionValue::Reserved(receipt)) => {
                self.note(
                    "reserved",
                    &format!("reservation {} under {key}", receipt.reservation.id),
                );
                self.memory.reserved.push(receipt);
                // Nobody goes back behind it.
                self.answered.clear();
                self.settle(Outcome::Reserved);
                "made"
            }
            Err(ActionError::Taken) => {
                self.note("taken", "others were faster");
                self.memory
                    .taken
                    .extend(wish.map(|wish| wish.reservation.about().to_owned()));
                "taken"
            }
            Err(error) => self.not_done("reserve", key, error),
            Ok(_) => {
                self.note("fault", "not an answer to reserve");
                "unknown"
            }
        }
    }
}

impl Restates for ReservationWish {
    /// "Yes, two" of two. What differs was found before; the rest is asked again.
    fn is_restated_by(&self, decision: &Decision) -> bool {
        let mentions = Mentions::of(decision);
        match &self.reservation {
            Wish::Registration { quantity, .. } => {
                let only = decision.slots.iter().all(|slot| slot.name == "quantity");
                only && mentions.loose.is_none_or(|said| said == *quantity)
            }
            Wish::Appointment { .. } | Wish::Cancel(_) => {
                decision.slots.iter().all(|slot| slot.name == "reference")
            }
        }
    }
}

/// The key of this wish in this call: the same wish is the same reservation, unless the shop has answered it.
fn key(call: &CallId, wish: &ReservationWish, answered: usize) -> IdempotencyKey {
    let detail = match &wish.reservation {
        Wish::Appointment { .. } => String::new(),
        Wish::Registration {
            quantity, waiting, ..
        } => format!("{quantity} {waiting}"),
        Wish::Cancel(reservation) => reservation.id.to_string(),
    };
    let text = [
        call.as_str(),
        wish.customer.as_str(),
        "reservation",
        wish.reservation.name(),
        wish.reservation.about(),
        &detail,
        &answered.to_string(),
    ]
    .join("\0");
    let hash: String = Sha256::digest(text)
        .iter()
        .take(KEY_BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    IdempotencyKey::new(format!("hark-{hash}"))
}

/// Places of a list as a reference names them.
const PLACES: [&str; 3] = ["first", "second", "third"];
/// As for orders: enough against chance, and within the contract's 128 characters.
const KEY_BYTES: usize = 16;
