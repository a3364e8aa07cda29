//! Phrases written by people: one a line, "(a|b)" for a choice, "[a]" for what may be left out.

use crate::source::FileError;

/// Every phrase a line stands for, at most `max`; more are thinned out evenly and always the same way.
pub(crate) fn expand(file: &str, number: usize, line: &str, max: usize) -> Result<Vec<String>, FileError> {
    let parts = parse(line).map_err(|message| {
        let mut fault = FileError::new(file, message);
        fault.line = u32::try_from(number).ok();
        fault.remedy("write (a|b) for a choice and [a] for what may be left out; they do not nest")
    })?;
    let all = parts.iter().fold(1_usize, |n, part| n.saturating_mul(part.len()));
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

fn parse(line: &str) -> Result<Vec<Vec<&str>>, String> {
    let mut parts = Vec::new();
    let mut rest = line;
    while let Some(open) = rest.find(['(', '[', ')', ']']) {
        let (before, after) = rest.split_at(open);
        parts.push(vec![before.trim()]);
        let close = match after.as_bytes().first() {
            Some(b'(') => ')',
            Some(b'[') => ']',
            Some(_) | None => {
                return Err(format!(
                    "`{}` closes nothing",
                    after.chars().next().unwrap_or(' ')
                ));
            }
        };
        let inner = after.get(1..).unwrap_or_default();
        let end = inner.find(close).ok_or_else(|| format!("`{close}` is missing"))?;
        let (choices, tail) = inner.split_at(end);
        if choices.contains(['(', '[']) {
            return Err("brackets do not nest".to_owned());
        }
        let mut options: Vec<&str> = choices.split('|').map(str::trim).collect();
        if close == ']' {
            options.insert(0, "");
        }
        parts.push(options);
        rest = tail.get(1..).unwrap_or_default();
    }
    parts.push(vec![rest.trim()]);
    Ok(parts)
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
        let all = expand("x.txt", 1, "(i want|give me) [some] beans", 16).unwrap();
        assert_eq!(
            all,
            [
                "give me beans",
                "give me some beans",
                "i want beans",
                "i want some beans"
            ]
        );
        let some = expand("x.txt", 1, "(a|b|c|d|e) (a|b|c|d|e) (a|b|c)", 16).unwrap();
        assert!(some.len() > 10 && some.len() <= 16, "{some:?}");
        assert_eq!(
            some,
            expand("x.txt", 1, "(a|b|c|d|e) (a|b|c|d|e) (a|b|c)", 16).unwrap()
        );
    }

    #[test]
    fn faults_name_the_line() {
        let error = expand("cancel.txt", 7, "cancel (it", 16).unwrap_err();
        assert!(
            error.to_string().starts_with("cancel.txt:7: `)` is missing"),
            "{error}"
        );
    }
}
