package figure

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"plumbline/estimate"
	"plumbline/protect"
)

// people are made-up records with names, some of them rare.
func people(n int) string {
	rng := rand.New(rand.NewPCG(11, 12))
	var b strings.Builder
	b.WriteString("id,year,outcome,work,age\n")
	pick := func(values ...string) string { return values[min(rng.IntN(len(values)), rng.IntN(len(values)))] }
	for i := range n {
		fmt.Fprintf(&b, "p%d,%s,%s,%s,%s\n", i, pick("2024", "2025"), pick("home", "shelter", "unknown"), pick("farm", "house", "boat", "", "mine"), pick("adult", "child"))
	}
	return b.String()
}

var peopleColumns = []string{"year", "outcome", "work", "age"}

// pathSpecs are releases of people by each path.
func pathSpecs(t testing.TB, p *press, n int) map[string]func(id string) (MakeSpec, *protect.Table) {
	text := people(n)
	all := testTable(t, text)
	base := func(id string) MakeSpec {
		spec := testSpec(p, id)
		spec.Input = []byte(text)
		f := *spec.Release.Figures
		f.Series, f.Values = "people", []Value{{Cell: map[string]string{"outcome": "home"}, Of: map[string]string{}}}
		spec.Release.Figures = &f
		spec.Suppress = protect.SuppressSpec{}
		return spec
	}
	records, err := all.Select(peopleColumns...)
	if err != nil {
		t.Fatal(err)
	}
	budget, err := protect.NewBudget("people", 20, 1e-5)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]func(string) (MakeSpec, *protect.Table){
		Suppression: func(id string) (MakeSpec, *protect.Table) {
			s := base(id)
			s.Suppress = protect.SuppressSpec{Tables: [][]string{{"year", "outcome"}}, Min: 10}
			return s, all
		},
		Perturbation: func(id string) (MakeSpec, *protect.Table) {
			s := base(id)
			s.Perturb = &protect.PerturbSpec{Tables: [][]string{{"year", "outcome", "work"}, {"age", "outcome"}}, ID: "id", Secret: []byte(strings.Repeat("k", 32)), Min: 10}
			return s, all
		},
		KSynthetic: func(id string) (MakeSpec, *protect.Table) {
			s := base(id)
			s.Synthesise = &protect.SynthesisSpec{K: 10}
			return s, records
		},
		DP: func(id string) (MakeSpec, *protect.Table) {
			s := base(id)
			s.Marginals = &protect.MarginalsSpec{Epsilon: 2, Min: 10, Budget: budget}
			return s, records
		},
		Estimated: func(id string) (MakeSpec, *protect.Table) {
			s := base(id)
			s.Release.Figures.Values = []Value{{Cell: map[string]string{"district": "north"}}}
			s.Estimate = districts()
			return s, nil
		},
	}
}

// districts are shares in districts, of which two must not be shown.
func districts() *EstimateSpec {
	row := func(group string, share, lower, upper float64, people, cases int) EstimateRow {
		return EstimateRow{[]string{group}, estimate.Number(share), estimate.Number(lower), estimate.Number(upper), people, &cases}
	}
	seed := uint64(7)
	return &EstimateSpec{Estimation: Estimation{Method: "survey", Version: "1", Kind: Confidence, Level: "0.95", Interval: "logit", Seed: &seed, Question: "plumbline estimate survey data.csv --y=minor"},
		By: []string{"district"}, Unit: "percent", Places: 1, People: 30, Cases: 10,
		Rows: []EstimateRow{row("north", 16.667, 11.2, 23.44, 180, 30), row("south", 20, 13.9, 27.9, 150, 30), row("coast", 6, 2.2, 13, 100, 6), row("isle", 25, 9, 53, 20, 5), row("hills", 22, 17, 28, 200, 44)}}
}

