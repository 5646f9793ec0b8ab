-- Who was erased or suppressed, and the proof of it. It stands outside every backup, because a restored log is measured against it.
-- People stand in it as hashes under a key that is in another file; what an erasure needs to go on after a crash is kept only until
-- it is done.
CREATE TABLE privacy_tombstone (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id TEXT NOT NULL UNIQUE,
    state INTEGER NOT NULL,
    requested_at_ms INTEGER NOT NULL,
    completed_at_ms INTEGER,
    reapplied_at_ms INTEGER,
    lifted_at_ms INTEGER,
    lift_reason TEXT,
    profiles INTEGER NOT NULL DEFAULT 0,
    events INTEGER NOT NULL DEFAULT 0,
    offsets BLOB NOT NULL DEFAULT x'',
    withheld INTEGER NOT NULL DEFAULT 0,
    work BLOB
);

-- The bucket is 24 bits of the identifier's own keyed hash: enough to tell at once that an event is nobody's who was erased.
-- A shared identifier was somebody else's by the time of the erasure: it finds events in an old log and suppresses nothing.
CREATE TABLE privacy_identifier (
    hash BLOB NOT NULL,
    number INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    is_shared INTEGER NOT NULL,
    PRIMARY KEY (hash, number)
) WITHOUT ROWID;

CREATE INDEX privacy_identifier_number ON privacy_identifier (number);

-- One link for each store of each erasure; every link carries the hash of the one before.
CREATE TABLE privacy_receipt (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    number INTEGER NOT NULL,
    store TEXT NOT NULL,
    found INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    method TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    hash BLOB NOT NULL
);

CREATE INDEX privacy_receipt_number ON privacy_receipt (number);

-- Proves that the key beside the file is the one that the hashes were made with.
CREATE TABLE privacy_key_check (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    proof BLOB NOT NULL
)
