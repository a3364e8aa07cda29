//! Messages out of a byte stream (RFC 3261 §18.3, RFC 5626 §3.5.1), with a deadline for each.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::Instant;

/// Bytes of one message, headers and body.
const MAX_MESSAGE: usize = 64 * 1024;

/// How long a peer may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Between two messages.
    pub(crate) idle: Duration,
    /// From the first byte of a message to its last, so that a trickle does not hold the connection.
    pub(crate) message: Duration,
}

/// What has come and is not taken yet.
pub(crate) struct Inflow<R> {
    half: R,
    buffer: Vec<u8>,
    /// When what is in the buffer began to come.
    begun: Option<Instant>,
    patience: Patience,
}

/// The next thing in the stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A double CRLF between messages: answer with one.
    KeepAlive,
    Message(Vec<u8>),
    /// What follows has no known beginning; this is all of it.
    Lost(Vec<u8>),
}

impl<R: AsyncRead + Unpin> Inflow<R> {
    pub(crate) fn new(half: R, patience: Patience) -> Self {
        Self {
            half,
            buffer: Vec::with_capacity(4096),
            begun: None,
            patience,
        }
    }

    /// The next piece; nothing when the peer has closed or taken too long.
    pub(crate) async fn next(&mut self) -> Option<Piece> {
        loop {
            match next_frame(&self.buffer) {
                Frame::KeepAlive(length) => {
                    self.take(length);
                    return Some(Piece::KeepAlive);
                }
                Frame::Skip(length) => {
                    self.take(length);
                }
                Frame::Message(length) => return Some(Piece::Message(self.take(length))),
                Frame::Lost => return Some(Piece::Lost(std::mem::take(&mut self.buffer))),
                Frame::Incomplete => self.read().await?,
            }
        }
    }

    async fn read(&mut self) -> Option<()> {
        let now = Instant::now();
        // Half a keep-alive is no message: some peers never send more.
        let limit = if self.buffer.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            self.begun = None;
            now + self.patience.idle
        } else {
            *self.begun.get_or_insert(now) + self.patience.message
        };
        let read = self.half.read_buf(&mut self.buffer);
        match tokio::time::timeout_at(limit, read).await {
            Ok(Ok(0)) | Ok(Err(_)) | Err(_) => None,
            Ok(Ok(_)) => Some(()),
        }
    }

    /// What stays begins anew: it came with the end of what is taken.
    fn take(&mut self, length: usize) -> Vec<u8> {
        self.begun = None;
        self.buffer.drain(..length).collect()
    }
}

/// What stands at the beginning of a buffer.
#[derive(Debug, PartialEq, Eq)]
enum Frame {
    /// A double CRLF between messages: answer with one.
    KeepAlive(usize),
    /// A single CRLF between messages.
    Skip(usize),
    /// A whole message of this many bytes.
    Message(usize),
    Incomplete,
    /// No length can be known, or none that we take.
    Lost,
}

/// RFC 3261 §18.3: over a stream, Content-Length says where a message ends; without one there is no body.
fn next_frame(buffer: &[u8]) -> Frame {
    if buffer.starts_with(b"\r\n\r\n") {
        return Frame::KeepAlive(4);
    }
    if buffer.starts_with(b"\r\n") {
        return if buffer == b"\r\n" || buffer == b"\r\n\r" {
            // The second half of a keep-alive may be on its way; either way nothing is lost by waiting.
            Frame::Incomplete
        } else {
            Frame::Skip(2)
        };
    }
    let Some(head) = super::wire::find(buffer, b"\r\n\r\n").map(|at| at.saturating_add(4)) else {
        return if buffer.len() > MAX_MESSAGE {
            Frame::Lost
        } else {
            Frame::Incomplete
        };
    };
    let Some(body) = buffer.get(..head).and_then(content_length) else {
        return Frame::Lost;
    };
    match head.checked_add(body) {
        Some(length) if length > MAX_MESSAGE => Frame::Lost,
        Some(length) if length <= buffer.len() => Frame::Message(length),
        Some(_) => Frame::Incomplete,
        None => Frame::Lost,
    }
}

