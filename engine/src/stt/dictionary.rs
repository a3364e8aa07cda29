//! Pronunciations: the few that a site's grammars need, out of the 134,000 of a full dictionary.
//! A trimmed dictionary is what makes a decoder start in milliseconds and stay small.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::stt::SttStartError;

/// A dictionary in memory: the file's text and where each word's lines begin.
#[derive(Debug)]
pub(crate) struct Pronunciations {
    text: String,
    /// Byte ranges of the lines, ordered by base word, then as they stand in the file.
    lines: Vec<(usize, usize)>,
    /// What the site adds or overrides; word to pronunciations, best first.
    extra: BTreeMap<String, Vec<String>>,
}

/// How a word that no dictionary has is pronounced, by rule. `None` when the rules give nothing.
pub(crate) type BySound = fn(&str) -> Option<String>;

impl Pronunciations {
    /// Reads `file` and puts `extra` (same format) before it.
    pub(crate) fn load(file: &Path, extra: &str) -> Result<Self, SttStartError> {
        let text = fs::read_to_string(file).map_err(|error| SttStartError::Unreadable {
            file: file.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self::new(text, extra))
    }

    fn new(text: String, extra: &str) -> Self {
        let mut lines: Vec<(usize, usize)> = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            if !line.trim().is_empty() && !line.starts_with(";;;") {
                lines.push((start, end));
            }
            start = end;
        }
        lines.sort_by_key(|range| (base_word(line_at(&text, *range)), range.0));
        let mut added: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in extra
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with(['#', ';']))
        {
            added
                .entry(base_word(line).to_lowercase())
                .or_default()
                .push(phones(line).to_owned());
        }
        Self {
            text,
            lines,
            extra: added,
        }
    }

    /// Every pronunciation of `word`, in phones. Empty when unknown.
    pub(crate) fn of(&self, word: &str) -> Vec<String> {
        if let Some(own) = self.extra.get(word) {
            return own.clone();
        }
        let base = |range: &(usize, usize)| base_word(line_at(&self.text, *range));
        let first = self.lines.partition_point(|range| base(range) < word);
        self.lines
            .iter()
            .skip(first)
            .take_while(|range| base(range) == word)
            .map(|range| phones(line_at(&self.text, *range)).to_owned())
            .collect()
    }

    /// As [`Pronunciations::of`], by rule when the dictionary does not know the word.
    pub(crate) fn of_or_by_rule(&self, word: &str, by_sound: BySound) -> Vec<String> {
        let known = self.of(word);
        if known.is_empty() {
            by_sound(word).into_iter().collect()
        } else {
            known
        }
    }

    /// A dictionary file of `words` alone. Words that cannot be pronounced at all are in the second list.
    pub(crate) fn trimmed(&self, words: &BTreeSet<String>, by_sound: BySound) -> (String, Vec<String>) {
        let mut file = String::new();
        let mut unknown = Vec::new();
        for word in words {
            let sounds = self.of_or_by_rule(word, by_sound);
            if sounds.is_empty() {
                unknown.push(word.clone());
            }
            for (number, sound) in sounds.iter().enumerate() {
                file.push_str(&alternative(word, number));
                file.push(' ');
                file.push_str(sound);
                file.push('\n');
            }
        }
        (file, unknown)
    }
}

/// How dictionaries write the n-th pronunciation of a word, from 0: `the`, `the(2)`, `the(3)`.
pub(crate) fn alternative(word: &str, number: usize) -> String {
    if number == 0 {
        word.to_owned()
    } else {
        format!("{word}({})", number + 1)
    }
}

/// The word without the mark of an alternative pronunciation.
pub(crate) fn base_word(line: &str) -> &str {
    let word = line.split_whitespace().next().unwrap_or_default();
    match word.split_once('(') {
        Some((base, mark)) if !base.is_empty() && mark.ends_with(')') => base,
        Some(_) | None => word,
    }
}

fn phones(line: &str) -> &str {
    line.trim()
        .split_once(char::is_whitespace)
        .map_or("", |(_, sound)| sound.trim())
}

fn line_at(text: &str, (start, end): (usize, usize)) -> &str {
    text.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_rule(word: &str) -> Option<String> {
        (word == "zorp").then(|| "Z AO R P".to_owned())
    }

    #[test]
    fn trims_to_the_words_asked_for() {
        let text = "a AH\na(2) EY\nab AE B\nthe DH AH\nthe(2) DH IY\n";
        let all = Pronunciations::new(text.to_owned(), "# the shop's own\nlatte L AA T EY\nab AH B\n");
        let check = |words: &[&str], expect: &str, unknown: &[&str]| {
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            let (file, missing) = all.trimmed(&words, by_rule);
            assert_eq!(
                (file.as_str(), missing),
                (expect, unknown.iter().map(|word| (*word).to_owned()).collect())
            );
        };
        check(&["the", "a"], "a AH\na(2) EY\nthe DH AH\nthe(2) DH IY\n", &[]);
        check(&["ab", "latte"], "ab AH B\nlatte L AA T EY\n", &[]);
        check(&["zorp", "xqx"], "zorp Z AO R P\n", &["xqx"]);
    }
}
