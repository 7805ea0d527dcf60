-- App triggers: what each is to look at, how its looks went, and the items that it has seen.
CREATE TABLE polls (
  bot           bytea NOT NULL,
  trigger       text COLLATE "C" NOT NULL,
  workspace     bytea NOT NULL,
  app           text COLLATE "C" NOT NULL,  -- connector.trigger
  every         bigint NOT NULL,            -- microseconds from look to look
  source        text COLLATE "C",           -- hash of what was looked at; none: the next look only notes what is there
  looked_at     bigint,
  waiting       bigint NOT NULL DEFAULT 0,  -- new items that the last look left to the next
  failures      bigint NOT NULL DEFAULT 0,  -- looks in a row that failed
  failing_since bigint,
  code          text COLLATE "C",           -- of the last failure
  error         text COLLATE "C",
  PRIMARY KEY (bot, trigger)
);

CREATE TABLE poll_items (
  bot     bytea NOT NULL,
  trigger text COLLATE "C" NOT NULL,
  item    text COLLATE "C" NOT NULL,
  at      bigint NOT NULL,                  -- when it was noted; where there are too many, when it was last there
  PRIMARY KEY (bot, trigger, item)
);
