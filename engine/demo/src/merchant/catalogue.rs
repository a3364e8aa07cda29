//! What the coffee company sells: beans and equipment for delivery, drinks for pick-up. A table for
//! reading; every word of a spoken name stands in the CMU dictionary, so that recognisers know it.

mod attributes;

use proto::commerce::v1::{Item, ItemKind};
use proto::common::v1::Money;

/// The shop's only currency (ISO 4217).
pub const CURRENCY: &str = "USD";

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Product {
    pub sku: &'static str,
    pub name: &'static str,
    /// Further ways to say it.
    pub spoken: &'static [&'static str],
    pub kind: ItemKind,
    pub unit: &'static str,
    /// Cents.
    pub price_minor: i64,
    /// On the shelf when the shop opens.
    pub stock: u32,
    /// Days until more arrives.
    pub lead_time_days: Option<u32>,
    pub substitutes: &'static [&'static str],
}

impl Product {
    /// The row as the contract has it.
    pub fn to_item(self) -> Item {
        Item {
            sku: self.sku.to_owned(),
            name: self.name.to_owned(),
            spoken_names: self.spoken.iter().map(|name| (*name).to_owned()).collect(),
            kind: self.kind.into(),
            unit: self.unit.to_owned(),
            price: Some(money(self.price_minor)),
            attributes: attributes::of(self.sku)
                .iter()
                .map(|attribute| (*attribute).into())
                .collect(),
        }
    }
}

/// Cents as the contract has them.
pub fn money(minor_units: i64) -> Money {
    Money {
        currency_code: CURRENCY.to_owned(),
        minor_units,
    }
}

/// The row of a SKU.
pub fn product(sku: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.sku == sku)
}

/// What a choice adds to a drink's price, in cents. Choices without a price are free.
pub fn surcharge_minor(name: &str, value: &str) -> i64 {
    let value = value.to_ascii_lowercase();
    let has = |word: &str| value.contains(word);
    match name {
        "size" if has("large") || has("twenty") => 100,
        "size" if has("medium") || has("sixteen") => 50,
        "shots" | "numberOfShots" if has("triple") => 120,
        "shots" | "numberOfShots" if has("double") => 60,
        "milk" | "milkAmount" if has("almond") || has("soy") => 70,
        _ => 0,
    }
}

const fn beans(
    sku: &'static str,
    name: &'static str,
    spoken: &'static [&'static str],
    price_minor: i64,
    stock: u32,
    lead_time_days: Option<u32>,
    substitutes: &'static [&'static str],
) -> Product {
    Product {
        sku,
        name,
        spoken,
        kind: ItemKind::Beans,
        unit: "bag",
        price_minor,
        stock,
        lead_time_days,
        substitutes,
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "a row of the table below, read in columns"
)]
const fn gear(
    sku: &'static str,
    name: &'static str,
    spoken: &'static [&'static str],
    unit: &'static str,
    price_minor: i64,
    stock: u32,
    lead_time_days: Option<u32>,
    substitutes: &'static [&'static str],
) -> Product {
    Product {
        sku,
        name,
        spoken,
        kind: ItemKind::Equipment,
        unit,
        price_minor,
        stock,
        lead_time_days,
        substitutes,
    }
}

const fn drink(
    sku: &'static str,
    name: &'static str,
    spoken: &'static [&'static str],
    price_minor: i64,
) -> Product {
    Product {
        sku,
        name,
        spoken,
        kind: ItemKind::Drink,
        unit: "",
        price_minor,
        stock: 500,
        lead_time_days: None,
        substitutes: &[],
    }
}

