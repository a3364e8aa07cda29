//! Confirmation under the policy that ships: what is asked, of whom, and what counts as a yes.

use super::kit::{Play, Shop, address, order};
use crate::conversation::event::{Event, Outcome};
use crate::shop::OrderState;
use crate::speech::expectation::Expectation;

fn play(script: &str) -> Play {
    Play::new(Shop::default()).with_notes().script(script)
}

fn placed(script: &str) -> usize {
    play(script).shop.placed.len()
}

const KEYS: &str = "press one for yes";

#[test]
fn a_clear_wish_needs_one_spoken_yes() {
    let play = play("reorder = intent:reorder\nyes = yes");
    assert_eq!(play.shop.placed.len(), 1);
    assert!(!play.transcript.contains(KEYS), "{}", play.transcript);
}

#[test]
fn what_was_hardly_heard_asks_for_a_key() {
    let heard = "two bags of dark roast = intent:reorder item:BNS-DARK quantity:2 ^0.55";
    let spoken = play(&format!("{heard}\nyes = yes @0.9\nyes = yes @0.9"));
    assert!(spoken.shop.placed.is_empty(), "{}", spoken.transcript);
    assert!(
        spoken
            .transcript
            .contains("a spoken yes where a key was asked for"),
        "{}",
        spoken.transcript
    );
    assert_eq!(placed(&format!("{heard}\nyes = yes @0.9\n[key 1]")), 1);
    assert_eq!(placed(&format!("{heard}\n[key 2]")), 0);
    // A change is taken by voice, and read back again.
    let changed = play(&format!("{heard}\nmake it three = quantity:3 ~\n[key 1]"));
    assert_eq!(
        changed.shop.placed[0].1.lines[0].quantity, 3,
        "{}",
        changed.transcript
    );
}

#[test]
fn recognisers_that_differ_cost_a_key() {
    let disputed = "two bags of dark roast = intent:reorder item:BNS-DARK quantity:2 disputed";
    let play = play(&format!("{disputed}\n[key 1]"));
    assert!(play.transcript.contains("disputed 0.30"), "{}", play.transcript);
    assert!(play.transcript.contains(KEYS), "{}", play.transcript);
    assert_eq!(play.shop.placed.len(), 1);
}

#[test]
fn a_yes_that_is_not_sure_enough_is_asked_for_again() {
    let play = play("reorder = intent:reorder\nyes = yes @0.55\nyes = yes @0.9");
    assert!(
        play.transcript.contains("a yes, but not sure enough of it"),
        "{}",
        play.transcript
    );
    assert_eq!(play.shop.placed.len(), 1);
}

/// What was hardly heard, so that the policy wants a key.
const DOUBTED: &str = "two bags of dark roast = intent:reorder item:BNS-DARK quantity:2 ^0.75";

