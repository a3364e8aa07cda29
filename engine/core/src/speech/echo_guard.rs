//! The echo guard: Hark's own voice that comes back over the line must never interrupt it.
//!
//! It learns from loudness alone (20 ms envelopes) whether this line has an echo, how late and how
//! loud; while Hark's words are on the line, only what is louder than that echo can be the caller.

use std::collections::VecDeque;

use crate::audio::level::SILENCE_DBOV;
use crate::speech::vad::Source;

/// What is known of this line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EchoPath {
    /// Hark has not spoken long enough to know.
    Unknown,
    /// Heard enough: nothing comes back.
    Clean,
    /// Hark comes back this many frames later, this much louder (mostly negative).
    Echo { lag_frames: usize, gain_db: f32 },
}

/// One call's guard.
#[derive(Debug, Clone)]
pub struct EchoGuard {
    /// Outbound levels, newest last.
    played: VecDeque<f32>,
    /// Inbound levels, newest last.
    heard: VecDeque<f32>,
    lags: Vec<Lag>,
    path: EchoPath,
    /// Frames in which Hark was speaking and an echo could have been measured.
    evidence: u32,
}

/// What speaks for an echo at one delay: sums of an ever-fading regression of heard on played level.
#[derive(Debug, Clone, Copy, Default)]
struct Lag {
    weight: f32,
    played: f32,
    heard: f32,
    played_played: f32,
    played_heard: f32,
    heard_heard: f32,
}

impl Default for EchoGuard {
    fn default() -> Self {
        Self {
            played: VecDeque::with_capacity(MAX_LAG_FRAMES + 1),
            heard: VecDeque::with_capacity(WINDOW_FRAMES),
            lags: vec![Lag::default(); MAX_LAG_FRAMES - MIN_LAG_FRAMES + 1],
            path: EchoPath::Unknown,
            evidence: 0,
        }
    }
}

impl EchoGuard {
    /// Takes the levels of one tick, both in dBov, and says whether the sound heard can be the caller's.
    pub fn handle_levels(&mut self, heard_dbov: f32, played_dbov: f32) -> Source {
        push(&mut self.played, played_dbov, MAX_LAG_FRAMES + 1);
        push(&mut self.heard, heard_dbov, WINDOW_FRAMES);
        if !self.hark_on_the_line() {
            return Source::NearEnd;
        }
        self.learn(heard_dbov);
        self.judge(heard_dbov)
    }

    pub const fn path(&self) -> EchoPath {
        self.path
    }

    /// Whether anything Hark said could be coming back now.
    fn hark_on_the_line(&self) -> bool {
        self.played.iter().any(|level| *level > AUDIBLE_DBOV)
    }

