//! What every call of a site shares, read-only: the flows, the words, the shop's names.

use std::sync::Arc;
use std::time::Duration;

use crate::conversation::action::Action;
use crate::conversation::flow::FlowSet;
use crate::conversation::policy::ConfirmationPolicy;
use crate::conversation::prompt::PromptBook;
use crate::nlu::grammar::{Beside, Grammar, Vocabulary};
use crate::nlu::lexicon::Lexicon;
use crate::nlu::understand::Understander;
use crate::speech::expectation::Expectation;
use crate::speech::vad::VadMode;
use crate::speech::verdict::Capabilities;

/// One immutable value behind an `Arc`; a reload makes a new one, and calls under way keep theirs.
#[derive(Debug)]
pub struct Site {
    pub flows: Arc<FlowSet>,
    pub prompts: Arc<PromptBook>,
    pub policy: Arc<ConfirmationPolicy>,
    pub understander: Arc<Understander>,
    pub lexicon: Arc<Lexicon>,
    /// Grammars that do not depend on the caller, compiled once.
    pub grammars: Vec<(Expectation, Arc<Grammar>)>,
    pub capabilities: Capabilities,
    /// The recognisers' models, for records: "telephone hub4wsj_sc_8k@1f3c9a20".
    pub hearing: String,
    pub vad: VadMode,
    pub limits: SiteLimits,
}

/// The waits that an operator may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteLimits {
    /// From the wish for a human to a human, or to the overflow.
    pub transfer_promise: Duration,
    /// Longest wait for a read-only answer of the shop.
    pub lookup: Duration,
    /// Longest wait for the shop to take an order, before its fate counts as unknown.
    pub commit: Duration,
    /// No RTP from the caller for this long: they are gone.
    pub media: Duration,
}

impl Default for SiteLimits {
    fn default() -> Self {
        Self {
            transfer_promise: Duration::from_secs(30),
            lookup: Duration::from_secs(3),
            commit: Duration::from_secs(6),
            media: Duration::from_secs(60),
        }
    }
}

impl Site {
    /// The expectations whose grammars can be compiled before any call.
    const fn common_expectations() -> [Expectation; 6] {
        [
            Expectation::YesNo,
            Expectation::Digits { min: 6, max: 6 },
            Expectation::Item,
            Expectation::Quantity { max: 20 },
            Expectation::Drink,
            Expectation::Open,
        ]
    }

    /// The common grammars, compiled.
    pub fn compile_grammars(
        flows: &FlowSet,
        understander: &Understander,
        lexicon: &Lexicon,
    ) -> Vec<(Expectation, Arc<Grammar>)> {
        Self::common_expectations()
            .into_iter()
            .map(|expectation| {
                let vocabulary = Vocabulary {
                    lexicon,
                    phrases: flows.phrases(),
                    beside: &Beside::default(),
                };
                let grammar = understander.grammar(&expectation, &vocabulary);
                (expectation, Arc::new(grammar))
            })
            .collect()
    }

    /// The same site with other flows, wording, policy and understanding; its grammars hear the flows' phrases.
    #[must_use]
    pub fn talking(
        &self,
        flows: Arc<FlowSet>,
        prompts: Arc<PromptBook>,
        policy: Arc<ConfirmationPolicy>,
        understander: Arc<Understander>,
    ) -> Self {
        let lexicon = (*self.lexicon).clone().with_brought(flows.brought());
        Self {
            grammars: Self::compile_grammars(&flows, &understander, &lexicon),
            flows,
            prompts,
            policy,
            understander,
            lexicon: Arc::new(lexicon),
            capabilities: self.capabilities,
            hearing: self.hearing.clone(),
            vad: self.vad,
            limits: self.limits,
        }
    }

    /// Which flows and wording these are: "5bebcdb8cc39-90f1c2d3e4a5". For records and metrics.
    pub fn talk_version(&self) -> String {
        format!("{}-{}", self.flows.version(), self.prompts.version())
    }

    /// The grammar for what is expected, where it is the same for every caller.
    pub(super) fn shared_grammar(&self, expectation: &Expectation) -> Option<Arc<Grammar>> {
        let mut grammars = self.grammars.iter();
        let (_, grammar) = grammars.find(|(common, _)| common == expectation)?;
        Some(Arc::clone(grammar))
    }

    /// The grammar for what is expected, and may be said besides.
    pub fn grammar(&self, expectation: &Expectation, beside: &Beside) -> Grammar {
        let vocabulary = Vocabulary {
            lexicon: &self.lexicon,
            phrases: self.flows.phrases(),
            beside,
        };
        self.understander.grammar(expectation, &vocabulary)
    }

    pub(super) fn deadline(&self, action: &Action) -> Duration {
        if action.is_read_only() {
            self.limits.lookup
        } else {
            self.limits.commit
        }
    }
}
