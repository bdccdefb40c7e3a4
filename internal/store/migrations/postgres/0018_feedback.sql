-- +goose Up
-- What somebody who was met said to an organisation, without an account. said
-- and answer are sealed under the site's secret, and code is a mark of the
-- receipt's under it: a copy of the database alone opens nothing. The moments
-- are 0 until they come.
CREATE TABLE feedback (
  id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  code         BYTEA NOT NULL,
  organisation TEXT COLLATE "C" NOT NULL,
  language     TEXT COLLATE "C" NOT NULL,
  advocate     BIGINT NOT NULL,
  said         BYTEA NOT NULL,
  at           BIGINT NOT NULL,
  answer       BYTEA NOT NULL,
  answered     BIGINT NOT NULL,
  seen         BIGINT NOT NULL
);
CREATE UNIQUE INDEX feedback_code ON feedback (code);
CREATE INDEX feedback_organisation ON feedback (organisation, at);

-- +goose Down
SELECT 1;
