//! Dialogues as designers write them: one line a sentence, said by Hark, the caller, the shop or an
//! agent. The page about them is `models/flows/tests/README.md`.

use std::fmt;

use engine_core::conversation::event::Outcome;
use engine_core::conversation::{LoadErrors, Purpose, Source};
use engine_core::source::{FileError, nearest};
use serde_json::json;

use super::pattern::Pattern;
use super::scenery::Scenery;

/// One call, from its beginning to what must be true at its end.
#[derive(Debug, Clone)]
pub(super) struct Dialogue {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) lines: Vec<Line>,
}

#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) number: u32,
    /// As it stands in the file.
    pub(super) text: String,
    pub(super) what: What,
}

/// What a line does or expects.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// The caller's number; `None` when it is withheld.
    Phone(Option<String>),
    /// The flow that the dialled number stands for.
    Dialled(String),
    /// Hark calls, for this.
    Purpose(Purpose),
    Shop(Scenery),
    Caller(Deed),
    /// An agent takes the call, or nobody is free.
    Agent {
        free: bool,
    },
    /// Hark says this next, or later in this turn.
    Hark(Pattern),
    /// A person is looked for, for this reason.
    Handover(String, Pattern),
    Outcome(Outcome),
    /// One order that the shop has taken.
    Order(Wanted),
    NoOrders,
    /// An order that existed was changed so: "skip 417209".
    Change {
        what: String,
        number: String,
    },
    /// What the shop has reserved, or given up: "book tasting@2026-03-06T11:00".
    Reservation(String),
    NoReservations,
    Callbacks(usize),
}

