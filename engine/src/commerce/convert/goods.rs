//! What a shop sells, and what there is of it.

use std::collections::BTreeSet;

use engine_core::ids::Sku;
use engine_core::shop::{Attribute, Item, ItemKind, Stock};
use proto::commerce::v1 as wire;

use super::{Checked, DAYS_MAX, LINES_MAX, at_most, money, nonsense, optional_text, text};

pub(in crate::commerce) fn item(item: wire::Item) -> Checked<Item> {
    let kind = match item.kind() {
        wire::ItemKind::Unspecified => return nonsense("item.kind", format!("unknown kind {}", item.kind)),
        wire::ItemKind::Beans => ItemKind::Beans,
        wire::ItemKind::Equipment => ItemKind::Equipment,
        wire::ItemKind::Drink => ItemKind::Drink,
    };
    let spoken = item.spoken_names.into_iter().take(LINES_MAX);
    Ok(Item {
        sku: Sku::new(text("item.sku", item.sku)?),
        name: text("item.name", item.name)?,
        spoken: spoken
            .map(|name| text("item.spoken_names", name))
            .collect::<Checked<_>>()?,
        kind,
        unit: optional_text("item.unit", item.unit)?,
        price: money("item.price", item.price)?,
        attributes: attributes(&item.attributes),
    })
}

/// Those that this Hark knows, each once: a shop may speak of more.
fn attributes(stated: &[i32]) -> Vec<Attribute> {
    let known = stated.iter().filter_map(|number| attribute(*number));
    let known: BTreeSet<Attribute> = known.collect();
    known.into_iter().collect()
}

fn attribute(number: i32) -> Option<Attribute> {
    use wire::Attribute as W;
    Some(match W::try_from(number).ok()? {
        W::Unspecified => return None,
        W::RoastLight => Attribute::RoastLight,
        W::RoastMedium => Attribute::RoastMedium,
        W::RoastDark => Attribute::RoastDark,
        W::CaffeineNone => Attribute::CaffeineNone,
        W::StrengthMild => Attribute::StrengthMild,
        W::StrengthStrong => Attribute::StrengthStrong,
        W::FlavourChocolate => Attribute::FlavourChocolate,
        W::FlavourNuts => Attribute::FlavourNuts,
        W::FlavourCaramel => Attribute::FlavourCaramel,
        W::FlavourFruit => Attribute::FlavourFruit,
        W::FlavourCitrus => Attribute::FlavourCitrus,
        W::FlavourFlowers => Attribute::FlavourFlowers,
        W::FlavourSpice => Attribute::FlavourSpice,
        W::FlavourEarth => Attribute::FlavourEarth,
        W::UseEspresso => Attribute::UseEspresso,
        W::UseFilter => Attribute::UseFilter,
        W::UseFrenchPress => Attribute::UseFrenchPress,
        W::UseColdBrew => Attribute::UseColdBrew,
        W::UseGift => Attribute::UseGift,
        W::GrownOrganic => Attribute::GrownOrganic,
        W::SortGrinder => Attribute::SortGrinder,
        W::SortBrewer => Attribute::SortBrewer,
        W::SortKettle => Attribute::SortKettle,
        W::SortCup => Attribute::SortCup,
    })
}

pub(in crate::commerce) fn stock(level: wire::StockLevel) -> Checked<Stock> {
    Ok(Stock {
        sku: Sku::new(text("level.sku", level.sku)?),
        available: level.available,
        lead_time_days: level
            .lead_time_days
            .map(|days| at_most("level.lead_time_days", days, DAYS_MAX))
            .transpose()?,
        substitutes: level
            .substitute_skus
            .into_iter()
            .take(LINES_MAX)
            .map(Sku::new)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use engine_core::shop::Attribute;
    use proto::commerce::v1 as wire;

    use super::item;
    use crate::commerce::convert::tests::money;

    #[test]
    fn an_item_needs_a_known_kind() {
        let unknown = wire::Item {
            sku: "A".to_owned(),
            name: "A".to_owned(),
            kind: 77,
            price: money(1),
            ..Default::default()
        };
        assert_eq!(item(unknown).unwrap_err().field, "item.kind");
    }

    #[test]
    fn attributes_come_once_and_only_those_that_are_known() {
        let of = |attributes: Vec<i32>| {
            let stated = wire::Item {
                sku: "A".to_owned(),
                name: "A".to_owned(),
                kind: wire::ItemKind::Beans.into(),
                price: money(1),
                attributes,
                ..Default::default()
            };
            item(stated).unwrap().attributes
        };
        let dark = wire::Attribute::RoastDark.into();
        assert_eq!(
            of(vec![dark, 9_999, 0, dark, wire::Attribute::UseEspresso.into()]),
            [Attribute::RoastDark, Attribute::UseEspresso]
        );
        assert!(of(Vec::new()).is_empty(), "a shop may send none");
    }
}
