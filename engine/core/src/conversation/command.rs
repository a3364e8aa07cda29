//! What a caller can say anywhere: repeat, help, cancel, go back, an agent, goodbye.

use std::collections::BTreeMap;

use crate::conversation::draft::Mentions;
use crate::conversation::event::Directive;
use crate::conversation::flow::{Command, Flow, FlowIndex};
use crate::conversation::machine::{Conversation, Listening, Question, State};
use crate::ids::Sku;
use crate::nlu::decision::{Answer, Decision};
use crate::nlu::human::human_wished;
use crate::nlu::normalize::Words;
use crate::nlu::wording::{says, says_one_of};
use crate::nlu::yes_no;
use crate::redact::redact;
use crate::shop::{ChangeKind, OrderLine, Wish};

impl Question {
    /// The lines that are read back.
    fn lines(&self) -> &[OrderLine] {
        match self {
            Self::Draft(readback) => &readback.value().lines,
            Self::Change(readback) => readback.value().change.lines(),
            Self::Ask | Self::Reservation(_) | Self::Intent(_) | Self::Value(_) => &[],
        }
    }
}

impl ChangeKind {
    /// What the order would have.
    fn lines(&self) -> &[OrderLine] {
        match self {
            Self::Amend(lines) => lines,
            Self::Cancel
            | Self::Pause
            | Self::Resume
            | Self::Skip
            | Self::Reschedule(_)
            | Self::Return(_) => &[],
        }
    }
}

impl Conversation {
    /// The command in an utterance, if it is one beyond doubt.
    pub(crate) fn command_in(&self, decision: &Decision) -> Option<Command> {
        let intent = decision.intent()?;
        let sure = intent.confidence.get() >= self.flows.policy.intent_accept;
        // What the question itself has an answer for is an answer: "no thanks, bye" to "anything else?".
        let step = self.flows.step(self.place);
        let expected = step
            .kind
            .as_ask()
            .is_some_and(|ask| ask.on.contains_key(&intent.name));
        if !sure || expected {
            return None;
        }
        let command = self.flows.commands.get(&intent.name).copied();
        command
            .filter(|command| *command != Command::Cancel || self.heeds_cancel(&intent.name))
            .filter(|command| *command != Command::Cancel || !self.takes_off_line(decision))
    }

    /// "Take the Kenya off", "cancel the Kenya", where more than that was read back.
    fn takes_off_line(&self, decision: &Decision) -> bool {
        let State::Listening(listening) = &self.state else {
            return false;
        };
        let lines = listening.question.lines();
        let goods = Mentions::of(decision).items;
        let stands = |sku: &Sku| lines.iter().any(|line| line.sku == *sku);
        lines.len() > goods.len() && !goods.is_empty() && goods.iter().all(|(sku, _)| stands(sku))
    }

    /// "Cancel my order" drops what is under way; with nothing under way it is a wish of its own. And to
    /// "shall I cancel it?" a "cancel it" is no command.
    fn heeds_cancel(&self, intent: &str) -> bool {
        let idle = self.is_idle();
        let answers = matches!(&self.state, State::Listening(listening)
            if is_about_giving_up(&listening.question));
        let wish = idle && self.flows.intents.contains_key(intent);
        !(answers || wish)
    }

    /// "Never mind", "I don't need anything else", with nothing under way, is a no to a question that has a branch for it.
    pub(crate) fn without_idle_cancel(&self, decision: Decision) -> Decision {
        let named = decision
            .intent()
            .and_then(|intent| self.flows.commands.get(&intent.name));
        let step = self.flows.step(self.place);
        let asked = step.kind.as_ask().is_some_and(|ask| ask.on.contains_key(NO));
        let refuses = says_one_of(&decision.text, WANTS_NOTHING) && !says(&decision.text, "cancel");
        let bare = decision.slots.is_empty() && decision.then.is_none();
        if named != Some(&Command::Cancel) || !(asked && refuses && bare && self.is_idle()) {
            return decision;
        }
        let mut intents = decision.intents;
        intents.truncate(1);
        for intent in &mut intents {
            NO.clone_into(&mut intent.name);
        }
        Decision {
            intents,
            answer: Some(Answer::No),
            correction: false,
            decided_by: "rule:wants_nothing".to_owned(),
            ..decision
        }
    }

