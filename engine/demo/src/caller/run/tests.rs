use engine_core::audio::g711::{linear_from_mu, mu_from_linear};
use engine_core::audio::level::level_dbov;
use engine_core::audio::tone::{Tone, tone_share};
use engine_core::rtp::packet::Packet;
use engine_core::rtp::telephone_event::KeyReceiver;
use engine_core::sdp::{Answer, LocalSession, parse as parse_sdp};
use engine_core::units::SampleRate;
use tokio::process::{Child, Command};

use super::super::message::{Message, Start};
use super::super::script::{Awaited, Step};
use super::super::wire;
use super::*;

const TONE_HZ: f64 = 500.0;

/// A far end that greets with half a second of tone, answers every stretch of speech the same way
/// after `REPLY_AFTER`, and hangs up after `replies` of them.
struct FarEnd {
    sip: UdpSocket,
    rtp: UdpSocket,
    replies: u32,
    talking: Option<Instant>,
    /// When the next tone is due.
    due: Option<Instant>,
    keys: KeyReceiver,
    heard_keys: String,
    caller: Option<(SocketAddr, Message)>,
}

const REPLY_AFTER: Duration = Duration::from_millis(400);
const QUIET: Duration = Duration::from_millis(100);

impl FarEnd {
    async fn new(replies: u32) -> Self {
        Self {
            sip: UdpSocket::bind("127.0.0.1:0").await.unwrap(),
            rtp: UdpSocket::bind("127.0.0.1:0").await.unwrap(),
            replies,
            talking: None,
            due: None,
            keys: KeyReceiver::default(),
            heard_keys: String::new(),
            caller: None,
        }
    }

    fn uri(&self) -> String {
        format!("sip:shop@{}", self.sip.local_addr().unwrap())
    }

    /// Plays its part until the caller's BYE, or until its own BYE is answered. Returns the keys it heard.
    async fn serve(mut self) -> String {
        let (mut sip_bytes, mut rtp_bytes) = ([0; 4_096], [0; 2_048]);
        let mut ticks = tokio::time::interval(TICK);
        let mut tone = Tone::new(SampleRate::Hz8000, TONE_HZ, -15.0);
        let (mut sequence, mut left, mut to) = (0u16, 0, None);
        loop {
            tokio::select! {
                Ok((length, from)) = self.sip.recv_from(&mut sip_bytes) => {
                    let message = Message::parse(&sip_bytes[..length]).unwrap();
                    if self.signal(from, message, &mut to).await {
                        return self.heard_keys;
                    }
                }
                Ok((length, from)) = self.rtp.recv_from(&mut rtp_bytes) => {
                    to = Some(from);
                    self.listen(&wire::parse(&rtp_bytes[..length]).unwrap());
                }
                _ = ticks.tick() => {
                    if self.due.is_some_and(|due| Instant::now() >= due) {
                        (self.due, left) = (None, 25);
                    }
                    let loud = left > 0;
                    left = i32::max(left - 1, 0);
                    let payload = (0..160).map(|_| mu_from_linear(if loud { tone.next().unwrap() } else { 0 }));
                    sequence += 1;
                    let packet = Packet { payload_type: 0, marker: false, sequence,
                        timestamp: u32::from(sequence) * 160, ssrc: 1, payload: payload.collect() };
                    if let Some(to) = to {
                        self.rtp.send_to(&wire::write(&packet), to).await.unwrap();
                    }
                }
            }
        }
    }

