//! Calls that read like prose.

use engine_core::conversation::event::Outcome;
use tests::agents::AgentMood;
use tests::scenario::Scenario;
use tests::shop::ShopMood;
use tests::world::Story;

fn outcome(story: &Story) -> Option<Outcome> {
    story.record.as_ref().map(|record| record.outcome)
}

/// (orders the shop has, quantity of the first line of the first)
fn orders(story: &Story) -> (usize, u32) {
    let quantity = story
        .shop
        .placed()
        .next()
        .and_then(|(_, draft, _)| draft.lines.first())
        .map(|line| line.quantity);
    (story.shop.placed().count(), quantity.unwrap_or(0))
}

fn reorder_with_correction() -> Scenario {
    Scenario::new()
        .hears("how_can_i_help")
        .says("I'd like to reorder my last order")
        .hears("readback")
        .says("make it two")
        .hears("readback")
        .says("yes please")
        .hears("anything_else")
        .says("no thanks goodbye")
}

#[test]
fn a_reorder_with_a_correction() {
    let story = reorder_with_correction().run();
    assert_eq!(
        outcome(&story),
        Some(Outcome::OrderPlaced),
        "{}",
        story.transcript
    );
    assert_eq!(orders(&story), (1, 2), "{}", story.transcript);
    insta::assert_snapshot!(story.transcript);
}

/// (address, day) of the first order that the shop has
fn delivery(story: &Story) -> (Option<String>, Option<String>) {
    let first = story.shop.placed().next().map(|(_, draft, _)| draft.clone());
    let draft = first.expect("an order");
    (
        draft.address.map(|address| address.as_str().to_owned()),
        draft.day.map(|day| day.to_string()),
    )
}

#[test]
fn an_address_and_a_day_that_change_at_the_readback() {
    let story = Scenario::new()
        .hears("how_can_i_help")
        .says("reorder my last order to the office on friday")
        .hears("readback")
        .says("yes but send it home")
        .hears("readback")
        .says("not before saturday")
        .hears("readback")
        .says("yes please")
        .hears("anything_else")
        .says("no thanks goodbye")
        .run();
    assert_eq!(orders(&story), (1, 1), "{}", story.transcript);
    let expect = (Some("a-1".to_owned()), Some("2026-11-28".to_owned()));
    assert_eq!(delivery(&story), expect, "{}", story.transcript);
    insta::assert_snapshot!(story.transcript);
}

#[test]
fn what_is_told_of_an_address_stays_out_of_the_record() {
    let story = Scenario::new()
        .hears("how_can_i_help")
        .says("reorder my last order to the office on quackenbush lane")
        .hears("readback")
        .says("yes")
        .hears("anything_else")
        .says("goodbye")
        .run();
    assert_eq!(delivery(&story).0.as_deref(), Some("a-2"), "{}", story.transcript);
    assert!(
        story.transcript.contains("Quackenbush Lane"),
        "{}",
        story.transcript
    );
    let turns = serde_json::to_string(&story.turns).expect("turns are JSON");
    assert!(turns.contains("the office on [address]"), "{turns}");
}

#[test]
fn where_is_my_order() {
    let story = Scenario::new()
        .hears("how_can_i_help")
        .says("where is my order")
        .hears("anything_else")
        .says("no goodbye")
        .run();
    assert_eq!(outcome(&story), Some(Outcome::Answered), "{}", story.transcript);
    insta::assert_snapshot!(story.transcript);
}

#[test]
fn a_hang_up_at_any_moment_leaves_one_record() {
    // The reorder takes about 30 s; past its end nothing is left to hang up.
    for ms in (0..40_000).step_by(500) {
        let mut scenario = reorder_with_correction();
        scenario.hang_up_ms = Some(ms);
        let story = scenario.run_ignoring_the_script();
        let (count, _) = orders(&story);
        let placed = outcome(&story) == Some(Outcome::OrderPlaced);
        assert_eq!(count == 1, placed, "hung up at {ms} ms:\n{}", story.transcript);
    }
}

#[test]
fn a_caller_who_says_nothing() {
    let story = Scenario::new().run();
    assert_eq!(orders(&story), (0, 0));
    insta::assert_snapshot!(story.transcript);
}

#[test]
fn a_caller_who_wants_a_person() {
    let story = Scenario::new()
        .hears("how_can_i_help")
        .says("I want to talk to a person")
        .run();
    assert_eq!(
        outcome(&story),
        Some(Outcome::Transferred),
        "{}",
        story.transcript
    );
    insta::assert_snapshot!(story.transcript);
}

#[test]
fn nobody_answers_so_a_callback_is_offered() {
    let mut scenario = Scenario::new()
        .hears("how_can_i_help")
        .says("agent please")
        .hears("nobody_free")
        .says("yes please");
    scenario.agents = vec![AgentMood::Absent, AgentMood::Busy];
    let story = scenario.run();
    assert_eq!(
        outcome(&story),
        Some(Outcome::CallbackRequested),
        "{}",
        story.transcript
    );
    assert_eq!(story.shop.callbacks, 1);
    insta::assert_snapshot!(story.transcript);
}

#[test]
fn the_shop_is_away() {
    let mut scenario = Scenario::new()
        .hears("how_can_i_help")
        .says("reorder my last order");
    scenario.shop = ShopMood::DOWN;
    scenario.agents = Vec::new();
    let story = scenario.run();
    assert_eq!(outcome(&story), Some(Outcome::Failed), "{}", story.transcript);
    assert_eq!(story.shop.callbacks, 1, "somebody must ring back");
    insta::assert_snapshot!(story.transcript);
}

