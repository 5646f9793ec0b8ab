-- Rules and offers of the shop, in versions. A version is never changed, so that what was once decided can be explained; which one applies stands beside.
CREATE TABLE decisioning_document_version (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    put_at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (kind, id, version)
);

CREATE TABLE decisioning_document (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    newest_version INTEGER NOT NULL,
    live_version INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (kind, id)
)
