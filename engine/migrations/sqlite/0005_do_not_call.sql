-- Numbers that Hark must not call by itself again: a hash of each, which is enough to refuse a call. Kept for good.
CREATE TABLE do_not_call (
    number_hash TEXT PRIMARY KEY,
    -- Milliseconds since 1970, UTC.
    created_ms  INTEGER NOT NULL
) STRICT;

-- When Hark called a number last, so that it does not do so twice a day.
CREATE TABLE called_out (
    number_hash TEXT PRIMARY KEY,
    called_ms   INTEGER NOT NULL
) STRICT;
