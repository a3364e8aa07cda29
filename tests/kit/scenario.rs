//! Scenarios that read like prose, and random ones from a seed.

use std::collections::VecDeque;

use engine_core::conversation::Purpose;
use engine_core::routing::agent::TransferMethod;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::agents::AgentMood;
use crate::caller::{Act, Cue, Mind, Mood};
use crate::ears::Hearing;
use crate::line::LineQuality;
use crate::shop::{KNOWN_PHONE, ShopMood};
use crate::world::{Story, World};

/// Everything that decides one simulated call.
#[derive(Debug)]
pub struct Scenario {
    pub seed: u64,
    pub phone: Option<String>,
    pub mind: Mind,
    pub up: LineQuality,
    pub down: LineQuality,
    pub hearing: Hearing,
    pub shop: ShopMood,
    pub agents: Vec<AgentMood>,
    pub method: TransferMethod,
    /// The caller hangs up at this moment, whatever happens.
    pub hang_up_ms: Option<u64>,
    /// Why Hark calls; `None` where it is called.
    pub purpose: Option<Purpose>,
    cue: Cue,
}

impl Scenario {
    /// A known caller on a clean line, recognisers that hear everything, a shop that answers, one agent
    /// who picks up after two seconds. The caller says nothing yet.
    pub fn new() -> Self {
        Self {
            seed: 1,
            phone: Some(KNOWN_PHONE.to_owned()),
            mind: Mind::Script(VecDeque::new()),
            up: LineQuality::CLEAN,
            down: LineQuality::CLEAN,
            hearing: Hearing::PERFECT,
            shop: ShopMood::GOOD,
            agents: vec![AgentMood::Answers { after_ms: 2_000 }],
            method: TransferMethod::Bridge,
            hang_up_ms: None,
            purpose: None,
            cue: Cue::Floor,
        }
    }

    /// A call in which everything is drawn from the seed.
    pub fn random(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let agents = (0..rng.random_range(0..4))
            .map(|_| AgentMood::random(&mut rng))
            .collect();
        let refer = rng.random_bool(0.2);
        Self {
            seed,
            phone: rng.random_bool(0.85).then(|| KNOWN_PHONE.to_owned()),
            mind: Mind::Moody(Mood::random(&mut rng)),
            up: LineQuality::random(&mut rng),
            down: LineQuality::random(&mut rng),
            hearing: Hearing::random(&mut rng),
            shop: ShopMood::random(&mut rng),
            agents,
            method: if refer {
                TransferMethod::Refer
            } else {
                TransferMethod::Bridge
            },
            hang_up_ms: rng.random_bool(0.2).then(|| rng.random_range(0..60_000)),
            purpose: rng.random_bool(0.1).then(|| {
                if rng.random_bool(0.7) {
                    Purpose::UsualDue
                } else {
                    Purpose::StandingDue
                }
            }),
            cue: Cue::Floor,
        }
    }

    /// Hark calls, because what they usually order is due.
    #[must_use]
    pub const fn is_called(mut self) -> Self {
        self.purpose = Some(Purpose::UsualDue);
        self
    }

    /// Waits until Hark has said a prompt whose name contains this, and is silent.
    #[must_use]
    pub fn hears(mut self, prompt: &str) -> Self {
        self.cue = Cue::Hears(prompt.to_owned());
        self
    }

    /// Waits until Hark has spoken for so long: what follows interrupts it.
    #[must_use]
    pub fn interrupts_after(mut self, ms: u64) -> Self {
        self.cue = Cue::Over { ms };
        self
    }

    #[must_use]
    pub fn waits(mut self, ms: u64) -> Self {
        self.cue = Cue::After { ms };
        self
    }

    #[must_use]
    pub fn says(self, words: &str) -> Self {
        self.does(Act::Say(words.to_owned()))
    }

    #[must_use]
    pub fn presses(self, keys: &str) -> Self {
        self.does(Act::Press(keys.to_owned()))
    }

    #[must_use]
    pub fn hangs_up(self) -> Self {
        self.does(Act::HangUp)
    }

    fn does(mut self, act: Act) -> Self {
        let cue = std::mem::replace(&mut self.cue, Cue::Floor);
        if let Mind::Script(script) = &mut self.mind {
            script.push_back((cue, act));
        }
        self
    }

    /// Lets it happen. Panics with the transcript when an invariant breaks, or when the caller never came
    /// to say all they had to say.
    pub fn run(self) -> Story {
        let story = self.run_ignoring_the_script();
        assert!(
            story.unsaid.is_empty(),
            "{}\n\n{}",
            story.unsaid.join("\n"),
            story.transcript
        );
        story
    }

    /// The same for a caller who may be cut short.
    pub fn run_ignoring_the_script(self) -> Story {
        let seed = self.seed;
        let story = self.run_unjudged();
        if let Some(report) = story.failure(seed) {
            panic!("{report}");
        }
        story
    }

    /// Lets it happen and leaves the judgement to the caller of this function.
    pub fn run_unjudged(self) -> Story {
        World::new(self).run()
    }
}

impl Story {
    /// The broken invariants with the transcript, and how to repeat them.
    pub fn failure(&self, seed: u64) -> Option<String> {
        let breaches = self.breaches.join("\n  ");
        let report = || {
            format!(
                "seed {seed} (repeat it with HARK_SEED={seed}):\n  {breaches}\n\n{}",
                self.transcript
            )
        };
        (!self.breaches.is_empty()).then(report)
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self::new()
    }
}
