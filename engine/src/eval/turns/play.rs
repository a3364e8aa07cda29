//! One caller's line in virtual time: the listener of a call, fed frame by frame, with the recogniser's
//! partial results as they would come.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine_core::audio::frame::Frame;
use engine_core::ids::UtteranceId;
use engine_core::limits::FRAME;
use engine_core::nlu::grammar::Grammar;
use engine_core::speech::endpointing::{Endpointer, Pace};
use engine_core::speech::expectation::Expectation;
use engine_core::speech::listener::{ListenEvent, Listener, Played};
use engine_core::speech::recognition::{
    Models, RecogniseCommand, Recognised, RecogniserKind, RecognitionResult,
};
use engine_core::speech::vad::VadMode;
use engine_core::speech::verdict::Capabilities;
use engine_core::units::SampleRate;
use tokio::sync::mpsc;

use crate::eval::EvalError;
use crate::eval::turns::clips::Stream;
use crate::stt::config::SttConfig;
use crate::stt::{Hearing, SttSession};

/// What became of a stream.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// When the turn was ended, from the first sample. `None`: nobody was heard.
    pub(super) cut_ms: Option<u32>,
    /// The end of the last voiced frame, as the listener saw it.
    pub(super) voiced_end_ms: Option<u32>,
    pub(super) reason: String,
    /// The partial results: "ms: words | ms: words".
    pub(super) partials: String,
}

/// The recogniser behind the listener, or none.
#[derive(Debug)]
pub(super) struct Line {
    ears: Option<Ears>,
}

#[derive(Debug)]
struct Ears {
    session: SttSession,
    results: mpsc::Receiver<Recognised>,
    /// A second caller, who finds the only decoder taken and is told so at once: by then everything
    /// before has been decoded. That makes the recogniser's answers a matter of virtual time.
    knocker: SttSession,
    refusals: mpsc::Receiver<Recognised>,
    knocks: UtteranceId,
    hearing: Option<(UtteranceId, Arc<Grammar>)>,
}

/// One decoder on one thread, and nobody waits for it.
pub(super) fn one_decoder(mut config: SttConfig) -> SttConfig {
    config.grammar.threads = 1;
    config.grammar.decoders_per_thread = 1;
    config.grammar.waiting_max = 0;
    config.grammar.second_lag_max = None;
    config
}

impl Line {
    pub(super) fn new(hearing: &Hearing) -> Self {
        let (results_to, results) = mpsc::channel(256);
        let (refusals_to, refusals) = mpsc::channel(64);
        Self {
            ears: Some(Ears {
                session: hearing.session(results_to),
                results,
                knocker: hearing.session(refusals_to),
                refusals,
                knocks: UtteranceId::default(),
                hearing: None,
            }),
        }
    }

    /// Fixed silences need no words.
    pub(super) const fn deaf() -> Self {
        Self { ears: None }
    }

    /// Plays a stream to a new listener until it ends the turn.
    pub(super) fn play(
        &mut self,
        stream: &Stream,
        expectation: &Expectation,
        grammar: &Arc<Grammar>,
        endpointer: Endpointer,
    ) -> Result<Turn, EvalError> {
        let start = Instant::now();
        let can = Capabilities {
            grammar: true,
            open: false,
        };
        let mut listener = Listener::new(VadMode::Neural, can).with_endpointer(endpointer);
        listener.listen(expectation.clone(), Arc::clone(grammar), Pace::Usual, NO_INPUT_MS);
        let mut turn = Turn::default();
        let mut now = start;
        for chunk in stream.samples.chunks(stream.rate.frame_samples()) {
            // A frame is heard when its last sample is.
            now += FRAME;
            listener.handle_frame(now, &Frame::from_samples(stream.rate, chunk), Played::SILENCE);
            for recognised in self.carry_out(&mut listener, start, &mut turn)? {
                if let RecognitionResult::Partial { text } = &recognised.result {
                    let at = millis(now - start);
                    turn.partials.push_str(&format!("{at}: {text} | "));
                }
                listener.handle_recognised(now, recognised);
            }
            self.carry_out(&mut listener, start, &mut turn)?;
            if turn.cut_ms.is_some() {
                turn.cut_ms = Some(millis(now - start));
                break;
            }
        }
        if let Some(ears) = &mut self.ears {
            ears.hang_up();
        }
        Ok(turn)
    }

