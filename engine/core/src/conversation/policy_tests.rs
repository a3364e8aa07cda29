use super::{Choice, ConfirmationPolicy, Hearing, How, SHIPPED, Stake};
use crate::shop::Fulfilment;
use crate::units::Money;

fn shipped() -> ConfirmationPolicy {
    ConfirmationPolicy::parse("confirmation.toml", SHIPPED).unwrap()
}

fn order(cents: i64, new: bool, hearing: Hearing) -> Choice {
    shipped().order(stake(cents, new), hearing)
}

fn stake(cents: i64, new: bool) -> Stake {
    Stake {
        total: Some(Money::from_minor(cents)),
        fulfilment: Fulfilment::Delivery,
        new,
        elsewhere: false,
    }
}

fn heard(sure: f32) -> Hearing {
    Hearing {
        sure,
        disputed: false,
        failures: 0,
    }
}

#[test]
fn dear_new_and_doubtful_orders_are_asked_for_more() {
    assert_eq!(order(1_450, false, heard(0.95)).how, How::Explicit);
    assert_eq!(order(1_450, false, heard(0.6)).how, How::Keypad);
    // What is sure enough for a bag of coffee is not for a coffee machine.
    assert_eq!(order(1_450, true, heard(0.88)).how, How::Explicit);
    assert_eq!(order(60_000, true, heard(0.88)).how, How::Keypad);
    let disputed = Hearing {
        disputed: true,
        ..heard(0.95)
    };
    assert_eq!(order(1_450, false, disputed).how, How::Keypad);
    let repaired = Hearing {
        failures: 7,
        ..heard(0.95)
    };
    assert_eq!(order(1_450, false, repaired).how, How::Keypad);
}

#[test]
fn values_climb_from_none_to_keys() {
    let how = |sure| shipped().slot(false, heard(sure)).how;
    assert_eq!(
        [0.95, 0.75, 0.6, 0.4].map(how),
        [How::None, How::Implicit, How::Explicit, How::Keypad]
    );
    // A read-back will say it anyway.
    assert_eq!(shipped().slot(true, heard(0.4)).how, How::None);
}

#[test]
fn a_choice_shows_its_sum() {
    let choice = order(2_900, true, heard(0.92));
    assert_eq!(
        choice.to_string(),
        "explicit by row \"order: any\": cost 0.46 (order 0.30, value 0.06, new 0.10) x doubt 0.08 (heard 0.08) \
         = risk 0.037, yes from 0.75, in passing from 0.97"
    );
    assert!(choice.policy.starts_with("confirmation@"));
}

#[test]
fn the_more_is_at_risk_the_surer_a_yes_must_be() {
    let check = |sure, expect: [f32; 3]| {
        let choice = order(1_450, true, heard(sure));
        let found = [choice.least_yes, choice.least_passing, choice.least_said_back];
        let near = found
            .iter()
            .zip(expect)
            .all(|(one, other)| (one - other).abs() < 0.01);
        assert!(near, "{choice}: {found:?}");
    };
    // Cost 0.43: from risk 0.03 on "okay" is said back, however well it was heard.
    check(0.97, [0.75, 0.85, 0.75]);
    check(0.93, [0.75, 0.90, 0.75]);
    check(0.90, [0.75, 1.0, 0.75]);
    check(0.87, [0.785, 1.0, 0.75]);
    // What can be given up at any time takes an "okay" as it comes.
    assert!(shipped().change(heard(0.9)).least_passing < 0.86);
}

#[test]
fn a_yes_with_a_change_is_taken_up_to_a_risk_and_never_instead_of_a_key() {
    let takes = |sure, yes| shipped().takes_amended(&order(1_450, false, heard(sure)), yes);
    assert!(takes(0.95, 0.9));
    assert!(!takes(0.95, 0.75));
    assert!(!takes(0.6, 0.99));
}

#[test]
fn another_address_than_the_usual_costs_more() {
    let elsewhere = Stake {
        elsewhere: true,
        ..stake(1_450, false)
    };
    let choose = |sure| shipped().order(elsewhere, heard(sure));
    let told = "cost 0.43 (order 0.30, value 0.03, elsewhere 0.10) x doubt 0.15";
    assert!(choose(0.85).to_string().contains(told), "{}", choose(0.85));
    // What is sure enough for the usual place asks for a key here.
    assert_eq!(order(1_450, false, heard(0.85)).how, How::Explicit);
    assert_eq!(choose(0.85).how, How::Keypad);
    assert_eq!(choose(0.95).how, How::Explicit);
}

#[test]
fn faults_name_line_and_remedy() {
    let check = |from: &str, to: &str, expect: &str| {
        let text = SHIPPED.replacen(from, to, 1);
        assert_ne!(text, SHIPPED, "{from:?} is not in the file");
        let error = ConfirmationPolicy::parse("confirmation.toml", &text).unwrap_err();
        let line = 1 + text.lines().take_while(|line| !line.contains(to)).count();
        assert_eq!(error.to_string(), format!("confirmation.toml:{line}: {expect}"));
    };
    check(
        "pickup =",
        "pikup =",
        "unknown key \"pikup\"; did you mean \"pickup\"?",
    );
    check(
        "elsewhere = 0.10",
        "elsewhere = -0.1",
        "-0.1 is outside 0 to 1; write a fraction, like 0.25",
    );
    check(
        "elsewhere = 0.10",
        "elswhere = 0.10",
        "unknown key \"elswhere\"; did you mean \"elsewhere\"?",
    );
    check(
        "confirm = \"keypad\"",
        "confirm = \"none\"",
        "\"none\" would place an order without a yes; write \"explicit\", \"twice\" or \"keypad\" under [[order]], and never \"twice\" elsewhere",
    );
    check(
        "confirm = \"keypad\"",
        "confirm = \"keypda\"",
        "unknown value \"keypda\"; did you mean \"keypad\"?",
    );
    check(
        "risk = 0.17",
        "risk = 1.5",
        "1.5 is outside 0 to 1; write a fraction, like 0.25",
    );
    check(
        "yes = 0.75",
        "yes = 0.30",
        "a yes of 0.3 is no yes; write 0.5 or more",
    );
    check(
        "risk = 0.10",
        "risk = 0.90",
        "row \"unsure\" is never reached; order the rows by falling `risk`: the first that is reached decides",
    );
    check(
        "readbacks = 6",
        "readbacks = 0",
        "0 read-backs are no patience; write 1 to 20",
    );
    check(
        "objection_ms = 1200",
        "objection_ms = 120",
        "120 ms: nobody objects as fast as that; write 800 to 4000",
    );
    check(
        "objection_ms = 1200",
        "objection_ms = 12000",
        "12000 ms: nobody waits for nothing as long as that; write 800 to 4000",
    );
}

#[test]
fn the_file_says_how_long_one_may_object() {
    let text = SHIPPED.replace("objection_ms = 1200", "objection_ms = 2500");
    let policy = ConfirmationPolicy::parse("confirmation.toml", &text).unwrap();
    assert_eq!((shipped().objection_ms(), policy.objection_ms()), (1_200, 2_500));
}

#[test]
fn a_table_without_an_end_is_refused() {
    let text = SHIPPED.replace(
        "risk = 0.0\nconfirm = \"none\"",
        "risk = 0.01\nconfirm = \"none\"",
    );
    let error = ConfirmationPolicy::parse("confirmation.toml", &text).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no row of [[slot]] takes the smallest risk"),
        "{error}"
    );
}
