//! How long it takes on one core to understand an utterance, from words to decision (the goal is 1 ms), and to
//! build the word network of a question (the goal is 10 ms with what a decoder then does with it).

use std::path::Path;

use engine::commerce::local::LocalShop;
use engine_core::nlu::grammar::{Beside, Vocabulary};
use engine_core::nlu::lexicon::Lexicon;
use engine_core::nlu::understand::Context;
use engine_core::pii::Pii;
use engine_core::speech::expectation::{Candidate, Expectation};
use engine_core::units::Confidence;

use crate::timing;

pub(crate) fn run() -> anyhow::Result<()> {
    let understander = engine::nlu::load(Path::new("models"))?;
    let (flows, _) = engine::flow::load(Path::new("models"))?;
    let lexicon = Lexicon::new(&LocalShop::catalogue());
    crate::warn_of_debug();
    println!("{:<34} {:>10}", "utterance", "median us");
    for (name, text, expectation) in utterances() {
        let (understander, flows, lexicon) = (understander.clone(), flows.clone(), lexicon.clone());
        let ns = timing::median_ns(Box::new(move || {
            let context = Context {
                expectation: &expectation,
                lexicon: &lexicon,
                candidates: &[],
            };
            let decision = understander.understand(&text, Confidence::CERTAIN, &context);
            std::hint::black_box(flows.hear(decision));
        }));
        println!("{name:<34} {:>10.1}", ns / 1_000.0);
    }
    println!("\n{:<34} {:>10} {:>8}", "network", "median us", "states");
    for (name, expectation) in questions() {
        let (understander, flows, lexicon) = (understander.clone(), flows.clone(), lexicon.clone());
        let build = move || {
            let vocabulary = Vocabulary {
                lexicon: &lexicon,
                phrases: flows.phrases(),
                beside: &Beside {
                    places: ["home", "the office on mill road", "the cabin"]
                        .map(|place| Pii::new(place.to_owned()))
                        .into(),
                    keys: 0,
                },
            };
            understander.grammar(&expectation, &vocabulary)
        };
        let states = build().network.states;
        let ns = timing::median_ns(Box::new(move || {
            std::hint::black_box(build());
        }));
        println!("{name:<34} {:>10.1} {states:>8}", ns / 1_000.0);
    }
    Ok(())
}

fn questions() -> Vec<(&'static str, Expectation)> {
    let order = |number: u32| Candidate {
        value: number.to_string(),
        spoken: vec![format!("{:06}", 417_220 + number * 61)],
    };
    let orders = Expectation::OneOf {
        candidates: (0..20).map(order).collect(),
    };
    vec![
        ("yes or no", Expectation::YesNo),
        ("six digits", Expectation::Digits { min: 6, max: 6 }),
        ("one of twenty orders", orders),
        ("an item", Expectation::Item),
        ("a drink", Expectation::Drink),
        ("the first question", Expectation::Open),
    ]
}

fn utterances() -> Vec<(&'static str, String, Expectation)> {
    let long = "two bags of the dark roast and then where is my order ".repeat(900);
    vec![
        ("yes", "yes please".to_owned(), Expectation::YesNo),
        (
            "a correction",
            "no make it three bags".to_owned(),
            Expectation::YesNo,
        ),
        (
            "a wish",
            "i'd like to reorder my last order".to_owned(),
            Expectation::Open,
        ),
        (
            "goods by name",
            "two bags of the dark roast and a pack of paper filters please".to_owned(),
            Expectation::Open,
        ),
        (
            "two wishes",
            "where's my order and add two bags of the dark roast".to_owned(),
            Expectation::Open,
        ),
        (
            "a drink",
            "a large iced mocha with soy milk and extra sugar".to_owned(),
            Expectation::Drink,
        ),
        ("ten thousand words", long, Expectation::Open),
    ]
}
