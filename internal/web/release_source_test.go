//go:build unix

package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/job"
	"plumbline/internal/locale"
	"plumbline/internal/store"
)

// A newsroom is two people with keys, who approve what is proposed.
type newsroom struct {
	*site
	people map[plumbline.Role]*visitor
	key    map[plumbline.Role]string
}

func newNewsroom(t *testing.T) *newsroom {
	t.Helper()
	n := &newsroom{newSite(t), map[plumbline.Role]*visitor{}, map[plumbline.Role]string{}}
	for _, role := range []plumbline.Role{plumbline.Coordinator, plumbline.Analyst} {
		n.people[role] = n.as(role)
		file, public, err := figure.NewKey(newReader(string(role)), figure.ApproverKey, string(role))
		if err != nil {
			t.Fatal(err)
		}
		n.key[role] = file
		n.people[role].sent("/releases/keys", url.Values{"key": {public}}).says("Your key is kept.")
	}
	return n
}

// typed reads the form of a proposal as a person who changes nothing would
// send it.
func (n *newsroom) typed(address string, change ...string) map[string]string {
	n.t.Helper()
	fields := map[string]string{}
	for _, f := range n.people[plumbline.Analyst].ok(address).page.all("form") {
		if f.attr["action"] == "/releases/new" {
			for name, values := range f.values() {
				fields[name] = values[0]
			}
		}
	}
	if fields["id"] == "" {
		n.t.Fatalf("%s has no form with an id", address)
	}
	return changed(fields, change...)
}

// publish sends a proposal and takes it the whole way; it returns its id.
func (n *newsroom) publish(fields map[string]string) string {
	n.t.Helper()
	a := n.people[plumbline.Analyst].sendParts("/releases/new", fields)
	id, _, _ := strings.Cut(strings.TrimPrefix(a.Header().Get("Location"), "/releases/"), "?")
	if a.Code != http.StatusSeeOther || id == "" {
		n.t.Fatalf("proposed: %d\n%s", a.Code, a.text())
	}
	for role, v := range n.people {
		f, err := figure.ParseZip(v.ok("/releases/" + id + "/release.zip").Body.Bytes())
		if err != nil {
			n.t.Fatal(err)
		}
		if f["statement.json"], err = figure.Approve(f["statement.json"], n.key[role]); err != nil {
			n.t.Fatal(err)
		}
		if a := v.sendParts("/releases/"+id, map[string]string{"do": "approve", "@file": string(f["statement.json"])}); a.Code != http.StatusSeeOther {
			n.t.Fatalf("%s approves: %d\n%s", role, a.Code, a.text())
		}
	}
	if a := n.people[plumbline.Coordinator].sendParts("/releases/"+id, map[string]string{"do": "publish"}); a.Code != http.StatusSeeOther {
		n.t.Fatalf("publish: %d\n%s", a.Code, a.text())
	}
	return id
}

// refused sends a proposal that must be refused, with one sentence.
func (n *newsroom) refused(fields map[string]string, want string) {
	n.t.Helper()
	a := n.people[plumbline.Analyst].sendParts("/releases/new", fields)
	if a.Code != http.StatusUnprocessableEntity {
		n.t.Errorf("want %q: %d\n%s", want, a.Code, a.text())
		return
	}
	a.says(want)
	for _, e := range a.page.all("div") {
		if strings.Contains(e.attr["class"], "errors") && strings.Count(e.text(), ". ") > 3 {
			n.t.Errorf("more than a sentence: %s", e.text())
		}
	}
}

// verified downloads a release as a stranger, unpacks it into an empty folder
// and makes every check; it returns the files.
func (n *newsroom) verified(id string) figure.Files {
	n.t.Helper()
	stranger, dir := n.visitor(), n.t.TempDir()
	policy, err := figure.ParsePolicy(stranger.ok("/published/policy.txt").Body.Bytes())
	if err != nil {
		n.t.Fatal(err)
	}
	unzip(n.t, stranger.ok("/published/log.zip").Body.Bytes(), dir)
	folder := filepath.Join(dir, "release")
	if err := os.Mkdir(folder, 0o755); err != nil {
		n.t.Fatal(err)
	}
	unzip(n.t, stranger.ok("/published/"+id+"/release.zip").Body.Bytes(), folder)
	f, err := figure.ReadFiles(folder)
	if err != nil {
		n.t.Fatal(err)
	}
	for _, c := range figure.Verify(n.t.Context(), f, figure.VerifySpec{Policy: policy, Log: os.DirFS(filepath.Join(dir, "log"))}).Checks {
		if c.Result != figure.Passed && c.Check != "witnessed" && (c.Result == figure.Failed || c.Check != "values") { // nobody has cosigned since
			n.t.Errorf("%s: %s: %s: %s", id, c.Check, c.Result, c.Text)
		}
	}
	return f
}

