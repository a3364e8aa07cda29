//! One stretch of the caller's speech under way: what its voice and its partial words have been so far.

use std::time::{Duration, Instant};

use crate::ids::UtteranceId;
use crate::limits::FRAME;
use crate::speech::endpointing::SoFar;
use crate::speech::expectation::Expectation;
use crate::speech::progress::{Progress, progress};
use crate::speech::recognition::{RecogniseCommand, Recognised, RecognitionResult};
use crate::speech::vad::{Activity, ONSET_FRAMES};
use crate::speech::verdict::Jury;

#[derive(Debug)]
pub(super) struct Utterance {
    /// Collects the recognisers' answers.
    pub(super) jury: Jury,
    /// It began while a protected prompt was playing, and that prompt still plays.
    pub(super) unheard: bool,
    began: Instant,
    last_voiced: Instant,
    voiced: Duration,
    paused: bool,
    /// The longest silence between voiced frames.
    longest_pause: Duration,
    /// Stretches of voice, parted by pauses of [`PAUSE_FRAMES`](crate::speech::vad::PAUSE_FRAMES).
    bursts: u32,
    partial: Option<String>,
    /// When the partial result last changed.
    changed: Instant,
    /// A guess stands: the words last told to be likely are still the partial result.
    guessed: bool,
    guesses: u32,
}

impl Utterance {
    /// The detector was sure at `now`, [`ONSET`] after the speech began.
    pub(super) fn new(now: Instant, jury: Jury, unheard: bool) -> Self {
        Self {
            jury,
            unheard,
            began: now.checked_sub(ONSET).unwrap_or(now),
            last_voiced: now,
            voiced: ONSET,
            paused: false,
            longest_pause: Duration::ZERO,
            bursts: 1,
            partial: None,
            changed: now,
            guessed: false,
            guesses: 0,
        }
    }

    /// One more frame. Tells the recognisers of a silence that begins or ends.
    pub(super) fn handle_frame(
        &mut self,
        now: Instant,
        activity: Activity,
        voiced: bool,
    ) -> Option<RecogniseCommand> {
        if voiced {
            let pause = now.saturating_duration_since(self.last_voiced + FRAME);
            self.longest_pause = self.longest_pause.max(pause);
            self.last_voiced = now;
            self.voiced += FRAME;
        }
        let utterance = self.id();
        match activity {
            Activity::End if !self.paused => {
                self.paused = true;
                Some(RecogniseCommand::Pause { utterance })
            }
            Activity::Start if self.paused => {
                self.paused = false;
                self.bursts = self.bursts.saturating_add(1);
                Some(RecogniseCommand::Resume { utterance })
            }
            Activity::Silence | Activity::Start | Activity::Speech | Activity::End => None,
        }
    }

    /// A recogniser's answer to this utterance. True when the words so far are other words now.
    pub(super) fn handle_recognised(&mut self, now: Instant, recognised: Recognised) -> bool {
        let changed = match &recognised.result {
            RecognitionResult::Partial { text } if self.partial.as_ref() != Some(text) => {
                self.partial = Some(text.clone());
                self.changed = now;
                true
            }
            RecognitionResult::Partial { .. }
            | RecognitionResult::Final(_)
            | RecognitionResult::Rejected { .. }
            | RecognitionResult::Failed { .. } => false,
        };
        self.jury.handle_recognised(recognised);
        changed
    }

    /// The words that are probably the answer, once: they look whole and have stood still into the silence.
    pub(super) fn guess(&mut self, now: Instant, expectation: &Expectation) -> Option<String> {
        let steady = now.saturating_duration_since(self.changed) >= STEADY;
        if !self.paused || !steady || self.guessed || self.guesses >= GUESSES_MAX {
            return None;
        }
        let whole = matches!(
            progress(expectation, self.words()),
            Progress::Complete | Progress::Enough
        );
        let words = self.partial.clone().filter(|_| whole)?;
        self.guessed = true;
        self.guesses += 1;
        Some(words)
    }

    /// Takes the guess back. True when there was one.
    pub(super) fn retract(&mut self) -> bool {
        std::mem::take(&mut self.guessed)
    }

    pub(super) const fn id(&self) -> UtteranceId {
        self.jury.utterance()
    }

    pub(super) const fn began(&self) -> Instant {
        self.began
    }

    /// The last frame with voice.
    pub(super) const fn last_voiced(&self) -> Instant {
        self.last_voiced
    }

    pub(super) const fn voiced(&self) -> Duration {
        self.voiced
    }

    pub(super) const fn longest_pause(&self) -> Duration {
        self.longest_pause
    }

    /// The latest partial result.
    pub(super) fn words(&self) -> Option<&str> {
        self.partial.as_deref()
    }

    /// A click, a breath: too little voice, and no word in it.
    pub(super) fn is_noise(&self) -> bool {
        self.voiced < MIN_VOICED && self.partial.is_none()
    }

    /// What the end of the turn is judged by.
    pub(super) fn so_far(&self, now: Instant) -> SoFar<'_> {
        SoFar {
            words: self.words(),
            unchanged: now.saturating_duration_since(self.changed),
            silence: now.saturating_duration_since(self.last_voiced),
            spoken: now.saturating_duration_since(self.began),
            longest_pause: self.longest_pause,
            bursts: self.bursts,
        }
    }
}

const ONSET: Duration = FRAME.saturating_mul(ONSET_FRAMES as u32);

/// Less voice than this, and no word recognised: a click, a breath.
const MIN_VOICED: Duration = Duration::from_millis(100);

/// Words that have not changed for so long, in silence, are worth acting upon; not more often than this.
const STEADY: Duration = Duration::from_millis(60);
const GUESSES_MAX: u32 = 3;
