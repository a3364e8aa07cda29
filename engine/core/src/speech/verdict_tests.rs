//! Verdicts over time: who is waited for, who wins, and what is doubted.

use std::time::{Duration, Instant};

use super::{Capabilities, DISPUTED_MAX, Jury, Verdict, VerdictResult};
use crate::ids::UtteranceId;
use crate::speech::expectation::Expectation;
use crate::speech::recognition::{
    Models, Recognised, RecogniserKind, RecognitionResult, Transcript, WordScore,
};
use crate::units::Confidence;

const BOTH: Capabilities = Capabilities {
    grammar: true,
    open: true,
};

fn says(recogniser: RecogniserKind, text: &str, confidence: f32) -> Recognised {
    let transcript = Transcript {
        text: text.to_owned(),
        confidence: Confidence::new(confidence),
        ..Transcript::default()
    };
    Recognised {
        models: Models::One,
        utterance: UtteranceId(1),
        recogniser,
        result: RecognitionResult::Final(transcript),
    }
}

fn rejects(recogniser: RecogniserKind) -> Recognised {
    let result = RecognitionResult::Rejected {
        confidence: Confidence::ZERO,
    };
    Recognised {
        models: Models::One,
        utterance: UtteranceId(1),
        recogniser,
        result,
    }
}

/// Answers after the end of the audio, then time; returns the verdict and after how many ms it fell.
fn judge(capabilities: Capabilities, answers: &[(u64, Recognised)]) -> (Verdict, u64) {
    let ended = Instant::now();
    let mut jury = Jury::new(UtteranceId(1), &Expectation::YesNo, capabilities);
    jury.end(ended);
    for ms in 0..2_000 {
        for (_, answer) in answers.iter().filter(|(at, _)| *at == ms) {
            jury.handle_recognised(answer.clone());
        }
        if let Some(verdict) = jury.decide(ended + Duration::from_millis(ms)) {
            return (verdict, ms);
        }
    }
    panic!("no verdict within two seconds");
}

fn check(capabilities: Capabilities, answers: &[(u64, Recognised)], expect: &str) {
    let (verdict, ms) = judge(capabilities, answers);
    let got = match verdict.result {
        VerdictResult::Words {
            transcript, disputed, ..
        } => {
            let mark = if disputed { " disputed" } else { "" };
            format!("{} {}{mark}", transcript.text, transcript.confidence)
        }
        VerdictResult::Unrecognised => "-".to_owned(),
    };
    assert_eq!(format!("{ms} ms: {got} ({})", verdict.reason), expect);
}

#[test]
fn a_sure_grammar_waits_for_nobody() {
    let grammar = (1, says(RecogniserKind::Grammar, "yes", 0.9));
    check(BOTH, &[grammar], "1 ms: yes 0.90 (grammar sure at 0.90)");
}

#[test]
fn what_two_acoustic_models_made_of_it_is_told() {
    let by = |models, recognised| Recognised { models, ..recognised };
    let differed = by(Models::Differed, says(RecogniserKind::Grammar, "yes", 0.9));
    check(
        BOTH,
        &[(1, differed)],
        "1 ms: yes 0.90 (grammar sure at 0.90; two acoustic models differed)",
    );
    let alone = by(Models::SecondLeftOut, rejects(RecogniserKind::Grammar));
    let grammar = Capabilities { open: false, ..BOTH };
    check(
        grammar,
        &[(1, alone)],
        "1 ms: - (grammar rejected, open speech absent; the second acoustic model was left out)",
    );
}

#[test]
fn rejection_waits_for_open_speech_within_bounds() {
    let rejected = (1, rejects(RecogniserKind::Grammar));
    let open = (400, says(RecogniserKind::Whisper, "Well, I suppose so.", 0.8));
    check(
        BOTH,
        &[rejected.clone(), open],
        "400 ms: Well, I suppose so. 0.80 (open speech, grammar rejected)",
    );
    check(
        BOTH,
        &[rejected],
        "900 ms: - (grammar rejected, open speech late)",
    );
    check(BOTH, &[], "900 ms: - (grammar late, open speech late)");
}

