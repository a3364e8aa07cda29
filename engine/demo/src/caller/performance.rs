//! The script at work: at every tick it decides what the caller says, presses or waits for. Pure:
//! the time is an argument, the ear says what is heard, the playout and the sender carry it out.

use std::time::{Duration, Instant};

use engine_core::rtp::playout::Playout;
use engine_core::rtp::sender::Sender;
use engine_core::units::SampleRate;

use super::clip::Clip;
use super::ear::Ear;
use super::report::{CallEvent, StepReport};
use super::script::{Action, Awaited, Interruption, Script, Step};

/// One script being performed.
#[derive(Debug)]
pub(super) struct Performance {
    steps: Vec<Step>,
    /// What each step plays.
    clips: Vec<Option<Clip>>,
    /// More steps may come: the end of the steps is not the end of the call.
    pub(super) open: bool,
    /// The step that is next or being done.
    index: usize,
    begun: Option<Begun>,
    answered: Instant,
    /// When our last words ended: what the far end says from here on is a reply.
    mark: Instant,
    /// The report (by place) whose reply is awaited.
    awaiting: Option<usize>,
    reports: Vec<StepReport>,
    events: Vec<CallEvent>,
}

#[derive(Debug, Clone, Copy)]
struct Begun {
    at: Instant,
    /// `BargeIn`: when the far end began to speak, then when we did.
    spoke_at: Option<Instant>,
    /// Our words are over.
    words_ended: bool,
}

/// What the call should do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    GoOn,
    Hangup { cause: &'static str },
    Failed { reason: String },
}

enum Progress {
    Waiting,
    Done,
    Stop(Verdict),
}

impl Performance {
    /// `clips` are the steps' sounds, one for each step.
    pub(super) fn new(script: &Script, clips: Vec<Option<Clip>>, answered: Instant) -> Self {
        Self {
            steps: script.steps.clone(),
            clips,
            open: false,
            index: 0,
            begun: None,
            answered,
            mark: answered,
            awaiting: None,
            reports: Vec::new(),
            events: Vec::new(),
        }
    }

    /// One tick, before the frame is taken from the playout.
    pub(super) fn tick(
        &mut self,
        now: Instant,
        ear: &mut Ear,
        playout: &mut Playout<usize>,
        sender: &mut Sender,
    ) -> Verdict {
        self.note_reply(ear);
        while let Some(step) = self.steps.get(self.index).cloned() {
            let begun = match self.begun {
                Some(begun) => begun,
                None => self.begin(now, &step, playout, sender),
            };
            match self.proceed(now, &step, begun, ear, playout, sender) {
                Progress::Waiting => return self.check_deadline(now, &step, begun),
                Progress::Done => self.finish_step(now),
                Progress::Stop(verdict) => return verdict,
            }
        }
        if self.open {
            return Verdict::GoOn;
        }
        Verdict::Hangup {
            cause: "end of script",
        }
    }

    /// One more step, with its sound.
    pub(super) fn add(&mut self, step: Step, clip: Option<Clip>) {
        self.steps.push(step);
        self.clips.push(clip);
    }

    /// No more steps will come.
    pub(super) fn close(&mut self) {
        self.open = false;
    }

    /// After the frame of this tick was sent: notes the moment at which our words ended.
    pub(super) fn sent(&mut self, now: Instant, playout: &Playout<usize>, sender: &Sender) {
        let Some(begun) = self.begun.as_mut().filter(|begun| !begun.words_ended) else {
            return;
        };
        let Some(step) = self.steps.get(self.index) else {
            return;
        };
        let ended = match &step.action {
            Action::Say { .. } | Action::Play { .. } => true,
            Action::BargeIn { .. } => begun.spoke_at.is_some(),
            Action::Keys { .. } => !sender.is_sending_keys(),
            Action::WaitFor(_) | Action::Wait { .. } | Action::Hangup | Action::ExpectHangup => false,
        };
        let speech_end = self
            .clips
            .get(self.index)
            .and_then(Option::as_ref)
            .map_or(0, |clip| clip.speech_end);
        let still_speaking = playout
            .position()
            .is_some_and(|position| position.clip == self.index && position.played_samples < speech_end);
        if ended && !still_speaking {
            begun.words_ended = true;
            self.mark = now;
            self.awaiting = self.reports.len().checked_sub(1);
        }
    }

