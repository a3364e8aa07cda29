//! One call from dialling to report: the loop that joins signalling, media and script to two
//! sockets pairs and one clock.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::{sleep_until, timeout};

use super::clip::{self, Clip, ClipError};
use super::further::{Further, Prepared};
use super::media::MediaLeg;
use super::performance::{Performance, Verdict};
use super::report::{CallEvent, CallReport, Hangup};
use super::script::{Action, Interruption, Script, Step};
use super::sip::{Dial, SipEvent, SipLeg, address_of, host_of};

/// Whom to call, as whom, and what to keep.
#[derive(Debug, Clone)]
pub struct CallOptions {
    /// `sip:shop@192.0.2.1:5060`. UDP only.
    pub uri: String,
    pub script: Script,
    /// The caller's number, as the From header shows it.
    pub from: String,
    /// Where the stereo recording goes (left: caller, right: far end).
    pub record: Option<PathBuf>,
    /// Whether the telephone can send keys (RFC 4733).
    pub keys: bool,
    /// How long it may ring.
    pub ring: Duration,
    /// The longest call.
    pub call: Duration,
    /// Hears what happens as it happens. Events are dropped when it is full: nobody may slow the call.
    pub events: Option<mpsc::Sender<CallEvent>>,
}

impl CallOptions {
    pub fn new(uri: impl Into<String>, script: Script) -> Self {
        Self {
            uri: uri.into(),
            script,
            from: "callsim".to_owned(),
            record: None,
            keys: true,
            ring: Duration::from_secs(30),
            call: Duration::from_secs(300),
            events: None,
        }
    }
}

/// Why no call could be made at all. A call that fails is a report.
#[derive(Debug, Error)]
pub enum CallerError {
    #[error("\"{0}\" is no SIP URI for UDP, like sip:shop@192.0.2.1:5060")]
    Uri(String),
    #[error("cannot find {host}: {source}")]
    Resolve { host: String, source: std::io::Error },
    #[error("{host} has no address")]
    NoAddress { host: String },
    #[error("\"{0}\" cannot stand in a From header: letters, digits and + - . _ can")]
    From(String),
    #[error(transparent)]
    Clip(#[from] ClipError),
    #[error("no UDP port: {0}")]
    Port(std::io::Error),
    #[error("cannot write {}: {source}", file.display())]
    Record { file: PathBuf, source: hound::Error },
}

/// Makes one call and follows the script to its end.
pub async fn run(options: CallOptions) -> Result<CallReport, CallerError> {
    make(options, None).await
}

/// Makes one call and follows the script, then does the steps that `further` brings, as they come. The
/// caller hangs up when the sender is dropped and everything is done.
pub async fn run_with(
    options: CallOptions,
    further: mpsc::Receiver<Step>,
) -> Result<CallReport, CallerError> {
    let further = Further::new(options.script.voice.clone(), further);
    make(options, Some(further)).await
}

async fn make(options: CallOptions, further: Option<Further>) -> Result<CallReport, CallerError> {
    let clips = prepare(&options.script).await?;
    if !options
        .from
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "+-._".contains(c))
        || options.from.is_empty()
    {
        return Err(CallerError::From(options.from));
    }
    let target = resolve(&options.uri).await?;
    let sockets = Sockets::open(target).await.map_err(CallerError::Port)?;
    let mut call = Call::dial(&options, clips, target, &sockets)?;
    call.further = further;
    call.run(&sockets).await;
    call.finish(options.record.as_deref())
}

/// Speaks and loads everything before dialling: nothing slow happens during the call.
async fn prepare(script: &Script) -> Result<Vec<Option<Clip>>, ClipError> {
    let mut clips = Vec::with_capacity(script.steps.len());
    for step in &script.steps {
        clips.push(sound_of(&script.voice, step).await?);
    }
    Ok(clips)
}

/// What is heard of a step.
pub(super) async fn sound_of(voice: &str, step: &Step) -> Result<Option<Clip>, ClipError> {
    match &step.action {
        Action::Say { text }
        | Action::BargeIn {
            sound: Interruption::Said(text),
            ..
        } => clip::speak(voice, text).await.map(Some),
        Action::Play { file }
        | Action::BargeIn {
            sound: Interruption::Played(file),
            ..
        } => clip::load(file).map(Some),
        Action::Keys { .. }
        | Action::WaitFor(_)
        | Action::Wait { .. }
        | Action::Hangup
        | Action::ExpectHangup => Ok(None),
    }
}

