//! A caller who wants one order, says so in everyday words, and answers a read-back honestly.

use clap::ValueEnum;
use engine_core::conversation::event::{Listen, Speech};
use engine_core::conversation::spoken;
use engine_core::shop::{Catalogue, OrderLine};
use engine_core::speech::expectation::Expectation;
use rand::Rng;
use rand::rngs::StdRng;

use super::person::{Calendar, Person};
use super::wish::{Kind, Wish};

/// What the caller does when it is their turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    Says(String),
    Presses(char),
    /// Lets stand what was said back.
    SaysNothing,
    HangsUp,
}

/// What becomes of Hark's wish for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Keys {
    /// Callers press them.
    Pressed,
    /// Callers cannot reach them, and answer in words.
    Spoken,
    /// Callers read them out: "one", "press one".
    Aloud,
    /// The line carries none, and Hark knows it.
    Absent,
}

#[derive(Debug)]
pub(super) struct Caller<'c> {
    pub(super) wish: Wish,
    keys: Keys,
    person: &'c Person,
    calendar: &'c Calendar,
    catalogue: &'c Catalogue,
    /// What the read-back that stands says, in lower case.
    read_back: String,
    /// What was last said of where and when, in lower case.
    delivery: String,
    /// Hark has said that it is ordered.
    pub(super) done: bool,
    turns: u32,
}

impl<'c> Caller<'c> {
    pub(super) const fn new(
        wish: Wish,
        keys: Keys,
        person: &'c Person,
        calendar: &'c Calendar,
        catalogue: &'c Catalogue,
    ) -> Self {
        Self {
            wish,
            keys,
            person,
            calendar,
            catalogue,
            read_back: String::new(),
            delivery: String::new(),
            done: false,
            turns: 0,
        }
    }

    /// Hark has said this.
    pub(super) fn hears(&mut self, speech: &Speech) {
        let name = speech.prompt.split('/').next().unwrap_or_default();
        if name.ends_with(".success") || name.ends_with(".success_before") {
            self.done = true;
        }
        if name.contains(".readback") && !name.ends_with("_help") {
            self.delivery = speech.text.to_lowercase();
            if !is_change(name) {
                self.read_back.clone_from(&self.delivery);
            }
        }
    }

    /// The caller's turn.
    pub(super) fn answers(&mut self, listen: &Listen, said: &[Speech], rng: &mut StdRng) -> Deed {
        self.turns += 1;
        if self.turns > PATIENCE_TURNS {
            return Deed::HangsUp;
        }
        let last = said.last().map_or("", |speech| speech.prompt.as_str());
        let text = said.last().map_or("", |speech| speech.text.as_str());
        let asked = last.contains("_keys") || last.contains("_keypad");
        let by_keys = asked && self.keys == Keys::Pressed;
        let aloud = asked && self.keys == Keys::Aloud;
        if listen.step.ends_with(".readback") {
            if is_said_back(last) && self.is_read_back_right() {
                return Deed::SaysNothing;
            }
            let names_it = last.contains("common.name_it");
            if aloud && !names_it {
                return choose(if self.is_read_back_right() { ONES } else { TWOS }, rng);
            }
            return self.answers_read_back(by_keys, names_it, rng);
        }
        match &listen.expectation {
            Expectation::YesNo if last.contains("check_intent") => {
                let drink = text.contains("drink");
                let right = drink == (self.wish.kind == Kind::Drink) && (drink || text.contains("reorder"));
                self.yes_or_no(right, rng)
            }
            Expectation::YesNo if last.contains("check_value") => {
                let said = text.to_lowercase();
                let right = self
                    .wish
                    .lines
                    .iter()
                    .any(|line| said.contains(&line.name.to_lowercase()));
                self.yes_or_no(right, rng)
            }
            Expectation::YesNo if listen.step.ends_with(".only_address") => {
                let right = self.wish.delivery.to == 0;
                if by_keys {
                    return Deed::Presses(if right { '1' } else { '2' });
                }
                self.yes_or_no(right, rng)
            }
            Expectation::YesNo if by_keys => Deed::Presses('2'),
            Expectation::YesNo => say("no"),
            Expectation::Open if by_keys && !self.done => {
                Deed::Presses(if self.wish.kind == Kind::Drink { '3' } else { '1' })
            }
            Expectation::Open if self.done => choose(GOODBYES, rng),
            Expectation::Open => self.opens(rng),
            Expectation::Item | Expectation::Drink => self.says_what(listen.step.contains("change"), rng),
            Expectation::OneOf { .. } if listen.step.ends_with("_address") => {
                say(&self.person.says_place(self.wish.delivery.to, rng))
            }
            Expectation::OneOf { .. } if listen.step.ends_with("_day") || listen.step.ends_with("_days") => {
                match self.wish.delivery.on {
                    Some(date) => say(&self.calendar.says(date)),
                    None => say("no"),
                }
            }
            Expectation::OneOf { .. } => match self.wish.lines.first() {
                Some(line) => say(&format!("the {}", line.name)),
                None => say("the first one"),
            },
            Expectation::Quantity { .. } => {
                let quantity = self.wish.lines.first().map_or(1, |line| line.quantity);
                say(&spoken::number(u64::from(quantity)))
            }
            Expectation::Digits { .. } => say("cancel"),
        }
    }

