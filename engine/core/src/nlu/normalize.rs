//! From raw text to words: case, punctuation, contractions, fillers, foreign marks; bounded.
//!
//! What comes out is lower-case ASCII words, apostrophes inside kept ("i'd"), digits as digits, other
//! scripts dropped. Recognisers write "two hundred", typists "200": both pass, [`super::number`] reads them.

use super::escapes::without_escapes;
use crate::limits::UTTERANCE_TEXT_MAX;

/// The words of one utterance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    words: Vec<String>,
    /// True when the text was longer than [`UTTERANCE_TEXT_MAX`] bytes and its end was not read.
    pub cut: bool,
}

impl Words {
    /// Reads a text of any length and content; never fails.
    pub fn new(text: &str) -> Self {
        let (text, cut) = bounded(text);
        let mut words = Vec::new();
        for raw in clean(&without_escapes(text)).split_ascii_whitespace() {
            push_word(raw, &mut words);
        }
        Self {
            words: without_fillers(words),
            cut,
        }
    }

    pub fn as_slice(&self) -> &[String] {
        &self.words
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    pub fn len(&self) -> usize {
        self.words.len()
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words from `start` up to `end`, joined; empty when out of range.
    pub fn span(&self, start: usize, end: usize) -> String {
        self.words
            .get(start..end)
            .map(|words| words.join(" "))
            .unwrap_or_default()
    }

    /// The whole utterance, words separated by single spaces.
    pub fn text(&self) -> String {
        self.words.join(" ")
    }
}

/// The first [`UTTERANCE_TEXT_MAX`] bytes, at a character boundary.
fn bounded(text: &str) -> (&str, bool) {
    if text.len() <= UTTERANCE_TEXT_MAX {
        return (text, false);
    }
    let mut end = UTTERANCE_TEXT_MAX;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (text.get(..end).unwrap_or_default(), true)
}

/// Lower case, ASCII; everything that is no letter, digit or inner apostrophe becomes a space.
fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut previous = ' ';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        match c {
            '\'' | '’' | '‘' | 'ʼ' | '`' if previous.is_alphanumeric() && next.is_alphanumeric() => {
                out.push('\'');
            }
            // A thousands separator inside a number.
            ',' if previous.is_ascii_digit() && next.is_ascii_digit() => {}
            '&' => out.push_str(" and "),
            _ if c.is_ascii_alphanumeric() => out.push(c.to_ascii_lowercase()),
            _ => fold(c, &mut out),
        }
        previous = c;
    }
    out
}

/// Latin letters lose their marks ("café" is said "cafe"); anything else separates words.
fn fold(c: char, out: &mut String) {
    let plain = match c {
        'à'..='å' | 'À'..='Å' => "a",
        'è'..='ë' | 'È'..='Ë' => "e",
        'ì'..='ï' | 'Ì'..='Ï' => "i",
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' => "o",
        'ù'..='ü' | 'Ù'..='Ü' => "u",
        'ç' | 'Ç' => "c",
        'ñ' | 'Ñ' => "n",
        'ý' | 'ÿ' | 'Ý' => "y",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ß' => "ss",
        // A combining mark or joiner belongs to the letter before it.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{ad}' | '\u{feff}' => "",
        _ => " ",
    };
    out.push_str(plain);
}

fn push_word(raw: &str, words: &mut Vec<String>) {
    if let Some(full) = table(raw, JOINED) {
        words.extend(full.split(' ').map(str::to_owned));
        return;
    }
    // "12oz", "2x", "3bags": a count glued to what it counts.
    let digits = raw.bytes().take_while(u8::is_ascii_digit).count();
    match raw.split_at_checked(digits) {
        Some((count, unit)) if !count.is_empty() && !unit.is_empty() && !is_ordinal(unit) => {
            words.push(count.to_owned());
            words.push(unit.to_owned());
        }
        Some(_) | None => words.push(raw.to_owned()),
    }
}

fn is_ordinal(suffix: &str) -> bool {
    matches!(suffix, "st" | "nd" | "rd" | "th")
}

