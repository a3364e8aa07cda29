//! Phrases written by people: one a line, "(a|b)" for a choice, "[a]" for what may be left out.

use crate::source::FileError;

/// Every phrase a line stands for, at most `max`; more are thinned out evenly and always the same way.
/// The line begins at `column` of its file's line `number`.
pub(crate) fn expand(
    file: &str,
    number: usize,
    column: usize,
    line: &str,
    max: usize,
) -> Result<Vec<String>, FileError> {
    brackets(line).map_err(|wrong| {
        let mut fault = FileError::new(file, wrong.message(column));
        fault.line = u32::try_from(number).ok();
        fault.remedy(wrong.remedy())
    })?;
    let parts = choices(line);
    let all = product(&parts);
    let mut dice = Dice(line.bytes().fold(0x9e37_79b9_7f4a_7c15, |s, b| {
        (s ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3)
    }));
    let mut out: Vec<String> = if all <= max {
        (0..all).map(|index| nth(&parts, index)).collect()
    } else {
        sample(&parts, max, &mut dice)
    };
    out.sort();
    out.dedup();
    Ok(out)
}

/// How many phrases a line stands for.
pub(crate) fn combinations(line: &str) -> usize {
    product(&choices(line))
}

fn product(parts: &[Vec<&str>]) -> usize {
    parts.iter().fold(1_usize, |n, part| n.saturating_mul(part.len()))
}

/// The phrase of one combination, counted like digits.
fn nth(parts: &[Vec<&str>], mut index: usize) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(part.get(index % part.len().max(1)).copied().unwrap_or_default());
        text.push(' ');
        index /= part.len().max(1);
    }
    squeeze(&text)
}

/// Each choice comes up about equally often.
fn sample(parts: &[Vec<&str>], max: usize, dice: &mut Dice) -> Vec<String> {
    let columns: Vec<Vec<&str>> = parts.iter().map(|part| dice.column(part, max)).collect();
    (0..max)
        .map(|row| {
            let picked: Vec<&str> = columns
                .iter()
                .filter_map(|column| column.get(row).copied())
                .collect();
            squeeze(&picked.join(" "))
        })
        .collect()
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is wrong with the brackets of a line; places count from 0, in letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Unclosed { open: char, at: usize },
    ClosesNothing { close: char, at: usize },
    Nested { inner: char, at: usize, outer_at: usize },
    Bare { at: usize },
}

impl Wrong {
    fn message(self, column: usize) -> String {
        match self {
            Self::Unclosed { open, at } => format!("the `{open}` at column {} is not closed", column + at),
            Self::ClosesNothing { close, at } => {
                format!("the `{close}` at column {} closes nothing", column + at)
            }
            Self::Nested { inner, at, outer_at } => format!(
                "the `{inner}` at column {} stands inside of the bracket at column {}, and brackets do not nest",
                column + at,
                column + outer_at
            ),
            Self::Bare { at } => format!("the `|` at column {} stands outside of brackets", column + at),
        }
    }

    fn remedy(self) -> String {
        match self {
            Self::Unclosed { open, .. } => format!("write `{}` where its choices end", closing(open)),
            Self::ClosesNothing { close, .. } => {
                format!("write `{}` where its choices begin, or remove it", opening(close))
            }
            Self::Nested { .. } => "write it as two lines".to_owned(),
            Self::Bare { .. } => "write the choices as (a|b)".to_owned(),
        }
    }
}

const fn closing(open: char) -> char {
    if open == '(' { ')' } else { ']' }
}

const fn opening(close: char) -> char {
    if close == ')' { '(' } else { '[' }
}

