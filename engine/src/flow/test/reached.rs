//! Which steps and prompts the dialogues and their broken-off calls came to: a step that no call comes to
//! is proved by none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fmt, fs};

use anyhow::Context as _;
use engine_core::conversation::flow::StepAt;

use super::play::{Cast, Play};

/// Steps and prompts, by name.
#[derive(Debug, Default)]
pub(super) struct Reached {
    steps: BTreeSet<String>,
    prompts: BTreeSet<String>,
}

impl Reached {
    pub(super) fn by(&mut self, play: &Play<'_>) {
        for step in play.passed() {
            if !self.steps.contains(step) {
                self.steps.insert(step.to_owned());
            }
        }
        for prompt in &play.prompts {
            if !self.prompts.contains(prompt) {
                self.prompts.insert(prompt.clone());
            }
        }
    }

    /// What that is of all that there is, but for the steps that are excused.
    pub(super) fn of(&self, cast: &Cast, excused: &Excused) -> Coverage {
        let steps: Vec<StepAt<'_>> = cast.flows.steps().collect();
        let mut missed: BTreeMap<&str, Vec<StepAt<'_>>> = BTreeMap::new();
        for step in steps.iter().filter(|step| !self.steps.contains(step.id)) {
            if excused.contains_key(step.id) {
                continue;
            }
            missed.entry(step.flow).or_default().push(*step);
        }
        let (mut never, mut strange) = (Vec::new(), Vec::new());
        for (flow, missed) in &missed {
            let of_flow = steps.iter().filter(|step| step.flow == *flow).count();
            match missed.first() {
                Some(first) if missed.len() == of_flow => strange.push(format!("{flow} ({})", first.file)),
                _ => never.extend(
                    missed
                        .iter()
                        .map(|step| format!("{} ({}:{})", step.id, step.file, step.line)),
                ),
            }
        }
        let needless = excused.keys().filter(|step| {
            self.steps.contains(step.as_str()) || !steps.iter().any(|known| known.id == step.as_str())
        });
        let needless: Vec<String> = needless.cloned().collect();
        let unsaid = cast.prompts.names().filter(|name| !self.prompts.contains(*name));
        let unsaid: Vec<String> = unsaid.map(str::to_owned).collect();
        Coverage {
            steps: steps.len(),
            passed: steps.iter().filter(|step| self.steps.contains(step.id)).count(),
            excused: excused.len(),
            needless,
            never,
            strange,
            prompts: cast.prompts.names().count(),
            unsaid,
        }
    }
}

/// Steps that no call in the demo shop has come to yet, each with the reason.
pub(super) type Excused = BTreeMap<String, String>;

/// Those beside the dialogues; none where there is no such file.
pub(super) fn excused(tests: &Path) -> anyhow::Result<Excused> {
    let path = tests.join(EXCUSED);
    if !path.exists() {
        return Ok(Excused::new());
    }
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

/// Beside the dialogues: `"launch.gone" = "why no call comes to it"`.
const EXCUSED: &str = "unreached.toml";

/// How much of the flows has been played.
#[derive(Debug)]
pub(super) struct Coverage {
    steps: usize,
    passed: usize,
    excused: usize,
    /// Excused, and reached all the same, or no step at all.
    needless: Vec<String>,
    /// Steps that no call came to, with where they stand.
    never: Vec<String>,
    /// Flows that no call entered, with their files.
    strange: Vec<String>,
    prompts: usize,
    unsaid: Vec<String>,
}

impl Coverage {
    /// Whether every step was passed. Prompts need not be: some are only said while a shop or a line is slow.
    pub(super) const fn is_whole(&self) -> bool {
        self.never.is_empty() && self.strange.is_empty() && self.needless.is_empty()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "steps reached: {} of {}", self.passed, self.steps)?;
        if self.excused > 0 {
            write!(f, " ({} excused in {EXCUSED})", self.excused)?;
        }
        for step in &self.needless {
            write!(f, "\n{EXCUSED}: {step} is reached, or is no step: take it out")?;
        }
        if !self.never.is_empty() {
            write!(f, "; never: {}", self.never.join(", "))?;
        }
        for flow in &self.strange {
            write!(
                f,
                "\nno dialogue leads into the flow {flow}: write one in flows/tests, as its README.md tells"
            )?;
        }
        let said = self.prompts - self.unsaid.len();
        write!(f, "\nprompts said: {said} of {}", self.prompts)?;
        if !self.unsaid.is_empty() {
            write!(f, "; never: {}", self.unsaid.join(", "))?;
        }
        Ok(())
    }
}