// An estimate is published from the page of its run, end to end: nobody types a
// number, and a stranger finds the run's number and limits in the folder.
func TestPublishAnEstimate(t *testing.T) {
	n := newNewsroom(t)
	run, err := n.db.Run(t.Context(), userOf(plumbline.Analyst), "harbour-first-round", "share")
	if err != nil {
		t.Fatal(err)
	}
	page := n.people[plumbline.Analyst].ok("/measure/harbour-first-round/runs/share")
	address := ""
	for _, a := range page.page.all("a") {
		if strings.HasPrefix(a.attr["href"], "/releases/new?") {
			address = a.attr["href"]
		}
	}
	if address == "" {
		t.Fatal("the run has no way to publish it")
	}
	if strings.Contains(n.as(plumbline.Oversight).ok("/measure/harbour-first-round/runs/share").Body.String(), "/releases/new?") {
		t.Error("who may not propose is offered to")
	}
	fields := n.typed(address)
	for _, name := range []string{"title", "text", "numerator", "denominator", "unit", "period", "population", "rule", "source"} {
		if fields[name] == "" {
			t.Errorf("%s is not filled in", name)
		}
	}
	for name, value := range fields {
		if a := run.Run.Answer; strings.Contains(value, fmt.Sprintf("%.1f", 100**a.Estimate)) {
			t.Errorf("the form holds the number, in %s: %s", name, value)
		}
	}
	n.refused(changed(fields, "unit", "people"), "percent")
	id := n.publish(fields)
	f := n.verified(id)
	a := run.Run.Answer
	rows, err := csv.NewReader(bytes.NewReader(f["estimates.csv"])).ReadAll()
	want := []string{fmt.Sprintf("%.1f", 100**a.Estimate), fmt.Sprintf("%.1f", 100**a.Lower), fmt.Sprintf("%.1f", 100**a.Upper), "A"}
	if err != nil || len(rows) != 2 || !slices.Equal(rows[1][2:], want) {
		t.Errorf("estimates.csv: %v, want %v: %v", rows, want, err)
	}
	s, _, err := f.Read()
	if err != nil {
		t.Fatal(err)
	}
	e := s.Predicate.Figures.Estimate
	if i := s.Predicate.Figures.Values[0].Interval; i == nil || i.Level != "0.95" || i.Kind != figure.Confidence || e.Method != "survey" || e.Version != a.Version || !strings.Contains(e.Question, "plumbline estimate survey data.csv --") {
		t.Errorf("the statement says %+v of %+v", i, e)
	}
	shown := n.visitor().ok("/published/" + id)
	shown.says(want[0], want[1]+" to "+want[2]+", with 95 % confidence", "How it was estimated", "survey, version", "Behind each stand at least 30 people.")
	if !strings.Contains(shown.Body.String(), `class="interval"`) {
		t.Error("the interval is not drawn")
	}
	n.visitor().ok("/published").says(want[1] + " to " + want[2])

	// A number of people from lists, with a seed.
	id = n.publish(n.typed("/releases/new?study=uk-lists&run=stepwise"))
	if s, _, err = n.verified(id).Read(); err != nil || s.Predicate.Figures.Estimate.Seed == nil || s.Predicate.Figures.Definition.Unit != "people" {
		t.Errorf("a number of people: %+v, %v", s.Predicate.Figures, err)
	}
	if strings.Contains(n.log.String(), "level=ERROR") {
		t.Errorf("the log has errors:\n%s", n.log.String())
	}
}

