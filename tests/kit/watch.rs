//! The watcher: looks at every output of a call and knows what must never happen.

use std::time::{Duration, Instant};

use engine_core::call::Output;
use engine_core::call::output::LegCommand;
use engine_core::call::record::CallRecord;
use engine_core::civil::Date;
use engine_core::conversation::action::{Action, ActionResult, ActionValue};
use engine_core::conversation::event::Outcome;
use engine_core::conversation::spoken;
use engine_core::ids::LegId;
use engine_core::limits::{DEAD_AIR_MAX, OUTPUTS_MAX};
use engine_core::routing::command::{Assigned, AttemptResult, RouteCommand};
use engine_core::shop::OrderDraft;
use engine_core::speech::recognition::{RecogniseCommand, Recognised, RecognitionResult};

use crate::shop::{ADDRESSES, KNOWN_NAME, KNOWN_PHONE, Shop, TODAY, delivery_days};

/// Checks the invariants of one call, step by step. A breach is kept as a sentence.
#[derive(Debug, Default)]
pub struct Watch {
    pub breaches: Vec<String>,
    pub record: Option<CallRecord>,
    pub turns: u32,
    /// What the recognisers last said, or the last key: what a yes must be among.
    last_words: Vec<String>,
    last_key: Option<char>,
    /// The last read-back of an order, as it was said.
    read_back: String,
    /// Numbers of orders that the shop has confirmed to this call.
    receipts: Vec<String>,
    /// Numbers of orders that the shop has changed for this call.
    changes: Vec<String>,
    /// Reservations that the shop has made, or given up, for this call.
    reserved: Vec<String>,
    /// On a call that Hark makes: somebody has said that it is they.
    reached: bool,
    /// Since when it is Hark's turn to make a sound.
    our_turn: Option<Instant>,
    /// When the last sound was made on the line, by either side.
    any_sound: Option<Instant>,
    promise: Option<Instant>,
    joined: bool,
    /// Joined through Hark, which must keep the line.
    bridged: bool,
    agent_up: bool,
}

impl Watch {
    /// The call was answered: the first word is Hark's.
    pub fn answered(&mut self, now: Instant) {
        self.our_turn = Some(now);
        self.any_sound = Some(now);
    }

    /// A burst of keys: its first one is the answer to a yes/no question.
    pub fn keys(&mut self, now: Instant, keys: &str) {
        self.last_key = keys.chars().next();
        self.last_words.clear();
        self.any_sound = Some(now);
    }

    pub fn caller_sounds(&mut self, now: Instant) {
        self.any_sound = Some(now);
    }

    pub fn recognised(&mut self, recognised: &Recognised) {
        if let RecognitionResult::Final(transcript) = &recognised.result {
            if self.last_words.len() == 4 {
                self.last_words.remove(0);
            }
            self.last_words.push(transcript.text.clone());
            self.last_key = None;
        }
    }

    pub fn action_done(&mut self, result: &ActionResult) {
        match result {
            Ok(ActionValue::Placed(receipt)) => self.receipts.push(receipt.number.clone()),
            Ok(ActionValue::Changed(receipt)) => self.changes.push(receipt.number.clone()),
            Ok(ActionValue::Reserved(receipt)) => self.reserved.push(receipt.reservation.id.to_string()),
            Ok(_) | Err(_) => {}
        }
    }

    pub fn assigned(&mut self, now: Instant, assigned: &Assigned) {
        if let Assigned::NobodyFree = assigned {
            let late = self.promise.take().is_some_and(|promise| now > promise);
            self.require(
                !late,
                "the caller heard that nobody is free only after the promise",
            );
        }
    }

    /// `loud`: 20 ms in which Hark (or the agent) can be heard.
    pub fn transmitted(&mut self, now: Instant, loud: bool) {
        if loud {
            self.our_turn = None;
            self.any_sound = Some(now);
        }
    }

    pub fn output(&mut self, now: Instant, output: &Output) {
        self.require(self.record.is_none(), "an output after the record");
        match output {
            Output::Recognise(RecogniseCommand::End { .. }) => self.our_turn = Some(now),
            Output::Recognise(RecogniseCommand::Begin { .. }) => self.our_turn = None,
            Output::Act {
                action: Action::PlaceOrder { order, .. },
                ..
            } => {
                self.order();
                self.where_and_when(order.value());
            }
            Output::Act {
                action: Action::ChangeOrder { .. } | Action::Reserve { .. },
                ..
            } => self.order(),
            Output::Render { prompt, text, .. } => {
                if prompt.contains(".readback") && !prompt.contains("_help") {
                    self.read_back = text.to_lowercase();
                }
                self.spoken(prompt, text);
                self.change_spoken(prompt, text);
            }
            Output::ActEarly { action, .. } => {
                self.require(action.is_read_only(), "something was done early that may not be")
            }
            Output::RenderEarly { text, .. } => self.require(!text.is_empty(), "nothing was made ready"),
            Output::Route(command) => self.route(now, command),
            Output::Turn(turn) => {
                self.turns += 1;
                self.no_personal_data(&serde_json::to_string(turn).expect("a record is JSON"));
            }
            Output::Ended(record) => {
                self.no_personal_data(&serde_json::to_string(record).expect("a record is JSON"));
                self.record = Some((**record).clone());
            }
            Output::Leg {
                leg: LegId::Caller,
                command: LegCommand::Hangup { .. },
            } => {
                self.require(
                    !self.bridged,
                    "Hark hung up on a caller who was talking with an agent",
                );
            }
            Output::Recognise(_)
            | Output::Act { .. }
            | Output::Leg { .. }
            | Output::Transmit { .. }
            | Output::TransmitRtcp { .. }
            | Output::Recording { .. } => {}
        }
    }

