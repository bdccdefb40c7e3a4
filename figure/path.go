package figure

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"plumbline/protect"
)

// A maker takes data along one of the paths.
type maker struct {
	MakeSpec
	t       *protect.Table
	earlier []earlierRelease

	contents contents
	method   Method
	made     Made
}

// An earlierRelease is one that was opened.
type earlierRelease struct {
	ref    Reference
	method Method
	*contents
	data *protect.Table
}

func (m *maker) path() string {
	switch {
	case m.Perturb != nil:
		return Perturbation
	case m.Synthesise != nil:
		return KSynthetic
	case m.Marginals != nil:
		return DP
	case m.Estimate != nil:
		return Estimated
	}
	return Suppression
}

// hold opens an earlier release. Counts that were protected in two ways narrow each other down: a rounded
// count tells which of two hidden ones is small. So a series keeps to one path; noise under differential privacy alone
// stands beside anything.
func (m *maker) hold(e EarlierRelease) error {
	_, s, c, err := e.Files.open()
	if err != nil {
		return err
	}
	if s.Predicate.Figures == nil {
		return errors.New("it is a withdrawal and has no tables")
	}
	was := s.Predicate.Figures.Method
	if was.Path != m.path() && was.Path != DP && m.path() != DP {
		return fmt.Errorf("it was made by %s, and what two paths show of the same people can be combined; make this one by %s or dp", was.Path, was.Path)
	}
	ref, _ := e.Files.Reference()
	m.earlier = append(m.earlier, earlierRelease{ref, was, c, e.Data})
	return nil
}

func (m *maker) protect(ctx context.Context) error {
	if p := m.path(); p == KSynthetic || p == DP {
		if err := m.t.Writable(); err != nil {
			return err
		}
	}
	switch m.path() {
	case Perturbation:
		return m.perturb(ctx)
	case KSynthetic:
		return m.synthesise(ctx)
	case DP:
		return m.marginals(ctx)
	case Estimated:
		return m.estimates()
	}
	return m.suppress(ctx)
}

// whatFailed is a finding with the numbers that the public report leaves out: the maker may know them.
func (m *maker) whatFailed(f protect.Finding) string {
	if m.made.Report != nil {
		for _, g := range m.made.Report.Findings {
			if g.Code == f.Code {
				return g.Text
			}
		}
	}
	return f.Text
}

func (m *maker) suppress(ctx context.Context) error {
	spec := m.Suppress
	risk := protect.TableRiskSpec{Min: spec.Min, ZerosShown: !spec.HideZeros, Most: attackHidden}
	for _, e := range m.earlier {
		if e.method.Path != Suppression {
			continue // noise under differential privacy, which adds nothing exact
		}
		for _, table := range e.tables {
			spec.Earlier = append(spec.Earlier, protect.EarlierTable{Table: &table, Data: e.data})
		}
		if e.data == nil {
			risk.Same = append(risk.Same, e.tables...)
		} else {
			risk.Changed = append(risk.Changed, e.tables...)
		}
	}
	// Two tables that fit prove each hidden count; the attack on what is published is made beside that while it is not too large.
	p, err := protect.Suppress(ctx, m.t, spec)
	if err != nil {
		return err
	}
	if len(risk.Changed) > 0 {
		var columns []string
		for _, t := range slices.Concat(p.Tables, risk.Changed) {
			columns = append(columns, t.By...)
		}
		slices.Sort(columns)
		risk.Within = protect.Nested(m.t, spec.Count, spec.Total, slices.Compact(columns)...)
	}
	m.contents.tables = p.Tables
	m.method = Method{Path: Suppression, K: p.Min, Parameters: Parameters{Total: p.Tables[0].Total, Zeros: p.Zeros, Version: p.Version}}
	m.made.Protected, m.made.Warnings = p, p.Warnings
	m.made.Risk, err = protect.TableRisk(ctx, p.Tables, risk)
	return err
}

func (m *maker) perturb(ctx context.Context) error {
	spec := *m.Perturb
	if spec.Min < 2 {
		return &protect.InputError{Option: "min", Wrong: fmt.Sprintf("%d as the smallest count shown hides nobody", spec.Min), Want: "2 or more; 10 is usual"}
	}
	p, err := protect.Perturb(ctx, m.t, spec)
	if err != nil {
		return err
	}
	m.contents.tables = p.Tables
	m.method = Method{Path: Perturbation, K: p.Min, Mechanism: "cell keys, noise of maximum entropy", Seed: NotDisclosed, Parameters: Parameters{
		Total: p.Tables[0].Total, Zeros: "shown", Spread: p.Spread, Variance: float64(p.Variance), NoSmall: p.NoSmall, Key: protect.SecretFingerprint(spec.Secret), Version: p.Version}}
	risk := protect.TableRiskSpec{Min: spec.Min, ZerosShown: true, Noisy: true}
	for i, e := range m.earlier {
		if e.method.Path != Perturbation {
			continue
		}
		was, is := e.method.Parameters, m.method.Parameters
		if was.Key != is.Key || was.Spread != is.Spread || was.Variance != is.Variance || was.NoSmall != is.NoSmall {
			return fmt.Errorf("earlier release %d has noise of another key, spread, variance or no-small: the same people with two noises can be averaged; use what it was made with", i+1)
		}
		risk.Changed = append(risk.Changed, e.tables...)
		if err := m.moved(e, i+1); err != nil {
			return err
		}
	}
	m.made.Warnings = p.Warnings
	m.made.Risk, err = protect.TableRisk(ctx, p.Tables, risk)
	return err
}