#[test]
fn the_shop_takes_the_order_and_its_answer_is_lost() {
    let mut scenario = Scenario::new()
        .hears("how_can_i_help")
        .says("reorder my last order")
        .hears("readback")
        .says("yes")
        .hears("anything_else")
        .says("goodbye");
    scenario.shop = ShopMood::FORGETFUL;
    let story = scenario.run();
    assert_eq!(orders(&story).0, 1);
    let record = story.record.as_ref().expect("a record");
    assert!(
        record.orders.is_empty(),
        "nothing was confirmed to us: {:?}",
        record.orders
    );
    insta::assert_snapshot!(story.transcript);
}

#[test]
fn a_slow_shop_is_apologised_for() {
    let mut scenario = reorder_with_correction();
    scenario.shop = ShopMood::SLOW;
    let story = scenario.run();
    assert_eq!(orders(&story), (1, 2), "{}", story.transcript);
    insta::assert_snapshot!(story.transcript);
}

#[test]
fn an_interruption_stops_the_readback() {
    let story = Scenario::new()
        .hears("how_can_i_help")
        .says("reorder my last order")
        .interrupts_after(700)
        .says("yes")
        .hears("anything_else")
        .says("goodbye")
        .run();
    assert_eq!(orders(&story), (1, 1), "{}", story.transcript);
    let barge_ins = story.record.as_ref().map_or(0, |record| record.barge_ins);
    assert!(barge_ins >= 1, "{}", story.transcript);
}

#[test]
fn the_keypad_does_as_well_as_the_voice() {
    let story = Scenario::new()
        .hears("how_can_i_help")
        .says("reorder")
        .hears("readback")
        .presses("1")
        .hears("anything_else")
        .says("goodbye")
        .run();
    assert_eq!(
        outcome(&story),
        Some(Outcome::OrderPlaced),
        "{}",
        story.transcript
    );
    insta::assert_snapshot!(story.transcript);
}

#[test]
fn a_pause_inside_a_sentence_does_not_end_it() {
    let story = Scenario::new()
        .hears("how_can_i_help")
        .says("reorder two bags of ... dark roast please")
        .hears("readback")
        .says("yes")
        .hears("anything_else")
        .says("goodbye")
        .run();
    assert_eq!(orders(&story), (1, 2), "{}", story.transcript);
}

/// (things begun early that served, and that did not)
fn early(story: &Story) -> (u32, u32) {
    let sum = |of: fn(&engine_core::call::record::TurnLatency) -> u32| {
        story.turns.iter().map(|turn| of(&turn.latency)).sum()
    };
    (
        sum(|latency| latency.early_hits),
        sum(|latency| latency.early_misses),
    )
}

#[test]
fn what_the_caller_will_probably_say_is_looked_up_before_they_have_finished() {
    let story = reorder_with_correction().run();
    let (hits, _) = early(&story);
    assert!(hits >= 3, "{:?}\n{}", early(&story), story.transcript);
    assert!(story.transcript.contains("early]"), "{}", story.transcript);
    assert_eq!(orders(&story), (1, 2), "{}", story.transcript);
}

#[test]
fn a_guess_that_was_wrong_leaves_no_trace() {
    let story = Scenario::new()
        .hears("how_can_i_help")
        .says("reorder my last order ... two bags of light roast please")
        .hears("readback")
        .says("yes")
        .hears("anything_else")
        .says("goodbye")
        .run();
    let (_, misses) = early(&story);
    assert!(misses >= 1, "{:?}\n{}", early(&story), story.transcript);
    assert_eq!(orders(&story).0, 1, "{}", story.transcript);
}

#[test]
fn a_caller_who_says_stop_while_the_order_is_on_its_way_hears_the_truth() {
    let mut scenario = Scenario::new()
        .hears("how_can_i_help")
        .says("reorder my last order")
        .hears("readback")
        .says("yes")
        .waits(900)
        .says("stop")
        .hears("anything_else")
        .says("goodbye");
    scenario.shop = ShopMood::SLOW;
    let story = scenario.run();
    assert_eq!(orders(&story).0, 1, "{}", story.transcript);
    assert!(
        story.transcript.contains("already gone out"),
        "{}",
        story.transcript
    );
}

#[test]
fn a_caller_who_wants_a_person_while_the_shop_looks_gets_one() {
    let mut scenario = Scenario::new()
        .hears("how_can_i_help")
        .says("reorder my last order")
        .waits(1_200)
        .says("agent please");
    scenario.shop = ShopMood::SLOW;
    let story = scenario.run();
    assert_eq!(
        outcome(&story),
        Some(Outcome::Transferred),
        "{}",
        story.transcript
    );
    assert_eq!(orders(&story).0, 0);
}

#[test]
fn a_reminder_is_accepted_in_one_word() {
    let story = Scenario::new()
        .is_called()
        .hears("reminder.is_it")
        .says("yes")
        .hears("reminder.readback")
        .says("yes")
        .run();
    assert_eq!(orders(&story), (1, 1), "{}", story.transcript);
    assert_eq!(story.record.unwrap().outcome, Outcome::OrderPlaced);
}

#[test]
fn whoever_wants_no_calls_hears_nothing_of_an_order() {
    let story = Scenario::new()
        .is_called()
        .hears("reminder.is_it")
        .says("stop calling me")
        .run();
    assert_eq!(orders(&story).0, 0, "{}", story.transcript);
    assert!(
        !story.transcript.contains("reminder.readback"),
        "{}",
        story.transcript
    );
    assert_eq!(story.record.unwrap().outcome, Outcome::OptedOut);
}
