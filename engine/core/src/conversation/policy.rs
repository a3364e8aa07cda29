//! The confirmation policy, read from `models/policy/confirmation.toml`: what a mistake would cost, times the
//! doubt about what was heard, chooses whether and how Hark asks back. Data says how; that an order needs a
//! yes is not for data to say.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use toml::Spanned;

use crate::conversation::confirm::MIN_YES_CONFIDENCE;
use crate::shop::Fulfilment;
use crate::source::{FileError, parse_toml};
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
    /// Ask for a key: what the ear may mistake, the finger does not.
    Keypad,
}

/// Everything that decides about confirmation. Immutable, shared by all calls.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfirmationPolicy {
    cost: CostTable,
    doubt: DoubtTable,
    patience: Patience,
    order: Vec<Row>,
    slot: Vec<Row>,
    version: String,
}

/// What was decided and on what grounds: the record keeps it, and an auditor can do the sum again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// "order: any": the table and the row that decided.
    pub row: String,
    pub how: How,
    /// The least confidence of a spoken yes; where a key is asked for, none is enough.
    pub least_yes: f32,
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

/// What a mistake in an order would cost depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stake {
    pub(crate) total: Option<Money>,
    pub(crate) fulfilment: Fulfilment,
    /// Something in it that this customer has not had before, as far as is known.
    pub(crate) new: bool,
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
    /// Reads the file; a fault names its line and the nearest right name.
    pub fn parse(file: &str, text: &str) -> Result<Self, FileError> {
        let read: Document = parse_toml(file, text)?;
        let check = Check { file, text };
        check.fractions(&read)?;
        Ok(Self {
            order: check.rows("order", read.order, &[How::Explicit, How::Keypad])?,
            slot: check.rows(
                "slot",
                read.slot,
                &[How::None, How::Implicit, How::Explicit, How::Keypad],
            )?,
            cost: read.cost.values(),
            doubt: read.doubt.values(),
            patience: Patience {
                readbacks: check.readbacks(&read.patience)?,
            },
            version: version(text),
        })
    }

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
        self.choose("order", &self.order, costs, hearing)
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

    fn choose(&self, table: &str, rows: &[Row], costs: Vec<Part>, hearing: Hearing) -> Choice {
        let doubts = self.doubt.parts(hearing);
        let sum = |parts: &[Part]| parts.iter().map(|part| part.amount).sum::<f32>().clamp(0.0, 1.0);
        let (cost, doubt) = (sum(&costs), sum(&doubts));
        let risk = cost * doubt;
        // The check has seen to it that the last row takes every risk.
        let row = rows.iter().find(|row| row.risk <= risk).or(rows.last());
        Choice {
            row: format!("{table}: {}", row.map_or("none", |row| row.name.as_str())),
            how: row.map_or(How::Keypad, |row| row.how),
            least_yes: row.map_or(1.0, |row| row.yes),
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
            patience: Patience { readbacks: 6 },
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
            Self::Keypad => "keypad",
        })
    }
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
        if self.how == How::Explicit {
            write!(f, ", yes from {:.2}", self.least_yes)?;
        }
        Ok(())
    }
}

fn listed(parts: &[Part]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|part| format!("{} {:.2}", part.what, part.amount))
        .collect();
    parts.join(", ")
}

fn part(what: &str, amount: f32) -> Part {
    Part {
        what: what.to_owned(),
        amount,
    }
}

fn version(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let head: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("confirmation@{head}")
}

#[derive(Debug, Clone, PartialEq)]
struct Row {
    name: String,
    /// From this risk on.
    risk: f32,
    how: How,
    yes: f32,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct CostTable {
    order: f32,
    value: f32,
    value_full: i64,
    pickup: f32,
    new: f32,
    lookup: f32,
    readback: f32,
}

impl CostTable {
    /// How much of `value` a total counts for.
    fn share_of(&self, total: Money) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "a share needs no cents")]
        let share = total.minor.max(0) as f32 / self.value_full.max(1) as f32;
        share.min(1.0)
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
struct DoubtTable {
    disputed: f32,
    failure: f32,
}

