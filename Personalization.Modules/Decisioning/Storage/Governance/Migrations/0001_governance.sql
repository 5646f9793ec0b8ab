-- What decides, who answers for it, and who signed it off. Not derived from the event log: these are decisions of people.
-- A version is never changed, so that what decided at some time can be read later as it was then.
CREATE TABLE decisioning_policy_version (
    policy TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    registered_by TEXT NOT NULL,
    registered_at_ms INTEGER NOT NULL,
    PRIMARY KEY (policy, version)
);

CREATE TRIGGER decisioning_policy_version_no_update BEFORE UPDATE ON decisioning_policy_version
BEGIN
    SELECT RAISE(ABORT, 'A version of a policy is never changed.');
END;

CREATE TRIGGER decisioning_policy_version_no_delete BEFORE DELETE ON decisioning_policy_version
BEGIN
    SELECT RAISE(ABORT, 'A version of a policy is never removed.');
END;

-- Which version applies since when; the newest row of a policy counts. Version 0 stands for none: the policy was retired.
CREATE TABLE decisioning_policy_activation (
    id INTEGER PRIMARY KEY,
    policy TEXT NOT NULL,
    version INTEGER NOT NULL,
    activated_by TEXT NOT NULL,
    approved_by TEXT,
    reason TEXT NOT NULL,
    change_id TEXT UNIQUE,
    activated_at_ms INTEGER NOT NULL
);

CREATE INDEX decisioning_policy_activation_policy ON decisioning_policy_activation (policy, id);

-- Changes that wait, or waited, for a second person.
CREATE TABLE decisioning_change (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    difference TEXT NOT NULL,
    reason TEXT NOT NULL,
    status TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    decided_by TEXT,
    decided_at_ms INTEGER,
    decision_reason TEXT,
    applied_at_ms INTEGER,
    fault TEXT
);

CREATE INDEX decisioning_change_status ON decisioning_change (status, proposed_at_ms);

-- Switches that are on, or were: one row for each placement that was ever switched.
CREATE TABLE decisioning_kill_switch (
    placement TEXT PRIMARY KEY,
    is_on INTEGER NOT NULL,
    reason TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    approved_by TEXT,
    change_id TEXT,
    changed_at_ms INTEGER NOT NULL
)
