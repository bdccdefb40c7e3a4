package store

import "plumbline/estimate"

func (db *DB) identifying(t *estimate.Table) []string { return nil }
