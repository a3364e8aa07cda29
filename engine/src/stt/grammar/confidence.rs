//! How sure an answer is: its acoustic score against that of a free loop of phones over the same
//! frames. What the grammar does not expect fits the loop far better than any sentence of the grammar.

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
pub(crate) fn judge(grammar: &[Segment], competitor: &[Segment]) -> Judged {
    let rival = per_frame(competitor);
    let mut words = Vec::new();
    let (mut gap_sum, mut frames_sum, mut worst) = (0.0_f32, 0.0_f32, 0.0_f32);
    for segment in grammar.iter().filter(|segment| !is_filler(&segment.word)) {
        let gap = gap_of(segment, &rival);
        let frames = frame_count(segment);
        gap_sum += gap;
        frames_sum += frames;
        let per_frame = gap / frames;
        worst = worst.max(per_frame);
        words.push(WordScore {
            word: base_word(&segment.word).to_owned(),
            confidence: from_gap(per_frame),
            start_ms: to_ms(segment.start_frame),
            end_ms: to_ms(segment.end_frame + 1),
        });
    }
    if frames_sum < 1.0 {
        return Judged::default();
    }
    let gap_per_frame = gap_sum / frames_sum;
    Judged {
        confidence: from_gap(gap_per_frame),
        gap_per_frame,
        words,
    }
}

/// Logistic, so that 0.5 is the break-even found on the tuning half (see `models/speech/README.md`).
fn from_gap(gap_per_frame: f32) -> Confidence {
    Confidence::new(1.0 / (1.0 + (SLOPE * (gap_per_frame - BREAK_EVEN)).exp()))
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
const SLOPE: f32 = 0.2;
const BREAK_EVEN: f32 = 25.0;
