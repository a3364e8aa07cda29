use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{ListenEvent, Listener, Played};
use crate::audio::frame::Frame;
use crate::ids::UtteranceId;
use crate::nlu::grammar::Grammar;
use crate::speech::barge_in::{Prompt, PromptCommand};
use crate::speech::endpointing::Pace;
use crate::speech::expectation::Expectation;
use crate::speech::recognition::{
    Models, RecogniseCommand, Recognised, RecogniserKind, RecognitionResult, Transcript,
};
use crate::speech::vad::VadMode;
use crate::speech::verdict::{Capabilities, VerdictResult};
use crate::units::{Confidence, SampleRate};

/// A caller with a tone for a voice, on a clock of their own.
struct Room {
    listener: Listener,
    start: Instant,
    ms: u64,
    log: Vec<String>,
    guesses: Vec<String>,
    /// Of the line before the last utterance.
    line_frames: usize,
    audio_frames: usize,
}

impl Room {
    fn new() -> Self {
        let capabilities = Capabilities {
            grammar: true,
            open: false,
        };
        let mut room = Self {
            listener: Listener::new(VadMode::Energy, capabilities),
            start: Instant::now(),
            ms: 0,
            log: Vec::new(),
            guesses: Vec::new(),
            line_frames: 0,
            audio_frames: 0,
        };
        room.silence(400);
        room
    }

    fn asked(expectation: Expectation) -> Self {
        let mut room = Self::new();
        room.ask(expectation);
        room
    }

    fn ask(&mut self, expectation: Expectation) {
        let grammar = Grammar::open(Vec::new());
        self.listener
            .listen(expectation, Arc::new(grammar), Pace::Usual, 3_000);
    }

    fn now(&self) -> Instant {
        self.start + Duration::from_millis(self.ms)
    }

    fn ticks(&mut self, ms: u64, amplitude: i16, played: Played) {
        for _ in 0..ms / 20 {
            self.ms += 20;
            let mut frame = Frame::silence(SampleRate::Hz8000);
            for (n, sample) in frame.samples_mut().iter_mut().enumerate() {
                *sample = if n % 16 < 8 { amplitude } else { -amplitude };
            }
            self.listener.handle_frame(self.now(), &frame, played);
            if self
                .listener
                .poll_timeout()
                .is_some_and(|(at, _)| at <= self.now())
            {
                self.listener.handle_timeout(self.now());
            }
            self.drain();
        }
    }

    fn silence(&mut self, ms: u64) {
        self.ticks(ms, 8, Played::SILENCE);
    }

    fn speak(&mut self, ms: u64) {
        self.ticks(ms, 6_000, Played::SILENCE);
    }

    fn over(&mut self, prompt: Prompt, ms: u64, amplitude: i16) {
        self.ticks(
            ms,
            amplitude,
            Played {
                prompt,
                level_dbov: -96.0,
            },
        );
    }

    fn recognise(&mut self, utterance: u32, result: RecognitionResult) {
        let recognised = Recognised {
            models: Models::One,
            utterance: UtteranceId(utterance),
            recogniser: RecogniserKind::Grammar,
            result,
        };
        self.listener.handle_recognised(self.now(), recognised);
        self.drain();
    }

    fn partial(&mut self, utterance: u32, text: &str) {
        self.recognise(
            utterance,
            RecognitionResult::Partial {
                text: text.to_owned(),
            },
        );
    }

    fn words(&mut self, utterance: u32, text: &str) {
        let confidence = Confidence::new(0.9);
        let transcript = Transcript {
            text: text.to_owned(),
            confidence,
            ..Transcript::default()
        };
        self.recognise(utterance, RecognitionResult::Final(transcript));
    }

    fn drain(&mut self) {
        while let Some(event) = self.listener.poll() {
            let line = match event {
                ListenEvent::Recognise(RecogniseCommand::Audio { .. }) => {
                    self.audio_frames += 1;
                    continue;
                }
                ListenEvent::Recognise(RecogniseCommand::Begin { utterance, line, .. }) => {
                    self.line_frames = line.len();
                    format!("begin {utterance}")
                }
                ListenEvent::Recognise(RecogniseCommand::Pause { utterance }) => format!("pause {utterance}"),
                ListenEvent::Recognise(RecogniseCommand::Resume { utterance }) => {
                    format!("resume {utterance}")
                }
                ListenEvent::Recognise(RecogniseCommand::End { utterance }) => format!("end {utterance}"),
                ListenEvent::Recognise(RecogniseCommand::Cancel { utterance }) => {
                    format!("cancel {utterance}")
                }
                ListenEvent::Prompt(PromptCommand::Pause) => "hush".to_owned(),
                ListenEvent::Prompt(PromptCommand::Resume) => "go on".to_owned(),
                ListenEvent::Prompt(PromptCommand::Stop) => "stop".to_owned(),
                ListenEvent::SpeechStarted { at, .. } => {
                    format!("started at {}", at.duration_since(self.start).as_millis())
                }
                ListenEvent::UtteranceEnded {
                    reason,
                    speech_end,
                    raised_db,
                    ..
                } => {
                    let louder = raised_db.map_or_else(String::new, |db| format!(", {db:.0} dB louder"));
                    format!(
                        "ended ({reason}), spoke until {}{louder}",
                        speech_end.duration_since(self.start).as_millis()
                    )
                }
                ListenEvent::Verdict(verdict) => match verdict.result {
                    VerdictResult::Words { transcript, .. } => format!("heard {:?}", transcript.text),
                    VerdictResult::Unrecognised => format!("unrecognised: {}", verdict.reason),
                },
                ListenEvent::Dropped { reason, .. } => format!("dropped: {reason}"),
                ListenEvent::NoInput => "no input".to_owned(),
                ListenEvent::Likely { words } => {
                    self.guesses.push(format!("{} {words}", self.ms));
                    continue;
                }
                ListenEvent::Unlikely => {
                    self.guesses.push(format!("{} no", self.ms));
                    continue;
                }
            };
            self.log.push(format!("{} {line}", self.ms));
        }
    }