impl DoubtTable {
    fn parts(&self, hearing: Hearing) -> Vec<Part> {
        let mut parts = vec![part("heard", (1.0 - hearing.sure).clamp(0.0, 1.0))];
        if hearing.disputed {
            parts.push(part("disputed", self.disputed));
        }
        if hearing.failures > 0 {
            #[expect(clippy::cast_precision_loss, reason = "a handful")]
            let failures = self.failure * hearing.failures.min(FAILURES_COUNTED) as f32;
            parts.push(part("failures", failures));
        }
        parts
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Patience {
    readbacks: u32,
}

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    cost: CostKeys,
    doubt: DoubtKeys,
    patience: PatienceKeys,
    order: Spanned<Vec<RowKeys>>,
    slot: Spanned<Vec<RowKeys>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CostKeys {
    order: Spanned<f32>,
    value: Spanned<f32>,
    value_full: Spanned<i64>,
    pickup: Spanned<f32>,
    new: Spanned<f32>,
    lookup: Spanned<f32>,
    readback: Spanned<f32>,
}

impl CostKeys {
    fn values(&self) -> CostTable {
        CostTable {
            order: *self.order.get_ref(),
            value: *self.value.get_ref(),
            value_full: *self.value_full.get_ref(),
            pickup: *self.pickup.get_ref(),
            new: *self.new.get_ref(),
            lookup: *self.lookup.get_ref(),
            readback: *self.readback.get_ref(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DoubtKeys {
    disputed: Spanned<f32>,
    failure: Spanned<f32>,
}

impl DoubtKeys {
    fn values(&self) -> DoubtTable {
        DoubtTable {
            disputed: *self.disputed.get_ref(),
            failure: *self.failure.get_ref(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PatienceKeys {
    readbacks: Spanned<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowKeys {
    row: String,
    risk: Spanned<f32>,
    confirm: Spanned<How>,
    yes: Option<Spanned<f32>>,
}

/// What types cannot say.
struct Check<'a> {
    file: &'a str,
    text: &'a str,
}

impl Check<'_> {
    fn fractions(&self, read: &Document) -> Result<(), FileError> {
        let all = [
            &read.cost.order,
            &read.cost.value,
            &read.cost.pickup,
            &read.cost.new,
            &read.cost.lookup,
            &read.cost.readback,
            &read.doubt.disputed,
            &read.doubt.failure,
        ];
        for value in all {
            self.fraction(value)?;
        }
        if *read.cost.value_full.get_ref() <= 0 {
            return Err(self.fault(
                &read.cost.value_full,
                "`value_full` is not an amount",
                "write cents",
            ));
        }
        Ok(())
    }

    fn fraction(&self, value: &Spanned<f32>) -> Result<f32, FileError> {
        let number = *value.get_ref();
        if (0.0..=1.0).contains(&number) {
            return Ok(number);
        }
        Err(self.fault(
            value,
            format!("{number} is outside 0 to 1"),
            "write a fraction, like 0.25",
        ))
    }

    fn readbacks(&self, patience: &PatienceKeys) -> Result<u32, FileError> {
        let count = *patience.readbacks.get_ref();
        if (1..=READBACKS_MAX).contains(&count) {
            return Ok(count);
        }
        let remedy = format!("write 1 to {READBACKS_MAX}");
        Err(self.fault(
            &patience.readbacks,
            format!("{count} read-backs are no patience"),
            remedy,
        ))
    }

    fn rows(&self, table: &str, rows: Spanned<Vec<RowKeys>>, allowed: &[How]) -> Result<Vec<Row>, FileError> {
        let mut made: Vec<Row> = Vec::new();
        let whole = Spanned::new(rows.span(), ());
        for keys in rows.into_inner() {
            let risk = self.fraction(&keys.risk)?;
            if made.last().is_some_and(|row| row.risk <= risk) {
                let message = format!("row \"{}\" is never reached", keys.row);
                return Err(self.fault(
                    &keys.risk,
                    message,
                    "order the rows by falling `risk`: the first that is reached decides",
                ));
            }
            let how = *keys.confirm.get_ref();
            if !allowed.contains(&how) {
                let message = format!("\"{how}\" would place an order without a yes");
                return Err(self.fault(
                    &keys.confirm,
                    message,
                    "write \"explicit\" or \"keypad\" under [[order]]",
                ));
            }
            let yes = self.least_yes(how, &keys)?;
            made.push(Row {
                name: keys.row,
                risk,
                how,
                yes,
            });
        }
        match made.last() {
            Some(row) if row.risk == 0.0 => Ok(made),
            Some(_) | None => Err(self.fault(
                &whole,
                format!("no row of [[{table}]] takes the smallest risk"),
                "end with a row whose `risk` is 0.0",
            )),
        }
    }

    fn least_yes(&self, how: How, keys: &RowKeys) -> Result<f32, FileError> {
        match (how, &keys.yes) {
            (How::Explicit, Some(yes)) => {
                let least = self.fraction(yes)?;
                if least < MIN_YES_CONFIDENCE {
                    let message = format!("a yes of {least} is no yes");
                    let remedy = format!("write {MIN_YES_CONFIDENCE} or more");
                    return Err(self.fault(yes, message, remedy));
                }
                Ok(least)
            }
            (How::Explicit, None) => Err(self.fault(
                &keys.confirm,
                "an explicit row needs `yes`: how sure of it Hark must be",
                "for example yes = 0.7",
            )),
            (How::None | How::Implicit | How::Keypad, Some(yes)) => Err(self.fault(
                yes,
                format!("`yes` means nothing where confirm is \"{how}\""),
                "remove it, or write confirm = \"explicit\"",
            )),
            (How::None | How::Implicit | How::Keypad, None) => Ok(1.0),
        }
    }

    fn fault<T>(&self, at: &Spanned<T>, message: impl Into<String>, remedy: impl Into<String>) -> FileError {
        FileError::new(self.file, message)
            .at(self.text, at.span().start)
            .remedy(remedy)
    }
}

/// The text of the policy that ships: tools and tests need no file for it.
pub const SHIPPED: &str = include_str!("../../../../models/policy/confirmation.toml");

/// Beyond this many misunderstandings more do not add doubt.
const FAILURES_COUNTED: u32 = 10;
/// More read-backs of one order than this are no service.
const READBACKS_MAX: u32 = 20;

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
