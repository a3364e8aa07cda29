use super::*;

const NEAR: &str = "192.0.2.1:5062";
const FAR: &str = "192.0.2.2:5060";
const ANSWER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\n\
    m=audio 7000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";

/// A call and the far end's side of it.
struct Talk {
    leg: SipLeg,
    start: Instant,
    invite: Message,
}

impl Talk {
    fn dial() -> Self {
        let start = Instant::now();
        let dial = Dial {
            uri: format!("sip:shop@{FAR}"),
            target: FAR.parse().unwrap(),
            local: NEAR.parse().unwrap(),
            from: "4155550100".to_owned(),
            seed: 0xABCD_EF01_2345,
            ring: Duration::from_secs(30),
            keys: true,
        };
        let mut leg = SipLeg::dial(start, dial, 40_000);
        let (_, invite) = leg.poll_transmit().unwrap();
        Self {
            leg,
            start,
            invite: Message::parse(&invite).unwrap(),
        }
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    /// The far end answers the last INVITE.
    fn respond(&mut self, ms: u64, status: u16, sdp: &str) {
        let mut response = Message::response(&self.invite, status, "Whatever", "far")
            .with("Contact", "<sip:shop@192.0.2.9:5080>")
            .with("Record-Route", "<sip:192.0.2.3:5070;lr>, <sip:192.0.2.4;lr>");
        response.body = sdp.as_bytes().to_vec();
        let at = self.at(ms);
        self.leg.receive(at, FAR.parse().unwrap(), &response.to_bytes());
    }

    /// The far end sends a request inside the dialog.
    fn request(&mut self, ms: u64, method: &str, cseq: u32, sdp: &str) {
        let from = format!("{};tag=far", self.invite.header("To").unwrap());
        let mut request = Message::request(method, "sip:callsim@192.0.2.1:5062")
            .with(
                "Via",
                format!("SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKfar{method}{cseq}"),
            )
            .with("From", from)
            .with("To", self.invite.header("From").unwrap())
            .with("Call-ID", self.invite.header("Call-ID").unwrap())
            .with("CSeq", format!("{cseq} {method}"));
        request.body = sdp.as_bytes().to_vec();
        let at = self.at(ms);
        self.leg.receive(at, FAR.parse().unwrap(), &request.to_bytes());
    }

    /// What was sent since the last look: where to, start line, CSeq.
    fn sent(&mut self) -> Vec<String> {
        let mut sent = Vec::new();
        while let Some((to, bytes)) = self.leg.poll_transmit() {
            let message = Message::parse(&bytes).unwrap();
            let start = match &message.start {
                Start::Request { method, uri } => format!("{method} {uri}"),
                Start::Response { status, .. } => status.to_string(),
            };
            sent.push(format!("{to} {start} [{}]", message.header("CSeq").unwrap()));
        }
        sent
    }

    fn events(&mut self) -> Vec<SipEvent> {
        std::iter::from_fn(|| self.leg.poll_event()).collect()
    }

    /// Lets every deadline up to `ms` pass.
    fn wait_until(&mut self, ms: u64) {
        while let Some(at) = self.leg.poll_timeout().filter(|at| *at <= self.at(ms)) {
            self.leg.handle_timeout(at);
        }
    }

    fn answered() -> Self {
        let mut talk = Self::dial();
        talk.respond(50, 200, ANSWER);
        talk.sent();
        assert!(matches!(talk.events().as_slice(), [SipEvent::Answered { .. }]));
        talk
    }
}

#[test]
fn an_answered_call_is_acknowledged_along_its_route() {
    let mut talk = Talk::dial();
    assert_eq!(talk.invite.header("From").and_then(tag_of), Some("abcdef012345"));
    talk.respond(10, 100, "");
    talk.respond(20, 180, "");
    talk.respond(900, 200, ANSWER);
    talk.respond(1_400, 200, ANSWER);
    // The ACK goes to the last Record-Route entry, addressed to the Contact; a repeated 200 gets it again.
    let ack = "192.0.2.4:5060 ACK sip:shop@192.0.2.9:5080 [1 ACK]";
    assert_eq!(talk.sent(), [ack, ack]);
    let events = talk.events();
    assert_eq!(
        events[..2],
        [
            SipEvent::Progress { status: 100 },
            SipEvent::Progress { status: 180 }
        ]
    );
    let [SipEvent::Answered { plan }] = events[2..] else {
        panic!("{events:?}")
    };
    assert_eq!(
        (plan.remote, plan.dtmf_payload_type),
        ("192.0.2.2:7000".parse().unwrap(), Some(101))
    );
    talk.leg.hang_up(talk.at(2_000));
    assert_eq!(
        talk.sent(),
        ["192.0.2.4:5060 BYE sip:shop@192.0.2.9:5080 [2 BYE]"]
    );
}

#[test]
fn an_invite_is_repeated_until_something_answers() {
    let mut talk = Talk::dial();
    talk.wait_until(8_000);
    // T1 doubling: 0.5, 1.5, 3.5, 7.5 s.
    assert_eq!(talk.sent().len(), 4);
    talk.respond(8_100, 100, "");
    talk.wait_until(29_000);
    assert!(talk.sent().is_empty());
    talk.wait_until(30_000);
    assert_eq!(
        talk.sent(),
        ["192.0.2.2:5060 CANCEL sip:shop@192.0.2.2:5060 [1 CANCEL]"]
    );
    talk.respond(30_100, 487, "");
    assert_eq!(
        talk.sent(),
        ["192.0.2.2:5060 ACK sip:shop@192.0.2.2:5060 [1 ACK]"]
    );
    assert!(matches!(
        talk.events().as_slice(),
        [_, SipEvent::Refused { status: 487, .. }]
    ));
}

#[test]
fn nothing_at_all_is_no_answer() {
    let mut talk = Talk::dial();
    talk.wait_until(31_000);
    assert_eq!(talk.events(), [SipEvent::NoAnswer]);
}

#[test]
fn a_refusal_is_acknowledged_every_time() {
    let mut talk = Talk::dial();
    talk.respond(10, 486, "");
    talk.respond(510, 486, "");
    assert_eq!(
        talk.sent(),
        ["192.0.2.2:5060 ACK sip:shop@192.0.2.2:5060 [1 ACK]"; 2]
    );
    assert_eq!(
        talk.events(),
        [SipEvent::Refused {
            status: 486,
            reason: "Whatever".into()
        }]
    );
}

#[test]
fn an_answer_without_a_codec_is_hung_up() {
    let mut talk = Talk::dial();
    talk.respond(10, 200, &ANSWER.replace("AVP 0", "AVP 18"));
    let sent = talk.sent();
    assert!(sent[0].contains("ACK") && sent[1].contains("BYE"), "{sent:?}");
    assert!(matches!(
        talk.events().as_slice(),
        [SipEvent::Refused { status: 488, .. }]
    ));
}

#[test]
fn a_bye_is_repeated_until_answered_and_not_for_ever() {
    let mut talk = Talk::answered();
    talk.leg.hang_up(talk.at(1_000));
    talk.wait_until(3_000);
    assert_eq!(talk.sent().len(), 3);
    talk.wait_until(6_000);
    assert_eq!(talk.events(), [SipEvent::Ended]);
}

#[test]
fn the_far_end_may_hang_up_ask_and_change() {
    let mut talk = Talk::answered();
    talk.request(100, "OPTIONS", 1, "");
    talk.request(200, "INFO", 2, "");
    talk.request(300, "REFER", 3, "");
    let answers: Vec<String> = talk
        .sent()
        .iter()
        .map(|line| line.split(' ').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(answers, ["200", "200", "501"]);

    let hold = ANSWER.replace("7000", "7002") + "a=sendonly\r\n";
    talk.request(400, "INVITE", 4, &hold);
    assert_eq!(talk.sent(), ["192.0.2.2:5060 200 [4 INVITE]"]);
    let [SipEvent::Renegotiated { plan }] = talk.events()[..] else {
        panic!()
    };
    assert!(!plan.direction.sends());
    // Unacknowledged, the 200 is repeated; acknowledged, it is not.
    talk.wait_until(1_000);
    assert_eq!(talk.sent().len(), 1);
    talk.request(1_100, "ACK", 4, "");
    talk.wait_until(20_000);
    assert!(talk.sent().is_empty());

    talk.request(21_000, "BYE", 5, "");
    talk.request(21_500, "BYE", 5, "");
    assert_eq!(talk.sent(), ["192.0.2.2:5060 200 [5 BYE]"; 2]);
    assert_eq!(
        talk.events(),
        [SipEvent::HungUp {
            cause: "far end hung up".into()
        }]
    );
}

#[test]
fn strangers_are_told_so() {
    let mut talk = Talk::answered();
    talk.invite
        .headers
        .iter_mut()
        .filter(|(name, _)| name == "Call-ID")
        .for_each(|(_, id)| id.push('x'));
    talk.request(100, "BYE", 1, "");
    assert_eq!(talk.sent(), ["192.0.2.2:5060 481 [1 BYE]"]);
    assert!(talk.events().is_empty());
}

#[test]
fn addresses_of_uris() {
    let check = |uri: &str, expect: Option<&str>| {
        assert_eq!(
            address_of(uri),
            expect.map(|address| address.parse().unwrap()),
            "{uri}"
        );
    };
    check("sip:a@192.0.2.1", Some("192.0.2.1:5060"));
    check("sip:192.0.2.1:99;lr", Some("192.0.2.1:99"));
    check("sip:a@[2001:db8::1]:99", Some("[2001:db8::1]:99"));
    check("sip:a@[2001:db8::1]", Some("[2001:db8::1]:5060"));
    check("sip:a@host.example", None);
    check("tel:123", None);
}