    fn check(&self, expect: &[&str]) {
        assert_eq!(self.log, expect);
    }
}

#[test]
fn a_yes_is_heard_200_ms_after_its_end() {
    let mut room = Room::asked(Expectation::YesNo);
    room.speak(400);
    room.partial(1, "yes");
    room.silence(220);
    room.words(1, "yes");
    room.silence(4_000);
    room.check(&[
        "460 begin 1",
        "460 started at 400",
        "900 pause 1",
        "1000 end 1",
        "1000 ended (yes_no complete, 200 ms), spoke until 800",
        "1020 heard \"yes\"",
    ]);
    // 400 ms of speech, 200 ms of silence, 320 ms from before.
    assert_eq!(room.audio_frames, 20 + 10 + 16);
}

#[test]
fn a_raised_voice_is_told_unless_it_is_raised_over_a_prompt() {
    let mut room = Room::asked(Expectation::YesNo);
    let mut answer = |over: Option<Prompt>, amplitude: i16, utterance: u32| {
        room.ask(Expectation::YesNo);
        match over {
            Some(prompt) => room.over(prompt, 400, amplitude),
            None => room.ticks(400, amplitude, Played::SILENCE),
        }
        room.partial(utterance, "yes");
        room.silence(300);
        room.words(utterance, "yes");
        room.log.iter().filter(|line| line.contains("louder")).count()
    };
    let heard = [
        answer(None, 2_000, 1),
        answer(None, 2_000, 2),
        answer(Some(Prompt::Open), 8_000, 3),
        answer(None, 8_000, 4),
        answer(None, 2_000, 5),
    ];
    assert_eq!(heard, [0, 0, 0, 1, 1], "{:?}", room.log);
    assert!(
        room.log.iter().any(|line| line.ends_with(", 12 dB louder")),
        "{:?}",
        room.log
    );
}

#[test]
fn likely_words_are_told_once_and_taken_back() {
    let mut room = Room::asked(Expectation::Drink);
    room.speak(600);
    room.partial(1, "a large latte");
    room.silence(300);
    room.speak(400);
    room.partial(1, "a large latte with");
    room.silence(300);
    room.partial(1, "a large latte with milk");
    room.silence(300);
    let expect = ["1100 a large latte", "1360 no", "2060 a large latte with milk"];
    assert_eq!(room.guesses, expect, "{:?}", room.log);
}

#[test]
fn a_pause_inside_a_number_does_not_end_it() {
    let mut room = Room::asked(Expectation::Digits { min: 6, max: 6 });
    room.speak(600);
    room.partial(1, "four five one");
    room.silence(800);
    room.speak(600);
    room.partial(1, "four five one two two six");
    room.silence(260);
    room.words(1, "four five one two two six");
    room.check(&[
        "460 begin 1",
        "460 started at 400",
        "1100 pause 1",
        "1860 resume 1",
        "2500 pause 1",
        "2660 end 1",
        "2660 ended (digits complete, 250 ms), spoke until 2400",
        "2660 heard \"four five one two two six\"",
    ]);
}

#[test]
fn silence_is_reported_once_and_counted_from_the_end_of_the_prompt() {
    let mut room = Room::asked(Expectation::YesNo);
    room.over(Prompt::Open, 5_000, 8);
    room.silence(10_000);
    room.check(&["8400 no input"]);
}

#[test]
fn a_recogniser_that_never_answers_is_not_waited_for() {
    let mut room = Room::asked(Expectation::YesNo);
    room.speak(400);
    room.silence(1_600);
    room.check(&[
        "460 begin 1",
        "460 started at 400",
        "900 pause 1",
        "1300 end 1",
        "1300 ended (yes_no no words yet, 500 ms), spoke until 800",
        "2200 unrecognised: grammar late, open speech absent",
    ]);
}

