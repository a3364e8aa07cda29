//! One wording of a prompt: text with `{places}` for values.

use super::claim::{Claim, MACHINE_WORDS, success_word, tells_of_machine};
use super::place::Place;
use crate::conversation::check::understood_slots;
use crate::conversation::document::{Scope, Word, did_you_mean, near};
use crate::conversation::named::Named as _;
use crate::conversation::spoken;
use crate::limits::PROMPT_TEXT_MAX;

/// One way to say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Value(Field),
}

/// A value that a prompt names in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field {
    Known(Place),
    /// "{slot.size}": as heard.
    Slot(String),
}

impl Template {
    pub(super) fn fill(&self, value: impl Fn(&Field) -> String) -> String {
        let mut text = String::new();
        for part in &self.parts {
            let piece = match part {
                Part::Text(piece) => piece.clone(),
                Part::Value(field) => value(field),
            };
            if ends_sentence(&text) {
                text.push_str(&capitalised(&piece))
            } else {
                text.push_str(&piece)
            }
        }
        text
    }

    /// As it was written.
    pub(super) fn source(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Value(Field::Known(place)) => text.push_str(&format!("{{{}}}", place.name())),
                Part::Value(Field::Slot(slot)) => text.push_str(&format!("{{slot.{slot}}}")),
            }
        }
        text
    }

    /// The whole text, when nothing has to be filled in.
    pub(super) fn fixed(&self) -> Option<String> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                Part::Value(_) => None,
            })
            .collect()
    }
}

/// Whether what follows begins a sentence.
fn ends_sentence(text: &str) -> bool {
    text.is_empty() || [". ", "? ", "! "].iter().any(|end| text.ends_with(end))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub(super) fn read_template(
    scope: &Scope<'_>,
    key: &Word,
    text: &Word,
    claim: Option<Claim>,
) -> Option<Template> {
    let blame = |message: String| scope.blame_line(text.line, &key.text, &message);
    if let Some(why) = unsayable(&text.text) {
        blame(why);
        return None;
    }
    let mut parts = Vec::new();
    let mut rest = text.text.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            blame("a `{` without its `}`".to_owned());
            return None;
        };
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        match read_field(name) {
            Ok(Field::Known(place)) if place.needs().is_some_and(|needed| claim != Some(needed)) => {
                let states = place.needs().map_or("placed", Claim::name);
                blame(format!(
                    "`{{{name}}}` states success: write {{ text = \"...\", states = \"{states}\" }}"
                ));
            }
            Ok(field) => parts.push(Part::Value(field)),
            Err(message) => blame(message),
        }
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    if claim == Some(Claim::Machine) && !tells_of_machine(&said(&parts)) {
        blame(format!(
            "states = \"machine\", and the words do not say so: have one of {} in every wording",
            MACHINE_WORDS.join(", ")
        ));
    }
    if claim.is_none()
        && let Some((word, claims)) = success_word(&text.text)
    {
        let stated: Vec<String> = claims
            .iter()
            .map(|claim| format!("\"{}\"", claim.name()))
            .collect();
        blame(format!(
            "\"{word}\" sounds like success; add states = {}, or \"nothing\" when it promises nothing",
            spoken::list_with(&stated, "or")
        ));
    }
    Some(Template { parts })
}

/// What is said whatever the values are.
fn said(parts: &[Part]) -> String {
    let texts = parts.iter().filter_map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        Part::Value(_) => None,
    });
    texts.collect::<Vec<&str>>().join(" ")
}

/// Why a text cannot be said at all.
fn unsayable(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some("an empty sentence is silence: write what Hark says, or remove the prompt".to_owned());
    }
    let letters = text.chars().count();
    if letters > PROMPT_TEXT_MAX {
        return Some(format!(
            "{letters} letters are more than anybody listens to, and than the voice speaks: {PROMPT_TEXT_MAX} at most, \
             the rest in a step of its own"
        ));
    }
    let control = text.chars().position(|c| c.is_control() && c != '\n')?;
    Some(format!(
        "the letter {} is a control character, which nobody can say: remove it",
        control + 1
    ))
}

fn read_field(name: &str) -> Result<Field, String> {
    if let Some(slot) = name.strip_prefix("slot.") {
        return Ok(Field::Slot(slot.to_owned()));
    }
    Place::parse(name).map(Field::Known).ok_or_else(|| {
        let mut hint = did_you_mean(name, Place::NAMES.iter().copied());
        if hint.is_empty()
            && let Some(slot) = near(name, understood_slots().into_iter())
        {
            hint = format!("; did you mean `{{slot.{slot}}}`?");
        }
        format!("there is no value `{{{name}}}`{hint}")
    })
}
