package measure

import (
	"fmt"
	"testing"

	"plumbline/estimate"
)

// TestIdentifying holds that what could tell who somebody is is found, by title
// or by a single field, and that what estimates are made of is not.
func TestIdentifying(t *testing.T) {
	for _, c := range []struct {
		title  string
		fields []string
		holds  Holding
		row    int
	}{
		{"name", []string{"", "A.B."}, HoldsNames, 3},
		{"First_Name", []string{"x"}, HoldsNames, 2},
		{"q1", []string{"Maria Lopez", "Chan Sothea", "Aye Aye Win", "Rosa"}, HoldsNames, 2},
		{"q1", []string{"مريم حسن", "ليلى عبد الله", "سعاد علي"}, HoldsNames, 2},
		{"contact", []string{"", "+66 81 234 5678"}, HoldsTelephones, 3},
		{"contact", []string{"none", "0812345678", "0812345679"}, HoldsTelephones, 3},
		{"PhoneNumber", []string{"1"}, HoldsTelephones, 2},
		{"other", []string{"n", "ana@example.org"}, HoldsMail, 3},
		{"where", []string{"12 Soi 4", "bar"}, HoldsAddresses, 2},
		{"home address", []string{"x"}, HoldsAddresses, 2},
		{"dob", []string{"", "", "x"}, HoldsBirths, 4},
		{"q7", []string{"1989-02-01", "2004-11-30"}, HoldsBirths, 2},
		{"q7", []string{"01/02/1989", "30/11/2004"}, HoldsBirths, 2},
		{"national_id", []string{"77"}, HoldsNumbers, 2},
		{"gps.lat", []string{"13.75"}, HoldsPlaces, 2},
		{"remarks", []string{"", "ok"}, HoldsText, 3},
		{"other", []string{"", "she came with her older sister from the north"}, HoldsText, 3},

		{"id", []string{"A-17", "A-18", "B-1"}, "", 0},
		{"case", []string{"20240117", "20240118"}, "", 0},
		{"code", []string{"01612910137588", "01612916002372"}, "", 0},
		{"day", []string{"2024-05-01", "2024-05-02", "2025-01-01"}, "", 0},
		{"month", []string{"2024-05", "1994-05"}, "", 0},
		{"seen", []string{"01/05/2024", "02/05/2024"}, "", 0},
		{"city", []string{"Phnom Penh", "Siem Reap", "Phnom Penh", "Siem Reap", "Siem Reap", "Phnom Penh", "Phnom Penh"}, "", 0},
		{"list name", []string{"police", "clinic"}, "", 0},
		{"weight", []string{"0.1234567891", "1234567.25", "0000000000"}, "", 0},
		{"agree", []string{"Strongly agree", "Agree", "Agree", "Strongly agree", "Neither agree nor disagree with it", "Agree", "Agree"}, "", 0},
		{"birth_year", []string{"1989", "2004"}, "", 0},
		{"empty", []string{"", "NA"}, "", 0},
	} {
		rows := make([][]string, len(c.fields))
		for i, f := range c.fields {
			rows[i] = []string{"1", f}
		}
		table, err := estimate.NewTable("a.csv", []string{"minor", c.title}, rows)
		if err != nil {
			t.Fatal(err)
		}
		found, err := Identifying(table)
		if err != nil {
			t.Fatal(err)
		}
		var want []Finding
		if c.holds != "" {
			want = []Finding{{c.title, c.row, c.holds}}
		}
		if fmt.Sprint(found) != fmt.Sprint(want) {
			t.Errorf("%s with %q: found %v, want %v", c.title, c.fields, found, want)
		}
	}
	// Data that estimates were made from all over the world.
	for _, name := range []string{
		"capture/testdata/mse/UKdat.csv", "series/testdata/sicily.csv", "series/testdata/clinic_sim_a.csv", "survival/testdata/lung.csv", "survival/testdata/pbc.csv",
		"survey/testdata/tls_sim_a.csv", "survey/testdata/apistrat.csv", "survey/testdata/apiclus1.csv", "respondent/testdata/faux.csv",
	} {
		if found, err := Identifying(read(t, name)); err != nil || len(found) > 0 {
			t.Errorf("%s: found %v, %v; want nothing", name, found, err)
		}
	}
}
