-- +goose Up
-- What a record needs somebody to do, derived from it for the home page.
-- Exactly one of operation and of_unit is filled.
CREATE TABLE task (
  operation    TEXT COLLATE "C" NOT NULL,
  of_unit      TEXT COLLATE "C" NOT NULL,
  n            BIGINT NOT NULL,
  kind         TEXT COLLATE "C" NOT NULL,
  entry        TEXT COLLATE "C" NOT NULL,
  due          BIGINT NOT NULL,
  organisation TEXT COLLATE "C" NOT NULL,
  what         TEXT COLLATE "C" NOT NULL,
  people       TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (operation, of_unit, n)
);
CREATE INDEX task_due ON task (organisation, due);

-- Which organisations took part in an operation or recorded it first, derived
-- from its record: what they may do to it depends on it.
CREATE TABLE party (
  operation    TEXT COLLATE "C" NOT NULL,
  organisation TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (operation, organisation)
);
CREATE INDEX party_organisation ON party (organisation, operation);

-- What somebody is told inside the program. It holds no text of the record:
-- subject and entry are looked up, and the permission asked, when it is shown.
CREATE TABLE notice (
  actor   TEXT COLLATE "C" NOT NULL,
  kind    TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  entry   TEXT COLLATE "C" NOT NULL,
  at      BIGINT NOT NULL,
  read_at BIGINT NOT NULL,
  PRIMARY KEY (actor, kind, subject, entry)
);
CREATE INDEX notice_unread ON notice (actor, read_at, at);

-- Who has read the record of an operation, a row a day. role and organisation
-- are those of the day.
CREATE TABLE reading (
  operation    TEXT COLLATE "C" NOT NULL,
  actor        TEXT COLLATE "C" NOT NULL,
  day          BIGINT NOT NULL,
  name         TEXT COLLATE "C" NOT NULL,
  role         TEXT COLLATE "C" NOT NULL,
  organisation TEXT COLLATE "C" NOT NULL,
  first        BIGINT NOT NULL,
  last         BIGINT NOT NULL,
  hours        BIGINT NOT NULL,
  PRIMARY KEY (operation, actor, day)
);
CREATE INDEX reading_day ON reading (operation, day);

CREATE TABLE saved_filter (
  actor   TEXT COLLATE "C" NOT NULL,
  name    TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL,
  at      BIGINT NOT NULL,
  PRIMARY KEY (actor, name)
);

-- A file that somebody has sent to be looked at before it is brought in.
CREATE TABLE upload (
  actor TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name  TEXT COLLATE "C" NOT NULL,
  body  BYTEA NOT NULL,
  at    BIGINT NOT NULL
);

-- +goose Down
SELECT 1;
