//! One decoding thread: its decoders, the utterances bound to them, and those that wait for one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use engine_core::audio::frame::Frame;
use engine_core::ids::UtteranceId;
use engine_core::limits::{FRAME, UTTERANCE_MAX};
use engine_core::nlu::grammar::Grammar;
use engine_core::speech::recognition::{Models, Recognised, RecogniserKind, RecognitionResult, Transcript};
use engine_core::units::{Confidence, SampleRate};
use tokio::sync::mpsc;

use crate::stt::config::GrammarConfig;
use crate::stt::denoise::Denoiser;
use crate::stt::grammar::decoder::{HearError, Heard};
use crate::stt::grammar::ensemble::{Ensemble, Who};
use crate::stt::grammar::lane::SharedChannels;

/// What a worker is told.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every job is a frame; boxing it would allocate 50 times a second"
)]
pub(crate) enum Job {
    Begin {
        ticket: u64,
        begin: Box<Begin>,
    },
    Audio {
        ticket: u64,
        frame: Frame,
        at: Instant,
    },
    End {
        ticket: u64,
        at: Instant,
    },
    Cancel {
        ticket: u64,
    },
    /// Compile this grammar now, so that the first utterance that needs it does not wait.
    Warm {
        grammar: Arc<Grammar>,
    },
}

/// A new utterance.
#[derive(Debug)]
pub(crate) struct Begin {
    pub(crate) utterance: UtteranceId,
    pub(crate) rate: SampleRate,
    pub(crate) grammar: Arc<Grammar>,
    /// Before it, while nobody spoke.
    pub(crate) line: Vec<Frame>,
    pub(crate) results: mpsc::Sender<Recognised>,
    pub(crate) channels: SharedChannels,
    pub(crate) cancelled: Arc<AtomicBool>,
}

#[derive(Debug)]
pub(crate) struct Worker {
    free: Vec<Ensemble>,
    active: BTreeMap<u64, Active>,
    /// In the order in which their speech began.
    waiting: VecDeque<Waiting>,
    waiting_max: usize,
    /// Grammars to compile while nobody speaks, at most [`WARM_MAX`]: the newest, for the older may be of
    /// flows that are gone. The first utterance that needs one compiles it where it has not been done.
    to_warm: VecDeque<Arc<Grammar>>,
    reject_below: Confidence,
    denoise: bool,
    second_lag_max: Option<Duration>,
    load: Arc<AtomicUsize>,
}

/// An utterance with its decoder.
#[derive(Debug)]
struct Active {
    begin: Box<Begin>,
    ensemble: Ensemble,
    denoiser: Denoiser,
    /// Reused for every frame.
    denoised: Vec<i16>,
    frames: usize,
    last_partial: String,
    broken: Option<String>,
    /// Since when every frame has been late.
    late_since: Option<Instant>,
}

/// An utterance that came when every decoder was taken.
#[derive(Debug)]
struct Waiting {
    ticket: u64,
    begin: Box<Begin>,
    frames: Vec<Frame>,
    ended: Option<Instant>,
}

impl Worker {
    pub(crate) fn new(ensembles: Vec<Ensemble>, config: &GrammarConfig, load: Arc<AtomicUsize>) -> Self {
        Self {
            free: ensembles,
            active: BTreeMap::new(),
            waiting: VecDeque::new(),
            waiting_max: config.waiting_max,
            to_warm: VecDeque::with_capacity(WARM_MAX),
            reject_below: Confidence::new(config.reject_below),
            denoise: config.denoise,
            second_lag_max: config.second_lag_max,
            load,
        }
    }

