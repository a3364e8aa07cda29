//! Reading the files that designers write: strict tables, and faults that name file, line, key and the
//! nearest right name. Texts come in, not paths: the core opens no files.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use sha2::{Digest, Sha256};
use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::source::{FileError, column_of, line_of, nearest};

/// One file as its reader found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As messages name it: "models/flows/reorder.toml".
    pub file: String,
    pub text: String,
}

impl Source {
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            text: text.into(),
        }
    }

    /// The file's name without folders and extension.
    pub fn stem(&self) -> &str {
        let name = self.file.rsplit(['/', '\\']).next().unwrap_or(&self.file);
        name.strip_suffix(".toml").unwrap_or(name)
    }
}

/// Everything wrong, in the order of files and lines. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", self.lines())]
pub struct LoadErrors {
    pub faults: Vec<FileError>,
}

impl LoadErrors {
    fn lines(&self) -> String {
        self.faults
            .iter()
            .map(FileError::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Where faults gather, so that one run reports all of them.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    faults: RefCell<Vec<FileError>>,
}

impl Collector {
    pub(crate) fn is_empty(&self) -> bool {
        self.faults.borrow().is_empty()
    }

    pub(crate) fn add(&self, fault: FileError) {
        self.faults.borrow_mut().push(fault);
    }

    /// `value` when nothing was wrong.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, LoadErrors> {
        let mut faults = self.faults.into_inner();
        faults.sort_by(|left, right| {
            (&left.file, left.line, &left.message).cmp(&(&right.file, right.line, &right.message))
        });
        faults.dedup();
        match value {
            Some(value) if faults.is_empty() => Ok(value),
            Some(_) | None => Err(LoadErrors { faults }),
        }
    }
}

/// A word with the place it was written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) line: u32,
    /// Of the first letter in its line, from 1.
    pub(crate) column: usize,
}

/// A table of a file, able to blame its own lines.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    source: &'a Source,
    collector: &'a Collector,
    path: String,
    at: usize,
    table: &'a DeTable<'a>,
    /// Keys that were meant by others, which are reported: they are not missing besides.
    misspelt: RefCell<BTreeSet<String>>,
}

impl<'a> Scope<'a> {
    pub(crate) fn root(source: &'a Source, collector: &'a Collector, table: &'a DeTable<'a>) -> Self {
        Self {
            source,
            collector,
            path: String::new(),
            at: 0,
            table,
            misspelt: RefCell::default(),
        }
    }

    pub(crate) fn file(&self) -> &str {
        &self.source.file
    }

    /// The file's name without folders and extension.
    pub(crate) fn stem(&self) -> &str {
        self.source.stem()
    }

    /// Reports a fault of `key` (or of the whole table when `key` is not in it).
    pub(crate) fn blame(&self, key: &str, message: impl Into<String>) {
        let at = self
            .table
            .get_key_value(key)
            .map_or(self.at, |(name, _)| name.span().start);
        self.fault(at, &self.join(key), message.into());
    }

    /// Reports a fault at a line of its own: the third text of a list.
    pub(crate) fn blame_line(&self, line: u32, key: &str, message: &str) {
        let mut error = FileError::new(&self.source.file, format!("{}: {message}", self.join(key)));
        error.line = Some(line);
        self.collector.add(error);
    }

    /// Refuses every key that is not in `allowed`.
    pub(crate) fn only(&self, allowed: &[&str]) {
        for (key, _) in self.table {
            let name: &str = key.get_ref();
            if !allowed.contains(&name) {
                let free = allowed.iter().copied().filter(|key| !self.has(key));
                self.blame_misspelt(name, near(name, free), allowed);
            }
        }
    }

    /// Reports a key that is none, with the one that was probably meant.
    pub(crate) fn blame_misspelt(&self, key: &str, meant: Option<&str>, allowed: &[&str]) {
        let message = match meant {
            Some(meant) => {
                self.misspelt.borrow_mut().insert(meant.to_owned());
                format!("unknown key; did you mean `{meant}`?")
            }
            None => format!("unknown key; the keys here are {}", allowed.join(", ")),
        };
        self.blame(key, message);
    }