    fn learn(&mut self, heard_dbov: f32) {
        let heard = heard_dbov.max(FLOOR_DBOV);
        for (lag, played) in self
            .lags
            .iter_mut()
            .zip(self.played.iter().rev().skip(MIN_LAG_FRAMES))
        {
            lag.add(played.max(FLOOR_DBOV), heard);
        }
        self.evidence = self.evidence.saturating_add(1);
        if self.evidence < MIN_EVIDENCE_FRAMES {
            return;
        }
        let best = self
            .lags
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.correlation().total_cmp(&b.1.correlation()));
        let Some((index, lag)) = best else { return };
        if lag.correlation() >= ECHO_CORRELATION {
            self.path = EchoPath::Echo {
                lag_frames: index + MIN_LAG_FRAMES,
                gain_db: lag.gain_db(),
            };
        } else if self.evidence >= CLEAN_EVIDENCE_FRAMES && lag.correlation() < CLEAN_CORRELATION {
            self.path = EchoPath::Clean;
        }
    }

    fn judge(&self, heard_dbov: f32) -> Source {
        match self.path {
            EchoPath::Clean => Source::NearEnd,
            EchoPath::Echo { lag_frames, gain_db } => {
                // The envelope of an echo is smeared over a frame or two: take the loudest near the lag.
                let around = self
                    .played
                    .iter()
                    .rev()
                    .skip(lag_frames.saturating_sub(1))
                    .take(3);
                let loudest = around.fold(SILENCE_DBOV, |loudest, level| loudest.max(*level));
                let echo = loudest > AUDIBLE_DBOV && heard_dbov <= loudest + gain_db + MARGIN_DB;
                if echo { Source::Echo } else { Source::NearEnd }
            }
            EchoPath::Unknown => {
                if self.looks_like_played() {
                    Source::Echo
                } else {
                    Source::NearEnd
                }
            }
        }
    }

    /// Before the line is known: whether the last 400 ms rise and fall as what was played did.
    fn looks_like_played(&self) -> bool {
        (MIN_LAG_FRAMES..=MAX_LAG_FRAMES).any(|lag_frames| {
            let mut lag = Lag::default();
            let played = self.played.iter().rev().skip(lag_frames);
            for (heard, played) in self.heard.iter().rev().zip(played) {
                lag.add(played.max(FLOOR_DBOV), heard.max(FLOOR_DBOV));
            }
            lag.weight >= MIN_WINDOW_WEIGHT && lag.gain_db() <= 0.0 && lag.correlation() >= SHORT_CORRELATION
        })
    }
}

impl Lag {
    fn add(&mut self, played: f32, heard: f32) {
        self.weight = self.weight * FADE + 1.0;
        self.played = self.played * FADE + played;
        self.heard = self.heard * FADE + heard;
        self.played_played = self.played_played * FADE + played * played;
        self.played_heard = self.played_heard * FADE + played * heard;
        self.heard_heard = self.heard_heard * FADE + heard * heard;
    }

    /// Pearson's correlation of the two levels; 0 while either is flat.
    fn correlation(&self) -> f32 {
        let covariance = self.played_heard * self.weight - self.played * self.heard;
        let played = self.played_played * self.weight - self.played * self.played;
        let heard = self.heard_heard * self.weight - self.heard * self.heard;
        let flat = FLAT_DB * FLAT_DB * self.weight * self.weight;
        if played < flat || heard < flat {
            0.0
        } else {
            covariance / (played * heard).sqrt()
        }
    }

    fn gain_db(&self) -> f32 {
        (self.heard - self.played) / self.weight.max(1.0)
    }
}

fn push(levels: &mut VecDeque<f32>, level: f32, bound: usize) {
    if levels.len() == bound {
        levels.pop_front();
    }
    levels.push_back(level);
}

/// An echo comes 40 to 400 ms late: codec and jitter buffers there and back (ITU-T G.131 calls 400 ms
/// the edge of bearable).
const MIN_LAG_FRAMES: usize = 2;
const MAX_LAG_FRAMES: usize = 20;
/// Frames compared before the line is known: 400 ms.
const WINDOW_FRAMES: usize = 20;
const MIN_WINDOW_WEIGHT: f32 = 10.0;
/// Sound below this is not Hark speaking.
const AUDIBLE_DBOV: f32 = -50.0;
/// Levels below this are one level: line noise must not correlate.
const FLOOR_DBOV: f32 = -60.0;
/// A standard deviation below this is no envelope.
const FLAT_DB: f32 = 2.0;
/// 0.6 s of Hark's voice before an echo is believed, 3 s before its absence is.
const MIN_EVIDENCE_FRAMES: u32 = 30;
const CLEAN_EVIDENCE_FRAMES: u32 = 150;
const ECHO_CORRELATION: f32 = 0.75;
/// An echo once found is believed until hardly anything speaks for it: the caller's own words blur it.
const CLEAN_CORRELATION: f32 = 0.5;
const SHORT_CORRELATION: f32 = 0.9;
/// Above the expected echo by this much, it is the caller (echo paths are not quite linear).
const MARGIN_DB: f32 = 6.0;
/// Memory of the regression: about 4 s.
const FADE: f32 = 0.995;

