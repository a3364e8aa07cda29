//! The real `hark serve` called by real SIP programs: sipp and baresip.

use std::time::Duration;

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::support::peers::{Baresip, channel, clearest, have, loudest, sipp, tone};
use crate::support::process::HarkProcess;

const CALL_LIMIT: Duration = Duration::from_secs(60);
/// baresip ends by itself after so long, its start included: enough on a machine with other work.
const PHONE_SECONDS: u32 = 15;

#[test]
fn sipp_calls_and_hangs_up_over_udp_and_tcp() -> Result<()> {
    if !have("sipp") {
        return Ok(());
    }
    let mut hark = HarkProcess::start(&[])?;
    let folder = TempDir::new()?;
    for transport in ["u1", "t1"] {
        let mut peer = sipp(
            folder.path(),
            hark.sip,
            &["-sn", "uac"],
            &["-d", "1500", "-t", transport],
        )?;
        let status = peer.wait(CALL_LIMIT)?;
        ensure!(
            status.success(),
            "sipp over {transport}: {status}\n{}",
            peer.seen.join("\n")
        );
    }
    ensure!(hark.process.is_running(), "hark ended");
    Ok(())
}

#[test]
fn sipp_plays_recorded_packets_into_a_call() -> Result<()> {
    let sounds = "/usr/share/sip-tester";
    if !have("sipp") || !std::path::Path::new(sounds).exists() {
        return Ok(());
    }
    let hark = HarkProcess::start(&[])?;
    let folder = TempDir::new()?;
    // The built-in scenario looks for its sound in ./pcap.
    std::os::unix::fs::symlink(sounds, folder.path().join("pcap"))?;
    let mut peer = sipp(folder.path(), hark.sip, &["-sn", "uac_pcap"], &[])?;
    let status = peer.wait(CALL_LIMIT)?;
    if !status.success() && peer.seen.iter().any(|line| line.contains("Can't create raw")) {
        println!("skipped: sipp may not open raw sockets here (run as root)");
        return Ok(());
    }
    ensure!(status.success(), "sipp: {status}\n{}", peer.seen.join("\n"));
    Ok(())
}

#[test]
fn baresip_hears_hark_and_hark_hears_baresip() -> Result<()> {
    if !have("baresip") {
        return Ok(());
    }
    for (transport, codec) in [("udp", "PCMU/8000/1"), ("tcp", "PCMA/8000/1")] {
        let hark = HarkProcess::start(&[])?;
        let folder = TempDir::new()?;
        let source = folder.path().join("tone.wav");
        tone(&source, 440.0, 30)?;
        let mut phone = Baresip::call(
            &folder.path().join("phone"),
            hark.sip,
            transport,
            codec,
            &source,
            PHONE_SECONDS,
        )?;
        phone.process.wait(CALL_LIMIT)?;
        let heard = phone.heard()?;
        let level = loudest(&heard, 8_000);
        ensure!(level > 300.0, "baresip over {transport} heard only {level}");
        let recordings = hark.recordings()?;
        ensure!(recordings.len() == 1, "one call, {} recordings", recordings.len());
        let rate = f64::from(hound::WavReader::open(&recordings[0])?.spec().sample_rate);
        let share = clearest(440.0, &channel(&recordings[0], 0)?, rate);
        ensure!(
            share > 0.9,
            "hark over {transport} heard a share of {share} of the tone"
        );
    }
    Ok(())
}
