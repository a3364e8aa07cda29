//! The talks themselves. Each snapshot is a transcript: read it aloud.

use insta::assert_snapshot;

use super::kit::{Play, Shop, order, stock};
use crate::conversation::action::ActionError;
use crate::conversation::event::Outcome;
use crate::shop::OrderState;

fn play(shop: Shop, script: &str) -> Play {
    Play::new(shop).script(script)
}

#[test]
fn reorders_the_last_order_with_a_correction_and_asks_where_it_is() {
    let play = play(
        Shop::default(),
        "I'd like to reorder my last order = intent:reorder reference:last_order
         make it two = ~ quantity:2
         yes = yes
         where is my order = intent:order_status
         no that's all = no
        ",
    );
    assert_eq!(play.shop.placed.len(), 1);
    assert_eq!(play.shop.placed[0].1.lines[0].quantity, 2);
    assert_snapshot!(play.transcript);
}

#[test]
fn a_number_that_stands_for_a_flow_leads_there_after_the_greeting() {
    let play = Play::dialled(Shop::default(), Some("order_status")).script(
        "no that's all = no
        ",
    );
    assert_snapshot!(play.transcript);
}

#[test]
fn a_number_that_is_read_off_a_card_is_waited_for() {
    let play = Play::dialled(Shop::default(), Some("voucher"));
    let told = "... voucher.ask digits, patiently\n";
    assert!(play.transcript.ends_with(told), "{}", play.transcript);
    let order = Play::dialled(Shop::default(), Some("order_drink"));
    assert!(!order.transcript.contains("patiently"), "{}", order.transcript);
}

#[test]
fn the_usual_is_what_is_ordered_most_often() {
    let shop = Shop {
        orders: vec![
            order("400003", OrderState::Delivered, 5, None, &[("EQP-FILT", 1)]),
            order(
                "400002",
                OrderState::Delivered,
                30,
                None,
                &[("BNS-LIGHT", 2), ("EQP-FILT", 1)],
            ),
            order(
                "400001",
                OrderState::Delivered,
                60,
                None,
                &[("EQP-FILT", 2), ("BNS-LIGHT", 1)],
            ),
        ],
        ..Shop::default()
    };
    let play = play(
        shop,
        "the usual please = intent:reorder reference:usual
         yes = yes
         goodbye = intent:goodbye",
    );
    assert_eq!(play.outcome, Some(Outcome::OrderPlaced));
    assert_snapshot!(play.transcript);
}

#[test]
fn a_standing_order_is_not_the_last_order() {
    let standing = crate::shop::Order {
        repeat_days: Some(28),
        ..order("400009", OrderState::Placed, 240, Some(9), &[("EQP-FILT", 4)])
    };
    let mut shop = Shop::default();
    shop.orders.insert(0, standing);
    let play = play(
        shop,
        "reorder my last order = intent:reorder reference:last_order
         yes = yes
         no = no",
    );
    assert_eq!(play.shop.placed[0].1.lines[0].sku.as_str(), "BNS-DARK");
    assert_eq!(play.outcome, Some(Outcome::OrderPlaced));
}

#[test]
fn several_items_are_corrected_one_by_one() {
    let play = play(
        Shop::default(),
        "two bags of dark roast and a box of filters = intent:reorder quantity:2 item:BNS-DARK item:EQP-FILT
         and add a light roast = item:BNS-LIGHT
         remove the filters = item:EQP-FILT
         make it three = ~ quantity:3
         the light roast = choice:BNS-LIGHT
         no the dark one = ~ no item:BNS-DARK
         yes = yes
         no thanks = no",
    );
    let lines: Vec<_> = play.shop.placed[0]
        .1
        .lines
        .iter()
        .map(|line| (line.sku.as_str(), line.quantity))
        .collect();
    assert_eq!(lines, [("BNS-DARK", 2), ("BNS-LIGHT", 3)]);
    assert_snapshot!(play.transcript);
}

#[test]
fn no_means_no_order() {
    let play = play(
        Shop::default(),
        "reorder please = intent:reorder
         no = no
         no = no
         no = no",
    );
    assert!(play.shop.placed.is_empty());
    assert_eq!(play.outcome, Some(Outcome::Declined));
    assert_snapshot!(play.transcript);
}