#[test]
fn a_line_without_keys_says_yes_twice_in_different_words() {
    let spoken = |answers: &str| {
        Play::new(Shop::default())
            .without_keys()
            .with_notes()
            .script(&format!("{DOUBTED}\n{answers}"))
    };
    let check = |answers: &str, orders: usize| {
        let play = spoken(answers);
        assert_eq!(play.shop.placed.len(), orders, "{answers}: {}", play.transcript);
        assert!(!play.transcript.contains(KEYS), "{}", play.transcript);
    };
    check("yes = yes @0.9\nplace the order = yes", 1);
    check("place the order = yes\nyes = yes @0.9", 1);
    check("yes = yes @0.9", 0);
    check("yes = yes @0.9\nyes = yes @0.9\nyes = yes @0.9", 0);
    check("place the order = yes\nplace the order = yes", 0);
    // A fainter one counts where the other is the surer.
    check("yes = yes @0.95\nplace the order = yes @0.65", 1);
    check("yes = yes @0.65\nplace the order = yes @0.95", 1);
    check("yes = yes @0.75\nplace the order = yes @0.75", 1);
    check("yes = yes @0.7\nplace the order = yes @0.75", 0);
    check("yes = yes @0.7\nplace the order = yes @0.75\nyes = yes @0.9", 1);
    check("yes = yes @0.93\nplace the order = yes @0.55", 0);
    check("yes = yes @0.55\nplace the order = yes @0.99", 0);
    check("yes = yes @0.9\nplace order = choice:agreed", 1);
    check("yes = yes @0.9\nplace pardon order = choice:agreed", 0);
    check("yes = yes @0.9\nplace another order = choice:agreed", 0);
    check("yes = yes @0.9\nplace bigger order = choice:agreed", 0);
    check(
        "yes = yes @0.9\nplace order harbour = choice:agreed item:BNS-DARK",
        0,
    );
    check("yes = yes @0.9\nplace no order = choice:agreed", 0);
    check("yes = yes @0.9\ndon't place order = choice:agreed", 0);
    check("yes = yes @0.9\nplace order pardon me what = choice:agreed", 0);
    check("yes = yes @0.9\nplace the = choice:agreed", 0);
    check("yes = yes @0.9\ncancel = intent:cancel", 0);
    check("yes = yes @0.9\nno = no", 0);
    check("fine = yes\nplace the order = yes", 0);
    // A key that comes all the same is worth more than both.
    check("yes = yes @0.9\n[key 1]", 1);
    let play = spoken("yes = yes @0.9\nplace the order = yes");
    for expect in [
        "without_keys: this line carries no keys; twice by row \"order: doubtful, without keys\"",
        "second_yes: a yes, and one of another kind is needed",
        "confirmed: the caller said \"yes\" and \"place the order\"",
    ] {
        assert!(play.transcript.contains(expect), "{expect}: {}", play.transcript);
    }
}

/// A plain yes that leaves no more doubt than two that are just sure enough: asking again would tell nothing new.
#[test]
fn a_yes_beyond_doubt_needs_no_second_one() {
    let check = |keys: bool, answers: &str, orders: usize| {
        let play = Play::new(Shop::default()).with_notes();
        let play = if keys { play } else { play.without_keys() };
        let play = play.script(&format!("{DOUBTED}\n{answers}"));
        assert_eq!(play.shop.placed.len(), orders, "{answers}: {}", play.transcript);
        play.transcript
    };
    for keys in [true, false] {
        let told = check(keys, "yes = yes @0.95", 1);
        assert!(told.contains("a plain one alone from 0.94"), "{told}");
        assert!(
            told.contains("confirmed: the caller said \"yes\", sure 0.95"),
            "{told}"
        );
        check(keys, "yes = yes @0.93", 0);
        check(keys, "yes = yes @0.8\nyes = yes @0.95", 1);
        check(keys, "no = no @0.95", 0);
        // Said in passing, a remark, the other kind of yes: none of them is as good as two.
        for less in ["okay", "uh-huh", "great", "place the order"] {
            check(keys, &format!("{less} = yes @0.98"), 0);
        }
    }
    // Who spoke over the read-back has not heard all of it.
    for keys in [true, false] {
        let play = Play::new(Shop::default()).with_notes();
        let mut play = if keys { play } else { play.without_keys() };
        play.line(DOUBTED);
        play.tell(Event::BargedIn);
        let play = play.script("yes = yes @0.98");
        assert!(play.shop.placed.is_empty(), "{}", play.transcript);
        let play = play.script("place the order = yes");
        assert_eq!(play.shop.placed.len(), 1, "{}", play.transcript);
        assert!(
            play.transcript.contains("\"yes\" and \"place the order\""),
            "{}",
            play.transcript
        );
    }
    // A key that was read out may have been how many.
    check(true, "press one = quantity:1 @0.98", 0);
    check(true, "one = quantity:1 ~ @0.98", 0);
    // The more is at risk, the surer: no more than `left` of it stays open.
    let dear = "twenty bags of dark roast = intent:reorder item:BNS-DARK quantity:20 ^0.6";
    for (sure, orders) in [(0.95, 0), (0.98, 1)] {
        let play = play(&format!("{dear}\nyes = yes @{sure}"));
        assert_eq!(play.shop.placed.len(), orders, "{sure}: {}", play.transcript);
    }
}

