-- Versions of models with their lineage, which of them serves, and what happened to them: decisions of people, not derived from the log.
CREATE TABLE decisioning_model_version (
    model TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (model, version)
);

CREATE TABLE decisioning_model_rollout (
    model TEXT PRIMARY KEY,
    body TEXT NOT NULL
);

CREATE TABLE decisioning_model_change (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    version INTEGER NOT NULL,
    what TEXT NOT NULL,
    detail TEXT
);

CREATE INDEX decisioning_model_change_model ON decisioning_model_change (model, id)
