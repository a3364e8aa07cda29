//! Reading one step. Its kind is the key that only this kind has: `say`, `ask`, `lookup`, `decide` ...

use std::collections::BTreeMap;

use crate::conversation::condition::Condition;
use crate::conversation::document::{Scope, Word, near};
use crate::conversation::event::{BargeIn, Outcome};
use crate::conversation::flow::{
    Among, Ask, Case, Confirm, Expect, FlowIndex, Place, Query, StepKind, Subject, Wording,
};
use crate::conversation::load::Names;
use crate::conversation::named::Named as _;
use crate::conversation::operation::Operation;
use crate::speech::endpointing::Pace;

/// The keys of simple steps, by kind. `lookup`, `ask`, `confirm` and `commit` add to theirs.
pub(crate) const STEP_KEYS: &[(&str, &[&str])] = &[
    ("say", &["say", "next", "barge_in"]),
    ("ask", ASK_KEYS),
    ("prefetch", &["prefetch", "next"]),
    ("lookup", &["lookup", "failed"]),
    ("decide", &["decide", "else"]),
    ("do", &["do", "next"]),
    ("confirm", CONFIRM_KEYS),
    ("commit", &["commit"]),
    ("announce", &["announce", "next"]),
    ("handover", &["handover", "reason", "prompt", "nobody"]),
    ("call", &["call", "reason", "next"]),
    ("route", &["route", "next", "unknown"]),
    ("done", &["done"]),
    ("end", &["end"]),
];
pub(crate) const WORDING_KEYS: &[&str] = &[
    "prompt",
    "barge_in",
    "reprompt",
    "silence",
    "scope",
    "narrower",
    "keypad",
    "help",
    "resume",
    "pace",
    "no_input_ms",
];
const ASK_KEYS: &[&str] = &[
    "ask",
    "expect",
    "min",
    "max",
    "among",
    "choices",
    "on",
    "keys",
    "on_silence",
    "give_up",
    "next",
];
const CONFIRM_KEYS: &[&str] = &[
    "confirm",
    "amended",
    "said_back",
    "yes",
    "no",
    "changed",
    "which",
    "later",
    "give_up",
];
pub(crate) const EXPECTATIONS: &[&str] = &["yes_no", "digits", "one_of", "item", "quantity", "drink", "open"];
pub(crate) const AMONG: &[&str] = &[
    "orders",
    "draft",
    "returnable",
    "addresses",
    "days",
    "drinks",
    "services",
    "openings",
    "reservations",
    "launches",
    "advice",
];
pub(crate) const BARGE_IN: &[&str] = &["allowed", "protected"];
pub(crate) const PACES: &[&str] = &["usual", "patient"];
pub(crate) const OUTCOMES: &[(&str, Outcome)] = &[
    ("order_placed", Outcome::OrderPlaced),
    ("order_changed", Outcome::OrderChanged),
    ("reserved", Outcome::Reserved),
    ("answered", Outcome::Answered),
    ("transferred", Outcome::Transferred),
    ("callback_requested", Outcome::CallbackRequested),
    ("declined", Outcome::Declined),
    ("not_reached", Outcome::NotReached),
    ("postponed", Outcome::Postponed),
    ("opted_out", Outcome::OptedOut),
    ("abandoned", Outcome::Abandoned),
    ("failed", Outcome::Failed),
];

/// The kinds of step: the key that only this kind has.
pub(crate) fn kind_names() -> impl Iterator<Item = &'static str> {
    STEP_KEYS.iter().map(|(kind, _)| *kind)
}

fn step_keys(kind: &str) -> &'static [&'static str] {
    let own = STEP_KEYS.iter().find(|(known, _)| *known == kind);
    own.map_or(&[], |(_, keys)| keys)
}

/// A step's table with what is needed to resolve the names in it.
struct Reader<'s, 'a> {
    scope: &'s Scope<'a>,
    flow: FlowIndex,
    names: &'s Names,
}