#[test]
fn two_faint_yeses_are_not_asked_for_for_ever() {
    let faint = "place the order = yes @0.65\n".repeat(10);
    let play = Play::new(Shop::default())
        .without_keys()
        .script(&format!("{DOUBTED}\nyes = yes @0.65\n{faint}"));
    assert!(play.shop.placed.is_empty(), "{}", play.transcript);
    assert!(play.transcript.contains("hand over"), "{}", play.transcript);
}

#[test]
fn another_wish_in_place_of_the_named_yes_is_heeded() {
    let play = Play::new(Shop::default()).without_keys().script(&format!(
        "{DOUBTED}\nyes = yes @0.9\na person about this order = intent:speak_to_agent by:model"
    ));
    assert!(play.transcript.contains("hand over"), "{}", play.transcript);
}

#[test]
fn who_answers_in_words_where_a_key_was_asked_for_is_asked_for_words() {
    let check = |answers: &str, orders: usize| {
        let play = play(&format!("{DOUBTED}\n{answers}"));
        assert_eq!(play.shop.placed.len(), orders, "{answers}: {}", play.transcript);
        play.transcript
    };
    let transcript = check("yes = yes @0.9\nplace the order = yes", 1);
    assert_eq!(transcript.matches(KEYS).count(), 1, "{transcript}");
    for expect in [
        "without_keys: a spoken yes where a key was asked for; twice by row",
        "please say: place the order",
        "confirmed: the caller said \"yes\" and \"place the order\"",
    ] {
        assert!(transcript.contains(expect), "{expect}: {transcript}");
    }
    check("yes = yes @0.9", 0);
    check("yes = yes @0.9\nyes = yes @0.9", 0);
    check("yes = yes @0.9\nno = no", 0);
    check("yes = yes @0.9\n[key 1]", 1);
    check("yes = yes @0.9\n[key 2]", 0);
    check("yes = yes @0.9\nplace the order = yes @0.55", 0);
    // Hardly heard, it does not count as one of two: the key is asked for once more.
    let faint = check("yes = yes @0.55\nplace the order = yes", 0);
    assert_eq!(faint.matches(KEYS).count(), 2, "{faint}");
}

#[test]
fn a_key_can_be_heard_where_it_is_asked_for() {
    let check = |script: &str, keys: usize| {
        let play = play(script);
        let beside = play.conversation.beside(&Expectation::YesNo);
        assert_eq!(beside.keys, keys, "{}", play.transcript);
    };
    check("reorder = intent:reorder", 0);
    check(DOUBTED, 2);
    check(&format!("{DOUBTED}\nyes = yes @0.8"), 0);
    check(&format!("{DOUBTED}\n[silence]"), 2);
}

#[test]
fn a_key_that_is_read_out_is_a_yes_or_a_no_in_words() {
    let one = "a bag of dark roast = intent:reorder item:BNS-DARK quantity:1 ^0.7";
    let check = |heard: &str, answers: &str, orders: &[u32]| {
        let play = play(&format!("{heard}\n{answers}"));
        let placed = play.shop.placed.iter().flat_map(|(_, order)| &order.lines);
        let quantities: Vec<u32> = placed.map(|line| line.quantity).collect();
        assert_eq!(quantities, orders, "{answers}: {}", play.transcript);
        play.transcript
    };
    check(one, "one = quantity:1 ~\nplace the order = yes", &[1]);
    check(one, "one = quantity:1 ~", &[]);
    check(one, "press one = quantity:1\nplace the order = yes", &[1]);
    check(DOUBTED, "i pressed one = quantity:1\nplace the order = yes", &[2]);
    check(DOUBTED, "one for yes = quantity:1\nplace the order = yes", &[2]);
    // Of two bags, "one" may be how many are wanted: all of it is read back once more.
    let unclear = check(DOUBTED, "one = quantity:1 ~", &[]);
    assert_eq!(unclear.matches("wo bags of Harbour").count(), 2, "{unclear}");
    check(DOUBTED, "one = quantity:1 ~\n[key 1]", &[2]);
    check(DOUBTED, "one = quantity:1 ~\nplace the order = yes", &[2]);
    check(
        DOUBTED,
        "one = quantity:1 ~\nmake it one = quantity:1 ~\n[key 1]",
        &[1],
    );
    let no = check(one, "two = quantity:2 ~", &[]);
    assert!(no.contains("rejected"), "{no}");
    check(one, "press two = quantity:2", &[]);
    // A correction is one, whatever it has of keys.
    check(one, "no two = no quantity:2 ~\n[key 1]", &[2]);
    check(one, "make it two = quantity:2 ~\n[key 1]", &[2]);
}

