//! Several wishes in one breath: one after the other, each read as if it stood alone.

use super::{Context, Understander};
use crate::nlu::asking::asks_of_named;
use crate::nlu::brought::{self, Brought, is_of};
use crate::nlu::decision::{Decision, ScoredIntent};
use crate::nlu::denied;
use crate::nlu::drink;
use crate::nlu::enquiry::{Asks, enquiry};
use crate::nlu::follow_up::begins_with_wish;
use crate::nlu::intent::{ORDER_DRINK, PRODUCT_QUESTION};
use crate::nlu::joints;
use crate::nlu::normalize::Words;
use crate::nlu::number;
use crate::nlu::other_orders::names_order;
use crate::nlu::reference;
use crate::nlu::slots::{ADDRESS, DAY, ITEM};
use crate::nlu::wording::{is_courtesy, says_one_of};
use crate::speech::expectation::Expectation;
use crate::units::Confidence;

impl Understander {
    /// What an utterance means that has more than one wish. `None` where it has one.
    pub(super) fn several_wishes(
        &self,
        words: &Words,
        recognition: Confidence,
        context: &Context<'_>,
    ) -> Option<Decision> {
        self.used_for(words, recognition, context)
            .or_else(|| self.cancelled_for(words, recognition, context))
            .or_else(|| self.two_wishes(words, JOINTS_MAX, recognition, context))
            .or_else(|| self.several_drinks(words, recognition, context))
            .or_else(|| self.several_asked(words, recognition, context))
    }

    /// "Use voucher 246810 on a bag of Harbor": first the one, then the other. A number with nothing beside it is taken at
    /// a read-back too.
    fn used_for(&self, words: &Words, recognition: Confidence, context: &Context<'_>) -> Option<Decision> {
        let open = matches!(context.expectation, Expectation::Open);
        let read_back = matches!(context.expectation, Expectation::YesNo);
        if !(open || read_back) || words.cut {
            return None;
        }
        let context = &Context {
            expectation: &Expectation::Open,
            ..*context
        };
        let all: Vec<&str> = words.iter().collect();
        let used = brought::used(&all, context.lexicon.brought())?;
        let part = |start: usize, end: usize| words.span(start, end);
        let rest = [part(0, used.clause.start), part(used.clause.end, all.len())].join(" ");
        let rest = Words::new(&rest);
        let clause = Words::new(&part(used.clause.start, used.clause.end));
        let told = self.one_wish(&clause, recognition, context);
        let sure = Confidence::new(joints::SURE_OF_BROUGHT);
        let first = Decision {
            text: words.text(),
            intents: vec![ScoredIntent {
                name: used.intent.to_owned(),
                confidence: sure,
            }],
            answer: None,
            slots: told
                .slots
                .into_iter()
                .filter(|slot| slot.name == "digits")
                .collect(),
            correction: false,
            confidence: Confidence::new(recognition.get() * sure.get()),
            decided_by: format!("rule:{}", used.intent),
            ..told
        };
        if rest.iter().all(is_courtesy) {
            return used.is_numbered.then_some(first);
        }
        let then = self.one_wish(&rest, recognition, context);
        let orders = then
            .intent()
            .is_some_and(|best| ORDERS.contains(&best.name.as_str()));
        (open && orders).then(|| Decision {
            then: Some(Box::new(then)),
            ..first
        })
    }

    /// "Where's my order, and add two bags": both halves say clearly what they want, and not the same. The second may
    /// be two again.
    fn two_wishes(
        &self,
        words: &Words,
        joints: usize,
        recognition: Confidence,
        context: &Context<'_>,
    ) -> Option<Decision> {
        // Asked for goods, a drink may be wanted beside them.
        let goods_only = matches!(context.expectation, Expectation::Item);
        if !(goods_only || matches!(context.expectation, Expectation::Open)) || words.cut {
            return None;
        }
        let context = &Context {
            expectation: &Expectation::Open,
            ..*context
        };
        let all: Vec<&str> = words.iter().collect();
        let brought = context.lexicon.brought();
        joints::places(&all, brought).take(joints).find_map(|joint| {
            let after = Words::new(&words.span(joint.rest, all.len()));
            let before = Words::new(&words.span(0, joint.at));
            let mut first = self.wish_beside(&before, recognition, context);
            let mut second = self
                .two_wishes(&after, joints - 1, recognition, context)
                .unwrap_or_else(|| self.wish_beside(&after, recognition, context));
            let both = clear_wish(&first, brought).zip(clear_wish(&second, brought));
            let goods = |wish: &String| !goods_only || ORDERS.contains(&wish.as_str());
            let differ = |one: &String, other: &String| one != other || asks_of_two(&first, &second);
            let both = both.filter(|(one, other)| differ(one, other) && goods(one) && goods(other));
            both.filter(|(one, other)| joint.may_part(one, other, brought))?;
            // "How much is a latte and a mocha": the second is asked about too.
            if asks_of_named(&before) && is_bare_name(&after) {
                return None;
            }
            // "The usual, and send it to the office": no wish of its own.
            let added = second.slot(ADDRESS).or(second.slot(DAY)).is_some();
            if added && second.slot("item").is_none() {
                return None;
            }
            // A voucher is of use before what is ordered with it.
            if second.intent().is_some_and(|best| is_of(&best.name, brought)) {
                first.then = second.then.take();
                std::mem::swap(&mut first, &mut second);
            }
            first.text = words.text();
            first.then = Some(Box::new(second));
            Some(first)
        })
    }

