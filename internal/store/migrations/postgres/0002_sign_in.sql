-- +goose Up
-- How a user may sign in. What is sealed opens only with the site's secret,
-- which is not in the database; code_step is the last step of the phone's code
-- that was used.
CREATE TABLE sign_in (
  actor     TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES actor (id),
  handle    BYTEA    NOT NULL,
  disabled  BIGINT NOT NULL,
  password  BYTEA    NOT NULL,
  code      BYTEA    NOT NULL,
  code_step BIGINT NOT NULL
);
CREATE UNIQUE INDEX sign_in_handle ON sign_in (handle);

CREATE TABLE passkey (
  id      BYTEA    NOT NULL PRIMARY KEY,
  actor   TEXT COLLATE "C" NOT NULL REFERENCES actor (id),
  device  TEXT COLLATE "C" NOT NULL,
  body    BYTEA    NOT NULL,
  created BIGINT NOT NULL,
  used    BIGINT NOT NULL
);
CREATE INDEX passkey_actor ON passkey (actor);

CREATE TABLE recovery (
  code  BYTEA NOT NULL PRIMARY KEY,
  actor TEXT COLLATE "C" NOT NULL REFERENCES actor (id)
);
CREATE INDEX recovery_actor ON recovery (actor);

-- What lets somebody in without a credential: an invitation, once, or a
-- demonstration's link. Only the hash of its token is kept, as of a session's.
CREATE TABLE ticket (
  token   BYTEA    NOT NULL PRIMARY KEY,
  actor   TEXT COLLATE "C" NOT NULL REFERENCES actor (id),
  kind    TEXT COLLATE "C" NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL
);
CREATE INDEX ticket_actor ON ticket (actor);
INSERT INTO ticket (token, actor, kind, created, expires) SELECT token, actor, kind, created, expires FROM session WHERE kind <> 'session';

DROP TABLE session;
CREATE TABLE session (
  token    BYTEA    NOT NULL PRIMARY KEY,
  id       TEXT COLLATE "C" NOT NULL,
  actor    TEXT COLLATE "C" NOT NULL REFERENCES actor (id),
  strength TEXT COLLATE "C" NOT NULL,
  device   TEXT COLLATE "C" NOT NULL,
  created  BIGINT NOT NULL,
  seen     BIGINT NOT NULL
);
CREATE INDEX session_actor ON session (actor);

-- Challenges that were answered: none is answered twice.
CREATE TABLE spent (
  challenge BYTEA    NOT NULL PRIMARY KEY,
  expires   BIGINT NOT NULL
);

-- Failed attempts to sign in, by a mark of the user, the device or the
-- place that they came from.
CREATE TABLE throttle (
  mark  BYTEA    NOT NULL PRIMARY KEY,
  fails BIGINT NOT NULL,
  last  BIGINT NOT NULL,
  until BIGINT NOT NULL
);
CREATE INDEX throttle_last ON throttle (last);

-- +goose Down
SELECT 1;