pub(crate) fn read_step(scope: &Scope<'_>, flow: FlowIndex, names: &Names) -> Option<StepKind> {
    let reader = Reader { scope, flow, names };
    let kinds: Vec<&str> = kind_names().filter(|kind| scope.has(kind)).collect();
    match kinds.as_slice() {
        [kind] => reader.read(kind),
        [] => {
            blame_no_kind(scope);
            None
        }
        [first, second, ..] => {
            scope.blame(
                second,
                format!("a step is one thing: this one is already `{first}`"),
            );
            None
        }
    }
}

/// A misspelt kind is told where it stands.
fn blame_no_kind(scope: &Scope<'_>) {
    let keys = scope.keys();
    let kinds: Vec<&str> = kind_names().collect();
    let misspelt = keys
        .iter()
        .filter(|key| !is_step_key(&key.text))
        .find_map(|key| Some((key, near(&key.text, kind_names())?)));
    match misspelt {
        Some((key, kind)) => scope.blame_misspelt(&key.text, Some(kind), &kinds),
        None => scope.blame("", format!("a step needs one of: {}", kinds.join(", "))),
    }
}

/// Whether any kind of step has this key.
fn is_step_key(key: &str) -> bool {
    let mut own = STEP_KEYS.iter().flat_map(|(_, keys)| keys.iter());
    let mut branches = Query::ALL.iter().flat_map(|query| query.branches());
    let mut commits = Subject::ALL.iter().flat_map(|what| what.branches());
    own.any(|known| *known == key)
        || WORDING_KEYS.contains(&key)
        || branches.any(|known| *known == key)
        || commits.any(|known| *known == key)
}

impl Reader<'_, '_> {
    fn read(&self, kind: &str) -> Option<StepKind> {
        match kind {
            "say" => self.say(),
            "ask" => self.ask(),
            "prefetch" => self.prefetch(),
            "lookup" => self.lookup(),
            "decide" => self.decide(),
            "do" => self.operation(),
            "confirm" => self.confirm(),
            "commit" => self.commit(),
            "announce" => self.announce(),
            "handover" => self.hand_over(),
            "call" => self.call(),
            "route" => self.route(),
            "done" => self.done(),
            _ => self.end(),
        }
    }

    fn say(&self) -> Option<StepKind> {
        self.scope.only(step_keys("say"));
        let (prompt, next) = (self.text("say"), self.go("next"));
        Some(StepKind::Say {
            prompt: prompt?,
            barge_in: self.barge_in(),
            next: next?,
        })
    }

    fn prefetch(&self) -> Option<StepKind> {
        self.scope.only(step_keys("prefetch"));
        let (query, next) = (
            self.one_of("prefetch", Query::NAMES, Query::parse),
            self.go("next"),
        );
        Some(StepKind::Prefetch {
            query: query?,
            next: next?,
        })
    }

    fn lookup(&self) -> Option<StepKind> {
        let query = self.one_of("lookup", Query::NAMES, Query::parse)?;
        self.scope.only(&[step_keys("lookup"), query.branches()].concat());
        let (branches, failed) = (self.branches(query.branches()), self.go("failed"));
        Some(StepKind::Lookup {
            query,
            branches: branches?,
            failed: failed?,
        })
    }

    fn decide(&self) -> Option<StepKind> {
        self.scope.only(step_keys("decide"));
        let mut cases = Vec::new();
        for scope in self.scope.tables("decide") {
            scope.only(&["when", "go"]);
            let reader = Reader {
                scope: &scope,
                flow: self.flow,
                names: self.names,
            };
            let (when, go) = (reader.condition("when"), reader.go("go"));
            let line = scope.line();
            cases.push(when.zip(go).map(|(when, go)| Case { when, go, line }));
        }
        let otherwise = self.go("else");
        Some(StepKind::Decide {
            cases: cases.into_iter().collect::<Option<_>>()?,
            otherwise: otherwise?,
        })
    }

    fn operation(&self) -> Option<StepKind> {
        self.scope.only(step_keys("do"));
        let (operation, next) = (
            self.one_of("do", Operation::NAMES, Operation::parse),
            self.go("next"),
        );
        Some(StepKind::Do {
            operation: operation?,
            next: next?,
        })
    }

