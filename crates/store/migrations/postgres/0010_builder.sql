-- Conversations that build bots.
CREATE TABLE builder_sessions (
  id         bytea PRIMARY KEY,
  workspace  bytea NOT NULL,
  actor      bytea NOT NULL,                         -- who began it
  title      text COLLATE "C" NOT NULL,
  bot        text COLLATE "C",                       -- the name of the bot that it is about, where it was there before
  state      text COLLATE "C" NOT NULL,              -- JSON: messages, definition, proposal, what was before
  revision   bigint NOT NULL,                        -- counts changes: two that were read at the same one do not both count
  created_at bigint NOT NULL,
  changed_at bigint NOT NULL
);
CREATE INDEX builder_sessions_list ON builder_sessions (workspace, id);
