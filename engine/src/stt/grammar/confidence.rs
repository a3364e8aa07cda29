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
    /// How much worse per frame of speech the grammar fits than the free loop (0: as well). For calibration.
    pub(crate) gap_per_frame: f32,
    pub(crate) words: Vec<WordScore>,
}

/// Judges the grammar's segments against the competitor's.
pub(crate) fn judge(grammar: &[Segment], competitor: &[Segment], calibration: &Calibration) -> Judged {
    let rival = per_frame(competitor);
    let mut words = Vec::new();
    let (mut gap_sum, mut frames_sum) = (0.0_f32, 0.0_f32);
    for segment in grammar.iter().filter(|segment| !is_filler(&segment.word)) {
        let gap = gap_of(segment, &rival);
        let frames = frame_count(segment);
        gap_sum += gap;
        frames_sum += frames;
        words.push(WordScore {
            word: base_word(&segment.word).to_owned(),
            confidence: calibration.confidence(gap / frames, frames),
            start_ms: to_ms(segment.start_frame),
            end_ms: to_ms(segment.end_frame + 1),
        });
    }
    if frames_sum < 1.0 {
        return Judged::default();
    }
    let gap_per_frame = gap_sum / frames_sum;
    Judged {
        confidence: calibration.confidence(gap_per_frame, frames_sum),
        gap_per_frame,
        words,
    }
}

/// The logistic of one acoustic model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Calibration {
    pub(crate) bias: f32,
    /// Per unit of the library's log score (base 1.0001, shifted by 10 bits) and frame.
    pub(crate) per_gap: f32,
    /// Per square root of one by the seconds of speech.
    pub(crate) per_shortness: f32,
}

impl Calibration {
    /// A probability: the less the gap and the more frames it was measured over, the surer.
    fn confidence(&self, gap_per_frame: f32, frames: f32) -> Confidence {
        let seconds = frames * FRAME_MS as f32 / 1_000.0;
        let shortness = 1.0 / seconds.max(SHORTEST_S).sqrt();
        let evidence = self.bias - self.per_gap * gap_per_frame - self.per_shortness * shortness;
        Confidence::new(1.0 / (1.0 + (-evidence).exp()))
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
            let judged = judge(&answer, &rival, &USUAL);
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
    fn silence_is_no_answer() {
        assert_eq!(
            judge(&[segment("<sil>", 0, 99, -500)], &[], &USUAL).confidence,
            Confidence::ZERO
        );
    }
}
