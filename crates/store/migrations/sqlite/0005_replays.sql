-- Dead letters have ids, the error's code apart from its text, and say how often their start was tried.
CREATE TABLE dead_letters_2 (
  id        BLOB PRIMARY KEY,
  workspace BLOB NOT NULL,
  event     INTEGER NOT NULL,            -- its number
  bot       BLOB NOT NULL,
  trigger   TEXT NOT NULL,
  code      TEXT NOT NULL,
  error     TEXT NOT NULL,
  attempts  INTEGER NOT NULL,
  first_at  INTEGER NOT NULL,
  at        INTEGER NOT NULL             -- of the last attempt
) WITHOUT ROWID;
INSERT INTO dead_letters_2
  SELECT randomblob(16), workspace, event, bot, trigger,
    substr(error, 1, instr(error, ': ') - 1), substr(error, instr(error, ': ') + 2), 1, at, at
  FROM dead_letters;
DROP TABLE dead_letters;
ALTER TABLE dead_letters_2 RENAME TO dead_letters;
CREATE UNIQUE INDEX dead_letters_start ON dead_letters (event, bot, trigger);
CREATE INDEX dead_letters_page ON dead_letters (workspace, event, bot, trigger);

-- Events, or dead letters, that are brought to their bots once more.
CREATE TABLE replays (
  id         BLOB PRIMARY KEY,
  workspace  BLOB NOT NULL,
  what       TEXT NOT NULL,              -- events, dead_letters
  name       TEXT,                       -- of the events; none: all
  bot        BLOB,                       -- none: all that listen
  since      INTEGER NOT NULL,
  until      INTEGER NOT NULL,
  again      INTEGER NOT NULL,           -- also what has started a run before
  state      TEXT NOT NULL,              -- running, done, cancelled
  place      INTEGER NOT NULL,           -- number of the last event that is done with
  last       INTEGER NOT NULL,           -- number of the last event to bring
  total      INTEGER NOT NULL,
  seen       INTEGER NOT NULL,
  started    INTEGER NOT NULL,
  already    INTEGER NOT NULL,           -- had started a run before
  declined   INTEGER NOT NULL,           -- the trigger's condition, or nobody listens any more
  failed     INTEGER NOT NULL,           -- became dead letters
  note       TEXT,                       -- why it waits
  actor      BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at   INTEGER
) WITHOUT ROWID;
CREATE INDEX replays_page ON replays (workspace, id);
CREATE INDEX replays_going ON replays (id) WHERE ended_at IS NULL;
