-- +goose Up
-- Which operations a programme paid for is asked by programme, and stands in
-- the operations.
CREATE INDEX revision_funding ON revision (subject) WHERE kind = 'funding' AND latest = 1;

-- +goose Down
SELECT 1;
