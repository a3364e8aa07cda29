//! The turn being written: what was heard, decided, done and said, and where its time went.

use std::time::Instant;

use crate::call::record::{Heard, TurnLatency, TurnRecord};
use crate::conversation::event::Note;
use crate::ids::{CallId, TurnId};
use crate::nlu::decision::Decision;

/// How the caller's side of a turn ended, for the latency split.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SpeechEnd {
    /// When the last frame of speech arrived.
    pub(super) at: Instant,
    /// When silence had lasted long enough to end the turn.
    pub(super) cut_at: Instant,
    /// Why there.
    pub(super) reason: String,
    /// By how much the caller raised their voice.
    pub(super) raised_db: Option<f32>,
}

/// Writes one call's turns, one after the other.
#[derive(Debug)]
pub(super) struct TurnLog {
    call: CallId,
    answered_at: Instant,
    open: Option<OpenTurn>,
    next: TurnId,
    finished: u32,
    /// Said while the caller's words were being recognised: of the turn that comes.
    early_fillers: u32,
}

#[derive(Debug)]
struct OpenTurn {
    record: TurnRecord,
    speech_end: Option<Instant>,
    action_since: Option<Instant>,
}

impl TurnLog {
    pub(super) fn new(call: CallId, answered_at: Instant) -> Self {
        Self {
            call,
            answered_at,
            open: None,
            next: TurnId::default(),
            finished: 0,
            early_fillers: 0,
        }
    }

    /// The call was answered: times are counted from here.
    pub(super) fn answered(&mut self, at: Instant) {
        self.answered_at = at;
    }

    /// Begins a turn. The one before must have been taken with [`TurnLog::close`].
    pub(super) fn open(
        &mut self,
        now: Instant,
        step: &str,
        heard: Heard,
        decision: Option<Decision>,
        speech_end: Option<&SpeechEnd>,
    ) {
        let mut latency = match speech_end {
            None => TurnLatency::default(),
            Some(end) => TurnLatency {
                endpoint_ms: Some(millis(end.at, end.cut_at)),
                endpoint_reason: Some(end.reason.clone()),
                recognition_ms: Some(millis(end.cut_at, now)),
                ..TurnLatency::default()
            },
        };
        latency.fillers = std::mem::take(&mut self.early_fillers);
        let turn = self.next;
        self.next = turn.next();
        let record = TurnRecord {
            call: self.call.clone(),
            turn,
            at_ms: millis(self.answered_at, speech_end.map_or(now, |end| end.at)),
            step: step.to_owned(),
            heard,
            decision,
            notes: Vec::new(),
            said: Vec::new(),
            latency,
        };
        self.open = Some(OpenTurn {
            record,
            speech_end: speech_end.map(|end| end.at),
            action_since: None,
        });
    }

    pub(super) fn note(&mut self, note: Note) {
        if let Some(open) = &mut self.open {
            open.record.notes.push(note);
        }
    }

    pub(super) fn said(&mut self, text: &str) {
        if let Some(open) = &mut self.open {
            open.record.said.push(text.to_owned());
        }
    }

    pub(super) fn action_began(&mut self, now: Instant) {
        if let Some(open) = &mut self.open {
            open.action_since.get_or_insert(now);
        }
    }

    pub(super) fn action_ended(&mut self, now: Instant) {
        let Some(open) = &mut self.open else { return };
        if let Some(since) = open.action_since.take() {
            let spent = open
                .record
                .latency
                .action_ms
                .unwrap_or(0)
                .saturating_add(millis(since, now));
            open.record.latency.action_ms = Some(spent);
        }
    }

    /// The first frame of the answer goes out. Later frames of the same turn change nothing.
    pub(super) fn first_sound(&mut self, now: Instant) {
        let Some(open) = &mut self.open else { return };
        if let Some(end) = open.speech_end.take() {
            open.record.latency.reply_ms = Some(millis(end, now));
        }
    }

    /// The end of the caller's speech, while nothing has been heard from us since.
    pub(super) fn unanswered_since(&self) -> Option<Instant> {
        self.open.as_ref().and_then(|open| open.speech_end)
    }

    /// Hark says that it is still at work.
    pub(super) fn filled(&mut self) {
        if let Some(open) = &mut self.open {
            open.record.latency.fillers = open.record.latency.fillers.saturating_add(1);
        }
    }

