//! Two legs of the same stack on loopback: the offerer stands for a browser.
//! A real Chromium calls in `tests/e2e/browser.rs`.

use std::sync::Arc;
use std::time::Duration;

use ::webrtc::media_stream::track_local::TrackLocal;
use ::webrtc::peer_connection::{PeerConnection, RTCSessionDescription};
use engine_core::call::input::{LegMedia, MediaDirection};
use engine_core::rtp::packet::Packet;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::answer::local_track;
use super::peer::{self, Events};
use super::{BrowserEvent, BrowserLeg, LegControl, LinkState, WebRtcConfig, WebRtcError};

const DEADLINE: Duration = Duration::from_secs(20);

/// What Chromium 156 offers for a microphone; its mDNS candidate cannot be looked up here.
fn chromium_offer() -> String {
    include_str!("testdata/chromium_offer.sdp").replace('\n', "\r\n")
}

struct Browser {
    connection: Arc<dyn PeerConnection>,
    outgoing: Arc<dyn TrackLocal>,
    tracks: mpsc::Receiver<Arc<dyn ::webrtc::media_stream::track_remote::TrackRemote>>,
    _state: watch::Receiver<LinkState>,
}

const BROWSER_SSRC: u32 = 0x00b0_a7d5;

impl Browser {
    async fn new() -> (Self, String) {
        let (state_tx, state) = watch::channel(LinkState::Connecting);
        let (track_tx, tracks) = mpsc::channel(1);
        let (gathered_tx, mut gathered) = watch::channel(false);
        let control = LegControl(Arc::new(state_tx));
        let events = Events {
            control,
            tracks: track_tx,
            gathered: gathered_tx,
        };
        let connection = peer::connect(&WebRtcConfig::default(), events).await.unwrap();
        let outgoing = local_track(BROWSER_SSRC);
        connection.add_track(Arc::clone(&outgoing)).await.unwrap();
        let offer = connection.create_offer(None).await.unwrap();
        connection.set_local_description(offer).await.unwrap();
        gathered.wait_for(|done| *done).await.unwrap();
        let offer = connection.local_description().await.unwrap().sdp;
        (
            Self {
                connection,
                outgoing,
                tracks,
                _state: state,
            },
            offer,
        )
    }

    async fn accept(&self, answer: String) {
        let answer = RTCSessionDescription::answer(answer).unwrap();
        self.connection.set_remote_description(answer).await.unwrap();
    }
}

async fn next(leg: &mut BrowserLeg) -> BrowserEvent {
    timeout(DEADLINE, leg.recv()).await.expect("an event in time")
}

async fn up() -> (Browser, BrowserLeg, LegMedia) {
    let (browser, offer) = Browser::new().await;
    let (mut leg, answer) = BrowserLeg::answer(&offer, &WebRtcConfig::default())
        .await
        .unwrap();
    browser.accept(answer).await;
    match next(&mut leg).await {
        BrowserEvent::Up(media) => (browser, leg, media),
        other @ (BrowserEvent::Rtp(_) | BrowserEvent::HungUp { .. }) => panic!("{other:?}"),
    }
}

fn packet(media: &LegMedia, ssrc: u32, sequence: u16, payload: &[u8]) -> Packet {
    Packet {
        payload_type: media.payload_type,
        marker: sequence == 0,
        sequence,
        timestamp: u32::from(sequence) * 960,
        ssrc,
        payload: payload.to_vec(),
    }
}

#[tokio::test]
async fn packets_flow_both_ways() {
    let (mut browser, mut leg, media) = up().await;
    assert_eq!(media.codec.name(), "opus");
    assert_eq!(media.direction, MediaDirection::SendReceive);

    let empty = packet(&media, BROWSER_SSRC, 0, &[]);
    browser.outgoing.write_rtp(peer::to_wire(empty)).await.unwrap();
    let spoken = packet(&media, BROWSER_SSRC, 1, &[1, 2, 3]);
    browser
        .outgoing
        .write_rtp(peer::to_wire(spoken.clone()))
        .await
        .unwrap();
    match next(&mut leg).await {
        BrowserEvent::Rtp(heard) => assert_eq!(heard, spoken),
        other @ (BrowserEvent::Up(_) | BrowserEvent::HungUp { .. }) => panic!("{other:?}"),
    }

    let reply = packet(&media, media.ssrc, 7, &[9, 8, 7]);
    leg.send(reply.clone());
    let track = timeout(DEADLINE, browser.tracks.recv()).await.unwrap().unwrap();
    let heard = timeout(DEADLINE, async {
        loop {
            if let Some(::webrtc::media_stream::track_remote::TrackRemoteEvent::OnRtpPacket(packet)) =
                track.poll().await
            {
                return peer::from_wire(packet);
            }
        }
    });
    assert_eq!(heard.await.unwrap(), Some(reply));
    assert_eq!(leg.dropped_packets(), 0);
}

