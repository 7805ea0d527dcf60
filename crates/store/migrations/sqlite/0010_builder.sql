-- Conversations that build bots.
CREATE TABLE builder_sessions (
  id         BLOB PRIMARY KEY,
  workspace  BLOB NOT NULL,
  actor      BLOB NOT NULL,              -- who began it
  title      TEXT NOT NULL,
  bot        TEXT,                       -- the name of the bot that it is about, where it was there before
  state      TEXT NOT NULL,              -- JSON: messages, definition, proposal, what was before
  revision   INTEGER NOT NULL,           -- counts changes: two that were read at the same one do not both count
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX builder_sessions_list ON builder_sessions (workspace, id);
