//! Conversations at random: whatever callers, shop and agents do, the talk goes on, says nothing
//! half-filled, claims nothing unproved, and ends once.

use proptest::prelude::*;
use proptest::sample::select;

use super::kit::{Play, Shop, in_parcels, order, stock};
use crate::conversation::action::ActionError;
use crate::ids::Sku;
use crate::shop::{Order, OrderState};

/// What a caller may do, in the language of scripts. Any of it may come at any time.
const DEEDS: &[&str] = &[
    "yes = yes",
    "no = no",
    "hmm yes = yes @0.2",
    "reorder my last order = intent:reorder reference:last_order",
    "the usual = intent:reorder reference:usual",
    "maybe reorder = intent:reorder@0.4",
    "two dark roast and filters = intent:reorder quantity:2 item:BNS-DARK item:EQP-FILT",
    "make it two = ~ quantity:2",
    "no the light roast = ~ no item:BNS-LIGHT",
    "add filters = item:EQP-FILT",
    "remove the filters = item:EQP-FILT",
    "none of them = ~ quantity:0",
    "a million = quantity:1000000",
    "no such thing = item:XXX-NONE",
    "where is my order = intent:order_status",
    "where is order 400002 = intent:order_status digits:400002",
    "nine nine nine = digits:999999",
    "the second one = choice:order-400002",
    "the dark roast = choice:BNS-DARK item:BNS-DARK",
    "a large latte = intent:order_drink coffeeDrink:latte size:large",
    "a small one = ~ size:small",
    "a unicorn = intent:order_drink coffeeDrink:unicorn",
    "how much is the dark roast = intent:product_question item:BNS-DARK",
    "I want to return it = intent:return_exchange",
    "return the dark roast = intent:return_exchange item:BNS-DARK",
    "the light roast = choice:BNS-LIGHT item:BNS-LIGHT",
    "all of it = choice:all reference:all",
    "two of them = ~ quantity:2",
    "it is broken = choice:damaged",
    "no reason = choice:unneeded",
    "a refund = choice:refund",
    "the same again = choice:same",
    "something else = choice:other",
    "what do you recommend = intent:advice",
    "something dark = intent:advice",
    "something lighter = choice:wish",
    "under ten dollars = choice:wish",
    "like last time = choice:wish",
    "tell me more = choice:more",
    "is it organic = choice:wish",
    "how strong is the dark roast = item:BNS-DARK",
    "anything cheaper = intent:advice choice:wish",
    "what else = choice:others",
    "my subscription = intent:subscription",
    "skip the next one = intent:subscription_skip",
    "pause it = intent:subscription_pause",
    "start it again = intent:subscription_resume",
    "pause = choice:pause",
    "cancel my order = intent:cancel_order",
    "change my order = intent:change_order",
    "add a light roast to my order = intent:change_order item:BNS-LIGHT",
    "one more = ~",
    "any dark roast left = intent:product_question item:BNS-DARK",
    "any latte left = intent:product_question item:DRK-LATTE",
    "I have a voucher = intent:voucher",
    "one one one one one one = digits:111111",
    "two two two two two two = digits:222222",
    "the weather = intent:out_of_scope",
    "repeat = intent:repeat",
    "help = intent:help",
    "cancel = intent:cancel",
    "go back = intent:go_back",
    "agent = intent:speak_to_agent",
    "goodbye = intent:goodbye",
    "blah = ",
    "[mumble]",
    "[silence]",
    "[waiting]",
    "[key 0]",
    "[key 1]",
    "[key 2]",
    "[key 7]",
    "[key 400002]",
    "[agent free]",
    "[nobody free]",
    "[hang up]",
];

fn faults() -> impl Strategy<Value = Vec<(&'static str, ActionError)>> {
    let action = select(vec![
        "find_customer",
        "list_orders",
        "check_stock",
        "quote",
        "place_order",
        "quote_return",
        "change_order",
        "request_callback",
    ]);
    let error = select(vec![
        ActionError::Unavailable("away".to_owned()),
        ActionError::Unknown("no answer".to_owned()),
        ActionError::Refused("closed".to_owned()),
        ActionError::OutOfStock {
            sku: Sku::new("BNS-DARK"),
            available: 1,
        },
    ]);
    prop::collection::vec((action, error), 0..3)
}

