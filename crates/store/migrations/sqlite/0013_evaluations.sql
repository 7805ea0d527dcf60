-- Suites of cases for the AI steps of bots; each version stays as it was written.
CREATE TABLE evaluation_suites (
  workspace  BLOB NOT NULL,
  name       TEXT NOT NULL,
  version    INTEGER NOT NULL,
  definition TEXT NOT NULL,              -- JSON
  actor      BLOB NOT NULL,             -- who wrote it
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, name, version)
) WITHOUT ROWID;

-- A suite carried out with some models and prompts.
CREATE TABLE evaluations (
  id         BLOB PRIMARY KEY,
  workspace  BLOB NOT NULL,
  actor      BLOB NOT NULL,             -- who began it
  suite      TEXT NOT NULL,
  version    INTEGER,                   -- of the suite; none: it was not stored
  plan       TEXT NOT NULL,              -- JSON: the suite and the bot as they were, variants, repeats
  state      TEXT NOT NULL,              -- running, done, cancelled, failed
  message    TEXT,
  total      INTEGER NOT NULL,          -- questions
  epoch      INTEGER NOT NULL,          -- counts who took it: fences those before
  owner      BLOB,                      -- the server that carries it out
  due_at     INTEGER NOT NULL,          -- running: then another may take it
  created_at INTEGER NOT NULL,
  ended_at   INTEGER
) WITHOUT ROWID;
CREATE INDEX evaluations_list ON evaluations (workspace, id);
CREATE INDEX evaluations_due ON evaluations (due_at) WHERE state = 'running';

-- What came of one question.
CREATE TABLE evaluation_results (
  evaluation  BLOB NOT NULL,
  variant     INTEGER NOT NULL,
  number      INTEGER NOT NULL,         -- of the case
  repeat      INTEGER NOT NULL,
  verdict     TEXT NOT NULL,             -- passed, failed, error
  cost        INTEGER NOT NULL,         -- micro-dollars, without what judges cost
  judging     INTEGER NOT NULL,         -- micro-dollars
  input       INTEGER NOT NULL,         -- tokens
  output      INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  sealed      BLOB NOT NULL,            -- prompt, answer, faults
  PRIMARY KEY (evaluation, variant, number, repeat)
) WITHOUT ROWID;

-- What models cost for evaluations is told apart.
ALTER TABLE model_calls ADD COLUMN evaluation BLOB;
CREATE INDEX model_calls_evaluation ON model_calls (workspace, evaluation) WHERE evaluation IS NOT NULL;
