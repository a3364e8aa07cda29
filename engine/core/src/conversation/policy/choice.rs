//! What the policy decided, with the sum behind it.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use super::How;

/// What was decided and on what grounds: the record keeps it, and an auditor can do the sum again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// "order: any": the table and the row that decided.
    pub row: String,
    pub how: How,
    /// The least confidence of a spoken yes; where a key is asked for, none is enough.
    pub least_yes: f32,
    /// The same of a yes said in passing: "okay", "that's right".
    #[serde(default)]
    pub least_passing: f32,
    /// And of one that is said back before it counts; never below `least_yes`.
    #[serde(default = "never")]
    pub least_said_back: f32,
    /// And of either of two yeses: what one lacks, the other must make up for.
    #[serde(default = "never")]
    pub least_each: f32,
    /// And of a plain yes for which no second one is needed.
    #[serde(default = "never")]
    pub least_alone: f32,
    /// What a mistake would cost, and its parts.
    pub cost: f32,
    pub costs: Vec<Part>,
    /// How likely a mistake is, and its parts.
    pub doubt: f32,
    pub doubts: Vec<Part>,
    /// Cost times doubt.
    pub risk: f32,
    /// "confirmation@1f3c9a20": the policy file that held.
    pub policy: String,
}

/// A summand of cost or doubt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub what: String,
    pub amount: f32,
}

impl Display for Choice {
    /// "explicit by row "order: any": cost 0.36 (order 0.30, value 0.06) x doubt 0.08 (heard 0.08) = risk 0.03,
    /// yes from 0.75".
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} by row \"{}\": cost {:.2} ({}) x doubt {:.2} ({}) = risk {:.3}",
            self.how,
            self.row,
            self.cost,
            listed(&self.costs),
            self.doubt,
            listed(&self.doubts),
            self.risk
        )?;
        match self.how {
            How::Twice => {
                write!(
                    f,
                    ", each yes from {:.2}, both as sure as two of {:.2}",
                    self.least_each, self.least_yes
                )?;
                if self.least_alone < NEVER {
                    write!(f, ", a plain one alone from {:.2}", self.least_alone)?;
                }
                Ok(())
            }
            How::Explicit => write!(
                f,
                ", yes from {:.2}, in passing from {:.2}",
                self.least_yes, self.least_passing
            ),
            How::None | How::Implicit | How::Keypad => Ok(()),
        }
    }
}

fn listed(parts: &[Part]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|part| format!("{} {:.2}", part.what, part.amount))
        .collect();
    parts.join(", ")
}

/// No yes that was heard is as sure.
pub(crate) const NEVER: f32 = 1.0;

const fn never() -> f32 {
    NEVER
}

pub(super) fn part(what: &str, amount: f32) -> Part {
    Part {
        what: what.to_owned(),
        amount,
    }
}
