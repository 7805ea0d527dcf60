-- Language models: who answers under which name, what they may cost, and what they did.
CREATE TABLE models (
  workspace  bytea NOT NULL,
  name       text COLLATE "C" NOT NULL,
  definition text COLLATE "C" NOT NULL,              -- JSON: whom to ask in which order, times, cache
  updated_at bigint NOT NULL,
  PRIMARY KEY (workspace, name)
);

CREATE TABLE model_settings (
  workspace bytea PRIMARY KEY,
  settings  text COLLATE "C" NOT NULL                -- JSON: guardrails, what is logged
);

-- Prices of the workspace's own, before those that come with the program.
CREATE TABLE model_prices (
  workspace bytea NOT NULL,
  provider  text COLLATE "C" NOT NULL,
  model     text COLLATE "C" NOT NULL,
  since     bigint NOT NULL,
  price     text COLLATE "C" NOT NULL,               -- JSON: micro-dollars for a million tokens
  PRIMARY KEY (workspace, provider, model, since)
);

CREATE TABLE budgets (
  workspace bytea NOT NULL,
  scope     text COLLATE "C" NOT NULL,               -- workspace, actor, bot
  subject   text COLLATE "C" NOT NULL,               -- whose; empty: the workspace's; *: each one's
  period    text COLLATE "C" NOT NULL,               -- day, month (UTC)
  most      bigint NOT NULL,            -- micro-dollars
  warn      bigint NOT NULL,            -- percent
  PRIMARY KEY (workspace, scope, subject, period)
);

-- What was spent in a day or month, by whom.
CREATE TABLE spend (
  workspace bytea NOT NULL,
  scope     text COLLATE "C" NOT NULL,
  subject   text COLLATE "C" NOT NULL,
  period    text COLLATE "C" NOT NULL,
  began     bigint NOT NULL,
  cost      bigint NOT NULL,            -- micro-dollars
  PRIMARY KEY (workspace, scope, subject, period, began)
);

-- One call of the gateway, from its reservation on.
CREATE TABLE model_calls (
  id             bytea PRIMARY KEY,
  workspace      bytea NOT NULL,
  actor          bytea NOT NULL,
  bot            bytea,
  run            bytea,
  step           text COLLATE "C",
  key            text COLLATE "C",                   -- the idempotency key
  kind           text COLLATE "C" NOT NULL,          -- chat, embeddings
  asked          text COLLATE "C" NOT NULL,          -- the name asked for
  state          text COLLATE "C" NOT NULL,          -- open, done, failed, lost
  reserved       bigint NOT NULL,       -- micro-dollars; 0 once settled
  connection     text COLLATE "C",                   -- who answered
  provider       text COLLATE "C",
  model          text COLLATE "C",
  input          bigint NOT NULL DEFAULT 0,
  output         bigint NOT NULL DEFAULT 0,
  cost           bigint NOT NULL DEFAULT 0,
  saved          bigint NOT NULL DEFAULT 0,
  answered_by    text COLLATE "C",                   -- provider, cache, key
  code           text COLLATE "C",
  message        text COLLATE "C",
  first_token_ms bigint,
  duration_ms    bigint,
  log            bytea,                   -- prompt and answer, sealed; only where switched on
  started_at     bigint NOT NULL,
  day            bigint NOT NULL,       -- when its day and month began
  month          bigint NOT NULL
);
CREATE INDEX model_calls_time ON model_calls (workspace, started_at);
CREATE INDEX model_calls_run ON model_calls (workspace, run) WHERE run IS NOT NULL;
CREATE INDEX model_calls_key ON model_calls (workspace, key) WHERE key IS NOT NULL;
CREATE INDEX model_calls_open ON model_calls (workspace) WHERE reserved > 0 OR state = 'open';

-- What providers were asked in a call, and what each counted.
CREATE TABLE model_attempts (
  call        bytea NOT NULL,
  number      bigint NOT NULL,
  connection  text COLLATE "C" NOT NULL,
  provider    text COLLATE "C" NOT NULL,
  model       text COLLATE "C" NOT NULL,
  outcome     text COLLATE "C" NOT NULL,             -- done, or why not
  message     text COLLATE "C",
  status      bigint,
  input       bigint NOT NULL,
  output      bigint NOT NULL,
  cached      bigint NOT NULL,
  cache_write bigint NOT NULL,
  counted     text COLLATE "C" NOT NULL,             -- provider, estimate, nobody
  cost        bigint NOT NULL,          -- micro-dollars
  priced      bigint NOT NULL,          -- whether a price was known
  started_at  bigint NOT NULL,
  duration_ms bigint NOT NULL,
  PRIMARY KEY (call, number)
);

-- Answers that need not be paid again: under an idempotency key, or of the cache.
CREATE TABLE model_answers (
  workspace  bytea NOT NULL,
  hash       text COLLATE "C" NOT NULL,
  request    text COLLATE "C" NOT NULL,              -- hash of what was asked
  sealed     bytea NOT NULL,
  made_at    bigint NOT NULL,
  expires_at bigint NOT NULL,
  hits       bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace, hash)
);
CREATE INDEX model_answers_expiry ON model_answers (expires_at);
