package web

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"plumbline"
	"plumbline/internal/store"
)

// A figure can be taken out as a file, which says what the page says.
func TestFigureFiles(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Coordinator)
	page := v.get("/figures/unit-unidentified")
	if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "Unit not identified") {
		t.Fatalf("the page: %d", page.Code)
	}
	a := v.get("/figures/unit-unidentified/file?by=kind&format=csv")
	rows, err := csv.NewReader(a.Body).ReadAll()
	if err != nil || a.Code != http.StatusOK || len(rows) < 3 {
		t.Fatalf("the CSV: %d, %v, %d rows", a.Code, err, len(rows))
	}
	total := rows[len(rows)-1]
	if total[0] != "unit-unidentified" || total[3] != "Total" || total[6] == "" || total[6] != total[7] {
		t.Errorf("the total of the CSV: %v", total)
	}
	a = v.get("/figures/unit-unidentified/file?by=kind&format=json")
	var file struct {
		Value  plumbline.FigureValue
		Groups []struct{ Key string }
	}
	if err := json.Unmarshal(a.Body.Bytes(), &file); err != nil || len(file.Groups) != len(rows)-2 || !file.Value.Exact() {
		t.Errorf("the JSON: %v, %d groups, %+v", err, len(file.Groups), file.Value)
	}
	for _, bad := range []string{"/figures/no-such", "/figures/unit-unidentified?by=weather", "/figures/unit-unidentified?answer=perhaps", "/figures/unit-unidentified/file?by=kind&format=pdf",
		"/figures/unit-unidentified/file?format=csv", "/figures/no-such/file?by=kind&format=csv", "/figures?kind=party", "/figures?year=soon"} {
		if a := v.get(bad); a.Code != http.StatusNotFound && a.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", bad, a.Code)
		}
	}
}

// What the public record says of a claim is kept with the claim, by who keeps
// claims and nobody else, and nothing of the site's own record is.
func TestKeepChecks(t *testing.T) {
	s := newSite(t)
	if a := s.as(plumbline.Reader).post("/figures/children-met/checks", url.Values{}); a.Code != http.StatusForbidden {
		t.Errorf("a reader: %d", a.Code)
	}
	if a := s.as(plumbline.Coordinator).post("/figures/no-such/checks", url.Values{}); a.Code != http.StatusNotFound {
		t.Errorf("no such figure: %d", a.Code)
	}
	before := s.as(plumbline.Reader).get("/claims/C-B62").Body.String()
	if a := s.as(plumbline.Coordinator).post("/figures/children-met/checks", url.Values{}); a.Code != http.StatusSeeOther {
		t.Fatalf("a coordinator: %d", a.Code)
	}
	after := s.as(plumbline.Reader).get("/claims/C-B62").Body.String()
	if strings.Contains(before, "children-met") || !strings.Contains(after, "children-met") || !strings.Contains(after, "what the record leaves open") {
		t.Error("the claim does not show what was kept of it")
	}
}

// Those of which the record tells enough stand in the order of the most that
// the harm can be; an open share is not low, nor is one of few operations.
func TestLowestFirst(t *testing.T) {
	d := plumbline.FindDefinition(defaultHarm)
	group := func(key string, n int, num, of plumbline.Count) store.FiguresOf {
		sums := plumbline.NewSums()
		at := slices.Index(plumbline.OperationFigures(), d)
		for range n {
			sums[at].Add(plumbline.Portion{Num: num, Of: of})
		}
		return store.FiguresOf{Key: key, Figures: sums.Read()}
	}
	of := func(n int) plumbline.Count { return plumbline.Exactly(n) }
	low, open, few := lowestFirst([]store.FiguresOf{
		group("half", 10, of(1), of(2)), group("some", 12, plumbline.Between(0, 1), of(4)), group("sure", 12, of(1), of(4)),
		group("open", 30, plumbline.Between(0, 4), of(4)), group("nobody knows of how many", 30, of(0), plumbline.AtLeast(4)), group("nine", 9, of(0), of(4)), group("none", 11, of(0), of(4)),
	}, d)
	for _, c := range []struct {
		list []store.FiguresOf
		want string
	}{{low, "none some sure half"}, {open, "open nobody knows of how many"}, {few, "nine"}} {
		var keys []string
		for _, g := range c.list {
			keys = append(keys, g.Key)
		}
		if got := strings.Join(keys, " "); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