// TestPaths takes people along each path: two approve, the log takes it, and a reader with a policy and a copy of the log
// makes every check.
func TestPaths(t *testing.T) {
	p := newPress(t)
	for path, make := range pathSpecs(t, p, 1500) {
		t.Run(path, func(t *testing.T) {
			spec, data := make("people-1")
			made, err := Make(t.Context(), data, spec)
			if err != nil {
				t.Fatal(err)
			}
			_, s, _, err := made.Files.open()
			if err != nil {
				t.Fatal(err)
			}
			m := s.Predicate.Figures.Method
			if m.Path != path || m.K != 10 || (path == Suppression || path == Estimated) == (m.Seed == NotDisclosed) {
				t.Errorf("the method is %+v", m)
			}
			if (path == DP) != (m.Budget != nil) || path == DP && (m.Epsilon != 2 || m.Budget.Spent <= 0 || m.Budget.Epsilon != 20) {
				t.Errorf("the method is %+v, its budget %+v", m, m.Budget)
			}
			dir := t.TempDir()
			f := p.publish(p.approve(made.Files, "ana", "bo"), dir+"/log")
			v := Verify(t.Context(), f, VerifySpec{Policy: p.believes(), Older: f[checkpointFile]})
			for _, c := range v.Checks {
				if c.Result != Passed && c.Check != "standing" && c.Check != "witnessed" {
					t.Errorf("%s: %s: %s", c.Check, c.Result, c.Text)
				}
			}
			// What the maker found with the records at hand counts people and stays with them.
			if made.Report != nil {
				if r := string(f[riskFile]); strings.Contains(r, fmt.Sprint(made.Report.Data.ByLength[1].Rare)+" ") || !strings.Contains(r, "membership") {
					t.Errorf("the risk report that is published: %s", r)
				}
			}
		})
	}
}

// Counts protected in two ways narrow each other down, so a series keeps to its path; noise under differential privacy stands
// beside anything.
func TestPathsDoNotMix(t *testing.T) {
	p := newPress(t)
	specs := pathSpecs(t, p, 1500)
	first := map[string]Files{}
	for path, make := range specs {
		spec, data := make("first-" + path)
		made, err := Make(t.Context(), data, spec)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		first[path] = made.Files
	}
	for then := range specs {
		for now, make := range specs {
			spec, data := make("second")
			spec.Earlier = []EarlierRelease{{Files: first[then]}}
			_, err := Make(t.Context(), data, spec)
			mixes := then == now || then == DP || now == DP
			if mixes != (err == nil) || err != nil && !strings.Contains(err.Error(), "can be combined") {
				t.Errorf("%s after %s: %v", now, then, err)
			}
		}
	}
	// The same people with another noise would be averaged.
	spec, data := specs[Perturbation]("second")
	spec.Earlier = []EarlierRelease{{Files: first[Perturbation]}}
	spec.Perturb.Secret = []byte(strings.Repeat("q", 32))
	if _, err := Make(t.Context(), data, spec); err == nil || !strings.Contains(err.Error(), "can be averaged") {
		t.Errorf("another key: %v", err)
	}
	// Another rounding of the same counts would narrow them down.
	spec, data = specs[KSynthetic]("second")
	spec.Earlier = []EarlierRelease{{Files: first[KSynthetic]}}
	spec.Synthesise.K = 7
	if _, err := Make(t.Context(), data, spec); err == nil || !strings.Contains(err.Error(), "--k 10") {
		t.Errorf("another k: %v", err)
	}
	// A few people came since: rounded counts are refused, and are not taken for the same data either.
	spec, data = specs[KSynthetic]("second")
	more := testTable(t, people(1500)+"x,2025,home,farm,adult\n")
	later, err := more.Select(peopleColumns...)
	if err != nil {
		t.Fatal(err)
	}
	spec.Earlier = []EarlierRelease{{Files: first[KSynthetic], Data: data}}
	if _, err := Make(t.Context(), later, spec); err == nil || !strings.Contains(err.Error(), "against earlier release 1, 1 records came") {
		t.Errorf("one record more: %v", err)
	}
	fewer, err := testTable(t, people(1200)).Select(peopleColumns...)
	if err != nil {
		t.Fatal(err)
	}
	spec.Earlier[0].Data = nil
	if _, err := Make(t.Context(), fewer, spec); err == nil || !strings.Contains(err.Error(), "has other counts than the data") {
		t.Errorf("other data: %v", err)
	}
	// Every release of the same records spends, and the last is refused.
	spec, data = specs[DP]("third")
	b := spec.Marginals.Budget
	for range 30 {
		before := b.Total()
		if _, err = Make(t.Context(), data, spec); err != nil {
			break
		}
		if b.Total() <= before {
			t.Fatal("a release spent nothing")
		}
	}
	if err == nil || !strings.Contains(err.Error(), "the privacy budget does not allow it") {
		t.Errorf("thirty releases: %v", err)
	}
}

