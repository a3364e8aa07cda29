//! Endpointing: how long a silence must last before the caller's turn is over. It depends on what
//! was asked and on what has been heard so far, and every cut says why it was made.

use std::time::Duration;

use crate::limits::UTTERANCE_MAX;
use crate::speech::expectation::Expectation;

/// The end of an utterance, and why it was put there: "yes_no complete, 200 ms".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    pub reason: String,
}

/// What the words so far look like, seen from what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The recogniser has said nothing yet.
    Unknown,
    /// The answer that was asked for is there.
    Complete,
    /// Enough for an answer, and more may well follow (a digit string within its bounds).
    Enough,
    /// Something is missing.
    Partial,
    /// The last word asks for another: "two bags and".
    Dangling,
    /// The caller is thinking aloud: "um".
    Hesitating,
}

/// Decides the end of each utterance of one call, and learns how slowly this caller speaks.
#[derive(Debug, Clone)]
pub struct Endpointer {
    stretch: f32,
}

impl Default for Endpointer {
    fn default() -> Self {
        Self { stretch: 1.0 }
    }
}

impl Endpointer {
    /// Whether `silence` after the words so far ends the utterance that has lasted for `spoken`.
    pub fn judge(
        &self,
        expectation: &Expectation,
        partial: Option<&str>,
        silence: Duration,
        spoken: Duration,
    ) -> Option<Cut> {
        if spoken >= UTTERANCE_MAX {
            return Some(Cut {
                reason: format!("too long, {} s", UTTERANCE_MAX.as_secs()),
            });
        }
        let progress = progress(expectation, partial);
        let wait_ms = self.wait_ms(expectation, progress);
        if silence < Duration::from_millis(u64::from(wait_ms)) {
            return None;
        }
        Some(Cut {
            reason: format!("{} {}, {wait_ms} ms", expectation.name(), progress.name()),
        })
    }

    /// The silence that ends the turn, in milliseconds.
    pub fn wait_ms(&self, expectation: &Expectation, progress: Progress) -> u32 {
        let wait_ms = base_wait_ms(expectation, progress) as f32 * self.stretch;
        (wait_ms as u32).min(WAIT_MAX_MS)
    }

    /// The caller went on right after a cut: they pause longer than we thought, so wait longer.
    pub fn cut_was_wrong(&mut self) {
        self.stretch = (self.stretch + STRETCH_STEP).min(STRETCH_MAX);
    }

    /// A turn ended well: drift back, slowly, to the table.
    pub fn cut_was_right(&mut self) {
        self.stretch = (self.stretch - STRETCH_STEP / 10.0).max(1.0);
    }
}

impl Progress {
    const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "no words yet",
            Self::Complete => "complete",
            Self::Enough => "may be complete",
            Self::Partial => "incomplete",
            Self::Dangling => "dangling",
            Self::Hesitating => "hesitating",
        }
    }
}

/// Judges the words so far against what was asked.
pub fn progress(expectation: &Expectation, partial: Option<&str>) -> Progress {
    let Some(text) = partial.map(str::trim).filter(|text| !text.is_empty()) else {
        return Progress::Unknown;
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let last = words.last().copied().unwrap_or_default();
    if HESITATIONS.contains(&last) {
        return Progress::Hesitating;
    }
    if DANGLING.contains(&last) {
        return Progress::Dangling;
    }
    match expectation {
        Expectation::YesNo => complete_if(words.iter().any(|word| YES.contains(word))),
        Expectation::Digits { min, max } => digits_progress(digit_count(&words), *min, *max),
        Expectation::OneOf { candidates } => {
            let spoken = candidates.iter().flat_map(|candidate| &candidate.spoken);
            complete_if(
                spoken
                    .map(|form| form.to_lowercase())
                    .any(|form| ends_with_words(text, &form)),
            )
        }
        Expectation::Quantity { .. } => complete_if(words.iter().any(|word| is_number_word(word))),
        Expectation::Item | Expectation::Drink | Expectation::Open => Progress::Enough,
    }
}

const fn complete_if(complete: bool) -> Progress {
    if complete {
        Progress::Complete
    } else {
        Progress::Partial
    }
}

fn digits_progress(count: usize, min: u8, max: u8) -> Progress {
    if count >= usize::from(max) {
        Progress::Complete
    } else if count >= usize::from(min) {
        Progress::Enough
    } else {
        Progress::Partial
    }
}

/// How many digits the words spell: "double three" are two.
fn digit_count(words: &[&str]) -> usize {
    let mut count = 0;
    let mut repeat = 1;
    for word in words {
        match *word {
            "double" => repeat = 2,
            "triple" => repeat = 3,
            _ if DIGITS.contains(word) => {
                count += repeat;
                repeat = 1;
            }
            _ if word.bytes().all(|byte| byte.is_ascii_digit()) => count += word.len(),
            _ => {}
        }
    }
    count
}

fn is_number_word(word: &str) -> bool {
    DIGITS.contains(&word) || NUMBERS.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit())
}

