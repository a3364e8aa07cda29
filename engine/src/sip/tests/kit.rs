//! A SIP peer of one socket, and a stack to talk to.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::super::{
    Admission, Dialplan, IncomingCall, SipConfig, SipEvent, SipHandle, SipLeg, SipStack, Transport,
    TrunkTable,
};

/// How long a test waits for what must come.
pub(super) const LIMIT: Duration = Duration::from_secs(10);
/// How long a connection may take to be closed, before it counts as open.
const CLOSED_WITHIN: Duration = Duration::from_secs(2);

pub(super) const OFFER: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
pub(super) const ANSWER: &str =
    "v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";

pub(super) struct Stack {
    pub(super) handle: SipHandle,
    pub(super) calls: mpsc::Receiver<IncomingCall>,
    pub(super) admission: Arc<Admission>,
    stop: CancellationToken,
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Stack {
    pub(super) async fn start() -> Self {
        Self::with(SipConfig::loopback(), TrunkTable::loopback()).await
    }

    pub(super) async fn with(config: SipConfig, trunks: TrunkTable) -> Self {
        let dialplan = Dialplan::parse(
            "dialplan.toml",
            "[[rule]]\nnumber = \"1XX\"\ndestination = \"main\"\n",
        )
        .unwrap();
        let stop = CancellationToken::new();
        let admission = Admission::new(config.max_calls);
        let (handle, calls) = SipStack::start(config, trunks, dialplan, admission.clone(), stop.clone())
            .await
            .unwrap();
        Self {
            handle,
            calls,
            admission,
            stop,
        }
    }

    pub(super) fn address(&self, transport: Transport) -> SocketAddr {
        let found = self
            .handle
            .addresses()
            .iter()
            .find(|(have, _)| *have == transport);
        found.unwrap().1
    }

    pub(super) async fn call(&mut self) -> IncomingCall {
        tokio::time::timeout(LIMIT, self.calls.recv())
            .await
            .unwrap()
            .unwrap()
    }

    /// Waits until every dialog and every place is given back.
    pub(super) async fn until_idle(&self) {
        let idle = async {
            while self.handle.dialogs() > 0 || self.admission.calls() > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LIMIT, idle).await.expect("a dialog leaks");
    }
}

pub(super) async fn event(leg: &mut SipLeg) -> SipEvent {
    tokio::time::timeout(LIMIT, leg.events.recv())
        .await
        .unwrap()
        .unwrap()
}

/// The far end: sends what a test writes, keeps what it sees for a snapshot.
pub(super) struct Peer {
    wire: Wire,
    server: SocketAddr,
    pub(super) local: SocketAddr,
    log: String,
    /// Messages received before: over UDP they may come again.
    seen: HashSet<String>,
}

enum Wire {
    Udp(UdpSocket),
    Listening(TcpListener),
    Tcp { stream: TcpStream, unread: Vec<u8> },
}

impl Peer {
    pub(super) async fn udp(server: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        Self {
            local: socket.local_addr().unwrap(),
            wire: Wire::Udp(socket),
            server,
            log: String::new(),
            seen: HashSet::new(),
        }
    }

    pub(super) async fn tcp(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).await.unwrap();
        Self {
            local: stream.local_addr().unwrap(),
            wire: Wire::Tcp {
                stream,
                unread: Vec::new(),
            },
            server,
            log: String::new(),
            seen: HashSet::new(),
        }
    }