/// "Sure the order" is what is left of "place the order", and not a wish to drop it or to know where it is.
#[test]
fn half_of_the_words_asked_for_are_asked_for_again() {
    let check = |heard: &str, orders: usize| {
        let play = Play::new(Shop::default())
            .without_keys()
            .with_notes()
            .script(&format!(
                "{DOUBTED}\nyes = yes @0.9\n{heard}\nplace the order = yes"
            ));
        assert_eq!(play.shop.placed.len(), orders, "{heard}: {}", play.transcript);
        play.transcript
    };
    let again = check("sure the order = by:model intent:cancel_order", 1);
    assert!(again.contains("part of what was to be said"), "{again}");
    check("the order = by:model intent:order_status", 1);
    // Who says no with it is heeded.
    check("cancel that order = by:model intent:cancel", 0);
    check("don't place that order = by:model no", 0);
    check("cancel the order = intent:cancel", 0);
}

#[test]
fn two_prompts_for_a_key_are_enough() {
    let check = |answers: &str, orders: usize| {
        let play = play(&format!("{DOUBTED}\n{answers}"));
        assert_eq!(play.shop.placed.len(), orders, "{answers}: {}", play.transcript);
        assert!(
            play.transcript
                .contains("without_keys: two prompts for a key stayed unanswered"),
            "{}",
            play.transcript
        );
    };
    check("[silence]\n[silence]\nplace the order = yes\nyes = yes @0.9", 1);
    check("[mumble]\n[mumble]\nyes = yes @0.9\nplace the order = yes", 1);
    check("[silence]\n[silence]\nplace the order = yes", 0);
    check("[silence]\n[silence]\nyes = yes @0.9\nyes = yes @0.9", 0);
    // What was hardly heard then was no yes.
    check("yes = yes @0.55\nyes = yes @0.55\nplace the order = yes", 0);
}

#[test]
fn where_the_risk_is_high_words_never_do() {
    let hardly = "two bags of dark roast = intent:reorder item:BNS-DARK quantity:20 ^0.05";
    let answers = "yes = yes\nplace the order = yes\nyes = yes\nplace the order = yes";
    for play in [
        Play::new(Shop::default()),
        Play::new(Shop::default()).without_keys(),
    ] {
        let play = play.with_notes().script(&format!("{hardly}\n{answers}"));
        assert!(play.shop.placed.is_empty(), "{}", play.transcript);
        assert!(play.transcript.contains("keypad by row"), "{}", play.transcript);
        assert!(play.transcript.contains("hand over"), "{}", play.transcript);
    }
}

#[test]
fn a_remark_is_no_yes_and_is_asked_about() {
    let check = |answers: &str, orders: usize| {
        let play = play(&format!("reorder = intent:reorder\n{answers}"));
        assert_eq!(play.shop.placed.len(), orders, "{answers}: {}", play.transcript);
    };
    check("fine = yes @0.99", 0);
    check("fine = yes @0.99\ngreat = yes @0.99", 0);
    check("fine = yes @0.99\nyes = yes", 1);
    // All that is left of "that's not right" is less than a yes.
    check("that's right = yes @0.8", 0);
    check("that's right = yes @0.8\nyes = yes", 1);
    check("that's right = yes @0.95", 1);
    check("yes that's right = yes @0.8", 1);
    let play = play("reorder = intent:reorder\nfine = yes @0.99");
    assert!(play.transcript.contains("Was that a yes?"), "{}", play.transcript);
}

/// Heard less well, so that more is at risk: enough for a plain yes.
const LESS_SURE: &str = "two bags of dark roast = intent:reorder item:BNS-DARK quantity:2 ^0.95";
const GOING_AHEAD: &str = "All right, I'll go ahead.";

