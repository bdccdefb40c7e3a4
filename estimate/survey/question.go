package survey

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"plumbline/estimate"
)

// question is a spec with its little languages read.
type question struct {
	kind    string // mean, total, proportion, ratio, quantile
	columns []string
	y       expression // in place of a column
	where   expression
	p       float64 // of a quantile
	guess   bool    // a proportion if the column turns out to be one
}

func (sp Spec) question() (q question, err error) {
	given := 0
	for _, s := range []string{sp.Y, sp.Ratio, sp.Quantile} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		return q, option("y", fmt.Sprintf("%d things to estimate are given", given), "one of --y, --ratio and --quantile")
	}
	switch {
	case sp.Ratio != "":
		num, den, ok := strings.Cut(sp.Ratio, "/")
		num, den = strings.TrimSpace(num), strings.TrimSpace(den)
		if !ok || num == "" || den == "" {
			return q, option("ratio", fmt.Sprintf("cannot read %q", sp.Ratio), "NUM/DEN, two columns")
		}
		q.kind, q.columns = "ratio", []string{num, den}
	case sp.Quantile != "":
		at := strings.LastIndexByte(sp.Quantile, ':')
		if at < 1 {
			return q, option("quantile", fmt.Sprintf("cannot read %q", sp.Quantile), "VAR:P, as in income:0.5")
		}
		p, ok := literal(sp.Quantile[at+1:])
		if !ok || !(p > 0 && p < 1) {
			return q, option("quantile", fmt.Sprintf("%q is not a share", sp.Quantile[at+1:]), "a number between 0 and 1")
		}
		q.kind, q.columns, q.p = "quantile", []string{sp.Quantile[:at]}, p
	default:
		q.kind = string(sp.Stat)
		if isExpression(sp.Y) {
			if q.y, err = parseExpression("y", sp.Y); err != nil {
				return q, err
			}
		} else {
			q.columns = []string{sp.Y}
		}
		if q.kind == "" {
			q.kind = string(Mean)
			if q.y != nil {
				q.kind = string(Proportion)
			}
			q.guess = sp.Interval != ""
		}
		if !slices.Contains([]Stat{Mean, Total, Proportion}, Stat(q.kind)) {
			return q, option("stat", fmt.Sprintf("unknown statistic %q", sp.Stat), "mean, total or proportion")
		}
	}
	if sp.Where != "" {
		q.where, err = parseExpression("where", sp.Where)
	}
	return q, err
}

func describe(sp Spec) string {
	if k := strings.LastIndexByte(sp.Quantile, ':'); k > 0 {
		return sp.Quantile[:k]
	}
	return cmp.Or(sp.Y, sp.Ratio)
}

// target is a variable ready to be estimated. Missing is NaN.
type target struct {
	kind   string
	y, x   []float64
	p      float64
	binary bool // a mean or proportion of zeros and ones
}

// noCases reports an estimate at the edge, where a sample of zeros and ones has
// a linearised variance of zero that is no knowledge.
func (g target) noCases(point float64) bool {
	return g.binary && (point <= 0 || point >= 1)
}

func (g target) known(i int32) bool {
	return !math.IsNaN(g.y[i]) && (g.x == nil || !math.IsNaN(g.x[i]))
}

