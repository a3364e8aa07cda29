//! Calls that come in: answered, refused, cancelled, changed and ended.

use super::super::{HangupCause, SipCommand, SipConfig, SipEvent, SipLeg, Transport, TrunkTable};
use super::kit::{ANSWER, OFFER, Peer, Stack, contact, event, header, to_tag};

#[tokio::test]
async fn a_call_is_answered_and_the_caller_hangs_up() {
    let mut stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let invite = peer.request(
        "INVITE sip:100@127.0.0.1",
        1,
        "",
        &["P-Asserted-Identity: <sip:+15550100@x>"],
        OFFER,
    );
    peer.send(&invite).await;
    let call = stack.call().await;
    assert_eq!(call.caller.expose(), "+15550100");
    assert_eq!(
        (
            call.trunk.as_str(),
            call.called.as_str(),
            call.destination.as_str()
        ),
        ("loopback", "100", "main")
    );
    assert_eq!(call.offer.as_deref(), Some(OFFER));
    peer.receive().await;
    call.ring().await;
    peer.receive().await;
    let mut leg = call.answer(ANSWER.to_owned()).await.unwrap();
    let ok = peer.receive().await;
    let ack = peer.request("ACK sip:hark@127.0.0.1", 1, &to_tag(&ok), &[], "");
    peer.send(&ack).await;
    let bye = peer.request(&format!("BYE {}", contact(&ok)), 2, &to_tag(&ok), &[], "");
    peer.send(&bye).await;
    peer.receive().await;
    assert!(matches!(event(&mut leg).await, SipEvent::HungUp { cause } if cause == "caller hung up"));
    stack.until_idle().await;
    insta::assert_snapshot!(peer.log());
}

#[tokio::test]
async fn the_200_is_repeated_until_the_ack_and_a_late_offer_is_answered_in_it() {
    let mut stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let invite = peer.request("INVITE sip:100@127.0.0.1", 1, "", &[], "");
    peer.send(&invite).await;
    let call = stack.call().await;
    assert_eq!(call.offer, None);
    let mut leg = call.answer(OFFER.to_owned()).await.unwrap();
    peer.until("SIP/2.0 200").await;
    let again = peer.until("SIP/2.0 200").await;
    let ack = peer.request("ACK sip:hark@127.0.0.1", 1, &to_tag(&again), &[], ANSWER);
    peer.send(&ack).await;
    assert!(matches!(event(&mut leg).await, SipEvent::Answer { sdp } if sdp == ANSWER));
    leg.commands
        .send(SipCommand::Hangup {
            cause: HangupCause::normal("goodbye"),
        })
        .await
        .unwrap();
    let bye = peer.until("BYE").await;
    assert_eq!(header(&bye, "Reason"), "Q.850;cause=16;text=\"goodbye\"");
    peer.respond(&bye, "200 OK", "", "").await;
    assert!(matches!(event(&mut leg).await, SipEvent::HungUp { .. }));
    stack.until_idle().await;
}

#[tokio::test]
async fn a_hang_up_before_the_ack_waits_for_it() {
    let mut stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let invite = peer.request("INVITE sip:100@127.0.0.1", 1, "", &[], OFFER);
    peer.send(&invite).await;
    let leg = stack.call().await.answer(ANSWER.to_owned()).await.unwrap();
    let ok = peer.until("SIP/2.0 200").await;
    drop(leg);
    // The next message is the 200 again, not BYE.
    let next = peer.try_receive(super::kit::LIMIT).await.unwrap();
    assert!(next.starts_with("SIP/2.0 200"), "{next}");
    let ack = peer.request("ACK sip:hark@127.0.0.1", 1, &to_tag(&ok), &[], "");
    peer.send(&ack).await;
    let bye = peer.until("BYE").await;
    peer.respond(&bye, "200 OK", "", "").await;
    stack.until_idle().await;
}