    fn ask(&self) -> Option<StepKind> {
        self.scope.only(&[ASK_KEYS, WORDING_KEYS].concat());
        let slot = self.text("ask");
        let expect = self.expect();
        let wording = self.wording();
        let on = self.on();
        let next = self.maybe_go("next");
        if !self.scope.has_meant("next") && !self.scope.has_meant("on") {
            self.scope
                .blame("next", "this key is missing: where does an answer lead?");
        }
        Some(StepKind::Ask(Box::new(Ask {
            slot: slot?,
            expect: expect?,
            wording: wording?,
            on,
            keys: self.keys(),
            on_silence: self.maybe_go("on_silence"),
            give_up: self.maybe_go("give_up"),
            next,
        })))
    }

    fn confirm(&self) -> Option<StepKind> {
        self.scope.only(&[CONFIRM_KEYS, WORDING_KEYS].concat());
        let what = self.one_of("confirm", Subject::NAMES, Subject::parse)?;
        let wording = self.wording();
        let changed = match what {
            Subject::Draft => self.go("changed").map(Some),
            Subject::Change | Subject::Reservation => Some(self.maybe_go("changed")),
        };
        let (yes, no) = (self.go("yes"), self.go("no"));
        Some(StepKind::Confirm(Box::new(Confirm {
            what,
            wording: wording?,
            amended: self.scope.word("amended").map(|word| word.text),
            said_back: self.scope.word("said_back").map(|word| word.text),
            yes: yes?,
            no: no?,
            changed: changed?,
            which: self.maybe_go("which"),
            later: self.maybe_go("later"),
            give_up: self.maybe_go("give_up"),
        })))
    }

    fn commit(&self) -> Option<StepKind> {
        let what = self.one_of("commit", Subject::NAMES, Subject::parse)?;
        self.scope.only(&[step_keys("commit"), what.branches()].concat());
        Some(StepKind::Commit {
            what,
            branches: self.branches(what.branches())?,
        })
    }

    fn announce(&self) -> Option<StepKind> {
        self.scope.only(step_keys("announce"));
        let (prompt, next) = (self.text("announce"), self.go("next"));
        Some(StepKind::Announce {
            prompt: prompt?,
            next: next?,
        })
    }

    fn hand_over(&self) -> Option<StepKind> {
        self.scope.only(step_keys("handover"));
        let (skill, prompt, nobody) = (self.text("handover"), self.text("prompt"), self.go("nobody"));
        let reason = self.scope.word("reason").map(|word| word.text);
        Some(StepKind::HandOver {
            skill: skill?,
            reason,
            prompt: prompt?,
            nobody: nobody?,
        })
    }

    fn call(&self) -> Option<StepKind> {
        self.scope.only(step_keys("call"));
        let flow = self
            .scope
            .need_word("call")
            .and_then(|word| self.names.flow(self.scope, "call", &word));
        let next = self.go("next");
        let reason = self.scope.word("reason").map(|word| word.text);
        Some(StepKind::Call {
            flow: flow?,
            reason,
            next: next?,
        })
    }

    fn route(&self) -> Option<StepKind> {
        self.scope.only(step_keys("route"));
        self.one_of("route", &["intent"], |text| (text == "intent").then_some(()))?;
        let (next, unknown) = (self.go("next"), self.go("unknown"));
        Some(StepKind::Route {
            next: next?,
            unknown: unknown?,
        })
    }

    fn done(&self) -> Option<StepKind> {
        self.scope.only(step_keys("done"));
        Some(StepKind::Done {
            outcome: self.outcome("done")?,
        })
    }

    fn end(&self) -> Option<StepKind> {
        self.scope.only(step_keys("end"));
        if self.scope.word("end").is_some_and(|word| word.text == "so_far") {
            return Some(StepKind::End { outcome: None });
        }
        Some(StepKind::End {
            outcome: Some(self.outcome("end")?),
        })
    }

