package survey

import "math"

// covariance returns the p × p covariance of the sums of z over rows, where
// z[k*p:k*p+p] belongs to rows[k], and rows follow s.order. Rows that are not
// there count as zero: their clusters stay in the design.
//
// Deviations are squared after the mean is taken off, in two passes, so that
// nothing is lost to cancellation.
func (s *sample) covariance(rows []int32, z []float64, p int) []float64 {
	v := make([]float64, p*p)
	if len(rows) == 0 {
		return v
	}
	// The mean of all clusters, for lonely ones under Adjust.
	centre := make([]float64, p)
	clusters := 0
	for _, n := range s.psus {
		clusters += n
	}
	for k := range rows {
		for a := range p {
			centre[a] += z[k*p+a]
		}
	}
	for a := range centre {
		centre[a] /= float64(clusters)
	}

	sums := make([]float64, 0, 64*p) // of the clusters of one stratum
	lonely, other := 0, 0
	for k := 0; k < len(rows); {
		h := s.stratum[rows[k]]
		sums = sums[:0]
		for k < len(rows) && s.stratum[rows[k]] == h {
			c := s.psu[rows[k]]
			at := len(sums)
			for range p {
				sums = append(sums, 0)
			}
			first := k
			for ; k < len(rows) && s.psu[rows[k]] == c; k++ {
				for a := range p {
					sums[at+a] += z[k*p+a]
				}
			}
			if s.ssu != nil && s.f1[h] > 0 && s.ssus[c] > 1 && s.f2[c] < 1 {
				s.within(v, rows[first:k], z[first*p:k*p], p, s.f1[h]*(1-s.f2[c]), s.ssus[c])
			}
		}
		n := s.psus[h]
		switch {
		case s.f1[h] >= 1:
			other++
		case n > 1:
			other++
			addDeviations(v, sums, p, n, (1-s.f1[h])*float64(n)/float64(n-1))
		case s.lonely == Adjust:
			other++
			for a := range p {
				sums[a] -= centre[a]
			}
			addOuter(v, sums[:p], 1-s.f1[h])
		case s.lonely == Certainty:
			other++
		default:
			lonely++
		}
	}
	if lonely > 0 {
		// Unknown when no stratum shows a variance to take the mean of.
		scale := float64(lonely+other) / float64(other)
		if other == 0 {
			scale = math.NaN()
		}
		for k := range v {
			v[k] *= scale
		}
	}
	return v
}

// within adds the variance between the second-stage units of one cluster.
func (s *sample) within(v []float64, rows []int32, z []float64, p int, scale float64, units int) {
	var sums []float64
	for k := 0; k < len(rows); {
		u := s.ssu[rows[k]]
		at := len(sums)
		for range p {
			sums = append(sums, 0)
		}
		for ; k < len(rows) && s.ssu[rows[k]] == u; k++ {
			for a := range p {
				sums[at+a] += z[k*p+a]
			}
		}
	}
	addDeviations(v, sums, p, units, scale*float64(units)/float64(units-1))
}

// addDeviations adds scale × Σ (x − x̄)(x − x̄)ᵀ to v, over n units of which
// those not in sums are zero.
func addDeviations(v, sums []float64, p, n int, scale float64) {
	var mean [8]float64
	m := mean[:0]
	if p > len(mean) {
		m = make([]float64, 0, p)
	}
	for a := range p {
		t := 0.0
		for at := a; at < len(sums); at += p {
			t += sums[at]
		}
		m = append(m, t/float64(n))
	}
	for at := 0; at < len(sums); at += p {
		for a := range p {
			sums[at+a] -= m[a]
		}
		addOuter(v, sums[at:at+p], scale)
	}
	addOuter(v, m, scale*float64(n-len(sums)/p))
}

func addOuter(v, x []float64, scale float64) {
	if scale == 0 {
		return
	}
	p := len(x)
	for a := range p {
		for b := range p {
			v[a*p+b] += scale * x[a] * x[b]
		}
	}
}

// sum adds with Neumaier's compensation, so that a million weights add up as
// exactly as ten.
type sum struct{ total, lost float64 }

func (s *sum) add(x float64) {
	t := s.total + x
	if abs(s.total) >= abs(x) {
		s.lost += (s.total - t) + x
	} else {
		s.lost += (x - t) + s.total
	}
	s.total = t
}

func (s *sum) value() float64 { return s.total + s.lost }

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}
