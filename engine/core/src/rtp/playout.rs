//! The queue of sound to be played: clips in order, cut into frames, paused and resumed at the
//! exact sample. Clips are shared, never copied: a prompt may play in a hundred calls at once.

use std::collections::VecDeque;
use std::sync::Arc;

use thiserror::Error;

use crate::audio::frame::{Frame, MAX_FRAME_SAMPLES};
use crate::units::SampleRate;

/// Clips named by `I`, at one sample rate.
#[derive(Debug, Clone)]
pub struct Playout<I> {
    rate: SampleRate,
    clips: VecDeque<Clip<I>>,
    /// Samples of the first clip that were played.
    played: usize,
    paused: bool,
    finished: VecDeque<I>,
}

#[derive(Debug, Clone)]
struct Clip<I> {
    id: I,
    samples: Arc<[i16]>,
}

/// How far a clip was played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position<I> {
    pub clip: I,
    pub played_samples: usize,
    pub total_samples: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{CLIPS_MAX} clips wait to be played already")]
pub struct PlayoutFull;

impl<I: Copy + PartialEq> Playout<I> {
    pub fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            clips: VecDeque::new(),
            played: 0,
            paused: false,
            finished: VecDeque::new(),
        }
    }

    /// Queues `samples`, which are at this playout's rate. An empty clip finishes when its turn comes.
    pub fn push(&mut self, id: I, samples: Arc<[i16]>) -> Result<(), PlayoutFull> {
        if self.clips.len() >= CLIPS_MAX {
            return Err(PlayoutFull);
        }
        self.clips.push_back(Clip { id, samples });
        Ok(())
    }

    /// The next 20 ms. Clips follow each other without a gap; the last frame ends in silence.
    /// `None` when there is nothing to play, or playing is paused.
    pub fn next_frame(&mut self) -> Option<Frame> {
        if self.paused || self.clips.is_empty() {
            return None;
        }
        let mut buffer = [0; MAX_FRAME_SAMPLES];
        let wanted = buffer.split_at_mut(self.rate.frame_samples()).0;
        let mut filled = 0;
        while filled < wanted.len() {
            let Some(clip) = self.clips.front() else { break };
            let rest = clip.samples.get(self.played..).unwrap_or_default();
            let room = wanted.iter_mut().skip(filled);
            let copied = room.zip(rest).map(|(to, from)| *to = *from).count();
            filled += copied;
            self.played += copied;
            if self.played >= clip.samples.len() {
                self.finish_clip();
            }
        }
        Some(Frame::from_samples(self.rate, &buffer))
    }

    /// Clips that were played to their end, in order; call until `None`.
    pub fn poll_finished(&mut self) -> Option<I> {
        self.finished.pop_front()
    }

    /// Stops after the last frame given out.
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// Goes on at the next sample.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Forgets every clip and the pause. Says where it stopped; clips cut off never count as finished.
    pub fn cut(&mut self) -> Option<Position<I>> {
        let position = self.position();
        self.clips.clear();
        self.played = 0;
        self.paused = false;
        position
    }

    /// Where it is, while there is something to play.
    pub fn position(&self) -> Option<Position<I>> {
        let clip = self.clips.front()?;
        Some(Position {
            clip: clip.id,
            played_samples: self.played,
            total_samples: clip.samples.len(),
        })
    }

    /// Nothing is left to play. (A paused clip is something.)
    pub fn is_empty(&self) -> bool {
        self.clips.is_empty()
    }

    /// What is left to play, paused or not.
    pub fn remaining_ms(&self) -> u64 {
        let total: usize = self.clips.iter().map(|clip| clip.samples.len()).sum();
        (total.saturating_sub(self.played) as u64) * 1_000 / u64::from(self.rate.hz())
    }

    fn finish_clip(&mut self) {
        self.played = 0;
        let Some(clip) = self.clips.pop_front() else {
            return;
        };
        if self.finished.len() >= CLIPS_MAX {
            // Nobody asks: the oldest news is the least interesting.
            self.finished.pop_front();
        }
        self.finished.push_back(clip.id);
    }
}

/// A reply is a handful of sentences of a handful of clips each.
const CLIPS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(value: i16, samples: usize) -> Arc<[i16]> {
        vec![value; samples].into()
    }

    fn drain(playout: &mut Playout<u32>) -> (Vec<i16>, Vec<u32>) {
        let mut samples = Vec::new();
        while let Some(frame) = playout.next_frame() {
            samples.extend_from_slice(frame.samples());
        }
        (samples, std::iter::from_fn(|| playout.poll_finished()).collect())
    }

    #[test]
    fn clips_follow_without_a_gap() {
        let mut playout = Playout::new(SampleRate::Hz8000);
        playout.push(1, clip(10, 100)).unwrap();
        playout.push(2, clip(0, 0)).unwrap();
        playout.push(3, clip(30, 150)).unwrap();
        assert_eq!(playout.remaining_ms(), 31);
        let (samples, finished) = drain(&mut playout);
        assert_eq!(samples.len(), 320);
        assert_eq!(
            (samples[99], samples[100], samples[249], samples[250]),
            (10, 30, 30, 0)
        );
        assert_eq!(finished, [1, 2, 3]);
        assert!(playout.is_empty());
    }

    #[test]
    fn resumes_at_the_exact_sample() {
        let ramp: Vec<i16> = (0..400).collect();
        let mut playout = Playout::new(SampleRate::Hz8000);
        playout.push(7, ramp.clone().into()).unwrap();
        let first = playout.next_frame().unwrap();
        playout.pause();
        assert_eq!(playout.next_frame(), None);
        assert_eq!(
            playout.position(),
            Some(Position {
                clip: 7,
                played_samples: 160,
                total_samples: 400
            })
        );
        playout.resume();
        let (rest, finished) = drain(&mut playout);
        assert_eq!([first.samples(), &rest[..240]].concat(), ramp);
        assert_eq!(finished, [7]);
    }

    #[test]
    fn a_cut_says_where() {
        let mut playout = Playout::new(SampleRate::Hz16000);
        playout.push(1, clip(1, 320)).unwrap();
        playout.push(2, clip(2, 1_000)).unwrap();
        playout.next_frame();
        playout.next_frame();
        playout.pause();
        assert_eq!(
            playout.cut(),
            Some(Position {
                clip: 2,
                played_samples: 320,
                total_samples: 1_000
            })
        );
        assert_eq!(playout.poll_finished(), Some(1));
        assert_eq!(playout.poll_finished(), None);
        assert!(!playout.is_paused() && playout.next_frame().is_none());
    }

    #[test]
    fn the_queue_is_bounded() {
        let mut playout = Playout::new(SampleRate::Hz8000);
        for id in 0..CLIPS_MAX as u32 {
            playout.push(id, clip(1, 10)).unwrap();
        }
        assert_eq!(playout.push(99, clip(1, 10)), Err(PlayoutFull));
    }
}
