package measure

import (
	"strconv"
	"testing"

	"plumbline/estimate"
)

// BenchmarkGuesses looks at a table of the size that a page takes.
func BenchmarkGuesses(b *testing.B) {
	rows := make([][]string, 100_000)
	for i := range rows {
		rows[i] = []string{strconv.Itoa(i), strconv.Itoa(i % 2), strconv.Itoa(i % 40), "v" + strconv.Itoa(i%900), strconv.FormatFloat(float64(i%977)/3, 'f', 4, 64), []string{"north", "south"}[i%2], "2024-05-" + strconv.Itoa(10+i%20), strconv.Itoa(i % 3)}
	}
	t, err := estimate.NewTable("a.csv", []string{"id", "minor", "stratum", "venue", "w", "city", "day", "wave"}, rows)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if g, err := Guesses(t); err != nil || len(g) == 0 {
			b.Fatal(g, err)
		}
		if _, err := Identifying(t); err != nil {
			b.Fatal(err)
		}
	}
}
