//! Endpointing: how long a silence must last before the caller's turn is over. It depends on what
//! was asked, on what has been heard so far and on how this caller speaks, and every cut says why.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::limits::UTTERANCE_MAX;
use crate::speech::expectation::Expectation;
pub(crate) use crate::speech::progress::HESITATIONS;
pub use crate::speech::progress::{Progress, progress};

/// The end of an utterance, and why it was put there: "yes_no complete, 200 ms".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    pub reason: String,
}

/// An utterance under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SoFar<'a> {
    /// The recogniser's latest partial result.
    pub words: Option<&'a str>,
    /// How long that has not changed.
    pub unchanged: Duration,
    /// Since the last frame with voice.
    pub silence: Duration,
    /// Since the onset.
    pub spoken: Duration,
    /// The longest silence inside it.
    pub longest_pause: Duration,
    /// Stretches of voice, parted by pauses.
    pub bursts: u32,
}

/// How long the answer to a question may take to come out, where a flow says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    #[default]
    Usual,
    /// Read off a label, looked up, thought about: pauses inside the answer are no end of it.
    Patient,
}

impl Pace {
    const fn stretch(self) -> f32 {
        match self {
            Self::Usual => 1.0,
            Self::Patient => PATIENT,
        }
    }

    /// At the end of a reason.
    const fn told(self) -> &'static str {
        match self {
            Self::Usual => "",
            Self::Patient => " patient",
        }
    }
}

/// Decides the end of each utterance of one call, and learns how this caller speaks.
#[derive(Debug, Clone)]
pub struct Endpointer {
    /// What every wait is multiplied with: above 1 for slow speakers, a little below for quick ones.
    stretch: f32,
    /// Turns in a row that ended well and held no pause worth the name.
    brisk: u32,
    /// The same silence for every turn, in milliseconds: to compare with.
    fixed_ms: Option<u32>,
}

impl Default for Endpointer {
    fn default() -> Self {
        Self {
            stretch: 1.0,
            brisk: 0,
            fixed_ms: None,
        }
    }
}

impl Endpointer {
    /// One that knows nothing of questions and words, as most systems have it: for evaluations.
    pub fn fixed(wait_ms: u32) -> Self {
        Self {
            fixed_ms: Some(wait_ms),
            ..Self::default()
        }
    }

    /// Whether the utterance is over.
    pub fn judge(&self, expectation: &Expectation, pace: Pace, so_far: &SoFar<'_>) -> Option<Cut> {
        if so_far.spoken >= UTTERANCE_MAX {
            return Some(Cut {
                reason: format!("too long, {} s", UTTERANCE_MAX.as_secs()),
            });
        }
        if let Some(wait_ms) = self.fixed_ms {
            return (millis(so_far.silence) >= wait_ms).then(|| Cut {
                reason: format!("fixed, {wait_ms} ms"),
            });
        }
        let progress = progress(expectation, so_far.words);
        let (wait_ms, why) = self.wait(expectation, pace, progress, so_far);
        if millis(so_far.silence) < wait_ms {
            return None;
        }
        Some(Cut {
            reason: format!(
                "{} {}{why}{}, {wait_ms} ms",
                expectation.name(),
                progress.name(),
                pace.told()
            ),
        })
    }

    /// The silence that ends the turn, in milliseconds, for words that stand still in an even flow.
    pub fn wait_ms(&self, expectation: &Expectation, progress: Progress) -> u32 {
        let so_far = SoFar {
            unchanged: Duration::from_secs(1),
            ..SoFar::default()
        };
        self.wait(expectation, Pace::Usual, progress, &so_far).0
    }

    fn wait(
        &self,
        expectation: &Expectation,
        pace: Pace,
        progress: Progress,
        so_far: &SoFar<'_>,
    ) -> (u32, &'static str) {
        let (base_ms, why) = match expectation {
            Expectation::Digits { max, .. } => digits_wait_ms(progress, so_far, u32::from(*max)),
            Expectation::YesNo
            | Expectation::OneOf { .. }
            | Expectation::Item
            | Expectation::Quantity { .. }
            | Expectation::Drink
            | Expectation::Open => (base_wait_ms(expectation, progress), ""),
        };
        let settling = progress == Progress::Complete && so_far.unchanged < SETTLED;
        let (base_ms, why) = if settling {
            (base_ms + SETTLING_MS, " but changing")
        } else {
            (base_ms, why)
        };
        let wait_ms = (base_ms as f32 * self.stretch * pace.stretch()) as u32;
        (wait_ms.clamp(WAIT_MIN_MS, WAIT_MAX_MS), why)
    }

    /// The caller went on right after a cut: they pause longer than we thought, so wait longer.
    pub fn cut_was_wrong(&mut self) {
        self.stretch = (self.stretch.max(1.0) + STRETCH_STEP).min(STRETCH_MAX);
        self.brisk = 0;
    }

