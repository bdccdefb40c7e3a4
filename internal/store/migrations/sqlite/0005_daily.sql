-- +goose Up
-- What a record needs somebody to do, derived from it for the home page.
-- Exactly one of operation and of_unit is filled.
CREATE TABLE task (
  operation    TEXT    NOT NULL,
  of_unit      TEXT    NOT NULL,
  n            INTEGER NOT NULL,
  kind         TEXT    NOT NULL,
  entry        TEXT    NOT NULL,
  due          INTEGER NOT NULL,
  organisation TEXT    NOT NULL,
  what         TEXT    NOT NULL,
  people       TEXT    NOT NULL,
  PRIMARY KEY (operation, of_unit, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX task_due ON task (organisation, due);

-- Which organisations took part in an operation or recorded it first, derived
-- from its record: what they may do to it depends on it.
CREATE TABLE party (
  operation    TEXT NOT NULL,
  organisation TEXT NOT NULL,
  PRIMARY KEY (operation, organisation)
) STRICT, WITHOUT ROWID;
CREATE INDEX party_organisation ON party (organisation, operation);

-- What somebody is told inside the program. It holds no text of the record:
-- subject and entry are looked up, and the permission asked, when it is shown.
CREATE TABLE notice (
  actor   TEXT    NOT NULL,
  kind    TEXT    NOT NULL,
  subject TEXT    NOT NULL,
  entry   TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  read_at INTEGER NOT NULL,
  PRIMARY KEY (actor, kind, subject, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_unread ON notice (actor, read_at, at);

-- Who has read the record of an operation, a row a day. role and organisation
-- are those of the day.
CREATE TABLE reading (
  operation    TEXT    NOT NULL,
  actor        TEXT    NOT NULL,
  day          INTEGER NOT NULL,
  name         TEXT    NOT NULL,
  role         TEXT    NOT NULL,
  organisation TEXT    NOT NULL,
  first        INTEGER NOT NULL,
  last         INTEGER NOT NULL,
  hours        INTEGER NOT NULL,
  PRIMARY KEY (operation, actor, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX reading_day ON reading (operation, day);

CREATE TABLE saved_filter (
  actor   TEXT    NOT NULL,
  name    TEXT    NOT NULL,
  address TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (actor, name)
) STRICT, WITHOUT ROWID;

-- A file that somebody has sent to be looked at before it is brought in.
CREATE TABLE upload (
  actor TEXT    NOT NULL PRIMARY KEY,
  name  TEXT    NOT NULL,
  body  BLOB    NOT NULL,
  at    INTEGER NOT NULL
) STRICT;

-- +goose Down
SELECT 1;
