-- Ids are 16 bytes (UUIDv7), times are microseconds UTC, JSON is text, journal blobs are described in
-- model::fact. Tables that grow with runs are clustered by what reads them.

CREATE TABLE workspaces (
  id         BLOB PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  timezone   TEXT NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE TABLE bots (
  id          BLOB PRIMARY KEY,
  workspace   BLOB NOT NULL REFERENCES workspaces (id),
  name        TEXT NOT NULL,
  description TEXT,
  state       TEXT NOT NULL,             -- active, paused, withdrawn
  version     INTEGER NOT NULL,          -- the live one
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  UNIQUE (workspace, name)
);

-- Immutable. A run ends on the version that accepted it.
CREATE TABLE versions (
  workspace  BLOB NOT NULL,
  bot        BLOB NOT NULL,
  version    INTEGER NOT NULL,
  definition TEXT NOT NULL,              -- JSON spelling
  source     TEXT NOT NULL,              -- as deployed
  bindings   TEXT NOT NULL,              -- {name: connection id}
  actor      BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (bot, version)
) WITHOUT ROWID;

-- What the live version listens to.
CREATE TABLE triggers (
  workspace  BLOB NOT NULL,
  bot        BLOB NOT NULL,
  name       TEXT NOT NULL,
  version    INTEGER NOT NULL,
  kind       TEXT NOT NULL,              -- webhook, schedule, event, manual
  path       TEXT,                       -- of a webhook
  method     TEXT,
  event      TEXT,                       -- of an event trigger
  next_fire  INTEGER,                    -- of a schedule
  fired      INTEGER NOT NULL DEFAULT 0, -- how often a schedule has fired
  PRIMARY KEY (bot, name)
) WITHOUT ROWID;
CREATE UNIQUE INDEX triggers_path ON triggers (workspace, path, method) WHERE path IS NOT NULL;
CREATE INDEX triggers_event ON triggers (workspace, event) WHERE event IS NOT NULL;
CREATE INDEX triggers_next ON triggers (next_fire) WHERE next_fire IS NOT NULL;

CREATE TABLE runs (
  workspace  BLOB NOT NULL,
  id         BLOB NOT NULL,
  bot        BLOB NOT NULL,
  version    INTEGER NOT NULL,
  trigger    TEXT NOT NULL,
  state      TEXT NOT NULL,
  epoch      INTEGER NOT NULL,           -- rises with every claim; fences late workers
  seq        INTEGER NOT NULL,           -- journal rows so far
  nonce      INTEGER NOT NULL,           -- of the last commit, to learn an unknown outcome
  owner      BLOB,                       -- the node that drives it; none while queued
  claims     INTEGER NOT NULL DEFAULT 0, -- claims without progress since
  cancel     TEXT,                       -- why it is to be cancelled
  created_at INTEGER NOT NULL,
  deadline   INTEGER NOT NULL,
  ended_at   INTEGER,
  reason     TEXT,                       -- why it waits, for people
  error      TEXT,                       -- JSON of the error that ended it
  parent     BLOB,
  retry_of   BLOB,
  depth      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace, id)
) WITHOUT ROWID;
CREATE INDEX runs_bot ON runs (bot, id);
CREATE INDEX runs_live ON runs (deadline) WHERE ended_at IS NULL;
CREATE INDEX runs_failed ON runs (workspace, id) WHERE state IN ('failed', 'timed_out');
CREATE INDEX runs_trigger ON runs (bot, trigger) WHERE ended_at IS NULL AND trigger <> '';
CREATE INDEX runs_parent ON runs (parent) WHERE parent IS NOT NULL;

CREATE TABLE journal (
  run   BLOB NOT NULL,
  seq   INTEGER NOT NULL,
  facts BLOB NOT NULL,
  PRIMARY KEY (run, seq)
) WITHOUT ROWID;

-- Runs that wait for a slot, in order of acceptance.
CREATE TABLE queue (
  position  INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace BLOB NOT NULL,
  bot       BLOB NOT NULL,
  run       BLOB NOT NULL UNIQUE
);
CREATE INDEX queue_bot ON queue (bot, position);
CREATE INDEX queue_workspace ON queue (workspace);

