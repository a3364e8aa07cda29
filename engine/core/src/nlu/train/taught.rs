//! The phrases that the model was taught, as they are written: whether a text is one of them.

use super::phrases::{brackets, choices};
use crate::nlu::normalize::Words;
use crate::nlu::understand::NamedText;

/// The lines of all intents' phrases.
#[derive(Debug, Clone, Default)]
pub struct Taught {
    lines: Vec<TaughtLine>,
}

/// A line of phrases, and what it was taught as.
#[derive(Debug, Clone)]
pub struct TaughtLine {
    pub intent: String,
    pub file: String,
    pub number: usize,
    /// Its parts one after the other, each with its choices.
    parts: Vec<Vec<Words>>,
}

impl Taught {
    /// Takes a file's lines; those that cannot be read teach nothing.
    pub fn add(&mut self, intent: &str, file: &NamedText) {
        for (line, number) in file.text.lines().zip(1..) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') || brackets(line).is_err() {
                continue;
            }
            let parts = choices(line).into_iter();
            self.lines.push(TaughtLine {
                intent: intent.to_owned(),
                file: file.name.clone(),
                number,
                parts: parts
                    .map(|part| part.into_iter().map(Words::new).collect())
                    .collect(),
            });
        }
    }

    /// The lines that say exactly this.
    pub fn lines_with(&self, text: &str) -> impl Iterator<Item = &TaughtLine> {
        let words = Words::new(text);
        self.lines
            .iter()
            .filter(move |line| says(&line.parts, words.as_slice()))
    }
}

/// Whether the words are one choice of each part after the other.
fn says(parts: &[Vec<Words>], words: &[String]) -> bool {
    let Some((first, rest)) = parts.split_first() else {
        return words.is_empty();
    };
    first.iter().any(|choice| {
        let after = words.strip_prefix(choice.as_slice());
        after.is_some_and(|after| says(rest, after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_the_line_that_says_it() {
        let mut taught = Taught::default();
        let text = "# how people ask\n(where is|where's) my (order|parcel) [please]\n";
        let file = NamedText {
            name: "order_status.txt".to_owned(),
            text: text.to_owned(),
        };
        taught.add("order_status", &file);
        let check = |text: &str, expect: Option<usize>| {
            let line = taught.lines_with(text).next();
            assert_eq!(line.map(|line| line.number), expect, "{text}");
        };
        check("Where's my parcel?", Some(2));
        check("where is my order please", Some(2));
        check("where is my", None);
        check("where is my order now", None);
    }
}
