//! What the beans and the equipment are like, in the contract's vocabulary: what Hark advises by.

use proto::commerce::v1::Attribute::{self, *};

/// Empty for what the shop says nothing about: drinks, filters, a scale.
pub(super) fn of(sku: &str) -> &'static [Attribute] {
    let row = ATTRIBUTES.iter().find(|(known, _)| *known == sku);
    row.map_or(&[], |(_, attributes)| attributes)
}

#[rustfmt::skip] // one row, one line: it is a table
const ATTRIBUTES: &[(&str, &[Attribute])] = &[
    ("BEAN-HARBOR-DARK", &[RoastDark, StrengthStrong, FlavourChocolate, UseFrenchPress, UseEspresso]),
    ("BEAN-LIGHTHOUSE", &[RoastLight, StrengthMild, FlavourCitrus, UseFilter]),
    ("BEAN-COMPASS", &[RoastMedium, FlavourNuts, FlavourCaramel, UseFilter, UseFrenchPress]),
    ("BEAN-MIDNIGHT", &[RoastDark, StrengthStrong, FlavourChocolate, FlavourSpice, UseEspresso]),
    ("BEAN-SUNRISE", &[RoastLight, StrengthMild, FlavourCaramel, UseFilter]),
    ("BEAN-TIDEWATER", &[RoastDark, StrengthStrong, FlavourCaramel, FlavourNuts, UseEspresso]),
    ("BEAN-DECAF", &[RoastMedium, CaffeineNone, StrengthMild, FlavourChocolate, UseFilter, UseEspresso]),
    ("BEAN-ETHIOPIA", &[RoastLight, FlavourFruit, FlavourFlowers, UseFilter, UseColdBrew]),
    ("BEAN-KENYA", &[RoastLight, FlavourFruit, FlavourCitrus, UseFilter]),
    ("BEAN-GUATEMALA", &[RoastMedium, FlavourChocolate, FlavourCitrus, UseFilter]),
    ("BEAN-COLOMBIA", &[RoastMedium, FlavourCaramel, FlavourFruit, UseFilter, UseColdBrew]),
    ("BEAN-SUMATRA", &[RoastDark, StrengthStrong, FlavourEarth, FlavourSpice, UseFrenchPress]),
    ("BEAN-BRAZIL", &[RoastMedium, StrengthMild, FlavourNuts, FlavourChocolate, UseEspresso, UseColdBrew]),
    ("BEAN-ORGANIC", &[RoastMedium, GrownOrganic, FlavourNuts, FlavourFruit, UseFilter, UseFrenchPress]),
    ("BEAN-WINTER", &[RoastDark, FlavourSpice, FlavourCaramel, UseGift]),
    ("BEAN-SAMPLER", &[UseGift]),

    ("GEAR-BURR-GRINDER", &[SortGrinder, UseEspresso, UseFilter]),
    ("GEAR-HAND-GRINDER", &[SortGrinder, UseFilter, UseFrenchPress]),
    ("GEAR-FRENCH-PRESS", &[SortBrewer, UseFrenchPress]),
    ("GEAR-POUR-OVER", &[SortBrewer, UseFilter]),
    ("GEAR-KETTLE", &[SortKettle, UseFilter]),
    ("GEAR-STOVE-KETTLE", &[SortKettle]),
    ("GEAR-MUG", &[SortCup, UseGift]),
    ("GEAR-TUMBLER", &[SortCup, UseGift]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ATTRIBUTES, Attribute};
    use crate::merchant::catalogue::product;

    #[test]
    fn every_row_is_a_product_with_one_roast_at_most() {
        let roasts = [
            Attribute::RoastLight,
            Attribute::RoastMedium,
            Attribute::RoastDark,
        ];
        let mut seen = BTreeSet::new();
        for (sku, attributes) in ATTRIBUTES {
            assert!(product(sku).is_some() && seen.insert(sku), "{sku}");
            let roasted = attributes.iter().filter(|a| roasts.contains(a)).count();
            assert!(roasted <= 1, "{sku}");
        }
    }
}
