-- Which confirmation policy and which model of understanding a call had, as JSON. NULL for calls before this column.
ALTER TABLE calls ADD COLUMN versions TEXT;

-- Utterances that Hark was not sure of, for people to label. Their sound lies in the call's recording.
CREATE TABLE reviews (
    id          INTEGER PRIMARY KEY,
    call_id     TEXT NOT NULL,
    turn        INTEGER NOT NULL,
    created_ms  INTEGER NOT NULL,
    -- Milliseconds from the beginning of the recording.
    offset_ms   INTEGER NOT NULL,
    step        TEXT NOT NULL,
    -- "unsure, repaired": why a person should look at it.
    reasons     TEXT NOT NULL,
    -- Redacted; empty where nobody could say what it was.
    text        TEXT NOT NULL,
    -- What it was taken for, how sure, and by which rule or model and version.
    decided     TEXT,
    confidence  REAL NOT NULL,
    decided_by  TEXT NOT NULL,
    -- NULL: nobody has looked. "-": looked at, and no example of anything.
    label       TEXT,
    labelled_ms INTEGER,
    UNIQUE (call_id, turn)
) STRICT;
CREATE INDEX reviews_open ON reviews (id) WHERE label IS NULL;
