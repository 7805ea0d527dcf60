-- Knowledge: bases of documents, what is in them, and what is to be done with them.
CREATE TABLE knowledge_bases (
  id          bytea PRIMARY KEY,
  workspace   bytea NOT NULL,
  name        text COLLATE "C" NOT NULL,
  description text COLLATE "C" NOT NULL,
  language    text COLLATE "C" NOT NULL,              -- whose words are stemmed; none
  model       text COLLATE "C" NOT NULL,              -- who embeds: built-in, or a named model
  revision    bigint NOT NULL,           -- counts changes of passages
  created_at  bigint NOT NULL
);
CREATE UNIQUE INDEX knowledge_bases_name ON knowledge_bases (workspace, name);

CREATE TABLE knowledge_documents (
  id         bytea PRIMARY KEY,
  workspace  bytea NOT NULL,
  base       bytea NOT NULL,
  name       text COLLATE "C" NOT NULL,               -- a file's path, an address
  title      text COLLATE "C" NOT NULL,
  kind       text COLLATE "C" NOT NULL,               -- text, markdown, html, pdf, docx, csv; empty: not known yet
  source     text COLLATE "C" NOT NULL,               -- what citations name
  tags       text COLLATE "C" NOT NULL,               -- |one|other|
  restricted bigint NOT NULL,            -- whether only its readers may see it
  dated_at   bigint NOT NULL,            -- how fresh it is
  hash       bytea,                        -- SHA-256 of its bytes; none: to be fetched
  version    bigint NOT NULL,            -- of its bytes
  size       bigint NOT NULL,
  state      text COLLATE "C" NOT NULL,               -- queued, indexing, ready, failed, cancelled
  epoch      bigint NOT NULL,            -- counts who took it: fences those before
  owner      bytea,                        -- the server that works on it
  due_at     bigint NOT NULL,            -- queued: not before; indexing: then another may take it
  attempts   bigint NOT NULL,            -- failures in a row
  done       bigint NOT NULL,            -- passages that are ready
  total      bigint NOT NULL,
  embedded   bigint NOT NULL,            -- passages embedded since ever
  code       text COLLATE "C",
  message    text COLLATE "C",
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  indexed_at bigint
);
CREATE UNIQUE INDEX knowledge_documents_name ON knowledge_documents (base, name);
CREATE INDEX knowledge_documents_list ON knowledge_documents (base, id);
CREATE INDEX knowledge_documents_due ON knowledge_documents (due_at) WHERE state IN ('queued', 'indexing');

-- Who may see a restricted document: ids of actors and bots.
CREATE TABLE knowledge_readers (
  document bytea NOT NULL,
  reader   text COLLATE "C" NOT NULL,
  PRIMARY KEY (document, reader)
);

-- The documents' bytes, in pieces that do not hold up who commits beside them.
CREATE TABLE knowledge_parts (
  document bytea NOT NULL,
  version  bigint NOT NULL,
  part     bigint NOT NULL,
  bytes    bytea NOT NULL,
  at       bigint NOT NULL,
  PRIMARY KEY (document, version, part)
);
CREATE INDEX knowledge_parts_age ON knowledge_parts (at);

CREATE TABLE knowledge_chunks (
  number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  base     bytea NOT NULL,
  document bytea NOT NULL,
  position bigint NOT NULL,
  hash     bytea NOT NULL,                 -- of heading, text and how often they came before
  model    text COLLATE "C" NOT NULL,                 -- who embedded it
  vector   bytea NOT NULL,                 -- signed bytes
  heading  text COLLATE "C" NOT NULL,
  text     text COLLATE "C" NOT NULL,
  terms    text COLLATE "C" NOT NULL,                 -- the base, then stemmed words
  -- Full text. Made of the terms, and no part of a backup.
  lexemes  tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, terms)) STORED
);
CREATE UNIQUE INDEX knowledge_chunks_hash ON knowledge_chunks (document, hash);
CREATE INDEX knowledge_chunks_base ON knowledge_chunks (base, number);
CREATE INDEX knowledge_chunks_lexemes ON knowledge_chunks USING gin (lexemes);
ALTER TABLE knowledge_documents SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
