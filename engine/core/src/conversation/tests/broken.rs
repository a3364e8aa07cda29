//! Files with mistakes, and what their author is told.

use super::kit::{flow_sources, prompt_sources};
use crate::conversation::{FlowSet, PromptBook, Source, WithoutFlows};
use crate::nlu::decision::{Decision, ScoredIntent};
use crate::nlu::train::taught::Taught;
use crate::nlu::understand::NamedText;
use crate::units::Confidence;

/// The shipped flows, with a piece of one file replaced.
fn with_flow(file: &str, old: &str, new: &str) -> Vec<Source> {
    replaced(flow_sources(), file, old, new)
}

fn replaced(mut sources: Vec<Source>, file: &str, old: &str, new: &str) -> Vec<Source> {
    let source = sources.iter_mut().find(|source| source.stem() == file).unwrap();
    assert!(source.text.contains(old), "{file} no longer contains {old:?}");
    source.text = source.text.replacen(old, new, 1);
    sources
}

fn told(flows: &[Source], prompts: &[Source]) -> String {
    let book = match PromptBook::load(prompts) {
        Ok(book) => book,
        Err(errors) => return errors.to_string(),
    };
    match FlowSet::load(flows).and_then(|set| set.check(&book)) {
        Ok(()) => "sound".to_owned(),
        Err(errors) => errors.to_string(),
    }
}

fn flow_told(file: &str, old: &str, new: &str) -> String {
    let all = told(&with_flow(file, old, new), &prompt_sources());
    beside(&all, &flow_sources(), file, old)
}

fn prompt_told(file: &str, old: &str, new: &str) -> String {
    let all = told(&flow_sources(), &replaced(prompt_sources(), file, old, new));
    beside(&all, &prompt_sources(), file, old)
}

/// Lines told from the edit, and those far from it left out: what ships may be edited by anybody.
fn beside(all: &str, sources: &[Source], file: &str, old: &str) -> String {
    let source = sources.iter().find(|source| source.stem() == file).unwrap();
    let at = source.text.find(old).unwrap();
    let edit = source.text[..at].lines().count() as i64 + i64::from(source.text[..at].ends_with('\n'));
    let told = all.lines().map(|line| match numbered(line) {
        Some((name, number, rest)) if name == source.file && (number - edit).abs() <= NEAR => {
            format!("{name}:edit{:+}:{rest}", number - edit)
        }
        Some((name, _, rest)) => format!("{name}:_:{rest}"),
        None => line.to_owned(),
    });
    told.collect::<Vec<String>>().join("\n")
}

/// "flows/goodbye.toml:14: ...", in its three parts.
fn numbered(line: &str) -> Option<(&str, i64, &str)> {
    let (name, rest) = line.split_once(':')?;
    let (number, rest) = rest.split_once(':')?;
    Some((name, number.parse().ok()?, rest))
}

/// A mistake is told no further from where it was made than its step is long.
const NEAR: i64 = 12;

#[test]
fn what_ships_is_sound() {
    assert_eq!(told(&flow_sources(), &prompt_sources()), "sound");
}

#[test]
fn comparisons_that_can_never_hold() {
    let cases = [
        flow_told("reorder", "slot.reference = usual", "slot.reference = usaul"),
        flow_told(
            "returns",
            "slot.reference = last_order",
            "slot.reference = christmas",
        ),
        flow_told("cancel_order", "orders.open > 1", "orders.open > many"),
        flow_told("order_status", "order.state = lost", "order.state = gone"),
        flow_told("order_status", "order.overdue", "order.overdue = true"),
        flow_told(
            "subscription",
            "intent = subscription_skip",
            "intent = subscription_skp",
        ),
        flow_told("product", "slot.coffeeDrink = coffee", "slot.coffeeDrink = cofee"),
    ];
    insta::assert_snapshot!(cases.join("\n"));
}

