-- An import that was interrupted is sent again, and the lines that were dealt with but not yet noted as done come a second time. A line
-- has one letter all the same: it is known by a keyed hash of its source, its import, its place and what it says.
ALTER TABLE tracking_dead_letter ADD COLUMN line_key BLOB;

CREATE UNIQUE INDEX tracking_dead_letter_line ON tracking_dead_letter (line_key) WHERE line_key IS NOT NULL
