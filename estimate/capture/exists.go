package capture

import "math"

// existence decides whether the likelihood of a model has a maximum, and
// whether the maximum is at one place only.
//
// Fienberg and Rinaldo (2012, Annals of Statistics 40:996-1023): with A the
// terms × cells matrix and t = A n, a maximum exists if and only if some x has
// A x = t and every x_w > 0. The usual test maximises the smallest x_w by a
// linear programme over all cells. This one asks the dual, which is small:
// there must be no combination of terms that is zero on every cell with people,
// never positive on the others, and not zero everywhere. Such a combination is
// a direction in which the likelihood rises for ever.
//
// When the cells with people already determine the terms, which is most often
// so, no combination is zero on them and there is nothing to solve.
type existence struct {
	basis [64]uint64
	pivot []int
	free  []int
	row   []float64
	rows  []float64
	z     []float64
	spent []float64 // what is left of z when its rank is found
	lp    simplex
}

// small separates zero from rounding. The numbers are 0 and 1 and few
// eliminations deep, so what is not zero is of order one.
const small = 1e-9

// exists checks the model last set. strict makes a list that nobody is on a
// failure, as in the stepwise method; otherwise its term is taken at −∞ like
// that of any other set.
func (f *fitter) exists(strict bool) (exists, identifiable bool) {
	if strict {
		for _, g := range f.gone {
			if order(g) == 1 {
				return false, true
			}
		}
	}
	e := &f.exist
	p := len(f.live)
	if p <= 64 && e.rankTwo(f) == p {
		return true, true
	}

	// Reduce the rows of the cells with people; pivot[c] is the row that has its
	// leading one in column c, or -1.
	e.rows = e.rows[:0]
	e.pivot = e.pivot[:0]
	for range p {
		e.pivot = append(e.pivot, -1)
	}
	pivot := e.pivot
	rank := 0
	e.row = grow(e.row, p)
	row := e.row
	for w, n := range f.t.n {
		if n == 0 || rank == p {
			continue
		}
		f.row(row, set(w))
		if c := e.reduce(row, pivot); c >= 0 {
			pivot[c] = rank
			e.rows = append(e.rows, row...)
			rank++
		}
	}
	if rank == p {
		return true, true
	}

	// The null space, one vector for each column without a pivot, seen on the
	// empty cells.
	k := p - rank
	e.free = e.free[:0]
	for c, r := range pivot {
		if r < 0 {
			e.free = append(e.free, c)
		}
	}
	free := e.free
	e.z = e.z[:0]
	m := 0
	for w, d := range f.dead {
		if d || f.t.n[w] > 0 {
			continue
		}
		f.row(row, set(w))
		at := len(e.z)
		some := false
		for _, c := range free {
			v := row[c]
			for c2, r := range pivot {
				if r >= 0 && row[c2] != 0 {
					v -= e.rows[r*p+c]
				}
			}
			if math.Abs(v) < small {
				v = 0
			}
			some = some || v != 0
			e.z = append(e.z, v)
		}
		if some {
			m++
		} else {
			e.z = e.z[:at]
		}
	}
	return e.lp.balanced(e.z, m, k), e.columnRank(m, k) == k
}

// row writes which terms a cell has.
func (f *fitter) row(row []float64, w set) {
	for i, s := range f.live {
		row[i] = 0
		if s&w == s {
			row[i] = 1
		}
	}
}

// rankTwo is the rank of the cells with people in arithmetic modulo two, where
// a row is a word. It never exceeds the real rank.
func (e *existence) rankTwo(f *fitter) int {
	clear(e.basis[:])
	rank := 0
	for w, n := range f.t.n {
		if n == 0 {
			continue
		}
		var row uint64
		for i, s := range f.live {
			if s&set(w) == s {
				row |= 1 << i
			}
		}
		for i := 0; row != 0 && i < 64; i++ {
			if row>>i&1 == 0 {
				continue
			}
			if e.basis[i] == 0 {
				e.basis[i] = row
				rank++
				break
			}
			row ^= e.basis[i]
		}
		if rank == len(f.live) {
			break
		}
	}
	return rank
}

