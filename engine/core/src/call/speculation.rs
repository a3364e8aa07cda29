//! Work begun before the caller's turn is surely over. When their words stand still and look complete, a
//! copy of the conversation is told them; what that copy wants looked up is asked of the shop, and what it
//! wants said is given to the voice, whose cache keeps it. Nothing else of it has any effect.
//!
//! When the turn has ended, the conversation itself does what it does. Where it asks for the same thing,
//! the answer is there already; where the words came out differently, nobody will ever know.

use std::time::{Duration, Instant};

use crate::conversation::action::{Action, ActionResult};
use crate::conversation::event::{Directive, Event, Speech};
use crate::conversation::machine::Conversation;
use crate::ids::EffectId;

/// At most one guess at a time.
#[derive(Debug)]
pub(super) struct Speculator {
    next: EffectId,
    guess: Option<Guess>,
    hits: u32,
    misses: u32,
}

#[derive(Debug)]
struct Guess {
    /// The copy that acts it out, until the turn has ended.
    twin: Option<Box<Conversation>>,
    lookups: Vec<Lookup>,
    /// Sentences given to the voice, and whether they were said.
    worded: Vec<(Speech, Used)>,
}

#[derive(Debug)]
struct Lookup {
    /// What it is called outside.
    effect: EffectId,
    /// What the twin calls it.
    twins: EffectId,
    action: Action,
    began: Instant,
    state: LookupState,
}

#[derive(Debug)]
enum LookupState {
    Asked,
    Answered(ActionResult),
    /// The conversation asked for it, under this name, before the answer came.
    Wanted(EffectId),
    Taken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Used {
    No,
    Yes,
}

/// What a guess wants done.
#[derive(Debug)]
pub(super) enum Want {
    Lookup { effect: EffectId, action: Box<Action> },
    Words(Speech),
}

/// What an answer from outside means.
#[derive(Debug)]
pub(super) enum Answered {
    /// Nobody waits for it yet; this may follow from it.
    Kept(Vec<Want>),
    /// The conversation waits for it under this name.
    For(EffectId, ActionResult),
    /// It belongs to a guess that was dropped.
    Stale,
}

/// What there is of a look-up that the conversation wants.
#[derive(Debug)]
pub(super) enum Early {
    Ready(ActionResult),
    Coming,
}

impl Default for Speculator {
    fn default() -> Self {
        Self {
            next: FIRST_EFFECT,
            guess: None,
            hits: 0,
            misses: 0,
        }
    }
}

impl Speculator {
    /// Whether an effect is one of ours.
    pub(super) fn owns(effect: EffectId) -> bool {
        effect >= FIRST_EFFECT
    }

    /// Acts out what would follow if this were what happened. An earlier guess is dropped.
    pub(super) fn guess(&mut self, now: Instant, mut twin: Conversation, event: Event) -> Vec<Want> {
        self.drop_guess();
        twin.handle(event);
        self.guess = Some(Guess {
            twin: Some(Box::new(twin)),
            lookups: Vec::new(),
            worded: Vec::new(),
        });
        self.follow_twin(now)
    }

    /// The words have changed, or speech goes on.
    pub(super) fn drop_guess(&mut self) {
        if let Some(guess) = self.guess.take() {
            let hits = guess.hits();
            self.hits = self.hits.saturating_add(hits);
            self.misses = self.misses.saturating_add(guess.count() - hits);
        }
    }

    /// The turn has ended: what was begun is kept for who asks for it, nothing new is begun.
    pub(super) fn freeze(&mut self) {
        if let Some(guess) = &mut self.guess {
            guess.twin = None;
        }
    }

    /// The next question is asked: how many of the things begun early were of use, and how many not.
    pub(super) fn settle(&mut self) -> (u32, u32) {
        self.drop_guess();
        (std::mem::take(&mut self.hits), std::mem::take(&mut self.misses))
    }

