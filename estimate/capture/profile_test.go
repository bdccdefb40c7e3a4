package capture

import (
	"math"
	"testing"

	"plumbline/internal/rig/golden"
)

// The reference finds its top and limits by search, to a few parts in 10^7.
func TestGoldenProfile(t *testing.T) {
	d := golden.Compare(t)
	check := func(where string, r *Result, estimate, lower, upper float64) {
		t.Helper()
		if r.Profile == nil {
			t.Errorf("%s: no profile", where)
			return
		}
		d.In(where).Near("profile estimate", r.Profile.Estimate, estimate, 1e-6)
		d.In(where).Near("profile lower", r.Profile.Lower, lower, 1e-6)
		d.In(where).Near("profile upper", r.Profile.Upper, upper, 1e-6)
	}
	for _, name := range datasets {
		r := run(t, name, func(s *Spec) { s.Method = Main })
		want := reference(t, name+".json").At("rcapture", "closedpCI_main", "multinomial_profile_95")
		check(name+" main", r, want.At("abundance").Num(), want.At("infCL").Num(), want.At("supCL").Num())
		other := reference(t, name+".other.json").At("modslavmse_MSEfit_AIC_stepwise", "AIC_stepwise_main", "value")
		check(name+" main, other", r, other.At("point estimate").Num(), other.At("2.5%").Num(), other.At("97.5%").Num())
		r = run(t, name, func(s *Spec) { s.Method, s.Level = Main, 0.8 })
		check(name+" main, 80 %", r, other.At("point estimate").Num(), other.At("10%").Num(), other.At("90%").Num())
	}
	// The models that the reference's choice by AIC ends with on these lists are
	// those of the stepwise choice here, so their profiles can be compared.
	for _, name := range []string{"UKdat", "UKdat_5", "Kosovo"} {
		want := reference(t, name+".other.json").At("modslavmse_MSEfit_AIC_stepwise", "AIC_stepwise_p0.05", "value")
		check(name+" chosen", run(t, name, func(*Spec) {}), want.At("point estimate").Num(), want.At("2.5%").Num(), want.At("97.5%").Num())
		check(name+" chosen, 80 %", run(t, name, func(s *Spec) { s.Level = 0.8 }), want.At("point estimate").Num(), want.At("10%").Num(), want.At("90%").Num())
	}
}

func TestProfileOfTwoLists(t *testing.T) {
	// The likelihood of N alone, with both probabilities at their best n1/N, n2/N:
	// N!/(N−140)! · Π over lists of (1−p)^(N−n) p^n.
	like := func(n float64) float64 {
		l := lgamma(n+1) - lgamma(n-140+1)
		for _, on := range []float64{100, 60} {
			l += on*math.Log(on/n) + (n-on)*math.Log(1-on/n)
		}
		return l
	}
	r := fitCSV(t, "A,B,count\n1,0,80\n0,1,40\n1,1,20\n", nil)
	top, lower, upper := float64(r.Profile.Estimate), float64(r.Profile.Lower), float64(r.Profile.Upper)
	if like(top) < like(top-0.01) || like(top) < like(top+0.01) {
		t.Errorf("%.3f is not the top", top)
	}
	near(t, "fall to the lower limit", like(top)-like(lower), 3.841458820694124/2, 1e-6)
	near(t, "fall to the upper limit", like(top)-like(upper), 3.841458820694124/2, 1e-6)
}

func BenchmarkProfile(b *testing.B) {
	for _, name := range datasets {
		b.Run(name, func(b *testing.B) {
			h := load(b, name)
			f, t := newStepper(len(h.lists)), newTable(len(h.lists))
			t.fill(h, h.count)
			f.choose(t, 0.02)
			for b.Loop() {
				profile(t, f.taken, f.dark(), 0.95)
			}
		})
	}
}