// pathVectors are releases by the paths with chance in them, made with a seed that is the same each time, and what must not be
// taken for one.
func pathVectors(t *testing.T, p *press) (list []vector) {
	specs := pathSpecs(t, p, 200)
	add := func(name, fails string, beyond bool, path string, change func(*maker)) {
		spec, data := specs[path]("people-1")
		if path != Estimated {
			spec.Release.Figures.Values = nil
		}
		m := &maker{MakeSpec: spec, t: data}
		if path == Perturbation || path == Estimated {
			if err := m.protect(t.Context()); err != nil {
				t.Fatal(err)
			}
		} else {
			m.seededRows(t, path)
		}
		change(m)
		files, err := m.files(spec.Release)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e, _, err := ParseEnvelope(files[statementFile])
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"ana", "bo"} {
			signer, err := ParsePrivate(p.approver[name], ApproverKey)
			if err != nil {
				t.Fatal(err)
			}
			sig, err := signer.Sign(preAuthentication(e.Payload))
			if err != nil {
				t.Fatal(err)
			}
			_, public := testKey(t, ApproverKey, name)
			e.Signatures = append(e.Signatures, Signature{keyID(public), sig})
		}
		if files[statementFile], err = compact(e); err != nil {
			t.Fatal(err)
		}
		list = append(list, vector{Name: name, Fails: fails, Beyond: beyond, files: files})
	}
	// first is the count of the first combination of so many values.
	first := func(m *maker, length int) *int64 {
		i := slices.IndexFunc(m.contents.counts.Counts, func(c protect.Count) bool { return len(c.Selections) == length })
		return &m.contents.counts.Counts[i].Count
	}
	cell := func(m *maker, show bool) *protect.Cell {
		cells := m.contents.tables[0].Cells
		return &cells[slices.IndexFunc(cells, func(c protect.Cell) bool { return (c.Count != nil) == show && c.Values[0] != "Total" })]
	}
	same := func(*maker) {}
	add("noisy tables, whose margins do not add", "", false, Perturbation, same)
	add("a small count that is shown among noisy ones", "protection", false, Perturbation, func(m *maker) {
		c := cell(m, false)
		c.Count, c.Status = new(int64), protect.StatusNormal
		*c.Count = 9
	})
	add("a margin further from its parts than the noise can take it", "protection", true, Perturbation, func(m *maker) { *cell(m, true).Count += 500 })
	add("made-up rows with rounded counts", "", false, KSynthetic, same)
	add("a count that is not rounded", "protection", false, KSynthetic, func(m *maker) { *first(m, 3)++ })
	add("a combination that is counted more often than its parts", "protection", true, KSynthetic, func(m *maker) { *first(m, 3) += 10_000 })
	add("a combination in the rows that is not counted", "protection", true, KSynthetic, func(m *maker) {
		m.contents.counts.Counts = slices.DeleteFunc(m.contents.counts.Counts, func(c protect.Count) bool { return len(c.Selections) == 3 })
	})
	add("noisy counts with rows made from them", "", false, DP, same)
	add("a noisy count under the least that is shown", "protection", false, DP, func(m *maker) { *first(m, 3) = 4 })
	add("noise that costs more than is said", "protection", true, DP, func(m *maker) { m.method.Parameters.Sigma[1] /= 2 })
	add("a loss over the budget", "protection", true, DP, func(m *maker) { m.method.Budget.Spent = 21 })
	row := func(m *maker, group string) *PublishedEstimate {
		rows := m.contents.estimates.Rows
		return &rows[slices.IndexFunc(rows, func(r PublishedEstimate) bool { return r.Group[0] == group })]
	}
	add("estimates with their intervals", "", false, Estimated, same)
	add("an estimate without limits", "", false, Estimated, func(m *maker) { row(m, "north").Lower, row(m, "north").Upper = "", "" })
	add("an estimate outside its limits", "protection", false, Estimated, func(m *maker) { row(m, "hills").Upper = "21.9" })
	add("an estimate on few people", "protection", false, Estimated, func(m *maker) { row(m, "hills").People = 29 })
	add("one hidden estimate, which a total would give away", "protection", true, Estimated, func(m *maker) {
		*row(m, "coast") = PublishedEstimate{Group: []string{"coast"}, People: 100, Estimate: "6.0", Lower: "2.2", Upper: "13.0"}
		*row(m, "south") = PublishedEstimate{Group: []string{"south"}, People: 150, Estimate: "20.0", Lower: "13.9", Upper: "27.9"}
	})
	return list
}