// An estimate on few people is refused before anybody can propose it, and so is
// one of somebody who may not see it.
func TestEstimatesThatStay(t *testing.T) {
	n := newNewsroom(t)
	analyst := n.people[plumbline.Analyst]
	harbour := study(t, n.site, "harbour-first-round")
	was := harbour.Run("share")
	ask := func(id plumbline.ID, options ...string) {
		t.Helper()
		run := plumbline.StudyRun{Head: plumbline.Head{ID: id}, Verb: "survey", Options: options, Data: was.Data}
		if err := n.db.AskStudy(t.Context(), userOf(plumbline.Analyst), "harbour-first-round", run); err != nil {
			t.Fatal(err)
		}
		if err := job.New(job.Options{Store: n.db, Kinds: job.Kinds(n.db)}).Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	columns := harbour.File(was.Data[0]).Columns
	_, body, err := n.db.Data(t.Context(), userOf(plumbline.Analyst), "harbour-first-round", was.Data[0])
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	y := strings.TrimPrefix(was.Options[slices.IndexFunc(was.Options, func(o string) bool { return strings.HasPrefix(o, "--y=") })], "--y=")
	where := ""
	for j, column := range columns {
		count := map[string]int{}
		for _, row := range rows[1:] {
			count[row[j]]++
		}
		for value, people := range count {
			if column != y && value != "" && people < figure.UsualPeople {
				where = column + "==" + value
			}
		}
	}
	ask("few", "--y="+y, "--stat=proportion", "--where="+where)
	if run := study(t, n.site, "harbour-first-round").Run("few"); run.Answer == nil || run.Answer.Estimate == nil {
		t.Fatalf("few, %s: %+v", where, run.Answer)
	}
	n.refused(n.typed("/releases/new?study=harbour-first-round&run=few"), "not safe to release")
	ask("median", "--quantile="+y+":0.5")
	if a := analyst.get("/releases/new?study=harbour-first-round&run=median"); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a median: %d", a.Code)
	} else {
		a.says("Nothing was proposed", "a quantile is the answer of one person")
	}
	if a := analyst.get("/releases/new?study=harbour-first-round&run=nothing"); a.Code != http.StatusNotFound {
		t.Errorf("a run that is not there: %d", a.Code)
	}
	if a := n.as(plumbline.Oversight).get("/releases/new?study=harbour-first-round&run=share"); a.Code != http.StatusForbidden {
		t.Errorf("oversight proposes an estimate: %d", a.Code)
	}
	// A site that is no demonstration publishes nothing made up.
	real := *n.web
	real.Demo = false
	q := &request{Request: httptest.NewRequestWithContext(t.Context(), "GET", "/releases/new", nil), s: &real, actor: userOf(plumbline.Analyst), lang: locale.Languages[0]}
	for _, typed := range []url.Values{{"study": {"harbour-first-round"}, "run": {"share"}}, {"figure": {"people-met"}}, {"figure": {"officers-passed"}}} {
		if _, err := q.releaseSource(typed); len(plumbline.ProblemsOf(err)) != 1 || plumbline.ProblemsOf(err)[0].Key != "problem.release_made_up" {
			t.Errorf("%v from a real site: %v", typed, err)
		}
	}
}

// A figure of the record is published from its page, and the next of its series
// is held against the counts that are kept of the first.
func TestPublishAFigure(t *testing.T) {
	n := newNewsroom(t)
	analyst := n.people[plumbline.Analyst]
	if !strings.Contains(analyst.ok("/figures/people-met?by=kind").Body.String(), "/releases/new?by_period=kind&amp;figure=people-met") {
		t.Error("the figure has no way to publish it")
	}
	if strings.Contains(n.as(plumbline.Worker).ok("/figures/people-met").Body.String(), "/releases/new?") {
		t.Error("who may not propose is offered to")
	}
	fields := n.typed("/releases/new?figure=people-met&by_period=kind")
	for _, name := range []string{"title", "text", "numerator", "unit", "period", "basis", "population", "rule", "exclusions", "source"} {
		if fields[name] == "" {
			t.Errorf("%s is not filled in", name)
		}
	}
	id := n.publish(fields)
	f := n.verified(id)
	s, tables, err := f.Read()
	if err != nil || len(tables) != 1 || !slices.Equal(tables[0].By, []string{"kind", "answer"}) || s.Predicate.Figures.Method.Path != figure.Suppression {
		t.Fatalf("the table: %+v, %v", tables, err)
	}
	table, err := n.db.FigureTable(t.Context(), userOf(plumbline.Analyst), "people-met", store.Filter{}, "kind")
	if err != nil {
		t.Fatal(err)
	}
	if v := s.Predicate.Figures.Values; len(v) > 0 && v[0].Value != fmt.Sprint(table.All.Numerator.Min()) {
		t.Errorf("it quotes %v, and the figure is %v", v, table.All.Numerator)
	}
	// The next: its data are kept here, so nobody is asked for them.
	next := n.typed("/releases/new?figure=people-met&by_period=kind", "corrects", id, "reason", "A word of the definition was wrong.", "text", "People met, once an operation")
	if next["id"] != "people-met-by-kind-2" || next["series"] != "people-met-by-kind" {
		t.Errorf("the next is %s of %s", next["id"], next["series"])
	}
	if strings.Contains(analyst.ok("/releases/new?figure=people-met&by_period=kind").Body.String(), `type="file"`) {
		t.Error("a file is asked for")
	}
	second := n.publish(next)
	n.verified(second)
	n.visitor().ok("/published/"+id).says("What was corrected", "A word of the definition was wrong.", "People met, once an operation")
	// Another path would narrow the first down.
	n.refused(n.typed("/releases/new?figure=people-met&by_period=kind", "path", figure.KSynthetic), "can be combined")
	// On rows the counts are written out.
	rows := n.publish(n.typed("/releases/new?figure=people-met&by_period=year", "path", figure.KSynthetic))
	if f := n.verified(rows); f["rows.csv"] == nil {
		t.Error("no rows were made")
	}
	n.visitor().ok("/published/" + rows).says("Counts of single values")
	if a := analyst.get("/releases/new?figure=met-per-operation"); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("an average: %d", a.Code)
	}
	if strings.Contains(n.log.String(), "level=ERROR") {
		t.Errorf("the log has errors:\n%s", n.log.String())
	}
}

