//! The read-back of a draft and what the caller says to it: yes, no, or a correction, which always
//! leads to a new read-back. The yes itself is judged in `confirm`.

use crate::conversation::command::CANCELLED;
use crate::conversation::confirm::{Readback, Restates, Verdict, Wants};
use crate::conversation::draft::{self, Correction};
use crate::conversation::flow::{Confirm, Flow, FlowIndex, Place};
use crate::conversation::machine::{Conversation, Listening, Question, State};
use crate::conversation::policy::{Choice, Stake};
use crate::conversation::repair::{BY_KEYS, Failure, Failures};
use crate::ids::{AddressId, Sku};
use crate::nlu::decision::{Answer, Decision};
use crate::nlu::slots::{ADDRESS, DAY};
use crate::shop::{Fulfilment, OrderDraft, OrderLine};
use crate::speech::expectation::{Candidate, Expectation};

impl Conversation {
    /// Reads the draft back and asks for a yes.
    pub(crate) fn confirm(&mut self, confirm: &Confirm) {
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
        self.read_back(confirm, readback, Question::Draft);
    }

    /// Says what is to be confirmed, and asks for what the line can carry.
    pub(crate) fn read_back<T: Restates>(
        &mut self,
        confirm: &Confirm,
        readback: Readback<T>,
        question: impl FnOnce(Readback<T>) -> Question,
    ) {
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
        self.say_as(&confirm.wording.prompt, confirm.wording.barge_in);
        if readback.wants() == Wants::Key {
            self.say(confirm.wording.keypad.as_deref().unwrap_or(BY_KEYS));
        }
        self.listen(Listening {
            question: question(readback),
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

    /// Asks for the yes that is still missing. Not a failure: so far the caller agrees.
    pub(crate) fn ask_more(&mut self, wants: Wants, question: Question, failures: Failures, why: &str) {
        self.note("second_yes", why);
        self.say(match wants {
            Wants::NamedYes => NAME_IT,
            Wants::Answer | Wants::PlainYes | Wants::Key => PLAIN_YES,
        });
        self.listen(Listening { question, failures });
    }

    /// Other lines than those read back: to be read back again.
    pub(crate) fn amend(&mut self, lines: Vec<OrderLine>, changed: Place, decision: Decision) {
        self.note(
            "correction",
            &format!("\"{}\" by {}", decision.text, decision.decided_by),
        );
        self.corrected(&decision);
        self.memory.hear(decision);
        self.memory.lines = lines;
        self.go(changed);
    }

    pub(crate) fn answer_readback(
        &mut self,
        confirm: &Confirm,
        readback: Readback<OrderDraft>,
        failures: Failures,
        mut decision: Decision,
    ) {
        let delivers = readback.value().fulfilment == Fulfilment::Delivery;
        let delivery = self.memory.delivery_changed(&decision).filter(|_| delivers);
        // "What does the grinder cost?" names a grinder and orders none.
        // And "book a tasting on Friday" is about a tasting, by the very words of a flow.
        let elsewhere = delivery.is_none() || decision.decided_by.starts_with("phrase:");
        if !decision.correction
            && elsewhere
            && let Some(flow) = self.digression(&decision)
        {
            return self.digress(flow, decision);
        }
        let correction = draft::correct(&readback.value().lines, &decision, &self.catalogue);
        match (delivery, &correction) {
            (Some(delivery), Correction::Unchanged | Correction::Emptied) => {
                self.memory.delivery = delivery;
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
                let words = decision.text.clone();
                let verdict = readback.answered(&decision);
                self.memory.hear(decision);
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
            (Question::Change(readback), Some(digit)) => {
                let verdict = readback.keyed(digit);
                self.act_on_change(confirm, verdict, listening.failures, "a key");
            }
            (Question::Reservation(readback), Some(digit)) => {
                let verdict = readback.keyed(digit);
                self.act_on_reservation(confirm, verdict, listening.failures, "a key");
            }
            (question, _) => self.fail(Failure::NoMatch, question, listening.failures, "no key"),
        }
    }

    fn act_on(&mut self, confirm: &Confirm, verdict: Verdict<OrderDraft>, failures: Failures, words: &str) {
        match verdict {
            Verdict::Confirmed(confirmed) => {
                self.note("confirmed", &confirmed.how().told());
                self.memory.confirmed = Some(confirmed);
                self.go(confirm.yes);
            }
            Verdict::Rejected(_) => {
                self.note("rejected", &format!("\"{words}\""));
                self.misunderstood();
                self.go(confirm.no);
            }
            Verdict::More(readback, why) => {
                self.ask_more(readback.wants(), Question::Draft(readback), failures, why);
            }
            Verdict::Unclear(readback, why) => {
                self.fail(Failure::NoMatch, Question::Draft(readback), failures, why);
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
        self.memory.hear(decision);
        self.frames.clear();
        self.begin_task(flow);
        self.call(flow, self.flows.fallbacks.after);
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

    fn leave_readback(&mut self, confirm: &Confirm, why: &str) {
        self.note("gave_up", why);
        match confirm.give_up {
            Some(place) => self.go(place),
            None => self.give_up_to_a_human(),
        }
    }
}

/// "Place the order", or "cancel": far apart in sound, and each more than a word long or a command.
pub(crate) fn named_or_cancel() -> Expectation {
    let candidate = |value: &str, spoken: &[&str]| Candidate {
        value: value.to_owned(),
        spoken: spoken.iter().map(|form| (*form).to_owned()).collect(),
    };
    Expectation::OneOf {
        candidates: vec![
            candidate("place", &["place the order", "place my order"]),
            candidate("cancel", &["cancel", "cancel the order"]),
        ],
    }
}

/// "Was that a yes? Please say yes or no."
const PLAIN_YES: &str = "common.plain_yes";
/// "To place it, say: place the order. Or say: cancel."
pub(crate) const NAME_IT: &str = "common.name_it";

/// Prompts that the machine says by itself: they must exist whatever the flows say.
pub(crate) const OWN_PROMPTS: &[&str] = &[PLAIN_YES, NAME_IT];