#[test]
fn a_yes_in_passing_is_said_back_where_much_is_at_risk() {
    let check = |answers: &str, orders: usize| {
        let play = play(&format!("{LESS_SURE}\n{answers}"));
        assert_eq!(play.shop.placed.len(), orders, "{answers}: {}", play.transcript);
        play.transcript
    };
    let stood = check("that's right = yes @0.95\n[silence]", 1);
    assert!(stood.contains(GOING_AHEAD), "{stood}");
    assert!(
        stood.contains("the caller said \"that's right\", sure 0.95, and let stand what was said back"),
        "{stood}"
    );
    assert!(!check("yes = yes\n[silence]", 1).contains(GOING_AHEAD));
    check("that's right = yes @0.95", 0);
    check("that's right = yes @0.95\nno = no\n[silence]", 0);
    check("that's right = yes @0.95\n[hang up]", 0);
    // It was not heard what they said to it: asked about, and silence is no answer to that.
    check("that's right = yes @0.95\n[mumble]\n[silence]", 0);
    check("that's right = yes @0.95\nhelp = intent:help\n[silence]", 0);
    check("that's right = yes @0.95\ngreat = yes @0.9", 1);
    check("that's right = yes @0.95\nthank you", 1);
    check("that's right = yes @0.95\nthanks bye = intent:goodbye", 1);
    check("that's right = yes @0.95\nbye now = intent:goodbye", 1);
    check("that's right = yes @0.95\nokay see you later = intent:goodbye", 1);
    check("that's right = yes @0.95\nthanks later = intent:out_of_scope", 0);
    // A remark, or hardly heard: nothing to go ahead with.
    for faint in ["fine = yes @0.99", "okay = yes @0.7"] {
        assert!(!check(&format!("{faint}\n[silence]"), 0).contains(GOING_AHEAD));
    }
}

#[test]
fn who_speaks_over_what_is_said_back_has_not_let_it_stand() {
    let mut play = Play::new(Shop::default()).with_notes();
    for line in [LESS_SURE, "that's right = yes @0.95"] {
        play.line(line);
    }
    play.tell(Event::BargedIn);
    let play = play.script("[silence]");
    assert!(play.shop.placed.is_empty(), "{}", play.transcript);
}

#[test]
fn the_record_shows_the_row_and_the_sum() {
    let play = play("reorder = intent:reorder\nyes = yes");
    let expect =
        "readback: 1 lines; explicit by row \"order: any\": cost 0.33 (order 0.30, value 0.03) x doubt 0.05";
    assert!(play.transcript.contains(expect), "{}", play.transcript);
}

#[test]
fn one_order_is_not_read_back_for_ever() {
    let changes = (2..=8).map(|count| format!("make it {count} = quantity:{count} ~\n"));
    let play = play(&format!(
        "reorder = intent:reorder\n{}",
        changes.collect::<String>()
    ));
    assert!(play.shop.placed.is_empty());
    assert!(
        play.transcript.contains("read back too often"),
        "{}",
        play.transcript
    );
    assert!(play.transcript.contains("hand over"), "{}", play.transcript);
}

#[test]
fn a_question_in_between_does_not_begin_the_count_anew() {
    let change = |count: u32| format!("make it {count} = quantity:{count} ~\n");
    let early: String = (2..=4).map(change).collect();
    let late: String = (5..=8).map(change).collect();
    let aside = "where is my order = intent:order_status\n";
    let play = play(&format!("reorder = intent:reorder\n{early}{aside}{late}"));
    assert!(play.transcript.contains("digression"), "{}", play.transcript);
    assert!(
        play.transcript.contains("read back too often"),
        "{}",
        play.transcript
    );
}

