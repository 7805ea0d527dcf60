-- Ids are 16 bytes (UUIDv7), times are microseconds UTC, JSON is text, journal blobs are described in
-- model::fact. Texts are ordered by their bytes, as in SQLite.

CREATE TABLE workspaces (
  id         bytea PRIMARY KEY,
  name       text COLLATE "C" NOT NULL UNIQUE,
  timezone   text COLLATE "C" NOT NULL,
  created_at bigint NOT NULL
);

CREATE TABLE bots (
  id          bytea PRIMARY KEY,
  workspace   bytea NOT NULL REFERENCES workspaces (id),
  name        text COLLATE "C" NOT NULL,
  description text COLLATE "C",
  state       text COLLATE "C" NOT NULL,      -- active, paused, withdrawn
  version     bigint NOT NULL,                -- the live one
  created_at  bigint NOT NULL,
  updated_at  bigint NOT NULL,
  UNIQUE (workspace, name)
);

-- Immutable. A run ends on the version that accepted it.
CREATE TABLE versions (
  workspace  bytea NOT NULL,
  bot        bytea NOT NULL,
  version    bigint NOT NULL,
  definition text COLLATE "C" NOT NULL,       -- JSON spelling
  source     text COLLATE "C" NOT NULL,       -- as deployed
  bindings   text COLLATE "C" NOT NULL,       -- {name: connection id}
  actor      bytea NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (bot, version)
);

-- What the live version listens to.
CREATE TABLE triggers (
  workspace  bytea NOT NULL,
  bot        bytea NOT NULL,
  name       text COLLATE "C" NOT NULL,
  version    bigint NOT NULL,
  kind       text COLLATE "C" NOT NULL,       -- webhook, schedule, event, manual
  path       text COLLATE "C",                -- of a webhook
  method     text COLLATE "C",
  event      text COLLATE "C",                -- of an event trigger
  next_fire  bigint,                          -- of a schedule
  fired      bigint NOT NULL DEFAULT 0,       -- how often a schedule has fired
  PRIMARY KEY (bot, name)
);
CREATE UNIQUE INDEX triggers_path ON triggers (workspace, path, method) WHERE path IS NOT NULL;
CREATE INDEX triggers_event ON triggers (workspace, event) WHERE event IS NOT NULL;
CREATE INDEX triggers_next ON triggers (next_fire) WHERE next_fire IS NOT NULL;

CREATE TABLE runs (
  workspace  bytea NOT NULL,
  id         bytea NOT NULL,
  bot        bytea NOT NULL,
  version    bigint NOT NULL,
  trigger    text COLLATE "C" NOT NULL,
  state      text COLLATE "C" NOT NULL,
  epoch      bigint NOT NULL,                 -- rises with every claim; fences late workers
  seq        bigint NOT NULL,                 -- journal rows so far
  nonce      bigint NOT NULL,                 -- of the last commit, to learn an unknown outcome
  owner      bytea,                           -- the node that drives it; none while queued
  claims     bigint NOT NULL DEFAULT 0,       -- claims without progress since
  cancel     text COLLATE "C",                -- why it is to be cancelled
  created_at bigint NOT NULL,
  deadline   bigint NOT NULL,
  ended_at   bigint,
  reason     text COLLATE "C",                -- why it waits, for people
  error      text COLLATE "C",                -- JSON of the error that ended it
  parent     bytea,
  retry_of   bytea,
  depth      bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace, id)
);
CREATE INDEX runs_bot ON runs (bot, id);
CREATE INDEX runs_live ON runs (deadline) WHERE ended_at IS NULL;
CREATE INDEX runs_failed ON runs (workspace, id) WHERE state IN ('failed', 'timed_out');
CREATE INDEX runs_trigger ON runs (bot, trigger) WHERE ended_at IS NULL AND trigger <> '';
CREATE INDEX runs_parent ON runs (parent) WHERE parent IS NOT NULL;

CREATE TABLE journal (
  run   bytea NOT NULL,
  seq   bigint NOT NULL,
  facts bytea NOT NULL,
  PRIMARY KEY (run, seq)
);

-- Runs that wait for a slot, in order of acceptance.
CREATE TABLE queue (
  position  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  workspace bytea NOT NULL,
  bot       bytea NOT NULL,
  run       bytea NOT NULL UNIQUE
);
CREATE INDEX queue_bot ON queue (bot, position);
CREATE INDEX queue_workspace ON queue (workspace);

-- When a run that nobody holds in memory has to go on.
CREATE TABLE timers (
  run       bytea PRIMARY KEY,
  workspace bytea NOT NULL,
  at        bigint NOT NULL
);
CREATE INDEX timers_at ON timers (at);