async fn resolve(uri: &str) -> Result<SocketAddr, CallerError> {
    let bad = || CallerError::Uri(uri.to_owned());
    let lower = uri.to_ascii_lowercase();
    if lower.contains(";transport=") && !lower.contains(";transport=udp") {
        return Err(bad());
    }
    if let Some(address) = address_of(uri) {
        return Ok(address);
    }
    let host = host_of(uri).ok_or_else(bad)?;
    let host = if host.contains(':') {
        host.to_owned()
    } else {
        format!("{host}:5060")
    };
    let found = timeout(RESOLVE_MAX, tokio::net::lookup_host(&host))
        .await
        .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
        .map_err(|source| CallerError::Resolve {
            host: host.clone(),
            source,
        })?;
    // The SIP stack of most peers listens on IPv4.
    let mut found: Vec<SocketAddr> = found.collect();
    found.sort_by_key(SocketAddr::is_ipv6);
    found.first().copied().ok_or(CallerError::NoAddress { host })
}

/// SIP, RTP on an even port, and RTCP on the next.
struct Sockets {
    sip: UdpSocket,
    rtp: UdpSocket,
    rtcp: UdpSocket,
}

impl Sockets {
    async fn open(target: SocketAddr) -> std::io::Result<Self> {
        let any: IpAddr = if target.is_ipv4() {
            [0, 0, 0, 0].into()
        } else {
            [0u16; 8].into()
        };
        // Connecting a UDP socket sends nothing; it tells which of our addresses faces the target.
        let probe = UdpSocket::bind((any, 0)).await?;
        probe.connect(target).await?;
        let local = probe.local_addr()?.ip();
        let sip = UdpSocket::bind((local, 0)).await?;
        let mut refusal = std::io::Error::from(std::io::ErrorKind::AddrInUse);
        for _ in 0..PORT_TRIES {
            let rtp = UdpSocket::bind((local, 0)).await?;
            let port = rtp.local_addr()?.port();
            if !port.is_multiple_of(2) {
                continue;
            }
            match UdpSocket::bind((local, port + 1)).await {
                Ok(rtcp) => return Ok(Self { sip, rtp, rtcp }),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }
}

/// A call being made.
struct Call {
    sip: SipLeg,
    media: Option<MediaLeg>,
    performance: Option<Performance>,
    /// Until the answer.
    clips: Vec<Option<Clip>>,
    script: Script,
    /// Steps after the script's, until there are no more.
    further: Option<Further>,
    seed: u64,
    record: bool,
    dialled: Instant,
    answered: Option<Instant>,
    next_tick: Instant,
    give_up: Instant,
    clock_late_max: Duration,
    hanging_up: bool,
    over: bool,
    report: CallReport,
    events: Option<mpsc::Sender<CallEvent>>,
}

/// What the loop woke up for.
enum Woken {
    Sip(SocketAddr, usize),
    Rtp(SocketAddr, usize),
    Rtcp(usize),
    Further(Option<Prepared>),
    Clock,
}

impl Call {
    fn dial(
        options: &CallOptions,
        clips: Vec<Option<Clip>>,
        target: SocketAddr,
        sockets: &Sockets,
    ) -> Result<Self, CallerError> {
        let now = Instant::now();
        let seed = rand::random();
        let dial = Dial {
            uri: options.uri.clone(),
            target,
            local: sockets.sip.local_addr().map_err(CallerError::Port)?,
            from: options.from.clone(),
            seed,
            ring: options.ring,
            keys: options.keys,
        };
        let rtp_port = sockets.rtp.local_addr().map_err(CallerError::Port)?.port();
        Ok(Self {
            sip: SipLeg::dial(now, dial, rtp_port),
            media: None,
            performance: None,
            clips,
            script: options.script.clone(),
            further: None,
            seed,
            record: options.record.is_some(),
            dialled: now,
            answered: None,
            next_tick: now,
            give_up: now + options.ring + options.call,
            clock_late_max: Duration::ZERO,
            hanging_up: false,
            over: false,
            report: CallReport::default(),
            events: options.events.clone(),
        })
    }

    async fn run(&mut self, sockets: &Sockets) {
        let (mut sip_bytes, mut rtp_bytes, mut rtcp_bytes) =
            (vec![0; 65_535], vec![0; 2_048], vec![0; 2_048]);
        while !self.over {
            self.transmit(sockets).await;
            let woken = tokio::select! {
                biased;
                () = sleep_until(self.deadline().into()) => Woken::Clock,
                Ok((length, from)) = sockets.rtp.recv_from(&mut rtp_bytes) => Woken::Rtp(from, length),
                Ok((length, from)) = sockets.sip.recv_from(&mut sip_bytes) => Woken::Sip(from, length),
                Ok((length, _)) = sockets.rtcp.recv_from(&mut rtcp_bytes) => Woken::Rtcp(length),
                step = Further::next(&mut self.further), if self.performance.is_some() => Woken::Further(step),
                // A socket that fails (an ICMP refusal) is asked again after the next tick.
                else => Woken::Clock,
            };
            let now = Instant::now();
            match woken {
                Woken::Sip(from, length) => {
                    self.sip
                        .receive(now, from, sip_bytes.get(..length).unwrap_or_default());
                }
                Woken::Rtp(from, length) => self.hear(now, from, rtp_bytes.get(..length).unwrap_or_default()),
                Woken::Rtcp(length) => {
                    if let Some(media) = &mut self.media {
                        media.receive_rtcp(now, rtcp_bytes.get(..length).unwrap_or_default());
                    }
                }
                Woken::Further(step) => self.go_on(now, step),
                Woken::Clock => self.tick(now, sockets).await,
            }
            while let Some(event) = self.sip.poll_event() {
                self.on_sip(now, event);
            }
        }
        self.transmit(sockets).await;
    }

    fn go_on(&mut self, now: Instant, step: Option<Prepared>) {
        let Some(performance) = &mut self.performance else {
            return;
        };
        match step {
            Some(Ok((step, clip))) => performance.add(step, clip),
            Some(Err(error)) => {
                self.report.failure.get_or_insert_with(|| error.to_string());
                self.hang_up(now, "caller", "a step has no sound");
            }
            None => {
                performance.close();
                self.further = None;
            }
        }
    }

    fn deadline(&self) -> Instant {
        let tick = self.media.as_ref().map(|_| self.next_tick);
        [self.sip.poll_timeout(), tick]
            .into_iter()
            .flatten()
            .fold(self.give_up, Instant::min)
    }

    async fn transmit(&mut self, sockets: &Sockets) {
        while let Some((to, bytes)) = self.sip.poll_transmit() {
            // What is not sent is sent again by the transaction's timer.
            let _ = sockets.sip.send_to(&bytes, to).await;
        }
    }

    fn hear(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let begun = self
            .media
            .as_mut()
            .is_some_and(|media| media.receive(now, from, bytes));
        if begun {
            self.tell(CallEvent::FarEndSpeaks {
                at_ms: self.since_answer(now),
            });
        }
    }

    async fn tick(&mut self, now: Instant, sockets: &Sockets) {
        if now >= self.give_up {
            self.hang_up(now, "caller", "the call took too long");
            self.report
                .failure
                .get_or_insert_with(|| "the call took too long".to_owned());
            self.give_up = now + LINGER;
            self.over = self.answered.is_none();
        }
        if self.sip.poll_timeout().is_some_and(|at| now >= at) {
            self.sip.handle_timeout(now);
        }
        while self.media.is_some() && now >= self.next_tick {
            self.clock_late_max = self.clock_late_max.max(now - self.next_tick);
            self.next_tick += TICK;
            self.perform(now);
            let Some(media) = &mut self.media else { return };
            // A packet that cannot be sent is lost, as packets are.
            if let Some((to, bytes)) = media.tick(now) {
                let _ = sockets.rtp.send_to(&bytes, to).await;
            }
            if let Some((to, bytes)) = media.poll_rtcp(now) {
                let _ = sockets.rtcp.send_to(&bytes, to).await;
            }
            if let Some(performance) = &mut self.performance {
                performance.sent(now, &media.playout, &media.sender);
            }
        }
    }

    /// Lets the script act, unless it is over.
    fn perform(&mut self, now: Instant) {
        let (Some(performance), Some(media)) = (&mut self.performance, &mut self.media) else {
            return;
        };
        if self.hanging_up {
            return;
        }
        let verdict = performance.tick(now, &mut media.ear, &mut media.playout, &mut media.sender);
        let events = performance.take_events();
        events.into_iter().for_each(|event| self.tell(event));
        match verdict {
            Verdict::GoOn => {}
            Verdict::Hangup { cause } => {
                self.report.completed = true;
                self.hang_up(now, "caller", cause);
            }
            Verdict::Failed { reason } => {
                self.hang_up(now, "caller", &reason);
                self.report.failure = Some(reason);
            }
        }
    }

    fn on_sip(&mut self, now: Instant, event: SipEvent) {
        match event {
            SipEvent::Progress { status } => self.tell(CallEvent::Progress { status }),
            SipEvent::Answered { plan } => {
                self.final_response(now, 200, "OK");
                self.report.answered = true;
                self.answered = Some(now);
                self.next_tick = now;
                self.media = Some(MediaLeg::new(plan, self.seed, self.record, now));
                let mut performance = Performance::new(&self.script, std::mem::take(&mut self.clips), now);
                performance.open = self.further.is_some();
                self.performance = Some(performance);
                self.tell(CallEvent::Answered);
            }
            SipEvent::Refused { status, reason } => {
                self.final_response(now, status, &reason);
                self.not_answered(&format!("refused: {status} {reason}"));
            }
            SipEvent::NoAnswer => self.not_answered("no answer"),
            SipEvent::Renegotiated { plan } => {
                if let Some(media) = &mut self.media {
                    media.renegotiate(plan);
                }
            }
            SipEvent::HungUp { cause } => self.far_end_hung_up(now, &cause),
            SipEvent::Ended => self.over = true,
        }
    }

    fn final_response(&mut self, now: Instant, status: u16, reason: &str) {
        self.report.sip_status = Some(status);
        reason.clone_into(&mut self.report.sip_reason);
        self.report.answer_ms = Some(now.saturating_duration_since(self.dialled).as_millis() as u64);
    }

    fn not_answered(&mut self, cause: &str) {
        self.over = true;
        self.report.failure.get_or_insert_with(|| cause.to_owned());
        self.ended("nobody", cause);
    }

    fn far_end_hung_up(&mut self, now: Instant, cause: &str) {
        self.over = true;
        if let (false, Some(performance), Some(media)) = (self.hanging_up, &mut self.performance, &self.media)
        {
            match performance.far_end_hung_up(now, &media.ear) {
                Ok(()) => self.report.completed = true,
                Err(failure) => self.report.failure = Some(failure),
            }
        }
        self.report.duration_ms = self.since_answer(now);
        self.ended("far_end", cause);
    }

    fn hang_up(&mut self, now: Instant, by: &str, cause: &str) {
        if self.hanging_up {
            return;
        }
        self.hanging_up = true;
        self.report.duration_ms = self.since_answer(now);
        self.sip.hang_up(now);
        self.ended(by, cause);
    }

    fn ended(&mut self, by: &str, cause: &str) {
        if self.report.hangup.by.is_empty() {
            self.report.hangup = Hangup {
                by: by.to_owned(),
                cause: cause.to_owned(),
            };
            self.tell(CallEvent::Ended {
                by: by.to_owned(),
                cause: cause.to_owned(),
            });
        }
    }

    fn since_answer(&self, now: Instant) -> u64 {
        self.answered
            .map_or(0, |at| now.saturating_duration_since(at).as_millis() as u64)
    }

    fn tell(&self, event: CallEvent) {
        if let Some(events) = &self.events {
            let _ = events.try_send(event);
        }
    }

    fn finish(mut self, record: Option<&Path>) -> Result<CallReport, CallerError> {
        if let Some(performance) = self.performance {
            self.report.steps = performance.into_reports();
        }
        if let Some(media) = self.media {
            self.report.rtp = media.report(self.clock_late_max);
            if let (Some(file), Some(samples)) = (record, media.into_recording()) {
                write_wav(file, &samples).map_err(|source| CallerError::Record {
                    file: file.to_owned(),
                    source,
                })?;
                self.report.recording = Some(file.to_owned());
            }
        }
        Ok(self.report)
    }
}

fn write_wav(file: &Path, pairs: &[i16]) -> Result<(), hound::Error> {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(file, spec)?;
    for sample in pairs {
        writer.write_sample(*sample)?;
    }
    writer.finalize()
}

const TICK: Duration = Duration::from_millis(20);
const RESOLVE_MAX: Duration = Duration::from_secs(5);
/// Half of the ephemeral ports are odd, and some have a neighbour in use.
const PORT_TRIES: usize = 100;
/// After the longest call: for the BYE to be answered.
const LINGER: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
