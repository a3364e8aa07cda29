//! An evaluation under way: who hears, and what has come of it so far.

use crate::eval::EvalError;
use crate::eval::conditions::{Conditions, Details};
use crate::eval::hear::model_names;
use crate::eval::score::Scores;
use crate::eval::site::Site;
use crate::stt::{Hearing, RecogniserKind};

pub(super) struct Evaluation<'a> {
    pub(super) site: &'a Site,
    pub(super) hearing: &'a Hearing,
    pub(super) scores: Scores,
    pub(super) details: Details,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(site: &'a Site, hearing: &'a Hearing) -> Self {
        Self {
            site,
            hearing,
            scores: Scores::default(),
            details: Details::default(),
        }
    }

    /// Writes the details where they were asked for, and prints the report.
    pub(super) fn finish(self, conditions: &Conditions) -> Result<(), EvalError> {
        conditions.keep(&self.details)?;
        let report = self.scores.report(
            conditions.part,
            &model_names(self.hearing, RecogniserKind::Grammar),
        );
        report.print(conditions.json);
        Ok(())
    }
}
