-- Who was given which arm of which experiment. The owner is a keyed hash of an identifier, or a profile's number. Not derived from the log: an
-- assignment is made when somebody asks, and most of those who ask send their events later.
CREATE TABLE decisioning_assignment (
    owner BLOB NOT NULL,
    experiment INTEGER NOT NULL,
    arm INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (owner, experiment)
) WITHOUT ROWID
