//! Sound on the wire: RTP sockets and ports, Opus, WebRTC, the stereo recorder.
