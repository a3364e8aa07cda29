//! Questions and answers: what a caller may say to an ask step, and what becomes of it.

use crate::conversation::choosing;
use crate::conversation::command::{is_about_giving_up, yes_to_giving_up};
use crate::conversation::confirm::{MIN_YES_CONFIDENCE, Wants};
use crate::conversation::event::{Directive, Listen};
use crate::conversation::flow::{Among, Ask, Expect, Flow, FlowIndex, StepKind};
use crate::conversation::half_number::AND_THE_REST;
use crate::conversation::machine::{Conversation, FRAMES_MAX, Kept, Listening, Question, State};
use crate::conversation::repair::{Failure, Failures};
use crate::ids::Sku;
use crate::nlu::decision::{Answer, Decision, Slot, SlotValue};
use crate::nlu::follow_up::{denies, goes_on};
use crate::nlu::intent::PRODUCT_QUESTION;
use crate::nlu::normalize::Words;
use crate::nlu::range::{Range, asks_range};
use crate::nlu::slots::ITEM;
use crate::speech::endpointing::Pace;
use crate::speech::expectation::Expectation;

/// What an utterance is to the question that was asked.
enum Reply {
    /// It answers; `on` names the branch it may take.
    Answer {
        on: Option<String>,
    },
    /// It is probably this intent: ask.
    Check(FlowIndex),
    /// It is about something else that Hark can do.
    Digression(FlowIndex),
    NoMatch(&'static str),
}

impl Conversation {
    /// Asks, and gives the caller the floor.
    pub(crate) fn ask(&mut self, ask: &Ask) {
        self.half_number = None;
        self.memory.alike.clear();
        self.say_as(&ask.wording.prompt, ask.wording.barge_in);
        self.listen(Listening {
            question: Question::Ask,
            failures: Failures::default(),
        });
    }

    pub(crate) fn listen(&mut self, listening: Listening) {
        let flows = std::sync::Arc::clone(&self.flows);
        let step = flows.step(self.place);
        let (expectation, wording) = match (&listening.question, &step.kind) {
            (Question::Ask, StepKind::Ask(ask)) => (self.expectation(&ask.expect), Some(&ask.wording)),
            (question, StepKind::Confirm(confirm)) if question.wants() == Wants::NamedYes => {
                (question.named_yes().or_against(), Some(&confirm.wording))
            }
            (_, StepKind::Confirm(confirm)) => (Expectation::YesNo, Some(&confirm.wording)),
            (_, _) => (Expectation::YesNo, None),
        };
        let said_back = listening.question.is_said_back();
        let no_input_ms = wording
            .and_then(|wording| wording.no_input_ms)
            .filter(|_| !said_back)
            .unwrap_or(match expectation {
                Expectation::Digits { .. } => DIGITS_NO_INPUT_MS,
                Expectation::YesNo
                | Expectation::OneOf { .. }
                | Expectation::Item
                | Expectation::Quantity { .. }
                | Expectation::Drink
                | Expectation::Open
                    if said_back =>
                {
                    self.policy.objection_ms()
                }
                Expectation::YesNo
                | Expectation::OneOf { .. }
                | Expectation::Item
                | Expectation::Quantity { .. }
                | Expectation::Drink
                | Expectation::Open => NO_INPUT_MS,
            });
        self.out.push_back(Directive::Listen(Listen {
            step: step.id.clone(),
            expectation,
            pace: wording.map_or_else(Pace::default, |wording| wording.pace),
            no_input_ms,
        }));
        self.state = State::Listening(listening);
        self.heard_out = true;
        self.cut_short = false;
        self.waited = false;
    }

    pub(crate) fn heard(&mut self, decision: Decision) {
        if !matches!(self.state, State::Listening(_)) {
            self.heard_while_busy(&decision);
            return;
        }
        if self.heed_outward(&decision) {
            self.run();
            return;
        }
        self.heed_temper(&decision);
        let decision = self.without_unknown_drinks(self.completed(decision));
        if self.goes_on_from_goodbye(Some(&decision)) {
            return;
        }
        if self.is_half_named(&decision) {
            self.failed(Failure::NoMatch, "part of what was to be said, and no more");
            return;
        }
        if self.is_left_at_that(&decision) && self.let_stand() {
            self.heard_while_busy(&decision);
            return;
        }
        let decision = self.without_idle_cancel(decision);
        if let Some(prompt) = self.asked_of_draft(&decision) {
            self.tell_of_draft(prompt, &decision);
        } else if let Some(enquired) = self.enquired(&decision) {
            self.answer_enquiry(enquired, &decision);
        } else if let Some(command) = self.command_in(&decision) {
            if self.parts_from_a_question(command, &decision) {
                self.ask_before_parting();
            } else {
                self.obey(command, &decision);
            }
        } else {
            self.answer(decision);
        }
        self.run();
    }

