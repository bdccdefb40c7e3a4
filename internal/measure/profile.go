package measure

import (
	"math"
	"strings"
	"unicode"

	"plumbline/estimate"
)

// A profile is what a column looks like, whatever it means.
type profile struct {
	name     string
	words    []string // of its name, in small letters
	codes    []int    // by row: a place in values, −1 where it is missing
	values   []string // in the order of first sight
	numbers  []float64
	numeric  bool // all values are numbers, and there are some
	whole    bool // and whole ones
	low      float64
	known    int  // rows with a value
	repeated bool // some value is in two rows
}

func profiles(t *estimate.Table) ([]profile, error) {
	out := make([]profile, len(t.Header()))
	for i, name := range t.Header() {
		p := profile{name: name, words: wordsOf(name), low: math.Inf(1)}
		var err error
		if p.codes, p.values, err = t.Levels(name); err != nil {
			return nil, err
		}
		seen := make([]bool, len(p.values))
		for _, c := range p.codes {
			if c >= 0 {
				p.known++
				p.repeated = p.repeated || seen[c]
				seen[c] = true
			}
		}
		// A column that is no numbers says so with an error, which is no mistake here.
		if p.numbers, err = t.Numbers(name); err == nil && p.known > 0 {
			p.numeric, p.whole = true, true
			for _, v := range p.numbers {
				if v == v {
					p.whole = p.whole && v == math.Trunc(v)
					p.low = min(p.low, v)
				}
			}
		}
		out[i] = p
	}
	return out, nil
}

// wordsOf splits a name such as op_window, strat2 or recruiterId.
func wordsOf(name string) []string {
	var b strings.Builder
	before := ' '
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(before) || unicode.IsDigit(r) && unicode.IsLetter(before) {
			b.WriteByte(' ')
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			b.WriteRune(unicode.ToLower(r))
		} else {
			b.WriteByte(' ')
		}
		before = r
	}
	return strings.Fields(b.String())
}

// called reports whether a word of the name is one of some.
func (p *profile) called(some ...string) bool {
	for _, w := range p.words {
		for _, s := range some {
			if w == s {
				return true
			}
		}
	}
	return false
}

func (p *profile) rows() int  { return len(p.codes) }
func (p *profile) full() bool { return p.known == p.rows() && p.known > 0 }

// rowsOf returns the rows that hold one of the values.
func (p *profile) rowsOf(value int) (rows []int) {
	for i, c := range p.codes {
		if c == value {
			rows = append(rows, i)
		}
	}
	return rows
}

// unique reports a column that tells every row apart.
func (p *profile) unique() bool { return p.full() && !p.repeated }

// zeroOne reports a column that holds 0 and 1, both of them.
func (p *profile) zeroOne() bool {
	return len(p.values) == 2 && p.numeric && p.whole && p.low == 0 && p.is(1)
}

// onlyZeroOne reports a column that holds nothing else, perhaps one of them only.
func (p *profile) onlyZeroOne() bool {
	return p.zeroOne() || len(p.values) == 1 && (p.is(0) || p.is(1))
}

func (p *profile) is(v float64) bool {
	for _, x := range p.numbers {
		if x == v {
			return true
		}
	}
	return false
}

// yesNo reports a column of two words that say yes and no, and its word for yes.
func (p *profile) yesNo() (string, bool) {
	if len(p.values) != 2 {
		return "", false
	}
	for i, v := range p.values {
		for _, pair := range [][2]string{{"yes", "no"}, {"y", "n"}, {"true", "false"}, {"si", "no"}, {"sí", "no"}, {"oui", "non"}, {"نعم", "لا"}} {
			if strings.EqualFold(v, pair[0]) && strings.EqualFold(p.values[1-i], pair[1]) {
				return v, true
			}
		}
	}
	return "", false
}
