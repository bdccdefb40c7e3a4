package capture

import (
	"context"
	"strings"
	"testing"
	"time"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

// FuzzFit throws tables at every method: no panic, no NaN in the JSON, an end,
// and an estimate no smaller than the people seen.
func FuzzFit(f *testing.F) {
	f.Add("A,B,count\n1,0,80\n0,1,40\n1,1,20\n", uint8(0))
	f.Add("A,B,C,count\n1,0,0,40\n0,1,0,30\n0,0,1,20\n1,1,0,6\n", uint8(1))
	f.Add("A,B,C\n1,0,0\n0,1,1\n1,1,1\n", uint8(2))
	f.Add("A,B,C,D,count\n1,0,0,0,1\n0,1,0,0,1\n0,0,1,1,1000000\n1,1,1,1,0\n", uint8(3))
	f.Add("A;B;C;count\n1;0;0;0\n1;1;0;1\n0;0;1;999999\n1;1;1;3\n", uint8(4))
	for method := range uint8(6) {
		f.Add("A,B,C,D,count\n1,0,0,0,31\n0,1,0,0,22\n0,0,1,0,17\n0,0,0,1,9\n1,1,0,0,6\n1,0,1,0,4\n0,1,0,1,3\n0,0,1,1,2\n1,1,1,0,1\n", method)
		f.Add("A,B,C,count\n1,1,1,5\n1,1,0,10\n1,0,1,3\n0,1,1,4\n", method+128)
		f.Add("A,B,C,count\n1,0,0,12\n0,1,0,9\n0,0,1,7\n0,1,1,2\n", method+128)
	}
	f.Fuzz(func(t *testing.T, csv string, method uint8) {
		if len(csv) > 2000 {
			return
		}
		tab, err := estimate.ReadTable(strings.NewReader(csv), "f.csv", estimate.ReadOptions{})
		if err != nil || len(tab.Header()) > 6 {
			return
		}
		s := Default()
		methods := []Method{Stepwise, Main, Pairs, Hierarchical, Decomposable, Latent}
		s.Method = methods[int(method)%len(methods)]
		s.Bootstrap = 20
		if h, err := readHistories(tab, s); err == nil {
			s.Most = min(10, 10_000/sum(h.count)) // a short grid
		}
		s.Order = 2 + int(method>>6&1)
		s.Mixture.Longest = firstRound
		if s.Method == Latent {
			s.Mixture.Chains, s.Mixture.Classes = 2, 3
		}
		s.Sensitivity = method >= 128 && s.Method != Latent && len(tab.Header()) < 5
		begun := time.Now()
		r, err := Fit(context.Background(), tab, s)
		if !golden.Sound(t, csv, begun, r, err) {
			return
		}
		if r.Sentence == "" {
			t.Error("no sentence")
		}
		if r.Estimate.Known() && float64(r.Estimate) < r.Observed*(1-1e-9) {
			t.Errorf("estimate %v of %v seen", r.Estimate, r.Observed)
		}
		if r.Lower.Known() && r.Upper.Known() && r.Lower > r.Upper {
			t.Errorf("limits %v and %v", r.Lower, r.Upper)
		}
	})
}