    /// Yes when every line is there and nothing else is; else a no, or what is wrong.
    fn answers_read_back(&self, by_keys: bool, names_it: bool, rng: &mut StdRng) -> Deed {
        let right = self.is_read_back_right();
        if names_it {
            return say(if right { "place the order" } else { "cancel" });
        }
        if by_keys {
            return Deed::Presses(if right { '1' } else { '2' });
        }
        if right {
            return choose(YESES, rng);
        }
        if self.done {
            return choose(NOES, rng);
        }
        if self.are_lines_right() {
            return self.says_where_and_when(rng);
        }
        let again = self.wish.kind == Kind::Again;
        let Some(wrong) = self.wish.lines.iter().find(|line| !self.says_back(line)) else {
            // Everything, and something more.
            return choose(NOES, rng);
        };
        let quantity = spoken::number(u64::from(wrong.quantity));
        if rng.random_bool(0.35) && !again {
            return choose(NOES, rng);
        }
        let [_] = self.wish.lines.as_slice() else {
            return say(&format!("no i want {}", self.phrase(wrong)));
        };
        if self.read_back.contains(&wrong.name.to_lowercase()) && wrong.options.is_empty() {
            let forms = ["make it", "no make it", "no i want"];
            say(&format!("{} {quantity}", pick(&forms, rng)))
        } else {
            let forms = ["no i want", "no i said", "i said", "no"];
            say(&format!("{} {}", pick(&forms, rng), self.phrase(wrong)))
        }
    }

    /// What was wanted is ordered once: a second one is as wrong as another one.
    fn is_read_back_right(&self) -> bool {
        !self.done && self.are_lines_right() && self.is_place_right() && self.is_day_right()
    }

    fn are_lines_right(&self) -> bool {
        let more = self.catalogue.items.iter().any(|item| {
            let name = item.name.to_lowercase();
            let wanted = self
                .wish
                .lines
                .iter()
                .any(|line| line.name.to_lowercase().contains(&name));
            !wanted && self.read_back.contains(&name)
        });
        !more && self.wish.lines.iter().all(|line| self.says_back(line))
    }

    /// A drink is picked up.
    fn is_place_right(&self) -> bool {
        let heard = self.person.hears_place(&self.delivery);
        self.wish.kind == Kind::Drink || heard == Some(self.wish.delivery.to)
    }

    fn is_day_right(&self) -> bool {
        let heard = self.calendar.hears(&self.delivery);
        self.wish.kind == Kind::Drink || heard == self.wish.delivery.on
    }

    /// What the read-back lacks of where and when.
    fn says_where_and_when(&self, rng: &mut StdRng) -> Deed {
        if rng.random_bool(0.1) {
            return choose(NOES, rng);
        }
        let what = match (self.is_place_right(), self.is_day_right()) {
            (true, _) => match self.wish.delivery.on {
                Some(date) => format!("{} {}", pick(DAY_WISHES, rng), self.calendar.says(date)),
                None => "no any day".to_owned(),
            },
            (false, right) => {
                let place = self.person.says_place(self.wish.delivery.to, rng);
                let on = self.wish.delivery.on.filter(|_| !right);
                let on = on.map(|date| format!(" {}", self.calendar.says(date)));
                format!("{} {place}{}", pick(PLACE_WISHES, rng), on.unwrap_or_default())
            }
        };
        say(&what)
    }

