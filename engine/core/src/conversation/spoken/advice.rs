//! Advice as a person gives it: an item, its price, one reason.

use super::{list, list_with, money, number, price, with_article};
use crate::conversation::ranking::{Ranked, Reason, Rule};
use crate::shop::{Attribute, Catalogue, Item, ItemKind, Trait};

/// "Harbor dark roast at fourteen dollars, which you've had twice; or Midnight blend at fifteen dollars, a dark
/// roast, as you asked". No two for the same reason, as long as there is another one.
pub(crate) fn items(offered: &[Ranked], catalogue: &Catalogue) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut parts: Vec<String> = Vec::new();
    for ranked in offered {
        let Some(item) = catalogue.item(&ranked.sku) else {
            continue;
        };
        let why = why(ranked, &said, catalogue);
        let told = [
            format!("{} at {}", item.name, money(item.price)),
            why.clone(),
            lacks(ranked, item),
        ];
        let told: Vec<String> = told.into_iter().filter(|part| !part.is_empty()).collect();
        parts.push(told.join(", "));
        said.push(why);
    }
    match parts.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{}; or {last}", first.join("; ")),
    }
}

/// The best reason that was not said of another item, or else the best one. What is merely near is told by what
/// it lacks.
fn why(ranked: &Ranked, said: &[String], catalogue: &Catalogue) -> String {
    let near = !ranked.misses.is_empty();
    let reasons = ranked
        .reasons
        .iter()
        .filter(|reason| !(near && matches!(reason, Reason::Is(_))));
    let words = reasons.map(|reason| self::reason(reason, catalogue));
    let words: Vec<String> = words.filter(|words| !words.is_empty()).collect();
    let fresh = words.iter().find(|words| !said.contains(words));
    fresh.or(words.first()).cloned().unwrap_or_default()
}

/// "press one for Harbor dark roast or press two for Midnight blend" wants the names alone.
pub(crate) fn names(offered: &[Ranked], catalogue: &Catalogue) -> Vec<String> {
    let items = offered.iter().filter_map(|ranked| catalogue.item(&ranked.sku));
    items.map(|item| item.name.clone()).collect()
}

/// All that the shop states of it: "Midnight blend is a strong dark roast with notes of chocolate, good for espresso."
pub(crate) fn about(item: &Item) -> String {
    let told = full(item);
    if told.is_empty() {
        format!("{} is {}", item.name, price(item))
    } else {
        format!("{} is {told}. It's {}", item.name, price(item))
    }
}

/// For the record.
pub(crate) fn reasons(ranked: &Ranked, catalogue: &Catalogue) -> String {
    let reasons = ranked
        .reasons
        .iter()
        .map(|reason| self::reason(reason, catalogue));
    reasons.collect::<Vec<_>>().join(", ")
}

/// Answers to choose from: "light, medium or dark", "espresso, filter coffee or a French press".
pub(crate) fn choices(values: &[Attribute]) -> String {
    let words: Vec<String> = values.iter().map(|value| word(*value).to_owned()).collect();
    list_with(&words, "or")
}

fn reason(reason: &Reason, catalogue: &Catalogue) -> String {
    match reason {
        Reason::Bought { times: 1, last: true } => "which you had last time".to_owned(),
        Reason::Bought {
            times: 1,
            last: false,
        } => "which you've had before".to_owned(),
        Reason::Bought { times: 2, .. } => "which you've had twice".to_owned(),
        Reason::Bought { times, .. } => format!("which you've had {} times", number(u64::from(*times))),
        Reason::Alike { to, attributes } => {
            let to = catalogue.item(to).map_or("", |to| to.name.as_str());
            let what = match (head(attributes).as_str(), taste(attributes).as_str()) {
                ("", "") => format!("is {}", brief(attributes, true)),
                ("", _) => format!("has notes of {}", list(&words(attributes, Trait::Flavour))),
                (_, _) => format!("is {}", brief(attributes, false)),
            };
            format!("which, like {to}, {what}")
        }
        Reason::Asked(attributes) => {
            let what = brief(attributes, true);
            if what.is_empty() {
                what
            } else {
                format!("{what}, as you asked")
            }
        }
        Reason::AtMost(most) => format!("within your {}", money(*most)),
        Reason::Cheap => "which is one of the less expensive ones".to_owned(),
        Reason::Is(attributes) => brief(attributes, false),
    }
}

/// "though it's a light roast": what it lacks of what was asked for, the first thing alone.
fn lacks(ranked: &Ranked, item: &Item) -> String {
    let Some(missed) = ranked.misses.first() else {
        return String::new();
    };
    let stated = |about: Trait| item.stated(about).next().map(claim);
    let unless = |attribute: Attribute| format!("I can't say that {}", claim(attribute));
    let what = match *missed {
        // "It's a light roast" says more than that it is no dark one.
        Rule::Has(attribute) if attribute.degree().is_some() => {
            stated(attribute.about()).unwrap_or_else(|| unless(attribute))
        }
        Rule::Has(attribute) => unless(attribute),
        Rule::Lacks(attribute) if item.has(attribute) => claim(attribute),
        Rule::Lacks(attribute) => format!("I don't know about its {}", name(attribute.about())),
        Rule::Above(about, _) | Rule::Below(about, _) => match stated(about) {
            Some(known) => known,
            None => format!("I don't know about its {}", name(about)),
        },
        Rule::AtMost(most) => format!("that's more than {}", money(most)),
        Rule::Cheaper(_) => "it isn't cheaper".to_owned(),
        Rule::Cheap | Rule::LikeLast | Rule::Untried => return String::new(),
    };
    format!("though {what}")
}

