-- +goose Up
-- What an operation adds to each figure stands in its row, as findings do.
ALTER TABLE operation ADD COLUMN figures TEXT COLLATE "C" NOT NULL DEFAULT '';

-- +goose Down
SELECT 1;
