-- Answers to what means the same, how old what was given again was, and how long calls are kept.
ALTER TABLE model_answers ADD COLUMN alike TEXT;     -- hash of all that has to be equal in a request that means the same
ALTER TABLE model_answers ADD COLUMN meaning BLOB;   -- its text and the text's vector, sealed
CREATE INDEX model_answers_alike ON model_answers (workspace, alike, made_at) WHERE alike IS NOT NULL;
ALTER TABLE model_calls ADD COLUMN age INTEGER;      -- of the answer that was given again, in microseconds
CREATE INDEX model_calls_again ON model_calls (workspace, answered_by)
  WHERE answered_by IN ('cache', 'semantic', 'key');
ALTER TABLE retention ADD COLUMN calls INTEGER;      -- days; none: as the program says
ALTER TABLE retention ADD COLUMN deleted_calls INTEGER NOT NULL DEFAULT 0;
