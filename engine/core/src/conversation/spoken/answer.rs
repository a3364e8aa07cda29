//! Answers about goods, in the shop's own terms: "yes, it's organic", "no, it's a light roast", "it has notes of
//! nuts". What the shop does not state is neither affirmed nor denied.

use super::advice::brief;
use super::{is_of_several, is_or_are, price};
use crate::nlu::enquiry::Asks;
use crate::shop::{Attribute, Item, Trait};

/// Of one thing that is spoken of, "it"; of several, and of what was `named`, by their names.
pub(crate) fn answer(asks: Asks, items: &[&Item], named: bool) -> String {
    match items {
        [] => String::new(),
        [one] => of_one(asks, one, named.then_some(one.name.as_str())),
        several if several.iter().all(|item| known(asks, item).is_none()) => {
            let them = if several.len() == 2 { "either" } else { "any" };
            format!("I don't know that of {them} of them")
        }
        several => {
            let told: Vec<String> = several.iter().map(|item| of_named(asks, item)).collect();
            told.join("; ")
        }
    }
}

fn of_one(asks: Asks, item: &Item, name: Option<&str>) -> String {
    let unknown = || format!("I don't know {}", what(asks, name));
    match (known(asks, item), asks) {
        (Some(Known::So(told)), Asks::Is(_)) => format!("yes, {}", told.of(name)),
        (Some(Known::So(told)), Asks::About(_) | Asks::Price) => told.of(name),
        (Some(Known::Otherwise(told)), _) => format!("no, {}", told.of(name)),
        (None, Asks::Is(attribute)) => match rest(attribute.about(), item) {
            Some(told) => format!("{}; {}", unknown(), told.of(None)),
            None => unknown(),
        },
        (None, Asks::About(_) | Asks::Price) => unknown(),
    }
}

fn of_named(asks: Asks, item: &Item) -> String {
    match known(asks, item) {
        Some(Known::So(told) | Known::Otherwise(told)) => told.of(Some(&item.name)),
        None => format!("of {} I don't know", item.name),
    }
}

/// What the shop states: it is so, or it is something else that shuts it out.
enum Known {
    So(Told),
    Otherwise(Told),
}

/// "is organic", "has notes of nuts".
enum Told {
    Is(String),
    Has(String),
}

impl Told {
    /// Of "it" where there is no name.
    fn of(&self, name: Option<&str>) -> String {
        match (self, name) {
            (Self::Is(what), None) => format!("it's {what}"),
            (Self::Has(what), None) => format!("it has {what}"),
            (Self::Is(what), Some(name)) => format!("{name} {} {what}", is_or_are(name)),
            (Self::Has(what), Some(name)) => {
                let has = if is_of_several(name) { "have" } else { "has" };
                format!("{name} {has} {what}")
            }
        }
    }
}

fn known(asks: Asks, item: &Item) -> Option<Known> {
    match asks {
        Asks::Price => Some(Known::So(Told::Is(price(item)))),
        Asks::About(about) => rest(about, item).map(Known::So),
        Asks::Is(attribute) if item.has(attribute) => Some(Known::So(told(&[attribute]))),
        Asks::Is(attribute) if is_one_of_a_kind(attribute.about()) => {
            rest(attribute.about(), item).map(Known::Otherwise)
        }
        Asks::Is(_) => None,
    }
}

/// All that is stated of a trait.
fn rest(about: Trait, item: &Item) -> Option<Told> {
    let stated: Vec<Attribute> = item.stated(about).collect();
    (!stated.is_empty()).then(|| told(&stated))
}

fn told(attributes: &[Attribute]) -> Told {
    // "Without caffeine" is said of what is offered; asked about, it has a name.
    if attributes == [Attribute::CaffeineNone] {
        return Told::Is("decaf".to_owned());
    }
    let words = brief(attributes, true);
    match words.strip_prefix("with ") {
        Some(notes) => Told::Has(notes.to_owned()),
        None => Told::Is(words),
    }
}

/// Whether one value of it shuts out the others: a dark roast is no light one.
const fn is_one_of_a_kind(about: Trait) -> bool {
    matches!(about, Trait::Roast | Trait::Strength)
}

/// "whether it's organic", "how strong it is".
fn what(asks: Asks, name: Option<&str>) -> String {
    let name_or_it = name.unwrap_or("it");
    match asks {
        Asks::Is(attribute) => format!("whether {}", told(&[attribute]).of(name)),
        Asks::About(Trait::Roast) => format!("how dark {name_or_it} is"),
        Asks::About(Trait::Strength) => format!("how strong {name_or_it} is"),
        Asks::About(Trait::Caffeine) => format!("how much caffeine {name_or_it} has"),
        Asks::About(Trait::Flavour) => format!("what notes {name_or_it} has"),
        Asks::About(Trait::Use) => format!("what {name_or_it} is best for"),
        Asks::About(Trait::Grown) => format!("how {name_or_it} is grown"),
        Asks::About(Trait::Sort) | Asks::Price => "that".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::ids::Sku;
    use crate::nlu::enquiry::Asks;
    use crate::shop::Attribute::*;
    use crate::shop::{Attribute, Item, ItemKind, Trait};
    use crate::units::Money;

    fn item(name: &str, attributes: &[Attribute]) -> Item {
        Item {
            sku: Sku::new(name),
            name: name.to_owned(),
            spoken: Vec::new(),
            kind: ItemKind::Beans,
            unit: "bag".to_owned(),
            price: Money::from_minor(1_450),
            attributes: attributes.to_vec(),
        }
    }

    fn check(asks: Asks, items: &[&Item], expect: &str) {
        assert_eq!(answer(asks, items, false), expect);
    }

    #[test]
    fn what_is_stated_is_said_and_the_rest_is_not_known() {
        let harbor = item(
            "Harbor",
            &[RoastDark, StrengthStrong, FlavourChocolate, UseEspresso],
        );
        let green = item("Green", &[RoastMedium, GrownOrganic, FlavourNuts]);
        let harbor = &harbor;
        let green = &green;
        check(Asks::Is(GrownOrganic), &[green], "yes, it's organic");
        check(
            Asks::Is(GrownOrganic),
            &[harbor],
            "I don't know whether it's organic",
        );
        check(Asks::Is(RoastDark), &[harbor], "yes, it's a dark roast");
        check(Asks::Is(RoastDark), &[green], "no, it's a medium roast");
        check(Asks::Is(StrengthMild), &[harbor], "no, it's strong");
        check(
            Asks::Is(FlavourNuts),
            &[harbor],
            "I don't know whether it has notes of nuts; it has notes of chocolate",
        );
        check(
            Asks::Is(CaffeineNone),
            &[harbor],
            "I don't know whether it's decaf",
        );
        check(Asks::Is(UseEspresso), &[harbor], "yes, it's good for espresso");
        check(Asks::About(Trait::Strength), &[harbor], "it's strong");
        check(
            Asks::About(Trait::Strength),
            &[green],
            "I don't know how strong it is",
        );
        check(Asks::About(Trait::Flavour), &[green], "it has notes of nuts");
        check(
            Asks::Price,
            &[green],
            "it's fourteen dollars and fifty cents a bag",
        );
        check(
            Asks::Is(GrownOrganic),
            &[green, harbor],
            "Green is organic; of Harbor I don't know",
        );
        check(
            Asks::About(Trait::Caffeine),
            &[green, harbor],
            "I don't know that of either of them",
        );
        assert_eq!(
            answer(Asks::Is(GrownOrganic), &[green], true),
            "yes, Green is organic"
        );
    }
}
