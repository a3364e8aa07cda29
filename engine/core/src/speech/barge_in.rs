//! Barge-in, reversible: when the caller speaks over Hark, Hark falls silent at once and decides
//! a moment later whether that was an interruption; a cough or an "uh-huh" lets it go on where it stopped.

use std::time::{Duration, Instant};

use crate::speech::endpointing::HESITATIONS;
use crate::speech::expectation::Expectation;

/// What Hark is saying while a frame is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prompt {
    #[default]
    Silent,
    /// May be interrupted by voice and keys.
    Open,
    /// Must be heard to its end; only the keypad interrupts.
    Protected,
}

/// What must happen to the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptCommand {
    /// Fall silent now, remembering the sample.
    Pause,
    /// It was nothing: go on at that sample.
    Resume,
    /// The caller has taken the floor: drop the rest.
    Stop,
}

/// The decision about one stretch of the caller's speech over ours.
#[derive(Debug, Clone, Default)]
pub struct BargeIn {
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Idle,
    /// A frame or two that may be the caller: the prompt is held since this moment.
    Held(Instant),
    /// The prompt waits for a decision since this moment.
    Paused(Instant),
    /// The prompt went on although the caller made a sound; its words may still stop it.
    Resumed,
    /// The floor is the caller's.
    Stopped,
}

impl BargeIn {
    /// There may be somebody: hold the prompt for the few frames in which that becomes sure.
    pub fn speech_suspected(&mut self, now: Instant, prompt: Prompt) -> Option<PromptCommand> {
        match (prompt, self.state) {
            (Prompt::Open, State::Idle | State::Resumed) => {
                self.state = State::Held(now);
                Some(PromptCommand::Pause)
            }
            (Prompt::Open | Prompt::Silent | Prompt::Protected, _) => None,
        }
    }

    /// Nothing came of it.
    pub fn nobody_yet(&mut self, now: Instant) -> Option<PromptCommand> {
        match self.state {
            State::Held(since) if now.saturating_duration_since(since) >= HOLD => {
                self.state = State::Idle;
                Some(PromptCommand::Resume)
            }
            State::Held(_) | State::Idle | State::Paused(_) | State::Resumed | State::Stopped => None,
        }
    }

    /// The caller's speech has begun while `prompt` is on the line.
    pub fn speech_started(&mut self, now: Instant, prompt: Prompt) -> Option<PromptCommand> {
        match (prompt, self.state) {
            (Prompt::Open, State::Idle | State::Resumed) => {
                self.state = State::Paused(now);
                Some(PromptCommand::Pause)
            }
            (Prompt::Open, State::Held(since)) => {
                self.state = State::Paused(since);
                None
            }
            (Prompt::Open | Prompt::Silent | Prompt::Protected, _) => None,
        }
    }

    /// Looks again: `voiced` is how long the caller has been speaking, `words` what was recognised so far.
    pub fn consider(
        &mut self,
        now: Instant,
        voiced: Duration,
        words: Option<&str>,
        expectation: &Expectation,
    ) -> Option<PromptCommand> {
        let State::Paused(since) = self.state else {
            return None;
        };
        let waited = now.saturating_duration_since(since);
        match words.map(|words| interrupts(words, expectation)) {
            // The first partial results of an "uh-huh" may be anything.
            Some(true) if waited >= WORDS_SETTLE => return self.stop(),
            Some(true) => return None,
            Some(false) if waited >= DECIDE_WITHIN => return self.resume(),
            // Only "uh-huh" so far, or no words yet: time decides.
            Some(false) => return None,
            None => {}
        }
        if voiced >= DELIBERATE {
            return self.stop();
        }
        if waited >= DECIDE_WITHIN {
            self.resume()
        } else {
            None
        }
    }

    /// The utterance has its final words. A real answer stops the prompt even after it went on.
    pub fn heard(&mut self, words: Option<&str>, expectation: &Expectation) -> Option<PromptCommand> {
        let interrupts = words.is_some_and(|words| interrupts(words, expectation));
        match (self.state, interrupts) {
            (State::Paused(_) | State::Resumed, true) => self.stop(),
            (State::Paused(_), false) => self.resume(),
            (State::Held(_) | State::Idle | State::Resumed | State::Stopped, _) => None,
        }
    }

    /// A key was pressed: it always wins, over protected prompts too.
    pub fn key(&mut self, prompt: Prompt) -> Option<PromptCommand> {
        match (self.state, prompt) {
            (State::Held(_) | State::Paused(_) | State::Resumed, _)
            | (State::Idle, Prompt::Open | Prompt::Protected) => self.stop(),
            (State::Idle, Prompt::Silent) | (State::Stopped, _) => None,
        }
    }

    /// Another question is asked. Who speaks already over what we say is still to be decided about.
    pub fn question_asked(&mut self) {
        if self.state == State::Stopped {
            self.state = State::Idle;
        }
    }

    /// Nothing is left to interrupt, or nobody listens any more. A pause must not outlive this.
    pub fn reset(&mut self) -> Option<PromptCommand> {
        match std::mem::take(&mut self.state) {
            State::Held(_) | State::Paused(_) => Some(PromptCommand::Resume),
            State::Idle | State::Resumed | State::Stopped => None,
        }
    }

    /// Whether the prompt is held or has gone on, so that the caller has not got the floor.
    pub fn is_undecided(&self) -> bool {
        matches!(self.state, State::Paused(_) | State::Resumed)
    }

    fn stop(&mut self) -> Option<PromptCommand> {
        self.state = State::Stopped;
        Some(PromptCommand::Stop)
    }

