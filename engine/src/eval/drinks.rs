//! `hark eval drinks`: spoken drink orders through the telephone, the grammar recogniser and
//! understanding; an order counts as accepted when its intent and every option are right.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use engine_core::nlu::decision::{Decision, SlotValue};
use engine_core::nlu::understand::Context;
use engine_core::speech::expectation::Expectation;
use engine_core::speech::recognition::RecogniserKind;
use engine_core::units::Confidence;
use serde::{Deserialize, Serialize};

use crate::eval::EvalError;
use crate::eval::audio::load;
use crate::eval::conditions::{Conditions, Details, Part, seed_of};
use crate::eval::hear::{Listener, model_names};
use crate::eval::score::{Count, Outcome, Report, Scores, part, wilson};
use crate::eval::site::Site;

/// Arguments of `hark eval drinks`.
#[derive(Debug, Clone, Args)]
pub struct DrinksArgs {
    /// Folder of the recordings (WAV or FLAC).
    #[arg(long, value_name = "DIR")]
    audio: PathBuf,
    /// JSON: file name to `{"intent": .., "slots": {..}}`.
    #[arg(long, value_name = "FILE")]
    labels: PathBuf,
    #[command(flatten)]
    conditions: Conditions,
}

/// A label: what the speaker ordered.
#[derive(Debug, Clone, Deserialize)]
struct Label {
    #[serde(default)]
    intent: String,
    slots: BTreeMap<String, String>,
}

/// The figures; those of single lines are in `report`.
#[derive(Debug, Serialize)]
struct Figures {
    n: usize,
    /// Intent and every option right, as a fraction.
    accepted: f64,
    /// Of `accepted`, 95 %.
    interval: [f64; 2],
    /// Options right of those labelled.
    slot_accuracy: f64,
    /// Recordings in which the recogniser accepted nothing.
    rejected: f64,
    /// Understood as another order than the one spoken.
    wrong: f64,
    /// Processing time by duration of the audio.
    rtf: f64,
    asr_model: String,
    report: Report,
}

/// Counts on the way to [`Figures`].
#[derive(Debug, Default)]
struct Tally {
    orders: Count,
    scores: Scores,
    slots: usize,
    slots_right: usize,
    audio_s: f64,
    took_s: f64,
    details: Details,
}

/// One order heard.
struct Heard<'a> {
    name: &'a str,
    line: &'a str,
    label: &'a Label,
    text: Option<(&'a str, Confidence)>,
}

pub(super) fn run(args: &DrinksArgs) -> Result<(), EvalError> {
    let conditions = &args.conditions;
    let labels = read_labels(args)?;
    let site = Site::load(&conditions.models)?;
    let hearing = site.hearing(&conditions.hearing(), &[Expectation::Drink])?;
    let grammar = site.grammar(&Expectation::Drink);
    let lines = conditions.lines()?;
    let mut tally = Tally::default();
    for (name, label) in labels.iter().filter(|(name, _)| conditions.part.has(name)) {
        let sound = load(&args.audio.join(name))?;
        for line in &lines {
            let carried = line.carry(&line.in_band(&sound)?, seed_of(name))?;
            // Every recording is another caller.
            let clip = Listener::new(&hearing).hear(&carried, line.rate(), &grammar)?;
            tally.audio_s += carried.speech.len() as f64 / f64::from(line.rate().hz());
            tally.took_s += clip.took.as_secs_f64();
            let heard = Heard {
                name,
                line: &line.name,
                label,
                text: clip.accepted(),
            };
            let decision = heard
                .text
                .map(|(text, confidence)| understand(&site, text, confidence));
            tally.count(&heard, decision.as_ref());
        }
    }
    conditions.keep(&tally.details)?;
    print(
        &tally.figures(conditions.part, model_names(&hearing, RecogniserKind::Grammar)),
        conditions.json,
    );
    Ok(())
}

fn read_labels(args: &DrinksArgs) -> Result<BTreeMap<String, Label>, EvalError> {
    let wrong = |reason: String| EvalError::File {
        file: args.labels.clone(),
        reason,
    };
    let text = fs::read_to_string(&args.labels).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
}