/// "uh huh" and "uh uh" are answers, "uh" alone is none.
fn without_fillers(words: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut rest = words.into_iter().peekable();
    while let Some(word) = rest.next() {
        let next = rest.peek().map(String::as_str).unwrap_or_default();
        let answer = PAIRS
            .iter()
            .find(|(first, second, _)| *first == word && *second == next);
        if let Some((_, _, joined)) = answer {
            out.push((*joined).to_owned());
            rest.next();
        } else if !FILLERS.contains(&word.as_str()) {
            out.push(word);
        }
    }
    out
}

fn table(key: &str, rows: &[(&str, &'static str)]) -> Option<&'static str> {
    rows.iter().find(|(from, _)| *from == key).map(|(_, to)| *to)
}

/// Sounds that only hold the floor.
const FILLERS: &[&str] = &[
    "um", "umm", "uhm", "uh", "uhh", "er", "err", "erm", "ehm", "hmm", "hm", "mm", "mmm", "ah", "eh",
];

/// Two-syllable answers that recognisers write as two words.
const PAIRS: &[(&str, &str, &str)] = &[
    ("uh", "huh", "uh-huh"),
    ("mm", "hmm", "uh-huh"),
    ("mm", "hm", "uh-huh"),
    ("mhm", "mhm", "uh-huh"),
    ("uh", "uh", "uh-uh"),
    ("nuh", "uh", "uh-uh"),
];

/// Spellings that mean other words: lost apostrophes and run-together speech.
const JOINED: &[(&str, &str)] = &[
    ("aint", "ain't"),
    ("arent", "aren't"),
    ("cant", "can't"),
    ("cannot", "can't"),
    ("couldnt", "couldn't"),
    ("couldve", "could've"),
    ("didnt", "didn't"),
    ("doesnt", "doesn't"),
    ("dont", "don't"),
    ("gimme", "give me"),
    ("gonna", "going to"),
    ("gotta", "got to"),
    ("hasnt", "hasn't"),
    ("havent", "haven't"),
    ("isnt", "isn't"),
    ("itll", "it'll"),
    ("im", "i'm"),
    ("ive", "i've"),
    ("kinda", "kind of"),
    ("lemme", "let me"),
    ("mhm", "uh-huh"),
    ("mmhmm", "uh-huh"),
    ("ok", "okay"),
    ("k", "okay"),
    ("kay", "okay"),
    ("pls", "please"),
    ("plz", "please"),
    ("shouldnt", "shouldn't"),
    ("thats", "that's"),
    ("theres", "there's"),
    ("thx", "thanks"),
    ("u", "you"),
    ("uhhuh", "uh-huh"),
    ("wanna", "want to"),
    ("wasnt", "wasn't"),
    ("wheres", "where's"),
    ("whats", "what's"),
    ("whens", "when's"),
    ("wont", "won't"),
    ("wouldnt", "wouldn't"),
    ("ya", "you"),
    ("youre", "you're"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Words;
    use crate::limits::UTTERANCE_TEXT_MAX;

    fn check(text: &str, expect: &str) {
        assert_eq!(Words::new(text).text(), expect, "for {text:?}");
    }

    #[test]
    fn words_come_out_plain() {
        check("I'd like TWO bags, please!", "i'd like two bags please");
        check("I’d like a café crème", "i'd like a cafe creme");
        check("um, uh, well... dont", "well don't");
        check("uh-huh", "uh-huh");
        check("Mm-hmm", "uh-huh");
        check("uh uh", "uh-uh");
        check("12oz latte and 2x mocha", "12 oz latte and 2 x mocha");
        check("order #123,456", "order 123456");
        check("the 2nd one", "the 2nd one");
        check("beans & filters", "beans and filters");
        check("'quoted'", "quoted");
        check("gimme the usual", "give me the usual");
        check("\u{7}\u{0}заказ注文", "");
        check("", "");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let long = "café ".repeat(10_000);
        let words = Words::new(&long);
        assert!(words.cut);
        assert!(words.text().len() <= UTTERANCE_TEXT_MAX);
        assert!(!Words::new("short").cut);
    }

    proptest! {
        #[test]
        fn any_text_gives_plain_bounded_words(text in "\\PC{0,400}") {
            let words = Words::new(&text);
            for word in words.iter() {
                prop_assert!(!word.is_empty());
                prop_assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'\'' || b == b'-'));
            }
        }
    }
}
