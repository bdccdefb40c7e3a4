package capture

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// fienbergRinaldo decides existence by the primal programme as it is written in
// the paper, in rational numbers: maximise s subject to A x = t, x_w ≥ s ≥ 0.
// Slow and without rounding, to hold the dual in exists.go to.
func fienbergRinaldo(f *fitter) bool {
	var cells []set
	for w, d := range f.dead {
		if !d {
			cells = append(cells, set(w))
		}
	}
	// x = y + s with y ≥ 0; an artificial variable a row. Columns: y, s, right side.
	m, p := len(cells), len(f.live)
	a := make([][]*big.Rat, p+1)
	for i := range a {
		a[i] = make([]*big.Rat, m+2)
		for j := range a[i] {
			a[i][j] = new(big.Rat)
		}
	}
	for i, term := range f.live {
		for j, w := range cells {
			if term&w == term {
				a[i][j].SetInt64(1)
				a[i][m].Add(a[i][m], big.NewRat(1, 1))
			}
		}
		a[i][m+1].SetFloat64(f.t.on[term])
	}
	basis := make([]int, p)
	for i := range basis {
		basis[i] = -1
	}
	pivot := func(r, c int) {
		by := new(big.Rat).Inv(a[r][c])
		for j := range a[r] {
			a[r][j].Mul(a[r][j], by)
		}
		for i := range a {
			if i == r || a[i][c].Sign() == 0 {
				continue
			}
			by := new(big.Rat).Set(a[i][c])
			for j := range a[i] {
				a[i][j].Sub(a[i][j], new(big.Rat).Mul(by, a[r][j]))
			}
		}
		basis[r] = c
	}
	// Bland's rule on the cost row, which is the last; artificial variables leave
	// first and do not come back.
	improve := func() {
		for {
			enter := -1
			for j := range m + 1 {
				if a[p][j].Sign() < 0 {
					enter = j
					break
				}
			}
			if enter < 0 {
				return
			}
			leave := -1
			var least *big.Rat
			for i := range p {
				if a[i][enter].Sign() <= 0 && (basis[i] >= 0 || a[i][enter].Sign() == 0 || a[i][m+1].Sign() != 0) {
					continue
				}
				q := new(big.Rat).Quo(a[i][m+1], a[i][enter])
				if least == nil || q.Cmp(least) < 0 || q.Cmp(least) == 0 && basis[i] < basis[leave] {
					leave, least = i, q
				}
			}
			if leave < 0 {
				return
			}
			pivot(leave, enter)
		}
	}
	for j := range m + 2 {
		for i := range p {
			a[p][j].Sub(a[p][j], a[i][j])
		}
	}
	improve()
	for j := range m + 2 {
		a[p][j].SetInt64(0)
	}
	a[p][m].SetInt64(-1)
	for i, b := range basis {
		if b >= 0 && a[p][b].Sign() != 0 {
			by := new(big.Rat).Set(a[p][b])
			for j := range a[p] {
				a[p][j].Sub(a[p][j], new(big.Rat).Mul(by, a[i][j]))
			}
		}
	}
	improve()
	return a[p][m+1].Sign() > 0
}

// identifiable by the singular values of the whole design.
func designRank(f *fitter) int {
	var x []float64
	rows := 0
	row := make([]float64, len(f.live))
	for w, d := range f.dead {
		if !d {
			f.row(row, set(w))
			x = append(x, row...)
			rows++
		}
	}
	var svd mat.SVD
	svd.Factorize(mat.NewDense(rows, len(f.live), x), mat.SVDNone)
	return svd.Rank(1e-10)
}

func sparseLists(r *rand.Rand, lists int) *histories {
	h := &histories{}
	for i := range lists {
		h.lists = append(h.lists, string(rune('A'+i)))
	}
	mean := math.Exp(3 * r.Float64())
	for w := set(1); w < 1<<lists; w++ {
		n := math.Floor(mean * r.ExpFloat64() / math.Pow(4, float64(order(w)-1)))
		if r.Float64() < 0.3 {
			n = 0
		}
		h.rows = append(h.rows, w)
		h.count = append(h.count, n)
	}
	return h
}

