package protect

import (
	"context"
	"encoding/binary"
	"fmt"
)

// RiskSpec says what to test, and against what.
type RiskSpec struct {
	K      int // the smallest group that may be shown
	Length int // the longest combination that is counted; 0 means 3
	// Sensitive is the data the file was made from. Without it the file itself is
	// measured, as data that has not been protected.
	Sensitive *Table
	// Earlier are the data that earlier releases were made from, oldest first.
	Earlier []*Table
	// Formal says that the file was made under differential privacy. Rare combinations in it
	// are then counted and do not stop it: whether they show anybody is what the budget bounds.
	Formal bool
	// Make makes a release from a part of the data the way the file was made: the membership
	// test then splits the data, and attacks a release of one half.
	Make func(context.Context, *Table) (*Table, error)
	// HeldOut are records of the same kind that were kept out of the file; with them the
	// membership test attacks the file itself. Without either, it is not possible.
	HeldOut *Table
	// Seed splits the data for the membership test and picks who is attacked.
	Seed uint64
}

// A Report says what a reader could work out from a file. It counts real people exactly, so
// it stays with the data and is never published.
type Report struct {
	Method  string `json:"method"`
	Version string `json:"version"`
	K       int    `json:"k"`
	Length  int    `json:"length"`
	Records int    `json:"records"` // rows of the file tested

	// Safe is whether nothing found stops the release. A file tested without the data it
	// was made from is safe only if nothing in the file itself is rare.
	Safe     bool      `json:"safe"`
	Findings []Finding `json:"findings"`

	// File measures the file alone, Data the data it was made from.
	File Exposure  `json:"file"`
	Data *Exposure `json:"data"`

	Quality    *Quality      `json:"quality"`
	Copies     *Copies       `json:"copies"`
	Attributes *Inference    `json:"attributes"`
	Membership *Membership   `json:"membership"`
	Changes    []*Comparison `json:"changes"`
}

// A Finding is one answer of the report in words.
type Finding struct {
	Code   string `json:"code"`
	Result string `json:"result"` // passed, failed, noted or not possible
	Text   string `json:"text"`
}

// Copies are rows of the file that equal, blanks included, a row of the data that is unique
// or rare there.
type Copies struct {
	OfUnique int `json:"of_unique_rows"`
	OfRare   int `json:"of_rare_rows"`
}

// Risk attacks a file and says what it found. Nothing should leave without it.
func Risk(ctx context.Context, released *Table, spec RiskSpec) (*Report, error) {
	if spec.Length == 0 {
		spec.Length = 3
	}
	if err := checkCompare(spec.K, spec.Length); err != nil {
		return nil, err
	}
	r := &Report{Method: "risk", Version: Version, K: spec.K, Length: spec.Length, Records: released.rows, Safe: true, Changes: []*Comparison{}}
	file, err := expose(ctx, released, spec.K, spec.Length)
	if err != nil {
		return nil, err
	}
	r.File = *file
	if spec.Sensitive == nil {
		rare := 0
		for _, l := range file.ByLength {
			rare += l.Rare
		}
		r.find("rare_combinations", rare == 0, "%d combinations of up to %d values are shared by fewer than %d rows of the file", rare, spec.Length, spec.K)
		r.find("unique_rows", file.RareRows == 0, "%d rows are equalled by fewer than %d rows of the file, %d of them by none, a blank counting as a value", file.RareRows, spec.K, file.UniqueRows)
		for _, code := range []string{"copies", "attribute_inference", "membership"} {
			r.cannot(code, "the data the file was made from was not given")
		}
		if err := r.differences(ctx, released, spec); err != nil {
			return nil, err
		}
		return r, nil
	}

	if r.Data, err = expose(ctx, spec.Sensitive, spec.K, spec.Length); err != nil {
		return nil, err
	}
	q, err := Compare(ctx, spec.Sensitive, released, spec.K, spec.Length)
	if err != nil {
		return nil, err
	}
	r.Quality = &q
	if spec.Formal {
		r.note("rare_combinations", "%d combinations that fewer than %d records share are in the file; under differential privacy a reader cannot be sure that any is real", q.RarePresent, spec.K)
	} else {
		r.find("rare_combinations", q.RarePresent == 0, "%d combinations of up to %d values that fewer than %d records share are in the file, of %d in the data", q.RarePresent, spec.Length, spec.K, q.Rare)
	}
	if r.Copies, err = copies(spec.Sensitive, released, spec.K); err != nil {
		return nil, err
	}
	const copied = "%d rows equal a row that one record has and %d one that fewer than %d have, a blank counting as a value"
	if spec.Formal {
		r.note("copies", copied, r.Copies.OfUnique, r.Copies.OfRare, spec.K)
	} else {
		r.find("copies", r.Copies.OfRare == 0, copied, r.Copies.OfUnique, r.Copies.OfRare, spec.K)
	}
	if r.File.Homogeneous > 0 {
		r.note("homogeneous_groups", "%d groups of at least %d rows of the file all have one value in another column: whoever is known to be in the group is known to have it", r.File.Homogeneous, spec.K)
	}
	if err := r.attack(ctx, released, spec); err != nil {
		return nil, err
	}
	if err := r.differences(ctx, spec.Sensitive, spec); err != nil {
		return nil, err
	}
	return r, nil
}

