-- The log of administrative and privacy actions. Entries are chained by their hashes; the triggers keep mistakes out, the chain
-- shows what was done on purpose.
CREATE TABLE kernel_audit (
    sequence INTEGER PRIMARY KEY,
    time_ms INTEGER NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT,
    previous_hash BLOB NOT NULL,
    hash BLOB NOT NULL
);

CREATE INDEX kernel_audit_actor ON kernel_audit (actor, sequence);

CREATE INDEX kernel_audit_subject ON kernel_audit (subject, sequence);

CREATE TRIGGER kernel_audit_no_update BEFORE UPDATE ON kernel_audit
BEGIN
    SELECT RAISE(ABORT, 'The audit log is append-only.');
END;

CREATE TRIGGER kernel_audit_no_delete BEFORE DELETE ON kernel_audit
BEGIN
    SELECT RAISE(ABORT, 'The audit log is append-only.');
END;

-- An INSERT OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER kernel_audit_only_behind BEFORE INSERT ON kernel_audit
WHEN NEW.sequence <= (SELECT coalesce(max(sequence), 0) FROM kernel_audit)
BEGIN
    SELECT RAISE(ABORT, 'The audit log is append-only.');
END