-- When a run that nobody holds in memory has to go on.
CREATE TABLE timers (
  run       BLOB PRIMARY KEY,
  workspace BLOB NOT NULL,
  at        INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX timers_at ON timers (at);

-- Steps that wait for an event.
CREATE TABLE waits (
  workspace BLOB NOT NULL,
  event     TEXT NOT NULL,
  run       BLOB NOT NULL,
  address   TEXT NOT NULL,
  PRIMARY KEY (workspace, event, run, address)
) WITHOUT ROWID;
CREATE INDEX waits_run ON waits (run);

-- What makes a start unique: a webhook's dedupe key, a schedule's nominal time, an event's id.
CREATE TABLE starts (
  bot       BLOB NOT NULL,
  trigger   TEXT NOT NULL,
  key       TEXT NOT NULL,
  workspace BLOB NOT NULL,
  run       BLOB NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (bot, trigger, key)
) WITHOUT ROWID;
CREATE INDEX starts_at ON starts (at);

-- Results that came after their run had ended.
CREATE TABLE late_results (
  run     BLOB NOT NULL,
  address TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  result  TEXT NOT NULL
);

CREATE TABLE events (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  id        BLOB NOT NULL UNIQUE,
  workspace BLOB NOT NULL,
  type      TEXT NOT NULL,
  source    TEXT NOT NULL,
  data      TEXT NOT NULL,
  key       TEXT,
  hops      INTEGER NOT NULL,
  at        INTEGER NOT NULL
);
CREATE INDEX events_type ON events (workspace, type, seq);

CREATE TABLE dead_letters (
  event   INTEGER NOT NULL,
  bot     BLOB NOT NULL,
  trigger TEXT NOT NULL,
  workspace BLOB NOT NULL,
  error   TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (event, bot, trigger)
) WITHOUT ROWID;

CREATE TABLE cursors (
  name TEXT PRIMARY KEY,
  seq  INTEGER NOT NULL
) WITHOUT ROWID;

-- Memory of bots between runs.
CREATE TABLE state_values (
  bot   BLOB NOT NULL,
  key   TEXT NOT NULL,
  value TEXT NOT NULL,
  at    INTEGER NOT NULL,
  PRIMARY KEY (bot, key)
) WITHOUT ROWID;
CREATE TABLE state_counts (
  bot BLOB NOT NULL,
  key TEXT NOT NULL,
  at  INTEGER NOT NULL,
  run BLOB NOT NULL,
  address TEXT NOT NULL,
  by  REAL NOT NULL,
  PRIMARY KEY (bot, key, at, run, address)
) WITHOUT ROWID;
CREATE TABLE state_items (
  bot  BLOB NOT NULL,
  key  TEXT NOT NULL,
  item TEXT NOT NULL,
  run  BLOB,                             -- reserved by this run; none once it succeeded
  at   INTEGER NOT NULL,
  PRIMARY KEY (bot, key, item)
) WITHOUT ROWID;
CREATE INDEX state_items_run ON state_items (run) WHERE run IS NOT NULL;

CREATE TABLE connections (
  id         BLOB PRIMARY KEY,
  workspace  BLOB NOT NULL,
  name       TEXT NOT NULL,
  connector  TEXT NOT NULL,
  kind       TEXT NOT NULL,
  public     TEXT NOT NULL,              -- JSON of the fields that are no secret
  sealed     BLOB NOT NULL,              -- the secret ones, encrypted
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  tested_at  INTEGER,
  UNIQUE (workspace, name)
);

CREATE TABLE env (
  workspace BLOB NOT NULL,
  name      TEXT NOT NULL,
  value     TEXT NOT NULL,
  PRIMARY KEY (workspace, name)
) WITHOUT ROWID;

CREATE TABLE outbox (
  id        BLOB PRIMARY KEY,
  workspace BLOB NOT NULL,
  key       TEXT NOT NULL,               -- the idempotency key of the step that sent it
  mail      TEXT NOT NULL,               -- JSON
  at        INTEGER NOT NULL,
  UNIQUE (workspace, key)
);

-- Answers to API writes that carried an Idempotency-Key.
CREATE TABLE api_answers (
  workspace BLOB NOT NULL,
  key       TEXT NOT NULL,
  request   BLOB NOT NULL,               -- hash of method, path and body
  status    INTEGER NOT NULL,            -- 0 until it is known
  body      TEXT NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (workspace, key)
) WITHOUT ROWID;
CREATE INDEX api_answers_at ON api_answers (at);

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