// Public returns the report as it may leave with a release: how each question came out, without the numbers, which count
// real people.
func (r *Report) Public() *TableReport {
	// What is said when a question is passed, and when it is noted: for rows made under differential privacy.
	say := map[string][2]string{
		"rare_combinations": {
			fmt.Sprintf("no combination of up to %d values that fewer than %d records share is in it", r.Length, r.K),
			fmt.Sprintf("combinations that fewer than %d records share are not kept out; under differential privacy nobody can be sure that one is real", r.K)},
		"copies": {
			fmt.Sprintf("no row equals, blanks included, a record that fewer than %d records equal", r.K),
			"rows may equal a rare record, by chance; under differential privacy nobody can be sure that one does"},
		"unique_rows":         {fmt.Sprintf("no row is equalled by fewer than %d rows, a blank counting as a value", r.K), ""},
		"homogeneous_groups":  {"", "there are groups all of whose rows have one value: whoever is known to be in such a group is known to have it"},
		"membership":          {"records in such a release were not told from records kept out of it by the rows most like them, beyond what was tolerated", ""},
		"attribute_inference": {"no value was guessed better for records in such a release than for records kept out of it, beyond what was tolerated", ""},
		"differencing": {
			fmt.Sprintf("against each earlier release, rounded counts show no change of fewer than %d records", r.K),
			"readers have earlier releases; the loss of all together is bounded by the budget"},
	}
	out := &TableReport{Method: r.Method, Version: r.Version, Min: r.K, Safe: r.Safe, Findings: []Finding{}}
	for _, f := range r.Findings {
		switch f.Result {
		case "passed":
			f.Text = say[f.Code][0]
		case "noted":
			f.Text = say[f.Code][1]
		case "failed":
			f.Text = "it should not be released"
		}
		out.Findings = append(out.Findings, f)
	}
	return out
}

func (r *Report) find(code string, ok bool, format string, args ...any) {
	result := "passed"
	if !ok {
		result, r.Safe = "failed", false
	}
	r.Findings = append(r.Findings, Finding{code, result, fmt.Sprintf(format, args...)})
}

func (r *Report) note(code, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{code, "noted", fmt.Sprintf(format, args...)})
}

func (r *Report) cannot(code, text string) {
	r.Findings = append(r.Findings, Finding{code, "not possible", text})
}

func (r *Report) differences(ctx context.Context, now *Table, spec RiskSpec) error {
	if len(spec.Earlier) == 0 {
		r.cannot("differencing", "no earlier release was given")
		return nil
	}
	for i, before := range spec.Earlier {
		c, err := Difference(ctx, before, now, spec.K, spec.Length)
		if err != nil {
			return err
		}
		r.Changes = append(r.Changes, c)
		const text = "against earlier release %d, %d records came and %d went; %d combinations changed by fewer than %d records in a way that rounded counts show"
		if spec.Formal {
			r.note("differencing", text, i+1, c.Added, c.Removed, c.Visible, spec.K)
			continue
		}
		r.find("differencing", c.Safe, text, i+1, c.Added, c.Removed, c.Visible, spec.K)
	}
	return nil
}

// rowKeys returns for each record a text that equal records share.
func rowKeys(t *Table) []string {
	out := make([]string, t.rows)
	b := make([]byte, 4*len(t.columns))
	for i := range out {
		for j := range t.columns {
			binary.LittleEndian.PutUint32(b[4*j:], t.columns[j].codes[i])
		}
		out[i] = string(b)
	}
	return out
}

func copies(sensitive, released *Table, k int) (*Copies, error) {
	a, b, err := recode(sensitive, released)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, key := range rowKeys(a) {
		count[key]++
	}
	c := &Copies{}
	for _, key := range rowKeys(b) {
		n := count[key]
		if n == 1 {
			c.OfUnique++
		}
		if n > 0 && n < k {
			c.OfRare++
		}
	}
	return c, nil
}