#[test]
fn a_word_over_the_prompt_stops_it_and_a_cough_only_holds_it() {
    let mut room = Room::asked(Expectation::Open);
    room.over(Prompt::Open, 200, 8);
    room.over(Prompt::Open, 80, 6_000);
    room.over(Prompt::Open, 1_000, 8);
    room.over(Prompt::Open, 300, 6_000);
    room.partial(2, "stop");
    room.over(Prompt::Silent, 100, 6_000);
    room.check(&[
        "640 hush",
        "660 begin 1",
        "660 started at 600",
        "780 pause 1",
        "1140 go on",
        "1380 cancel 1",
        "1380 dropped: too short",
        "1720 hush",
        "1740 begin 2",
        "1740 started at 1680",
        "1980 stop",
    ]);
}

#[test]
fn a_murmur_over_the_prompt_is_no_turn() {
    let mut room = Room::asked(Expectation::Open);
    room.over(Prompt::Open, 200, 8);
    room.over(Prompt::Open, 300, 6_000);
    room.partial(1, "uh-huh");
    room.over(Prompt::Open, 500, 8);
    room.words(1, "uh-huh");
    let last = room.log.last().map(String::as_str);
    assert_eq!(
        last,
        Some("1400 dropped: a murmur over a prompt"),
        "{:#?}",
        room.log
    );
    assert!(!room.log.iter().any(|line| line.ends_with("stop")));
    room.silence(3_200);
    assert!(
        room.log.iter().any(|line| line.ends_with("no input")),
        "the question is still open"
    );
}

#[test]
fn a_protected_prompt_is_heard_to_its_end() {
    let mut room = Room::asked(Expectation::YesNo);
    room.over(Prompt::Protected, 400, 6_000);
    room.over(Prompt::Protected, 800, 8);
    room.check(&[
        "460 begin 1",
        "460 started at 400",
        "900 pause 1",
        "1300 cancel 1",
        "1300 dropped: over a protected prompt",
    ]);
    // A yes that outlasts the prompt counts.
    room.log.clear();
    room.over(Prompt::Protected, 200, 6_000);
    room.speak(200);
    room.partial(2, "yes");
    room.silence(220);
    room.words(2, "yes");
    assert_eq!(
        room.log.last().map(String::as_str),
        Some("2220 heard \"yes\""),
        "{:#?}",
        room.log
    );
}

#[test]
fn a_key_outranks_everything() {
    let mut room = Room::asked(Expectation::YesNo);
    room.over(Prompt::Protected, 300, 6_000);
    room.listener.handle_key();
    room.drain();
    room.check(&["460 begin 1", "460 started at 400", "700 cancel 1", "700 stop"]);
    room.words(1, "yes");
    assert_eq!(room.log.len(), 4, "a cancelled utterance has no verdict");
}

#[test]
fn a_caller_who_goes_on_after_a_cut_gets_more_time_next_time() {
    let mut room = Room::asked(Expectation::YesNo);
    for utterance in 1..=2 {
        room.speak(400);
        room.partial(utterance, "yes");
        room.silence(300);
        room.words(utterance, "yes");
    }
    assert!(
        room.log
            .iter()
            .any(|line| line.contains("yes_no complete, 250 ms")),
        "{:#?}",
        room.log
    );
}

#[test]
fn nothing_is_heard_before_the_first_question() {
    let mut room = Room::new();
    room.speak(500);
    room.silence(1_000);
    room.check(&[]);
}

#[test]
fn endless_noise_is_cut_at_the_limit() {
    let mut room = Room::asked(Expectation::Open);
    room.speak(15_100);
    let cut = room.log.iter().find(|line| line.contains("too long"));
    assert_eq!(
        cut.map(String::as_str),
        Some("15400 ended (too long, 15 s), spoke until 15400"),
        "{:#?}",
        room.log
    );
}

#[test]
fn where_a_drink_is_asked_for_the_recogniser_is_told_what_the_line_sounds_like() {
    let mut room = Room::new();
    let ask = |room: &mut Room, told_at_length| {
        let grammar = Grammar {
            told_at_length,
            ..Grammar::open(Vec::new())
        };
        room.listener
            .listen(Expectation::YesNo, Arc::new(grammar), Pace::Usual, 30_000);
    };
    ask(&mut room, true);
    room.ticks(3_000, 0, Played::SILENCE);
    room.silence(1_000);
    room.speak(400);
    // 1.4 s, without the moment that belongs to the utterance; digital silence is no line.
    assert!((45..60).contains(&room.line_frames), "{}", room.line_frames);
    room.silence(5_000);
    ask(&mut room, true);
    room.speak(400);
    assert_eq!(room.line_frames, 100);
    room.silence(5_000);
    ask(&mut room, false);
    room.speak(400);
    assert_eq!(room.line_frames, 0);
}
