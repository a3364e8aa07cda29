//! How sure an answer is: its acoustic score against that of a free loop of phones over the same
//! frames. What the grammar does not expect fits the loop far better than any sentence of the grammar.
//!
//! Calibrated per model by logistic regression (see `models/speech/README.md`).

use engine_core::speech::recognition::WordScore;
use engine_core::units::Confidence;

use crate::stt::dictionary::base_word;
use crate::stt::pocketsphinx::Segment;

/// The two scores of an utterance, and what follows from them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Judged {
    pub(crate) confidence: Confidence,
    /// The same, where it is not rounded off towards certainty.
    pub(crate) log_odds: f32,
    /// What the confidence was made of: for calibration.
    pub(crate) evidence: Evidence,
    pub(crate) words: Vec<WordScore>,
}

/// What tells a right answer from other speech.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Evidence {
    /// How much worse per frame of speech the grammar fits than the free loop (0: as well), in the library's log
    /// score (base 1.0001, shifted by 10 bits).
    pub(crate) gap: f32,
    /// Square root of one by the seconds of speech: the less there was, the less the gap says.
    pub(crate) shortness: f32,
    /// Share of words beyond the usual number: other speech takes many small words of a grammar to fit.
    pub(crate) surplus: f32,
}

impl Evidence {
    fn new(gap_per_frame: f32, frames: f32, length: Length) -> Self {
        let seconds = (frames * FRAME_MS as f32 / 1_000.0).min(length.words * LONGEST_WORD_S);
        Self {
            gap: gap_per_frame,
            shortness: 1.0 / seconds.max(SHORTEST_S).sqrt(),
            surplus: length.surplus,
        }
    }
}

/// Judges the grammar's segments against the competitor's.
///
/// `usual_words`: how many words an answer to this question mostly has, where that is known.
pub(crate) fn judge(
    grammar: &[Segment],
    competitor: &[Segment],
    usual_words: Option<u8>,
    calibration: &Calibration,
) -> Judged {
    let rival = per_frame(competitor);
    let length = Length::of(grammar, usual_words);
    let mut words = Vec::new();
    let (mut gap_sum, mut frames_sum) = (0.0_f32, 0.0_f32);
    for segment in grammar.iter().filter(|segment| !is_filler(&segment.word)) {
        let gap = gap_of(segment, &rival);
        let frames = frame_count(segment);
        gap_sum += gap;
        frames_sum += frames;
        words.push(WordScore {
            word: base_word(&segment.word).to_owned(),
            confidence: calibration.confidence(&Evidence::new(gap / frames, frames, length.of_one())),
            start_ms: to_ms(segment.start_frame),
            end_ms: to_ms(segment.end_frame + 1),
        });
    }
    if frames_sum < 1.0 {
        return Judged::default();
    }
    let evidence = Evidence::new(gap_sum / frames_sum, frames_sum, length);
    let log_odds = calibration.log_odds(&evidence);
    Judged {
        confidence: Confidence::new(probability(log_odds)),
        log_odds,
        evidence,
        words,
    }
}

/// The logistic of one acoustic model: a weight for each piece of [`Evidence`].
///
/// Superfluous words count as far as they fit badly: "make it two" after "is that right?" is long and fits; of a
/// foreign word two of the grammar's are made, which do not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Calibration {
    pub(crate) bias: f32,
    pub(crate) per_gap: f32,
    pub(crate) per_shortness: f32,
    /// Of the gap.
    pub(crate) per_surplus: f32,
}

impl Calibration {
    /// The less of any of them, the surer.
    fn log_odds(&self, evidence: &Evidence) -> f32 {
        self.bias
            - self.per_gap * evidence.gap
            - self.per_shortness * evidence.shortness
            - self.per_surplus * evidence.surplus * evidence.gap.max(0.0)
    }

    fn confidence(&self, evidence: &Evidence) -> Confidence {
        Confidence::new(probability(self.log_odds(evidence)))
    }
}

