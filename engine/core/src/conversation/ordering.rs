//! New orders: the read-back of a draft, what the caller says to it (a correction always leads to a new
//! read-back), and the shop's word.

use crate::conversation::action::{Action, ActionError, ActionResult, ActionValue};
use crate::conversation::command::CANCELLED;
use crate::conversation::confirm::{Confirmed, Readback};
use crate::conversation::confirming::Agreed;
use crate::conversation::draft::{self, Correction, is_ground, is_weighed, with_unknown_drink_unmade};
use crate::conversation::event::Outcome;
use crate::conversation::flow::{Confirm, Flow, FlowIndex, Place, Subject};
use crate::conversation::idempotency;
use crate::conversation::just_placed::Placed;
use crate::conversation::machine::{Conversation, Question};
use crate::conversation::memory::Memory;
use crate::conversation::next_drink::comes_after;
use crate::conversation::policy::{Choice, Stake};
use crate::conversation::repair::Failures;
use crate::conversation::told::Told;
use crate::ids::{AddressId, IdempotencyKey, Sku};
use crate::nlu::decision::{Answer, Decision};
use crate::nlu::slots::{ADDRESS, DAY};
use crate::shop::{Fulfilment, OrderDraft, OrderLine, Receipt, Stock};

impl Conversation {
    /// Reads the draft back and asks for a yes.
    pub(crate) fn confirm_draft(&mut self, confirm: &Confirm) {
        self.memory.confirmed = None;
        let Some(draft) = self.memory.draft() else {
            self.note("fault", "nothing to confirm");
            self.go(confirm.no);
            return;
        };
        if self.memory.is_delivery_open() {
            return self.leave_readback(confirm, "where or when it shall come is still open");
        }
        if self.is_read_back_too_often(confirm) {
            return;
        }
        let terms = self.terms(&draft.lines, draft.fulfilment, draft.address.as_ref());
        let to = draft.address.as_ref().map(|address| format!(" to {address}"));
        let on = draft.day.map(|day| format!(" on {day}"));
        let (to, on) = (to.unwrap_or_default(), on.unwrap_or_default());
        self.note_choice(
            "readback",
            &format!("{} lines{to}{on}; {terms}", draft.lines.len()),
            terms.clone(),
        );
        let readback = Readback::on_terms(draft, terms);
        if let Some(readback) = self.read_back_change(confirm, readback) {
            self.read_back(confirm, readback);
        }
    }

    /// Other lines than those read back: to be read back again.
    pub(crate) fn amend(&mut self, lines: Vec<OrderLine>, changed: Place, decision: Decision) {
        self.note(
            "correction",
            &format!("\"{}\" by {}", decision.text, decision.decided_by),
        );
        self.corrected(&decision);
        let rounded = draft::halves_unevenly(&self.memory.lines, &decision);
        self.memory.hear(decision);
        self.memory.rounded = rounded;
        self.memory.lines = lines;
        // What it costs now, the shop has not said.
        self.memory.quote = None;
        self.go(changed);
    }

