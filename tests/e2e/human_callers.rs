//! Recordings of people who order a drink, as real calls: the order, then the same kind of "yes" or "no"
//! that a caller would say on hearing what was understood. A yes must never place what was not ordered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use demo::caller::{Action, Step, run_with};
use engine_core::call::record::{CallRecord, Heard, TurnRecord};
use engine_core::nlu::decision::SlotValue;
use engine_core::nlu::drink;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use tokio::sync::mpsc;

use crate::support::line::{Line, News, Watch, shared, step};
use crate::support::peers::have;

/// Callers in an ordinary run; `HARK_CALLERS` sets another number.
const CALLERS: usize = 6;
/// Calls at the same moment.
const AT_ONCE: usize = 3;
/// How often people say the same again.
const PATIENCE: usize = 3;
const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_places_what_the_caller_ordered_and_nothing_else() -> Result<()> {
    let Some(shared) = shared() else {
        return Ok(());
    };
    if !have("sox") {
        return Ok(());
    }
    let line = Line::open("").await?;
    let callers = callers(&shared.join("speech"), line.folder.path())?;
    ensure!(!callers.is_empty(), "no recordings in {}", shared.display());
    let calls = stream::iter(callers.iter().map(|caller| place(&line, caller)));
    let results: Vec<Placed> = calls.buffer_unordered(AT_ONCE).try_collect().await?;

    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for result in &results {
        *counts.entry(result.verdict()).or_default() += 1;
        println!("{}", result.tell());
    }
    let model: Vec<&str> = line
        .engine
        .models
        .iter()
        .map(|model| model.name.as_str())
        .collect();
    println!(
        "{} callers, heard with {}: {counts:?}",
        results.len(),
        model.join(", ")
    );
    let wrong: Vec<String> = results
        .iter()
        .filter(|result| result.verdict() == WRONG)
        .map(Placed::tell)
        .collect();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    let orders: usize = results.iter().map(|result| result.orders.len()).sum();
    ensure!(
        line.shop.placed().len() == orders,
        "the shop has {} orders, the calls {orders}",
        line.shop.placed().len()
    );
    // What is understood is measured by `hark eval`; here a third is the floor below which nothing was tested.
    let right = counts.get(RIGHT).copied().unwrap_or_default();
    ensure!(
        right * 3 >= results.len(),
        "only {right} of {} got their drink",
        results.len()
    );
    Ok(())
}

const RIGHT: &str = "right order";
const WRONG: &str = "WRONG order";

/// Slot to value, as the labels write them.
type Slots = BTreeMap<String, String>;

#[derive(Deserialize)]
struct Label {
    slots: Slots,
}

/// A person and what they say.
struct Caller {
    user: String,
    name: String,
    label: Slots,
    order: PathBuf,
    yes: PathBuf,
    no: PathBuf,
}

/// The callers of this run, the same in every run: in the order of their names' hashes.
fn callers(speech: &Path, folder: &Path) -> Result<Vec<Caller>> {
    let wanted = match std::env::var("HARK_CALLERS") {
        Ok(number) => number.parse().context("HARK_CALLERS is no number")?,
        Err(_) => CALLERS,
    };
    let text = std::fs::read_to_string(speech.join("drinks/labels.json"))?;
    let labels: BTreeMap<String, Label> = serde_json::from_str(&text)?;
    let mut names: Vec<(String, Slots)> = labels
        .into_iter()
        .map(|(name, label)| (name, label.slots))
        .collect();
    names.sort_by_key(|(name, _)| fnv(name));
    let (yes, no) = (words(speech, "yes")?, words(speech, "no")?);
    let mut callers = Vec::new();
    for (number, (name, slots)) in names.into_iter().take(wanted).enumerate() {
        let telephone = |source: &Path, what: &str| -> Result<PathBuf> {
            let file = folder.join(format!("{number}-{what}.wav"));
            over_the_telephone(source, &file)?;
            Ok(file)
        };
        callers.push(Caller {
            user: format!("drink-{number}"),
            order: telephone(&speech.join("drinks").join(&name), "order")?,
            yes: telephone(&yes[number % yes.len()], "yes")?,
            no: telephone(&no[number % no.len()], "no")?,
            label: slots
                .into_iter()
                .map(|(slot, value)| (slot, value.trim().to_owned()))
                .collect(),
            name,
        });
    }
    Ok(callers)
}

/// The recordings of one word, by name.
fn words(speech: &Path, word: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(speech.join("words"))? {
        let entry = entry?;
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with(&format!("{word}_"))
        {
            files.push(entry.path());
        }
    }
    ensure!(
        !files.is_empty(),
        "nobody says \"{word}\" in {}",
        speech.display()
    );
    files.sort();
    Ok(files)
}

