-- Suites of cases for the AI steps of bots; each version stays as it was written.
CREATE TABLE evaluation_suites (
  workspace  bytea NOT NULL,
  name       text COLLATE "C" NOT NULL,
  version    bigint NOT NULL,
  definition text COLLATE "C" NOT NULL,              -- JSON
  actor      bytea NOT NULL,             -- who wrote it
  created_at bigint NOT NULL,
  PRIMARY KEY (workspace, name, version)
);

-- A suite carried out with some models and prompts.
CREATE TABLE evaluations (
  id         bytea PRIMARY KEY,
  workspace  bytea NOT NULL,
  actor      bytea NOT NULL,             -- who began it
  suite      text COLLATE "C" NOT NULL,
  version    bigint,                   -- of the suite; none: it was not stored
  plan       text COLLATE "C" NOT NULL,              -- JSON: the suite and the bot as they were, variants, repeats
  state      text COLLATE "C" NOT NULL,              -- running, done, cancelled, failed
  message    text COLLATE "C",
  total      bigint NOT NULL,          -- questions
  epoch      bigint NOT NULL,          -- counts who took it: fences those before
  owner      bytea,                      -- the server that carries it out
  due_at     bigint NOT NULL,          -- running: then another may take it
  created_at bigint NOT NULL,
  ended_at   bigint
);
CREATE INDEX evaluations_list ON evaluations (workspace, id);
CREATE INDEX evaluations_due ON evaluations (due_at) WHERE state = 'running';

-- What came of one question.
CREATE TABLE evaluation_results (
  evaluation  bytea NOT NULL,
  variant     bigint NOT NULL,
  number      bigint NOT NULL,         -- of the case
  repeat      bigint NOT NULL,
  verdict     text COLLATE "C" NOT NULL,             -- passed, failed, error
  cost        bigint NOT NULL,         -- micro-dollars, without what judges cost
  judging     bigint NOT NULL,         -- micro-dollars
  input       bigint NOT NULL,         -- tokens
  output      bigint NOT NULL,
  duration_ms bigint NOT NULL,
  sealed      bytea NOT NULL,            -- prompt, answer, faults
  PRIMARY KEY (evaluation, variant, number, repeat)
);

-- What models cost for evaluations is told apart.
ALTER TABLE model_calls ADD COLUMN evaluation bytea;
CREATE INDEX model_calls_evaluation ON model_calls (workspace, evaluation) WHERE evaluation IS NOT NULL;
