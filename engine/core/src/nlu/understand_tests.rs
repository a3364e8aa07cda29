use super::*;
use crate::ids::Sku;
use crate::nlu::grammar::Beside;
use crate::shop::{Catalogue, Item, ItemKind};
use crate::units::Money;
use std::collections::BTreeSet;

/// What a small coffee company sells.
pub(crate) fn catalogue() -> Catalogue {
    let item = |sku: &str, name: &str, spoken: &[&str], kind, unit: &str| Item {
        sku: Sku::new(sku),
        name: name.to_owned(),
        spoken: spoken.iter().map(|s| (*s).to_owned()).collect(),
        kind,
        unit: unit.to_owned(),
        price: Money::from_minor(1_000),
        attributes: Vec::new(),
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
                "paper filters",
                &["filters", "coffee filters"],
                ItemKind::Equipment,
                "pack",
            ),
            item("LATTE", "latte", &["cafe latte"], ItemKind::Drink, ""),
            item("COFFEE", "coffee", &["cup of coffee"], ItemKind::Drink, ""),
        ],
    }
}

pub(crate) const GRAMMAR: &[(&str, &str)] = &[
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
    let mut out = told_of(&decision);
    if let Some(then) = &decision.then {
        out.push_str(&format!(", then {}", told_of(then)));
    }
    out
}

fn told_of(decision: &Decision) -> String {
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

use crate::nlu::decision::{Decision, SlotValue};

pub(crate) fn check(text: &str, expectation: &Expectation, expect: &str) {
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
        "answer No correction left_out=LIGHT item=DARK",
    );
    check("agent", &asked, "speak_to_agent");
}

#[test]
fn an_order_made_before_by_another_number() {
    let asked = Expectation::Open;
    for text in ["triple my last order", "my last order but triple it"] {
        assert!(
            told(text, &asked).starts_with("reorder "),
            "{}",
            told(text, &asked)
        );
        assert!(told(text, &asked).contains(" times=6"), "{}", told(text, &asked));
    }
    check(
        "the same again, five instead",
        &asked,
        "reorder reference=last_order quantity=5",
    );
    check("double it", &Expectation::YesNo, "answer correction times=4");
    check(
        "make it a double",
        &Expectation::YesNo,
        "order_drink correction numberOfShots=double shot",
    );
}

#[test]
fn what_is_left_out_of_a_drink_begins_like_a_no() {
    let asked = Expectation::YesNo;
    check(
        "no extra shot",
        &asked,
        "order_drink No correction numberOfShots=usual shots",
    );
    check(
        "no whipped cream",
        &asked,
        "order_drink No correction milkAmount=no whipped cream",
    );
    check(
        "no a double shot",
        &asked,
        "order_drink No correction numberOfShots=double shot",
    );
}

#[test]
fn a_list_of_drinks_is_ordered_where_each_of_them_is() {
    let asked = Expectation::Open;
    check(
        "three lattes, two large and one small",
        &asked,
        "order_drink quantity=2 coffeeDrink=latte size=large, then order_drink quantity=1 coffeeDrink=latte size=small",
    );
    check(
        "a latte and a cappuccino, both large",
        &asked,
        "order_drink coffeeDrink=latte size=large, then order_drink coffeeDrink=cappuccino size=large",
    );
}

#[test]
fn questions_about_drinks_order_none() {
    let asked = Expectation::Open;
    for text in [
        "do you have a latte",
        "have you got a latte",
        "what is the price of a latte",
        "price of a latte",
        "can you tell me what a latte costs",
    ] {
        check(text, &asked, "product_question coffeeDrink=latte");
    }
    check("can i have a latte", &asked, "order_drink coffeeDrink=latte");
    check(
        "three large mochas",
        &asked,
        "order_drink quantity=3 size=large coffeeDrink=mocha",
    );
    check(
        "i'd like a latte, how much is it",
        &asked,
        "order_drink coffeeDrink=latte",
    );
    check(
        "how much is a cappuccino and do you have mochas",
        &asked,
        "product_question coffeeDrink=cappuccino, then product_question coffeeDrink=mocha",
    );
    check(
        "how much is a latte and a mocha",
        &asked,
        "product_question coffeeDrink=latte, then product_question coffeeDrink=mocha",
    );
    check(
        "how much is the kenya and the dark roast",
        &asked,
        "product_question item=KENYA, then product_question item=DARK",
    );
}