/// The logistic function.
pub(crate) fn probability(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// An answer's length in words.
#[derive(Debug, Clone, Copy)]
struct Length {
    words: f32,
    /// Share of its words beyond the usual number, 0 to 1.
    surplus: f32,
}

impl Length {
    /// Of one of its words.
    const fn of_one(self) -> Self {
        Self { words: 1.0, ..self }
    }

    fn of(answer: &[Segment], usual_words: Option<u8>) -> Self {
        let spoken = || answer.iter().filter(|segment| !is_filler(&segment.word));
        // Politeness is no sign of something else having been said.
        let telling = spoken()
            .filter(|segment| !POLITE.contains(&base_word(&segment.word)))
            .count()
            .max(1) as f32;
        let surplus = usual_words.map_or(0.0, |usual| (telling - f32::from(usual)).max(0.0) / telling);
        Self {
            words: spoken().count().max(1) as f32,
            surplus,
        }
    }
}

/// Silence and noises have marks around their names; null transitions are called `(NULL)`.
pub(crate) fn is_filler(word: &str) -> bool {
    word.starts_with(['<', '+', '[', '(']) || word.is_empty()
}

/// The competitor's score of every frame: a segment's score spread over its frames.
fn per_frame(segments: &[Segment]) -> Vec<f32> {
    let mut scores = Vec::new();
    for segment in segments {
        let Ok(end) = usize::try_from(segment.end_frame + 1) else {
            continue;
        };
        if end <= scores.len() {
            continue; // a null transition
        }
        let each = segment.acoustic as f32 / frame_count(segment);
        scores.resize(end, each);
    }
    scores
}

fn gap_of(segment: &Segment, rival: &[f32]) -> f32 {
    let (Ok(start), Ok(end)) = (
        usize::try_from(segment.start_frame),
        usize::try_from(segment.end_frame + 1),
    ) else {
        return 0.0;
    };
    let rival_score: f32 = rival
        .get(start..end.min(rival.len()))
        .unwrap_or_default()
        .iter()
        .sum();
    rival_score - segment.acoustic as f32
}

fn frame_count(segment: &Segment) -> f32 {
    (segment.end_frame - segment.start_frame + 1).max(1) as f32
}

fn to_ms(frame: i32) -> u32 {
    u32::try_from(frame).unwrap_or_default().saturating_mul(FRAME_MS)
}

/// Milliseconds of one feature frame in both models.
const FRAME_MS: u32 = 10;
/// Below this a word is as short as words are: a bare "no" is not to be refused for its length.
const SHORTEST_S: f32 = 0.5;
/// A word says no more for lasting longer: what is drawn out over a sentence is not that word.
const LONGEST_WORD_S: f32 = 0.8;
/// Words that go with any answer.
const POLITE: [&str; 4] = ["please", "thanks", "thank", "you"];

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(word: &str, start_frame: i32, end_frame: i32, acoustic: i32) -> Segment {
        Segment {
            word: word.to_owned(),
            start_frame,
            end_frame,
            acoustic,
        }
    }

    const USUAL: Calibration = Calibration {
        bias: 8.0,
        per_gap: 0.3,
        per_shortness: 4.0,
        per_surplus: 0.3,
    };

    #[test]
    fn what_fits_as_well_as_the_loop_is_sure() {
        let rival = [
            segment("SIL", 0, 9, -100),
            segment("Y", 10, 29, -2_000),
            segment("S", 30, 49, -2_000),
        ];
        let check = |acoustic: i32, expect: std::ops::Range<f32>| {
            let answer = [segment("<sil>", 0, 9, -100), segment("yes(2)", 10, 49, acoustic)];
            let judged = judge(&answer, &rival, Some(1), &USUAL);
            assert!(
                expect.contains(&judged.confidence.get()),
                "{acoustic}: {judged:?}"
            );
            assert_eq!(judged.words.len(), 1);
            assert_eq!(
                (judged.words[0].word.as_str(), judged.words[0].start_ms),
                ("yes", 100)
            );
        };
        check(-4_000, 0.8..1.0);
        check(-4_700, 0.0..0.5);
        check(-6_000, 0.0..0.01);
    }

    #[test]
    fn many_small_words_for_yes_or_no_are_rather_something_else() {
        let rival = [segment("AA", 0, 79, -8_000)];
        let sure = |words: &[&str], acoustic: i32, usual_words| {
            let count = words.len() as i32;
            let frames = 80 / count;
            let answer: Vec<Segment> = (0_i32..)
                .zip(words)
                .map(|(at, word)| segment(word, at * frames, (at + 1) * frames - 1, acoustic / count))
                .collect();
            judge(&answer, &rival, usual_words, &USUAL).confidence
        };
        assert!(sure(&["nah", "i", "don't"], -9_000, Some(1)) < sure(&["nah"], -9_000, Some(1)));
        assert!(
            sure(&["one", "two", "three"], -9_000, Some(3)) > sure(&["one", "two", "three"], -9_000, Some(1))
        );
        assert_eq!(
            sure(&["yes", "please"], -9_000, Some(1)),
            sure(&["yes", "please"], -9_000, None)
        );
        let fits = sure(&["make", "it", "two"], -7_500, Some(1));
        assert_eq!(fits, sure(&["make", "it", "two"], -7_500, None));
    }

    #[test]
    fn silence_is_no_answer() {
        assert_eq!(
            judge(&[segment("<sil>", 0, 99, -500)], &[], None, &USUAL).confidence,
            Confidence::ZERO
        );
    }
}
