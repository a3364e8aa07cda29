//! An utterance, with the phrases of flows known.

use std::ops::Range;

use super::Phrases;
use super::phrase::{Phrase, Said};
use super::topics::about;
use crate::nlu::dates;
use crate::nlu::decision::{Decision, Evidence, ScoredIntent};
use crate::nlu::denied::denied;
use crate::nlu::feeling::feeling;
use crate::nlu::slots::{ADDRESS, DAY};
use crate::units::Confidence;

/// A phrase found in an utterance.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found<'p> {
    intent: &'p str,
    phrase: &'p Phrase,
    /// The part of the words that it makes up, courtesy aside.
    share: f32,
    /// All of its words.
    length: usize,
}

impl Phrases {
    /// What an utterance means, with these phrases known. Rules and answers stand: a phrase is weighed
    /// against a model's opinion, not against a yes.
    pub(crate) fn hear(&self, mut decision: Decision) -> Decision {
        let none = self.intents.is_empty() && self.topics.is_empty();
        if none || decision.decided_by.starts_with("rule:") || decision.answer.is_some() {
            return decision;
        }
        let words: Vec<&str> = decision.text.split_whitespace().collect();
        let said = Said::of(&decision);
        // A phrase of what is not wanted is none.
        let wanted = denied(&words).map_or_else(|| words.clone(), |clause| without(&words, &clause));
        let found = self.find(&wanted, &said, &Named::in_slots(&decision));
        let Some(found) = found.filter(|found| found.share >= SHARE_MIN) else {
            return match self.topic(&decision, &wanted, &said) {
                Some((name, phrase)) => about(decision, name, phrase),
                None => decision,
            };
        };
        let sure = Confidence::new(SURE_LEAST + (SURE_MOST - SURE_LEAST) * found.share);
        let before = decision.intent().map_or(1.0, |intent| intent.confidence.get());
        if decision
            .intent()
            .is_some_and(|best| best.name == found.intent && best.confidence >= sure)
        {
            return decision;
        }
        let name = found.intent.to_owned();
        // What the recogniser was sure of stays in the sum; only the model's doubt is replaced.
        let recognition = (decision.confidence.get() / before.max(f32::EPSILON)).min(1.0);
        decision.confidence = Confidence::new(recognition * sure.get());
        decision.evidence = vec![Evidence {
            word: found.phrase.text(),
            weight: found.share,
        }];
        decision.decided_by = format!("phrase:{name}");
        // "Something dark" names nothing, and "under ten" counts nothing.
        if found.phrase.has_wish() {
            decision
                .slots
                .retain(|slot| [ADDRESS, DAY].contains(&slot.name.as_str()));
        }
        decision.intents.retain(|other| other.name != name);
        decision.intents.insert(
            0,
            ScoredIntent {
                name,
                confidence: sure,
            },
        );
        decision
    }

    /// The phrase that makes up most of the words.
    fn find(&self, words: &[&str], said: &Said, named: &Named<'_>) -> Option<Found<'_>> {
        let mut best: Option<Found<'_>> = None;
        for (intent, phrase) in self
            .intents
            .iter()
            .flat_map(|(intent, phrases)| phrases.iter().map(move |phrase| (intent, phrase)))
        {
            let Some(at) = phrase.found_in(words, said) else {
                continue;
            };
            let here = words.get(at.clone()).unwrap_or_default();
            let (made_up, beside) = (counted(here.iter().copied()), named.beside(words, &at));
            #[expect(clippy::cast_precision_loss, reason = "bounded by the length of an utterance")]
            let share = made_up as f32 / (made_up + beside).max(1) as f32;
            // Of two that say the same, the one that was said more fully.
            let better = |best: Found<'_>| (share, here.len()) > (best.share, best.length);
            if best.is_none_or(better) {
                best = Some(Found {
                    intent,
                    phrase,
                    share,
                    length: here.len(),
                });
            }
        }
        best
    }
}

fn without<'w>(words: &[&'w str], clause: &Range<usize>) -> Vec<&'w str> {
    let kept = words.iter().enumerate().filter(|(at, _)| !clause.contains(at));
    kept.map(|(_, word)| *word).collect()
}

/// Words that say which, and not what is wanted.
struct Named<'d> {
    /// Of goods, and how many.
    goods: Vec<&'d str>,
    /// Of a number that was dictated.
    number: Vec<&'d str>,
}

impl<'d> Named<'d> {
    fn in_slots(decision: &'d Decision) -> Self {
        let words = |names: &[&str]| {
            let slots = decision.slots.iter();
            let slots = slots.filter(|slot| names.contains(&slot.name.as_str()));
            slots.flat_map(|slot| slot.span.split_whitespace()).collect()
        };
        Self {
            goods: words(&["item", "quantity", "coffeeDrink"]),
            number: words(&["digits"]),
        }
    }

    /// How many words beside a phrase count against it: no number, none of what it is about, and no feeling about it.
    fn beside(&self, words: &[&str], phrase: &Range<usize>) -> usize {
        let before = words.get(..phrase.start).unwrap_or_default();
        let after = words.get(phrase.end..).unwrap_or_default();
        let after = after.get(self.about(after)..).unwrap_or_default();
        let felt = feeling(words).filter(|felt| felt.end <= phrase.start || phrase.end <= felt.start);
        let unfelt = felt.map_or(0, |felt| counted(words.get(felt).into_iter().flatten().copied()));
        let others = before.iter().chain(after);
        let others = counted(others.copied().filter(|word| !self.number.contains(word)));
        others.saturating_sub(unfelt)
    }

