//! Phrases that a flow brings along: how callers ask for it, written beside its steps, so that a new flow is
//! understood without training a model. Where a phrase makes up most of what was said, it decides.

use std::collections::{BTreeMap, BTreeSet};

use crate::conversation::document::{Scope, Word, did_you_mean};
use crate::nlu::decision::{Decision, Evidence, ScoredIntent};
use crate::nlu::normalize::Words;
use crate::nlu::preference::preferences;
use crate::nlu::slots::{ADDRESS, DAY};
use crate::nlu::train::phrases::expand;
use crate::units::Confidence;

/// The phrases of all flows, with the intent that each stands for.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Phrases {
    intents: BTreeMap<String, Vec<Phrase>>,
    /// As they are said, whatever they mean: what recognisers must be able to hear.
    spoken: BTreeSet<String>,
    /// Where each of their words is written first: file and line.
    words: BTreeMap<String, (String, u32)>,
}

/// A phrase found in an utterance.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found<'p> {
    intent: &'p str,
    phrase: &'p Phrase,
    /// The part of the words that it makes up, courtesy aside.
    share: f32,
}

impl Phrases {
    /// Reads `phrases` of a flow: a list, for the first of its intents, or a table by intent.
    pub(crate) fn read(&mut self, scope: &Scope<'_>, intents: &[Word]) {
        if !scope.has("phrases") {
            return;
        }
        if !scope.is_table("phrases") {
            match intents.first() {
                Some(intent) => self.add(&intent.text, scope, "phrases"),
                None => scope.blame(
                    "phrases",
                    "which intent do they mean? Name it: intents = [\"store_hours\"]",
                ),
            }
            return;
        }
        let Some(table) = scope.table("phrases") else {
            return;
        };
        let known: Vec<&str> = intents.iter().map(|intent| intent.text.as_str()).collect();
        for key in table.keys() {
            if known.contains(&key.text.as_str()) {
                self.add(&key.text, &table, &key.text);
            } else {
                let hint = did_you_mean(&key.text, known.iter().copied());
                table.blame(&key.text, format!("this flow serves no such intent{hint}"));
            }
        }
    }

    fn add(&mut self, intent: &str, scope: &Scope<'_>, key: &str) {
        for line in scope.words(key) {
            match expand(scope.file(), 1, &line.text, PHRASES_MAX) {
                Ok(texts) => {
                    let phrases: Vec<Phrase> = texts.iter().map(|text| Phrase::new(text)).collect();
                    match unusable(&phrases) {
                        Some(why) => scope.blame_line(line.line, key, &why),
                        None => self.take(intent, scope.file(), line.line, &phrases),
                    }
                }
                Err(fault) => {
                    let message = format!("{}; {}", fault.message, fault.remedy);
                    scope.blame_line(line.line, key, &message);
                }
            }
        }
    }

    fn take(&mut self, intent: &str, file: &str, line: u32, phrases: &[Phrase]) {
        let own = self.intents.entry(intent.to_owned()).or_default();
        for phrase in phrases.iter().filter(|phrase| phrase.0.len() >= WORDS_MIN) {
            own.push(phrase.clone());
            self.spoken.insert(phrase.text());
            for word in phrase.words() {
                self.words
                    .entry(word.to_owned())
                    .or_insert_with(|| (file.to_owned(), line));
            }
        }
    }

    /// Every phrase as it is said.
    pub(crate) const fn spoken(&self) -> &BTreeSet<String> {
        &self.spoken
    }

    /// Every word of the phrases, with the file and line where it is written first.
    pub(crate) fn words(&self) -> impl Iterator<Item = (&str, &str, u32)> {
        self.words
            .iter()
            .map(|(word, (file, line))| (word.as_str(), file.as_str(), *line))
    }

    /// The intents that have phrases.
    pub(crate) fn intents(&self) -> impl Iterator<Item = &str> {
        self.intents.keys().map(String::as_str)
    }

