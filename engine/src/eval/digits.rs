//! `hark eval digits`: order numbers joined from recordings of single digits, asked for as any six digits
//! and as one of the orders that the caller has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use engine_core::nlu::decision::SlotValue;
use engine_core::nlu::understand::Context;
use engine_core::speech::expectation::{Candidate, Expectation};

use crate::eval::EvalError;
use crate::eval::audio::load;
use crate::eval::conditions::{Conditions, Part, file_name, seed_of};
use crate::eval::evaluation::Evaluation;
use crate::eval::hear::Listener;
use crate::eval::line::{Carried, Line};
use crate::eval::score::Outcome;
use crate::eval::site::{Site, files_in};
use crate::eval::words::DIGITS;
use crate::tts::Sound;

/// Arguments of `hark eval digits`.
#[derive(Debug, Clone, Args)]
pub struct DigitsArgs {
    /// Folder of WAV recordings named `DIGIT_SPEAKER_TAKE.wav`, such as `7_jackson_3.wav`.
    #[arg(long, value_name = "DIR")]
    audio: PathBuf,
    /// Order numbers that each speaker says.
    #[arg(long, value_name = "COUNT", default_value_t = 40)]
    numbers: usize,
    /// Orders that the caller has, when asked which of them.
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    known: usize,
    #[command(flatten)]
    conditions: Conditions,
}

/// A speaker's recordings, by digit.
type Takes = BTreeMap<char, Vec<PathBuf>>;

/// One number said by one speaker.
struct Said {
    name: String,
    speaker: String,
    number: String,
    /// Within the telephone's band.
    sound: Sound,
}

pub(super) fn run(args: &DigitsArgs) -> Result<(), EvalError> {
    let conditions = &args.conditions;
    let speakers = speakers(&args.audio, conditions.part)?;
    let site = Site::load(&conditions.models)?;
    let hearing = site.hearing(&conditions.hearing(), &[SIX, one_of(&[])])?;
    let mut all = Evaluation::new(&site, &hearing);
    let lines = conditions.lines()?;
    for (speaker, takes) in &speakers {
        for index in 0..args.numbers {
            let said = say(speaker, takes, index)?;
            let orders = orders(&said.number, args.known, &said.name);
            for line in &lines {
                let carried = line.carry(&line.in_band(&said.sound)?, seed_of(&said.name))?;
                all.ask_number(&said, &orders, line, &carried)?;
            }
        }
    }
    all.finish(conditions)
}

impl Evaluation<'_> {
    /// Any six digits; one of the caller's orders; and, of another caller, whose orders these are not.
    fn ask_number(
        &mut self,
        said: &Said,
        orders: &[String],
        line: &Line,
        carried: &Carried,
    ) -> Result<(), EvalError> {
        let own = one_of(orders);
        let others: Vec<String> = orders
            .iter()
            .filter(|order| **order != said.number)
            .cloned()
            .collect();
        for (question, expectation) in [(ANY, &SIX), (OWN, &own)] {
            let got = self.number(said, question, expectation, line, carried)?;
            let outcome = match got {
                Some(number) if number == said.number => Outcome::Right,
                Some(_) => Outcome::Wrong,
                None => Outcome::Refused,
            };
            self.scores.inside(question, &line.name, &said.speaker, outcome);
        }
        let got = self.number(said, OTHER, &one_of(&others), line, carried)?;
        self.scores.outside(OWN, &line.name, got.is_some());
        Ok(())
    }

    /// The number that was understood.
    fn number(
        &mut self,
        said: &Said,
        question: &str,
        expectation: &Expectation,
        line: &Line,
        carried: &Carried,
    ) -> Result<Option<String>, EvalError> {
        let grammar = self.site.grammar(expectation);
        let clip = Listener::new(self.hearing).hear(carried, line.rate(), &grammar)?;
        let accepted = clip.accepted();
        let number = accepted.map(|(text, confidence)| {
            let context = Context {
                expectation,
                lexicon: &self.site.lexicon,
                candidates: &[],
            };
            let decision = self.site.understander.understand(text, confidence, &context);
            let slot = decision.slot("choice").or_else(|| decision.slot("digits"));
            match slot.map(|slot| &slot.value) {
                Some(SlotValue::Digits(text) | SlotValue::Text(text)) => text.clone(),
                Some(SlotValue::Number(_)) | None => String::new(),
            }
        });
        let confidence = clip.confidence().to_string();
        let heard = accepted.map_or("", |(text, _)| text);
        let understood = number.as_deref().unwrap_or("-");
        self.details.add(&[
            &said.name,
            &line.name,
            question,
            &confidence,
            heard,
            understood,
            &said.number,
        ]);
        Ok(number)
    }
}

