-- App triggers: what each is to look at, how its looks went, and the items that it has seen.
CREATE TABLE polls (
  bot           BLOB NOT NULL,
  trigger       TEXT NOT NULL,
  workspace     BLOB NOT NULL,
  app           TEXT NOT NULL,              -- connector.trigger
  every         INTEGER NOT NULL,           -- microseconds from look to look
  source        TEXT,                       -- hash of what was looked at; none: the next look only notes what is there
  looked_at     INTEGER,
  waiting       INTEGER NOT NULL DEFAULT 0, -- new items that the last look left to the next
  failures      INTEGER NOT NULL DEFAULT 0, -- looks in a row that failed
  failing_since INTEGER,
  code          TEXT,                       -- of the last failure
  error         TEXT,
  PRIMARY KEY (bot, trigger)
) WITHOUT ROWID;

CREATE TABLE poll_items (
  bot     BLOB NOT NULL,
  trigger TEXT NOT NULL,
  item    TEXT NOT NULL,
  at      INTEGER NOT NULL,                 -- when it was noted; where there are too many, when it was last there
  PRIMARY KEY (bot, trigger, item)
) WITHOUT ROWID;
