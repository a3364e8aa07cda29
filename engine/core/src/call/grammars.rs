//! What this call's recognisers listen with: the site's own grammars, or one made for this caller and question.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::call::site::Site;
use crate::nlu::grammar::{Beside, Grammar};
use crate::speech::expectation::Expectation;

/// Grammars that the site has not made beforehand, the latest used last. Making one takes milliseconds, and a call
/// asks the same more than once.
#[derive(Debug, Default)]
pub(super) struct OwnGrammars {
    kept: VecDeque<Own>,
}

#[derive(Debug)]
struct Own {
    expectation: Expectation,
    beside: Beside,
    grammar: Arc<Grammar>,
}

impl OwnGrammars {
    pub(super) fn grammar(&mut self, site: &Site, expectation: &Expectation, beside: Beside) -> Arc<Grammar> {
        if beside == Beside::default()
            && let Some(shared) = site.shared_grammar(expectation)
        {
            return shared;
        }
        let same = |own: &Own| own.expectation == *expectation && own.beside == beside;
        let own = match self.kept.iter().position(same) {
            Some(at) => self.kept.remove(at),
            None => None,
        };
        let own = own.unwrap_or_else(|| Own {
            expectation: expectation.clone(),
            grammar: Arc::new(site.grammar(expectation, &beside)),
            beside,
        });
        let grammar = Arc::clone(&own.grammar);
        if self.kept.len() >= KEPT_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back(own);
        grammar
    }
}

/// A call turns between a few questions.
const KEPT_MAX: usize = 4;
