-- Language models: who answers under which name, what they may cost, and what they did.
CREATE TABLE models (
  workspace  BLOB NOT NULL,
  name       TEXT NOT NULL,
  definition TEXT NOT NULL,              -- JSON: whom to ask in which order, times, cache
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, name)
) WITHOUT ROWID;

CREATE TABLE model_settings (
  workspace BLOB PRIMARY KEY,
  settings  TEXT NOT NULL                -- JSON: guardrails, what is logged
) WITHOUT ROWID;

-- Prices of the workspace's own, before those that come with the program.
CREATE TABLE model_prices (
  workspace BLOB NOT NULL,
  provider  TEXT NOT NULL,
  model     TEXT NOT NULL,
  since     INTEGER NOT NULL,
  price     TEXT NOT NULL,               -- JSON: micro-dollars for a million tokens
  PRIMARY KEY (workspace, provider, model, since)
) WITHOUT ROWID;

CREATE TABLE budgets (
  workspace BLOB NOT NULL,
  scope     TEXT NOT NULL,               -- workspace, actor, bot
  subject   TEXT NOT NULL,               -- whose; empty: the workspace's; *: each one's
  period    TEXT NOT NULL,               -- day, month (UTC)
  most      INTEGER NOT NULL,            -- micro-dollars
  warn      INTEGER NOT NULL,            -- percent
  PRIMARY KEY (workspace, scope, subject, period)
) WITHOUT ROWID;

-- What was spent in a day or month, by whom.
CREATE TABLE spend (
  workspace BLOB NOT NULL,
  scope     TEXT NOT NULL,
  subject   TEXT NOT NULL,
  period    TEXT NOT NULL,
  began     INTEGER NOT NULL,
  cost      INTEGER NOT NULL,            -- micro-dollars
  PRIMARY KEY (workspace, scope, subject, period, began)
) WITHOUT ROWID;

-- One call of the gateway, from its reservation on.
CREATE TABLE model_calls (
  id             BLOB PRIMARY KEY,
  workspace      BLOB NOT NULL,
  actor          BLOB NOT NULL,
  bot            BLOB,
  run            BLOB,
  step           TEXT,
  key            TEXT,                   -- the idempotency key
  kind           TEXT NOT NULL,          -- chat, embeddings
  asked          TEXT NOT NULL,          -- the name asked for
  state          TEXT NOT NULL,          -- open, done, failed, lost
  reserved       INTEGER NOT NULL,       -- micro-dollars; 0 once settled
  connection     TEXT,                   -- who answered
  provider       TEXT,
  model          TEXT,
  input          INTEGER NOT NULL DEFAULT 0,
  output         INTEGER NOT NULL DEFAULT 0,
  cost           INTEGER NOT NULL DEFAULT 0,
  saved          INTEGER NOT NULL DEFAULT 0,
  answered_by    TEXT,                   -- provider, cache, key
  code           TEXT,
  message        TEXT,
  first_token_ms INTEGER,
  duration_ms    INTEGER,
  log            BLOB,                   -- prompt and answer, sealed; only where switched on
  started_at     INTEGER NOT NULL,
  day            INTEGER NOT NULL,       -- when its day and month began
  month          INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX model_calls_time ON model_calls (workspace, started_at);
CREATE INDEX model_calls_run ON model_calls (workspace, run) WHERE run IS NOT NULL;
CREATE INDEX model_calls_key ON model_calls (workspace, key) WHERE key IS NOT NULL;
CREATE INDEX model_calls_open ON model_calls (workspace) WHERE reserved > 0 OR state = 'open';

-- What providers were asked in a call, and what each counted.
CREATE TABLE model_attempts (
  call        BLOB NOT NULL,
  number      INTEGER NOT NULL,
  connection  TEXT NOT NULL,
  provider    TEXT NOT NULL,
  model       TEXT NOT NULL,
  outcome     TEXT NOT NULL,             -- done, or why not
  message     TEXT,
  status      INTEGER,
  input       INTEGER NOT NULL,
  output      INTEGER NOT NULL,
  cached      INTEGER NOT NULL,
  cache_write INTEGER NOT NULL,
  counted     TEXT NOT NULL,             -- provider, estimate, nobody
  cost        INTEGER NOT NULL,          -- micro-dollars
  priced      INTEGER NOT NULL,          -- whether a price was known
  started_at  INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  PRIMARY KEY (call, number)
) WITHOUT ROWID;

-- Answers that need not be paid again: under an idempotency key, or of the cache.
CREATE TABLE model_answers (
  workspace  BLOB NOT NULL,
  hash       TEXT NOT NULL,
  request    TEXT NOT NULL,              -- hash of what was asked
  sealed     BLOB NOT NULL,
  made_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  hits       INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace, hash)
) WITHOUT ROWID;
CREATE INDEX model_answers_expiry ON model_answers (expires_at);