// targets returns the variables to estimate; a column of words under
// Proportion is one variable a word, with their names.
func (f *fitter) targets(q question) ([]target, []string, error) {
	t := f.table
	if q.y != nil {
		answers, err := q.y.eval(t)
		if err != nil {
			return nil, nil, err
		}
		y := make([]float64, len(answers))
		for i, a := range answers {
			switch a {
			case yes:
				y[i] = 1
			case unknown:
				y[i] = math.NaN()
			}
		}
		return []target{{kind: q.kind, y: y, binary: q.kind != string(Total)}}, nil, nil
	}
	name := q.columns[0]
	y, err := t.Numbers(name)
	if err != nil {
		if q.kind != string(Proportion) && !q.guess || !t.Has(name) {
			var bad *estimate.InputError
			if errors.As(err, &bad) && bad.Row > 0 {
				bad.Want += "; shares of words are a proportion, or a comparison such as " + name + "==word"
			}
			return nil, nil, err
		}
		return f.words(name)
	}
	g := target{kind: q.kind, y: y, p: q.p}
	zeroOne := !slices.ContainsFunc(y, func(v float64) bool { return v != 0 && v != 1 && v == v })
	if q.guess && zeroOne {
		g.kind = string(Proportion)
	}
	if g.kind == string(Proportion) && !q.guess {
		for i, v := range y {
			if v != 0 && v != 1 && v == v {
				return nil, nil, t.Bad(i, name, fmt.Sprintf("%v is neither 0 nor 1", v), "0 or 1, or a comparison such as "+name+">10")
			}
		}
	}
	g.binary = zeroOne && (g.kind == string(Mean) || g.kind == string(Proportion))
	if q.kind == "ratio" {
		if g.x, err = t.Numbers(q.columns[1]); err != nil {
			return nil, nil, err
		}
	}
	return []target{g}, nil, nil
}

func (f *fitter) words(name string) ([]target, []string, error) {
	codes, values, err := f.table.Levels(name)
	if err != nil {
		return nil, nil, err
	}
	if len(values) > 100 {
		return nil, nil, &estimate.InputError{File: f.table.Name, Column: name, Wrong: fmt.Sprintf("%d different words", len(values)), Want: "at most 100, or a comparison such as " + name + "==word"}
	}
	order := estimate.Ascending(values)
	targets, names := make([]target, len(values)), make([]string, len(values))
	for k, code := range order {
		y := make([]float64, len(codes))
		for i, c := range codes {
			switch c {
			case code:
				y[i] = 1
			case -1:
				y[i] = math.NaN()
			}
		}
		targets[k], names[k] = target{kind: string(Proportion), y: y, binary: true}, values[code]
	}
	return targets, names, nil
}

// domain returns the rows of weight that where keeps, in the order of the design.
func (f *fitter) domain(where expression) ([]int32, error) {
	var keep []truth
	if where != nil {
		var err error
		if keep, err = where.eval(f.table); err != nil {
			return nil, err
		}
	}
	rows := make([]int32, 0, f.n)
	lost := 0
	for _, i := range f.order {
		if keep != nil && keep[i] == unknown {
			lost++
		}
		if f.weight[i] > 0 && (keep == nil || keep[i] == yes) {
			rows = append(rows, i)
		}
	}
	if lost > 0 {
		f.result.Warn("missing-domain", "Of %d rows it is not known whether they meet %q; they are left out of the domain.", lost, f.spec.Where)
	}
	return rows, nil
}

// groups splits rows by the values of By, keeping the order of the design, and
// returns the rows that have one.
func (f *fitter) groups(rows []int32) ([]int32, [][]int32, []string, error) {
	if f.spec.By == "" {
		return rows, [][]int32{rows}, []string{"all"}, nil
	}
	codes, values, err := f.table.Levels(f.spec.By)
	if err != nil {
		return nil, nil, nil, err
	}
	rank := make([]int32, len(values))
	labels := make([]string, len(values))
	for r, k := range estimate.Ascending(values) {
		rank[k] = int32(r)
		labels[r] = values[k]
	}
	key := make([]int32, f.n)
	kept := rows[:0:0]
	for _, i := range rows {
		if c := codes[i]; c >= 0 {
			key[i] = rank[c]
			kept = append(kept, i)
		}
	}
	if lost := len(rows) - len(kept); lost > 0 {
		f.result.Warn("missing-group", "%d rows have no value of %q and are in no group.", lost, f.spec.By)
	}
	sorted := countingSort(kept, key, len(values))
	groups := make([][]int32, len(values))
	for start := 0; start < len(sorted); {
		end := start
		g := key[sorted[start]]
		for end < len(sorted) && key[sorted[end]] == g {
			end++
		}
		groups[g] = sorted[start:end]
		start = end
	}
	return kept, groups, labels, nil
}
