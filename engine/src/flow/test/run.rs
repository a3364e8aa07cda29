//! Plays a dialogue line by line and compares.

use std::fmt;

use super::dialogue::{Deed, Dialogue, Wanted, What, did_you_mean};
use super::pattern::Pattern;
use super::play::{Cast, Line, Play};
use super::reached::Reached;
use super::scenery::Stage;

/// Where a dialogue and the conversation part.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) dialogue: String,
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) expected: String,
    pub(super) got: String,
    pub(super) transcript: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{}: \"{}\"", self.file, self.line, self.dialogue)?;
        writeln!(f, "  expected {}", self.expected)?;
        write!(f, "  got      {}", self.got)
    }
}

/// Plays it to its last line; the transcript.
pub(super) fn run(cast: &Cast, dialogue: &Dialogue, reached: &mut Reached) -> Result<String, Box<Failure>> {
    let mut performance = Performance::new(cast, dialogue);
    for line in &dialogue.lines {
        let result = performance.line(&line.what);
        result.map_err(|got| performance.failure(line.number, line.text.clone(), got))?;
    }
    if let Some(play) = &performance.play {
        reached.by(play);
    }
    performance.finish()
}

/// How many times the caller or an agent acts.
pub(super) fn acts(dialogue: &Dialogue) -> usize {
    dialogue.lines.iter().filter(|line| is_act(&line.what)).count()
}

/// The call after so many acts, and the last line played.
pub(super) fn play_acts<'c>(
    cast: &'c Cast,
    dialogue: &Dialogue,
    turns: usize,
) -> Result<(Play<'c>, u32), Box<Failure>> {
    let mut performance = Performance::new(cast, dialogue);
    let (mut done, mut at) = (0, dialogue.line);
    for line in &dialogue.lines {
        if is_act(&line.what) {
            if done == turns {
                break;
            }
            done += 1;
        }
        if is_act(&line.what)
            || matches!(
                line.what,
                What::Phone(_) | What::Dialled(_) | What::Purpose(_) | What::Shop(_)
            )
        {
            at = line.number;
            let result = performance.line(&line.what);
            result.map_err(|got| performance.failure(line.number, line.text.clone(), got))?;
        }
    }
    let failure = performance.failure(at, "a call".to_owned(), "no call".to_owned());
    performance.begin().map(|play| (play, at)).ok_or(failure)
}

const fn is_act(what: &What) -> bool {
    matches!(what, What::Caller(_) | What::Agent { .. })
}

/// A dialogue being played.
struct Performance<'c, 'd> {
    cast: &'c Cast,
    dialogue: &'d Dialogue,
    line: Line,
    /// Until the call begins.
    stage: Option<Stage>,
    play: Option<Play<'c>>,
    /// Orders that the dialogue has named.
    orders: usize,
    /// Reservations that it has named.
    reservations: usize,
}

impl<'c, 'd> Performance<'c, 'd> {
    fn new(cast: &'c Cast, dialogue: &'d Dialogue) -> Self {
        Self {
            cast,
            dialogue,
            line: Line::default(),
            stage: Some(Stage::new(SHOP_SEED)),
            play: None,
            orders: 0,
            reservations: 0,
        }
    }