    /// Works until every sender is gone.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        while let Some(job) = self.next(jobs) {
            match job {
                Job::Begin { ticket, begin } => self.begin(ticket, begin),
                Job::Audio { ticket, frame, at } => self.audio(ticket, frame, at.elapsed()),
                Job::End { ticket, at } => self.end(ticket, at),
                Job::Cancel { ticket } => self.cancel(ticket),
                Job::Warm { grammar } => self.warm_later(grammar),
            }
            self.load
                .store(self.active.len() + self.waiting.len(), Ordering::Relaxed);
        }
    }

    /// The next job. While there is none and nobody speaks, grammars are compiled, for one decoder at a time:
    /// a large one takes half a second, and a caller who begins waits for no more than that.
    fn next(&mut self, jobs: &Receiver<Job>) -> Option<Job> {
        while !self.to_warm.is_empty() && self.active.is_empty() && self.waiting.is_empty() {
            match jobs.try_recv() {
                Ok(job) => return Some(job),
                Err(TryRecvError::Empty) => self.warm_one(),
                Err(TryRecvError::Disconnected) => return None,
            }
        }
        jobs.recv().ok()
    }

    fn begin(&mut self, ticket: u64, begin: Box<Begin>) {
        self.sweep();
        if let Some(ensemble) = self.free.pop() {
            let who = if self.active.len() < SECOND_MODEL_UP_TO {
                Who::Both
            } else {
                second_left_out("busy");
                Who::First
            };
            self.activate(ticket, begin, ensemble, who);
        } else if self.waiting.len() < self.waiting_max {
            self.waiting.push_back(Waiting {
                ticket,
                begin,
                frames: Vec::new(),
                ended: None,
            });
        } else {
            answer(&begin, Models::One, failed("overloaded"));
        }
    }

    fn activate(&mut self, ticket: u64, begin: Box<Begin>, mut ensemble: Ensemble, who: Who) {
        let channels = begin
            .channels
            .lock()
            .map(|channels| channels.clone())
            .unwrap_or_default();
        let broken = ensemble
            .start(&begin.grammar, begin.rate, channels, who)
            .err()
            .map(|error| error.to_string());
        let denoiser = if self.denoise {
            Denoiser::new(begin.rate)
        } else {
            Denoiser::off(begin.rate)
        };
        let mut active = Active {
            begin,
            ensemble,
            denoiser,
            denoised: Vec::with_capacity(640),
            frames: 0,
            last_partial: String::new(),
            broken,
            late_since: None,
        };
        active.know_line();
        self.active.insert(ticket, active);
    }

    /// `lag` is how long the frame lay in the queue.
    fn audio(&mut self, ticket: u64, frame: Frame, lag: Duration) {
        if let Some(active) = self.active.get_mut(&ticket) {
            let late = self.second_lag_max.is_some_and(|most| lag > most);
            if active.stays_late(late, Instant::now()) && active.ensemble.leave_second_out() {
                second_left_out("late");
            }
            active.hear(&frame);
        } else if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.ticket == ticket)
            && waiting.frames.len() < FRAMES_MAX
        {
            waiting.frames.push(frame);
        }
    }

    fn end(&mut self, ticket: u64, at: Instant) {
        if let Some(active) = self.active.remove(&ticket) {
            self.free.push(active.finish(at, self.reject_below));
            self.serve_waiting();
        } else if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.ticket == ticket) {
            waiting.ended = Some(at);
        }
    }

    fn cancel(&mut self, ticket: u64) {
        if let Some(mut active) = self.active.remove(&ticket) {
            active.ensemble.abandon();
            self.free.push(active.ensemble);
            self.serve_waiting();
        }
        self.waiting.retain(|waiting| waiting.ticket != ticket);
    }

    fn warm_later(&mut self, grammar: Arc<Grammar>) {
        if self.to_warm.len() == WARM_MAX {
            self.to_warm.pop_front();
        }
        self.to_warm.push_back(grammar);
    }

    /// Compiles the oldest of them for a decoder that lacks it; drops it when none does.
    fn warm_one(&mut self) {
        let Some(grammar) = self.to_warm.front() else {
            return;
        };
        let lacking = self.free.iter_mut().find(|ensemble| !ensemble.keeps(grammar));
        let compiled = lacking.map(|ensemble| ensemble.compile_next(grammar));
        if let Some(Err(error)) = &compiled {
            // The first utterance that needs it reports it as well.
            tracing::warn!(grammar = grammar.name, %error, "grammar does not compile");
        }
        if !matches!(compiled, Some(Ok(()))) {
            self.to_warm.pop_front();
        }
    }

    /// Frees what was cancelled while the queue was full.
    fn sweep(&mut self) {
        let cancelled = |begin: &Begin| begin.cancelled.load(Ordering::Acquire);
        let dead: Vec<u64> = self
            .active
            .iter()
            .filter(|(_, a)| cancelled(&a.begin))
            .map(|(t, _)| *t)
            .collect();
        self.waiting.retain(|waiting| !cancelled(&waiting.begin));
        for ticket in dead {
            self.cancel(ticket);
        }
    }

    /// Gives freed decoders to those who wait, the one who spoke first first.
    fn serve_waiting(&mut self) {
        while let Some(ensemble) = self.free.pop() {
            let Some(next) = self.waiting.pop_front() else {
                self.free.push(ensemble);
                return;
            };
            // It has to catch up, and others may wait behind it.
            self.activate(next.ticket, next.begin, ensemble, Who::First);
            for frame in next.frames {
                self.audio(next.ticket, frame, Duration::ZERO);
            }
            if let Some(at) = next.ended
                && let Some(active) = self.active.remove(&next.ticket)
            {
                self.free.push(active.finish(at, self.reject_below));
            }
        }
    }
}

