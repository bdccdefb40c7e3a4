package exchange

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "rewrite golden files")

// The committed file is in canonical form, so that what is exported can be
// compared with it byte by byte.
func TestPublicRecordIsCanonical(t *testing.T) {
	f, err := Read(bytes.NewReader(publicRecord), MaxFile)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := Write(&got, f); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("publicrecord/operations.json", got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(got.Bytes(), publicRecord) {
		t.Error("publicrecord/operations.json is not canonical; run go test ./internal/exchange -run Canonical -update")
	}
}

func TestPublicRecordNamesNothingUnknown(t *testing.T) {
	for _, ref := range PublicRecord().Dangling() {
		t.Error(ref.Problem())
	}
}
