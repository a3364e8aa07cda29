//! What was on the line before an utterance: the moment before its onset, and what the line sounds like when nobody speaks.

use std::collections::VecDeque;

use crate::audio::frame::Frame;
use crate::speech::vad::ONSET_FRAMES;
use crate::units::SampleRate;

/// The frames before the one at hand.
#[derive(Debug)]
pub(super) struct LeadIn {
    recent: VecDeque<Earlier>,
    /// Of what came before that, the last frames in which nobody spoke. They stay through the call: who answers at
    /// once is heard with the line of the pause before.
    line: VecDeque<Frame>,
}

#[derive(Debug)]
struct Earlier {
    frame: Frame,
    nobody_spoke: bool,
}

impl LeadIn {
    pub(super) fn new() -> Self {
        Self {
            recent: VecDeque::with_capacity(RECENT_FRAMES),
            line: VecDeque::with_capacity(LINE_FRAMES),
        }
    }

    /// A frame outside of any utterance; `nobody_spoke` neither the caller nor, as an echo, Hark.
    pub(super) fn push(&mut self, frame: &Frame, nobody_spoke: bool) {
        if self.recent.len() == RECENT_FRAMES
            && let Some(earlier) = self.recent.pop_front()
            && earlier.nobody_spoke
        {
            self.line_was(earlier.frame);
        }
        self.recent.push_back(Earlier {
            frame: frame.clone(),
            nobody_spoke,
        });
    }

    fn line_was(&mut self, frame: Frame) {
        if self.line.len() == LINE_FRAMES {
            self.line.pop_front();
        }
        self.line.push_back(frame);
    }

    /// The line without anybody, oldest first, where it came at this rate.
    pub(super) fn line(&self, rate: SampleRate) -> Vec<Frame> {
        let same = self.line.iter().filter(|frame| frame.rate() == rate);
        same.cloned().collect()
    }

    /// An utterance begins: the moment before it becomes part of it.
    pub(super) fn take_onset(&mut self) -> Vec<Frame> {
        self.recent.drain(..).map(|earlier| earlier.frame).collect()
    }
}

/// The recogniser gets 300 ms from before the onset was sure: weak first consonants, and silence to
/// estimate the channel from.
const RECENT_FRAMES: usize = 15 + ONSET_FRAMES;
/// Two seconds: noise that comes and goes is known by then.
const LINE_FRAMES: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(value: i16) -> Frame {
        Frame::from_samples(SampleRate::Hz8000, &[value; 160])
    }

    fn values(frames: &[Frame]) -> Vec<i16> {
        frames.iter().map(|frame| frame.samples()[0]).collect()
    }

    #[test]
    fn the_moment_before_the_onset_is_no_part_of_the_line() {
        let mut lead_in = LeadIn::new();
        let recent = RECENT_FRAMES as i16;
        for value in 0..recent + 3 {
            lead_in.push(&frame(value), true);
        }
        assert_eq!(values(&lead_in.line(SampleRate::Hz8000)), [0, 1, 2]);
        assert_eq!(values(&lead_in.take_onset()), (3..recent + 3).collect::<Vec<_>>());
    }

    #[test]
    fn what_somebody_said_is_not_the_line() {
        let mut lead_in = LeadIn::new();
        for value in 0..200 {
            lead_in.push(&frame(value), value % 2 == 0);
        }
        let line = values(&lead_in.line(SampleRate::Hz8000));
        assert!(
            line.len() > 80 && line.iter().all(|value| value % 2 == 0),
            "{line:?}"
        );
    }

    #[test]
    fn the_line_is_kept_for_the_next_utterance_and_is_two_seconds_at_most() {
        let mut lead_in = LeadIn::new();
        for value in 0..500 {
            lead_in.push(&frame(value), true);
        }
        let first = lead_in.line(SampleRate::Hz8000);
        assert_eq!(first.len(), LINE_FRAMES);
        assert_eq!(lead_in.take_onset().len(), RECENT_FRAMES);
        assert!(lead_in.take_onset().is_empty());
        assert_eq!(values(&lead_in.line(SampleRate::Hz8000)), values(&first));
    }

    #[test]
    fn a_line_of_another_rate_tells_nothing() {
        let mut lead_in = LeadIn::new();
        for value in 0..60 {
            lead_in.push(&frame(value), true);
        }
        assert!(lead_in.line(SampleRate::Hz16000).is_empty());
    }
}