#[test]
fn a_no_with_a_change_leads_to_a_new_read_back() {
    let play = play(
        Shop::default(),
        "reorder please = intent:reorder
         no = no
         the light roast = item:BNS-LIGHT
         no two = ~ no quantity:2
         yes but make it three = ~ yes quantity:3
         yes three bags = yes quantity:3
         [hang up]",
    );
    let draft = &play.shop.placed[0].1;
    assert_eq!(
        (draft.lines[0].sku.as_str(), draft.lines[0].quantity),
        ("BNS-LIGHT", 3)
    );
    assert_eq!(play.outcome, Some(Outcome::OrderPlaced));
    assert_snapshot!(play.transcript);
}

#[test]
fn the_same_order_is_never_placed_twice_in_a_call() {
    let play = play(
        Shop::default(),
        "reorder please = intent:reorder
         yes = yes
         yes = yes
         reorder please = intent:reorder
         yes = yes
         no = no",
    );
    assert_eq!(play.shop.placed.len(), 1);
    assert_snapshot!(play.transcript);
}

#[test]
fn out_of_stock_offers_a_substitute_then_a_date_then_what_is_there() {
    let short = |stock| Shop {
        stock: vec![stock],
        ..Shop::default()
    };
    let substitute = play(
        short(stock("BNS-DARK", 0, Some(5), &["BNS-LIGHT"])),
        "reorder = intent:reorder
         yes = yes
         yes = yes
         [hang up]",
    );
    assert_eq!(substitute.shop.placed[0].1.lines[0].sku.as_str(), "BNS-LIGHT");
    let later = play(
        short(stock("BNS-DARK", 0, Some(5), &["BNS-LIGHT"])),
        "reorder = intent:reorder
         no = no
         yes = yes
         yes = yes
         [hang up]",
    );
    let waiting = &later.shop.placed[0].1;
    assert_eq!(
        (waiting.lines[0].sku.as_str(), waiting.delayed.len()),
        ("BNS-DARK", 1)
    );
    assert!(
        later.transcript.contains("in eight days"),
        "the receipt says when it comes: {}",
        later.transcript
    );
    let fewer = play(
        short(stock("BNS-DARK", 2, None, &[])),
        "five dark roast = intent:reorder quantity:5 item:BNS-DARK
         yes = yes
         yes = yes
         [hang up]",
    );
    assert_eq!(fewer.shop.placed[0].1.lines[0].quantity, 2);
    let gone = play(
        short(stock("BNS-DARK", 0, None, &[])),
        "reorder = intent:reorder
         nothing = no
         no = no",
    );
    assert!(gone.shop.placed.is_empty());
    assert_snapshot!(
        [substitute, later, fewer, gone]
            .map(|play| play.transcript)
            .join("\n---\n")
    );
}

#[test]
fn stock_that_runs_out_at_the_last_moment_is_said() {
    let fault = (
        "place_order",
        ActionError::OutOfStock {
            sku: crate::ids::Sku::new("BNS-DARK"),
            available: 1,
        },
    );
    let shop = Shop {
        faults: vec![fault],
        stock: vec![],
        ..Shop::default()
    };
    let play = play(
        shop,
        "two dark roast = intent:reorder quantity:2 item:BNS-DARK
         yes = yes
         yes = yes
         [hang up]",
    );
    assert_snapshot!(play.transcript);
}

#[test]
fn a_delay_that_the_shop_does_not_grant_is_not_offered_again() {
    let sku = crate::ids::Sku::new("BNS-DARK");
    let shop = Shop {
        faults: vec![("place_order", ActionError::OutOfStock { sku, available: 0 })],
        stock: vec![stock("BNS-DARK", 0, Some(5), &[])],
        ..Shop::default()
    };
    let play = play(
        shop,
        "reorder = intent:reorder
         yes = yes
         yes = yes
         nothing = no
         no = no",
    );
    assert!(play.shop.placed.is_empty());
    assert_eq!(play.transcript.matches("more comes").count(), 1);
    assert_eq!(play.outcome, Some(Outcome::Declined));
}