impl Active {
    /// Whether sound has been heard late for so long that it will be late at its end too, when the caller waits. A
    /// grammar that was compiled first is caught up with.
    fn stays_late(&mut self, late: bool, now: Instant) -> bool {
        if !late {
            self.late_since = None;
            return false;
        }
        let since = *self.late_since.get_or_insert(now);
        now.duration_since(since) > LATE_FOR
    }

    /// What the words will be in, before the first of them.
    fn know_line(&mut self) {
        let line = std::mem::take(&mut self.begin.line);
        if !self.ensemble.is_fitted() {
            return;
        }
        let line: Vec<i16> = line.iter().flat_map(Frame::samples).copied().collect();
        self.denoised.clear();
        self.denoiser.know_line(&line, &mut self.denoised);
        self.ensemble.know_line(&self.denoised, self.denoiser.line());
    }

    fn hear(&mut self, frame: &Frame) {
        self.frames += 1;
        if self.broken.is_some() || self.frames > FRAMES_MAX {
            return;
        }
        self.denoised.clear();
        self.denoiser.push(frame.samples(), &mut self.denoised);
        if let Err(error) = self.feed() {
            self.broken = Some(error.to_string());
        } else if self.frames.is_multiple_of(PARTIAL_EVERY_FRAMES) {
            self.send_partial();
        }
    }

    /// What the denoiser has let go.
    fn feed(&mut self) -> Result<(), HearError> {
        self.ensemble.feed(&self.denoised, self.denoiser.line())
    }

    fn send_partial(&mut self) {
        // The last places of the channel are kept for finals.
        if self.begin.results.capacity() <= KEPT_FOR_FINALS {
            return;
        }
        let Some(text) = self.ensemble.partial() else {
            return;
        };
        if text != self.last_partial {
            self.last_partial.clone_from(&text);
            answer(&self.begin, Models::One, RecognitionResult::Partial { text });
        }
    }

    fn hear_out(&mut self) -> Result<(Option<Heard>, Models), HearError> {
        self.denoised.clear();
        self.denoiser.finish(&mut self.denoised);
        self.feed()?;
        self.ensemble.finish()
    }

    /// Answers and gives the decoders back.
    fn finish(mut self, ended_at: Instant, reject_below: Confidence) -> Ensemble {
        let heard = match self.broken.take() {
            Some(reason) => Err(reason),
            None => self.hear_out().map_err(|error| error.to_string()),
        };
        let (models, result) = match heard {
            Ok((Some(heard), models)) => (
                models,
                verdict(heard, &self.begin.grammar, ended_at, reject_below),
            ),
            Ok((None, models)) => {
                let confidence = Confidence::ZERO;
                (models, RecognitionResult::Rejected { confidence })
            }
            Err(reason) => (Models::One, failed(&reason)),
        };
        // First: the call may begin its next utterance as soon as it has the answer.
        if let Ok(mut channels) = self.begin.channels.lock() {
            *channels = self.ensemble.channels();
        }
        answer(&self.begin, models, result);
        self.ensemble.abandon();
        self.ensemble
    }
}

