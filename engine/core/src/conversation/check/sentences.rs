//! Prompts that steps and the machine itself say: each exists, and states success only where it may.

use std::collections::BTreeSet;

use super::Checker;
use crate::conversation::document::did_you_mean;
use crate::conversation::flow::{Flow, FlowSet, Step, Wording};
use crate::conversation::prompt::PromptBook;
use crate::conversation::repair::BY_KEYS;
use crate::conversation::{
    about_draft, answering, busy, command, confirming, half_number, listening, named_yes, parting, repairing,
    summary, value_check,
};
use crate::source::FileError;

/// Prompts with the words for each reason.
const REASON: &str = "summary.reason_";

impl Checker<'_> {
    pub(super) fn wording(&self, flow: &Flow, step: &Step, wording: &Wording) {
        for (key, prompt) in wording.prompts() {
            self.plain(flow, step, key, prompt);
        }
    }

    /// A prompt that states no success.
    pub(super) fn plain(&self, flow: &Flow, step: &Step, key: &str, prompt: &str) {
        if key != "keypad" && self.prompts.names_keys(prompt) {
            let message = format!("`{prompt}` names keys, which not every line has: say it as `keypad`");
            self.blame_key(flow, step, key, &message);
        }
        if self.prompts.has_plain(prompt) {
            for slot in self.prompts.slots(prompt) {
                self.slot(flow, step, (key, None), slot);
            }
        } else if self.prompts.has_claim(prompt) {
            let message = format!("`{prompt}` states success; say it with `announce`, after a commit");
            self.blame_key(flow, step, key, &message);
        } else {
            self.no_prompt(flow, step, key, prompt);
        }
    }

    /// Why a person is needed: the person hears it, so there must be words for it.
    pub(super) fn reason(&self, flow: &Flow, step: &Step, reason: Option<&str>) {
        let Some(reason) = reason else { return };
        if !self.prompts.has_plain(&format!("{REASON}{reason}")) {
            let known = self.prompts.names().filter_map(|name| name.strip_prefix(REASON));
            let message = format!(
                "no prompt `{REASON}{reason}` tells the person about it{}",
                did_you_mean(reason, known)
            );
            self.blame_key(flow, step, "reason", &message);
        }
    }

    pub(super) fn success(&self, flow: &Flow, step: &Step, prompt: &str) {
        if self.prompts.has_plain(prompt) {
            let message = format!(
                "`{prompt}` states no success; add states = \"placed\", \"changed\" or \"reserved\" to it"
            );
            self.blame_key(flow, step, "announce", &message);
        } else if !self.prompts.has_claim(prompt) {
            self.no_prompt(flow, step, "announce", prompt);
        }
    }

    fn no_prompt(&self, flow: &Flow, step: &Step, key: &str, prompt: &str) {
        let instead = self.prompts.instead_of(prompt);
        self.blame_key(flow, step, key, &format!("no prompt named `{prompt}`{instead}"));
    }

    pub(super) fn slot(&self, flow: &Flow, step: &Step, at: (&str, Option<u32>), slot: &str) {
        if !self.slots.contains(slot) {
            let near = did_you_mean(slot, self.slots.iter().copied());
            let instead = if near.is_empty() {
                format!("; a step with ask = \"{slot}\" would")
            } else {
                near
            };
            let message = format!("nothing fills the slot `{slot}`{instead}");
            self.blame_at(flow, step, at, &message);
        }
    }

    pub(super) fn own_prompts(&self) {
        for prompt in own_prompts()
            .into_iter()
            .filter(|prompt| !self.prompts.has_plain(prompt))
        {
            let file = self.prompts.file_of(prompt);
            let instead = self.prompts.instead_of(prompt);
            let message = format!("the prompt `{prompt}` is missing, which is said at any question{instead}");
            self.collector.add(FileError::new(&file, message));
        }
    }
}

impl FlowSet {
    /// Prompts that nothing says: left over, or misspelt where they were meant to be said.
    pub fn unsaid(&self, prompts: &PromptBook) -> Vec<FileError> {
        let steps = self.flows.iter().flat_map(|flow| &flow.steps);
        let said = steps
            .flat_map(|step| step.kind.prompts())
            .map(|(_, prompt)| prompt);
        let said: BTreeSet<&str> = said.chain(own_prompts()).collect();
        prompts.warn_of(
            |name| !said.contains(name) && !name.starts_with(SUMMARY),
            "nothing says this prompt",
            "name it in a step, or take it out",
        )
    }
}

/// What is said at any question, of no step's asking.
fn own_prompts() -> Vec<&'static str> {
    [
        about_draft::OWN_PROMPTS,
        answering::OWN_PROMPTS,
        busy::OWN_PROMPTS,
        command::OWN_PROMPTS,
        confirming::OWN_PROMPTS,
        half_number::OWN_PROMPTS,
        listening::OWN_PROMPTS,
        named_yes::OWN_PROMPTS,
        parting::OWN_PROMPTS,
        repairing::OWN_PROMPTS,
        summary::OWN_PROMPTS,
        value_check::OWN_PROMPTS,
        &[BY_KEYS],
    ]
    .concat()
}

/// What the person hears who takes over.
const SUMMARY: &str = "summary.";
