-- What quality is judged by must outlive a restart: a week of learning is not to be had again by replaying the log, whose events
-- tell when they came but not whether anybody was watching. Beside it the flags that were raised and the results of comparisons.
CREATE TABLE tracking_quality_baseline (
    source_id INTEGER NOT NULL,
    event_type INTEGER NOT NULL,
    event_name TEXT NOT NULL,
    heard_at_ms INTEGER NOT NULL,
    state BLOB NOT NULL,
    PRIMARY KEY (source_id, event_type, event_name)
);

CREATE TABLE tracking_quality_flag (
    id TEXT PRIMARY KEY,
    raised_at_ms INTEGER NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE tracking_reconciliation (
    id TEXT PRIMARY KEY,
    requested_at_ms INTEGER NOT NULL,
    result BLOB NOT NULL
)
