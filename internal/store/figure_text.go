package store

import (
	"strings"

	"plumbline"
)

// What an operation adds to the figures is kept as a text: the mark of the
// definitions, a letter for how exactly its beginning is told, a portion for
// each figure over operations in their order, and after a stroke the version of
// the rule by which its people were put in classes.
//
// A portion begins with a letter. Where numbers follow, each is written in the
// characters from '0' to 'O', five bits a character, the lowest first, those
// before the last higher by 32; of a most, one more than it, and none is 0.
const (
	noPortion    = '-' // the figure does not apply
	oneOfOne     = 'y'
	noneOfOne    = 'n'
	perhapsOne   = '?' // none or one of one; the missing fact follows
	exactly      = 'e' // how many, of how many
	withinBounds = 'b' // least and most, of least and most; the missing fact follows
)

// figuresText writes what an operation adds to the figures.
func (db *DB) figuresText(r *plumbline.Record, portions []plumbline.Portion) string {
	text := append([]byte(db.mark()), fineness(r.Operation.Began))
	for _, p := range portions {
		text = appendPortion(text, p)
	}
	return string(text) + "|" + r.ClassRule()
}

// fineness says how small a period surely holds a moment: a month, a quarter, a
// year, or none of these.
func fineness(w plumbline.When) byte {
	for _, by := range []string{"month", "quarter", "year"} {
		if w.Period(by) != "" {
			return by[0]
		}
	}
	return '-'
}

func appendPortion(text []byte, p plumbline.Portion) []byte {
	num, of := p.Num, p.Of
	missing := byte('0' + p.Missing)
	switch one := plumbline.Exactly(1); {
	case !p.Applies():
		return append(text, noPortion)
	case num == one && of == one:
		return append(text, oneOfOne)
	case num == plumbline.Exactly(0) && of == one:
		return append(text, noneOfOne)
	case num == plumbline.Between(0, 1) && of == one:
		return append(text, perhapsOne, missing)
	case p.Told():
		return appendNumber(appendNumber(append(text, exactly), num.Min()), of.Min())
	}
	text = append(text, withinBounds)
	for _, c := range []plumbline.Count{num, of} {
		text = appendNumber(text, c.Min())
		most, bounded := c.Max()
		if !bounded {
			most = -1
		}
		text = appendNumber(text, most+1)
	}
	return append(text, missing)
}

func appendNumber(text []byte, n int) []byte {
	for ; n >= 32; n >>= 5 {
		text = append(text, byte('0'+32+n&31))
	}
	return append(text, byte('0'+n))
}

// portions reads what figuresText wrote, one portion after the other. A text
// that ends early gives portions that do not apply.
type portions string

func (t *portions) next() (p plumbline.Portion) {
	if *t == "" {
		return plumbline.Portion{Of: plumbline.Exactly(0)}
	}
	kind := (*t)[0]
	*t = (*t)[1:]
	switch kind {
	case oneOfOne:
		return plumbline.Portion{Num: plumbline.Exactly(1), Of: plumbline.Exactly(1)}
	case noneOfOne:
		return plumbline.Portion{Num: plumbline.Exactly(0), Of: plumbline.Exactly(1)}
	case perhapsOne:
		return plumbline.Portion{Num: plumbline.Between(0, 1), Of: plumbline.Exactly(1), Missing: t.missing()}
	case exactly:
		return plumbline.Portion{Num: plumbline.Exactly(t.number()), Of: plumbline.Exactly(t.number())}
	case withinBounds:
		return plumbline.Portion{Num: t.bounds(), Of: t.bounds(), Missing: t.missing()}
	}
	return plumbline.Portion{Of: plumbline.Exactly(0)}
}

func (t *portions) number() (n int) {
	for i := 0; i < len(*t); i++ {
		digit := int((*t)[i] - '0')
		n |= digit & 31 << (5 * i)
		if digit < 32 {
			*t = (*t)[i+1:]
			return n
		}
	}
	*t = ""
	return n
}

func (t *portions) bounds() plumbline.Count {
	least, most := t.number(), t.number()
	if most == 0 {
		return plumbline.AtLeast(least)
	}
	return plumbline.Between(least, most-1)
}

func (t *portions) missing() int {
	if *t == "" {
		return 0
	}
	n := int((*t)[0] - '0')
	*t = (*t)[1:]
	return n
}

// setFigures keeps what the row of an operation says of figures; nothing when
// it was written by other definitions than ours.
func (r *listed) setFigures(db *DB, text string, keep func(*string)) {
	text, ok := strings.CutPrefix(text, db.mark())
	if !ok || text == "" {
		return
	}
	r.figures, r.classRule, _ = strings.Cut(text[1:], "|")
	r.fine = text[0]
	keep(&r.classRule)
}