    /// "Cancel my order and give me the Ethiopia instead", in whichever order it is said: first the one, then the other.
    fn cancelled_for(
        &self,
        words: &Words,
        recognition: Confidence,
        context: &Context<'_>,
    ) -> Option<Decision> {
        let open = matches!(context.expectation, Expectation::Open) && !words.cut;
        if !open || !names_order(words) || denied::without_denied(words).is_some() {
            return None;
        }
        let read = |part: &Words| self.one_wish(part, recognition, context);
        split_beside(words).into_iter().find_map(|(one, other)| {
            let (cancel, wish) = if calls_off(&one) {
                (one, other)
            } else {
                (other, one)
            };
            let wanted = begins_with_wish(&wish) || says_one_of(&wish.text(), &["instead", "rather"]);
            if !calls_off(&cancel) || calls_off(&wish) || !wanted {
                return None;
            }
            let first = read(&cancel);
            first.intent().filter(|intent| intent.name == CANCEL)?;
            let then = self
                .several_drinks(&wish, recognition, context)
                .unwrap_or_else(|| read(&wish));
            let goods = [ITEM, drink::DRINK].iter().any(|name| then.slot(name).is_some());
            let orders = then
                .intent()
                .is_some_and(|intent| ORDERS.contains(&intent.name.as_str()));
            (goods && orders).then(|| Decision {
                text: words.text(),
                then: Some(Box::new(then)),
                ..first
            })
        })
    }

    /// A wish that stands beside another one. Of what is brought the model was taught nothing: a flow knows it by its
    /// phrases, which are looked for in whole utterances.
    fn wish_beside(&self, words: &Words, recognition: Confidence, context: &Context<'_>) -> Decision {
        let wish = self.one_wish(words, recognition, context);
        let Some(intent) = joints::bringing(words, context.lexicon.brought()) else {
            return wish;
        };
        let sure = Confidence::new(joints::SURE_OF_BROUGHT);
        Decision {
            intents: vec![ScoredIntent {
                name: intent.to_owned(),
                confidence: sure,
            }],
            confidence: Confidence::new(recognition.get() * sure.get()),
            decided_by: format!("rule:{intent}"),
            ..wish
        }
    }

    /// "How much is the Kenya and the Ethiopia", "do you have filters and a grinder": one after the other, where no more
    /// is asked than the price, and whether they are there.
    fn several_asked(
        &self,
        words: &Words,
        recognition: Confidence,
        context: &Context<'_>,
    ) -> Option<Decision> {
        let compares = words.iter().any(|word| COMPARING.contains(&word));
        let open = matches!(context.expectation, Expectation::Open) && !words.cut && !compares;
        let priced = enquiry(words).is_none_or(|enquiry| enquiry.asks == Asks::Price);
        if !open || !priced {
            return None;
        }
        let text = words.text();
        if !(2..=JOINTS_MAX).contains(&text.split(" and ").count()) {
            return None;
        }
        let whole = self.one_wish(words, recognition, context);
        whole.intent().filter(|intent| intent.name == PRODUCT_QUESTION)?;
        let parts = text.split(" and ").map(Words::new);
        let asked: Vec<Decision> = parts
            .map(|part| self.one_wish(&part, recognition, context))
            .collect();
        let names_one = |part: &Decision| part.slots.iter().filter(|slot| slot.name == ITEM).count() == 1;
        one_after_other(whole, asked.iter().all(names_one).then_some(asked)?)
    }

    /// "A cappuccino and a large mocha", "two lattes, one with oat milk": one after the other, each with what was said
    /// of it.
    fn several_drinks(
        &self,
        words: &Words,
        recognition: Confidence,
        context: &Context<'_>,
    ) -> Option<Decision> {
        let asked = matches!(
            context.expectation,
            Expectation::Open | Expectation::Drink | Expectation::YesNo | Expectation::Item
        );
        if !asked || words.cut {
            return None;
        }
        let apart = drink::apart(words, JOINTS_MAX + 1);
        if apart.len() < 2 {
            return None;
        }
        let whole = self.one_wish(words, recognition, context);
        // "How much is a latte and a mocha" asks of both.
        let asked = |name: &str| name == PRODUCT_QUESTION && asks_of_named(words);
        let intent = whole.intent()?;
        let ordered = intent.name == ORDER_DRINK || asked(&intent.name);
        if !ordered && !is_bare_name(words) {
            return None;
        }
        let read = |drink: &Words| self.one_wish(drink, recognition, context);
        let drinks: Vec<Decision> = apart.iter().map(read).collect();
        if ordered {
            return one_after_other(whole, drinks);
        }
        // "Three lattes, two large and one small": each by itself is ordered, and so are all.
        let orders = |drink: &Decision| drink.intent().is_some_and(|intent| intent.name == ORDER_DRINK);
        let listed = drinks.iter().all(orders);
        let least =
            |one: &Decision, other: &Decision| one.confidence.get().total_cmp(&other.confidence.get());
        let surely = drinks.iter().min_by(|one, other| least(one, other));
        let Decision {
            intents, confidence, ..
        } = surely.filter(|_| listed)?.clone();
        one_after_other(
            Decision {
                intents,
                confidence,
                ..whole
            },
            drinks,
        )
    }
}

