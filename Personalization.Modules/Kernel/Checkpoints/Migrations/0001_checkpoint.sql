-- Derived state as rows. `checkpoint_staged` holds the next cut until the kernel has sealed it for all modules;
-- then it is folded into `checkpoint_row` and the offset moves on, in one transaction.
CREATE TABLE checkpoint_row (
    table_id INTEGER NOT NULL,
    key INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (table_id, key)
) WITHOUT ROWID;

CREATE TABLE checkpoint_staged (
    chunk INTEGER PRIMARY KEY,
    body BLOB NOT NULL
);

CREATE TABLE checkpoint_state (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
)
