-- Models that were trained here, so that a restart answers with them at once. Derived from the log: what is lost is trained anew.
CREATE TABLE decisioning_trained_model (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    made_at_ms INTEGER NOT NULL,
    role TEXT NOT NULL,
    format INTEGER NOT NULL,
    log_key BLOB NOT NULL,
    checked TEXT NOT NULL,
    note TEXT,
    members BLOB NOT NULL,
    checksum BLOB NOT NULL,
    body BLOB NOT NULL
)
