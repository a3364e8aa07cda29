//! The confirmation policy from disk.

use std::path::Path;
use std::sync::Arc;

use engine_core::conversation::ConfirmationPolicy;
use engine_core::source::FileError;

use crate::config::read_text;

/// Where the policy lies inside the models folder.
const POLICY: &str = "policy/confirmation.toml";

/// Reads `<models>/policy/confirmation.toml`. Shared by all calls.
pub fn load(models: &Path) -> Result<Arc<ConfirmationPolicy>, FileError> {
    load_file(&models.join(POLICY))
}

fn load_file(path: &Path) -> Result<Arc<ConfirmationPolicy>, FileError> {
    let policy = ConfirmationPolicy::parse(&path.display().to_string(), &read_text(path)?)?;
    Ok(Arc::new(policy))
}
