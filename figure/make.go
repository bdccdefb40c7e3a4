package figure

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"plumbline/ledger"
	"plumbline/protect"
)

// MakeSpec says what a release is to say, and of what data it is made.
type MakeSpec struct {
	// Release is filled in as far as the maker knows: not the method, values' numbers,
	// inputs, risk and earlier releases.
	Release  Release
	Suppress protect.SuppressSpec // Earlier is filled from the field of that name here
	Places   int                  // decimal places of values, where they are quotients
	Earlier  []EarlierRelease
	Licence  string
	Sources  []string
	Input    []byte // the file that was read
	Nonce    []byte // the key of the commitment to it, which the maker keeps
}

// EarlierRelease is one that readers have, with the data it was made from; nil when they are the same.
type EarlierRelease struct {
	Files Files
	Data  *protect.Table
}

// Made is a release that nobody has approved yet. Protected is for the maker alone.
type Made struct {
	Files     Files
	Protected *protect.Protected
	Risk      *protect.TableReport
}

// ErrUnsafe is wrapped by [Make]'s refusal of tables from which a small count could be worked out.
var ErrUnsafe = errors.New("not safe to release")

var licenceName = regexp.MustCompile(`^[-a-zA-Z0-9._]{1,80}$`)

// Make protects a table and makes a release of it. It refuses a definition that does not say of whom a part is
// a part, and tables that the attack on them, with the earlier ones at hand, does not find safe.
func Make(ctx context.Context, t *protect.Table, spec MakeSpec) (*Made, error) {
	r := spec.Release
	f := *r.Figures
	r.Figures = &f
	if err := f.Definition.check(); err != nil {
		return nil, err
	}
	if !licenceName.MatchString(spec.Licence) || len(spec.Sources) == 0 {
		return nil, fmt.Errorf("licence %.80q; want a short name such as CC-BY-4.0, and a source", spec.Licence)
	}
	for _, s := range spec.Sources {
		if err := checkText("source", s); err != nil {
			return nil, err
		}
	}
	risk := protect.TableRiskSpec{Min: spec.Suppress.Min, ZerosShown: !spec.Suppress.HideZeros}
	for i, e := range spec.Earlier {
		_, s, tables, err := e.Files.open()
		if err != nil {
			return nil, fmt.Errorf("earlier release %d: %w", i+1, err)
		}
		ref, _ := e.Files.Reference()
		f.Earlier = append(f.Earlier, ref)
		for _, table := range tables {
			spec.Suppress.Earlier = append(spec.Suppress.Earlier, protect.EarlierTable{Table: &table, Data: e.Data})
		}
		if e.Data == nil {
			risk.Same = append(risk.Same, tables...)
		} else {
			risk.Changed = append(risk.Changed, tables...)
		}
		if s.Predicate.Figures == nil {
			return nil, fmt.Errorf("earlier release %d is a withdrawal and has no tables", i+1)
		}
	}
	p, err := protect.Suppress(ctx, t, spec.Suppress)
	if err != nil {
		return nil, err
	}
	report, err := protect.TableRisk(ctx, p.Tables, risk)
	if err != nil {
		return nil, err
	}
	if !report.Safe {
		for _, found := range report.Findings {
			if found.Result == "failed" {
				return nil, fmt.Errorf("%w: %s", ErrUnsafe, found.Text)
			}
		}
	}
	f.Method = Method{Path: "suppression", K: p.Min, Parameters: Parameters{Total: p.Tables[0].Total, Zeros: p.Zeros, Version: p.Version}}
	f.Values = slices.Clone(f.Values)
	for i := range f.Values {
		if f.Values[i].Value, err = recompute(p.Tables, f.Definition.Unit, f.Values[i], spec.Places); err != nil {
			return nil, err
		}
	}
	commitment := ledger.Commit(spec.Nonce, spec.Input)
	f.Inputs = Inputs{Band: bandOf(p.Tables[0]), Commitment: hex.EncodeToString(commitment[:])}

	files := Files{}
	if files[riskFile], err = spaced(report); err != nil {
		return nil, err
	}
	f.Risk = RiskVerdict{Report: digestOf(files[riskFile]), Verdict: "safe"}
	var names []string
	for i := range p.Tables {
		name := "table.csv"
		if i > 0 {
			name = fmt.Sprintf("table-%d.csv", i+1)
		}
		var b bytes.Buffer
		if err := p.Tables[i].WriteCSV(&b); err != nil {
			return nil, err
		}
		names, files[name] = append(names, name), b.Bytes()
	}
	var sources []source
	for _, s := range spec.Sources {
		sources = append(sources, source{s})
	}
	if files[packageFile], err = spaced(describe(&r, names, p.Tables, []licence{{spec.Licence}}, sources)); err != nil {
		return nil, err
	}
	s := Statement{Type: StatementType, PredicateType: PredicateType, Predicate: r}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		s.Subject = append(s.Subject, Subject{name, digestOf(files[name])})
	}
	if err := files.state(s); err != nil {
		return nil, err
	}
	return &Made{Files: files, Protected: p, Risk: report}, nil
}