    /// How many of the words after a phrase say what it is about: "my card was declined | for two bags of the Kenya".
    fn about(&self, words: &[&str]) -> usize {
        let Some((_, rest)) = words.split_first().filter(|(first, _)| ABOUT.contains(first)) else {
            return 0;
        };
        let naming = |word: &&&str| {
            let word: &str = word;
            self.goods.contains(&word) || AROUND_GOODS.contains(&word) || COURTESY.contains(&word)
        };
        let run = rest.iter().take_while(naming);
        let (len, names) = run.fold((1, false), |(len, names), word| {
            (len + 1, names || self.goods.contains(word))
        });
        if names { len } else { 0 }
    }
}

pub(super) fn counted<'w>(words: impl Iterator<Item = &'w str>) -> usize {
    let says = |word: &&str| !COURTESY.contains(word) && dates::weekday(word).is_none();
    words.filter(says).count()
}

/// Words that say nothing about what is wanted, or, as weekdays do, only for when.
const COURTESY: &[&str] = &[
    "please", "thanks", "thank", "you", "okay", "oh", "well", "hey", "just", "now", "sorry", "hello", "hi",
    "um", "uh", "can", "could", "tell", "me", "i", "i'd", "like", "to", "want", "know", "the", "a", "an",
    "of", "for", "is", "are", "do", "does", "what", "what's", "your", "my", "on", "at", "this", "today",
    "tomorrow", "tonight", "weekend",
];
/// What begins the words that a phrase is about.
const ABOUT: &[&str] = &["about", "for", "of", "with"];
/// What goods are counted in, and what stands between them.
const AROUND_GOODS: &[&str] = &["and", "bag", "bags", "pack", "packs"];
/// Less than half of what was said is no more than an aside.
const SHARE_MIN: f32 = 0.5;
const SURE_LEAST: f32 = 0.55;
const SURE_MOST: f32 = 0.97;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::nlu::decision::{Slot, SlotValue};

    fn phrases() -> Phrases {
        let phrase = |text: &str| Phrase::new(text);
        Phrases {
            intents: BTreeMap::from([
                ("a_first_by_name".to_owned(), vec![phrase("hours over")]),
                (
                    "hours_over".to_owned(),
                    vec![phrase("are your opening hours over")],
                ),
                (
                    "store_hours".to_owned(),
                    vec![phrase("when do you open"), phrase("opening hours")],
                ),
            ]),
            ..Phrases::default()
        }
    }

    fn hear(text: &str, model: &str, sure: f32, decided_by: &str) -> Decision {
        phrases().hear(Decision {
            text: text.to_owned(),
            intents: vec![ScoredIntent {
                name: model.to_owned(),
                confidence: Confidence::new(sure),
            }],
            confidence: Confidence::new(sure * 0.9),
            decided_by: decided_by.to_owned(),
            ..Decision::default()
        })
    }

    fn check(text: &str, expect: &str) {
        let decision = hear(text, "out_of_scope", 0.8, "intent-linear@1");
        assert_eq!(
            decision.intent().map(|best| best.name.as_str()),
            Some(expect),
            "{text}"
        );
    }

    #[test]
    fn a_phrase_decides_where_it_is_most_of_what_was_said() {
        check("when do you open", "store_hours");
        check("hi can you tell me when do you open on sunday", "store_hours");
        check("what are your opening hours please", "store_hours");
        check("opening hours on saturday", "store_hours");
        check("are your opening hours over", "hours_over");
        check("when do you open i'm getting really annoyed", "store_hours");
        check("when do you deliver", "out_of_scope");
        check(
            "i want to complain that my parcel came outside your opening hours",
            "out_of_scope",
        );
    }

    #[test]
    fn its_certainty_keeps_the_recognisers_doubt_and_says_what_decided() {
        let decision = hear("when do you open", "out_of_scope", 0.8, "intent-linear@1");
        assert_eq!(decision.decided_by, "phrase:store_hours");
        assert!(
            (decision.confidence.get() - 0.9 * 0.97).abs() < 0.01,
            "{}",
            decision.confidence
        );
        assert_eq!(decision.intents.len(), 2, "the runner-up stays");
    }

    #[test]
    fn goods_that_a_phrase_is_about_do_not_count_against_it() {
        let heard = |text: &str, goods: &[&str]| {
            let slot = |span: &&str| Slot {
                name: "item".to_owned(),
                value: SlotValue::Text("SKU".to_owned()),
                span: (*span).to_owned(),
                confidence: Confidence::CERTAIN,
            };
            phrases().hear(Decision {
                text: text.to_owned(),
                slots: goods.iter().map(slot).collect(),
                decided_by: "intent-linear@1".to_owned(),
                ..Decision::default()
            })
        };
        let check = |text: &str, goods: &[&str], expect: bool| {
            assert_eq!(heard(text, goods).intent().is_some(), expect, "{text}");
        };
        check(
            "when do you open for bags of midnight blend",
            &["midnight blend"],
            true,
        );
        check(
            "when do you open two bags of midnight blend",
            &["two", "midnight blend"],
            false,
        );
        check("when do you open for my birthday party dinner", &[], false);
    }

    #[test]
    fn rules_and_answers_stand() {
        let decision = hear("when do you open", "repeat", 0.97, "rule:command");
        assert_eq!(decision.decided_by, "rule:command");
    }
}