    pub(crate) fn answer_readback(
        &mut self,
        confirm: &Confirm,
        readback: Readback<OrderDraft>,
        failures: Failures,
        decision: Decision,
    ) {
        let decision = Self::in_ways(readback.value(), decision);
        let mut decision = self.with_next_drink(readback.value(), decision);
        self.memory.share_with_later(&decision);
        let delivers = readback.value().fulfilment == Fulfilment::Delivery;
        if !delivers {
            decision = with_unknown_drink_unmade(decision, &self.catalogue);
        }
        let delivery = self.memory.delivery_changed(&decision).filter(|_| delivers);
        // "What does the grinder cost?" names a grinder and orders none.
        // And "book a tasting on Friday" is about a tasting, by the very words of a flow.
        let sent = self.memory.is_wanted_elsewhere(&decision);
        if sent {
            self.memory.hear_delivery(&decision);
        }
        let another = comes_after(readback.value(), &decision);
        if another {
            self.keep_for_later(&decision);
        }
        let ground = delivers && is_ground(&decision);
        let told = sent || ground || is_weighed(&decision) || !self.memory.unmade_in(&decision).is_empty();
        let elsewhere = (delivery.is_none() && !sent) || decision.decided_by.starts_with("phrase:");
        if !decision.correction
            && !told
            && !another
            && elsewhere
            && let Some(flow) = self.digression(&decision)
        {
            return self.digress(flow, decision);
        }
        let correction = draft::correct(&readback.value().lines, &decision, &self.catalogue);
        match (delivery, &correction) {
            (Some(delivery), Correction::Unchanged | Correction::Emptied) => {
                self.memory.delivery = delivery;
                self.hear_out(&readback, &decision);
                let lines = readback.value().lines.clone();
                return self.amend(lines, confirm.changed.unwrap_or(confirm.no), decision);
            }
            // A wish of its own: what was read back was right.
            (None, Correction::Unchanged | Correction::Emptied) if another => {
                self.note(
                    "second_wish",
                    &format!("\"{}\", to come after this one", decision.text),
                );
                self.memory.hear(decision);
                return self.go(confirm.changed.unwrap_or(confirm.no));
            }
            // Said aloud, by the flow, that it cannot be.
            (None, Correction::Unchanged | Correction::Emptied) if told => {
                let lines = readback.value().lines.clone();
                return self.amend(lines, confirm.changed.unwrap_or(confirm.no), decision);
            }
            (Some(delivery), Correction::Changed(_) | Correction::Which) => self.memory.delivery = delivery,
            // Said once more as it was read back.
            (None, _) if delivers => decision
                .slots
                .retain(|slot| ![ADDRESS, DAY].contains(&slot.name.as_str())),
            (None, _) => {}
        }
        match correction {
            Correction::Changed(lines) => {
                self.amend(lines, confirm.changed.unwrap_or(confirm.no), decision);
            }
            Correction::Which => {
                self.corrected(&decision);
                self.memory.hear(decision);
                self.go(confirm.which.unwrap_or(confirm.no));
            }
            Correction::Unchanged | Correction::Emptied => {
                if let Some(flow) = self.other_order(&decision) {
                    return self.change_mind(flow, decision);
                }
                if draft::stands_as_said(&readback.value().lines, &decision) {
                    let lines = readback.value().lines.clone();
                    return self.amend(lines, confirm.changed.unwrap_or(confirm.no), decision);
                }
                let words = decision.text.clone();
                let verdict = self.as_far_as_heard(readback).answered(&decision);
                self.memory.hear(decision);
                self.conclude(confirm, verdict, failures, &words);
            }
        }
    }

    /// How this draft must be confirmed: by what a mistake would cost and how well it was heard.
    pub(crate) fn terms(
        &self,
        lines: &[OrderLine],
        fulfilment: Fulfilment,
        address: Option<&AddressId>,
    ) -> Choice {
        let had = |sku: &Sku| {
            let mut lines = self.memory.orders.iter().flat_map(|order| &order.lines);
            lines.any(|line| line.sku == *sku)
        };
        let stake = Stake {
            total: self.memory.quote.as_ref().map(|quote| quote.total),
            fulfilment,
            new: lines.iter().any(|line| !had(&line.sku)),
            elsewhere: self.memory.is_elsewhere(address),
        };
        self.policy.order(stake, self.hearing())
    }

    /// The flow of another order than the one read back: "actually, I'd rather have a latte".
    fn other_order(&self, decision: &Decision) -> Option<FlowIndex> {
        let intent = decision.intent()?;
        let flow = *self.flows.intents.get(&intent.name)?;
        let drafts = self.flows.flow(flow).is_some_and(Flow::drafts);
        let under_way = flow == self.place.flow || self.frames.iter().any(|frame| frame.place.flow == flow);
        let sure = intent.confidence.get().min(decision.confidence.get());
        let clear = decision.answer != Some(Answer::Yes) && sure >= self.flows.policy.intent_accept;
        (drafts && !under_way && clear).then_some(flow)
    }

