//! The confirmation policy from disk, and `hark confirm`: what a policy does to calls before callers meet it.

mod call;
mod caller;
mod ears;
mod figures;
mod person;
mod simulate;
mod vocabulary;
mod wish;

use std::path::Path;
use std::sync::Arc;

use clap::Subcommand;
use engine_core::conversation::ConfirmationPolicy;
use engine_core::source::FileError;

use crate::config::read_text;

/// Where the policy lies inside the models folder.
const POLICY: &str = "policy/confirmation.toml";

/// `hark confirm ...`
#[derive(Debug, Subcommand)]
pub enum ConfirmCommand {
    /// Play calls against the demo shop's books, with errors of hearing, and say what the policy made of them.
    ///
    /// The talk, the understanding and the judgement of two recognisers are those of a real call; the sound is
    /// not: words are confused, inserted and lost at the rates given. Callers want one order each and answer
    /// honestly. A wrong order is one that is not what its caller wanted. The same seed gives the same calls.
    Simulate(simulate::SimulateArgs),
}

/// Runs `hark confirm ...`.
pub fn run(command: &ConfirmCommand) -> anyhow::Result<()> {
    match command {
        ConfirmCommand::Simulate(args) => simulate::run(args),
    }
}

/// Reads `<models>/policy/confirmation.toml`. Shared by all calls.
pub fn load(models: &Path) -> Result<Arc<ConfirmationPolicy>, FileError> {
    load_file(&models.join(POLICY))
}

fn load_file(path: &Path) -> Result<Arc<ConfirmationPolicy>, FileError> {
    let policy = ConfirmationPolicy::parse(&path.display().to_string(), &read_text(path)?)?;
    Ok(Arc::new(policy))
}