fn shop() -> impl Strategy<Value = Shop> {
    let stock = select(vec![
        None,
        Some(stock("BNS-DARK", 0, Some(5), &["BNS-LIGHT"])),
        Some(stock("BNS-DARK", 1, None, &[])),
        Some(stock("BNS-DARK", 0, None, &["XXX-GONE"])),
        Some(stock("DRK-LATTE", 0, None, &[])),
    ]);
    let standing = select(vec![None, Some(OrderState::Placed), Some(OrderState::Paused)]);
    (any::<bool>(), 0..5_usize, faults(), stock, standing).prop_map(
        |(known, orders, faults, stock, standing)| {
            let all = [
                order("400003", OrderState::Shipped, 2, Some(1), &[("BNS-DARK", 1)]),
                in_parcels(order(
                    "400002",
                    OrderState::Lost,
                    9,
                    Some(-2),
                    &[("EQP-FILT", 1), ("BNS-LIGHT", 2)],
                )),
                order("400001", OrderState::Delivered, 60, None, &[("BNS-DARK", 1)]),
                order("400004", OrderState::Placed, 0, Some(3), &[("EQP-FILT", 2)]),
            ];
            let mut orders: Vec<Order> = all.into_iter().take(orders).collect();
            orders.extend(standing.map(|state| Order {
                repeat_days: Some(28),
                due_in_days: (state == OrderState::Placed).then_some(9),
                ..order("400009", state, 200, None, &[("BNS-DARK", 2)])
            }));
            Shop {
                known,
                orders,
                faults,
                stock: stock.into_iter().collect(),
                ..Shop::default()
            }
        },
    )
}

/// Who is offered a call back, asks for something else, is offered one for that, and so on.
#[test]
fn nobody_turns_aside_too_deep() {
    let stranger = Shop {
        known: false,
        ..Shop::default()
    };
    let deeds = [
        "cancel my order = intent:cancel_order",
        "[nobody free]",
        "my subscription = intent:subscription",
        "[nobody free]",
        "where is my order = intent:order_status",
        "I want to return it = intent:return_exchange",
        "[nobody free]",
        "reorder my last order = intent:reorder reference:last_order",
        "[nobody free]",
        "change my order = intent:change_order",
    ];
    // A fault is one to the kit, wherever it is noted.
    let play = Play::new(stranger).script(&deeds.join("\n"));
    assert!(play.waits(), "{}", play.transcript);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_conversation_is_lost(shop in shop(), deeds in prop::collection::vec(select(DEEDS), 1..30)) {
        let mut play = Play::new(shop);
        for deed in deeds {
            if play.outcome.is_some() {
                break;
            }
            play = play.script(deed);
            prop_assert!(play.outcome.is_some() || play.waits(), "nobody's turn:\n{}", play.transcript);
        }
        if play.outcome.is_none() {
            play = play.script("[hang up]");
        }
        prop_assert!(play.outcome.is_some(), "no end:\n{}", play.transcript);
        for line in play.transcript.lines().filter(|line| line.starts_with("hark:")) {
            let line = line.trim_start_matches("hark:").trim();
            for hole in ["  ", " .", " ,", " ?", ", ,", "{", "}", " with ?"] {
                prop_assert!(!line.contains(hole), "a hole in {line:?}:\n{}", play.transcript);
            }
        }
        let claims = ["It's ordered", "Done!", "Great, it'll", "Done. It'll", "already placed", "just made"];
        let claimed = claims.iter().any(|claim| play.transcript.contains(claim));
        prop_assert!(!claimed || !play.shop.placed.is_empty(), "claimed:\n{}", play.transcript);
        let changes = ["I've skipped", "I've changed it", "return is arranged", "Okay, it's paused", "it's running again", "I've cancelled"];
        let claimed = changes.iter().any(|claim| play.transcript.contains(claim));
        prop_assert!(!claimed || !play.shop.changed.is_empty(), "claimed a change:\n{}", play.transcript);
        let sent = play.transcript.matches("-> change_order").count();
        prop_assert!(play.shop.changed.len() <= sent, "changed more than sent:\n{}", play.transcript);
        let tried = play.transcript.matches("-> place_order").count();
        prop_assert!(play.shop.placed.len() <= tried, "placed more than sent:\n{}", play.transcript);
    }
}