#[test]
fn names_that_do_not_exist() {
    let cases = [
        flow_told("reorder", "next = \"stock\"", "next = \"stokc\""),
        flow_told(
            "reorder",
            "prompt = \"reorder.ask_item\"",
            "prompt = \"reorder.ask_itme\"",
        ),
        flow_told("reorder", "reprompt =", "repromt ="),
        flow_told(
            "reorder",
            "lookup = \"find_customer\"",
            "lookup = \"find_custommer\"",
        ),
        flow_told("reorder", "do = \"draft_add\"", "do = \"draft_ad\""),
        flow_told("reorder", "slot.item", "slot.itme"),
        flow_told("advice", "ask = \"choice\"", "ask = \"chioce\""),
        flow_told("reorder", "draft.lines > 0", "draft.line > 0"),
        flow_told("reorder", "call = \"backend\"", "call = \"backnd\""),
        flow_told(
            "main",
            "speak_to_agent = \"handover\"",
            "speak_to_agent = \"handovr\"",
        ),
        flow_told("main", "3 = \"order_drink\"", "3 = \"order_drinks\""),
        flow_told("goodbye", "say = \"goodbye.bye\"", "sya = \"goodbye.bye\""),
        flow_told("goodbye", "end = \"so_far\"", "end = \"answred\""),
        flow_told("goodbye", "next = \"end\"", "nxt = \"end\""),
        flow_told("goodbye", "next = \"end\"", "colour = \"end\""),
        flow_told("goodbye", "flow = \"goodbye\"", "flwo = \"goodbye\""),
        flow_told("voucher", "pace = \"patient\"", "pace = \"pateint\""),
        flow_told("voucher", "pace = \"patient\"", "no_input_ms = 10"),
        flow_told(
            "main",
            "narrower = \"main.how_narrower\"",
            "narrower = \"main.how_keypad\"",
        ),
        flow_told("goodbye", "goodbye.bye", "goodby.bye"),
        flow_told("goodbye", "goodbye.bye", "goodbye.farewell_to_all"),
        flow_told("goodbye", "goodbye.bye", "store_hours.tell"),
        flow_told("goodbye", "goodbye.bye", "goodbye"),
    ];
    insta::assert_snapshot!(cases.join("\n"));
}

#[test]
fn files_that_do_not_parse_or_are_incomplete() {
    let cases = [
        flow_told("goodbye", "flow = \"goodbye\"", "flow = goodbye"),
        flow_told("goodbye", "say = \"goodbye.bye\"", "say = 3"),
        flow_told("goodbye", "next = \"end\"", ""),
        flow_told("goodbye", "flow = \"goodbye\"", "flow = \"silent\""),
        flow_told("main", "flow = \"main\"", "flow = \"mian\""),
        flow_told("main", "after = \"anything_else\"", ""),
        flow_told("main", "intent_accept = 0.6", "intent_accept = 6"),
        flow_told("order_status", "min = 6\n", ""),
        flow_told(
            "handover",
            "on = { yes = \"record\", no = \"no_callback\" }",
            "on = { yes = \"record\" }",
        ),
        flow_told("reorder", "short = \"short\"\n", ""),
        told(&[], &prompt_sources()),
    ];
    insta::assert_snapshot!(cases.join("\n"));
}

#[test]
fn what_is_written_twice_is_named_with_where_it_stood_first() {
    let check = |text: &str, expect: &str| {
        let sources = [Source::new("flows/tea.toml", text)];
        assert_eq!(FlowSet::load(&sources).unwrap_err().to_string(), expect);
    };
    let flow = "flow = \"tea\"\n[steps.pour]  # the first\nend = \"answered\"\n";
    check(
        &format!("{flow}\n[steps.pour]\nend = \"declined\"\n"),
        "flows/tea.toml:5: there is a step `pour` already in line 2: give one of them another name",
    );
    check(
        &format!("[policy]\nslot_accept = 0.3\n{flow}[policy]\n"),
        "flows/tea.toml:6: [policy] is there already in line 1: put both into one table",
    );
    check(
        "flow = \"tea\"\nlabel = \"tea\"\nflow = \"coffee\"\n",
        "flows/tea.toml:3: `flow` is written twice: leave one of them out",
    );
    check(
        "flow = \"tea\"\n[steps.ask]\nask = \"tea\"\non = { yes = \"a\", yes = \"b\" }\n",
        "flows/tea.toml:4: `yes` is written twice: leave one of them out",
    );
}

#[test]
fn a_greeting_that_says_no_machine_speaks_is_refused() {
    let check = |new: &str, expect: &str| {
        assert_eq!(prompt_told("main", "automated assistant", new), expect, "{new}");
    };
    let fault = "prompts/en/main.toml:edit+0: greeting: states = \"machine\", and the words do not say so: have one \
                 of automated, virtual, assistant, machine, robot, computer, ai in every wording";
    check("friendly host", fault);
    check("{task}", fault);
    check("clerk, and no robot", fault);
    check("talking computer", "sound");
}

