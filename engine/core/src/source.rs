//! Faults in files that people edit: every message names the file, the line, and what to do.

use std::fmt;

use serde::de::DeserializeOwned;
use thiserror::Error;

/// One fault in one file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct FileError {
    pub file: String,
    /// 1-based; `None` when the fault is the file as a whole.
    pub line: Option<u32>,
    pub message: String,
    /// What to do about it; empty when the message says it all.
    pub remedy: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }
}

impl FileError {
    pub fn new(file: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            message: message.into(),
            remedy: String::new(),
        }
    }

    /// At the line that holds byte `offset` of `text`.
    #[must_use]
    pub fn at(mut self, text: &str, offset: usize) -> Self {
        self.line = Some(line_of(text, offset));
        self
    }

    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }
}

/// Parses TOML strictly: an unknown key, a wrong type or a syntax error names its line, and an unknown
/// key the nearest right one.
pub fn parse_toml<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, FileError> {
    toml::from_str(text).map_err(|error| explain(file, text, &error))
}

/// The 1-based line of byte `offset`.
pub fn line_of(text: &str, offset: usize) -> u32 {
    let before = text
        .as_bytes()
        .iter()
        .take(offset)
        .filter(|byte| **byte == b'\n')
        .count();
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

/// The 1-based column of byte `offset`, in letters.
pub fn column_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.chars().count() + 1
}

/// The candidate most like `wrong`, if any is like it at all.
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Jaro-Winkler similarity below which a suggestion would only confuse.
    const ALIKE: f64 = 0.75;
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(wrong, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

fn explain(file: &str, text: &str, error: &toml::de::Error) -> FileError {
    let key = error.span().and_then(|span| key_at(text, span.start));
    let message = error.message();
    let explained = unknown_key(message)
        .or_else(|| wrong_type(message, key))
        .or_else(|| missing_key(message));
    let fault = match explained {
        Some((message, remedy)) => FileError::new(file, message).remedy(remedy),
        None => FileError::new(file, message.to_owned()),
    };
    match error.span() {
        Some(span) => fault.at(text, span.start),
        None => fault,
    }
}

/// The key whose value is at byte `offset`, where both are on a line.
fn key_at(text: &str, offset: usize) -> Option<&str> {
    let line = text.get(..offset)?.rsplit('\n').next()?;
    let (key, _) = line.rsplit_once('=')?;
    let key = key.rsplit(['{', ',', '[']).next()?.trim();
    Some(key).filter(|key| !key.is_empty())
}

/// Turns serde's "invalid type: string "y", expected u16" into a message and a remedy.
fn wrong_type(message: &str, key: Option<&str>) -> Option<(String, String)> {
    let rest = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))?;
    let (got, wanted) = rest.rsplit_once(", expected ")?;
    let wanted = KINDS
        .iter()
        .find(|(names, _)| names.contains(&wanted))
        .map_or(wanted, |(_, plain)| plain);
    let got = got.replace('`', "");
    let message = key.map_or_else(
        || format!("{got} does not fit here"),
        |key| format!("{key}: {got} does not fit"),
    );
    Some((message, format!("write {wanted}")))
}

/// What serde calls kinds of values, and what they are in a file.
const KINDS: &[(&[&str], &str)] = &[
    (&["u8"], "a whole number from 0 to 255, without quotes"),
    (&["u16"], "a whole number from 0 to 65535, without quotes"),
    (
        &["u32", "u64", "usize"],
        "a whole number, 0 or more, without quotes",
    ),
    (&["i32", "i64"], "a whole number, without quotes"),
    (&["f32", "f64"], "a number, without quotes"),
    (&["a boolean"], "true or false, without quotes"),
    (&["a string"], "a text in quotes"),
    (&["a sequence"], "a list: [ ... ]"),
    (&["a map"], "a table: { ... }"),
];

/// Turns serde's "missing field `a`" into a message and a remedy.
fn missing_key(message: &str) -> Option<(String, String)> {
    let key = message.strip_prefix("missing field `")?.strip_suffix('`')?;
    Some((format!("\"{key}\" is missing"), format!("add `{key} = ...`")))
}

/// Turns serde's "unknown field `a`, expected one of `b`, `c`" into a message and a remedy.
fn unknown_key(message: &str) -> Option<(String, String)> {
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        let (wrong, rest) = rest.split_once('`')?;
        let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
        let remedy = match nearest(wrong, known.iter().copied()) {
            Some(right) => format!("did you mean \"{right}\"?"),
            None => format!("the values here are {}", known.join(", ")),
        };
        return Some((format!("unknown value \"{wrong}\""), remedy));
    }
    let rest = message.strip_prefix("unknown field `")?;
    let (wrong, rest) = rest.split_once('`')?;
    let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    let remedy = match nearest(wrong, known.iter().copied()) {
        Some(right) => format!("did you mean \"{right}\"?"),
        None if known.is_empty() => "no key is allowed here".to_owned(),
        None => format!("the keys here are {}", known.join(", ")),
    };
    Some((format!("unknown key \"{wrong}\""), remedy))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::parse_toml;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Trunk {
        #[expect(dead_code)]
        address: String,
        #[expect(dead_code)]
        port: u16,
    }

    fn check(text: &str, expect: &str) {
        let error = parse_toml::<Trunk>("trunks.toml", text).unwrap_err();
        assert_eq!(error.to_string(), expect);
    }

    #[test]
    fn a_fault_names_file_line_key_and_remedy() {
        check(
            "port = 1\nadress = \"x\"\n",
            "trunks.toml:2: unknown key \"adress\"; did you mean \"address\"?",
        );
        check(
            "port = 1\nzzz = 1\n",
            "trunks.toml:2: unknown key \"zzz\"; the keys here are address, port",
        );
        check(
            "address = \"x\"\nport = \"y\"\n",
            "trunks.toml:2: port: string \"y\" does not fit; write a whole number from 0 to 65535, without quotes",
        );
        check(
            "address = \"x\"\nport = 70000\n",
            "trunks.toml:2: port: integer 70000 does not fit; write a whole number from 0 to 65535, without quotes",
        );
        check(
            "address = 5\nport = 1\n",
            "trunks.toml:1: address: integer 5 does not fit; write a text in quotes",
        );
        check(
            "port = 1\n",
            "trunks.toml:1: \"address\" is missing; add `address = ...`",
        );
    }
}
