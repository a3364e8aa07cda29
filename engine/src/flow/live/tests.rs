//! A changed file is for new calls, an unsound one for nobody, and a new flow's phrases are heard.

use engine_core::conversation::event::{Directive, Event};
use engine_core::conversation::{CallerFacts, Conversation};
use engine_core::ids::{CallId, UtteranceId};
use engine_core::nlu::grammar::Beside;
use engine_core::nlu::lexicon::Lexicon;
use engine_core::nlu::understand::Context;
use engine_core::pii::Pii;
use engine_core::speech::expectation::Expectation;
use engine_core::speech::recognition::{RecogniseCommand, RecognitionResult};
use tokio::sync::mpsc;

use super::*;
use crate::commerce::local::LocalShop;
use crate::stt::SttConfig;
use crate::stt::kit::{answer, say};

/// A models folder of one's own, with what a look reads.
fn copied() -> tempfile::TempDir {
    let shipped = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../models"));
    let folder = tempfile::tempdir().unwrap();
    for part in [FLOWS, PROMPTS, POLICY, "nlu/en", "nlu/en/grammar"] {
        fs::create_dir_all(folder.path().join(part)).unwrap();
        for entry in fs::read_dir(shipped.join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, folder.path().join(part).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    folder
}

fn site(models: &Path) -> Site {
    let (flows, prompts) = crate::flow::load(models).unwrap();
    let understander = crate::nlu::load(models).unwrap();
    let lexicon = Lexicon::new(&LocalShop::catalogue()).with_brought(flows.brought());
    Site {
        grammars: Site::compile_grammars(&flows, &understander, &lexicon),
        flows,
        prompts,
        policy: confirm::load(models).unwrap(),
        understander,
        lexicon: Arc::new(lexicon),
        capabilities: engine_core::speech::verdict::Capabilities {
            grammar: true,
            open: false,
        },
        hearing: String::new(),
        vad: engine_core::speech::vad::VadMode::default(),
        limits: engine_core::call::site::SiteLimits::default(),
    }
}

fn reloader(models: &Path) -> (Reloader, LiveSite) {
    let dialplan = Dialplan::parse(
        "dialplan.toml",
        "[[rule]]\nnumber = \"*\"\ndestination = \"main\"\n",
    )
    .unwrap();
    Reloader::new(models, Arc::new(dialplan), Vec::new(), site(models))
}

fn greeting(site: &Site) -> String {
    let caller = CallerFacts {
        call: CallId::new("c"),
        phone: None,
        destination: None,
        purpose: None,
    };
    let catalogue = Arc::new(LocalShop::catalogue());
    let mut talk = Conversation::new(
        Arc::clone(&site.flows),
        Arc::clone(&site.prompts),
        catalogue,
        caller,
        1,
    );
    talk.handle(Event::Start);
    while let Some(directive) = talk.poll() {
        if let Directive::Say(speech) = directive {
            return speech.text;
        }
    }
    panic!("the call begins with a greeting")
}

fn write(models: &Path, file: &str, old: &str, new: &str) {
    let path = models.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{file} has no {old}");
    fs::write(&path, text.replace(old, new)).unwrap();
}

/// The line, counted from one, where a file has a piece of text first.
fn line_of(models: &Path, file: &str, part: &str) -> usize {
    let text = fs::read_to_string(models.join(file)).unwrap();
    let line = text.lines().position(|line| line.contains(part));
    line.map(|line| line + 1)
        .unwrap_or_else(|| panic!("{file} has no {part}"))
}

#[test]
fn a_changed_sentence_is_for_new_calls_only() {
    let models = copied();
    let (mut reloader, live) = reloader(models.path());
    assert_eq!(reloader.look(), Look::Unchanged);
    let before = live.now();
    write(
        models.path(),
        "prompts/en/main.toml",
        "Hi, this is Hark",
        "Welcome, this is Hark",
    );
    let Look::Switched(version) = reloader.look() else {
        panic!("a good change must be taken");
    };
    assert_ne!(version, before.talk_version());
    assert_eq!(live.now().talk_version(), version);
    assert!(greeting(&live.now()).starts_with("Welcome"));
    assert!(
        greeting(&before).starts_with("Hi"),
        "a call keeps what it began with"
    );
    assert_eq!(reloader.look(), Look::Unchanged);
}

#[test]
fn what_is_not_sound_is_refused_and_changes_nothing() {
    let models = copied();
    let (mut reloader, live) = reloader(models.path());
    let before = live.now().talk_version();
    write(
        models.path(),
        "flows/reorder.toml",
        "next = \"stock\"",
        "next = \"stokc\"",
    );
    let Look::Refused(why) = reloader.look() else {
        panic!("a broken flow must be refused");
    };
    let line = line_of(models.path(), "flows/reorder.toml", "next = \"stokc\"");
    assert!(
        why.contains(&format!("reorder.toml:{line}: steps.substitute.next")),
        "{why}"
    );
    assert!(why.contains("did you mean `stock`?"), "{why}");
    assert_eq!(live.now().talk_version(), before);
    assert_eq!(reloader.look(), Look::Unchanged, "told once");
    write(
        models.path(),
        "flows/reorder.toml",
        "next = \"stokc\"",
        "next = \"stock\"",
    );
    assert!(matches!(reloader.look(), Look::Switched(version) if version == before));
}

#[test]
fn another_understanding_is_for_new_calls_and_a_broken_one_for_nobody() {
    let models = copied();
    let (mut reloader, live) = reloader(models.path());
    let hears_aye = |site: &Site| {
        let grammar = site.grammar(&Expectation::YesNo, &Beside::default());
        grammar.words().contains(&"aye".to_owned())
    };
    let before = live.now();
    let rules = models.path().join("nlu/en/grammar/yes_no.jsgf");
    let text = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, text.replacen("yes |", "yes | aye |", 1)).unwrap();
    assert!(matches!(reloader.look(), Look::Switched(_)));
    assert_eq!((hears_aye(&before), hears_aye(&live.now())), (false, true));

    let model = models.path().join("nlu/en/intent.model");
    let mut bytes = fs::read(&model).unwrap();
    bytes.truncate(1_000);
    fs::write(&model, bytes).unwrap();
    let Look::Refused(why) = reloader.look() else {
        panic!("half a model must be refused");
    };
    assert!(why.contains("intent.model"), "{why}");
    assert!(hears_aye(&live.now()));
}

#[test]
fn a_flow_that_the_dialplan_names_cannot_go_away() {
    let models = copied();
    let dialplan = Dialplan::parse(
        "dialplan.toml",
        "[[rule]]\nnumber = \"*\"\ndestination = \"product\"\n",
    )
    .unwrap();
    let (mut reloader, _live) =
        Reloader::new(models.path(), Arc::new(dialplan), Vec::new(), site(models.path()));
    fs::remove_file(models.path().join("flows/product.toml")).unwrap();
    assert!(matches!(reloader.look(), Look::Refused(why) if why.contains("product")));
}

/// Writes the files of the README's example where it says that they go.
fn write_store_hours(models: &Path) {
    let readme = include_str!("../../../../README.md");
    for file in ["flows/store_hours.toml", "prompts/en/store_hours.toml"] {
        let heading = format!("# models/{file}\n");
        let (_, rest) = readme
            .split_once(&format!("```toml\n{heading}"))
            .expect("the README shows the file");
        let (text, _) = rest.split_once("```").expect("the example ends");
        fs::write(models.join(file), format!("{heading}{text}")).unwrap();
    }
}

/// What a call of this site would take the caller to want.
fn heard(site: &Site, hearing: &Hearing, expectation: &Expectation, said: &str) -> String {
    let result = recognised(site, hearing, expectation, &Beside::default(), said);
    let RecognitionResult::Final(transcript) = result else {
        return format!("{said}: {result:?}");
    };
    let context = Context {
        expectation,
        lexicon: &site.lexicon,
        candidates: &[],
    };
    let decision = site
        .understander
        .understand(&transcript.text, transcript.confidence, &context);
    let decision = site.flows.hear(decision);
    decision.intent().map_or_else(
        || format!("{}: no wish", transcript.text),
        |best| best.name.clone(),
    )
}

/// What the recogniser makes of it, where this may be said besides.
fn recognised(
    site: &Site,
    hearing: &Hearing,
    expectation: &Expectation,
    beside: &Beside,
    said: &str,
) -> RecognitionResult {
    let (sender, mut results) = mpsc::channel(64);
    let mut session = hearing.session(sender);
    let utterance = UtteranceId(1);
    let grammar = Arc::new(site.grammar(expectation, beside));
    say(&mut session, utterance, &grammar, said);
    session.command(RecogniseCommand::End { utterance });
    answer(&mut results).result
}

#[test]
fn a_caller_is_heard_by_the_names_of_their_own_addresses() {
    let models = copied();
    let site = site(models.path());
    let hearing = telephone(&site);
    let named_so = Beside {
        places: ["the lighthouse", "mill road"]
            .map(|place| Pii::new(place.to_owned()))
            .into(),
        keys: 0,
    };
    for (expectation, said, named) in [
        (
            Expectation::YesNo,
            "no send it to the lighthouse",
            "send it to the lighthouse",
        ),
        (
            Expectation::YesNo,
            "yes but to mill road please",
            "to mill road please",
        ),
        (
            Expectation::Open,
            "i'd like to reorder my last order to the lighthouse",
            "order to the lighthouse",
        ),
    ] {
        let text = |beside: &Beside| text(recognised(&site, &hearing, &expectation, beside, said));
        let heard = text(&named_so);
        assert!(heard.ends_with(named), "{heard}");
        let heard = text(&Beside::default());
        assert!(!heard.ends_with(named), "without the names: {heard}");
    }
}

fn text(result: RecognitionResult) -> String {
    if let RecognitionResult::Final(transcript) = result {
        return transcript.text;
    }
    format!("{result:?}")
}

#[test]
fn a_key_is_heard_where_it_is_asked_for() {
    let models = copied();
    let site = site(models.path());
    let hearing = telephone(&site);
    let asked = Beside {
        keys: 2,
        ..Beside::default()
    };
    // "Pressed one" is as good.
    for (said, part) in [("press one", "press"), ("one for yes", "for yes")] {
        let text = |beside: &Beside| text(recognised(&site, &hearing, &Expectation::YesNo, beside, said));
        let heard = text(&asked);
        assert!(heard.contains(part), "{said}: {heard}");
        assert!(!text(&Beside::default()).contains(part), "{said}");
    }
}

fn telephone(site: &Site) -> Arc<Hearing> {
    let mut config = SttConfig {
        models_folder: concat!(env!("CARGO_MANIFEST_DIR"), "/../models").into(),
        ..SttConfig::default()
    };
    config.grammar.threads = 1;
    config.grammar.decoders_per_thread = 1;
    let words = site
        .grammars
        .iter()
        .flat_map(|(_, grammar)| grammar.words().iter().cloned())
        .collect();
    Hearing::start(&config, &words, site.understander.pronunciations())
        .expect("Debian's pocketsphinx-en-us is installed")
}

#[test]
fn a_new_flow_is_heard_on_the_telephone_without_a_build() {
    let models = copied();
    let (mut reloader, live) = reloader(models.path());
    let before = live.now();
    let hearing = telephone(&before);
    write_store_hours(models.path());
    let look = reloader.look();
    assert!(matches!(look, Look::Switched(_)), "{look:?}");
    let after = live.now();
    hearing.warm(after.grammars.iter().map(|(_, grammar)| grammar));
    for said in [
        "what time do you close today",
        "are you open on saturday",
        "can you tell me your opening hours",
    ] {
        let wish = |site: &Site| heard(site, &hearing, &Expectation::Open, said);
        assert_ne!(wish(&before), "store_hours", "{said}");
        assert_eq!(wish(&after), "store_hours", "{said}");
    }
    let reorder = "i'd like to reorder my last order";
    assert_eq!(heard(&after, &hearing, &Expectation::Open, reorder), "reorder");
    // As in the README's dialogue: asked while an order is read back, whose yes is still heard.
    let check = |said: &str, expect: &str| {
        assert_eq!(
            heard(&after, &hearing, &Expectation::YesNo, said),
            expect,
            "{said}"
        );
    };
    check("what time do you close today", "store_hours");
    check("yes", "yes");
    check("no", "no");
}

#[test]
fn a_word_of_no_dictionary_is_heard_by_its_spelling() {
    let models = copied();
    write_store_hours(models.path());
    write(
        models.path(),
        "flows/store_hours.toml",
        "\"[your] (opening|closing|store|business) (hours|times|time)\"",
        "\"tell me about the zorpaccino tasting\"",
    );
    let site = site(models.path());
    let hearing = telephone(&site);
    assert_eq!(
        heard(
            &site,
            &hearing,
            &Expectation::Open,
            "tell me about the zorpaccino tasting"
        ),
        "store_hours"
    );
}

#[test]
fn a_phrase_that_cannot_be_heard_is_refused_with_its_line() {
    let models = copied();
    let (mut reloader, _live) = reloader(models.path());
    write_store_hours(models.path());
    let hours = "\"[your] (opening|closing|store|business) (hours|times|time)\"";
    let mut check = |instead: &str, expect: &str| {
        write(models.path(), "flows/store_hours.toml", hours, instead);
        let Look::Refused(why) = reloader.look() else {
            panic!("{instead} must be refused");
        };
        let line = line_of(models.path(), "flows/store_hours.toml", instead);
        let expect = format!("store_hours.toml:{line}: phrases: {expect}");
        assert!(why.contains(&expect), "{why}");
        write(models.path(), "flows/store_hours.toml", instead, hours);
    };
    check("\"are you there by 9\"", "`9` is heard as words");
    check("\"営業時間\"", "there is no word in it");
    check(
        "\"cancel my order\"",
        "\"cancel my order\" already means `cancel_order`",
    );
    check("\"go back\"", "\"go back\" means `go_back`");
    let long = format!("\"{}\"", "so ".repeat(17));
    check(&long, "more than 16 words");
}

#[test]
fn wishes_are_heard_on_the_telephone() {
    let site = site(&PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../models")));
    let hearing = telephone(&site);
    for said in [
        "what coffee would you recommend",
        "i'd like something dark but not too expensive",
        "which beans go with an espresso machine",
        "do you have anything without caffeine under fifteen dollars",
    ] {
        assert_eq!(
            heard(&site, &hearing, &Expectation::Open, said),
            "advice",
            "{said}"
        );
    }
    // A question of the caller's own, while an order is read back.
    let asked = "is it organic";
    assert_eq!(
        heard(&site, &hearing, &Expectation::YesNo, asked),
        "product_question"
    );
    let reorder = "i'd like to reorder my last order";
    assert_eq!(heard(&site, &hearing, &Expectation::Open, reorder), "reorder");
}
