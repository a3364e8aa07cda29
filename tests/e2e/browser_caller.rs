//! A caller in a real Chromium talks to the whole engine: greeting heard, words understood, record kept.

use std::future::pending;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use demo::merchant;
use engine::call::services::CallNotice;
use engine::config::SiteConfig;
use engine::engine::Engine;
use engine::ops::metrics::Metrics;
use engine::tts::{self, Synthesiser};
use engine_core::call::record::{CallRecord, Heard};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

use crate::browser_chromium::{self, Chromium};

/// The greeting, the caller's sentence (which comes round every ten seconds), recognition: on a busy machine.
const TALK_MAX: Duration = Duration::from_secs(90);

/// Packets received from Hark, and the energy of the sound in them.
const INBOUND: &str = "(async () => {
    const report = await harkCall.peer.getStats();
    const inbound = [...report.values()].find((entry) => entry.type === 'inbound-rtp');
    return [inbound.packetsReceived, inbound.totalAudioEnergy];
})()";

async fn engine(folder: &Path) -> Result<Engine> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let shop = listener.local_addr()?;
    tokio::spawn(merchant::serve(listener, merchant::Shop::new(1), pending()));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let settings = [
        "sip.listen=127.0.0.1:0".to_owned(),
        "web.listen=127.0.0.1:0".to_owned(),
        "media.bind=127.0.0.1".to_owned(),
        format!("media.recordings={}", folder.join("recordings").display()),
        format!("store.path={}", folder.join("hark.db").display()),
        format!("commerce.address=http://{shop}"),
        format!("talk.models={}", root.join("models").display()),
        format!("hearing.models_folder={}", root.join("models").display()),
    ];
    let config = SiteConfig::load(&root.join("sip-config"), &settings)?;
    Engine::start(config, Metrics::detached()?).await
}

/// A synthetic voice says `sentence` between pauses, as a browser's microphone.
fn microphone(folder: &Path, sentence: &str) -> Result<PathBuf> {
    let spoken = tts::voice()?.say(sentence)?.levelled().at_rate(48_000)?;
    let path = folder.join("caller.wav");
    let format = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(&path, format)?;
    let pause = std::iter::repeat_n(0, 5 * 48_000);
    for sample in pause.clone().chain(spoken.samples).chain(pause) {
        file.write_sample(sample)?;
    }
    file.finalize()?;
    Ok(path)
}

/// The words of the first turn that contains `word`.
async fn heard(notices: &mut Receiver<CallNotice>, word: &str) -> Result<String> {
    loop {
        let CallNotice::Turn(turn) = notices.recv().await? else {
            continue;
        };
        println!(
            "heard {:?}, said {:?}, latency {:?}",
            turn.heard, turn.said, turn.latency
        );
        if let Heard::Speech { transcript, .. } = &turn.heard
            && transcript.text.contains(word)
        {
            return Ok(transcript.text.clone());
        }
    }
}

async fn ended(notices: &mut Receiver<CallNotice>) -> Result<CallRecord> {
    loop {
        if let CallNotice::Ended(record) = notices.recv().await? {
            return Ok(record.as_ref().clone());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_in_chromium_is_greeted_heard_and_recorded() -> Result<()> {
    let Some(program) = browser_chromium::installed() else {
        return Ok(());
    };
    let folder = TempDir::new()?;
    let engine = engine(folder.path()).await?;
    let mut notices = engine.watch();
    let microphone = microphone(folder.path(), "where is my order")?;
    let mut page = Chromium::start(&program, &microphone, &format!("http://{}/", engine.web_address)).await?;

    page.evaluate("document.getElementById('call').click()").await?;
    page.wait_for("document.body.dataset.state === 'in-call'").await?;
    let words = timeout(TALK_MAX, heard(&mut notices, "order"))
        .await
        .context("nothing was heard")??;
    println!("heard: {words}");
    let inbound = page.evaluate(INBOUND).await?;
    println!("chromium received packets, energy: {inbound}");
    ensure!(
        inbound[0].as_u64() > Some(100) && inbound[1].as_f64() > Some(0.001),
        "{inbound}"
    );

    page.evaluate("document.getElementById('hang-up').click()")
        .await?;
    let record = timeout(TALK_MAX, ended(&mut notices))
        .await
        .context("no record")??;
    println!("{record:?}");
    ensure!(record.ended_by.contains("caller"), "{}", record.ended_by);
    ensure!(record.media.received_packets > 100, "{:?}", record.media);
    ensure!(
        record.turns >= 2,
        "a greeting and an answer, not {} turns",
        record.turns
    );
    engine.stop(Duration::from_secs(5)).await;
    Ok(())
}