#[test]
fn what_goes_into_a_drink_is_no_goods() {
    let mut items = catalogue().items;
    let pitcher = items.first_mut().unwrap();
    pitcher.sku = Sku::new("PITCHER");
    pitcher.name = "milk pitcher".to_owned();
    pitcher.spoken = vec!["pitcher".to_owned()];
    let lexicon = Lexicon::new(&Catalogue { items });
    let context = Context {
        expectation: &Expectation::Open,
        lexicon: &lexicon,
        candidates: &[],
    };
    let named = |text: &str| {
        let decision = shipped().understand(text, Confidence::CERTAIN, &context);
        decision.slot("item").is_some()
    };
    assert!(named("do you have a milk pitcher"));
    assert!(!named("do you have oat milk"));
}

#[test]
fn two_wishes_in_one_breath() {
    let asked = Expectation::Open;
    check(
        "where's my order and add two bags of dark roast",
        &asked,
        "order_status, then reorder quantity=2 item=DARK",
    );
    check(
        "two bags of the dark roast and one pack of filters",
        &asked,
        "reorder quantity=2 item=DARK quantity=1 item=FILTERS",
    );
    check("where is my order and is it late", &asked, "order_status");
    // In the answer to a question there is one thing.
    let answered = told("yes and where is my order", &Expectation::YesNo);
    assert!(!answered.contains("then"), "{answered}");
}

#[test]
fn a_double_negative_is_neither_yes_nor_no() {
    let asked = Expectation::YesNo;
    check("no that's not wrong", &asked, "yes Yes");
    check("i don't want you not to order it", &asked, "-");
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
    let candidates = vec![Candidate {
        value: "me".to_owned(),
        spoken: vec!["that's me".to_owned(), "speaking".to_owned()],
    }];
    let asked = Expectation::OneOf { candidates };
    check("hello that's me", &asked, "answer choice=me");
    let other = told("that's my wife", &asked);
    assert!(!other.contains("choice"), "{other}");
}