    /// What an utterance means, with these phrases known. Rules and answers stand: a phrase is weighed
    /// against a model's opinion, not against a yes.
    pub(crate) fn hear(&self, mut decision: Decision) -> Decision {
        if self.intents.is_empty() || decision.decided_by.starts_with("rule:") || decision.answer.is_some() {
            return decision;
        }
        let words: Vec<&str> = decision.text.split_whitespace().collect();
        let said = Said::of(&decision);
        let found = self.find(&words, &said, dictated(&decision));
        let Some(found) = found.filter(|found| found.share >= SHARE_MIN) else {
            return decision;
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
    fn find(&self, words: &[&str], said: &Said, dictated: usize) -> Option<Found<'_>> {
        let plain = counted(words.iter().copied()).saturating_sub(dictated);
        let mut best: Option<Found<'_>> = None;
        for (intent, phrase) in self
            .intents
            .iter()
            .flat_map(|(intent, phrases)| phrases.iter().map(move |phrase| (intent, phrase)))
        {
            let Some(here) = phrase.found_in(words, said) else {
                continue;
            };
            #[expect(clippy::cast_precision_loss, reason = "bounded by the length of an utterance")]
            let share = (counted(here.iter().copied()) as f32 / plain.max(1) as f32).min(1.0);
            if best.is_none_or(|best| share > best.share) {
                best = Some(Found {
                    intent,
                    phrase,
                    share,
                });
            }
        }
        best
    }
}

/// What an utterance has for the open places of phrases.
#[derive(Debug, Clone, Default)]
struct Said {
    goods: bool,
    /// Wishes about goods, each by the number of words from its first to the end of the utterance, and of
    /// those after it.
    wishes: Vec<(usize, usize)>,
}

impl Said {
    fn of(decision: &Decision) -> Self {
        let words = Words::new(&decision.text);
        let wishes = preferences(&words).into_iter();
        Self {
            goods: decision.slots.iter().any(|slot| slot.name == "item"),
            wishes: wishes
                .map(|found| (words.len() - found.start, words.len() - found.end))
                .collect(),
        }
    }

    /// Whether the first `taken` of these last words of the utterance are what the place stands for.
    fn fills(&self, place: &str, words: &[&str], taken: usize) -> bool {
        if place == THING {
            return self.goods;
        }
        let after = words.len() - taken;
        let mut wishes = self.wishes.iter();
        // Whatever stands between them; the last one ends here.
        wishes.any(|(from, left)| *from <= words.len() && *left == after)
    }
}

/// One phrase, word by word; `<thing>` stands for goods, with or without a number, `<wish>` for what somebody
/// wants of them.
#[derive(Debug, Clone, PartialEq)]
struct Phrase(Vec<String>);

impl Phrase {
    fn new(text: &str) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut rest = text;
        while let Some((place, at)) = PLACES
            .iter()
            .filter_map(|p| Some((*p, rest.find(p)?)))
            .min_by_key(|(_, at)| *at)
        {
            let (before, after) = rest.split_at(at);
            words.extend_from_slice(Words::new(before).as_slice());
            words.push(place.to_owned());
            rest = after.get(place.len()..).unwrap_or_default();
        }
        words.extend_from_slice(Words::new(rest).as_slice());
        Self(words)
    }

    fn text(&self) -> String {
        self.0.join(" ")
    }

    fn has_wish(&self) -> bool {
        self.0.iter().any(|word| word == WISH)
    }

    /// What is said of it word for word.
    fn words(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .map(String::as_str)
            .filter(|word| !PLACES.contains(word))
    }

    /// The words that say it; those of the goods in it count too, where goods were named, and those of wishes.
    fn found_in<'w>(&self, words: &'w [&'w str], said: &Said) -> Option<&'w [&'w str]> {
        (0..words.len()).find_map(|from| {
            let rest = words.get(from..)?;
            let length = fits(&self.0, rest, said)?;
            rest.get(..length)
        })
    }
}

/// How many of the first words this phrase takes, if they say it.
fn fits(phrase: &[String], words: &[&str], said: &Said) -> Option<usize> {
    let Some((first, rest)) = phrase.split_first() else {
        return Some(0);
    };
    if !PLACES.contains(&first.as_str()) {
        let after = words.split_first().filter(|(word, _)| *word == first)?.1;
        return fits(rest, after, said).map(|length| length + 1);
    }
    let most = words.len().min(PLACE_WORDS_MAX);
    let mut lengths = (1..=most).rev().filter(|taken| said.fills(first, words, *taken));
    lengths.find_map(|taken| {
        let after = words.get(taken..)?;
        fits(rest, after, said).map(|length| length + taken)
    })
}

/// Words of a number that was dictated along: they say which, not what is wanted.
fn dictated(decision: &Decision) -> usize {
    let numbers = decision.slots.iter().filter(|slot| slot.name == "digits");
    numbers.map(|slot| slot.span.split_whitespace().count()).sum()
}

fn counted<'w>(words: impl Iterator<Item = &'w str>) -> usize {
    words.filter(|word| !COURTESY.contains(word)).count()
}

