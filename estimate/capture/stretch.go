package capture

import "math"

// Over a stretch of the grid the posterior of a graph is a smooth function of the
// people unseen, so it is evaluated at a few places and the polynomial through
// them stands for the rest. Where it does not fit, the stretch is cut in two.

// degree of the polynomials; they go through the Chebyshev-Lobatto places of the
// stretch, its ends among them.
const degree = 16

// chebyshev[k][j] takes values at the places j to the coefficient of T_k
// (Trefethen 2013, Approximation Theory and Approximation Practice, chapter 3).
var chebyshev = func() (c [degree + 1][degree + 1]float64) {
	for k := range c {
		for j := range c[k] {
			// Places ascend from −1, hence the sign.
			v := 2.0 / degree * math.Cos(math.Pi*float64(j*k%(2*degree))/degree)
			if k%2 == 1 {
				v = -v
			}
			if j == 0 || j == degree {
				v /= 2
			}
			if k == 0 || k == degree {
				v /= 2
			}
			c[k][j] = v
		}
	}
	return c
}()

const (
	// closeEnough bounds the last three coefficients of a polynomial, relative to
	// its largest value; what is cut off is smaller still.
	closeEnough = 1e-11
	// Within a stretch the posterior differs by no more than this, so that a
	// polynomial as close as that to the largest is close to the smallest.
	steepest = 20
	// unheard is the share of the posterior below which a graph is not looked at.
	unheard = 1e-17
)

// A summer sums the posterior over stretches, in the same memory.
type summer struct {
	a      *averaging
	top    float64
	p      []float64 // by grid point
	enough float64

	live  []int     // the graphs that count in the stretch
	value []float64 // live graphs × places
	rise  []float64 // sets × places: how log m has risen since the beginning
	all   []float64 // by place: what all graphs have in common, in the same way
	total [degree + 1]float64
	logs  logs
	sums  summed
}

// summed is the sum of the posterior over a stretch, by those graphs that count.
type summed struct {
	graphs []int
	weight []float64
}

func newSummer(a *averaging, top float64, p []float64) *summer {
	return &summer{
		a: a, top: top, p: p,
		// The digits that n people leave to a logarithm of a gamma function.
		enough: max(closeEnough, 1e-15*a.n),
		value:  make([]float64, len(a.graphs)*(degree+1)),
		rise:   make([]float64, (degree+1)<<a.lists),
		all:    make([]float64, degree+1),
	}
}

func (s *summer) sum(t *stretch) summed {
	s.live = s.live[:0]
	for g, v := range t.top {
		if v >= s.top+negligible {
			s.live = append(s.live, g)
		}
	}
	s.sums = summed{append([]int{}, s.live...), make([]float64, len(s.live))}
	if len(s.live) > 0 {
		s.fill(t, t.first, t.end)
	}
	return s.sums
}

// fill adds the grid points from first to the one before end.
func (s *summer) fill(t *stretch, first, end int) {
	places := min(end-first, degree+1)
	s.evaluate(first, end, places)
	switch {
	case end-first <= degree+1: // every point is a place
		for j := range places {
			s.p[first+j] = s.total[j]
		}
		for k := range s.live {
			for _, v := range s.value[k*places : (k+1)*places] {
				s.sums.weight[k] += v
			}
		}
	case !s.fits(t, s.a.unseen(first), s.a.unseen(end-1)):
		middle := first + (end-first)/2
		s.fill(t, first, middle)
		s.fill(t, middle, end)
	default:
		s.interpolate(first, end)
	}
}