// The site protects people on each path that the command line has, and says in
// a sentence what does not go together.
func TestPathsInThePages(t *testing.T) {
	n := newNewsroom(t)
	coordinator := n.people[plumbline.Coordinator]
	var b strings.Builder
	b.WriteString("id,year,outcome,work\n")
	for i := range 1500 {
		fmt.Fprintf(&b, "p%d,%d,%s,%s\n", i, 2024+i%2, []string{"home", "shelter", "unknown"}[i*i%7%3], []string{"farm", "boat", "house", "farm"}[i*3%11%4])
	}
	base := changed(outcomes, "@file", b.String(), "by", "year, outcome, work", "count", "", "value", "", "of", "")
	on := func(path string, change ...string) map[string]string {
		return changed(changed(base, "path", path, "id", "on-"+path), change...)
	}
	n.refused(on("blur"), "blur")
	n.refused(on(figure.Perturbation), "say which column names them")
	n.refused(on(figure.KSynthetic, "record", "id"), "Leave it empty")
	n.refused(changed(outcomes, "path", figure.DP, "id", "x"), "a row for each record")
	n.refused(on(figure.DP, "epsilon", "much"), "is not a number")
	n.refused(on(figure.DP, "epsilon", "1", "budget", "cases"), "Choose a budget")
	if a := n.people[plumbline.Analyst].post("/releases/keys", url.Values{"budget": {"cases"}, "epsilon": {"3"}, "delta": {"0.00001"}}); a.Code != http.StatusForbidden {
		t.Errorf("an analyst begins a budget: %d", a.Code)
	}
	if a := coordinator.post("/releases/keys", url.Values{"budget": {"cases"}, "epsilon": {"300"}, "delta": {"0.00001"}}); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a budget that protects nobody: %d", a.Code)
	}
	coordinator.sent("/releases/keys", url.Values{"budget": {"cases"}, "epsilon": {"2.5"}, "delta": {"0.00001"}}).says("The budget is begun.", "0 of 2.5 is spent")

	for path, change := range map[string][]string{figure.Suppression: nil, figure.Perturbation: {"record", "id"}, figure.KSynthetic: nil, figure.DP: {"epsilon", "2", "budget", "cases"}} {
		id := n.publish(on(path, change...))
		s, _, err := n.verified(id).Read()
		if err != nil || s.Predicate.Figures.Method.Path != path {
			t.Errorf("%s: %+v, %v", path, s.Predicate.Figures.Method, err)
		}
		n.visitor().ok("/published/" + id)
	}
	// What is spent stays spent, and more than there is is refused.
	coordinator.ok("/releases").says("By 1 release.")
	n.refused(on(figure.DP, "epsilon", "2", "budget", "cases", "id", "again"), "the privacy budget does not allow it")
	coordinator.ok("/releases").says("1.7 of 2.5 is spent.")
	if faults, _, _, err := n.db.Inspect(t.Context()); err != nil || len(faults) > 0 {
		t.Errorf("the doctor finds %v, %v", faults, err)
	}
	// The noise of a series is the same whoever makes it: one secret for the site.
	again := n.publish(on(figure.Perturbation, "record", "id", "id", "on-perturbation-2", "series", "on-perturbation"))
	n.verified(again)
	if strings.Contains(n.log.String(), "level=ERROR") {
		t.Errorf("the log has errors:\n%s", n.log.String())
	}
}