#[test]
fn an_unsure_grammar_is_compared_with_open_speech() {
    let unsure = (1, says(RecogniserKind::Grammar, "yes please", 0.5));
    let agrees = (300, says(RecogniserKind::Whisper, "Yes, please.", 0.6));
    let differs = (300, says(RecogniserKind::Whisper, "Guess, please.", 0.6));
    check(
        BOTH,
        &[unsure.clone(), agrees],
        "300 ms: yes please 0.80 (both agree)",
    );
    check(
        BOTH,
        &[unsure.clone(), differs],
        "300 ms: Guess, please. 0.45 disputed (grammar and open speech differ)",
    );
    check(
        BOTH,
        &[unsure],
        "900 ms: yes please 0.50 (grammar unsure at 0.50, open speech late)",
    );
}

#[test]
fn each_recogniser_alone_decides_at_once() {
    let grammar_only = Capabilities {
        grammar: true,
        open: false,
    };
    let open_only = Capabilities {
        grammar: false,
        open: true,
    };
    let unsure = (1, says(RecogniserKind::Grammar, "yes", 0.4));
    check(
        grammar_only,
        &[unsure],
        "1 ms: yes 0.40 (grammar unsure at 0.40, open speech absent)",
    );
    let rejected = (1, rejects(RecogniserKind::Grammar));
    check(
        grammar_only,
        &[rejected],
        "1 ms: - (grammar rejected, open speech absent)",
    );
    let open = (200, says(RecogniserKind::Whisper, "Yes.", 0.7));
    check(
        open_only,
        &[open],
        "200 ms: Yes. 0.70 (open speech, grammar absent)",
    );
    check(
        Capabilities {
            grammar: false,
            open: false,
        },
        &[],
        "0 ms: - (grammar absent, open speech absent)",
    );
}

#[test]
fn answers_to_other_utterances_do_not_count() {
    let mut other = says(RecogniserKind::Grammar, "no", 0.9);
    other.utterance = UtteranceId(2);
    let grammar_only = Capabilities {
        grammar: true,
        open: false,
    };
    check(
        grammar_only,
        &[(1, other)],
        "900 ms: - (grammar late, open speech absent)",
    );
}

fn scored(text: &str, confidence: f32, words: &[(&str, f32)]) -> Recognised {
    let score = |(word, confidence): &(&str, f32)| WordScore {
        word: (*word).to_owned(),
        confidence: Confidence::new(*confidence),
        start_ms: 0,
        end_ms: 100,
    };
    let transcript = Transcript {
        text: text.to_owned(),
        confidence: Confidence::new(confidence),
        words: words.iter().map(score).collect(),
        ..Transcript::default()
    };
    Recognised {
        result: RecognitionResult::Final(transcript),
        ..says(RecogniserKind::Grammar, text, confidence)
    }
}

#[test]
fn a_short_answer_is_not_surer_than_its_words() {
    let alone = Capabilities {
        grammar: true,
        open: false,
    };
    let sure = |words: &[(&str, f32)]| {
        let text: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let (verdict, _) = judge(alone, &[(10, scored(&text.join(" "), 0.85, words))]);
        let VerdictResult::Words { transcript, .. } = verdict.result else {
            panic!("{}", verdict.reason);
        };
        (transcript.confidence.get(), verdict.reason)
    };
    let (doubted, why) = sure(&[("a", 0.9), ("press", 0.44), ("was", 0.8), ("bitter", 0.02)]);
    assert!((doubted - DISPUTED_MAX).abs() < 1e-6, "{doubted}");
    assert!(why.contains("hardly heard \"bitter\", at 0.02"), "{why}");
    for believed in [
        &[("press", 0.44), ("one", 0.3)][..],
        &[("yes", 0.98), ("oh", 0.0)],
        &[("yes", 0.97), ("uh", 0.99), ("huh", 0.0)],
        &[("no", 0.97), ("no", 0.0)],
        &[("make", 0.98), ("it", 0.05), ("a", 0.98), ("latte", 0.85)],
        &[
            ("small", 0.9),
            ("iced", 0.04),
            ("coffee", 0.98),
            ("with", 0.9),
            ("milk", 0.9),
        ],
        &[("back", 0.02)],
    ] {
        assert!(sure(believed).0 > 0.8, "{believed:?}");
    }
    // A lost "not" leaves a yes, and a remark is less of a yes than the phrase it was part of.
    for doubted in [
        &[("that's", 0.9), ("not", 0.02), ("right", 0.9)][..],
        &[("that's", 0.02), ("right", 0.9)],
        &[("yes", 0.02), ("right", 0.9)],
        &[("yes", 0.02), ("no", 0.9)],
    ] {
        assert!(sure(doubted).0 < 0.5, "{doubted:?}");
    }
}