    pub(crate) fn obey(&mut self, command: Command, decision: &Decision) {
        self.note(
            "command",
            &format!("\"{}\" by {}", decision.text, decision.decided_by),
        );
        match command {
            Command::Repeat => self.repeat(),
            Command::Help => self.help(),
            Command::Cancel => self.cancel(),
            Command::Back => self.back(),
            Command::Wait => self.wait(),
            Command::Flow(flow) => {
                self.hear_what_about(decision);
                self.command_flow(flow);
            }
        }
    }

    /// Says the last words again, word for word.
    fn repeat(&mut self) {
        let State::Listening(listening) = std::mem::replace(&mut self.state, State::Running) else {
            return;
        };
        for speech in std::mem::take(&mut self.said) {
            self.utter(speech);
        }
        self.listen(listening);
    }

    /// What can be said here, then the question again.
    fn help(&mut self) {
        let flows = std::sync::Arc::clone(&self.flows);
        let wording = flows.step(self.place).kind.question().map(|(wording, _)| wording);
        match wording.and_then(|wording| wording.help.as_deref()) {
            Some(help) => self.say(help),
            None => {
                self.say(HELP);
                if let Some(wording) = wording {
                    self.say(&wording.prompt);
                }
            }
        }
        if let State::Listening(listening) = std::mem::replace(&mut self.state, State::Running) {
            let question = listening.question.asked();
            self.listen(Listening {
                question,
                ..listening
            });
        }
    }

    /// Takes the time that the caller wants: the question stays open, and silence says nothing for a while.
    fn wait(&mut self) {
        let State::Listening(listening) = std::mem::replace(&mut self.state, State::Running) else {
            return;
        };
        self.say(TAKE_YOUR_TIME);
        let question = listening.question.asked();
        self.listen(Listening {
            question,
            ..listening
        });
        if let Some(Directive::Listen(listen)) = self.out.back_mut() {
            listen.no_input_ms = listen.no_input_ms.max(WAIT_MS);
        }
    }

    /// Drops what is under way and says so. What was placed stays placed.
    fn cancel(&mut self) {
        let Some(flow) = self.cancellable() else {
            self.say(NOTHING_TO_CANCEL);
            self.go(self.place);
            return;
        };
        let is_aside = self.about == Some(flow) && self.memory.aside;
        self.about = Some(flow);
        self.say(CANCELLED);
        if self.flows.flow(flow).is_some_and(Flow::drafts) {
            self.memory.drop_draft();
        }
        // What one spoke of besides is dropped alone: what it interrupted goes on.
        while is_aside && let Some(frame) = self.frames.pop() {
            if frame.kept.is_some() {
                return self.resume(frame);
            }
        }
        self.memory.drop_draft();
        self.memory.slots.clear();
        self.frames.clear();
        self.memory.aside = false;
        self.about = None;
        self.go(self.flows.fallbacks.after);
    }

    /// What "cancel" drops: the innermost of what is under way that can be dropped.
    fn cancellable(&self) -> Option<FlowIndex> {
        let below = self.frames.iter().rev().map(|frame| frame.place.flow);
        self.about.into_iter().chain(below).find(|flow| {
            let flow = self.flows.flow(*flow);
            flow.is_some_and(|flow| !flow.cancels.is_empty())
        })
    }

    /// Nothing is under way that "cancel" would drop.
    pub(crate) fn is_idle(&self) -> bool {
        self.cancellable().is_none()
    }

    /// The question before this one, in the same flow; else this one again.
    fn back(&mut self) {
        let here = self.place.flow;
        while let Some((place, mark)) = self.answered.pop_back() {
            if place.flow == here && place != self.place {
                self.memory.return_to(mark);
                self.go(place);
                return;
            }
        }
        self.repeat();
    }

