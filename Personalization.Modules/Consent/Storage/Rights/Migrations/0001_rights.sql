-- Requests of people about their data. They are not derived from the log: they are what was asked of us and our proof of the answer, so
-- they have a file of their own. What a request says of a person is sealed in it while it is open, and gone afterwards.
CREATE TABLE consent_rights_request (
    id TEXT PRIMARY KEY,
    subject_request_id TEXT UNIQUE,
    state TEXT NOT NULL,
    received_at_ms INTEGER NOT NULL,
    export_id TEXT,
    document BLOB NOT NULL
);

CREATE INDEX consent_rights_request_by_state ON consent_rights_request (state, received_at_ms);

CREATE UNIQUE INDEX consent_rights_request_by_export ON consent_rights_request (export_id) WHERE export_id IS NOT NULL;

-- Who a request was about, as keyed hashes: exports of an erased person are found by them.
CREATE TABLE consent_rights_subject (
    request_id TEXT NOT NULL REFERENCES consent_rights_request (id) ON DELETE CASCADE,
    subject_hash TEXT NOT NULL,
    PRIMARY KEY (subject_hash, request_id)
);

CREATE INDEX consent_rights_subject_by_request ON consent_rights_subject (request_id);

-- Every change of a request's state is told to every address: written with the change, so that none is forgotten by a crash.
CREATE TABLE consent_rights_callback (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id TEXT NOT NULL REFERENCES consent_rights_request (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL
);

CREATE INDEX consent_rights_callback_due ON consent_rights_callback (outcome, next_at_ms);

-- Certificates in the order in which they were given, each with the hash of the one before it.
CREATE TABLE consent_rights_certificate (
    number INTEGER PRIMARY KEY,
    request_id TEXT NOT NULL UNIQUE,
    body BLOB NOT NULL,
    signature BLOB NOT NULL,
    hash TEXT NOT NULL
)
