//! When things go wrong between caller and Hark: silence, mumbling, doubt, commands, hanging up.

use insta::assert_snapshot;

use super::kit::{Play, Shop};
use crate::conversation::action::ActionError;
use crate::conversation::event::{Directive, Event, Outcome};

fn play(script: &str) -> Play {
    Play::new(Shop::default()).script(script)
}

#[test]
fn the_ladder_ends_with_a_human() {
    let play = play(
        "what is the weather = intent:out_of_scope
         [mumble]
         [mumble]
         [mumble]
         [nobody free]
         [silence]
         no = no",
    );
    assert_snapshot!(play.transcript);
}

#[test]
fn the_read_back_climbs_from_words_to_keys() {
    let by_key = play(
        "reorder = intent:reorder
         [mumble]
         purple = 
         hmm = yes @0.3
         [key 1]
         [silence]",
    );
    assert_eq!(by_key.shop.placed.len(), 1);
    let no_key = play(
        "reorder = intent:reorder
         [key 5]
         [key 2]
         [hang up]",
    );
    assert!(no_key.shop.placed.is_empty());
    assert_snapshot!([by_key, no_key].map(|play| play.transcript).join("\n---\n"));
}

#[test]
fn keys_choose_at_the_first_question() {
    let play = play(
        "[key 9]
         [key 2]
         no = no",
    );
    assert_snapshot!(play.transcript);
}

#[test]
fn silence_ends_politely_and_rings_back_only_for_something_pending() {
    let nothing = play("[silence]\n[silence]\n[silence]");
    assert!(nothing.shop.callbacks.is_empty());
    assert_eq!(nothing.outcome, Some(Outcome::Abandoned));
    let pending = play("reorder = intent:reorder\n[silence]\n[silence]\n[silence]");
    assert_eq!(pending.shop.callbacks.len(), 1);
    assert_eq!(pending.outcome, Some(Outcome::CallbackRequested));
    assert_snapshot!([nothing, pending].map(|play| play.transcript).join("\n---\n"));
}

#[test]
fn doubt_about_an_intent_is_asked() {
    let right = play(
        "mumble reorder mumble = intent:reorder@0.4
         yes = yes
         [hang up]",
    );
    let wrong = play(
        "mumble reorder mumble = intent:reorder@0.4
         no = no
         where is my order = intent:order_status
         [hang up]",
    );
    let redirected = play(
        "mumble reorder mumble = intent:reorder@0.4
         no where is my order = no intent:order_status
         [hang up]",
    );
    assert_snapshot!(
        [right, wrong, redirected]
            .map(|play| play.transcript)
            .join("\n---\n")
    );
}

#[test]
fn commands_work_anywhere() {
    let play = play(
        "help = intent:help
         cancel = intent:cancel
         reorder = intent:reorder
         repeat that = intent:repeat
         help = intent:help
         never mind = intent:cancel
         goodbye = intent:goodbye",
    );
    assert!(play.shop.placed.is_empty());
    assert_snapshot!(play.transcript);
}

#[test]
fn go_back_returns_to_the_question_before() {
    let play = play(
        "reorder = intent:reorder
         no = no
         the light roast = item:BNS-LIGHT
         go back = intent:go_back
         two filters = item:EQP-FILT quantity:2
         no bye = intent:goodbye",
    );
    assert!(play.shop.placed.is_empty());
    assert_snapshot!(play.transcript);
}

#[test]
fn reasons_are_noted() {
    let play = Play::new(Shop::default()).with_notes().script(
        "reorder = intent:reorder
         make it two = ~ quantity:2
         [mumble]
         yes = yes
         bye = intent:goodbye",
    );
    assert_snapshot!(play.transcript);
}

#[test]
fn hanging_up_at_each_step_leaves_no_order_behind_before_the_yes() {
    let steps = [
        "reorder = intent:reorder",
        "no = no",
        "the light roast = item:BNS-LIGHT",
        "make it two = ~ quantity:2",
    ];
    for said in 0..=steps.len() {
        let script = format!("{}\n[hang up]", steps[..said].join("\n"));
        let play = play(&script);
        assert!(play.shop.placed.is_empty(), "after {said} turns");
        assert_eq!(play.outcome, Some(Outcome::Abandoned), "after {said} turns");
    }
}