#[test]
fn paths_that_lead_nowhere() {
    let cases = [
        flow_told(
            "goodbye",
            "next = \"end\"\n\n[steps.end]",
            "next = \"bye\"\n\n[steps.end]",
        ),
        flow_told("product", "else = \"stock\"", "else = \"take\""),
        flow_told("order_drink", "next = \"make\"", "next = \"ask_drink\""),
        flow_told("appointment", "call = \"ring_back\"", "call = \"backend\""),
        flow_told(
            "backend",
            "say = \"handover.cannot_record\"\nnext",
            "call = \"reorder\"\nnext",
        ),
        flow_told("main", "end = \"so_far\"", "done = \"answered\""),
    ];
    insta::assert_snapshot!(cases.join("\n"));
}

/// Between the yes and the commit, the draft is changed.
fn sneaked() -> Vec<Source> {
    let flows = with_flow("reorder", "yes = \"place\"", "yes = \"sneak\"");
    let sneak = "[steps.sneak]\ndo = \"draft_take_last\"\nnext = \"place\"\n\n[steps.place]\n";
    replaced(flows, "reorder", "[steps.place]\n", sneak)
}

#[test]
fn promises_that_are_not_kept() {
    let cases = [
        // A commit without a yes, or after a change.
        flow_told("reorder", "no = \"what_to_change\"", "no = \"place\""),
        beside(
            &told(&sneaked(), &prompt_sources()),
            &flow_sources(),
            "reorder",
            "yes = \"place\"",
        ),
        // Success without a receipt.
        flow_told("reorder", "unknown = \"unsure\"", "unknown = \"placed\""),
        flow_told(
            "reorder",
            "announce = \"reorder.success\"",
            "say = \"reorder.success\"",
        ),
        flow_told(
            "reorder",
            "announce = \"reorder.success\"",
            "announce = \"reorder.unsure\"",
        ),
        prompt_told(
            "reorder",
            "unsure = \"I've sent your order",
            "unsure = \"It's ordered",
        ),
        prompt_told("reorder", "refused = \"I'm sorry", "refused = \"{receipt.number}"),
        // A callback that nobody can make.
        flow_told("backend", "else = \"no_number\"", "else = \"record\""),
        // A machine that does not say so first.
        flow_told("main", "barge_in = \"protected\"\n", ""),
        flow_told("main", "say = \"main.greeting\"", "say = \"main.scope\""),
        flow_told("main", "next = \"greeting\"", "next = \"how\""),
        flow_told("main", "goodbye = \"goodbye\"", ""),
    ];
    insta::assert_snapshot!(cases.join("\n"));
}

/// Between the yes and the commit, the change becomes another.
fn swapped() -> Vec<Source> {
    let flows = with_flow("subscription", "yes = \"commit_skip\"", "yes = \"swap\"");
    let swap = "[steps.swap]\ndo = \"change_pause\"\nnext = \"commit_skip\"\n\n[steps.commit_skip]\n";
    replaced(flows, "subscription", "[steps.commit_skip]\n", swap)
}

#[test]
fn reservations_that_nobody_agreed_to() {
    let cases = [
        flow_told(
            "appointment",
            "else = \"when\"\n\n[steps.confirm]",
            "else = \"commit\"\n\n[steps.confirm]",
        ),
        flow_told("launch", "confirm = \"reservation\"", "confirm = \"change\""),
        flow_told("launch", "changed = \"how_many\"", "changed = \"commit\""),
        flow_told("reservations", "refused = \"refused\"", "refused = \"cancelled\""),
        flow_told("appointment", "taken = \"gone\"", "token = \"gone\""),
        flow_told("reminder", "later = \"put_off\"", "later = \"place\""),
        flow_told(
            "reminder",
            "prefetch = \"find_customer\"\nnext = \"greeting\"",
            "prefetch = \"find_customer\"\nnext = \"is_it\"",
        ),
        prompt_told("launch", "left_alone = \"All right", "left_alone = \"It's booked"),
        prompt_told("launch", "none = \"There's", "none = \"{reserved.how}"),
        prompt_told(
            "appointment",
            "fully_booked = \"I'm",
            "fully_booked = \"{appointment.openings}",
        ),
    ];
    insta::assert_snapshot!(cases.join("\n--\n"));
}

