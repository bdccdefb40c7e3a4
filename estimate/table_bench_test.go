package estimate

import (
	"bytes"
	"fmt"
	"testing"
)

// BenchmarkReadTable reads a million rows of six columns and keeps three.
func BenchmarkReadTable(b *testing.B) {
	var file bytes.Buffer
	file.WriteString("id,stratum,psu,weight,y,note\n")
	for i := range 1_000_000 {
		fmt.Fprintf(&file, "%d,s%d,%d,%g,%d,\"a, b\"\n", i, i%50, i%5000, 1+float64(i%97)/10, i%7)
	}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		t, err := ReadTable(bytes.NewReader(file.Bytes()), "f.csv", ReadOptions{Columns: []string{"stratum", "weight", "y"}})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := t.Numbers("weight"); err != nil {
			b.Fatal(err)
		}
		if _, _, err := t.Levels("stratum"); err != nil {
			b.Fatal(err)
		}
	}
}
