package measure

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"plumbline/estimate"
)

// open reads tables of the families' tests.
func open(_ context.Context, name string, columns []string) (*estimate.Table, error) {
	f, err := os.Open(filepath.Join("../../estimate", name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return estimate.ReadTable(f, filepath.Base(name), estimate.ReadOptions{Columns: columns})
}

func read(t *testing.T, name string) *estimate.Table {
	t.Helper()
	table, err := open(t.Context(), name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestGuesses(t *testing.T) {
	mse := "capture/testdata/mse/"
	for _, c := range []struct{ file, want string }{
		{mse + "Kosovo.csv", "capture"},
		{mse + "Ned.csv", "capture"},
		{mse + "UKdat.csv", "capture"},
		{mse + "UKdat_4.csv", "capture"},
		{mse + "UKdat_5.csv", "capture"},
		{"respondent/testdata/faux.csv", "respondent --id=id --recruiter=recruiter_id --degree=degree --y=X"},
		{"series/testdata/sicily.csv", "series --time=time --event=smokban --y=aces --family=quasipoisson --offset=stdpop"},
		{"series/testdata/clinic_sim_a.csv", "series --time=week --event=op_window --event=new_station --y=attendance --family=quasipoisson --offset=staff"},
		{"survival/testdata/lung.csv", "survival --time=time --event=status --event-value=2"},
		{"survival/testdata/pbc.csv", "survival --time=time --event=status --competing"},
		{"survey/testdata/tls_sim_a.csv", "change --wave=wave --from=baseline --to=endline --weights=w --strata=stratum --cluster=venue --y=minor --stat=proportion"},
		{"survey/testdata/apistrat.csv", "survey --weights=pw --fpc=fpc --strata=stype --y=sch.wide==Yes"},
		{"survey/testdata/apiclus1.csv", "survey --weights=pw --fpc=fpc --y=sch.wide==Yes"},
	} {
		table := read(t, c.file)
		guesses, err := Guesses(table)
		if err != nil {
			t.Fatal(err)
		}
		if len(guesses) == 0 {
			t.Errorf("%s: nothing is guessed, want %s", c.file, c.want)
			continue
		}
		g := guesses[0]
		if got := strings.Join(append([]string{g.Question.Verb}, g.Question.Options...), " "); got != c.want {
			t.Errorf("%s: guessed %s, want %s", c.file, got, c.want)
		}
		if g.Why.Text == "" || len(g.Roles) == 0 {
			t.Errorf("%s: no reasons", c.file)
		}
		verb, _ := VerbNamed(g.Question.Verb)
		for _, r := range g.Roles {
			if _, ok := verb.Option(r.Option); !ok && r.Option != "" || !slices.Contains(table.Header(), r.Column) || r.Why.Text == "" {
				t.Errorf("%s: a role of %q, %q, %v", c.file, r.Column, r.Option, r.Why)
			}
		}
		// What is guessed can be asked as it stands.
		if g.Question.Verb == "capture" || g.Question.Verb == "respondent" {
			g.Question.Options = append(g.Question.Options, "--bootstrap=20")
		}
		if _, err := Run(t.Context(), g.Question, Source{Files: []string{c.file}, Open: open}, nil); err != nil {
			t.Errorf("%s: %v", c.file, err)
		}
	}
}

// TestGuessesOfResults holds that tables of results fit nothing.
func TestGuessesOfResults(t *testing.T) {
	for _, name := range []string{
		"capture/testdata/mse/Kosovo.allmodels.csv", "capture/testdata/mse/UKdat.bootcounts.csv", "capture/testdata/mse/UKdat_5.closedpMS.csv",
		"survey/testdata/published_waves.csv", "survival/testdata/lung.km.sex.log.csv", "survival/testdata/pbc.aj.all.csv",
	} {
		g, err := Guesses(read(t, name))
		if err != nil || len(g) > 0 {
			t.Errorf("%s: guessed %v, %v; want nothing", name, g, err)
		}
	}
}