    fn outcome(&self, key: &str) -> Option<Outcome> {
        let names: Vec<&str> = OUTCOMES.iter().map(|(name, _)| *name).collect();
        self.one_of(key, &names, |text| {
            OUTCOMES
                .iter()
                .find(|(name, _)| *name == text)
                .map(|(_, outcome)| *outcome)
        })
    }

    fn wording(&self) -> Option<Wording> {
        let word = |key: &str| self.scope.word(key).map(|word| word.text);
        let prompt = self.text("prompt");
        Some(Wording {
            prompt: prompt?,
            barge_in: self.barge_in(),
            reprompt: word("reprompt"),
            silence: word("silence"),
            scope: word("scope"),
            narrower: word("narrower"),
            keypad: word("keypad"),
            help: word("help"),
            resume: word("resume"),
            pace: self.pace(),
            no_input_ms: self.no_input_ms(),
        })
    }

    fn barge_in(&self) -> BargeIn {
        let parse = |text: &str| match text {
            "allowed" => Some(BargeIn::Allowed),
            "protected" => Some(BargeIn::Protected),
            _ => None,
        };
        if !self.scope.has("barge_in") {
            return BargeIn::Allowed;
        }
        self.one_of("barge_in", BARGE_IN, parse).unwrap_or_default()
    }

    fn pace(&self) -> Pace {
        let parse = |text: &str| match text {
            "usual" => Some(Pace::Usual),
            "patient" => Some(Pace::Patient),
            _ => None,
        };
        if !self.scope.has("pace") {
            return Pace::Usual;
        }
        self.one_of("pace", PACES, parse).unwrap_or_default()
    }

    fn no_input_ms(&self) -> Option<u32> {
        let wait_ms = self.scope.number("no_input_ms")?;
        if !NO_INPUT_MS.contains(&wait_ms) {
            let (least, most) = (NO_INPUT_MS.start(), NO_INPUT_MS.end());
            let message = format!(
                "{wait_ms} ms of silence before asking again: from {least}, so that one can think, to {most}"
            );
            self.scope.blame("no_input_ms", message);
        }
        Some(wait_ms)
    }

    fn expect(&self) -> Option<Expect> {
        let name = self.one_of("expect", EXPECTATIONS, |text| {
            EXPECTATIONS.iter().copied().find(|name| *name == text)
        })?;
        let small = |key: &str| {
            self.scope
                .number(key)
                .and_then(|number| u8::try_from(number).ok())
        };
        for (key, kinds) in [
            ("min", &["digits"][..]),
            ("max", &["digits", "quantity"]),
            ("among", &["one_of"]),
            ("choices", &["one_of"]),
        ] {
            if self.scope.has(key) && !kinds.contains(&name) {
                self.scope
                    .blame(key, format!("means nothing where `{name}` is expected"));
            }
        }
        Some(match name {
            "yes_no" => Expect::YesNo,
            "digits" => self.digits(small("min"), small("max"))?,
            "one_of" => Expect::OneOf(self.among()?),
            "item" => Expect::Item,
            "quantity" => Expect::Quantity {
                max: self.scope.number("max").unwrap_or(DEFAULT_QUANTITY_MAX),
            },
            "drink" => Expect::Drink,
            _ => Expect::Open,
        })
    }

    fn digits(&self, min: Option<u8>, max: Option<u8>) -> Option<Expect> {
        match (min, max) {
            (Some(min), Some(max)) if min <= max && max > 0 => Some(Expect::Digits { min, max }),
            (Some(_) | None, Some(_) | None) => {
                self.scope.blame(
                    "expect",
                    "digits need `min` and `max`, each from 1 to 255, min not above max",
                );
                None
            }
        }
    }

