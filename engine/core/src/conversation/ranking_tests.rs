use super::{Bought, Criterion, Grounds, Ranked, Reason, Rule, distance, question, ranking};
use crate::ids::Sku;
use crate::nlu::preference::{Preference, Want};
use crate::shop::Attribute::{self, *};
use crate::shop::{Item, ItemKind, Trait};
use crate::units::Money;

fn items() -> Vec<Item> {
    let item = |sku: &str, kind, cents, attributes: &[Attribute]| Item {
        sku: Sku::new(sku),
        name: sku.to_lowercase(),
        spoken: Vec::new(),
        kind,
        unit: String::new(),
        price: Money::from_minor(cents),
        attributes: attributes.to_vec(),
    };
    vec![
        item(
            "HARBOR",
            ItemKind::Beans,
            1_450,
            &[RoastDark, FlavourChocolate, UseFrenchPress],
        ),
        item(
            "MIDNIGHT",
            ItemKind::Beans,
            1_550,
            &[RoastDark, FlavourChocolate, UseEspresso],
        ),
        item("SUMATRA", ItemKind::Beans, 1_750, &[RoastDark, FlavourEarth]),
        item(
            "LIGHT",
            ItemKind::Beans,
            1_350,
            &[RoastLight, FlavourFruit, UseFilter],
        ),
        item("DECAF", ItemKind::Beans, 1_500, &[RoastMedium, CaffeineNone]),
        item("PLAIN", ItemKind::Beans, 1_000, &[]),
        item("GRINDER", ItemKind::Equipment, 9_000, &[SortGrinder, UseFilter]),
        item("LATTE", ItemKind::Drink, 450, &[]),
    ]
}

fn wish(rule: Rule, firm: bool) -> Criterion {
    let wish = Preference {
        want: Want::Any,
        firm,
        span: String::new(),
    };
    Criterion { rule, wish }
}

fn had(sku: &str, times: u32) -> Bought {
    Bought {
        sku: Sku::new(sku),
        times,
        last: true,
    }
}

fn ranked(criteria: &[Criterion], bought: &[Bought]) -> Vec<Ranked> {
    ranking(Grounds {
        items: &items(),
        criteria,
        bought,
    })
}

/// The first of the ranking, as many as are expected.
fn check(criteria: &[Criterion], bought: &[Bought], expect: &[&str]) {
    let ranked = ranked(criteria, bought);
    let first: Vec<&str> = ranked.iter().map(|ranked| ranked.sku.as_str()).collect();
    assert_eq!(&first[..expect.len()], expect, "{criteria:?}");
}

#[test]
fn what_must_be_so_comes_before_everything_else() {
    let dark = wish(Rule::Has(RoastDark), true);
    let most = wish(Rule::AtMost(Money::from_minor(1_500)), true);
    check(&[dark.clone(), most], &[had("MIDNIGHT", 9)], &["HARBOR"]);
    check(
        &[dark, wish(Rule::Lacks(FlavourChocolate), true)],
        &[],
        &["SUMATRA"],
    );
    check(
        &[wish(Rule::Has(CaffeineNone), true)],
        &[had("HARBOR", 9)],
        &["DECAF"],
    );
    check(&[wish(Rule::Has(SortGrinder), true)], &[], &["GRINDER"]);
}

#[test]
fn then_the_softer_wishes_then_what_they_bought_then_the_price() {
    let dark = wish(Rule::Has(RoastDark), true);
    let earth = wish(Rule::Has(FlavourEarth), false);
    check(
        &[dark.clone(), earth],
        &[had("MIDNIGHT", 2)],
        &["SUMATRA", "MIDNIGHT", "HARBOR"],
    );
    check(
        std::slice::from_ref(&dark),
        &[],
        &["HARBOR", "MIDNIGHT", "SUMATRA"],
    );
    check(
        &[dark, wish(Rule::Untried, false)],
        &[had("HARBOR", 3)],
        &["MIDNIGHT"],
    );
}

