//! The recordings, and the line they are put on.

use std::fs;
use std::path::Path;

use clap::ValueEnum;
use engine_core::limits::FRAME;
use engine_core::speech::expectation::{Candidate, Expectation};
use engine_core::units::SampleRate;
use sha2::{Digest, Sha256};

use crate::eval::EvalError;
use crate::eval::audio::load;
use crate::eval::conditions::{file_name, seed_of};
use crate::eval::line::Line;
use crate::eval::site::files_in;
use crate::eval::turns::Half;
use crate::tts::Sound;

/// What the speaker was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Group {
    /// "yes", "no".
    YesNo,
    /// One number.
    Quantity,
    /// One word among those of the set.
    Choice,
    /// Six digits.
    Digits,
    /// A drink order at a question for one.
    Drink,
    /// A drink order at an open question.
    Open,
}

/// One recording, or several joined, as the far end of a clean line hears it.
#[derive(Debug)]
pub(super) struct Clip {
    pub(super) group: Group,
    pub(super) name: String,
    sound: Sound,
}

/// A clip with a quiet line before and after.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) rate: SampleRate,
    pub(super) samples: Vec<i16>,
    /// Where speech truly ends, from the first sample.
    pub(super) speech_end_ms: u32,
}

impl Group {
    pub(super) const ALL: [Self; 6] = [
        Self::YesNo,
        Self::Quantity,
        Self::Choice,
        Self::Digits,
        Self::Drink,
        Self::Open,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::YesNo => "yes_no",
            Self::Quantity => "quantity",
            Self::Choice => "choice",
            Self::Digits => "digits",
            Self::Drink => "drink",
            Self::Open => "open",
        }
    }

    pub(super) fn expectation(self) -> Expectation {
        match self {
            Self::YesNo => Expectation::YesNo,
            Self::Quantity => Expectation::Quantity { max: 20 },
            Self::Choice => Expectation::OneOf {
                candidates: CHOICES.iter().map(|word| choice(word)).collect(),
            },
            Self::Digits => Expectation::Digits {
                min: DIGITS_LONG,
                max: DIGITS_LONG,
            },
            Self::Drink => Expectation::Drink,
            Self::Open => Expectation::Open,
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        match word {
            "yes" | "no" => Some(Self::YesNo),
            _ if NUMBERS.contains(&word) => Some(Self::Quantity),
            _ if CHOICES.contains(&word) => Some(Self::Choice),
            _ => None,
        }
    }
}

fn choice(word: &str) -> Candidate {
    Candidate {
        value: word.to_owned(),
        spoken: vec![word.to_owned()],
    }
}

impl Half {
    /// Halves by the last bit of the name's SHA-256.
    fn holds(self, name: &str) -> bool {
        let odd = Sha256::digest(name.as_bytes())
            .last()
            .is_some_and(|byte| byte & 1 == 1);
        match self {
            Self::All => true,
            Self::Tune => !odd,
            Self::Test => odd,
        }
    }
}

/// Every recording of one half, group by group, by name.
pub(super) fn load_all(speech: &Path, half: Half, only: Option<Group>) -> Result<Vec<Clip>, EvalError> {
    let wanted = |group: Group| only.is_none_or(|only| only == group);
    let mut clips = Vec::new();
    for path in files_in(&speech.join("words"), "wav")? {
        let name = file_name(&path);
        let word = name.split('_').next().unwrap_or_default();
        let Some(group) = Group::of_word(word).filter(|group| half.holds(&name) && wanted(*group)) else {
            continue;
        };
        let sound = load(&path)?;
        clips.push(Clip { group, name, sound });
    }
    for (name, word) in an4_words(speech)? {
        let Some(group) = Group::of_word(&word).filter(|group| half.holds(&name) && wanted(*group)) else {
            continue;
        };
        let sound = load(&speech.join("an4").join(&name))?;
        clips.push(Clip { group, name, sound });
    }
    if wanted(Group::Digits) {
        clips.extend(digit_strings(&speech.join("digits"), half)?);
    }
    for group in [Group::Drink, Group::Open]
        .into_iter()
        .filter(|group| wanted(*group))
    {
        for path in files_in(&speech.join("drinks"), "flac")? {
            let name = file_name(&path);
            if half.holds(&name) {
                let sound = load(&path)?;
                clips.push(Clip { group, name, sound });
            }
        }
    }
    Ok(clips)
}

/// File names and transcripts of `an4/manifest.tsv`.
fn an4_words(speech: &Path) -> Result<Vec<(String, String)>, EvalError> {
    let file = speech.join("an4/manifest.tsv");
    let text = fs::read_to_string(&file).map_err(|error| EvalError::File {
        file,
        reason: error.to_string(),
    })?;
    let rows = text.lines().skip(1).filter_map(|row| {
        let mut fields = row.split('\t');
        Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
    });
    Ok(rows.collect())
}

/// Order numbers of single digits, as `tools/say_digits.py` joins them: every digit at one level, a gap
/// after each. The digits of a string are all of one half; the gap differs from string to string.
fn digit_strings(folder: &Path, half: Half) -> Result<Vec<Clip>, EvalError> {
    let mut clips = Vec::new();
    for speaker in SPEAKERS {
        for take in 0..STRINGS_A_SPEAKER {
            let name = format!("digits-{speaker}-{take}");
            let mut seed = seed_of(&name);
            let mut next = |bound: u64| {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (seed >> 33) % bound
            };
            let gap_ms = GAPS_MS
                .get(take as usize % GAPS_MS.len())
                .copied()
                .unwrap_or_default();
            let mut sound = Sound {
                rate_hz: 8_000,
                samples: Vec::new(),
            };
            let mut digits = String::new();
            while digits.len() < usize::from(DIGITS_LONG) {
                let (digit, take) = (next(10), next(50));
                let file = format!("{digit}_{speaker}_{take}.wav");
                if !half.holds(&file) {
                    continue;
                }
                if !digits.is_empty() {
                    sound.pause(gap_ms);
                }
                digits.push_str(&digit.to_string());
                let spoken = load(&folder.join(file))?;
                sound.samples.extend(levelled(&spoken.samples));
            }
            clips.push(Clip {
                group: Group::Digits,
                name: format!("{name}-{digits}-gap{gap_ms}"),
                sound,
            });
        }
    }
    Ok(clips)
}

