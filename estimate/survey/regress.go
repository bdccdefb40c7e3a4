package survey

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

// RegressSpec asks for a regression of Y on X with the weights of the design.
type RegressSpec struct {
	Design
	Y      string   // a column, or a comparison
	X      []string // columns; one of words becomes an indicator for each word but the first
	Family string   // gaussian (default) or logit
	Where  string
	Level  float64
}

// Columns names the columns of the table that the spec reads.
func (sp RegressSpec) Columns() ([]string, error) {
	c, err := Spec{Design: sp.Design, Y: sp.Y, Where: sp.Where}.Columns()
	if err != nil {
		return nil, err
	}
	c = append(c, sp.X...)
	slices.Sort(c)
	return slices.Compact(c), nil
}

// Regression is a fitted model. Coefficients are named (intercept), the column,
// or column=word.
type Regression struct {
	estimate.Result
	N            int               `json:"n"`
	Df           int               `json:"df"` // clusters less strata, less the slopes
	Names        []string          `json:"names"`
	Coefficients map[string]Number `json:"coefficients"`
	SE           map[string]Number `json:"se"`
	Lower        map[string]Number `json:"lower"`
	Upper        map[string]Number `json:"upper"`
	P            map[string]Number `json:"p"`
	Covariance   [][]Number        `json:"covariance"`
	Converged    bool              `json:"converged"`
}

// Regress fits by weighted least squares, or for logit by iterating them, and
// takes the covariance A⁻¹ V(Σ w x r) A⁻¹ over the clusters (Binder 1983), r the
// residual and A = Xᵀ W X. Limits are on t with the design's degrees of freedom
// less the slopes. It describes; what causes what it does not know.
func Regress(ctx context.Context, t *estimate.Table, sp RegressSpec) (*Regression, error) {
	q := Spec{Y: sp.Y, Where: sp.Where, Level: sp.Level, Stat: Mean}
	logit := false
	switch sp.Family {
	case "", "gaussian":
	case "logit", "binomial":
		logit = true
	default:
		return nil, option("family", fmt.Sprintf("unknown family %q", sp.Family), "gaussian or logit")
	}
	level, err := q.level()
	if err != nil {
		return nil, err
	}
	question, err := q.question()
	if err != nil {
		return nil, err
	}
	s, err := newSample(t, sp.Design)
	if err != nil {
		return nil, err
	}
	out := &Regression{Result: estimate.NewResult("regression", level)}
	out.Warnings = append(out.Warnings, s.notes...)
	f := &fitter{sample: s, spec: q, level: level, result: &out.Result}
	targets, _, err := f.targets(question)
	if err != nil {
		return nil, err
	}
	y := targets[0].y
	if logit {
		for i, v := range y {
			if v != 0 && v != 1 && v == v {
				return nil, t.Bad(i, sp.Y, fmt.Sprintf("%v is neither 0 nor 1", v), "0 or 1, or a comparison such as "+sp.Y+">10")
			}
		}
	}
	x, names, err := covariates(t, sp.X)
	if err != nil {
		return nil, err
	}
	domain, err := f.domain(question.where)
	if err != nil {
		return nil, err
	}
	var rows []int32
	for _, i := range domain {
		known := !math.IsNaN(y[i])
		for _, c := range x {
			known = known && !math.IsNaN(c[i])
		}
		if known {
			rows = append(rows, i)
		}
	}
	if lost := len(domain) - len(rows); lost > 0 {
		out.Warn("missing-values", "%d of %d rows miss a value of the model and are left out.", lost, len(domain))
	}
	p := len(names)
	if len(rows) <= p {
		return nil, &estimate.InputError{File: t.Name, Wrong: fmt.Sprintf("%d rows for %d coefficients", len(rows), p), Want: "more rows, or fewer columns in the model"}
	}
	out.N, out.Names = len(rows), names
	out.Df = s.degf(rows) + 1 - p

	m := newModel(s, rows, x, y, logit)
	if err := m.fit(ctx); err != nil {
		return nil, err
	}
	if m.alias >= 0 {
		return nil, &estimate.InputError{File: t.Name, Column: names[m.alias], Wrong: "it says nothing the columns before it do not say", Want: "a model without it"}
	}
	out.Converged = m.converged
	if !m.converged {
		out.Warn("not-converged", "The iteration did not settle: some group has only yes or only no, and its coefficient runs away.")
	}
	z := m.influence()
	v := s.joint(rows, z, p)
	exact := !logit && m.exact()
	if exact {
		out.Warn("no-noise", "The model meets every answer exactly. Nothing then shows how far chance alone moves it, and there are no limits.")
	}
	if s.noVariance() || !m.converged || exact {
		for k := range v {
			v[k] = math.NaN()
		}
	}
	df := float64(out.Df)
	if out.Df < 1 {
		out.Warn("degrees-of-freedom", "No degrees of freedom are left (%d), so there are no limits.", out.Df)
	}
	q95 := tQuantile(0.5+level/2, df)
	out.Coefficients, out.SE = map[string]Number{}, map[string]Number{}
	out.Lower, out.Upper, out.P = map[string]Number{}, map[string]Number{}, map[string]Number{}
	for a, name := range names {
		b, se := m.beta[a], math.Sqrt(v[a*p+a])
		out.Coefficients[name], out.SE[name] = Number(b), Number(se)
		out.Lower[name], out.Upper[name] = Number(b-q95*se), Number(b+q95*se)
		out.P[name] = estimate.Null
		if out.Df > 0 {
			out.P[name] = Number(2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.CDF(-math.Abs(b/se)))
		}
		row := make([]Number, p)
		for c := range row {
			row[c] = Number(v[a*p+c])
		}
		out.Covariance = append(out.Covariance, row)
	}
	out.Sentence = out.sentence(sp.Y)
	return out, nil
}