#[tokio::test]
async fn a_caller_who_gives_up_gets_487() {
    let mut stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let invite = peer.request("INVITE sip:100@127.0.0.1", 1, "", &[], OFFER);
    peer.send(&invite).await;
    let call = stack.call().await;
    peer.receive().await;
    let cancel = peer
        .request("CANCEL sip:100@127.0.0.1", 1, "", &[], "")
        .replace("z9hG4bK-CANCEL", "z9hG4bK-INVITE");
    peer.send(&cancel).await;
    let (a, b) = (peer.receive().await, peer.receive().await);
    let refused = if a.starts_with("SIP/2.0 487") { a } else { b };
    let ack = peer
        .request("ACK sip:100@127.0.0.1", 1, &to_tag(&refused), &[], "")
        .replace("z9hG4bK-ACK", "z9hG4bK-INVITE");
    peer.send(&ack).await;
    call.cancelled().await;
    assert!(call.answer(ANSWER.to_owned()).await.is_err());
    stack.until_idle().await;
    insta::assert_snapshot!(peer.log());
}

#[tokio::test]
async fn a_call_the_application_refuses_is_told_why() {
    let mut stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let invite = peer.request("INVITE sip:100@127.0.0.1", 1, "", &[], OFFER);
    peer.send(&invite).await;
    let call = stack.call().await;
    call.reject(488, "no codec in common").await;
    let refused = peer.until("SIP/2.0 488").await;
    assert_eq!(header(&refused, "Warning"), "399 hark \"no codec in common\"");
    assert!(!to_tag(&refused).is_empty());
    let ack = peer
        .request("ACK sip:100@127.0.0.1", 1, &to_tag(&refused), &[], "")
        .replace("z9hG4bK-ACK", "z9hG4bK-INVITE");
    peer.send(&ack).await;
    stack.until_idle().await;
    let recent = stack.handle.rejections().recent();
    assert_eq!(recent.len(), 1);
    assert_eq!(recent[0].detail, "no codec in common");
}

#[tokio::test]
async fn a_call_dropped_unanswered_is_refused_with_480() {
    let mut stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let invite = peer.request("INVITE sip:100@127.0.0.1", 1, "", &[], OFFER);
    peer.send(&invite).await;
    drop(stack.call().await);
    peer.until("SIP/2.0 480").await;
    stack.until_idle().await;
}

#[tokio::test]
async fn a_number_outside_the_dialplan_is_not_found() {
    let stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let invite = peer.request("INVITE sip:999@127.0.0.1", 1, "", &[], OFFER);
    peer.send(&invite).await;
    peer.receive().await;
    insta::assert_snapshot!(peer.log());
    let recent = stack.handle.rejections().recent();
    assert_eq!(recent[0].detail, "number \"999\" is not in the dialplan");
}

#[tokio::test]
async fn at_the_limit_a_call_is_asked_to_come_back() {
    let config = SipConfig {
        max_calls: 1,
        retry_after_s: 7,
        ..SipConfig::loopback()
    };
    let mut stack = Stack::with(config, TrunkTable::loopback()).await;
    let server = stack.address(Transport::Udp);
    let (mut first, mut second) = (Peer::udp(server).await, Peer::udp(server).await);
    let invite = first.request("INVITE sip:100@127.0.0.1", 1, "", &[], OFFER);
    first.send(&invite).await;
    let call = stack.call().await;
    let invite = second.request("INVITE sip:100@127.0.0.1", 1, "", &[], OFFER);
    second.send(&invite).await;
    let refused = second.until("SIP/2.0 503").await;
    assert_eq!(header(&refused, "Retry-After"), "7");
    drop(call);
}

