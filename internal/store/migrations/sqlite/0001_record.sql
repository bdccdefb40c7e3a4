-- +goose Up
CREATE TABLE site (
  name  TEXT NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
) STRICT;

-- Who writes the record holds this row; see engine.go.
INSERT INTO site (name, value) VALUES ('writer', X'');

-- Every version of every entry of the record. Rows are added, and only
-- "latest" ever changes. subject is "operation/ID", "unit/ID" or
-- "organisation/ID". body is the entry as JSON; the ledger holds a commitment
-- to it under nonce.
CREATE TABLE revision (
  subject TEXT    NOT NULL,
  id      TEXT    NOT NULL,
  version INTEGER NOT NULL,
  kind    TEXT    NOT NULL,
  place   INTEGER NOT NULL,
  body    TEXT    NOT NULL,
  nonce   BLOB    NOT NULL,
  author  TEXT    NOT NULL,
  by_name TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  reason  TEXT    NOT NULL,
  entry   INTEGER NOT NULL,
  latest  INTEGER NOT NULL,
  PRIMARY KEY (subject, id, version)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX revision_entry ON revision (entry);

-- What lists and filters need of an operation, derived from its record.
CREATE TABLE operation (
  id          TEXT    NOT NULL PRIMARY KEY,
  title       TEXT    NOT NULL,
  origin      TEXT    NOT NULL,
  country     TEXT    NOT NULL,
  place       TEXT    NOT NULL,
  folded      TEXT    NOT NULL,
  unit        TEXT    NOT NULL,
  kind        TEXT    NOT NULL,
  began_text  TEXT    NOT NULL,
  began       INTEGER NOT NULL,
  met         TEXT    NOT NULL,
  met_min     INTEGER NOT NULL,
  missing     TEXT    NOT NULL,
  missing_min INTEGER NOT NULL,
  missing_open INTEGER NOT NULL,
  since       INTEGER NOT NULL,
  changes_at  INTEGER NOT NULL,
  accompanied TEXT    NOT NULL,
  swept_up    TEXT    NOT NULL,
  warrant     TEXT    NOT NULL,
  accounts    INTEGER NOT NULL,
  series      INTEGER NOT NULL,
  facts       TEXT    NOT NULL
) STRICT;
CREATE INDEX operation_began ON operation (began DESC, id);
CREATE INDEX operation_missing ON operation (since, id) WHERE missing_open = 1;
CREATE INDEX operation_unit ON operation (unit, began);
CREATE INDEX operation_changes ON operation (changes_at);

CREATE TABLE finding (
  operation TEXT NOT NULL,
  protocol  TEXT NOT NULL,
  rule      TEXT NOT NULL,
  result    TEXT NOT NULL,
  PRIMARY KEY (operation, protocol, rule)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_result ON finding (protocol, result, rule, operation);

CREATE TABLE ledger_entry (
  n    INTEGER NOT NULL PRIMARY KEY,
  body BLOB    NOT NULL
) STRICT;
CREATE TABLE ledger_hash (
  i    INTEGER NOT NULL PRIMARY KEY,
  hash BLOB    NOT NULL
) STRICT;

CREATE TABLE actor (
  id           TEXT    NOT NULL PRIMARY KEY,
  name         TEXT    NOT NULL,
  role         TEXT    NOT NULL,
  organisation TEXT    NOT NULL,
  units        TEXT    NOT NULL
) STRICT;
CREATE TABLE session (
  token   BLOB    NOT NULL PRIMARY KEY,
  actor   TEXT    NOT NULL REFERENCES actor (id),
  kind    TEXT    NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;
CREATE INDEX session_actor ON session (actor);

CREATE TABLE draft (
  actor TEXT    NOT NULL REFERENCES actor (id),
  form  TEXT    NOT NULL,
  title TEXT    NOT NULL,
  body  TEXT    NOT NULL,
  at    INTEGER NOT NULL,
  PRIMARY KEY (actor, form)
) STRICT, WITHOUT ROWID;

-- +goose Down
SELECT 1;
