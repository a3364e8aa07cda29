//! `POST /reminders` as the shop's system sees it: who is called, who is not, and the reason.

use engine_core::ids::CallId;
use engine_core::pii::Pii;
use tokio::sync::mpsc;

use super::{Answer, Site, WebConfig};
use crate::call::outward::{Outward, OutwardConfig, OutwardRequest};
use crate::sip::Admission;
use crate::store::Store;
use crate::store::calls::{CallMeta, Protocol};

const LATER: &str = "+15557654321";
const OTHER: &str = "+15557654322";

/// The door's part: says yes or no by the rules of calls out, and rings nobody.
async fn decide(mut asked: mpsc::Receiver<OutwardRequest>, store: Store) {
    let config = OutwardConfig {
        uri: "sip:{number}@127.0.0.1:5060".to_owned(),
        ..OutwardConfig::default()
    };
    let outward = Outward::new(config, Admission::new(4));
    while let Some(request) = asked.recv().await {
        let entered = outward.enter(&request.number, &store).await;
        let answer = entered.map(|_permit| CallId::new("c2"));
        request.reply.send(answer).unwrap();
    }
}

async fn remind(site: &Site, number: &str) -> Answer {
    let headers = [
        ("content-type", "application/json"),
        ("authorization", "Bearer s3cret"),
    ];
    let body = format!("{{\"number\": \"{number}\"}}");
    site.ask("POST", "/reminders", &headers, &body).await
}

#[tokio::test]
async fn who_said_later_is_not_called_until_then() {
    let config = WebConfig {
        bearer_token: Some(Pii::new("s3cret".to_owned())),
        ..WebConfig::default()
    };
    let mut site = Site::open(config).await;
    let call = CallId::new("c1");
    let meta = CallMeta {
        call: call.clone(),
        caller: Pii::new(LATER.to_owned()),
        dialled: "shop".to_owned(),
        trunk: "lab".to_owned(),
        protocol: Protocol::Sip,
        recording: None,
    };
    site.store.call_started(meta).unwrap();
    site.store.put_off(&call, 7).await.unwrap();
    let asked = std::mem::replace(&mut site.outward, mpsc::channel(1).1);
    let door = tokio::spawn(decide(asked, site.store.clone()));

    let refused = remind(&site, LATER).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    for part in ["\"why\"", "later", "7 days"] {
        assert!(refused.body.contains(part), "{part} in {}", refused.body);
    }
    // Whom nobody has promised anything is called, and once a day.
    let called = remind(&site, OTHER).await;
    assert_eq!(called.status, 202, "{}", called.body);
    assert!(called.body.contains("c2"), "{}", called.body);
    let again = remind(&site, OTHER).await;
    assert_eq!(again.status, 409, "{}", again.body);
    assert!(again.body.contains("24 hours"), "{}", again.body);
    door.abort();
}