    /// What is left of an utterance when it is no command.
    fn answer(&mut self, decision: Decision) {
        let State::Listening(listening) = std::mem::replace(&mut self.state, State::Running) else {
            return;
        };
        let flows = std::sync::Arc::clone(&self.flows);
        let decision = if is_about_giving_up(&listening.question) {
            yes_to_giving_up(decision, &flows.commands)
        } else {
            decision
        };
        let decision = listening.question.nearly_named(decision);
        let decision = self.key_read_out(&listening, decision);
        if let Some(advice) = self.wished_otherwise(&listening.question, &decision) {
            return self.advise_again(advice, decision);
        }
        match (listening.question, &flows.step(self.place).kind) {
            (Question::Draft(readback), StepKind::Confirm(confirm)) => {
                self.answer_readback(confirm, readback, listening.failures, decision);
            }
            (Question::Change(readback), StepKind::Confirm(confirm)) => {
                self.answer_change(confirm, readback, listening.failures, decision);
            }
            (Question::Reservation(readback), StepKind::Confirm(confirm)) => {
                self.answer_reservation(confirm, readback, listening.failures, decision);
            }
            (Question::Intent(asked), StepKind::Ask(ask)) => {
                self.answer_check(ask, asked, listening.failures, decision);
            }
            (Question::Value(asked), StepKind::Ask(ask)) => {
                self.answer_value(ask, *asked, listening.failures, decision);
            }
            (_, StepKind::Ask(ask)) => self.answer_ask(ask, listening.failures, decision),
            (_, _) => self.fail(
                Failure::NoMatch,
                Question::Ask,
                listening.failures,
                "not expected here",
            ),
        }
    }

    pub(crate) fn answer_ask(&mut self, ask: &Ask, failures: Failures, decision: Decision) {
        let (decision, has_more) = self.with_first_half(ask, decision);
        if has_more {
            self.note("half_number", &format!("\"{}\", and no more yet", decision.text));
            self.say(AND_THE_REST);
            return self.listen(Listening {
                question: Question::Ask,
                failures,
            });
        }
        if self.narrows(ask, &decision) {
            return self.fail(
                Failure::NoMatch,
                Question::Ask,
                failures,
                "several orders are like that",
            );
        }
        let decision = self.with_drink_beside(ask, decision);
        match self.reply(ask, &decision) {
            Reply::Answer { on } => self.accept_checked(ask, on, failures, decision),
            Reply::Check(flow) => {
                self.intent_label = self
                    .flows
                    .flow(flow)
                    .map(|flow| flow.label.clone())
                    .unwrap_or_default();
                self.note(
                    "check",
                    &format!("heard {} with too little confidence", best_intent(&decision)),
                );
                self.say(CHECK_INTENT);
                self.listen(Listening {
                    question: Question::Intent(decision),
                    failures,
                });
            }
            Reply::Digression(flow) => self.digress(flow, decision),
            // Where a language model could be asked for a passage; see "A language model" in ARCHITECTURE.md.
            Reply::NoMatch(why) => {
                let failure = if self.is_out_of_scope(&decision) {
                    Failure::OutOfScope
                } else {
                    Failure::NoMatch
                };
                self.said_in_vain(&decision.text);
                self.fail(failure, Question::Ask, failures, why);
            }
        }
    }

    /// "The coffee one", of two: only those are asked about from now on.
    fn narrows(&mut self, ask: &Ask, decision: &Decision) -> bool {
        if ask.expect != Expect::OneOf(Among::Orders) {
            return false;
        }
        let said = Words::new(&decision.text);
        let alike = choosing::alike(&self.memory.choices(), &said, &self.catalogue);
        let several = !alike.is_empty();
        if several {
            self.memory.alike = alike;
        }
        several
    }

    /// Understood to be none of Hark's business. With less certainty it may as well be a mishearing.
    fn is_out_of_scope(&self, decision: &Decision) -> bool {
        decision.intent().is_some_and(|intent| {
            intent.name == OUT_OF_SCOPE && intent.confidence.get() >= self.flows.policy.intent_accept
        })
    }

