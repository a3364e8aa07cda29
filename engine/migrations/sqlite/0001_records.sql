-- Times are milliseconds since 1970-01-01 UTC. JSON columns hold the core's records as serde writes them.

-- One row a call.
CREATE TABLE calls (
    id          TEXT PRIMARY KEY,
    started_ms  INTEGER NOT NULL,
    -- Only the last two digits ("*00"): the number itself is never stored here.
    caller      TEXT NOT NULL,
    dialled     TEXT NOT NULL,
    trunk       TEXT NOT NULL,
    -- "sip" or "browser"
    protocol    TEXT NOT NULL,
    -- Path of the stereo WAV, when the call is recorded.
    recording   TEXT,
    -- NULL while the call goes on.
    ended_ms    INTEGER,
    duration_ms INTEGER,
    outcome     TEXT,
    ended_by    TEXT,
    turns       INTEGER,
    barge_ins   INTEGER,
    media       TEXT
) STRICT;
CREATE INDEX calls_started ON calls (started_ms);

-- One row a turn: what was heard, decided, done and said. Text is redacted before it comes here.
CREATE TABLE turns (
    call_id  TEXT NOT NULL,
    turn     INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    step     TEXT NOT NULL,
    heard    TEXT NOT NULL,
    decision TEXT,
    notes    TEXT NOT NULL,
    said     TEXT NOT NULL,
    latency  TEXT NOT NULL,
    PRIMARY KEY (call_id, turn)
) STRICT;

-- The outbox: an order is written here before it is sent, and settled when the shop's word is known.
CREATE TABLE orders (
    key             TEXT PRIMARY KEY,
    call_id         TEXT NOT NULL,
    draft           TEXT NOT NULL,
    -- How the caller said yes.
    confirmed_by    TEXT NOT NULL,
    -- "pending", "placed", "out_of_stock", "refused"
    state           TEXT NOT NULL,
    created_ms      INTEGER NOT NULL,
    -- How often it has been sent.
    attempts        INTEGER NOT NULL DEFAULT 0,
    -- While pending: when the outbox may send it (again).
    next_attempt_ms INTEGER NOT NULL,
    settled_ms      INTEGER,
    -- The settlement as JSON, when settled; the last error, while pending.
    settlement      TEXT,
    last_error      TEXT
) STRICT;
CREATE INDEX orders_call ON orders (call_id);
CREATE INDEX orders_pending ON orders (next_attempt_ms) WHERE state = 'pending';

-- Promises that a human rings back.
CREATE TABLE callbacks (
    id         INTEGER PRIMARY KEY,
    call_id    TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    summary    TEXT NOT NULL,
    -- The one place where a caller's number is kept, because it must be rung. Erased when done.
    phone      TEXT,
    done_ms    INTEGER
) STRICT;

-- Small facts about the store itself.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