    /// The far end hung up: whether that may be, given what is left to do.
    pub(super) fn far_end_hung_up(&mut self, now: Instant, ear: &Ear) -> Result<(), String> {
        self.note_reply(ear);
        let rest = self.steps.get(self.index..).unwrap_or_default();
        let unfinished = rest
            .iter()
            .zip(self.index + 1..)
            .find(|(step, number)| match &step.action {
                Action::Say { .. } | Action::Play { .. } | Action::Keys { .. } | Action::BargeIn { .. } => {
                    // The step that is being done has ended when its words have.
                    *number != self.index + 1 || !self.begun.is_some_and(|begun| begun.words_ended)
                }
                Action::WaitFor(_) | Action::Wait { .. } | Action::Hangup | Action::ExpectHangup => false,
            });
        let unfinished = unfinished.map(|(step, number)| {
            format!("the far end hung up before step {number}, {}", name(&step.action))
        });
        self.finish_step(now);
        unfinished.map_or(Ok(()), Err)
    }

    pub(super) fn take_events(&mut self) -> Vec<CallEvent> {
        std::mem::take(&mut self.events)
    }

    pub(super) fn into_reports(self) -> Vec<StepReport> {
        self.reports
    }

    fn begin(
        &mut self,
        now: Instant,
        step: &Step,
        playout: &mut Playout<usize>,
        sender: &mut Sender,
    ) -> Begun {
        let report = StepReport {
            step: self.index + 1,
            action: name(&step.action).to_owned(),
            content: content(&step.action),
            started_ms: self.since_answer(now),
            ..StepReport::default()
        };
        let StepReport {
            step: number,
            action,
            content,
            ..
        } = report.clone();
        self.events.push(CallEvent::Step {
            step: number,
            action,
            content,
        });
        self.reports.push(report);
        let begun = Begun {
            at: now,
            spoke_at: None,
            words_ended: false,
        };
        self.begun = Some(begun);
        match &step.action {
            Action::Say { .. } | Action::Play { .. } => self.play(playout),
            Action::Keys { keys } => {
                self.awaiting = None;
                for key in keys.chars() {
                    // A full queue or no agreement shows as keys not sent; see `proceed`.
                    let _ = sender.send_key(key);
                }
            }
            Action::BargeIn { .. }
            | Action::WaitFor(_)
            | Action::Wait { .. }
            | Action::Hangup
            | Action::ExpectHangup => {}
        }
        begun
    }

    fn play(&mut self, playout: &mut Playout<usize>) {
        self.awaiting = None;
        if let Some(clip) = self.clips.get(self.index).and_then(Option::as_ref) {
            // One clip at a time: the queue is never full.
            let _ = playout.push(self.index, clip.samples.clone());
        }
    }

    fn proceed(
        &mut self,
        now: Instant,
        step: &Step,
        begun: Begun,
        ear: &mut Ear,
        playout: &mut Playout<usize>,
        sender: &Sender,
    ) -> Progress {
        let done = match &step.action {
            Action::Say { .. } | Action::Play { .. } => playout.is_empty() && begun.words_ended,
            Action::Keys { .. } => !sender.is_sending_keys() && begun.words_ended,
            Action::Wait { time } => now >= begun.at + *time,
            Action::WaitFor(Awaited::Speech) => ear.onset_since(self.mark).is_some(),
            Action::WaitFor(Awaited::Silence { length }) => self.silent_for(now, ear) >= Some(*length),
            Action::BargeIn { after, .. } => return self.barge_in(now, *after, begun, ear, playout),
            Action::Hangup => return Progress::Stop(Verdict::Hangup { cause: "script" }),
            Action::ExpectHangup => false,
        };
        if done { Progress::Done } else { Progress::Waiting }
    }

