//! `hark eval drinks`: spoken drink orders through the telephone, the grammar recogniser and
//! understanding; an order counts as accepted when its intent and every option are right.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use engine_core::nlu::decision::{Decision, SlotValue};
use engine_core::nlu::understand::Context;
use engine_core::speech::expectation::Expectation;
use engine_core::units::{Confidence, SampleRate};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::eval::EvalError;
use crate::eval::audio::{Telephone, load};
use crate::eval::hear::Listener;
use crate::eval::site::Site;
use crate::stt::config::SttConfig;

/// Arguments of `hark eval drinks`.
#[derive(Debug, Clone, Args)]
pub struct DrinksArgs {
    /// Folder of the recordings (WAV or FLAC).
    #[arg(long, value_name = "DIR")]
    audio: PathBuf,
    /// JSON: file name to `{"intent": .., "slots": {..}}`.
    #[arg(long, value_name = "FILE")]
    labels: PathBuf,
    /// Mix noise this many dB below the active speech.
    #[arg(long, value_name = "DB", allow_negative_numbers = true, requires = "noise")]
    snr: Option<f32>,
    /// The noise (WAV or FLAC).
    #[arg(long, value_name = "FILE", requires = "snr")]
    noise: Option<PathBuf>,
    /// Reject answers below this confidence instead of the configured one; 0 rejects nothing.
    #[arg(long, value_name = "0..1")]
    reject_below: Option<f32>,
    /// Write one line per recording: file, verdict, confidence, heard, expected, understood.
    #[arg(long, value_name = "FILE")]
    details: Option<PathBuf>,
    /// Folder of models.
    #[arg(long, value_name = "DIR", default_value = "models")]
    models: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// A label: what the speaker ordered.
#[derive(Debug, Clone, Deserialize)]
struct Label {
    #[serde(default)]
    intent: String,
    slots: BTreeMap<String, String>,
}

/// The figures.
#[derive(Debug, Default, Serialize)]
struct Figures {
    n: usize,
    /// Intent and every option right, as a fraction.
    accepted: f64,
    /// Options right of those labelled.
    slot_accuracy: f64,
    /// Recordings in which the recogniser accepted nothing.
    rejected: f64,
    /// Understood as another order than the one spoken.
    wrong: f64,
    /// Processing time by duration of the audio.
    rtf: f64,
    asr_model: String,
}

/// Counts on the way to [`Figures`].
#[derive(Debug, Default)]
struct Tally {
    clips: usize,
    accepted: usize,
    rejected: usize,
    slots: usize,
    slots_right: usize,
    audio_s: f64,
    took_s: f64,
    details: String,
}

pub(super) fn run(args: &DrinksArgs) -> Result<(), EvalError> {
    let labels = read_labels(args)?;
    let site = Site::load(&args.models)?;
    let mut config = SttConfig {
        models_folder: args.models.clone(),
        ..SttConfig::default()
    };
    if let Some(limit) = args.reject_below {
        config.grammar.reject_below = limit;
    }
    let hearing = site.hearing(&config, &[Expectation::Drink])?;
    let grammar = Arc::new(site.understander.grammar(&Expectation::Drink, &site.lexicon));
    let telephone = telephone(args)?;
    let mut tally = Tally::default();
    for (name, label) in &labels {
        let sound = load(&args.audio.join(name))?;
        let samples = telephone.carry(&sound, seed_of(name))?;
        // Every recording is another caller.
        let clip = Listener::new(&hearing).hear(&samples, SampleRate::Hz8000, &grammar)?;
        let heard = clip.accepted();
        let decision = heard.map(|(text, confidence)| understand(&site, text, confidence));
        tally.audio_s += samples.len() as f64 / 8_000.0;
        tally.took_s += clip.took.as_secs_f64();
        tally.count(name, label, heard, decision.as_ref());
    }
    if let Some(file) = &args.details {
        fs::write(file, &tally.details).map_err(|error| EvalError::File {
            file: file.clone(),
            reason: error.to_string(),
        })?;
    }
    let model = hearing
        .describe()
        .first()
        .map_or_else(String::new, |model| model.name.clone());
    print(&tally.figures(model), args.json);
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

fn telephone(args: &DrinksArgs) -> Result<Telephone, EvalError> {
    match (&args.noise, args.snr) {
        (Some(file), Some(snr_db)) => Telephone::new(Some((&load(file)?, snr_db))),
        (None, None) => Telephone::new(None),
        (Some(_), None) | (None, Some(_)) => Err(EvalError::NoiseWithoutLevel),
    }
}

fn understand(site: &Site, text: &str, confidence: Confidence) -> Decision {
    let context = Context {
        expectation: &Expectation::Drink,
        lexicon: &site.lexicon,
        candidates: &[],
    };
    site.understander.understand(text, confidence, &context)
}

/// The same recording always meets the same stretch of noise.
fn seed_of(name: &str) -> u64 {
    Sha256::digest(name.as_bytes())
        .iter()
        .take(8)
        .fold(0, |seed, byte| (seed << 8) | u64::from(*byte))
}

impl Tally {
    fn count(
        &mut self,
        name: &str,
        label: &Label,
        heard: Option<(&str, Confidence)>,
        decision: Option<&Decision>,
    ) {
        let understood = decision.map(options).unwrap_or_default();
        let expected: BTreeMap<&str, &str> = label
            .slots
            .iter()
            .map(|(slot, value)| (slot.as_str(), value.trim()))
            .collect();
        let right = expected
            .iter()
            .filter(|(slot, value)| understood.get(**slot).is_some_and(|got| got == *value));
        self.slots_right += right.count();
        self.slots += expected.len();
        let same = expected.len() == understood.len()
            && expected
                .iter()
                .all(|(slot, value)| understood.get(*slot).is_some_and(|got| got == value));
        let accepted = same && decision.is_some_and(|decision| is_drink_order(decision, label));
        self.clips += 1;
        self.accepted += usize::from(accepted);
        self.rejected += usize::from(heard.is_none());
        let verdict = match (accepted, heard.is_none()) {
            (true, _) => "right",
            (false, true) => "rejected",
            (false, false) => "wrong",
        };
        let (text, confidence) = heard.unwrap_or(("", Confidence::ZERO));
        let _ = writeln!(
            self.details,
            "{name}\t{verdict}\t{confidence}\t{text}\t{expected:?}\t{understood:?}"
        );
    }

    fn figures(&self, asr_model: String) -> Figures {
        let part = |count: usize, of: usize| if of == 0 { 0.0 } else { count as f64 / of as f64 };
        let wrong = self.clips - self.accepted - self.rejected;
        Figures {
            n: self.clips,
            accepted: part(self.accepted, self.clips),
            slot_accuracy: part(self.slots_right, self.slots),
            rejected: part(self.rejected, self.clips),
            wrong: part(wrong, self.clips),
            rtf: if self.audio_s > 0.0 {
                self.took_s / self.audio_s
            } else {
                0.0
            },
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
    println!("drink orders       {}", figures.n);
    println!(
        "accepted           {:.1} %  (intent and every option right)",
        figures.accepted * 100.0
    );
    println!("options right      {:.1} %", figures.slot_accuracy * 100.0);
    println!(
        "rejected           {:.1} %  (asked again in a call)",
        figures.rejected * 100.0
    );
    println!("wrong              {:.1} %", figures.wrong * 100.0);
    println!("time by duration   {:.3}", figures.rtf);
    println!("acoustic model     {}", figures.asr_model);
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
            tally.count("clip", &label, Some((text, Confidence::CERTAIN)), Some(&decision));
            assert_eq!(
                (tally.accepted, tally.slots_right),
                (accepted, slots_right),
                "{text}"
            );
        };
        check("a large latte please", 1, 2);
        check("a large mocha", 0, 1);
        check("a large latte with cream", 0, 2);
    }
}
