package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"plumbline/estimate"
)

// askable is a verb of estimate with data that it takes, and a column of
// numbers in them.
var askable = []struct{ name, ask, in, number string }{
	{"capture", "capture FILE", lists, "count"},
	{"capture, records", "capture FILE --lists A,B", "id,A,B\n1,1,0\n2,0,1\n3,1,1\n4,1,0\n", "B"},
	{"survey", "survey FILE --y y --weights w --strata s --cluster c", "y,w,s,c\n1,10,a,1\n0,10,a,2\n1,20,b,3\n0,20,b,4\n", "w"},
	{"survey, ratio", "survey FILE --ratio y/w", "y,w\n1,10\n0,10\n1,20\n0,20\n", "y"},
	{"survey, quantile", "survey FILE --quantile y:0.5", "y,w\n1,10\n0,10\n1,20\n0,20\n", "y"},
	{"survey, regression", "survey FILE --y y --x x", "y,x\n1,10\n0,11\n1,20\n0,23\n", "y"},
	{"survey, association", "survey FILE --y a --with b --weights w", "a,b,w\nx,p,1\ny,q,1\nx,q,1\ny,p,1\nx,p,2\n", "w"},
	{"change", "change FILE --y y --wave s --from a --to b --weights w", "y,w,s\n1,10,a\n0,10,a\n1,20,b\n0,20,b\n", "y"},
	{"series", "series FILE --y y --time t --event e", "y,t,e\n5,1,0\n6,2,0\n7,3,0\n4,4,1\n3,5,1\n3,6,1\n", "y"},
	{"series, two areas", "series FILE --y y --time t --event e --control c", "y,t,e,c\n5,1,0,0\n6,2,0,0\n7,3,0,0\n4,4,1,0\n3,5,1,0\n3,6,1,0\n5,1,0,1\n6,2,0,1\n5,3,0,1\n6,4,1,1\n5,5,1,1\n4,6,1,1\n", "y"},
	{"survival", "survival FILE --time t --event e --by g", "t,e,g\n3,1,a\n5,0,a\n2,1,b\n8,1,b\n", "t"},
	{"survival, regression", "survival FILE --time t --event e --cox x", "t,e,x\n3,1,1\n5,0,2\n2,1,1\n8,1,3\n9,1,2\n", "x"},
	{"survival, competing", "survival FILE --time t --event e --competing", "t,e\n3,1\n5,0\n2,2\n8,1\n", "t"},
	{"respondent", "respondent FILE --id id --recruiter by --degree d --y y", "id,by,d,y\n1,,3,1\n2,1,4,0\n3,1,2,1\n4,2,5,0\n5,2,3,1\n", "d"},
	{"respondent, mean", "respondent FILE --id id --recruiter by --degree d --y y --stat mean", "id,by,d,y\n1,,3,17\n2,1,4,20\n3,1,2,21\n4,2,5,30\n5,2,3,14\n", "y"},
}

