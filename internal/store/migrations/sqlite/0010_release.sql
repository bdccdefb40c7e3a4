-- +goose Up
-- The public keys of those who approve releases, one at a time a user, and of
-- the witnesses of the log, who are no users. The private ones are not here.
CREATE TABLE release_key (
  public  TEXT    NOT NULL PRIMARY KEY,
  kind    TEXT    NOT NULL,
  actor   TEXT    NOT NULL,
  name    TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  removed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A release from its proposal on. envelope is its statement with the
-- signatures so far, files its files in one; input_key opens the commitment to
-- the data, and is sealed with the site's secret. published is 0 until it is.
CREATE TABLE figure_release (
  id        TEXT    NOT NULL PRIMARY KEY,
  envelope  BLOB    NOT NULL,
  files     BLOB    NOT NULL,
  input_key BLOB    NOT NULL,
  actor     TEXT    NOT NULL,
  by_name   TEXT    NOT NULL,
  at        INTEGER NOT NULL,
  published INTEGER NOT NULL
) STRICT;
CREATE INDEX release_published ON figure_release (published, id);

-- The public log of releases: the files of C2SP tlog-tiles.
CREATE TABLE release_log (
  name TEXT NOT NULL PRIMARY KEY,
  data BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
SELECT 1;
