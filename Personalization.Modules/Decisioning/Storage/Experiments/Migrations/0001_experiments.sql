-- Experiments with placements are the shop's will, not derived from the log: what is tried, whether it runs, and what happened to it.
CREATE TABLE decisioning_experiment (
    key TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    put_at_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL
);

-- What was once tried can be explained: exposures name the version.
CREATE TABLE decisioning_experiment_version (
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (key, version)
);

CREATE TABLE decisioning_experiment_change (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT
);

CREATE INDEX decisioning_experiment_change_key ON decisioning_experiment_change (key, id);

-- Kept assignments name an experiment's buckets by number, which is never given twice.
CREATE TABLE decisioning_experiment_number (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    bucket_version INTEGER NOT NULL,
    UNIQUE (key, bucket_version)
)
