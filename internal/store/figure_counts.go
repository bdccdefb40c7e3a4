package store

import (
	"slices"
	"strconv"
	"strings"

	"plumbline"
)

// The answers in a table of the counts behind a figure.
const (
	Counted    = "counted"
	NotCounted = "not counted"
	CannotTell = "cannot tell"
)

// Counts returns the counts behind a figure in people or per cent, in the order
// of its groups: a row for each group and answer, with the number last; and
// with totals over any of the columns. Of those who cannot be told apart as
// many stand under CannotTell as anybody knows. label writes a key of a
// breakdown; nil leaves keys as they are.
func (t *FigureTable) Counts(margins bool, label func(by, key string) string) (rows [][]string) {
	type cell struct {
		key    string
		answer int
	}
	answers := []string{Counted, NotCounted, CannotTell}
	counts := map[cell]int{}
	var order []string
	open := false
	for _, g := range t.Groups {
		keys := slices.Clone(g.Keys)
		for i, k := range keys {
			switch {
			case label != nil:
				keys[i] = label(t.By[i], k)
			case k == "":
				keys[i] = "not told"
			}
		}
		numbers := []int{g.Counted, g.NotCounted, g.Unsure}
		if t.Definition.Unit == plumbline.InPeople {
			numbers = []int{g.Numerator.Min(), 0, 0}
			if most, bounded := g.Numerator.Max(); bounded {
				numbers[2] = most - numbers[0]
			}
		}
		open = open || numbers[2] > 0
		for totals := range 1 << len(keys) {
			if totals > 0 && !margins {
				break
			}
			at := slices.Clone(keys)
			for i := range at {
				if totals>>i&1 == 1 {
					at[i] = "Total"
				}
			}
			key := strings.Join(at, "\x00")
			if !slices.Contains(order, key) {
				order = append(order, key)
			}
			for a, n := range numbers {
				counts[cell{key, a}] += n
			}
		}
	}
	for _, key := range order {
		for a, answer := range answers {
			if t.Definition.Unit == plumbline.InPeople && (a == 1 || a == 2 && !open) {
				continue
			}
			rows = append(rows, append(strings.Split(key, "\x00"), answer, strconv.Itoa(counts[cell{key, a}])))
		}
	}
	return rows
}
