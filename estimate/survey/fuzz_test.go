package survey

import (
	"context"
	"strings"
	"testing"
	"time"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

func FuzzExpression(f *testing.F) {
	for _, s := range []string{"a>1", "not (a<2 or b==x) and b!='y z'", "((((", "a=='", "`a`<=3", "!!a==1"} {
		f.Add(s)
	}
	tab, err := estimate.ReadTable(strings.NewReader("a,b\n1,x\n,y\n3,\n"), "f.csv", estimate.ReadOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseExpression("where", text)
		if err != nil {
			return
		}
		if got, err := e.eval(tab); err == nil && len(got) != 3 {
			t.Errorf("%q answers for %d rows of 3", text, len(got))
		}
	})
}

// thrown is what every fuzz of this package starts from: files and, in bits,
// which options are on.
func thrown(f *testing.F) {
	f.Add("y,w,h,c,s,n\n1,2,a,1,1,9\n0,1,a,2,1,9\n1,3,b,3,2,8\n", uint16(0))
	f.Add("y,w,h,c,s,n\n1,1e300,a,1,1,1\n0,1e-300,a,2,1,1\n", uint16(0xffff))
	f.Add("y,w,h,c,s,n\n0,0,a,1,1,.5\n0,1,b,1,2,.5\n0,1,b,4,2,.5\n", uint16(0x5a5a))
	f.Add("y,w,h,c,s,n\n1,2,a,1,1,9\n1,1,a,2,1,9\n1,3,b,3,2,9\n,3,b,4,2,9\n", uint16(0x3ff))
	f.Add("y,w,h,c,s,n\nyes,2,a,1,1,9\nno,1.5,a,2,1,9\nyes,3,b,3,2,9\nno,3,b,4,2,9\n", uint16(0x70))
	for bits := range uint16(32) {
		f.Add("y,w,h,c,s,n\n1,2.5,a,1,1,9\n0,1,a,2,1,9\n1,3,a,3,2,9\n0,1,b,1,2,9\n1,2,b,2,1,9\n0,4,b,2,2,9\n3,1,b,3,1,9\n", bits*2049)
	}
}

func read(text string) (*estimate.Table, error) {
	return estimate.ReadTable(strings.NewReader(text), "f.csv", estimate.ReadOptions{MaxBytes: 1 << 14})
}

// designed is the design that bits 4 to 8, 14 and 15 say.
func designed(bits uint16) (d Design) {
	on := func(k int) bool { return bits>>k&1 == 1 }
	if on(4) {
		d.Weights = "w"
	}
	if on(5) {
		d.Strata = "h"
	}
	if on(6) {
		d.Clusters, d.Nest = []string{"c", "s"}, on(7)
	}
	if on(8) {
		d.FPC = []string{"n"}
	}
	if on(14) {
		d.Margins = []Margin{{"h", map[string]float64{"a": 5, "b": 7}}, {"c", map[string]float64{"1": 6, "2": 6}}}
	}
	if on(15) {
		d.Lonely = Average
	}
	return d
}

func FuzzFit(f *testing.F) {
	thrown(f)
	f.Fuzz(func(t *testing.T, text string, bits uint16) {
		tab, err := read(text)
		if err != nil {
			return
		}
		on := func(k int) bool { return bits>>k&1 == 1 }
		sp := Spec{Design: designed(bits), Y: "y"}
		if on(0) {
			sp.Y = "y==1"
		}
		if on(1) {
			sp.Y, sp.Quantile = "", "y:0.5"
		} else if on(2) {
			sp.Y, sp.Ratio = "", "y/w"
		} else if on(3) && !on(0) {
			sp.Stat = Total
		}
		if on(9) {
			sp.By = "h"
		}
		sp.Interval = intervals[int(bits>>10)%len(intervals)]
		if on(13) {
			sp.Replicates = []string{"jk1", "jkn", "bootstrap"}[int(bits)%3]
			sp.Bootstrap, sp.Seed = 20, 1
		}
		begun := time.Now()
		r, err := Fit(context.Background(), tab, sp)
		if !golden.Sound(t, text, begun, r, err) {
			return
		}
		for _, g := range r.Results {
			if g.SE < 0 || g.Lower > g.Upper {
				t.Errorf("se %v, limits %v to %v", g.SE, g.Lower, g.Upper)
			}
			if r.Statistic == string(Proportion) && (g.Estimate < 0 || g.Estimate > 1+1e-9) {
				t.Errorf("share %v", g.Estimate)
			}
		}
	})
}