// seededRows is what synthesise and marginals do, with a seed that is the same each time.
func (m *maker) seededRows(t *testing.T, path string) {
	t.Helper()
	var err error
	if path == KSynthetic {
		if m.contents.counts, err = protect.Aggregate(t.Context(), m.t, protect.AggregateSpec{K: 10}); err != nil {
			t.Fatal(err)
		}
		s, err := protect.Synthesise(t.Context(), m.t, protect.SynthesisSpec{K: 10, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		m.contents.rows = s.Rows
		m.method = Method{Path: path, K: 10, Mechanism: "rows", Seed: NotDisclosed, Parameters: Parameters{Length: 3, Version: s.Version}}
	} else {
		spec := *m.Marginals
		spec.Source, spec.Budget = rand.NewChaCha8([32]byte{1}), nil
		counts, err := protect.Marginals(t.Context(), m.t, spec)
		if err != nil {
			t.Fatal(err)
		}
		s, err := protect.SynthesiseMarginals(t.Context(), &counts.Aggregates, m.t.Header(), 1)
		if err != nil {
			t.Fatal(err)
		}
		m.contents.counts, m.contents.rows = &counts.Aggregates, s.Rows
		m.method = privateMethod(counts, BudgetState{20, 1e-5, 2.5})
	}
	m.made.Risk = &protect.TableReport{Method: "risk", Version: "1", Min: 10, Safe: true, Findings: []protect.Finding{}}
}

// Districts were released, three people came to one of them, and regions are to be: what a map adds up and subtracts is not shown.
func TestMakeRegionsAfterDistricts(t *testing.T) {
	p := newPress(t)
	text := func(more int) string {
		return fmt.Sprintf("region,district,n\nX,a,%d\nX,b,30\nY,c,40\nY,d,50\nZ,e,60\nZ,f,70\n", 20+more)
	}
	spec := func(id, by string, more int) MakeSpec {
		s := testSpec(p, id)
		f := *s.Release.Figures
		f.Definition.Unit, f.Values = "people", nil
		s.Release.Figures, s.Input = &f, []byte(text(more))
		s.Suppress.Tables = [][]string{{by}}
		return s
	}
	districts := p.make(spec("districts", "district", 0))
	shown := func(s MakeSpec) bool {
		made, err := Make(t.Context(), testTable(t, string(s.Input)), s)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(made.Files["table.csv"]), "X,53,A")
	}
	regions := spec("regions", "region", 3)
	if !shown(regions) {
		t.Error("nothing is wrong with regions alone")
	}
	regions.Earlier = []EarlierRelease{{Files: districts, Data: testTable(t, text(0))}}
	if shown(regions) {
		t.Error("three people who came to X are shown: 53 less 20 and 30")
	}
}
