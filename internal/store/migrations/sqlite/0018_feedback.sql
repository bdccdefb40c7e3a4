-- +goose Up
-- What somebody who was met said to an organisation, without an account. said
-- and answer are sealed under the site's secret, and code is a mark of the
-- receipt's under it: a copy of the database alone opens nothing. The moments
-- are 0 until they come.
CREATE TABLE feedback (
  id           TEXT    NOT NULL PRIMARY KEY,
  code         BLOB NOT NULL,
  organisation TEXT    NOT NULL,
  language     TEXT    NOT NULL,
  advocate     INTEGER NOT NULL,
  said         BLOB NOT NULL,
  at           INTEGER NOT NULL,
  answer       BLOB NOT NULL,
  answered     INTEGER NOT NULL,
  seen         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX feedback_code ON feedback (code);
CREATE INDEX feedback_organisation ON feedback (organisation, at);

-- +goose Down
SELECT 1;
