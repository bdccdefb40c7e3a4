-- +goose Up
-- What a list says of a release, so that no page reads the files of all of
-- them: body is JSON. published is as in figure_release; series is empty for a
-- withdrawal; replaced is the release that corrects or withdraws this one, once
-- that is published.
CREATE TABLE release_summary (
  id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  series    TEXT COLLATE "C" NOT NULL,
  published BIGINT NOT NULL,
  replaced  TEXT COLLATE "C" NOT NULL,
  body      TEXT COLLATE "C" NOT NULL
);
CREATE INDEX release_standing ON release_summary (published, id);
CREATE INDEX release_series ON release_summary (series, published);

-- When something that the key signed was first published.
ALTER TABLE release_key ADD COLUMN signed BIGINT NOT NULL DEFAULT 0;

-- The counts that a release was made from, when they are the site's own:
-- sealed. The next of the series is held against them.
ALTER TABLE figure_release ADD COLUMN data BYTEA NOT NULL DEFAULT '';

-- What all releases of a set of records may lose under differential privacy,
-- and have lost: body is JSON, spent how many have spent of it.
CREATE TABLE release_budget (
  name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  spent BIGINT NOT NULL,
  body  TEXT COLLATE "C" NOT NULL
);

-- +goose Down
SELECT 1;