    /// The agent has hung up or a REFER has taken the call away: Hark may end it.
    pub fn agent_left(&mut self) {
        self.bridged = false;
        self.agent_up = false;
    }

    pub fn agent_picked_up(&mut self) {
        self.agent_up = true;
    }

    /// After every step, when all outputs have been taken.
    pub fn step(&mut self, now: Instant, outputs: usize) {
        self.require(outputs <= OUTPUTS_MAX, "more outputs from one step than may wait");
        if self.record.is_some() || self.joined {
            return;
        }
        let quiet =
            |since: Option<Instant>| since.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        let ours = quiet(self.our_turn);
        self.require(
            ours <= DEAD_AIR_MAX + SLACK,
            "silent for too long while it was Hark's turn",
        );
        self.require(
            quiet(self.any_sound) <= NOBODY_MAX,
            "nobody made a sound for too long",
        );
        let overdue = self.promise.is_some_and(|promise| now > promise);
        self.require(!overdue, "no agent and no overflow within the promise");
        if ours > DEAD_AIR_MAX + SLACK {
            self.our_turn = None;
        }
    }

    /// At the end of the world.
    pub fn ended(&mut self, shop: &Shop) {
        for fault in &shop.faults {
            self.breaches.push(fault.clone());
        }
        let Some(record) = self.record.clone() else {
            self.breaches.push("the call left no record".to_owned());
            return;
        };
        self.require(
            record.turns == self.turns,
            "the record counts other turns than were written",
        );
        let all_known = record
            .orders
            .iter()
            .all(|order| self.receipts.contains(&order.number));
        self.require(all_known, "the record has an order that the shop did not confirm");
        let claims = record.outcome == Outcome::OrderPlaced;
        self.require(
            !claims || !record.orders.is_empty(),
            "the outcome is an order, and there is none",
        );
        self.require(
            record.outcome != Outcome::Reserved || !self.reserved.is_empty(),
            "the outcome is a reservation, and there is none",
        );
        let confirmed = shop
            .placed()
            .filter(|(_, _, receipt)| self.receipts.contains(&receipt.number))
            .count();
        self.require(
            record.orders.len() == confirmed,
            "the record and the shop differ about the orders",
        );
    }

    fn order(&mut self) {
        let agreed = self.has_agreed();
        self.require(agreed, "an order was placed although the caller said no yes");
    }

    fn has_agreed(&self) -> bool {
        let yes = |words: &String| {
            YES.iter().any(|yes| {
                words
                    .to_lowercase()
                    .split(|c: char| !c.is_alphanumeric())
                    .any(|word| word == *yes)
            })
        };
        self.last_words.iter().any(yes) || self.last_key == Some('1')
    }

    /// What is ordered goes where the read-back said, and when: nowhere else, and on no other day.
    fn where_and_when(&mut self, draft: &OrderDraft) {
        let told = self.read_back.clone();
        for (id, label, _) in ADDRESSES {
            let named = told.contains(&format!(" to {}", spoken::place(label).to_lowercase()));
            let chosen = draft
                .address
                .as_ref()
                .is_some_and(|address| address.as_str() == id);
            self.require(
                named == chosen,
                &format!("an order to {:?} was read back as: {told}", draft.address),
            );
        }
        for day in delivery_days(draft) {
            let said = spoken::on_day(day.date, Date::parse(TODAY)).to_lowercase();
            let named = told.contains(&format!(" {said}"));
            self.require(
                named == (draft.day == Some(day.date)),
                &format!("an order for {:?} was read back as: {told}", draft.day),
            );
        }
    }

    fn spoken(&mut self, prompt: &str, text: &str) {
        if prompt.contains("success") || prompt.contains("just_now") {
            let spoken: String = text.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
            let named = self
                .receipts
                .iter()
                .any(|number| spoken.contains(number.as_str()) || spoken.contains(&in_words(number)));
            self.require(
                named,
                &format!("success was spoken without a receipt: {prompt}: {text}"),
            );
        }
    }