    fn resume(&mut self) -> Option<PromptCommand> {
        self.state = State::Resumed;
        Some(PromptCommand::Resume)
    }
}

/// Whether words said over a prompt take the floor. "Okay" does when a yes or no was asked for, and is
/// politeness otherwise.
fn interrupts(words: &str, expectation: &Expectation) -> bool {
    let answer_wanted = matches!(expectation, Expectation::YesNo);
    words.split_whitespace().any(|word| {
        let murmur = MURMURS.contains(&word) || HESITATIONS.contains(&word);
        let polite = POLITE.contains(&word) && !answer_wanted;
        !murmur && !polite
    })
}

/// The pause is decided within this time.
pub const DECIDE_WITHIN: Duration = Duration::from_millis(500);

/// How long a suspicion may hold the prompt.
const HOLD: Duration = Duration::from_millis(60);

/// Words count after this much time: the prompt is silent already, nothing is lost by it.
const WORDS_SETTLE: Duration = Duration::from_millis(240);

/// Voice of this length is meant, whatever it says: longer than a cough and an "uh-huh"
/// (backchannels mostly last under 0.4 s: Ward & Tsukahara 2000).
const DELIBERATE: Duration = Duration::from_millis(450);

const MURMURS: [&str; 6] = ["uh-huh", "mhm", "mm-hmm", "mm", "aha", "huh"];
const POLITE: [&str; 7] = ["okay", "ok", "right", "yeah", "yes", "sure", "fine"];

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{BargeIn, Prompt, PromptCommand};
    use crate::speech::expectation::Expectation;

    /// Speech over an open prompt: what is decided, and after how many ms.
    fn decide(expectation: &Expectation, voiced_ms: u64, words: Option<(u64, &str)>) -> (PromptCommand, u64) {
        let start = Instant::now();
        let mut barge_in = BargeIn::default();
        assert_eq!(
            barge_in.speech_started(start, Prompt::Open),
            Some(PromptCommand::Pause)
        );
        for ms in (20..=1_000).step_by(20) {
            let words = words.and_then(|(at, words)| (ms >= at).then_some(words));
            let voiced = Duration::from_millis(ms.min(voiced_ms));
            if let Some(command) =
                barge_in.consider(start + Duration::from_millis(ms), voiced, words, expectation)
            {
                return (command, ms);
            }
        }
        panic!("undecided after a second");
    }

    #[test]
    fn decides_by_words_and_by_length() {
        let open = Expectation::Open;
        assert_eq!(decide(&open, 100, None), (PromptCommand::Resume, 500), "a cough");
        assert_eq!(
            decide(&open, 900, None),
            (PromptCommand::Stop, 460),
            "long speech"
        );
        assert_eq!(
            decide(&open, 300, Some((240, "stop"))),
            (PromptCommand::Stop, 240)
        );
        assert_eq!(
            decide(&open, 900, Some((240, "uh-huh"))),
            (PromptCommand::Resume, 500)
        );
        assert_eq!(
            decide(&open, 300, Some((200, "okay"))),
            (PromptCommand::Resume, 500)
        );
        assert_eq!(
            decide(&Expectation::YesNo, 300, Some((200, "okay"))),
            (PromptCommand::Stop, 240)
        );
    }

    #[test]
    fn a_real_answer_stops_a_prompt_that_went_on() {
        let start = Instant::now();
        let mut barge_in = BargeIn::default();
        barge_in.speech_started(start, Prompt::Open);
        let later = start + Duration::from_millis(500);
        let resumed = barge_in.consider(later, Duration::from_millis(200), None, &Expectation::Open);
        assert_eq!(resumed, Some(PromptCommand::Resume));
        assert_eq!(
            barge_in.heard(Some("cancel"), &Expectation::Open),
            Some(PromptCommand::Stop)
        );
        assert_eq!(barge_in.heard(Some("cancel"), &Expectation::Open), None, "once");
    }

    #[test]
    fn a_pause_never_outlives_its_reason() {
        let start = Instant::now();
        let mut barge_in = BargeIn::default();
        barge_in.speech_started(start, Prompt::Open);
        barge_in.question_asked();
        let later = start + Duration::from_millis(500);
        let resumed = barge_in.consider(later, Duration::ZERO, None, &Expectation::YesNo);
        assert_eq!(
            resumed,
            Some(PromptCommand::Resume),
            "asked in the middle of a pause"
        );
        barge_in.speech_started(later, Prompt::Open);
        assert_eq!(barge_in.reset(), Some(PromptCommand::Resume));
        assert_eq!(barge_in.reset(), None, "once");
    }

    #[test]
    fn a_suspicion_holds_the_prompt_for_a_moment() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut barge_in = BargeIn::default();
        assert_eq!(
            barge_in.speech_suspected(start, Prompt::Open),
            Some(PromptCommand::Pause)
        );
        assert_eq!(barge_in.nobody_yet(at(40)), None);
        assert_eq!(barge_in.nobody_yet(at(60)), Some(PromptCommand::Resume));
        barge_in.speech_suspected(at(100), Prompt::Open);
        assert_eq!(
            barge_in.speech_started(at(120), Prompt::Open),
            None,
            "paused already"
        );
        assert!(barge_in.is_undecided());
        assert_eq!(barge_in.speech_suspected(at(900), Prompt::Protected), None);
    }

    #[test]
    fn protected_prompts_yield_to_keys_only() {
        let mut barge_in = BargeIn::default();
        assert_eq!(barge_in.speech_started(Instant::now(), Prompt::Protected), None);
        assert_eq!(barge_in.key(Prompt::Protected), Some(PromptCommand::Stop));
    }
}
