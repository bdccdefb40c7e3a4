package store

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"plumbline"
)

// tallyCounts lists the counts of a tally in the order in which they are kept.
func tallyCounts(t *plumbline.Tally) []*plumbline.Count {
	return []*plumbline.Count{&t.Met, &t.Children, &t.Adults, &t.Accused, &t.NotAccused, &t.Removed, &t.Placed, &t.Unaccounted, &t.LostWork, &t.Hurt}
}

// tallyText writes a tally in one line. As JSON it took longer to read than
// the rest of a row.
func tallyText(t plumbline.Tally) string {
	var parts []string
	for _, c := range tallyCounts(&t) {
		parts = append(parts, c.Text())
	}
	return strings.Join(append(parts, strconv.Itoa(t.Force), strconv.Itoa(t.Accounts), string(t.Immigration)), "|")
}

// parseTally reads what tallyText wrote.
func parseTally(text string, t *plumbline.Tally) (err error) {
	parts := strings.Split(text, "|")
	counts := tallyCounts(t)
	if len(parts) != len(counts)+3 {
		return fmt.Errorf("%w: a tally of %d parts", errUnreadable, len(parts))
	}
	for i, c := range counts {
		var bad error
		*c, bad = plumbline.ParseCount(parts[i])
		err = errors.Join(err, bad)
	}
	rest := parts[len(counts):]
	var bad1, bad2 error
	t.Force, bad1 = strconv.Atoi(rest[0])
	t.Accounts, bad2 = strconv.Atoi(rest[1])
	t.Immigration = plumbline.Answer(rest[2])
	return errors.Join(err, bad1, bad2)
}