    /// The same before the turn is open: what the caller said is still being recognised.
    pub(super) fn filled_early(&mut self) {
        self.early_fillers = self.early_fillers.saturating_add(1);
    }

    /// How often it has, in the open turn or before the next.
    pub(super) fn fillers(&self) -> u32 {
        let open = self.open.as_ref().map_or(0, |open| open.record.latency.fillers);
        open.max(self.early_fillers)
    }

    /// What was begun before the caller's turn was over.
    pub(super) fn begun_early(&mut self, (hits, misses): (u32, u32)) {
        if let Some(open) = &mut self.open {
            let latency = &mut open.record.latency;
            latency.early_hits = latency.early_hits.saturating_add(hits);
            latency.early_misses = latency.early_misses.saturating_add(misses);
        }
    }

    /// Finishes the open turn, if there is one. What leaves the call here is watched, printed and stored:
    /// personal data does not.
    pub(super) fn close(&mut self) -> Option<TurnRecord> {
        let open = self.open.take()?;
        self.finished = self.finished.saturating_add(1);
        Some(open.record.redacted())
    }

    /// Turns begun so far, the open one included.
    pub(super) fn count(&self) -> u32 {
        self.finished.saturating_add(u32::from(self.open.is_some()))
    }
}

/// Milliseconds from `from` to `to`; 0 when `to` is earlier.
pub(super) fn millis(from: Instant, to: Instant) -> u32 {
    u32::try_from(to.saturating_duration_since(from).as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{SpeechEnd, TurnLog};
    use crate::call::record::Heard;
    use crate::conversation::event::Note;
    use crate::ids::CallId;
    use crate::nlu::decision::{Decision, Slot, SlotValue};
    use crate::speech::recognition::{RecogniserKind, Transcript};
    use crate::units::Confidence;

    #[test]
    fn the_time_of_a_turn_is_split_where_it_went() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut log = TurnLog::new(CallId::new("c"), start);
        let end = SpeechEnd {
            at: at(1_000),
            cut_at: at(1_200),
            reason: "yes_no complete, 200 ms".into(),
            raised_db: None,
        };
        log.open(
            at(1_210),
            "reorder.confirm",
            Heard::Unrecognised,
            None,
            Some(&end),
        );
        log.action_began(at(1_210));
        log.action_ended(at(1_260));
        log.first_sound(at(1_280));
        log.first_sound(at(9_000));
        let record = log.close().unwrap();
        assert_eq!(record.at_ms, 1_000);
        assert_eq!(record.latency.endpoint_ms, Some(200));
        assert_eq!(record.latency.recognition_ms, Some(10));
        assert_eq!(record.latency.action_ms, Some(50));
        assert_eq!(record.latency.reply_ms, Some(280));
        assert_eq!(log.count(), 1);
        assert_eq!(log.close(), None);
    }

    #[test]
    fn a_turn_leaves_the_call_without_numbers_but_with_the_orders() {
        let start = Instant::now();
        let mut log = TurnLog::new(CallId::new("c"), start);
        let mut close = |words: &str| {
            let heard = Heard::Speech {
                recogniser: RecogniserKind::Grammar,
                transcript: Transcript {
                    text: words.to_owned(),
                    ..Transcript::default()
                },
            };
            let slot = Slot {
                name: "digits".to_owned(),
                value: SlotValue::Digits(words.to_owned()),
                span: words.to_owned(),
                confidence: Confidence::new(0.9),
            };
            let decision = Decision {
                text: words.to_owned(),
                slots: vec![slot],
                ..Decision::default()
            };
            log.open(start, "order_status.ask_number", heard, Some(decision), None);
            log.said(&format!("I can't find an order with {words}."));
            log.note(Note {
                choice: None,
                step: "order_status.by_number".to_owned(),
                what: "heard".to_owned(),
                why: words.to_owned(),
            });
            format!("{:?}", log.close().unwrap())
        };
        for number in ["5557654321", "five five five seven six five four"] {
            let record = close(number);
            assert!(
                !record.contains(number) && record.contains("[number]"),
                "{record}"
            );
        }
        for order in ["482917", "four eight two nine one seven"] {
            let record = close(order);
            assert_eq!(record.matches(order).count(), 6, "{record}");
        }
    }
}
