-- +goose Up
-- The register of claims is one history in the table revision, under the
-- subject "claims": what is newer than what a server has read is found here.
CREATE INDEX revision_claims ON revision (subject, entry) WHERE subject = 'claims';

-- Links with which a claimant answers a claim without an account. Only the
-- hash of a token is kept. draft_name and draft_text are what was typed and not
-- sent; draft_at is 0 when there is none.
CREATE TABLE reply_link (
  id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  token      BYTEA   NOT NULL,
  claim      TEXT COLLATE "C" NOT NULL,
  expires    BIGINT  NOT NULL,
  revoked    BIGINT  NOT NULL,
  draft_name TEXT COLLATE "C" NOT NULL,
  draft_text TEXT COLLATE "C" NOT NULL,
  draft_at   BIGINT  NOT NULL
);
CREATE UNIQUE INDEX reply_link_token ON reply_link (token);
CREATE INDEX reply_link_claim ON reply_link (claim, id);

-- +goose Down
SELECT 1;
