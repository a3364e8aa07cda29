//! The confirmation policy, read from `models/policy/confirmation.toml`: what a mistake would cost, times the
//! doubt about what was heard, chooses whether and how Hark asks back. Data says how; that an order needs a
//! yes is not for data to say.

mod assent;
mod choice;
mod document;
mod tables;

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::assent::{Amended, AssentTable};
pub(crate) use self::choice::NEVER;
use self::choice::part;
pub use self::choice::{Choice, Part};
use self::tables::{CostTable, DoubtTable, Keyless, Patience, Row};
use crate::conversation::confirm::MIN_YES_CONFIDENCE;
use crate::shop::Fulfilment;
use crate::units::Money;

/// How a value or an order is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Go on.
    None,
    /// Say what was heard, then go on: the caller may object.
    Implicit,
    /// Ask, and wait for a yes.
    Explicit,
    /// Ask for a yes, and for another one in words of another kind: what one mishearing may pass, two do not.
    Twice,
    /// Ask for a key: what the ear may mistake, the finger does not.
    Keypad,
}

/// Everything that decides about confirmation. Immutable, shared by all calls.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfirmationPolicy {
    cost: CostTable,
    doubt: DoubtTable,
    patience: Patience,
    assent: AssentTable,
    amended: Amended,
    keyless: Keyless,
    order: Vec<Row>,
    slot: Vec<Row>,
    version: String,
}

/// What a mistake in an order would cost depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stake {
    pub(crate) total: Option<Money>,
    pub(crate) fulfilment: Fulfilment,
    /// Something in it that this customer has not had before, as far as is known.
    pub(crate) new: bool,
    /// Sent to another address than the customer's first.
    pub(crate) elsewhere: bool,
}

/// What the doubt about something heard rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hearing {
    /// The least sure of what was heard for it.
    pub(crate) sure: f32,
    pub(crate) disputed: bool,
    /// Misunderstandings in this call so far.
    pub(crate) failures: u32,
}

impl ConfirmationPolicy {
    /// The policy that ships.
    pub fn shipped() -> Self {
        Self::parse("models/policy/confirmation.toml", SHIPPED).unwrap_or_else(|_| Self::careful())
    }

    /// The same with two order rows: a key from this risk on, below it a spoken yes as sure as this. For
    /// searching; a yes is asked for no less than it ever is.
    #[must_use]
    pub fn with_order_rows(&self, keypad_risk: f32, yes: f32) -> Self {
        let row = |name: &str, risk, how, yes| Row {
            name: name.to_owned(),
            risk,
            how,
            yes,
        };
        let order = vec![
            row("keypad", keypad_risk.clamp(0.0, 1.0), How::Keypad, 1.0),
            row("spoken", 0.0, How::Explicit, yes.max(MIN_YES_CONFIDENCE)),
        ];
        Self {
            order,
            version: format!("{}, keypad from {keypad_risk}, yes from {yes}", self.version),
            ..self.clone()
        }
    }

    /// "confirmation@1f3c9a20".
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How often one draft is read back before a human helps.
    pub(crate) const fn readbacks_max(&self) -> u32 {
        self.patience.readbacks
    }

    /// How long one may object to what was said back, in milliseconds.
    pub(crate) const fn objection_ms(&self) -> u32 {
        self.patience.objection_ms
    }

    /// How an order is confirmed: a yes by voice or by key, never less.
    pub(crate) fn order(&self, stake: Stake, hearing: Hearing) -> Choice {
        let mut costs = vec![part("order", self.cost.order)];
        if let Some(total) = stake.total {
            costs.push(part("value", self.cost.value * self.cost.share_of(total)));
        }
        if stake.fulfilment == Fulfilment::Pickup {
            costs.push(part("pickup", self.cost.pickup));
        }
        if stake.new {
            costs.push(part("new", self.cost.new));
        }
        if stake.elsewhere {
            costs.push(part("elsewhere", self.cost.elsewhere));
        }
        self.commitment(costs, hearing)
    }

    /// How an appointment or a place in a launch is confirmed: as an order is, at a price of its own.
    pub(crate) fn reservation(&self, hearing: Hearing) -> Choice {
        let costs = vec![part("reservation", self.cost.reservation)];
        self.commitment(costs, hearing)
    }

    /// How a change of an order is confirmed that leaves its lines as they are: cancelling, returning, pausing.
    pub(crate) fn change(&self, hearing: Hearing) -> Choice {
        let costs = vec![part("change", self.cost.change)];
        self.commitment(costs, hearing)
    }

