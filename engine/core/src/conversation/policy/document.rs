//! The policy's file: what it holds, and what no policy may say.

use serde::Deserialize;
use toml::Spanned;

use super::assent::{Amended, AssentTable};
use super::tables::{CostTable, DoubtTable, Keyless, Patience, Row};
use super::{ConfirmationPolicy, How, version};
use crate::conversation::confirm::MIN_YES_CONFIDENCE;
use crate::source::{FileError, parse_toml};

impl ConfirmationPolicy {
    /// Reads the file; a fault names its line and the nearest right name.
    pub fn parse(file: &str, text: &str) -> Result<Self, FileError> {
        let read: Document = parse_toml(file, text)?;
        let check = Check { file, text };
        check.fractions(&read)?;
        Ok(Self {
            assent: AssentTable {
                passing: check.yes(&read.assent.passing)?,
                said_back: check.yes(&read.assent.said_back)?,
                weak: *read.assent.weak.get_ref(),
                left: *read.assent.left.get_ref(),
            },
            amended: Amended {
                risk: *read.amended.risk.get_ref(),
                yes: check.yes(&read.amended.yes)?,
            },
            keyless: Keyless {
                risk: *read.keyless.risk.get_ref(),
                yes: check.yes(&read.keyless.yes)?,
                least: check.yes(&read.keyless.least)?,
                alone: check.yes(&read.keyless.alone)?,
            },
            order: check.rows("order", read.order, &[How::Explicit, How::Twice, How::Keypad])?,
            slot: check.rows(
                "slot",
                read.slot,
                &[How::None, How::Implicit, How::Explicit, How::Keypad],
            )?,
            cost: read.cost.values(),
            doubt: read.doubt.values(),
            patience: Patience {
                readbacks: check.readbacks(&read.patience)?,
                objection_ms: check.objection_ms(&read.patience)?,
            },
            version: version(text),
        })
    }
}

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    cost: CostKeys,
    doubt: DoubtKeys,
    patience: PatienceKeys,
    assent: AssentKeys,
    amended: AmendedKeys,
    keyless: KeylessKeys,
    order: Spanned<Vec<RowKeys>>,
    slot: Spanned<Vec<RowKeys>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CostKeys {
    order: Spanned<f32>,
    value: Spanned<f32>,
    value_full: Spanned<i64>,
    reservation: Spanned<f32>,
    change: Spanned<f32>,
    pickup: Spanned<f32>,
    new: Spanned<f32>,
    elsewhere: Spanned<f32>,
    lookup: Spanned<f32>,
    readback: Spanned<f32>,
}

impl CostKeys {
    fn values(&self) -> CostTable {
        CostTable {
            order: *self.order.get_ref(),
            value: *self.value.get_ref(),
            value_full: *self.value_full.get_ref(),
            reservation: *self.reservation.get_ref(),
            change: *self.change.get_ref(),
            pickup: *self.pickup.get_ref(),
            new: *self.new.get_ref(),
            elsewhere: *self.elsewhere.get_ref(),
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
    objection_ms: Spanned<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AssentKeys {
    passing: Spanned<f32>,
    said_back: Spanned<f32>,
    weak: Spanned<f32>,
    left: Spanned<f32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AmendedKeys {
    risk: Spanned<f32>,
    yes: Spanned<f32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeylessKeys {
    risk: Spanned<f32>,
    yes: Spanned<f32>,
    least: Spanned<f32>,
    alone: Spanned<f32>,
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
            &read.cost.reservation,
            &read.cost.change,
            &read.cost.pickup,
            &read.cost.new,
            &read.cost.elsewhere,
            &read.cost.lookup,
            &read.cost.readback,
            &read.doubt.disputed,
            &read.doubt.failure,
            &read.assent.weak,
            &read.assent.left,
            &read.amended.risk,
            &read.keyless.risk,
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

    fn objection_ms(&self, patience: &PatienceKeys) -> Result<u32, FileError> {
        let wait_ms = *patience.objection_ms.get_ref();
        if OBJECTION_MS.contains(&wait_ms) {
            return Ok(wait_ms);
        }
        let (least, most) = (OBJECTION_MS.start(), OBJECTION_MS.end());
        let why = if wait_ms < *least {
            "nobody objects as fast as that"
        } else {
            "nobody waits for nothing as long as that"
        };
        Err(self.fault(
            &patience.objection_ms,
            format!("{wait_ms} ms: {why}"),
            format!("write {least} to {most}"),
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
                let message = match how {
                    How::Twice => "\"twice\" is for orders alone".to_owned(),
                    How::None | How::Implicit | How::Explicit | How::Keypad => {
                        format!("\"{how}\" would place an order without a yes")
                    }
                };
                return Err(self.fault(
                    &keys.confirm,
                    message,
                    "write \"explicit\", \"twice\" or \"keypad\" under [[order]], and never \"twice\" elsewhere",
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
            (How::Explicit | How::Twice, Some(yes)) => self.yes(yes),
            (How::Explicit | How::Twice, None) => Err(self.fault(
                &keys.confirm,
                format!("a row with \"{how}\" needs `yes`: how sure of it Hark must be"),
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

    /// How sure of a yes.
    fn yes(&self, yes: &Spanned<f32>) -> Result<f32, FileError> {
        let least = self.fraction(yes)?;
        if least >= MIN_YES_CONFIDENCE {
            return Ok(least);
        }
        let remedy = format!("write {MIN_YES_CONFIDENCE} or more");
        Err(self.fault(yes, format!("a yes of {least} is no yes"), remedy))
    }

    fn fault<T>(&self, at: &Spanned<T>, message: impl Into<String>, remedy: impl Into<String>) -> FileError {
        FileError::new(self.file, message)
            .at(self.text, at.span().start)
            .remedy(remedy)
    }
}

/// More read-backs of one order than this are no service.
const READBACKS_MAX: u32 = 20;
/// From the time in which people begin to speak after a turn, to what they take for a line gone dead.
const OBJECTION_MS: std::ops::RangeInclusive<u32> = 800..=4_000;