// reduce subtracts the rows so far from row, and when something is left scales
// it to a leading one, clears that column in the others, and returns it.
func (e *existence) reduce(row []float64, pivot []int) int {
	p := len(row)
	for c, r := range pivot {
		if r >= 0 && row[c] != 0 {
			by := row[c]
			for j, v := range e.rows[r*p : r*p+p] {
				row[j] -= by * v
			}
			row[c] = 0
		}
	}
	lead, most := -1, small
	for c, v := range row {
		if math.Abs(v) > most {
			lead, most = c, math.Abs(v)
		}
	}
	if lead < 0 {
		return -1
	}
	by := 1 / row[lead]
	for j := range row {
		row[j] *= by
		if math.Abs(row[j]) < small {
			row[j] = 0
		}
	}
	for r := range len(e.rows) / p {
		other := e.rows[r*p : r*p+p]
		if by := other[lead]; by != 0 {
			for j, v := range row {
				other[j] -= by * v
			}
			other[lead] = 0
		}
	}
	return lead
}

// columnRank is the rank of z, an m × k matrix given by rows.
func (e *existence) columnRank(m, k int) int {
	e.spent = append(e.spent[:0], e.z...)
	a := e.spent
	rank := 0
	for c := 0; c < k && rank < m; c++ {
		best, most := -1, small
		for r := rank; r < m; r++ {
			if v := math.Abs(a[r*k+c]); v > most {
				best, most = r, v
			}
		}
		if best < 0 {
			continue
		}
		for j := range k {
			a[rank*k+j], a[best*k+j] = a[best*k+j], a[rank*k+j]
		}
		for r := rank + 1; r < m; r++ {
			by := a[r*k+c] / a[rank*k+c]
			for j := c; j < k && by != 0; j++ {
				a[r*k+j] -= by * a[rank*k+j]
			}
		}
		rank++
	}
	return rank
}

// simplex is the first phase of the simplex method, enough to say whether a
// small system has a positive solution.
type simplex struct {
	a     []float64 // constraints by rows, then the cost row; the last column is the right side
	basis []int
}

// balanced reports whether some y > 0 has Σ y_w z_w = 0, for m rows z_w of k
// numbers. By Stiemke's lemma this is so exactly when no combination of the
// columns is of one sign without being zero.
func (s *simplex) balanced(z []float64, m, k int) bool {
	if m == 0 {
		return true
	}
	// y = 1 + u with u ≥ 0, since y may be scaled: Σ u_w z_w = −Σ z_w.
	width := m + 1
	s.a = append(s.a[:0], make([]float64, (k+1)*width)...)
	s.basis = append(s.basis[:0], make([]int, k)...)
	cost := s.a[k*width:]
	for c := range k {
		row := s.a[c*width : (c+1)*width]
		right := 0.0
		for w := range m {
			row[w] = z[w*k+c]
			right -= row[w]
		}
		row[m] = right
		if right < 0 {
			for j := range row {
				row[j] = -row[j]
			}
		}
		s.basis[c] = -1 // an artificial variable, which never comes back
		for j, v := range row {
			cost[j] -= v
		}
	}
	size := 1 - cost[m]
	// Dantzig's rule is quick, Bland's cannot cycle.
	bland := 20 * (m + k)
	for turn := 0; turn < 50*bland; turn++ {
		enter, least := -1, -small
		for j, v := range cost[:m] {
			if v < least {
				enter = j
				if turn > bland {
					break
				}
				least = v
			}
		}
		if enter < 0 {
			break
		}
		leave, ratio := -1, math.Inf(1)
		for r := range k {
			v := s.a[r*width+enter]
			if v <= small {
				continue
			}
			if q := s.a[r*width+m] / v; q < ratio-1e-12 || q <= ratio+1e-12 && leave >= 0 && s.basis[r] < s.basis[leave] {
				leave, ratio = r, q
			}
		}
		if leave < 0 {
			break
		}
		s.pivot(leave, enter, width, k)
	}
	return -cost[m] < 1e-7*size
}

func (s *simplex) pivot(leave, enter, width, k int) {
	row := s.a[leave*width : (leave+1)*width]
	by := 1 / row[enter]
	for j := range row {
		row[j] *= by
	}
	row[enter] = 1
	for r := range k + 1 {
		if r == leave {
			continue
		}
		other := s.a[r*width : (r+1)*width]
		by := other[enter]
		if by == 0 {
			continue
		}
		for j, v := range row {
			other[j] -= by * v
		}
		other[enter] = 0
	}
	s.basis[leave] = enter
}
