-- Which erasures this log has been through. A log that is restored from a backup lacks the later ones, and so tells what is to be
-- erased from it again before it serves.
CREATE TABLE log_erasure (
    request_id TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL
)
