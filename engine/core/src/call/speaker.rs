//! Hark's mouth: sentences in order, each rendered outside, played 20 ms at a time, pausable at the
//! exact sample.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::audio::frame::Frame;
use crate::conversation::event::{BargeIn, Speech};
use crate::ids::EffectId;
use crate::speech::barge_in::Prompt;
use crate::units::SampleRate;

/// Sentences that may wait. A turn says a handful; more is a fault of the flow, and the oldest goes.
const LINES_MAX: usize = 16;

/// What is being said and what comes next.
#[derive(Debug, Default)]
pub(super) struct Speaker {
    lines: VecDeque<Line>,
    paused: bool,
}

#[derive(Debug)]
struct Line {
    effect: EffectId,
    speech: Speech,
    audio: Audio,
}

#[derive(Debug)]
enum Audio {
    /// Being rendered.
    Awaited,
    /// The samples, and the next one to play.
    Ready { samples: Arc<[i16]>, next: usize },
}

/// What one tick of speaking gave.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "the large variant is the common one, and lives for one tick"
)]
pub(super) enum Spoken {
    /// Nothing to say, or nothing yet.
    Silence,
    /// Paused in the middle of a sentence.
    Held,
    Frame(Frame),
}

impl Speaker {
    pub(super) fn say(&mut self, effect: EffectId, speech: Speech) {
        if self.lines.len() >= LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(Line {
            effect,
            speech,
            audio: Audio::Awaited,
        });
    }

    /// A sentence is rendered. A failed one is passed over: its text is in the record all the same.
    pub(super) fn rendered(&mut self, effect: EffectId, audio: Result<Arc<[i16]>, String>) {
        match audio {
            Ok(samples) => {
                if let Some(line) = self.lines.iter_mut().find(|line| line.effect == effect) {
                    line.audio = Audio::Ready { samples, next: 0 };
                }
            }
            Err(_) => self.lines.retain(|line| line.effect != effect),
        }
    }

    /// The next 20 ms.
    pub(super) fn next_frame(&mut self, rate: SampleRate) -> Spoken {
        if self.paused {
            return if self.lines.is_empty() {
                Spoken::Silence
            } else {
                Spoken::Held
            };
        }
        let Some(Line {
            audio: Audio::Ready { samples, next },
            ..
        }) = self.lines.front_mut()
        else {
            return Spoken::Silence;
        };
        let rest = samples.get(*next..).unwrap_or_default();
        let frame = Frame::from_samples(rate, rest);
        *next = next.saturating_add(rate.frame_samples());
        if *next >= samples.len() {
            self.lines.pop_front();
        }
        Spoken::Frame(frame)
    }

    /// What barge-in must know: whether something is being said, and whether it may be interrupted.
    pub(super) fn prompt(&self) -> Prompt {
        match self.lines.front() {
            Some(Line {
                speech,
                audio: Audio::Ready { .. },
                ..
            }) => match speech.barge_in {
                BargeIn::Allowed => Prompt::Open,
                BargeIn::Protected => Prompt::Protected,
            },
            Some(Line {
                audio: Audio::Awaited,
                ..
            })
            | None => Prompt::Silent,
        }
    }

    pub(super) fn pause(&mut self) {
        self.paused = true;
    }

    /// Paused since the last frame was taken: that frame is not sent, and comes first when we go on.
    /// False when there is nothing to take back: the sentence's last frame goes out.
    pub(super) fn take_back(&mut self, rate: SampleRate) -> bool {
        match self.lines.front_mut() {
            Some(Line {
                audio: Audio::Ready { next, .. },
                ..
            }) if self.paused && *next > 0 => {
                *next = next.saturating_sub(rate.frame_samples());
                true
            }
            Some(_) | None => false,
        }
    }

    pub(super) fn resume(&mut self) {
        self.paused = false;
    }

