-- What `approve` steps ask people. The runs' journals say what counted; this is where it is found.
CREATE TABLE approvals (
  id         BLOB PRIMARY KEY,
  workspace  BLOB NOT NULL,
  run        BLOB NOT NULL,
  address    TEXT NOT NULL,
  bot        BLOB NOT NULL,
  text       TEXT NOT NULL,              -- the question
  form       TEXT NOT NULL,              -- JSON Schema of what is filled in with it
  state      TEXT NOT NULL,              -- open, approved, rejected, expired, cancelled
  asked_at   INTEGER NOT NULL,
  expires_at INTEGER,
  silence    TEXT NOT NULL,              -- what it comes to when nobody answers: approve, reject
  decision   TEXT,                       -- JSON of the answer; while it is open: on its way to the run
  ended_at   INTEGER
) WITHOUT ROWID;
CREATE UNIQUE INDEX approvals_step ON approvals (run, address);
CREATE INDEX approvals_bot ON approvals (bot, id);
CREATE INDEX approvals_list ON approvals (workspace, id);
CREATE INDEX approvals_open ON approvals (workspace, id) WHERE state = 'open';
CREATE INDEX approvals_decided ON approvals (run) WHERE state = 'open' AND decision IS NOT NULL;

-- Who is asked: each gets one message with a link of their own.
CREATE TABLE approval_notices (
  approval  BLOB NOT NULL,
  number    INTEGER NOT NULL,            -- from 0; the link names it
  workspace BLOB NOT NULL,
  run       BLOB NOT NULL,
  recipient TEXT NOT NULL,
  named_by  TEXT,                        -- who handed it on; none: the step
  state     TEXT NOT NULL,               -- due, sent, failed, dropped
  attempts  INTEGER NOT NULL,
  next_at   INTEGER,                     -- of the next attempt
  at        INTEGER NOT NULL,            -- of the last change
  note      TEXT,                        -- how it went, for people
  PRIMARY KEY (approval, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX approval_notices_who ON approval_notices (approval, recipient);
CREATE INDEX approval_notices_run ON approval_notices (run);
CREATE INDEX approval_notices_due ON approval_notices (next_at) WHERE state = 'due';

-- All that happened to an approval, for whoever has to answer for it.
CREATE TABLE approval_log (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  approval BLOB NOT NULL,
  run      BLOB NOT NULL,
  at       INTEGER NOT NULL,
  what     TEXT NOT NULL,                -- asked, sent, failed, handed_on, decided, late, and the states
  who      TEXT,
  note     TEXT
);
CREATE INDEX approval_log_of ON approval_log (approval, number);
CREATE INDEX approval_log_run ON approval_log (run);
