-- Numbers that Hark must not call by itself again: a hash of each, which is enough to refuse a call. Kept for good.
CREATE TABLE do_not_call (
    number_hash TEXT PRIMARY KEY,
    -- Milliseconds since 1970, UTC.
    created_ms  INTEGER NOT NULL
) STRICT;
