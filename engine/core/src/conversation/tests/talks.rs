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
        "I'd like to reorder my last order = intent:reorder
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