#[tokio::test]
async fn keys_hold_and_transfer_reach_the_call() {
    let mut stack = Stack::start().await;
    let mut peer = Peer::tcp(stack.address(Transport::Tcp)).await;
    let invite = peer.request("INVITE sip:100@127.0.0.1", 1, "", &[], OFFER);
    peer.send(&invite).await;
    let mut leg = stack.call().await.answer(ANSWER.to_owned()).await.unwrap();
    peer.receive().await;
    let ok = peer.receive().await;
    let (target, tag) = (contact(&ok), to_tag(&ok));
    let ack = peer.request(&format!("ACK {target}"), 1, &tag, &[], "");
    peer.send(&ack).await;

    let info = peer.request(
        &format!("INFO {target}"),
        2,
        &tag,
        &["Content-Type: application/dtmf-relay"],
        "Signal=7\r\nDuration=100\r\n",
    );
    peer.send(&info).await;
    peer.receive().await;
    assert!(matches!(event(&mut leg).await, SipEvent::Key('7')));

    let hold = OFFER.to_owned() + "a=sendonly\r\n";
    let reinvite = peer.request(&format!("INVITE {target}"), 3, &tag, &[], &hold);
    peer.send(&reinvite).await;
    let SipEvent::Reoffer(reoffer) = event(&mut leg).await else {
        panic!("no reoffer")
    };
    assert_eq!(reoffer.sdp.as_deref(), Some(hold.as_str()));
    reoffer
        .reply
        .send(Ok(ANSWER.to_owned() + "a=recvonly\r\n"))
        .unwrap();
    peer.receive().await;
    let ack = peer.request(&format!("ACK {target}"), 3, &tag, &[], "");
    peer.send(&ack).await;

    let update = peer.request(&format!("UPDATE {target}"), 4, &tag, &[], OFFER);
    peer.send(&update).await;
    let SipEvent::Reoffer(reoffer) = event(&mut leg).await else {
        panic!("no reoffer")
    };
    reoffer.reply.send(Err(488)).unwrap();
    peer.receive().await;

    leg.commands
        .send(SipCommand::Refer {
            to: "sip:agent@127.0.0.1".to_owned(),
        })
        .await
        .unwrap();
    let refer = peer.receive().await;
    assert_eq!(header(&refer, "Refer-To"), "<sip:agent@127.0.0.1>");
    peer.respond(&refer, "202 Accepted", "", "").await;
    let notify = peer.request(
        &format!("NOTIFY {target}"),
        5,
        &tag,
        &[
            "Event: refer",
            "Subscription-State: terminated",
            "Content-Type: message/sipfrag",
        ],
        "SIP/2.0 200 OK\r\n",
    );
    peer.send(&notify).await;
    peer.receive().await;
    assert!(matches!(
        event(&mut leg).await,
        SipEvent::ReferProgress { status: 200 }
    ));

    drop(leg);
    let bye = peer.receive().await;
    assert!(bye.starts_with("BYE sip:200@"), "{bye}");
    peer.respond(&bye, "200 OK", "", "").await;
    stack.until_idle().await;
    insta::assert_snapshot!(peer.log());
}

#[tokio::test]
async fn routes_recorded_by_a_proxy_are_kept_and_requests_go_through_it() {
    let mut stack = Stack::start().await;
    let mut proxy = Peer::udp(stack.address(Transport::Udp)).await;
    let route = format!("Record-Route: <sip:{};lr>", proxy.local);
    // The caller's Contact is not where the proxy is: only the route set leads back.
    let invite = proxy
        .request("INVITE sip:100@127.0.0.1", 1, "", &[&route], OFFER)
        .replace(
            &format!("<sip:200@{};transport=udp>", proxy.local),
            "<sip:200@192.0.2.1>",
        );
    proxy.send(&invite).await;
    let leg = stack.call().await.answer(ANSWER.to_owned()).await.unwrap();
    let ok = proxy.until("SIP/2.0 200").await;
    assert_eq!(
        header(&ok, "Record-Route"),
        route.strip_prefix("Record-Route: ").unwrap()
    );
    let ack = proxy.request(&format!("ACK {}", contact(&ok)), 1, &to_tag(&ok), &[], "");
    proxy.send(&ack).await;
    drop(leg);
    let bye = proxy.until("BYE sip:200@192.0.2.1 SIP/2.0").await;
    assert_eq!(
        header(&bye, "Route"),
        route.strip_prefix("Record-Route: ").unwrap()
    );
    proxy.respond(&bye, "200 OK", "", "").await;
    stack.until_idle().await;
}

#[tokio::test]
async fn a_session_timer_too_short_is_refused_with_ours() {
    let stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let asked = ["Supported: timer", "Session-Expires: 30"];
    let invite = peer.request("INVITE sip:100@127.0.0.1", 1, "", &asked, OFFER);
    peer.send(&invite).await;
    let refused = peer.until("SIP/2.0 422").await;
    assert_eq!(header(&refused, "Min-SE"), "90");
}

