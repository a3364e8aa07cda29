//! Names of goods inside a sentence. A catalogue writes "Burr grinder" as a title; nobody says "a Burr grinder".

use crate::shop::ItemKind;

/// A catalogue's name as it is said. Coffees bear names of their own ("Midnight blend"); of other things the first word is a
/// common one, unless it is [a name](NAMES) or more of the words are capitalised ("Earl Grey", "AeroPress").
pub fn goods(name: &str, kind: ItemKind) -> String {
    let first = name.split(' ').next().unwrap_or_default();
    let mut letters = name.chars();
    let Some(initial) = letters.next() else {
        return String::new();
    };
    let rest = letters.as_str();
    let titled = initial.is_uppercase() && !rest.contains(char::is_uppercase);
    let named =
        NAMES.contains(&first.to_lowercase().as_str()) || first.contains(|c: char| c.is_ascii_digit());
    match kind {
        ItemKind::Beans => name.to_owned(),
        ItemKind::Equipment | ItemKind::Drink if titled && !named => {
            initial.to_lowercase().chain(rest.chars()).collect()
        }
        ItemKind::Equipment | ItemKind::Drink => name.to_owned(),
    }
}

/// First words of goods that are names of places, of peoples or of makers: they keep their capital.
const NAMES: &[&str] = &[
    "american",
    "arabic",
    "bialetti",
    "brazil",
    "brazilian",
    "chemex",
    "colombia",
    "colombian",
    "cuban",
    "danish",
    "dutch",
    "english",
    "ethiopia",
    "ethiopian",
    "french",
    "german",
    "greek",
    "guatemala",
    "hario",
    "indian",
    "irish",
    "italian",
    "japanese",
    "java",
    "kenya",
    "kenyan",
    "mexican",
    "moroccan",
    "neapolitan",
    "scottish",
    "spanish",
    "sumatra",
    "swedish",
    "swiss",
    "thai",
    "turkish",
    "viennese",
    "vietnamese",
];

#[cfg(test)]
mod tests {
    use super::{ItemKind, goods};

    #[test]
    fn names_keep_their_capitals_and_common_nouns_have_none() {
        let check = |name: &str, kind, expect: &str| assert_eq!(goods(name, kind), expect);
        check("Burr grinder", ItemKind::Equipment, "burr grinder");
        check("Paper filters", ItemKind::Equipment, "paper filters");
        check("French press", ItemKind::Equipment, "French press");
        check("AeroPress", ItemKind::Equipment, "AeroPress");
        check("V60 dripper", ItemKind::Equipment, "V60 dripper");
        check("Earl Grey", ItemKind::Drink, "Earl Grey");
        check("Hot chocolate", ItemKind::Drink, "hot chocolate");
        check("latte", ItemKind::Drink, "latte");
        check("Midnight blend", ItemKind::Beans, "Midnight blend");
        check("Kenya single origin", ItemKind::Beans, "Kenya single origin");
        check("", ItemKind::Equipment, "");
    }
}