    /// Leaves the question for another one, and comes back to it.
    pub(crate) fn digress(&mut self, flow: FlowIndex, decision: Decision) {
        self.note("digression", &format!("heard {}", best_intent(&decision)));
        let kept = Kept {
            slots: std::mem::take(&mut self.memory.slots),
            orders: self.memory.orders.clone(),
            stock: self.memory.stock.clone(),
            order: self.memory.order.clone(),
            change: self.memory.change.clone(),
            item: self.memory.item.clone(),
            reserving: Box::new(self.memory.reserving.clone()),
            advising: Box::new(self.memory.advising.clone()),
        };
        let (trust, readbacks) = (self.trust, self.readbacks);
        self.keep_for_later(&decision);
        self.memory.hear(decision);
        self.begin_task(flow);
        self.call(flow, self.place);
        if let Some(frame) = self.frames.last_mut() {
            frame.kept = Some(Box::new(kept));
            self.memory.aside = true;
            frame.trust = trust;
            frame.readbacks = readbacks;
        }
    }

    /// The flow that an utterance asks for beside the question, if it may be entered from here.
    pub(crate) fn digression(&self, decision: &Decision) -> Option<FlowIndex> {
        // Whoever has only picked up the telephone hears nothing of anybody's orders.
        if self.is_unknown_who() || self.is_of_choices(decision) {
            return None;
        }
        let sure = decision.intent().map_or(0.0, |intent| intent.confidence.get());
        let flow = self
            .served(decision)
            .filter(|_| sure >= self.flows.policy.intent_accept)?;
        self.may_digress(flow).then_some(flow)
    }

    /// "What do you have?" of somebody who was asked to choose: not all that the shop sells.
    fn is_of_choices(&self, decision: &Decision) -> bool {
        let chooses = self.flows.step(self.place).kind.as_ask();
        let chooses = chooses.is_some_and(|ask| match &ask.expect {
            Expect::OneOf(among) => !matches!(among, Among::Advice | Among::Drinks),
            Expect::Open
            | Expect::YesNo
            | Expect::Item
            | Expect::Quantity { .. }
            | Expect::Drink
            | Expect::Digits { .. } => false,
        });
        chooses && asks_range(&Words::new(&decision.text)) == Some(Range::All)
    }

    /// The answer to "you'd like to ..., right?".
    fn answer_check(&mut self, ask: &Ask, asked: Decision, failures: Failures, decision: Decision) {
        match decision.answer {
            Some(Answer::Yes) if decision.confidence.get() >= MIN_YES_CONFIDENCE => {
                let on = self.branch(ask, best_intent(&asked));
                self.accept(ask, asked, on.as_deref());
            }
            // "no, just one bag": the wish was right, its details were not.
            Some(Answer::Yes | Answer::No) | None
                if !decision.slots.is_empty() && self.served(&decision).is_none() =>
            {
                let on = self.branch(ask, best_intent(&asked));
                self.accept(ask, detailed(asked, decision), on.as_deref());
            }
            Some(Answer::No) if self.served(&decision).is_none() => {
                self.fail(Failure::NoMatch, Question::Ask, failures, "the guess was wrong");
            }
            Some(Answer::Yes | Answer::No) | None => self.answer_ask(ask, failures, decision),
        }
    }

    pub(crate) fn accept(&mut self, ask: &Ask, decision: Decision, on: Option<&str>) {
        let why = format!("\"{}\" by {}", decision.text, decision.decided_by);
        self.note("answered", &why);
        self.remember_question();
        self.memory.alike.clear();
        self.weigh(&decision);
        self.keep_for_later(&decision);
        // What an earlier answer left would pass for this one.
        self.memory.slots.remove(&ask.slot);
        // Where and when is said at any time.
        if self.flows.flow(self.place.flow).is_some_and(Flow::orders) {
            self.memory.hear_delivery(&decision);
        }
        self.memory.hear(decision);
        if let Some(value) = self.answer_to(ask, on) {
            self.memory.slots.entry(ask.slot.clone()).or_insert(value);
        }
        let place = on.and_then(|value| ask.on.get(value)).copied().or(ask.next);
        match place {
            Some(place) => self.go(place),
            None => self.fail(
                Failure::NoMatch,
                Question::Ask,
                Failures::default(),
                "no branch for this answer",
            ),
        }
    }

    /// What was answered, for a question that has a name of its own: `ask = "grind"`, whose answer
    /// understanding calls a choice.
    fn answer_to(&self, ask: &Ask, on: Option<&str>) -> Option<SlotValue> {
        let understood = match ask.expect {
            Expect::OneOf(_) => Some("choice"),
            Expect::Digits { .. } => Some("digits"),
            Expect::Item => Some("item"),
            Expect::Quantity { .. } => Some("quantity"),
            Expect::Drink => Some("coffeeDrink"),
            Expect::YesNo | Expect::Open => None,
        };
        let heard = understood.and_then(|name| self.memory.heard.slot(name));
        let yes_no = self.memory.heard.answer.map(|answer| match answer {
            Answer::Yes => "yes",
            Answer::No => "no",
        });
        heard.map(|slot| slot.value.clone()).or_else(|| {
            on.or(yes_no.filter(|_| ask.expect == Expect::YesNo))
                .map(|value| SlotValue::Text(value.to_owned()))
        })
    }

