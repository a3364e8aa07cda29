//! Confirmation. Nothing is committed that the caller has not said yes to, and the compiler knows it:
//! [`Confirmed`] has a private field, and this file is the only place that fills it.

mod evidence;

pub use evidence::ConfirmedBy;
pub(crate) use evidence::Said;

use crate::conversation::keypad::{KEY_OR_NUMBER, KEY_READ_ALOUD};
use crate::conversation::named_yes::NEARLY_NAMED;
use crate::conversation::policy::{Choice, How, NEVER};
use crate::nlu::decision::{Answer, Decision};
use crate::nlu::normalize::Words;
use crate::nlu::understand::DOUBLE_NEGATIVE;
use crate::nlu::yes_no::{self, Assent};

/// A thing the caller has agreed to, with what they said and how sure we were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed<T> {
    value: T,
    how: ConfirmedBy,
}

impl<T> Confirmed<T> {
    pub const fn value(&self) -> &T {
        &self.value
    }

    pub const fn how(&self) -> &ConfirmedBy {
        &self.how
    }
}

/// A read-back that waits for its answer. Holds the draft exactly as it was read to the caller: when
/// the draft changes, a new read-back is needed, so a yes can never confirm what was not said.
#[derive(Debug, Clone, PartialEq)]
pub struct Readback<T> {
    value: T,
    how: How,
    least_yes: f32,
    least_passing: f32,
    /// Of a yes in passing, to be said back at all.
    least_said_back: f32,
    /// Of either of two yeses.
    least_each: f32,
    /// Of a plain yes that spares the second one.
    least_alone: f32,
    /// The policy's choice; `None` on the least terms there are.
    choice: Option<Box<Choice>>,
    wants: Wants,
    /// The yeses so far, where one alone does not confirm.
    plain: Option<Box<Said>>,
    named: Option<Box<Said>>,
    /// The yes that was given before what was just said back: silence lets it stand.
    given: Option<Box<Said>>,
}

/// What the open question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// Yes, no, or a change.
    Answer,
    /// A yes that is nothing else: what came may have been a remark.
    PlainYes,
    /// "Place the order": a yes in words that no other answer sounds like.
    NamedYes,
    Key,
}

