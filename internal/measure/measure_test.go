package measure

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"plumbline/estimate"
	"plumbline/estimate/survey"
)

// TestCommand holds that what a question is written as is read as the same
// question again, by a shell and by flags.
func TestCommand(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		q     Question
		files []string
	}{
		{Ask("capture", [2]string{"method", "fixed"}, [2]string{"pairs", "A:B,C:D"}, [2]string{"sensitivity", "true"}), []string{"lists.csv"}},
		{Ask("survey", [2]string{"y", `sch.wide=='it''s "so"'`}, [2]string{"where", "age < 18 && `the city`!=$HOME"}), []string{"my file; rm.csv"}},
		{Ask("survey", [2]string{"y", "a\nb\\"}, [2]string{"among", "أشخاص، ٢٠٢٤"}, [2]string{"cluster", "a,b"}), []string{"-x.csv"}},
		{Ask("series", [2]string{"event", "2024-05"}, [2]string{"event", "--raids"}, [2]string{"slope", "true"}, [2]string{"y", ""}), []string{"-"}},
		{Ask("change", [2]string{"from-count", "82/1005"}, [2]string{"to-count", "24/1091"}, [2]string{"deff", "2.3"}), nil},
		{Ask("change", [2]string{"from", "*"}, [2]string{"allow-different", "true"}), []string{"~/a.csv", "b?.csv"}},
	} {
		script := "set -- " + c.q.Command(c.files...) + `; for a; do printf '%s\0' "$a"; done`
		out, err := exec.CommandContext(t.Context(), sh, "-c", script).Output()
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		words := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		if want := []string{"plumbline", "estimate", c.q.Verb}; !slices.Equal(words[:3], want) {
			t.Errorf("%s: begins with %q", c.q.Command(), words[:3])
		}
		words = words[3:]
		for i, f := range c.files {
			if strings.TrimPrefix(words[i], "./") != strings.TrimPrefix(f, "./") || strings.HasPrefix(words[i], "-") && f != "-" {
				t.Errorf("%s: file %q became %q", c.q.Command(), f, words[i])
			}
		}
		words = words[len(c.files):]
		if !slices.Equal(words, c.q.Options) {
			t.Errorf("%s: read as %q", c.q.Command(), words)
		}
		verb, _ := VerbNamed(c.q.Verb)
		flags := flag.NewFlagSet("", flag.ContinueOnError)
		typed := verb.Begin(flags)
		if err := flags.Parse(words); err != nil || flags.NArg() > 0 {
			t.Fatalf("%s: %v, left %q", c.q.Command(), err, flags.Args())
		}
		kept, err := c.q.inquiry()
		if err != nil {
			t.Fatal(err)
		}
		if a, b := fmt.Sprint(typed.Check(1)), fmt.Sprint(kept.Check(1)); a != b {
			t.Errorf("%s: typed it says %s, kept %s", c.q.Command(), a, b)
		}
		flags.VisitAll(func(f *flag.Flag) {
			if a, b := f.Value.String(), kept.options.Lookup(f.Name).Value.String(); a != b {
				t.Errorf("%s: typed --%s is %q, kept %q", c.q.Command(), f.Name, a, b)
			}
		})
	}
}

