-- Trained versions that are tried on a share of decisions: what was counted so far, so that a restart does not begin anew.
CREATE TABLE decisioning_trained_canary (
    name TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
)