#[tokio::test]
async fn a_closed_browser_hangs_up_once() {
    let (browser, mut leg, _media) = up().await;
    browser.connection.close().await.unwrap();
    match next(&mut leg).await {
        BrowserEvent::HungUp { cause } => assert_eq!(cause, "the browser closed the connection"),
        other @ (BrowserEvent::Up(_) | BrowserEvent::Rtp(_)) => panic!("{other:?}"),
    }
    assert!(
        timeout(Duration::from_millis(50), leg.recv()).await.is_err(),
        "nothing follows"
    );
}

#[tokio::test]
async fn control_ends_the_leg_with_the_first_cause() {
    let (_browser, mut leg, _media) = up().await;
    let control = leg.control();
    assert!(!control.is_over());
    control.hang_up("first");
    control.hang_up("second");
    assert!(control.is_over());
    assert!(matches!(next(&mut leg).await, BrowserEvent::HungUp { cause } if cause == "first"));
    leg.close().await;
}

#[tokio::test]
async fn a_browser_that_never_connects_is_given_up() {
    let (_browser, offer) = Browser::new().await;
    let config = WebRtcConfig {
        connect_ms: 100,
        ..WebRtcConfig::default()
    };
    let (mut leg, _answer_that_gets_lost) = BrowserLeg::answer(&offer, &config).await.unwrap();
    assert!(
        matches!(next(&mut leg).await, BrowserEvent::HungUp { cause } if cause.contains("never arrived"))
    );
}

#[tokio::test]
async fn answers_what_chromium_offers() {
    let (leg, answer) = BrowserLeg::answer(&chromium_offer(), &WebRtcConfig::default())
        .await
        .unwrap();
    let kept = [
        "m=",
        "a=rtpmap",
        "a=fmtp",
        "a=setup",
        "a=sendrecv",
        "a=rtcp-mux",
        "a=mid",
    ];
    let lines: Vec<&str> = answer
        .lines()
        .filter(|line| kept.iter().any(|prefix| line.starts_with(prefix)))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    m=audio 9 UDP/TLS/RTP/SAVPF 111 110
    a=setup:active
    a=mid:0
    a=rtcp-mux
    a=rtpmap:111 opus/48000/2
    a=fmtp:111 minptime=10;useinbandfec=1
    a=rtpmap:110 telephone-event/48000
    a=sendrecv
    ");
    assert!(answer.contains("127.0.0.1"), "a loopback candidate:\n{answer}");
    leg.close().await;
}

#[tokio::test]
async fn takes_the_only_telephone_event_that_firefox_offers() {
    let offer = chromium_offer()
        .replace("a=rtpmap:110 telephone-event/48000\r\n", "")
        .replace(" 110 126", " 126");
    let (leg, answer) = BrowserLeg::answer(&offer, &WebRtcConfig::default())
        .await
        .unwrap();
    assert!(
        answer.contains("a=rtpmap:126 telephone-event/8000\r\n"),
        "{answer}"
    );
    leg.close().await;
}

#[tokio::test]
async fn refuses_in_words() {
    let config = WebRtcConfig::default();
    let refused = BrowserLeg::answer("hello", &config).await.unwrap_err();
    assert!(matches!(refused, WebRtcError::Offer(_)), "{refused}");
    let no_opus = chromium_offer().replace("opus/48000/2", "mystery/48000/2");
    let refused = BrowserLeg::answer(&no_opus, &config).await.unwrap_err();
    assert!(matches!(refused, WebRtcError::NoOpus), "{refused}");
}

/// One seeded change: a byte replaced, a line dropped, doubled or moved, or a cut.
fn mutated(offer: &str, rng: &mut StdRng) -> String {
    let mut lines: Vec<String> = offer.lines().map(str::to_owned).collect();
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..lines.len());
        match rng.random_range(0..5) {
            0 => {
                let mut bytes = lines[at].clone().into_bytes();
                if !bytes.is_empty() {
                    let place = rng.random_range(0..bytes.len());
                    bytes[place] = rng.random_range(b' '..0x7f);
                }
                lines[at] = String::from_utf8_lossy(&bytes).into_owned();
            }
            1 if lines.len() > 1 => drop(lines.remove(at)),
            2 => lines.insert(at, lines[at].clone()),
            3 => lines.swap(at, 0),
            _ => {
                let cut = rng.random_range(0..=lines[at].len());
                lines[at].truncate(cut);
            }
        }
    }
    lines.join("\r\n") + "\r\n"
}

#[tokio::test]
async fn a_damaged_offer_is_answered_or_refused_but_never_the_end() {
    let mut rng = StdRng::seed_from_u64(9725);
    let (mut answered, mut refused) = (0, 0);
    for round in 0..400 {
        let offer = mutated(&chromium_offer(), &mut rng);
        let config = WebRtcConfig::default();
        let outcome = tokio::spawn(async move { BrowserLeg::answer(&offer, &config).await });
        match timeout(DEADLINE, outcome)
            .await
            .expect("in time")
            .unwrap_or_else(|died| panic!("{round}: {died}"))
        {
            Ok((leg, _)) => {
                answered += 1;
                leg.close().await;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(
        answered > 50 && refused > 50,
        "answered {answered}, refused {refused}"
    );
}