/// What the parts of an utterance mean, one after the other: each wants what the whole does, as surely. Only the first
/// answers or corrects.
fn one_after_other(whole: Decision, parts: Vec<Decision>) -> Option<Decision> {
    let wanted = |part: Decision, then: Option<Box<Decision>>| Decision {
        intents: whole.intents.clone(),
        confidence: whole.confidence,
        then,
        ..part
    };
    let mut parts = parts.into_iter();
    let first = parts.next()?;
    let then = parts.rev().fold(None, |then, part| {
        let part = wanted(part, then);
        Some(Box::new(Decision {
            answer: None,
            correction: false,
            ..part
        }))
    });
    Some(Decision {
        text: whole.text.clone(),
        ..wanted(first, then)
    })
}

/// An order that stands is to be cancelled.
fn calls_off(words: &Words) -> bool {
    names_order(words) && words.iter().any(|word| word == "cancel")
}

/// The words before and behind each "and" or the like, and behind "my order", where no such word follows.
fn split_beside(words: &Words) -> Vec<(Words, Words)> {
    let all = words.as_slice();
    let is = |at: usize, list: &[&str]| all.get(at).is_some_and(|word| list.contains(&word.as_str()));
    let part = |start: usize, end: usize| Words::new(&words.span(start, end));
    let ends = (1..all.len()).filter(|at| is(*at, BESIDE) || is(at - 1, &["order", "orders"]));
    let apart = ends.map(|end| {
        let joints = (end..all.len()).take_while(|at| is(*at, BESIDE)).count();
        (part(0, end), part(end + joints, all.len()))
    });
    apart.filter(|(_, rest)| !rest.is_empty()).collect()
}

/// The name of a wish that is clear enough to stand beside another one.
fn clear_wish(decision: &Decision, brought: &[Brought]) -> Option<String> {
    let best = decision.intent()?;
    let known = WISHES.contains(&best.name.as_str()) || is_of(&best.name, brought);
    // A question that names its thing is clear by its form.
    let least = if best.name == PRODUCT_QUESTION && asks_of_named(&Words::new(&decision.text)) {
        CLEAR_QUESTION
    } else {
        CLEAR_WISH
    };
    (known && best.confidence.get() >= least).then(|| best.name.clone())
}

/// "A mocha", "two bags of Kenya": nothing that wishes or asks stands before it. "The usual, please" is no name: it is
/// ordered.
fn is_bare_name(words: &Words) -> bool {
    if reference::reference(words).is_some_and(|found| reference::ORDERED_BEFORE.contains(&found.value)) {
        return false;
    }
    let all: Vec<&str> = words.iter().collect();
    let named = all
        .first()
        .is_some_and(|word| ["a", "an", "the", "some"].contains(word));
    named || number::number(&all).is_some()
}

/// "How much is a cappuccino, and do you have mochas": two questions, of different things.
fn asks_of_two(first: &Decision, second: &Decision) -> bool {
    let asked = |decision: &Decision| {
        let question = decision
            .intent()
            .is_some_and(|best| best.name == PRODUCT_QUESTION);
        let named = decision.slot(ITEM).or(decision.slot(drink::DRINK));
        named.filter(|_| question).map(|slot| slot.value.clone())
    };
    asked(first)
        .zip(asked(second))
        .is_some_and(|(one, other)| one != other)
}

/// Wishes that can come two in a breath.
const WISHES: &[&str] = &[
    "reorder",
    "order_status",
    "order_drink",
    PRODUCT_QUESTION,
    "return_exchange",
];
const CLEAR_WISH: f32 = 0.8;
const CLEAR_QUESTION: f32 = 0.6;
/// Who says these asks of two things at once.
const COMPARING: &[&str] = &[
    "between",
    "compare",
    "compared",
    "difference",
    "or",
    "than",
    "together",
    "which",
];
/// Those that order something.
const ORDERS: &[&str] = &["reorder", ORDER_DRINK];
const CANCEL: &str = "cancel";
/// What stands between a cancelling and what is wanted instead.
const BESIDE: &[&str] = &["and", "then", "but", "please", "just", "also"];
/// Nobody joins more wishes than these.
const JOINTS_MAX: usize = 3;
