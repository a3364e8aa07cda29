//! What strangers, floods and broken messages get.

use std::time::Duration;

use super::super::{SipConfig, SipStartError, Transport, TrunkTable};
use super::kit::{OFFER, Peer, Stack, header};

const NOBODY: &str = "unknown_source = \"drop\"\n";
const FORBID: &str = "unknown_source = \"forbid\"\n";

async fn answer_to_stranger(trunks: &str) -> Option<String> {
    let trunks = TrunkTable::parse("trunks.toml", trunks).unwrap();
    let stack = Stack::with(SipConfig::loopback(), trunks).await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let options = peer.request("OPTIONS sip:100@127.0.0.1", 1, "", &[], "");
    peer.send(&options).await;
    let invite = peer.request("INVITE sip:100@127.0.0.1", 2, "", &[], OFFER);
    peer.send(&invite).await;
    let recorded = async {
        while stack.handle.rejections().recent().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(super::kit::LIMIT, recorded).await.unwrap();
    peer.try_receive(Duration::from_millis(50)).await
}

#[tokio::test]
async fn a_stranger_gets_nothing_or_403_as_configured() {
    assert_eq!(answer_to_stranger(NOBODY).await, None);
    let answer = answer_to_stranger(FORBID).await.unwrap();
    assert!(answer.starts_with("SIP/2.0 403 Forbidden\r\n"), "{answer}");
}

#[tokio::test]
async fn options_tells_what_we_can() {
    let stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let options = peer.request("OPTIONS sip:100@127.0.0.1", 1, "", &[], "");
    peer.send(&options).await;
    peer.receive().await;
    insta::assert_snapshot!(peer.log());
}

#[tokio::test]
async fn what_cannot_be_served_is_refused_by_its_own_status() {
    let stack = Stack::start().await;
    for transport in [Transport::Udp, Transport::Tcp] {
        let server = stack.address(transport);
        let mut peer = match transport {
            Transport::Udp => Peer::udp(server).await,
            Transport::Tcp => Peer::tcp(server).await,
        };
        let cases = [
            ("BYE sip:100@127.0.0.1", "gone", &[][..], "481"),
            ("MESSAGE sip:100@127.0.0.1", "", &[][..], "405"),
            ("INVITE sip:100@127.0.0.1", "", &["Require: 100rel"][..], "420"),
            ("INVITE sip:100@127.0.0.1", "", &["Max-Forwards: 70"][..], "400"),
            ("INVITE odd:100@127.0.0.1", "", &[][..], "416"),
        ];
        for (number, (line, tag, extra, status)) in (1..).zip(cases) {
            let request = peer.request(line, number, tag, extra, "");
            peer.send(&request).await;
            let answer = peer.receive().await;
            assert!(
                answer.starts_with(&format!("SIP/2.0 {status} ")),
                "{line}: {answer}"
            );
            assert_eq!(
                header(&answer, "CSeq").split(' ').next(),
                Some(number.to_string().as_str())
            );
        }
    }
}

#[tokio::test]
async fn a_header_that_is_not_utf8_does_not_cost_the_call_its_later_headers() {
    let mut stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let invite = peer.request(
        "INVITE sip:100@127.0.0.1",
        1,
        "",
        &["Subject: SUBJECT", "User-to-User: 56;encoding=hex"],
        OFFER,
    );
    let mut bytes = invite.into_bytes();
    let at = bytes.windows(7).position(|w| w == b"SUBJECT").unwrap();
    bytes[at] = 0xe9;
    peer.send_raw(&bytes).await;
    let call = stack.call().await;
    assert_eq!(call.user_to_user.unwrap().expose(), "56;encoding=hex");
    assert_eq!(call.offer.as_deref(), Some(OFFER));
}

#[tokio::test]
async fn the_same_call_by_a_second_path_is_a_loop() {
    let mut stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let invite = peer.request("INVITE sip:100@127.0.0.1", 1, "", &[], OFFER);
    peer.send(&invite).await;
    let _call = stack.call().await;
    peer.receive().await;
    peer.send(&invite.replace("z9hG4bK-INVITE", "z9hG4bK-other"))
        .await;
    peer.until("SIP/2.0 482").await;
    // The first one again is a retransmission, and gets what it got before.
    peer.send(&invite).await;
    peer.until("SIP/2.0 100").await;
}

#[tokio::test]
async fn a_source_that_calls_too_fast_is_asked_to_come_back() {
    let config = SipConfig {
        invites_per_second_per_source: 1,
        ..SipConfig::loopback()
    };
    let stack = Stack::with(config, TrunkTable::loopback()).await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    for number in 1..=3 {
        let invite = peer
            .request("INVITE sip:999@127.0.0.1", number, "", &[], OFFER)
            .replace("Call-ID: ", &format!("Call-ID: {number}-"));
        peer.send(&invite).await;
    }
    let refused = peer.until("SIP/2.0 503").await;
    assert_eq!(header(&refused, "Retry-After"), "10");
}

#[tokio::test]
async fn a_port_in_use_is_an_error_with_a_remedy() {
    let stack = Stack::start().await;
    let config = SipConfig {
        listen: stack.address(Transport::Udp),
        ..SipConfig::loopback()
    };
    let error = super::super::SipStack::start(
        config,
        TrunkTable::loopback(),
        super::super::Dialplan::default(),
        super::super::Admission::new(1),
        tokio_util::sync::CancellationToken::new(),
    )
    .await
    .unwrap_err();
    assert!(matches!(
        error,
        SipStartError::PortInUse {
            transport: Transport::Udp,
            ..
        }
    ));
    assert!(
        error.to_string().contains("is in use; stop the program"),
        "{error}"
    );
}

#[tokio::test]
async fn a_tag_counts_however_it_is_spelt_and_a_uri_parameter_is_none() {
    let mut stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let invite = peer.request("INVITE sip:100@127.0.0.1", 1, "", &[], OFFER);
    // In a dialog, but in none of ours.
    let tagged = invite.replace("To: <sip:100@127.0.0.1>", "To: <sip:100@127.0.0.1>;TAG=1");
    peer.send(&tagged).await;
    peer.until("SIP/2.0 481").await;
    // In no dialog: a call, whose answers have a tag of ours.
    let mut other = Peer::udp(stack.address(Transport::Udp)).await;
    let invite = other.request("INVITE sip:101@127.0.0.1", 1, "", &[], OFFER);
    let plain = invite.replace("To: <sip:100@127.0.0.1>", "To: <sip:100@127.0.0.1;tag=1>");
    other.send(&plain).await;
    let call = stack.call().await;
    assert_eq!(call.called, "101");
    call.reject(486, "busy").await;
    let refused = other.until("SIP/2.0 486").await;
    assert!(header(&refused, "To").contains(">;tag="), "{refused}");
}