#[test]
fn changes_that_nobody_agreed_to() {
    let cases = [
        flow_told(
            "cancel_order",
            "no = \"left_alone\"\n\n[steps.commit]",
            "no = \"commit\"\n\n[steps.commit]",
        ),
        flow_told("cancel_order", "next = \"confirm\"", "next = \"commit\""),
        flow_told("cancel_order", "yes = \"commit\"", "yes = \"want\""),
        // A yes to one change is none to another.
        beside(
            &told(&swapped(), &prompt_sources()),
            &flow_sources(),
            "subscription",
            "yes = \"commit_skip\"",
        ),
        flow_told("cancel_order", "refused = \"refused\"", "refused = \"cancelled\""),
        flow_told("cancel_order", "confirm = \"change\"", "confirm = \"chnge\""),
        flow_told("cancel_order", "made = ", "done_now = "),
        flow_told(
            "cancel_order",
            "yes = \"commit\"",
            "yes = \"commit\"\nchanged = \"want\"",
        ),
        prompt_told(
            "subscription",
            "left_alone = \"All right",
            "left_alone = \"I've paused it",
        ),
        prompt_told("subscription", "which = \"Sure", "which = \"{change.next}"),
        flow_told(
            "subscription",
            "[phrases]\nsubscription = [",
            "[phrases]\nsubscriptoin = [",
        ),
    ];
    insta::assert_snapshot!(cases.join("\n"));
}

#[test]
fn sentences_with_holes() {
    let cases = [
        flow_told(
            "order_status",
            "prompt = \"order_status.ask_number\"",
            "prompt = \"order_status.not_found\"",
        ),
        flow_told(
            "order_status",
            "say = \"order_status.no_orders\"",
            "say = \"order_status.state\"",
        ),
        flow_told(
            "order_status",
            "reprompt = \"order_status.ask_number_again\"",
            "reprompt = \"order_status.which\"",
        ),
        flow_told("reorder", "say = \"reorder.no_orders\"", "say = \"reorder.gone\""),
        flow_told(
            "reorder",
            "priced = \"priced\"\nfailed = \"away\"",
            "priced = \"priced\"\nfailed = \"readback\"",
        ),
        flow_told("product", "else = \"take\"", "else = \"stock\""),
        // The price of the draft before its correction.
        flow_told("reorder", "changed = \"stock\"", "changed = \"readback\""),
        prompt_told("main", "scope = \"That's", "scope = \"{slot.item} \" #"),
    ];
    insta::assert_snapshot!(cases.join("\n"));
}

#[test]
fn intents_and_phrases() {
    let understood = [
        "reorder",
        "return_exchange",
        "order_status",
        "order_drink",
        "product_question",
        "cancel",
    ]
    .map(str::to_owned);
    let shipped = "intents = [\"order_status\"]";
    let told = |phrases: &str| {
        let intents = format!("intents = [\"order_staus\"]\n{phrases}");
        let all = match FlowSet::load(&with_flow("order_status", shipped, &intents)) {
            Err(errors) => errors.to_string(),
            Ok(set) => match set.check_intents(&understood) {
                Err(errors) => errors.to_string(),
                Ok(()) => "understood".to_owned(),
            },
        };
        beside(&all, &flow_sources(), "order_status", shipped)
    };
    let cases = [
        told(""),
        told("phrases = [\"(send|give) it back\"]"),
        told("phrases = [\"send it (back\"]"),
        told("phrases = [\"back\"]"),
        told("phrases = [\"(when|what time (do|are) you open\"]"),
        told("phrases = [\"is <goods> there\"]"),
        told("phrases = [\"営業時間\"]"),
        told("phrases = [\"what can you tell me\"]"),
        told("phrases = [\"(a|b|c|d|e|f|g|h|i) bag (a|b|c|d|e|f|g|h|i)\"]"),
        told("phrases = [\"cancel my order\"]"),
        told("takes_from = [\"reordr\"]"),
        told("phrases = 3"),
        flow_told("silent", "label =", "phrases = [\"hang up now\"]\nlabel ="),
    ];
    insta::assert_snapshot!(cases.join("\n"));
}

