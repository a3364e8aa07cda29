//! Grammars for the fast recogniser, compiled from what the dialogue expects.
//!
//! The fixed part is written by people as rules (`models/nlu/en/grammar/*.jsgf`); the catalogue, the choices
//! on offer and digit strings of a known length are filled in here. JSpeech Grammar Format 1.0 (W3C note, 2000).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::lexicon::Lexicon;
use super::normalize::Words;
use super::{preference, prefix, sound};
use crate::shop::{Item, ItemKind};
use crate::source::FileError;
use crate::speech::expectation::Expectation;

/// A compiled grammar: JSGF text plus every word in it. Immutable and shared: the same expectation
/// over the same catalogue gives the same grammar, and `key` names it so that a decoder that
/// already holds it need not load it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grammar {
    /// Hash of the text: equal keys mean equal grammars.
    pub key: u64,
    /// The expectation's class, for metrics: "yes_no".
    pub name: &'static str,
    /// JSpeech Grammar Format 1.0, one public rule named `utterance`.
    pub jsgf: String,
    /// Every terminal, lower case: the dictionary must know them.
    pub words: BTreeSet<String>,
    /// See [`Expectation::usual_words`].
    pub usual_words: Option<u8>,
    /// Names that are likely here, the likeliest first, at most [`PHRASES_MAX`]: a hint for recognisers of
    /// open speech, which know no grammar.
    pub phrases: Arc<[String]>,
}

impl Grammar {
    /// `phrases` are those that flows bring along. Takes a few milliseconds for a catalogue of hundreds:
    /// callers keep what they compiled.
    pub fn compile(
        expectation: &Expectation,
        lexicon: &Lexicon,
        phrases: &BTreeSet<String>,
        rules: &Rules,
    ) -> Self {
        let filled = Filled::new(expectation, lexicon, phrases);
        let name = expectation.name();
        let mut jsgf = format!("#JSGF V1.0;\ngrammar {name};\npublic <utterance> = <{name}>;\n");
        let mut words = BTreeSet::new();
        for rule in reachable(name, rules, &filled) {
            let body = filled
                .rules
                .get(rule)
                .or_else(|| rules.bodies.get(rule))
                .map_or("", String::as_str);
            let _ = writeln!(jsgf, "<{rule}> = {body};");
            words.extend(terminals(body));
        }
        Self {
            key: key(&jsgf),
            name,
            jsgf,
            words,
            usual_words: expectation.usual_words(),
            phrases: likely(expectation, lexicon),
        }
    }

    /// No grammar: a recogniser of open speech alone, with `phrases` for a hint.
    pub fn open(phrases: Vec<String>) -> Self {
        Self {
            key: 0,
            name: "open",
            jsgf: String::new(),
            words: BTreeSet::new(),
            usual_words: None,
            phrases: phrases.into(),
        }
    }
}

/// The choices on offer as they are best said, then the catalogue.
fn likely(expectation: &Expectation, lexicon: &Lexicon) -> Arc<[String]> {
    let candidates = expectation
        .candidates()
        .iter()
        .filter_map(|candidate| candidate.spoken.first());
    let items = lexicon.catalogue().items.iter().map(|item| &item.name);
    let mut seen = BTreeSet::new();
    candidates
        .chain(items)
        .filter(|phrase| seen.insert(phrase.as_str()))
        .take(PHRASES_MAX)
        .cloned()
        .collect()
}

/// The rules that `root` leads to, itself included.
fn reachable<'a>(root: &'a str, rules: &'a Rules, filled: &'a Filled) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![root];
    while let Some(rule) = open.pop() {
        if rule != "VOID" && seen.insert(rule) {
            let body = filled
                .rules
                .get(rule)
                .or_else(|| rules.bodies.get(rule))
                .map_or("", String::as_str);
            open.extend(references(body));
        }
    }
    seen
}

fn key(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .take(8)
        .fold(0, |key, byte| (key << 8) | u64::from(*byte))
}

/// The fixed rules, read and checked once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    bodies: BTreeMap<String, String>,
}

impl Rules {
    /// Reads rules from the texts of grammar files, given with their names for messages.
    pub fn parse<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, FileError> {
        let mut rules = Self::default();
        let mut places: Vec<(String, u32, String)> = Vec::new();
        for (file, text) in files {
            rules.parse_file(file, text, &mut places)?;
        }
        rules.check(&places)?;
        Ok(rules)
    }