    /// Drops the order that was read back, says so, and begins the other one.
    fn change_mind(&mut self, flow: FlowIndex, decision: Decision) {
        self.note(
            "change_of_mind",
            &format!("\"{}\" by {}", decision.text, decision.decided_by),
        );
        self.say(CANCELLED);
        self.keep_for_later(&decision);
        self.memory.hear(decision);
        self.frames.clear();
        self.begin_task(flow);
        self.call(flow, self.flows.fallbacks.after);
    }

    pub(crate) fn order_committed(&mut self, key: IdempotencyKey, result: ActionResult) -> &'static str {
        match result {
            Ok(ActionValue::Placed(receipt)) => {
                self.placed(key, receipt);
                "placed"
            }
            Err(ActionError::OutOfStock { sku, available }) => {
                self.note("out_of_stock", sku.as_str());
                self.memory.short_keys.push(key.clone());
                if !self.memory.lines.iter().any(|line| line.sku == sku) {
                    return self.not_done("place_order", key, ActionError::OutOfStock { sku, available });
                }
                self.set_stock(&sku, available);
                "out_of_stock"
            }
            Err(error) => self.not_done("place_order", key, error),
            Ok(_) => {
                self.note("fault", "not an answer to place_order");
                "unknown"
            }
        }
    }

    fn placed(&mut self, key: IdempotencyKey, receipt: Receipt) {
        self.note("placed", &format!("order {} under {key}", receipt.number));
        let receipt_order = receipt.order.clone();
        self.memory.receipts.push((key, receipt.clone()));
        self.memory.receipt = Some(receipt);
        self.memory.placed.push(Placed {
            order: receipt_order,
            lines: std::mem::take(&mut self.memory.lines),
            fulfilment: self.memory.fulfilment,
        });
        self.memory.drop_draft();
        self.memory.just_placed = true;
        self.memory.told = Told::default();
        self.memory.voucher = None;
        // Nobody goes back behind an order.
        self.answered.clear();
        self.settle(Outcome::OrderPlaced);
    }

    fn set_stock(&mut self, sku: &Sku, available: u32) {
        if self.memory.delayed.contains(sku) {
            self.memory.delayed.retain(|delayed| delayed != sku);
            self.memory.undeliverable.push(sku.clone());
        }
        // What was refused for want of stock is short, whatever number came with it.
        let wanted = self
            .memory
            .lines
            .iter()
            .find(|line| line.sku == *sku)
            .map_or(1, |line| line.quantity);
        let available = available.min(wanted.saturating_sub(1));
        match self.memory.stock.iter_mut().find(|stock| stock.sku == *sku) {
            Some(stock) => stock.available = available,
            None => self.memory.stock.push(Stock {
                sku: sku.clone(),
                available,
                lead_time_days: None,
                substitutes: Vec::new(),
            }),
        }
    }
}

impl Agreed for OrderDraft {
    const SUBJECT: Subject = Subject::Draft;

    fn question(readback: Readback<Self>) -> Question {
        Question::Draft(readback)
    }

    fn yes(memory: &mut Memory) -> &mut Option<Confirmed<Self>> {
        &mut memory.confirmed
    }

    fn wanted(memory: &Memory) -> Option<Self> {
        memory.draft()
    }

    /// The draft stays: a no often comes before a correction.
    fn rejected(talk: &mut Conversation) {
        talk.misunderstood();
    }

    fn key(&self, memory: &Memory) -> IdempotencyKey {
        idempotency::of_order(&memory.caller.call, self, &memory.short_keys)
    }

    fn done_before(talk: &mut Conversation, key: &IdempotencyKey) -> Option<&'static str> {
        let mut receipts = talk.memory.receipts.iter();
        let (_, receipt) = receipts.find(|(placed, _)| placed == key)?;
        talk.memory.receipt = Some(receipt.clone());
        talk.memory.drop_draft();
        talk.note("again", "this very order was placed in this call");
        Some("again")
    }

    fn action(order: Confirmed<Self>, key: IdempotencyKey) -> Action {
        Action::PlaceOrder { order, key }
    }
}