/// What is told of phrases of the flow `order_status`, where understanding is a rule for "go back" and a line of the
/// model's lessons.
fn phrases_told(flow: &str) -> String {
    let shipped = "intents = [\"order_status\"]";
    let set = FlowSet::load(&with_flow("order_status", shipped, &format!("{shipped}\n{flow}"))).unwrap();
    let mut taught = Taught::default();
    taught.add(
        "reorder",
        &NamedText {
            name: "phrases/reorder.txt".to_owned(),
            text: "(the same|my usual) (again|once more)".to_owned(),
        },
    );
    let read = |text: &str| {
        let (name, sure, decided_by) = match text {
            "go back" => ("go_back", 0.97, "rule:command"),
            "send it again" => ("reorder", 0.9, "model@1"),
            _ => ("order_status", 0.9, "model@1"),
        };
        Decision {
            intents: vec![ScoredIntent {
                name: name.to_owned(),
                confidence: Confidence::new(sure),
            }],
            decided_by: decided_by.to_owned(),
            ..Decision::default()
        }
    };
    let without = WithoutFlows {
        read: &read,
        taught: &taught,
    };
    let told = match set.check_phrases(&without) {
        Err(errors) => errors.to_string(),
        Ok(warnings) => {
            let overheard = set.taken_by("flows/order_status.toml", &without);
            let all: Vec<String> = warnings
                .iter()
                .chain(&overheard)
                .map(ToString::to_string)
                .collect();
            all.join("\n")
        }
    };
    beside(&told, &flow_sources(), "order_status", shipped)
}

#[test]
fn phrases_that_take_callers_from_another_flow() {
    let cases = [
        phrases_told("phrases = [\"go back\"]"),
        phrases_told("phrases = [\"my usual once more\", \"(the same|my usual) again\"]"),
        phrases_told("phrases = [\"my usual once more\"]\ntakes_from = [\"cancel\"]"),
        phrases_told("phrases = [\"send it again\"]"),
    ];
    insta::assert_snapshot!(cases.join("\n"));
    for meant in ["my usual once more", "send it again"] {
        let flow = format!("phrases = [\"{meant}\"]\ntakes_from = [\"reorder\"]");
        assert_eq!(phrases_told(&flow), "", "{meant}");
    }
}

#[test]
fn choices_and_reasons() {
    let choose = |choices: &str| {
        let expect = format!("expect = \"one_of\"\nchoices = {choices}");
        flow_told("product", "expect = \"item\"", &expect)
    };
    let cases = [
        choose("[]"),
        choose(
            "[{ value = \"dark\", spoken = [\"that one\"] }, { value = \"light\", spoken = [\"that one\"] }]",
        ),
        choose("[{ valu = \"dark\" }]"),
        choose("[{ value = \"dark\" }]\namong = \"orders\""),
        flow_told(
            "product",
            "expect = \"item\"",
            "expect = \"yes_no\"\nchoices = [{ value = \"dark\" }]",
        ),
        flow_told("returns", "reason = \"policy\"", "reason = \"polcy\""),
        flow_told("backend", "reason = \"backend\"", "reason = \"the shop is away\""),
    ];
    insta::assert_snapshot!(cases.join("\n"));
}

#[test]
fn wording_with_mistakes() {
    let cases = [
        prompt_told("reorder", "{draft}, {total}", "{draf}, {total}"),
        prompt_told("reorder", "{draft}, {total}", "{draft, {total}"),
        prompt_told("order_status", "{slot.digits}", "{digts}"),
        prompt_told("order_status", "{slot.digits}", "{slot.digit}"),
        prompt_told("reorder", "states = \"placed\"", "states = \"place\""),
        prompt_told("reorder", "gone = \"", "gone = 3 #\""),
        prompt_told("common", "check_intent", "check_intnet"),
        prompt_told("product", "here = ", "her = "),
        prompt_told("product", "All right.", "All right, it's booked."),
        prompt_told("product", "All right.", "I've cancelled that."),
        prompt_told("product", "All right.", "All right, it's ordered."),
    ];
    insta::assert_snapshot!(cases.join("\n"));
}

#[test]
fn later_is_some_days() {
    for days in ["0", "91"] {
        let told = flow_told("main", "later_days = 7", &format!("later_days = {days}"));
        assert!(told.contains("later_days: from 1 to 90 days"), "{told}");
    }
    assert_eq!(flow_told("main", "later_days = 7", "later_days = 10"), "sound");
}

#[test]
fn a_prompt_that_nothing_says_is_told() {
    let unsaid = |prompts: &[Source]| {
        let set = FlowSet::load(&flow_sources()).unwrap();
        let warnings = set.unsaid(&PromptBook::load(prompts).unwrap());
        warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(unsaid(&prompt_sources()), [""; 0]);
    let left_over = replaced(prompt_sources(), "goodbye", "bye = ", "byee = \"Bye!\"\nbye = ");
    let told = unsaid(&left_over).join("\n");
    assert!(
        told.ends_with("byee: nothing says this prompt; name it in a step, or take it out"),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
}