    fn parse_file(
        &mut self,
        file: &str,
        text: &str,
        places: &mut Vec<(String, u32, String)>,
    ) -> Result<(), FileError> {
        let text = without_comments(text);
        let mut offset = 0;
        for statement in text.split_inclusive(';') {
            let lead = statement.len() - statement.trim_start().len();
            let at = |message: String| FileError::new(file, message).at(&text, offset + lead);
            let body = statement.trim();
            if body.is_empty() {
                continue;
            }
            let Some(body) = body.strip_suffix(';') else {
                return Err(at(format!("rule `{}` does not end", first_line(body))).remedy("end it with `;`"));
            };
            let (name, body) = read_rule(body).ok_or_else(|| {
                at(format!("`{}` is not a rule", first_line(body))).remedy("write `<name> = words;`")
            })?;
            if let Err(message) = balanced(body) {
                return Err(at(format!("rule <{name}>: {message}")));
            }
            let line = crate::source::line_of(&text, offset + lead);
            places.push((file.to_owned(), line, name.to_owned()));
            if self.bodies.insert(name.to_owned(), squeeze(body)).is_some() {
                return Err(at(format!("rule <{name}> is defined twice")).remedy("rename or remove one"));
            }
            offset += statement.len();
        }
        Ok(())
    }

    /// Every name that a rule uses must exist, and every expectation must have its rule.
    fn check(&self, places: &[(String, u32, String)]) -> Result<(), FileError> {
        let known = |name: &str| self.bodies.contains_key(name) || FILLED.contains(&name);
        for (file, line, name) in places {
            let body = self.bodies.get(name).map_or("", String::as_str);
            if let Some(missing) = references(body).find(|used| !known(used)) {
                let names = self
                    .bodies
                    .keys()
                    .map(String::as_str)
                    .chain(FILLED.iter().copied());
                let mut fault = FileError::new(
                    file,
                    format!("rule <{name}> uses <{missing}>, which is nowhere defined"),
                );
                fault.line = Some(*line);
                return Err(match crate::source::nearest(missing, names) {
                    Some(near) => fault.remedy(format!("did you mean <{near}>?")),
                    None => fault,
                });
            }
        }
        match ROOTS.iter().find(|root| !self.bodies.contains_key(**root)) {
            Some(root) => {
                Err(FileError::new("grammar", format!("no rule <{root}> in any file")).remedy("define it"))
            }
            None => Ok(()),
        }
    }
}

/// "<name> = body", perhaps with "public" before it.
fn read_rule(statement: &str) -> Option<(&str, &str)> {
    let rest = statement
        .trim()
        .strip_prefix("public")
        .unwrap_or(statement)
        .trim();
    let (name, body) = rest.strip_prefix('<')?.split_once('>')?;
    let body = body.trim_start().strip_prefix('=')?.trim();
    (!name.is_empty() && !body.is_empty()).then_some((name, body))
}

fn balanced(body: &str) -> Result<(), String> {
    let mut open = Vec::new();
    for c in body.chars() {
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            ')' | ']' if open.pop() != Some(c) => return Err(format!("`{c}` closes nothing")),
            _ => {}
        }
    }
    open.pop()
        .map_or(Ok(()), |missing| Err(format!("`{missing}` is missing")))
}

/// Blanks comments out, so that offsets and lines stay.
fn without_comments(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| match line.split_once("//") {
            Some((code, comment)) => {
                let end = if comment.ends_with('\n') { "\n" } else { "" };
                format!("{code}{}{end}", " ".repeat(line.len() - code.len() - end.len()))
            }
            None => line.to_owned(),
        })
        .collect()
}

fn squeeze(body: &str) -> String {
    body.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The rule names in a body.
fn references(body: &str) -> impl Iterator<Item = &str> {
    body.split('<')
        .skip(1)
        .filter_map(|part| part.split_once('>'))
        .map(|(name, _)| name)
}

/// The words in a body: what is neither a name, a weight nor punctuation.
fn terminals(body: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut inside = false;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                plain.push(' ');
            }
            _ if inside => {}
            '(' | ')' | '[' | ']' | '|' | '*' | '+' => plain.push(' '),
            _ => plain.push(c),
        }
    }
    plain
        .split_whitespace()
        .filter(|word| !word.starts_with('/'))
        .map(str::to_owned)
        .collect()
}

/// The rules made from data.
struct Filled {
    rules: BTreeMap<String, String>,
}