#[tokio::test]
async fn a_caller_who_does_not_refresh_the_session_is_hung_up() {
    let config = SipConfig {
        min_se_s: 1,
        ..SipConfig::loopback()
    };
    let mut stack = Stack::with(config, TrunkTable::loopback()).await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let asked = ["Supported: timer", "Session-Expires: 2"];
    let invite = peer.request("INVITE sip:100@127.0.0.1", 1, "", &asked, OFFER);
    peer.send(&invite).await;
    let mut leg = stack.call().await.answer(ANSWER.to_owned()).await.unwrap();
    let ok = peer.until("SIP/2.0 200").await;
    assert_eq!(header(&ok, "Session-Expires"), "2;refresher=uac");
    let ack = peer.request("ACK sip:hark@127.0.0.1", 1, &to_tag(&ok), &[], "");
    peer.send(&ack).await;
    let bye = peer.until("BYE").await;
    assert_eq!(
        header(&bye, "Reason"),
        "Q.850;cause=102;text=\"the session timer ran out\""
    );
    peer.respond(&bye, "200 OK", "", "").await;
    assert!(matches!(event(&mut leg).await, SipEvent::HungUp { .. }));
    stack.until_idle().await;
}

#[tokio::test]
async fn we_refresh_the_session_when_the_caller_leaves_it_to_us() {
    let config = SipConfig {
        min_se_s: 1,
        ..SipConfig::loopback()
    };
    let mut stack = Stack::with(config, TrunkTable::loopback()).await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let asked = ["Supported: timer", "Session-Expires: 2;refresher=uas"];
    let invite = peer.request("INVITE sip:100@127.0.0.1", 1, "", &asked, OFFER);
    peer.send(&invite).await;
    let mut leg = stack.call().await.answer(ANSWER.to_owned()).await.unwrap();
    let ok = peer.until("SIP/2.0 200").await;
    let ack = peer.request("ACK sip:hark@127.0.0.1", 1, &to_tag(&ok), &[], "");
    peer.send(&ack).await;
    let update = peer.until("UPDATE").await;
    assert_eq!(header(&update, "Session-Expires"), "2;refresher=uac");
    peer.respond(&update, "481 Call/Transaction Does Not Exist", "", "")
        .await;
    let bye = peer.until("BYE").await;
    peer.respond(&bye, "200 OK", "", "").await;
    assert!(matches!(event(&mut leg).await, SipEvent::HungUp { .. }));
    stack.until_idle().await;
}

/// A call that is answered and acknowledged: its leg, the 200, and the next free CSeq number.
async fn established(stack: &mut Stack, peer: &mut Peer) -> (SipLeg, String, u32) {
    let invite = peer.request("INVITE sip:100@127.0.0.1", 1, "", &[], OFFER);
    peer.send(&invite).await;
    let mut leg = stack.call().await.answer(ANSWER.to_owned()).await.unwrap();
    let ok = peer.until("SIP/2.0 200").await;
    let ack = peer.request(&format!("ACK {}", contact(&ok)), 1, &to_tag(&ok), &[], "");
    peer.send(&ack).await;
    // A key that comes before the ACK is through gets no answer: when one does, the call is up.
    for number in 2.. {
        let key = ["Content-Type: application/dtmf"];
        let info = peer.request(&format!("INFO {}", contact(&ok)), number, &to_tag(&ok), &key, "5");
        peer.send(&info).await;
        let up = tokio::time::timeout(std::time::Duration::from_millis(200), leg.events.recv()).await;
        if matches!(up, Ok(Some(SipEvent::Key('5')))) {
            peer.until("SIP/2.0 200").await;
            return (leg, ok, number + 1);
        }
    }
    unreachable!()
}

#[tokio::test]
async fn an_ack_without_the_answer_it_owes_ends_the_call() {
    let mut stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let invite = peer.request("INVITE sip:100@127.0.0.1", 1, "", &[], "");
    peer.send(&invite).await;
    let mut leg = stack.call().await.answer(OFFER.to_owned()).await.unwrap();
    let ok = peer.until("SIP/2.0 200").await;
    let ack = peer.request(&format!("ACK {}", contact(&ok)), 1, &to_tag(&ok), &[], "");
    peer.send(&ack).await;
    let bye = peer.until("BYE").await;
    assert_eq!(
        header(&bye, "Reason"),
        "Q.850;cause=96;text=\"the ACK brought no answer to our offer\""
    );
    peer.respond(&bye, "200 OK", "", "").await;
    assert!(matches!(event(&mut leg).await, SipEvent::HungUp { .. }));
    stack.until_idle().await;
}

