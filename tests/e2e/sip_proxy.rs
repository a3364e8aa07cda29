//! Hark behind a real Kamailio that records its route: keys, hold and hang-up reach it through the proxy.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::support::peers::{free_port, have, sipp};
use crate::support::process::{HarkProcess, Process, project};

const LIMIT: Duration = Duration::from_secs(60);

fn kamailio(folder: &TempDir, port: u16, hark: u16) -> Result<Process> {
    let mut command = Command::new("kamailio");
    command
        .arg("-f")
        .arg(project().join("sip-config/lab/kamailio.cfg"))
        .args(["-DD", "-E", "-m", "16", "-M", "4", "-Y"])
        .arg(folder.path())
        .args(["-A", &format!("PROXY_PORT={port}")])
        .args(["-A", &format!("HARK_PORT={hark}")]);
    Process::start(&mut command)
}

#[test]
fn a_call_through_a_proxy_keeps_its_route() -> Result<()> {
    if !have("kamailio") || !have("sipp") {
        return Ok(());
    }
    let mut hark = HarkProcess::start(&[])?;
    let folder = TempDir::new()?;
    let port = free_port()?;
    let mut proxy = kamailio(&folder, port, hark.sip.port())?;
    let scenario = project().join("sip-config/lab/caller.xml").canonicalize()?;
    let scenario = scenario.display().to_string();
    let target = ([127, 0, 0, 1], port).into();
    let mut caller = sipp(folder.path(), target, &["-sf", &scenario], &["-trace_msg"])?;
    let status = caller.wait(LIMIT)?;
    ensure!(status.success(), "sipp: {status}\n{}", caller.seen.join("\n"));
    ensure!(proxy.is_running() && hark.process.is_running(), "a program ended");
    // Every message of the caller's went to and came from the proxy, which Hark's answers name as route.
    let route = format!("Record-Route: <sip:127.0.0.1:{port};lr");
    let mut traces = std::fs::read_dir(folder.path())?.filter_map(Result::ok);
    let trace = traces.find(|entry| entry.file_name().to_string_lossy().ends_with("_messages.log"));
    let trace = std::fs::read_to_string(trace.map(|entry| entry.path()).unwrap_or_default())?;
    ensure!(trace.contains(&route), "no {route} in\n{trace}");
    Ok(())
}