    /// How long the far end has been silent, having spoken since the mark.
    fn silent_for(&self, now: Instant, ear: &Ear) -> Option<Duration> {
        let last_loud = ear.last_loud()?;
        // Words that began before ours ended and went on well after are a reply too.
        let spoken = ear.onset_since(self.mark).is_some() || last_loud > self.mark + TALKING_ON;
        spoken.then(|| now.saturating_duration_since(last_loud))
    }

    fn barge_in(
        &mut self,
        now: Instant,
        after: Duration,
        begun: Begun,
        ear: &mut Ear,
        playout: &mut Playout<usize>,
    ) -> Progress {
        let Some(spoke_at) = begun.spoke_at else {
            let onset = ear.onset_since(self.mark).filter(|onset| now >= *onset + after);
            // Into a word, not into a pause: else there would be nothing to stop.
            let loud = ear.last_loud().is_some_and(|last| now < last + IN_A_WORD);
            if onset.is_some() && loud {
                self.play(playout);
                let clip = self.clips.get(self.index).and_then(Option::as_ref);
                let silent = clip.map_or(0, |clip| clip.speech_start as u64);
                let silent = Duration::from_micros(silent * 1_000_000 / u64::from(SampleRate::Hz8000.hz()));
                self.begun = Some(Begun {
                    spoke_at: Some(now + silent),
                    ..begun
                });
            }
            return Progress::Waiting;
        };
        if !begun.words_ended || !playout.is_empty() {
            return Progress::Waiting;
        }
        // Judged when our words are over: before that, a pause between two of theirs looks like an end.
        if let (false, Some(last), Some(report)) =
            (ear.is_talking(now), ear.last_loud(), self.reports.last_mut())
        {
            let stopped = last.saturating_duration_since(spoke_at);
            report.far_end_stopped_ms = Some(stopped.as_millis() as u64);
        }
        Progress::Done
    }

    fn check_deadline(&self, now: Instant, step: &Step, begun: Begun) -> Verdict {
        let waits_for_far_end = match &step.action {
            Action::WaitFor(_) | Action::ExpectHangup => true,
            Action::BargeIn { .. } => begun.spoke_at.is_none(),
            Action::Say { .. } | Action::Play { .. } | Action::Keys { .. } => false,
            Action::Wait { .. } | Action::Hangup => false,
        };
        if !waits_for_far_end || now < begun.at + step.deadline {
            return Verdict::GoOn;
        }
        let (number, seconds) = (self.index + 1, step.deadline.as_secs_f32());
        Verdict::Failed {
            reason: format!("step {number}, {}: nothing in {seconds} s", name(&step.action)),
        }
    }

    fn finish_step(&mut self, now: Instant) {
        let ended_ms = self.since_answer(now);
        if self.begun.take().is_some()
            && let Some(report) = self.reports.last_mut()
        {
            report.ended_ms = Some(ended_ms);
        }
        self.index += 1;
    }

    fn note_reply(&mut self, ear: &Ear) {
        let Some((place, onset)) = self.awaiting.zip(ear.onset_since(self.mark)) else {
            return;
        };
        self.awaiting = None;
        let reply_ms = onset.saturating_duration_since(self.mark).as_millis() as u64;
        if let Some(report) = self.reports.get_mut(place) {
            report.reply_ms = Some(reply_ms);
            self.events.push(CallEvent::Reply {
                step: report.step,
                reply_ms,
            });
        }
    }

    fn since_answer(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.answered).as_millis() as u64
    }
}

/// Two packets and some jitter.
const IN_A_WORD: Duration = Duration::from_millis(60);
/// A far end that was interrupted has stopped long before.
const TALKING_ON: Duration = Duration::from_millis(600);

