-- Servers on this database. A row is a server's lease: renewed while it lives, gone when it is not.
CREATE TABLE nodes (
  id         BLOB PRIMARY KEY,
  name       TEXT NOT NULL,              -- of the machine, for people
  version    TEXT NOT NULL,              -- of the program
  roles      TEXT NOT NULL,              -- api, worker, scheduler, with commas
  active     INTEGER NOT NULL,           -- runs in its memory
  started_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL            -- by the database's clock
) WITHOUT ROWID;

-- News for a run that another server has in memory.
CREATE TABLE inbox (
  number    INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace BLOB NOT NULL,
  run       BLOB NOT NULL,
  event     INTEGER                      -- its number; none: look at children and cancel
);

-- Who changed a bot counts here, so that the others read it again.
CREATE TABLE changes (
  name   TEXT PRIMARY KEY,
  number INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO changes (name, number) VALUES ('bots', 0);

CREATE INDEX runs_owned ON runs (bot, owner) WHERE ended_at IS NULL AND owner IS NOT NULL;
CREATE INDEX runs_cancel ON runs (workspace, id) WHERE ended_at IS NULL AND cancel IS NOT NULL;

-- The order of events: a transaction that began early may commit late, and then its numbers are low.
-- On SQLite there is one writer, and all have 0.
ALTER TABLE events ADD COLUMN tx INTEGER NOT NULL DEFAULT 0;
CREATE INDEX events_order ON events (tx, seq);
ALTER TABLE cursors ADD COLUMN tx INTEGER NOT NULL DEFAULT 0;