/// To -20 dB below full scale, without overdriving.
fn levelled(samples: &[i16]) -> Vec<i16> {
    let power: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let rms = (power / samples.len().max(1) as f64).sqrt().max(1.0);
    let peak = samples.iter().map(|sample| sample.unsigned_abs()).max();
    let gain = (3_276.8 / rms).min(32_000.0 / f64::from(peak.unwrap_or(1).max(1)));
    samples
        .iter()
        .map(|sample| (f64::from(*sample) * gain) as i16)
        .collect()
}

/// Puts a clip on a line: a quiet room, the clip, the quiet room again.
pub(super) fn on_a_line(clip: &Clip, wire: &Line) -> Result<Stream, EvalError> {
    let narrow = wire.in_band(&clip.sound)?;
    // Of a millisecond.
    let samples = wire.rate().frame_samples() / FRAME.as_millis() as usize;
    let before = samples * BEFORE_MS as usize;
    let edge_samples = samples * EDGE_MS;
    let after = samples * AFTER_MS as usize;
    let mut sound = room(before + narrow.len() + after, seed_of(&clip.name));
    let length = narrow.len();
    for (at, (to, from)) in sound.iter_mut().skip(before).zip(&narrow).enumerate() {
        // No clicks at the edges of a recording that was cut out of another.
        let edge = at.min(length - at).min(edge_samples) as f32 / edge_samples as f32;
        *to = to.saturating_add((f32::from(*from) * edge) as i16);
    }
    Ok(Stream {
        rate: wire.rate(),
        samples: wire.through(sound, seed_of(&clip.name))?,
        speech_end_ms: BEFORE_MS + speech_end_ms(&narrow, 10 * samples),
    })
}

/// A room where nobody speaks, about -65 dB below full scale.
fn room(samples: usize, seed: u64) -> Vec<i16> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 48) as u16).cast_signed() / 1_024
    };
    std::iter::repeat_with(&mut next).take(samples).collect()
}

/// Where speech ends in a clip, by energy: the end of the last two frames of 10 ms in a row that are
/// louder than 30 dB below speech (the 95th percentile) and clearly above the clip's own background
/// (its 10th percentile, plus 10 dB, but no more than 12 dB below speech). `frame`: samples of 10 ms.
fn speech_end_ms(samples: &[i16], frame: usize) -> u32 {
    let levels: Vec<f32> = samples.chunks_exact(frame).map(level_db).collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f32::total_cmp);
    let part = |percent: usize| {
        sorted
            .get(sorted.len().saturating_sub(1) * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    let (speech, background) = (part(95), part(10));
    let threshold = (background + 10.0).max(speech - 30.0).min(speech - 12.0);
    let loud = |at: usize| levels.get(at).is_some_and(|level| *level >= threshold);
    let last = (1..levels.len()).rev().find(|at| loud(*at) && loud(at - 1));
    last.map_or(0, |at| (at as u32 + 1) * 10)
}

fn level_db(frame: &[i16]) -> f32 {
    let power: f32 = frame.iter().map(|sample| f32::from(*sample).powi(2)).sum();
    10.0 * (power / frame.len().max(1) as f32 + 1.0).log10()
}

const BEFORE_MS: u32 = 1_000;
/// Longer than any wait.
const AFTER_MS: u32 = 2_600;
const EDGE_MS: usize = 10;
const DIGITS_LONG: u8 = 6;
const STRINGS_A_SPEAKER: u32 = 30;
const SPEAKERS: [&str; 3] = ["george", "jackson", "lucas"];
/// The tool's own 120 ms, and two slower ways to dictate.
const GAPS_MS: [u32; 3] = [120, 250, 500];
const NUMBERS: [&str; 10] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
];
const CHOICES: [&str; 20] = [
    "bed", "bird", "cat", "dog", "down", "go", "happy", "house", "left", "marvin", "off", "on", "right",
    "sheila", "stop", "tree", "up", "wow", "start", "help",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_ends_where_the_sound_does() {
        let check = |pieces: &[(usize, i16)], expect_ms: u32| {
            let samples: Vec<i16> = pieces
                .iter()
                .flat_map(|(ms, level)| (0..ms * 8).map(|n| if n % 16 < 8 { *level } else { -*level }))
                .collect();
            assert_eq!(speech_end_ms(&samples, 80), expect_ms, "{pieces:?}");
        };
        check(&[(300, 5), (500, 6_000), (200, 5)], 800);
        check(&[(300, 5), (500, 6_000), (100, 400), (200, 5)], 900);
        check(&[(300, 200), (500, 6_000), (100, 300), (200, 200)], 800);
        check(&[(300, 5), (500, 6_000), (100, 5), (10, 6_000), (190, 5)], 800);
    }

    #[test]
    fn every_recording_is_in_one_half() {
        let names: Vec<String> = (0..200).map(|n| format!("clip{n}.wav")).collect();
        let tune = names.iter().filter(|name| Half::Tune.holds(name)).count();
        assert!((70..130).contains(&tune), "{tune} of 200");
        assert!(
            names
                .iter()
                .all(|name| Half::Tune.holds(name) != Half::Test.holds(name))
        );
    }
}