    /// Whether the key is there, be it under a misspelt name that is reported.
    pub(crate) fn has_meant(&self, key: &str) -> bool {
        self.has(key) || self.misspelt.borrow().contains(key)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub(crate) fn word(&self, key: &str) -> Option<Word> {
        let value = self.table.get(key)?;
        self.as_word(key, value)
    }

    pub(crate) fn need_word(&self, key: &str) -> Option<Word> {
        if !self.has_meant(key) {
            self.blame(key, "this key is missing");
        }
        self.word(key)
    }

    /// A string, or a list of strings.
    pub(crate) fn words(&self, key: &str) -> Vec<Word> {
        match self.table.get(key) {
            None => Vec::new(),
            Some(value) => self.as_words(key, value),
        }
    }

    pub(crate) fn number(&self, key: &str) -> Option<u32> {
        let value = self.table.get(key)?;
        let number = value.get_ref().as_integer().and_then(|integer| {
            u32::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok()
        });
        if number.is_none() {
            self.wrong_type(key, value, "a whole number from 0");
        }
        number
    }

    /// A number from 0 to 1.
    pub(crate) fn fraction(&self, key: &str) -> Option<f32> {
        let value = self.table.get(key)?;
        let text = match value.get_ref() {
            DeValue::Float(float) => Some(float.as_str()),
            DeValue::Integer(integer) => Some(integer.as_str()),
            DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => None,
        };
        let fraction = text
            .and_then(|text| text.parse::<f32>().ok())
            .filter(|value| (0.0..=1.0).contains(value));
        if fraction.is_none() {
            self.wrong_type(key, value, "a number from 0 to 1");
        }
        fraction
    }

    pub(crate) fn table(&self, key: &str) -> Option<Scope<'a>> {
        let (name, value) = self.table.get_key_value(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some(self.inner(self.join(key), name.span(), table)),
            None => {
                self.wrong_type(key, value, "a table");
                None
            }
        }
    }

    /// The entries of an array of tables.
    pub(crate) fn tables(&self, key: &str) -> Vec<Scope<'a>> {
        let Some(value) = self.table.get(key) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of tables");
            return Vec::new();
        };
        let mut scopes = Vec::new();
        for (index, entry) in array.iter().enumerate() {
            match entry.get_ref().as_table() {
                Some(table) => {
                    scopes.push(self.inner(format!("{}[{index}]", self.join(key)), entry.span(), table));
                }
                None => self.wrong_type(key, entry, "a list of tables"),
            }
        }
        scopes
    }

    /// The table's keys in the order of the file.
    pub(crate) fn keys(&self) -> Vec<Word> {
        let mut keys: Vec<_> = self.table.iter().map(|(key, _)| key).collect();
        keys.sort_by_key(|key| key.span().start);
        keys.into_iter()
            .map(|key| Word {
                text: key.get_ref().to_string(),
                line: self.line_at(key.span().start),
                column: column_of(&self.source.text, key.span().start),
            })
            .collect()
    }

    pub(crate) fn is_table(&self, key: &str) -> bool {
        self.table
            .get(key)
            .is_some_and(|value| value.get_ref().is_table())
    }

    fn as_words(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Vec<Word> {
        match value.get_ref().as_array() {
            Some(array) => array
                .iter()
                .filter_map(|entry| self.as_word(key, entry))
                .collect(),
            None => self.as_word(key, value).into_iter().collect(),
        }
    }

    fn as_word(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Word> {
        match value.get_ref().as_str() {
            Some(text) => Some(Word {
                text: text.to_owned(),
                line: self.line_at(value.span().start),
                // Behind the quote.
                column: column_of(&self.source.text, value.span().start) + 1,
            }),
            None => {
                self.wrong_type(key, value, "a text in quotes");
                None
            }
        }
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = value.get_ref().type_str();
        self.fault(
            value.span().start,
            &self.join(key),
            format!("{wanted} belongs here, not this {found}"),
        );
    }

    fn inner(&self, path: String, span: Range<usize>, table: &'a DeTable<'a>) -> Scope<'a> {
        Scope {
            source: self.source,
            collector: self.collector,
            path,
            at: span.start,
            table,
            misspelt: RefCell::default(),
        }
    }

    fn join(&self, key: &str) -> String {
        if key.is_empty() {
            self.path.clone()
        } else if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Where the table begins.
    pub(crate) fn line(&self) -> u32 {
        self.line_at(self.at)
    }

    fn line_at(&self, at: usize) -> u32 {
        line_of(&self.source.text, at)
    }

    fn fault(&self, at: usize, key: &str, message: String) {
        let message = if key.is_empty() {
            message
        } else {
            format!("{key}: {message}")
        };
        self.collector
            .add(FileError::new(&self.source.file, message).at(&self.source.text, at));
    }
}

/// The tables of every source that parses; the others are reported.
pub(crate) fn parse<'a>(
    sources: &'a [Source],
    collector: &Collector,
) -> Vec<(&'a Source, Spanned<DeTable<'a>>)> {
    let mut parsed = Vec::new();
    for source in sources {
        match DeTable::parse(&source.text) {
            Ok(table) => parsed.push((source, table)),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let twice = (error.message() == DUPLICATE).then(|| written_twice(&source.text, at));
                let message = twice.unwrap_or_else(|| error.message().trim().replace('\n', "; "));
                collector.add(FileError::new(&source.file, message).at(&source.text, at));
            }
        }
    }
    parsed
}

