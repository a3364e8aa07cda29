//! Phrases that two intents have: of two alike only one would ever be heard.

use super::phrase::Phrase;
use crate::source::FileError;

/// Where a phrase is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) intent: String,
    pub(super) file: String,
    pub(super) line: u32,
}

impl Written {
    pub(super) fn new(intent: &str, file: &str, line: u32) -> Self {
        Self {
            intent: intent.to_owned(),
            file: file.to_owned(),
            line,
        }
    }

    pub(super) fn fault(&self, message: String) -> FileError {
        let mut fault = FileError::new(&self.file, format!("phrases: {message}"));
        fault.line = Some(self.line);
        fault
    }
}

/// Phrases of one line that another intent has.
#[derive(Debug, Default)]
pub(super) struct Clash {
    first: Option<(String, Written)>,
    more: usize,
}

impl Clash {
    pub(super) fn add(&mut self, phrase: &Phrase, other: &Written) {
        match &self.first {
            None => self.first = Some((phrase.text(), other.clone())),
            Some(_) => self.more += 1,
        }
    }

    pub(super) fn told(&self) -> Option<String> {
        let (text, other) = self.first.as_ref()?;
        Some(format!(
            "\"{text}\"{} already means `{}` ({}:{}); take it out of one of the two, or add what tells them apart",
            more(self.more),
            other.intent,
            other.file,
            other.line
        ))
    }
}

/// What is told of a line's other phrases.
pub(super) fn more(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => " (and another one of this line)".to_owned(),
        _ => format!(" (and {count} more of this line)"),
    }
}