    /// The conversation wants this looked up under the name `effect`.
    pub(super) fn take(&mut self, now: Instant, effect: EffectId, action: &Action) -> Option<Early> {
        let guess = self.guess.as_mut()?;
        let lookup = guess
            .lookups
            .iter_mut()
            .find(|lookup| lookup.action == *action && now.saturating_duration_since(lookup.began) < FRESH)?;
        match std::mem::replace(&mut lookup.state, LookupState::Taken) {
            LookupState::Asked => {
                lookup.state = LookupState::Wanted(effect);
                Some(Early::Coming)
            }
            LookupState::Answered(Ok(value)) => Some(Early::Ready(Ok(value))),
            // A failure is no answer: it is asked again, as it would have been.
            LookupState::Answered(Err(_)) => {
                lookup.state = LookupState::Asked;
                None
            }
            other @ (LookupState::Wanted(_) | LookupState::Taken) => {
                lookup.state = other;
                None
            }
        }
    }

    /// The conversation says this.
    pub(super) fn said(&mut self, speech: &Speech) {
        let worded = self.guess.iter_mut().flat_map(|guess| &mut guess.worded);
        for (early, used) in worded {
            if early.prompt == speech.prompt && early.text == speech.text {
                *used = Used::Yes;
            }
        }
    }

    /// The shop has answered one of ours.
    pub(super) fn answered(&mut self, now: Instant, effect: EffectId, result: ActionResult) -> Answered {
        let Some(guess) = &mut self.guess else {
            return Answered::Stale;
        };
        let Some(lookup) = guess.lookups.iter_mut().find(|lookup| lookup.effect == effect) else {
            return Answered::Stale;
        };
        match lookup.state {
            LookupState::Wanted(real) => {
                lookup.state = LookupState::Taken;
                Answered::For(real, result)
            }
            LookupState::Asked => {
                lookup.state = LookupState::Answered(result.clone());
                let twins = lookup.twins;
                if let Some(twin) = &mut guess.twin {
                    twin.handle(Event::ActionDone {
                        effect: twins,
                        result,
                    });
                }
                Answered::Kept(self.follow_twin(now))
            }
            LookupState::Answered(_) | LookupState::Taken => Answered::Stale,
        }
    }

    /// What the twin wants, as far as it does no harm.
    fn follow_twin(&mut self, now: Instant) -> Vec<Want> {
        let Some(guess) = &mut self.guess else {
            return Vec::new();
        };
        let mut wants = Vec::new();
        while let Some(directive) = guess.twin.as_mut().and_then(|twin| twin.poll()) {
            if wants.len() + guess.lookups.len() + guess.worded.len() >= WANTS_MAX {
                guess.twin = None;
                break;
            }
            match directive {
                Directive::Act { effect, action } if action.is_read_only() => {
                    let ours = self.next;
                    self.next = ours.next().max(FIRST_EFFECT);
                    guess.lookups.push(Lookup {
                        effect: ours,
                        twins: effect,
                        action: action.clone(),
                        began: now,
                        state: LookupState::Asked,
                    });
                    wants.push(Want::Lookup {
                        effect: ours,
                        action: Box::new(action),
                    });
                }
                Directive::Say(speech) => {
                    guess.worded.push((speech.clone(), Used::No));
                    wants.push(Want::Words(speech));
                }
                Directive::Note(_) => {}
                // What commits, and what hands the floor to somebody, ends the play.
                Directive::Act { .. }
                | Directive::Listen(_)
                | Directive::HandOver(_)
                | Directive::End { .. } => guess.twin = None,
            }
        }
        wants
    }
}

impl Guess {
    fn count(&self) -> u32 {
        u32::try_from(self.lookups.len() + self.worded.len()).unwrap_or(u32::MAX)
    }

    fn hits(&self) -> u32 {
        let taken = |lookup: &&Lookup| matches!(lookup.state, LookupState::Taken | LookupState::Wanted(_));
        let lookups = self.lookups.iter().filter(taken).count();
        let worded = self.worded.iter().filter(|(_, used)| *used == Used::Yes).count();
        u32::try_from(lookups + worded).unwrap_or(u32::MAX)
    }
}

/// Names of our own, far above those that a conversation ever gives.
const FIRST_EFFECT: EffectId = EffectId(1 << 31);
/// An answer older than this is asked for again: the shop's stock moves.
const FRESH: Duration = Duration::from_secs(2);
/// Things begun for one guess; a turn needs a handful.
const WANTS_MAX: usize = 12;