fn understand(site: &Site, text: &str, confidence: Confidence) -> Decision {
    let context = Context {
        expectation: &Expectation::Drink,
        lexicon: &site.lexicon,
        candidates: &[],
    };
    site.understander.understand(text, confidence, &context)
}

impl Tally {
    fn count(&mut self, heard: &Heard<'_>, decision: Option<&Decision>) {
        let understood = decision.map(options).unwrap_or_default();
        let expected: BTreeMap<&str, &str> = heard
            .label
            .slots
            .iter()
            .map(|(slot, value)| (slot.as_str(), value.trim()))
            .collect();
        let right = expected
            .iter()
            .filter(|(slot, value)| understood.get(**slot).is_some_and(|got| got == *value));
        let slots_right = right.count();
        self.slots_right += slots_right;
        self.slots += expected.len();
        let same = slots_right == expected.len() && expected.len() == understood.len();
        let accepted = same && decision.is_some_and(|decision| is_drink_order(decision, heard.label));
        let outcome = match (accepted, heard.text.is_none()) {
            (true, _) => Outcome::Right,
            (false, true) => Outcome::Refused,
            (false, false) => Outcome::Wrong,
        };
        self.orders.add(outcome);
        self.scores.inside("drink", heard.line, "", outcome);
        let (text, confidence) = heard.text.unwrap_or(("", Confidence::ZERO));
        self.details.add(&[
            heard.name,
            heard.line,
            outcome.name(),
            &confidence.to_string(),
            text,
            &format!("{expected:?}"),
            &format!("{understood:?}"),
        ]);
    }

    fn figures(&self, half: Part, asr_model: String) -> Figures {
        let n = self.orders.total();
        Figures {
            n,
            accepted: part(self.orders.right, n),
            interval: wilson(self.orders.right, n),
            slot_accuracy: part(self.slots_right, self.slots),
            rejected: part(self.orders.refused, n),
            wrong: part(self.orders.wrong, n),
            rtf: if self.audio_s > 0.0 {
                self.took_s / self.audio_s
            } else {
                0.0
            },
            report: self.scores.report(half, &asr_model),
            asr_model,
        }
    }
}

/// The drink's options as understood: slot to value.
fn options(decision: &Decision) -> BTreeMap<String, String> {
    decision
        .slots
        .iter()
        .filter(|slot| engine_core::nlu::drink::SLOTS.contains(&slot.name.as_str()))
        .map(|slot| (slot.name.clone(), value_text(&slot.value)))
        .collect()
}

fn value_text(value: &SlotValue) -> String {
    match value {
        SlotValue::Text(text) | SlotValue::Digits(text) => text.clone(),
        SlotValue::Number(number) => number.to_string(),
    }
}

/// The data set writes `orderDrink`, Hark `order_drink`.
fn is_drink_order(decision: &Decision, label: &Label) -> bool {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    decision
        .intent()
        .is_some_and(|intent| plain(&intent.name) == plain(&label.intent))
}

fn print(figures: &Figures, json: bool) {
    if json {
        println!("{}", serde_json::json!(figures));
        return;
    }
    figures.report.print(false);
    println!("options right      {:.1} %", figures.slot_accuracy * 100.0);
    println!("time by duration   {:.3}", figures.rtf);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_wholly_right_order_is_accepted() {
        let label = Label {
            intent: "orderDrink".to_owned(),
            slots: BTreeMap::from([
                ("coffeeDrink".to_owned(), "latte".to_owned()),
                ("size".to_owned(), " large".to_owned()),
            ]),
        };
        let site = Site::load(&PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../models"))).unwrap();
        let check = |text: &str, accepted: usize, slots_right: usize| {
            let mut tally = Tally::default();
            let decision = understand(&site, text, Confidence::CERTAIN);
            let heard = Heard {
                name: "clip",
                line: "clean",
                label: &label,
                text: Some((text, Confidence::CERTAIN)),
            };
            tally.count(&heard, Some(&decision));
            assert_eq!(
                (tally.orders.right, tally.slots_right),
                (accepted, slots_right),
                "{text}"
            );
        };
        check("a large latte please", 1, 2);
        check("a large mocha", 0, 1);
        check("a large latte with cream", 0, 2);
    }
}