#[tokio::test]
async fn an_older_ack_answers_no_later_offer_and_a_missing_answer_then_changes_nothing() {
    let mut stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let invite = peer.request("INVITE sip:100@127.0.0.1", 1, "", &[], "");
    peer.send(&invite).await;
    let mut leg = stack.call().await.answer(OFFER.to_owned()).await.unwrap();
    let ok = peer.until("SIP/2.0 200").await;
    let (target, tag) = (contact(&ok), to_tag(&ok));
    let ack = peer.request(&format!("ACK {target}"), 1, &tag, &[], ANSWER);
    peer.send(&ack).await;
    assert!(matches!(event(&mut leg).await, SipEvent::Answer { .. }));

    let reinvite = peer.request(&format!("INVITE {target}"), 2, &tag, &[], "");
    peer.send(&reinvite).await;
    let SipEvent::Reoffer(reoffer) = event(&mut leg).await else {
        panic!("no reoffer")
    };
    reoffer.reply.send(Ok(OFFER.to_owned())).unwrap();
    peer.until("SIP/2.0 200").await;
    // After this INFO the stack says "confirmed" again, while the last ACK is still the first one.
    let key = ["Content-Type: application/dtmf"];
    let info = peer.request(&format!("INFO {target}"), 3, &tag, &key, "5");
    peer.send(&info).await;
    assert!(matches!(event(&mut leg).await, SipEvent::Key('5')));
    let ack = peer.request(&format!("ACK {target}"), 2, &tag, &[], "");
    peer.send(&ack).await;
    let info = peer.request(&format!("INFO {target}"), 4, &tag, &key, "6");
    peer.send(&info).await;
    let next = event(&mut leg).await;
    assert!(matches!(next, SipEvent::Key('6')), "{next:?}");
}

/// What the call is told when the far end hangs up after a REFER, with these reports in between.
async fn hung_up_after_refer(reports: &[&str]) -> Vec<String> {
    let mut stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let (mut leg, ok, mut number) = established(&mut stack, &mut peer).await;
    let (target, tag) = (contact(&ok), to_tag(&ok));
    let to = "sip:agent@127.0.0.1".to_owned();
    leg.commands.send(SipCommand::Refer { to }).await.unwrap();
    let refer = peer.until("REFER").await;
    peer.respond(&refer, "202 Accepted", "", "").await;
    let mut told = Vec::new();
    for report in reports {
        let about = ["Event: refer", "Content-Type: message/sipfrag"];
        let notify = peer.request(&format!("NOTIFY {target}"), number, &tag, &about, report);
        peer.send(&notify).await;
        told.push(format!("{:?}", event(&mut leg).await));
        number += 1;
    }
    let bye = peer.request(&format!("BYE {target}"), number, &tag, &[], "");
    peer.send(&bye).await;
    loop {
        let event = event(&mut leg).await;
        told.push(format!("{event:?}"));
        if matches!(event, SipEvent::HungUp { .. }) {
            return told;
        }
    }
}

#[tokio::test]
async fn who_hangs_up_right_after_taking_a_transfer_has_gone_there() {
    let gone = "HungUp { cause: \"caller hung up\" }";
    let done = "ReferProgress { status: 200 }";
    assert_eq!(hung_up_after_refer(&[]).await, [done, gone]);
    assert_eq!(
        hung_up_after_refer(&["SIP/2.0 100 Trying\r\n"]).await,
        ["ReferProgress { status: 100 }", done, gone]
    );
    // Who reports that it rings would have reported the end as well: this caller gave up.
    assert_eq!(
        hung_up_after_refer(&["SIP/2.0 180 Ringing\r\n"]).await,
        ["ReferProgress { status: 180 }", gone]
    );
}

#[tokio::test]
async fn a_bye_that_was_lost_is_repeated_before_the_stack_is_drained() {
    let mut stack = Stack::start().await;
    let mut peer = Peer::udp(stack.address(Transport::Udp)).await;
    let (leg, ..) = established(&mut stack, &mut peer).await;
    drop(leg);
    let lost = peer.until("BYE").await;
    assert!(!stack.handle.drained(std::time::Duration::ZERO).await);
    let again = peer.until("BYE").await;
    assert_eq!(again, lost);
    peer.respond(&again, "200 OK", "", "").await;
    assert!(stack.handle.drained(super::kit::LIMIT).await);
    assert_eq!(stack.handle.dialogs(), 0);
}
