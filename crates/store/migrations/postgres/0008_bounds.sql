-- Values in blob storage, by the runs whose journals refer to them.
CREATE TABLE blobs (
  run       bytea NOT NULL,
  hash      bytea NOT NULL,              -- SHA-256 of the value's JSON
  workspace bytea NOT NULL,
  size      bigint NOT NULL,           -- bytes
  until     bigint,                    -- when the run is gone: how long the blob stays
  PRIMARY KEY (run, hash)
);
CREATE INDEX blobs_hash ON blobs (workspace, hash);
CREATE INDEX blobs_until ON blobs (until) WHERE until IS NOT NULL;

-- Blobs that are being removed, or were a short while ago: nothing may refer to them.
CREATE TABLE blobs_leaving (
  workspace bytea NOT NULL,
  hash      bytea NOT NULL,
  at        bigint NOT NULL,
  gone_at   bigint,
  PRIMARY KEY (workspace, hash)
);

-- What a workspace keeps of what is over, and what was deleted of it so far.
CREATE TABLE retention (
  workspace      bytea PRIMARY KEY,
  days           bigint,                -- none: as the program says
  runs           bigint,
  deleted_runs   bigint NOT NULL DEFAULT 0,
  deleted_events bigint NOT NULL DEFAULT 0,
  deleted_mails  bigint NOT NULL DEFAULT 0,
  deleted_at     bigint
);
CREATE INDEX late_results_run ON late_results (run);