fn ends_with_words(text: &str, form: &str) -> bool {
    text.strip_suffix(form)
        .is_some_and(|before| before.is_empty() || before.ends_with(' '))
}

/// The table. Milliseconds of silence after the last voiced frame.
///
/// People leave about 200 ms between turns (Levinson & Torreira 2015, "Timing in turn-taking"); pauses
/// inside a turn mostly stay under 500 ms and those after a hesitation or a connective pass 1 s
/// (Heldner & Edlund 2010, "Pauses, gaps and overlaps"; Clark & Fox Tree 2002 on "um"). Gaps between
/// groups of dictated digits reach 1 s, hence 1,200. The rest follows from the goals of 350 ms
/// (expected answers) and 700 ms (open speech) from last word to first sound. Measured on 298 human drink
/// orders (longest pause as our detector sees it): over 350 ms in 6 %, over 500 ms in 1 % (1.7 % at
/// 15 dB of kitchen noise), over 700 ms in none (0.7 %); hence 500 for open speech and never 350.
const fn base_wait_ms(expectation: &Expectation, progress: Progress) -> u32 {
    match (expectation, progress) {
        (_, Progress::Hesitating) => 1_500,
        (_, Progress::Dangling) => 1_200,
        (Expectation::YesNo, Progress::Complete | Progress::Enough) => 200,
        (Expectation::YesNo, Progress::Unknown | Progress::Partial) => 500,
        (Expectation::Digits { .. }, Progress::Complete) => 250,
        (Expectation::Digits { .. }, Progress::Enough) => 700,
        (Expectation::Digits { .. }, Progress::Unknown | Progress::Partial) => 1_200,
        (Expectation::OneOf { .. } | Expectation::Quantity { .. }, Progress::Complete | Progress::Enough) => {
            350
        }
        (Expectation::OneOf { .. } | Expectation::Quantity { .. }, Progress::Unknown | Progress::Partial) => {
            600
        }
        (
            Expectation::Item | Expectation::Drink | Expectation::Open,
            Progress::Complete | Progress::Enough,
        ) => 500,
        (
            Expectation::Item | Expectation::Drink | Expectation::Open,
            Progress::Unknown | Progress::Partial,
        ) => 700,
    }
}

/// No wait is longer than this, however slow the caller.
const WAIT_MAX_MS: u32 = 2_000;
const STRETCH_STEP: f32 = 0.25;
const STRETCH_MAX: f32 = 1.75;

/// Sounds of thinking: the turn is surely not over.
pub(crate) const HESITATIONS: [&str; 8] = ["um", "uh", "er", "erm", "hmm", "hm", "well", "ah"];

/// Words that nothing ends with.
const DANGLING: [&str; 23] = [
    "and", "or", "but", "with", "without", "of", "the", "a", "an", "my", "to", "for", "from", "at", "in",
    "i", "i'd", "i'll", "is", "some", "another", "plus", "because",
];

/// What completes a yes/no answer.
pub(crate) const YES: [&str; 18] = [
    "yes",
    "yeah",
    "yep",
    "yup",
    "sure",
    "correct",
    "right",
    "okay",
    "ok",
    "fine",
    "exactly",
    "absolutely",
    "no",
    "nope",
    "nah",
    "wrong",
    "incorrect",
    "not",
];

const DIGITS: [&str; 12] = [
    "zero", "oh", "o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
];