    /// What will do instead of a key, where none can come, if the risk allows it: two yeses of different kinds, or a
    /// plain one that is sure enough by itself, leaves no more doubt than two that are just sure enough, and no more than
    /// `left` of the risk.
    pub(crate) fn without_keys(&self, choice: &Choice) -> Option<Choice> {
        let two = 1.0 - (1.0 - self.keyless.yes).powi(2);
        (choice.risk <= self.keyless.risk).then(|| Choice {
            row: format!("{}, without keys", choice.row),
            least_alone: self.assent.least(self.keyless.alone.max(two), 0.0, choice.risk),
            how: How::Twice,
            least_yes: self.keyless.yes,
            least_passing: self.keyless.yes.max(self.assent.passing),
            least_said_back: NEVER,
            least_each: self.keyless.least.min(self.keyless.yes),
            ..choice.clone()
        })
    }

    /// Whether a yes with another place or day in the same breath is enough, once the change has been said back.
    pub(crate) fn takes_amended(&self, choice: &Choice, sure_of_yes: f32) -> bool {
        let spoken = match choice.how {
            How::None | How::Implicit | How::Explicit => true,
            How::Twice | How::Keypad => false,
        };
        spoken && choice.risk <= self.amended.risk && sure_of_yes >= self.amended.yes
    }

    /// How a value is confirmed that was asked for.
    pub(crate) fn slot(&self, read_back_later: bool, hearing: Hearing) -> Choice {
        let cost = if read_back_later {
            part("readback", self.cost.readback)
        } else {
            part("lookup", self.cost.lookup)
        };
        self.choose("slot", &self.slot, vec![cost], hearing)
    }

    /// How what is sent to the shop is confirmed. The more is at risk, the surer the yes must be.
    fn commitment(&self, costs: Vec<Part>, hearing: Hearing) -> Choice {
        let choice = self.choose("order", &self.order, costs, hearing);
        Choice {
            least_yes: self.assent.least(choice.least_yes, 0.0, choice.risk),
            least_passing: self
                .assent
                .least(choice.least_passing, self.assent.weak, choice.risk),
            ..choice
        }
    }

    fn choose(&self, table: &str, rows: &[Row], costs: Vec<Part>, hearing: Hearing) -> Choice {
        let doubts = self.doubt.parts(hearing);
        let sum = |parts: &[Part]| parts.iter().map(|part| part.amount).sum::<f32>().clamp(0.0, 1.0);
        let (cost, doubt) = (sum(&costs), sum(&doubts));
        let risk = cost * doubt;
        // The check has seen to it that the last row takes every risk.
        let row = rows.iter().find(|row| row.risk <= risk).or(rows.last());
        let yes = row.map_or(1.0, |row| row.yes);
        Choice {
            row: format!("{table}: {}", row.map_or("none", |row| row.name.as_str())),
            how: row.map_or(How::Keypad, |row| row.how),
            least_yes: yes,
            least_passing: yes.max(self.assent.passing),
            least_said_back: yes.max(self.assent.said_back),
            least_each: yes,
            least_alone: NEVER,
            cost,
            costs,
            doubt,
            doubts,
            risk,
            policy: self.version.clone(),
        }
    }

    /// What holds should the built-in text ever be wrong: every order by key.
    fn careful() -> Self {
        let row = Row {
            name: "every".to_owned(),
            risk: 0.0,
            how: How::Keypad,
            yes: 1.0,
        };
        Self {
            cost: CostTable::default(),
            doubt: DoubtTable::default(),
            patience: Patience {
                readbacks: 6,
                objection_ms: 4_000,
            },
            assent: AssentTable {
                passing: 1.0,
                said_back: 1.0,
                weak: 1.0,
                left: 0.0,
            },
            amended: Amended { risk: 0.0, yes: 1.0 },
            keyless: Keyless {
                risk: 0.0,
                yes: 1.0,
                least: 1.0,
                alone: NEVER,
            },
            order: vec![row.clone()],
            slot: vec![Row {
                how: How::Explicit,
                ..row
            }],
            version: "confirmation@none".to_owned(),
        }
    }
}

impl Default for ConfirmationPolicy {
    fn default() -> Self {
        Self::shipped()
    }
}

impl Display for How {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Implicit => "implicit",
            Self::Explicit => "explicit",
            Self::Twice => "twice",
            Self::Keypad => "keypad",
        })
    }
}

fn version(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let head: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("confirmation@{head}")
}

/// The text of the policy that ships: tools and tests need no file for it.
pub const SHIPPED: &str = include_str!("../../../../models/policy/confirmation.toml");

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
