use std::collections::BTreeSet;

use super::{Grammar, Rules};
use crate::nlu::lexicon::Lexicon;
use crate::speech::expectation::{Candidate, Expectation};

const ROOTS: &str = "<yes_no> = yes | no;\n<one_of> = [the] <candidate>;\n<item> = <goods>;\n<quantity> = two;\n\
    <drink> = tea;\n<open> = hello;\n<digits> = <digit_string>;\n<digit> = oh | one;\n<pair> = ten;\n";

fn compile(expectation: &Expectation) -> Grammar {
    let rules = Rules::parse([("roots.jsgf", ROOTS)]).unwrap();
    Grammar::compile(expectation, &Lexicon::default(), &BTreeSet::new(), &rules)
}

#[test]
fn choices_and_digits_are_filled_in() {
    let candidates = vec![Candidate {
        value: "x".to_owned(),
        spoken: vec!["Order 204".to_owned(), "the big one".to_owned()],
    }];
    let grammar = compile(&Expectation::OneOf { candidates });
    insta::assert_snapshot!(grammar.jsgf, @r"
    #JSGF V1.0;
    grammar one_of;
    public <utterance> = <one_of>;
    <candidate> = big one | order two zero four;
    <one_of> = [the] <candidate>;
    ");
    assert!(grammar.words.contains("zero") && !grammar.words.contains("yes"));
    assert_eq!(*grammar.phrases, ["Order 204".to_owned()]);
    let grammar = compile(&Expectation::Digits { min: 2, max: 3 });
    assert!(grammar.phrases.is_empty());
    insta::assert_snapshot!(grammar.jsgf, @r"
    #JSGF V1.0;
    grammar digits;
    public <utterance> = <digits>;
    <digit> = oh | one;
    <digit_string> = <digits_left_3>;
    <digits> = <digit_string>;
    <digits_left_1> = <digit>;
    <digits_left_2> = <digit> [<digits_left_1>] | double <digit> | <pair>;
    <digits_left_3> = <digit> <digits_left_2> | double <digit> [<digits_left_1>] | <pair> [<digits_left_1>] | triple <digit>;
    <pair> = ten;
    ");
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
        "<a> = one;\n<a> = two;\n",
        "a.jsgf:2: rule <a> is defined twice; rename or remove one",
    );
    check(
        "<aa> = one;\n<b> = <aaa>;\n",
        "a.jsgf:2: rule <b> uses <aaa>, which is nowhere defined; did you mean <aa>?",
    );
    check("<a> = one;\n", "grammar: no rule <yes_no> in any file; define it");
}
