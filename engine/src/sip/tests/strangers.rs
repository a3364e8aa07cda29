//! Peers that are in no trunk: scanners, and agents whose phones we call.

use std::time::Duration;

use super::super::{DialRequest, RejectionReason, SipConfig, SipEvent, SipLeg, Transport, TrunkTable};
use super::kit::{ANSWER, LIMIT, OFFER, Peer, Stack, contact, event, header};

async fn stack(trunks: &str) -> Stack {
    let trunks = TrunkTable::parse("trunks.toml", trunks).unwrap();
    Stack::with(SipConfig::loopback(), trunks).await
}

/// A call to an agent, answered; its INVITE shows which dialog it is.
async fn called(stack: &Stack, agent: &mut Peer) -> (SipLeg, String) {
    let transport = if agent.is_listening() {
        ";transport=tcp"
    } else {
        ""
    };
    let request = DialRequest {
        uri: format!("sip:agent@{}{transport}", agent.local),
        offer: OFFER.to_owned(),
        headers: Vec::new(),
        ring_timeout: LIMIT,
    };
    let mut leg = stack.handle.dial(request).await.unwrap();
    if agent.is_listening() {
        agent.accept().await;
    }
    let invite = agent.until("INVITE").await;
    agent.respond(&invite, "200 OK", "agent", ANSWER).await;
    agent.until("ACK").await;
    assert!(matches!(event(&mut leg).await, SipEvent::Answered { .. }));
    (leg, invite)
}

/// A BYE of the agent's, from whichever socket.
fn bye(peer: &Peer, invite: &str) -> String {
    let our_tag = header(invite, "From").split("tag=").nth(1).unwrap().to_owned();
    peer.request(&format!("BYE {}", contact(invite)), 1, &our_tag, &[], "")
        .replace(";tag=peer", ";tag=agent")
        .replace(
            &format!("Call-ID: call-{}", peer.local.port()),
            &format!("Call-ID: {}", header(invite, "Call-ID")),
        )
}

#[tokio::test]
async fn a_stranger_s_connection_is_closed_as_it_comes_or_hears_403() {
    let closed = stack("unknown_source = \"drop\"\n").await;
    let mut peer = Peer::tcp(closed.address(Transport::Tcp)).await;
    assert!(peer.is_closed().await);

    let forbidding = stack("unknown_source = \"forbid\"\n").await;
    let mut peer = Peer::tcp(forbidding.address(Transport::Tcp)).await;
    let options = peer.request("OPTIONS sip:100@127.0.0.1", 1, "", &[], "");
    peer.send(&options).await;
    peer.until("SIP/2.0 403").await;
}

#[tokio::test]
async fn an_agent_in_no_trunk_hangs_up_and_hears_it_acknowledged_as_often_as_he_asks() {
    let stack = stack("").await;
    let mut agent = Peer::udp(stack.address(Transport::Udp)).await;
    let (mut leg, invite) = called(&stack, &mut agent).await;
    let bye = bye(&agent, &invite);
    // With another tag it is no business of this dialog.
    agent.send(&bye.replace("tag=agent", "tag=other")).await;
    agent.send(&bye).await;
    agent.until("SIP/2.0 200").await;
    assert!(matches!(event(&mut leg).await, SipEvent::HungUp { .. }));
    stack.until_idle().await;
    agent.send(&bye).await;
    agent.until("SIP/2.0 200").await;
}

#[tokio::test]
async fn an_agent_may_hang_up_by_a_connection_of_his_own_while_we_call_him() {
    let stack = stack("").await;
    let mut agent = Peer::udp(stack.address(Transport::Udp)).await;
    let (mut leg, invite) = called(&stack, &mut agent).await;
    let mut by_tcp = Peer::tcp(stack.address(Transport::Tcp)).await;
    let bye = bye(&by_tcp, &invite);
    by_tcp.send(&bye).await;
    by_tcp.until("SIP/2.0 200").await;
    assert!(matches!(event(&mut leg).await, SipEvent::HungUp { .. }));
    drop(leg);
    // Once the call is over he is a stranger as before.
    let refused = async { while !Peer::tcp(stack.address(Transport::Tcp)).await.is_closed().await {} };
    tokio::time::timeout(LIMIT, refused).await.unwrap();
}

#[tokio::test]
async fn a_connection_that_we_opened_brings_no_calls_of_strangers() {
    let stack = stack("").await;
    let mut agent = Peer::tcp_listener(stack.address(Transport::Tcp)).await;
    let (mut leg, invite) = called(&stack, &mut agent).await;
    let call = agent.request("INVITE sip:100@127.0.0.1", 1, "", &[], OFFER);
    agent.send(&call).await;
    let recorded = async {
        while stack.handle.rejections().recent().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, recorded).await.unwrap();
    let refusal = stack.handle.rejections().recent().remove(0);
    assert_eq!(
        (refusal.reason, refusal.status),
        (RejectionReason::UnknownSource, None)
    );
    assert_eq!(agent.try_receive(Duration::from_millis(50)).await, None);
    // What belongs to the call passes.
    let bye = bye(&agent, &invite);
    agent.send(&bye).await;
    agent.until("SIP/2.0 200").await;
    assert!(matches!(event(&mut leg).await, SipEvent::HungUp { .. }));
}