#[test]
fn where_advice_is_given_a_wish_is_an_answer() {
    let candidate = |value: &str, spoken: &[&str]| Candidate {
        value: value.to_owned(),
        spoken: spoken.iter().map(|form| (*form).to_owned()).collect(),
    };
    let candidates = vec![
        candidate("DARK", &["harbor dark roast", "the first one", "the cheaper one"]),
        candidate("MIDNIGHT", &["midnight blend", "the second one"]),
        candidate("more", &["tell me more", "tell me more about"]),
        candidate("others", &["anything else", "what else"]),
        candidate("wish", &["dark", "cheaper"]),
    ];
    let asked = Expectation::OneOf { candidates };
    let check = |text: &str, expect: &str| check(text, &asked, expect);
    check("something light", "answer choice=wish");
    check("anything cheaper", "answer choice=wish");
    check("no medium then", "answer No correction choice=wish");
    check(
        "something lighter than the harbor dark roast",
        "answer choice=wish item=DARK",
    );
    check("the cheaper one", "answer choice=DARK");
    check("the harbor dark roast", "answer choice=DARK");
    check(
        "tell me more about the second one",
        "answer choice=more choice=more choice=MIDNIGHT",
    );
    check("what else do you have", "answer choice=others");
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
fn a_yes_with_more_behind_it_confirms_nothing() {
    let asked = Expectation::YesNo;
    let lexicon = Lexicon::new(&catalogue());
    let context = Context {
        expectation: &asked,
        lexicon: &lexicon,
        candidates: &[],
    };
    for text in [
        "yes where is my order",
        "yes but how much is it",
        "yes if you can deliver tomorrow",
        "yeah hi i was wondering if my package has shipped",
        "yes and a human please",
    ] {
        let decision = shipped().understand(text, Confidence::CERTAIN, &context);
        assert!(
            decision.answer != Some(Answer::Yes) || decision.correction,
            "{text}: {decision:?}"
        );
    }
}

#[test]
fn a_bare_value_corrects_a_readback() {
    let asked = Expectation::YesNo;
    check("two bags", &asked, "answer correction quantity=2");
    check("yes two bags please", &asked, "answer Yes correction quantity=2");
    check("the dark roast", &asked, "answer correction item=DARK");
    for one in [
        "one",
        "just one",
        "a bag",
        "just a bag please",
        "a single bag",
        "a single one",
        "single bag",
    ] {
        check(one, &asked, "answer correction quantity=1");
    }
}

/// "The purple harbor dark roast": a word that nothing explains makes a name doubtful, and the record says why.
#[test]
fn a_strange_word_beside_a_name_is_a_doubt() {
    let lexicon = Lexicon::new(&catalogue());
    let context = Context {
        expectation: &Expectation::Open,
        lexicon: &lexicon,
        candidates: &[],
    };
    let heard = |text: &str| shipped().understand(text, Confidence::new(0.95), &context);
    let (plain, strange) = (
        heard("i'd like the harbor dark roast"),
        heard("i'd like the purple harbor dark roast"),
    );
    let sure = |decision: &Decision| decision.slot("item").map(|slot| slot.confidence.get());
    assert!(sure(&strange) < sure(&plain), "{strange:?}");
    let purple = |decision: &Decision| {
        decision
            .evidence
            .iter()
            .any(|e| e.word == "purple" && e.weight < 0.0)
    };
    assert!(purple(&strange) && !purple(&plain), "{strange:?}");
}

#[test]
fn goods_and_drinks_are_told_apart() {
    let asked = Expectation::Open;
    check("i need more coffee beans", &asked, "reorder");
    check(
        "i'd like to order a latte and two bags of the dark roast",
        &asked,
        "order_drink coffeeDrink=latte, then reorder quantity=2 item=DARK",
    );
    check(
        "send me the same as last time but make it two bags",
        &asked,
        "reorder reference=last_order quantity=2",
    );
    check(
        "do you have any kenya beans",
        &asked,
        "product_question item=KENYA",
    );
    check("tell me a joke", &asked, "out_of_scope");
}

#[test]
fn any_text_is_answered_within_bounds() {
    let lexicon = Lexicon::new(&catalogue());
    let long = "two bags of the dark roast and ".repeat(2_000);
    for text in [
        "",
        "\u{0}\u{1b}[31m",
        "注文はどこですか",
        "ΚΑΛΗΜΕΡΑ",
        long.as_str(),
        "a",
        "''''",
        "99999999999999999999",
    ] {
        for expectation in [
            Expectation::Open,
            Expectation::YesNo,
            Expectation::Digits { min: 6, max: 6 },
        ] {
            let context = Context {
                expectation: &expectation,
                lexicon: &lexicon,
                candidates: &[],
            };
            let decision = shipped().understand(text, Confidence::CERTAIN, &context);
            assert!(decision.text.len() <= crate::limits::UTTERANCE_TEXT_MAX);
            assert_eq!(
                decision.decided_by.ends_with("+cut"),
                text.len() > crate::limits::UTTERANCE_TEXT_MAX
            );
        }
    }
}

#[test]
fn evidence_names_the_words_that_counted() {
    let lexicon = Lexicon::default();
    let context = Context {
        expectation: &Expectation::Open,
        lexicon: &lexicon,
        candidates: &[],
    };
    let decision = shipped().understand("i would like to get a refund", Confidence::new(0.5), &context);
    assert_eq!(decision.evidence.first().map(|e| e.word.as_str()), Some("refund"));
    assert!(decision.decided_by.starts_with("intent-linear@"));
    assert!(decision.confidence.get() <= 0.5);
}

fn grammar_of(expectation: &Expectation, lexicon: &Lexicon) -> Grammar {
    let vocabulary = Vocabulary {
        lexicon,
        phrases: &BTreeSet::new(),
        beside: &Beside::default(),
    };
    shipped().grammar(expectation, &vocabulary)
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
        let grammar = grammar_of(&expectation, &lexicon);
        assert!(grammar.words().len() > 20, "{}", grammar.name);
        assert!(
            !grammar.words().iter().any(|w| w.contains(['<', '>', '(', '['])),
            "{:?}",
            grammar.words()
        );
    }
}

/// Skipped, with a word, where pocketsphinx's dictionary is not installed.
#[test]
fn recognisers_can_pronounce_every_word_of_every_grammar() {
    let Ok(dictionary) = std::fs::read("/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict") else {
        println!("skipped: pocketsphinx-en-us is not installed");
        return;
    };
    let dictionary = String::from_utf8_lossy(&dictionary);
    let ours = include_str!("../../../../models/nlu/en/pronunciations.dict");
    let known: std::collections::BTreeSet<&str> = dictionary
        .lines()
        .chain(ours.lines())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let lexicon = Lexicon::new(&catalogue());
    let candidates = vec![Candidate {
        value: "1".to_owned(),
        spoken: vec!["order 204106".to_owned()],
    }];
    for expectation in [
        Expectation::YesNo,
        Expectation::Digits { min: 6, max: 6 },
        Expectation::OneOf { candidates },
        Expectation::Item,
        Expectation::Quantity { max: 20 },
        Expectation::Drink,
        Expectation::Open,
    ] {
        let grammar = grammar_of(&expectation, &lexicon);
        let unknown: Vec<&String> = grammar
            .words()
            .iter()
            .filter(|word| !known.contains(word.as_str()))
            .collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", grammar.name);
    }
}