#[test]
fn what_they_had_is_a_model_and_not_the_advice() {
    check(
        &[wish(Rule::LikeLast, false)],
        &[had("HARBOR", 1)],
        &["MIDNIGHT", "SUMATRA"],
    );
    let first = ranked(&[wish(Rule::LikeLast, false)], &[had("HARBOR", 1)]).remove(0);
    assert_eq!(
        first.reasons.first(),
        Some(&Reason::Alike {
            to: Sku::new("HARBOR"),
            attributes: vec![RoastDark, FlavourChocolate]
        })
    );
    // Without a word about taste, what they know comes first.
    check(&[], &[had("HARBOR", 2)], &["HARBOR", "MIDNIGHT"]);
}

#[test]
fn degrees_compare_only_what_is_stated() {
    check(&[wish(Rule::Below(Trait::Roast, 3), true)], &[], &["LIGHT"]);
    let plain = ranked(&[wish(Rule::Lacks(RoastDark), true)], &[]);
    let plain = plain
        .iter()
        .find(|ranked| ranked.sku.as_str() == "PLAIN")
        .unwrap();
    assert_eq!(plain.misses, [Rule::Lacks(RoastDark)], "its roast is not known");
}

#[test]
fn nothing_is_advised_without_a_reason_that_the_shop_gave() {
    let all = ranked(&[], &[]);
    let of = |sku: &str| all.iter().find(|ranked| ranked.sku.as_str() == sku).unwrap();
    assert!(of("PLAIN").reasons.is_empty());
    assert_eq!(of("SUMATRA").reasons, [Reason::Is(vec![RoastDark, FlavourEarth])]);
    // Drinks are another matter, and decaf is for who asks for it.
    assert!(
        all.iter()
            .all(|ranked| !["LATTE", "DECAF"].contains(&ranked.sku.as_str()))
    );
    check(&[wish(Rule::Has(RoastMedium), true)], &[], &["DECAF"]);
}

#[test]
fn near_is_what_has_the_roast_then_what_shares_the_most() {
    let all = items();
    let of = |sku: &str| all.iter().find(|item| item.sku.as_str() == sku).unwrap();
    let nearest = |misses: &[Rule], like: Option<&Item>| {
        let mut near = ["PLAIN", "LIGHT", "DECAF", "MIDNIGHT"].map(of).to_vec();
        near.sort_by_key(|item| distance(item, misses, like));
        near.iter().map(|item| item.sku.as_str()).collect::<Vec<_>>()
    };
    let earth = [Rule::Has(FlavourEarth)];
    // The cheapest is the farthest: nobody knows its roast.
    assert_eq!(
        nearest(&earth, Some(of("SUMATRA"))),
        ["MIDNIGHT", "DECAF", "LIGHT", "PLAIN"]
    );
    assert_eq!(nearest(&[Rule::Has(RoastLight)], None)[0], "LIGHT");
    assert_eq!(
        nearest(&[Rule::Above(Trait::Roast, 2)], None)[..2],
        ["MIDNIGHT", "DECAF"]
    );
    let harbor = distance(of("HARBOR"), &earth, Some(of("MIDNIGHT")));
    assert!(harbor < distance(of("SUMATRA"), &earth, Some(of("MIDNIGHT"))));
}

#[test]
fn one_asks_only_what_would_change_the_advice() {
    let all = items();
    let beans: Vec<&Item> = all.iter().filter(|item| item.kind == ItemKind::Beans).collect();
    let ask = |fitting: &[&Item], criteria: &[Criterion], bought: &[Bought], asked: &[Trait]| {
        let grounds = Grounds {
            items: &all,
            criteria,
            bought,
        };
        question(fitting, grounds, asked)
    };
    assert_eq!(ask(&beans, &[], &[], &[]), Some(Trait::Roast));
    assert_eq!(ask(&beans, &[], &[], &[Trait::Roast]), Some(Trait::Use));
    assert_eq!(ask(&beans, &[], &[], &[Trait::Roast, Trait::Use]), None);
    assert_eq!(ask(&beans, &[], &[had("HARBOR", 1)], &[]), None, "they are known");
    assert_eq!(ask(&beans[..3], &[], &[], &[]), None, "few enough");
    assert_eq!(
        ask(&beans, &[wish(Rule::Cheap, false)], &[], &[Trait::Roast]),
        None
    );
}
