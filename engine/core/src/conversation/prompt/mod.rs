//! Wording, read from `models/prompts/<language>/*.toml`: sentences with `{places}` for values, in
//! variants. A sentence that states success is of another kind and needs the shop's [`Receipt`].

mod claim;
mod missing;
mod place;
mod template;

use std::collections::BTreeMap;

pub(crate) use self::claim::{CLAIMS, Claim};
pub(crate) use self::place::Place;
pub(crate) use self::template::Field;

use self::claim::read_claim;
use self::template::{Part, Template, read_template};
use crate::conversation::document::{self, Collector, LoadErrors, Scope, Source, Word};
use crate::conversation::event::{BargeIn, Speech};
use crate::shop::{ChangeReceipt, Receipt, ReservationReceipt};
use crate::source::FileError;

/// Everything Hark can say, by name: "reorder.readback".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PromptBook {
    plain: BTreeMap<String, Prompt>,
    /// Prompts that state success. Only [`announce`](Self::announce) renders them.
    claims: BTreeMap<String, Prompt>,
    version: String,
}

/// What a success sentence rests on. There is no other way to make one than to hold a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statement<'r> {
    /// An order exists at the shop.
    Placed(&'r Receipt),
    /// An order was changed.
    Changed(&'r ChangeReceipt),
    /// An appointment or a place in a launch was made, or given up.
    Reserved(&'r ReservationReceipt),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Prompt {
    variants: Vec<Template>,
    claim: Option<Claim>,
    file: String,
    line: u32,
}

impl PromptBook {
    /// Reads prompt files. A prompt's name is its file's name and its key: `readback` in `reorder.toml`
    /// is "reorder.readback".
    pub fn load(sources: &[Source]) -> Result<Self, LoadErrors> {
        let collector = Collector::default();
        let parsed = document::parse(sources, &collector);
        let mut book = Self {
            version: document::version_of(sources),
            ..Self::default()
        };
        for (source, table) in &parsed {
            let scope = Scope::root(source, &collector, table.get_ref());
            for key in scope.keys() {
                book.read(&scope, source.stem(), &key);
            }
        }
        collector.finish(Some(book))
    }

    /// First twelve digits of the hash of all prompt files.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Warns of letters that the voice has no sound for: only a recording can say them.
    pub fn unsayable(&self, sayable: impl Fn(char) -> bool) -> Vec<FileError> {
        let prompts = self.plain.iter().chain(&self.claims);
        let warned = prompts.filter_map(|(name, prompt)| {
            let parts = prompt.variants.iter().flat_map(|template| &template.parts);
            let mut texts = parts.filter_map(|part| match part {
                Part::Text(text) => Some(text),
                Part::Value(_) => None,
            });
            let letter = texts.find_map(|text| text.chars().find(|letter| !sayable(*letter)))?;
            let warning = prompt.warning(name, &format!("the voice has no sound for `{letter}`"));
            Some(warning.remedy("write it in letters from a to z, or record it"))
        });
        warned.collect()
    }

    /// Warns of those whose names are told by `of`.
    pub(crate) fn warn_of(&self, of: impl Fn(&str) -> bool, message: &str, remedy: &str) -> Vec<FileError> {
        let prompts = self.plain.iter().chain(&self.claims);
        let warned = prompts.filter(|(name, _)| of(name));
        let warning = |(name, prompt): (&String, &Prompt)| prompt.warning(name, message).remedy(remedy);
        warned.map(warning).collect()
    }

    /// Wording without values, to be rendered at start: prompt and variant ("main.greeting/0"), and text.
    pub fn fixed_phrases(&self) -> impl Iterator<Item = (String, String)> {
        self.plain.iter().chain(&self.claims).flat_map(|(name, prompt)| {
            prompt
                .variants
                .iter()
                .enumerate()
                .filter_map(move |(index, template)| Some((format!("{name}/{index}"), template.fixed()?)))
        })
    }

    /// A sentence that states nothing but what is known. `None` when there is no such prompt, or when it
    /// states success: that takes [`announce`](Self::announce).
    pub(crate) fn say(&self, name: &str, pick: usize, value: impl Fn(&Field) -> String) -> Option<Speech> {
        self.plain
            .get(name)
            .map(|prompt| prompt.render(name, pick, value))
    }

    /// A sentence that states success, from the evidence for it.
    pub(crate) fn announce(
        &self,
        name: &str,
        statement: Statement<'_>,
        pick: usize,
        value: impl Fn(&Field, Statement<'_>) -> String,
    ) -> Option<Speech> {
        self.claims
            .get(name)
            .map(|prompt| prompt.render(name, pick, |field| value(field, statement)))
    }

    pub(crate) fn has_plain(&self, name: &str) -> bool {
        self.plain.contains_key(name)
    }

    pub(crate) fn has_claim(&self, name: &str) -> bool {
        self.claims.contains_key(name)
    }

    /// What a prompt says that it states.
    pub(crate) fn claim(&self, name: &str) -> Option<Claim> {
        self.plain
            .get(name)
            .or_else(|| self.claims.get(name))
            .and_then(|prompt| prompt.claim)
    }

    /// The first wording of a prompt, its values in braces; empty when there is none.
    pub(crate) fn sample(&self, name: &str) -> String {
        let prompt = self.plain.get(name).or_else(|| self.claims.get(name));
        let template = prompt.and_then(|prompt| prompt.variants.first());
        template.map_or_else(String::new, Template::source)
    }

    /// Whether a sentence ("reorder.success/0") states success.
    pub fn states_success(&self, prompt: &str) -> bool {
        self.has_claim(prompt.split('/').next().unwrap_or(prompt))
    }

    /// Every prompt's name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.plain.keys().chain(self.claims.keys()).map(String::as_str)
    }

    /// The values that a prompt names, in any of its variants.
    pub(crate) fn fields(&self, name: &str) -> impl Iterator<Item = &Field> {
        let prompt = self.plain.get(name).or_else(|| self.claims.get(name));
        let parts = prompt
            .into_iter()
            .flat_map(|prompt| &prompt.variants)
            .flat_map(|template| &template.parts);
        parts.filter_map(|part| match part {
            Part::Value(field) => Some(field),
            Part::Text(_) => None,
        })
    }

    /// Whether a value is in every wording of a prompt.
    pub(crate) fn always_names(&self, name: &str, place: Place) -> bool {
        let prompt = self.plain.get(name).or_else(|| self.claims.get(name));
        let wanted = Part::Value(Field::Known(place));
        prompt.is_none_or(|prompt| {
            let mut variants = prompt.variants.iter();
            variants.all(|template| template.parts.contains(&wanted))
        })
    }

    /// Whether any of its wordings speaks of keys: "press one", "type the six digits", "{orders.keys}".
    pub(crate) fn names_keys(&self, name: &str) -> bool {
        let prompt = self.plain.get(name).or_else(|| self.claims.get(name));
        let variants = prompt.into_iter().flat_map(|prompt| &prompt.variants);
        let mut texts = variants.map(Template::source);
        texts.any(|text| {
            let text = text.to_lowercase();
            let mut words = text.split(|c: char| !c.is_alphanumeric());
            words.any(|word| OF_KEYS.contains(&word))
        })
    }

    /// The slots among them.
    pub(crate) fn slots(&self, name: &str) -> Vec<&str> {
        self.fields(name)
            .filter_map(|field| match field {
                Field::Slot(slot) => Some(slot.as_str()),
                Field::Known(_) => None,
            })
            .collect()
    }

    fn read(&mut self, scope: &Scope<'_>, stem: &str, key: &Word) {
        let (texts, claim) = if scope.is_table(&key.text) {
            let Some(table) = scope.table(&key.text) else {
                return;
            };
            table.only(&["text", "states"]);
            (table.words("text"), read_claim(&table))
        } else {
            (scope.words(&key.text), None)
        };
        if texts.is_empty() {
            scope.blame(&key.text, "a prompt needs at least one text");
            return;
        }
        let variants = texts
            .iter()
            .filter_map(|text| read_template(scope, key, text, claim))
            .collect();
        let prompt = Prompt {
            variants,
            claim,
            file: scope.file().to_owned(),
            line: key.line,
        };
        let book = if matches!(claim, Some(Claim::Placed | Claim::Changed | Claim::Reserved)) {
            &mut self.claims
        } else {
            &mut self.plain
        };
        let name = format!("{stem}.{}", key.text);
        if let Some(other) = book.insert(name, prompt) {
            scope.blame(
                &key.text,
                format!("this prompt is already in {}:{}", other.file, other.line),
            );
        }
    }
}

impl Prompt {
    /// `name`: its own, "reorder.readback".
    fn warning(&self, name: &str, message: &str) -> FileError {
        let key = name.split_once('.').map_or(name, |(_, key)| key);
        let mut warning = FileError::new(&self.file, format!("{key}: {message}"));
        warning.line = Some(self.line);
        warning
    }

    fn render(&self, name: &str, pick: usize, value: impl Fn(&Field) -> String) -> Speech {
        let index = pick.checked_rem(self.variants.len()).unwrap_or(0);
        let template = self.variants.get(index);
        Speech {
            prompt: format!("{name}/{index}"),
            text: template.map(|template| template.fill(value)).unwrap_or_default(),
            barge_in: BargeIn::Allowed,
            fixed: template.is_some_and(|template| template.fixed().is_some()),
        }
    }
}

/// Words of sentences about keys, and of the values that list them.
const OF_KEYS: &[&str] = &["press", "key", "keys", "keypad"];