    /// Whether the read-back has this line word for word, and not as a part of a longer one.
    fn says_back(&self, line: &OrderLine) -> bool {
        let words = self.phrase(line);
        // After the only line "and" would bring something else.
        let several = self.wish.lines.len() > 1;
        self.read_back.match_indices(&words).any(|(at, found)| {
            let before = self.read_back.get(..at).unwrap_or_default();
            let after = self.read_back.get(at + found.len()..).unwrap_or_default();
            let ends = [" to ", " on ", " tomorrow", " today"]
                .iter()
                .any(|next| after.starts_with(next));
            !before.ends_with(|c: char| c.is_alphanumeric() || c == '-')
                && (ends || after.starts_with([',', '.', '?']) || (several && after.starts_with(" and ")))
        })
    }

    fn yes_or_no(&self, right: bool, rng: &mut StdRng) -> Deed {
        choose(if right { YESES } else { NOES }, rng)
    }

    fn opens(&self, rng: &mut StdRng) -> Deed {
        let what = match self.wish.kind {
            Kind::Again => pick(AGAIN, rng).to_owned(),
            Kind::Goods | Kind::Drink => {
                let what: Vec<String> = self.wish.lines.iter().map(|line| self.phrase(line)).collect();
                format!("{} {}", pick(OPENINGS, rng), what.join(" and "))
            }
        };
        let delivery = self.wish.delivery;
        if self.wish.kind == Kind::Drink || !delivery.at_once {
            return say(&what);
        }
        let to = (delivery.to > 0).then(|| format!(" to {}", self.person.says_place(delivery.to, rng)));
        let on = delivery.on.map(|date| format!(" {}", self.calendar.says(date)));
        say(&format!(
            "{what}{}{}",
            to.unwrap_or_default(),
            on.unwrap_or_default()
        ))
    }

    /// What is wanted, or what of it the read-back lacked.
    fn says_what(&self, change: bool, rng: &mut StdRng) -> Deed {
        if self.done {
            return say("cancel");
        }
        let lacking: Vec<String> = self
            .wish
            .lines
            .iter()
            .filter(|line| !change || !self.says_back(line))
            .map(|line| self.phrase(line))
            .collect();
        let delivery_right = self.is_place_right() && self.is_day_right();
        if lacking.is_empty() && change && self.are_lines_right() && !delivery_right {
            return self.says_where_and_when(rng);
        }
        if lacking.is_empty() {
            // Nothing is lacking, something is too much: begin again.
            return say("cancel");
        }
        let courtesy = pick(&["", " please"], rng);
        say(&format!("{}{courtesy}", lacking.join(" and ")))
    }

    fn phrase(&self, line: &OrderLine) -> String {
        spoken::line(line, self.catalogue).to_lowercase()
    }
}

/// Only where and when are said, and the price: the rest is as it was read back before.
fn is_change(prompt: &str) -> bool {
    prompt.contains(".readback_amended") || prompt.contains(".readback_said_back")
}

/// Said, and not asked.
pub(super) fn is_said_back(prompt: &str) -> bool {
    prompt.contains(".readback_said_back") || prompt.contains("common.going_ahead")
}

fn say(words: &str) -> Deed {
    let plain = words.to_lowercase().replace([',', '.', '?'], "");
    Deed::Says(plain.replace('-', " "))
}

fn choose(options: &[&str], rng: &mut StdRng) -> Deed {
    say(pick(options, rng))
}

pub(super) fn pick<'a>(options: &[&'a str], rng: &mut StdRng) -> &'a str {
    let at = rng.random_range(0..options.len().max(1));
    options.get(at).copied().unwrap_or_default()
}

/// Turns after which a caller has had enough.
const PATIENCE_TURNS: u32 = 16;

const YESES: &[&str] = &[
    "yes",
    "yes",
    "yes",
    "yes please",
    "yes please",
    "yeah",
    "that's right",
    "sure",
    "correct",
    "okay",
];
const ONES: &[&str] = &["one", "one", "press one", "number one"];
const TWOS: &[&str] = &["two", "two", "press two", "number two"];
const NOES: &[&str] = &["no", "no", "no", "nope", "no that's wrong", "that's not right"];
const PLACE_WISHES: &[&str] = &[
    "send it to",
    "no send it to",
    "yes but send it to",
    "no to",
    "please send it to",
];
const DAY_WISHES: &[&str] = &["make it", "no make it", "yes but deliver it", "deliver it"];
const GOODBYES: &[&str] = &["no thanks", "no thank you", "no that's all", "goodbye"];
const AGAIN: &[&str] = &[
    "i'd like to reorder my last order",
    "reorder my last order please",
    "the same as last time please",
    "i want to reorder",
    "my last order again please",
];
const OPENINGS: &[&str] = &["i'd like", "i want to order", "can i get", "i'd like to order"];
