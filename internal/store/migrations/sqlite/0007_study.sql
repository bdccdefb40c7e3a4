-- +goose Up
-- Long work that waits, runs or has ended. lease is until when the server may
-- go on without being heard of, turn counts who has taken the work up: who
-- comes back after another took over writes nothing.
CREATE TABLE job (
  subject TEXT    NOT NULL,
  id      TEXT    NOT NULL,
  kind    TEXT    NOT NULL,
  params  TEXT    NOT NULL,
  actor   TEXT    NOT NULL,
  by_name TEXT    NOT NULL,
  organisation TEXT NOT NULL,
  state   TEXT    NOT NULL,
  stage   TEXT    NOT NULL,
  done    INTEGER NOT NULL,
  total   INTEGER NOT NULL,
  server  TEXT    NOT NULL,
  lease   INTEGER NOT NULL,
  turn    INTEGER NOT NULL,
  crashes INTEGER NOT NULL,
  cancel  INTEGER NOT NULL,
  failure TEXT    NOT NULL,
  said    TEXT    NOT NULL,
  asked   INTEGER NOT NULL,
  began   INTEGER NOT NULL,
  ended   INTEGER NOT NULL,
  PRIMARY KEY (subject, id)
) STRICT;
CREATE INDEX job_state ON job (state, asked);

-- The files of studies, gzip, each once under its digest.
CREATE TABLE study_file (
  study  TEXT NOT NULL,
  digest TEXT NOT NULL,
  body   BLOB NOT NULL,
  PRIMARY KEY (study, digest)
) STRICT;

-- What the runs of studies gave, gzip: the result and the page as JSON, and
-- the pictures as a JSON list.
CREATE TABLE study_answer (
  study  TEXT NOT NULL,
  run    TEXT NOT NULL,
  result BLOB NOT NULL,
  sheet  BLOB NOT NULL,
  plots  BLOB NOT NULL,
  PRIMARY KEY (study, run)
) STRICT;

-- +goose Down
SELECT 1;