fn verdict(
    heard: Heard,
    grammar: &Grammar,
    ended_at: Instant,
    reject_below: Confidence,
) -> RecognitionResult {
    let confidence = heard.judged.confidence;
    let own_number = grammar.names_number(&heard.text);
    let Some(confidence) = believed(confidence, own_number, reject_below) else {
        return RecognitionResult::Rejected { confidence };
    };
    RecognitionResult::Final(Transcript {
        text: heard.text,
        confidence,
        words: heard.judged.words,
        latency_ms: ended_at.elapsed().as_secs_f32() * 1_000.0,
    })
}

/// How far an answer is believed; `None` where it is refused.
fn believed(heard: Confidence, own_number: bool, reject_below: Confidence) -> Option<Confidence> {
    if own_number && heard >= NUMBER_FROM {
        return Some(Confidence::new(heard.get().max(NUMBER_AT_LEAST)));
    }
    (heard >= reject_below).then_some(heard)
}

fn failed(reason: &str) -> RecognitionResult {
    RecognitionResult::Failed {
        reason: reason.to_owned(),
    }
}

/// Somebody is heard by the first model alone, to be answered in time.
fn second_left_out(reason: &'static str) {
    metrics::counter!("hark_second_model_left_out_total", "reason" => reason).increment(1);
}

fn answer(begin: &Begin, models: Models, result: RecognitionResult) {
    if begin.cancelled.load(Ordering::Acquire) {
        return;
    }
    let recognised = Recognised {
        utterance: begin.utterance,
        recogniser: RecogniserKind::Grammar,
        models,
        result,
    };
    // A full channel means that the call does not read: it goes on by its own deadline then.
    let _full = begin.results.try_send(recognised);
}

/// One of the caller's own numbers, said in full, is not refused from here on: of tune recordings at 15 dB that both models
/// heard at 0.30 to 0.55, 20 of 21 were right; 4 of 60 numbers that are not the caller's came to be such an answer.
const NUMBER_FROM: Confidence = Confidence::new(0.3);
/// So sure it is at least: enough to ask about it, too little to go on without.
const NUMBER_AT_LEAST: f32 = 0.5;

/// Frames of the longest utterance.
const FRAMES_MAX: usize = (UTTERANCE_MAX.as_millis() / FRAME.as_millis()) as usize;

/// A partial result every 60 ms: finer than any endpoint needs, coarse enough to cost nothing.
const PARTIAL_EVERY_FRAMES: usize = 3;
const WARM_MAX: usize = 16;
/// Utterances of one thread from which on new ones are heard by the first model alone: with both they cost a tenth of a core each.
pub(super) const SECOND_MODEL_UP_TO: usize = 4;
const KEPT_FOR_FINALS: usize = 8;
/// Longer than a decoder takes to catch up after a compiled grammar: 100 ms, and ten times that in a debug build.
const LATE_FOR: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 600 });

#[cfg(test)]
mod tests {
    use super::{Confidence, believed};

    #[test]
    fn an_own_number_that_was_heard_badly_is_worth_asking_about() {
        let check = |heard: f32, own_number: bool, expect: Option<f32>| {
            let got = believed(Confidence::new(heard), own_number, Confidence::new(0.55));
            assert_eq!(got, expect.map(Confidence::new), "{heard}, own: {own_number}");
        };
        check(0.54, false, None);
        check(0.55, false, Some(0.55));
        check(0.29, true, None);
        check(0.3, true, Some(0.5));
        check(0.54, true, Some(0.54));
        check(0.9, true, Some(0.9));
    }
}
