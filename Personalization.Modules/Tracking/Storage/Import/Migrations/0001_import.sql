-- How far each import is, so that one that was broken off can go on where it stopped. What was imported is in the log; this file
-- only saves sending it again, and nothing of a shopper stands in it.
CREATE TABLE tracking_import (
    id TEXT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    format TEXT NOT NULL,
    state TEXT NOT NULL,
    lines_read INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    started_at_ms INTEGER NOT NULL,
    finished_at_ms INTEGER,
    detail TEXT,
    findings TEXT NOT NULL
);

CREATE INDEX tracking_import_by_start ON tracking_import (started_at_ms);