/// "it's a light roast", "it has notes of fruit".
fn claim(attribute: Attribute) -> String {
    match attribute.about() {
        Trait::Flavour => format!("it has notes of {}", word(attribute)),
        Trait::Roast | Trait::Caffeine | Trait::Strength | Trait::Use | Trait::Grown | Trait::Sort => {
            format!("it's {}", brief(&[attribute], true))
        }
    }
}

const fn name(about: Trait) -> &'static str {
    match about {
        Trait::Grown => "origin",
        Trait::Sort => "kind",
        Trait::Roast | Trait::Caffeine | Trait::Strength | Trait::Flavour | Trait::Use => about.name(),
    }
}

/// "a strong dark roast with notes of chocolate and spice"; without a roast "strong, with notes of chocolate". What
/// it is good for only where nothing else is to be told, or where that was asked for.
pub(super) fn brief(attributes: &[Attribute], uses_too: bool) -> String {
    let (head, taste) = (head(attributes), taste(attributes));
    let roast = !words(attributes, Trait::Roast).is_empty();
    let told = match (head.as_str(), taste.as_str()) {
        ("", taste) => taste.to_owned(),
        (head, "") => head.to_owned(),
        (head, taste) if roast => format!("{head} {taste}"),
        (head, taste) => format!("{head}, {taste}"),
    };
    let uses = list(&words(attributes, Trait::Use));
    match (told.as_str(), uses.as_str()) {
        (_, "") => told,
        ("", uses) => format!("good for {uses}"),
        (told, uses) if uses_too => format!("{told} that's good for {uses}"),
        (_, _) => told,
    }
}

/// Everything: "a strong dark roast with notes of chocolate and spice, good for espresso".
fn full(item: &Item) -> String {
    let (head, taste) = (head(&item.attributes), taste(&item.attributes));
    let roast = !words(&item.attributes, Trait::Roast).is_empty();
    let coffee = item.kind == ItemKind::Beans && !(head.is_empty() && taste.is_empty());
    let head = match (head.as_str(), roast, coffee) {
        ("", _, true) => "a coffee".to_owned(),
        (head, false, true) => with_article(&format!("{head} coffee")),
        (head, _, _) => head.to_owned(),
    };
    let told: Vec<String> = [head, taste]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let uses = words(&item.attributes, Trait::Use);
    let uses = (!uses.is_empty()).then(|| format!("good for {}", list(&uses)));
    let told = (!told.is_empty()).then(|| told.join(" "));
    told.into_iter().chain(uses).collect::<Vec<_>>().join(", ")
}

/// "a strong organic dark roast", or "strong" and "organic" alone.
fn head(attributes: &[Attribute]) -> String {
    let roast = words(attributes, Trait::Roast);
    let mut head = [
        words(attributes, Trait::Strength),
        words(attributes, Trait::Grown),
    ]
    .concat();
    match roast.first() {
        Some(roast) => {
            head.push(format!("{roast} roast"));
            with_article(&head.join(" "))
        }
        None => list(&head),
    }
}

/// "without caffeine and with notes of chocolate and nuts".
fn taste(attributes: &[Attribute]) -> String {
    let mut parts = words(attributes, Trait::Caffeine);
    let flavours = words(attributes, Trait::Flavour);
    if !flavours.is_empty() {
        parts.push(format!("with notes of {}", list(&flavours)));
    }
    list(&parts)
}

fn words(attributes: &[Attribute], about: Trait) -> Vec<String> {
    let own = attributes.iter().filter(|attribute| attribute.about() == about);
    own.map(|attribute| word(*attribute).to_owned()).collect()
}

const fn word(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::RoastLight => "light",
        Attribute::RoastMedium => "medium",
        Attribute::RoastDark => "dark",
        Attribute::CaffeineNone => "without caffeine",
        Attribute::StrengthMild => "mild",
        Attribute::StrengthStrong => "strong",
        Attribute::FlavourChocolate => "chocolate",
        Attribute::FlavourNuts => "nuts",
        Attribute::FlavourCaramel => "caramel",
        Attribute::FlavourFruit => "fruit",
        Attribute::FlavourCitrus => "citrus",
        Attribute::FlavourFlowers => "flowers",
        Attribute::FlavourSpice => "spice",
        Attribute::FlavourEarth => "earth",
        Attribute::UseEspresso => "espresso",
        Attribute::UseFilter => "filter coffee",
        Attribute::UseFrenchPress => "a French press",
        Attribute::UseColdBrew => "cold brew",
        Attribute::UseGift => "a gift",
        Attribute::GrownOrganic => "organic",
        Attribute::SortGrinder => "a grinder",
        Attribute::SortBrewer => "a coffee maker",
        Attribute::SortKettle => "a kettle",
        Attribute::SortCup => "a mug",
    }
}
