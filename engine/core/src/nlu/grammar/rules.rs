//! The fixed part of the grammars, as people write it in `models/nlu/<language>/grammar/*.jsgf`.

use std::collections::BTreeMap;

use super::expression::Expression;
use super::filled::{DIGITS_LEFT, FILLED};
use crate::source::{FileError, line_of, nearest};

/// The fixed rules, read and checked once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    bodies: BTreeMap<String, Expression>,
}

/// Where a rule stands, for messages.
struct Place {
    file: String,
    line: u32,
}

impl Rules {
    /// Reads rules from the texts of grammar files, given with their names for messages.
    pub fn parse<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, FileError> {
        let mut rules = Self::default();
        let mut places = BTreeMap::new();
        for (file, text) in files {
            rules.parse_file(file, text, &mut places)?;
        }
        rules.check(&places)?;
        Ok(rules)
    }

    /// What a rule says.
    pub(super) fn body(&self, name: &str) -> Option<&Expression> {
        self.bodies.get(name)
    }

    fn parse_file(
        &mut self,
        file: &str,
        text: &str,
        places: &mut BTreeMap<String, Place>,
    ) -> Result<(), FileError> {
        let text = without_comments(text);
        let mut offset = 0;
        for statement in text.split_inclusive(';') {
            let lead = statement.len() - statement.trim_start().len();
            let at = |message: String| FileError::new(file, message).at(&text, offset + lead);
            let body = statement.trim();
            if body.is_empty() {
                continue;
            }
            let Some(body) = body.strip_suffix(';') else {
                return Err(at(format!("rule `{}` does not end", first_line(body))).remedy("end it with `;`"));
            };
            let (name, body) = read_rule(body).ok_or_else(|| {
                at(format!("`{}` is not a rule", first_line(body))).remedy("write `<name> = words;`")
            })?;
            if FILLED.contains(&name) || name.starts_with(DIGITS_LEFT) {
                let message = format!("rule <{name}> is filled in from data");
                return Err(at(message).remedy("give this one another name"));
            }
            let body = Expression::parse(body).map_err(|message| at(format!("rule <{name}>: {message}")))?;
            if self.bodies.insert(name.to_owned(), body).is_some() {
                return Err(at(format!("rule <{name}> is defined twice")).remedy("rename or remove one"));
            }
            let place = Place {
                file: file.to_owned(),
                line: line_of(&text, offset + lead),
            };
            places.insert(name.to_owned(), place);
            offset += statement.len();
        }
        Ok(())
    }

    /// Every name that a rule uses must exist, none may lead back to itself, and every expectation must have its rule.
    fn check(&self, places: &BTreeMap<String, Place>) -> Result<(), FileError> {
        let at = |name: &str, message: String| {
            let place = places.get(name);
            let mut fault = FileError::new(place.map_or("grammar", |place| &place.file), message);
            fault.line = place.map(|place| place.line);
            fault
        };
        let known = |name: &str| self.bodies.contains_key(name) || FILLED.contains(&name);
        for (name, body) in &self.bodies {
            if let Some(missing) = body.rules().into_iter().find(|used| !known(used)) {
                let names = self
                    .bodies
                    .keys()
                    .map(String::as_str)
                    .chain(FILLED.iter().copied());
                let fault = at(
                    name,
                    format!("rule <{name}> uses <{missing}>, which is nowhere defined"),
                );
                return Err(match nearest(missing, names) {
                    Some(near) => fault.remedy(format!("did you mean <{near}>?")),
                    None => fault,
                });
            }
        }
        let mut done = Vec::new();
        for name in self.bodies.keys() {
            self.check_end(name, &mut Vec::new(), &mut done)
                .map_err(|round| {
                    let round: Vec<String> = round.iter().map(|name| format!("<{name}>")).collect();
                    at(
                        name,
                        format!("rule <{name}> has no end: {}", round.join(" uses ")),
                    )
                    .remedy("write the repetition out, as often as it is said")
                })?;
        }
        match ROOTS.iter().find(|root| !self.bodies.contains_key(**root)) {
            Some(root) => {
                Err(FileError::new("grammar", format!("no rule <{root}> in any file")).remedy("define it"))
            }
            None => Ok(()),
        }
    }

    /// Follows what a rule uses. `Err`: the way that comes back to where it was.
    fn check_end<'r>(
        &'r self,
        name: &'r str,
        way: &mut Vec<&'r str>,
        done: &mut Vec<&'r str>,
    ) -> Result<(), Vec<&'r str>> {
        if done.contains(&name) {
            return Ok(());
        }
        let again = way.iter().position(|passed| *passed == name);
        way.push(name);
        if let Some(again) = again {
            return Err(way.split_off(again));
        }
        for used in self.body(name).map(Expression::rules).unwrap_or_default() {
            self.check_end(used, way, done)?;
        }
        way.pop();
        done.push(name);
        Ok(())
    }
}

/// "<name> = body", perhaps with "public" before it.
fn read_rule(statement: &str) -> Option<(&str, &str)> {
    let rest = statement
        .trim()
        .strip_prefix("public")
        .unwrap_or(statement)
        .trim();
    let (name, body) = rest.strip_prefix('<')?.split_once('>')?;
    let body = body.trim_start().strip_prefix('=')?.trim();
    (!name.is_empty() && !body.is_empty()).then_some((name, body))
}

/// Blanks comments out, so that offsets and lines stay.
fn without_comments(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| match line.split_once("//") {
            Some((code, comment)) => {
                let end = if comment.ends_with('\n') { "\n" } else { "" };
                format!("{code}{}{end}", " ".repeat(line.len() - code.len() - end.len()))
            }
            None => line.to_owned(),
        })
        .collect()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The rule each expectation starts from, named as [`Expectation::name`](crate::speech::expectation::Expectation::name).
const ROOTS: &[&str] = &["yes_no", "digits", "one_of", "item", "quantity", "drink", "open"];