func TestVerbs(t *testing.T) {
	for _, v := range Verbs() {
		if v.Line == "" || len(v.Options) < 10 {
			t.Errorf("%s: %q, %d options", v.Name, v.Line, len(v.Options))
		}
		for _, o := range v.Options {
			if o.Usage == "" || o.Kind == Several && o.Value != "columns" {
				t.Errorf("%s --%s: %+v", v.Name, o.Name, o)
			}
			if len(o.Choices) > 0 && o.Default != "" && !slices.Contains(o.Choices, o.Default) {
				t.Errorf("%s --%s: the default %q is not among %q", v.Name, o.Name, o.Default, o.Choices)
			}
		}
	}
	method, _ := Verbs()[0].Option("method")
	if method.Kind != Text || method.Default != "stepwise" || len(method.Choices) != 7 || !strings.HasSuffix(method.Usage, "decomposable or latent") {
		t.Errorf("capture --method is %+v", method)
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		verb, options, want string
		files               int
	}{
		{"capture", "", "", 1},
		{"capture", "", "capture is given 2 tables; want one table", 2},
		{"capture", "--pull", "there is no option --pull", 1},
		{"guess", "", `there is no kind of question "guess"`, 1},
		{"capture", "--level=95", "--level: 95 is not a level; want a number between 0 and 1, such as 0.95", 1},
		{"capture", "--level=high", `--level: cannot read "high"; want a number with a point for decimals`, 1},
		{"capture", "--seed=-1", `--seed: cannot read "-1"; want a whole number`, 1},
		{"capture", "--sensitivity=perhaps", `--sensitivity: cannot read "perhaps"; want true or false`, 1},
		{"capture", "--order=3", "--order: the method is stepwise; want --method hierarchical beside it", 1},
		{"capture", "--method=magic", `--method: there is no method "magic"; want stepwise, main, fixed, pairs, hierarchical, decomposable or latent`, 1},
		{"capture", "--lists=A,,B", `--lists: a name is empty in "A,,B"`, 1},
		{"capture", "--method", "--method: it has no value", 1},
		{"survey", "", "--y: 0 things to estimate are given; want one of --y, --ratio and --quantile", 1},
		{"survey", "--y=a --interval=nice", `--interval: unknown interval "nice"; want logit, beta, likelihood, xlogit, asin, mean or wilson`, 1},
		{"survey", "--y=a --where=b>", "--where: the expression ends too early; want COLUMN, a comparison and a value, as in age<18", 1},
		{"survey", "--y=a --x=b --by=c", "--by: it is not for --x and --with; want one or the other", 1},
		{"change", "", "estimate change: nothing is given to compare; want FILE.csv with --wave, --from and --to, or --from-count and --to-count", 0},
		{"change", "--y=a", "--wave: no column says which round a row is of; want --wave COLUMN, or a file for each round", 1},
		{"change", "--y=a --wave=b", "--wave: it is for one file with both rounds, and two are given; want one or the other", 2},
		{"change", "--y=a", "", 2},
		{"change", "--from-count=2/10", `--to-count: cannot read ""; want CASES/N, as in 82/1005`, 0},
		{"series", "--y=a --time=b --event=c --lag=3", "--lag: it is for Newey-West standard errors; want --se neweywest beside it", 1},
		{"series", "--y=a --time=b --event=c --lag=x", "--lag: want a whole number, 0 or more", 1},
		{"survival", "--time=a", "--event: the column of ends is not given; want --event COLUMN", 1},
		{"survival", "--time=a --event=b --interval=wide", `--interval: unknown interval "wide"; want loglog, log or plain`, 1},
		{"respondent", "--id=a --recruiter=b --degree=c --y=d --method=ss", "--population: successive sampling needs the size of the population; want --population N, and the answer for several N beside each other", 1},
	} {
		err := Question{c.verb, strings.Fields(c.options)}.Check(c.files)
		var r *Refusal
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s %s: %v", c.verb, c.options, err)
		case c.want != "" && (err == nil || err.Error() != c.want || !errors.As(err, &r)):
			t.Errorf("%s %s: said %v\nwant %s", c.verb, c.options, err, c.want)
		}
	}
}

// A question reads the tables that it names, and of each no more than it needs.
func TestColumnsRead(t *testing.T) {
	q := Question{"survey", []string{"--y=age<18", "--cluster=venue,visit", "--present=here", "--observed=9", "--margins=totals.csv", "--where=city==north"}}
	read := map[string][]string{}
	in := Source{Files: []string{"venues.csv"}, Open: func(_ context.Context, name string, columns []string) (*estimate.Table, error) {
		read[name] = columns
		if name == "totals.csv" {
			return estimate.NewTable(name, []string{"variable", "value", "total"}, [][]string{{"city", "north", "10"}})
		}
		return nil, errors.New("enough")
	}}
	if _, err := Run(t.Context(), q, in, nil); err == nil || err.Error() != "enough" {
		t.Fatalf("said %v", err)
	}
	if want := []string{"age", "city", "here", "venue", "visit"}; len(read) != 2 || !slices.Equal(read["venues.csv"], want) {
		t.Errorf("read %q; want totals.csv, and of venues.csv %q", read, want)
	}
	if got := q.Values("cluster"); !slices.Equal(got, []string{"venue,visit"}) {
		t.Errorf("--cluster is %q", got)
	}
}

