-- The last failure of a bot, without reading its other runs.
CREATE INDEX runs_bot_failed ON runs (bot, id) WHERE state IN ('failed', 'timed_out');