    /// `true` when the call is over.
    async fn signal(&mut self, from: SocketAddr, message: Message, media: &mut Option<SocketAddr>) -> bool {
        let Start::Request { method, .. } = &message.start else {
            return message.cseq().is_some_and(|(_, method)| method == "BYE");
        };
        let reply = |status| Message::response(&message, status, "OK", "far");
        match method.as_str() {
            "INVITE" => {
                let port = self.rtp.local_addr().unwrap().port();
                let mut local = LocalSession::new([127, 0, 0, 1].into(), port, 9);
                let offer = parse_sdp(&message.body).unwrap();
                let answer = Answer::negotiate(&offer, &mut local).unwrap();
                *media = Some(answer.plan.remote);
                let ok = reply(200)
                    .with("Contact", format!("<{}>", self.uri()))
                    .with_sdp(answer.description.to_string());
                for bytes in [reply(100).to_bytes(), reply(180).to_bytes(), ok.to_bytes()] {
                    self.sip.send_to(&bytes, from).await.unwrap();
                }
                self.caller = Some((from, message.clone()));
            }
            "ACK" => self.due = Some(Instant::now() + Duration::from_millis(200)),
            "BYE" => {
                self.sip.send_to(&reply(200).to_bytes(), from).await.unwrap();
                return true;
            }
            _ => panic!("{method}"),
        }
        if self.replies == 0 && self.caller.is_some() && method == "ACK" {
            self.hang_up().await;
        }
        false
    }

    async fn hang_up(&self) {
        let (to, invite) = self.caller.as_ref().unwrap();
        let header = |name| invite.header(name).unwrap().to_owned();
        let bye = Message::request("BYE", "sip:callsim")
            .with(
                "Via",
                format!("SIP/2.0/UDP {};branch=z9hG4bKbye", self.sip.local_addr().unwrap()),
            )
            .with("From", format!("{};tag=far", header("To")))
            .with("To", header("From"))
            .with("Call-ID", header("Call-ID"))
            .with("CSeq", "1 BYE");
        self.sip.send_to(&bye.to_bytes(), to).await.unwrap();
    }

    fn listen(&mut self, packet: &Packet) {
        let now = Instant::now();
        if packet.payload_type == 101 {
            let key = self.keys.receive(packet.timestamp, &packet.payload);
            self.heard_keys.extend(key);
            return;
        }
        let samples: Vec<i16> = packet.payload.iter().map(|byte| linear_from_mu(*byte)).collect();
        if level_dbov(&samples) > -45.0 {
            self.talking = Some(now);
        } else if let Some(ended) = self.talking.filter(|last| now >= *last + QUIET) {
            self.talking = None;
            self.due = Some(ended + REPLY_AFTER);
        }
    }
}

fn step(action: Action) -> Step {
    Step {
        action,
        deadline: Duration::from_secs(10),
    }
}

