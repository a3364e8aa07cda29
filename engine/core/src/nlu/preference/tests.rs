use super::{Want, Words, is_vague, preferences};
use crate::shop::{Attribute, Trait};
use Want::{Any, AtMost, Cheap, Cheaper, Has, Lacks, Less, LikeLast, More, Untried};

fn check(text: &str, expect: &[(Want, &str)]) {
    let found = preferences(&Words::new(text));
    let found: Vec<(Want, &str)> = found
        .iter()
        .map(|found| (found.preference.want, found.preference.span.as_str()))
        .collect();
    assert_eq!(found, expect, "{text}");
}

#[test]
fn wishes_come_with_their_words() {
    let dark = Has(Attribute::RoastDark);
    check(
        "I'd like something dark but not too expensive",
        &[(dark, "dark"), (Cheap, "not too expensive")],
    );
    check(
        "do you have anything without caffeine under ten pounds",
        &[
            (Has(Attribute::CaffeineNone), "without caffeine"),
            (AtMost(1_000), "under ten pounds"),
        ],
    );
    check(
        "which beans go with an espresso machine",
        &[(Has(Attribute::UseEspresso), "an espresso machine")],
    );
    check(
        "a fruity light roast for my french press",
        &[
            (Has(Attribute::FlavourFruit), "fruity"),
            (Has(Attribute::RoastLight), "light roast"),
            (Has(Attribute::UseFrenchPress), "french press"),
        ],
    );
    check(
        "which grinder would you recommend",
        &[(Has(Attribute::SortGrinder), "grinder")],
    );
    check("what coffee would you recommend", &[]);
    check("where is my order", &[]);
}

#[test]
fn negations_turn_what_they_stand_before() {
    let not_dark = Lacks(Attribute::RoastDark);
    check("not dark", &[(not_dark, "not dark")]);
    check("nothing too dark please", &[(not_dark, "nothing too dark")]);
    check(
        "I don't like fruity ones",
        &[(Lacks(Attribute::FlavourFruit), "don't like fruity")],
    );
    check("no decaf", &[(Has(Attribute::CaffeineNone), "decaf")]);
    check("anything but dark", &[(not_dark, "anything but dark")]);
    check("but no decaf", &[(Lacks(Attribute::CaffeineNone), "no decaf")]);
    check("no, dark", &[(Has(Attribute::RoastDark), "dark")]);
    check(
        "not light but strong",
        &[
            (Lacks(Attribute::RoastLight), "not light"),
            (Has(Attribute::StrengthStrong), "strong"),
        ],
    );
    check("not bitter", &[(Has(Attribute::StrengthMild), "not bitter")]);
}

#[test]
fn what_is_said_beside_an_offer_is_relative_to_it() {
    check("anything cheaper", &[(Cheaper, "cheaper")]);
    check("no, something lighter", &[(Less(Trait::Roast), "lighter")]);
    check(
        "lighter than the harbor dark roast",
        &[(Less(Trait::Roast), "lighter")],
    );
    check("a bit darker", &[(More(Trait::Roast), "darker")]);
    check(
        "that's too strong for me",
        &[(Less(Trait::Strength), "too strong")],
    );
    check("that's too expensive", &[(Cheaper, "too expensive")]);
}

#[test]
fn prices_are_ceilings_only_where_they_are_called_so() {
    check(
        "no more than fourteen fifty",
        &[(AtMost(1_450), "no more than fourteen fifty")],
    );
    check("under 15", &[(AtMost(1_500), "under 15")]);
    check(
        "up to fourteen dollars and fifty cents",
        &[(AtMost(1_450), "up to fourteen dollars and fifty cents")],
    );
    check(
        "twenty dollars or less",
        &[(AtMost(2_000), "twenty dollars or less")],
    );
    check("two bags of beans", &[]);
    check("in less than two days", &[]);
}

#[test]
fn the_past_is_meant_only_where_something_is_like_it() {
    check(
        "something like the one I had last time",
        &[(LikeLast, "like the one i had last time")],
    );
    check(
        "something similar to my usual",
        &[(LikeLast, "similar to my usual")],
    );
    check("i'd like the usual", &[]);
    check("i'd like my last order again", &[]);
    check("something new", &[(Untried, "something new")]);
}

#[test]
fn no_preference_counts_alone() {
    check("i don't mind", &[(Any, "don't mind")]);
    check("anything dark", &[(Has(Attribute::RoastDark), "dark")]);
}

#[test]
fn a_hedge_makes_a_wish_soft() {
    let firm = |text: &str| {
        let found = preferences(&Words::new(text));
        found
            .iter()
            .map(|found| found.preference.firm)
            .collect::<Vec<_>>()
    };
    assert_eq!(firm("dark and maybe fruity"), [true, false]);
    assert_eq!(firm("a fruity one if possible"), [false]);
    assert_eq!(firm("without caffeine"), [true]);
}

#[test]
fn recognisers_listen_for_one_wording_of_each_wish() {
    let common: Vec<&str> = super::common().collect();
    assert!(common.contains(&"dark") && !common.contains(&"dark roast"));
    assert!(common.len() < super::worded().count() / 2, "{}", common.len());
}

#[test]
fn something_is_looked_for_or_named() {
    assert!(super::seeks(&Words::new("is there anything good for cold brew")));
    assert!(super::asks_advice(&Words::new("could you recommend a coffee")));
    assert!(is_vague(&Words::new("what about decaf")));
    assert!(!super::seeks(&Words::new("how strong is it")));
    assert!(!super::seeks(&Words::new("do you have paper cups")));
    assert!(is_vague(&Words::new("something dark")));
    assert!(!is_vague(&Words::new("the dark one")));
    assert!(!is_vague(&Words::new("tell me something about the dark one")));
}
