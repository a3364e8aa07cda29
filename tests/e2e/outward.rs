//! Calls that Hark makes: asked for over HTTP, placed over SIP to a real phone, once a day.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::line::{Line, News};
use crate::support::peers::{Baresip, free_port, have, tone};

/// Nothing here takes longer.
const LIMIT: Duration = Duration::from_secs(60);
const NUMBER: &str = "+15550100";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reminder_rings_a_phone_says_what_calls_and_does_so_once_a_day() -> Result<()> {
    if !have("baresip") {
        return Ok(());
    }
    let port = free_port()?;
    let settings = [
        format!("outward.uri=\"sip:{{number}}@127.0.0.1:{port}\""),
        "web.bearer_token=\"sesame\"".to_owned(),
    ];
    let line = Line::open_with("ring_ms = 5000\n", &settings).await?;
    let sound = line.folder.path().join("callee.wav");
    tone(&sound, 440.0, 60)?;
    let mut phone = Baresip::answer(&line.folder.path().join("phone"), NUMBER, port, &sound, 60)?;

    let stranger = post(&line, "wrong", NUMBER).await?;
    ensure!(stranger.contains("401"), "{stranger}");
    let nonsense = post(&line, "sesame", "1555@evil.example").await?;
    ensure!(nonsense.contains("400"), "{nonsense}");

    let mut watch = line.watch("usual");
    let placed = post(&line, "sesame", NUMBER).await?;
    ensure!(placed.contains("202"), "{placed}");
    let again = post(&line, "sesame", NUMBER).await?;
    ensure!(again.contains("409"), "{again}");
    let News::Turn(turn) = watch.next(LIMIT).await? else {
        anyhow::bail!("the call ended before anything was said");
    };
    let said = turn.said.join(" ");
    ensure!(
        said.contains("automated assistant") && said.contains("Am I speaking to"),
        "{said}"
    );
    ensure!(!said.contains("roast"), "an order was told: {said}");
    let id = watch.call.clone().context("no call")?;
    line.engine
        .registry
        .send(&id, engine_core::call::input::Command::Hangup);
    watch.end(LIMIT).await?;
    phone.process.wait(LIMIT)?;
    Ok(())
}

/// The status line and the rest of the answer.
async fn post(line: &Line, token: &str, number: &str) -> Result<String> {
    let body = format!("{{\"number\": \"{number}\", \"purpose\": \"usual\"}}");
    let request = format!(
        "POST /reminders HTTP/1.1\r\nHost: hark\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(line.engine.web_address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    tokio::time::timeout(LIMIT, stream.read_to_string(&mut answer)).await??;
    Ok(answer)
}