/// What the answer to a read-back leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict<T> {
    Confirmed(Confirmed<T>),
    /// A plain no: the value comes back to be asked about.
    Rejected(T),
    /// A yes as far as it goes, and why that is not far enough: ask what the read-back now wants.
    More(Readback<T>, &'static str),
    /// A yes in words where a key was asked for: kept, should the policy take words instead.
    InWords(Readback<T>, &'static str),
    /// A yes in passing: say that it will be done, for the caller to object to.
    SaidBack(Readback<T>, &'static str),
    /// Not an answer we may act on, and why; ask again.
    Unclear(Readback<T>, &'static str),
}

/// The least confidence with which a spoken yes is taken as one, whatever a policy says.
pub const MIN_YES_CONFIDENCE: f32 = 0.5;

/// A murmur says "I am listening" as often as "yes": alone it confirms only when it was heard beyond doubt.
pub const MIN_MURMUR_CONFIDENCE: f32 = 0.8;

/// Whether words only say again what was read back: "yes, two bags" of two bags.
pub trait Restates {
    fn is_restated_by(&self, decision: &Decision) -> bool;
}

fn begins_with_no(decision: &Decision) -> bool {
    // Of two negations nobody knows what they mean.
    decision.decided_by != DOUBLE_NEGATIVE
        && yes_no::leading(&Words::new(&decision.text)).is_some_and(|found| found.answer == Answer::No)
}

impl<T: Restates> Readback<T> {
    /// On the least terms there are: any yes that is one.
    pub const fn new(value: T) -> Self {
        Self {
            value,
            how: How::Explicit,
            least_yes: MIN_YES_CONFIDENCE,
            least_passing: MIN_YES_CONFIDENCE,
            least_said_back: NEVER,
            least_each: MIN_YES_CONFIDENCE,
            least_alone: NEVER,
            choice: None,
            wants: Wants::Answer,
            plain: None,
            named: None,
            given: None,
        }
    }

    /// On the terms of a policy, which can ask for more and never for less.
    pub fn on_terms(value: T, terms: Choice) -> Self {
        let mut readback = Self::new(value);
        readback.take_terms(terms);
        readback
    }

    /// No key will come: what the policy takes instead. A plain yes that was sure enough of itself counts.
    #[must_use]
    pub fn without_keys(mut self, terms: Choice) -> Self {
        self.take_terms(terms);
        self.wants = Wants::NamedYes;
        self.plain = self.plain.take().filter(|said| self.is_enough(said));
        self
    }

    /// Whether a plain yes is kept; [`without_keys`](Self::without_keys) keeps only one that is sure enough.
    pub(crate) const fn has_plain_yes(&self) -> bool {
        self.plain.is_some()
    }

    /// Confirmed, where the plain yes that is kept was so sure that it needs no second one.
    pub(crate) fn by_plain_yes(mut self) -> Result<Verdict<T>, Self> {
        match self.plain.take() {
            Some(said) if self.is_enough_alone(&said) => Ok(self.confirmed(*said)),
            plain => {
                self.plain = plain;
                Err(self)
            }
        }
    }

    /// The caller has not heard all of it: no yes is enough by itself where two are asked for.
    #[must_use]
    pub(crate) const fn heard_in_part(mut self) -> Self {
        self.least_alone = NEVER;
        self
    }

    /// The value is about to be read back: any answer may come first.
    #[must_use]
    pub const fn from_the_start(mut self) -> Self {
        self.wants = Wants::Answer;
        self
    }

    /// Said back, not asked: this yes was given before.
    #[must_use]
    pub(crate) fn said_back(mut self, given: Said) -> Self {
        self.given = Some(Box::new(given));
        self
    }

    pub(crate) const fn is_said_back(&self) -> bool {
        self.given.is_some()
    }

    /// Silence after what was said back; elsewhere silence says nothing.
    pub(crate) fn unopposed(mut self) -> Option<Verdict<T>> {
        let said = self.given.take()?;
        Some(self.let_stand(&said))
    }

    /// It is asked about now: silence says nothing any more.
    #[must_use]
    pub(crate) fn asked(mut self) -> Self {
        self.given = None;
        self
    }

    fn let_stand(self, said: &Said) -> Verdict<T> {
        let terms = self.terms();
        let how = ConfirmedBy::LetStand {
            words: said.words.clone(),
            sure: said.sure.to_string(),
            terms,
        };
        let value = self.value;
        Verdict::Confirmed(Confirmed { value, how })
    }

    fn take_terms(&mut self, terms: Choice) {
        self.how = terms.how;
        self.least_yes = terms.least_yes.max(MIN_YES_CONFIDENCE);
        self.least_passing = terms.least_passing.max(self.least_yes);
        self.least_said_back = terms.least_said_back.max(self.least_yes);
        self.least_each = terms.least_each.max(MIN_YES_CONFIDENCE);
        self.least_alone = terms.least_alone.max(self.least_yes);
        self.wants = if self.how == How::Keypad {
            Wants::Key
        } else {
            Wants::Answer
        };
        self.choice = Some(Box::new(terms));
    }

    pub const fn value(&self) -> &T {
        &self.value
    }

    pub const fn wants(&self) -> Wants {
        self.wants
    }

    /// What the policy chose, if it was asked.
    pub fn choice(&self) -> Option<&Choice> {
        self.choice.as_deref()
    }

    /// Judges a spoken answer. A correction never confirms, whatever else it says
    /// ("yes, but make it two").
    pub fn answered(mut self, decision: &Decision) -> Verdict<T> {
        let given = self.given.take();
        let restated = decision.slots.is_empty() || self.value.is_restated_by(decision);
        if decision.correction || !restated {
            // With something named that was read back, the no may be about the rest: "no, the dark one".
            let about_the_rest = restated && !decision.slots.is_empty();
            if !about_the_rest && begins_with_no(decision) {
                return Verdict::Rejected(self.value);
            }
            return Verdict::Unclear(self, "neither yes nor no, nor a change that can be made");
        }
        match decision.answer {
            // What a model takes for a yes ("make it correct") may be a change half heard.
            Some(Answer::Yes) if decision.is_modelled() => {
                Verdict::Unclear(self, "perhaps a yes, but not a plain one")
            }
            Some(Answer::Yes) => match given {
                // "All right, I'll go ahead." - "Great." It says no less than silence would.
                Some(said) if decision.confidence.get() >= self.least_said_back => self.let_stand(&said),
                Some(_) | None => self.agreed(decision),
            },
            Some(Answer::No) => Verdict::Rejected(self.value),
            // "No, I mean just skip one": whatever the rest is, this is not what was wanted.
            None if begins_with_no(decision) => Verdict::Rejected(self.value),
            None => Verdict::Unclear(self, "neither yes nor no nor a change"),
        }
    }

    /// Judges a key: 1 is yes, 2 is no, as the keypad prompt says.
    pub fn keyed(mut self, digit: char) -> Verdict<T> {
        self.given = None;
        match digit {
            '1' => {
                let terms = self.terms();
                let how = ConfirmedBy::Keypad { digit, terms };
                Verdict::Confirmed(Confirmed {
                    value: self.value,
                    how,
                })
            }
            '2' => Verdict::Rejected(self.value),
            _ => Verdict::Unclear(self, "a key that means neither yes nor no"),
        }
    }

    /// A yes: is it one of the kind that was asked for, and sure enough?
    fn agreed(mut self, decision: &Decision) -> Verdict<T> {
        // "Two bags, yes" does not begin with its yes: said in passing.
        let said = yes_no::leading(&Words::new(&decision.text)).and_then(|found| found.assent);
        let assent = match decision.decided_by.as_str() {
            KEY_READ_ALOUD | KEY_OR_NUMBER => Assent::Plain,
            NEARLY_NAMED => Assent::Named,
            _ => said.unwrap_or(Assent::Passing),
        };
        let said = Said {
            words: decision.text.clone(),
            sure: decision.confidence,
            assent,
            of_itself: said.is_some(),
        };
        match self.how {
            How::Keypad => {
                // Kept: it may be one of two.
                let plain = Some(Box::new(said)).filter(|_| assent != Assent::Named);
                self.plain = plain.or(self.plain);
                Verdict::InWords(self, "a spoken yes where a key was asked for")
            }
            _ if !self.is_enough(&said) => self.agreed_faintly(said),
            How::Twice if self.named.is_none() && self.is_enough_alone(&said) => self.confirmed(said),
            How::Twice => self.agreed_twice(said),
            How::None | How::Implicit | How::Explicit => self.confirmed(said),
        }
    }

    fn confirmed(self, said: Said) -> Verdict<T> {
        let how = ConfirmedBy::Voice {
            words: said.words,
            sure: said.sure.to_string(),
            terms: self.terms(),
        };
        Verdict::Confirmed(Confirmed {
            value: self.value,
            how,
        })
    }

    /// A yes that says too little, or was not heard well enough.
    fn agreed_faintly(mut self, said: Said) -> Verdict<T> {
        let spoken = self.how != How::Twice && [Wants::Answer, Wants::PlainYes].contains(&self.wants);
        let passing = [Assent::Passing, Assent::Named].contains(&said.assent) && !said.is_murmured();
        if spoken && passing && said.sure.get() >= self.least_said_back {
            return Verdict::SaidBack(self.said_back(said), "a yes in passing, for so much at risk");
        }
        match self.wants {
            _ if said.sure.get() < self.least() => Verdict::Unclear(self, "a yes, but not sure enough of it"),
            Wants::Answer => {
                self.wants = Wants::PlainYes;
                Verdict::More(self, "a yes in passing, which may have been a remark")
            }
            Wants::PlainYes | Wants::NamedYes | Wants::Key => {
                Verdict::Unclear(self, "again a yes that may have been a remark")
            }
        }
    }

    /// One of two yeses: of each kind one, in answers of their own.
    fn agreed_twice(mut self, said: Said) -> Verdict<T> {
        let missing = if said.assent == Assent::Named {
            &mut self.named
        } else {
            &mut self.plain
        };
        let known = missing.replace(Box::new(said)).is_some();
        match (&self.plain, &self.named) {
            (Some(plain), Some(named)) if !self.are_enough(plain, named) => {
                self.drop_the_fainter();
                Verdict::Unclear(self, "two yeses, and too much doubt about one of them")
            }
            (Some(plain), Some(named)) => {
                let how = ConfirmedBy::Twice {
                    plain: plain.words.clone(),
                    named: named.words.clone(),
                    sure: format!("{} and {}", plain.sure, named.sure),
                    terms: self.terms(),
                };
                Verdict::Confirmed(Confirmed {
                    value: self.value,
                    how,
                })
            }
            (_, _) if known => Verdict::Unclear(self, "the same kind of yes again"),
            (_, named) => {
                self.wants = if named.is_none() {
                    Wants::NamedYes
                } else {
                    Wants::PlainYes
                };
                Verdict::More(self, "a yes, and one of another kind is needed")
            }
        }
    }

    /// Whether a yes of this kind was heard well enough to count.
    fn is_enough(&self, said: &Said) -> bool {
        let sure = said.sure.get();
        match said.assent {
            _ if said.is_murmured() => sure >= self.least_passing.max(MIN_MURMUR_CONFIDENCE),
            Assent::Comment => false,
            // What it leaves open, the other yes closes.
            Assent::Passing if self.how == How::Twice => sure >= self.least_yes,
            Assent::Passing => sure >= self.least_passing,
            Assent::Plain => sure >= self.least(),
            // Only where it was asked for is it unlike every other answer.
            Assent::Named if self.wants == Wants::NamedYes => sure >= self.least(),
            Assent::Named => sure >= self.least_passing,
        }
    }

    /// Whether this yes leaves no more doubt than two would.
    fn is_enough_alone(&self, said: &Said) -> bool {
        said.assent == Assent::Plain && said.of_itself && said.sure.get() >= self.least_alone
    }

    /// How sure of a yes, for it to count at all.
    fn least(&self) -> f32 {
        if self.how == How::Twice {
            self.least_each
        } else {
            self.least_yes
        }
    }

    /// Both must have been misheard for a mistake to come through: they leave no more doubt than two would that
    /// were just sure enough.
    fn are_enough(&self, plain: &Said, named: &Said) -> bool {
        let left = (1.0 - plain.sure.get()) * (1.0 - named.sure.get());
        left <= (1.0 - self.least_yes).powi(2) + f32::EPSILON
    }

    fn drop_the_fainter(&mut self) {
        let sure = |said: &Option<Box<Said>>| said.as_ref().map_or(0.0, |said| said.sure.get());
        if sure(&self.plain) < sure(&self.named) {
            self.plain = None;
            self.wants = Wants::PlainYes;
        } else {
            self.named = None;
            self.wants = Wants::NamedYes;
        }
    }

    /// For the record.
    fn terms(&self) -> String {
        self.choice
            .as_ref()
            .map_or_else(String::new, |choice| format!("{choice} [{}]", choice.policy))
    }
}