fn name(action: &Action) -> &'static str {
    match action {
        Action::Say { .. } => "say",
        Action::Play { .. } => "play",
        Action::Keys { .. } => "keys",
        Action::WaitFor(Awaited::Speech) => "wait_for speech",
        Action::WaitFor(Awaited::Silence { .. }) => "wait_for silence",
        Action::Wait { .. } => "wait_ms",
        Action::BargeIn { .. } => "barge_in",
        Action::Hangup => "hangup",
        Action::ExpectHangup => "expect_hangup",
    }
}

fn content(action: &Action) -> String {
    match action {
        Action::Say { text }
        | Action::BargeIn {
            sound: Interruption::Said(text),
            ..
        } => text.clone(),
        Action::Play { file }
        | Action::BargeIn {
            sound: Interruption::Played(file),
            ..
        } => file.display().to_string(),
        Action::Keys { keys } => keys.clone(),
        Action::Wait { time } | Action::WaitFor(Awaited::Silence { length: time }) => {
            format!("{} ms", time.as_millis())
        }
        Action::WaitFor(Awaited::Speech) | Action::Hangup | Action::ExpectHangup => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use engine_core::audio::g711::{G711, Law};
    use engine_core::rtp::sender::SenderConfig;

    use super::*;

    /// Interrupts after 300 ms a far end that is loud at the milliseconds for which `loud` says so.
    fn interrupt(loud: impl Fn(u64) -> bool) -> (Verdict, Vec<StepReport>) {
        let action = Action::BargeIn {
            sound: Interruption::Said("stop".to_owned()),
            after: Duration::from_millis(300),
        };
        let step = Step {
            action,
            deadline: Duration::from_secs(2),
        };
        let script = Script {
            voice: "rms".to_owned(),
            steps: vec![step],
        };
        let clip = Clip {
            samples: vec![9_000; 8_000].into(),
            speech_start: 0,
            speech_end: 8_000,
        };
        let start = Instant::now();
        let mut performance = Performance::new(&script, vec![Some(clip)], start);
        let (mut ear, mut playout) = (Ear::default(), Playout::new(SampleRate::Hz8000));
        let mut sender = Sender::new(SenderConfig {
            payload_type: 0,
            dtmf_payload_type: None,
            clock_hz: 8_000,
            ssrc: 1,
            first_sequence: 0,
            first_timestamp: 0,
        });
        let mut codec = G711::new(Law::Mu);
        for at_ms in (0..5_000).step_by(20) {
            let now = start + Duration::from_millis(at_ms);
            ear.hear(now, if loud(at_ms) { -20.0 } else { -90.0 });
            let verdict = performance.tick(now, &mut ear, &mut playout, &mut sender);
            if verdict != Verdict::GoOn {
                return (verdict, performance.into_reports());
            }
            sender.tick(playout.next_frame().as_ref(), &mut codec);
            performance.sent(now, &playout, &sender);
        }
        panic!("the performance never ended");
    }

    #[test]
    fn an_interruption_measures_how_long_the_far_end_goes_on() {
        let check = |loud: fn(u64) -> bool, expect: Option<u64>| {
            let (verdict, reports) = interrupt(loud);
            assert_eq!(
                verdict,
                Verdict::Hangup {
                    cause: "end of script"
                }
            );
            assert_eq!(reports[0].far_end_stopped_ms, expect);
        };
        // We begin at 300 ms; it stops at 400.
        check(|ms| ms <= 400, Some(100));
        // A pause of its own, then a word more.
        check(|ms| ms <= 340 || (700..=760).contains(&ms), Some(460));
        // In a pause when we might begin: we wait for its next word.
        check(|ms| ms <= 200 || (600..=700).contains(&ms), Some(100));
        // It never stops.
        check(|_| true, None);
    }

    #[test]
    fn nothing_to_interrupt_is_a_failure() {
        let (verdict, _) = interrupt(|_| false);
        assert_eq!(
            verdict,
            Verdict::Failed {
                reason: "step 1, barge_in: nothing in 2 s".to_owned()
            }
        );
    }
}