impl Filled {
    fn new(expectation: &Expectation, lexicon: &Lexicon, phrases: &BTreeSet<String>) -> Self {
        let mut rules = BTreeMap::new();
        let items = &lexicon.catalogue().items;
        rules.insert(
            "goods".to_owned(),
            alternatives(
                items
                    .iter()
                    .filter(|i| is_goods(i))
                    .flat_map(item_forms)
                    .collect(),
            ),
        );
        rules.insert(
            "unit".to_owned(),
            alternatives(
                items
                    .iter()
                    .filter(|i| is_goods(i))
                    .flat_map(unit_forms)
                    .collect(),
            ),
        );
        let forms = expectation
            .candidates()
            .iter()
            .flat_map(|c| c.spoken.iter())
            .map(|form| spoken(form))
            .collect();
        rules.insert("candidate".to_owned(), alternatives(forms));
        let wishes = preference::common().map(str::to_owned).collect();
        rules.insert("wish_words".to_owned(), alternatives(wishes));
        rules.insert("phrase".to_owned(), or_nothing(prefix::rule(phrases)));
        let (min, max) = match expectation {
            Expectation::Digits { min, max } => (usize::from(*min), usize::from(*max)),
            Expectation::YesNo
            | Expectation::OneOf { .. }
            | Expectation::Item
            | Expectation::Quantity { .. }
            | Expectation::Drink
            | Expectation::Open => (USUAL_DIGITS, USUAL_DIGITS),
        };
        digit_rules(min, max, &mut rules);
        Self { rules }
    }
}

fn is_goods(item: &Item) -> bool {
    match item.kind {
        ItemKind::Beans | ItemKind::Equipment => true,
        ItemKind::Drink => false,
    }
}

/// An item's names, singular and plural, without a leading article (the rules have their own).
fn item_forms(item: &Item) -> BTreeSet<String> {
    std::iter::once(&item.name)
        .chain(&item.spoken)
        .map(|form| spoken(form))
        .filter(|form| !form.is_empty())
        .collect()
}

fn unit_forms(item: &Item) -> BTreeSet<String> {
    let unit = spoken(&item.unit);
    if unit.is_empty() {
        return BTreeSet::new();
    }
    let singular = sound::stem(&unit);
    let plural = match singular.as_bytes().last() {
        Some(b'x' | b's' | b'h') => format!("{singular}es"),
        Some(_) | None => format!("{singular}s"),
    };
    BTreeSet::from([singular, plural])
}

/// The words of a form as they are said: figures digit by digit, no article in front.
fn spoken(form: &str) -> String {
    let words = Words::new(form);
    let mut out = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if word.bytes().all(|b| b.is_ascii_digit()) {
            out.extend(
                word.bytes()
                    .filter_map(|b| DIGIT_WORDS.get(usize::from(b.wrapping_sub(b'0'))))
                    .copied(),
            );
        } else if at > 0 || !matches!(word, "the" | "a" | "an") {
            out.push(word);
        }
    }
    out.join(" ")
}

/// `a | b | c`, each once; a rule without forms must still be one that matches something impossible to say.
fn alternatives(forms: BTreeSet<String>) -> String {
    let listed: Vec<String> = forms.into_iter().filter(|form| !form.is_empty()).collect();
    or_nothing(listed.join(" | "))
}

fn or_nothing(body: String) -> String {
    if body.is_empty() {
        "<VOID>".to_owned()
    } else {
        body
    }
}

/// `digit_string` says between `min` and `max` digits, singly, doubled or in pairs; `digits_left_N` says the last N.
fn digit_rules(min: usize, max: usize, rules: &mut BTreeMap<String, String>) {
    let max = max.clamp(1, DIGITS_MAX);
    let min = min.clamp(1, max);
    for left in 1..=max {
        let mut ways = Vec::new();
        for (taken, way) in [
            (1, "<digit>"),
            (2, "double <digit>"),
            (2, "<pair>"),
            (3, "triple <digit>"),
        ] {
            if taken > left {
                continue;
            }
            let rest = left - taken;
            let may_stop = rest <= max - min;
            ways.push(match (rest, may_stop) {
                (0, _) => way.to_owned(),
                (_, true) => format!("{way} [<digits_left_{rest}>]"),
                (_, false) => format!("{way} <digits_left_{rest}>"),
            });
        }
        rules.insert(format!("digits_left_{left}"), ways.join(" | "));
    }
    rules.insert("digit_string".to_owned(), format!("<digits_left_{max}>"));
}

/// The rule each expectation starts from, named as [`Expectation::name`].
const ROOTS: &[&str] = &["yes_no", "digits", "one_of", "item", "quantity", "drink", "open"];

/// Rules that this file fills in. `<VOID>` is JSGF's own: it can never be said.
const FILLED: &[&str] = &[
    "goods",
    "unit",
    "candidate",
    "phrase",
    "wish_words",
    "digit_string",
    "VOID",
];

/// As `engine/v1/speech.proto` has it.
pub const PHRASES_MAX: usize = 200;

/// Digits of an order number, where the expectation does not say.
const USUAL_DIGITS: usize = 6;
const DIGITS_MAX: usize = 16;

const DIGIT_WORDS: &[&str] = &[
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
];

#[cfg(test)]
#[path = "grammar_tests.rs"]
mod tests;
