-- Until when Hark does not call a number by itself, because somebody there said "later".
CREATE TABLE put_off (
    number_hash TEXT PRIMARY KEY,
    -- Milliseconds since 1970, UTC.
    until_ms    INTEGER NOT NULL
) STRICT;