#[test]
fn who_interrupts_repairs_and_swears_gets_a_person_sooner() {
    let mumbled = |before: &str| {
        let mut play = Play::new(Shop::default()).with_notes();
        for line in ["reorder = intent:reorder", "[mumble]"] {
            play.line(line);
        }
        for _ in 0..before.len() {
            play.tell(Event::BargedIn);
        }
        play.script("damn it what = ")
    };
    // Once may be a quick answer, and more than twice says no more than twice.
    assert!(!mumbled("x").transcript.contains("impatient"));
    let often = mumbled("xxxx").transcript;
    assert_eq!(often.matches("impatient").count(), 1, "{often}");
}

#[test]
fn a_raised_voice_counts_once_it_is_raised_again() {
    let shouted = |times: usize| {
        let mut play = Play::new(Shop::default()).with_notes();
        play.line("reorder = intent:reorder");
        for _ in 0..times {
            play.tell(Event::RaisedVoice { db: 12.0 });
        }
        play.script("[mumble]").transcript
    };
    let once = shouted(1);
    assert!(
        once.contains("12 dB louder") && !once.contains("frustrated"),
        "{once}"
    );
    let again = shouted(2);
    assert!(again.contains("frustrated"), "{again}");
}

fn two_on_their_way() -> Shop {
    Shop {
        orders: vec![
            order("417220", OrderState::Shipped, 2, Some(1), &[("BNS-DARK", 1)]),
            order("417221", OrderState::Shipped, 3, Some(2), &[("EQP-FILT", 1)]),
        ],
        ..Shop::default()
    }
}

fn looked_up(answers: &str) -> Play {
    let unknown = Shop {
        known: false,
        ..two_on_their_way()
    };
    Play::new(unknown)
        .with_notes()
        .script(&format!("where is my order = intent:order_status\n{answers}"))
}

#[test]
fn a_value_is_taken_said_asked_or_keyed_by_how_it_was_heard() {
    let check = |recognition: &str, expect: &str, also: &str| {
        let play = looked_up(&format!(
            "four one seven two two zero = digits:417220 {recognition}"
        ));
        let after = play.transcript.split("caller: four").nth(1).unwrap();
        assert!(
            after.contains(expect) && after.contains(also),
            "{recognition}: {after}"
        );
    };
    check("^0.99", "-> find_order", "");
    check("^0.80", "hark:   Four one seven, two two zero.", "-> find_order");
    check("^0.60", "Four one seven, two two zero, is that right?", "yes_no");
    check("^0.35", "keypad", "order_status.ask_number digits");
}

#[test]
fn a_value_asked_about_can_be_confirmed_denied_or_corrected() {
    let asked = "four one seven two two one = digits:417221 ^0.6";
    let right = looked_up(&format!("{asked}\nyes = yes"));
    assert!(
        right.transcript.ends_with_listening_after("find_order"),
        "{}",
        right.transcript
    );
    let wrong = looked_up(&format!("{asked}\nno = no"));
    assert!(!wrong.transcript.contains("find_order"), "{}", wrong.transcript);
    let corrected = looked_up(&format!(
        "{asked}\nno four one seven two two zero = no ~ digits:417220 ^0.99"
    ));
    assert!(
        corrected.transcript.contains("find_order"),
        "{}",
        corrected.transcript
    );
    assert!(
        !corrected.transcript.contains("give_up"),
        "{}",
        corrected.transcript
    );
}

#[test]
fn nothing_is_ordered_while_the_yes_stays_away() {
    let play = play(
        "reorder = intent:reorder\nyes = yes @0.3\nhm = \nyes = yes @0.2\nwell = \n[nobody free]\nno = no",
    );
    assert!(play.shop.placed.is_empty(), "{}", play.transcript);
    assert_ne!(play.outcome, Some(Outcome::OrderPlaced));
}

#[test]
fn the_same_drink_said_in_another_order_is_the_same_order() {
    let play = play(
        "a large latte with soy milk = intent:order_drink coffeeDrink:latte size:large milkAmount:soy+milk
         yes = yes
         a latte with soy milk = intent:order_drink coffeeDrink:latte milkAmount:soy+milk
         a large one = size:large ~
         yes = yes",
    );
    assert_eq!(play.shop.placed.len(), 1, "{}", play.transcript);
    assert!(
        play.transcript.contains("I already placed that one"),
        "{}",
        play.transcript
    );
}