-- Steps that wait for an event.
CREATE TABLE waits (
  workspace bytea NOT NULL,
  event     text COLLATE "C" NOT NULL,
  run       bytea NOT NULL,
  address   text COLLATE "C" NOT NULL,
  PRIMARY KEY (workspace, event, run, address)
);
CREATE INDEX waits_run ON waits (run);

-- What makes a start unique: a webhook's dedupe key, a schedule's nominal time, an event's id.
CREATE TABLE starts (
  bot       bytea NOT NULL,
  trigger   text COLLATE "C" NOT NULL,
  key       text COLLATE "C" NOT NULL,
  workspace bytea NOT NULL,
  run       bytea NOT NULL,
  at        bigint NOT NULL,
  PRIMARY KEY (bot, trigger, key)
);
CREATE INDEX starts_at ON starts (at);

-- Results that came after their run had ended.
CREATE TABLE late_results (
  run     bytea NOT NULL,
  address text COLLATE "C" NOT NULL,
  attempt bigint NOT NULL,
  at      bigint NOT NULL,
  result  text COLLATE "C" NOT NULL
);

CREATE TABLE events (
  seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id        bytea NOT NULL UNIQUE,
  workspace bytea NOT NULL,
  type      text COLLATE "C" NOT NULL,
  source    text COLLATE "C" NOT NULL,
  data      text COLLATE "C" NOT NULL,
  key       text COLLATE "C",
  hops      bigint NOT NULL,
  at        bigint NOT NULL
);
CREATE INDEX events_type ON events (workspace, type, seq);

CREATE TABLE dead_letters (
  event   bigint NOT NULL,
  bot     bytea NOT NULL,
  trigger text COLLATE "C" NOT NULL,
  workspace bytea NOT NULL,
  error   text COLLATE "C" NOT NULL,
  at      bigint NOT NULL,
  PRIMARY KEY (event, bot, trigger)
);

CREATE TABLE cursors (
  name text COLLATE "C" PRIMARY KEY,
  seq  bigint NOT NULL
);

-- Memory of bots between runs.
CREATE TABLE state_values (
  bot   bytea NOT NULL,
  key   text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  at    bigint NOT NULL,
  PRIMARY KEY (bot, key)
);
CREATE TABLE state_counts (
  bot bytea NOT NULL,
  key text COLLATE "C" NOT NULL,
  at  bigint NOT NULL,
  run bytea NOT NULL,
  address text COLLATE "C" NOT NULL,
  by  double precision NOT NULL,
  PRIMARY KEY (bot, key, at, run, address)
);
CREATE TABLE state_items (
  bot  bytea NOT NULL,
  key  text COLLATE "C" NOT NULL,
  item text COLLATE "C" NOT NULL,
  run  bytea,                                 -- reserved by this run; none once it succeeded
  at   bigint NOT NULL,
  PRIMARY KEY (bot, key, item)
);
CREATE INDEX state_items_run ON state_items (run) WHERE run IS NOT NULL;

CREATE TABLE connections (
  id         bytea PRIMARY KEY,
  workspace  bytea NOT NULL,
  name       text COLLATE "C" NOT NULL,
  connector  text COLLATE "C" NOT NULL,
  kind       text COLLATE "C" NOT NULL,
  public     text COLLATE "C" NOT NULL,       -- JSON of the fields that are no secret
  sealed     bytea NOT NULL,                  -- the secret ones, encrypted
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  tested_at  bigint,
  UNIQUE (workspace, name)
);

CREATE TABLE env (
  workspace bytea NOT NULL,
  name      text COLLATE "C" NOT NULL,
  value     text COLLATE "C" NOT NULL,
  PRIMARY KEY (workspace, name)
);

CREATE TABLE outbox (
  id        bytea PRIMARY KEY,
  workspace bytea NOT NULL,
  key       text COLLATE "C" NOT NULL,        -- the idempotency key of the step that sent it
  mail      text COLLATE "C" NOT NULL,        -- JSON
  at        bigint NOT NULL,
  UNIQUE (workspace, key)
);

-- Answers to API writes that carried an Idempotency-Key.
CREATE TABLE api_answers (
  workspace bytea NOT NULL,
  key       text COLLATE "C" NOT NULL,
  request   bytea NOT NULL,                   -- hash of method, path and body
  status    bigint NOT NULL,                  -- 0 until it is known
  body      text COLLATE "C" NOT NULL,
  at        bigint NOT NULL,
  PRIMARY KEY (workspace, key)
);
CREATE INDEX api_answers_at ON api_answers (at);

CREATE TABLE meta (
  key   text COLLATE "C" PRIMARY KEY,
  value text COLLATE "C" NOT NULL
);