// spoiled are the ways to spoil any file, and what the error must then say.
// COLUMN is the column of numbers.
var spoiled = []struct {
	name  string
	spoil func(in, column string) string
	want  []string
}{
	{"text among numbers", func(in, column string) string { return set(in, 2, column, "twelve") }, []string{"row 3", `column "COLUMN"`, `"twelve"`, "want"}},
	{"a decimal comma", func(in, column string) string { return set(in, 1, column, `"1,5"`) }, []string{"row 2", `column "COLUMN"`, `"1,5"`, "want"}},
	{"a percentage", func(in, column string) string { return set(in, 1, column, "5%") }, []string{"row 2", `column "COLUMN"`, `"5%"`, "want"}},
	{"infinity", func(in, column string) string { return set(in, 1, column, "inf") }, []string{"row 2", `column "COLUMN"`, `"inf"`, "want"}},
	{"not a number", func(in, column string) string { return set(in, 1, column, "NaN") }, []string{"row 2", `column "COLUMN"`, `"NaN"`, "want"}},
	{"a number beyond all", func(in, column string) string { return set(in, 1, column, "1e300") }, []string{"row 2", `column "COLUMN"`, "want"}},
	{"a column gone", func(in, column string) string { return strings.Replace(in, column, "other", 1) }, nil},
	{"two columns of one name", func(in, column string) string { return strings.Replace(in, "\n", ","+column+"\n", 1) }, []string{"row 1", `column "COLUMN"`, "two columns"}},
	{"a short row", func(in, _ string) string { return in + "1\n" }, []string{"row ", "1 fields", "want"}},
	{"a long row", func(in, _ string) string { return in + strings.Repeat("1,", 9) + "1\n" }, []string{"row ", "fields", "want"}},
	{"an empty row", func(in, _ string) string { return strings.Replace(in, "\n", "\n\n", 1) }, []string{"row 2", "empty"}},
	{"a header alone", func(in, _ string) string { return in[:strings.Index(in, "\n")+1] }, nil},
	{"nothing", func(string, string) string { return "" }, []string{"the file is empty", "want"}},
	{"an open quote", func(in, _ string) string { return in + "\"1" }, []string{"quote", "want"}},
	{"another encoding", func(in, _ string) string { return "\xff\xfe" + in }, []string{"UTF-16", "want"}},
	{"bytes that are no text", func(in, column string) string { return set(in, 1, column, "\xff") }, []string{"row 2", `column "COLUMN"`, "UTF-8"}},
	{"a page", func(string, string) string { return "<!DOCTYPE html>\n<html lang=en>\n" }, nil},
	{"zeros", func(string, string) string { return strings.Repeat("\x00", 2000) }, nil},
}

// set puts a field into a row of a CSV file without quotes; row 0 is the header.
func set(in string, row int, column, to string) string {
	rows := strings.Split(in, "\n")
	fields := strings.Split(rows[row], ",")
	for i, name := range strings.Split(rows[0], ",") {
		if name == column {
			fields[i] = to
		}
	}
	rows[row] = strings.Join(fields, ",")
	return strings.Join(rows, "\n")
}

// TestEstimateSpoiledFiles holds that every verb answers every spoiled file with
// one line that names the file and where it can row and column, with exit 2,
// nothing on standard output and no picture.
func TestEstimateSpoiledFiles(t *testing.T) {
	dir := t.TempDir()
	file, picture := filepath.Join(dir, "a.csv"), filepath.Join(dir, "a.svg")
	for _, v := range askable {
		t.Run(v.name, func(t *testing.T) {
			ask := "estimate " + strings.Replace(v.ask, "FILE", file, 1) + " --json"
			refused := func(name, in string, want []string) {
				t.Helper()
				if err := os.WriteFile(file, []byte(in), 0o600); err != nil {
					t.Fatal(err)
				}
				draw := []string{"--plot", picture}
				if strings.Contains(ask, "--with") { // which has no picture
					draw = nil
				}
				os.Remove(picture)
				code, out, errs := asks(t.Context(), "", ask, draw...)
				if code != exitFailed || out != "" || !strings.HasPrefix(errs, "plumbline: error: ") {
					t.Errorf("%s: exit %d, said %.200q and %q; want exit 2 and an error\n%s", name, code, out, errs, in)
					return
				}
				first, rest, _ := strings.Cut(errs, "\n")
				if rest != "" && !(strings.HasPrefix(rest, "plumbline: hint: ") && strings.Count(rest, "\n") == 1) {
					t.Errorf("%s: more than a line and a hint: %q", name, errs)
				}
				for _, w := range append([]string{file}, want...) {
					if w = strings.ReplaceAll(w, "COLUMN", v.number); !strings.Contains(first, w) {
						t.Errorf("%s: %q does not say %q", name, first, w)
					}
				}
				if exists(picture) {
					t.Errorf("%s: left a picture behind", name)
				}
			}
			if code, out, errs := asks(t.Context(), v.in, strings.Replace(ask, file, "-", 1)); code != exitYes || errs != "" || !strings.HasPrefix(out, "{") {
				t.Fatalf("unspoiled: exit %d, said %.80q and %q", code, out, errs)
			}
			for _, s := range spoiled {
				refused(s.name, s.spoil(v.in, v.number), s.want)
			}
			// Ten gigabytes, most of which is on no disk.
			if err := os.Truncate(file, 10<<30); err != nil {
				t.Fatal(err)
			}
			code, out, errs := asks(t.Context(), "", ask)
			if code != exitFailed || out != "" || !strings.Contains(errs, file+": the file is larger than 2147483648 bytes; want ") {
				t.Errorf("ten gigabytes: exit %d, said %.80q and %q", code, out, errs)
			}
		})
	}
}