#[test]
fn a_draft_that_was_short_once_is_not_answered_from_then() {
    let sku = crate::ids::Sku::new("BNS-DARK");
    let shop = Shop {
        faults: vec![("place_order", ActionError::OutOfStock { sku, available: 0 })],
        ..Shop::default()
    };
    let play = play(
        shop,
        "reorder = intent:reorder
         yes = yes
         yes = yes
         reorder = intent:reorder
         yes = yes
         no = no",
    );
    // The second key took it, and the same order again is still the same order.
    assert_eq!(play.shop.placed.len(), 1);
    assert_eq!(play.outcome, Some(Outcome::OrderPlaced));
}

#[test]
fn an_unknown_fate_is_never_a_success() {
    let shop = Shop {
        faults: vec![("place_order", ActionError::Unknown("timeout".to_owned()))],
        ..Shop::default()
    };
    let play = play(
        shop,
        "reorder = intent:reorder
         yes = yes
         reorder = intent:reorder
         yes = yes
         no = no",
    );
    assert_eq!(play.shop.placed.len(), 1);
    assert_eq!(play.shop.callbacks.len(), 2);
    assert_eq!(play.outcome, Some(Outcome::CallbackRequested));
    assert!(!play.transcript.contains("order number is"));
    assert_snapshot!(play.transcript);
}

#[test]
fn a_backend_that_is_away_leads_to_a_human_or_a_callback() {
    let shop = Shop {
        faults: vec![(
            "list_orders",
            ActionError::Unavailable("connection refused".to_owned()),
        )],
        ..Shop::default()
    };
    let play = play(
        shop,
        "reorder = intent:reorder
         [waiting]
         [nobody free]",
    );
    assert_eq!(play.outcome, Some(Outcome::Failed));
    assert_snapshot!(play.transcript);
}

#[test]
fn nobody_is_promised_a_callback_without_a_number() {
    let away = || Shop {
        faults: vec![(
            "check_stock",
            ActionError::Unavailable("connection refused".to_owned()),
        )],
        ..Shop::default()
    };
    let unsure = || Shop {
        faults: vec![("place_order", ActionError::Unknown("timeout".to_owned()))],
        ..Shop::default()
    };
    let drink = "a latte = intent:order_drink coffeeDrink:latte\n";
    let talks = [
        (away(), format!("{drink} [nobody free]")),
        (unsure(), format!("{drink} yes = yes\n no = no")),
        (unsure(), format!("{drink} yes = yes\n [hang up]")),
        (
            Shop::default(),
            "agent = intent:speak_to_agent\n [nobody free]\n no = no".to_owned(),
        ),
    ];
    let played = talks.map(|(shop, script)| Play::without_number(shop).script(&script));
    for play in &played {
        assert!(play.shop.callbacks.is_empty(), "{}", play.transcript);
        assert!(!play.transcript.contains("will ring you"), "{}", play.transcript);
        assert_ne!(play.outcome, Some(Outcome::CallbackRequested));
    }
    assert_snapshot!(played.map(|play| play.transcript).join("\n---\n"));
}

#[test]
fn a_callback_that_cannot_be_noted_is_not_promised() {
    let shop = Shop {
        faults: vec![
            ("place_order", ActionError::Unknown("timeout".to_owned())),
            (
                "request_callback",
                ActionError::Unavailable("the disk is full".to_owned()),
            ),
        ],
        ..Shop::default()
    };
    let play = play(
        shop,
        "reorder = intent:reorder
         yes = yes
         no = no",
    );
    assert!(play.shop.callbacks.is_empty());
    assert!(!play.transcript.contains("will ring you"), "{}", play.transcript);
    assert_eq!(play.outcome, Some(Outcome::Failed));
}

