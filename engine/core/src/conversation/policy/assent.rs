//! How much a spoken yes counts for.

/// What spoken yeses are worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct AssentTable {
    /// How sure of a yes that was said in passing, at the least.
    pub(super) passing: f32,
    /// The same where it is said back before it counts.
    pub(super) said_back: f32,
    /// What such a yes leaves open, however well it was heard.
    pub(super) weak: f32,
    /// How much of a risk may be left once the yes has been heard.
    pub(super) left: f32,
}

impl AssentTable {
    /// How sure of a yes, so that no more than `left` is left of the risk: a mistake comes through only when both
    /// the order and the answer to it were misheard.
    pub(super) fn least(&self, yes: f32, weak: f32, risk: f32) -> f32 {
        let enough = if risk > self.left {
            1.0 + weak - self.left / risk
        } else {
            0.0
        };
        enough.max(yes).min(1.0)
    }
}

/// What a yes needs that changes where or when in the same breath.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Amended {
    /// Up to this risk the change is said back, and no more asked.
    pub(super) risk: f32,
    pub(super) yes: f32,
}