    fn carry_out(
        &mut self,
        listener: &mut Listener,
        start: Instant,
        turn: &mut Turn,
    ) -> Result<Vec<Recognised>, EvalError> {
        let mut heard = Vec::new();
        while let Some(event) = listener.poll() {
            match event {
                ListenEvent::Recognise(command) => match &mut self.ears {
                    Some(ears) => ears.command(command),
                    None => heard.extend(a_word(&command)),
                },
                ListenEvent::UtteranceEnded {
                    reason, speech_end, ..
                } => {
                    turn.reason = reason;
                    turn.cut_ms = Some(0);
                    turn.voiced_end_ms = Some(millis(speech_end - start));
                }
                ListenEvent::Prompt(_)
                | ListenEvent::SpeechStarted { .. }
                | ListenEvent::Likely { .. }
                | ListenEvent::Unlikely
                | ListenEvent::Verdict(_)
                | ListenEvent::Dropped { .. }
                | ListenEvent::NoInput => {}
            }
        }
        if let Some(ears) = &mut self.ears {
            heard.extend(ears.partials()?);
        }
        Ok(heard)
    }
}

/// So that a short word is not taken for a click where no recogniser vouches for it.
fn a_word(command: &RecogniseCommand) -> Option<Recognised> {
    match command {
        RecogniseCommand::Begin { utterance, .. } => Some(Recognised {
            models: Models::One,
            utterance: *utterance,
            recogniser: RecogniserKind::Scripted,
            result: RecognitionResult::Partial {
                text: "word".to_owned(),
            },
        }),
        RecogniseCommand::Audio { .. }
        | RecogniseCommand::Pause { .. }
        | RecogniseCommand::Resume { .. }
        | RecogniseCommand::End { .. }
        | RecogniseCommand::Cancel { .. } => None,
    }
}

impl Ears {
    fn command(&mut self, command: RecogniseCommand) {
        match &command {
            RecogniseCommand::Begin {
                utterance, grammar, ..
            } => self.hearing = Some((*utterance, Arc::clone(grammar))),
            RecogniseCommand::End { .. } | RecogniseCommand::Cancel { .. } => self.hearing = None,
            RecogniseCommand::Audio { .. }
            | RecogniseCommand::Pause { .. }
            | RecogniseCommand::Resume { .. } => {}
        }
        self.session.command(command);
    }

    /// The partial results of everything said so far.
    fn partials(&mut self) -> Result<Vec<Recognised>, EvalError> {
        if let Some((_, grammar)) = &self.hearing {
            self.knocks = self.knocks.next();
            let knock = self.knocks;
            self.knocker.command(RecogniseCommand::Begin {
                utterance: knock,
                rate: SampleRate::Hz8000,
                grammar: Arc::clone(grammar),
                line: Vec::new(),
            });
            while self
                .refusals
                .blocking_recv()
                .ok_or(EvalError::Interrupted)?
                .utterance
                != knock
            {}
        }
        let mut partials = Vec::new();
        while let Ok(recognised) = self.results.try_recv() {
            let is_partial = matches!(recognised.result, RecognitionResult::Partial { .. });
            if is_partial && recognised.recogniser == RecogniserKind::Grammar {
                partials.push(recognised);
            }
        }
        Ok(partials)
    }

    fn hang_up(&mut self) {
        if let Some((utterance, _)) = self.hearing.take() {
            self.session.command(RecogniseCommand::Cancel { utterance });
        }
    }
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

/// Longer than any stream.
const NO_INPUT_MS: u32 = 60_000;
