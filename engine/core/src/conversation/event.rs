//! The conversation's two doors: what it is told ([`Event`]) and what it wants ([`Directive`]).

use serde::{Deserialize, Serialize};

use crate::conversation::action::{Action, ActionResult};
use crate::conversation::policy::Choice;
use crate::ids::EffectId;
use crate::nlu::decision::Decision;
use crate::speech::endpointing::Pace;
use crate::speech::expectation::Expectation;

/// What happened, as far as the talk is concerned.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The call is up; greet.
    Start,
    /// The caller spoke and was understood (perhaps with little confidence, perhaps out of scope).
    Heard(Decision),
    /// The caller spoke and no recogniser could say what.
    NotUnderstood,
    /// The caller said nothing for as long as the step allows.
    Silence,
    /// Keys: complete as the step's expectation asks (one key for yes/no, `max` for digits, or ended by #).
    Keyed(String),
    ActionDone {
        effect: EffectId,
        result: ActionResult,
    },
    /// The caller spoke over Hark, and Hark fell silent.
    BargedIn,
    /// What comes next was said so much louder than is usual for this caller
    /// ([`VocalEffort`](crate::speech::effort::VocalEffort)).
    RaisedVoice {
        db: f32,
    },
    /// Everything said so far has been heard (or was cut by the caller): the floor is free.
    SpeechDone,
    /// A recogniser, an action or a transfer takes longer than [`FILLER_AFTER`](crate::limits::FILLER_AFTER),
    /// or again [`DEAD_AIR_MAX`](crate::limits::DEAD_AIR_MAX): the conversation says that it is still there.
    StillWaiting,
    Transfer(TransferResult),
    /// The caller has left. Notes and a callback may follow, then [`Directive::End`]: at once, or, when an
    /// order is on its way, after its `ActionDone`, so that the call's outcome is the order's.
    HungUp,
}

/// How a transfer went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferResult {
    /// An agent talks with the caller; the conversation is over.
    Connected,
    /// Nobody could take it within the promise.
    NobodyFree,
}

/// What the conversation wants done. Given out one at a time, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Directive {
    Say(Speech),
    /// Give the caller the floor and listen. Ends the directives of a turn.
    Listen(Listen),
    Act {
        effect: EffectId,
        action: Action,
    },
    /// Find a human; the conversation waits for [`Event::Transfer`].
    HandOver(HandOver),
    /// Finish what is being said, then hang up.
    End {
        outcome: Outcome,
    },
    /// Something worth keeping: goes to the record and to whoever watches.
    Note(Note),
}

/// A sentence or two to be spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speech {
    /// Prompt name and variant: "reorder.readback/0". What metrics and WAV overrides go by.
    pub prompt: String,
    /// The words, numbers already spelled the way they are said.
    pub text: String,
    pub barge_in: BargeIn,
    /// True for fixed wording, which is rendered at start; false where values were filled in.
    pub fixed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum BargeIn {
    #[default]
    Allowed,
    /// Must be heard to its end (disclosure, price, legal). The keypad still interrupts.
    Protected,
}

/// How to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// The step, for records: "reorder.confirm".
    pub step: String,
    pub expectation: Expectation,
    /// How long the answer may take to come out.
    pub pace: Pace,
    /// Milliseconds of silence after our last word before [`Event::Silence`].
    pub no_input_ms: u32,
}

/// Why and with what a human is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    /// "asked", "repair", "backend", "policy": counted by metrics.
    pub reason: String,
    /// The queue or skill wanted: "sales", "support".
    pub skill: String,
    /// One sentence for the agent's ear.
    pub summary: String,
}

/// How a call ended for the caller. Every call has exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    OrderPlaced,
    /// An order that existed was cancelled, paused, resumed, or a delivery of it left out.
    OrderChanged,
    /// An appointment was made or given up, or a place in a launch.
    Reserved,
    /// A question was answered: order status, stock, price.
    Answered,
    Transferred,
    CallbackRequested,
    /// The caller ended it by words, without an order or a question answered.
    Declined,
    /// Hark called, and whom it wanted did not come to the line.
    NotReached,
    /// Hark called, and is to call again later: a promise that is kept.
    Postponed,
    /// Hark called, and is not to call again.
    OptedOut,
    /// The caller hung up before anything was settled.
    Abandoned,
    /// Hark could not serve the call (backend away and nobody to transfer to): a callback was recorded too,
    /// where there was a number to ring.
    Failed,
}

impl Outcome {
    /// As flows and records name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrderPlaced => "order_placed",
            Self::OrderChanged => "order_changed",
            Self::Reserved => "reserved",
            Self::Answered => "answered",
            Self::Transferred => "transferred",
            Self::CallbackRequested => "callback_requested",
            Self::Declined => "declined",
            Self::NotReached => "not_reached",
            Self::Postponed => "postponed",
            Self::OptedOut => "opted_out",
            Self::Abandoned => "abandoned",
            Self::Failed => "failed",
        }
    }
}

/// A decision worth keeping: what was heard, what was done, which rule. For `hark calls show`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// "reorder.confirm": flow and step.
    pub step: String,
    /// "readback", "correction", "reprompt", "confirmed", "narrowed", ...
    pub what: String,
    /// Why, in words an operator understands. Redacted by its writer.
    pub why: String,
    /// What the confirmation policy decided, with the sum it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Box<Choice>>,
}