/// What a transcript tells at its end.
trait Ending {
    fn ends_with_listening_after(&self, action: &str) -> bool;
}

impl Ending for String {
    fn ends_with_listening_after(&self, action: &str) -> bool {
        let done = self.find(&format!("-> {action}"));
        let asked = self.rfind("        ... ");
        matches!((done, asked), (Some(done), Some(asked)) if done < asked)
    }
}

#[test]
fn who_has_two_addresses_is_heard_by_their_names_where_goods_are_sent() {
    let two = || Shop {
        addresses: vec![
            address("home", &["house"]),
            address("the office on Mill Road", &[]),
        ],
        ..Shop::default()
    };
    let check = |shop: Shop, script: &str, expectation: Expectation, expect: &[&str]| {
        let play = Play::new(shop).script(script);
        let places = play.conversation.places_beside(&expectation);
        let places: Vec<&str> = places.iter().map(|place| place.expose().as_str()).collect();
        assert_eq!(places, expect, "{}", play.transcript);
    };
    let names = ["home", "house", "the office on mill road", "the office"];
    let reorder = "reorder = intent:reorder";
    check(two(), "", Expectation::Open, &names);
    check(two(), "", Expectation::YesNo, &[]);
    check(two(), reorder, Expectation::YesNo, &names);
    check(two(), reorder, Expectation::Quantity { max: 20 }, &[]);
    let latte = "a large latte = intent:order_drink item:DRK-LATTE size:large";
    check(two(), latte, Expectation::YesNo, &[]);
    check(Shop::default(), reorder, Expectation::YesNo, &[]);
}

#[test]
fn a_doubtful_goodbye_at_a_read_back_is_asked_about_once() {
    let asked = |script: &str, times: usize, orders: usize| {
        let play = play(&format!("reorder = intent:reorder\n{script}"));
        let found = play.transcript.matches("that isn't done yet").count();
        assert_eq!(
            (found, play.shop.placed.len()),
            (times, orders),
            "{}",
            play.transcript
        );
        play.transcript
    };
    asked("bye = intent:goodbye ^0.6\nyes = yes", 1, 1);
    let left = [
        "bye = intent:goodbye ^0.6\nbye = intent:goodbye ^0.6",
        "bye = intent:goodbye ^0.6\nno = no",
        "bye = intent:goodbye ^0.6\n[silence]",
    ];
    for script in left {
        let transcript = asked(script, 1, 0);
        assert!(transcript.contains("nothing was ordered"), "{transcript}");
    }
    // People take leave with an "okay": it is no yes here, however well it was heard.
    asked(
        "bye = intent:goodbye ^0.6\nokay = yes @0.99\nthat's fine = yes @0.99\nbye = intent:goodbye ^0.6",
        1,
        0,
    );
    asked("no goodbye = intent:goodbye", 0, 0);
    // Who agrees and leaves in one breath may want it.
    asked("okay thanks bye = intent:goodbye", 1, 0);
    // What was surely heard is no yes: it is not asked about.
    let transcript = asked("thanks bye = intent:goodbye", 0, 0);
    assert!(transcript.contains("nothing was ordered"), "{transcript}");
    // A guess at a goodbye is no goodbye.
    asked("by the buy = intent:goodbye@0.3\nyes = yes", 0, 1);
    // A second order has its own question.
    asked(
        "bye = intent:goodbye ^0.6\nyes = yes\nreorder = intent:reorder\nbye = intent:goodbye ^0.6\nbye = intent:goodbye ^0.6",
        2,
        1,
    );
}

#[test]
fn a_goodbye_where_a_key_was_asked_for_asks_for_the_key() {
    let heard = "two bags of dark roast = intent:reorder item:BNS-DARK quantity:2 ^0.55";
    let play = play(&format!("{heard}\nbye = intent:goodbye ^0.6\n[key 1]\n[silence]"));
    assert_eq!(play.transcript.matches(KEYS).count(), 2, "{}", play.transcript);
    assert_eq!(play.shop.placed.len(), 1);
    assert!(
        !play.transcript.contains("after a goodbye"),
        "{}",
        play.transcript
    );
}
