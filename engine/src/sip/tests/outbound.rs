//! Calls that we place: answered, refused, given up.

use std::time::Duration;

use super::super::{DialRequest, HangupCause, SipCommand, SipEvent, Transport};
use super::kit::{ANSWER, LIMIT, OFFER, Peer, Stack, contact, event, header};

fn request(uri: String) -> DialRequest {
    DialRequest {
        uri,
        offer: OFFER.to_owned(),
        headers: vec![("User-to-User".to_owned(), "56;encoding=hex".to_owned())],
        ring_timeout: LIMIT,
    }
}

#[tokio::test]
async fn an_agent_rings_answers_and_is_hung_up() {
    let stack = Stack::start().await;
    let mut agent = Peer::udp(stack.address(Transport::Udp)).await;
    let dial = request(format!("sip:agent@{}", agent.local));
    let mut leg = stack.handle.dial(dial).await.unwrap();
    let invite = agent.receive().await;
    assert_eq!(header(&invite, "User-to-User"), "56;encoding=hex");
    agent.respond(&invite, "180 Ringing", "agent", "").await;
    assert!(matches!(event(&mut leg).await, SipEvent::Ringing));
    agent.respond(&invite, "200 OK", "agent", ANSWER).await;
    assert!(matches!(event(&mut leg).await, SipEvent::Answered { sdp } if sdp == ANSWER));
    let ack = agent.receive().await;
    assert!(ack.starts_with("ACK "), "{ack}");
    leg.commands
        .send(SipCommand::Hangup {
            cause: HangupCause::normal("done"),
        })
        .await
        .unwrap();
    let bye = agent.receive().await;
    agent.respond(&bye, "200 OK", "", "").await;
    assert!(matches!(event(&mut leg).await, SipEvent::HungUp { .. }));
    stack.until_idle().await;
    insta::assert_snapshot!(agent.log().replace(&invite_id(&invite), "OUR-CALL-ID"));
}

fn invite_id(invite: &str) -> String {
    header(invite, "Call-ID")
}

fn from_tag(invite: &str) -> String {
    header(invite, "From").split("tag=").nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn an_agent_may_hang_up_first() {
    let stack = Stack::start().await;
    let mut agent = Peer::udp(stack.address(Transport::Udp)).await;
    let mut leg = stack
        .handle
        .dial(request(format!("sip:agent@{}", agent.local)))
        .await
        .unwrap();
    let invite = agent.receive().await;
    agent.respond(&invite, "200 OK", "agent", ANSWER).await;
    agent.until("ACK").await;
    assert!(matches!(event(&mut leg).await, SipEvent::Answered { .. }));
    let bye = agent
        .request(
            &format!("BYE {}", contact(&invite)),
            1,
            &from_tag(&invite),
            &[],
            "",
        )
        .replace(";tag=peer", ";tag=agent")
        .replace(
            &format!("Call-ID: call-{}", agent.local.port()),
            &format!("Call-ID: {}", invite_id(&invite)),
        );
    agent.send(&bye).await;
    agent.until("SIP/2.0 200").await;
    assert!(matches!(event(&mut leg).await, SipEvent::HungUp { cause } if cause == "callee hung up"));
    stack.until_idle().await;
}

#[tokio::test]
async fn a_busy_agent_is_a_failure_with_its_status() {
    let stack = Stack::start().await;
    let mut agent = Peer::udp(stack.address(Transport::Udp)).await;
    let mut leg = stack
        .handle
        .dial(request(format!("sip:agent@{}", agent.local)))
        .await
        .unwrap();
    let invite = agent.receive().await;
    agent.respond(&invite, "486 Busy Here", "agent", "").await;
    assert!(matches!(event(&mut leg).await, SipEvent::Failed { status: 486 }));
    agent.until("ACK").await;
    stack.until_idle().await;
}

#[tokio::test]
async fn an_agent_who_does_not_answer_is_cancelled() {
    let stack = Stack::start().await;
    let mut agent = Peer::udp(stack.address(Transport::Udp)).await;
    let mut dial = request(format!("sip:agent@{}", agent.local));
    dial.ring_timeout = Duration::from_millis(100);
    let mut leg = stack.handle.dial(dial).await.unwrap();
    let invite = agent.receive().await;
    agent.respond(&invite, "180 Ringing", "agent", "").await;
    assert!(matches!(event(&mut leg).await, SipEvent::Ringing));
    assert!(matches!(event(&mut leg).await, SipEvent::Failed { status: 408 }));
    let cancel = agent.until("CANCEL").await;
    agent.respond(&cancel, "200 OK", "agent", "").await;
    agent
        .respond(&invite, "487 Request Terminated", "agent", "")
        .await;
    agent.until("ACK").await;
    stack.until_idle().await;
}

#[tokio::test]
async fn a_leg_dropped_while_it_rings_is_cancelled() {
    let stack = Stack::start().await;
    let mut agent = Peer::tcp_listener(stack.address(Transport::Tcp)).await;
    let leg = stack
        .handle
        .dial(request(format!("sip:agent@{};transport=tcp", agent.local)))
        .await
        .unwrap();
    agent.accept().await;
    let invite = agent.receive().await;
    agent.respond(&invite, "180 Ringing", "agent", "").await;
    drop(leg);
    let cancel = agent.until("CANCEL").await;
    agent.respond(&cancel, "200 OK", "agent", "").await;
    agent
        .respond(&invite, "487 Request Terminated", "agent", "")
        .await;
    agent.until("ACK").await;
    stack.until_idle().await;
}

#[tokio::test]
async fn what_is_no_sip_uri_is_not_dialled() {
    let stack = Stack::start().await;
    let error = stack
        .handle
        .dial(request("nonsense".to_owned()))
        .await
        .unwrap_err();
    assert!(
        error.to_string().starts_with("\"nonsense\" is not a SIP URI"),
        "{error}"
    );
}
