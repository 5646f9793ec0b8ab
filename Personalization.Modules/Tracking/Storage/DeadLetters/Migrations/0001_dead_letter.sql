-- What was refused at the door or failed on its way, with everything that a second try needs: body, times, source. Ids are
-- never given twice, because they stand in addresses. An event of the log has one letter, however often a replay meets it.
-- The large columns are the last, so that lists and counts read no overflow pages.
CREATE TABLE tracking_dead_letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kept_at_ms INTEGER NOT NULL,
    received_at_ms INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    fault TEXT NOT NULL,
    detail TEXT NOT NULL,
    pointer TEXT NOT NULL,
    event_index INTEGER NOT NULL,
    position INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    source TEXT NOT NULL,
    origin INTEGER NOT NULL,
    route INTEGER NOT NULL,
    event_type INTEGER NOT NULL,
    event_name TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sent_at_ms INTEGER NOT NULL,
    is_truncated INTEGER NOT NULL,
    log_offset INTEGER NOT NULL,
    stage TEXT NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_attempt_at_ms INTEGER NOT NULL DEFAULT 0,
    last_result TEXT NOT NULL DEFAULT '',
    replay_offset INTEGER NOT NULL DEFAULT -1,
    size INTEGER NOT NULL,
    body_bytes INTEGER NOT NULL,
    context BLOB NOT NULL,
    body BLOB NOT NULL
);

CREATE UNIQUE INDEX tracking_dead_letter_log_offset ON tracking_dead_letter (log_offset) WHERE log_offset >= 0;
CREATE INDEX tracking_dead_letter_received ON tracking_dead_letter (received_at_ms);
CREATE INDEX tracking_dead_letter_state ON tracking_dead_letter (state, id);
CREATE INDEX tracking_dead_letter_reason ON tracking_dead_letter (reason, id);
CREATE INDEX tracking_dead_letter_source_size ON tracking_dead_letter (source, size);

-- Keyed hashes of the identifiers that stand in a letter, so that an erased person's letters are found without reading bodies.
CREATE TABLE tracking_dead_letter_subject (
    subject_key BLOB NOT NULL,
    letter_id INTEGER NOT NULL,
    PRIMARY KEY (subject_key, letter_id)
) WITHOUT ROWID;

CREATE INDEX tracking_dead_letter_subject_letter ON tracking_dead_letter_subject (letter_id);

-- What the bounds on size and age have cost.
CREATE TABLE tracking_dead_letter_expired (
    reason INTEGER PRIMARY KEY,
    letters INTEGER NOT NULL
)
