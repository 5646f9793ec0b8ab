-- Models that were trained elsewhere, as their files were put. A version is never changed; the newest that is not withdrawn applies.
CREATE TABLE decisioning_tree_model (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    put_at_ms INTEGER NOT NULL,
    body BLOB,
    PRIMARY KEY (id, version)
)