/// An order as a dialogue knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Wanted {
    /// SKU and quantity, sorted.
    pub(super) goods: Vec<(String, u32)>,
    /// The address that was chosen, and the day; empty where none was.
    pub(super) to: String,
    pub(super) on: String,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let goods = self
            .goods
            .iter()
            .map(|(sku, quantity)| format!("{quantity} {sku}"));
        f.write_str(&goods.collect::<Vec<_>>().join(", "))?;
        for (word, value) in [("to", &self.to), ("on", &self.on)] {
            if !value.is_empty() {
                write!(f, " {word} {value}")?;
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Deed {
    /// The words, and how sure the recogniser is of them.
    Says(String, f32),
    Mumbles,
    Silent,
    Keys(String),
    HangsUp,
}

/// The dialogues of a file, or every line that is none.
pub(super) fn parse(source: &Source) -> Result<Vec<Dialogue>, LoadErrors> {
    let mut dialogues: Vec<Dialogue> = Vec::new();
    // What stands before the first heading holds for every dialogue of the file.
    let mut common: Vec<Line> = Vec::new();
    let mut faults = Vec::new();
    for (number, text) in (1..).zip(source.text.lines()) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(name) = text.strip_prefix("==") {
            dialogues.push(Dialogue {
                name: name.trim_matches(['=', ' ']).to_owned(),
                file: source.file.clone(),
                line: number,
                lines: common.clone(),
            });
            continue;
        }
        match line(number, text) {
            Ok(line) => match dialogues.last_mut() {
                Some(dialogue) => dialogue.lines.push(line),
                None => common.push(line),
            },
            Err(message) => {
                let mut fault = FileError::new(&source.file, message);
                fault.line = Some(number);
                faults.push(fault);
            }
        }
    }
    if dialogues.is_empty() && faults.is_empty() {
        let fault = FileError::new(&source.file, "there is no dialogue in it");
        faults.push(fault.remedy("begin one with a heading: == what it is about"));
    }
    if faults.is_empty() {
        Ok(dialogues)
    } else {
        Err(LoadErrors { faults })
    }
}

fn line(number: u32, text: &str) -> Result<Line, String> {
    let (who, rest) = text
        .split_once(':')
        .ok_or_else(|| format!("a line begins with who speaks: {}", SPEAKERS.join(":, ") + ":"))?;
    let rest = rest.trim();
    let what = match who.trim() {
        "Phone" => What::Phone((rest != "withheld").then(|| rest.to_owned())),
        "Dialled" => What::Dialled(rest.to_owned()),
        "Purpose" => What::Purpose(purpose(rest)?),
        "Shop" => What::Shop(Scenery::parse(rest)?),
        "Caller" => What::Caller(deed(rest)?),
        "Agent" => What::Agent { free: free(rest)? },
        "Hark" => What::Hark(Pattern::parse(rest)?),
        "Handover" => {
            let (reason, summary) = rest.split_once(' ').unwrap_or((rest, ""));
            What::Handover(reason.to_owned(), Pattern::words(summary.trim_matches('"')))
        }
        "Outcome" => What::Outcome(outcome(rest)?),
        "Order" => What::Order(wanted(rest)?),
        "Orders" if rest == "none" => What::NoOrders,
        "Orders" => return Err("write `Orders: none`, or one `Order: 2 SKU, 1 SKU` for each".to_owned()),
        "Change" => {
            let (what, number) = rest.split_once(' ').unwrap_or((rest, ""));
            if !CHANGES.contains(&what) {
                return Err(format!("`{what}` is no change{}", did_you_mean(what, CHANGES)));
            }
            What::Change {
                what: what.to_owned(),
                number: number.to_owned(),
            }
        }
        "Reservation" => What::Reservation(rest.to_owned()),
        "Reservations" if rest == "none" => What::NoReservations,
        "Reservations" => {
            return Err("write `Reservations: none`, or one `Reservation: book OPENING` for each".to_owned());
        }
        "Callbacks" => What::Callbacks(rest.parse().map_err(|_| format!("`{rest}` is no number"))?),
        other => {
            return Err(format!(
                "`{other}` does not speak here{}",
                did_you_mean(other, SPEAKERS)
            ));
        }
    };
    Ok(Line {
        number,
        text: text.to_owned(),
        what,
    })
}

/// "yes please", "[60 %] yes", "[silence]", "[key 1]".
fn deed(text: &str) -> Result<Deed, String> {
    let Some(rest) = text.strip_prefix('[') else {
        return Ok(Deed::Says(text.to_owned(), 1.0));
    };
    let (inside, words) = rest.split_once(']').ok_or("a `[` without its `]`")?;
    if let Some(percent) = inside.trim().strip_suffix('%') {
        let percent: f32 = percent
            .trim()
            .parse()
            .map_err(|_| format!("`{inside}` is no percentage"))?;
        return Ok(Deed::Says(words.trim().to_owned(), percent / 100.0));
    }
    match inside.split_once(' ').unwrap_or((inside, "")) {
        ("silence", _) => Ok(Deed::Silent),
        ("mumbles", _) => Ok(Deed::Mumbles),
        ("hangs", "up") => Ok(Deed::HangsUp),
        ("key" | "keys", keys) if !keys.is_empty() => Ok(Deed::Keys(keys.to_owned())),
        _ => Err(format!(
            "`[{inside}]` is nothing a caller does here: {}",
            DEEDS.join(", ")
        )),
    }
}

fn purpose(text: &str) -> Result<Purpose, String> {
    let names = PURPOSES.map(Purpose::name);
    let known = PURPOSES.into_iter().find(|purpose| purpose.name() == text);
    known.ok_or_else(|| format!("Hark calls for no `{text}`{}", did_you_mean(text, &names)))
}

fn free(text: &str) -> Result<bool, String> {
    match text {
        "takes the call" => Ok(true),
        "nobody is free" => Ok(false),
        other => Err(format!("`{other}`: write `takes the call` or `nobody is free`")),
    }
}

fn outcome(text: &str) -> Result<Outcome, String> {
    serde_json::from_value(json!(text))
        .map_err(|_| format!("`{text}` is no outcome{}", did_you_mean(text, OUTCOMES)))
}

/// "1 GEAR-FILTERS to C0002-2 on 2026-11-27".
fn wanted(text: &str) -> Result<Wanted, String> {
    let (text, on) = text.split_once(" on ").unwrap_or((text, ""));
    let (text, to) = text.split_once(" to ").unwrap_or((text, ""));
    let mut goods = goods(text)?;
    goods.sort();
    Ok(Wanted {
        goods,
        to: to.trim().to_owned(),
        on: on.trim().to_owned(),
    })
}

/// "2 BEAN-HARBOR-DARK, 1 GEAR-FILTERS".
pub(super) fn goods(text: &str) -> Result<Vec<(String, u32)>, String> {
    let mut goods = Vec::new();
    for part in text.split(',') {
        let (quantity, sku) = part
            .trim()
            .split_once(' ')
            .ok_or_else(|| format!("`{}`: write a quantity and a SKU: 2 GEAR-FILTERS", part.trim()))?;
        let quantity = quantity
            .parse()
            .map_err(|_| format!("`{quantity}` is no quantity"))?;
        goods.push((sku.trim().to_owned(), quantity));
    }
    Ok(goods)
}

pub(super) fn did_you_mean(name: &str, names: &[&str]) -> String {
    match nearest(name, names.iter().copied()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => format!("; it is one of {}", names.join(", ")),
    }
}

const SPEAKERS: &[&str] = &[
    "Phone",
    "Dialled",
    "Purpose",
    "Shop",
    "Caller",
    "Agent",
    "Hark",
    "Handover",
    "Outcome",
    "Order",
    "Orders",
    "Change",
    "Reservation",
    "Reservations",
    "Callbacks",
];
const PURPOSES: [Purpose; 2] = [Purpose::UsualDue, Purpose::StandingDue];
const CHANGES: &[&str] = &[
    "cancel", "pause", "resume", "skip", "move", "interval", "return", "amend", "none",
];
const DEEDS: &[&str] = &[
    "[silence]",
    "[mumbles]",
    "[key 1]",
    "[hangs up]",
    "[60 %] words heard with doubt",
];
const OUTCOMES: &[&str] = &[
    "order_placed",
    "order_changed",
    "reserved",
    "answered",
    "transferred",
    "callback_requested",
    "declined",
    "not_reached",
    "postponed",
    "opted_out",
    "abandoned",
    "failed",
];

#[cfg(test)]
mod tests {
    use engine_core::conversation::Source;

    use super::parse;

    #[test]
    fn mistakes_are_explained_with_their_lines() {
        let text = "Phone: +15550100\n== a call\nCaler: hello\nCaller: [sings]\nCaller: [key 1\nOutcome: orderplaced\n\
                    Order: two bags\nShop: is asleep\nShop: plce_order is lost\nAgent: perhaps\nHark:\nhello\n";
        let told = parse(&Source::new("x.txt", text)).unwrap_err().to_string();
        insta::assert_snapshot!(told);
        let none = parse(&Source::new("x.txt", "# nothing\n"))
            .unwrap_err()
            .to_string();
        assert_eq!(
            none,
            "x.txt: there is no dialogue in it; begin one with a heading: == what it is about"
        );
    }
}