// exact reports whether all that a linear model leaves is rounding.
func (m *model) exact() bool {
	left, all := 0.0, 0.0
	for i, y := range m.y {
		fitted := 0.0
		for a, b := range m.beta {
			fitted += m.x[i*m.p+a] * b
		}
		left += squared(y - fitted)
		all += squared(y)
	}
	return left <= 1e-24*all
}

// covariates returns the columns of the model after the intercept, and the
// names of all coefficients.
func covariates(t *estimate.Table, names []string) (x [][]float64, all []string, err error) {
	all = []string{"(intercept)"}
	for _, name := range names {
		v, called, err := t.Covariates(name)
		if err != nil {
			return nil, nil, err
		}
		x, all = append(x, v...), append(all, called...)
	}
	if slices.Contains(names, "(intercept)") {
		return nil, nil, option("covariates", "the intercept is always in the model", "columns only")
	}
	return x, all, nil
}

// model is a weighted regression over rows.
type model struct {
	n, p      int
	x         []float64 // n × p
	y, w      []float64
	logit     bool
	beta      []float64
	mu        []float64
	inverse   *mat.Dense // of Xᵀ W X
	converged bool
	alias     int // a coefficient that cannot be told from the others, or −1
}

func newModel(s *sample, rows []int32, x [][]float64, y []float64, logit bool) *model {
	m := &model{n: len(rows), p: len(x) + 1, logit: logit, alias: -1}
	m.x = make([]float64, m.n*m.p)
	m.y, m.w, m.mu = make([]float64, m.n), make([]float64, m.n), make([]float64, m.n)
	var total sum
	for k, i := range rows {
		m.x[k*m.p] = 1
		for a, c := range x {
			m.x[k*m.p+a+1] = c[i]
		}
		m.y[k], m.w[k] = y[i], s.weight[i]
		total.add(m.w[k])
	}
	// Weights of mean one: the scale changes nothing but the rounding.
	for k := range m.w {
		m.w[k] *= float64(m.n) / total.value()
	}
	return m
}

