//! A caller's temper, and wishes that come two in a breath. Whoever swears, insults, raises their voice, or says the
//! same thing again in vain gets a human at the next misunderstanding, not at the fourth.

use crate::conversation::flow::Ask;
use crate::conversation::machine::{Conversation, State};
use crate::conversation::repair::{Failure, Failures};
use crate::nlu::decision::Decision;

/// What is known of a caller's temper.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Temper {
    points: u8,
    /// What was said last and not understood.
    in_vain: String,
    /// Hark's repairs that the caller did not hear to their end.
    cut_off: u8,
}

impl Temper {
    /// The caller has said this.
    fn hear(&mut self, decision: &Decision) {
        self.points = self.points.saturating_add(decision.displeasure);
        if !self.in_vain.is_empty() && self.in_vain == decision.text {
            self.points = self.points.saturating_add(REPEATED);
        }
    }

    /// A repair was cut off. Once may be a quick answer; again and again is impatience, which counts once.
    const fn interrupt(&mut self) -> bool {
        self.cut_off = self.cut_off.saturating_add(1);
        let impatient = self.cut_off == CUT_OFF_AT;
        if impatient {
            self.points = self.points.saturating_add(IMPATIENT);
        }
        impatient
    }

    const fn raise_voice(&mut self) {
        self.points = self.points.saturating_add(LOUD);
    }

    const fn is_lost(&self) -> bool {
        self.points >= LOST_AT
    }
}

impl Conversation {
    pub(crate) fn heed_temper(&mut self, decision: &Decision) {
        self.temper.hear(decision);
        self.temper.in_vain.clear();
    }

    /// The caller spoke over Hark. Over a first question that is how practised callers talk.
    pub(crate) fn barged_in(&mut self) {
        self.cut_short = true;
        let repairing = matches!(&self.state, State::Listening(listening) if listening.failures.count() > 0);
        if repairing && self.temper.interrupt() {
            self.note("impatient", "Hark was interrupted twice while it asked again");
        }
    }

    /// Loudness alone decides nothing: a caller may have come nearer. Twice, or with other signs, it counts.
    pub(crate) fn raised_voice(&mut self, db: f32) {
        self.temper.raise_voice();
        self.note("raised_voice", &format!("{db:.0} dB louder than before"));
    }

    /// Whether one more misunderstanding is one too many.
    pub(crate) fn is_fed_up(&self, failure: Failure) -> bool {
        failure != Failure::NoInput && self.temper.is_lost()
    }

    /// These words were not understood.
    pub(crate) fn said_in_vain(&mut self, words: &str) {
        words.clone_into(&mut self.temper.in_vain);
    }

    /// The first wish is served: the second one of the same breath, as if it had just been said.
    pub(crate) fn take_later(&mut self, ask: &Ask) {
        if let Some(later) = self.memory.later.take() {
            self.note("second_wish", &format!("\"{}\", said before", later.text));
            let later = self.about_told(&later).unwrap_or(later);
            self.answer_ask(ask, Failures::default(), later);
        }
    }
}

/// From so many points on the next misunderstanding leads to a human.
const LOST_AT: u8 = 2;
/// So many repairs cut off are impatience.
const CUT_OFF_AT: u8 = 2;
const IMPATIENT: u8 = 1;
const LOUD: u8 = 1;
/// Saying again what was not understood.
const REPEATED: u8 = 1;