    fn among(&self) -> Option<Among> {
        if self.scope.has("choices") {
            if self.scope.has("among") {
                self.scope
                    .blame("among", "the `choices` are listed here; keep one of the two");
            }
            return Some(Among::Listed(self.choices()));
        }
        let parse = |text: &str| match text {
            "orders" => Some(Among::Orders),
            "draft" => Some(Among::Draft),
            "returnable" => Some(Among::Returnable),
            "addresses" => Some(Among::Addresses),
            "days" => Some(Among::Days),
            "drinks" => Some(Among::Drinks),
            "services" => Some(Among::Services),
            "openings" => Some(Among::Openings),
            "reservations" => Some(Among::Reservations),
            "launches" => Some(Among::Launches),
            "advice" => Some(Among::Advice),
            _ => None,
        };
        self.one_of("among", AMONG, parse)
    }

    /// `choices = [{ value = "small", spoken = ["small", "a small one"] }]`
    fn choices(&self) -> Vec<(String, Vec<String>)> {
        let mut choices = Vec::new();
        for scope in self.scope.tables("choices") {
            scope.only(&["value", "spoken"]);
            let value = scope.need_word("value").map(|word| word.text).unwrap_or_default();
            let mut spoken: Vec<String> = scope.words("spoken").into_iter().map(|word| word.text).collect();
            if spoken.is_empty() {
                spoken.push(value.replace('_', " "));
            }
            choices.push((value, spoken));
        }
        choices
    }

    fn on(&self) -> BTreeMap<String, Place> {
        let mut on = BTreeMap::new();
        let Some(table) = self.scope.table("on") else {
            return on;
        };
        for key in table.keys() {
            let place = table
                .word(&key.text)
                .and_then(|word| self.names.step(self.flow, &table, &key.text, &word));
            if let Some(place) = place {
                on.insert(key.text, place);
            }
        }
        on
    }

    fn keys(&self) -> BTreeMap<char, String> {
        let mut keys = BTreeMap::new();
        let Some(table) = self.scope.table("keys") else {
            return keys;
        };
        for key in table.keys() {
            let mut letters = key.text.chars();
            let digit = letters
                .next()
                .filter(|digit| digit.is_ascii_digit() && letters.next().is_none());
            match (digit, table.word(&key.text)) {
                (Some(digit), Some(word)) => {
                    keys.insert(digit, word.text);
                }
                (None, _) => table.blame(&key.text, "a key of the telephone belongs here: \"0\" to \"9\""),
                (Some(_), None) => {}
            }
        }
        keys
    }

    fn condition(&self, key: &str) -> Option<Condition> {
        let word = self.scope.need_word(key)?;
        match Condition::parse(&word.text) {
            Ok(condition) => Some(condition),
            Err(message) => {
                self.scope.blame(key, message);
                None
            }
        }
    }

    fn branches(&self, names: &[&'static str]) -> Option<Vec<(&'static str, Place)>> {
        let branches: Vec<_> = names
            .iter()
            .map(|name| self.go(name).map(|place| (*name, place)))
            .collect();
        branches.into_iter().collect()
    }

    fn text(&self, key: &str) -> Option<String> {
        self.scope.need_word(key).map(|word| word.text)
    }

    fn go(&self, key: &str) -> Option<Place> {
        let word: Word = self.scope.need_word(key)?;
        self.names.step(self.flow, self.scope, key, &word)
    }

    fn maybe_go(&self, key: &str) -> Option<Place> {
        if self.scope.has(key) { self.go(key) } else { None }
    }

    /// A word that must be one of a few.
    fn one_of<T>(&self, key: &str, names: &[&str], parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let word = self.scope.need_word(key)?;
        let parsed = parse(&word.text);
        if parsed.is_none() {
            let message = match near(&word.text, names.iter().copied()) {
                Some(meant) => format!("there is no `{}` here; did you mean `{meant}`?", word.text),
                None => format!("`{}` is none of {}", word.text, names.join(", ")),
            };
            self.scope.blame(key, message);
        }
        parsed
    }
}

/// Silence before a question is asked again.
pub(crate) const NO_INPUT_MS: std::ops::RangeInclusive<u32> = 1_500..=30_000;
/// The most of one thing that a caller can ask for by voice when the flow does not say.
const DEFAULT_QUANTITY_MAX: u32 = 50;