/// What the parser says of a table, or of a key of one, that is written twice.
const DUPLICATE: &str = "duplicate key";

/// What stands at byte `at` and stood before: a step by its name, anything else as it is written.
fn written_twice(text: &str, at: usize) -> String {
    let number = line_of(text, at);
    let lines = || text.lines().zip(1..);
    let here = lines().find(|(_, other)| *other == number);
    let here = here.map_or("", |(line, _)| line.trim());
    let Some(header) = header(here) else {
        let rest = text.get(at..).unwrap_or_default();
        let key = rest
            .split(|c: char| c == '=' || c.is_whitespace())
            .next()
            .unwrap_or_default();
        return format!("`{key}` is written twice: leave one of them out");
    };
    let mut before = lines().take_while(|(_, other)| *other < number);
    let first = before.find(|(line, _)| self::header(line.trim()) == Some(header));
    let first = first.map_or_else(String::new, |(_, line)| format!(" in line {line}"));
    match header.strip_prefix("steps.") {
        Some(step) => format!("there is a step `{step}` already{first}: give one of them another name"),
        None => format!("[{header}] is there already{first}: put both into one table"),
    }
}

/// The name in "[steps.greeting]  # a note".
fn header(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix('[')?.split_once(']')?;
    Some(name.trim())
}

/// "; did you mean `stock`?", or nothing when no name is near.
pub(crate) fn did_you_mean<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> String {
    near(name, names).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// The name that was probably meant.
pub(crate) fn near<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let names: Vec<&str> = names.collect();
    // Short words with two letters swapped are unlike by Jaro and Winkler, but near by keystrokes.
    nearest(name, names.iter().copied()).or_else(|| slip_of(name, &names))
}

/// The name of which this one is a slip of the keys: a letter more, less, another, or two swapped.
pub(crate) fn slip_of<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    let mut others = names.iter().copied();
    others.find(|other| strsim::damerau_levenshtein(name, other) == 1)
}

/// Finds a name in a map, or says which one was probably meant.
pub(crate) fn look_up<'m, T>(map: &'m BTreeMap<String, T>, name: &str, what: &str) -> Result<&'m T, String> {
    map.get(name).ok_or_else(|| {
        format!(
            "no {what} named `{name}`{}",
            did_you_mean(name, map.keys().map(String::as_str))
        )
    })
}

/// Files may be listed in any order without being another version.
pub(crate) fn version_of(sources: &[Source]) -> String {
    let mut sorted: Vec<_> = sources.iter().collect();
    sorted.sort_by(|left, right| left.stem().cmp(right.stem()));
    let mut hash = Sha256::new();
    for source in sorted {
        hash.update(source.stem().as_bytes());
        hash.update([0]);
        hash.update(source.text.as_bytes());
    }
    hash.finalize()
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
