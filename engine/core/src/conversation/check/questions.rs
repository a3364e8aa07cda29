//! Questions and read-backs: every answer leads somewhere, and choices can be told apart.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, understood_slots};
use crate::conversation::choosing::{OTHER_ADVICE, OTHER_OPENINGS};
use crate::conversation::document::{did_you_mean, slip_of};
use crate::conversation::flow::{Among, Ask, Confirm, Expect, Flow, Step, StepKind, Subject};
use crate::conversation::named::Named as _;
use crate::conversation::operation::Operation;
use crate::conversation::prompt;
use crate::conversation::reaching::OUTWARD_ANSWERS;
use crate::nlu::slots::{ALL, WISH};

impl Checker<'_> {
    pub(super) fn ask(&self, flow: &Flow, step: &Step, ask: &Ask) {
        self.wording(flow, step, &ask.wording);
        self.slot_asked(flow, step, &ask.slot);
        let answers = self.answers(ask);
        let on = ask.on.keys().map(|name| ("on", name));
        for (key, name) in on.chain(ask.keys.values().map(|name| ("keys", name))) {
            if !answers.contains(name.as_str()) {
                let hint = did_you_mean(name, answers.iter().copied());
                let message = format!("`{name}` is no answer, slot or intent{hint}");
                self.blame_key(flow, step, key, &message);
            }
        }
        self.choices(flow, step, ask);
        if ask.next.is_none() {
            for name in needed(&ask.expect)
                .iter()
                .filter(|name| !ask.on.contains_key(**name))
            {
                self.blame(
                    flow,
                    step,
                    &format!("where does `{name}` lead? Add it to `on`, or give a `next`"),
                );
            }
        }
        let asks_by_key = ask.wording.keypad.is_some() && ask.keys.is_empty();
        if asks_by_key && matches!(ask.expect, Expect::Item | Expect::Drink | Expect::Open) {
            self.blame(
                flow,
                step,
                "has a keypad prompt but no `keys`: what would the keys mean?",
            );
        }
    }

    /// A slot may have any name; one that nothing reads and that is a known one but for a letter was misspelt.
    fn slot_asked(&self, flow: &Flow, step: &Step, slot: &str) {
        let known = understood_slots();
        if known.contains(&slot) || self.read_slots.contains(slot) {
            return;
        }
        if let Some(meant) = slip_of(slot, &known) {
            let message = format!("nothing reads the slot `{slot}`; did you mean `{meant}`?");
            self.blame_key(flow, step, "ask", &message);
        }
    }

    /// Only new lines of an order can be corrected, and of a subscription when it comes: there is nothing to correct about
    /// a cancellation.
    pub(super) fn confirm(&self, flow: &Flow, step: &Step, confirm: &Confirm) {
        for (key, prompt) in confirm.prompts() {
            self.plain(flow, step, key, prompt);
        }
        self.says_where(flow, step, confirm);
        let does = |wanted: Operation| {
            let done =
                |step: &Step| matches!(step.kind, StepKind::Do { operation, .. } if operation == wanted);
            flow.steps.iter().any(done)
        };
        let corrects = [("changed", confirm.changed), ("which", confirm.which)];
        if confirm.what == Subject::Reservation && confirm.which.is_some() {
            self.blame_key(
                flow,
                step,
                "which",
                "a reservation has no lines: `yes`, `no` or `changed`",
            );
        }
        if confirm.what == Subject::Change && !does(Operation::ChangeAmend) {
            let timed = [
                Operation::ChangePause,
                Operation::ChangeMove,
                Operation::ChangeRest,
                Operation::ChangeInterval,
            ];
            let timed = timed.into_iter().any(does);
            let given = corrects.into_iter().filter(|(_, place)| place.is_some());
            for (key, _) in given.filter(|(key, _)| *key != "changed" || !timed) {
                let message = "a change of an order is not corrected: `yes` or `no`";
                self.blame_key(flow, step, key, message);
            }
        }
    }

    /// What stands for a whole read-back says what has changed, and the price; only an order has where and when.
    fn says_where(&self, flow: &Flow, step: &Step, confirm: &Confirm) {
        let own = [("amended", &confirm.amended), ("said_back", &confirm.said_back)];
        for (key, prompt) in own {
            let Some(prompt) = prompt else { continue };
            if confirm.what != Subject::Draft {
                let message = "only an order comes somewhere, on some day: remove this";
                self.blame_key(flow, step, key, message);
                continue;
            }
            for place in [prompt::Place::Delivery, prompt::Place::Total] {
                if !self.prompts.always_names(prompt, place) {
                    let message = format!(
                        "`{prompt}` stands for a read-back: each of its sentences needs {{{}}}",
                        place.name()
                    );
                    self.blame_key(flow, step, key, &message);
                }
            }
        }
    }

    /// Everything that may be heard at a question.
    fn answers<'a>(&'a self, ask: &'a Ask) -> BTreeSet<&'a str> {
        let mut answers: BTreeSet<&str> = ["yes", "no"]
            .into_iter()
            .chain(self.slots.iter().copied())
            .collect();
        answers.extend(OUTWARD_ANSWERS.iter().copied());
        answers.extend(self.set.intents.keys().map(String::as_str));
        answers.extend(self.set.commands.keys().map(String::as_str));
        if let Expect::OneOf(among) = &ask.expect {
            answers.insert(ALL);
            if *among == Among::Openings {
                answers.extend(OTHER_OPENINGS.iter().map(|(value, _)| *value));
            }
            if *among == Among::Advice {
                answers.extend(OTHER_ADVICE.iter().map(|(value, _)| *value));
                answers.insert(WISH);
            }
            if let Among::Listed(choices) = among {
                answers.extend(choices.iter().map(|(value, _)| value.as_str()));
            }
        }
        answers
    }

    /// Choices that can be told apart.
    fn choices(&self, flow: &Flow, step: &Step, ask: &Ask) {
        let Expect::OneOf(Among::Listed(choices)) = &ask.expect else {
            return;
        };
        if choices.is_empty() {
            self.blame_key(flow, step, "choices", "there is nothing to choose from");
        }
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for (value, spoken) in choices {
            for form in spoken {
                if let Some(other) = seen.insert(form, value) {
                    let message = format!("\"{form}\" means both `{other}` and `{value}`");
                    self.blame_key(flow, step, "choices", &message);
                }
            }
        }
    }
}

/// The answers that an ask without `next` must have branches for.
fn needed(expect: &Expect) -> Vec<&str> {
    match expect {
        Expect::YesNo => vec!["yes", "no"],
        Expect::Digits { .. } => vec!["digits"],
        Expect::Item => vec!["item"],
        Expect::Quantity { .. } => vec!["quantity"],
        Expect::Drink => vec!["coffeeDrink"],
        Expect::OneOf(Among::Listed(choices)) => choices.iter().map(|(value, _)| value.as_str()).collect(),
        Expect::OneOf(
            Among::Orders
            | Among::Draft
            | Among::Returnable
            | Among::Addresses
            | Among::Days
            | Among::Drinks
            | Among::Services
            | Among::Openings
            | Among::Reservations
            | Among::Launches
            | Among::Advice,
        ) => vec!["choice"],
        Expect::Open => vec!["an intent"],
    }
}
