package rig

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/store"

	"github.com/google/go-cmp/cmp"
	"slices"
)

// The public record comes out of a site as it went in, byte by byte.
func TestPublicRecordComesOutAsItWentIn(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Address: filepath.Join(t.TempDir(), "site.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := PublicRecord(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	b, err := db.Export(t.Context(), importer, store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	want := exchange.PublicRecord()
	if n := len(b.Operations); n != len(want.Operations) {
		t.Fatalf("operations: got %d, want %d", n, len(want.Operations))
	}
	text := func(records []*plumbline.Record) string {
		records = slices.SortedFunc(slices.Values(records), func(a, b *plumbline.Record) int {
			return strings.Compare(string(a.Operation.ID), string(b.Operation.ID))
		})
		var out bytes.Buffer
		if err := exchange.Write(&out, &exchange.File{Operations: records}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if diff := cmp.Diff(text(want.Operations), text(b.Operations)); diff != "" {
		t.Errorf("the record changed in the store (-in +out):\n%s", diff)
	}
}
