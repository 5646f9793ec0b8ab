-- The event log: one row per group commit. A block holds consecutive offsets, so finding an offset is one b-tree descent,
-- and compressing a whole block is what makes batches cheaper than a row per event.
CREATE TABLE log_block (
    first_offset INTEGER PRIMARY KEY,
    event_count INTEGER NOT NULL,
    codec INTEGER NOT NULL,
    raw_bytes INTEGER NOT NULL,
    body BLOB NOT NULL
);

-- Numbers that stand in log bodies for names; they must outlive configuration changes.
CREATE TABLE log_source (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- The installation's secret: identifiers are hashed with it everywhere outside the log.
CREATE TABLE log_secret (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    secret BLOB NOT NULL
)
