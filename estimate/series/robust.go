package series

import (
	"fmt"
	"math"
)

// covariance returns the p × p covariance of the coefficients.
//
// The robust ones are sandwiches B M B with B = (Xᵀ W X)⁻¹ and M made of the
// scores u_t = x_t s_t:
//
//	hc0  Σ u uᵀ                    hc1  hc0 × n/(n−p)
//	hc2  Σ u uᵀ/(1−h)              hc3  Σ u uᵀ/(1−h)²
//	neweywest  Γ_0 + Σ_{l≤L} (1 − l/(L+1)) (Γ_l + Γ_lᵀ),  Γ_l = Σ_t u_t u_{t−l}ᵀ
//
// (White 1980; MacKinnon & White 1985; Newey & West 1987).
func (m *model) covariance(sp Spec, r *Report) ([]float64, error) {
	n, p := m.d.n, m.p
	if sp.AR1 {
		return m.ar1Covariance, nil
	}
	if sp.SE == ModelSE {
		v := make([]float64, p*p)
		scale := m.dispersion
		if sp.Family == QuasiPoisson {
			scale = max(scale, 1) // many terms can explain too much; that is not precision
		}
		for k, b := range m.bread {
			v[k] = scale * b
		}
		return v, nil
	}
	u := make([]float64, n*p)
	for k := range n {
		s := m.score[k]
		if sp.SE == HC2 || sp.SE == HC3 {
			h := 1 - m.leverage(k)
			if h < 1e-10 {
				return nil, option("se", fmt.Sprintf("the point at time %v is met exactly by a term of its own, so %s has no value", m.d.time[k], sp.SE), "hc0, hc1 or neweywest")
			}
			if sp.SE == HC2 {
				h = math.Sqrt(h)
			}
			s /= h
		}
		for a := range p {
			u[k*p+a] = m.d.x[k*p+a] * s
		}
	}
	meat := make([]float64, p*p)
	add := func(lag int, weight float64) {
		// Points without a value have no score; lags are counted in times.
		at := map[int]int{}
		if lag > 0 && m.d.times != n {
			for k, g := range m.d.grid {
				at[g] = k
			}
		}
		for k := range n {
			j := k - lag
			if lag > 0 && m.d.times != n {
				var ok bool
				if j, ok = at[m.d.grid[k]-lag]; !ok {
					continue
				}
			}
			if j < 0 {
				continue
			}
			for a := range p {
				for b := range p {
					x := u[k*p+a] * u[j*p+b]
					meat[a*p+b] += weight * x
					if lag > 0 {
						meat[b*p+a] += weight * x
					}
				}
			}
		}
	}
	add(0, 1)
	switch sp.SE {
	case HC1:
		for k := range meat {
			meat[k] *= float64(n) / float64(n-p)
		}
	case NeweyWest:
		lag := sp.Lag
		if lag == AutoLag {
			lag = int(m.bandwidth(u))
		}
		if lag >= m.d.times {
			return nil, option("lag", fmt.Sprintf("a lag of %d in a series of %d times", lag, m.d.times), "a lag shorter than the series")
		}
		r.Lag = &lag
		for l := 1; l <= lag; l++ {
			add(l, 1-float64(l)/float64(lag+1))
		}
		if 4*lag > m.d.times {
			r.Warn("long-lag", "%d lags are more than a quarter of the series: Newey-West standard errors from them are too small.", lag)
		}
	}
	return sandwich(m.bread, meat, p), nil
}

func sandwich(bread, meat []float64, p int) []float64 {
	half, v := make([]float64, p*p), make([]float64, p*p)
	for a := range p {
		for b := range p {
			for c := range p {
				half[a*p+b] += bread[a*p+c] * meat[c*p+b]
			}
		}
	}
	for a := range p {
		for b := range p {
			for c := range p {
				v[a*p+b] += half[a*p+c] * bread[c*p+b]
			}
		}
	}
	return v
}

// leverage is the diagonal of the hat matrix.
func (m *model) leverage(k int) float64 {
	h := 0.0
	for a := range m.p {
		for b := range m.p {
			h += m.d.x[k*m.p+a] * m.bread[a*m.p+b] * m.d.x[k*m.p+b]
		}
	}
	return h * m.weight[k]
}

// bandwidth is the automatic one of Newey & West (1994) for Bartlett weights
// without prewhitening: 1.1447 (n (s₁/s₀)²)^{1/3}, with s_q = 2 Σ_j j^q σ_j over
// j ≤ 4 (n/100)^{2/9} and σ_j the autocovariances of the scores added up over
// all terms but the intercept.
func (m *model) bandwidth(u []float64) float64 {
	n, p := m.d.n, m.p
	most := min(int(4*math.Pow(float64(n)/100, 2.0/9)), n-1)
	h := make([]float64, n)
	for k := range h {
		for a := 1; a < p; a++ {
			h[k] += u[k*p+a]
		}
	}
	s0, s1 := 0.0, 0.0
	for j := 0; j <= most; j++ {
		c := 0.0
		for k := j; k < n; k++ {
			c += h[k] * h[k-j]
		}
		c /= float64(n)
		if j == 0 {
			s0 += c
		} else {
			s0 += 2 * c
			s1 += 2 * float64(j) * c
		}
	}
	b := 1.1447 * math.Cbrt(float64(n)*(s1/s0)*(s1/s0))
	if math.IsNaN(b) {
		return 0
	}
	return min(b, float64(m.d.times-1))
}
