//! What is wanted of a subscription that is spoken of: "pause it until March", "push it back a week", "make it every
//! two weeks". Read by rules, since "it" is named by no word of its own.

use super::asking::asks;
use super::dates::interval::interval;
use super::dates::next::{names_time, skipped};
use super::follow_up::{cancels, rests};
use super::normalize::Words;
use super::wording::{is_courtesy, says_one_of};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandingWish {
    /// It is to rest, for a time or until further notice.
    Pause,
    /// One delivery is to be left out.
    Skip,
    /// The next delivery is to come on another day; several left out are that too.
    Move,
    /// It is to come more or less often.
    Interval,
    /// It is to come no more.
    End,
}

/// What of this is wanted.
pub fn standing_wish(words: &Words) -> Option<StandingWish> {
    let all: Vec<&str> = words.iter().collect();
    let text = words.text();
    let has = |phrases: &[&str]| says_one_of(&text, phrases);
    let timed = names_time(&all);
    if timed && has(SENDING_NOTHING) {
        return Some(StandingWish::Pause);
    }
    if asks(words) || has(DENYING) {
        return None;
    }
    let skips = has(SKIPPING);
    if let Some(count) = skipped(&all).filter(|_| skips) {
        let several = count > 1;
        Some(if several {
            StandingWish::Move
        } else {
            StandingWish::Skip
        })
    } else if rests(words, timed) {
        Some(StandingWish::Pause)
    } else if skips && timed {
        Some(StandingWish::Move)
    } else if skips && has(ONE) {
        Some(StandingWish::Skip)
    } else if has(OFTEN) || (interval(&all).is_some() && (has(MAKING) || is_bare(&all))) {
        Some(StandingWish::Interval)
    } else if has(OF_IT) && (has(MOVING) || (timed && has(MAKING))) {
        Some(StandingWish::Move)
    } else {
        cancels(words).then_some(StandingWish::End)
    }
}

/// Whether a subscription, or what it sends next, is named.
pub fn names_standing(words: &Words) -> bool {
    let text = words.text();
    says_one_of(&text, NAMES)
}

/// "Every two weeks, please".
fn is_bare(words: &[&str]) -> bool {
    let mut said = words.iter();
    let first = said.find(|word| !is_courtesy(word) && !LEADING.contains(word));
    first.is_some_and(|word| BEGINNING.contains(word))
}

const SENDING_NOTHING: &[&str] = &[
    "don't send",
    "don't deliver",
    "do not send",
    "no deliveries",
    "no more deliveries",
    "nothing",
    "not send",
];
const DENYING: &[&str] = &["don't", "do not", "never"];
const SKIPPING: &[&str] = &["skip", "leave out", "miss"];
const ONE: &[&str] = &[
    "it", "one", "next", "this", "that", "delivery", "shipment", "box", "month",
];
const OFTEN: &[&str] = &[
    "more often",
    "less often",
    "more frequently",
    "less frequently",
    "how often",
];
const MAKING: &[&str] = &[
    "make",
    "want",
    "like",
    "have",
    "send",
    "sent",
    "come",
    "comes",
    "coming",
    "get",
    "change",
    "switch",
    "deliver",
    "delivered",
    "set",
    "go",
    "bring",
    "start",
    "put",
    "to",
    "need",
    "wait",
];
const MOVING: &[&str] = &[
    "move",
    "push",
    "delay",
    "postpone",
    "reschedule",
    "shift",
    "put off",
    "put it off",
    "defer",
    "bring forward",
    "bring it forward",
    "sooner",
    "earlier",
];
const OF_IT: &[&str] = &[
    "it",
    "that",
    "this",
    "one",
    "them",
    "delivery",
    "deliveries",
    "shipment",
    "box",
    "subscription",
    "order",
    "next",
];
const NAMES: &[&str] = &[
    "next delivery",
    "next shipment",
    "next box",
    "next deliveries",
    "next two deliveries",
    "next three deliveries",
    "my deliveries",
    "my coffee deliveries",
    "subscription",
    "subscriptions",
    "standing order",
];
const LEADING: &[&str] = &["no", "yes", "maybe"];
const BEGINNING: &[&str] = &[
    "every",
    "each",
    "once",
    "twice",
    "weekly",
    "monthly",
    "fortnightly",
    "biweekly",
];

#[cfg(test)]
mod tests {
    use super::StandingWish::{End, Interval, Move, Pause, Skip};
    use super::{StandingWish, standing_wish};
    use crate::nlu::normalize::Words;

    #[test]
    fn what_is_wanted_of_a_subscription() {
        let check = |text: &str, expect: Option<StandingWish>| {
            assert_eq!(standing_wish(&Words::new(text)), expect, "{text}");
        };
        check("can I pause it until march", Some(Pause));
        check("hold it till the first of february", Some(Pause));
        check("pause it", Some(Pause));
        check("don't send anything until april", Some(Pause));
        check("no, skip the next one", Some(Skip));
        check("can we skip this one", Some(Skip));
        check("skip the next two deliveries", Some(Move));
        check("skip two of them", Some(Move));
        check("move my next delivery to next friday", Some(Move));
        check("push my next delivery back a week", Some(Move));
        check("can it come a week later", Some(Move));
        check("could you delay it by ten days", Some(Move));
        check("can you move it", Some(Move));
        check("can it come sooner", Some(Move));
        check("make it every two weeks", Some(Interval));
        check("every other week please", Some(Interval));
        check("can I get it less often", Some(Interval));
        check("can it come once a month instead", Some(Interval));
        check("cancel it", Some(End));
        check("don't skip it", None);
        check("when does it come", None);
        check("leave it as it is", None);
        check("yes", None);
        check("add a bag of kenya", None);
        check("when is my next delivery", None);
    }
}
