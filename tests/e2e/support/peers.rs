//! SIP phones from Debian's packages: sipp and baresip, set up on loopback.

use std::f64::consts::TAU;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::process::Process;

/// Whether a program is on this machine. Without it a test is skipped with a word, or fails where
/// `HARK_REQUIRE_PEERS` says that every peer is installed, as `./check` does.
pub fn have(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).exists());
    if !found {
        let required = std::env::var_os("HARK_REQUIRE_PEERS").is_some();
        assert!(!required, "{program} is not installed");
        println!("skipped: {program} is not installed (./check installs it)");
    }
    found
}

/// A UDP port that nobody holds now.
pub fn free_port() -> Result<u16> {
    Ok(UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// sipp against `target`, in `folder`; `scenario` is what chooses it (`-sn uac`, `-sf FILE`).
pub fn sipp(folder: &Path, target: SocketAddr, scenario: &[&str], more: &[&str]) -> Result<Process> {
    let mut command = Command::new("sipp");
    command
        .current_dir(folder)
        .args(scenario)
        .arg(target.to_string())
        .args([
            "-i",
            "127.0.0.1",
            "-mi",
            "127.0.0.1",
            "-p",
            &free_port()?.to_string(),
        ])
        .args(["-m", "1", "-s", "100", "-nostdin", "-timeout", "60", "-trace_err"])
        .args(more);
    Process::start(&mut command)
}

/// A baresip that calls `target` at once, plays `source` and keeps what it hears.
pub struct Baresip {
    pub process: Process,
    folder: PathBuf,
}

impl Baresip {
    /// `transport` is udp or tcp; `codec` as baresip names it: PCMU/8000/1.
    pub fn call(
        folder: &Path,
        target: SocketAddr,
        transport: &str,
        codec: &str,
        source: &Path,
        seconds: u32,
    ) -> Result<Self> {
        let listen = format!("127.0.0.1:{}", free_port()?);
        let account = format!("<sip:200@{listen};transport={transport}>;regint=0;audio_codecs={codec}\n");
        let dial = format!("/dial sip:100@{target};transport={transport}");
        set_up(folder, &listen, &account, source)?;
        Self::start(folder, seconds, &["-e", &dial])
    }

    /// A phone at `sip:USER@127.0.0.1:PORT` that answers at once, plays `source` and keeps what it hears.
    pub fn answer(folder: &Path, user: &str, port: u16, source: &Path, seconds: u32) -> Result<Self> {
        let listen = format!("127.0.0.1:{port}");
        let account = format!("<sip:{user}@{listen}>;regint=0;answermode=auto;audio_codecs=PCMU/8000/1\n");
        set_up(folder, &listen, &account, source)?;
        Self::start(folder, seconds, &[])
    }

    fn start(folder: &Path, seconds: u32, more: &[&str]) -> Result<Self> {
        let mut command = Command::new("baresip");
        command
            .current_dir(folder)
            .args(["-4", "-f"])
            .arg(folder)
            .args(["-t", &seconds.to_string()])
            .args(more);
        Ok(Self {
            process: Process::start(&mut command)?,
            folder: folder.to_owned(),
        })
    }

    /// What came from the far end, at 8 kHz.
    pub fn heard(&self) -> Result<Vec<i16>> {
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            // The recorder's file for the receiving side: dump-TIME-dec.wav.
            if path.to_string_lossy().ends_with("-dec.wav") {
                return channel(&path, 0);
            }
        }
        anyhow::bail!(
            "baresip recorded nothing in {}; it said:\n{}",
            self.folder.display(),
            self.process.seen.join("\n")
        )
    }
}

fn set_up(folder: &Path, listen: &str, account: &str, source: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let modules: String = ["g711", "auconv", "auresamp", "sndfile", "aufile", "aubridge"]
        .iter()
        .map(|module| format!("module {module}.so\n"))
        .collect();
    let config = format!(
        "sip_listen {listen}\nnet_interface 127.0.0.1\nmodule_path /usr/lib/baresip/modules\n\
         audio_source aufile,{}\naudio_player aubridge,null\naudio_alert aubridge,null\n\
         ausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\n\
         audio_txmode poll\nsnd_path {}\n{modules}\
         module_app account.so\nmodule_app contact.so\nmodule_app menu.so\n",
        source.display(),
        folder.display(),
    );
    std::fs::write(folder.join("config"), config)?;
    std::fs::write(folder.join("accounts"), account)?;
    Ok(std::fs::write(folder.join("contacts"), "")?)
}

/// sipp with a scenario of ours that waits at `port` for one call.
pub fn sipp_phone(folder: &Path, name: &str, scenario: &str, port: u16) -> Result<Process> {
    let file = folder.join(format!("{name}.xml"));
    std::fs::write(&file, scenario)?;
    let mut command = Command::new("sipp");
    command
        .current_dir(folder)
        .arg("-sf")
        .arg(&file)
        .args(["-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", &port.to_string()])
        .args(["-m", "1", "-nostdin", "-timeout", "90", "-trace_err"]);
    Process::start(&mut command)
}

/// A WAV of a tone, 16 bit at 8 kHz.
pub fn tone(path: &Path, hz: f64, seconds: u32) -> Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec)?;
    for i in 0..8_000 * seconds {
        file.write_sample((8_000.0 * (TAU * hz * f64::from(i) / 8_000.0).sin()) as i16)?;
    }
    Ok(file.finalize()?)
}

/// One channel of a WAV.
pub fn channel(path: &Path, number: usize) -> Result<Vec<i16>> {
    let mut file = hound::WavReader::open(path).with_context(|| path.display().to_string())?;
    let channels = usize::from(file.spec().channels);
    let samples: Result<Vec<i16>, _> = file.samples::<i16>().collect();
    Ok(samples?.into_iter().skip(number).step_by(channels).collect())
}

/// The largest share of a tone in any tenth of a second (Goertzel): 1 when it is pure.
pub fn clearest(hz: f64, samples: &[i16], rate: f64) -> f64 {
    samples
        .chunks_exact((rate / 10.0) as usize)
        .map(|part| share_at(hz, part, rate))
        .fold(0.0, f64::max)
}

/// The tenth of a second in which a tone is first heard clearly.
pub fn first_clear(hz: f64, samples: &[i16], rate: f64) -> Option<usize> {
    samples
        .chunks_exact((rate / 10.0) as usize)
        .position(|part| share_at(hz, part, rate) > 0.9)
}

fn share_at(hz: f64, samples: &[i16], rate: f64) -> f64 {
    let coefficient = 2.0 * (TAU * hz / rate).cos();
    let (mut last, mut before, mut total) = (0.0, 0.0, 1.0);
    for sample in samples.iter().map(|sample| f64::from(*sample)) {
        (last, before) = (sample + coefficient * last - before, last);
        total += sample * sample;
    }
    let power = last * last + before * before - coefficient * last * before;
    2.0 * power / (total * samples.len() as f64)
}

/// Root mean square of the loudest tenth of a second.
pub fn loudest(samples: &[i16], rate: usize) -> f64 {
    samples
        .chunks_exact(rate / 10)
        .map(|part| {
            let power: f64 = part.iter().map(|s| f64::from(*s).powi(2)).sum();
            (power / part.len() as f64).sqrt()
        })
        .fold(0.0, f64::max)
}