#[test]
fn hanging_up_while_the_order_is_on_its_way_counts_what_became_of_it() {
    let endings = [
        (None, Outcome::OrderPlaced, 0),
        (
            Some(ActionError::Unknown("timeout".to_owned())),
            Outcome::CallbackRequested,
            1,
        ),
        (
            Some(ActionError::Refused("closed".to_owned())),
            Outcome::Abandoned,
            0,
        ),
    ];
    for (fault, outcome, callbacks) in endings {
        let shop = Shop {
            hangs: Some("place_order"),
            ..Shop::default()
        };
        let mut play = Play::new(shop).script("reorder = intent:reorder\nyes = yes\n[hang up]");
        assert_eq!(play.outcome, None, "the order is still on its way");
        play.shop.hangs = None;
        play.finish(fault);
        assert_eq!(play.outcome, Some(outcome));
        assert_eq!(play.shop.callbacks.len(), callbacks);
    }
}

/// The caller has said yes, and speaks again while the shop takes its time over this action.
fn while_busy(action: &'static str, script: &str, words: &str) -> Play {
    let shop = Shop {
        hangs: Some(action),
        ..Shop::default()
    };
    let mut play = Play::new(shop).script(script);
    play.shop.hangs = None;
    play.line(words);
    play
}

#[test]
fn a_wish_while_the_shop_is_asked_is_heeded_before_anything_is_sent() {
    let stopped = while_busy("quote", "reorder = intent:reorder", "cancel = intent:cancel");
    let person = while_busy(
        "quote",
        "reorder = intent:reorder",
        "agent please = intent:speak_to_agent",
    );
    let mut murmur = while_busy("quote", "reorder = intent:reorder", "let me see =");
    murmur.finish(None);
    for play in [&stopped, &person, &murmur] {
        assert!(play.shop.placed.is_empty());
    }
    assert_snapshot!(
        [stopped, person, murmur]
            .map(|play| play.transcript)
            .join("\n---\n")
    );
}

#[test]
fn a_wish_after_the_order_went_out_is_answered_truthfully() {
    let order = "reorder = intent:reorder\nyes = yes";
    let mut too_late = while_busy("place_order", order, "no wait stop = intent:cancel");
    too_late.finish(None);
    let mut person = while_busy("place_order", order, "agent please = intent:speak_to_agent");
    person.finish(None);
    let mut in_luck = while_busy("place_order", order, "hold on = ");
    in_luck.finish(Some(ActionError::Refused("closed".to_owned())));
    assert_eq!(too_late.shop.placed.len(), 1, "what was sent is sent");
    assert!(in_luck.shop.placed.is_empty());
    assert_snapshot!(
        [too_late, person, in_luck]
            .map(|play| play.transcript)
            .join("\n---\n")
    );
}

#[test]
fn a_murmur_confirms_only_beyond_doubt() {
    let check = |answer: &str, placed: usize| {
        let play = play(&format!("reorder = intent:reorder\n{answer}"));
        assert_eq!(play.shop.placed.len(), placed, "{answer}");
    };
    check("uh-huh = yes @0.82", 0);
    check("uh-huh = yes @0.92", 1);
    check("uh-huh yes = yes @0.78", 1);
}

#[test]
fn a_drink_stays_a_drink_and_goods_stay_goods() {
    let drink = play(
        "a large latte = intent:order_drink coffeeDrink:latte size:large
         no dark roast = ~ item:BNS-DARK
         nothing = no",
    );
    assert_eq!(drink.shop.placed.len(), 0, "{}", drink.transcript);
    assert!(
        drink.transcript.contains("What should I change?"),
        "{}",
        drink.transcript
    );
    let goods = play(
        "reorder = intent:reorder
         no a large latte = ~ coffeeDrink:latte size:large
         yes = yes",
    );
    for (_, draft) in &goods.shop.placed {
        assert_eq!(draft.lines[0].sku.as_str(), "BNS-DARK", "{}", goods.transcript);
        assert_eq!(draft.lines[0].options, [], "{}", goods.transcript);
    }
}

#[test]
fn nothing_follows_the_end() {
    let mut play = play("bye = intent:goodbye");
    for event in [
        Event::Start,
        Event::Silence,
        Event::Keyed("1".to_owned()),
        Event::HungUp,
        Event::NotUnderstood,
    ] {
        play.conversation.handle(event);
        assert_eq!(play.conversation.poll(), None::<Directive>);
    }
}

/// A question of another task is gone back to, and that task is dropped: the price of what waited is still known.
#[test]
fn going_back_aside_forgets_no_price() {
    let play = Play::new(Shop::default()).script(
        "reorder my last order = intent:reorder reference:last_order
         I want to return it = intent:return_exchange
         no the light roast = ~ no item:BNS-LIGHT
         go back = intent:go_back
         cancel = intent:cancel",
    );
    let last = play
        .transcript
        .lines()
        .rev()
        .find(|line| line.starts_with("hark:"));
    assert!(
        last.is_some_and(|line| line.contains("fourteen dollars and fifty cents")),
        "{}",
        play.transcript
    );
}