    /// A peer that waits to be connected to; see [`Peer::accept`].
    pub(super) async fn tcp_listener(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            local: listener.local_addr().unwrap(),
            wire: Wire::Listening(listener),
            server,
            log: String::new(),
            seen: HashSet::new(),
        }
    }

    pub(super) async fn accept(&mut self) {
        let Wire::Listening(listener) = &self.wire else {
            panic!("connected already")
        };
        let (stream, _) = tokio::time::timeout(LIMIT, listener.accept())
            .await
            .unwrap()
            .unwrap();
        self.wire = Wire::Tcp {
            stream,
            unread: Vec::new(),
        };
    }

    pub(super) fn is_listening(&self) -> bool {
        matches!(self.wire, Wire::Listening(_))
    }

    /// Whether the other end closes the connection without a word; false when it does not soon.
    pub(super) async fn is_closed(&mut self) -> bool {
        let Wire::Tcp { stream, unread } = &mut self.wire else {
            panic!("only a connection can be closed")
        };
        let read = tokio::time::timeout(CLOSED_WITHIN, stream.read_buf(unread)).await;
        matches!(read, Ok(Ok(0) | Err(_)))
    }

    fn transport(&self) -> &'static str {
        match self.wire {
            Wire::Udp(_) => "UDP",
            Wire::Tcp { .. } | Wire::Listening(_) => "TCP",
        }
    }

    /// A request with the usual headers; `extra` are whole lines, `body` is SDP when not empty.
    pub(super) fn request(&self, line: &str, cseq: u32, to_tag: &str, extra: &[&str], body: &str) -> String {
        let method = line.split(' ').next().unwrap();
        let local = self.local;
        let transport = self.transport();
        let to_tag = if to_tag.is_empty() {
            String::new()
        } else {
            format!(";tag={to_tag}")
        };
        let mut text = format!(
            "{line} SIP/2.0\r\n\
             Via: SIP/2.0/{transport} {local};branch=z9hG4bK-{method}-{cseq};rport\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:200@127.0.0.1>;tag=peer\r\n\
             To: <sip:100@127.0.0.1>{to_tag}\r\n\
             Call-ID: call-{}\r\n\
             CSeq: {cseq} {method}\r\n\
             Contact: <sip:200@{local};transport={}>\r\n",
            local.port(),
            transport.to_ascii_lowercase(),
        );
        for line in extra {
            text.push_str(line);
            text.push_str("\r\n");
        }
        if !body.is_empty() && !extra.iter().any(|line| line.starts_with("Content-Type")) {
            text.push_str("Content-Type: application/sdp\r\n");
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        text
    }

    pub(super) async fn send(&mut self, text: &str) {
        let line = text.lines().next().unwrap_or_default();
        self.log.push_str(&format!("--> {}\n\n", self.masked(line)));
        self.send_raw(text.as_bytes()).await;
    }

    pub(super) async fn send_raw(&mut self, bytes: &[u8]) {
        match &mut self.wire {
            Wire::Udp(socket) => {
                socket.send_to(bytes, self.server).await.unwrap();
            }
            Wire::Tcp { stream, .. } => stream.write_all(bytes).await.unwrap(),
            Wire::Listening(_) => panic!("nobody has connected"),
        }
    }

    /// The next message that is no repetition, logged.
    pub(super) async fn receive(&mut self) -> String {
        let mut message = self.try_receive(LIMIT).await.expect("no message came");
        while !self.seen.insert(message.clone()) {
            message = self.try_receive(LIMIT).await.expect("no new message came");
        }
        let shown: String = message.lines().map(|line| format!("    {line}\n")).collect();
        let shown = self.masked(&shown);
        self.log.push_str(&format!("<--\n{shown}\n"));
        message
    }

    pub(super) async fn try_receive(&mut self, limit: Duration) -> Option<String> {
        tokio::time::timeout(limit, self.next_message()).await.ok()
    }

    async fn next_message(&mut self) -> String {
        match &mut self.wire {
            Wire::Udp(socket) => {
                let mut buffer = vec![0; 65_536];
                let (length, _) = socket.recv_from(&mut buffer).await.unwrap();
                String::from_utf8_lossy(&buffer[..length]).into_owned()
            }
            Wire::Tcp { stream, unread } => loop {
                let text = String::from_utf8_lossy(unread).into_owned();
                if let Some(head) = text.find("\r\n\r\n") {
                    let length: usize = header(&text, "Content-Length").parse().unwrap();
                    let end = head + 4 + length;
                    if unread.len() >= end {
                        let message = unread.drain(..end).collect();
                        return String::from_utf8(message).unwrap();
                    }
                }
                assert_ne!(stream.read_buf(unread).await.unwrap(), 0, "connection closed");
            },
            Wire::Listening(_) => panic!("nobody has connected"),
        }
    }

    /// Receives until a message begins with `start`; others (retransmissions) are skipped unlogged.
    pub(super) async fn until(&mut self, start: &str) -> String {
        loop {
            let message = self
                .try_receive(LIMIT)
                .await
                .unwrap_or_else(|| panic!("no {start} came"));
            if message.starts_with(start) {
                return message;
            }
        }
    }

    /// Answers a request of the stack's.
    pub(super) async fn respond(&mut self, request: &str, status: &str, to_tag: &str, body: &str) {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for line in request.lines().take_while(|line| !line.is_empty()) {
            let name = line.split(':').next().unwrap();
            if ["Via", "From", "Call-ID", "CSeq", "Record-Route"].contains(&name) {
                text.push_str(&format!("{line}\r\n"));
            } else if name == "To" {
                let tag = if line.contains("tag=") || to_tag.is_empty() {
                    String::new()
                } else {
                    format!(";tag={to_tag}")
                };
                text.push_str(&format!("{line}{tag}\r\n"));
            }
        }
        text.push_str(&format!("Contact: <sip:agent@{}>\r\n", self.local));
        if !body.is_empty() {
            text.push_str("Content-Type: application/sdp\r\n");
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        self.send(&text).await;
    }

    /// The exchange so far, with what changes from run to run masked.
    pub(super) fn log(&mut self) -> String {
        std::mem::take(&mut self.log)
    }

    fn masked(&self, text: &str) -> String {
        let text = text
            .replace('\r', "")
            .replace(&self.local.to_string(), "PEER")
            .replace(&self.server.to_string(), "HARK")
            .replace(&format!("rport={}", self.local.port()), "rport=PORT")
            .replace(&format!("call-{}", self.local.port()), "CALL-ID");
        text.lines()
            .map(|line| {
                let line = mask_after(line, "To: ", ";tag=");
                let line = mask_after(&line, "From: ", ";tag=");
                mask_after(&line, "Via: ", "branch=z9hG4bK") + "\n"
            })
            .collect::<String>()
            .trim_end_matches('\n')
            .to_owned()
            + if text.ends_with('\n') { "\n" } else { "" }
    }
}

/// In a line that starts with `field`, replaces the token after `mark` by X, unless a test chose it.
fn mask_after(line: &str, field: &str, mark: &str) -> String {
    if !line.trim_start().starts_with(field) {
        return line.to_owned();
    }
    match line.split_once(mark) {
        Some((before, after))
            if !after.starts_with("-") && !after.starts_with("agent") && !after.starts_with("peer") =>
        {
            let end = after.find([';', '>', ',']).unwrap_or(after.len());
            format!("{before}{mark}X{}", &after[end..])
        }
        _ => line.to_owned(),
    }
}

/// The value of a header, or nothing.
pub(super) fn header(message: &str, name: &str) -> String {
    message
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .unwrap_or_default()
        .to_owned()
}

/// The tag of a To header.
pub(super) fn to_tag(message: &str) -> String {
    header(message, "To")
        .split("tag=")
        .nth(1)
        .unwrap_or_default()
        .to_owned()
}

/// The URI in a Contact header.
pub(super) fn contact(message: &str) -> String {
    header(message, "Contact").trim_matches(['<', '>']).to_owned()
}
