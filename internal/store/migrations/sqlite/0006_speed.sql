-- +goose Up
-- What the rules say of an operation stands in its row, a letter a rule, and
-- seq says in which order rows were written: lists are kept in memory and read
-- what is newer than they are.
DROP TABLE finding;
DROP INDEX operation_missing;
DROP INDEX operation_unit;
ALTER TABLE operation ADD COLUMN findings TEXT NOT NULL DEFAULT '';
ALTER TABLE operation ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX operation_seq ON operation (seq);

-- +goose Down
SELECT 1;