// memory is a source of tables in memory.
func memory(tables ...*estimate.Table) Source {
	in := Source{Open: func(_ context.Context, name string, columns []string) (*estimate.Table, error) {
		for _, t := range tables {
			if t.Name != name {
				continue
			}
			for _, c := range columns {
				if !t.Has(c) {
					return nil, fmt.Errorf("%s has no column %q", name, c)
				}
			}
			return t, nil
		}
		return nil, fmt.Errorf("there is no table %s", name)
	}}
	for _, t := range tables {
		in.Files = append(in.Files, t.Name)
	}
	return in
}

// split returns the rows of a table that have a value in a column.
func split(t *testing.T, table *estimate.Table, column, value, name string) *estimate.Table {
	t.Helper()
	var rows [][]string
	var columns [][]string
	for _, h := range table.Header() {
		c, err := table.Text(h)
		if err != nil {
			t.Fatal(err)
		}
		columns = append(columns, c)
	}
	at := slices.Index(table.Header(), column)
	for i := range table.Rows() {
		if columns[at][i] != value {
			continue
		}
		var row []string
		for _, c := range columns {
			row = append(row, c[i])
		}
		rows = append(rows, row)
	}
	out, err := estimate.NewTable(name, table.Header(), rows)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestTwoFiles holds that a file for each round gives what one file for both
// does, to the last digit, with venues of one label as the same venues.
func TestTwoFiles(t *testing.T) {
	whole := read(t, "survey/testdata/tls_sim_a.csv")
	for _, options := range [][]string{
		{"--y=minor", "--weights=w", "--strata=strat2", "--cluster=venue", "--nest"},
		{"--y=minor", "--weights=w", "--strata=stratum", "--cluster=visit", "--stat=proportion"},
		{"--y=minor", "--strata=stratum", "--cluster=person", "--nest"}, // labels of both rounds
	} {
		one := memory(whole)
		two := memory(split(t, whole, "wave", "baseline", "data/baseline.csv"), split(t, whole, "wave", "endline", "data/endline.csv"))
		var full [2]string
		for k, x := range []struct {
			in   Source
			more []string
		}{{one, []string{"--wave=wave", "--from=baseline", "--to=endline"}}, {two, nil}} {
			a, err := Run(t.Context(), Question{"change", append(x.more, options...)}, x.in, nil)
			if err != nil {
				t.Fatal(err)
			}
			data, err := json.Marshal(a.Full)
			if err != nil {
				t.Fatal(err)
			}
			full[k] = string(data)
		}
		if full[0] != full[1] {
			t.Errorf("%q: one file gives\n%s\ntwo give\n%s", options, full[0], full[1])
		}
	}
}

// TestTwoRounds asks two files of as many answers as were published. The levels
// and their ratio are those of the reference; its limits are for counts alone.
func TestTwoRounds(t *testing.T) {
	data, err := os.ReadFile("../../estimate/survey/testdata/two_wave.json")
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		Results []struct {
			Input struct{ X1, N1, X2, N2 int }
			Ratio float64
		}
	}
	if err := json.Unmarshal(data, &reference); err != nil {
		t.Fatal(err)
	}
	round := func(name string, cases, n int) *estimate.Table {
		rows := make([][]string, n)
		for i := range rows {
			rows[i] = []string{strconv.Itoa(min(1, max(0, cases-i)))}
		}
		table, err := estimate.NewTable(name, []string{"minor"}, rows)
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	want := reference.Results[0]
	earlier := round("2012.csv", want.Input.X1, want.Input.N1)
	q := Question{"change", []string{"--y=minor", "--stat=proportion"}}
	a, err := Run(t.Context(), q, memory(earlier, round("2015.csv", want.Input.X2, want.Input.N2)), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := a.Full.(*survey.ChangeReport)
	if d := float64(r.Ratio.Estimate) - want.Ratio; r.From.Round != "2012" || r.To.Round != "2015" || r.From.N != want.Input.N1 || !(math.Abs(d) < 1e-12) {
		t.Errorf("rounds %s and %s, %d answers in the first, ratio %.15g; want %.15g", r.From.Round, r.To.Round, r.From.N, r.Ratio.Estimate, want.Ratio)
	}

	if a, err = Run(t.Context(), q, memory(round("old/a.csv", 3, 9), round("new/a.csv", 2, 9)), nil); err != nil {
		t.Fatal(err)
	}
	if r := a.Full.(*survey.ChangeReport); r.From.Round != "old/a.csv" || r.To.Round != "new/a.csv" {
		t.Errorf("files of one name are the rounds %q and %q", r.From.Round, r.To.Round)
	}

	bad, _ := estimate.NewTable("2015.csv", []string{"minor"}, [][]string{{"0"}, {"1"}, {"7"}})
	_, err = Run(t.Context(), q, memory(earlier, bad), nil)
	var e *estimate.InputError
	if !errors.As(err, &e) || e.File != "2015.csv" || e.Row != 4 || e.Column != "minor" {
		t.Errorf("a mistake in the second file: %v; want it at row 4 of 2015.csv", err)
	}
}

func TestRefusedRounds(t *testing.T) {
	q := Question{"change", []string{"--from-count=82/1005", "--to-count=24/1091", "--from-places=Cebu", "--to-places=Manila"}}
	_, err := Run(t.Context(), q, Source{}, nil)
	var r *Refusal
	if !errors.As(err, &r) || !r.No || r.Hint == "" || !errors.As(err, new(*survey.NotComparable)) {
		t.Errorf("rounds of two cities: %v", err)
	}
}

// TestCancel holds that long work tells how far it is, and ends soon after it is
// no longer wanted, however much is left.
func TestCancel(t *testing.T) {
	lists := "capture/testdata/mse/UKdat.csv"
	sample := "survey/testdata/apistrat.csv"
	chains := "respondent/testdata/faux.csv"
	rds := "--id=id --recruiter=recruiter_id --degree=degree --y=X"
	for _, c := range []struct{ file, verb, options string }{
		{lists, "capture", "--bootstrap=1000000"},
		{lists, "capture", "--method=hierarchical --order=2 --bootstrap=1000000"},
		{lists, "capture", "--method=hierarchical --order=3"},
		{lists, "capture", "--method=decomposable --most=1000"},
		{lists, "capture", "--method=latent --longest=100000000"},
		{lists, "capture", "--bootstrap=0 --sensitivity"},
		{sample, "survey", "--y=api00 --weights=pw --strata=stype --replicates=bootstrap --bootstrap=1000000"},
		{sample, "survey", "--quantile=api00:0.5 --weights=pw --replicates=bootstrap --bootstrap=1000000"},
		{sample, "survey", "--y=api00 --weights=pw --by=dnum --replicates=bootstrap --bootstrap=100000"},
		{chains, "respondent", rds + " --bootstrap=1000000"},
		{chains, "respondent", rds + " --method=ss --population=1000 --samples=1000000"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		after := 0
		_, err := Run(ctx, Question{c.verb, strings.Fields(c.options)}, Source{[]string{c.file}, open}, func(_ string, done, total int) {
			if ctx.Err() != nil {
				after++
			}
			if done > total {
				t.Errorf("%s %s: told %d of %d", c.verb, c.options, done, total)
			}
			cancel()
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s %s: %v; want it cancelled", c.verb, c.options, err)
		}
		if after > estimate.Workers(t.Context()) {
			t.Errorf("%s %s: told %d times after the end", c.verb, c.options, after)
		}
	}
}