    /// The call, begun with the first line that is about it.
    fn on(&mut self) -> Result<&mut Play<'c>, String> {
        if self.play.is_none()
            && let Some(stage) = self.stage.take()
        {
            let mut play = Play::new(self.cast, &self.line, stage);
            play.start();
            self.play = Some(play);
        }
        self.play.as_mut().ok_or_else(|| "there is no call".to_owned())
    }

    fn begin(mut self) -> Option<Play<'c>> {
        self.on().ok()?;
        self.play
    }

    fn line(&mut self, what: &What) -> Result<(), String> {
        match what {
            What::Phone(phone) => {
                self.line.phone.clone_from(phone);
                self.before_the_call()
            }
            What::Dialled(flow) => {
                let names: Vec<&str> = self.cast.flows.names().collect();
                if !names.contains(&flow.as_str()) {
                    return Err(format!("no flow is named `{flow}`{}", did_you_mean(flow, &names)));
                }
                self.line.dialled = Some(flow.clone());
                self.before_the_call()
            }
            What::Purpose(purpose) => {
                self.line.purpose = Some(*purpose);
                self.before_the_call()
            }
            What::Shop(scenery) => {
                let phone = self.line.phone.clone();
                let stage = match (&mut self.stage, &mut self.play) {
                    (Some(stage), _) => Some(stage),
                    (None, play) => play.as_mut().map(|play| &mut play.stage),
                };
                stage.map_or(Ok(()), |stage| stage.set(scenery, phone.as_deref()))
            }
            What::Caller(deed) => self.caller(deed),
            What::Agent { free } => self.agent(*free),
            What::Hark(pattern) => self.hark(pattern),
            What::Handover(reason, summary) => self.handover(reason, summary),
            What::Outcome(expected) => match self.on()?.outcome {
                Some(outcome) if outcome == *expected => Ok(()),
                Some(outcome) => Err(outcome.name().to_owned()),
                None => Err("the call goes on".to_owned()),
            },
            What::Order(wanted) => self.order(wanted),
            What::NoOrders => match self.on()?.stage.placed() {
                0 => Ok(()),
                placed => Err(format!("{placed} placed")),
            },
            What::Change { what, number } => self.change(what, number),
            What::Reservation(wanted) => self.reservation(wanted),
            What::NoReservations => match self.on()?.stage.reservations().as_slice() {
                [] => Ok(()),
                made => Err(made.join(", ")),
            },
            What::Callbacks(expected) => match self.on()?.stage.callbacks {
                noted if noted == *expected => Ok(()),
                noted => Err(format!("{noted} noted")),
            },
        }
    }

    fn before_the_call(&self) -> Result<(), String> {
        if self.play.is_some() {
            return Err("the call has begun: this line belongs before the first sentence".to_owned());
        }
        Ok(())
    }

    fn caller(&mut self, deed: &Deed) -> Result<(), String> {
        let play = self.on()?;
        if let Some(outcome) = play.outcome {
            return Err(format!("the call is over: {}", outcome.name()));
        }
        if play.handover.is_some() && *deed != Deed::HangsUp {
            return Err("a person is being looked for; write `Agent: takes the call` first".to_owned());
        }
        play.caller(deed);
        self.faultless()
    }

    fn agent(&mut self, free: bool) -> Result<(), String> {
        let play = self.on()?;
        if play.handover.is_none() {
            return Err("no person is being looked for".to_owned());
        }
        play.agent(free);
        self.faultless()
    }

    fn hark(&mut self, pattern: &Pattern) -> Result<(), String> {
        if let Some(name) = &pattern.prompt
            && !self.cast.prompts.names().any(|known| known == name)
        {
            let names: Vec<&str> = self.cast.prompts.names().collect();
            return Err(format!(
                "no prompt is named `{name}`{}",
                did_you_mean(name, &names)
            ));
        }
        let play = self.on()?;
        let said = play.said.clone();
        while let Some(sentence) = play.said.pop_front() {
            if pattern.matches(&sentence.prompt, &sentence.text) {
                return self.faultless();
            }
        }
        if said.is_empty() {
            return Err("nothing more in this turn".to_owned());
        }
        let told: Vec<String> = said
            .iter()
            .map(|said| format!("{}: {}", said.prompt, said.text))
            .collect();
        Err(told.join("\n           "))
    }

    fn handover(&mut self, reason: &str, summary: &Pattern) -> Result<(), String> {
        match &self.on()?.handover {
            Some(handover) if handover.reason == reason && summary.is_in(&handover.summary) => Ok(()),
            Some(handover) => Err(format!("{} \"{}\"", handover.reason, handover.summary)),
            None => Err("no person is looked for".to_owned()),
        }
    }

    fn order(&mut self, wanted: &Wanted) -> Result<(), String> {
        let orders = self.on()?.stage.orders();
        if orders.contains(wanted) {
            self.orders += 1;
            return Ok(());
        }
        let told: Vec<String> = orders.iter().map(ToString::to_string).collect();
        Err(if told.is_empty() {
            "no order".to_owned()
        } else {
            told.join("; ")
        })
    }

    /// "none", or a change that the shop has made.
    fn change(&mut self, what: &str, number: &str) -> Result<(), String> {
        let changes = self.on()?.stage.changes();
        let wanted = (what.to_owned(), number.to_owned());
        if changes.contains(&wanted) || (what == "none" && changes.is_empty()) {
            return Ok(());
        }
        let told: Vec<String> = changes
            .iter()
            .map(|(what, number)| format!("{what} {number}"))
            .collect();
        Err(if told.is_empty() {
            "no change".to_owned()
        } else {
            told.join(", ")
        })
    }

    fn reservation(&mut self, wanted: &str) -> Result<(), String> {
        let made = self.on()?.stage.reservations();
        if made.iter().any(|made| made == wanted) {
            self.reservations += 1;
            return Ok(());
        }
        Err(if made.is_empty() {
            "no reservation".to_owned()
        } else {
            made.join(", ")
        })
    }

    fn faultless(&mut self) -> Result<(), String> {
        self.on()?
            .faults
            .first()
            .map_or(Ok(()), |fault| Err(fault.clone()))
    }

    /// What the dialogue has not named must not have happened.
    fn finish(mut self) -> Result<String, Box<Failure>> {
        let (line, orders) = (
            self.dialogue.lines.last().map_or(0, |line| line.number),
            self.orders,
        );
        let named = self
            .dialogue
            .lines
            .iter()
            .any(|line| matches!(line.what, What::Order(_) | What::NoOrders));
        let (placed, ended) = match self.on() {
            Ok(play) => (play.stage.placed(), play.outcome),
            Err(_) => (0, None),
        };
        if named && placed > orders {
            let got = format!("{placed} at the shop");
            return Err(self.failure(line, format!("{orders} orders"), got));
        }
        if !named && placed > 0 {
            let got = format!("{placed} at the shop");
            return Err(self.failure(
                line,
                "no order: name those expected with `Order:`".to_owned(),
                got,
            ));
        }
        let reserved = self
            .play
            .as_ref()
            .map(|play| play.stage.reservations())
            .unwrap_or_default();
        if reserved.len() > self.reservations {
            let expected = format!(
                "{} reservations: name each with `Reservation:`",
                self.reservations
            );
            return Err(self.failure(line, expected, reserved.join(", ")));
        }
        if ended.is_none() {
            let expected = "the call to end: hang up, or go on to an outcome".to_owned();
            return Err(self.failure(line, expected, "the call goes on".to_owned()));
        }
        Ok(self.play.map(|play| play.transcript).unwrap_or_default())
    }

    fn failure(&self, line: u32, expected: String, got: String) -> Box<Failure> {
        Box::new(Failure {
            dialogue: self.dialogue.name.clone(),
            file: self.dialogue.file.clone(),
            line,
            expected,
            got,
            transcript: self
                .play
                .as_ref()
                .map(|play| play.transcript.clone())
                .unwrap_or_default(),
        })
    }
}

/// The demo shop of `hark flow chat` and `hark demo`.
const SHOP_SEED: u64 = 1;
