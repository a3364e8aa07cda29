//! A recogniser whose words are given beforehand: it measures everything but recognition.

use std::collections::VecDeque;

use engine_core::ids::UtteranceId;
use engine_core::speech::recognition::{
    Models, RecogniseCommand, Recognised, RecogniserKind, RecognitionResult, Transcript,
};
use engine_core::units::Confidence;

/// Answers the n-th ended utterance with the n-th line; after the last line it rejects.
#[derive(Debug, Clone, Default)]
pub struct Scripted {
    lines: VecDeque<(String, Confidence)>,
    open: Option<UtteranceId>,
}

impl Scripted {
    pub fn new(lines: impl IntoIterator<Item = (String, Confidence)>) -> Self {
        Self {
            lines: lines.into_iter().collect(),
            open: None,
        }
    }

    /// Takes a command; gives the result at once when it was an end.
    pub fn command(&mut self, command: &RecogniseCommand) -> Option<Recognised> {
        match command {
            RecogniseCommand::Begin { utterance, .. } => {
                self.open = Some(*utterance);
                None
            }
            RecogniseCommand::End { utterance } if self.open == Some(*utterance) => {
                self.open = None;
                Some(self.answer(*utterance))
            }
            RecogniseCommand::Cancel { .. } => {
                self.open = None;
                None
            }
            RecogniseCommand::End { .. }
            | RecogniseCommand::Audio { .. }
            | RecogniseCommand::Pause { .. }
            | RecogniseCommand::Resume { .. } => None,
        }
    }

    fn answer(&mut self, utterance: UtteranceId) -> Recognised {
        let result = match self.lines.pop_front() {
            Some((text, confidence)) => RecognitionResult::Final(Transcript {
                text,
                confidence,
                ..Transcript::default()
            }),
            None => RecognitionResult::Rejected {
                confidence: Confidence::ZERO,
            },
        };
        Recognised {
            models: Models::One,
            utterance,
            recogniser: RecogniserKind::Scripted,
            result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_line_by_line_then_rejects() {
        let mut scripted = Scripted::new([("yes".to_owned(), Confidence::new(0.9))]);
        let utterance = UtteranceId(1);
        let grammar = std::sync::Arc::new(engine_core::nlu::grammar::Grammar::open(Vec::new()));
        let rate = engine_core::units::SampleRate::Hz8000;
        let mut said = |expect_yes: bool| {
            scripted.command(&RecogniseCommand::Begin {
                utterance,
                rate,
                grammar: grammar.clone(),
                line: Vec::new(),
            });
            let answer = scripted
                .command(&RecogniseCommand::End { utterance })
                .map(|answer| answer.result);
            match answer {
                Some(RecognitionResult::Final(transcript)) => assert!(expect_yes && transcript.text == "yes"),
                Some(RecognitionResult::Rejected { .. }) => assert!(!expect_yes),
                other => panic!("{other:?}"),
            }
        };
        said(true);
        said(false);
    }
}
