package rig

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The published data of the demonstration are those that the methods are
// tested with.
func TestStudiesArePublished(t *testing.T) {
	for path, got := range map[string][]byte{"capture/testdata/mse/UKdat.csv": ukLists, "series/testdata/sicily.csv": sicily} {
		want, err := os.ReadFile(filepath.Join("..", "..", "estimate", filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not as in the demonstration", path)
		}
	}
}