// TestEstimateEndlessInput holds that what never ends on standard input is
// refused without being kept.
func TestEstimateEndlessInput(t *testing.T) {
	for _, v := range askable {
		header := v.in[:strings.Index(v.in, "\n")+1]
		for name, more := range map[string]string{"a field": "1", "a quoted field": "\"1", "a row": "1,", "zeros": "\x00"} {
			in := io.MultiReader(strings.NewReader(header), forever(more))
			code, out, errs := plumb(t.Context(), in, strings.Fields("estimate "+strings.Replace(v.ask, "FILE", "-", 1))...)
			if code != exitFailed || out != "" || !strings.HasPrefix(errs, "plumbline: error: standard input: row 2") || strings.Count(errs, "\n") != 1 {
				t.Errorf("%s, %s: exit %d, said %.80q and %q", v.name, name, code, out, errs)
			}
		}
	}
}

// forever is a file that repeats itself without end.
type forever string

func (f forever) Read(p []byte) (int, error) {
	return copy(p, bytes.Repeat([]byte(f[len(f)-1:]), len(p))), nil
}

// TestEstimateWorkers holds that every verb gives the same answer, to the last
// digit, whatever the number of processors.
func TestEstimateWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, ask := range []string{
		"capture capture/testdata/mse/Kosovo.csv --bootstrap 300",
		"capture capture/testdata/mse/UKdat_4.csv --method hierarchical --order 3 --bootstrap 100",
		"capture capture/testdata/mse/UKdat_4.csv --method decomposable",
		"survey survey/testdata/apiclus1.csv --y api00 --by stype --weights pw --cluster dnum --fpc fpc",
		"survey survey/testdata/apiclus1.csv --quantile api00:0.5 --weights pw --cluster dnum --replicates bootstrap --bootstrap 100",
		"survey survey/testdata/apistrat.csv --y sch.wide==Yes --x ell,meals --family logit --weights pw --strata stype",
		"change survey/testdata/tls_sim_a.csv --wave wave --from baseline --to endline --y minor --weights w --strata strat2 --cluster venue --nest",
		"series series/testdata/sicily.csv --y aces --time time --event smokban --offset stdpop --family negbin --harmonics 2",
		"series series/testdata/areas_sim.csv --y visits --time month --event raids --control area==hills --family negbin",
		"survival survival/testdata/pbc.csv --time time --event status --competing --event-value 2 --by trt --cox trt,age,bili",
		"survival survival/testdata/lung.csv --time time --event status --event-value 2 --by sex --cox age,ph.ecog --cluster inst",
		"respondent respondent/testdata/faux.csv --id id --recruiter recruiter_id --degree degree --y X --method ss --population 1000 --bootstrap 20 --samples 200",
		"respondent respondent/testdata/faux.csv --id id --recruiter recruiter_id --degree degree --y degree --method ss --population 1000 --bootstrap 20 --samples 200",
	} {
		verb, rest, _ := strings.Cut(ask, " ")
		var first string
		for _, workers := range []int{1, 2, 3, 4} {
			runtime.GOMAXPROCS(workers)
			ctx := t.Context()
			if workers == 4 {
				ctx = estimate.Limit(ctx, 3)
			}
			code, out, errs := asks(ctx, "", "estimate "+verb+" ../../estimate/"+rest+" --json")
			if code != exitYes || errs != "" {
				t.Fatalf("%s: exit %d, %s", ask, code, errs)
			}
			if first == "" {
				first = out
			} else if out != first {
				t.Errorf("%s: another answer with %d workers", ask, workers)
			}
		}
	}
}

// TestEstimateCancelled holds that every verb stops when it is told to before
// it began.
func TestEstimateCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, v := range askable {
		code, out, errs := plumb(ctx, strings.NewReader(v.in), strings.Fields("estimate "+strings.Replace(v.ask, "FILE", "-", 1))...)
		if code != exitFailed || out != "" || errs != "plumbline: error: interrupted; nothing was half done\n" {
			t.Errorf("%s: exit %d, said %.80q and %q", v.name, code, out, errs)
		}
	}
}
