//! What the shop sells, as one tells it on the telephone: a few names of each kind, and how many there are.

use super::{list, number, with_article};
use crate::nlu::range::Range;
use crate::shop::{Catalogue, Item, ItemKind};

/// "sixteen kinds of beans, like Harbor dark roast and Midnight blend; equipment, like ...; and drinks to pick up, ...".
pub(crate) fn range(asked: Range, catalogue: &Catalogue) -> String {
    let told: Vec<String> = groups(asked)
        .iter()
        .filter_map(|kind| group(*kind, names_of(asked), catalogue))
        .collect();
    match told.as_slice() {
        // Nothing of that kind: what there is.
        [] if asked != Range::All => range(Range::All, catalogue),
        [] => "nothing at the moment".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{}; and {last}", first.join("; ")),
    }
}

const fn groups(asked: Range) -> &'static [ItemKind] {
    match asked {
        Range::All => &[ItemKind::Beans, ItemKind::Equipment, ItemKind::Drink],
        Range::Coffee => &[ItemKind::Beans, ItemKind::Drink],
        Range::Beans => &[ItemKind::Beans],
        Range::Drinks => &[ItemKind::Drink],
        Range::Equipment => &[ItemKind::Equipment],
    }
}

/// How many are named of a group: what one can keep in mind.
const fn names_of(asked: Range) -> usize {
    match asked {
        Range::All | Range::Coffee => 3,
        Range::Beans | Range::Drinks | Range::Equipment => 5,
    }
}

fn group(kind: ItemKind, names: usize, catalogue: &Catalogue) -> Option<String> {
    let items: Vec<&Item> = catalogue.items.iter().filter(|item| item.kind == kind).collect();
    let named: Vec<String> = varied(&items, names).into_iter().map(one).collect();
    if named.is_empty() {
        return None;
    }
    let named = list(&named);
    let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
    Some(match kind {
        ItemKind::Beans if items.len() > names => format!("{} kinds of beans, like {named}", number(count)),
        ItemKind::Beans => format!("beans: {named}"),
        ItemKind::Equipment if items.len() > names => format!("equipment, like {named}"),
        ItemKind::Equipment => format!("equipment: {named}"),
        ItemKind::Drink if items.len() > names => format!("drinks to pick up, like {named}"),
        ItemKind::Drink => format!("drinks to pick up: {named}"),
    })
}

/// So many, each of another sort where there are as many: no two names that share a word, as long as it goes.
fn varied<'i>(items: &[&'i Item], count: usize) -> Vec<&'i Item> {
    let words = |item: &Item| {
        item.name
            .to_lowercase()
            .split(' ')
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let mut chosen: Vec<&Item> = Vec::new();
    for item in items {
        let own = words(item);
        let alike = chosen
            .iter()
            .any(|other| words(other).iter().any(|word| own.contains(word)));
        if !alike {
            chosen.push(item);
        }
    }
    let rest: Vec<&Item> = items
        .iter()
        .copied()
        .filter(|item| !chosen.iter().any(|other| other.sku == item.sku))
        .collect();
    chosen.into_iter().chain(rest).take(count).collect()
}

/// What is counted by itself has an article: "a French press", but "paper filters" and "Harbor dark roast".
pub(crate) fn one(item: &Item) -> String {
    let counted = item.unit.is_empty() && !super::is_of_several(&item.name);
    match item.kind {
        ItemKind::Drink | ItemKind::Equipment if counted => with_article(&item.name),
        ItemKind::Drink | ItemKind::Equipment | ItemKind::Beans => item.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::range;
    use crate::ids::Sku;
    use crate::nlu::range::Range;
    use crate::shop::{Catalogue, Item, ItemKind};
    use crate::units::Money;

    fn item(name: &str, kind: ItemKind) -> Item {
        Item {
            sku: Sku::new(name),
            name: name.to_owned(),
            spoken: Vec::new(),
            kind,
            unit: String::new(),
            price: Money::from_minor(100),
            attributes: Vec::new(),
        }
    }

    #[test]
    fn a_few_names_of_each_kind() {
        let beans = ["Harbor roast", "Lighthouse roast", "Midnight blend", "Kenya"]
            .map(|name| item(name, ItemKind::Beans));
        let gear = ["paper filters", "espresso tamper"].map(|name| item(name, ItemKind::Equipment));
        let catalogue = Catalogue {
            items: beans.into_iter().chain(gear).collect(),
        };
        let check = |asked, expect: &str| assert_eq!(range(asked, &catalogue), expect);
        check(
            Range::All,
            "four kinds of beans, like Harbor roast, Midnight blend and Kenya; and equipment: paper filters and an espresso tamper",
        );
        check(
            Range::Beans,
            "beans: Harbor roast, Midnight blend, Kenya and Lighthouse roast",
        );
        check(
            Range::Coffee,
            "four kinds of beans, like Harbor roast, Midnight blend and Kenya",
        );
        // There are none: what there is.
        check(
            Range::Drinks,
            "four kinds of beans, like Harbor roast, Midnight blend and Kenya; and equipment: paper filters and an espresso tamper",
        );
        assert_eq!(range(Range::All, &Catalogue::default()), "nothing at the moment");
    }
}
