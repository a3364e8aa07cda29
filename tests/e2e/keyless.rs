//! A caller whose line carries no keys, where the policy wants one: over real SIP, with a voice that is heard by the
//! real recogniser, two yeses of different kinds place the order, or one beyond doubt, and place it once.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use demo::caller::{Action, Step, run_with};
use engine_core::call::record::{CallRecord, TurnRecord};
use engine_core::conversation::event::Outcome;
use tokio::sync::mpsc;

use crate::support::line::{Line, News, Watch, step};
use crate::support::process::project;

const LIMIT: Duration = Duration::from_secs(60);
/// A customer of the demo shop whose last order can be had again.
const CUSTOMER: &str = "+15550100";
const ASKED_FOR_WORDS: &str = "please say: place the order";
/// `[keyless]` of the policy: two yeses always, or one as well.
const TWO_YESES: &str = "risk = 0.40\nyes = 0.75\nleast = 0.60\nalone = 1.0\n";
const ONE_YES: &str = "risk = 0.40\nyes = 0.50\nleast = 0.50\nalone = 0.50\n";
/// How often people say the same again.
const PATIENCE: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_keypad_place_the_order_places_it_once() -> Result<()> {
    let (record, said, orders) = call(false, TWO_YESES, "yes").await?;
    ensure!(
        !is_key_wanted(&said),
        "a key was asked for on a line that carries none: {said}"
    );
    ensure!(said.contains(ASKED_FOR_WORDS), "never asked for in words: {said}");
    ordered_once(&record, &said, orders)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_answers_a_wish_for_a_key_in_words_is_asked_for_words() -> Result<()> {
    let (record, said, orders) = call(true, TWO_YESES, "yes").await?;
    ensure!(is_key_wanted(&said), "no key was asked for: {said}");
    ensure!(said.contains(ASKED_FOR_WORDS), "never asked for in words: {said}");
    ordered_once(&record, &said, orders)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_answers_a_wish_for_a_key_with_a_clear_yes_is_asked_no_more() -> Result<()> {
    let (record, said, orders) = call(true, ONE_YES, "yes").await?;
    ensure!(is_key_wanted(&said), "no key was asked for: {said}");
    ensure!(!said.contains(ASKED_FOR_WORDS), "asked once more: {said}");
    ordered_once(&record, &said, orders)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_read_out_is_heard() -> Result<()> {
    let (record, said, orders) = call(true, TWO_YESES, "press one").await?;
    let heard = ["press one\"", "pressed one\""]
        .iter()
        .any(|key| said.contains(key));
    ensure!(heard, "the key was not heard: {said}");
    ensure!(said.contains(ASKED_FOR_WORDS), "never asked for in words: {said}");
    ordered_once(&record, &said, orders)
}

fn ordered_once(record: &CallRecord, said: &str, orders: usize) -> Result<()> {
    ensure!(
        record.outcome == Outcome::OrderPlaced,
        "{:?}: {said}",
        record.outcome
    );
    ensure!(orders == 1, "{orders} orders at the shop: {said}");
    Ok(())
}

/// Whether a key was asked for together with the read-back.
fn is_key_wanted(said: &str) -> bool {
    let reads_back = |turn: &&str| turn.contains("Shall I order it") || turn.contains("s that right");
    said.lines()
        .filter(reads_back)
        .any(|turn| turn.contains("press one"))
}

/// The whole call: its record, all that Hark said, and how many orders the shop has. `yes` is what the caller says to a read-back.
async fn call(keys: bool, keyless: &str, yes: &'static str) -> Result<(Arc<CallRecord>, String, usize)> {
    let models = tempfile::tempdir()?;
    models_that_want_keys(models.path(), keyless)?;
    let settings = [format!("talk.models={}", models.path().display())];
    let line = Line::open_with("", &settings).await?;
    let mut options = line.caller("keyless");
    options.from = CUSTOMER.to_owned();
    options.keys = keys;
    let mut watch = line.watch("keyless");
    let (steps, further) = mpsc::channel(8);
    let caller = tokio::spawn(run_with(options, further));
    let mut said = String::new();
    let record = talk(&mut watch, steps, yes, &mut said).await?;
    caller.await??;
    Ok((record, said, line.shop.placed().len()))
}

/// The models that ship, with a policy that wants a key for every order and takes words where none can come.
fn models_that_want_keys(folder: &Path, keyless: &str) -> Result<()> {
    let shipped = project().join("models");
    for part in ["flows", "prompts", "nlu", "acoustic"] {
        std::os::unix::fs::symlink(shipped.join(part), folder.join(part))?;
    }
    let policy = std::fs::read_to_string(shipped.join("policy/confirmation.toml"))?;
    let (before, slots) = policy
        .split_once("\n[[slot]]")
        .context("no [[slot]] in the policy")?;
    let (rest, _) = before
        .split_once("\n[[order]]")
        .context("no [[order]] in the policy")?;
    let (rest, _) = rest
        .split_once("\n[keyless]")
        .context("no [keyless] in the policy")?;
    let keys = "\n[[order]]\nrow = \"every\"\nrisk = 0.0\nconfirm = \"keypad\"\n\n[[slot]]";
    std::fs::create_dir(folder.join("policy"))?;
    std::fs::write(
        folder.join("policy/confirmation.toml"),
        format!("{rest}\n[keyless]\n{keyless}{keys}{slots}"),
    )?;
    Ok(())
}

/// Answers until the call is over.
async fn talk(
    watch: &mut Watch,
    steps: mpsc::Sender<Step>,
    yes: &'static str,
    said: &mut String,
) -> Result<Arc<CallRecord>> {
    let mut steps = Some(steps);
    let mut answers = 0;
    loop {
        match watch.next(LIMIT).await? {
            News::Ended(record) => return Ok(record),
            News::Turn(turn) => {
                let words = answer(&turn, yes).filter(|_| answers < PATIENCE);
                answers += 1;
                said.push_str(&format!("{:?} -> {}\n", turn.heard, turn.said.join(" ")));
                match (words, &steps) {
                    (Some(text), Some(steps)) => {
                        let text = text.to_owned();
                        steps.send(step(Action::Say { text })).await?;
                    }
                    (_, _) => steps = None,
                }
            }
        }
    }
}

/// What this caller says to what Hark said; nothing when the call is over for them.
fn answer(turn: &TurnRecord, yes: &'static str) -> Option<&'static str> {
    let said = turn.said.join(" ");
    let asks = |words: &str| said.contains(words);
    if asks("order number") || asks("It's ordered") {
        return None;
    }
    if asks(ASKED_FOR_WORDS) {
        return Some("place the order");
    }
    if asks("Shall I order it")
        || asks("Is that right")
        || asks("is that right")
        || asks("yes or no")
        || asks("press one")
    {
        return Some(yes);
    }
    Some("reorder my last order")
}