    /// Drops everything that may be interrupted; protected sentences that have not begun stay, for they
    /// must be heard. By key, everything goes.
    pub(super) fn stop(&mut self, by: StoppedBy) {
        self.paused = false;
        match by {
            StoppedBy::Voice => self
                .lines
                .retain(|line| line.speech.barge_in == BargeIn::Protected),
            StoppedBy::Key => self.lines.clear(),
        }
    }

    /// True when there is nothing more to say.
    pub(super) fn is_idle(&self) -> bool {
        self.lines.is_empty()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StoppedBy {
    Voice,
    Key,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Speaker, Spoken, StoppedBy};
    use crate::conversation::event::{BargeIn, Speech};
    use crate::ids::EffectId;
    use crate::speech::barge_in::Prompt;
    use crate::units::SampleRate;

    fn speech(barge_in: BargeIn) -> Speech {
        Speech {
            prompt: "p/0".into(),
            text: "hello".into(),
            barge_in,
            fixed: true,
        }
    }

    fn clip(first: i16, samples: i16) -> Result<Arc<[i16]>, String> {
        Ok((first..first + samples).collect())
    }

    fn first_sample(speaker: &mut Speaker) -> Option<i16> {
        match speaker.next_frame(SampleRate::Hz8000) {
            Spoken::Frame(frame) => frame.samples().first().copied(),
            Spoken::Silence | Spoken::Held => None,
        }
    }

    #[test]
    fn sentences_keep_their_order_whichever_is_rendered_first() {
        let mut speaker = Speaker::default();
        speaker.say(EffectId(1), speech(BargeIn::Allowed));
        speaker.say(EffectId(2), speech(BargeIn::Allowed));
        speaker.rendered(EffectId(2), clip(5_000, 160));
        assert_eq!(first_sample(&mut speaker), None);
        speaker.rendered(EffectId(1), clip(1, 200));
        assert_eq!(first_sample(&mut speaker), Some(1));
        assert_eq!(first_sample(&mut speaker), Some(161));
        assert_eq!(first_sample(&mut speaker), Some(5_000));
        assert!(speaker.is_idle());
    }

    #[test]
    fn a_pause_resumes_at_the_next_sample() {
        let mut speaker = Speaker::default();
        speaker.say(EffectId(1), speech(BargeIn::Allowed));
        speaker.rendered(EffectId(1), clip(1, 480));
        assert_eq!(first_sample(&mut speaker), Some(1));
        speaker.pause();
        assert!(matches!(speaker.next_frame(SampleRate::Hz8000), Spoken::Held));
        assert!(
            speaker.take_back(SampleRate::Hz8000),
            "paused while it was on its way"
        );
        assert!(
            !speaker.take_back(SampleRate::Hz8000),
            "nothing was played before it"
        );
        assert_eq!(
            speaker.prompt(),
            Prompt::Open,
            "a paused prompt is still a prompt"
        );
        speaker.resume();
        assert!(!speaker.take_back(SampleRate::Hz8000), "not paused");
        assert_eq!(first_sample(&mut speaker), Some(1));
        assert_eq!(first_sample(&mut speaker), Some(161));
    }

    #[test]
    fn a_protected_sentence_survives_a_voice_but_not_a_key() {
        let mut speaker = Speaker::default();
        speaker.say(EffectId(1), speech(BargeIn::Allowed));
        speaker.say(EffectId(2), speech(BargeIn::Protected));
        speaker.rendered(EffectId(2), clip(7, 160));
        speaker.stop(StoppedBy::Voice);
        assert_eq!(speaker.prompt(), Prompt::Protected);
        speaker.stop(StoppedBy::Key);
        assert!(speaker.is_idle());
    }

    #[test]
    fn a_sentence_that_cannot_be_rendered_is_passed_over() {
        let mut speaker = Speaker::default();
        speaker.say(EffectId(1), speech(BargeIn::Allowed));
        speaker.rendered(EffectId(1), Err("no voice".into()));
        assert!(speaker.is_idle());
    }
}
