//! Phrases that a flow brings along: how callers ask for it, written beside its steps, so that a new flow is
//! understood without training a model. Where a phrase makes up most of what was said, it decides.

mod clash;
mod hearing;
mod phrase;
mod taking;
mod topics;

use std::collections::{BTreeMap, BTreeSet};

pub use self::taking::WithoutFlows;

use self::clash::{Clash, Written};
use self::phrase::Phrase;
use self::topics::Topic;
use crate::conversation::document::{Scope, Word, did_you_mean};
use crate::nlu::brought::Brought;
use crate::nlu::normalize::Words;
use crate::nlu::train::phrases::{combinations, expand};

/// The phrases of all flows, with the intent that each stands for.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Phrases {
    intents: BTreeMap<String, Vec<Phrase>>,
    /// What flows are about.
    topics: Vec<Topic>,
    brought: Vec<Brought>,
    /// As they are said, whatever they mean: what recognisers must be able to hear.
    spoken: BTreeSet<String>,
    /// Where each of them is written, and for which intent.
    written: BTreeMap<String, Written>,
    /// Where each of their words is written first: file and line.
    words: BTreeMap<String, (String, u32)>,
}

impl Phrases {
    /// Reads `phrases` of a flow: a list, for the first of its intents, or a table by intent; its `topics`, and what
    /// callers bring for it.
    pub(crate) fn read(&mut self, scope: &Scope<'_>, intents: &[Word]) {
        let first = intents.first().map(|intent| intent.text.as_str());
        self.read_topics(scope, first);
        self.read_brought(scope, first);
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

    /// Reads `brings` of a flow, for the first of its intents.
    fn read_brought(&mut self, scope: &Scope<'_>, intent: Option<&str>) {
        let lines = scope.words("brings");
        let Some(intent) = intent else {
            if let Some(line) = lines.first() {
                scope.blame_line(
                    line.line,
                    "brings",
                    "which intent do they mean? Name it: intents = [\"voucher\"]",
                );
            }
            return;
        };
        let mut names = Vec::new();
        for line in &lines {
            match expand(scope.file(), 1, line.column, &line.text, PHRASES_MAX) {
                Ok(texts) => names.extend(texts.iter().map(|text| Words::new(text).text())),
                Err(fault) => scope.blame_line(
                    line.line,
                    "brings",
                    &format!("{}; {}", fault.message, fault.remedy),
                ),
            }
        }
        if !names.is_empty() {
            let intent = intent.to_owned();
            self.brought.push(Brought { intent, names });
        }
    }

    pub(crate) fn brought(&self) -> &[Brought] {
        &self.brought
    }

    fn add(&mut self, intent: &str, scope: &Scope<'_>, key: &str) {
        for line in scope.words(key) {
            if let Err(why) = self.add_line(intent, scope.file(), &line) {
                scope.blame_line(line.line, key, &why);
            }
        }
    }

    fn add_line(&mut self, intent: &str, file: &str, line: &Word) -> Result<(), String> {
        let phrases = phrases_of(file, line)?;
        if phrases.iter().any(Phrase::has_name) {
            return Err("`<name>` is heard in `topics` alone: write this line there".to_owned());
        }
        let mut clash = Clash::default();
        for phrase in phrases.iter().filter(|phrase| phrase.is_findable()) {
            let here = Written::new(intent, file, line.line);
            match self.written.get(&phrase.text()) {
                Some(other) if other.intent != intent => clash.add(phrase, other),
                Some(_) | None => self.take(phrase, here),
            }
        }
        clash.told().map_or(Ok(()), Err)
    }

    fn take(&mut self, phrase: &Phrase, at: Written) {
        for word in phrase.words() {
            let place = (at.file.clone(), at.line);
            self.words.entry(word.to_owned()).or_insert(place);
        }
        let own = self.intents.entry(at.intent.clone()).or_default();
        own.push(phrase.clone());
        self.spoken.insert(phrase.text());
        self.written.entry(phrase.text()).or_insert(at);
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
}

fn phrases_of(file: &str, line: &Word) -> Result<Vec<Phrase>, String> {
    let texts = expand(file, 1, line.column, &line.text, PHRASES_MAX)
        .map_err(|fault| format!("{}; {}", fault.message, fault.remedy))?;
    let phrases: Vec<Phrase> = texts.iter().map(|text| Phrase::new(text)).collect();
    unusable(line, &phrases).map_or(Ok(phrases), Err)
}

/// Why the phrases of a line can be neither heard nor found.
fn unusable(line: &Word, phrases: &[Phrase]) -> Option<String> {
    let places: Vec<&str> = line.text.split('<').skip(1).collect();
    if let Some(place) = places.into_iter().find(|place| !phrase::begins_place(place)) {
        let name = place.split(['>', ' ']).next().unwrap_or_default();
        let hint = did_you_mean(name, phrase::place_names());
        return Some(format!(
            "`<{name}>` stands for nothing: there are <thing>, goods with or without a number, <wish>, what \
             somebody wants of them, and in topics <name>, a word or two{hint}"
        ));
    }
    if phrases.iter().all(Phrase::is_empty) {
        return Some("there is no word in it: callers are heard in letters from a to z".to_owned());
    }
    if phrases.iter().all(|phrase| phrase.len() < WORDS_MIN) {
        return Some("a single word would be found too often: write two or more".to_owned());
    }
    if !phrases.iter().any(Phrase::is_findable) {
        return Some(
            "these words stand in any wish, and none of them says what is wanted: add the one that does"
                .to_owned(),
        );
    }
    if phrases.iter().any(|phrase| phrase.len() > WORDS_MAX) {
        return Some(format!(
            "more than {WORDS_MAX} words are never said twice alike; write the part that says what is meant"
        ));
    }
    let all = combinations(&line.text);
    if all > PHRASES_MAX {
        return Some(format!(
            "stands for {all} phrases, and a line may for {PHRASES_MAX}: write it as several lines"
        ));
    }
    let figures = |word: &&str| word.bytes().any(|b| b.is_ascii_digit());
    let word = phrases.iter().flat_map(Phrase::words).find(figures)?;
    Some(format!(
        "`{word}` is heard as words: write it as callers say it (\"seven\", not \"7\")"
    ))
}

/// The most phrases made of one line.
const PHRASES_MAX: usize = 64;
const WORDS_MIN: usize = 2;
const WORDS_MAX: usize = 16;