func TestExistsAgreesWithThePrimalProgramme(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	codes := map[int]int{}
	trials := 3000
	if testing.Short() {
		trials = 500
	}
	for range trials {
		lists := 2 + r.IntN(3)
		h := sparseLists(r, lists)
		tab := newTable(lists)
		tab.fill(h, h.count)
		if tab.on[0] == 0 {
			continue
		}
		var terms []set
		for _, p := range pairs(lists) {
			if r.IntN(2) == 0 {
				terms = append(terms, p)
			}
		}
		f := newFitter(lists)
		f.model(tab, terms)
		if len(f.live) < 2 {
			continue
		}
		exists, unique := f.exists(false)
		codes[checkCode(exists, unique)]++
		if want := fienbergRinaldo(f); exists != want {
			t.Fatalf("exists %v, want %v: counts %v, terms %b", exists, want, h.count, terms)
		}
		if want := designRank(f) == len(f.live); unique != want {
			t.Fatalf("identifiable %v, want %v: counts %v, terms %b", unique, want, h.count, terms)
		}
		// What exists can be fitted, and the fit has the observed margins.
		if exists && unique {
			if !f.fit(exactly) {
				t.Fatalf("no fit: counts %v, terms %b", h.count, terms)
			}
			for _, s := range f.live {
				if diff := math.Abs(f.margin[s] - tab.on[s]); diff > 1e-8*tab.on[0] {
					t.Fatalf("margin %b is %g, want %g: counts %v, terms %b", s, f.margin[s], tab.on[s], h.count, terms)
				}
			}
		}
	}
	t.Logf("checks by code: %v", codes)
	for code := range 3 {
		if codes[code] == 0 {
			t.Errorf("no model with code %d was tried", code)
		}
	}
}

// TestExistencePublished is table 3 of Chan, Silverman and Vincent (2021): three
// lists of which only the first two overlap.
func TestExistencePublished(t *testing.T) {
	h := &histories{lists: []string{"A", "B", "C"}, rows: []set{1, 2, 4, 3}, count: []float64{40, 30, 20, 6}}
	tab := newTable(3)
	tab.fill(h, h.count)
	f := newFitter(3)
	for _, c := range []struct {
		terms []set
		want  int
	}{
		{nil, 0},
		{[]set{3}, 1},
		{[]set{5}, 0},
		{[]set{6}, 0},
		{[]set{3, 5}, 1},
		{[]set{3, 6}, 1},
		{[]set{5, 6}, 0},
		{[]set{3, 5, 6}, 2},
	} {
		f.model(tab, c.terms)
		if got := checkCode(f.exists(true)); got != c.want {
			t.Errorf("%v: check %d, want %d", h.names(c.terms), got, c.want)
		}
	}
}

// TestErrorsAnotherWay builds the information from the design matrix and
// inverts it, since the reference's standard errors are of its step before the
// last.
func TestErrorsAnotherWay(t *testing.T) {
	for _, name := range datasets {
		h := load(t, name)
		tab := newTable(len(h.lists))
		tab.fill(h, h.count)
		f := newStepper(len(h.lists))
		f.choose(tab, 0.02)
		se, ok := f.errors()
		if !ok {
			t.Fatal("no standard errors")
		}
		p := len(f.live)
		info := mat.NewSymDense(p, nil)
		row := make([]float64, p)
		for w, d := range f.dead {
			if d {
				continue
			}
			f.row(row, set(w))
			for i := range p {
				for j := i; j < p; j++ {
					info.SetSym(i, j, info.At(i, j)+f.mu[w]*row[i]*row[j])
				}
			}
		}
		var chol mat.Cholesky
		if !chol.Factorize(info) {
			t.Fatal("information is singular")
		}
		var inverse mat.SymDense
		if err := chol.InverseTo(&inverse); err != nil {
			t.Fatal(err)
		}
		for i := range p {
			if want := math.Sqrt(inverse.At(i, i)); math.Abs(se[i]-want) > 1e-9*want {
				t.Errorf("%s %s: se %.15g, want %.15g", name, h.name(f.live[i]), se[i], want)
			}
		}
	}
}
