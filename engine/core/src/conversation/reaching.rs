//! Calls that Hark makes: what may be said there besides answers. A machine that talks on, "not now", and "stop
//! calling me" are heeded by the words alone, before anything else is made of them.

use crate::conversation::flow::{FlowIndex, FlowSet, Place, StepKind};
use crate::conversation::machine::{Conversation, Question, State};
use crate::conversation::memory::Purpose;
use crate::nlu::decision::Decision;
use crate::nlu::wording::says_one_of;

impl FlowSet {
    /// The flow that calls for a purpose begin with, instead of the root flow.
    pub(crate) const REMINDER: &'static str = "reminder";

    pub(crate) fn outward(&self, purpose: Option<Purpose>) -> Option<FlowIndex> {
        match purpose? {
            Purpose::UsualDue | Purpose::StandingDue => self.destination(Self::REMINDER),
        }
    }
}

impl Conversation {
    /// Whether nobody has said yet that they are the one whom Hark calls.
    pub(crate) const fn is_unknown_who(&self) -> bool {
        self.memory.caller.purpose.is_some() && !self.memory.reached
    }

    /// Goes where such words lead, if these are some and something leads there.
    pub(crate) fn heed_outward(&mut self, decision: &Decision) -> bool {
        let listens = matches!(&self.state, State::Listening(_));
        if self.memory.caller.purpose.is_none() || !listens {
            return false;
        }
        if says_one_of(&decision.text, STOP_CALLING)
            && let Some(flow) = self.flows.intents.get(STOP_CALLS).copied()
        {
            self.note("stop_calls", &format!("\"{}\"", decision.text));
            self.memory.drop_draft();
            self.call(flow, self.place);
            return true;
        }
        let Some((what, place)) = self.way_out(decision) else {
            return false;
        };
        self.note(what, &format!("\"{}\"", decision.text));
        self.go(place);
        true
    }

    fn way_out(&self, decision: &Decision) -> Option<(&'static str, Place)> {
        let what = if is_monologue(&decision.text) {
            MONOLOGUE
        } else if says_one_of(&decision.text, PUT_OFF) && !says_one_of(&decision.text, TAKING_LEAVE) {
            LATER
        } else if says_one_of(&decision.text, WHO_CALLS) && decision.slot("choice").is_none() {
            WHO
        } else {
            return None;
        };
        let State::Listening(listening) = &self.state else {
            return None;
        };
        let place = match (&listening.question, &self.flows.step(self.place).kind) {
            (Question::Ask, StepKind::Ask(ask)) => ask.on.get(what).copied(),
            (Question::Draft(_), StepKind::Confirm(confirm)) if what == LATER => confirm.later,
            (_, _) => None,
        };
        place.map(|place| (what, place))
    }
}

/// A person answers a question; who talks on and on is an answering machine.
fn is_monologue(text: &str) -> bool {
    text.split_whitespace().count() >= MONOLOGUE_WORDS || says_one_of(text, MACHINES)
}

/// Answers of a question on such a call, beside those of every question.
pub(crate) const OUTWARD_ANSWERS: &[&str] = &[LATER, MONOLOGUE, WHO];
const LATER: &str = "later";
const MONOLOGUE: &str = "monologue";
/// Who calls, and why.
const WHO: &str = "who_calls";
/// The intent of whoever wants no such calls.
const STOP_CALLS: &str = "stop_calls";
/// "Yes, this is she, who is calling and what is it about, please" is half of it.
const MONOLOGUE_WORDS: usize = 25;

const STOP_CALLING: &[&str] = &[
    "stop calling",
    "quit calling",
    "don't call",
    "do not call",
    "never call",
    "take me off your list",
    "take me off your calling list",
    "remove my number",
    "no more calls",
];
const PUT_OFF: &[&str] = &[
    "later",
    "another time",
    "some other time",
    "not now",
    "not right now",
    "i'm busy",
    "tomorrow",
    "next week",
    "bad time",
];
const WHO_CALLS: &[&str] = &[
    "who's this",
    "who is this",
    "who's that",
    "who is that",
    "who's calling",
    "who is calling",
    "who's speaking",
    "who is speaking",
    "who's there",
    "who is it",
    "who are you",
    "who am i speaking",
    "who am i talking",
    "what's this about",
    "what is this about",
    "what is it about",
    "what's it about",
    "what's this regarding",
    "what is this regarding",
    "what's this for",
    "what is this for",
    "why are you calling",
    "why do you call",
    "what are you calling",
    "where are you calling from",
    "where do you call from",
    "what do you want",
    "what company",
    "which company",
    "what shop",
    "which shop",
];
const TAKING_LEAVE: &[&str] = &["see you later"];
const MACHINES: &[&str] = &[
    "leave a message",
    "leave your message",
    "leave me a message",
    "after the tone",
    "after the beep",
    "at the tone",
    "voicemail",
    "voice mail",
    "is not available",
    "can't come to the phone",
    "you have reached",
    "you've reached",
];
