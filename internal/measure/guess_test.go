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
		{"series/testdata/areas_sim.csv", "series --time=month --event=raids --control=area==hills --y=visits --family=quasipoisson"},
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

// TestGuessesOfTheField guesses tables as people bring them.
func TestGuessesOfTheField(t *testing.T) {
	for _, c := range []struct{ csv, want string }{
		{"hospital,police,shelter\n1,0,0\n0,1,0\n1,1,0\n1,1,0\n0,0,1\n", "capture"},
		{"code,hospital,police,shelter\nA1,1,0,0\nA2,0,1,0\nA3,1,1,0\nA4,0,0,1\n", "capture --lists=hospital,police,shelter"},
		{"A;B;C;people\n1;0;0;40\n0;1;0;30\n0;0;1;20\n1;1;0;6\n", "capture --count=people"},
		{"month,visits,raid,staff_hours\n2024-01,50,0,9\n2024-02,51,0,9\n2024-03,50,0,8\n2024-04,20,1,9\n2024-05,31,1,9\n2024-06,30,1,9\n2024-07,30,1,7\n", "series --time=month --event=raid --y=visits --family=quasipoisson --offset=staff_hours"},
		{"year,rate,law\n2001,1.5,0\n2002,1.25,0\n2003,1.5,0\n2004,1.5,0\n2005,0.5,1\n2006,0.75,1\n2007,0.5,1\n", "series --time=year --event=law --y=rate"},
		{"date,calls\n2024-01-01,5\n2024-02-01,7\n2024-03-01,5\n2024-04-01,2\n2024-05-01,3\n2024-06-01,4\n", "series --time=date --y=calls --family=quasipoisson"},
		{"case,days,verdict,court\n1,30,1,a\n2,45,0,b\n3,30,1,a\n4,99,0,b\n5,12,1,a\n", "survival --time=days --event=verdict"},
		{"id,recruiter,knows,debt\n1,,5,yes\n2,1,8,no\n3,1,4,no\n4,2,9,yes\n5,3,3,no\n", "respondent --id=id --recruiter=recruiter --degree=knows --y=debt"},
		{"coupon,own,friends,bonded\n,a,5,1\na,b,8,0\na,c,4,0\nb,d,9,1\nc,e,3,0\n", "respondent --id=own --recruiter=coupon --degree=friends --y=bonded"},
		{"city,venue,weight,minor\nn,1,2.5,0\nn,1,2.5,1\ns,2,4,0\ns,2,4,0\ns,3,4,0\n", "survey --weights=weight --strata=city --cluster=venue --y=minor --stat=proportion"},
		{"stratum,venue,minor\na,1,0\na,1,1\nb,1,0\nb,2,0\nb,3,1\n", "survey --strata=stratum --cluster=venue --nest --y=minor --stat=proportion"},
		{"round,venue,debt\nbefore,1,yes\nbefore,2,no\nbefore,1,no\nbefore,2,no\nbefore,3,no\nafter,1,no\nafter,2,yes\nafter,3,no\nafter,3,no\nafter,1,no\n", "change --wave=round --from=before --to=after --cluster=venue --y=debt==yes"},
	} {
		table, err := estimate.ReadTable(strings.NewReader(c.csv), "a.csv", estimate.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		g, err := Guesses(table)
		if err != nil || len(g) == 0 {
			t.Errorf("%s: nothing is guessed, %v; want %s", c.csv, err, c.want)
			continue
		}
		if got := strings.Join(append([]string{g[0].Question.Verb}, g[0].Question.Options...), " "); got != c.want {
			t.Errorf("%s: guessed %s, want %s", c.csv, got, c.want)
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
	for _, csv := range []string{
		"a\n", "a,b,c\n", "a\n1\n", "a,b\n,\nNA,\n", "a,b\n0,0\n", "y,x\n1,2.5\n2,-1\n3,8\n",
		"id,recruiter\n1,9\n2,8\n", "time,status\nx,1\ny,0\n", "week,visits\n1,3\n2,4\n9,5\n", "w,stratum\n-1,\n2,a\n",
	} {
		table, err := estimate.ReadTable(strings.NewReader(csv), "a.csv", estimate.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if g, err := Guesses(table); err != nil || len(g) > 0 {
			t.Errorf("%q: guessed %v, %v; want nothing", csv, g, err)
		}
	}
}