    /// Keeps the question for "go back".
    fn remember_question(&mut self) {
        if self.answered.len() >= BACK_MAX {
            self.answered.pop_front();
        }
        self.answered.push_back((self.place, self.memory.mark()));
    }

    fn reply(&self, ask: &Ask, decision: &Decision) -> Reply {
        let policy = self.flows.policy;
        let flow = self.served(decision);
        let sure = decision.intent().map_or(0.0, |intent| intent.confidence.get());
        if ask.expect == Expect::Open {
            return match (flow, self.branch_heard(ask, decision)) {
                (Some(_), _) if sure >= policy.intent_accept => Reply::Answer {
                    on: self.branch(ask, best_intent(decision)),
                },
                (_, Some(on)) => Reply::Answer { on: Some(on) },
                (Some(flow), None) if sure >= policy.intent_ask => Reply::Check(flow),
                (Some(_) | None, None) => Reply::NoMatch("no intent that Hark serves"),
            };
        }
        if self.answers(&ask.expect, decision) && decision.confidence.get() >= policy.slot_accept {
            return Reply::Answer {
                on: self.branch_answered(ask, decision),
            };
        }
        match (self.branch_heard(ask, decision), self.digression(decision)) {
            (Some(on), _) => Reply::Answer { on: Some(on) },
            (None, Some(flow)) => Reply::Digression(flow),
            (None, None) => Reply::NoMatch("not what was asked"),
        }
    }

    /// Whether an utterance holds what was asked for.
    pub(crate) fn answers(&self, expect: &Expect, decision: &Decision) -> bool {
        let slot = |name: &str| decision.slot(name).map(|slot| &slot.value);
        match expect {
            Expect::YesNo => decision.answer.is_some() && decision.confidence.get() >= MIN_YES_CONFIDENCE,
            Expect::Digits { min, max } => match slot("digits") {
                Some(SlotValue::Digits(digits)) => {
                    (usize::from(*min)..=usize::from(*max)).contains(&digits.len())
                }
                Some(SlotValue::Text(_) | SlotValue::Number(_)) | None => false,
            },
            Expect::OneOf(among) => match slot("choice") {
                Some(SlotValue::Text(value)) => self
                    .candidates(among)
                    .iter()
                    .any(|candidate| candidate.value == *value),
                Some(SlotValue::Digits(_) | SlotValue::Number(_)) | None => false,
            },
            Expect::Item => match slot("item") {
                Some(SlotValue::Text(sku)) => self.catalogue.item(&Sku::new(sku.clone())).is_some(),
                Some(SlotValue::Number(_) | SlotValue::Digits(_)) | None => false,
            },
            Expect::Quantity { max } => match slot("quantity") {
                Some(SlotValue::Number(quantity)) => (1..=*max).contains(quantity),
                Some(SlotValue::Text(_) | SlotValue::Digits(_)) | None => false,
            },
            Expect::Drink => slot("coffeeDrink").is_some(),
            Expect::Open => self.served(decision).is_some(),
        }
    }

    /// The branch of `on` that an utterance takes: by yes and no, by choice, by intent, by what it names.
    fn branch_heard(&self, ask: &Ask, decision: &Decision) -> Option<String> {
        // "no, just one bag" is more than a no, where anything could have been said.
        let plain = ask.expect != Expect::Open || decision.slots.is_empty();
        // "No, I never got it" is no goodbye.
        let words = Words::new(&decision.text);
        let more = decision.is_modelled() && (denies(&words) || goes_on(&words));
        let says_more = ask.expect == Expect::Open && more;
        let sure = plain && !says_more && decision.confidence.get() >= MIN_YES_CONFIDENCE;
        let answer = decision.answer.filter(|_| sure).map(|answer| match answer {
            Answer::Yes => "yes".to_owned(),
            Answer::No => "no".to_owned(),
        });
        let choice = decision.slot("choice").and_then(|slot| match &slot.value {
            SlotValue::Text(text) => Some(text.clone()),
            SlotValue::Number(_) | SlotValue::Digits(_) => None,
        });
        let intent = decision
            .intent()
            .filter(|intent| intent.confidence.get() >= self.flows.policy.intent_accept)
            .filter(|intent| !says_more || !["yes", "no"].contains(&intent.name.as_str()))
            .map(|intent| intent.name.clone());
        // "Two mugs" is about mugs: a number alone is the least that can be said.
        let (counts, things): (Vec<_>, Vec<_>) = decision
            .slots
            .iter()
            .map(|slot| slot.name.clone())
            .partition(|name| name == "quantity");
        // "Yes, two" agrees; "no, fifteen" says how many.
        let agrees = ask.expect == Expect::YesNo && decision.answer == Some(Answer::Yes);
        let yes = answer.clone().filter(|_| agrees);
        let slots = things.into_iter().chain(yes).chain(counts);
        // "What does an espresso cost", asked whether they would like a latte, names a drink and orders none.
        let asked = intent.clone().filter(|name| name == PRODUCT_QUESTION);
        let named = asked.into_iter().chain(choice).chain(slots);
        let mut named = named.chain(answer).chain(intent);
        named.find(|name| ask.on.contains_key(name))
    }