    fn change_spoken(&mut self, prompt: &str, text: &str) {
        let claims = [
            "subscription.skipped",
            "subscription.paused_now",
            "subscription.resumed",
            "cancel_order.cancelled/",
        ];
        if claims.iter().any(|claim| prompt.contains(claim)) {
            self.require(
                !self.changes.is_empty(),
                &format!("a change was stated without the shop's word: {prompt}: {text}"),
            );
        }
        let details = ["reminder.readback/", "reminder.standing/"];
        if details.iter().any(|detail| prompt.contains(detail)) {
            self.reached |= self.has_agreed();
            self.require(
                self.reached,
                &format!("an order was told to whoever picked up: {prompt}: {text}"),
            );
        }
        let claims = [
            "appointment.booked",
            "launch.registered/",
            "reservations.cancelled",
        ];
        if claims.iter().any(|claim| prompt.contains(claim)) {
            self.require(
                !self.reserved.is_empty(),
                &format!("a reservation was stated without the shop's word: {prompt}: {text}"),
            );
        }
    }

    fn route(&mut self, now: Instant, command: &RouteCommand) {
        match command {
            RouteCommand::Request { promise_ms, .. } => {
                let promise = Duration::from_millis(u64::from(*promise_ms));
                self.promise = Some(now + promise + PROMISE_SLACK);
            }
            RouteCommand::Report {
                result: AttemptResult::Answered,
                ..
            } => {
                self.promise = self.promise.map(|promise| promise.max(now + WHISPER));
            }
            RouteCommand::Report {
                result: AttemptResult::Connected,
                ..
            } => {
                self.promise = None;
                self.joined = true;
                self.bridged = self.agent_up;
            }
            RouteCommand::Report {
                result: AttemptResult::NoAnswer | AttemptResult::Ended,
                ..
            } => {}
            RouteCommand::Withdraw => self.promise = None,
        }
    }

    fn no_personal_data(&mut self, json: &str) {
        for canary in [
            KNOWN_PHONE,
            KNOWN_PHONE.trim_start_matches('+'),
            KNOWN_NAME,
            "Quackenbush",
        ] {
            self.require(
                !json.contains(canary),
                &format!("personal data in a record: {json}"),
            );
        }
    }

    fn require(&mut self, holds: bool, otherwise: &str) {
        if !holds && !self.breaches.iter().any(|breach| breach == otherwise) {
            self.breaches.push(otherwise.to_owned());
        }
    }
}

/// "417220" as prompts say it: "fouronesevenseventwozero" without the spaces.
fn in_words(number: &str) -> String {
    let digits = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ];
    number
        .chars()
        .filter_map(|c| c.to_digit(10))
        .map(|digit| digits[digit as usize])
        .collect()
}

const YES: [&str; 13] = [
    "yes", "yeah", "yep", "yup", "sure", "correct", "right", "okay", "ok", "fine", "exactly", "please", "uh",
];

/// The waits for recognisers and for the voice, beyond the limit of silence itself.
const SLACK: Duration = Duration::from_millis(1_500);

/// The longest no-input time of the flows, plus a slow look-up and its apology.
const NOBODY_MAX: Duration = Duration::from_secs(15);

/// Travel time of an answer.
const PROMISE_SLACK: Duration = Duration::from_millis(500);
const WHISPER: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use engine_core::call::Output;
    use engine_core::call::record::{Heard, TurnLatency, TurnRecord};
    use engine_core::ids::{CallId, EffectId, TurnId};
    use engine_core::units::SampleRate;

    use super::Watch;
    use crate::shop::KNOWN_NAME;

    fn says(prompt: &str, text: &str) -> Output {
        let (prompt, text) = (prompt.to_owned(), text.to_owned());
        Output::Render {
            effect: EffectId(1),
            prompt,
            text,
            rate: SampleRate::Hz8000,
        }
    }

    fn breaches(look: impl FnOnce(&mut Watch, Instant)) -> usize {
        let mut watch = Watch::default();
        look(&mut watch, Instant::now());
        watch.breaches.len()
    }

    #[test]
    fn a_watcher_that_sees_nothing_would_be_worthless() {
        let success = says(
            "reorder.success/0",
            "Done! Your order number is five zero zero, one two three.",
        );
        assert_eq!(
            breaches(|watch, now| watch.output(now, &success)),
            1,
            "success without a receipt"
        );
        assert_eq!(
            breaches(|watch, now| watch.output(now, &says("main.greeting/0", "Hi."))),
            0
        );
        let silent = |watch: &mut Watch, now: Instant| {
            watch.answered(now);
            watch.step(now + Duration::from_secs(4), 1);
        };
        assert_eq!(breaches(silent), 1, "dead air");
        let turn = TurnRecord {
            call: CallId::new("c"),
            turn: TurnId(1),
            at_ms: 0,
            step: "s".to_owned(),
            heard: Heard::Nothing,
            decision: None,
            notes: Vec::new(),
            said: vec![format!("Hello {KNOWN_NAME}")],
            latency: TurnLatency::default(),
        };
        assert!(
            breaches(|watch, now| watch.output(now, &Output::Turn(turn))) >= 1,
            "a name in a record"
        );
        assert_eq!(
            breaches(|watch, _| watch.ended(&crate::shop::Shop::new(crate::shop::ShopMood::GOOD))),
            1
        );
    }
}
