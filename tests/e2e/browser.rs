//! Real Chromium against Hark's web server: the page, WHIP, ICE, DTLS-SRTP, Opus, keys, hang-up.

use std::f64::consts::TAU;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use engine::media::webrtc::{BrowserEvent, BrowserLeg, WebRtcConfig};
use engine::ops::health::{Health, Readiness};
use engine::ops::metrics::Metrics;
use engine::sip::{Admission, Dialplan};
use engine::store::{Store, StoreConfig};
use engine::web::{BrowserCall, Services, WebConfig, WebServer};
use engine_core::audio::frame::Frame;
use engine_core::call::input::LegMedia;
use engine_core::rtp::packet::Packet;
use engine_core::units::SampleRate;
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::browser_chromium::{self, Chromium};

const DEADLINE: Duration = Duration::from_secs(30);

/// What Hark plays to the browser, and what the browser's microphone hears.
const PLAYED_HZ: f64 = 1_000.0;
const SPOKEN_HZ: f64 = 600.0;

/// The strongest frequency of what the page plays, in hertz, once it is loud.
const LOUDEST: &str = "(async () => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    context.createMediaStreamSource(harkCall.voice).connect(analyser);
    const bins = new Float32Array(analyser.frequencyBinCount);
    for (let i = 0; i < 100; i++) {
        await new Promise((next) => setTimeout(next, 50));
        analyser.getFloatFrequencyData(bins);
        const loudest = bins.indexOf(Math.max(...bins));
        if (bins[loudest] > -50) return loudest * context.sampleRate / analyser.fftSize;
    }
    return 0;
})()";

/// Packets received, lost, and the energy of the sound in them.
const INBOUND: &str = "(async () => {
    const report = await harkCall.peer.getStats();
    const inbound = [...report.values()].find((entry) => entry.type === 'inbound-rtp');
    return [inbound.packetsReceived, inbound.packetsLost, inbound.totalAudioEnergy];
})()";

struct Site {
    server: WebServer,
    calls: mpsc::Receiver<BrowserCall>,
    health: Health,
    _folder: tempfile::TempDir,
}

impl Site {
    async fn open(webrtc: WebRtcConfig) -> Result<Self> {
        let (call_tx, calls) = mpsc::channel(4);
        let health = Health::default();
        health.set(Readiness::Accepting);
        let folder = tempfile::tempdir()?;
        let store = StoreConfig {
            path: folder.path().join("hark.db"),
            ..StoreConfig::default()
        };
        let services = Services {
            calls: call_tx,
            outward: tokio::sync::mpsc::channel(1).0,
            admission: Admission::new(4),
            dialplan: Dialplan::everything_to("main").into(),
            store: Store::open(&store).await?,
            webrtc,
            health: health.clone(),
            metrics: Metrics::detached()?,
        };
        let config = WebConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            ..WebConfig::default()
        };
        Ok(Self {
            server: WebServer::start(&config, services).await?,
            calls,
            health,
            _folder: folder,
        })
    }

    fn url(&self) -> String {
        format!("http://{}/", self.server.address())
    }

    async fn call(&mut self) -> Result<BrowserLeg> {
        let call = timeout(DEADLINE, self.calls.recv()).await?;
        Ok(call.context("the server stopped")?.leg)
    }
}

/// What the engine's side of a call heard until it ended.
struct Heard {
    pcm: Vec<i16>,
    keys: Vec<u8>,
    cause: String,
}