// fit iterates weighted least squares on X √W by QR.
func (m *model) fit(ctx context.Context) error {
	m.beta = make([]float64, m.p)
	work, z := make([]float64, m.n), make([]float64, m.n)
	most := 1
	for k, y := range m.y {
		m.mu[k] = (m.w[k]*y + 0.5) / (m.w[k] + 1) // as R's glm starts
	}
	if m.logit {
		most = 100
	}
	for step := range most {
		if err := ctx.Err(); err != nil {
			return err
		}
		for k, y := range m.y {
			work[k], z[k] = m.w[k], y
			if m.logit {
				mu := m.mu[k]
				v := max(mu*(1-mu), 1e-300)
				work[k] *= v
				z[k] = math.Log(mu/(1-mu)) + (y-mu)/v
			}
		}
		old := slices.Clone(m.beta)
		if !m.solve(work, z) {
			return nil
		}
		moved := 0.0
		for a, b := range m.beta {
			moved = max(moved, math.Abs(b-old[a])/(math.Abs(b)+0.1))
		}
		edge := false
		for k := range m.mu {
			eta := 0.0
			for a, b := range m.beta {
				eta += m.x[k*m.p+a] * b
			}
			m.mu[k] = eta
			if m.logit {
				m.mu[k] = expit(eta)
				edge = edge || math.Abs(eta) > 30
			}
		}
		if !m.logit {
			m.converged = true
			break
		}
		if edge {
			break // a fitted chance of 0 or 1: separated
		}
		if step > 0 && moved < 1e-12 {
			m.converged = true
			break
		}
	}
	return nil
}

// solve puts the weighted least squares fit in beta and (Xᵀ W X)⁻¹ in inverse.
// It reports false, and which column, when a column adds nothing.
func (m *model) solve(w, z []float64) bool {
	a := mat.NewDense(m.n, m.p, nil)
	b := mat.NewVecDense(m.n, nil)
	norm := make([]float64, m.p)
	for k := range m.n {
		r := math.Sqrt(w[k])
		for c := range m.p {
			v := r * m.x[k*m.p+c]
			a.Set(k, c, v)
			norm[c] += v * v
		}
		b.SetVec(k, r*z[k])
	}
	var qr mat.QR
	qr.Factorize(a)
	var r mat.Dense
	qr.RTo(&r)
	for c := range m.p {
		if math.Abs(r.At(c, c)) <= 1e-11*math.Sqrt(norm[c]) {
			m.alias = c
			return false
		}
	}
	var beta mat.VecDense
	if err := qr.SolveVecTo(&beta, false, b); err != nil {
		if _, bad := err.(mat.Condition); !bad {
			m.alias = m.p - 1
			return false
		}
	}
	copy(m.beta, beta.RawVector().Data)
	inv := mat.NewDense(m.p, m.p, nil) // R⁻¹, by back substitution
	for c := range m.p {
		for i := c; i >= 0; i-- {
			v := 0.0
			if i == c {
				v = 1
			}
			for j := i + 1; j <= c; j++ {
				v -= r.At(i, j) * inv.At(j, c)
			}
			inv.Set(i, c, v/r.At(i, i))
		}
	}
	m.inverse = mat.NewDense(m.p, m.p, nil)
	m.inverse.Mul(inv, inv.T())
	return true
}

// influence returns the linearised coefficients: A⁻¹ x w (y − μ), row by row.
func (m *model) influence() []float64 {
	z := make([]float64, m.n*m.p)
	for k := range m.n {
		r := m.w[k] * (m.y[k] - m.mu[k])
		for a := range m.p {
			v := 0.0
			for c := range m.p {
				v += m.inverse.At(a, c) * m.x[k*m.p+c]
			}
			z[k*m.p+a] = v * r
		}
	}
	return z
}
