-- Values in blob storage, by the runs whose journals refer to them.
CREATE TABLE blobs (
  run       BLOB NOT NULL,
  hash      BLOB NOT NULL,              -- SHA-256 of the value's JSON
  workspace BLOB NOT NULL,
  size      INTEGER NOT NULL,           -- bytes
  until     INTEGER,                    -- when the run is gone: how long the blob stays
  PRIMARY KEY (run, hash)
) WITHOUT ROWID;
CREATE INDEX blobs_hash ON blobs (workspace, hash);
CREATE INDEX blobs_until ON blobs (until) WHERE until IS NOT NULL;

-- Blobs that are being removed, or were a short while ago: nothing may refer to them.
CREATE TABLE blobs_leaving (
  workspace BLOB NOT NULL,
  hash      BLOB NOT NULL,
  at        INTEGER NOT NULL,
  gone_at   INTEGER,
  PRIMARY KEY (workspace, hash)
) WITHOUT ROWID;

-- What a workspace keeps of what is over, and what was deleted of it so far.
CREATE TABLE retention (
  workspace      BLOB PRIMARY KEY,
  days           INTEGER,                -- none: as the program says
  runs           INTEGER,
  deleted_runs   INTEGER NOT NULL DEFAULT 0,
  deleted_events INTEGER NOT NULL DEFAULT 0,
  deleted_mails  INTEGER NOT NULL DEFAULT 0,
  deleted_at     INTEGER
) WITHOUT ROWID;
CREATE INDEX late_results_run ON late_results (run);
