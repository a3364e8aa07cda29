//! One sentence or three for the human who takes over: what the caller wants, how far it got, why.

use crate::conversation::machine::Conversation;
use crate::conversation::prompt::Statement;
use crate::conversation::values::{self, Context};
use crate::redact::without_words;

impl Conversation {
    /// In the wording of `summary.toml`, without the caller's name or number.
    pub(crate) fn summary(&self) -> String {
        let about = self.memory.human_about.as_str();
        let mut parts = vec![match self.summary_task() {
            Some(label) => self.summary_part("summary.wants", label),
            None if !about.is_empty() => String::new(),
            None => self.summary_part("summary.wants_nothing", ""),
        }];
        if !about.is_empty() {
            parts.push(self.summary_part("summary.about", about));
        }
        if !self.memory.lines.is_empty() {
            let draft = if self.memory.held.is_empty() {
                "summary.draft"
            } else {
                "summary.amended"
            };
            parts.push(self.summary_part(draft, ""));
        }
        if !self.memory.unsure.is_empty() {
            parts.push(self.summary_part("summary.unsure", ""));
        }
        if let Some(receipt) = &self.memory.receipt {
            let context = Context::default();
            let said = self.prompts.announce(
                "summary.placed",
                Statement::Placed(receipt),
                0,
                |field, statement| values::stated(field, statement, &self.memory, &self.catalogue, context),
            );
            parts.push(said.map(|speech| speech.text).unwrap_or_default());
        }
        if !self.memory.reason.is_empty() {
            parts.push(self.summary_part(&format!("summary.reason_{}", self.memory.reason), ""));
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" ")
    }

    /// The same as it may be written down: addresses are for the ear of whoever takes over.
    pub(crate) fn summary_to_keep(&self) -> String {
        without_words(&self.summary(), &self.private_words())
    }

    fn summary_task(&self) -> Option<&str> {
        self.task().map(|flow| flow.label.as_str())
    }

    fn summary_part(&self, prompt: &str, task: &str) -> String {
        let context = Context {
            task,
            ..Context::default()
        };
        let value = |field: &_| values::value(field, &self.memory, &self.catalogue, context);
        self.prompts
            .say(prompt, 0, value)
            .map(|speech| speech.text)
            .unwrap_or_default()
    }
}

/// Prompts of summaries: they must exist whatever the flows say.
pub(crate) const OWN_PROMPTS: &[&str] = &[
    "summary.wants",
    "summary.wants_nothing",
    "summary.about",
    "summary.draft",
    "summary.amended",
    "summary.unsure",
];
