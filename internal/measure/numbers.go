package measure

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"plumbline/estimate"
)

// The ways to write a number for people; JSON has all digits.

// figures writes a number with at most so many figures, and whole from ten
// thousand on.
func figures(v float64, n int) string {
	s := strconv.FormatFloat(v, 'g', n, 64)
	if math.Abs(v) >= 1e4 && math.Abs(v) < 1e15 {
		s = thousands(v)
	}
	return strings.Replace(s, "-", "−", 1)
}

// number writes five figures, noughts at the end too, so that columns align.
func number(n estimate.Number) string {
	switch {
	case !n.Known():
		return "–"
	case math.Abs(float64(n)) >= 1e4 && math.Abs(float64(n)) < 1e15:
		return thousands(float64(n))
	}
	return strings.Replace(fmt.Sprintf("%#.5g", float64(n)+0), "-", "−", 1) // + 0: zero has no sign
}

// plain writes a number as it would be said, such as a time.
func plain(n estimate.Number) string {
	if !n.Known() {
		return "–"
	}
	return figures(float64(n), 6)
}

// share writes a share of one in per cent.
func share(n estimate.Number) string {
	if !n.Known() {
		return "–"
	}
	return strings.Replace(strconv.FormatFloat(100*float64(n), 'f', 2, 64), "-", "−", 1) + " %"
}

// points writes a difference of shares, which is no percentage of anything.
func points(n estimate.Number) string {
	if !n.Known() {
		return "–"
	}
	return strings.TrimSuffix(share(n), "%") + "points"
}

// whole writes a number of people.
func whole(n estimate.Number) string {
	if !n.Known() {
		return "–"
	}
	return thousands(float64(n))
}

func thousands(v float64) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if v < 0 && s != "0" {
		s = "−" + s
	}
	return s
}

// chance writes a p-value.
func chance(p estimate.Number) string {
	switch {
	case !p.Known():
		return "–"
	case p < 0.0001:
		return "<0.0001"
	}
	return strconv.FormatFloat(float64(p), 'f', 4, 64)
}

func integer(n int) string { return thousands(float64(n)) }

// counted writes a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
