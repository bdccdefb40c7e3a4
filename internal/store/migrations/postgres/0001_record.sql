-- +goose Up
-- Text sorts by bytes, as in SQLite, whatever the database was made with.
CREATE TABLE site (
  name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value BYTEA NOT NULL
);

-- Who writes the record holds this row; see engine.go.
INSERT INTO site (name, value) VALUES ('writer', '');

-- Every version of every entry of the record. Rows are added, and only
-- "latest" ever changes. subject is "operation/ID", "unit/ID" or
-- "organisation/ID". body is the entry as JSON; the ledger holds a commitment
-- to it under nonce.
CREATE TABLE revision (
  subject TEXT COLLATE "C" NOT NULL,
  id      TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  kind    TEXT COLLATE "C" NOT NULL,
  place   BIGINT NOT NULL,
  body    TEXT COLLATE "C" NOT NULL,
  nonce   BYTEA    NOT NULL,
  author  TEXT COLLATE "C" NOT NULL,
  by_name TEXT COLLATE "C" NOT NULL,
  at      BIGINT NOT NULL,
  reason  TEXT COLLATE "C" NOT NULL,
  entry   BIGINT NOT NULL,
  latest  BIGINT NOT NULL,
  PRIMARY KEY (subject, id, version)
);
CREATE UNIQUE INDEX revision_entry ON revision (entry);

-- What lists and filters need of an operation, derived from its record.
CREATE TABLE operation (
  id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  title       TEXT COLLATE "C" NOT NULL,
  origin      TEXT COLLATE "C" NOT NULL,
  country     TEXT COLLATE "C" NOT NULL,
  place       TEXT COLLATE "C" NOT NULL,
  folded      TEXT COLLATE "C" NOT NULL,
  unit        TEXT COLLATE "C" NOT NULL,
  kind        TEXT COLLATE "C" NOT NULL,
  began_text  TEXT COLLATE "C" NOT NULL,
  began       BIGINT NOT NULL,
  met         TEXT COLLATE "C" NOT NULL,
  met_min     BIGINT NOT NULL,
  missing     TEXT COLLATE "C" NOT NULL,
  missing_min BIGINT NOT NULL,
  missing_open BIGINT NOT NULL,
  since       BIGINT NOT NULL,
  changes_at  BIGINT NOT NULL,
  accompanied TEXT COLLATE "C" NOT NULL,
  swept_up    TEXT COLLATE "C" NOT NULL,
  warrant     TEXT COLLATE "C" NOT NULL,
  accounts    BIGINT NOT NULL,
  series      BIGINT NOT NULL,
  facts       TEXT COLLATE "C" NOT NULL
);
CREATE INDEX operation_began ON operation (began DESC, id);
CREATE INDEX operation_missing ON operation (since, id) WHERE missing_open = 1;
CREATE INDEX operation_unit ON operation (unit, began);
CREATE INDEX operation_changes ON operation (changes_at);

CREATE TABLE finding (
  operation TEXT COLLATE "C" NOT NULL,
  protocol  TEXT COLLATE "C" NOT NULL,
  rule      TEXT COLLATE "C" NOT NULL,
  result    TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (operation, protocol, rule)
);
CREATE INDEX finding_result ON finding (protocol, result, rule, operation);

CREATE TABLE ledger_entry (
  n    BIGINT NOT NULL PRIMARY KEY,
  body BYTEA    NOT NULL
);
CREATE TABLE ledger_hash (
  i    BIGINT NOT NULL PRIMARY KEY,
  hash BYTEA    NOT NULL
);

CREATE TABLE actor (
  id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name         TEXT COLLATE "C" NOT NULL,
  role         TEXT COLLATE "C" NOT NULL,
  organisation TEXT COLLATE "C" NOT NULL,
  units        TEXT COLLATE "C" NOT NULL
);
CREATE TABLE session (
  token   BYTEA    NOT NULL PRIMARY KEY,
  actor   TEXT COLLATE "C" NOT NULL REFERENCES actor (id),
  kind    TEXT COLLATE "C" NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL
);
CREATE INDEX session_actor ON session (actor);

CREATE TABLE draft (
  actor TEXT COLLATE "C" NOT NULL REFERENCES actor (id),
  form  TEXT COLLATE "C" NOT NULL,
  title TEXT COLLATE "C" NOT NULL,
  body  TEXT COLLATE "C" NOT NULL,
  at    BIGINT NOT NULL,
  PRIMARY KEY (actor, form)
);

-- +goose Down
SELECT 1;
