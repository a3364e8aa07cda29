//! What an item is like: the closed vocabulary of `inventory.proto`, in which callers' preferences are put too.

use serde::{Deserialize, Serialize};

/// One thing that can be said of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    RoastLight,
    RoastMedium,
    RoastDark,
    /// At most traces.
    CaffeineNone,
    StrengthMild,
    StrengthStrong,
    FlavourChocolate,
    FlavourNuts,
    FlavourCaramel,
    FlavourFruit,
    FlavourCitrus,
    FlavourFlowers,
    FlavourSpice,
    FlavourEarth,
    UseEspresso,
    /// Poured through paper, by hand or by a machine.
    UseFilter,
    UseFrenchPress,
    UseColdBrew,
    UseGift,
    /// By a certificate.
    GrownOrganic,
    SortGrinder,
    SortBrewer,
    SortKettle,
    SortCup,
}

/// What an attribute is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trait {
    Roast,
    Caffeine,
    Strength,
    Flavour,
    Use,
    Grown,
    /// What sort of equipment it is.
    Sort,
}

impl Trait {
    /// As conditions of flows have it: `advice.asks = "roast"`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Roast => "roast",
            Self::Caffeine => "caffeine",
            Self::Strength => "strength",
            Self::Flavour => "flavour",
            Self::Use => "use",
            Self::Grown => "grown",
            Self::Sort => "sort",
        }
    }
}

impl Attribute {
    pub const fn about(self) -> Trait {
        match self {
            Self::RoastLight | Self::RoastMedium | Self::RoastDark => Trait::Roast,
            Self::CaffeineNone => Trait::Caffeine,
            Self::StrengthMild | Self::StrengthStrong => Trait::Strength,
            Self::FlavourChocolate
            | Self::FlavourNuts
            | Self::FlavourCaramel
            | Self::FlavourFruit
            | Self::FlavourCitrus
            | Self::FlavourFlowers
            | Self::FlavourSpice
            | Self::FlavourEarth => Trait::Flavour,
            Self::UseEspresso
            | Self::UseFilter
            | Self::UseFrenchPress
            | Self::UseColdBrew
            | Self::UseGift => Trait::Use,
            Self::GrownOrganic => Trait::Grown,
            Self::SortGrinder | Self::SortBrewer | Self::SortKettle | Self::SortCup => Trait::Sort,
        }
    }

    /// How dark a roast is, from 1, or how strong; `None` for what has no such order.
    pub fn degree(self) -> Option<u8> {
        let row = DEGREES.iter().find(|(attribute, _)| *attribute == self);
        row.map(|(_, degree)| *degree)
    }
}

const DEGREES: &[(Attribute, u8)] = &[
    (Attribute::RoastLight, 1),
    (Attribute::RoastMedium, 2),
    (Attribute::RoastDark, 3),
    (Attribute::StrengthMild, 1),
    (Attribute::StrengthStrong, 3),
];
