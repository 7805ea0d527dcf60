-- Servers on this database. A row is a server's lease: renewed while it lives, gone when it is not.
CREATE TABLE nodes (
  id         bytea PRIMARY KEY,
  name       text COLLATE "C" NOT NULL,              -- of the machine, for people
  version    text COLLATE "C" NOT NULL,              -- of the program
  roles      text COLLATE "C" NOT NULL,              -- api, worker, scheduler, with commas
  active     bigint NOT NULL,           -- runs in its memory
  started_at bigint NOT NULL,
  seen_at    bigint NOT NULL            -- by the database's clock
);

-- News for a run that another server has in memory.
CREATE TABLE inbox (
  number    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  workspace bytea NOT NULL,
  run       bytea NOT NULL,
  event     bigint                      -- its number; none: look at children and cancel
);

-- Who changed a bot counts here, so that the others read it again.
CREATE TABLE changes (
  name   text COLLATE "C" PRIMARY KEY,
  number bigint NOT NULL
);
INSERT INTO changes (name, number) VALUES ('bots', 0);

CREATE INDEX runs_owned ON runs (bot, owner) WHERE ended_at IS NULL AND owner IS NOT NULL;
CREATE INDEX runs_cancel ON runs (workspace, id) WHERE ended_at IS NULL AND cancel IS NOT NULL;

-- The order of events: a transaction that began early may commit late, and then its numbers are low.
-- What was copied from elsewhere has 0.
ALTER TABLE events ADD COLUMN tx bigint NOT NULL DEFAULT 0;
ALTER TABLE events ALTER COLUMN tx SET DEFAULT (pg_current_xact_id()::text::bigint);
CREATE INDEX events_order ON events (tx, seq);
ALTER TABLE cursors ADD COLUMN tx bigint NOT NULL DEFAULT 0;

-- Rows come and go here all the time.
ALTER TABLE queue SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE timers SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE waits SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE inbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
