use super::*;
use crate::ids::Sku;
use crate::shop::{Catalogue, Item, ItemKind};
use crate::units::Money;

/// What a small coffee company sells.
pub(crate) fn catalogue() -> Catalogue {
    let item = |sku: &str, name: &str, spoken: &[&str], kind, unit: &str| Item {
        sku: Sku::new(sku),
        name: name.to_owned(),
        spoken: spoken.iter().map(|s| (*s).to_owned()).collect(),
        kind,
        unit: unit.to_owned(),
        price: Money::from_minor(1_000),
    };
    Catalogue {
        items: vec![
            item(
                "DARK",
                "Harbor dark roast",
                &["harbor dark", "the dark roast", "dark roast beans"],
                ItemKind::Beans,
                "bag",
            ),
            item(
                "LIGHT",
                "Lighthouse light roast",
                &["lighthouse", "the light roast"],
                ItemKind::Beans,
                "bag",
            ),
            item(
                "ESPRESSO",
                "Tidewater espresso beans",
                &["tidewater", "espresso beans"],
                ItemKind::Beans,
                "bag",
            ),
            item(
                "KENYA",
                "Kenya single origin",
                &["kenya", "the kenyan"],
                ItemKind::Beans,
                "bag",
            ),
            item(
                "ETHIOPIA",
                "Ethiopia single origin",
                &["ethiopia", "the ethiopian"],
                ItemKind::Beans,
                "bag",
            ),
            item(
                "FILTERS",
                "Paper filters",
                &["filters", "coffee filters"],
                ItemKind::Equipment,
                "pack",
            ),
            item("LATTE", "latte", &["cafe latte"], ItemKind::Drink, ""),
            item("COFFEE", "coffee", &["cup of coffee"], ItemKind::Drink, ""),
        ],
    }
}

const GRAMMAR: &[(&str, &str)] = &[
    (
        "common.jsgf",
        include_str!("../../../../models/nlu/en/grammar/common.jsgf"),
    ),
    (
        "yes_no.jsgf",
        include_str!("../../../../models/nlu/en/grammar/yes_no.jsgf"),
    ),
    (
        "digits.jsgf",
        include_str!("../../../../models/nlu/en/grammar/digits.jsgf"),
    ),
    (
        "answers.jsgf",
        include_str!("../../../../models/nlu/en/grammar/answers.jsgf"),
    ),
    (
        "drink.jsgf",
        include_str!("../../../../models/nlu/en/grammar/drink.jsgf"),
    ),
    (
        "open.jsgf",
        include_str!("../../../../models/nlu/en/grammar/open.jsgf"),
    ),
];

const MODEL: &[u8] = include_bytes!("../../../../models/nlu/en/intent.model");

pub(crate) fn shipped() -> Understander {
    let grammar = GRAMMAR
        .iter()
        .map(|(name, text)| NamedText {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
        })
        .collect();
    Understander::new(NluFiles {
        grammar,
        model: ("intent.model".to_owned(), MODEL.to_vec()),
        ..NluFiles::default()
    })
    .unwrap()
}

/// "intent answer correction name=value ..."
fn told(text: &str, expectation: &Expectation) -> String {
    let lexicon = Lexicon::new(&catalogue());
    let context = Context {
        expectation,
        lexicon: &lexicon,
        candidates: &[],
    };
    let decision = shipped().understand(text, Confidence::CERTAIN, &context);
    let mut out = decision.intent().map_or("-".to_owned(), |i| i.name.clone());
    if let Some(answer) = decision.answer {
        out.push_str(&format!(" {answer:?}"));
    }
    if decision.correction {
        out.push_str(" correction");
    }
    for slot in &decision.slots {
        let value = match &slot.value {
            SlotValue::Text(text) | SlotValue::Digits(text) => text.clone(),
            SlotValue::Number(number) => number.to_string(),
        };
        out.push_str(&format!(" {}={value}", slot.name));
    }
    out
}

use crate::nlu::decision::SlotValue;

fn check(text: &str, expectation: &Expectation, expect: &str) {
    assert_eq!(told(text, expectation), expect, "for {text:?}");
}

#[test]
fn answers_to_yes_or_no() {
    let asked = Expectation::YesNo;
    check("yes please", &asked, "yes Yes");
    check("not really", &asked, "no No");
    check("no, make it two", &asked, "answer No correction quantity=2");
    check(
        "yes but make it three bags",
        &asked,
        "answer Yes correction quantity=3",
    );
    check("no I said the dark one", &asked, "answer No correction item=DARK");
    check(
        "not the light but the dark roast",
        &asked,
        "answer No correction item=DARK",
    );
    check("agent", &asked, "speak_to_agent");
}

#[test]
fn digits_choices_items_quantities() {
    check(
        "four oh double seven two one",
        &Expectation::Digits { min: 6, max: 6 },
        "answer digits=407721",
    );
    check(
        "two bags of the dark roast and one pack of filters",
        &Expectation::Item,
        "answer quantity=2 item=DARK quantity=1 item=FILTERS",
    );
    check("the usual please", &Expectation::Item, "answer reference=usual");
    check(
        "half a dozen",
        &Expectation::Quantity { max: 20 },
        "answer quantity=6",
    );
    let candidates = vec![
        Candidate {
            value: "A".to_owned(),
            spoken: vec![
                "the ethiopia order".to_owned(),
                "one two three four five six".to_owned(),
            ],
        },
        Candidate {
            value: "B".to_owned(),
            spoken: vec!["the kenya order".to_owned()],
        },
    ];
    let asked = Expectation::OneOf { candidates };
    check("the kenya one", &asked, "answer choice=B");
    check("the first one please", &asked, "answer choice=A");
}

#[test]
fn open_speech() {
    let asked = Expectation::Open;
    check(
        "I'd like to reorder my last order",
        &asked,
        "reorder reference=last_order",
    );
    check("where is my order", &asked, "order_status");
    check(
        "can i get a large latte with soy milk",
        &asked,
        "order_drink size=large coffeeDrink=latte milkAmount=soy milk",
    );
    check(
        "two bags of espresso beans please",
        &asked,
        "reorder quantity=2 item=ESPRESSO",
    );
}

#[test]
fn every_expectation_has_a_grammar() {
    let lexicon = Lexicon::new(&catalogue());
    for expectation in [
        Expectation::YesNo,
        Expectation::Digits { min: 6, max: 6 },
        Expectation::Item,
        Expectation::Quantity { max: 20 },
        Expectation::Drink,
        Expectation::Open,
    ] {
        let grammar = shipped().grammar(&expectation, &lexicon);
        assert!(grammar.words.len() > 20, "{}", grammar.name);
        assert!(
            !grammar.words.iter().any(|w| w.contains(['<', '>', '(', '['])),
            "{:?}",
            grammar.words
        );
    }
}