// evaluate works out the posterior of every live graph at the places, and their
// total.
func (s *summer) evaluate(first, end, places int) {
	a := s.a
	lo, hi := a.unseen(first), a.unseen(end-1)
	cells := math.Pow(2, float64(a.lists)) * a.delta
	clear(s.total[:])
	for j := range places {
		d := hi - lo
		if end-first <= degree+1 {
			d = a.unseen(first+j) - lo
		} else if j < degree {
			d *= (1 - math.Cos(math.Pi*float64(j)/degree)) / 2
		}
		// Exponents of a graph add up to its pieces, so that the rises can all be
		// taken against that of the piece, which then cancels.
		piece := lo + a.n + cells
		for c := 1; c < 1<<a.lists; c++ {
			s.rise[c*places+j] = rise(lo+a.shift[c], piece, d)
		}
		s.all[j] = rise(lo+a.n+1, piece, d) - rise(lo+1, piece, d) - math.Log1p(d/(lo+a.n))
	}
	a.logs(lo, &s.logs)
	for k, i := range s.live {
		g := a.graphs[i]
		start := a.at(g, s.logs) - s.top
		row := s.value[k*places : (k+1)*places]
		copy(row, s.all[:places])
		for _, f := range g.factors {
			for j, v := range s.rise[int(f.lists)*places : (int(f.lists)+1)*places] {
				row[j] += f.exponent * v
			}
		}
		for j, v := range row {
			row[j] = math.Exp(start + v)
			s.total[j] += row[j]
		}
	}
}

// fits reports whether polynomials through the places stand for the posterior.
func (s *summer) fits(t *stretch, lo, hi float64) bool {
	least, most := math.Inf(1), 0.0
	for _, v := range s.total {
		least, most = min(least, v), max(most, v)
	}
	if !(most <= steepest*least) {
		return false
	}
	const places = degree + 1
	for k, i := range s.live {
		row := s.value[k*places : (k+1)*places]
		largest := 0.0
		for _, v := range row {
			largest = max(largest, v)
		}
		// A peak between the places would not be seen.
		if at := t.peak[i]; at > lo && at < hi && largest < math.Exp(t.top[i]-s.top)/steepest {
			return false
		}
		if largest < unheard*most {
			continue
		}
		left := 0.0
		for c := degree - 2; c <= degree; c++ {
			sum := 0.0
			for j, v := range row {
				sum += chebyshev[c][j] * v
			}
			left += math.Abs(sum)
		}
		if left > s.enough*largest {
			return false
		}
	}
	return true
}

// interpolate adds the grid points of a stretch by the polynomials.
func (s *summer) interpolate(first, end int) {
	const places = degree + 1
	var c, sum, weight [places]float64
	for k := range c {
		for j, v := range s.total {
			c[k] += chebyshev[k][j] * v
		}
	}
	for i := first; i < end; i++ {
		t := 2*float64(i-first)/float64(end-1-first) - 1
		before, now, p := 1.0, t, c[0]
		sum[0]++
		for k := 1; k < places; k++ {
			p += c[k] * now
			sum[k] += now
			before, now = now, 2*t*now-before
		}
		s.p[i] = p
	}
	// The sums over the points, as sums over the places.
	for j := range places {
		for k := range places {
			weight[j] += chebyshev[k][j] * sum[k]
		}
	}
	for k := range s.live {
		for j, v := range s.value[k*places : (k+1)*places] {
			s.sums.weight[k] += weight[j] * v
		}
	}
}

// rise is log [Γ(x+d)/Γ(x)] − log [Γ(y+d)/Γ(y)], without taking large numbers
// from each other: Stirling's series for both, its terms taken together.
func rise(x, y, d float64) float64 {
	if x < leastStirling || y < leastStirling {
		return lgamma(x+d) - lgamma(x) - (lgamma(y+d) - lgamma(y))
	}
	return (x-y)*math.Log1p(d/x) + (y-0.5)*math.Log1p(d*(y-x)/(x*(y+d))) + d*math.Log1p((x-y)/(y+d)) +
		stirling(x+d) - stirling(x) - (stirling(y+d) - stirling(y))
}

const leastStirling = 10

// stirling is what log Γ(x) has beside (x−½) log x − x + ½ log 2π, for x from 10 on.
func stirling(x float64) float64 {
	r := 1 / x
	q := r * r
	return r * (1.0/12 - q*(1.0/360-q*(1.0/1260-q*(1.0/1680-q*(1.0/1188-q*(691.0/360360-q/156))))))
}