    /// The same where what was asked for is there. "No, sorry, it's four one seven ..." is the number that was asked for.
    fn branch_answered(&self, ask: &Ask, decision: &Decision) -> Option<String> {
        if ask.expect == Expect::YesNo || ask.next.is_none() {
            return self.branch_heard(ask, decision);
        }
        let mut named = Decision {
            answer: None,
            ..decision.clone()
        };
        // "The grinder is broken", asked why: what was chosen is the answer, whatever it is said of.
        if matches!(ask.expect, Expect::OneOf(_)) && decision.slot("choice").is_some() {
            named.slots.retain(|slot| slot.name != ITEM);
        }
        self.branch_heard(ask, &named)
    }

    fn branch(&self, ask: &Ask, name: &str) -> Option<String> {
        ask.on.contains_key(name).then(|| name.to_owned())
    }

    /// The flow that serves the best intent of an utterance.
    fn served(&self, decision: &Decision) -> Option<FlowIndex> {
        decision
            .intent()
            .and_then(|intent| self.flows.intents.get(&intent.name))
            .copied()
    }

    /// A digression must not enter a flow that is under way, nor disturb a draft; and what it calls must have room.
    fn may_digress(&self, flow: FlowIndex) -> bool {
        if self.frames.len() + FRAMES_OF_A_TASK > FRAMES_MAX {
            return false;
        }
        let under_way = self.place.flow == flow || self.frames.iter().any(|frame| frame.place.flow == flow);
        let drafts = self.flows.flow(flow).is_some_and(Flow::drafts);
        let disturbs = drafts && !self.memory.lines.is_empty();
        !under_way && !disturbs
    }
}

/// A wish with the details as they were said again; what "no, just one" does not speak of stays as it was.
fn detailed(wish: Decision, said: Decision) -> Decision {
    let names_things = said.slots.iter().any(|slot| THINGS.contains(&slot.name.as_str()));
    let things = wish.slots.iter().filter(|slot| slot.name == "item").count();
    let mut slots = said.slots;
    if !names_things && things > 0 {
        // Of several things nobody can say which of them is meant: the read-back will tell.
        let said_again = |name: &str| {
            slots
                .iter()
                .any(|slot| slot.name == name && (name != "quantity" || things == 1))
        };
        let mut kept: Vec<Slot> = wish.slots.clone();
        kept.retain(|slot| !said_again(&slot.name));
        slots.retain(|slot| slot.name != "quantity" || things == 1);
        slots.append(&mut kept);
    }
    Decision { slots, ..wish }
}

fn best_intent(decision: &Decision) -> &str {
    decision.intent().map_or("", |intent| intent.name.as_str())
}

/// Slots that say what is wanted.
const THINGS: &[&str] = &["item", "reference", "coffeeDrink", "choice"];
/// Flows that a task may be in: itself, a hand-over, a call-back, and one to spare.
const FRAMES_OF_A_TASK: usize = 4;
/// How many questions one can go back.
const BACK_MAX: usize = 16;
/// Milliseconds of silence before the caller is asked again: long enough to think, short enough not to
/// seem dead.
const NO_INPUT_MS: u32 = 6_000;
/// A number has to be found on a letter first.
const DIGITS_NO_INPUT_MS: u32 = 10_000;
const OUT_OF_SCOPE: &str = "out_of_scope";
const CHECK_INTENT: &str = "common.check_intent";

/// Prompts that the machine says by itself: they must exist whatever the flows say.
pub(crate) const OWN_PROMPTS: &[&str] = &[CHECK_INTENT];