// moved refuses noisy tables of data of which a few records changed: cell keys hide how many came or went in a count, not that
// somebody did.
func (m *maker) moved(e earlierRelease, place int) error {
	if e.data == nil {
		for _, t := range e.tables {
			for _, c := range t.Cells {
				for i := range m.contents.tables {
					if !sameCount(c, m.contents.tables[i].At(t.By, c.Values, t.Total)) {
						return fmt.Errorf("earlier release %d has other counts than the data it is said to be made from; give --earlier-data", place)
					}
				}
			}
		}
		return nil
	}
	was, err := e.data.Select(m.t.Header()...)
	if err != nil {
		return err
	}
	came, went, err := protect.Changed(was, m.t)
	if err != nil {
		return err
	}
	if k := m.Perturb.Min; came > 0 && came < k || went > 0 && went < k {
		return fmt.Errorf("%w: against earlier release %d, %d records came and %d went; fewer than %d, and the counts that differ tell where they are", ErrUnsafe, place, came, went, k)
	}
	return nil
}

// sameCount compares a count with the same one of today, if that is published.
func sameCount(was protect.Cell, is *protect.Cell) bool {
	return is == nil || was.Count == nil || is.Count == nil || *was.Count == *is.Count
}

func (m *maker) synthesise(ctx context.Context) error {
	spec := *m.Synthesise
	if spec.Length == 0 {
		spec.Length = 3
	}
	spec.Seed = drawSeed()
	count := protect.AggregateSpec{K: spec.K, Length: spec.Length}
	counts, err := protect.Aggregate(ctx, m.t, count)
	if err != nil {
		return err
	}
	s, err := protect.Synthesise(ctx, m.t, spec)
	if err != nil {
		return err
	}
	risk := protect.RiskSpec{K: spec.K, Length: spec.Length, Sensitive: m.t, Make: protect.MakeSynthesis(spec), Seed: spec.Seed}
	for i, e := range m.earlier {
		if e.method.Path != KSynthetic {
			continue
		}
		if e.method.K != spec.K {
			return fmt.Errorf("earlier release %d is rounded to %d and this one to %d, and both together narrow the counts down; use --k %d", i+1, e.method.K, spec.K, e.method.K)
		}
		data := e.data
		if data == nil {
			data = m.t
		}
		then, err := protect.Aggregate(ctx, data, protect.AggregateSpec{K: spec.K, Length: e.method.Parameters.Length})
		if err != nil {
			return err
		}
		if !sameCounts(then, e.counts) {
			return fmt.Errorf("earlier release %d has other counts than the data it is said to be made from give in these columns; give --earlier-data, or the same --by", i+1)
		}
		if e.data != nil {
			risk.Earlier = append(risk.Earlier, e.data)
		}
	}
	m.contents.rows, m.contents.counts = s.Rows, counts
	m.method = Method{Path: KSynthetic, K: spec.K, Mechanism: "rows aimed at counts, each shared by k records as far as it is filled", Seed: NotDisclosed, Parameters: Parameters{Length: spec.Length, Version: s.Version}}
	m.made.Warnings = s.Warnings
	if m.made.Report, err = protect.Risk(ctx, s.Rows, risk); err != nil {
		return err
	}
	m.made.Risk = m.made.Report.Public()
	return nil
}

// sameCounts compares the counts that two releases have of combinations of the columns that both have.
func sameCounts(a, b *protect.Aggregates) bool {
	return a.Records == b.Records && slices.EqualFunc(a.Counts, b.Counts, func(x, y protect.Count) bool {
		return x.Count == y.Count && slices.Equal(x.Selections, y.Selections)
	})
}

func (m *maker) marginals(ctx context.Context) error {
	spec := *m.Marginals
	switch {
	case spec.Budget == nil:
		return errors.New("a release under differential privacy wants a budget to spend from")
	case spec.Min < 2:
		return &protect.InputError{Option: "min", Wrong: fmt.Sprintf("%d as the smallest count shown", spec.Min), Want: "2 or more; 10 is usual"}
	}
	spec.Release, spec.On = m.Release.ID, m.Release.Made
	counts, err := protect.Marginals(ctx, m.t, spec)
	if err != nil {
		return err
	}
	seed := drawSeed()
	s, err := protect.SynthesiseMarginals(ctx, &counts.Aggregates, m.t.Header(), seed)
	if err != nil {
		return err
	}
	b := spec.Budget
	m.contents.rows, m.contents.counts = s.Rows, &counts.Aggregates
	m.method = privateMethod(counts, BudgetState{b.Epsilon, b.Delta, digits(b.Total())})
	m.made.Warnings = counts.Warnings
	m.made.Report, err = protect.Risk(ctx, s.Rows, protect.RiskSpec{K: spec.Min, Length: min(counts.Length, 3), Sensitive: m.t, Formal: true, Make: protect.MakeMarginals(spec), Seed: seed})
	if err != nil {
		return err
	}
	m.made.Risk = m.made.Report.Public()
	return nil
}

// drawSeed is a seed that nobody is told.
func drawSeed() uint64 {
	var seed [8]byte
	rand.Read(seed[:])
	return binary.LittleEndian.Uint64(seed[:])
}

// privateMethod is the method of noisy counts.
func privateMethod(c *protect.NoisyMarginals, b BudgetState) Method {
	p := Parameters{Length: c.Length, Rho: digits(c.Rho), Kept: c.Kept, Version: c.Version}
	for i := range c.Sigma {
		p.Sigma, p.Thresholds = append(p.Sigma, digits(c.Sigma[i])), append(p.Thresholds, digits(c.Least[i]))
	}
	return Method{Path: DP, K: c.Min, Mechanism: c.Noise, Seed: NotDisclosed, Epsilon: c.Epsilon, Delta: digits(c.Delta), Budget: &b, Parameters: p}
}

// digits rounds to nine digits: processors differ in the last ones.
func digits(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 9, 64), 64)
	if err != nil {
		return x
	}
	return y
}