func FuzzChange(f *testing.F) {
	thrown(f)
	f.Fuzz(func(t *testing.T, text string, bits uint16) {
		tab, err := read(text)
		if err != nil {
			return
		}
		on := func(k int) bool { return bits>>k&1 == 1 }
		sp := ChangeSpec{Spec: Spec{Design: designed(bits), Y: "y"}, Wave: "h", From: "a", To: "b"}
		if on(5) {
			sp.Strata = "s"
		}
		if on(0) {
			sp.Y = "y==1"
		} else if on(2) {
			sp.Y, sp.Ratio = "", "y/w"
		} else if on(3) {
			sp.Stat = Total
		}
		sp.Interval = intervals[int(bits>>10)%len(intervals)]
		if on(9) {
			sp.Same, sp.AllowDifferent = []string{"s"}, true
		}
		begun := time.Now()
		r, err := Change(context.Background(), tab, sp)
		if !golden.Sound(t, text, begun, r, err) {
			return
		}
		for _, c := range []Contrast{r.Difference, r.Ratio, r.Relative} {
			if c.Lower > c.Upper || c.SE < 0 {
				t.Errorf("se %v, limits %v to %v", c.SE, c.Lower, c.Upper)
			}
		}
	})
}

func FuzzChangeOfCounts(f *testing.F) {
	for _, s := range [][2]string{{"82/1005", "24/1091"}, {"0/10", "0/10"}, {"10/10", "10/10"}, {"1/1", "0/1"}, {"82 / 1005", "1e3/1e9"}, {"-1/2", "a"}, {"999999999999/1000000000000", "3/7"}} {
		f.Add(s[0], s[1], 1.0, 0.95)
		f.Add(s[1], s[0], 2.3, 0.999)
	}
	f.Add("3/10", "2/10", 1e9, 1e-9)
	f.Fuzz(func(t *testing.T, from, to string, effect, level float64) {
		a, err := ParseCount("from-count", from)
		if err != nil {
			return
		}
		b, err := ParseCount("to-count", to)
		if err != nil {
			return
		}
		begun := time.Now()
		r, err := ChangeOfCounts(CountsSpec{From: a, To: b, DesignEffect: effect, Level: level})
		if !golden.Sound(t, from+to, begun, r, err) {
			return
		}
		for _, x := range []RoundLevel{r.From, r.To} {
			if x.Lower > x.Estimate || x.Estimate > x.Upper || x.Lower < 0 || x.Upper > 1 {
				t.Errorf("%v, limits %v to %v", x.Estimate, x.Lower, x.Upper)
			}
		}
	})
}

func FuzzRegress(f *testing.F) {
	thrown(f)
	f.Fuzz(func(t *testing.T, text string, bits uint16) {
		tab, err := read(text)
		if err != nil {
			return
		}
		sp := RegressSpec{Design: designed(bits), Y: "y", X: []string{"n"}}
		if bits&1 == 1 {
			sp.Y, sp.Family = "y==1", "logit"
		}
		if bits&2 == 2 {
			sp.X = append(sp.X, "h")
		}
		if bits&4 == 4 {
			sp.X = append(sp.X, "w")
		}
		begun := time.Now()
		r, err := Regress(context.Background(), tab, sp)
		if !golden.Sound(t, text, begun, r, err) {
			return
		}
		for name := range r.SE {
			if r.SE[name] < 0 || r.Lower[name] > r.Upper[name] {
				t.Errorf("%s: se %v, limits %v to %v", name, r.SE[name], r.Lower[name], r.Upper[name])
			}
		}
	})
}

func FuzzAssociate(f *testing.F) {
	thrown(f)
	f.Fuzz(func(t *testing.T, text string, bits uint16) {
		tab, err := read(text)
		if err != nil {
			return
		}
		begun := time.Now()
		r, err := Associate(context.Background(), tab, AssociateSpec{Design: designed(bits), A: "y", B: []string{"h", "s", "c"}[int(bits)%3]})
		if golden.Sound(t, text, begun, r, err) && (r.P < 0 || r.P > 1 || r.F < 0) {
			t.Errorf("F %v, p %v", r.F, r.P)
		}
	})
}

// FuzzTimeLocation also holds that weights made of counts are finite.
func FuzzTimeLocation(f *testing.F) {
	f.Add("y,v,sv,l,sl,p,o,k\n1,40,10,4,2,30,10,3\n0,40,10,4,2,20,10,1\n1,40,10,4,1,9,9,\n", "5")
	f.Add("y,v,sv,l,sl,p,o,k\n1,1e100,1e-100,4,2,30,10,3\n0,0,10,4,2,20,10,1\n", "1e-90")
	f.Add("y,v,sv,l,sl,p,o,k\n1,5,10,4,2,30,10,0\n0,7,10,4,2,20,100,-1\n", "p")
	f.Fuzz(func(t *testing.T, text, present string) {
		tab, err := read(text)
		if err != nil {
			return
		}
		d := Design{TimeLocation: &TimeLocation{"v", "sv", "l", "sl", present, "o", "k"}}
		begun := time.Now()
		r, err := Fit(context.Background(), tab, Spec{Design: d, Y: "y"})
		golden.Sound(t, text+present, begun, r, err)
	})
}