/// Plays a tone to the browser and listens, until the browser hangs up.
fn play_tone(mut leg: BrowserLeg) -> (JoinHandle<Result<Heard>>, oneshot::Receiver<()>) {
    let (up_tx, up) = oneshot::channel();
    let task = tokio::spawn(async move {
        let BrowserEvent::Up(mut media) = timeout(DEADLINE, leg.recv()).await? else {
            bail!("the leg did not come up");
        };
        let _ = up_tx.send(());
        let mut heard = Heard {
            pcm: Vec::new(),
            keys: Vec::new(),
            cause: String::new(),
        };
        let mut tick = interval(Duration::from_millis(20));
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for sent in 0_u32.. {
            loop {
                tokio::select! {
                    biased;
                    _ = tick.tick() => break,
                    event = leg.recv() => match event {
                        BrowserEvent::Up(_) => bail!("up twice"),
                        BrowserEvent::Rtp(packet) => listen(&mut media, &packet, &mut heard)?,
                        BrowserEvent::HungUp { cause } => {
                            leg.close().await;
                            heard.cause = cause;
                            return Ok(heard);
                        }
                    }
                }
            }
            leg.send(tone_packet(&mut media, sent)?);
        }
        bail!("the call never ended")
    });
    (task, up)
}

fn listen(media: &mut LegMedia, packet: &Packet, heard: &mut Heard) -> Result<()> {
    if Some(packet.payload_type) == media.dtmf_payload_type {
        heard.keys.push(packet.payload[0]);
        return Ok(());
    }
    ensure!(packet.payload_type == media.payload_type, "{packet:?}");
    Ok(media.codec.decode(&packet.payload, &mut heard.pcm)?)
}

fn tone_packet(media: &mut LegMedia, sent: u32) -> Result<Packet> {
    let rate = SampleRate::Hz16000;
    let start = sent as usize * rate.frame_samples();
    let samples: Vec<i16> = (start..start + rate.frame_samples())
        .map(|i| (6_000.0 * (TAU * PLAYED_HZ * i as f64 / f64::from(rate.hz())).sin()) as i16)
        .collect();
    let mut payload = Vec::new();
    media
        .codec
        .encode(&Frame::from_samples(rate, &samples), &mut payload)?;
    Ok(Packet {
        payload_type: media.payload_type,
        marker: sent == 0,
        sequence: media.first_sequence.wrapping_add(sent as u16),
        timestamp: media.first_timestamp.wrapping_add(sent.wrapping_mul(960)),
        ssrc: media.ssrc,
        payload,
    })
}

/// Bursts of a tone, four a second: a steady one is noise to the browser's noise suppression.
fn bursts(folder: &Path) -> Result<std::path::PathBuf> {
    let path = folder.join("bursts.wav");
    let format = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(&path, format)?;
    for i in 0..48_000 * 4 {
        let time = f64::from(i) / 48_000.0;
        let envelope = (TAU * 2.0 * time).sin().max(0.0);
        file.write_sample((16_000.0 * envelope * (TAU * SPOKEN_HZ * time).sin()) as i16)?;
    }
    file.finalize()?;
    Ok(path)
}

/// Power at one frequency, relative to the whole (Goertzel): 1 for a pure tone.
fn share_at(hz: f64, samples: &[i16]) -> f64 {
    let coefficient = 2.0 * (TAU * hz / 16_000.0).cos();
    let (mut last, mut before, mut total) = (0.0, 0.0, 1.0);
    for sample in samples.iter().map(|sample| f64::from(*sample)) {
        (last, before) = (sample + coefficient * last - before, last);
        total += sample * sample;
    }
    let power = last * last + before * before - coefficient * last * before;
    2.0 * power / (total * samples.len() as f64)
}