#[test]
fn order_status_of_one_of_several_and_by_number() {
    let orders = vec![
        order("400003", OrderState::Shipped, 2, Some(1), &[("BNS-LIGHT", 2)]),
        order("400002", OrderState::Delayed, 9, Some(-2), &[("EQP-FILT", 1)]),
        order("400001", OrderState::Delivered, 60, None, &[("BNS-DARK", 1)]),
    ];
    let shop = || Shop {
        orders: orders.clone(),
        ..Shop::default()
    };
    let one = play(
        Shop {
            orders: orders[..1].to_vec(),
            ..Shop::default()
        },
        "where is my order = intent:order_status
         no = no",
    );
    let several = play(
        shop(),
        "where is my order = intent:order_status
         the second one = choice:order-400002
         no = no
         and my last order = intent:order_status reference:last_order
         goodbye = intent:goodbye",
    );
    let by_number = play(
        shop(),
        "where is order four double oh = intent:order_status
         [key 3]
         where is order 400001 = intent:order_status digits:400001
         goodbye = intent:goodbye",
    );
    let stranger = play(
        Shop {
            known: false,
            ..shop()
        },
        "where is my order = intent:order_status
         nine nine nine = digits:999
         [mumble]
         [key 999999]
         [key 400003]
         [silence]",
    );
    assert_eq!(stranger.outcome, Some(Outcome::Answered));
    assert_snapshot!(
        [one, several, by_number, stranger]
            .map(|play| play.transcript)
            .join("\n---\n")
    );
}

#[test]
fn a_drink_is_ordered_for_pick_up() {
    let named = play(
        Shop {
            known: false,
            ..Shop::default()
        },
        "a large latte with oat milk = intent:order_drink coffeeDrink:latte size:large milkAmount:oat+milk
         make it a small = ~ size:small
         yes = yes
         no = no",
    );
    assert_eq!(named.shop.placed[0].1.customer.as_str(), "");
    let asked = play(
        Shop::default(),
        "I'd like a drink = intent:order_drink
         a unicorn = coffeeDrink:unicorn
         two espressos = coffeeDrink:espresso quantity:2
         no = no
         a latte = coffeeDrink:latte
         no = no
         no = no
         no = no",
    );
    assert!(asked.shop.placed.is_empty());
    assert_snapshot!([named, asked].map(|play| play.transcript).join("\n---\n"));
}

#[test]
fn a_human_is_found_or_rings_back() {
    let found = play(
        Shop::default(),
        "reorder = intent:reorder
         agent = intent:speak_to_agent
         [agent free]",
    );
    assert_eq!(found.outcome, Some(Outcome::Transferred));
    let busy = play(
        Shop::default(),
        "agent = intent:speak_to_agent
         [nobody free]
         yes = yes
         no = no",
    );
    assert_eq!(busy.outcome, Some(Outcome::CallbackRequested));
    let no_callback = play(
        Shop::default(),
        "[key 0]
         [nobody free]
         no = no
         bye = intent:goodbye",
    );
    assert_eq!(no_callback.outcome, Some(Outcome::Declined));
    assert_snapshot!(
        [found, busy, no_callback]
            .map(|play| play.transcript)
            .join("\n---\n")
    );
}

#[test]
fn an_operators_hand_over_ends_with_a_human_or_an_offer() {
    let found = play(Shop::default(), "[agent free]");
    assert_eq!(found.outcome, Some(Outcome::Transferred));
    let busy = play(
        Shop::default(),
        "reorder = intent:reorder
         [nobody free]
         [nobody free]
         yes = yes
         no = no",
    );
    assert_eq!(busy.outcome, Some(Outcome::CallbackRequested));
}

#[test]
fn questions_about_products_and_returns() {
    let play = play(
        Shop {
            stock: vec![stock("BNS-DARK", 0, Some(3), &[])],
            ..Shop::default()
        },
        "how much is the light roast = intent:product_question item:BNS-LIGHT
         do you have dark roast = intent:product_question item:BNS-DARK
         I want to return something = intent:return_exchange
         no reason = choice:unneeded
         a refund = choice:refund
         yes = yes
         no = no",
    );
    assert_snapshot!(play.transcript);
}

#[test]
fn a_digression_comes_back_to_the_question() {
    let play = play(
        Shop::default(),
        "reorder = intent:reorder
         where is my last order = intent:order_status
         yes = yes
         no = no",
    );
    assert_eq!(play.shop.placed.len(), 1);
    assert_snapshot!(play.transcript);
}
