//! Handing over to people with real phones: one that only rings, one that answers (baresip), nobody, and
//! a PBX that is asked to call the agent itself by REFER (RFC 3515).

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use demo::caller::{Action, Awaited, run_with};
use engine_core::call::input::Command;
use engine_core::call::record::Heard;
use engine_core::conversation::event::Outcome;
use engine_core::ids::CallId;
use engine_core::routing::command::{Assigned, RouteCommand};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::support::line::{Line, News, Watch, step};
use crate::support::peers::{
    Baresip, channel, clearest, first_clear, free_port, have, loudest, sipp, sipp_phone, tone,
};

/// Nothing in these calls takes longer.
const LIMIT: Duration = Duration::from_secs(60);

const CALLER_HZ: f64 = 1_000.0;
const AGENT_HZ: f64 = 440.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_agent_answers_and_hears_why_before_the_caller_is_joined() -> Result<()> {
    if !have("baresip") || !have("sipp") {
        return Ok(());
    }
    let (rings, answers) = (free_port()?, free_port()?);
    let routing = format!(
        "ring_ms = 5000\nwrap_up_ms = 100\n{}{}",
        agent("never", rings, "bridge"),
        agent("anna", answers, "bridge")
    );
    let line = Line::open(&routing).await?;
    let folder = line.folder.path();
    let (caller_tone, agent_tone) = (folder.join("caller.wav"), folder.join("agent.wav"));
    tone(&caller_tone, CALLER_HZ, 20)?;
    tone(&agent_tone, AGENT_HZ, 90)?;
    let mut silent = sipp_phone(folder, "never", RINGS_ONLY, rings)?;
    let mut anna = Baresip::answer(&folder.join("anna"), "anna", answers, &agent_tone, 45)?;

    let mut watch = line.watch("human");
    let mut options = line.caller("human");
    options.record = Some(folder.join("heard-by-caller.wav"));
    let (steps, further) = mpsc::channel(8);
    let call = tokio::spawn(run_with(options, further));
    wait_for_question(&mut watch).await?;
    steps.send(step(Action::Keys { keys: "0".into() })).await?;
    steps.send(step(Action::WaitFor(Awaited::Speech))).await?;
    // The caller makes noise all the time while waiting: none of it may reach an agent before the summary.
    steps.send(step(Action::Play { file: caller_tone })).await?;
    drop(steps);
    let (turns, record) = watch.end(LIMIT).await?;
    let report = call.await??;

    ensure!(report.completed, "the caller: {:?}", report.failure);
    ensure!(record.outcome == Outcome::Transferred, "{record:?}\n{turns:?}");
    let status = silent.wait(LIMIT)?;
    ensure!(
        status.success(),
        "the phone that only rings was not cancelled: {}",
        silent.seen.join("\n")
    );

    is_free(&line, "anna").await?;
    anna.process.wait(LIMIT)?;
    let at_agent = anna.heard()?;
    let joined = first_clear(CALLER_HZ, &at_agent, 8_000.0).context("the agent never heard the caller")?;
    let before = at_agent.get(..joined * 800).unwrap_or_default();
    let whisper = loudest(before, 8_000);
    ensure!(
        joined > 5 && whisper > 300.0,
        "joined after {joined} tenths of a second, before them {whisper}"
    );
    let at_caller = channel(&folder.join("heard-by-caller.wav"), 1)?;
    let share = clearest(AGENT_HZ, &at_caller, 8_000.0);
    ensure!(share > 0.9, "the caller heard a share of {share} of the agent");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_answers_and_a_callback_is_noted_and_said() -> Result<()> {
    if !have("sipp") {
        return Ok(());
    }
    let rings = free_port()?;
    let promise = Duration::from_secs(9);
    let routing = format!("promise_ms = 9000\n{}", agent("never", rings, "bridge"));
    let line = Line::open(&routing).await?;
    let _silent = sipp_phone(line.folder.path(), "never", RINGS_ONLY, rings)?;

    let mut watch = line.watch("human");
    let (steps, further) = mpsc::channel(8);
    let call = tokio::spawn(run_with(line.caller("human"), further));
    wait_for_question(&mut watch).await?;
    steps.send(step(Action::Keys { keys: "0".into() })).await?;
    // The turn is told when the offer has been spoken, a few seconds after the promise.
    let News::Turn(turn) = watch.next(promise + Duration::from_secs(10)).await? else {
        bail!("the call ended without an offer");
    };
    let said = turn.said.join(" ");
    ensure!(said.contains("ring you back?"), "after the promise: {turn:?}");
    steps.send(step(Action::Keys { keys: "1".into() })).await?;
    let News::Turn(turn) = watch.next(LIMIT).await? else {
        bail!("the call ended without a word about the callback");
    };
    let said = turn.said.join(" ");
    ensure!(said.contains("someone will ring you back"), "{turn:?}");
    drop(steps);
    let (_, record) = watch.end(LIMIT).await?;
    call.await??;

    ensure!(record.outcome == Outcome::CallbackRequested, "{record:?}");
    let callbacks = line.engine.services().store.reader().callbacks(10).await?;
    ensure!(
        callbacks.len() == 1 && callbacks[0].call == record.call.to_string() && callbacks[0].phone.is_some(),
        "{callbacks:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pbx_that_takes_a_refer_owns_the_call_from_then_on() -> Result<()> {
    if !have("sipp") {
        return Ok(());
    }
    let line = Line::open(&agent("bo", 5_070, "refer")).await?;
    let folder = line.folder.path();
    let file = folder.join("refer.xml");
    std::fs::write(&file, TAKES_REFER)?;
    let mut watch = line.watch("100");
    let scenario = file.display().to_string();
    let mut pbx = sipp(folder, line.engine.sip_address, &["-sf", &scenario], &[])?;
    let (turns, record) = watch.end(LIMIT).await?;
    ensure!(
        record.outcome == Outcome::Transferred && record.ended_by == "transferred to bo by REFER",
        "{record:?}\n{turns:?}"
    );
    let status = pbx.wait(LIMIT)?;
    ensure!(status.success(), "sipp: {status}\n{}", pbx.seen.join("\n"));
    is_free(&line, "bo").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pbx_that_never_says_what_became_of_a_refer_costs_the_promise_and_no_more() -> Result<()> {
    if !have("sipp") {
        return Ok(());
    }
    let routing = format!("promise_ms = 9000\n{}", agent("bo", 5_070, "refer"));
    let line = Line::open(&routing).await?;
    let folder = line.folder.path();
    let file = folder.join("silent.xml");
    let (takes, _) = TAKES_REFER
        .split_once(REPORTS)
        .context("no report in the scenario")?;
    std::fs::write(&file, format!("{takes}<recv request=\"BYE\"/></scenario>"))?;
    let mut watch = line.watch("100");
    let scenario = file.display().to_string();
    let _pbx = sipp(folder, line.engine.sip_address, &["-sf", &scenario], &[])?;
    wait_for_question(&mut watch).await?;
    let News::Turn(turn) = watch.next(Duration::from_secs(9 + 10)).await? else {
        bail!("the call ended without another offer");
    };
    let said = turn.said.join(" ");
    ensure!(said.contains("everyone is busy"), "{turn:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_can_hand_a_call_over() -> Result<()> {
    if !have("sipp") {
        return Ok(());
    }
    let answers = free_port()?;
    let line = Line::open(&agent("anna", answers, "bridge")).await?;
    let _anna = sipp_phone(line.folder.path(), "anna", ANSWERS, answers)?;
    let mut watch = line.watch("operated");
    let (steps, further) = mpsc::channel(8);
    let call = tokio::spawn(run_with(line.caller("operated"), further));
    wait_for_question(&mut watch).await?;
    let transfer = Command::Transfer {
        skill: "support".into(),
    };
    line.engine.registry.send_all(&transfer);
    // The built-in phone answers and plays nothing; the caller stays long enough to be joined.
    let time = Duration::from_secs(10);
    steps.send(step(Action::Wait { time })).await?;
    drop(steps);
    let (turns, record) = watch.end(LIMIT).await?;
    call.await??;
    ensure!(record.outcome == Outcome::Transferred, "{record:?}\n{turns:?}");
    Ok(())
}

/// Waits until the greeting and the first question have been spoken.
async fn wait_for_question(watch: &mut Watch) -> Result<()> {
    match watch.next(LIMIT).await? {
        News::Turn(turn) if turn.heard == Heard::Nothing => Ok(()),
        News::Turn(turn) => bail!("no greeting: {turn:?}"),
        News::Ended(record) => bail!("the call ended at once: {record:?}"),
    }
}

/// The router gives this agent to the next call that asks.
async fn is_free(line: &Line, agent: &str) -> Result<()> {
    let mut next = line.engine.services().router.join(CallId::new("next"));
    let request = RouteCommand::Request {
        skill: "support".into(),
        promise_ms: 30_000,
    };
    next.request(request)?;
    match timeout(LIMIT, next.assigned()).await? {
        Some(Assigned::Agent { agent: free, .. }) if free.id.to_string() == agent => Ok(()),
        other => bail!("{agent} was not released: {other:?}"),
    }
}

fn agent(id: &str, port: u16, method: &str) -> String {
    format!(
        "[[agent]]\nid = \"{id}\"\nuri = \"sip:{id}@127.0.0.1:{port}\"\nskills = [\"support\"]\nmethod = \"{method}\"\n"
    )
}

/// A phone that answers at once and waits for the BYE.
const ANSWERS: &str = r#"<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="answers">
  <recv request="INVITE"/>
  <send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=answers[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:anna@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=anna 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000

]]></send>
  <recv request="ACK"/>
  <recv request="BYE"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"#;

/// A phone that rings until the caller gives up (RFC 3261 §9.2).
const RINGS_ONLY: &str = r#"<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="rings only">
  <recv request="INVITE">
    <action><ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="cseq"/></action>
  </recv>
  <send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=rings[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:never@[local_ip]:[local_port]>
Content-Length: 0

]]></send>
  <recv request="CANCEL"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=rings[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <send retrans="500"><![CDATA[
SIP/2.0 487 Request Terminated
[last_Via:]
[last_From:]
[last_To:];tag=rings[call_number]
[last_Call-ID:]
CSeq: [$cseq]
Content-Length: 0

]]></send>
  <recv request="ACK"/>
</scenario>
"#;

/// Where the scenario below begins to report.
const REPORTS: &str = "<!-- reports -->";

/// A PBX that calls, presses 0, accepts the REFER, reports that it rings and then that it is answered, and expects
/// our BYE (RFC 3515 §2.4, RFC 5589 §6). The key goes with the media: sipp takes messages in one order only, and
/// the answer to an INFO may come after the REFER that it brought about; so may the BYE before our last answer.
const TAKES_REFER: &str = r#"<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="takes a refer">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:pbx@[local_ip]:[local_port]>;tag=pbx[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:pbx@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=pbx 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0 96
a=rtpmap:0 PCMU/8000
a=rtpmap:96 telephone-event/8000

]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="200"/>
  <send><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:pbx@[local_ip]:[local_port]>;tag=pbx[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <pause milliseconds="1500"/>
  <nop><action><exec play_dtmf="0"/></action></nop>
  <recv request="REFER">
    <action>
      <ereg regexp="sip:bo@127.0.0.1:5070" search_in="hdr" header="Refer-To:" check_it="true" assign_to="target"/>
      <log message="referred to [$target]"/>
    </action>
  </recv>
  <send><![CDATA[
SIP/2.0 202 Accepted
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:pbx@[local_ip]:[local_port]>
Content-Length: 0

]]></send>
  <!-- reports -->
  <send retrans="500"><![CDATA[
NOTIFY sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:pbx@[local_ip]:[local_port]>;tag=pbx[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 NOTIFY
Contact: <sip:pbx@[local_ip]:[local_port]>
Max-Forwards: 70
Event: refer
Subscription-State: active;expires=60
Content-Type: message/sipfrag;version=2.0
Content-Length: [len]

SIP/2.0 180 Ringing
]]></send>
  <recv response="200"/>
  <send retrans="500"><![CDATA[
NOTIFY sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:pbx@[local_ip]:[local_port]>;tag=pbx[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 3 NOTIFY
Contact: <sip:pbx@[local_ip]:[local_port]>
Max-Forwards: 70
Event: refer
Subscription-State: terminated;reason=noresource
Content-Type: message/sipfrag;version=2.0
Content-Length: [len]

SIP/2.0 200 OK
]]></send>
  <recv response="200" optional="true"/>
  <recv request="BYE"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"#;