/// The value of the only Content-Length; 0 without one; `None` when malformed or doubled.
fn content_length(head: &[u8]) -> Option<usize> {
    let mut found = None;
    for line in head.split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = parts.next()?.trim_ascii();
        let is_length = name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"l");
        if !is_length {
            continue;
        }
        let value = std::str::from_utf8(parts.next()?.trim_ascii()).ok()?;
        let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        if found.is_some() || !digits {
            return None;
        }
        found = Some(value.parse().ok()?);
    }
    Some(found.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncWriteExt;

    use super::{Frame, Inflow, Patience, Piece, next_frame};

    fn check(text: &str, expect: Frame) {
        assert_eq!(next_frame(text.as_bytes()), expect, "{text:?}");
    }

    #[test]
    fn messages_are_cut_at_their_content_length() {
        check("", Frame::Incomplete);
        check("\r\n", Frame::Incomplete);
        check("\r\n\r\nBYE", Frame::KeepAlive(4));
        check("\r\nBYE", Frame::Skip(2));
        check("BYE sip:a SIP/2.0\r\nl: 2\r\n\r\nhiBYE", Frame::Message(29));
        check("BYE sip:a SIP/2.0\r\nl: 2\r\n\r\nh", Frame::Incomplete);
        check("BYE sip:a SIP/2.0\r\n\r\nBYE", Frame::Message(21));
        check("BYE sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n", Frame::Lost);
        check("BYE sip:a SIP/2.0\r\nl: 1\r\nl: 1\r\n\r\nx", Frame::Lost);
        check(
            "BYE sip:a SIP/2.0\r\nl: 99999999999999999999999\r\n\r\n",
            Frame::Lost,
        );
        check("BYE sip:a SIP/2.0\r\nl: 65536\r\n\r\n", Frame::Lost);
        check(&"x".repeat(70_000), Frame::Lost);
    }

    const HOUR: Duration = Duration::from_secs(3_600);

    #[tokio::test]
    async fn pieces_come_one_by_one_however_they_were_sent() {
        let (mut peer, ours) = tokio::io::duplex(64);
        let patience = Patience {
            idle: HOUR,
            message: HOUR,
        };
        let mut inflow = Inflow::new(ours, patience);
        tokio::spawn(async move {
            let sent = b"\r\n\r\nBYE sip:a SIP/2.0\r\nl: 2\r\n\r\nhi\r\nACK sip:a SIP/2.0\r\n\r\n";
            for byte in sent {
                peer.write_all(&[*byte]).await.unwrap();
            }
        });
        let mut pieces = Vec::new();
        while let Some(piece) = inflow.next().await {
            pieces.push(piece);
        }
        assert_eq!(
            pieces,
            [
                Piece::KeepAlive,
                Piece::Message(b"BYE sip:a SIP/2.0\r\nl: 2\r\n\r\nhi".to_vec()),
                Piece::Message(b"ACK sip:a SIP/2.0\r\n\r\n".to_vec()),
            ]
        );
    }

    #[tokio::test]
    async fn a_message_that_is_not_finished_in_time_ends_the_connection() {
        let (mut peer, ours) = tokio::io::duplex(64);
        let patience = Patience {
            idle: HOUR,
            message: Duration::ZERO,
        };
        let mut inflow = Inflow::new(ours, patience);
        peer.write_all(b"BYE").await.unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(10), inflow.next()).await;
        assert_eq!(ended, Ok(None));
        drop(peer);
    }

    #[tokio::test]
    async fn a_keep_alive_of_one_line_begins_no_message() {
        let (mut peer, ours) = tokio::io::duplex(64);
        let patience = Patience {
            idle: HOUR,
            message: Duration::ZERO,
        };
        let mut inflow = Inflow::new(ours, patience);
        peer.write_all(b"\r\n").await.unwrap();
        let (piece, sent) = tokio::join!(inflow.next(), peer.write_all(b"BYE sip:a SIP/2.0\r\n\r\n"));
        sent.unwrap();
        assert_eq!(piece, Some(Piece::Message(b"BYE sip:a SIP/2.0\r\n\r\n".to_vec())));
    }
}
