//! Labelled texts: a table of utterances, and files of phrases named by their intent.

use sha2::{Digest, Sha256};

use super::phrases::expand;
use crate::nlu::intent::PRODUCT_QUESTION;
use crate::nlu::normalize::Words;
use crate::source::FileError;

/// A labelled text.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    pub words: Words,
    pub label: String,
    /// How much it counts; an utterance counts 1.
    pub weight: f64,
    /// Examples made from one line share a group, and count once when rarity is measured.
    pub group: usize,
    pub part: Part,
}

/// What an utterance is used for. Decided by its text, so that the same words never stand on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Three fifths, and all phrases.
    Train,
    /// One fifth: finds temperature and offset first, is trained on afterwards.
    Calibrate,
    /// One fifth: never trained on.
    Report,
}

/// The part a text belongs to.
pub fn part_of(words: &Words) -> Part {
    let digest = Sha256::digest(words.text().as_bytes());
    let number = digest
        .iter()
        .take(8)
        .fold(0_u64, |n, byte| (n << 8) | u64::from(*byte));
    match number % 5 {
        0 => Part::Report,
        1 => Part::Calibrate,
        _ => Part::Train,
    }
}

/// Reads a table: text, tab, intent, and whatever follows; its first line is the heading.
pub fn utterances(file: &str, text: &str) -> Result<Vec<Example>, FileError> {
    let mut out = Vec::new();
    for (at, line) in text.lines().enumerate().skip(1) {
        let mut columns = line.split('\t');
        let (Some(said), Some(label)) = (columns.next(), columns.next()) else {
            let mut fault = FileError::new(file, "a line needs a text, a tab and an intent");
            fault.line = u32::try_from(at + 1).ok();
            return Err(fault);
        };
        let words = Words::new(said);
        let part = part_of(&words);
        out.push(Example {
            words,
            label: hark_name(label).to_owned(),
            weight: 1.0,
            group: at,
            part,
        });
    }
    Ok(out)
}

/// Reads the phrases of one intent. `first_group` sets them apart from other files' lines.
pub fn phrases(file: &str, intent: &str, text: &str, first_group: usize) -> Result<Vec<Example>, FileError> {
    let mut out = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let texts = expand(file, at + 1, 1, line, PHRASES_MAX)?;
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let weight = LINE_WEIGHT / texts.len().max(1) as f64;
        out.extend(texts.iter().map(|text| Example {
            words: Words::new(text),
            label: intent.to_owned(),
            weight,
            group: first_group + at,
            part: Part::Train,
        }));
    }
    Ok(out)
}

/// What Hark calls an intent that evaluation files name otherwise.
fn hark_name(label: &str) -> &str {
    if label == "product_question_or_availability" {
        PRODUCT_QUESTION
    } else {
        label
    }
}

/// A line of phrases counts as this many utterances, however many it makes.
const LINE_WEIGHT: f64 = 3.0;
/// The most phrases taken of one line.
const PHRASES_MAX: usize = 16;
