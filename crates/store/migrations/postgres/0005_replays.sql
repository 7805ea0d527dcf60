-- Dead letters have ids, the error's code apart from its text COLLATE "C", and say how often their start was tried.
CREATE TABLE dead_letters_2 (
  id        bytea PRIMARY KEY,
  workspace bytea NOT NULL,
  event     bigint NOT NULL,            -- its number
  bot       bytea NOT NULL,
  trigger   text COLLATE "C" NOT NULL,
  code      text COLLATE "C" NOT NULL,
  error     text COLLATE "C" NOT NULL,
  attempts  bigint NOT NULL,
  first_at  bigint NOT NULL,
  at        bigint NOT NULL             -- of the last attempt
);
INSERT INTO dead_letters_2
  SELECT uuid_send(gen_random_uuid()), workspace, event, bot, trigger,
    split_part(error, ': ', 1), substr(error, strpos(error, ': ') + 2), 1, at, at
  FROM dead_letters;
DROP TABLE dead_letters;
ALTER TABLE dead_letters_2 RENAME TO dead_letters;
ALTER INDEX dead_letters_2_pkey RENAME TO dead_letters_pkey;
CREATE UNIQUE INDEX dead_letters_start ON dead_letters (event, bot, trigger);
CREATE INDEX dead_letters_page ON dead_letters (workspace, event, bot, trigger);

-- Events, or dead letters, that are brought to their bots once more.
CREATE TABLE replays (
  id         bytea PRIMARY KEY,
  workspace  bytea NOT NULL,
  what       text COLLATE "C" NOT NULL,              -- events, dead_letters
  name       text COLLATE "C",                       -- of the events; none: all
  bot        bytea,                      -- none: all that listen
  since      bigint NOT NULL,
  until      bigint NOT NULL,
  again      bigint NOT NULL,           -- also what has started a run before
  state      text COLLATE "C" NOT NULL,              -- running, done, cancelled
  place      bigint NOT NULL,           -- number of the last event that is done with
  last       bigint NOT NULL,           -- number of the last event to bring
  total      bigint NOT NULL,
  seen       bigint NOT NULL,
  started    bigint NOT NULL,
  already    bigint NOT NULL,           -- had started a run before
  declined   bigint NOT NULL,           -- the trigger's condition, or nobody listens any more
  failed     bigint NOT NULL,           -- became dead letters
  note       text COLLATE "C",                       -- why it waits
  actor      bytea NOT NULL,
  created_at bigint NOT NULL,
  ended_at   bigint
);
CREATE INDEX replays_page ON replays (workspace, id);
CREATE INDEX replays_going ON replays (id) WHERE ended_at IS NULL;
