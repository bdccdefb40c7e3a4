package survey

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"

	"plumbline/estimate"
)

// AssociateSpec asks whether two columns of words have to do with each other.
type AssociateSpec struct {
	Design
	A, B  string // columns
	Where string
}

// Columns names the columns of the table that the spec reads.
func (sp AssociateSpec) Columns() ([]string, error) {
	c, err := Spec{Design: sp.Design, Y: sp.A, Where: sp.Where}.Columns()
	if err != nil {
		return nil, err
	}
	c = append(c, sp.B)
	slices.Sort(c)
	return slices.Compact(c), nil
}

// Association is the test.
type Association struct {
	estimate.Result
	N  int    `json:"n"`
	F  Number `json:"f"`
	Df Number `json:"df"`             // of the numerator, a broken number
	Dd Number `json:"denominator_df"` // Df times the degrees of freedom of the design
	P  Number `json:"p"`
}

// Associate is the chi-square test of independence for samples drawn by design,
// with the second-order correction of Rao & Scott (1984) as an F test (Thomas &
// Rao 1987). With p the shares of the cells, V their covariance, D the diagonal
// of p and C contrasts of contrasts,
//
//	Δ = (Cᵀ D⁻¹ C/n)⁻¹ Cᵀ D⁻¹ V D⁻¹ C,  F = X²/tr Δ,  df = (tr Δ)²/tr Δ².
func Associate(ctx context.Context, t *estimate.Table, sp AssociateSpec) (*Association, error) {
	s, err := newSample(t, sp.Design)
	if err != nil {
		return nil, err
	}
	out := &Association{Result: estimate.NewResult("association", 0.95), F: estimate.Null, Df: estimate.Null, Dd: estimate.Null, P: estimate.Null}
	out.Warnings = append(out.Warnings, s.notes...)
	f := &fitter{sample: s, spec: Spec{Where: sp.Where}, result: &out.Result}
	var where expression
	if sp.Where != "" {
		if where, err = parseExpression("where", sp.Where); err != nil {
			return nil, err
		}
	}
	rows, err := f.domain(where)
	if err != nil {
		return nil, err
	}
	a, av, err := t.Levels(sp.A)
	if err != nil {
		return nil, err
	}
	b, bv, err := t.Levels(sp.B)
	if err != nil {
		return nil, err
	}
	var known []int32
	for _, i := range rows {
		if a[i] >= 0 && b[i] >= 0 {
			known = append(known, i)
		}
	}
	if lost := len(rows) - len(known); lost > 0 {
		out.Warn("missing-values", "%d of %d rows miss one of the columns and are left out.", lost, len(rows))
	}
	r, c := len(av), len(bv)
	if r < 2 || c < 2 || r*c > 400 {
		return nil, &estimate.InputError{File: t.Name, Column: sp.A, Wrong: fmt.Sprintf("a table of %d by %d groups", r, c), Want: "at least two groups each, and at most 400 cells"}
	}
	out.N = len(known)
	cells := r * c
	cell := func(i int32) int { return a[i]*c + b[i] }
	share, total := make([]float64, cells), 0.0
	for _, i := range known {
		share[cell(i)] += s.weight[i]
		total += s.weight[i]
	}
	row, column := make([]float64, r), make([]float64, c)
	for k := range share {
		share[k] /= total
		row[k/c] += share[k]
		column[k%c] += share[k]
	}
	z := make([]float64, len(known)*cells)
	for k, i := range known {
		if k%1000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		for j := range share {
			z[k*cells+j] = -s.weight[i] / total * share[j]
		}
		z[k*cells+cell(i)] += s.weight[i] / total
	}
	v := mat.NewDense(cells, cells, s.joint(known, z, cells))

	contrasts := mat.NewDense(cells, (r-1)*(c-1), nil)
	for i := range r - 1 {
		for j := range c - 1 {
			k := i*(c-1) + j
			contrasts.Set(i*c+j, k, 1)
			contrasts.Set(i*c+c-1, k, -1)
			contrasts.Set((r-1)*c+j, k, -1)
			contrasts.Set((r-1)*c+c-1, k, 1)
		}
	}
	var scaled, plain, design, delta, squared mat.Dense
	scaled.CloneFrom(contrasts) // D⁻¹ C
	chisq := 0.0
	for k, p := range share {
		e := row[k/c] * column[k%c]
		if e > 0 {
			chisq += float64(len(known)) * (p - e) * (p - e) / e
		}
		for j := range (r - 1) * (c - 1) {
			if p == 0 {
				scaled.Set(k, j, 0)
			} else {
				scaled.Set(k, j, contrasts.At(k, j)/p)
			}
		}
	}
	plain.Mul(contrasts.T(), &scaled)
	plain.Scale(1/float64(len(known)), &plain)
	var half mat.Dense
	half.Mul(v, &scaled)
	design.Mul(scaled.T(), &half)
	if err := delta.Solve(&plain, &design); err != nil {
		out.Warn("empty-cells", "Too many cells are empty for a test.")
		return out, nil
	}
	squared.Mul(&delta, &delta)
	trace := mat.Trace(&delta)
	df := trace * trace / mat.Trace(&squared)
	dd := df * float64(s.degf(known))
	out.F, out.Df, out.Dd = Number(chisq/trace), Number(df), Number(dd)
	if x := chisq / trace; x >= 0 && df > 0 && dd > 0 {
		out.P = Number(mathext.RegIncBeta(dd/2, df/2, dd/(dd+df*x)))
	}
	out.Sentence = out.sentence(sp.A, sp.B)
	return out, nil
}
