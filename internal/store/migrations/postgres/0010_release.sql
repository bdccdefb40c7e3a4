-- +goose Up
-- The public keys of those who approve releases, one at a time a user, and of
-- the witnesses of the log, who are no users. The private ones are not here.
CREATE TABLE release_key (
  public  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind    TEXT COLLATE "C" NOT NULL,
  actor   TEXT COLLATE "C" NOT NULL,
  name    TEXT COLLATE "C" NOT NULL,
  at      BIGINT NOT NULL,
  removed BIGINT NOT NULL
);

-- A release from its proposal on. envelope is its statement with the
-- signatures so far, files its files in one; input_key opens the commitment to
-- the data, and is sealed with the site's secret. published is 0 until it is.
CREATE TABLE figure_release (
  id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  envelope  BYTEA   NOT NULL,
  files     BYTEA   NOT NULL,
  input_key BYTEA   NOT NULL,
  actor     TEXT COLLATE "C" NOT NULL,
  by_name   TEXT COLLATE "C" NOT NULL,
  at        BIGINT NOT NULL,
  published BIGINT NOT NULL
);
CREATE INDEX release_published ON figure_release (published, id);

-- The public log of releases: the files of C2SP tlog-tiles.
CREATE TABLE release_log (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  data BYTEA NOT NULL
);

-- +goose Down
SELECT 1;