/// A second of tone and 200 ms of silence after it.
fn speech(folder: &Path) -> Step {
    let file = folder.join("speech.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&file, spec).unwrap();
    let tone = Tone::new(SampleRate::Hz8000, 1_000.0, -20.0).take(8_000);
    tone.chain(std::iter::repeat_n(0, 1_600))
        .for_each(|sample| writer.write_sample(sample).unwrap());
    writer.finalize().unwrap();
    step(Action::Play { file })
}

fn silence(ms: u64) -> Step {
    step(Action::WaitFor(Awaited::Silence {
        length: Duration::from_millis(ms),
    }))
}

fn script(steps: Vec<Step>) -> Script {
    Script {
        voice: "rms".to_owned(),
        steps,
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("callsim-test-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[tokio::test]
async fn a_call_with_replies_keys_and_a_recording() {
    let folder = folder("replies");
    let far = FarEnd::new(9).await;
    let steps = vec![
        silence(300),
        speech(&folder),
        silence(300),
        step(Action::Keys {
            keys: "42#".to_owned(),
        }),
        step(Action::Wait {
            time: Duration::from_millis(100),
        }),
        step(Action::Hangup),
    ];
    let mut options = CallOptions::new(far.uri(), script(steps));
    options.record = Some(folder.join("call.wav"));
    let (report, keys) = tokio::join!(run(options), far.serve());
    let report = report.unwrap();

    assert_eq!(keys, "42#");
    assert_eq!(
        (report.answered, report.sip_status, report.completed),
        (true, Some(200), true),
        "{report:?}"
    );
    assert_eq!(
        (report.hangup.by.as_str(), report.hangup.cause.as_str()),
        ("caller", "script")
    );
    assert_eq!(report.failure, None);
    // The far end replies 400 ms after the last loud packet it heard; a busy machine may add to that.
    let reply_ms = report.steps[1].reply_ms.unwrap();
    assert!(reply_ms >= 380, "{reply_ms}");
    assert_eq!(report.steps[3].reply_ms, None);
    assert!(
        report.rtp.received_packets > 50 && report.rtp.sent_packets > 50,
        "{:?}",
        report.rtp
    );

    let wav = hound::WavReader::open(report.recording.unwrap()).unwrap();
    assert_eq!(wav.spec().channels, 2);
    let samples: Vec<i16> = wav.into_samples().map(Result::unwrap).collect();
    let has_tone = |side: usize, hz: f64| {
        let side: Vec<i16> = samples.iter().skip(side).step_by(2).copied().collect();
        side.chunks(800)
            .any(|chunk| tone_share(chunk, SampleRate::Hz8000, hz) > 0.9)
    };
    assert!(has_tone(0, 1_000.0) && has_tone(1, TONE_HZ));
    assert!(!has_tone(0, TONE_HZ) && !has_tone(1, 1_000.0));
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_far_end_that_hangs_up_too_early_is_a_failure() {
    let folder = folder("early");
    let far = FarEnd::new(0).await;
    let options = CallOptions::new(far.uri(), script(vec![silence(300), speech(&folder)]));
    let (report, _) = tokio::join!(run(options), async {
        timeout(Duration::from_secs(5), far.serve()).await
    });
    let report = report.unwrap();
    assert_eq!((report.hangup.by.as_str(), report.completed), ("far_end", false));
    assert_eq!(
        report.failure.as_deref(),
        Some("the far end hung up before step 2, play")
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn what_is_waited_for_in_vain_ends_the_call() {
    let far = FarEnd::new(9).await;
    let deadline = Duration::from_millis(300);
    let steps = vec![
        silence(100),
        Step {
            action: Action::ExpectHangup,
            deadline,
        },
    ];
    let (report, _) = tokio::join!(run(CallOptions::new(far.uri(), script(steps))), far.serve());
    assert_eq!(
        report.unwrap().failure.as_deref(),
        Some("step 2, expect_hangup: nothing in 0.3 s")
    );
}

#[tokio::test]
async fn what_cannot_be_called_is_named() {
    let check = async |uri: &str, expect: &str| {
        let error = run(CallOptions::new(uri, script(vec![step(Action::Hangup)])))
            .await
            .unwrap_err();
        assert!(error.to_string().contains(expect), "{error}");
    };
    check("tel:123", "is no SIP URI for UDP").await;
    check("sip:a@127.0.0.1;transport=tcp", "is no SIP URI for UDP").await;
    let mut options = CallOptions::new("sip:a@127.0.0.1:1", script(vec![step(Action::Hangup)]));
    options.from = "x>\r\n".to_owned();
    assert!(matches!(run(options).await, Err(CallerError::From(_))));
}

/// A real peer: sipp's own answering scenario, which has no sound, so only signalling is seen.
#[tokio::test]
async fn sipp_is_called_and_hung_up_on() {
    // A free port for sipp, which cannot choose one itself and tell.
    let port = UdpSocket::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let sipp = Command::new("sipp")
        .args([
            "-sn",
            "uas",
            "-i",
            "127.0.0.1",
            "-m",
            "1",
            "-timeout",
            "20",
            "-nostdin",
            "-p",
        ])
        .arg(port.to_string())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let Ok(mut sipp): Result<Child, _> = sipp else {
        eprintln!("skipped: sipp is not installed (Debian: apt install sip-tester)");
        return;
    };
    let steps = vec![
        step(Action::Wait {
            time: Duration::from_millis(200),
        }),
        step(Action::Hangup),
    ];
    let uri = format!("sip:service@127.0.0.1:{port}");
    let report = run(CallOptions::new(uri, script(steps))).await.unwrap();
    assert!(report.answered && report.completed, "{report:?}");
    let status = timeout(Duration::from_secs(20), sipp.wait())
        .await
        .unwrap()
        .unwrap();
    assert!(status.success(), "sipp saw a failed call");
}
