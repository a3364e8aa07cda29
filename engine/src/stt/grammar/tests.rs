//! The whole path with Debian's model and a synthetic voice: what is expected is heard, word by word;
//! what is not is refused; a caller beyond the decoders and the queue is told so.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine_core::ids::UtteranceId;
use engine_core::nlu::grammar::Grammar;
use engine_core::speech::recognition::{Models, RecogniseCommand, RecognitionResult};
use tokio::sync::mpsc;

use crate::stt::grammar::worker::SECOND_MODEL_UP_TO;
use crate::stt::kit::{answer, begin, say, say_in_noise, two_models};
use crate::stt::{Hearing, SttConfig, SttSession};

fn grammar(name: &'static str, phrases: &[&str]) -> Arc<Grammar> {
    let phrases = phrases.iter().map(|phrase| (*phrase).to_owned()).collect();
    Arc::new(Grammar::of_phrases(name, &phrases))
}

fn yes_no() -> Arc<Grammar> {
    grammar("yes_no", &["yes", "yes please", "no", "no please"])
}

fn hearing(waiting_max: usize) -> Arc<Hearing> {
    hearing_with(SttConfig::default(), waiting_max)
}

fn hearing_with(mut config: SttConfig, waiting_max: usize) -> Arc<Hearing> {
    config.models_folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../models").into();
    config.grammar.threads = 1;
    config.grammar.decoders_per_thread = 1;
    config.grammar.waiting_max = waiting_max;
    let vocabulary = ["yes", "no", "please"]
        .map(str::to_owned)
        .into_iter()
        .collect::<BTreeSet<_>>();
    Hearing::start(&config, &vocabulary, "").expect("Debian's pocketsphinx-en-us is installed")
}

#[test]
fn hears_what_the_grammar_expects() {
    let hearing = hearing(1);
    let (sender, mut results) = mpsc::channel(64);
    let mut session = hearing.session(sender);
    let yes_no = yes_no();
    // Not in the vocabulary.
    let roast = grammar("roast", &["light roast", "dark roast"]);
    for (number, grammar, text, expect) in [
        (1, &yes_no, "yes please", "yes please"),
        (2, &roast, "dark roast", "dark roast"),
        (3, &yes_no, "no", "no"),
    ] {
        let utterance = UtteranceId(number);
        say(&mut session, utterance, grammar, text);
        session.command(RecogniseCommand::End { utterance });
        let heard = answer(&mut results);
        assert_eq!(heard.utterance, utterance);
        let RecognitionResult::Final(transcript) = heard.result else {
            panic!("{text}: {:?}", heard.result)
        };
        assert_eq!(transcript.text, expect);
        assert_eq!(
            transcript.words.len(),
            expect.split(' ').count(),
            "{transcript:?}"
        );
    }
}

/// The library would take its own mean out of the features, and learn it from utterance to utterance.
#[test]
fn nothing_of_an_utterance_is_left_for_the_next() {
    let hearing = hearing(1);
    let yes_no = yes_no();
    let mut heard = Vec::new();
    for (number, text) in [(1, "no"), (2, "yes please"), (3, "no"), (4, "no")] {
        // Another caller each time: what is known of a line stays with its call.
        let (sender, mut results) = mpsc::channel(64);
        let mut session = hearing.session(sender);
        let utterance = UtteranceId(number);
        say(&mut session, utterance, &yes_no, text);
        session.command(RecogniseCommand::End { utterance });
        let RecognitionResult::Final(transcript) = answer(&mut results).result else {
            panic!("{text} is refused")
        };
        heard.push((transcript.text, transcript.confidence, transcript.words));
    }
    assert_eq!(heard[0], heard[2]);
    assert_eq!(heard[2], heard[3]);
}

/// Debian's model as it is, trained on clean speech: it is fitted to the noise of one line, and to no other.
#[test]
fn a_noisy_line_is_heard_and_the_next_caller_is_none_the_worse() {
    let config = SttConfig {
        acoustic_model: Some("/usr/share/pocketsphinx/model/en-us/en-us".into()),
        ..SttConfig::default()
    };
    let hearing = hearing_with(config, 1);
    let yes_no = yes_no();
    let at_length = Arc::new(Grammar {
        told_at_length: true,
        ..Grammar::clone(&yes_no)
    });
    let mut heard = Vec::new();
    for (number, text, noise) in [(1, "yes please", 0), (2, "no please", 400), (3, "yes please", 0)] {
        let (sender, mut results) = mpsc::channel(64);
        let mut session = hearing.session(sender);
        let utterance = UtteranceId(number);
        let grammar = if noise > 0 { &at_length } else { &yes_no };
        say_in_noise(&mut session, utterance, grammar, text, noise);
        session.command(RecogniseCommand::End { utterance });
        let RecognitionResult::Final(transcript) = answer(&mut results).result else {
            panic!("{text} is refused")
        };
        assert_eq!(transcript.text, text);
        heard.push((transcript.confidence, transcript.words));
    }
    assert_eq!(heard[0], heard[2]);
}

