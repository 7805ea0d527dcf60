-- Knowledge: bases of documents, what is in them, and what is to be done with them.
CREATE TABLE knowledge_bases (
  id          BLOB PRIMARY KEY,
  workspace   BLOB NOT NULL,
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  language    TEXT NOT NULL,              -- whose words are stemmed; none
  model       TEXT NOT NULL,              -- who embeds: built-in, or a named model
  revision    INTEGER NOT NULL,           -- counts changes of passages
  created_at  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX knowledge_bases_name ON knowledge_bases (workspace, name);

CREATE TABLE knowledge_documents (
  id         BLOB PRIMARY KEY,
  workspace  BLOB NOT NULL,
  base       BLOB NOT NULL,
  name       TEXT NOT NULL,               -- a file's path, an address
  title      TEXT NOT NULL,
  kind       TEXT NOT NULL,               -- text, markdown, html, pdf, docx, csv; empty: not known yet
  source     TEXT NOT NULL,               -- what citations name
  tags       TEXT NOT NULL,               -- |one|other|
  restricted INTEGER NOT NULL,            -- whether only its readers may see it
  dated_at   INTEGER NOT NULL,            -- how fresh it is
  hash       BLOB,                        -- SHA-256 of its bytes; none: to be fetched
  version    INTEGER NOT NULL,            -- of its bytes
  size       INTEGER NOT NULL,
  state      TEXT NOT NULL,               -- queued, indexing, ready, failed, cancelled
  epoch      INTEGER NOT NULL,            -- counts who took it: fences those before
  owner      BLOB,                        -- the server that works on it
  due_at     INTEGER NOT NULL,            -- queued: not before; indexing: then another may take it
  attempts   INTEGER NOT NULL,            -- failures in a row
  done       INTEGER NOT NULL,            -- passages that are ready
  total      INTEGER NOT NULL,
  embedded   INTEGER NOT NULL,            -- passages embedded since ever
  code       TEXT,
  message    TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  indexed_at INTEGER
) WITHOUT ROWID;
CREATE UNIQUE INDEX knowledge_documents_name ON knowledge_documents (base, name);
CREATE INDEX knowledge_documents_list ON knowledge_documents (base, id);
CREATE INDEX knowledge_documents_due ON knowledge_documents (due_at) WHERE state IN ('queued', 'indexing');

-- Who may see a restricted document: ids of actors and bots.
CREATE TABLE knowledge_readers (
  document BLOB NOT NULL,
  reader   TEXT NOT NULL,
  PRIMARY KEY (document, reader)
) WITHOUT ROWID;

-- The documents' bytes, in pieces that do not hold up who commits beside them.
CREATE TABLE knowledge_parts (
  document BLOB NOT NULL,
  version  INTEGER NOT NULL,
  part     INTEGER NOT NULL,
  bytes    BLOB NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (document, version, part)
);
CREATE INDEX knowledge_parts_age ON knowledge_parts (at);

CREATE TABLE knowledge_chunks (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  base     BLOB NOT NULL,
  document BLOB NOT NULL,
  position INTEGER NOT NULL,
  hash     BLOB NOT NULL,                 -- of heading, text and how often they came before
  model    TEXT NOT NULL,                 -- who embedded it
  vector   BLOB NOT NULL,                 -- signed bytes
  heading  TEXT NOT NULL,
  text     TEXT NOT NULL,
  terms    TEXT NOT NULL                  -- the base, then stemmed words
);
CREATE UNIQUE INDEX knowledge_chunks_hash ON knowledge_chunks (document, hash);
CREATE INDEX knowledge_chunks_base ON knowledge_chunks (base, number);

-- Full text. Made of the passages, and no part of a backup.
CREATE VIRTUAL TABLE knowledge_text USING fts5(terms, content='knowledge_chunks', content_rowid='number', tokenize='unicode61 remove_diacritics 0');
CREATE TRIGGER knowledge_text_add AFTER INSERT ON knowledge_chunks BEGIN
  INSERT INTO knowledge_text (rowid, terms) VALUES (new.number, new.terms);
END;
CREATE TRIGGER knowledge_text_remove AFTER DELETE ON knowledge_chunks BEGIN
  INSERT INTO knowledge_text (knowledge_text, rowid, terms) VALUES ('delete', old.number, old.terms);
END;
