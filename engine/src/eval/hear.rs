//! A caller for evaluations: gives one recording after another to a hearing session, as a call
//! would, and waits for the results.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine_core::audio::frame::Frame;
use engine_core::ids::UtteranceId;
use engine_core::nlu::grammar::Grammar;
use engine_core::speech::recognition::{RecogniseCommand, Recognised, RecogniserKind, RecognitionResult};
use engine_core::units::SampleRate;
use tokio::sync::mpsc;

use crate::eval::EvalError;
use crate::eval::line::Carried;
use crate::stt::{Hearing, SttSession};

/// One caller's line into the recognisers.
#[derive(Debug)]
pub(super) struct Listener {
    session: SttSession,
    results: mpsc::Receiver<Recognised>,
    expected_results: usize,
    utterance: UtteranceId,
}

/// What was made of a recording.
#[derive(Debug)]
pub(super) struct HeardClip {
    /// The result of each recogniser, the grammar's first.
    pub(super) results: Vec<Recognised>,
    /// From the first sample given to the last result.
    pub(super) took: Duration,
}

impl HeardClip {
    /// How sure the grammar recogniser was, whether it accepted or not.
    pub(super) fn confidence(&self) -> engine_core::units::Confidence {
        self.results
            .iter()
            .find_map(|recognised| match &recognised.result {
                RecognitionResult::Final(transcript) => Some(transcript.confidence),
                RecognitionResult::Rejected { confidence } => Some(*confidence),
                RecognitionResult::Partial { .. } | RecognitionResult::Failed { .. } => None,
            })
            .unwrap_or(engine_core::units::Confidence::ZERO)
    }

    /// The first accepted transcript with its confidence.
    pub(super) fn accepted(&self) -> Option<(&str, engine_core::units::Confidence)> {
        self.results
            .iter()
            .find_map(|recognised| match &recognised.result {
                RecognitionResult::Final(transcript) => {
                    Some((transcript.text.as_str(), transcript.confidence))
                }
                RecognitionResult::Partial { .. }
                | RecognitionResult::Rejected { .. }
                | RecognitionResult::Failed { .. } => None,
            })
    }
}

/// Names of the models of this kind, for reports.
pub(super) fn model_names(hearing: &Hearing, kind: RecogniserKind) -> String {
    let models = hearing.describe().iter().filter(|model| model.kind == kind);
    let names: Vec<&str> = models.map(|model| model.name.as_str()).collect();
    names.join(" and ")
}

impl Listener {
    /// A new caller: what a recogniser learns about a channel starts afresh.
    pub(super) fn new(hearing: &Hearing) -> Self {
        let (sender, results) = mpsc::channel(256);
        let can = hearing.capabilities();
        Self {
            session: hearing.session(sender),
            results,
            expected_results: usize::from(can.grammar) + usize::from(can.open),
            utterance: UtteranceId::default(),
        }
    }

    /// Hears a recording at `rate` with a grammar, faster than real time.
    pub(super) fn hear(
        &mut self,
        carried: &Carried,
        rate: SampleRate,
        grammar: &Arc<Grammar>,
    ) -> Result<HeardClip, EvalError> {
        let began = Instant::now();
        self.utterance = self.utterance.next();
        let utterance = self.utterance;
        let frames = |samples: &[i16]| -> Vec<Frame> {
            let chunks = samples.chunks(rate.frame_samples());
            chunks.map(|chunk| Frame::from_samples(rate, chunk)).collect()
        };
        self.session.command(RecogniseCommand::Begin {
            utterance,
            rate,
            grammar: Arc::clone(grammar),
            line: if grammar.told_at_length {
                frames(&carried.line)
            } else {
                Vec::new()
            },
        });
        for frame in frames(&carried.speech) {
            self.session.command(RecogniseCommand::Audio { utterance, frame });
        }
        self.session.command(RecogniseCommand::Pause { utterance });
        self.session.command(RecogniseCommand::End { utterance });
        let mut results = Vec::new();
        while results.len() < self.expected_results {
            let recognised = self.results.blocking_recv().ok_or(EvalError::Interrupted)?;
            let is_final = match recognised.result {
                RecognitionResult::Partial { .. } => false,
                RecognitionResult::Final(_)
                | RecognitionResult::Rejected { .. }
                | RecognitionResult::Failed { .. } => true,
            };
            if is_final && recognised.utterance == utterance {
                results.push(recognised);
            }
        }
        results.sort_by_key(|recognised| recognised.recogniser);
        Ok(HeardClip {
            results,
            took: began.elapsed(),
        })
    }
}
