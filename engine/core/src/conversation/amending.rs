//! Where or when, changed at the read-back. What the caller has heard and let stand is not said again: only the
//! change is, and it is asked about, or, where they agreed in the same breath ("yes, but to my office"), said
//! back for them to object to. All of it is read back again when the price is another one, when Hark was cut
//! short, or when anything else was said.

use crate::conversation::confirm::{Readback, Said};
use crate::conversation::flow::Confirm;
use crate::conversation::machine::{Conversation, Listening, Question};
use crate::conversation::memory::Memory;
use crate::conversation::repair::Failures;
use crate::nlu::decision::Decision;
use crate::nlu::normalize::Words;
use crate::nlu::slots::{ADDRESS, DAY};
use crate::shop::OrderDraft;
use crate::units::Money;

/// An order that the caller has heard to its end, with its price, before they changed where or when.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HeardOut {
    draft: OrderDraft,
    total: Option<Money>,
    /// Their yes to the rest.
    given: Option<Said>,
}

impl HeardOut {
    /// Nothing of an order has to be said but where and when: the rest is what was heard. A day that was taken
    /// back would not be told by saying where it goes.
    fn covers(&self, draft: &OrderDraft, total: Option<Money>) -> bool {
        let rest = OrderDraft {
            address: self.draft.address.clone(),
            day: self.draft.day,
            ..draft.clone()
        };
        let told = draft.day.is_some() || (self.draft.day.is_none() && draft.address.is_some());
        rest == self.draft && self.total.is_some() && self.total == total && told
    }
}

impl Conversation {
    /// The draft was read back, and the answer changes where or when and nothing else.
    pub(crate) fn hear_out(&mut self, readback: &Readback<OrderDraft>, decision: &Decision) {
        let settled = !self.memory.delivery.is_open();
        let whole = !self.cut_short && settled;
        self.memory.heard_out = whole.then(|| HeardOut {
            draft: readback.value().clone(),
            total: self.memory.total(),
            given: given(decision),
        });
    }

    /// Says only where and when, if that is all that is new to the caller; else gives the read-back back.
    pub(crate) fn read_back_change(
        &mut self,
        confirm: &Confirm,
        readback: Readback<OrderDraft>,
    ) -> Option<Readback<OrderDraft>> {
        let total = self.memory.total();
        let Some(heard) = self.memory.heard_out.take() else {
            return Some(readback);
        };
        if !heard.covers(readback.value(), total) {
            return Some(readback);
        }
        let enough = |said: &Said| {
            let terms = readback.choice();
            terms.is_some_and(|terms| self.policy.takes_amended(terms, said.sure()))
        };
        match (heard.given.filter(enough), &confirm.said_back, &confirm.amended) {
            (Some(given), Some(prompt), _) => {
                self.note(
                    "said_back",
                    "agreed to in the breath that changed it; silence lets it stand",
                );
                self.say_as(prompt, confirm.wording.barge_in);
                self.listen(Listening {
                    question: Question::Draft(readback.said_back(given)),
                    failures: Failures::default(),
                });
            }
            (_, _, Some(prompt)) => self.ask_back(confirm, prompt, readback),
            (_, _, None) => return Some(readback),
        }
        None
    }
}

impl Memory {
    fn total(&self) -> Option<Money> {
        self.quote.as_ref().map(|quote| quote.total)
    }
}

/// The yes in "yes, but send it to my office": plain, undisputed, with nothing said but where and when.
fn given(decision: &Decision) -> Option<Said> {
    let (said, len) = Said::before_a_change(decision)?;
    let delivery = |name: &str| [ADDRESS, DAY].contains(&name);
    let alone = decision.slots.iter().all(|slot| delivery(&slot.name)) && decision.then.is_none();
    let spans: Vec<Words> = decision.slots.iter().map(|slot| Words::new(&slot.span)).collect();
    let words = Words::new(&decision.text);
    let known = |word: &str| {
        let mut spans = spans.iter().flat_map(Words::iter);
        spans.any(|part| part == word) || AROUND.contains(&word)
    };
    let plain = words.iter().skip(len).all(known);
    (alone && plain && !decision.disputed).then_some(said)
}

/// What may stand around a place or a day without saying more: no "if", no "not", no "or".
const AROUND: &[&str] = &[
    "but",
    "and",
    "send",
    "ship",
    "deliver",
    "bring",
    "make",
    "have",
    "it",
    "that",
    "this",
    "to",
    "at",
    "on",
    "for",
    "please",
    "can",
    "could",
    "you",
    "i'd",
    "i",
    "want",
    "like",
    "the",
    "my",
    "our",
    "just",
    "then",
    "thanks",
    "thank",
    "address",
    "delivered",
    "sent",
];

#[cfg(test)]
mod tests {
    use super::given;
    use crate::nlu::decision::{Decision, Slot, SlotValue};
    use crate::units::Confidence;

    fn heard(text: &str, slots: &[(&str, &str)]) -> Decision {
        let slot = |(name, span): &(&str, &str)| Slot {
            name: (*name).to_owned(),
            value: SlotValue::Text((*span).to_owned()),
            span: (*span).to_owned(),
            confidence: Confidence::new(0.9),
        };
        Decision {
            text: text.to_owned(),
            slots: slots.iter().map(slot).collect(),
            correction: true,
            confidence: Confidence::new(0.9),
            ..Decision::default()
        }
    }

    #[test]
    fn a_yes_to_the_rest_is_plain_and_says_nothing_else() {
        let office = [("address", "my office")];
        let check = |text: &str, slots: &[(&str, &str)], expect: bool| {
            assert_eq!(given(&heard(text, slots)).is_some(), expect, "{text}");
        };
        check("yes but send it to my office", &office, true);
        check("yeah to my office please", &office, true);
        check("yes on friday", &[("day", "friday")], true);
        check("send it to my office", &office, false);
        check("no send it to my office", &office, false);
        check("okay but send it to my office", &office, false);
        check("that's right but to my office", &office, false);
        check("yes if you can send it to my office", &office, false);
        check("yes but not to my office", &office, false);
        check("yes no to my office", &office, false);
        check("yes to my office or to my mother", &office, false);
        let more = [("quantity", "two"), ("address", "my office")];
        check("yes but two to my office", &more, false);
        let disputed = Decision {
            disputed: true,
            ..heard("yes to my office", &office)
        };
        assert!(given(&disputed).is_none());
    }
}
