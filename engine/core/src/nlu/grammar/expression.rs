//! What may be said, as JSpeech Grammar Format 1.0 writes it (W3C note, 2000): words, rules, sequences,
//! alternatives, options. Weights, repetition and tags are not part of Hark's grammars and are refused.

use std::fmt;

/// One way, or many, to say something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expression {
    Word(String),
    /// What another rule says.
    Rule(String),
    Sequence(Vec<Self>),
    /// Each equally likely. With [`Expression::NOTHING`] among them, it may be left out.
    OneOf(Vec<Self>),
    /// JSGF's `<VOID>`: can never be said.
    Void,
}

impl Expression {
    /// JSGF's `<NULL>`.
    pub(crate) const NOTHING: Self = Self::Sequence(Vec::new());

    /// Reads the body of a rule. The message says what is wrong with it.
    pub(crate) fn parse(body: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: body, depth: 0 };
        let parsed = parser.alternatives()?;
        match parser.next()? {
            None => Ok(parsed),
            Some(token) => Err(format!("`{token}` closes nothing")),
        }
    }

    /// A word, or a rule by its name in `<>`.
    pub(crate) fn term(text: &str) -> Self {
        match text.strip_prefix('<').and_then(|name| name.strip_suffix('>')) {
            Some(name) => Self::rule(name),
            None => Self::Word(text.to_owned()),
        }
    }

    /// Words in a row.
    pub(crate) fn words(text: &str) -> Self {
        let words = text.split_whitespace().map(|word| Self::Word(word.to_owned()));
        Self::sequence(words.collect())
    }

    pub(crate) fn rule(name: &str) -> Self {
        Self::Rule(name.to_owned())
    }

    pub(crate) fn sequence(mut parts: Vec<Self>) -> Self {
        match parts.pop() {
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                Self::Sequence(parts)
            }
            None => Self::NOTHING,
        }
    }

    /// One of these; nothing that can be said where there are none.
    pub(crate) fn one_of(mut ways: Vec<Self>) -> Self {
        match ways.pop() {
            Some(only) if ways.is_empty() => only,
            Some(last) => {
                ways.push(last);
                Self::OneOf(ways)
            }
            None => Self::Void,
        }
    }

    /// This, or nothing.
    pub(crate) fn optional(self) -> Self {
        let ways = match self {
            Self::OneOf(ways) => ways,
            one @ (Self::Word(_) | Self::Rule(_) | Self::Sequence(_) | Self::Void) => vec![one],
        };
        Self::OneOf(std::iter::once(Self::NOTHING).chain(ways).collect())
    }

    /// The rules it names.
    pub(crate) fn rules(&self) -> Vec<&str> {
        match self {
            Self::Rule(name) => vec![name],
            Self::Sequence(parts) | Self::OneOf(parts) => parts.iter().flat_map(Self::rules).collect(),
            Self::Word(_) | Self::Void => Vec::new(),
        }
    }

    fn is_nothing(&self) -> bool {
        *self == Self::NOTHING
    }
}

/// JSGF again.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |parts: &[Self], by: &str| {
            let parts: Vec<String> = parts.iter().map(Self::to_string).collect();
            parts.join(by)
        };
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Rule(name) => write!(f, "<{name}>"),
            Self::Void => f.write_str("<VOID>"),
            Self::Sequence(parts) if parts.is_empty() => f.write_str("<NULL>"),
            Self::Sequence(parts) => f.write_str(&joined(parts, " ")),
            Self::OneOf(ways) => match ways.split_first() {
                Some((first, rest)) if first.is_nothing() => write!(f, "[ {} ]", joined(rest, " | ")),
                Some(_) | None => write!(f, "( {} )", joined(ways, " | ")),
            },
        }
    }
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Parser<'t> {
    /// `a b | c`, up to what closes it.
    fn alternatives(&mut self) -> Result<Expression, String> {
        let mut ways = vec![self.sequence()?];
        while self.peek()? == Some("|") {
            self.next()?;
            ways.push(self.sequence()?);
        }
        Ok(Expression::one_of(ways))
    }

    fn sequence(&mut self) -> Result<Expression, String> {
        let mut parts = Vec::new();
        while let Some(token) = self.peek()? {
            match token {
                "|" | ")" | "]" => break,
                "(" => parts.push(self.group(")")?),
                "[" => parts.push(self.group("]")?.optional()),
                "<NULL>" => parts.push(Expression::NOTHING),
                "<VOID>" => parts.push(Expression::Void),
                term => parts.push(Expression::term(term)),
            }
            if !matches!(token, "(" | "[") {
                self.next()?;
            }
        }
        if parts.is_empty() {
            return Err("words are missing: before, after or between `|`, or inside brackets".to_owned());
        }
        Ok(Expression::sequence(parts))
    }

    fn group(&mut self, close: &str) -> Result<Expression, String> {
        self.next()?;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("brackets are nested more than {DEPTH_MAX} deep"));
        }
        let inside = self.alternatives()?;
        self.depth -= 1;
        match self.next()? {
            Some(token) if token == close => Ok(inside),
            Some(token) => Err(format!("`{token}` closes nothing")),
            None => Err(format!("`{close}` is missing")),
        }
    }

    fn peek(&self) -> Result<Option<&'t str>, String> {
        Self { ..*self }.next()
    }

    fn next(&mut self) -> Result<Option<&'t str>, String> {
        let rest = self.rest.trim_start();
        let Some(first) = rest.chars().next() else {
            return Ok(None);
        };
        let length = match first {
            '(' | ')' | '[' | ']' | '|' => 1,
            '<' => rest.find('>').ok_or("`>` is missing")? + 1,
            '>' => return Err("`>` closes nothing".to_owned()),
            '*' | '+' | '/' | '{' | '}' | '"' => {
                return Err(format!(
                    "`{first}`: repetition, weights and tags are not known here"
                ));
            }
            _ => rest.find(ENDS_A_WORD).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        self.rest = after;
        Ok(Some(token))
    }
}

const ENDS_A_WORD: [char; 17] = [
    '(', ')', '[', ']', '|', '<', '>', '*', '+', '/', '{', '}', '"', ' ', '\n', '\t', '\r',
];

/// People write three or four.
const DEPTH_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::Expression;

    #[test]
    fn what_is_read_is_written_again() {
        let check = |text: &str, expect: &str| {
            let read = Expression::parse(text).map_or_else(|fault| fault, |read| read.to_string());
            assert_eq!(read, expect, "{text}");
        };
        check("yes", "yes");
        check("i'd like [to]  have<thing>", "i'd like [ to ] have <thing>");
        check("( a | b c ) [ d | e ]", "( a | b c ) [ d | e ]");
        check("a|b", "( a | b )");
        check("a ( b", "`)` is missing");
        check("a ( b ]", "`]` closes nothing");
        check("a ) b", "`)` closes nothing");
        let missing = "words are missing: before, after or between `|`, or inside brackets";
        check("a | | b", missing);
        check("a ( ) b", missing);
        check(
            "very* good",
            "`*`: repetition, weights and tags are not known here",
        );
        check(
            "good{tag}",
            "`{`: repetition, weights and tags are not known here",
        );
        check("<thing", "`>` is missing");
        check("thing>", "`>` closes nothing");
        let deep = format!("{}a{}", "( ".repeat(65), " )".repeat(65));
        check(&deep, "brackets are nested more than 64 deep");
    }
}
