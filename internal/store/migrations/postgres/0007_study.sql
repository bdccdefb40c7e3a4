-- +goose Up
-- Long work that waits, runs or has ended. lease is until when the server may
-- go on without being heard of, turn counts who has taken the work up: who
-- comes back after another took over writes nothing.
CREATE TABLE job (
  subject TEXT COLLATE "C" NOT NULL,
  id      TEXT COLLATE "C" NOT NULL,
  kind    TEXT COLLATE "C" NOT NULL,
  params  TEXT COLLATE "C" NOT NULL,
  actor   TEXT COLLATE "C" NOT NULL,
  by_name TEXT COLLATE "C" NOT NULL,
  organisation TEXT COLLATE "C" NOT NULL,
  state   TEXT COLLATE "C" NOT NULL,
  stage   TEXT COLLATE "C" NOT NULL,
  done    BIGINT NOT NULL,
  total   BIGINT NOT NULL,
  server  TEXT COLLATE "C" NOT NULL,
  lease   BIGINT NOT NULL,
  turn    BIGINT NOT NULL,
  crashes BIGINT NOT NULL,
  cancel  BIGINT NOT NULL,
  failure TEXT COLLATE "C" NOT NULL,
  said    TEXT COLLATE "C" NOT NULL,
  asked   BIGINT NOT NULL,
  began   BIGINT NOT NULL,
  ended   BIGINT NOT NULL,
  PRIMARY KEY (subject, id)
);
CREATE INDEX job_state ON job (state, asked);

-- The files of studies, gzip, each once under its digest.
CREATE TABLE study_file (
  study  TEXT COLLATE "C" NOT NULL,
  digest TEXT COLLATE "C" NOT NULL,
  body   BYTEA NOT NULL,
  PRIMARY KEY (study, digest)
);

-- What the runs of studies gave, gzip: the result and the page as JSON, and
-- the pictures as a JSON list.
CREATE TABLE study_answer (
  study  TEXT COLLATE "C" NOT NULL,
  run    TEXT COLLATE "C" NOT NULL,
  result BYTEA NOT NULL,
  sheet  BYTEA NOT NULL,
  plots  BYTEA NOT NULL,
  PRIMARY KEY (study, run)
);

-- +goose Down
SELECT 1;