/// The whole range. Some shelves are empty or nearly so, on purpose.
#[rustfmt::skip] // one row, one line: it is a table
pub const PRODUCTS: &[Product] = &[
    beans("BEAN-HARBOR-DARK", "Harbor dark roast", &["harbor dark", "the dark roast", "dark roast beans"], 1450, 240, Some(3), &["BEAN-MIDNIGHT", "BEAN-SUMATRA"]),
    beans("BEAN-LIGHTHOUSE", "Lighthouse light roast", &["lighthouse light", "lighthouse", "the light roast"], 1450, 180, Some(3), &["BEAN-SUNRISE"]),
    beans("BEAN-COMPASS", "Compass medium roast", &["compass medium", "compass", "the medium roast"], 1450, 200, Some(3), &["BEAN-HARBOR-DARK"]),
    beans("BEAN-MIDNIGHT", "Midnight blend", &["midnight", "the midnight"], 1550, 120, Some(4), &["BEAN-HARBOR-DARK"]),
    beans("BEAN-SUNRISE", "Sunrise blend", &["sunrise", "the breakfast blend", "breakfast blend"], 1350, 160, Some(4), &["BEAN-LIGHTHOUSE"]),
    beans("BEAN-TIDEWATER", "Tidewater espresso beans", &["tidewater", "espresso beans", "the espresso beans"], 1650, 140, Some(4), &["BEAN-MIDNIGHT"]),
    beans("BEAN-DECAF", "Anchor decaf", &["decaf", "the decaf", "decaf beans"], 1500, 90, Some(5), &["BEAN-SUNRISE"]),
    beans("BEAN-ETHIOPIA", "Ethiopia single origin", &["ethiopia", "the ethiopian", "ethiopian beans"], 1850, 60, Some(9), &["BEAN-KENYA"]),
    beans("BEAN-KENYA", "Kenya single origin", &["kenya", "the kenyan", "kenyan beans"], 1850, 45, Some(9), &["BEAN-ETHIOPIA"]),
    beans("BEAN-GUATEMALA", "Guatemala single origin", &["guatemala", "the guatemalan"], 1700, 3, Some(8), &["BEAN-COLOMBIA", "BEAN-COMPASS"]),
    beans("BEAN-COLOMBIA", "Colombia single origin", &["colombia", "the colombian", "colombian beans"], 1650, 110, Some(7), &["BEAN-COMPASS"]),
    beans("BEAN-SUMATRA", "Sumatra single origin", &["sumatra", "the sumatra"], 1750, 0, Some(12), &["BEAN-HARBOR-DARK", "BEAN-MIDNIGHT"]),
    beans("BEAN-BRAZIL", "Brazil single origin", &["brazil", "the brazilian", "brazilian beans"], 1600, 95, Some(7), &["BEAN-COLOMBIA"]),
    beans("BEAN-ORGANIC", "Garden organic blend", &["organic blend", "the organic", "organic beans"], 1700, 70, Some(6), &["BEAN-COMPASS"]),
    beans("BEAN-WINTER", "Winter holiday blend", &["winter blend", "holiday blend"], 1600, 0, None, &["BEAN-MIDNIGHT"]),
    beans("BEAN-SAMPLER", "Roaster sampler", &["sampler", "the sampler", "sampler pack"], 2400, 40, Some(5), &["BEAN-COMPASS"]),

    gear("GEAR-FILTERS", "paper filters", &["filters", "coffee filters", "filter papers"], "pack", 650, 400, Some(2), &[]),
    gear("GEAR-BURR-GRINDER", "burr grinder", &["grinder", "coffee grinder", "electric grinder"], "", 12900, 18, Some(10), &["GEAR-HAND-GRINDER"]),
    gear("GEAR-HAND-GRINDER", "hand grinder", &["manual grinder"], "", 4900, 25, Some(6), &["GEAR-BURR-GRINDER"]),
    gear("GEAR-FRENCH-PRESS", "French press", &["press", "coffee press"], "", 3900, 32, Some(5), &["GEAR-POUR-OVER"]),
    gear("GEAR-POUR-OVER", "pour over set", &["pour over", "pour over stand"], "", 3400, 28, Some(5), &["GEAR-FRENCH-PRESS"]),
    gear("GEAR-KETTLE", "electric kettle", &["kettle", "water kettle"], "", 7900, 2, Some(7), &["GEAR-STOVE-KETTLE"]),
    gear("GEAR-STOVE-KETTLE", "stove kettle", &["stove top kettle"], "", 4500, 22, Some(7), &["GEAR-KETTLE"]),
    gear("GEAR-SCALE", "coffee scale", &["scale", "kitchen scale"], "", 4200, 35, Some(6), &[]),
    gear("GEAR-MUG", "ceramic mug", &["mug", "coffee mug"], "", 1600, 150, Some(4), &["GEAR-TUMBLER"]),
    gear("GEAR-TUMBLER", "travel tumbler", &["tumbler", "travel mug"], "", 2600, 80, Some(4), &["GEAR-MUG"]),
    gear("GEAR-CANISTER", "storage canister", &["canister", "coffee canister"], "", 2900, 44, Some(6), &[]),
    gear("GEAR-PITCHER", "milk pitcher", &["pitcher", "steaming pitcher"], "", 2100, 38, Some(6), &[]),
    gear("GEAR-TAMPER", "espresso tamper", &["tamper"], "", 3200, 0, Some(14), &[]),
    gear("GEAR-TABLETS", "cleaning tablets", &["tablets", "cleaner tablets"], "box", 1200, 210, Some(3), &[]),
    gear("GEAR-WATER-FILTER", "water filter", &["water filters"], "", 1900, 75, Some(4), &[]),

    drink("DRINK-COFFEE", "coffee", &["regular coffee", "cup of coffee"], 300),
    drink("DRINK-ICED-COFFEE", "iced coffee", &["ice coffee"], 350),
    drink("DRINK-DRIP-COFFEE", "drip coffee", &["drip"], 320),
    drink("DRINK-HOUSE-COFFEE", "house coffee", &["house blend"], 320),
    drink("DRINK-MOCHA", "mocha", &["cafe mocha"], 480),
    drink("DRINK-ICED-MOCHA", "iced mocha", &["ice mocha"], 500),
    drink("DRINK-AMERICANO", "americano", &["cafe americano"], 380),
    drink("DRINK-CAPPUCCINO", "cappuccino", &[], 450),
    drink("DRINK-LATTE", "latte", &["cafe latte"], 460),
    drink("DRINK-ESPRESSO", "espresso", &["shot of espresso"], 290),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{PRODUCTS, product};

    #[test]
    fn keys_are_unique_and_substitutes_exist() {
        let skus: BTreeSet<_> = PRODUCTS.iter().map(|product| product.sku).collect();
        assert_eq!(skus.len(), PRODUCTS.len());
        for row in PRODUCTS {
            assert!(row.price_minor > 0, "{}", row.sku);
            assert!(
                row.substitutes
                    .iter()
                    .all(|sku| product(sku).is_some() && *sku != row.sku),
                "{}",
                row.sku
            );
        }
    }

    #[test]
    fn no_two_products_share_a_name() {
        let mut seen = BTreeSet::new();
        for row in PRODUCTS {
            for name in row
                .spoken
                .iter()
                .map(|name| (*name).to_owned())
                .chain([row.name.to_lowercase()])
            {
                assert!(seen.insert(name.clone()), "{name} names two products");
            }
        }
    }

    /// Skipped, with a word, where pocketsphinx's dictionary is not installed.
    #[test]
    fn every_spoken_word_is_in_the_dictionary() {
        let Ok(text) = std::fs::read("/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict") else {
            println!("skipped: pocketsphinx-en-us is not installed");
            return;
        };
        let text = String::from_utf8_lossy(&text);
        let words: BTreeSet<&str> = text
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        for row in PRODUCTS {
            let spoken = row.spoken.iter().chain([&row.name, &row.unit]);
            for word in spoken.flat_map(|name| name.split_whitespace()) {
                assert!(
                    words.contains(word.to_lowercase().as_str()),
                    "{word} of {}",
                    row.sku
                );
            }
        }
    }
}
