-- +goose Up
-- The organisation for which a version was written: its author's at the time.
-- The organisation of an operation's first version is the one that recorded it.
ALTER TABLE revision ADD COLUMN organisation TEXT COLLATE "C" NOT NULL DEFAULT '';

-- +goose Down
SELECT 1;
