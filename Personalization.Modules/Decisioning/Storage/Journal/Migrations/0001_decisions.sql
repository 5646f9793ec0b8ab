-- How decisions came about, the newest of them: for whoever asks why something was shown, and for estimating what another ranker would have
-- been worth. Not derived from the event log, and not needed to decide: it may be deleted at any time.
CREATE TABLE decisioning_decision (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    at_ms INTEGER NOT NULL,
    profile_id INTEGER NOT NULL,
    body BLOB NOT NULL
);

CREATE INDEX decisioning_decision_by_profile ON decisioning_decision (profile_id) WHERE profile_id >= 0;

-- What shoppers made of an answer: 1 seen, 2 clicked, 3 put into the cart, 4 ordered.
CREATE TABLE decisioning_outcome (
    id BLOB NOT NULL,
    item INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (id, item, kind)
) WITHOUT ROWID;

CREATE INDEX decisioning_outcome_by_time ON decisioning_outcome (at_ms);

-- What a ranker knew when it decided, as often as it was written down; a decision names its version.
CREATE TABLE decisioning_ranker (
    placement TEXT NOT NULL,
    version INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (placement, version)
) WITHOUT ROWID
