use std::collections::BTreeSet;

use super::{Beside, Grammar, Rules, Vocabulary};
use crate::nlu::lexicon::Lexicon;
use crate::pii::Pii;
use crate::speech::expectation::{Candidate, Expectation};

const ROOTS: &str = "<yes_no> = yes | no | to my <own_place> | [press] <key_number> | <key_asked> one for yes;\n<one_of> = [the] <candidate>;\n<item> = <goods>;\n\
    <quantity> = two;\n<drink> = tea;\n<open> = hello;\n<digits> = <digit_string>;\n<digit> = oh | one;\n<pair> = ten;\n";

fn compile_at(expectation: &Expectation, places: &[&str]) -> Grammar {
    compile_beside(
        expectation,
        &Beside {
            places: places.iter().map(|place| Pii::new((*place).to_owned())).collect(),
            keys: 0,
        },
    )
}

fn compile_beside(expectation: &Expectation, beside: &Beside) -> Grammar {
    let rules = Rules::parse([("roots.jsgf", ROOTS)]).unwrap();
    let vocabulary = Vocabulary {
        lexicon: &Lexicon::default(),
        phrases: &BTreeSet::new(),
        beside,
    };
    Grammar::compile(expectation, &vocabulary, &rules)
}

fn compile(expectation: &Expectation) -> Grammar {
    compile_at(expectation, &[])
}

fn sentences(grammar: &Grammar) -> Vec<String> {
    grammar.network.sentences().into_iter().collect()
}

#[test]
fn choices_places_and_digits_are_filled_in() {
    let candidates = vec![Candidate {
        value: "x".to_owned(),
        spoken: vec!["Order 204".to_owned(), "the big one".to_owned()],
    }];
    let grammar = compile(&Expectation::OneOf { candidates });
    assert_eq!(
        sentences(&grammar),
        [
            "big one",
            "order two zero four",
            "the big one",
            "the order two zero four"
        ]
    );
    assert_eq!(*grammar.phrases, ["Order 204".to_owned()]);
    assert_eq!(sentences(&compile(&Expectation::YesNo)), ["no", "yes"]);
    let placed = compile_at(&Expectation::YesNo, &["The Mill", "mum's"]);
    assert_eq!(sentences(&placed), ["no", "to my mill", "to my mum's", "yes"]);
    let asked = Beside {
        keys: 2,
        ..Beside::default()
    };
    assert_eq!(
        sentences(&compile_beside(&Expectation::YesNo, &asked)),
        ["no", "one", "one for yes", "press one", "press two", "two", "yes"]
    );
    let grammar = compile(&Expectation::Digits { min: 2, max: 3 });
    assert!(grammar.phrases.is_empty());
    let digits = sentences(&grammar);
    for said in [
        "one oh",
        "double one oh",
        "ten",
        "ten one",
        "oh ten",
        "triple oh",
        "one one one",
    ] {
        assert!(digits.contains(&said.to_owned()), "{said}: {digits:?}");
    }
    for said in ["one", "one one one one", "triple oh one", "ten ten"] {
        assert!(!digits.contains(&said.to_owned()), "{said}: {digits:?}");
    }
}

#[test]
fn one_of_the_callers_own_numbers_is_known_when_it_is_said_in_full() {
    let check = |spoken: &str, said: &str, expect: bool| {
        let candidates = vec![Candidate {
            value: "x".to_owned(),
            spoken: vec!["from two weeks ago".to_owned(), spoken.to_owned()],
        }];
        let grammar = compile(&Expectation::OneOf { candidates });
        assert_eq!(grammar.names_number(said), expect, "{said} of {spoken}");
    };
    check(
        "four one seven two two zero",
        "it's four one seven double two oh",
        true,
    );
    check("four one seven two two zero", "four one seven two two one", false);
    check("four one seven two two zero", "four one seven two two", false);
    check("417220", "four one seven two two zero please", true);
    check("four one", "four one", false);
    check("the big one", "the big one", false);
}

#[test]
fn equal_questions_give_equal_keys() {
    assert_eq!(compile(&Expectation::YesNo).key, compile(&Expectation::YesNo).key);
    assert_ne!(compile(&Expectation::YesNo).key, compile(&Expectation::Open).key);
}

#[test]
fn faults_name_file_line_and_remedy() {
    let check = |text: &str, expect: &str| {
        let error = Rules::parse([("a.jsgf", text)]).unwrap_err();
        assert_eq!(error.to_string(), expect);
    };
    check(
        "// words\n<a> = one two",
        "a.jsgf:2: rule `<a> = one two` does not end; end it with `;`",
    );
    check(
        "<a> = one;\nb = two;\n",
        "a.jsgf:2: `b = two` is not a rule; write `<name> = words;`",
    );
    check("<a> = ( one;\n", "a.jsgf:1: rule <a>: `)` is missing");
    check(
        "<a> = one <b>;\n<b> = [ <c> ];\n<c> = two <b>;\n",
        "a.jsgf:1: rule <a> has no end: <b> uses <c> uses <b>; write the repetition out, as often as it is said",
    );
    check(
        "<a> = one;\n<a> = two;\n",
        "a.jsgf:2: rule <a> is defined twice; rename or remove one",
    );
    check(
        "<aa> = one;\n<b> = <aaa>;\n",
        "a.jsgf:2: rule <b> uses <aaa>, which is nowhere defined; did you mean <aa>?",
    );
    check("<a> = one;\n", "grammar: no rule <yes_no> in any file; define it");
}
