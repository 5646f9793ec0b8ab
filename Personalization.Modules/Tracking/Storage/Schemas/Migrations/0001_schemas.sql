-- Schemas of events: what the shop agreed on with those who send them. A version is never changed, so that what was once accepted
-- can be explained; the newest applies.
CREATE TABLE tracking_schema (
    event TEXT PRIMARY KEY,
    mode TEXT NOT NULL
);

CREATE TABLE tracking_schema_version (
    event TEXT NOT NULL REFERENCES tracking_schema (event) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    registered_at_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (event, version)
);

-- The starter set is registered once: a schema of it that was deleted stays deleted.
CREATE TABLE tracking_schema_starter (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    registered_at_ms INTEGER NOT NULL
)
