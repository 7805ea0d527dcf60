-- What `approve` steps ask people. The runs' journals say what counted; this is where it is found.
CREATE TABLE approvals (
  id         bytea PRIMARY KEY,
  workspace  bytea NOT NULL,
  run        bytea NOT NULL,
  address    text COLLATE "C" NOT NULL,
  bot        bytea NOT NULL,
  text       text COLLATE "C" NOT NULL,              -- the question
  form       text COLLATE "C" NOT NULL,              -- JSON Schema of what is filled in with it
  state      text COLLATE "C" NOT NULL,              -- open, approved, rejected, expired, cancelled
  asked_at   bigint NOT NULL,
  expires_at bigint,
  silence    text COLLATE "C" NOT NULL,              -- what it comes to when nobody answers: approve, reject
  decision   text COLLATE "C",                       -- JSON of the answer; while it is open: on its way to the run
  ended_at   bigint
);
CREATE UNIQUE INDEX approvals_step ON approvals (run, address);
CREATE INDEX approvals_bot ON approvals (bot, id);
CREATE INDEX approvals_list ON approvals (workspace, id);
CREATE INDEX approvals_open ON approvals (workspace, id) WHERE state = 'open';
CREATE INDEX approvals_decided ON approvals (run) WHERE state = 'open' AND decision IS NOT NULL;

-- Who is asked: each gets one message with a link of their own.
CREATE TABLE approval_notices (
  approval  bytea NOT NULL,
  number    bigint NOT NULL,            -- from 0; the link names it
  workspace bytea NOT NULL,
  run       bytea NOT NULL,
  recipient text COLLATE "C" NOT NULL,
  named_by  text COLLATE "C",                        -- who handed it on; none: the step
  state     text COLLATE "C" NOT NULL,               -- due, sent, failed, dropped
  attempts  bigint NOT NULL,
  next_at   bigint,                     -- of the next attempt
  at        bigint NOT NULL,            -- of the last change
  note      text COLLATE "C",                        -- how it went, for people
  PRIMARY KEY (approval, number)
);
CREATE UNIQUE INDEX approval_notices_who ON approval_notices (approval, recipient);
CREATE INDEX approval_notices_run ON approval_notices (run);
CREATE INDEX approval_notices_due ON approval_notices (next_at) WHERE state = 'due';

-- All that happened to an approval, for whoever has to answer for it.
CREATE TABLE approval_log (
  number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  approval bytea NOT NULL,
  run      bytea NOT NULL,
  at       bigint NOT NULL,
  what     text COLLATE "C" NOT NULL,                -- asked, sent, failed, handed_on, decided, late, and the states
  who      text COLLATE "C",
  note     text COLLATE "C"
);
CREATE INDEX approval_log_of ON approval_log (approval, number);
CREATE INDEX approval_log_run ON approval_log (run);
ALTER TABLE approval_notices SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