    /// "I want to talk to someone about my grinder": whoever takes over hears so.
    fn hear_what_about(&mut self, decision: &Decision) {
        let Some(wish) = human_wished(&Words::new(&decision.text)) else {
            return;
        };
        if !wish.about.is_empty() {
            let words = wish.about.split(' ').take(ABOUT_WORDS_MAX);
            self.memory.human_about = redact(&words.collect::<Vec<_>>().join(" "));
        }
    }

    pub(crate) fn command_flow(&mut self, flow: FlowIndex) {
        self.memory.reason = ASKED.to_owned();
        // Whoever wanted a person is not asked the old question again.
        let is_human = flow == self.flows.fallbacks.give_up;
        if is_human {
            self.leave_for(flow);
        } else {
            self.call(flow, self.place);
        }
    }

    /// Our turn has been silent for too long: say that the line lives.
    pub(crate) fn still_waiting(&mut self) {
        let prompt = match self.state {
            State::Transferring { .. } => STILL_CONNECTING,
            // While one listens, the recognisers are at work.
            State::Working { .. } | State::Listening(_) if self.waited => STILL_WORKING,
            State::Working { .. } | State::Listening(_) => ONE_MOMENT,
            State::Running | State::Ended => return,
        };
        self.waited = true;
        // Not kept in `said`: nobody wants it repeated.
        if let Some(speech) = self.render(prompt) {
            self.out.push_back(Directive::Say(speech));
        }
    }
}

/// "Yes, cancel it" is a plain yes where that was asked; without its yes it may mean the question.
pub(crate) fn yes_to_giving_up(decision: Decision, commands: &BTreeMap<String, Command>) -> Decision {
    let named = decision.intent().and_then(|intent| commands.get(&intent.name));
    let leads = yes_no::leading(&Words::new(&decision.text)).map(|found| found.answer);
    if named == Some(&Command::Cancel) && leads == Some(Answer::Yes) && decision.slots.is_empty() {
        return Decision {
            answer: Some(Answer::Yes),
            correction: false,
            decided_by: "rule:yes_cancel".to_owned(),
            ..decision
        };
    }
    decision
}

/// "Cancel it" is an answer to whether something shall be cancelled.
pub(crate) fn is_about_giving_up(question: &Question) -> bool {
    match question {
        Question::Change(readback) => readback.value().change == ChangeKind::Cancel,
        Question::Reservation(readback) => matches!(readback.value().reservation, Wish::Cancel(_)),
        Question::Ask | Question::Draft(_) | Question::Intent(_) | Question::Value(_) => false,
    }
}

/// The branch of a question for who wants nothing.
const NO: &str = "no";
const WANTS_NOTHING: &[&str] = &["never mind", "nevermind", "anything else", "nothing else"];
/// How long a caller who has asked for time may say nothing.
const WAIT_MS: u32 = 20_000;
/// So many of the caller's own words about it are told an agent.
const ABOUT_WORDS_MAX: usize = 24;
const HELP: &str = "common.help";
const TAKE_YOUR_TIME: &str = "common.take_your_time";
pub(crate) const CANCELLED: &str = "common.cancelled";
const NOTHING_TO_CANCEL: &str = "common.nothing_to_cancel";
const ONE_MOMENT: &str = "common.one_moment";
const STILL_WORKING: &str = "common.still_working";
const STILL_CONNECTING: &str = "common.still_connecting";
/// The reason for a human when the caller wants one.
const ASKED: &str = "asked";

/// Prompts that commands say: they must exist whatever the flows say.
pub(crate) const OWN_PROMPTS: &[&str] = &[
    HELP,
    TAKE_YOUR_TIME,
    CANCELLED,
    NOTHING_TO_CANCEL,
    ONE_MOMENT,
    STILL_WORKING,
    STILL_CONNECTING,
];