    /// A turn ended well, with this as its longest pause: drift back to the table, and below it for
    /// callers who never pause.
    pub fn cut_was_right(&mut self, longest_pause: Duration) {
        self.brisk = if longest_pause < BRISK_PAUSE {
            self.brisk.saturating_add(1)
        } else {
            0
        };
        let least = if self.brisk >= BRISK_TURNS {
            STRETCH_MIN
        } else {
            1.0
        };
        if self.stretch > least {
            self.stretch = (self.stretch - STRETCH_STEP / 10.0).max(least);
        } else {
            self.stretch = least;
        }
    }
}

/// Digits dictated one by one come in a rhythm. What looks complete may be a number in which a digit too
/// many was heard; so may what looks incomplete be one in which a digit was lost. As many stretches of
/// voice as there are digits settle it; without them, a pause clearly longer than those before. Digits
/// said in a flow or in groups are believed as they are heard.
fn digits_wait_ms(progress: Progress, so_far: &SoFar<'_>, wanted: u32) -> (u32, &'static str) {
    let rhythm_ms = (millis(so_far.longest_pause) * 3 / 2 + RHYTHM_MS).min(RHYTHM_MAX_MS);
    let counted = so_far.bursts >= wanted;
    let one_by_one = so_far.bursts * 2 >= wanted;
    match progress {
        Progress::Complete if one_by_one && !counted => (DIGITS_COMPLETE_MS.max(rhythm_ms), " in rhythm"),
        Progress::Complete => (DIGITS_COMPLETE_MS, ""),
        Progress::Enough => (700, ""),
        Progress::Unknown | Progress::Partial | Progress::Begun if counted => {
            (rhythm_ms.max(500), " by count")
        }
        Progress::Unknown | Progress::Partial | Progress::Begun | Progress::Dangling => (1_200, ""),
        Progress::Hesitating => (1_500, ""),
    }
}