/// Whether every bracket has its partner. One that is never closed is told before those that stand in it.
pub(super) fn brackets(line: &str) -> Result<(), Wrong> {
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut nested = None;
    for (at, letter) in line.chars().enumerate() {
        match letter {
            '(' | '[' => {
                if let Some((_, outer_at)) = open.last() {
                    nested = nested.or(Some(Wrong::Nested {
                        inner: letter,
                        at,
                        outer_at: *outer_at,
                    }));
                }
                open.push((letter, at));
            }
            ')' | ']' => match open.last().filter(|(partner, _)| closing(*partner) == letter) {
                Some(_) => {
                    open.pop();
                }
                None => return Err(unmatched(&open, letter, at)),
            },
            '|' if open.is_empty() => return Err(Wrong::Bare { at }),
            _ => {}
        }
    }
    match open.first() {
        Some((letter, at)) => Err(Wrong::Unclosed {
            open: *letter,
            at: *at,
        }),
        None => nested.map_or(Ok(()), Err),
    }
}

/// "(a]": the bracket that is open is the one that lacks its partner.
fn unmatched(open: &[(char, usize)], close: char, at: usize) -> Wrong {
    match open.last() {
        Some((letter, at)) => Wrong::Unclosed {
            open: *letter,
            at: *at,
        },
        None => Wrong::ClosesNothing { close, at },
    }
}

/// The choices of a line whose brackets are right.
pub(super) fn choices(line: &str) -> Vec<Vec<&str>> {
    let mut parts = Vec::new();
    let mut rest = line;
    while let Some((before, inside)) = rest.split_once(['(', '[']) {
        parts.push(vec![before.trim()]);
        let may_be_left_out = rest.as_bytes().get(before.len()) == Some(&b'[');
        let (inner, after) = inside.split_once([')', ']']).unwrap_or((inside, ""));
        let mut options: Vec<&str> = inner.split('|').map(str::trim).collect();
        if may_be_left_out {
            options.insert(0, "");
        }
        parts.push(options);
        rest = after;
    }
    parts.push(vec![rest.trim()]);
    parts
}

/// A generator seeded by the line itself (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let sides = u64::try_from(sides.max(1)).unwrap_or(1);
        usize::try_from((z ^ (z >> 31)) % sides).unwrap_or_default()
    }

    /// `count` options: the part's choices shuffled, over and over.
    fn column<'a>(&mut self, part: &[&'a str], count: usize) -> Vec<&'a str> {
        let mut out = Vec::with_capacity(count + part.len());
        while out.len() < count {
            let mut deck: Vec<&str> = part.to_vec();
            while !deck.is_empty() {
                let pick = self.roll(deck.len());
                out.push(deck.swap_remove(pick));
            }
        }
        out.truncate(count);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn lines_expand() {
        let all = expand("x.txt", 1, 1, "(i want|give me) [some] beans", 16).unwrap();
        assert_eq!(
            all,
            [
                "give me beans",
                "give me some beans",
                "i want beans",
                "i want some beans"
            ]
        );
        let some = expand("x.txt", 1, 1, "(a|b|c|d|e) (a|b|c|d|e) (a|b|c)", 16).unwrap();
        assert!(some.len() > 10 && some.len() <= 16, "{some:?}");
        assert_eq!(
            some,
            expand("x.txt", 1, 1, "(a|b|c|d|e) (a|b|c|d|e) (a|b|c)", 16).unwrap()
        );
    }

    fn check(line: &str, expect: &str) {
        let error = expand("cancel.txt", 7, 1, line, 16).unwrap_err().to_string();
        let told = error.strip_prefix("cancel.txt:7: ").unwrap();
        assert_eq!(told, expect, "{line}");
    }

    #[test]
    fn faults_name_the_line_the_column_and_the_bracket() {
        check(
            "cancel (it",
            "the `(` at column 8 is not closed; write `)` where its choices end",
        );
        check(
            "(when|what time (do|are) you open",
            "the `(` at column 1 is not closed; write `)` where its choices end",
        );
        check(
            "[the (red|blue] one",
            "the `(` at column 6 is not closed; write `)` where its choices end",
        );
        check(
            "the (red|(blue|green)) one",
            "the `(` at column 10 stands inside of the bracket at column 5, and brackets do not nest; \
             write it as two lines",
        );
        check(
            "red|blue) one",
            "the `|` at column 4 stands outside of brackets; write the choices as (a|b)",
        );
        check(
            "the blue] one",
            "the `]` at column 9 closes nothing; write `[` where its choices begin, or remove it",
        );
    }
}
