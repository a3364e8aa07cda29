//! `hark serve` and `demo-shop` as child processes, on ports of the system's choice, in a scratch folder.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// How long a program may take to start: loading speech models included.
const START_LIMIT: Duration = Duration::from_secs(90);
/// Log lines kept; a program that writes more waits for a reader, so there is always one.
const LINES: usize = 4_096;

/// A program of the workspace, as built by `cargo build --workspace --bins`.
pub fn program(name: &str) -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    // target/debug/deps/e2e-123 -> target/debug
    let folder = here
        .parent()
        .and_then(Path::parent)
        .context("the test has no folder")?;
    let path = folder.join(name);
    if !path.exists() {
        bail!(
            "{} is not built: run `cargo build --workspace --bins` first (./check does)",
            path.display()
        );
    }
    Ok(path)
}

/// The top of the project.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A child process that is killed when dropped, and whose lines can be waited for.
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    pub seen: Vec<String>,
}

impl Process {
    /// Starts `command` and reads what it writes on both streams.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            // A group of its own: a program's own children (kamailio's workers) end with it.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{:?} does not start", command.get_program()))?;
        let (into, lines) = sync_channel(LINES);
        if let Some(stdout) = child.stdout.take() {
            read_lines(BufReader::new(stdout), into.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            read_lines(BufReader::new(stderr), into);
        }
        Ok(Self {
            child,
            lines,
            seen: Vec::new(),
        })
    }

    /// Waits until a line fulfils `wanted`, and gives it.
    pub fn wait_for_line(&mut self, limit: Duration, wanted: impl Fn(&str) -> bool) -> Result<String> {
        let until = Instant::now() + limit;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if wanted(&line) {
                        return Ok(line);
                    }
                }
                Err(_) => bail!("the line did not come; what came was:\n{}", self.seen.join("\n")),
            }
        }
    }

    /// Waits until the program ends by itself.
    pub fn wait(&mut self, limit: Duration) -> Result<std::process::ExitStatus> {
        let until = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                self.seen.extend(self.lines.iter());
                return Ok(status);
            }
            if Instant::now() > until {
                self.seen.extend(self.lines.try_iter());
                bail!("the program did not end; it wrote:\n{}", self.seen.join("\n"));
            }
            // Reading keeps the child's pipes empty while it runs; this is the wait as well.
            if let Ok(line) = self.lines.recv_timeout(Duration::from_millis(20)) {
                self.seen.push(line);
            }
        }
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        let group = format!("-{}", self.child.id());
        Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status()
            .ok();
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn read_lines(reader: impl BufRead + Send + 'static, into: SyncSender<String>) {
    std::thread::spawn(move || {
        for line in reader.lines().map_while(Result::ok) {
            if into.send(line).is_err() {
                break;
            }
        }
    });
}

/// A Hark of its own, with a demo shop behind it.
pub struct HarkProcess {
    pub process: Process,
    pub sip: SocketAddr,
    _shop: Process,
    pub folder: TempDir,
}

impl HarkProcess {
    /// Starts both; `overrides` are `section.key=value`, as `hark serve --set` takes them.
    pub fn start(overrides: &[&str]) -> Result<Self> {
        let mut shop_process = Process::start(Command::new(program("demo-shop")?).args([
            "--listen",
            "127.0.0.1:0",
            "--print-address",
        ]))?;
        let line = shop_process.wait_for_line(START_LIMIT, |line| line.parse::<SocketAddr>().is_ok())?;
        let shop: SocketAddr = line.parse()?;
        let folder = TempDir::new()?;
        let mut process = Process::start(&mut serve(folder.path(), shop, overrides)?)?;
        let line = process.wait_for_line(START_LIMIT, |line| line.contains("hark takes calls"))?;
        Ok(Self {
            sip: field(&line, "sip")?,
            process,
            _shop: shop_process,
            folder,
        })
    }

    /// The stereo recordings so far: caller left, Hark right.
    pub fn recordings(&self) -> Result<Vec<PathBuf>> {
        let folder = self.folder.path().join("recordings");
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "wav") {
                found.push(path);
            }
        }
        Ok(found)
    }
}

fn serve(folder: &Path, shop: SocketAddr, overrides: &[&str]) -> Result<Command> {
    let mut command = Command::new(program("hark")?);
    command.current_dir(project()).arg("serve").env("NO_COLOR", "1");
    let path = |name: &str| folder.join(name).display().to_string();
    let mut settings = vec![
        "sip.listen=127.0.0.1:0".to_owned(),
        "media.bind=127.0.0.1".to_owned(),
        format!("media.recordings={}", path("recordings")),
        format!("store.path={}", path("hark.db")),
        format!("commerce.address=http://{shop}"),
        "web.listen=127.0.0.1:0".to_owned(),
        "log.json=true".to_owned(),
    ];
    settings.extend(overrides.iter().map(|setting| (*setting).to_owned()));
    for setting in settings {
        command.args(["--set", &setting]);
    }
    Ok(command)
}

/// An address in a JSON log line.
fn field(line: &str, name: &str) -> Result<SocketAddr> {
    let entry: serde_json::Value = serde_json::from_str(line)?;
    let text = entry["fields"][name]
        .as_str()
        .with_context(|| format!("no {name} in {line}"))?;
    Ok(text.parse()?)
}
