//! Speaking to a recogniser in tests, and waiting for what it heard.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine_core::audio::frame::Frame;
use engine_core::ids::UtteranceId;
use engine_core::nlu::grammar::Grammar;
use engine_core::speech::recognition::{RecogniseCommand, Recognised, RecognitionResult};
use engine_core::units::SampleRate;
use tokio::sync::mpsc;

use crate::stt::SttSession;
use crate::stt::model::DEBIAN_MODEL;
use crate::tts::{Synthesiser, voice};

/// Begins an utterance on a telephone line of which nothing is known; its rate.
pub(crate) fn begin(session: &mut SttSession, utterance: UtteranceId, grammar: &Arc<Grammar>) -> SampleRate {
    let rate = SampleRate::Hz8000;
    session.command(RecogniseCommand::Begin {
        utterance,
        rate,
        grammar: Arc::clone(grammar),
        line: Vec::new(),
    });
    rate
}

/// A synthetic voice says the text, frame by frame, as a call would hear it.
pub(crate) fn say(session: &mut SttSession, utterance: UtteranceId, grammar: &Arc<Grammar>, text: &str) {
    say_in_noise(session, utterance, grammar, text, 0);
}

/// The same through hiss of a given height.
pub(crate) fn say_in_noise(
    session: &mut SttSession,
    utterance: UtteranceId,
    grammar: &Arc<Grammar>,
    text: &str,
    height: i16,
) {
    let rate = begin(session, utterance, grammar);
    let sound = voice().unwrap().say(text).unwrap().at_rate(rate.hz()).unwrap();
    // As in a call, the recogniser gets the line from before the onset too.
    let mut samples = vec![0; 18 * rate.frame_samples()];
    samples.extend(sound.samples);
    let mut state = 1_u32;
    for sample in &mut samples {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let span = 2 * i32::from(height) + 1;
        let noise = (state >> 16) as i32 % span - i32::from(height);
        *sample = sample.saturating_add(noise as i16);
    }
    for chunk in samples.chunks(rate.frame_samples()) {
        session.command(RecogniseCommand::Audio {
            utterance,
            frame: Frame::from_samples(rate, chunk),
        });
    }
}

/// The next result that is not partial.
pub(crate) fn answer(results: &mut mpsc::Receiver<Recognised>) -> Recognised {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        loop {
            let result = tokio::time::timeout(Duration::from_secs(60), results.recv())
                .await
                .unwrap()
                .unwrap();
            if !matches!(result.result, RecognitionResult::Partial { .. }) {
                return result;
            }
        }
    })
}

/// A folder of models in which a telephone model is found, and Debian's hears beside it. It stands for itself by its
/// name alone: its files are Debian's too.
pub(crate) fn two_models() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let telephone = telephone_model(folder.path());
    std::fs::create_dir_all(telephone.parent().unwrap()).unwrap();
    symlink(DEBIAN_MODEL, telephone).unwrap();
    let adaptations = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/acoustic");
    symlink(adaptations, folder.path().join("acoustic")).unwrap();
    folder
}

/// Where it lies.
pub(crate) fn telephone_model(folder: &Path) -> PathBuf {
    folder.join("speech").join("hub4wsj_sc_8k")
}