// state adds the statement, unsigned, and reads everything back as a stranger would.
func (f Files) state(s Statement) error {
	if err := s.check(); err != nil {
		return err
	}
	payload, err := compact(s)
	if err != nil {
		return err
	}
	if f[statementFile], err = compact(Envelope{PayloadType, payload, []Signature{}}); err != nil {
		return err
	}
	_, _, _, err = f.open()
	return err
}

// Withdraw makes the withdrawal of a release, which is approved and published like one.
func Withdraw(old Files, w Release) (Files, error) {
	ref, err := old.Reference()
	if err != nil {
		return nil, err
	}
	w.Withdraws = &ref
	f := Files{}
	s := Statement{Type: StatementType, PredicateType: PredicateType, Predicate: w, Subject: []Subject{{ref.ID, ref.Statement}}}
	return f, f.state(s)
}

// recompute returns a value from the published tables, to so many places.
func recompute(tables []protect.Frequency, unit string, v Value, places int) (string, error) {
	factor, _, err := perUnit(unit)
	if err != nil {
		return "", err
	}
	count, err := countAt(tables, v.Cell)
	if err != nil {
		return "", err
	}
	var of *int64
	if v.Of != nil {
		if of, err = countAt(tables, v.Of); err != nil {
			return "", err
		}
	}
	return quotient(count, of, factor, places)
}

// countAt finds a count of the tables; a column that is not named stands at its total.
func countAt(tables []protect.Frequency, at map[string]string) (*int64, error) {
	var name []string
	for _, k := range slices.Sorted(maps.Keys(at)) {
		name = append(name, k+" = "+at[k])
	}
	for _, t := range tables {
		if slices.ContainsFunc(slices.Collect(maps.Keys(at)), func(k string) bool { return !slices.Contains(t.By, k) }) {
			continue
		}
		for _, c := range t.Cells {
			same := true
			for j, v := range c.Values {
				want, named := at[t.By[j]]
				same = same && (v == want || !named && v == t.Total)
			}
			switch {
			case same && c.Count == nil:
				return nil, fmt.Errorf("the count of %.200s is suppressed, so no value can rest on it", strings.Join(name, ", "))
			case same:
				return c.Count, nil
			}
		}
	}
	return nil, fmt.Errorf("the tables have no count of %.200s", strings.Join(name, ", "))
}

// bandOf says between which powers of ten the total lies, as far as the table shows it: a band that told more
// than the table would help to work out what it hides.
func bandOf(t protect.Frequency) string {
	n, err := countAt([]protect.Frequency{t}, nil)
	if err != nil {
		return "not told"
	}
	low := int64(1)
	for low <= *n/10 {
		low *= 10
	}
	if *n == 0 {
		return "0"
	}
	return fmt.Sprintf("%d-%d", low, 10*low-1)
}