/// The caller's orders by their numbers, as the dialogue offers them.
fn one_of(orders: &[String]) -> Expectation {
    let candidates = orders
        .iter()
        .map(|number| Candidate {
            value: number.clone(),
            spoken: vec![digit_words(number)],
        })
        .collect();
    Expectation::OneOf { candidates }
}

fn digit_words(number: &str) -> String {
    let words: Vec<&str> = number
        .chars()
        .filter_map(|digit| digit.to_digit(10))
        .filter_map(|digit| DIGITS.get(digit as usize).copied())
        .collect();
    words.join(" ")
}

/// `own` and others at random, `count` altogether.
fn orders(own: &str, count: usize, name: &str) -> Vec<String> {
    let mut orders = BTreeSet::from([own.to_owned()]);
    let mut round = 0;
    while orders.len() < count.max(1) {
        orders.insert(random_number(&format!("{name} order {round}")));
        round += 1;
    }
    orders.into_iter().collect()
}

fn random_number(name: &str) -> String {
    format!("{:06}", seed_of(name) % 1_000_000)
}

/// Joins one recording per digit as `say_digits.py` does: every digit at the same level, a pause after each.
fn say(speaker: &str, takes: &Takes, index: usize) -> Result<Said, EvalError> {
    let name = format!("{speaker} {index}");
    let number = random_number(&name);
    let mut joined = Sound {
        rate_hz: 8_000,
        samples: Vec::new(),
    };
    for (place, digit) in number.chars().enumerate() {
        let choices = takes.get(&digit).map_or(&[][..], Vec::as_slice);
        let pick = seed_of(&format!("{name} take {place}")) % choices.len().max(1) as u64;
        if let Some(path) = usize::try_from(pick).ok().and_then(|pick| choices.get(pick)) {
            joined.samples.extend(levelled(&load(path)?.samples));
            joined.pause(GAP_MS);
        }
    }
    joined.pause(TAIL_MS);
    Ok(Said {
        name,
        speaker: speaker.to_owned(),
        number,
        sound: joined,
    })
}

fn levelled(samples: &[i16]) -> Vec<i16> {
    let power = samples
        .iter()
        .map(|sample| f32::from(*sample).powi(2))
        .sum::<f32>()
        / samples.len().max(1) as f32;
    let peak = samples
        .iter()
        .map(|sample| f32::from(*sample).abs())
        .fold(1.0, f32::max);
    let gain = (LEVEL_RMS / power.sqrt().max(1.0)).min(PEAK_MAX / peak);
    samples
        .iter()
        .map(|sample| (f32::from(*sample) * gain) as i16)
        .collect()
}

/// The recordings of this half, by speaker. Every speaker must have every digit.
fn speakers(folder: &Path, half: Part) -> Result<BTreeMap<String, Takes>, EvalError> {
    let mut speakers: BTreeMap<String, Takes> = BTreeMap::new();
    for path in files_in(folder, "wav")? {
        let name = file_name(&path);
        let mut parts = name.split('_');
        let digit = parts.next().and_then(|text| match text.as_bytes() {
            [digit @ b'0'..=b'9'] => Some(char::from(*digit)),
            _ => None,
        });
        if let (Some(digit), Some(speaker), true) = (digit, parts.next(), half.has(&name)) {
            let takes = speakers.entry(speaker.to_owned()).or_default();
            takes.entry(digit).or_default().push(path);
        }
    }
    speakers.retain(|_, takes| takes.len() == DIGITS.len());
    if speakers.is_empty() {
        return Err(EvalError::NoDigits {
            folder: folder.to_owned(),
        });
    }
    Ok(speakers)
}

const SIX: Expectation = Expectation::Digits { min: 6, max: 6 };
const ANY: &str = "any six digits";
const OWN: &str = "one of the caller's orders";
const OTHER: &str = "one of another's orders";

/// -20 dBFS.
const LEVEL_RMS: f32 = 3_276.8;
const PEAK_MAX: f32 = 32_000.0;
const GAP_MS: u32 = 120;
const TAIL_MS: u32 = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_has_the_order_that_is_said() {
        let orders = orders("204511", 20, "ann 0");
        assert_eq!(orders.len(), 20);
        assert!(orders.contains(&"204511".to_owned()));
        assert!(orders.iter().all(|order| order.len() == 6));
    }

    #[test]
    fn digits_are_brought_to_one_level() {
        let quiet: Vec<i16> = (0..800)
            .map(|n| ((n as f32 * 0.5).sin() * 100.0) as i16)
            .collect();
        let level = (levelled(&quiet)
            .iter()
            .map(|s| f32::from(*s).powi(2))
            .sum::<f32>()
            / 800.0)
            .sqrt();
        assert!((level - LEVEL_RMS).abs() < 60.0, "{level}");
        assert_eq!(digit_words("204"), "two zero four");
    }
}