/// The table. Milliseconds of silence after the last voiced frame.
///
/// People leave about 200 ms between turns (Levinson & Torreira 2015, "Timing in turn-taking"); pauses
/// inside a turn mostly stay under 500 ms and those after a hesitation or a connective pass 1 s
/// (Heldner & Edlund 2010, "Pauses, gaps and overlaps"; Clark & Fox Tree 2002 on "um"). The rest was
/// found on recordings (`hark eval turns`, tune half; ARCHITECTURE.md): the closures inside one word stay
/// under 150 ms; drink orders pause before their name and before "with", up to 660 ms.
const fn base_wait_ms(expectation: &Expectation, progress: Progress) -> u32 {
    let short = matches!(
        expectation,
        Expectation::YesNo | Expectation::OneOf { .. } | Expectation::Quantity { .. }
    );
    match (progress, short) {
        (Progress::Hesitating, true) => 1_200,
        (Progress::Hesitating, false) => 1_500,
        (Progress::Dangling, true) => 900,
        (Progress::Dangling, false) => 1_200,
        (Progress::Begun, true) => 400,
        (Progress::Begun, false) => 900,
        (Progress::Complete, true) => 200,
        (Progress::Enough | Progress::Partial, true) => 320,
        (Progress::Unknown, true) => 500,
        (Progress::Complete, false) => 400,
        (Progress::Enough, false) => 500,
        (Progress::Unknown | Progress::Partial, false) => 700,
    }
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

/// No wait is shorter, however quick the caller, or longer, however slow.
const WAIT_MIN_MS: u32 = 180;
const WAIT_MAX_MS: u32 = 2_000;
/// What a patient question makes of every wait: a complete number 400 instead of 250 ms, words without an end 1,120
/// instead of 700.
const PATIENT: f32 = 1.6;
const STRETCH_STEP: f32 = 0.25;
const STRETCH_MIN: f32 = 0.9;
const STRETCH_MAX: f32 = 1.75;
/// A pause that nobody notices, and how many turns without a longer one make a quick speaker.
const BRISK_PAUSE: Duration = Duration::from_millis(160);
const BRISK_TURNS: u32 = 4;
/// Words that changed this lately may change again.
const SETTLED: Duration = Duration::from_millis(80);
const SETTLING_MS: u32 = 60;

const DIGITS_COMPLETE_MS: u32 = 250;
const RHYTHM_MS: u32 = 150;
const RHYTHM_MAX_MS: u32 = 1_200;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Endpointer, Pace, Progress, SoFar};
    use crate::speech::expectation::{Candidate, Expectation};

    fn orders() -> Expectation {
        Expectation::OneOf {
            candidates: vec![Candidate {
                value: "a".into(),
                spoken: vec!["the first one".into()],
            }],
        }
    }

    /// Settled words after a second of speech without a pause.
    fn settled<'a>(words: Option<&'a str>, silence_ms: u64) -> SoFar<'a> {
        SoFar {
            words,
            unchanged: Duration::from_secs(1),
            silence: Duration::from_millis(silence_ms),
            spoken: Duration::from_secs(1),
            longest_pause: Duration::ZERO,
            bursts: 1,
        }
    }

    fn check_so_far(expectation: &Expectation, so_far: &SoFar<'_>, wait_ms: u64, reason: &str) {
        let endpointer = Endpointer::default();
        let judge = |ms| {
            let silence = Duration::from_millis(ms);
            endpointer.judge(expectation, Pace::Usual, &SoFar { silence, ..*so_far })
        };
        assert_eq!(judge(wait_ms - 1), None, "{reason}");
        assert_eq!(judge(wait_ms).map(|cut| cut.reason).as_deref(), Some(reason));
    }

    #[test]
    fn a_patient_question_waits_longer_and_says_so() {
        let digits = Expectation::Digits { min: 6, max: 6 };
        let said = "one two three four five six";
        let judge = |pace, ms| Endpointer::default().judge(&digits, pace, &settled(Some(said), ms));
        assert!(judge(Pace::Usual, 250).is_some());
        assert_eq!(judge(Pace::Patient, 399), None);
        let cut = judge(Pace::Patient, 400).unwrap();
        assert_eq!(cut.reason, "digits complete patient, 400 ms");
    }

    #[test]
    fn a_cut_waits_as_long_as_the_answer_needs_and_says_why() {
        let check = |expectation: Expectation, words: Option<&str>, wait_ms: u64, reason: &str| {
            check_so_far(&expectation, &settled(words, 0), wait_ms, reason);
        };
        check(Expectation::YesNo, Some("yes"), 200, "yes_no complete, 200 ms");
        check(Expectation::YesNo, None, 500, "yes_no no words yet, 500 ms");
        check(
            Expectation::YesNo,
            Some("no make it"),
            900,
            "yes_no dangling, 900 ms",
        );
        check(orders(), Some("the first one"), 200, "one_of complete, 200 ms");
        check(
            Expectation::Open,
            Some("reorder my last order"),
            500,
            "open may be complete, 500 ms",
        );
        check(
            Expectation::Drink,
            Some("a latte with milk"),
            400,
            "drink complete, 400 ms",
        );
        check(
            Expectation::Drink,
            Some("a latte with um"),
            1_500,
            "drink hesitating, 1500 ms",
        );
    }

    #[test]
    fn words_that_still_change_are_given_a_moment() {
        let so_far = SoFar {
            unchanged: Duration::from_millis(40),
            ..settled(Some("yes"), 0)
        };
        check_so_far(
            &Expectation::YesNo,
            &so_far,
            260,
            "yes_no complete but changing, 260 ms",
        );
    }

    #[test]
    fn dictated_digits_end_by_count_or_by_rhythm() {
        let six = Expectation::Digits { min: 6, max: 6 };
        let check = |words, bursts, pause_ms, wait_ms, reason| {
            let so_far = SoFar {
                bursts,
                longest_pause: Duration::from_millis(pause_ms),
                ..settled(Some(words), 0)
            };
            check_so_far(&six, &so_far, wait_ms, reason);
        };
        let whole = "one two three four five six";
        check(whole, 1, 0, 250, "digits complete, 250 ms");
        check(whole, 2, 800, 250, "digits complete, 250 ms");
        check(whole, 6, 400, 250, "digits complete, 250 ms");
        check(whole, 4, 400, 750, "digits complete in rhythm, 750 ms");
        check("one two three", 3, 400, 1_200, "digits incomplete, 1200 ms");
        check(
            "one two three four five",
            6,
            300,
            600,
            "digits incomplete by count, 600 ms",
        );
    }

    #[test]
    fn nothing_is_longer_than_the_limit() {
        let so_far = SoFar {
            spoken: Duration::from_secs(15),
            ..settled(None, 0)
        };
        let cut = Endpointer::default().judge(&Expectation::Open, Pace::Usual, &so_far);
        assert_eq!(cut.map(|cut| cut.reason).as_deref(), Some("too long, 15 s"));
    }

    #[test]
    fn a_slow_speaker_gets_more_time_and_a_quick_one_less() {
        let mut endpointer = Endpointer::default();
        let yes = |endpointer: &Endpointer| endpointer.wait_ms(&Expectation::YesNo, Progress::Complete);
        endpointer.cut_was_wrong();
        assert_eq!(yes(&endpointer), 250);
        for _ in 0..20 {
            endpointer.cut_was_wrong();
        }
        assert_eq!(yes(&endpointer), 350);
        assert_eq!(
            endpointer.wait_ms(&Expectation::Open, Progress::Hesitating),
            2_000
        );
        for _ in 0..100 {
            endpointer.cut_was_right(Duration::from_millis(400));
        }
        assert_eq!(yes(&endpointer), 200, "pauses, but not at the end");
        for _ in 0..100 {
            endpointer.cut_was_right(Duration::ZERO);
        }
        assert_eq!(yes(&endpointer), 180);
        endpointer.cut_was_wrong();
        assert_eq!(yes(&endpointer), 250);
    }
}