/// The clearest tenth of a second at this frequency.
fn clearest(hz: f64, samples: &[i16]) -> f64 {
    samples
        .chunks_exact(1_600)
        .map(|part| share_at(hz, part))
        .fold(0.0, f64::max)
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_keys_and_hang_up_pass_between_chromium_and_hark() -> Result<()> {
    let Some(program) = browser_chromium::installed() else {
        return Ok(());
    };
    let folder = TempDir::new()?;
    let mut site = Site::open(WebRtcConfig::default()).await?;
    let mut page = Chromium::start(&program, &bursts(folder.path())?, &site.url()).await?;
    page.screenshot("1-idle").await?;

    page.evaluate("document.getElementById('call').click()").await?;
    let (talk, up) = play_tone(site.call().await?);
    timeout(DEADLINE, up).await??;
    page.wait_for("document.body.dataset.state === 'in-call'").await?;
    let loudest = page.evaluate(LOUDEST).await?.as_f64().context("a frequency")?;
    ensure!((loudest - PLAYED_HZ).abs() < 20.0, "the page plays {loudest} Hz");
    page.screenshot("2-in-call").await?;

    ensure!(
        page.evaluate("harkCall.press('5')").await? == true,
        "the call carries keys"
    );
    page.wait_for("harkCall.peer.getSenders()[0].dtmf.toneBuffer === ''")
        .await?;
    page.wait_for("document.getElementById('clock').textContent >= '00:03'")
        .await?;
    let inbound = page.evaluate(INBOUND).await?;
    println!("chromium received, lost, energy: {inbound}");
    ensure!(
        inbound[0].as_u64() > Some(100) && inbound[2].as_f64() > Some(0.01),
        "{inbound}"
    );

    page.evaluate("document.getElementById('hang-up').click()")
        .await?;
    let heard = timeout(DEADLINE, talk).await???;
    ensure!(heard.cause == "caller hung up", "{}", heard.cause);
    ensure!(
        heard.pcm.len() > 2 * 16_000,
        "two seconds of sound, not {} samples",
        heard.pcm.len()
    );
    let clearest = clearest(SPOKEN_HZ, &heard.pcm);
    ensure!(
        clearest > 0.5,
        "{SPOKEN_HZ} Hz has {clearest:.2} of the power at best"
    );
    ensure!(
        !heard.keys.is_empty() && heard.keys.iter().all(|key| *key == 5),
        "keys {:?}",
        heard.keys
    );
    page.wait_for("document.body.dataset.state === 'ended'").await?;
    page.screenshot("3-ended").await?;
    site.server.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_in_words_why_there_is_no_call_and_that_hark_hung_up() -> Result<()> {
    let Some(program) = browser_chromium::installed() else {
        return Ok(());
    };
    let folder = TempDir::new()?;
    let mut site = Site::open(WebRtcConfig::default()).await?;
    let mut page = Chromium::start(&program, &bursts(folder.path())?, &site.url()).await?;
    let problem = "document.getElementById('problem').textContent";

    site.health.set(Readiness::Draining);
    page.evaluate("document.getElementById('call').click()").await?;
    page.wait_for(&format!(
        "{problem} === 'This server takes no calls right now. Please try again in a moment.'"
    ))
    .await?;
    page.screenshot("4-refused").await?;

    site.health.set(Readiness::Accepting);
    page.evaluate("document.getElementById('call').click()").await?;
    let mut leg = site.call().await?;
    let up = timeout(DEADLINE, leg.recv()).await?;
    ensure!(matches!(up, BrowserEvent::Up(_)), "{up:?}");
    page.wait_for("document.body.dataset.state === 'in-call'").await?;
    leg.close().await;
    page.wait_for("document.body.dataset.state === 'ended'").await?;
    ensure!(page.evaluate(problem).await? == "", "an ordinary end");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_dies_is_noticed() -> Result<()> {
    let Some(program) = browser_chromium::installed() else {
        return Ok(());
    };
    let folder = TempDir::new()?;
    let webrtc = WebRtcConfig {
        disconnected_ms: 1_000,
        failed_ms: 1_000,
        ..WebRtcConfig::default()
    };
    let mut site = Site::open(webrtc).await?;
    let mut page = Chromium::start(&program, &bursts(folder.path())?, &site.url()).await?;
    page.evaluate("document.getElementById('call').click()").await?;
    let (talk, up) = play_tone(site.call().await?);
    timeout(DEADLINE, up).await??;
    page.kill().await?;
    let heard = timeout(DEADLINE, talk).await???;
    ensure!(!heard.cause.is_empty(), "a cause");
    println!("cause: {}", heard.cause);
    Ok(())
}
