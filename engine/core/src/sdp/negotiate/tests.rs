use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::sdp::parse::parse;

fn local() -> LocalSession {
    LocalSession::new("192.0.2.10".parse().unwrap(), 40_000, 1_000)
}

/// An offer from 198.51.100.7 with these lines from `m=` on.
fn offer(media: &str) -> SessionDescription {
    let text = format!("v=0\no=- 7 7 IN IP4 198.51.100.7\ns=-\nc=IN IP4 198.51.100.7\nt=0 0\n{media}");
    parse(text.as_bytes()).unwrap()
}

fn answer_text(media: &str) -> String {
    let answer = Answer::negotiate(&offer(media), &mut local()).unwrap();
    answer.description.to_string().replace("\r\n", "\n")
}

fn plan(media: &str) -> MediaPlan {
    Answer::negotiate(&offer(media), &mut local()).unwrap().plan
}

#[test]
fn a_usual_phone() {
    let media = "m=audio 6000 RTP/AVP 8 0 101\na=rtpmap:8 PCMA/8000\na=rtpmap:0 PCMU/8000\n\
                 a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16\na=ptime:20\n";
    assert_snapshot!(answer_text(media), @r"
    v=0
    o=- 1000 1000 IN IP4 192.0.2.10
    s=-
    c=IN IP4 192.0.2.10
    t=0 0
    m=audio 40000 RTP/AVP 8 101
    a=rtpmap:8 PCMA/8000
    a=rtpmap:101 telephone-event/8000
    a=fmtp:101 0-15
    a=ptime:20
    a=sendrecv
    ");
    assert_eq!(
        plan(media),
        MediaPlan {
            remote: "198.51.100.7:6000".parse().unwrap(),
            remote_rtcp: "198.51.100.7:6001".parse().unwrap(),
            codec: AudioCodec::Pcma,
            payload_type: 8,
            dtmf_payload_type: Some(101),
            direction: MediaDirection::SendReceive,
            ptime_ms: 20,
        }
    );
}

#[test]
fn other_streams_are_refused_in_their_place() {
    let media = "m=video 6002 RTP/AVP 96 97\na=rtpmap:96 H264/90000\nm=audio 6004 RTP/SAVP 0\n\
                 m=audio 6000 RTP/AVP 0\nm=audio 6008 RTP/AVP 0\nm=application 0 UDP/DTLS/SCTP x\n";
    assert_snapshot!(answer_text(media), @r"
    v=0
    o=- 1000 1000 IN IP4 192.0.2.10
    s=-
    c=IN IP4 192.0.2.10
    t=0 0
    m=video 0 RTP/AVP 96
    m=audio 0 RTP/SAVP 0
    m=audio 40000 RTP/AVP 0
    a=rtpmap:0 PCMU/8000
    a=ptime:20
    a=sendrecv
    m=audio 0 RTP/AVP 0
    m=application 0 UDP/DTLS/SCTP x
    ");
}

#[test]
fn the_far_ends_numbers_and_preference_count() {
    let plan = plan(
        "m=audio 6000 RTP/AVP 9 97 0 98 99\na=rtpmap:97 pcma/8000/1\na=rtpmap:98 telephone-event/48000\n\
         a=rtpmap:99 Telephone-Event/8000\na=ptime:30\na=rtcp:7001 IN IP4 203.0.113.9\n",
    );
    assert_eq!((plan.codec, plan.payload_type), (AudioCodec::Pcma, 97));
    assert_eq!((plan.dtmf_payload_type, plan.ptime_ms), (Some(99), 30));
    assert_eq!(plan.remote_rtcp, "203.0.113.9:7001".parse().unwrap());
}

#[test]
fn directions_and_hold() {
    let check = |lines: &str, expect: MediaDirection| {
        let media = format!("m=audio 6000 RTP/AVP 0\n{lines}");
        assert_eq!(plan(&media).direction, expect, "{lines}");
        assert!(
            answer_text(&media).contains(&format!("a={}\n", expect.attribute())),
            "{lines}"
        );
    };
    check("", MediaDirection::SendReceive);
    check("a=sendrecv\n", MediaDirection::SendReceive);
    check("a=sendonly\n", MediaDirection::ReceiveOnly);
    check("a=recvonly\n", MediaDirection::SendOnly);
    check("a=inactive\n", MediaDirection::Inactive);
    check("c=IN IP4 0.0.0.0\n", MediaDirection::ReceiveOnly);
    check("c=IN IP4 0.0.0.0\na=inactive\n", MediaDirection::Inactive);
    let mut session = offer("m=audio 6000 RTP/AVP 0\n");
    session.attributes.push(Attribute::flag("inactive"));
    assert_eq!(
        Answer::negotiate(&session, &mut local()).unwrap().plan.direction,
        MediaDirection::Inactive
    );
}

#[test]
fn refusals_say_why() {
    let check = |media: &str, reason: &str, message: &str| {
        let error = Answer::negotiate(&offer(media), &mut local()).unwrap_err();
        assert_eq!((error.reason(), error.to_string().as_str()), (reason, message));
        assert_eq!(error.sip_status(), 488);
    };
    check("", "no_audio", "no audio stream is offered");
    check("m=audio 0 RTP/AVP 0\n", "no_audio", "no audio stream is offered");
    check(
        "m=video 6000 RTP/AVP 0\n",
        "no_audio",
        "no audio stream is offered",
    );
    check(
        "m=audio 6000 RTP/AVP 18 96\na=rtpmap:96 opus/48000/2\n",
        "no_common_codec",
        "no common codec: the far end has 18, opus",
    );
    // Payload type 0 given another meaning.
    check(
        "m=audio 6000 RTP/AVP 0\na=rtpmap:0 G729/8000\n",
        "no_common_codec",
        "no common codec: the far end has G729",
    );
    check(
        "m=audio 6000 RTP/SAVP 0\n",
        "media_protocol",
        "audio is offered over RTP/SAVP only, and RTP/AVP is needed",
    );
    check(
        "m=audio 6000 RTP/AVP 0\nc=IN IP4 media.example\n",
        "media_address",
        "the far end's media address is missing or a host name, which is not resolved",
    );
}

#[test]
fn our_offer_and_its_answer() {
    let mut us = local();
    us.address = "2001:db8::10".parse().unwrap();
    assert_snapshot!(us.offer().to_string().replace("\r\n", "\n"), @r"
    v=0
    o=- 1000 1000 IN IP6 2001:db8::10
    s=-
    c=IN IP6 2001:db8::10
    t=0 0
    m=audio 40000 RTP/AVP 0 8 101
    a=rtpmap:0 PCMU/8000
    a=rtpmap:8 PCMA/8000
    a=rtpmap:101 telephone-event/8000
    a=fmtp:101 0-15
    a=ptime:20
    a=sendrecv
    ");
    let mut them = LocalSession::new("198.51.100.7".parse().unwrap(), 6_000, 5);
    them.codecs = vec![AudioCodec::Pcma];
    let answer = them.answer(&us.offer()).unwrap();
    let plan = us.apply_answer(&answer.description).unwrap();
    assert_eq!(
        (plan.codec, plan.dtmf_payload_type),
        (AudioCodec::Pcma, Some(101))
    );
    assert_eq!(plan.remote, "198.51.100.7:6000".parse().unwrap());
    assert_eq!(answer.plan.remote, "[2001:db8::10]:40000".parse().unwrap());
}

#[test]
fn answers_that_do_not_fit() {
    let check = |media: &str, reason: &str| {
        let mut us = local();
        us.offer();
        assert_eq!(
            us.apply_answer(&offer(media)).map_err(|error| error.reason()),
            Err(reason),
            "{media}"
        );
    };
    check("", "answer_misfit");
    check("m=video 1 RTP/AVP 0\n", "answer_misfit");
    check("m=audio 1 RTP/AVP 0\nm=audio 2 RTP/AVP 0\n", "answer_misfit");
    check("m=audio 0 RTP/AVP 0\n", "audio_refused");
    check("m=audio 1 RTP/AVP 3\n", "no_common_codec");
}

#[test]
fn the_version_changes_when_the_description_does() {
    let mut us = local();
    let plain = offer("m=audio 6000 RTP/AVP 0\n");
    let version = |us: &mut LocalSession, offer: &SessionDescription| {
        us.answer(offer).unwrap().description.origin.version
    };
    assert_eq!(version(&mut us, &plain), "1000");
    assert_eq!(version(&mut us, &plain), "1000");
    assert_eq!(
        version(&mut us, &offer("m=audio 6000 RTP/AVP 0\na=sendonly\n")),
        "1001"
    );
    assert_eq!(version(&mut us, &plain), "1002");
    assert_eq!(version(&mut us, &plain), "1002");
}

#[test]
fn two_of_us_always_understand_each_other() {
    for codecs in [
        vec![AudioCodec::Pcmu],
        vec![AudioCodec::Pcma],
        vec![AudioCodec::Pcma, AudioCodec::Pcmu],
    ] {
        for direction in [
            MediaDirection::SendReceive,
            MediaDirection::SendOnly,
            MediaDirection::Inactive,
        ] {
            let (mut us, mut them) = (local(), local());
            us.codecs = codecs.clone();
            us.direction = direction;
            let answer = them.answer(&us.offer()).unwrap();
            let plan = us.apply_answer(&answer.description).unwrap();
            assert_eq!(plan.direction, answer.plan.direction.reversed());
            assert_eq!(plan.codec, codecs[0]);
        }
    }
}

proptest! {
    #[test]
    fn any_description_is_answered_or_refused(lines in prop::collection::vec(any_line(), 0..20)) {
        let text = format!("v=0\r\n{}\r\n", lines.join("\r\n"));
        if let Ok(offer) = parse(text.as_bytes())
            && let Ok(answer) = Answer::negotiate(&offer, &mut local())
        {
            prop_assert_eq!(answer.description.media.len(), offer.media.len());
            let accepted = answer.description.media.iter().filter(|media| media.port != 0).count();
            prop_assert_eq!(accepted, 1);
            prop_assert!(parse(answer.description.to_string().as_bytes()).is_ok());
        }
    }
}

fn any_line() -> impl Strategy<Value = String> {
    prop_oneof![
        "m=audio [0-9]{1,5} RTP/AVP( [0-9]{1,3}){0,4}",
        "m=(audio|video) [0-9]{1,5} RTP/S?AVPF?( [0-9a-z]{0,3}){0,4}",
        "c=IN IP[46] [0-9a-f.:]{1,15}",
        "c=IN IP4 192.0.2.[0-9]",
        "a=rtpmap:[0-9]{1,3} (PCMU|PCMA|telephone-event|x)/[0-9]{1,6}",
        "a=(sendonly|recvonly|inactive|sendrecv|rtcp:[0-9]{0,6}|ptime:[0-9-]{0,6})",
        "[a-z]=[ -~]{0,20}",
    ]
}
