package figure

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"plumbline/ledger"
	"plumbline/protect"
)

// MakeSpec says what a release is to say, of what data it is made, and by which path.
type MakeSpec struct {
	// Release is filled in as far as the maker knows: not the method, values' numbers,
	// inputs, risk and earlier releases.
	Release Release
	// The path is Suppress unless one of the others is given. Earlier releases are filled in from the
	// field of that name here.
	Suppress   protect.SuppressSpec
	Perturb    *protect.PerturbSpec
	Synthesise *protect.SynthesisSpec // its seed is drawn here
	Marginals  *protect.MarginalsSpec // with a budget, and a least count that is shown
	Estimate   *EstimateSpec          // there is no table of data then

	Places  int // decimal places of values, where they are quotients
	Earlier []EarlierRelease
	Licence string
	Sources []string
	Input   []byte // the file that was read
	Nonce   []byte // the key of the commitment to it, which the maker keeps
}

// EarlierRelease is one that readers have, with the data it was made from; nil when they are the same.
type EarlierRelease struct {
	Files Files
	Data  *protect.Table
}

// Made is a release that nobody has approved yet. All but Files is for the maker alone.
type Made struct {
	Files    Files
	Risk     *protect.TableReport
	Warnings []protect.Warning
	// Protected is the proof of hidden counts; Report is what was found with the data of made-up rows at hand. Each is nil
	// on other paths.
	Protected *protect.Protected
	Report    *protect.Report
}

// ErrUnsafe is wrapped by [Make]'s refusal of what tells too much.
var ErrUnsafe = errors.New("not safe to release")

var licenceName = regexp.MustCompile(`^[-a-zA-Z0-9._]{1,80}$`)

// Make protects data and makes a release of it; t is nil for estimates. It refuses a definition that does not say of whom a part is
// a part, and what an attack on it, with the earlier releases at hand, does not find safe.
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
	m := &maker{MakeSpec: spec, t: t}
	for i, e := range spec.Earlier {
		if err := m.hold(e); err != nil {
			return nil, fmt.Errorf("earlier release %d: %w", i+1, err)
		}
	}
	for _, e := range m.earlier {
		f.Earlier = append(f.Earlier, e.ref)
	}
	if err := m.protect(ctx); err != nil {
		return nil, err
	}
	for _, found := range m.made.Risk.Findings {
		if found.Result == "failed" {
			return nil, fmt.Errorf("%w: %s", ErrUnsafe, m.whatFailed(found))
		}
	}
	var err error
	m.made.Files, err = m.files(r)
	return &m.made, err
}

// files writes what was made, and states it.
func (m *maker) files(r Release) (Files, error) {
	f := *r.Figures
	r.Figures = &f
	f.Method = m.method
	f.Values = slices.Clone(f.Values)
	if m.Estimate != nil {
		f.Estimate = &m.Estimate.Estimation
	}
	var err error
	for i := range f.Values {
		if f.Values[i], err = m.contents.quote(&f, f.Values[i], m.Places); err != nil {
			return nil, err
		}
	}
	commitment := ledger.Commit(m.Nonce, m.Input)
	f.Inputs = Inputs{Band: m.contents.band(), Commitment: hex.EncodeToString(commitment[:])}
	files := Files{}
	if files[riskFile], err = spaced(m.made.Risk); err != nil {
		return nil, err
	}
	f.Risk = RiskVerdict{Report: digestOf(files[riskFile]), Verdict: "safe"}
	if err := m.contents.write(files); err != nil {
		return nil, err
	}
	var sources []source
	for _, s := range m.Sources {
		sources = append(sources, source{s})
	}
	if files[packageFile], err = spaced(describe(&r, &m.contents, []licence{{m.Licence}}, sources)); err != nil {
		return nil, err
	}
	s := Statement{Type: StatementType, PredicateType: PredicateType, Predicate: r}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		s.Subject = append(s.Subject, Subject{name, digestOf(files[name])})
	}
	return files, files.state(s)
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
