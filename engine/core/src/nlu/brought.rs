//! What callers have that a flow takes: who says "I have a voucher" beside another wish wants it used. Flows name such
//! things (`brings`); of what is wanted with them the model was taught nothing.

use super::wording::says;

/// Things that one may have, and the intent of whoever has one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brought {
    pub intent: String,
    /// "voucher", "promo code": as they are said.
    pub names: Vec<String>,
}

/// The intent of the first such thing that the words name.
pub(super) fn named<'b>(words: &[&str], brought: &'b [Brought]) -> Option<&'b str> {
    let text = words.join(" ");
    let says_one = |known: &&Brought| known.names.iter().any(|name| says(&text, name));
    brought.iter().find(says_one).map(|known| known.intent.as_str())
}

/// Whether it is the intent of such a thing.
pub(super) fn is_of(intent: &str, brought: &[Brought]) -> bool {
    brought.iter().any(|known| known.intent == intent)
}

#[cfg(test)]
pub(super) fn vouchers() -> Vec<Brought> {
    let names = ["voucher", "coupon", "gift card"].map(str::to_owned).to_vec();
    vec![Brought {
        intent: "voucher".to_owned(),
        names,
    }]
}