#[test]
fn rejects_what_it_does_not_expect() {
    let hearing = hearing(1);
    let (sender, mut results) = mpsc::channel(64);
    let mut session = hearing.session(sender);
    let yes_no = yes_no();
    for (number, text) in [
        (1, "where did you put the elephant yesterday afternoon"),
        (2, "seventeen bicycles"),
    ] {
        let utterance = UtteranceId(number);
        say(&mut session, utterance, &yes_no, text);
        session.command(RecogniseCommand::End { utterance });
        let heard = answer(&mut results).result;
        assert!(
            matches!(heard, RecognitionResult::Rejected { .. }),
            "{text}: {heard:?}"
        );
    }
}

#[test]
fn one_too_many_is_told_so_and_those_who_wait_are_served() {
    let hearing = hearing(1);
    let yes_no = yes_no();
    let (sender, mut results) = mpsc::channel(64);
    let mut sessions: Vec<SttSession> = (0..3).map(|_| hearing.session(sender.clone())).collect();
    for (session, number) in sessions.iter_mut().zip(0..) {
        say(session, UtteranceId(number), &yes_no, "yes please");
    }
    let third = answer(&mut results);
    assert_eq!(third.utterance, UtteranceId(2));
    assert_eq!(
        third.result,
        RecognitionResult::Failed {
            reason: "overloaded".to_owned()
        }
    );
    for (session, number) in sessions.iter_mut().zip(0..2) {
        session.command(RecogniseCommand::End {
            utterance: UtteranceId(number),
        });
        let heard = answer(&mut results);
        assert_eq!(heard.utterance, UtteranceId(number));
        assert!(matches!(heard.result, RecognitionResult::Final(_)), "{heard:?}");
    }
}

#[test]
fn who_comes_when_many_are_heard_is_heard_by_one_model() {
    let folder = two_models();
    let mut config = SttConfig {
        models_folder: folder.path().to_owned(),
        ..SttConfig::default()
    };
    let many = SECOND_MODEL_UP_TO + 1;
    config.grammar.threads = 1;
    config.grammar.decoders_per_thread = many;
    let vocabulary = ["yes", "no", "please"].map(str::to_owned).into();
    let hearing = Hearing::start(&config, &vocabulary, "").unwrap();
    let yes_no = yes_no();
    let (sender, mut results) = mpsc::channel(256);
    let mut sessions: Vec<SttSession> = (0..many).map(|_| hearing.session(sender.clone())).collect();
    let (last, earlier) = sessions.split_last_mut().unwrap();
    for (session, number) in earlier.iter_mut().zip(1..) {
        begin(session, UtteranceId(number), &yes_no);
    }
    let mut models_of = |session: &mut SttSession, utterance| {
        say(session, utterance, &yes_no, "yes please");
        session.command(RecogniseCommand::End { utterance });
        let heard = answer(&mut results);
        assert_eq!(heard.utterance, utterance);
        heard.models
    };
    assert_eq!(models_of(last, UtteranceId(0)), Models::SecondLeftOut);
    let first = earlier.first_mut().unwrap();
    first.command(RecogniseCommand::Cancel {
        utterance: UtteranceId(1),
    });
    assert_ne!(models_of(first, UtteranceId(9)), Models::SecondLeftOut);
}

#[test]
fn a_cancelled_utterance_gives_its_decoder_back() {
    let hearing = hearing(1);
    let yes_no = yes_no();
    let (sender, mut results) = mpsc::channel(64);
    let mut first = hearing.session(sender.clone());
    say(&mut first, UtteranceId(1), &yes_no, "yes please");
    drop(first);
    let mut second = hearing.session(sender);
    say(&mut second, UtteranceId(2), &yes_no, "no");
    second.command(RecogniseCommand::End {
        utterance: UtteranceId(2),
    });
    assert_eq!(answer(&mut results).utterance, UtteranceId(2));
}
