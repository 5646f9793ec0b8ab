-- Flags and experiments of the shop, as one document a version. A version is never changed, so that what was once served can be explained;
-- the newest applies.
CREATE TABLE decisioning_flags (
    version INTEGER PRIMARY KEY,
    put_at_ms INTEGER NOT NULL,
    body BLOB NOT NULL
)