/// Why the phrases of a line can be neither heard nor found.
fn unusable(phrases: &[Phrase]) -> Option<String> {
    if phrases.iter().all(|phrase| phrase.0.len() < WORDS_MIN) {
        return Some("a single word would be found too often".to_owned());
    }
    if phrases.iter().any(|phrase| phrase.0.len() > WORDS_MAX) {
        return Some(format!(
            "more than {WORDS_MAX} words are never said twice alike; write the part that says what is meant"
        ));
    }
    let figures = |word: &&str| word.bytes().any(|b| b.is_ascii_digit());
    let word = phrases.iter().flat_map(Phrase::words).find(figures)?;
    Some(format!(
        "`{word}` is heard as words: write it as callers say it (\"seven\", not \"7\")"
    ))
}

/// Words that say nothing about what is wanted, or only for when.
const COURTESY: &[&str] = &[
    "please",
    "thanks",
    "thank",
    "you",
    "okay",
    "oh",
    "well",
    "hey",
    "just",
    "now",
    "sorry",
    "hello",
    "hi",
    "um",
    "uh",
    "can",
    "could",
    "tell",
    "me",
    "i",
    "i'd",
    "like",
    "to",
    "want",
    "know",
    "the",
    "a",
    "an",
    "of",
    "for",
    "is",
    "are",
    "do",
    "does",
    "what",
    "what's",
    "your",
    "my",
    "on",
    "at",
    "this",
    "today",
    "tomorrow",
    "tonight",
    "weekend",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
/// The most phrases made of one line.
const PHRASES_MAX: usize = 64;
/// "two bags of the Harbor dark roast and a pack of filters".
const PLACE_WORDS_MAX: usize = 12;
/// As the grammars call goods with their number, and what somebody wants of them.
const THING: &str = "<thing>";
const WISH: &str = "<wish>";
const PLACES: &[&str] = &[THING, WISH];
const WORDS_MIN: usize = 2;
const WORDS_MAX: usize = 16;
/// Less than half of what was said is no more than an aside.
const SHARE_MIN: f32 = 0.5;
const SURE_LEAST: f32 = 0.55;
const SURE_MOST: f32 = 0.97;

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(text: &str, model: &str, sure: f32, decided_by: &str) -> Decision {
        let phrase = |text: &str| Phrase::new(text);
        let phrases = Phrases {
            intents: BTreeMap::from([(
                "store_hours".to_owned(),
                vec![phrase("when do you open"), phrase("opening hours")],
            )]),
            ..Phrases::default()
        };
        phrases.hear(Decision {
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
    fn goods_may_stand_in_a_phrase() {
        let check = |text: &str, names_goods: bool, expect: Option<&str>| {
            let words: Vec<&str> = text.split_whitespace().collect();
            let phrase = Phrase::new("add <thing> to my order");
            let said = Said {
                goods: names_goods,
                ..Said::default()
            };
            let found = phrase.found_in(&words, &said).map(|words| words.join(" "));
            assert_eq!(found.as_deref(), expect, "{text}");
        };
        let order = "add two bags of dark roast to my order";
        check(order, true, Some(order));
        check(
            "please add filters to my order today",
            true,
            Some("add filters to my order"),
        );
        check(order, false, None);
        check("add to my order", true, None);
    }

    #[test]
    fn wishes_may_stand_in_a_phrase() {
        let check = |text: &str, expect: Option<&str>| {
            let said = Said::of(&Decision {
                text: text.to_owned(),
                ..Decision::default()
            });
            let words: Vec<&str> = text.split_whitespace().collect();
            let phrase = Phrase::new("something <wish>");
            let found = phrase.found_in(&words, &said).map(|words| words.join(" "));
            assert_eq!(found.as_deref(), expect, "{text}");
        };
        check("i'd like something dark", Some("something dark"));
        check(
            "something that's dark but not too expensive for my mother",
            Some("something that's dark but not too expensive"),
        );
        check("something for my mother", None);
        check("dark or something", None);
    }

    #[test]
    fn rules_and_answers_stand() {
        let decision = hear("when do you open", "repeat", 0.97, "rule:command");
        assert_eq!(decision.decided_by, "rule:command");
    }
}
