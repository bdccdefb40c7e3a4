package figure

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A CitationFault is something wrong with how a claim names its source. It is
// found by rule and says nothing about whether the source bears the claim out.
type CitationFault struct {
	Claim string `json:"claim"`
	Cites string `json:"cites"` // the citation as it is noted, or the words of the claim's source
	Code  string `json:"code"`  // one of CitationFaults
	Text  string `json:"text"`  // a sentence in English
}

// CitationFaults lists the codes of faults in citations.
func CitationFaults() []string {
	return []string{"ibid-nowhere", "ibid-several", "ibid-unknown", "no-such-source", "older-than-event", "newer-than-document", "no-date", "no-page", "no-title", "note-nearby"}
}

// notes are those of one document, in the order of their numbers.
type notes map[int][]Citation

// noteNumber reads the mark of a note: 7, vii, VII.
func noteNumber(mark string) (n int, ok bool) {
	if n, err := strconv.Atoi(mark); err == nil {
		return n, n > 0
	}
	values := map[rune]int{'i': 1, 'v': 5, 'x': 10, 'l': 50, 'c': 100}
	last := 0
	for _, letter := range strings.ToLower(mark) {
		v := values[letter]
		if v == 0 {
			return 0, false
		}
		if n += v; last < v {
			n -= 2 * last
		}
		last = v
	}
	return n, n > 0
}

// allNotes gathers the notes of each document.
func (r *Register) allNotes() map[string]notes {
	all := map[string]notes{}
	for _, c := range r.Claims {
		for _, x := range c.Cites {
			n, ok := noteNumber(x.Note)
			if !ok {
				continue
			}
			name := c.Source + "\n" + c.Document
			if all[name] == nil {
				all[name] = notes{}
			}
			if !slices.Contains(all[name][n], x) {
				all[name][n] = append(all[name][n], x)
			}
		}
	}
	return all
}

// follow returns the works to which an "ibid." of a note leads, or the code of
// what is wrong with it. The note before it decides; when that is one more
// "ibid.", the one before that.
func (of notes) follow(n int) (works []string, code string) {
	for n--; n > 0; n-- {
		before, there := of[n]
		if !there {
			return nil, "ibid-unknown"
		}
		again := false
		for _, x := range before {
			if x.Work == Ibid {
				again = true
			} else if x.Work != "" && !slices.Contains(works, x.Work) {
				works = append(works, x.Work)
			}
		}
		switch {
		case len(works) > 1:
			return works, "ibid-several"
		case len(works) == 1:
			return works, ""
		case !again:
			return nil, "ibid-nowhere"
		}
	}
	return nil, "ibid-nowhere"
}

// CitationFaults returns the faults in the citations of all claims, in their
// order.
func (r *Register) CitationFaults() []CitationFault { return r.faults }

// FaultsOf returns the faults in the citations of one claim.
func (r *Register) FaultsOf(c *Claim) []CitationFault {
	place := func(f CitationFault, at int32) int { return cmp.Compare(r.at[f.Claim], at) }
	at := r.at[c.ID]
	from, _ := slices.BinarySearchFunc(r.faults, at, place)
	until, _ := slices.BinarySearchFunc(r.faults, at+1, place)
	return r.faults[from:until]
}

// findFaults finds the faults in citations.
func (r *Register) findFaults() (list []CitationFault) {
	all := r.allNotes()
	for _, c := range r.Claims {
		if len(c.Cites) > 0 || c.badly != "" {
			list = append(list, r.faultsOf(c, all[c.Source+"\n"+c.Document])...)
		}
	}
	return list
}

// namesBadly returns the fault in the words with which a claim names its
// source, or nothing.
func (c *Claim) namesBadly() string {
	cited := strings.ToLower(c.Cited)
	if strings.HasPrefix(cited, "none") && strings.Contains(cited, "note ") {
		return "note-nearby"
	}
	for _, words := range []string{"title not given", "titles not given", "no reference", "not named", "no passage named", "link lost"} {
		if strings.Contains(cited, words) {
			return "no-title"
		}
	}
	return ""
}

func (r *Register) faultsOf(c *Claim, of notes) (list []CitationFault) {
	fault := func(cites, code, text string) { list = append(list, CitationFault{c.ID, cites, code, text}) }
	switch c.badly {
	case "note-nearby":
		fault(c.Cited, c.badly, "a note stands near it and does not cover it")
	case "no-title":
		fault(c.Cited, c.badly, "what it names cannot be found by what it says of it")
	}
	for _, x := range c.Cites {
		works := []string{x.Work}
		if x.Work == "" {
			continue
		}
		if x.Work == Ibid {
			n, ok := noteNumber(x.Note)
			var code string
			if works, code = of.follow(n); !ok {
				works, code = nil, "ibid-unknown"
			}
			switch code {
			case "ibid-nowhere":
				fault(x.String(), code, "“ibid.” follows no note that names a work")
			case "ibid-several":
				fault(x.String(), code, "“ibid.” follows a note that names "+strings.Join(works, " and ")+", and does not say which is meant")
			case "ibid-unknown":
				fault(x.String(), code, "the note before “ibid.” is not in the register, so where it leads cannot be told")
			}
		}
		for _, work := range works {
			r.faultsOfWork(c, x, work, fault)
		}
	}
	return list
}

// faultsOfWork holds a work against the claim that cites it.
func (r *Register) faultsOfWork(c *Claim, x Citation, work string, fault func(cites, code, text string)) {
	s := r.Source(work)
	if s == nil {
		fault(x.String(), "no-such-source", fmt.Sprintf("the register has no source %q", work))
		return
	}
	led := ""
	if x.Work == Ibid {
		led = "“ibid.” leads to " + work + ": "
	}
	d, err := ParseSpan(s.Date)
	if err != nil || !d.Known() {
		fault(x.String(), "no-date", led+"it has no date, so it cannot be held against what it is cited for")
	} else {
		r.faultsOfDate(c, x, s, d, led, fault)
	}
	if x.Page == "" && x.Work != Ibid && slices.Contains(pagedKinds, s.Kind) {
		fault(x.String(), "no-page", "no page is noted, so that the passage must be looked for")
	}
}

// faultsOfDate holds the date of a work against what it is cited for, and
// against the document that cites it. What is told of the document's own time
// is not judged: its period is when it was said.
func (r *Register) faultsOfDate(c *Claim, x Citation, s *Source, d Span, led string, fault func(cites, code, text string)) {
	var of Span
	doc := r.Source(c.Source)
	if doc != nil {
		of, _ = ParseSpan(doc.Date) // a source has none that does not parse
	}
	when := c.Span()
	past := of.From.IsZero() || !when.Until.IsZero() && !when.Until.After(of.From)
	if past && !d.Until.IsZero() && !when.From.IsZero() && !d.Until.After(when.From) {
		fault(x.String(), "older-than-event", fmt.Sprintf("%sit is of %s, and the claim tells of %s: it cannot tell of what came after it", led, s.Date, when))
	}
	if !of.Until.IsZero() && !d.From.Before(of.Until) {
		fault(x.String(), "newer-than-document", fmt.Sprintf("%sit is of %s, and the document that cites it of %s", led, s.Date, doc.Date))
	}
}
