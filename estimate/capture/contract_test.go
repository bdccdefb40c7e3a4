package capture

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden JSON; read the difference")

// TestContract keeps the JSON that people script against.
func TestContract(t *testing.T) {
	always := []string{"method", "version", "level", "warnings", "observed", "lists", "estimate", "lower", "upper", "interval", "terms", "absent", "deviance", "df", "aic", "exists", "identifiable", "sentence"}
	model := append([]string{"coefficients", "se"}, always...)
	bca := append([]string{"z0", "acceleration", "quantiles", "replicates"}, model...)
	for _, c := range []struct {
		name, data string
		change     func(*Spec)
		keys       []string
	}{
		{"stepwise", "UKdat_5", func(s *Spec) { s.Replicates = read(t, "UKdat_5.bootcounts.csv") }, bca},
		{"stepwise_wald", "Ned", func(*Spec) {}, model},
		{"main", "Kosovo", func(s *Spec) { s.Method = Main }, model},
		{"pairs", "UKdat_5", func(s *Spec) { s.Method = Pairs }, model},
		{"fixed", "UKdat_4", func(s *Spec) { s.Method, s.Pairs = Fixed, [][2]string{{"NG", "LA"}} }, model},
		{"hierarchical", "Kosovo", func(s *Spec) { s.Method, s.Order = Hierarchical, 3 }, append([]string{"bic", "models", "models_considered"}, model...)},
		{"decomposable", "Kosovo", func(s *Spec) { s.Method = Decomposable }, append([]string{"median", "mode", "sd", "quantiles", "models", "diagnostics"}, always...)},
		{"sensitivity", "UKdat_4", func(s *Spec) { s.Method, s.Sensitivity = Main, true }, append([]string{"sensitivity"}, model...)},
		{"no_estimate", "", func(s *Spec) { s.Method, s.Pairs = Fixed, [][2]string{{"A", "B"}} }, always},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab := csvTable(t, "A,B,C,count\n1,0,0,40\n0,1,0,30\n0,0,1,20\n1,1,0,6\n")
			if c.data != "" {
				tab = read(t, c.data+".csv")
			}
			s := Default()
			s.Bootstrap = 0
			s.Definition, s.Population = "people found by the lists", "one place, one year"
			c.change(&s)
			r, err := Fit(context.Background(), tab, s)
			if err != nil {
				t.Fatal(err)
			}
			if c.name == "sensitivity" {
				// Chains take other turns on other processors.
				last := &r.Sensitivity[len(r.Sensitivity)-1]
				if last.What != "model latent" {
					t.Errorf("last alternative is %q", last.What)
				}
				r.Sensitivity = r.Sensitivity[:len(r.Sensitivity)-1]
			}
			got, err := json.MarshalIndent(r, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			var fields map[string]any
			if err := json.Unmarshal(got, &fields); err != nil {
				t.Fatal(err)
			}
			for _, k := range c.keys {
				if _, ok := fields[k]; !ok {
					t.Errorf("no field %q", k)
				}
			}
			file := filepath.Join("testdata", "contract", c.name+".json")
			if *update {
				if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want map[string]any
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(err)
			}
			sameJSON(t, c.name, fields, want)
		})
	}
}

// sameJSON allows numbers to differ by a part in 10^7, since processors and
// builds differ in the last digits.
func sameJSON(t *testing.T, at string, got, want any) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s: got %v, want %v", at, got, want)
			return
		}
		for k := range w {
			if _, ok := g[k]; !ok {
				t.Errorf("%s.%s is gone", at, k)
				continue
			}
			sameJSON(t, at+"."+k, g[k], w[k])
		}
		for k := range g {
			if _, ok := w[k]; !ok {
				t.Errorf("%s.%s is new", at, k)
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			t.Errorf("%s: got %v, want %v", at, got, want)
			return
		}
		for i := range w {
			sameJSON(t, fmt.Sprintf("%s[%d]", at, i), g[i], w[i])
		}
	case float64:
		g, ok := got.(float64)
		if !ok || math.Abs(g-w) > 1e-7*math.Max(math.Abs(w), 1e-3) {
			t.Errorf("%s: got %v, want %v", at, got, want)
		}
	default:
		if got != want {
			t.Errorf("%s: got %v, want %v", at, got, want)
		}
	}
}
