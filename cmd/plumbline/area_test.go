package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"plumbline"
)

// An area is told with its gaps and both causes, for people and for scripts;
// small numbers are hidden from whoever runs the machine too.
func TestAreaCommands(t *testing.T) {
	site := toldSite(t, "2026-06-01")
	say := func(args ...string) (string, string) {
		t.Helper()
		code, out, errs := plumb(t.Context(), strings.NewReader(""), append(args, "--db", site)...)
		if code != exitYes && errs == "" {
			t.Fatalf("%v: %d without a word", args, code)
		}
		return out, errs
	}
	out, _ := say("area", "list")
	for _, want := range []string{"ID                CONTACTS  SHUT OUT  FACTORS  COMPARED WITH  NAME\n", "harbour-district  59        3         4        cinder-hill    Harbour District\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("the list lacks %q:\n%s", want, out)
		}
	}
	out, _ = say("area", "show", "harbour-district")
	for _, want := range []string{
		"compared with Cinder Hill: A port of the same size",
		"  MONTH    CLINIC     OUTREACH  DROP_IN      OPERATIONS\n",
		"  2025-09  -          0         29           0\n",
		"  2026-04  about 190  81        at least 30  1\n",
		"  2025-07-08 to 2025-09-22: days 76\n    shut by owner (says Riverside Workers’ Association); before: police_operation (says Riverside Workers’ Association)\n",
		": A second police unit begins its rounds\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the area lacks %q:\n%s", want, out)
		}
	}
	out, _ = say("area", "show", "harbour-district", "--json")
	var read struct {
		Record plumbline.AreaRecord `json:"record"`
		Months []struct {
			Month    string
			Services map[string]struct {
				Told     bool
				Contacts plumbline.Count
				Missing  []string
			}
		}
		Days map[plumbline.ID]plumbline.Count `json:"days_without_access"`
	}
	if err := json.Unmarshal([]byte(out), &read); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(read.Record.Violence, func(v *plumbline.ViolenceReports) bool { return v.Source == "owner" })
	if gap := read.Months[15].Services["clinic"]; gap.Told || gap.Contacts.Known() || len(gap.Missing) != 1 || read.Days["harbour-district-access-loss-1"] != plumbline.Exactly(76) || read.Record.Violence[i].Reports != plumbline.Between(0, 4) {
		t.Errorf("a gap %+v, days %v, a small number %v", gap, read.Days, read.Record.Violence[i].Reports)
	}
	if _, errs := say("area", "show", "nowhere"); errs != "plumbline: error: there is no area \"nowhere\"\nplumbline: hint: plumbline area list shows the ids\n" {
		t.Errorf("an area that is not there: %s", errs)
	}
	site = filepath.Join(t.TempDir(), "none.db")
	if _, errs := say("area", "list"); !strings.Contains(errs, "there is no site in") {
		t.Errorf("without a site: %s", errs)
	}
}
