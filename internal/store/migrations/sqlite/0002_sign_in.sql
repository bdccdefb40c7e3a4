-- +goose Up
-- How a user may sign in. What is sealed opens only with the site's secret,
-- which is not in the database; code_step is the last step of the phone's code
-- that was used.
CREATE TABLE sign_in (
  actor     TEXT    NOT NULL PRIMARY KEY REFERENCES actor (id),
  handle    BLOB    NOT NULL,
  disabled  INTEGER NOT NULL,
  password  BLOB    NOT NULL,
  code      BLOB    NOT NULL,
  code_step INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sign_in_handle ON sign_in (handle);

CREATE TABLE passkey (
  id      BLOB    NOT NULL PRIMARY KEY,
  actor   TEXT    NOT NULL REFERENCES actor (id),
  device  TEXT    NOT NULL,
  body    BLOB    NOT NULL,
  created INTEGER NOT NULL,
  used    INTEGER NOT NULL
) STRICT;
CREATE INDEX passkey_actor ON passkey (actor);

CREATE TABLE recovery (
  code  BLOB NOT NULL PRIMARY KEY,
  actor TEXT NOT NULL REFERENCES actor (id)
) STRICT;
CREATE INDEX recovery_actor ON recovery (actor);

-- What lets somebody in without a credential: an invitation, once, or a
-- demonstration's link. Only the hash of its token is kept, as of a session's.
CREATE TABLE ticket (
  token   BLOB    NOT NULL PRIMARY KEY,
  actor   TEXT    NOT NULL REFERENCES actor (id),
  kind    TEXT    NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;
CREATE INDEX ticket_actor ON ticket (actor);
INSERT INTO ticket (token, actor, kind, created, expires) SELECT token, actor, kind, created, expires FROM session WHERE kind <> 'session';

DROP TABLE session;
CREATE TABLE session (
  token    BLOB    NOT NULL PRIMARY KEY,
  id       TEXT    NOT NULL,
  actor    TEXT    NOT NULL REFERENCES actor (id),
  strength TEXT    NOT NULL,
  device   TEXT    NOT NULL,
  created  INTEGER NOT NULL,
  seen     INTEGER NOT NULL
) STRICT;
CREATE INDEX session_actor ON session (actor);

-- Challenges that were answered: none is answered twice.
CREATE TABLE spent (
  challenge BLOB    NOT NULL PRIMARY KEY,
  expires   INTEGER NOT NULL
) STRICT;

-- Failed attempts to sign in, by a mark of the user, the device or the
-- place that they came from.
CREATE TABLE throttle (
  mark  BLOB    NOT NULL PRIMARY KEY,
  fails INTEGER NOT NULL,
  last  INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT;
CREATE INDEX throttle_last ON throttle (last);

-- +goose Down
SELECT 1;