/// 200 to 3400 Hz at 8 kHz; the call itself does the mu-law.
fn over_the_telephone(source: &Path, to: &Path) -> Result<()> {
    let mut sox = Command::new("sox");
    sox.args(["-G", "-D"])
        .arg(source)
        .args(["-r", "8000", "-b", "16", "-c", "1"]);
    let output = sox.arg(to).args(["sinc", "200-3400"]).output()?;
    ensure!(
        output.status.success(),
        "sox: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// FNV-1a: the same on every machine, unlike the standard library's.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// One call and what came of it.
struct Placed {
    caller: String,
    label: Slots,
    /// The words understood in each turn.
    heard: Vec<String>,
    understood: Slots,
    answer: Option<&'static str>,
    pressed: bool,
    record: Arc<CallRecord>,
    /// What the shop has of this call.
    orders: Vec<Slots>,
}

impl Placed {
    fn verdict(&self) -> &'static str {
        let human = self.pressed || self.heard.iter().any(|turn| turn.starts_with("handover."));
        match (self.orders.as_slice(), self.answer) {
            ([order], Some("yes")) if *order == self.label => RIGHT,
            ([], Some("no")) => "declined",
            ([], Some(_) | None) if human => "keypad or human",
            ([], Some(_)) => "yes not understood",
            ([], None) => "not understood",
            _ => WRONG,
        }
    }

    fn tell(&self) -> String {
        format!(
            "{}: {}; label {:?}; understood {:?}; said {:?}; shop {:?}; {:?}; {}",
            self.verdict(),
            self.caller,
            self.label,
            self.understood,
            self.answer,
            self.orders,
            self.record.outcome,
            self.heard.join(" | ")
        )
    }
}

/// Calls, orders, listens to the read-back, and says whether that is it.
async fn place(line: &Line, caller: &Caller) -> Result<Placed> {
    let mut watch = line.watch(&caller.user);
    let (steps, further) = mpsc::channel(8);
    let call = tokio::spawn(run_with(line.caller(&caller.user), further));
    let mut person = Person::new(caller);
    let record = person.talk(&mut watch, steps).await?;
    call.await??;
    let orders = line.shop.placed();
    let orders = orders
        .iter()
        .filter(|(_, order)| record.orders.iter().any(|ours| ours.number == order.number))
        .flat_map(|(_, order)| &order.lines)
        .map(ordered)
        .collect();
    Ok(Placed {
        caller: caller.name.clone(),
        label: caller.label.clone(),
        heard: person.heard,
        understood: person.understood,
        answer: person.answer,
        pressed: person.pressed,
        record,
        orders,
    })
}

/// A line of an order in the labels' words. More than one of it is nobody's wish here.
fn ordered(line: &proto::commerce::v1::OrderLine) -> Slots {
    let slot = |name: &str| {
        match name {
            "shots" => "numberOfShots",
            "milk" => "milkAmount",
            "sugar" => "sugarAmount",
            other => other,
        }
        .to_owned()
    };
    let mut slots: Slots = line
        .options
        .iter()
        .map(|option| (slot(&option.name), option.value.clone()))
        .collect();
    slots.insert("coffeeDrink".to_owned(), line.name.to_lowercase());
    if line.quantity != 1 {
        slots.insert("quantity".to_owned(), line.quantity.to_string());
    }
    slots
}

/// Someone who wants one drink and knows which.
struct Person<'a> {
    caller: &'a Caller,
    heard: Vec<String>,
    understood: Slots,
    answer: Option<&'static str>,
    pressed: bool,
    orders: usize,
    answers: usize,
}

impl<'a> Person<'a> {
    fn new(caller: &'a Caller) -> Self {
        Self {
            caller,
            heard: Vec::new(),
            understood: Slots::new(),
            answer: None,
            pressed: false,
            orders: 0,
            answers: 0,
        }
    }

    async fn talk(&mut self, watch: &mut Watch, steps: mpsc::Sender<Step>) -> Result<Arc<CallRecord>> {
        let mut steps = Some(steps);
        loop {
            match watch.next(LIMIT).await? {
                News::Ended(record) => return Ok(record),
                News::Turn(turn) => match (self.reply(&turn), &steps) {
                    (Some(action), Some(steps)) => {
                        if steps.send(step(action)).await.is_err() {
                            bail!("{} hung up before the end", self.caller.user);
                        }
                    }
                    // Without more to say the caller hangs up.
                    (_, _) => steps = None,
                },
            }
        }
    }

    /// What this person says to what Hark said; nothing when the call is over for them.
    fn reply(&mut self, turn: &TurnRecord) -> Option<Action> {
        self.note(turn);
        let said = turn.said.join(" ");
        let play = |file: &Path| {
            Some(Action::Play {
                file: file.to_owned(),
            })
        };
        if said
            .split_whitespace()
            .any(|word| word.eq_ignore_ascii_case("press"))
        {
            self.pressed = true;
            return None;
        }
        if is_readback(&said) {
            self.answers += 1;
            let right = self.understood == self.caller.label;
            self.answer = Some(if right { "yes" } else { "no" });
            if self.answers > PATIENCE {
                return None;
            }
            return play(if right { &self.caller.yes } else { &self.caller.no });
        }
        if self.answer.is_some() {
            return None;
        }
        self.orders += 1;
        if self.orders > PATIENCE {
            return None;
        }
        play(&self.caller.order)
    }

    fn note(&mut self, turn: &TurnRecord) {
        let words = match &turn.heard {
            Heard::Speech { transcript, .. } => transcript.text.clone(),
            other => format!("{other:?}"),
        };
        self.heard
            .push(format!("{}: {words} -> {}", turn.step, turn.said.join(" ")));
        let Some(decision) = &turn.decision else {
            return;
        };
        let slots: Slots = decision
            .slots
            .iter()
            .filter(|slot| drink::SLOTS.contains(&slot.name.as_str()) || slot.name == "quantity")
            .map(|slot| (slot.name.clone(), value(&slot.value)))
            .filter(|(name, value)| name != "quantity" || value != "1")
            .collect();
        if !slots.is_empty() {
            self.understood = slots;
        }
    }
}

fn value(value: &SlotValue) -> String {
    match value {
        SlotValue::Text(text) | SlotValue::Digits(text) => text.clone(),
        SlotValue::Number(number) => number.to_string(),
    }
}

/// The questions of `order_drink.readback` and its kin in `models/prompts`, and what is asked when neither
/// yes nor no was understood.
fn is_readback(said: &str) -> bool {
    ["Shall I order it?", "Is that right?", "a yes or a no, please."]
        .iter()
        .any(|question| said.ends_with(question))
}
