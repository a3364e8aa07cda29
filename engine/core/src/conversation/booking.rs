//! Reservations: the yes to one, and the shop's word about it. As with orders: nothing is sent without a yes to
//! the very reservation, and success is said only from a receipt.

use crate::conversation::action::{Action, ActionError, ActionResult, ActionValue};
use crate::conversation::confirm::{Confirmed, Readback, Restates};
use crate::conversation::confirming::Agreed;
use crate::conversation::draft::Mentions;
use crate::conversation::event::Outcome;
use crate::conversation::flow::{Confirm, Subject};
use crate::conversation::idempotency;
use crate::conversation::machine::{Conversation, Question};
use crate::conversation::memory::Memory;
use crate::conversation::repair::Failures;
use crate::ids::IdempotencyKey;
use crate::nlu::dates::moment::When;
use crate::nlu::decision::{Decision, Slot, SlotValue};
use crate::nlu::normalize::Words;
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
        self.read_back(confirm, Readback::on_terms(wish, terms));
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
        self.answered(confirm, readback, failures, decision);
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

impl Agreed for ReservationWish {
    const SUBJECT: Subject = Subject::Reservation;

    fn question(readback: Readback<Self>) -> Question {
        Question::Reservation(readback)
    }

    fn yes(memory: &mut Memory) -> &mut Option<Confirmed<Self>> {
        &mut memory.confirmed_wish
    }

    fn wanted(memory: &Memory) -> Option<Self> {
        memory.reserving.wish.clone()
    }

    fn rejected(talk: &mut Conversation) {
        talk.memory.reserving.wish = None;
    }

    fn key(&self, memory: &Memory) -> IdempotencyKey {
        let about = self.reservation.about();
        let receipts = memory.reserved.iter();
        let done = receipts.filter(|receipt| receipt.reservation.what.about() == about);
        let taken = memory.taken.iter().filter(|taken| *taken == about);
        idempotency::of_reservation(&memory.caller.call, self, done.count() + taken.count())
    }

    fn action(wish: Confirmed<Self>, key: IdempotencyKey) -> Action {
        Action::Reserve { wish, key }
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

/// Places of a list as a reference names them.
const PLACES: [&str; 3] = ["first", "second", "third"];
