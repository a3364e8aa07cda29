//! Session descriptions: RFC 8866 (SDP) and RFC 3264 (offer and answer).
