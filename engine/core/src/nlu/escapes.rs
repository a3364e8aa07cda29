//! Escape sequences of terminals in a text ("\x1b[31m"): they say nothing, and their letters and figures are no words.

use std::iter::Peekable;
use std::str::Chars;

/// The text without them, and without the control characters that stand inside its words.
pub(super) fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ESCAPE => skip_sequence(&mut chars),
            CONTROL_SEQUENCE => skip_parameters(&mut chars),
            _ if c.is_control() && !c.is_whitespace() => {}
            _ => out.push(c),
        }
    }
    out
}

/// What follows an escape: a control sequence, a string with its end, or a single character.
fn skip_sequence(chars: &mut Peekable<Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_parameters(chars);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => skip_string(chars),
        Some(c) if c.is_ascii_graphic() => {
            chars.next();
        }
        Some(_) | None => {}
    }
}

/// Parameters, and the letter that ends them.
fn skip_parameters(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| (' '..='?').contains(c)).is_some() {}
    chars.next_if(|c| ('@'..='~').contains(c));
}

/// Up to the bell or the terminator; where neither comes, it was none, and what was said stays.
fn skip_string(chars: &mut Peekable<Chars<'_>>) {
    let mut ahead = chars.clone();
    while let Some(c) = ahead.next() {
        let ends = c == BELL || (c == ESCAPE && ahead.next_if_eq(&'\\').is_some());
        if ends {
            *chars = ahead;
            return;
        }
    }
    chars.next();
}

const ESCAPE: char = '\u{1b}';
const CONTROL_SEQUENCE: char = '\u{9b}';
const BELL: char = '\u{7}';

#[cfg(test)]
mod tests {
    use super::without_escapes;

    #[test]
    fn only_what_was_said_stays() {
        let check = |text: &str, expect: &str| assert_eq!(without_escapes(text), expect, "{text:?}");
        check("reor\u{1}der my \u{1b}[31mlast order", "reorder my last order");
        check("two\u{1b}[0;1m bags", "two bags");
        check("\u{9b}31mtwo bags", "two bags");
        check("\u{1b}]0;three\u{7}two bags", "two bags");
        check("\u{1b}]0;three\u{1b}\\two bags", "two bags");
        check("\u{1b}]two bags", "two bags");
        check("two\tbags\nplease", "two\tbags\nplease");
        check("two bags\u{1b}", "two bags");
        check("two bags\u{1b}[", "two bags");
    }
}