const NUMBERS: [&str; 13] = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "dozen",
    "couple",
];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Endpointer, Progress, progress};
    use crate::speech::expectation::{Candidate, Expectation};

    fn orders() -> Expectation {
        let candidate = |value: &str, spoken: &str| Candidate {
            value: value.into(),
            spoken: vec![spoken.into()],
        };
        Expectation::OneOf {
            candidates: vec![candidate("a", "the first one"), candidate("b", "the espresso")],
        }
    }

    #[test]
    fn the_words_so_far_tell_how_far_the_answer_is() {
        let six = Expectation::Digits { min: 6, max: 6 };
        let check = |expectation: &Expectation, partial: &str, expect: Progress| {
            assert_eq!(
                progress(expectation, Some(partial)),
                expect,
                "{partial:?} for {}",
                expectation.name()
            );
        };
        check(&Expectation::YesNo, "", Progress::Unknown);
        check(&Expectation::YesNo, "yes", Progress::Complete);
        check(&Expectation::YesNo, "yes but", Progress::Dangling);
        check(&Expectation::YesNo, "make it", Progress::Partial);
        check(&six, "four five one", Progress::Partial);
        check(&six, "four five one oh two two", Progress::Complete);
        check(&six, "double four triple one five", Progress::Complete);
        check(
            &Expectation::Digits { min: 4, max: 6 },
            "1 2 3 4",
            Progress::Enough,
        );
        check(&orders(), "the", Progress::Dangling);
        check(&orders(), "i mean the espresso", Progress::Complete);
        check(&orders(), "espresso", Progress::Partial);
        check(
            &Expectation::Quantity { max: 20 },
            "twelve bags",
            Progress::Complete,
        );
        check(&Expectation::Open, "two bags and", Progress::Dangling);
        check(&Expectation::Open, "i want um", Progress::Hesitating);
    }

    #[test]
    fn a_cut_waits_as_long_as_the_answer_needs_and_says_why() {
        let check = |expectation: Expectation, partial: Option<&str>, wait_ms: u64, reason: &str| {
            let endpointer = Endpointer::default();
            let judge = |ms| {
                let spoken = Duration::from_secs(1);
                endpointer.judge(&expectation, partial, Duration::from_millis(ms), spoken)
            };
            assert_eq!(judge(wait_ms - 1), None, "{reason}");
            assert_eq!(judge(wait_ms).map(|cut| cut.reason).as_deref(), Some(reason));
        };
        let six = || Expectation::Digits { min: 6, max: 6 };
        check(Expectation::YesNo, Some("yes"), 200, "yes_no complete, 200 ms");
        check(Expectation::YesNo, None, 500, "yes_no no words yet, 500 ms");
        check(six(), Some("one two three"), 1_200, "digits incomplete, 1200 ms");
        check(
            six(),
            Some("one two three four five six"),
            250,
            "digits complete, 250 ms",
        );
        check(orders(), Some("the first one"), 350, "one_of complete, 350 ms");
        check(
            Expectation::Open,
            Some("reorder my last order"),
            500,
            "open may be complete, 500 ms",
        );
        check(
            Expectation::Drink,
            Some("a latte with um"),
            1_500,
            "drink hesitating, 1500 ms",
        );
    }

    #[test]
    fn nothing_is_longer_than_the_limit() {
        let cut =
            Endpointer::default().judge(&Expectation::Open, None, Duration::ZERO, Duration::from_secs(15));
        assert_eq!(cut.map(|cut| cut.reason).as_deref(), Some("too long, 15 s"));
    }

    #[test]
    fn a_slow_speaker_gets_more_time() {
        let mut endpointer = Endpointer::default();
        endpointer.cut_was_wrong();
        assert_eq!(endpointer.wait_ms(&Expectation::YesNo, Progress::Complete), 250);
        for _ in 0..20 {
            endpointer.cut_was_wrong();
        }
        assert_eq!(endpointer.wait_ms(&Expectation::YesNo, Progress::Complete), 350);
        assert_eq!(
            endpointer.wait_ms(&Expectation::Open, Progress::Hesitating),
            2_000
        );
        for _ in 0..100 {
            endpointer.cut_was_right();
        }
        assert_eq!(endpointer.wait_ms(&Expectation::YesNo, Progress::Complete), 200);
    }
}