#[cfg(test)]
mod tests {
    use super::{EchoGuard, EchoPath};
    use crate::speech::vad::Source;

    /// A speech-like envelope: syllables of changing loudness with gaps, from a small congruential generator.
    fn envelope(seed: u32, frames: usize) -> Vec<f32> {
        let mut state = seed;
        let mut level = -80.0;
        let mut left = 0;
        let mut next = |bound: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % bound
        };
        (0..frames)
            .map(|_| {
                if left == 0 {
                    left = 3 + next(10);
                    level = if next(4) == 0 {
                        -80.0
                    } else {
                        -32.0 + next(16) as f32
                    };
                }
                left -= 1;
                level + next(3) as f32
            })
            .collect()
    }

    fn echo(guard: &mut EchoGuard, played: &[f32], lag: usize, gain_db: f32) -> usize {
        let mut passed = 0;
        for at in 0..played.len() {
            let late = if at >= lag {
                played[at - lag] + gain_db
            } else {
                -80.0
            };
            let heard = late.max(-70.0);
            let through = guard.handle_levels(heard, played[at]) == Source::NearEnd;
            passed += usize::from(through && heard > -55.0);
        }
        passed
    }

    #[test]
    fn learns_the_delay_and_the_loss_of_an_echo_and_vetoes_it() {
        for (lag, gain_db) in [(3, -6.0), (8, -15.0), (20, -12.0)] {
            let mut guard = EchoGuard::default();
            echo(&mut guard, &envelope(7, 150), lag, gain_db);
            let EchoPath::Echo {
                lag_frames,
                gain_db: found_db,
            } = guard.path()
            else {
                panic!("{:?} for lag {lag}", guard.path());
            };
            assert_eq!(lag_frames, lag);
            assert!((found_db - gain_db).abs() < 4.0, "{found_db} for {gain_db}");
            assert_eq!(echo(&mut guard, &envelope(8, 300), lag, gain_db), 0, "lag {lag}");
        }
    }

    #[test]
    fn lets_a_louder_caller_through_an_echo() {
        let mut guard = EchoGuard::default();
        echo(&mut guard, &envelope(7, 200), 8, -15.0);
        let played = envelope(9, 50);
        let through = played
            .iter()
            .filter(|level| guard.handle_levels(-18.0, **level) == Source::NearEnd)
            .count();
        assert!(through >= 45, "{through} of 50");
    }

    #[test]
    fn a_line_without_echo_is_never_vetoed_once_known() {
        let mut guard = EchoGuard::default();
        for level in envelope(7, 200) {
            guard.handle_levels(-70.0, level);
        }
        assert_eq!(guard.path(), EchoPath::Clean);
        for (played, heard) in envelope(10, 200).into_iter().zip(envelope(99, 200)) {
            assert_eq!(guard.handle_levels(heard, played), Source::NearEnd);
        }
    }

    #[test]
    fn a_caller_over_the_first_prompt_is_mostly_heard() {
        let mut vetoed = 0;
        for seed in 1..=40 {
            let mut guard = EchoGuard::default();
            let caller = envelope(seed + 500, 20);
            for (at, played) in envelope(seed, 60).into_iter().enumerate() {
                let heard = at.checked_sub(40).map_or(-70.0, |since| caller[since]);
                let veto = guard.handle_levels(heard, played) == Source::Echo;
                vetoed += usize::from(veto && heard > -55.0);
            }
        }
        assert!(vetoed < 40 * 2, "{vetoed} frames of 800 vetoed");
    }

    #[test]
    fn silence_of_ours_vetoes_nothing() {
        let mut guard = EchoGuard::default();
        assert_eq!(guard.handle_levels(-20.0, -96.0), Source::NearEnd);
    }
}
