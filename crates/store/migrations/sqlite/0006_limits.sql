-- What a run waits for beside a free slot: others with its key (`limits.concurrency_key`), and the times at
-- which runs of a bot began (`limits.rate`).
ALTER TABLE queue ADD COLUMN concurrency_key TEXT;
DROP INDEX queue_workspace;
CREATE INDEX queue_keyed ON queue (bot, concurrency_key, position);

ALTER TABLE runs ADD COLUMN concurrency_key TEXT;
CREATE INDEX runs_keyed ON runs (bot, concurrency_key)
  WHERE ended_at IS NULL AND owner IS NOT NULL AND concurrency_key IS NOT NULL;

CREATE TABLE rate_starts (
  bot BLOB NOT NULL,
  at  INTEGER NOT NULL,
  run BLOB NOT NULL,
  PRIMARY KEY (bot, at, run)
) WITHOUT ROWID;
