//! Grammars for the fast recogniser, compiled from what the dialogue expects.

use std::collections::BTreeSet;

/// A compiled grammar: JSGF text plus every word in it. Immutable and shared: the same expectation
/// over the same catalogue gives the same grammar, and `key` names it so that a decoder that
/// already holds it need not load it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grammar {
    /// Hash of the text: equal keys mean equal grammars.
    pub key: u64,
    /// The expectation's class, for metrics: "yes_no".
    pub name: &'static str,
    /// JSpeech Grammar Format 1.0, one public rule named `utterance`.
    pub jsgf: String,
    /// Every terminal, lower case: the dictionary must know them.
    pub words: BTreeSet<String>,
}
